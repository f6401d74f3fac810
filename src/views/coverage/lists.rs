//! The sources one by one, which of them overlap, and which are one rotated log.

use super::bar::CoverageBar;
use super::gaps::Gaps;
use super::with_clock;
use crate::model::TimeRange;
use crate::model::number::counted;
use crate::state::coverage::{Account, Overlap, SourceAccount, missing_text};
use crate::state::view::Zone;
use crate::worker::progress::SourceId;
use leptos::prelude::*;

/// Sources told one by one, at most: more would be a page that nobody reads to its end.
const MAX_SOURCES: usize = 200;

fn range_words(range: TimeRange, zone: &Zone) -> String {
    with_clock(zone, |clock| clock.range(range))
}

/// One row per source, which stays while what it says changes: who opened its gaps goes on reading them.
#[component]
pub fn Sources(account: Memo<Account>, zone: Memo<Zone>) -> impl IntoView {
    let ids =
        move || account.with(|account| account.sources.iter().map(|of| of.id).take(MAX_SOURCES).collect::<Vec<_>>());
    let more = Memo::new(move |_| account.with(|account| account.sources.len().saturating_sub(MAX_SOURCES)));
    let left_out = move || {
        let words = ["and ", &counted(more.get() as u64, "more source"), "; the copied summary has them all"].concat();
        (more.get() > 0).then(|| view! { <p class="note">{words}</p> })
    };
    view! {
        <section aria-labelledby="coverage-sources">
            <h3 id="coverage-sources">"Each source"</h3>
            <ul class="coverage-sources">
                <For each=ids key=|id| *id children=move |id| view! { <Source id account zone /> } />
            </ul>
            {left_out}
        </section>
    }
}

#[component]
fn Source(id: SourceId, account: Memo<Account>, zone: Memo<Zone>) -> impl IntoView {
    let source = Memo::new(move |_| {
        account.with(|account| account.sources.iter().find(|of| of.id == id).cloned().unwrap_or_default())
    });
    let whole = Memo::new(move |_| {
        account.with(|account| account.sources.iter().filter_map(|of| of.span).reduce(TimeRange::union))
    });
    let bar = move || {
        let spans = whole.get().zip(source.with(|source| source.span));
        spans.map(|(whole, own)| view! { <CoverageBar whole own rhythm=source.with(|source| source.rhythm.clone()) /> })
    };
    let when = move || {
        let span = source.with(|source| source.span);
        span.map_or_else(|| "no event with a time".to_string(), |span| range_words(span, &zone.get()))
    };
    let remarks = move || {
        let remarks = source.with(|source| source.remarks.clone());
        remarks.into_iter().map(|remark| view! { <li class="foreign">{remark}</li> }).collect_view()
    };
    let rhythm = Memo::new(move |_| source.with(|source| source.rhythm.clone()));
    // Of an only source these are the gaps above.
    let has_gaps = Memo::new(move |_| rhythm.with(|of| of.gap_count > 0) && account.with(|of| of.sources.len() > 1));
    let gaps = move || [&*rhythm.with(|of| counted(of.gap_count, "gap")), " of its own"].concat();
    view! {
        <li>
            <h4 class="mono foreign">{move || source.with(|source| source.name.clone())}</h4>
            {bar}
            <p>
                <span class="number">{move || source.with(SourceAccount::held)}</span>
                ", "
                <span class="number">{when}</span>
            </p>
            <ul class="remarks">{remarks}</ul>
            <Show when=move || has_gaps.get()>
                <details><summary>{gaps}</summary><Gaps rhythm zone /></details>
            </Show>
        </li>
    }
}

#[component]
pub fn Overlaps(account: Memo<Account>, zone: Memo<Zone>) -> impl IntoView {
    let overlaps = Memo::new(move |_| account.with(|account| (account.overlaps.clone(), account.overlaps_more)));
    let pair = move |overlap: Overlap| {
        let (one, other) = overlap.names;
        let when =
            overlap.range.map_or_else(|| "at no common time".to_string(), |range| range_words(range, &zone.get()));
        let shared = match overlap.shared_events {
            0 => "no event in both".to_string(),
            events => [&counted(events, "event"), " in both, counted once"].concat(),
        };
        view! {
            <li>
                <span class="mono foreign">{one}</span>
                " and "
                <span class="mono foreign">{other}</span>
                <p class="number">{when} "; " {shared}</p>
            </li>
        }
    };
    let list = move || {
        let (overlaps, more) = overlaps.get();
        let left_out = ["and ", &counted(more as u64, "more pair")].concat();
        view! {
            <ul>{overlaps.into_iter().map(pair).collect_view()}</ul>
            {(more > 0).then(|| view! { <p class="note">{left_out}</p> })}
        }
    };
    view! {
        <Show when=move || overlaps.with(|(overlaps, _)| !overlaps.is_empty())>
            <section aria-labelledby="coverage-overlaps">
                <h3 id="coverage-overlaps">"Overlaps"</h3>
                <p class="note">"Sources with events of the same time, as the logs of several API servers have, or the same export twice."</p>
                {list}
            </section>
        </Show>
    }
}

#[component]
pub fn Rotated(account: Memo<Account>) -> impl IntoView {
    let names = Memo::new(move |_| {
        account.with(|account| account.sequences.iter().map(|of| of.name.clone()).collect::<Vec<_>>())
    });
    view! {
        <Show when=move || names.with(|names| !names.is_empty())>
            <section aria-labelledby="coverage-rotated">
                <h3 id="coverage-rotated">"Rotated logs"</h3>
                <p class="note">"Recognised by the files’ names. A name with a time has no number, so nothing tells whether one is missing between."</p>
                <ul>
                    <For
                        each=move || names.get()
                        key=String::clone
                        children=move |name| view! { <RotatedLog name account /> }
                    />
                </ul>
            </section>
        </Show>
    }
}

#[component]
fn RotatedLog(name: String, account: Memo<Account>) -> impl IntoView {
    let shown = name.clone();
    let sequence = Memo::new(move |_| {
        account.with(|account| account.sequences.iter().find(|of| of.name == name).cloned().unwrap_or_default())
    });
    let words = move || {
        let missing = sequence.with(missing_text);
        match missing.is_empty() {
            true => ": none is missing by its number.".to_string(),
            false => [": missing ", &missing, "."].concat(),
        }
    };
    let files = move || {
        let files = sequence.with(|of| of.files.clone());
        files.into_iter().map(|file| view! { <li class="mono foreign">{file}</li> }).collect_view()
    };
    view! {
        <li>
            <span class="mono foreign">{shown}</span>
            ", "
            <span class="number">{move || counted(sequence.with(|of| of.files.len() as u64), "file")}</span>
            <span class="foreign">{words}</span>
            <details><summary>"The files, the oldest first"</summary><ol class="rotated-files">{files}</ol></details>
        </li>
    }
}
