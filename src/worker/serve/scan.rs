//! Free text search: reads all text again, piece by piece, with progress and cancel.

use super::Shared;
use super::stream::{ByteStream, CHUNK_BYTES};
use super::texts::{Passage, shortened, slice};
use super::turn::next_task;
use crate::query::text::Needle;
use crate::worker::progress::Fault;
use crate::worker::protocol::FromWorker;
use wasm_bindgen::JsValue;
use web_sys::Blob;

type Needles = Vec<(String, Needle)>;

/// Texts still to be read.
enum Unscanned {
    /// One after another in a file: read as one stream.
    InFile {
        file: Blob,
        start: u64,
        end: u64,
        segments: Vec<Due>,
    },
    Packed {
        passage: Passage,
        segment: Due,
    },
}

/// A segment, by its first row, and the bytes of its text.
#[derive(Clone, Copy)]
struct Due {
    first_row: u32,
    bytes: u64,
}

/// How far a scan has come.
struct Progress {
    ticket: u32,
    bytes_done: u64,
    bytes_total: u64,
}

pub async fn scan(state: &Shared, ticket: u32, texts: Vec<String>) -> Result<FromWorker, Fault> {
    state.borrow_mut().scan_cancelled = false;
    let needles: Needles = texts.iter().map(|text| (text.clone(), Needle::new(text))).collect();
    let (todo, bytes_total) = unscanned(state, &needles)?;
    let mut progress = Progress { ticket, bytes_done: 0, bytes_total };
    let mut bytes = state.borrow_mut().take_buffer();
    let mut is_finished = true;
    for unscanned in todo {
        is_finished = match unscanned {
            Unscanned::InFile { file, start, end, segments } => {
                let stream = ByteStream::open(&slice(&file, start, end)?);
                scan_stream(state, &needles, stream, &segments, &mut bytes, &mut progress).await?
            }
            Unscanned::Packed { passage, segment } => {
                let bytes = passage.read().await?;
                search(state, &needles, segment, &bytes, &mut progress).await
            }
        };
        if !is_finished {
            break;
        }
    }
    state.borrow_mut().give_back(bytes);
    let super::State { store, engine, .. } = &*state.borrow();
    let in_starts = texts.iter().map(|text| engine.scans.in_starts(text, store)).collect();
    Ok(FromWorker::Scanned { cancelled: !is_finished, in_starts })
}

/// Segments that follow one another in a file; false: cancelled.
async fn scan_stream(
    state: &Shared,
    needles: &Needles,
    mut stream: ByteStream,
    segments: &[Due],
    bytes: &mut Vec<u8>,
    progress: &mut Progress,
) -> Result<bool, Fault> {
    for segment in segments {
        let length = segment.bytes as usize;
        bytes.resize(bytes.len().max(length), 0);
        let mut filled = 0;
        while filled < length {
            let room = (length - filled).min(CHUNK_BYTES);
            match stream.read(&mut bytes[filled..filled + room]).await? {
                0 => return Err(shortened()),
                more => filled += more,
            }
        }
        if !search(state, needles, *segment, &bytes[..length], progress).await {
            return Ok(false);
        }
    }
    Ok(true)
}

/// What is to be read, and its bytes.
fn unscanned(state: &Shared, needles: &Needles) -> Result<(Vec<Unscanned>, u64), Fault> {
    let state = state.borrow();
    let has_all = |first_row: u32| needles.iter().all(|(text, _)| state.engine.scans.has(text, first_row));
    let (mut todo, mut bytes_total): (Vec<Unscanned>, u64) = Default::default();
    for segment in state.store.segments().iter().filter(|segment| !has_all(segment.first_row)) {
        let due = Due { first_row: segment.first_row, bytes: u64::from(segment.text_length) };
        bytes_total += due.bytes;
        match state.texts.in_file(segment) {
            None => todo.push(Unscanned::Packed { passage: state.texts.passage(segment, 0, due.bytes)?, segment: due }),
            Some((file, at)) => {
                let before = todo.iter_mut().rev().find_map(|unscanned| match unscanned {
                    Unscanned::InFile { file: of, end, segments, .. } if of == file && *end == at => {
                        Some((end, segments))
                    }
                    _ => None,
                });
                match before {
                    Some((end, segments)) => {
                        segments.push(due);
                        *end += due.bytes;
                    }
                    None => todo.push(Unscanned::InFile {
                        file: file.clone(),
                        start: at,
                        end: at + due.bytes,
                        segments: vec![due],
                    }),
                }
            }
        }
    }
    Ok((todo, bytes_total))
}

/// Searches one segment's text, tells of it and lets others have their turn; false: cancelled.
async fn search(state: &Shared, needles: &Needles, due: Due, bytes: &[u8], progress: &mut Progress) -> bool {
    find(state, needles, due.first_row, bytes);
    progress.bytes_done += due.bytes;
    let (bytes_done, bytes_total) = (progress.bytes_done, progress.bytes_total);
    super::reply(progress.ticket, Ok((FromWorker::ScanProgress { bytes_done, bytes_total }, JsValue::UNDEFINED)));
    next_task().await;
    !state.borrow().scan_cancelled
}

fn find(state: &Shared, needles: &Needles, first_row: u32, bytes: &[u8]) {
    let mut state = state.borrow_mut();
    let super::State { store, engine, .. } = &mut *state;
    // Removed meanwhile: nothing to find.
    let Some(segment) = store.segments().iter().find(|segment| segment.first_row == first_row) else { return };
    for (text, needle) in needles {
        if !engine.scans.has(text, first_row) {
            engine.scans.set(text, first_row, needle.scan(segment, bytes));
        }
    }
    engine.data_changed();
}
