//! A piece of text to a segment of the store.

use super::texts::{buffers_of, copy, fetch, read, slice, unreadable};
use super::{Answered, Shared, dedup};
use crate::formats::wrapper::grafana::line_limit;
use crate::formats::{MAX_RECORD_BYTES, Shape, SkipReason, detect, parse};
use crate::model::{Column, Flags};
use crate::store::{Segment, Store};
use crate::worker::progress::{Counts, Fault};
use crate::worker::protocol::{FromWorker, Parsed, Probed};
use crate::worker::range::{Lines, own_lines};
use js_sys::Array;
use std::ops::Range;
use wasm_bindgen::JsValue;
use web_sys::Blob;

/// Read beyond a range's end at first: most lines are shorter.
const OVERLAP_BYTES: u64 = 64 << 10;

pub async fn probe(file: Blob) -> Result<Probed, Fault> {
    let head_end = (file.size() as u64).min(detect::HEAD_BYTES as u64);
    let head = read(&slice(&file, 0, head_end)?).await?;
    let (text_start, text) = match detect::layer(&head) {
        Some(detect::Layer::Utf8Bom) => (3, &head[3..]),
        None => (0, head.as_slice()),
        Some(_) => return Ok(Probed::Sequential { unpack: true }),
    };
    if detect::binary(text).is_some() {
        return Ok(Probed::Sequential { unpack: true });
    }
    let shape = detect::shape(text);
    Ok(match shape.is_parallel() {
        true => Probed::Parallel { shape, start: text_start },
        false => Probed::Sequential { unpack: false },
    })
}

/// A stretch of a plain file.
pub struct FileRange {
    pub text_start: u64,
    pub start: u64,
    pub end: u64,
    /// The stretch holds whole records; otherwise it holds the lines that start in it.
    pub exact: bool,
}

pub async fn parse_range(
    state: &Shared,
    source: (u16, String),
    range: FileRange,
    shape: Shape,
    file: Blob,
) -> Answered {
    let (start, buffer, own) = match range.exact {
        true => {
            let buffer = read_into_spare(state, &slice(&file, range.start, range.end)?).await?;
            let own = 0..buffer.len();
            (range.start, buffer, own)
        }
        false => read_lines(state, &file, &range).await?,
    };
    let mut state = state.borrow_mut();
    let text = state.texts.add(file, 0);
    let parsed = state.parse(source, (text, start), &buffer[own], &shape);
    state.spare = buffer;
    Ok(parsed)
}

/// Reads all of a blob into the buffer that the last piece was read into.
async fn read_into_spare(state: &Shared, blob: &Blob) -> Result<Vec<u8>, Fault> {
    let buffer = fetch(blob).await?;
    let spare = std::mem::take(&mut state.borrow_mut().spare);
    Ok(copy(&Array::of1(&buffer), spare))
}

/// Where the first of the lines that start in a range does, a buffer, and where they lie in it.
async fn read_lines(state: &Shared, file: &Blob, range: &FileRange) -> Result<(u64, Vec<u8>, Range<usize>), Fault> {
    let size = file.size() as u64;
    let is_first = range.start == range.text_start;
    let from = range.start - u64::from(!is_first);
    let mut overlap = OVERLAP_BYTES;
    loop {
        let to = (range.end + overlap).min(size);
        let buffer = read_into_spare(state, &slice(file, from, to)?).await?;
        let range_bytes = (range.end - range.start) as usize;
        // A line longer than any record may be is cut: the parser reports what it gets as too long.
        let is_last = to == size || overlap > MAX_RECORD_BYTES as u64;
        match own_lines(&buffer, range_bytes, is_first, is_last) {
            Lines::NeedMore => {
                overlap *= 8;
                state.borrow_mut().spare = buffer;
            }
            Lines::Whole(lines) => return Ok((from + lines.start as u64, buffer, lines)),
        }
    }
}

/// Text unpacked elsewhere: kept as a Blob, which the browser may hold on disk.
pub fn parse_text(state: &Shared, source: (u16, String), start: u64, shape: &Shape, attachment: &JsValue) -> Answered {
    let buffers = buffers_of(attachment);
    let bytes = copy(&buffers, std::mem::take(&mut state.borrow_mut().spare));
    let blob = Blob::new_with_buffer_source_sequence(&buffers).map_err(|error| unreadable(&error))?;
    let mut state = state.borrow_mut();
    let text = state.texts.add(blob, start);
    let parsed = state.parse(source, (text, start), &bytes, shape);
    state.spare = bytes;
    Ok(parsed)
}

