//! A filter as label conditions: LogQL knows `and`, `or` and four ways to match, but no `not`,
//! so that negations move inwards, down to the matches.

use super::label::{Label, Reading, label_of};
use super::quote::{Regex, pattern_glyphs, quoted};
use crate::model::Field;
use crate::query::pattern;
use crate::query::question::{Filter, Pattern, Relation};
use crate::query::syntax::glyph::Glyph;
use std::collections::BTreeSet;

/// What labels must be like.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Condition {
    All(Vec<Condition>),
    Any(Vec<Condition>),
    Match { label: Label, wanted: bool, value: Matcher },
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Matcher {
    Equal(String),
    /// RE2, anchored at both ends by Loki.
    Regex(String),
}

/// The filter, or its opposite, as a condition; `None` when labels cannot say it.
pub fn condition(filter: &Filter, wanted: bool) -> Option<Condition> {
    let parts = |parts: &[Filter]| parts.iter().map(|part| condition(part, wanted)).collect::<Option<Vec<_>>>();
    match filter {
        Filter::And(inner) if wanted => Some(Condition::All(parts(inner)?)),
        Filter::Or(inner) if !wanted => Some(Condition::All(parts(inner)?)),
        Filter::And(inner) | Filter::Or(inner) => Some(Condition::Any(parts(inner)?)),
        Filter::Not(inner) => condition(inner, !wanted),
        Filter::Is(field, patterns) => choice(*field, patterns, wanted),
        Filter::Compare(Field::Code, relation, number) => Some(compared_code(*relation, *number, wanted)),
        Filter::Compare(..) | Filter::Text(_) => None,
    }
}

impl Condition {
    /// LogQL; `None` when it holds always. A condition that never holds contradicts itself.
    pub fn text(&self) -> Option<String> {
        match self {
            Condition::Match { label, wanted, value } => Some(match (value, wanted) {
                (Matcher::Equal(text), true) => format!("{}={}", label.name, quoted(text)),
                (Matcher::Equal(text), false) => format!("{}!={}", label.name, quoted(text)),
                (Matcher::Regex(text), true) => format!("{}=~{}", label.name, quoted(text)),
                (Matcher::Regex(text), false) => format!("{}!~{}", label.name, quoted(text)),
            }),
            Condition::All(parts) => {
                let parts: Vec<String> = parts.iter().filter_map(Condition::text).collect();
                match parts.as_slice() {
                    [] => None,
                    [alone] => Some(alone.clone()),
                    several => Some(format!("({})", several.join(" and "))),
                }
            }
            Condition::Any(parts) => {
                if parts.is_empty() {
                    return Some(format!("{}=\"\"", super::label::AUDIT_ID.name));
                }
                let parts = parts.iter().map(Condition::text).collect::<Option<Vec<String>>>()?;
                Some(if let [alone] = parts.as_slice() { alone.clone() } else { format!("({})", parts.join(" or ")) })
            }
        }
    }

    pub fn labels(&self, found: &mut Vec<Label>) {
        match self {
            Condition::All(parts) | Condition::Any(parts) => parts.iter().for_each(|part| part.labels(found)),
            Condition::Match { label, .. } => found.push(*label),
        }
    }
}

const NEVER: Condition = Condition::Any(Vec::new());

fn matches(label: Label, wanted: bool, value: Matcher) -> Condition {
    Condition::Match { label, wanted, value }
}

/// All, or any when the opposite is meant.
fn joined(parts: Vec<Condition>, wanted: bool) -> Condition {
    if wanted { Condition::Any(parts) } else { Condition::All(parts) }
}

fn choice(field: Field, patterns: &[Pattern], wanted: bool) -> Option<Condition> {
    let label = label_of(field)?;
    match label.reading {
        Reading::UserKind => Some(user_kinds(label, &chosen(patterns, USER_KINDS, wanted))),
        Reading::CodeClass => Some(code_classes(label, &chosen(patterns, CODE_CLASSES, wanted))),
        Reading::DryRun => {
            let asked = Matcher::Regex(r"(?s)[^?]*\?.*dryRun=All.*".into());
            Some(yes_or_absent(&chosen(patterns, YES_OR_ABSENT, wanted), |is| matches(label, is, asked.clone())))
        }
        Reading::Truth => {
            let truth = Matcher::Equal("true".into());
            Some(yes_or_absent(&chosen(patterns, YES_OR_ABSENT, wanted), |is| matches(label, is, truth.clone())))
        }
        _ => patterns_of(label, patterns, wanted),
    }
}

