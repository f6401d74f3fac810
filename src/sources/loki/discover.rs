//! Which streams hold audit events: guessed from labels, made sure by asking for one line.

use super::api::Labels;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

/// Kapsule's labels, tried in turn; where neither finds streams, every label is ([`any_of`]).
pub const SERIES_MATCHERS: [&str; 2] = [r#"{resource_type=~"kubernetes.*"}"#, r#"{resource_name=~".+"}"#];

/// Labels enough to find any stream by; each stream has several.
const MOST_MATCHERS: usize = 20;

/// One matcher for each of these labels: Loki has none for "all streams".
pub fn any_of(label_names: &[String]) -> Vec<String> {
    let lasting = label_names.iter().filter(|name| !VOLATILE.contains(&name.as_str()) && !name.starts_with("__"));
    lasting.take(MOST_MATCHERS).map(|name| format!("{{{name}=~\".+\"}}")).collect()
}

/// Every audit event names its API group.
pub const PROBE_FILTER: &str = " |= `audit.k8s.io/`";

/// Labels that say what a line is, not where it comes from; they would split one cluster into many.
const VOLATILE: [&str; 8] =
    ["level", "detected_level", "severity", "filename", "stream", "service_name", "pod", "instance"];

/// Streams that may hold audit events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// LogQL.
    pub selector: String,
    /// The cluster's own name where the labels tell it.
    pub name: String,
    pub id: String,
    pub region: String,
    /// The labels of the selector.
    pub labels: Labels,
}

/// Streams grouped by their lasting labels; those that look like audit logs first.
pub fn candidates(series: &[Labels]) -> Vec<Candidate> {
    let groups: BTreeSet<Labels> = series
        .iter()
        .map(|labels| {
            let lasting = labels.iter().filter(|(name, value)| {
                !VOLATILE.contains(&name.as_str()) && !name.starts_with("__") && !value.is_empty()
            });
            lasting.map(|(name, value)| (name.clone(), value.clone())).collect()
        })
        .filter(|labels: &Labels| !labels.is_empty())
        .collect();
    let mut all: Vec<Candidate> = groups.into_iter().map(candidate).collect();
    let looks_like_audit = |c: &Candidate| c.labels.values().any(|value| value.to_lowercase().contains("audit"));
    all.sort_by_key(|candidate| (!looks_like_audit(candidate), candidate.name.clone(), candidate.selector.clone()));
    all
}

fn candidate(labels: Labels) -> Candidate {
    let first = |names: &[&str]| names.iter().find_map(|name| labels.get(*name)).cloned().unwrap_or_default();
    let id = first(&["resource_id", "cluster_id"]);
    let name = first(&["resource_name", "cluster_name", "cluster", "resource_id", "job", "app"]);
    Candidate { selector: selector(&labels), name, id, region: first(&["region"]), labels }
}

/// `{a="1", b="2"}`.
pub fn selector(labels: &Labels) -> String {
    let parts: Vec<_> = labels.iter().map(|(name, value)| format!("{name}={}", quoted(value))).collect();
    format!("{{{}}}", parts.join(", "))
}

/// A Go string literal.
pub fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if (c as u32) < 0x20 || c as u32 == 0x7f => out.push_str(&format!("\\x{:02x}", c as u32)),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// One cluster and the selector of all its streams that hold audit events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cluster {
    pub name: String,
    pub id: String,
    pub region: String,
    pub selector: String,
}

/// Candidates that a probe confirmed, joined per cluster; several streams of one cluster become alternatives.
pub fn clusters(confirmed: &[Candidate]) -> Vec<Cluster> {
    let mut by_place: BTreeMap<(&str, &str, &str), Vec<&Candidate>> = BTreeMap::new();
    for candidate in confirmed {
        let place = (candidate.name.as_str(), candidate.id.as_str(), candidate.region.as_str());
        by_place.entry(place).or_default().push(candidate);
    }
    let cluster = |((name, id, region), of): ((&str, &str, &str), Vec<&Candidate>)| Cluster {
        name: name.to_string(),
        id: id.to_string(),
        region: region.to_string(),
        selector: joined(&of),
    };
    by_place.into_iter().map(cluster).collect()
}

