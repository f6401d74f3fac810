//! Reads a text or a file as the workers do, and tells what was found in words that can be compared.

use auditscope::formats::container::{self, ContainerError};
use auditscope::formats::detect;
use auditscope::formats::parse::parse_piece;
use auditscope::formats::split::Splitter;
use auditscope::formats::{Place, Sink, SkipReason};
use auditscope::model::time::format_rfc3339;
use auditscope::model::{Event, Flags, Half};
use std::io::{Cursor, Read};

/// What was found in a text, one entry a record.
#[derive(Debug, Default, PartialEq, Clone)]
pub struct Found {
    pub events: Vec<String>,
    pub skipped: Vec<(SkipReason, String)>,
    pub wrappers: Vec<&'static str>,
}

struct Collector<'a> {
    found: &'a mut Found,
    piece: &'a [u8],
}

impl Collector<'_> {
    fn text(&self, place: Place) -> String {
        let record = &self.piece[place.offset as usize..][..place.length as usize];
        let line = memchr::memchr_iter(b'\n', &self.piece[..place.offset as usize]).count();
        assert_eq!(place.line as usize, line, "line of {:?}", String::from_utf8_lossy(record));
        String::from_utf8_lossy(record).into_owned()
    }
}

impl Sink for Collector<'_> {
    fn event(&mut self, event: &Event<'_>, origin: &str, place: Place) {
        let record = self.text(place);
        assert!(!record.is_empty());
        self.found.events.push(describe(event, origin));
    }
    fn half(&mut self, half: Half) {
        let which = if half.is_last { "last" } else { "first" };
        let event = self.found.events.last_mut().expect("the event comes before");
        event.push_str(&format!("\n  {which} of {:016x}", half.operation));
    }
    fn skip(&mut self, reason: SkipReason, place: Place) {
        let text = self.text(place);
        self.found.skipped.push((reason, text.chars().take(60).collect()));
    }
    fn wrapper(&mut self, name: &'static str) {
        if !self.found.wrappers.contains(&name) {
            self.found.wrappers.push(name);
        }
    }
}

/// One line that tells an event apart: id, stage, level, who, verb, what, code, times, flags, origin.
fn describe(event: &Event<'_>, origin: &str) -> String {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let user = |bytes: &[u8]| {
        let user: serde_json::Value = serde_json::from_slice(bytes).unwrap_or_default();
        user["username"].as_str().unwrap_or("-").to_string()
    };
    let path = [event.api_group, event.api_version, event.resource, event.namespace, event.name, event.subresource];
    let path: Vec<String> = path.iter().map(|part| text(part)).collect();
    let time = |micros: Option<i64>| micros.map_or("-".to_string(), format_rfc3339);
    let flags: Vec<&str> = [
        (Flags::DRY_RUN, "dry-run"),
        (Flags::TRUNCATED, "truncated"),
        (Flags::REQUEST_BODY, "request"),
        (Flags::RESPONSE_BODY, "response"),
        (Flags::V1BETA1, "v1beta1"),
        (Flags::V1ALPHA1, "v1alpha1"),
        (Flags::CONVERTED, "converted"),
        (Flags::UNPAIRED, "unpaired"),
    ]
    .into_iter()
    .filter_map(|(flag, name)| event.flags.has(flag).then_some(name))
    .collect();
    format!(
        "{} {} {} | {} {} {} {} | {} {} {} | {} {} | {} | {} | {}",
        text(event.audit_id),
        text(event.stage),
        text(event.level),
        user(event.user),
        text(event.verb),
        path.join("/"),
        text(event.request_uri),
        event.code,
        text(event.decision),
        text(event.source_ips),
        time(event.received),
        time(event.staged),
        text(event.user_agent),
        flags.join(","),
        origin.replace('\n', ", "),
    )
}

/// Reads a text the way the workers do: detect, split, parse each piece.
pub fn read_text(text: &[u8], chunk: usize, piece_bytes: usize) -> Found {
    let shape = detect::shape(&text[..text.len().min(detect::HEAD_BYTES)]);
    let mut splitter = Splitter::with_piece_bytes(shape, piece_bytes);
    let mut pieces: Vec<_> = text.chunks(chunk.max(1)).flat_map(|bytes| splitter.push(bytes)).collect();
    pieces.extend(splitter.finish());
    let mut found = Found::default();
    let mut end = 0;
    for piece in pieces {
        assert_eq!(piece.start as usize, end, "no gap between pieces");
        end += piece.length as usize;
        let bytes = &text[piece.start as usize..end];
        parse_piece(bytes, &piece.shape, &mut Collector { found: &mut found, piece: bytes });
    }
    assert_eq!(end, text.len(), "pieces cover the text");
    found
}

/// Each event's record, which of the record's events it is, and the event's ID.
pub fn read_back(text: &[u8]) -> Vec<(Vec<u8>, usize, Vec<u8>)> {
    struct Records<'a>(&'a [u8], Vec<(Place, Vec<u8>)>);
    impl Sink for Records<'_> {
        fn event(&mut self, event: &Event<'_>, _: &str, place: Place) {
            self.1.push((place, event.audit_id.to_vec()));
        }
        fn skip(&mut self, _: SkipReason, _: Place) {}
    }
    let mut records = Records(text, Vec::new());
    parse_piece(text, &detect::shape(&text[..text.len().min(detect::HEAD_BYTES)]), &mut records);
    let Records(text, found) = records;
    let nth = |at: usize| found[..at].iter().rev().take_while(|(place, _)| *place == found[at].0).count();
    let record = |place: Place| text[place.offset as usize..][..place.length as usize].to_vec();
    found.iter().enumerate().map(|(at, (place, id))| (record(*place), nth(at), id.clone())).collect()
}

pub fn read_whole(text: &[u8]) -> Found {
    read_text(text, usize::MAX, 4 << 20)
}

/// Every member of a file: path, container, and its text or why not.
pub fn members(file: Vec<u8>, name: &str) -> Vec<(String, String, Result<Vec<u8>, ContainerError>)> {
    container::open(Cursor::new(file), name)
        .map(|member| match member {
            Err(failed) => (failed.path, failed.container, Err(failed.error)),
            Ok(mut member) => {
                let mut text = Vec::new();
                let read = member.text.read_to_end(&mut text).map_err(|error| ContainerError::of(&error));
                (member.path, member.container, read.map(|_| text))
            }
        })
        .collect()
}
