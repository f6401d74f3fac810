//! The page's side: starts the workers, shares out the work, merges their partial answers.

mod ask;
mod coverage;
mod dedup;
mod export;
mod feeds;
mod lines;
mod link;
mod live;
mod load;
mod mourn;
mod page;
mod pairing;
mod remove;
mod settle;

use super::progress::{Fault, LoadStatus, SkippedRecord, SourceId};
pub use super::protocol::ExportFormat;
use super::protocol::ToWorker;
use crate::model::TimeRange;
use crate::query::answer::{Answer, Detail, EventIdentity, FacetAnswer, Row, RowId};
use crate::query::question::{FacetAsk, Filter, Question, TableAsk};
pub use export::{ExportProgress, export_blob, export_head};
use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;
pub use lines::{PageRead, Piece, Staging, Writer};
use link::{Answered, Links, Listener};
pub use live::LiveHandle;
use std::cell::{Cell, RefCell};
use std::ops::ControlFlow;
use std::rc::Rc;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::spawn_local;

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

/// What the pool tells the page of its own accord.
pub struct Listeners {
    /// The load status changed (throttled to five a second, but for beginnings and ends).
    pub on_status: Box<dyn Fn(LoadStatus)>,
    /// Events arrived or left: ask again. While loading ever more seldom, since each answer costs more.
    pub on_data: Box<dyn Fn()>,
    pub on_scan: Box<dyn Fn(Option<ScanProgress>)>,
}

const STATUS_MILLIS: i32 = 200;
/// The first look at what was loaded comes after so long; then each when the load took two and a half times as long as at
/// the one before, up to so long between them: each costs the workers and the page what else goes into loading.
const FIRST_DATA_MILLIS: f64 = 400.0;
const DATA_WAIT_PER_ELAPSED: f64 = 1.5;
const LONGEST_DATA_MILLIS: f64 = 2_000.0;
/// No look so shortly before the end, which brings one.
const LAST_DATA_MILLIS: f64 = 1_000.0;

/// Handle to the workers; cheap to clone.
#[derive(Clone)]
pub struct Pool(Rc<Inner>);

struct Inner {
    listeners: Listeners,
    links: Rc<Links>,
    status: RefCell<LoadStatus>,
    loading: RefCell<load::Loading>,
    /// Grows when rows arrive or leave: what was kept of them is stale.
    data_version: Cell<u64>,
    /// The version that the page was last told of.
    told_version: Cell<u64>,
    generation: Cell<u64>,
    /// A question waits for the duplicates to be known, or for a search in the text.
    is_preparing: Cell<bool>,
    /// A search in the text is on for a question, rather than for a file.
    is_scanning: Cell<bool>,
    /// Searches in the text that ended, each of which may make more rows match.
    searches: Cell<u64>,
    /// Files begun that need what was found of texts.
    exports: Cell<u32>,
    scans: RefCell<Vec<ScanProgress>>,
    samples: RefCell<Option<page::Sampled>>,
    status_due: Cell<bool>,
    data_due: Cell<bool>,
}

impl Pool {
    /// Starts no worker yet: the first file does.
    pub fn new(listeners: Listeners) -> Pool {
        Pool(Rc::new(Inner {
            listeners,
            links: Rc::new(Links::new()),
            status: RefCell::default(),
            loading: RefCell::default(),
            data_version: Cell::new(0),
            told_version: Cell::new(0),
            generation: Cell::new(0),
            is_preparing: Cell::new(false),
            is_scanning: Cell::new(false),
            searches: Cell::new(0),
            exports: Cell::new(0),
            scans: RefCell::default(),
            samples: RefCell::default(),
            status_due: Cell::new(false),
            data_due: Cell::new(false),
        }))
    }

    /// Starts the workers ahead of the first file, so that it need not wait for them.
    pub fn start_workers(&self) -> Result<(), Fault> {
        self.0.links.start(Rc::new(Watcher(Rc::downgrade(&self.0))))
    }

    pub fn add_files(&self, files: Vec<FileToLoad>) {
        self.begin_load(files);
    }

    pub fn remove_source(&self, source: SourceId) {
        self.drop_source(source);
    }

    /// Stops all loading; what was read is kept.
    pub fn cancel_load(&self) {
        self.stop_load();
    }

    /// A question for which a text is searched for gives no answer: a later one waits.
    pub fn overtake_scan(&self) {
        if self.0.is_preparing.get() {
            self.0.generation.set(self.0.generation.get() + 1);
        }
        if self.0.is_scanning.get() {
            self.cancel_scan();
        }
    }

    /// Ends a search in the text; what it found so far is kept.
    pub fn cancel_scan(&self) {
        for (_, cancelled) in self.call_all(|_| ToWorker::CancelScan) {
            drop(cancelled);
        }
    }

    /// Answers a question; `Ok(None)` when a later one overtook it. Free text not yet
    /// scanned is scanned first, with progress to `on_scan`.
    pub async fn ask(&self, question: Question) -> Result<Option<Answer>, Fault> {
        self.answer(question).await
    }

    /// Rows `first..first + table.limit` of the sorted matches.
    pub async fn rows(
        &self,
        filter: Filter,
        window: Option<TimeRange>,
        table: TableAsk,
        first: u64,
    ) -> Result<Vec<Row>, Fault> {
        self.page(filter, window, table, first).await
    }

    /// One facet alone (show more, search within).
    pub async fn facet(
        &self,
        filter: Filter,
        window: Option<TimeRange>,
        ask: FacetAsk,
    ) -> Result<Option<FacetAnswer>, Fault> {
        self.one_facet(filter, window, ask).await.map(Some)
    }

    pub async fn detail(&self, id: RowId) -> Result<Detail, Fault> {
        self.read_detail(id).await
    }