/// The patterns of a field whose values are as many as there are.
fn patterns_of(label: Label, patterns: &[Pattern], wanted: bool) -> Option<Condition> {
    let mut parts = Vec::new();
    let mut expressions = Vec::new();
    for pattern in patterns {
        match (pattern, label.reading) {
            (pattern, _) if pattern.text().is_empty() => parts.push(matches(label, wanted, absent(label.reading))),
            (Pattern::Exact(value), Reading::Lower) => {
                parts.push(matches(label, wanted, Matcher::Equal(value.to_ascii_lowercase())));
            }
            (Pattern::Exact(value), Reading::OneOf(known)) => {
                // Another spelling than the API server's is never written.
                let spelled =
                    known.iter().find(|known| known.eq_ignore_ascii_case(value)).map_or(value.as_str(), |known| known);
                parts.push(matches(label, wanted, Matcher::Equal(spelled.into())));
            }
            (Pattern::Exact(value), Reading::Plain) if !value.contains(|c: char| c.is_ascii_alphabetic()) => {
                parts.push(matches(label, wanted, Matcher::Equal(value.clone())));
            }
            (pattern, reading) => expressions.extend(expression(pattern, reading)?),
        }
    }
    if let Some(regex) = Regex::any(expressions) {
        parts.push(matches(label, wanted, Matcher::Regex(around(label.reading, regex).text())));
    }
    Some(joined(parts, wanted))
}

