//! The whole conversation between the page and a worker.
//!
//! Every message is `[bytes, attachment]`: the enum below in postcard's encoding, and what
//! postcard cannot carry (a `Blob` as a handle, an `ArrayBuffer` by transfer, or nothing).
//! Each request has a ticket; its reply carries the same.

use super::loki::page::{Glance, NoPage, Told, Want};
use super::progress::{Counts, Fault, SkippedRecord, SourceId};
use crate::model::{Field, Half, Pairing, Shape, TimeRange};
use crate::query::answer::{Detail, EventIdentity, Row, RowId};
use crate::query::coverage::twins::Shared;
use crate::query::coverage::{Grid, SourcePart};
use crate::query::partial::{KeyedRow, Partial, PartialFacet, RowKey, Selection};
use crate::query::question::{FacetAsk, Filter, Question, TableAsk};
use serde::{Deserialize, Serialize};

/// Worker scripts are not content-hashed: a cached old one must not meet a new page.
pub const BUILD: &str = match option_env!("AUDITSCOPE_BUILD") {
    Some(build) => build,
    None => "dev",
};

#[derive(Debug, Serialize, Deserialize)]
pub struct Request {
    pub ticket: u32,
    pub ask: ToWorker,
}

#[derive(Debug, Serialize, Deserialize)]
pub struct Reply {
    pub ticket: u32,
    pub answer: Result<FromWorker, Fault>,
}

#[derive(Debug, Serialize, Deserialize)]
pub enum ToWorker {
    /// First message: which worker this is, of how many.
    Hello {
        worker: u8,
        workers: u8,
    },
    /// What is this file? Attachment: the file.
    Probe,
    /// Parse the lines that start in `start..end` of a plain file whose text begins at `text_start`. Attachment: the file.
    /// Each piece is told by [`FromWorker::Parsed`] under the ticket; the reply follows the last.
    ParseStretch {
        source: SourceId,
        source_name: String,
        text_start: u64,
        start: u64,
        end: u64,
        shape: Shape,
    },
    /// Parse exactly these records of a plain file. Attachment: the file.
    ParsePiece {
        source: SourceId,
        source_name: String,
        start: u64,
        end: u64,
        shape: Shape,
    },
    /// Parse this piece of unpacked text. Attachment: its bytes, in one buffer or several.
    ParseText {
        source: SourceId,
        source_name: String,
        start: u64,
        shape: Shape,
    },
    /// Read a page of a Loki's lines, and keep its events aside as this piece of a source that may never
    /// be wanted. Attachment: the answer's body.
    StageLines {
        source: SourceId,
        source_name: String,
        piece: u32,
        want: Want,
    },
    /// The source is wanted: the piece's events are events, its text begins at `start`.
    AdmitStaged {
        source: SourceId,
        piece: u32,
        start: u64,
    },
    /// The source is not wanted: what is still aside of it goes.
    DropStaged {
        source: SourceId,
    },
    /// Read a page of a Loki's lines and write its events that match into a part of a file; nothing of it is kept.
    /// `local`: what Loki did not apply. Attachment: the answer's body.
    WriteLines {
        source_name: String,
        want: Want,
        local: Filter,
        format: ExportFormat,
    },
    /// Which lines of a Loki's page are new? Attachment: the answer's body.
    GlanceLines {
        want: Want,
    },
    /// Begin to unpack or split a file. Attachment: the file.
    Feed {
        path: String,
        unpack: bool,
    },
    /// The next piece of what [`ToWorker::Feed`] (by its ticket) opened.
    FeedNext {
        feed: u32,
    },
    /// What is left of the feed's member is not wanted, unless it is not the `members`-th any more.
    FeedSkip {
        feed: u32,
        members: u32,
    },
    /// Done with a feed, or cancelled.
    FeedStop {
        feed: u32,
    },
    /// Stretches that are being parsed end with the piece at hand.
    StopParsing,
    /// Are these identities (attachment: u64s) new? Replies with the places of those that are not.
    Dedup,
    /// These rows are duplicates.
    MarkDuplicates {
        rows: Vec<u32>,
    },
    /// Halves of long operations show so from here on.
    Pair {
        changes: Vec<(u32, Pairing)>,
    },
    /// Identities by owner, of all rows held (after a removal).
    Identities,
    Remove {
        source: SourceId,
    },
    /// A worker died: from here on these own all identities. None remembers any.
    Owners {
        owners: Vec<u8>,
    },
    Answer(Question),
    OneFacet {
        filter: Filter,
        window: Option<TimeRange>,
        ask: FacetAsk,
    },
    CountValues {
        filter: Filter,
        window: Option<TimeRange>,
        field: Field,
        values: Vec<String>,
    },
    Samples {
        selection: Selection,
        samples: u64,
    },
    Keys {
        selection: Selection,
        first: u64,
        limit: u64,
    },
    Rank {
        selection: Selection,
        key: RowKey,
    },
    KeyOf {
        row: u32,
        selection: Selection,
    },
    Rows {
        ids: Vec<RowId>,
        table: TableAsk,
    },
    Detail {
        row: u32,
    },
    FindEvent(EventIdentity),
    /// The whole records of these rows, one a line.
    Records {
        rows: Vec<u32>,
    },
    /// `limit` skipped records from the `first`-th on of the piece of `source` that starts at `start`.
    Skipped {
        source: SourceId,
        start: u64,
        first: u32,
        limit: u32,
    },
    /// What is covered, whatever the filter.
    Coverage(Grid),
    /// The identities of this slice that do not count, each with its source.
    Repeats {
        slice: u32,
        slices: u32,
    },
    /// Of these, the ones that are counted here.
    Originals {
        repeats: Vec<(u64, SourceId)>,
    },
    /// Scan all text for these; replies when done. Progress comes under the same ticket.
    Scan {
        texts: Vec<String>,
    },
    /// Texts that were scanned for, and the operations whose start has them in its record, whoever holds it.
    FoundInStarts {
        found: Vec<(String, Vec<u64>)>,
    },
    /// What is found of these texts is kept for the holder, until it holds none.
    HoldTexts {
        holder: u32,
        texts: Vec<String>,
    },
    CancelScan,
    Live(LiveAsk),
}

