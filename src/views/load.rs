//! How loading goes: always on screen, one line at the foot of the page.

use super::parts::number::{bytes_text, counted, thousands};
use crate::state::app::App;
use crate::worker::progress::{LoadStatus, SourceState};
use leptos::prelude::*;

/// A screen reader hears of progress no more often than this.
const ANNOUNCE_MILLIS: f64 = 5000.0;

#[component]
pub fn LoadBar() -> impl IntoView {
    let app = App::get();
    let of = move |read: fn(&LoadStatus) -> u64| move || app.load.with(read).to_string();
    let is_reading = Memo::new(move |_| app.load.with(LoadStatus::is_reading));
    view! {
        <footer
            id="load-status"
            class="load-bar"
            aria-label="Loading"
            data-state=move || app.state_name()
            data-events=of(|load| load.total().events)
            data-skipped=of(|load| load.total().skipped_total())
            data-bytes=of(LoadStatus::bytes_read)
            data-files=of(|load| load.sources.len() as u64)
            data-index-bytes=of(|load| load.column_bytes)
            data-dictionary-bytes=of(|load| load.dictionary_bytes)
        >
            <Show when=move || is_reading.get()>
                <progress aria-label="Read so far" max="1000" prop:value=move || app.load.with(thousandths)></progress>
                <button type="button" class="small" on:click=move |_| app.cancel_load()>"Cancel"</button>
            </Show>
            <span class="load-words number">{move || words_now(app)}</span>
            <Show when=move || app.export.with(Option::is_some)>
                <super::table::export::Writing />
            </Show>
        </footer>
        <Announcer />
    }
}

/// Tells screen readers: at once when loading starts or ends, seldom in between.
#[component]
fn Announcer() -> impl IntoView {
    let app = App::get();
    let said = RwSignal::new(String::new());
    let last = StoredValue::new(("empty", 0.0));
    Effect::new(move |_| {
        app.load.with(|load| {
            // What is told while duplicates are looked for anew is soon otherwise.
            if load.is_settling && !load.is_reading() {
                return;
            }
            let (state, now) = (load.state_name(), js_sys::Date::now());
            let (last_state, last_time) = last.get_value();
            if state != last_state || (state == "loading" && now - last_time > ANNOUNCE_MILLIS) {
                last.set_value((state, now));
                said.set(if app.is_live.get() { live_words(load) } else { words(load) });
            }
        });
    });
    view! { <p class="visually-hidden" role="status">{said}</p> }
}

fn thousandths(load: &LoadStatus) -> f64 {
    let total = load.bytes_total().max(1);
    (load.bytes_read() as f64 / total as f64 * 1000.0).min(1000.0)
}

fn words_now(app: App) -> String {
    app.load.with(if app.is_live.get() { live_words } else { words })
}

/// A live window has no file, and nothing of it is loaded.
fn live_words(load: &LoadStatus) -> String {
    [&counted(load.total().events, "event"), " counted by Loki · none loaded"].concat()
}

/// `45% · 120 MB of 267 MB · 310,000 events · 155,000 events/s · 3 skipped`
fn words(load: &LoadStatus) -> String {
    let total = load.total();
    let mut parts = Vec::new();
    if load.sources.is_empty() {
        return String::from("No file open");
    }
    if load.is_reading() {
        parts.push([&(thousandths(load) as u64 / 10).to_string(), "%"].concat());
        parts.push([&bytes_text(load.bytes_read()), " of ", &bytes_text(load.bytes_total())].concat());
        parts.push(counted(total.events, "event"));
        if load.elapsed_millis >= 100.0 {
            let rate = total.events as f64 / load.elapsed_millis * 1000.0;
            parts.push([&thousands(rate as u64), " events/s"].concat());
        }
    } else {
        parts.push(counted(total.events, "event"));
        parts.push([&bytes_text(load.bytes_read()), " in ", &counted(load.sources.len() as u64, "file")].concat());
    }
    if total.duplicates > 0 {
        parts.push(counted(total.duplicates, "duplicate"));
    }
    parts.push([&thousands(total.skipped_total()), " skipped"].concat());
    let count = |state| load.sources.iter().filter(|source| source.state == state).count() as u64;
    for (state, word) in [(SourceState::Cancelled, " cancelled"), (SourceState::Failed, " failed")] {
        if count(state) > 0 {
            parts.push([&thousands(count(state)), word].concat());
        }
    }
    parts.join(" · ")
}
