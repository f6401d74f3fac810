//! The account of what is open: each source, what overlaps, what is rotated, what is missing.

use super::Clock;
use super::rotation::{Sequence, sequences};
use super::sentences;
use crate::model::SkipReason;
use crate::model::TimeRange;
use crate::model::number::{bytes_text, counted, thousands};
use crate::model::text::visible_text;
use crate::query::coverage::gaps::Rhythm;
use crate::query::coverage::twins::Shared;
use crate::query::coverage::{Coverage, Facts};
use crate::worker::progress::{EMPTY_FILE, Fault, LoadStatus, NO_EVENTS, SourceId, SourceState, SourceStatus};
use std::collections::HashMap;

/// Pairs of sources told one by one, at most.
const MAX_OVERLAPS: usize = 100;
/// Numbers of records at which exporters stop: Grafana's and Loki's limits, and the page of
/// CloudWatch, Elasticsearch and Google's console.
const ROUND_LIMITS: [u64; 3] = [1_000, 5_000, 10_000];

/// Everything the panel says. Names and texts are fit to be shown.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Account {
    /// What there is; what there is not; what no file can tell.
    pub sentences: Vec<String>,
    /// Of all sources laid over one another.
    pub rhythm: Rhythm,
    /// Events closer together than this count as one moment.
    pub cell_micros: i64,
    pub sources: Vec<SourceAccount>,
    pub overlaps: Vec<Overlap>,
    /// How many more pairs overlap than are told.
    pub overlaps_more: usize,
    pub sequences: Vec<Sequence>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SourceAccount {
    pub id: SourceId,
    pub name: String,
    pub events: u64,
    pub duplicates: u64,
    pub span: Option<TimeRange>,
    pub rhythm: Rhythm,
    /// What is missing from it or was skipped, one plain remark each.
    pub remarks: Vec<String>,
}

/// Two sources with events of the same time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overlap {
    /// The names, in the order of opening.
    pub names: (String, String),
    /// When both have events; `None`: they only share events.
    pub range: Option<TimeRange>,
    /// Events in both, counted once.
    pub shared_events: u64,
}

/// How many lines an exporter gave, and whether it stopped there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    /// Its own header says so.
    Reached(u64),
    /// As many records as exporters stop at.
    Suspicious(u64),
}

impl Account {
    /// `coverage`: `None` where no event has a time; `shared` may come later than the rest.
    pub fn of(load: &LoadStatus, coverage: Option<&Coverage>, shared: &[Shared], clock: &Clock<'_>) -> Account {
        let name_of: HashMap<SourceId, String> =
            load.sources.iter().map(|source| (source.id, visible_text(&source.name).into_owned())).collect();
        let covered: HashMap<SourceId, _> =
            coverage.iter().flat_map(|coverage| &coverage.sources).map(|source| (source.source, source)).collect();
        let sources = load.sources.iter().map(|status| {
            let own = covered.get(&status.id);
            let facts = own.map(|own| own.facts).unwrap_or_default();
            let repeated = shared.iter().find(|pair| pair.counted_in == status.id && pair.repeated_in == status.id);
            SourceAccount {
                id: status.id,
                name: name_of[&status.id].clone(),
                events: status.counts.events,
                duplicates: status.counts.duplicates,
                span: own.and_then(|own| own.span),
                rhythm: own.map(|own| own.rhythm.clone()).unwrap_or_default(),
                remarks: remarks(status, &facts, repeated.map_or(0, |pair| pair.events)),
            }
        });
        let mut account = Account {
            sentences: Vec::new(),
            rhythm: coverage.map(|coverage| coverage.rhythm.clone()).unwrap_or_default(),
            cell_micros: coverage.map_or(0, |coverage| coverage.grid.cell_micros),
            sources: sources.collect(),
            overlaps: Vec::new(),
            overlaps_more: 0,
            sequences: sequences(name_of.values().map(String::as_str)),
        };
        account.overlaps = overlaps(&account.sources, shared, account.cell_micros);
        account.overlaps_more = account.overlaps.len().saturating_sub(MAX_OVERLAPS);
        account.overlaps.truncate(MAX_OVERLAPS);
        account.sentences =
            sentences::sentences(load, &account, coverage.map(|of| of.facts).unwrap_or_default(), clock);
        account
    }
}

impl SourceAccount {
    /// `900 events and 100 duplicates`.
    pub fn held(&self) -> String {
        let events = counted(self.events, "event");
        match self.duplicates {
            0 => events,
            duplicates => format!("{events} and {}", counted(duplicates, "duplicate")),
        }
    }
}

