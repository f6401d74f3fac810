//! The open event's values in the shape that the plain words are made from.

use crate::model::explain::{Answered, Facts, Surroundings, sentence, seven_questions};
use crate::model::json_tree::{self, Child, Key};
use crate::model::text::{clip, visible_text};
use crate::model::{Field, Flags};
use crate::query::answer::Detail;
use crate::state::view::Zone;
use crate::views::parts::number::{bytes_text, duration_text};
use crate::views::parts::zone::{format_time_seconds, zone_name};
use std::ops::Range;
use std::sync::Arc;

/// Annotations read; an event with more of them shows the rest in the raw tree.
const MOST_ANNOTATIONS: usize = 200;

/// A JSON text's outermost value and its children; `None` for an empty text.
pub type Root = Option<(Child, Arc<Vec<Child>>)>;

pub fn root_of(text: &str) -> Root {
    json_tree::outline(text).map(|(root, below)| (root, Arc::new(below)))
}

/// The event's JSON, read once for all that is shown of it.
pub struct Outline {
    pub root: Root,
    /// `requestURI`, its query too; empty when there is none.
    uri: String,
    pub annotations: Vec<Annotation>,
}

impl Outline {
    pub fn of(event: &str) -> Outline {
        let root = root_of(event);
        let members = root.as_ref().map_or(&[][..], |(_, below)| below.as_slice());
        let named = |name: &str| members.iter().find(|child| matches!(&child.key, Key::Name(key) if key == name));
        let uri = named("requestURI").filter(|child| child.kind == json_tree::Kind::String);
        let uri = uri.map(|child| json_tree::string_at(event, child.range.clone()).into_owned());
        let annotations = named("annotations").map(|child| annotations(event, child.range.clone()));
        Outline { uri: uri.unwrap_or_default(), annotations: annotations.unwrap_or_default(), root }
    }
}

/// The sentence and the seven answers, times in the zone.
pub fn tell(detail: &Detail, outline: &Outline, zone: &Zone) -> (String, [Answered; 7]) {
    let time = detail.received.map(|at| [&*format_time_seconds(at, zone), " ", &zone_name(zone)].concat());
    let time = time.unwrap_or_default();
    let latency = latency(detail).unwrap_or_default();
    let value = |field: Field| detail.value(field);
    let facts = Facts {
        user: value(Field::User),
        impersonated: value(Field::Impersonated),
        verb: value(Field::Verb),
        api_group: value(Field::ApiGroup),
        resource: value(Field::Resource),
        subresource: value(Field::Subresource),
        namespace: value(Field::Namespace),
        name: value(Field::Name),
        uri: if outline.uri.is_empty() { value(Field::Path) } else { &outline.uri },
        source_ip: detail.values(Field::SourceIp).last().map_or("", String::as_str),
        client: value(Field::Client),
        time: &time,
        stage: value(Field::Stage),
        code: value(Field::Code).parse().unwrap_or(0),
        reason: value(Field::Reason),
        dry_run: detail.has(Flags::DRY_RUN),
    };
    let around = Surroundings {
        time: &time,
        latency: &latency,
        user_kind: value(Field::UserKind),
        groups: detail.values(Field::Group),
        source_ips: detail.values(Field::SourceIp),
        user_agent: value(Field::UserAgent),
        level: value(Field::Level),
        labels: detail.values(Field::Observed),
        source: &detail.source,
        line: detail.line,
    };
    (sentence(&facts), seven_questions(&facts, &around))
}

pub fn latency(detail: &Detail) -> Option<String> {
    detail.latency_micros.and_then(|micros| i64::try_from(micros).ok()).map(duration_text)
}

/// An annotation: its name, its value, and the value as it stands in the record.
#[derive(Clone)]
pub struct Annotation {
    pub name: String,
    pub value: String,
    pub inner: String,
}

fn annotations(event: &str, range: Range<usize>) -> Vec<Annotation> {
    let read = |child: Child| match child.key {
        Key::Name(name) => {
            let raw = &event[child.range.clone()];
            let inner = raw.strip_prefix('"').map_or(raw, |inner| inner.strip_suffix('"').unwrap_or(inner));
            let value = json_tree::string_at(event, child.range.clone()).into_owned();
            Some(Annotation { name, value, inner: inner.to_string() })
        }
        _ => None,
    };
    json_tree::children(event, range, 0, MOST_ANNOTATIONS).into_iter().filter_map(read).collect()
}

/// Longer texts show their start; the raw event has them whole.
const MOST_CHARS: usize = 2_000;

/// Text from the log as shown outside the raw event: harmless and not endless.
pub fn shown(text: &str) -> String {
    match clip(text, MOST_CHARS) {
        (whole, true) => visible_text(whole).into_owned(),
        (start, false) => {
            let left = [" … (", &bytes_text((text.len() - start.len()) as u64), " more in the raw event)"].concat();
            [&*visible_text(start), &left].concat()
        }
    }
}
