//! Pages of a Loki's lines: read as they come, and kept aside until somebody wants them as a source, or written
//! into a file.

use super::texts::{blob_of, copy};
use super::{Answered, Shared, State};
use crate::formats::Shape;
use crate::query::question::Filter;
use crate::store::Segment;
use crate::worker::live::LiveRows;
use crate::worker::loki::page::{self, Want};
use crate::worker::progress::Fault;
use crate::worker::protocol::{ExportFormat, FromWorker, Parsed, Staged, Written};
use js_sys::{Array, Uint8Array};
use wasm_bindgen::JsValue;
use web_sys::Blob;

/// A page's events, which are not among the others yet.
pub struct Piece {
    segment: Segment,
    parsed: Parsed,
    text: Blob,
}

/// An answer's new lines as a Blob of JSON lines, and their events as a piece kept aside.
pub fn stage(state: &Shared, source: (u16, String), piece: u32, want: Want, body: &JsValue) -> Answered {
    let mut state = state.borrow_mut();
    let body = copy(&Array::of1(body), state.take_buffer());
    let read = page::read(&body, want);
    state.give_back(body);
    let (told, text) = match read {
        Ok(read) => read,
        Err(no_page) => return Ok((FromWorker::Staged(Err(no_page)), JsValue::UNDEFINED)),
    };
    let bytes = text.len() as u64;
    if bytes == 0 {
        return Ok((FromWorker::Staged(Ok(Staged { told, bytes })), JsValue::UNDEFINED));
    }
    let blob = blob_of(text.as_bytes())?;
    let source_number = source.0;
    // Where it will lie is not known yet; no two pieces may seem to lie in one place.
    let place = (0, u64::from(piece) << 32);
    let (segment, parsed) = state.read_piece(&source, place, text.as_bytes(), &Shape::Lines);
    state.staged.insert((source_number, piece), Piece { segment, parsed, text: blob.clone() });
    Ok((FromWorker::Staged(Ok(Staged { told, bytes })), blob.into()))
}

/// An answer's events that match as a Blob: a part of a file.
pub fn write(source_name: String, want: Want, local: &Filter, format: &ExportFormat, body: &JsValue) -> Answered {
    let body = Uint8Array::new(body).to_vec();
    let (told, events, text) = match LiveRows::write(source_name, &body, want, local, format) {
        Ok(written) => written,
        Err(no_page) => return Ok((FromWorker::Written(Err(no_page)), JsValue::UNDEFINED)),
    };
    let bytes = text.len() as u64;
    let part = match bytes {
        0 => JsValue::UNDEFINED,
        _ => blob_of(&text)?.into(),
    };
    Ok((FromWorker::Written(Ok(Written { told, events, bytes })), part))
}

impl State {
    /// The piece becomes one like any other, its text from `start` on.
    pub(super) fn admit(&mut self, source: u16, piece: u32, start: u64) -> Answered {
        let Piece { mut segment, mut parsed, text } = self.staged.remove(&(source, piece)).ok_or_else(gone)?;
        segment.text = self.texts.add_plain(text, start);
        segment.text_start = start;
        parsed.start = start;
        Ok(self.take(segment, parsed))
    }
}

fn gone() -> Fault {
    Fault {
        what_happened: "A part of what was fetched is no longer held.".to_string(),
        what_it_means: "Its events are missing here.".to_string(),
        what_to_do: "Load the window again.".to_string(),
    }
}
