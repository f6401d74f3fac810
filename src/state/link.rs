//! The view as the URL's fragment and back: `#v=1&q=verb%3Adelete&from=…&to=…`.
//!
//! Each key is read on its own, so that one bad value costs that value only. What equals the
//! default view is left out. A key's meaning never changes within a version: when it must,
//! VERSION grows and UPGRADERS gets the step from the version before.

use crate::model::time::parse_rfc3339;
use crate::model::{Field, Micros, TimeRange};
use crate::query::answer::EventIdentity;
use crate::query::question::Sort;
use crate::query::syntax::print_time;
use crate::state::view::{Tab, View, Zone};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

/// The version of links written today.
pub const VERSION: u32 = UPGRADERS.len() as u32 + 1;

/// `UPGRADERS[i]` turns a link's pairs of version `i + 1` into those of version `i + 2`.
const UPGRADERS: &[fn(Pairs) -> Pairs] = &[];

/// Keys and values, decoded, in the link's order.
type Pairs = Vec<(String, String)>;

/// A link, opened as far as it can be.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Opened {
    pub view: View,
    /// What could not be read; the view has its default there.
    pub problems: Vec<LinkProblem>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LinkProblem {
    /// Written by a later Auditscope: what is known of it was read.
    Newer {
        version: u32,
    },
    UnknownKey {
        key: String,
    },
    BadValue {
        key: String,
        value: String,
        expected: &'static str,
    },
}

impl LinkProblem {
    /// One sentence for the page.
    pub fn message(&self) -> String {
        match self {
            LinkProblem::Newer { version } => format!(
                "This link was made by a newer Auditscope (link version {version}, this page reads up to {VERSION}): \
                 some of its view may be missing. Reloading the page may fetch the newer version."
            ),
            LinkProblem::UnknownKey { key } => format!("The link has a part “{key}” that this page does not know."),
            LinkProblem::BadValue { key, value, expected } => {
                format!("The link's part {key}={value} was left out: expected {expected}.")
            }
        }
    }
}

/// What the keys are read into: the view, and the halves of what takes two keys.
#[derive(Default)]
struct Draft {
    view: View,
    from: Option<Micros>,
    to: Option<Micros>,
}

/// One key of the link.
struct Key {
    name: &'static str,
    /// For the message when a value cannot be read.
    expected: &'static str,
    /// The view's value; equal to the default view's: left out.
    write: fn(&View) -> String,
    /// `None`: the value cannot be read.
    read: fn(&str, &mut Draft) -> Option<()>,
}

/// Every key, in the order links are written. A new part of the view is a new row.
static KEYS: &[Key] = &[
    Key {
        name: "q",
        expected: "a filter",
        write: |view| view.filter_text.clone(),
        read: |value, draft| {
            draft.view.filter_text = value.to_string();
            Some(())
        },
    },
    Key {
        name: "from",
        expected: "an RFC 3339 time",
        write: |view| view.window.map(|window| print_time(window.start_micros)).unwrap_or_default(),
        read: |value, draft| {
            draft.from = Some(parse_rfc3339(value.as_bytes())?);
            Some(())
        },
    },
    Key {
        name: "to",
        expected: "an RFC 3339 time after from",
        write: |view| view.window.map(|window| print_time(window.end_micros)).unwrap_or_default(),
        read: |value, draft| {
            draft.to = Some(parse_rfc3339(value.as_bytes())?);
            Some(())
        },
    },
    Key {
        name: "stack",
        expected: "a field",
        write: |view| view.stack.key().to_string(),
        read: |value, draft| {
            draft.view.stack = Field::from_key(value)?;
            Some(())
        },
    },
    Key {
        name: "sort",
        expected: "a field, with - before it for descending",
        write: |view| format!("{}{}", if view.sort.descending { "-" } else { "" }, view.sort.field.key()),
        read: |value, draft| {
            let (descending, key) = value.strip_prefix('-').map_or((false, value), |key| (true, key));
            draft.view.sort = Sort { field: Field::from_key(key)?, descending };
            Some(())
        },
    },
    Key {
        name: "cols",
        expected: "fields between commas",
        write: |view| view.columns.iter().map(|field| field.key()).collect::<Vec<_>>().join(","),
        read: read_columns,
    },
    Key {
        name: "event",
        expected: "an audit ID, a stage and a time in microseconds, between ~",
        write: |view| view.event.as_ref().map(write_event).unwrap_or_default(),
        read: |value, draft| {
            draft.view.event = Some(read_event(value)?);
            Some(())
        },
    },
    Key {
        name: "tz",
        expected: "utc, local or an IANA time zone",
        write: |view| match &view.zone {
            Zone::Utc => "utc".into(),
            Zone::Local => "local".into(),
            Zone::Named(name) => name.clone(),
        },
        read: |value, draft| {
            draft.view.zone = match value {
                "utc" => Zone::Utc,
                "local" => Zone::Local,
                name if is_zone_name(name) => Zone::Named(name.to_string()),
                _ => return None,
            };
            Some(())
        },
    },
    Key {
        name: "tab",
        expected: "a tab's name",
        write: |view| TABS.iter().find(|(tab, _)| *tab == view.tab).map_or("", |(_, name)| name).to_string(),
        read: |value, draft| {
            draft.view.tab = TABS.iter().find(|(_, name)| *name == value)?.0;
            Some(())
        },
    },
];

