//! What a question yields: partial in each worker, merged on the page. Strings only;
//! a dictionary id never leaves its worker.

pub use crate::model::RowId;
use crate::model::{Field, Flags, Micros};
use serde::{Deserialize, Serialize};

/// The merged answer to a [`super::question::Question`].
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Answer {
    /// Events that match filter and window.
    pub events: u64,
    /// Events that match but have no time, and so lie in no bucket.
    pub events_without_time: u64,
    /// All events held, matching or not (duplicates not counted).
    pub total: u64,
    /// Events whose text was not yet scanned for the filter's free text.
    pub unscanned: u64,
    pub facets: Vec<FacetAnswer>,
    pub histogram: Histogram,
    /// The table's first rows, in order.
    pub rows: Vec<Row>,
}

impl Answer {
    pub fn facet(&self, field: Field) -> Option<&FacetAnswer> {
        self.facets.iter().find(|facet| facet.field == field)
    }
}

/// A part of an answer whose parts arrive one by one.
#[derive(Debug, Clone, PartialEq)]
pub enum Part {
    Counts {
        events: u64,
        total: u64,
    },
    Timeline(Histogram),
    Facet(FacetAnswer),
    /// Comes after the counts.
    Rows(Vec<Row>),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FacetAnswer {
    pub field: Field,
    /// In the order asked for. Counts are exact.
    pub values: Vec<FacetValue>,
    /// Values with at least one event: so many, or at least so many.
    pub distinct: u64,
    pub distinct_is_exact: bool,
    /// Every value is listed.
    pub complete: bool,
    /// No value that is not listed has more events than this.
    pub unlisted_at_most: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FacetValue {
    /// Empty: events without the field.
    pub value: String,
    pub events: u64,
}

/// Events per bucket and stack value.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Histogram {
    pub start_micros: Micros,
    pub bucket_micros: i64,
    /// Most events first; each with one count per bucket.
    pub series: Vec<Series>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Series {
    pub value: String,
    pub counts: Vec<u32>,
}

/// One line of the table.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Row {
    pub id: RowId,
    pub received: Option<Micros>,
    pub latency_micros: Option<u64>,
    /// For colour and label: what the row is about, whatever columns are shown.
    pub verb: String,
    pub resource: String,
    pub subresource: String,
    pub code: u16,
    /// One cell per column asked for: the values that the event has there.
    pub cells: Vec<Vec<String>>,
}

/// Everything about one event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Detail {
    pub id: RowId,
    pub received: Option<Micros>,
    pub staged: Option<Micros>,
    pub latency_micros: Option<u64>,
    pub audit_id: String,
    /// Every field that has a value, in [`crate::model::FIELDS`] order.
    pub values: Vec<(Field, Vec<String>)>,
    pub flags: u8,
    /// The record as it stood in its source, wrapper included.
    pub record: String,
    /// The audit event itself, unwrapped (the same as `record` for a plain file).
    pub event_json: String,
    pub source: String,
    /// Line in the source, from 1; 0 while not all before it is read.
    pub line: u64,
    /// Bytes from the start of the source's text.
    pub offset: u64,
    /// Of an operation whose start has a record of its own.
    pub start: Option<StartRecord>,
}

/// The record of an operation's start, and where it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StartRecord {
    pub record: String,
    pub source: String,
    pub line: u64,
    pub offset: u64,
}

impl Detail {
    /// The first value of a field; empty when it has none.
    pub fn value(&self, field: Field) -> &str {
        self.values(field).first().map_or("", String::as_str)
    }

    pub fn values(&self, field: Field) -> &[String] {
        self.values.iter().find(|(of, _)| *of == field).map_or(&[], |(_, values)| values)
    }

    pub fn has(&self, flag: Flags) -> bool {
        Flags(self.flags).has(flag)
    }
}

/// An event's identity across sources and sessions: what a link carries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventIdentity {
    pub audit_id: String,
    pub stage: String,
    pub staged: Option<Micros>,
}
