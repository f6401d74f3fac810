//! Bytes to records, records to events. Never fails as a whole: what is not an
//! event is reported to the [`Sink`] with its place and the reason.
//!
//! A source is peeled in this order: containers (gzip, zip, …: bytes to bytes),
//! [`split`] (bytes to [`Piece`]s of whole records), [`parse`] (a piece to events).

pub mod block;
pub mod container;
pub mod detect;
mod json;
mod origin;
mod outline;
mod outline_value;
pub mod parse;
pub mod scan;
mod spine;
pub mod split;
mod unwrap;
pub mod wrapper;

use crate::model::Event;
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

/// Why a record was not an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum SkipReason {
    /// Not JSON, and no known text shape.
    NotJson,
    /// JSON that ends before it is complete: a cut line.
    Incomplete,
    /// JSON whose braces or strings do not close as they should.
    Malformed,
    /// Well-formed JSON, but no audit event in it.
    NotAnEvent,
    /// An exporter's own line: a header, a statistic, a log of its own.
    Notice,
    /// Longer than one record may be ([`MAX_RECORD_BYTES`]).
    TooLong,
    /// Bytes that are no text in the file's encoding.
    NotText,
    /// Packed data that could not be unpacked from here on.
    Damaged,
}

impl SkipReason {
    pub const ALL: [SkipReason; 8] = [
        SkipReason::NotJson,
        SkipReason::Incomplete,
        SkipReason::Malformed,
        SkipReason::NotAnEvent,
        SkipReason::Notice,
        SkipReason::TooLong,
        SkipReason::NotText,
        SkipReason::Damaged,
    ];

    /// What a person reads.
    pub fn label(self) -> &'static str {
        match self {
            SkipReason::NotJson => "not JSON",
            SkipReason::Incomplete => "cut off",
            SkipReason::Malformed => "malformed JSON",
            SkipReason::NotAnEvent => "not an audit event",
            SkipReason::Notice => "exporter's own line",
            SkipReason::TooLong => "too long",
            SkipReason::NotText => "not text",
            SkipReason::Damaged => "damaged archive",
        }
    }
}

/// One record longer than this is skipped, never held whole.
pub const MAX_RECORD_BYTES: usize = 256 << 20;

/// Takes what a piece holds, in the order it stands there.
pub trait Sink {
    /// `origin`: labels of the wrapper that say where the event was observed,
    /// as `key=value` joined by `\n`, sorted; empty when the wrapper has none.
    fn event(&mut self, event: &Event<'_>, origin: &str, place: Place);
    fn skip(&mut self, reason: SkipReason, place: Place);
    /// Records from here on travel in this wrapper ("Loki API response", "GKE log entry", …).
    fn wrapper(&mut self, _name: &'static str) {}
}

/// How the records of a piece are told apart and read. Travels to the worker that parses the piece.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Shape {
    /// One record a line; may be cut after any newline, so ranges parse in parallel.
    Lines,
    /// Lines below a header that says where all of them were observed; else the same.
    LinesFrom { origin: String },
    /// JSON values one after another, pretty-printed or not, perhaps inside the arrays
    /// of an `EventList` or another wrapper: only a splitter that has read from the start
    /// knows where one ends. `above` is the text that encloses a piece's first record
    /// (`{"kind":"EventList","items":[`), empty at the top.
    Values { above: String },
    /// Rows with quotes, the first one (`header`, without line end) naming the columns.
    Csv { header: String, delimiter: u8 },
    /// Container log lines, of which several may make one record.
    Cri,
    /// The same in Docker's JSON.
    Docker,
}

impl Shape {
    /// Values from the top of a text.
    pub fn values() -> Shape {
        Shape::Values { above: String::new() }
    }

    /// Whether a file of this shape may be cut at any newline without having read what is before it.
    pub fn is_parallel(&self) -> bool {
        matches!(self, Shape::Lines | Shape::LinesFrom { .. })
    }

    /// What a person reads where no wrapper is named (see [`Sink::wrapper`]).
    pub fn label(&self) -> &'static str {
        match self {
            Shape::Lines | Shape::LinesFrom { .. } => "JSON lines",
            Shape::Values { .. } => "JSON",
            Shape::Csv { .. } => "CSV",
            Shape::Cri => "Container log",
            Shape::Docker => "Docker json-file",
        }
    }
}

/// A stretch of a source's text that holds whole records.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Piece {
    pub shape: Shape,
    /// Bytes from the start of the (unpacked) text.
    pub start: u64,
    pub length: u32,
}
