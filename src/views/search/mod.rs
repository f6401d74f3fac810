//! The search bar, its completion, its mistakes, and how many events it leaves.

mod bar;
mod suggest;

pub use bar::SearchBar;

use super::parts::number::{bytes_text, counted, thousands};
use crate::model::TimeRange;
use crate::query::question::Filter;
use crate::state::app::App;
use leptos::prelude::*;

/// `1,234 of 20,000 events`, and how far the search in the text has come.
#[component]
pub fn ResultCount() -> impl IntoView {
    let app = App::get();
    let events = Memo::new(move |_| app.answer.with(|answer| (answer.events, answer.total, answer.unscanned)));
    let words = move || {
        let (matching, total, _) = events.get();
        if !app.is_counted.get() {
            return String::from("Not counted");
        }
        [&thousands(matching), " of ", &counted(total, "event")].concat()
    };
    let unscanned = move || {
        let (.., unscanned) = events.get();
        (unscanned > 0 && app.scan.get().is_none()).then(|| [&counted(unscanned, "event"), " not searched"].concat())
    };
    // What more data makes of the same question, the status bar tells.
    let said = RwSignal::new(String::new());
    Effect::new(move |told: Option<Option<(Filter, Option<TimeRange>)>>| {
        let told = told.flatten();
        let asked = app.counts_asked.get().map(|question| (question.filter.clone(), question.window));
        if told.is_some() && asked != told {
            said.set(untrack(words));
        }
        asked
    });
    view! {
        <div class="results">
            <p class="visually-hidden" role="status">{said}</p>
            <Scan />
            <span class="badge warn">{unscanned}</span>
            <p
                id="result-count"
                class="number"
                data-events=move || if app.is_counted.get() { events.get().0.to_string() } else { String::new() }
                aria-busy=move || app.is_counting().to_string()
            >
                {words}
            </p>
        </div>
    }
}

/// Free text is looked for in the text itself; that takes a while with large files.
#[component]
fn Scan() -> impl IntoView {
    let app = App::get();
    let percent = |done: u64, total: u64| (done as f64 / total.max(1) as f64 * 100.0).min(100.0);
    let words = move || {
        let of = app.scan.get().unwrap_or_default();
        let percent = (percent(of.bytes_done, of.bytes_total) as u64).to_string();
        ["Searching text: ", &percent, "%, ", &bytes_text(of.bytes_done), " of ", &bytes_text(of.bytes_total)].concat()
    };
    let value = move || app.scan.get().map_or(0.0, |of| percent(of.bytes_done, of.bytes_total));
    view! {
        <Show when=move || app.scan.get().is_some()>
            <div class="scan number">
                <progress max="100" aria-label="Text searched so far" prop:value=value></progress>
                <span>{words}</span>
                <button type="button" class="small" on:click=move |_| app.cancel_scan()>
                    "Cancel"
                </button>
            </div>
        </Show>
    }
}
