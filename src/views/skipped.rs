//! The Skipped tab: what was not an event, why, and where it stands.

use super::notices::FaultText;
use super::parts::number::{bytes_text, line_text, thousands};
use super::parts::{Glyph, IconButton, VirtualList, copy_text};
use crate::model::SkipReason;
use crate::model::text::visible_text;
use crate::state::app::App;
use crate::worker::progress::{Fault, LoadStatus, SkippedRecord, SourceId, SourceState};
use leptos::prelude::*;
use leptos::task::spawn_local;
use std::collections::{HashMap, HashSet};
use std::ops::Range;

const ROW_HEIGHT: f64 = 64.0;
/// Records fetched at once; pages start at multiples of it.
const PAGE: u64 = 100;
/// Pages kept before the cache is emptied.
const KEPT_PAGES: usize = 50;

#[component]
pub fn Skipped() -> impl IntoView {
    let app = App::get();
    let only = RwSignal::new(None::<SourceId>);
    let total = Memo::new(move |_| {
        let only = only.get();
        app.load.with(|load| {
            let wanted = load.sources.iter().filter(|source| only.is_none_or(|id| id == source.id));
            wanted.map(|source| source.counts.skipped_total()).sum::<u64>()
        })
    });
    let nothing = move || {
        let has = |state| move |load: &LoadStatus| load.sources.iter().any(|source| source.state == state);
        match () {
            () if app.is_live.get() => {
                "Of a live window only events are asked for: what it holds beside them is not known."
            }
            () if app.load.with(LoadStatus::is_loading) => "Nothing was skipped so far.",
            () if app.load.with(has(SourceState::Failed)) => {
                "Nothing was skipped of what could be read. A source failed: the Sources tab says why."
            }
            () if app.load.with(has(SourceState::Cancelled)) => {
                "Nothing was skipped of what was read. A source was cancelled: the Sources tab says how far it was read."
            }
            () => "Every record was an audit event. Nothing was skipped.",
        }
    };
    view! {
        <div class="skipped">
            <Reasons />
            <SourceChoice only />
            <Show
                when={move || total.get() > 0}
                fallback=move || view! { <p class="note skipped-none">{nothing}</p> }
            >
                <Records only total />
            </Show>
        </div>
    }
}

/// How many records were skipped for which reason, over all sources.
#[component]
fn Reasons() -> impl IntoView {
    let app = App::get();
    let counts = Memo::new(move |_| {
        let mut counts = app.load.with(|load| load.total().skipped);
        counts.retain(|(_, count)| *count > 0);
        counts.sort_by_key(|(reason, count)| (std::cmp::Reverse(*count), *reason));
        counts
    });
    let line = |(reason, count): (SkipReason, u64)| {
        view! {
            <li>
                <span class="number">{thousands(count)}</span>
                " "
                {reason.label()}
            </li>
        }
    };
    view! { <ul class="skipped-reasons" aria-label="Skipped, by reason">{move || counts.get().into_iter().map(line).collect_view()}</ul> }
}

#[component]
fn SourceChoice(only: RwSignal<Option<SourceId>>) -> impl IntoView {
    let app = App::get();
    let sources = Memo::new(move |_| {
        app.load.with(|load| {
            let some = load.sources.iter().filter(|source| source.counts.skipped_total() > 0);
            some.map(|source| (source.id, source.name.clone(), source.counts.skipped_total())).collect::<Vec<_>>()
        })
    });
    let options = move || {
        let option = |(id, name, count): (SourceId, String, u64)| {
            let text = [visible_text(&name).as_ref(), " (", &thousands(count), ")"].concat();
            view! { <option value=id.to_string()>{text}</option> }
        };
        sources.get().into_iter().map(option).collect_view()
    };
    view! {
        <Show when={move || sources.with(Vec::len) > 1}>
            <label class="skipped-source">
                "Source "
                <select
                    prop:value=move || only.get().map(|id| id.to_string()).unwrap_or_default()
                    on:change:target=move |event| only.set(event.target().value().parse().ok())
                >
                    <option value="">"all"</option>
                    {options}
                </select>
            </label>
        </Show>
    }
}