/// The rows of a live window. They are a store of their own, in the order of reading: [`RowId::row`] is a place there.
#[derive(Debug, Serialize, Deserialize)]
pub enum LiveAsk {
    /// Other rows than before: what was held is dropped.
    Begin {
        source_name: String,
    },
    /// Takes a page of lines in (attachment: the answer's body) and applies the part of the filter that Loki did not.
    Push {
        want: Want,
        local: Filter,
    },
    /// Rows `first..first + table.limit` of those that match.
    Rows {
        table: TableAsk,
        first: u64,
    },
    Detail {
        row: u32,
    },
    Find(EventIdentity),
    /// The row's place among those that match.
    Rank {
        row: u32,
    },
}

#[derive(Debug, Serialize, Deserialize)]
pub enum FromWorker {
    /// Sent once, unasked, when the worker can take messages.
    Ready {
        build: String,
    },
    Done,
    Probed(Probed),
    /// Attachment: one `ArrayBuffer` of identities (u64s) per worker, and one of their rows (u32s).
    Parsed(Parsed),
    /// Attachment: the page's new lines as a `Blob` of JSON lines, unless there is none.
    Staged(Result<Staged, NoPage>),
    /// Attachment: the part as a `Blob`, unless nothing matched.
    Written(Result<Written, NoPage>),
    Glanced(Result<Glance, NoPage>),
    /// Attachment: the piece's bytes.
    Fed(Fed),
    Duplicates(Vec<u32>),
    /// Duplicates per source.
    Marked(Vec<(SourceId, u64)>),
    Partial(Partial),
    Facet(PartialFacet),
    Counts(Vec<u64>),
    Samples {
        rows: u64,
        step: u64,
        keys: Vec<RowKey>,
    },
    Keys(Vec<RowKey>),
    Rank {
        before: u64,
        own: bool,
    },
    KeyOf(Option<RowKey>),
    Rows(Vec<KeyedRow>),
    /// `line` still counts from the start of the piece that starts at `piece_start`; `start`: where the other record is.
    Detail {
        detail: Box<Detail>,
        piece_start: u64,
        source: SourceId,
        start: Option<RowId>,
    },
    /// The row, and whether it counts.
    Found(Option<(u32, bool)>),
    /// Attachment: a `Uint8Array` of the records, newline after each; `lengths`: bytes of each with its newline.
    /// `starts`: of the joined rows among those asked for, where the other record is.
    Records {
        lengths: Vec<u32>,
        starts: Vec<(u32, RowId)>,
    },
    Skipped(Vec<SkippedRecord>),
    Coverage(Vec<SourcePart>),
    Repeats(Vec<(u64, SourceId)>),
    Originals(Vec<Shared>),
    ScanProgress {
        bytes_done: u64,
        bytes_total: u64,
    },
    /// `in_starts`: for each text, the operations whose hidden start has it in its record.
    Scanned {
        cancelled: bool,
        in_starts: Vec<Vec<u64>>,
    },
    Live(LiveAnswer),
}

