//! The account of small loads, as the text that is copied.

use super::{Account, Clock, around, as_text};
use crate::model::SkipReason;
use crate::model::TimeRange;
use crate::model::time::{format_rfc3339, parse_rfc3339};
use crate::query::coverage::gaps::Rhythm;
use crate::query::coverage::twins::Shared;
use crate::query::coverage::{Coverage, Facts, Grid, SourceCoverage};
use crate::worker::progress::{Counts, Fault, LoadStatus, SourceState, SourceStatus};

const SECOND: i64 = 1_000_000;

fn micros(clock: &str) -> i64 {
    parse_rfc3339(format!("2024-05-22T{clock}Z").as_bytes()).unwrap()
}

fn source(id: u16, name: &str, events: u64) -> SourceStatus {
    SourceStatus {
        id,
        name: name.to_string(),
        state: SourceState::Ready,
        bytes_total: Some(2_000_000),
        bytes_read: 1_000_000,
        text_bytes: 0,
        container: String::new(),
        wrapper: String::new(),
        counts: Counts { events, ..Counts::default() },
        error: None,
    }
}

/// A source with an event at each of these clock times of one day.
struct Covered<'a>(SourceStatus, Facts, &'a [&'a str]);

fn coverage(sources: &[Covered]) -> Coverage {
    let rhythm = |times: &[i64]| Rhythm::of(&times.iter().map(|&at| (at, at)).collect::<Vec<_>>(), SECOND);
    let mut all: Vec<i64> = sources.iter().flat_map(|source| source.2.iter().map(|clock| micros(clock))).collect();
    all.sort_unstable();
    all.dedup();
    let mut facts = Facts::default();
    sources.iter().for_each(|source| facts.add(&source.1));
    let each = sources.iter().map(|Covered(status, facts, times)| {
        let times: Vec<i64> = times.iter().map(|clock| micros(clock)).collect();
        let span = times.first().zip(times.last());
        SourceCoverage {
            source: status.id,
            span: span.map(|(first, last)| TimeRange { start_micros: *first, end_micros: last + 1 }),
            facts: *facts,
            rhythm: rhythm(&times),
        }
    });
    let grid = Grid { start_micros: all[0], cell_micros: SECOND, cells: 86_400 };
    Coverage { grid, facts, rhythm: rhythm(&all), sources: each.collect() }
}

fn check(sources: &[Covered], shared: &[Shared], expected: &[&str]) {
    let load = LoadStatus { sources: sources.iter().map(|source| source.0.clone()).collect(), ..LoadStatus::default() };
    let seconds = |at: i64| format_rfc3339(at)[11..19].to_string();
    let clock = Clock { seconds: &seconds, zone: "UTC" };
    let coverage = sources.iter().any(|source| !source.2.is_empty()).then(|| coverage(sources));
    let text = as_text(&Account::of(&load, coverage.as_ref(), shared, &clock), &clock);
    let common = ["What the cluster’s audit policy", "A gap is a pause", "Gaps, over all sources"];
    let told: Vec<&str> =
        text.lines().filter(|line| !line.is_empty() && !common.iter().any(|start| line.starts_with(start))).collect();
    assert_eq!(told, expected);
}

const STEADY: &[&str] = &[
    "10:00:00", "10:00:10", "10:00:20", "10:00:30", "10:00:40", "10:00:50", "10:01:00", "10:01:10", "10:01:20",
    "10:01:30",
];
const BROKEN: &[&str] = &[
    "10:00:00", "10:00:10", "10:00:20", "10:00:30", "10:00:40", "12:00:50", "12:01:00", "12:01:10", "12:01:20",
    "12:01:30",
];

#[test]
fn whole() {
    let facts = Facts { events: 10, with_bodies: 10, ..Facts::default() };
    check(
        &[Covered(source(0, "audit.log", 10), facts, STEADY)],
        &[],
        &[
            "1 source holds 10 events, received from 10:00:00 to 10:01:30 UTC (1 min 30 s).",
            "This evidence does not contain anything before 10:00:00 or after 10:01:30. Within its span no pause between events stands out from those around it; the longest lasts from 10:01:20 to 10:01:30 (10 s).",
            "- none; the longest pause: 10:01:20 to 10:01:30 (10 s)",
            "Sources",
            "- audit.log: 10 events, 10:00:00 to 10:01:30 (1 min 30 s)",
        ],
    );
}

#[test]
fn nothing_with_a_time() {
    check(
        &[Covered(source(0, "audit.log", 1), Facts { events: 1, untimed: 1, ..Facts::default() }, &[])],
        &[],
        &[
            "1 source holds 1 event, none of which has a time.",
            "- none",
            "Sources",
            "- audit.log: 1 event, no time known",
        ],
    );
}

#[test]
fn everything_that_can_be_missing() {
    let mut grafana = source(0, "grafana.txt", 10);
    grafana.counts.line_limit = Some((1000, 1000));
    grafana.counts.skipped = vec![(SkipReason::Notice, 3), (SkipReason::Incomplete, 2), (SkipReason::NotJson, 4)];
    let mut thousand = source(1, "k8s/audit.log.3", 700);
    thousand.counts.duplicates = 293;
    thousand.counts.other_halves = 7;
    thousand.counts.unpaired = 2;
    let cancelled = SourceStatus { state: SourceState::Cancelled, ..source(2, "k8s/audit.log", 0) };
    let fault = Fault {
        what_happened: "The gzip data ends early.".into(),
        what_it_means: String::new(),
        what_to_do: String::new(),
    };
    let failed = SourceStatus { state: SourceState::Failed, error: Some(fault), ..source(3, "evil\u{202e}.gz", 0) };
    check(
        &[
            Covered(grafana, Facts { events: 10, truncated: 1, cut_agents: 2, ..Facts::default() }, BROKEN),
            Covered(thousand, Facts { events: 700, untimed: 1, ..Facts::default() }, &["10:00:00", "10:00:30"]),
            Covered(cancelled, Facts::default(), &[]),
            Covered(failed, Facts::default(), &[]),
        ],
        &[
            Shared { counted_in: 1, repeated_in: 0, events: 4 },
            Shared { counted_in: 0, repeated_in: 1, events: 5 },
            Shared { counted_in: 1, repeated_in: 1, events: 1 },
        ],
        &[
            "4 sources hold 710 events, received from 10:00:00 to 12:01:30 UTC (2 h 1 min).",
            "This evidence does not contain anything before 10:00:00 or after 12:01:30; any event from 10:00:40 to 12:00:50 (2 h), a gap that the rhythm around it does not explain; the rotated k8s/audit.log.2 and k8s/audit.log.1; what was not read of k8s/audit.log and evil⟨U+202E⟩.gz; what lay beyond the line limit of grafana.txt; perhaps more of k8s/audit.log.3, with exactly as many records as exporters stop at; 6 records that could not be read as an event; the bodies of 1 event that the API server dropped as too large; the bodies of requests and responses (no event has any). 1 event carries no time and may lie anywhere.",
            "- 10:00:40 to 12:00:50 (2 h)",
            "Sources",
            "- grafana.txt: 10 events, 10:00:00 to 12:01:30 (2 h 1 min)",
            "  1 gap of its own",
            "  The export stopped at its limit of 1,000 lines; there may have been more.",
            "  9 records skipped: 4 not JSON, 3 exporter's own line, 2 cut off.",
            "  The API server dropped the bodies of 1 event (audit.k8s.io/truncated).",
            "  The API server cut the user agent of 2 events.",
            "- k8s/audit.log.3: 700 events and 293 duplicates, 10:00:00 to 10:00:30 (30 s)",
            "  It holds exactly 1,000 records, a number at which exporters stop; there may have been more.",
            "  2 events are each one of a long operation’s two entries; the other is not open.",
            "  7 records are the other halves of events.",
            "  1 event occurs in it more than once, counted once.",
            "  1 event carries no time and cannot be placed.",
            "- k8s/audit.log: 0 events, no time known",
            "  Cancelled: 1 MB of 2 MB were read.",
            "- evil⟨U+202E⟩.gz: 0 events, no time known",
            "  The gzip data ends early.",
            "Overlaps",
            "- grafana.txt and k8s/audit.log.3, 10:00:00 to 10:00:30 (30 s), 9 events in both, counted once",
            "Rotated logs, by their names",
            "- k8s/audit.log: 2 files; missing: k8s/audit.log.2, k8s/audit.log.1",
        ],
    );
}

#[test]
fn limits() {
    for (events, header, skipped, expected) in [
        (1000, None, 0, Some("Suspicious(1000)")),
        (4990, None, 10, Some("Suspicious(5000)")),
        (999, None, 0, None),
        (1000, Some((5000, 1000)), 0, None),
        (12, Some((12, 12)), 0, Some("Reached(12)")),
    ] {
        let mut of = source(0, "a", events);
        of.counts.line_limit = header;
        of.counts.skipped = vec![(SkipReason::NotJson, skipped), (SkipReason::Notice, 3)];
        assert_eq!(super::account::limit(&of).map(|limit| format!("{limit:?}")).as_deref(), expected);
    }
}

#[test]
fn windows_around_gaps() {
    let gap = |start_micros, end_micros| TimeRange { start_micros, end_micros };
    assert_eq!(around(gap(1000, 2000)), gap(750, 2250));
    assert_eq!(around(gap(0, 1)), gap(-1, 2));
}

#[test]
fn read_to_the_end() {
    for (state, error, expected) in [
        (SourceState::Ready, None, false),
        (SourceState::Cancelled, None, true),
        (SourceState::Failed, Some("The packed data ends too early."), true),
        (SourceState::Failed, Some(crate::worker::progress::NO_EVENTS), false),
        (SourceState::Failed, Some(crate::worker::progress::EMPTY_FILE), false),
    ] {
        let error = error.map(|what: &str| Fault {
            what_happened: what.to_string(),
            what_it_means: String::new(),
            what_to_do: String::new(),
        });
        let of = SourceStatus { state, error, ..source(0, "a", 0) };
        assert_eq!(super::account::is_unfinished(&of), expected, "{of:?}");
    }
}
