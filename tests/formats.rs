//! Every wrapper by its sample, whole, packed, chunked, cut; the real files of the corpus.

use auditscope::formats::container::{self, ContainerError};
use auditscope::formats::detect;
use auditscope::formats::parse::parse_piece;
use auditscope::formats::split::Splitter;
use auditscope::formats::{Place, Sink, SkipReason};
use auditscope::model::time::format_rfc3339;
use auditscope::model::{Event, Flags};
use std::fs;
use std::io::{Cursor, Read};
use std::path::Path;

/// What was found in a text, one entry a record.
#[derive(Debug, Default, PartialEq, Clone)]
struct Found {
    events: Vec<String>,
    skipped: Vec<(SkipReason, String)>,
    wrappers: Vec<&'static str>,
}

struct Collector<'a> {
    found: &'a mut Found,
    piece: &'a [u8],
}

impl Collector<'_> {
    fn text(&self, place: Place) -> String {
        let record = &self.piece[place.offset as usize..][..place.length as usize];
        let line = self.piece[..place.offset as usize].iter().filter(|&&byte| byte == b'\n').count();
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
fn read_text(text: &[u8], chunk: usize, piece_bytes: usize) -> Found {
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

fn read_whole(text: &[u8]) -> Found {
    read_text(text, usize::MAX, 4 << 20)
}

/// Every member of a file: path, container, and its text or why not.
fn members(file: Vec<u8>, name: &str) -> Vec<(String, String, Result<Vec<u8>, ContainerError>)> {
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

/// Every file of the corpus holds as many events as its table says, and nothing of it is lost.
#[test]
fn corpus() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus");
    let Ok(sources) = fs::read_to_string(corpus.join("SOURCES.md")) else {
        println!("skipped: there is no ../shared/corpus");
        return;
    };
    let mut checked = 0;
    let mut wrong = Vec::new();
    for row in sources.lines().filter(|line| line.starts_with("| ") && !line.contains("local path")) {
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        let (path, events, about) = (cells[1], cells[7], cells[9]);
        if events == "-" {
            continue;
        }
        let expected: usize = events.split('+').map(|count| count.parse::<usize>().expect("a count")).sum();
        let file = fs::read(corpus.join(path)).expect(path);
        // Broken inside a body, which is stepped over unread: it may be found all the same.
        let broken = usize::from(about.contains("1 unparsable record"));
        let is_right = |count: usize| (expected..=expected + broken).contains(&count);
        let mut count = 0;
        for (_, _, text) in members(file, path) {
            let text = text.expect(path);
            let found = read_whole(&text);
            assert_eq!(found, read_text(&text, 97, 1), "{path} in small chunks");
            count += found.events.len();
            if !is_right(found.events.len()) {
                wrong.push(format!("{path}: {found:?}").chars().take(600).collect::<String>());
            }
        }
        checked += 1;
        if !is_right(count) {
            wrong.push(format!("{path}: {count} events, {expected} expected"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(checked > 100, "{checked} files");
}
