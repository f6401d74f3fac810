//! Bytes to records, records to events. Never fails as a whole: what is not an
//! event is reported to the [`Sink`] with its place and the reason.
//!
//! A source is peeled in this order: containers (gzip, zip, …: bytes to bytes),
//! [`split`] (bytes to [`Piece`]s of whole records), [`parse`] (a piece to events).

pub mod block;
pub mod container;
mod cursor;
pub mod detect;
pub(crate) mod json;
mod origin;
mod outline;
mod outline_value;
pub mod parse;
mod recall;
mod refused;
pub mod scan;
mod spine;
pub mod split;
mod unescape;
mod unwrap;
pub mod wrapper;

pub use crate::model::record::{Shape, SkipReason};
use crate::model::{Event, Half};
use serde::{Deserialize, Serialize};

/// Where in its piece a record lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// Bytes from the start of the piece.
    pub offset: u32,
    /// Bytes.
    pub length: u32,
    /// Newlines before the record in its piece.
    pub line: u32,
}

/// One record longer than this is skipped, never held whole.
pub const MAX_RECORD_BYTES: usize = 256 << 20;

/// Takes what a piece holds, in the order it stands there.
pub trait Sink {
    /// `origin`: labels of the wrapper that say where the event was observed,
    /// as `key=value` joined by `\n`, sorted; empty when the wrapper has none.
    fn event(&mut self, event: &Event<'_>, origin: &str, place: Place);
    /// The event just told is one half of a long operation; its row is the taker's to set.
    fn half(&mut self, _half: Half) {}
    fn skip(&mut self, reason: SkipReason, place: Place);
    /// Records from here on travel in this wrapper ("Loki API response", "GKE log entry", …).
    fn wrapper(&mut self, _name: &'static str) {}
}

/// A stretch of a source's text that holds whole records.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Piece {
    pub shape: Shape,
    /// Bytes from the start of the (unpacked) text.
    pub start: u64,
    pub length: u32,
}
