//! The Coverage tab: what the evidence that is open contains, and what it does not.

mod bar;
mod gaps;
mod lists;

use super::notices::FaultText;
use super::parts::copy_text;
use super::parts::number::duration_text;
use super::parts::zone::{format_time_seconds, zone_name};
use crate::model::Micros;
use crate::query::coverage::Coverage as Covered;
use crate::query::coverage::gaps::TIMES;
use crate::query::coverage::twins::Shared;
use crate::state::app::App;
use crate::state::coverage::{Account, Clock, RULE, as_text};
use crate::state::view::Zone;
use crate::worker::progress::Fault;
use leptos::prelude::*;
use leptos::task::spawn_local;
use std::sync::Arc;

/// What the workers said last; asked anew when data comes or goes.
#[derive(Clone, Copy)]
struct Asked {
    covered: RwSignal<Option<Arc<Covered>>>,
    shared: RwSignal<Vec<Shared>>,
    fault: RwSignal<Option<Fault>>,
    /// What was said is of all that is open.
    is_final: RwSignal<bool>,
    is_asking: StoredValue<bool>,
    is_stale: StoredValue<bool>,
}

impl Asked {
    fn keep_asking(app: App, is_loading: Memo<bool>) -> Asked {
        let asked = Asked {
            covered: RwSignal::new(None),
            shared: RwSignal::new(Vec::new()),
            fault: RwSignal::new(None),
            is_final: RwSignal::new(false),
            is_asking: StoredValue::new(false),
            is_stale: StoredValue::new(false),
        };
        Effect::new(move |_| {
            app.data_number.track();
            // The last word of data may come before the status that says it was the last.
            is_loading.track();
            asked.ask(app);
        });
        asked
    }

    /// At most one question is on its way; what changes meanwhile is asked after it.
    fn ask(self, app: App) {
        let _ = self.is_final.try_set(false);
        if self.is_asking.get_value() {
            return self.is_stale.set_value(true);
        }
        self.is_asking.set_value(true);
        self.is_stale.set_value(false);
        spawn_local(async move {
            let pool = app.pool.get_value();
            // Duplicates are marked as they are found: which there are is known at the end.
            let is_loading = app.load.try_with_untracked(|load| load.is_loading()).unwrap_or(true);
            let covered = pool.coverage().await;
            let shared = if is_loading { Ok(Vec::new()) } else { pool.shared_events().await };
            match covered.and_then(|covered| Ok((covered, shared?))) {
                Ok((covered, shared)) => {
                    let _ = self.covered.try_set(covered.map(Arc::new));
                    let _ = self.shared.try_set(shared);
                    let _ = self.fault.try_set(None);
                }
                Err(fault) => drop(self.fault.try_set(Some(fault))),
            }
            let _ = self.is_asking.try_set_value(false);
            match self.is_stale.try_get_value() {
                Some(true) => self.ask(app),
                Some(false) => {
                    let is_known = self.fault.try_with_untracked(Option::is_none) == Some(true);
                    let _ = self.is_final.try_set(is_known && !is_loading);
                }
                // The panel is gone.
                None => {}
            }
        });
    }
}

/// The zone that times show in, as the account wants it.
fn with_clock<T>(zone: &Zone, then: impl FnOnce(&Clock<'_>) -> T) -> T {
    let seconds = |micros: Micros| format_time_seconds(micros, zone);
    then(&Clock { seconds: &seconds, zone: &zone_name(zone) })
}

#[component]
pub fn Coverage() -> impl IntoView {
    let app = App::get();
    let is_loading = Memo::new(move |_| app.load.with(|load| load.is_loading()));
    let asked = Asked::keep_asking(app, is_loading);
    let zone = app.parts.zone;
    let account = Memo::new(move |_| {
        let covered = asked.covered.get();
        app.load.with(|load| {
            asked.shared.with(|shared| {
                zone.with(|zone| with_clock(zone, |clock| Account::of(load, covered.as_deref(), shared, clock)))
            })
        })
    });
    let sentences = move || {
        let sentences = account.with(|account| account.sentences.clone());
        sentences.into_iter().map(|sentence| view! { <p class="foreign">{sentence}</p> }).collect_view()
    };
    view! {
        <div class="coverage">
            <div class="coverage-head">
                <h2>"Coverage"</h2>
                <CopySummary account zone />
            </div>
            <Show when=move || !app.is_live.get() fallback=Live>
                {move || asked.fault.get().map(|fault| view! { <FaultText fault /> })}
                <Show when=move || is_loading.get()>
                    <p class="note" role="status">"Still reading: this is what is known so far."</p>
                </Show>
                <Show when=move || asked.covered.with(Option::is_some) fallback=move || view! { <Untimed is_loading /> }>
                    <div
                        id="coverage-summary"
                        class="coverage-summary"
                        aria-busy=move || (!asked.is_final.get()).to_string()
                    >
                        {sentences}
                    </div>
                    <section aria-labelledby="coverage-gaps">
                        <h3 id="coverage-gaps">"Gaps"</h3>
                        <p class="note">{RULE} " " {move || account.with(|account| finest(account.cell_micros))}</p>
                        <gaps::Gaps rhythm=Signal::derive(move || account.with(|account| account.rhythm.clone())) zone />
                    </section>
                    <lists::Sources account zone />
                    <lists::Overlaps account zone />
                    <lists::Rotated account />
                </Show>
            </Show>
        </div>
    }
}

/// How short a gap can be and still be seen.
fn finest(cell_micros: i64) -> String {
    let (cell, least) = (duration_text(cell_micros), duration_text(cell_micros.saturating_mul(TIMES)));
    [
        "Events within ",
        &cell,
        " count as one moment, so a gap is at least ",
        &least,
        " long. Filters and the time window change nothing here.",
    ]
    .concat()
}

#[component]
fn Live() -> impl IntoView {
    view! { <p class="note">"A live window is explored in the Loki itself. Load the window to have an account of what it covers."</p> }
}

/// Before the first answer, and where there is none to give.
#[component]
fn Untimed(is_loading: Memo<bool>) -> impl IntoView {
    let app = App::get();
    let has_span = Memo::new(move |_| app.load.with(|load| load.total().span.is_some()));
    let words = move || match is_loading.get() || has_span.get() {
        true => "Going through the events…",
        false => "No event with a time is open, so nothing can be said of when they happened.",
    };
    view! { <p class="note">{words}</p> }
}

#[component]
fn CopySummary(account: Memo<Account>, zone: Memo<Zone>) -> impl IntoView {
    let said = RwSignal::new("");
    let copy = move |_| {
        let text = account
            .with_untracked(|account| zone.with_untracked(|zone| with_clock(zone, |clock| as_text(account, clock))));
        spawn_local(async move {
            let done = copy_text(&text).await;
            let _ =
                said.try_set(if done { "Copied" } else { "The browser refused: select the text and copy it by hand" });
        });
    };
    view! {
        <button type="button" class="small" on:click=copy>"Copy summary"</button>
        <span class="note" role="status">{said}</span>
    }
}
