//! Lines that do not begin with a JSON value: an event after a prefix, an event in
//! the legacy text, or an exporter's own words.

use super::{cloudwatch, cri, grafana, legacy, logcli, node_logs, syslog};
use crate::formats::SkipReason;
use crate::formats::json::begins_list;
use crate::formats::origin::Labels;
use crate::formats::scan::{scan_event, skip_value};
use crate::formats::unwrap::{Ground, Output, Unwrapper};
use crate::model::Event;
use memchr::{memchr, memchr_iter};
use std::iter;

/// Tells whether a prefix is its own, and what it says of where the event was observed.
type ReadPrefix = fn(&[u8], &mut Labels) -> bool;

/// What stands before the event in its line. Asked in this order.
const PREFIXES: &[(&str, ReadPrefix)] = &[
    ("Grafana text download", grafana::read_prefix),
    ("logcli", logcli::read_prefix),
    ("CloudWatch S3 export", cloudwatch::read_prefix),
    ("syslog", syslog::read_prefix),
    ("node logs", node_logs::read_prefix),
    ("Lines with a prefix", |_, _| true),
];

/// Reads a line, trimmed at its end.
///
/// # Errors
/// Why there is no event in it.
pub(in crate::formats) fn read(
    unwrapper: &mut Unwrapper,
    line: &[u8],
    ground: Ground<'_>,
    out: &mut dyn Output,
) -> Result<(), SkipReason> {
    if line.first() == Some(&b'{') || begins_list(line) {
        // Whole after all: values that span lines were given up before it.
        return if skip_value(line, 0) == Ok(line.len()) {
            unwrapper.value(line, ground, out)
        } else {
            Err(broken(line))
        };
    }
    if line.first() == Some(&b'"') && line.len() > 1 && line.last() == Some(&b'"') {
        return unwrapper.string(line, ground, out);
    }
    if is_notice(line) {
        return Err(SkipReason::Notice);
    }
    if let Some(cri::Line { text, .. }) = cri::Line::of(line) {
        unwrapper.name(cri::NAME, out);
        return unwrapper.text(text, ground, out);
    }
    if let Some(end) = event_start(line) {
        return with_prefix(unwrapper, &line[..end], &line[end..], ground, out);
    }
    if let Some(result) = legacy::read(line, ground, out) {
        unwrapper.name(legacy::NAME, out);
        return result;
    }
    Err(if std::str::from_utf8(line).is_err() || line.contains(&0) { SkipReason::NotText } else { SkipReason::NotJson })
}

fn with_prefix(
    unwrapper: &mut Unwrapper,
    prefix: &[u8],
    rest: &[u8],
    ground: Ground<'_>,
    out: &mut dyn Output,
) -> Result<(), SkipReason> {
    let known = PREFIXES.iter().find(|(_, read)| read(prefix, &mut Labels::default()));
    let origin = unwrapper.origin_of(ground.origin, iter::once(prefix), |labels| {
        if let Some((_, read)) = known {
            read(prefix, labels);
        }
    });
    let found = unwrapper.text(rest, ground.from(&origin), out);
    if let (Ok(()), Some((name, _))) = (found, known) {
        unwrapper.name(name, out);
    }
    found
}

/// Where an object with members, or a list of such, begins: `{"` or `[{`.
fn event_start(line: &[u8]) -> Option<usize> {
    memchr_iter(b'{', line).find(|&at| {
        let inside = &line[at + 1..];
        inside[inside.iter().take_while(|byte| byte.is_ascii_whitespace()).count()..].first() == Some(&b'"')
    })
}

/// What is wrong with a line that begins like JSON.
fn broken(line: &[u8]) -> SkipReason {
    if line.ends_with(b"[Truncated...]") {
        return SkipReason::Incomplete;
    }
    match scan_event(line, &mut Event::default()) {
        Err(reason @ SkipReason::Incomplete) => reason,
        // A list is no object; without its end it is cut off.
        Err(SkipReason::NotJson) if line.last() != Some(&b']') => SkipReason::Incomplete,
        _ => SkipReason::Malformed,
    }
}

/// Lines that an exporter writes about itself.
fn is_notice(line: &[u8]) -> bool {
    grafana::is_header(line) || is_logcli_message(line)
}

/// `2024/05/22 17:33:19 https://…query_range?…`: what logcli writes to its standard error.
fn is_logcli_message(line: &[u8]) -> bool {
    let is_stamp = line.len() > 20 && line[4] == b'/' && line[7] == b'/' && line[10] == b' ' && line[13] == b':';
    let Some(text) = line.get(20..).filter(|_| is_stamp && line[..4].iter().all(u8::is_ascii_digit)) else {
        return false;
    };
    let word_end = memchr(b':', text).unwrap_or(text.len());
    text.starts_with(b"http")
        || text.starts_with(b"Common labels:")
        || text.starts_with(b"error")
        || matches!(&text[..word_end], b"Query failed" | b"Ignoring" | b"Using" | b"Download" | b"Retrying")
        || !text.contains(&b'{')
}
