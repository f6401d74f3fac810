//! The page's side: starts the workers, shares out the work, merges their partial answers.

use super::progress::{Fault, LoadStatus, SkippedRecord, SourceId};
use crate::model::TimeRange;
use crate::query::answer::{Answer, Detail, EventIdentity, FacetAnswer, Row, RowId};
use crate::query::question::{FacetAsk, Filter, Question, TableAsk};
use std::rc::Rc;

/// A file to load and the path it is shown under.
#[derive(Debug, Clone)]
pub struct FileToLoad {
    pub path: String,
    pub file: web_sys::File,
}

/// How far a scan of the raw text has come.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct ScanProgress {
    pub bytes_done: u64,
    pub bytes_total: u64,
}

#[derive(Debug, Clone, PartialEq)]
pub enum ExportFormat {
    /// The records' original bytes, one a line.
    Ndjson,
    Csv(Vec<crate::model::Field>),
}

/// What the pool tells the page of its own accord.
pub struct Listeners {
    /// The load status changed (throttled to ten a second).
    pub on_status: Box<dyn Fn(LoadStatus)>,
    /// Events arrived or left: ask again.
    pub on_data: Box<dyn Fn()>,
    pub on_scan: Box<dyn Fn(Option<ScanProgress>)>,
}

/// Handle to the workers; cheap to clone.
#[derive(Clone)]
pub struct Pool {
    _listeners: Rc<Listeners>,
}

impl Pool {
    /// Starts no worker yet: the first file does.
    pub fn new(listeners: Listeners) -> Pool {
        Pool { _listeners: Rc::new(listeners) }
    }
    pub fn add_files(&self, _files: Vec<FileToLoad>) {}
    pub fn remove_source(&self, _source: SourceId) {}
    /// Stops all loading; what was read is kept.
    pub fn cancel_load(&self) {}
    pub fn cancel_scan(&self) {}

    /// Answers a question; `Ok(None)` when a later one overtook it. Free text not yet
    /// scanned is scanned first, with progress to `on_scan`.
    pub async fn ask(&self, _question: Question) -> Result<Option<Answer>, Fault> {
        Ok(None)
    }

    /// Rows `first..first + table.limit` of the sorted matches.
    pub async fn rows(
        &self,
        _filter: Filter,
        _window: Option<TimeRange>,
        _table: TableAsk,
        _first: u64,
    ) -> Result<Vec<Row>, Fault> {
        Ok(Vec::new())
    }

    /// One facet alone (show more, search within).
    pub async fn facet(
        &self,
        _filter: Filter,
        _window: Option<TimeRange>,
        _ask: FacetAsk,
    ) -> Result<Option<FacetAnswer>, Fault> {
        Ok(None)
    }

    pub async fn detail(&self, _id: RowId) -> Result<Detail, Fault> {
        Err(Fault { what_happened: String::new(), what_it_means: String::new(), what_to_do: String::new() })
    }

    pub async fn find_event(&self, _identity: EventIdentity) -> Result<Option<RowId>, Fault> {
        Ok(None)
    }

    /// The event's place in the sorted matches, if it matches.
    pub async fn rank_of(
        &self,
        _filter: Filter,
        _window: Option<TimeRange>,
        _table: TableAsk,
        _id: RowId,
    ) -> Result<Option<u64>, Fault> {
        Ok(None)
    }

    /// Skipped records `first..first + limit`, by source and place.
    pub async fn skipped(
        &self,
        _source: Option<SourceId>,
        _first: u64,
        _limit: u32,
    ) -> Result<Vec<SkippedRecord>, Fault> {
        Ok(Vec::new())
    }

    /// All matching events as a file, in time order.
    pub async fn export(
        &self,
        _filter: Filter,
        _window: Option<TimeRange>,
        _format: ExportFormat,
    ) -> Result<web_sys::Blob, Fault> {
        Err(Fault { what_happened: String::new(), what_it_means: String::new(), what_to_do: String::new() })
    }
}
