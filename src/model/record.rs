//! How a text's records are told apart, and why one was no event: what page and workers both speak of.

use serde::{Deserialize, Serialize};

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

    /// What a person reads where no wrapper is named.
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

/// Appends a record as one line: line breaks stand between JSON tokens only.
pub fn push_line(text: &mut Vec<u8>, record: &[u8]) {
    text.extend(record.iter().map(|&byte| if byte == b'\n' || byte == b'\r' { b' ' } else { byte }));
    text.push(b'\n');
}
