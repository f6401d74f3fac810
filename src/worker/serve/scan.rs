//! Free text search: reads all text again, piece by piece, with progress and cancel.

use super::Shared;
use super::texts::{copy, read};
use crate::query::text::Needle;
use crate::worker::progress::Fault;
use crate::worker::protocol::FromWorker;
use js_sys::{Array, Promise};
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;

/// A text still to be read: the segment's first row, its length, its text.
struct Unscanned {
    first_row: u32,
    bytes: u64,
    blob: web_sys::Blob,
}

pub async fn scan(state: &Shared, ticket: u32, texts: Vec<String>) -> Result<FromWorker, Fault> {
    state.borrow_mut().scan_cancelled = false;
    let needles: Vec<(String, Needle)> = texts.into_iter().map(|text| (text.clone(), Needle::new(&text))).collect();
    let todo = unscanned(state, &needles)?;
    let bytes_total = todo.iter().map(|segment| segment.bytes).sum();
    let mut bytes_done = 0;
    // The browser reads the next piece while this one is searched.
    let mut todo = todo.into_iter().peekable();
    let mut ahead: Option<Promise> = todo.peek().map(|first| first.blob.array_buffer());
    while let Some(segment) = todo.next() {
        let reading = ahead.take().unwrap_or_else(|| segment.blob.array_buffer());
        let buffer = JsFuture::from(reading).await;
        ahead = todo.peek().map(|next| next.blob.array_buffer());
        let bytes = match buffer {
            Ok(buffer) => {
                let spare = std::mem::take(&mut state.borrow_mut().spare);
                copy(&Array::of1(&buffer), spare)
            }
            // Read again in the ordinary way, which words the fault.
            Err(_) => read(&segment.blob).await?,
        };
        if state.borrow().scan_cancelled {
            return Ok(FromWorker::Scanned { cancelled: true });
        }
        search(state, &needles, segment.first_row, &bytes);
        state.borrow_mut().spare = bytes;
        bytes_done += segment.bytes;
        super::reply(ticket, Ok((FromWorker::ScanProgress { bytes_done, bytes_total }, JsValue::UNDEFINED)));
    }
    Ok(FromWorker::Scanned { cancelled: false })
}

fn unscanned(state: &Shared, needles: &[(String, Needle)]) -> Result<Vec<Unscanned>, Fault> {
    let state = state.borrow();
    let has_all = |first_row: u32| needles.iter().all(|(text, _)| state.engine.scans.has(text, first_row));
    let segments = state.store.segments().iter().filter(|segment| !has_all(segment.first_row));
    segments
        .map(|segment| {
            let bytes = u64::from(segment.text_length);
            Ok(Unscanned { first_row: segment.first_row, bytes, blob: state.texts.slice(segment, 0, bytes)? })
        })
        .collect()
}

fn search(state: &Shared, needles: &[(String, Needle)], first_row: u32, bytes: &[u8]) {
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