    pub async fn find_event(&self, identity: EventIdentity) -> Result<Option<RowId>, Fault> {
        self.search_identity(identity).await
    }

    /// The event's place in the sorted matches, if it matches.
    pub async fn rank_of(
        &self,
        filter: Filter,
        window: Option<TimeRange>,
        table: TableAsk,
        id: RowId,
    ) -> Result<Option<u64>, Fault> {
        self.rank(filter, window, table, id).await
    }

    /// Skipped records `first..first + limit`, by source and place.
    pub async fn skipped(&self, source: Option<SourceId>, first: u64, limit: u32) -> Result<Vec<SkippedRecord>, Fault> {
        self.list_skipped(source, first, limit).await
    }

    /// All matching events as a file, in time order; `Ok(None)` when `look` broke it off.
    pub async fn export(
        &self,
        filter: Filter,
        window: Option<TimeRange>,
        format: ExportFormat,
        look: impl Fn(ExportProgress) -> ControlFlow<()>,
    ) -> Result<Option<web_sys::Blob>, Fault> {
        self.export_all(filter, window, format, look).await
    }

    /// Sends one request to every worker alive.
    fn call_all(&self, ask: impl Fn(usize) -> ToWorker) -> Vec<(usize, LocalBoxFuture<'static, Answered>)> {
        let links = &self.0.links;
        let call = |worker| links.call(worker, ask(worker), &JsValue::UNDEFINED).1.boxed_local();
        links.alive().into_iter().map(|worker| (worker, call(worker))).collect()
    }

    /// What was kept of the rows is stale.
    fn outdate(&self) {
        self.0.data_version.set(self.0.data_version.get() + 1);
    }

    fn data_changed(&self) {
        self.outdate();
        look_later(self.0.clone());
    }

    /// At once, since what was told before is not so any more.
    fn tell_status(&self) {
        (self.0.listeners.on_status)(settle::snapshot(&self.0));
    }

    fn status_changed(&self) {
        let inner = self.0.clone();
        later(&self.0.status_due, STATUS_MILLIS, move || {
            inner.status_due.set(false);
            (inner.listeners.on_status)(settle::snapshot(&inner));
        });
    }
}

impl Inner {
    fn tell_data(&self) {
        let version = self.data_version.get();
        if self.told_version.replace(version) != version {
            (self.listeners.on_data)();
        }
    }
}

/// Tells of data when it is time: at once after a load, in turns during one.
fn look_later(inner: Rc<Inner>) {
    let Some(started_millis) = inner.loading.borrow().started_millis else {
        return spawn_local(async move { inner.tell_data() });
    };
    let wait_millis = DATA_WAIT_PER_ELAPSED * (now_millis() - started_millis);
    let wait_millis = wait_millis.clamp(FIRST_DATA_MILLIS, LONGEST_DATA_MILLIS);
    let held = inner.clone();
    later(&held.data_due, wait_millis as i32, move || {
        inner.data_due.set(false);
        // A load that does not end as expected is looked at the next time.
        let ends_soon = millis_left(&inner).is_some_and(|left| left < LAST_DATA_MILLIS);
        if ends_soon { look_later(inner) } else { inner.tell_data() }
    });
}

/// How long the load may yet take at the rate so far; `None` where that is not known.
fn millis_left(inner: &Inner) -> Option<f64> {
    let (loading, status) = (inner.loading.borrow(), inner.status.borrow());
    let passed_millis = now_millis() - loading.started_millis?;
    let read = status.bytes_read();
    let (left, read_since) = (status.bytes_total().saturating_sub(read), read.saturating_sub(loading.started_bytes));
    // A packed file is read ahead of its text.
    if left == 0 {
        return None;
    }
    Some(passed_millis * left as f64 / read_since.max(1) as f64)
}

/// Hears what workers say unasked.
struct Watcher(std::rc::Weak<Inner>);

impl Listener for Watcher {
    fn scan_progress(&self, worker: usize, bytes_done: u64, bytes_total: u64) {
        let Some(inner) = self.0.upgrade() else { return };
        let mut scans = inner.scans.borrow_mut();
        scans.resize(inner.links.count(), ScanProgress::default());
        scans[worker] = ScanProgress { bytes_done, bytes_total };
        let sum = scans.iter().fold(ScanProgress::default(), |sum, one| ScanProgress {
            bytes_done: sum.bytes_done + one.bytes_done,
            bytes_total: sum.bytes_total + one.bytes_total,
        });
        drop(scans);
        (inner.listeners.on_scan)(Some(sum));
    }

    fn worker_died(&self, worker: usize, reason: &str) {
        if let Some(inner) = self.0.upgrade() {
            Pool(inner).mourn(worker, link::died(worker, reason));
        }
    }
}

/// Runs `then` after a while, unless it is due already.
fn later(due: &Cell<bool>, millis: i32, then: impl FnOnce() + 'static) {
    if due.replace(true) {
        return;
    }
    let callback = Closure::once_into_js(then);
    let Some(window) = web_sys::window() else { return };
    // Refused only for a callback that is no function.
    let _ = window.set_timeout_with_callback_and_timeout_and_arguments_0(callback.unchecked_ref(), millis);
}

fn performance() -> Option<web_sys::Performance> {
    web_sys::window()?.performance()
}

pub fn now_millis() -> f64 {
    performance().map_or(0.0, |performance| performance.now())
}

/// User Timing marks and measures are the page contract's; a browser without them only lacks figures.
pub fn mark(name: &str) {
    let _ = performance().map(|performance| performance.mark(name));
}

pub fn measure(name: &str, start_mark: &str) {
    let _ = performance().map(|performance| performance.measure_with_start_mark(name, start_mark));
}