/// Answers to [`LiveAsk`], in its order.
#[derive(Debug, Serialize, Deserialize)]
pub enum LiveAnswer {
    Begun,
    Pushed(Result<Pushed, NoPage>),
    Rows(Vec<Row>),
    Detail(Option<Box<Detail>>),
    Found(Option<RowId>),
    Rank(Option<u64>),
}

/// A page of lines, read and kept aside.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Staged {
    pub told: Told,
    /// Of its JSON lines.
    pub bytes: u64,
}

/// A page of lines, of which the events that match were written.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Written {
    pub told: Told,
    /// Those that match.
    pub events: u64,
    pub bytes: u64,
}

/// A file of events.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum ExportFormat {
    /// The records' original bytes, one a line.
    Ndjson,
    Csv(Vec<Field>),
}

/// A page of a live window's lines, taken in.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Pushed {
    pub told: Told,
    /// Rows that match, of all read so far.
    pub matching: u64,
}

/// What a file is.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Probed {
    /// Plain text whose ranges can be parsed side by side, from `start` on.
    Parallel { shape: Shape, start: u64 },
    /// Anything else: one worker reads it from its start.
    Sequential { unpack: bool },
}

/// A parsed piece.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Parsed {
    pub counts: Counts,
    /// Of long operations, by their rows in the worker.
    pub halves: Vec<Half>,
    /// Start and length of the text that this piece's records lie in.
    pub start: u64,
    pub length: u64,
    pub skipped: u32,
    /// The worker's index, all of it, in bytes: columns and dictionaries.
    pub column_bytes: u64,
    pub dictionary_bytes: u64,
}

/// The next piece of a feed.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Fed {
    /// A member begins.
    Member { path: String, container: String },
    /// A stretch of the member's text that holds whole records; without attachment it lies in the
    /// file itself. `packed_read`: bytes of a packed file read so far; 0 for a plain one.
    Text { start: u64, length: u32, shape: Shape, packed_read: u64 },
    /// The member could not be read to its end.
    /// `is_current`: of the member being read; else of another, which is not.
    MemberFailed { path: String, container: String, fault: Fault, is_current: bool },
    /// Nothing more; `packed_read` as above.
    End { packed_read: u64 },
}

/// A message as bytes. Invariant: no type here has a map of unknown length or a failing serializer.
pub fn encode<T: Serialize>(message: &T) -> Vec<u8> {
    postcard::to_allocvec(message).expect("invariant: protocol types always serialize")
}

/// # Errors
/// Bytes that the other side's build encoded differently.
pub fn decode<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Result<T, postcard::Error> {
    postcard::from_bytes(bytes)
}
