//! A piece of text to a segment of the store.

use super::stream::{ByteStream, CHUNK_BYTES};
use super::texts::{buffers_of, copy, fetch, read, slice};
use super::turn::{next_task, sleep_millis};
use super::{Answered, Shared, dedup};
use crate::formats::wrapper::grafana::line_limit;
use crate::formats::{MAX_RECORD_BYTES, Shape, SkipReason, detect, parse};
use crate::model::{Column, Flags};
use crate::store::{Segment, Store};
use crate::worker::progress::{Counts, Fault, SourceId, level_index};
use crate::worker::protocol::{FromWorker, Parsed, Probed};
use crate::worker::range::{Stretch, StretchLines};
use js_sys::Array;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::spawn_local;
use web_sys::Blob;

/// Read beyond a stretch's end at a time: most lines are shorter.
const OVERLAP_BYTES: u64 = 64 << 10;
/// What a person asks next should not wait for work that can.
const IDLE_MILLIS: i32 = 1_000;

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

/// The lines that start in a stretch of a plain file, piece by piece: each is told under the ticket.
pub async fn parse_stretch(
    state: &Shared,
    ticket: u32,
    source: (SourceId, String),
    stretch: Stretch,
    shape: Shape,
    file: Blob,
) -> Result<FromWorker, Fault> {
    let size = file.size() as u64;
    let stops = state.borrow().stops;
    let spare = state.borrow_mut().take_buffer();
    let mut lines = StretchLines::new(stretch, spare, MAX_RECORD_BYTES);
    let mut overlap = OVERLAP_BYTES;
    while !lines.is_done() {
        let to = (stretch.end.max(lines.reads_at()) + overlap).min(size);
        overlap *= 8;
        let mut stream = ByteStream::open(&slice(&file, lines.reads_at(), to)?);
        while !lines.is_done() {
            let length = stream.read(lines.room(CHUNK_BYTES)).await?;
            lines.filled(length);
            let is_last = length == 0 && to == size;
            while let Some((start, piece)) = lines.next_piece(is_last) {
                if !state.borrow().is_wanted_still(source.0, stops) {
                    return Ok(FromWorker::Done);
                }
                let parsed = {
                    let mut state = state.borrow_mut();
                    let text = state.texts.add_file(file.clone());
                    state.parse(&source, (text, start), lines.bytes(&piece), &shape)
                };
                super::reply(ticket, Ok(parsed));
                lines.drop_piece(piece);
                next_task().await;
            }
            if length == 0 {
                break;
            }
        }
    }
    state.borrow_mut().give_back(lines.into_buffer());
    Ok(FromWorker::Done)
}

/// Exactly the records of a piece of a plain file.
pub async fn parse_piece(
    state: &Shared,
    source: (SourceId, String),
    (start, end): (u64, u64),
    shape: &Shape,
    file: Blob,
) -> Answered {
    let buffer = fetch(&slice(&file, start, end)?).await?;
    let spare = state.borrow_mut().take_buffer();
    let bytes = copy(&Array::of1(&buffer), spare);
    let mut state = state.borrow_mut();
    if state.removed.contains(&source.0) {
        return Ok((FromWorker::Done, JsValue::UNDEFINED));
    }
    let text = state.texts.add_file(file);
    let parsed = state.parse(&source, (text, start), &bytes, shape);
    state.give_back(bytes);
    Ok(parsed)
}

/// Text unpacked elsewhere; it is packed again when there is time.
pub fn parse_text(
    state: &Shared,
    source: (SourceId, String),
    start: u64,
    shape: &Shape,
    attachment: &JsValue,
) -> Answered {
    pack_when_idle(state);
    let buffers = buffers_of(attachment);
    let mut state = state.borrow_mut();
    if state.removed.contains(&source.0) {
        return Ok((FromWorker::Done, JsValue::UNDEFINED));
    }
    let bytes = copy(&buffers, state.take_buffer());
    let workers = state.workers;
    let text = state.texts.add_piece(start, &bytes, buffers, workers)?;
    let parsed = state.parse(&source, (text, start), &bytes, shape);
    state.give_back(bytes);
    Ok(parsed)
}

/// Packs what waits for it, piece by piece, whenever nothing was asked of this worker for a while.
fn pack_when_idle(state: &Shared) {
    if std::mem::replace(&mut state.borrow_mut().is_packing, true) {
        return;
    }
    let state = state.clone();
    spawn_local(async move {
        loop {
            let asked = state.borrow().asked;
            sleep_millis(IDLE_MILLIS).await;
            while state.borrow().asked == asked {
                let has_packed = state.borrow_mut().texts.pack_oldest();
                if !has_packed {
                    state.borrow_mut().is_packing = false;
                    return;
                }
                next_task().await;
            }
        }
    });
}

impl super::State {
    pub(super) fn parse(
        &mut self,
        source: &(SourceId, String),
        text: (u32, u64),
        bytes: &[u8],
        shape: &Shape,
    ) -> (FromWorker, JsValue) {
        let (segment, parsed) = self.read_piece(source, text, bytes, shape);
        self.take(segment, parsed)
    }

    /// A piece's events, not yet among the others.
    ///
    /// Not inlined, as [`StretchLines::next_piece`].
    #[inline(never)]
    pub(super) fn read_piece(
        &mut self,
        source: &(SourceId, String),
        text: (u32, u64),
        bytes: &[u8],
        shape: &Shape,
    ) -> (Segment, Parsed) {
        let (source, source_name) = source;
        let mut builder = self.store.builder(*source, source_name, text.0, text.1);
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
        let first_row = self.store.add(segment);
        self.engine.data_changed();
        let (column_bytes, dictionary_bytes) = self.store.index_bytes();
        parsed.column_bytes = column_bytes + self.seen.bytes();
        parsed.dictionary_bytes = dictionary_bytes;
        let segment = self.store.segments().last();
        parsed.halves = segment.map(Segment::halves_told).unwrap_or_default();
        let identities = segment.map_or(&[][..], |segment| &segment.identities);
        let by_owner = dedup::by_owner((first_row..).zip(identities.iter().copied()), &self.owners);
        (FromWorker::Parsed(parsed), by_owner)
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
