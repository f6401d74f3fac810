//! Who answers: the workers that hold loaded files, or a Loki that is explored in place.

use crate::model::TimeRange;
use crate::query::answer::{Answer, Detail, EventIdentity, FacetAnswer, Part, Row, RowId};
use crate::query::coverage::Coverage;
use crate::query::coverage::twins::Shared;
use crate::query::question::{FacetAsk, Filter, Question, TableAsk};
use crate::sources::loki::live::Live;
use crate::worker::pool::{ExportFormat, ExportProgress, FileToLoad, Pool};
use crate::worker::progress::{Fault, SkippedRecord, SourceId};
use std::cell::RefCell;
use std::ops::ControlFlow;
use std::rc::Rc;

/// How a question was answered.
pub enum Answered {
    AtOnce(Answer),
    /// Part by part, which were told.
    InParts,
    /// Not: a later one overtook it.
    Overtaken,
}

/// The pool's questions, answered by whoever is in charge. Cheap to clone.
#[derive(Clone)]
pub struct Engine {
    pool: Pool,
    live: Rc<RefCell<Option<Live>>>,
}

impl Engine {
    pub fn new(pool: Pool) -> Engine {
        Engine { pool, live: Rc::default() }
    }

    pub fn pool(&self) -> Pool {
        self.pool.clone()
    }

    pub fn live(&self) -> Option<Live> {
        self.live.borrow().clone()
    }

    /// Puts a live window in charge, or the pool again.
    pub fn set_live(&self, live: Option<Live>) {
        if let Some(before) = self.live.replace(live) {
            before.overtake();
        }
    }

    /// Starts the workers ahead of the first file; a refusal is told when that comes.
    pub fn warm_up(&self) {
        drop(self.pool.start_workers());
    }

    pub fn add_files(&self, files: Vec<FileToLoad>) {
        self.pool.add_files(files);
    }

    pub fn remove_source(&self, source: SourceId) {
        self.pool.remove_source(source);
    }

    pub fn cancel_load(&self) {
        self.pool.cancel_load();
    }

    pub fn overtake_scan(&self) {
        self.pool.overtake_scan();
    }

    pub fn cancel_scan(&self) {
        self.pool.cancel_scan();
    }

    /// A later question waits: a live one that is on its way is given up.
    pub fn overtake(&self) {
        if let Some(live) = self.live() {
            live.overtake();
        }
    }

    pub async fn ask(&self, question: Question, on_part: impl Fn(Part)) -> Result<Answered, Fault> {
        match self.live() {
            Some(live) => Ok(if live.ask(question, on_part).await? { Answered::InParts } else { Answered::Overtaken }),
            None => Ok(self.pool.ask(question).await?.map_or(Answered::Overtaken, Answered::AtOnce)),
        }
    }

    /// `None`: a later question overtook it.
    pub async fn rows(
        &self,
        filter: Filter,
        window: Option<TimeRange>,
        table: TableAsk,
        first: u64,
    ) -> Result<Option<Vec<Row>>, Fault> {
        match self.live() {
            Some(live) => live.rows(filter, window, table, first).await,
            None => self.pool.rows(filter, window, table, first).await.map(Some),
        }
    }

    pub async fn facet(
        &self,
        filter: Filter,
        window: Option<TimeRange>,
        ask: FacetAsk,
    ) -> Result<Option<FacetAnswer>, Fault> {
        match self.live() {
            Some(live) => live.facet(filter, window, ask).await,
            None => self.pool.facet(filter, window, ask).await,
        }
    }

    pub async fn detail(&self, id: RowId) -> Result<Detail, Fault> {
        match self.live() {
            Some(live) => live.detail(id).await,
            None => self.pool.detail(id).await,
        }
    }

    pub async fn find_event(&self, identity: EventIdentity) -> Result<Option<RowId>, Fault> {
        match self.live() {
            Some(live) => live.find_event(identity).await,
            None => self.pool.find_event(identity).await,
        }
    }

    pub async fn rank_of(
        &self,
        filter: Filter,
        window: Option<TimeRange>,
        table: TableAsk,
        id: RowId,
    ) -> Result<Option<u64>, Fault> {
        match self.live() {
            Some(live) => live.rank_of(id).await,
            None => self.pool.rank_of(filter, window, table, id).await,
        }
    }

    pub async fn skipped(&self, source: Option<SourceId>, first: u64, limit: u32) -> Result<Vec<SkippedRecord>, Fault> {
        match self.live() {
            // Lines that are no events are not asked for.
            Some(_) => Ok(Vec::new()),
            None => self.pool.skipped(source, first, limit).await,
        }
    }

    /// `None` where no event has a time.
    pub async fn coverage(&self) -> Result<Option<Coverage>, Fault> {
        match self.live() {
            // Its events are in the Loki; the panel says so.
            Some(_) => Ok(None),
            None => self.pool.coverage().await,
        }
    }

    pub async fn shared_events(&self) -> Result<Vec<Shared>, Fault> {
        match self.live() {
            Some(_) => Ok(Vec::new()),
            None => self.pool.shared_events().await,
        }
    }

    pub async fn export(
        &self,
        filter: Filter,
        window: Option<TimeRange>,
        format: ExportFormat,
        look: impl Fn(ExportProgress) -> ControlFlow<()>,
    ) -> Result<Option<web_sys::Blob>, Fault> {
        match self.live() {
            Some(live) => live.export(&filter, window, format, look).await,
            None => self.pool.export(filter, window, format, look).await,
        }
    }
}
