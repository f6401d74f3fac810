//! The sources one by one, which of them overlap, and which are one rotated log.

use super::bar::CoverageBar;
use super::gaps::Gaps;
use super::with_clock;
use crate::model::TimeRange;
use crate::model::number::counted;
use crate::state::coverage::rotation::Sequence;
use crate::state::coverage::{Account, Overlap, SourceAccount, missing_text};
use crate::state::view::Zone;
use leptos::prelude::*;

/// Sources told one by one, at most: more would be a page that nobody reads to its end.
const MAX_SOURCES: usize = 200;

fn range_words(range: TimeRange, zone: &Zone) -> String {
    with_clock(zone, |clock| clock.range(range))
}

#[component]
pub fn Sources(account: Memo<Account>, zone: Memo<Zone>) -> impl IntoView {
    let sources = Memo::new(move |_| account.with(|account| account.sources.clone()));
    let list = move || {
        let sources = sources.get();
        let whole = sources.iter().filter_map(|source| source.span).reduce(TimeRange::union);
        let more = sources.len().saturating_sub(MAX_SOURCES);
        let is_only = sources.len() == 1;
        let each = sources.into_iter().take(MAX_SOURCES);
        let left_out = ["and ", &counted(more as u64, "more source"), "; the copied summary has them all"].concat();
        view! {
            <ul class="coverage-sources">
                {each.map(|source| view! { <Source source whole zone is_only /> }).collect_view()}
            </ul>
            {(more > 0).then(|| view! { <p class="note">{left_out}</p> })}
        }
    };
    view! {
        <section aria-labelledby="coverage-sources">
            <h3 id="coverage-sources">"Each source"</h3>
            {list}
        </section>
    }
}

#[component]
fn Source(source: SourceAccount, whole: Option<TimeRange>, zone: Memo<Zone>, is_only: bool) -> impl IntoView {
    let held = source.held();
    let SourceAccount { name, span, rhythm, remarks, .. } = source;
    let bar = whole.zip(span).map(|(whole, own)| view! { <CoverageBar whole own rhythm=rhythm.clone() /> });
    let when = move || span.map_or_else(|| "no event with a time".to_string(), |span| range_words(span, &zone.get()));
    let remarks = remarks.into_iter().map(|remark| view! { <li class="foreign">{remark}</li> }).collect_view();
    // Of an only source these are the gaps above.
    let own_gaps = (!is_only && rhythm.gap_count > 0).then(|| {
        let words = [&counted(rhythm.gap_count, "gap"), " of its own"].concat();
        view! { <details><summary>{words}</summary><Gaps rhythm=Signal::stored(rhythm) zone /></details> }
    });
    view! {
        <li>
            <h4 class="mono foreign">{name}</h4>
            {bar}
            <p><span class="number">{held}</span>", " <span class="number">{when}</span></p>
            <ul class="remarks">{remarks}</ul>
            {own_gaps}
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
    let sequences = Memo::new(move |_| account.with(|account| account.sequences.clone()));
    let sequence = |sequence: Sequence| {
        let missing = missing_text(&sequence);
        let words = match missing.is_empty() {
            true => ": none is missing by its number.".to_string(),
            false => [": missing ", &missing, "."].concat(),
        };
        let files =
            sequence.files.iter().map(|file| view! { <li class="mono foreign">{file.clone()}</li> }).collect_view();
        view! {
            <li>
                <span class="mono foreign">{sequence.name}</span>
                ", "
                <span class="number">{counted(sequence.files.len() as u64, "file")}</span>
                <span class="foreign">{words}</span>
                <details><summary>"The files, the oldest first"</summary><ol class="rotated-files">{files}</ol></details>
            </li>
        }
    };
    view! {
        <Show when=move || sequences.with(|sequences| !sequences.is_empty())>
            <section aria-labelledby="coverage-rotated">
                <h3 id="coverage-rotated">"Rotated logs"</h3>
                <p class="note">"Recognised by the files’ names. A name with a time has no number, so nothing tells whether one is missing between."</p>
                <ul>{move || sequences.get().into_iter().map(sequence).collect_view()}</ul>
            </section>
        </Show>
    }
}