const TABS: &[(Tab, &str)] = &[
    (Tab::Events, "events"),
    (Tab::Resources, "resources"),
    (Tab::Sources, "sources"),
    (Tab::Coverage, "coverage"),
    (Tab::Skipped, "skipped"),
];

/// What stays as it is in a link; no bracket, quote or star, which chat programs cut links at.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b':')
    .remove(b',')
    .remove(b'/')
    .remove(b'@')
    .remove(b'~');

/// The view as a fragment without its `#`; empty for the default view.
pub fn write(view: &View) -> String {
    let default = View::default();
    let mut link = String::new();
    for key in KEYS {
        let value = (key.write)(view);
        if value != (key.write)(&default) {
            link.push_str(&format!("&{}={}", key.name, utf8_percent_encode(&value, ENCODED)));
        }
    }
    if link.is_empty() { link } else { format!("v={VERSION}{link}") }
}

/// A fragment, with or without its `#`, as far as it can be read.
pub fn read(fragment: &str) -> Opened {
    let mut draft = Draft::default();
    let mut problems = Vec::new();
    let bad =
        |key: &str, value: &str, expected| LinkProblem::BadValue { key: key.into(), value: value.into(), expected };
    let mut pairs = Pairs::new();
    for pair in fragment.strip_prefix('#').unwrap_or(fragment).split('&').filter(|pair| !pair.is_empty()) {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        match percent_decode_str(value).decode_utf8() {
            Ok(decoded) => pairs.push((key.to_string(), decoded.into_owned())),
            Err(_) => problems.push(bad(key, value, "UTF-8 text")),
        }
    }
    for (key, value) in upgraded(pairs, &mut problems) {
        match KEYS.iter().find(|known| known.name == key) {
            None => problems.push(LinkProblem::UnknownKey { key }),
            Some(known) => {
                if (known.read)(&value, &mut draft).is_none() {
                    problems.push(bad(&key, &value, known.expected));
                }
            }
        }
    }
    match (draft.from, draft.to) {
        (Some(start_micros), Some(end_micros)) if start_micros < end_micros => {
            draft.view.window = Some(TimeRange { start_micros, end_micros });
        }
        (None, None) => (),
        (from, to) => {
            let shown = |micros: Option<Micros>| micros.map(print_time).unwrap_or_default();
            problems.push(bad(
                "from",
                &format!("{}&to={}", shown(from), shown(to)),
                "two times, the earlier one first",
            ));
        }
    }
    Opened { view: draft.view, problems }
}

/// The pairs in today's version, without the version itself.
fn upgraded(mut pairs: Pairs, problems: &mut Vec<LinkProblem>) -> Pairs {
    let mut version = VERSION;
    pairs.retain(|(key, value)| {
        if key != "v" {
            return true;
        }
        match value.parse::<u32>() {
            Ok(number) if number > VERSION => problems.push(LinkProblem::Newer { version: number }),
            Ok(number) if number > 0 => version = number,
            _ => problems.push(LinkProblem::BadValue {
                key: "v".into(),
                value: value.clone(),
                expected: "a link version",
            }),
        }
        false
    });
    UPGRADERS.iter().skip(version as usize - 1).fold(pairs, |pairs, upgrade| upgrade(pairs))
}

/// Unknown columns are left out; no known column at all is a bad value.
fn read_columns(value: &str, draft: &mut Draft) -> Option<()> {
    let mut columns = Vec::new();
    let mut all_known = true;
    for key in value.split(',') {
        match Field::from_key(key) {
            Some(field) if !columns.contains(&field) => columns.push(field),
            Some(_) => (),
            None => all_known = false,
        }
    }
    if !columns.is_empty() {
        draft.view.columns = columns;
    }
    all_known.then_some(())
}

/// A part of an event's identity must not hold the sign that stands between the parts.
const IDENTITY_PART: &AsciiSet = &percent_encoding::CONTROLS.add(b'~').add(b'%');

fn write_event(event: &EventIdentity) -> String {
    let part = |text: &str| utf8_percent_encode(text, IDENTITY_PART).to_string();
    let staged = event.staged.map(|micros| micros.to_string()).unwrap_or_default();
    format!("{}~{}~{staged}", part(&event.audit_id), part(&event.stage))
}

fn read_event(value: &str) -> Option<EventIdentity> {
    let mut parts = value.split('~');
    let part = |text: &str| Some(percent_decode_str(text).decode_utf8().ok()?.into_owned());
    let (audit_id, stage, staged) = (part(parts.next()?)?, part(parts.next()?)?, parts.next()?);
    let staged = if staged.is_empty() { None } else { Some(staged.parse().ok()?) };
    parts.next().is_none().then_some(EventIdentity { audit_id, stage, staged })
}

fn is_zone_name(name: &str) -> bool {
    let is_fitting = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'_' | b'-' | b'+');
    name.len() <= 64 && name.starts_with(|c: char| c.is_ascii_alphabetic()) && name.bytes().all(is_fitting)
}

#[cfg(test)]
#[path = "link_tests.rs"]
mod tests;