/// Pairs that share events first, then those that overlap the longest.
fn overlaps(sources: &[SourceAccount], shared: &[Shared], least_micros: i64) -> Vec<Overlap> {
    let mut events: HashMap<(SourceId, SourceId), u64> = HashMap::new();
    for pair in shared {
        let key = (pair.counted_in.min(pair.repeated_in), pair.counted_in.max(pair.repeated_in));
        *events.entry(key).or_default() += pair.events;
    }
    let mut found = Vec::new();
    for (at, one) in sources.iter().enumerate() {
        for other in &sources[at + 1..] {
            let range = one.span.zip(other.span).and_then(|(a, b)| a.intersection(b));
            let range = range.filter(|range| range.width_micros() >= least_micros);
            let shared_events = events.get(&(one.id.min(other.id), one.id.max(other.id))).copied().unwrap_or(0);
            if range.is_some() || shared_events > 0 {
                found.push(Overlap { names: (one.name.clone(), other.name.clone()), range, shared_events });
            }
        }
    }
    let width = |overlap: &Overlap| overlap.range.map_or(0, |range| range.width_micros());
    found.sort_by_key(|overlap| std::cmp::Reverse((overlap.shared_events, width(overlap))));
    found
}

/// What a source's number of records says of a limit. A header that names a limit that was
/// not reached settles it.
pub fn limit(source: &SourceStatus) -> Option<Limit> {
    match source.counts.line_limit {
        Some((limit, returned)) => (returned >= limit).then_some(Limit::Reached(limit)),
        None => {
            let events = source.counts.events + source.counts.duplicates + source.counts.other_halves;
            let records = events + skipped_but_notices(source);
            ROUND_LIMITS.contains(&records).then_some(Limit::Suspicious(records))
        }
    }
}

/// Whether there is more of it than was read.
pub fn is_unfinished(source: &SourceStatus) -> bool {
    let is_whole = |error: &Fault| [EMPTY_FILE, NO_EVENTS].contains(&error.what_happened.as_str());
    match source.state {
        SourceState::Cancelled => true,
        SourceState::Failed => !source.error.as_ref().is_some_and(is_whole),
        SourceState::Waiting | SourceState::Reading | SourceState::Ready => false,
    }
}

fn skipped_but_notices(source: &SourceStatus) -> u64 {
    let others = source.counts.skipped.iter().filter(|(reason, _)| *reason != SkipReason::Notice);
    others.map(|(_, count)| count).sum()
}

fn remarks(source: &SourceStatus, facts: &Facts, repeated: u64) -> Vec<String> {
    let mut said = Vec::new();
    match (&source.error, source.state) {
        (Some(fault), _) => said.push(visible_text(&fault.what_happened).into_owned()),
        (None, SourceState::Cancelled) => {
            let of = source.bytes_total.map_or(String::new(), |total| format!(" of {}", bytes_text(total)));
            said.push(format!("Cancelled: {}{of} were read.", bytes_text(source.bytes_read)));
        }
        (None, SourceState::Waiting | SourceState::Reading) => said.push("Still being read.".to_string()),
        (None, SourceState::Ready | SourceState::Failed) => {}
    }
    match limit(source) {
        Some(Limit::Reached(limit)) => said
            .push(format!("The export stopped at its limit of {} lines; there may have been more.", thousands(limit))),
        Some(Limit::Suspicious(records)) => said.push(format!(
            "It holds exactly {} records, a number at which exporters stop; there may have been more.",
            thousands(records)
        )),
        None => {}
    }
    let mut skipped = source.counts.skipped.clone();
    skipped.sort_by_key(|(reason, count)| (std::cmp::Reverse(*count), *reason));
    let reasons: Vec<String> =
        skipped.iter().map(|(reason, count)| format!("{} {}", thousands(*count), reason.label())).collect();
    if !reasons.is_empty() {
        said.push(format!("{} skipped: {}.", counted(source.counts.skipped_total(), "record"), reasons.join(", ")));
    }
    if facts.truncated > 0 {
        said.push(format!(
            "The API server dropped the bodies of {} (audit.k8s.io/truncated).",
            counted(facts.truncated, "event")
        ));
    }
    if facts.cut_agents > 0 {
        said.push(format!("The API server cut the user agent of {}.", counted(facts.cut_agents, "event")));
    }
    if source.counts.unpaired > 0 {
        said.push(format!(
            "{} one of a long operation’s two entries; the other is not open.",
            if source.counts.unpaired == 1 {
                "1 event is".to_string()
            } else {
                format!("{} events are each", thousands(source.counts.unpaired))
            }
        ));
    }
    if source.counts.other_halves > 0 {
        said.push(match source.counts.other_halves {
            1 => "1 record is the other half of an event.".to_string(),
            records => format!("{} records are the other halves of events.", thousands(records)),
        });
    }
    if repeated > 0 {
        said.push(format!("{} in it more than once, counted once.", occur(repeated)));
    }
    if facts.untimed > 0 {
        said.push(format!("{} no time and cannot be placed.", carry(facts.untimed)));
    }
    said
}

fn occur(events: u64) -> String {
    format!("{} {}", counted(events, "event"), if events == 1 { "occurs" } else { "occur" })
}

pub(super) fn carry(events: u64) -> String {
    format!("{} {}", counted(events, "event"), if events == 1 { "carries" } else { "carry" })
}