/// A pattern's expression; the inner `None`: no value is ever like it; the outer: LogQL cannot say it.
fn expression(pattern: &Pattern, reading: Reading) -> Option<Option<Regex>> {
    let literal =
        |is: fn(char) -> bool| pattern_glyphs(pattern).iter().any(|glyph| matches!(glyph, Glyph::Char(c) if is(*c)));
    Some(match reading {
        // A letter may stand behind an escape in the array's text; these never do.
        Reading::Array if literal(|c| !(c.is_ascii_alphanumeric() || "-_.:/@ ".contains(c))) => return None,
        Reading::Array => Some(Regex::of_pattern(pattern, r#"(?:[^"\\]|\\u[0-9a-fA-F]{4}|\\[^u])*"#)),
        Reading::Path if literal(|c| c == '?') => None,
        Reading::Path => Some(Regex::of_pattern(pattern, "[^?]*")),
        Reading::Product if literal(|c| matches!(c, ' ' | '/')) => None,
        Reading::Product => Some(Regex::of_pattern(pattern, "[^ /]*")),
        _ => Some(Regex::of_pattern(pattern, ".*")),
    })
}

/// The expression of the whole text around that of a value.
fn around(reading: Reading, regex: Regex) -> Regex {
    match reading {
        // Whole strings are stepped over, so that an escaped quote opens none.
        Reading::Array => regex.around(r#"\[(?:[^"]|"(?:[^"\\]|\\.)*")*"(?:"#, r#")".*"#),
        Reading::Path => regex.around("(?:", r")(?:\?.*)?"),
        Reading::Product => regex.around("/*(?:", ")(?:[ /].*)?"),
        _ => regex,
    }
}

/// The text of an event without the field.
fn absent(reading: Reading) -> Matcher {
    match reading {
        Reading::Array => Matcher::Regex(r"|null|\[\s*\]".into()),
        Reading::Path => Matcher::Regex(r"(?s)(?:\?.*)?".into()),
        Reading::Product => Matcher::Regex(r"(?s)/*(?: .*)?".into()),
        _ => Matcher::Equal(String::new()),
    }
}

const YES_OR_ABSENT: &[&str] = &["yes", ""];
const USER_KINDS: &[&str] = &["", "anonymous", "service account", "node", "control plane", "human"];
const CODE_CLASSES: &[&str] = &["", "1xx", "2xx", "3xx", "4xx", "5xx", "other"];

/// Of all values a field can have, those that are meant.
fn chosen(patterns: &[Pattern], values: &[&'static str], wanted: bool) -> BTreeSet<&'static str> {
    let matchers: Vec<pattern::Matcher> = patterns.iter().map(pattern::Matcher::new).collect();
    let like = |value: &str| matchers.iter().any(|matcher| matcher.matches(value.as_bytes()));
    values.iter().copied().filter(|value| like(value) == wanted).collect()
}

fn yes_or_absent(chosen: &BTreeSet<&str>, condition: impl Fn(bool) -> Condition) -> Condition {
    match (chosen.contains("yes"), chosen.contains("")) {
        (true, true) => Condition::All(Vec::new()),
        (false, false) => NEVER,
        (yes, _) => condition(yes),
    }
}

/// [`crate::model::user::user_kind`], as conditions on the name.
fn user_kinds(label: Label, kinds: &BTreeSet<&'static str>) -> Condition {
    const PROGRAMS: &str = "kubelet|kube-apiserver|kube-controller-manager|kube-scheduler|kube-proxy";
    let equal = |text: &str, wanted| matches(label, wanted, Matcher::Equal(text.into()));
    let regex = |text: String, wanted| matches(label, wanted, Matcher::Regex(text));
    let of_kind = |kind: &str| match kind {
        "" => equal("", true),
        "anonymous" => equal("system:anonymous", true),
        "service account" => regex("(?s)system:serviceaccount:.*".into(), true),
        "node" => regex("(?s)system:node:.*".into(), true),
        "control plane" => Condition::All(vec![
            regex(format!("(?s)system:.*|{PROGRAMS}"), true),
            regex("(?s)system:anonymous|system:serviceaccount:.*|system:node:.*".into(), false),
        ]),
        _ => Condition::All(vec![equal("", false), regex(format!("(?s)system:.*|{PROGRAMS}"), false)]),
    };
    Condition::Any(kinds.iter().map(|kind| of_kind(kind)).collect())
}

/// [`crate::model::user::code_class`] of the three digits of an HTTP status.
fn code_classes(label: Label, classes: &BTreeSet<&'static str>) -> Condition {
    let of_class = |class: &str| match class {
        "" => matches(label, true, Matcher::Equal(String::new())),
        "other" => matches(label, true, Matcher::Regex("[6-9][0-9]{2}".into())),
        class => matches(label, true, Matcher::Regex(format!("{}[0-9]{{2}}", &class[..1]))),
    };
    Condition::Any(classes.iter().map(|class| of_class(class)).collect())
}

/// A comparison of an HTTP status, three digits, as an expression: an absent one, which LogQL's
/// own comparison counts as an error, stands in no relation.
fn compared_code(relation: Relation, number: i64, wanted: bool) -> Condition {
    let Some(label) = label_of(Field::Code) else { return NEVER };
    let (from, to) = match relation {
        Relation::Less => (100, number.saturating_sub(1)),
        Relation::AtMost => (100, number),
        Relation::More => (number.saturating_add(1), 999),
        Relation::AtLeast => (number, 999),
        Relation::Equal => (number, number),
    };
    let (from, to) = (from.max(100), to.min(999));
    match from <= to {
        true => matches(label, wanted, Matcher::Regex(three_digits(from, to))),
        false => joined(Vec::new(), wanted),
    }
}

/// Numbers from and to which are three digits each, as alternatives of equal leading digits.
fn three_digits(from: i64, to: i64) -> String {
    let class = |low: i64, high: i64| match (low, high) {
        (0, 9) => "[0-9]".to_string(),
        (low, high) if low == high => low.to_string(),
        (low, high) => format!("[{low}-{high}]"),
    };
    let mut alternatives = Vec::new();
    let mut low = from;
    while low <= to {
        // The widest block of whole hundreds, else of whole tens, else of ones, that starts here.
        let width = [100, 10, 1].into_iter().find(|width| low % width == 0 && low + width - 1 <= to).unwrap_or(1);
        let last_in_row = if width == 100 { 999 } else { low - low % (width * 10) + width * 10 - 1 };
        let high = low + (to.min(last_in_row) - low + 1) / width * width - 1;
        let digits = |number: i64| [number / 100, number / 10 % 10, number % 10];
        let (first, last) = (digits(low), digits(high));
        alternatives.push((0..3).map(|place| class(first[place], last[place])).collect::<String>());
        low = high + 1;
    }
    alternatives.join("|")
}