impl super::State {
    pub(super) fn parse(
        &mut self,
        source: (u16, String),
        text: (u32, u64),
        bytes: &[u8],
        shape: &Shape,
    ) -> (FromWorker, JsValue) {
        let (segment, parsed) = self.read_piece(source, text, bytes, shape);
        self.take(segment, parsed)
    }

    /// A piece's events, not yet among the others.
    pub(super) fn read_piece(
        &mut self,
        source: (u16, String),
        text: (u32, u64),
        bytes: &[u8],
        shape: &Shape,
    ) -> (Segment, Parsed) {
        let (source, source_name) = source;
        let mut builder = self.store.builder(source, &source_name, text.0, text.1);
        parse::parse_piece(bytes, shape, &mut builder);
        let lines = memchr::memchr_iter(b'\n', bytes).count() as u32;
        let segment = builder.finish(lines, bytes.len() as u32);
        let mut counts = count(&self.store, &segment, bytes);
        if counts.wrappers.is_empty() && !(segment.is_empty() && segment.skipped.is_empty()) {
            counts.wrappers.push(shape.label().to_string());
        }
        let (start, length, skipped) = (text.1, bytes.len() as u64, segment.skipped.len() as u32);
        (segment, Parsed { counts, start, length, skipped, ..Parsed::default() })
    }

    /// From here on its events are among the others.
    pub(super) fn take(&mut self, segment: Segment, mut parsed: Parsed) -> (FromWorker, JsValue) {
        let identities = segment.identities.clone();
        let first_row = self.store.add(segment);
        self.engine.data_changed();
        let (column_bytes, dictionary_bytes) = self.store.index_bytes();
        parsed.column_bytes = column_bytes + self.seen.bytes();
        parsed.dictionary_bytes = dictionary_bytes;
        let identities = dedup::by_owner((first_row..).zip(identities), self.workers);
        (FromWorker::Parsed(parsed), identities)
    }
}

/// What a segment held, for the panel of sources.
fn count(store: &Store, segment: &Segment, text: &[u8]) -> Counts {
    let mut counts = Counts {
        events: segment.len() as u64,
        lines: u64::from(segment.lines),
        span: segment.span,
        wrappers: segment.wrappers.iter().map(|name| name.to_string()).collect(),
        ..Counts::default()
    };
    for skipped in &segment.skipped {
        let start = skipped.place.offset as usize;
        let record = text.get(start..start + skipped.place.length as usize).unwrap_or_default();
        let line_limit = line_limit(record).filter(|_| skipped.reason == SkipReason::Notice);
        counts.add(&Counts { skipped: vec![(skipped.reason, 1)], line_limit, ..Counts::default() });
    }
    let mut per_id = |column: Column, add: &mut dyn FnMut(&mut Counts, &[u8], u64)| {
        let ids = (0..segment.len()).map(|row| segment.columns[column as usize].get(row));
        let mut by_id: Vec<u64> = vec![0; store.dictionary(column).len()];
        ids.for_each(|id| by_id[id as usize] += 1);
        for (id, &events) in by_id.iter().enumerate().filter(|&(_, &events)| events > 0) {
            add(&mut counts, store.dictionary(column).get(id as u32), events);
        }
    };
    per_id(Column::Level, &mut |counts, level, events| counts.levels[level_index(level)] += events);
    per_id(Column::Flags, &mut |counts, digits, events| {
        let flags = Flags::of_digits(digits);
        let version = match () {
            () if flags.has(Flags::V1BETA1) => 1,
            () if flags.has(Flags::V1ALPHA1) => 2,
            () => 0,
        };
        counts.api_versions[version] += events;
        let has = |flag| if flags.has(flag) { events } else { 0 };
        counts.with_bodies += has(Flags::REQUEST_BODY).max(has(Flags::RESPONSE_BODY));
        counts.truncated += has(Flags::TRUNCATED);
        counts.converted += has(Flags::CONVERTED);
        counts.unpaired += has(Flags::UNPAIRED);
    });
    counts
}

fn level_index(level: &[u8]) -> usize {
    let known: [&[u8]; 4] = [b"None", b"Metadata", b"Request", b"RequestResponse"];
    known.iter().position(|name| *name == level).unwrap_or(4)
}
