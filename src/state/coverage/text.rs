//! The account as plain text, to be quoted elsewhere.

use super::Clock;
use super::account::Account;
use super::rotation::Sequence;
use crate::model::number::{counted, thousands};
use crate::query::coverage::gaps::Rhythm;

/// What a gap is, for the panel and for whoever is given the text. The numbers are those of `query::coverage::gaps`.
pub const RULE: &str = "A gap is a pause between two events that is at least ten times as long as nineteen in twenty of the hundred pauses around it.";

/// Lines of plain text; times in the clock's zone.
pub fn as_text(account: &Account, clock: &Clock<'_>) -> String {
    let mut lines: Vec<String> = account.sentences.clone();
    lines.push(String::new());
    lines.push(format!("Gaps, over all sources (times in {})", clock.zone));
    lines.push(RULE.to_string());
    lines.extend(gap_lines(&account.rhythm, clock));
    lines.push(String::new());
    lines.push("Sources".to_string());
    for source in &account.sources {
        let span = source.span.map_or("no time known".to_string(), |span| clock.range(span));
        lines.push(format!("- {}: {}, {span}", source.name, source.held()));
        if account.sources.len() > 1 && source.rhythm.gap_count > 0 {
            lines.push(format!("  {} of its own", counted(source.rhythm.gap_count, "gap")));
        }
        lines.extend(source.remarks.iter().map(|remark| format!("  {remark}")));
    }
    if !account.overlaps.is_empty() {
        lines.push(String::new());
        lines.push("Overlaps".to_string());
        lines.extend(account.overlaps.iter().map(|overlap| {
            let (one, other) = &overlap.names;
            let when = overlap.range.map_or(String::new(), |of| format!(", {}", clock.range(of)));
            format!("- {one} and {other}{when}, {} in both, counted once", counted(overlap.shared_events, "event"))
        }));
        if account.overlaps_more > 0 {
            lines.push(format!("- {}", counted(account.overlaps_more as u64, "more pair")));
        }
    }
    if !account.sequences.is_empty() {
        lines.push(String::new());
        lines.push("Rotated logs, by their names".to_string());
        lines.extend(account.sequences.iter().map(|sequence| {
            let missing = match missing_text(sequence) {
                missing if missing.is_empty() => "none missing by number".to_string(),
                missing => format!("missing: {missing}"),
            };
            format!("- {}: {}; {missing}", sequence.name, counted(sequence.files.len() as u64, "file"))
        }));
    }
    lines.push(String::new());
    lines.join("\n")
}

fn gap_lines(rhythm: &Rhythm, clock: &Clock<'_>) -> Vec<String> {
    let mut lines: Vec<String> = rhythm.gaps.iter().map(|gap| format!("- {}", clock.range(*gap))).collect();
    let more = rhythm.gap_count - rhythm.gaps.len() as u64;
    if more > 0 {
        lines.push(format!("- {} shorter ones", thousands(more)));
    }
    if lines.is_empty() {
        lines.push(
            rhythm
                .longest_pause
                .map_or("- none".to_string(), |pause| format!("- none; the longest pause: {}", clock.range(pause))),
        );
    }
    lines
}

/// `audit.log.2, audit.log.1 and the current audit.log`; empty when nothing is missing.
pub fn missing_text(sequence: &Sequence) -> String {
    let mut names = sequence.missing.clone();
    if sequence.missing_more > 0 {
        names.push(format!("{} more", thousands(sequence.missing_more)));
    }
    if !sequence.has_current {
        names.push(format!("the current {}", sequence.name));
    }
    names.join(", ")
}
