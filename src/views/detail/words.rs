//! The open event's values in the shape that the plain words are made from.

use crate::model::explain::{Answered, Facts, Surroundings, sentence, seven_questions};
use crate::model::json_tree::{self, Child, Key};
use crate::model::{Field, Flags};
use crate::query::answer::Detail;
use crate::state::view::Zone;
use crate::views::parts::number::duration_text;
use crate::views::parts::zone::{format_time_seconds, zone_name};

/// Annotations read; an event with more of them shows the rest in the raw tree.
const MOST_ANNOTATIONS: usize = 200;

/// The sentence and the seven answers, times in the zone.
pub fn tell(detail: &Detail, zone: &Zone) -> (String, [Answered; 7]) {
    let time = detail.received.map(|at| [&*format_time_seconds(at, zone), " ", &zone_name(zone)].concat());
    let time = time.unwrap_or_default();
    let uri = member(&detail.event_json, "requestURI").map(|(_, text)| text).unwrap_or_default();
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
        uri: if uri.is_empty() { value(Field::Path) } else { &uri },
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
pub struct Annotation {
    pub name: String,
    pub value: String,
    pub inner: String,
}

pub fn annotations(event: &str) -> Vec<Annotation> {
    let Some((annotations, _)) = member(event, "annotations") else { return Vec::new() };
    let read = |child: Child| match child.key {
        Key::Name(name) => {
            let raw = &event[child.range.clone()];
            let inner = raw.strip_prefix('"').map_or(raw, |inner| inner.strip_suffix('"').unwrap_or(inner));
            let value = json_tree::string_at(event, child.range.clone()).into_owned();
            Some(Annotation { name, value, inner: inner.to_string() })
        }
        _ => None,
    };
    json_tree::children(event, annotations.range, 0, MOST_ANNOTATIONS).into_iter().filter_map(read).collect()
}

/// A direct member of the event, and its text if it is a string.
fn member(event: &str, name: &str) -> Option<(Child, String)> {
    let root = json_tree::root(event)?;
    let members = json_tree::children(event, root.range, 0, usize::MAX);
    let found = members.into_iter().find(|child| matches!(&child.key, Key::Name(key) if key == name))?;
    let text = match found.kind {
        json_tree::Kind::String => json_tree::string_at(event, found.range.clone()).into_owned(),
        _ => String::new(),
    };
    Some((found, text))
}
