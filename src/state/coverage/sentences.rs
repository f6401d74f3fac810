//! The sentences at the top: what this evidence contains, and what it does not.

use super::Clock;
use super::account::{Account, Limit, carry, is_unfinished, limit};
use crate::model::SkipReason;
use crate::model::TimeRange;
use crate::model::number::{counted, duration_text, thousands};
use crate::model::text::visible_text;
use crate::query::coverage::Facts;
use crate::worker::progress::LoadStatus;

/// Names listed in a sentence, at most.
const MAX_NAMES: usize = 5;

const NEVER_LOGGED: &str = "What the cluster’s audit policy does not log leaves no trace in any file, so its absence cannot be told from here.";

pub fn sentences(load: &LoadStatus, account: &Account, facts: Facts, clock: &Clock<'_>) -> Vec<String> {
    let span = account.sources.iter().filter_map(|source| source.span).reduce(TimeRange::union);
    let mut said = vec![there_is(load, span, clock)];
    if span.is_some() {
        said.push(there_is_not(load, account, facts, span, clock));
    }
    said.push(NEVER_LOGGED.to_string());
    said
}

fn there_is(load: &LoadStatus, span: Option<TimeRange>, clock: &Clock<'_>) -> String {
    let (sources, events) = (load.sources.len() as u64, load.total().events);
    let begin = format!(
        "{} {} {}",
        counted(sources, "source"),
        if sources == 1 { "holds" } else { "hold" },
        counted(events, "event")
    );
    match span {
        None => format!("{begin}, none of which has a time."),
        Some(span) => {
            let (start, end) = ((clock.seconds)(span.start_micros), (clock.seconds)(span.end_micros));
            let length = duration_text(span.width_micros());
            match start == end {
                true => format!("{begin}, received at {start} {}.", clock.zone),
                false => format!("{begin}, received from {start} to {end} {} ({length}).", clock.zone),
            }
        }
    }
}

fn there_is_not(
    load: &LoadStatus,
    account: &Account,
    facts: Facts,
    span: Option<TimeRange>,
    clock: &Clock<'_>,
) -> String {
    let mut missing = Vec::new();
    if let Some(span) = span {
        let (start, end) = ((clock.seconds)(span.start_micros), (clock.seconds)(span.end_micros));
        missing.push(format!("anything before {start} or after {end}"));
    }
    missing.extend(gaps(account, clock));
    missing.extend(rotated(account));
    missing.extend(unfinished(load));
    missing.extend(limited(load));
    missing.extend(unread(load));
    if facts.truncated > 0 {
        missing.push(format!(
            "the bodies of {} that the API server dropped as too large",
            counted(facts.truncated, "event")
        ));
    }
    match facts.with_bodies {
        0 => missing.push("the bodies of requests and responses (no event has any)".to_string()),
        some if some < facts.events => {
            missing.push(format!("the bodies of {} that were logged without", counted(facts.events - some, "event")));
        }
        _ => {}
    }
    let mut sentence = format!("This evidence does not contain {}.", missing.join("; "));
    if account.rhythm.gap_count == 0 {
        sentence.push(' ');
        sentence.push_str(&steady(account, clock));
    }
    if facts.untimed > 0 {
        sentence.push_str(&format!(" {} no time and may lie anywhere.", carry(facts.untimed)));
    }
    sentence
}

fn gaps(account: &Account, clock: &Clock<'_>) -> Option<String> {
    let rhythm = &account.rhythm;
    let longest = rhythm.longest_gap()?;
    let range = clock.range(longest);
    Some(match rhythm.gap_count {
        1 => format!("any event from {range}, a gap that the rhythm around it does not explain"),
        count => format!(
            "any event in {} gaps of together {}, the longest from {range}",
            thousands(count),
            duration_text(rhythm.gap_micros)
        ),
    })
}

/// Of data without gaps.
fn steady(account: &Account, clock: &Clock<'_>) -> String {
    let rhythm = &account.rhythm;
    let longest = rhythm.longest_pause.filter(|pause| pause.width_micros() > account.cell_micros);
    let longest = match longest {
        Some(pause) => format!("the longest lasts from {}", clock.range(pause)),
        None => format!("none is longer than {}", duration_text(account.cell_micros)),
    };
    match rhythm.is_told {
        true => format!("Within its span no pause between events stands out from those around it; {longest}."),
        false => format!("It has too few events to tell which pauses between them stand out; {longest}."),
    }
}

fn rotated(account: &Account) -> Vec<String> {
    let mut missing = Vec::new();
    for sequence in &account.sequences {
        let mut names: Vec<&str> = sequence.missing.iter().map(String::as_str).collect();
        if !sequence.has_current {
            names.push(&sequence.name);
        }
        let more = sequence.missing_more + names.len().saturating_sub(MAX_NAMES) as u64;
        names.truncate(MAX_NAMES);
        if !names.is_empty() {
            missing.push(format!("the rotated {}", and_more(&names, more)));
        }
    }
    let more = missing.len().saturating_sub(MAX_NAMES);
    missing.truncate(MAX_NAMES);
    if more > 0 {
        missing.push(format!("files of {}", counted(more as u64, "more rotated log")));
    }
    missing
}

/// Sources that failed or were cancelled.
fn unfinished(load: &LoadStatus) -> Option<String> {
    let names: Vec<_> = load.sources.iter().filter(|s| is_unfinished(s)).map(|s| visible_text(&s.name)).collect();
    let names: Vec<&str> = names.iter().map(AsRef::as_ref).collect();
    (!names.is_empty()).then(|| format!("what was not read of {}", listed(&names)))
}

fn limited(load: &LoadStatus) -> Vec<String> {
    let of = |wanted: fn(Limit) -> bool| {
        let found = load.sources.iter().filter(|source| limit(source).is_some_and(wanted));
        found.map(|source| visible_text(&source.name).into_owned()).collect::<Vec<_>>()
    };
    let reached = of(|limit| matches!(limit, Limit::Reached(_)));
    let suspicious = of(|limit| matches!(limit, Limit::Suspicious(_)));
    let mut said = Vec::new();
    let names = |names: &[String]| listed(&names.iter().map(String::as_str).collect::<Vec<_>>());
    if !reached.is_empty() {
        said.push(format!("what lay beyond the line limit of {}", names(&reached)));
    }
    if !suspicious.is_empty() {
        said.push(format!("perhaps more of {}, with exactly as many records as exporters stop at", names(&suspicious)));
    }
    said
}

/// Records that may have been events.
fn unread(load: &LoadStatus) -> Option<String> {
    let is_lost = |reason| !matches!(reason, SkipReason::Notice | SkipReason::NotAnEvent);
    let total = load.total();
    let lost: u64 = total.skipped.iter().filter(|(reason, _)| is_lost(*reason)).map(|(_, count)| count).sum();
    (lost > 0).then(|| format!("{} that could not be read as an event", counted(lost, "record")))
}

fn listed(names: &[&str]) -> String {
    and_more(&names[..names.len().min(MAX_NAMES)], names.len().saturating_sub(MAX_NAMES) as u64)
}

/// `a`, `a and b`, `a, b and 3 more`.
fn and_more(names: &[&str], more: u64) -> String {
    let mut names: Vec<String> = names.iter().map(|name| name.to_string()).collect();
    if more > 0 {
        names.push(format!("{} more", thousands(more)));
    }
    match names.split_last() {
        None => String::new(),
        Some((last, [])) => last.clone(),
        Some((last, first)) => format!("{} and {last}", first.join(", ")),
    }
}