/// The records on screen, fetched by page.
#[derive(Clone, Copy)]
struct Pages {
    records: RwSignal<HashMap<u64, SkippedRecord>>,
    asked: StoredValue<HashSet<u64>>,
    /// Answers to an earlier choice of source are dropped.
    generation: StoredValue<u32>,
    fault: RwSignal<Option<Fault>>,
}

impl Pages {
    fn new() -> Pages {
        Pages {
            records: RwSignal::default(),
            asked: StoredValue::default(),
            generation: StoredValue::default(),
            fault: RwSignal::default(),
        }
    }

    /// Asks anew; what is shown stays until the answer comes.
    fn refresh(self) {
        self.generation.update_value(|number| *number += 1);
        self.asked.update_value(HashSet::clear);
    }

    fn forget(self) {
        self.refresh();
        self.records.set(HashMap::new());
    }

    fn ask(self, source: Option<SourceId>, rows: Range<u64>) {
        if self.asked.with_value(HashSet::len) > KEPT_PAGES {
            self.forget();
        }
        for page in rows.start / PAGE..rows.end.div_ceil(PAGE) {
            if self.asked.try_update_value(|asked| asked.insert(page)) == Some(true) {
                self.fetch(source, page);
            }
        }
    }

    fn fetch(self, source: Option<SourceId>, page: u64) {
        let pool = App::get().pool.get_value();
        let generation = self.generation.get_value();
        spawn_local(async move {
            let answer = pool.skipped(source, page * PAGE, PAGE as u32).await;
            if self.generation.try_get_value() != Some(generation) {
                return;
            }
            match answer {
                Ok(records) => self.records.update(|known| {
                    known.extend((page * PAGE..).zip(records));
                }),
                Err(fault) => self.fault.set(Some(fault)),
            }
        });
    }
}

#[component]
fn Records(only: RwSignal<Option<SourceId>>, total: Memo<u64>) -> impl IntoView {
    let pages = Pages::new();
    let visible = RwSignal::new(0..0);
    let app = App::get();
    let is_loading = Memo::new(move |_| app.load.with(LoadStatus::is_loading));
    Effect::new(move |last: Option<Option<SourceId>>| {
        // More arrived, or another source: what is known may stand elsewhere now. Their lines are known in the end.
        total.track();
        is_loading.track();
        let source = only.get();
        if last == Some(source) {
            pages.refresh()
        } else {
            pages.forget()
        }
        pages.ask(source, visible.get_untracked());
        source
    });
    Effect::new(move |_| pages.ask(only.get_untracked(), visible.get()));
    view! {
        {move || pages.fault.get().map(|fault| view! { <FaultText fault /> })}
        <VirtualList
            total
            row_height=ROW_HEIGHT
            visible
            label="Skipped records"
            row=move |index| view! { <Record index pages /> }
        />
    }
}

#[component]
fn Record(index: u64, pages: Pages) -> impl IntoView {
    let app = App::get();
    let record = Memo::new(move |_| pages.records.with(|known| known.get(&index).cloned()));
    let name = move |id: SourceId| {
        app.load.with(|load| load.sources.iter().find(|source| source.id == id).map(|source| source.name.clone()))
    };
    let said = RwSignal::new("");
    let shown = move || {
        record.get().map(|record| {
            let file = name(record.source).unwrap_or_default();
            let line = line_text(record.line);
            let offset = ["byte ", &thousands(record.offset)].concat();
            let text = record.start_of_text.clone();
            let copy = move |_| {
                let text = text.clone();
                spawn_local(async move {
                    // A refusal leaves the text on screen to be marked by hand.
                    let words = if copy_text(&text).await { "copied" } else { "the browser refused" };
                    let _ = said.try_set(words);
                });
            };
            view! {
                <div class="skipped-head">
                    <span class="badge warn">{record.reason.label()}</span>
                    <span class="mono foreign">{visible_text(&file).into_owned()}</span>
                    <span class="number">{line}</span>
                    <span class="number note">{offset}</span>
                    <span class="number note">{bytes_text(record.length)}</span>
                    <span class="skipped-said" role="status">{said}</span>
                    <IconButton glyph=Glyph::Copy label="Copy the start of the record" on_press=copy />
                </div>
                <code class="skipped-text foreign" tabindex="0">{visible_text(&record.start_of_text).into_owned()}</code>
            }
        })
    };
    view! { <li class="skipped-row">{shown}</li> }
}