/// A selector for several label sets: what they share as it is, what differs as a regex of alternatives.
/// May also match combinations that were not confirmed; the line filter keeps those out.
fn joined(of: &[&Candidate]) -> String {
    let mut values: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for candidate in of {
        for (name, value) in &candidate.labels {
            values.entry(name).or_default().insert(value);
        }
    }
    values.retain(|name, _| of.iter().all(|candidate| candidate.labels.contains_key(*name)));
    let part = |(name, values): (&&str, &BTreeSet<&str>)| {
        let mut all = values.iter();
        match (all.next(), all.next()) {
            (Some(only), None) => format!("{name}={}", quoted(only)),
            _ => {
                let any = values.iter().map(|value| regex_literal(value)).collect::<Vec<_>>().join("|");
                format!("{name}=~{}", quoted(&any))
            }
        }
    };
    format!("{{{}}}", values.iter().map(part).collect::<Vec<_>>().join(", "))
}

/// The text as a regex that matches it alone (RE2).
pub fn regex_literal(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        if r"\.+*?()|[]{}^$".contains(c) {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

/// Where a query's stream selector ends: the byte after its closing brace.
pub fn selector_end(logql: &str) -> Option<usize> {
    let mut quote = None;
    let mut bytes = logql.bytes().enumerate();
    while let Some((index, byte)) = bytes.next() {
        match (byte, quote) {
            (b'\\', Some(b'"')) => drop(bytes.next()),
            (b'"' | b'`', None) => quote = Some(byte),
            (_, Some(open)) if byte == open => quote = None,
            (b'}', None) => return Some(index + 1),
            _ => {}
        }
    }
    None
}

/// What could be typed where the cursor stands in a selector.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Completion {
    /// A label's name; the bytes to replace.
    Name { typed: String, at: Range<usize> },
    /// A value of a label, inside its quotes.
    Value { name: String, typed: String, at: Range<usize> },
}

/// `cursor` in bytes, at a character's border.
pub fn completion(text: &str, cursor: usize) -> Option<Completion> {
    let before = text.get(..cursor)?;
    let inside = before.find('{')? + 1;
    let mut part_start = inside;
    let mut quote_start = None;
    let mut bytes = before.bytes().enumerate().skip(inside);
    while let Some((index, byte)) = bytes.next() {
        match (byte, quote_start) {
            (b'\\', Some(_)) => drop(bytes.next()),
            (b'"', Some(_)) => quote_start = None,
            (b'"', None) => quote_start = Some(index + 1),
            (b',', None) => part_start = index + 1,
            (b'}', None) => return None,
            _ => {}
        }
    }
    let part = &before[part_start..];
    if let Some(from) = quote_start {
        let name = part.trim_start().split(['=', '!']).next().unwrap_or_default().trim().to_string();
        return Some(Completion::Value { name, typed: before[from..].to_string(), at: from..cursor });
    }
    let typed = part.trim_start();
    let is_name = typed.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    is_name.then(|| Completion::Name { typed: typed.to_string(), at: cursor - typed.len()..cursor })
}

/// The text with a completion put in, and where the cursor goes. A name brings `="` along.
pub fn complete(text: &str, completion: &Completion, chosen: &str) -> (String, usize) {
    let (at, put) = match completion {
        Completion::Name { at, .. } => (at, format!("{chosen}=\"")),
        Completion::Value { at, .. } => {
            let literal = quoted(chosen);
            (at, literal[1..].to_string())
        }
    };
    let mut rest = &text[at.end..];
    if matches!(completion, Completion::Value { .. }) {
        rest = rest.strip_prefix('"').unwrap_or(rest);
    }
    let head = format!("{}{put}", &text[..at.start]);
    let cursor = head.len();
    (head + rest, cursor)
}

#[cfg(test)]
#[path = "discover_tests.rs"]
mod tests;
