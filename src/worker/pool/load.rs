//! Loading: probes each source, shares its text out among the workers, keeps the account.

use super::super::progress::{EMPTY_FILE, Fault, LoadStatus, NO_EVENTS, SourceId, SourceState, SourceStatus};
use super::super::protocol::{FromWorker, Parsed, Probed, ToWorker};
use super::{FileToLoad, Inner, Pool};
use crate::model::Shape;
use js_sys::{Array, Uint32Array};
use std::collections::VecDeque;
use std::rc::Rc;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::spawn_local;
use web_sys::File;

/// A plain file is parsed in ranges of this many bytes: some 10 ms of a worker's time.
const RANGE_BYTES: u64 = 8 << 20;
/// So that the browser reads one range while the worker parses another.
pub(super) const TASKS_PER_WORKER: usize = 2;

/// What is on its way.
#[derive(Default)]
pub struct Loading {
    pub(super) files: VecDeque<(SourceId, File)>,
    pub(super) tasks: VecDeque<Task>,
    pub(super) feeds: Vec<Feeding>,
    pub(super) busy: Vec<usize>,
    pub(super) probes: usize,
    pub(super) dedups: usize,
    pub(super) next_source: SourceId,
    pub pieces: Vec<PieceInfo>,
    pub index_bytes: Vec<(u64, u64)>,
    pub(super) open_tasks: Vec<(SourceId, usize)>,
    pub started_millis: Option<f64>,
}

/// One piece, by where it lies and who holds it.
pub struct PieceInfo {
    pub source: SourceId,
    pub start: u64,
    pub worker: usize,
    pub lines: u64,
    pub skipped: u32,
}

pub(super) struct Task {
    pub(super) source: SourceId,
    pub(super) work: Work,
}

pub(super) enum Work {
    Range { file: File, text_start: u64, start: u64, end: u64, shape: Shape, exact: bool },
    Text { start: u64, shape: Shape, bytes: JsValue },
}

pub(super) struct Feeding {
    pub(super) feed: u32,
    pub(super) worker: usize,
    /// The source of the member being read.
    pub(super) source: SourceId,
    /// The source that the file itself was opened as: it shows the packed bytes read.
    pub(super) file_source: SourceId,
    pub(super) file: File,
    pub(super) has_member: bool,
    /// Pieces asked for and not given yet.
    pub(super) asked: u8,
}

impl Pool {
    pub(super) fn begin_load(&self, files: Vec<FileToLoad>) {
        if let Err(fault) = self.start_workers() {
            self.0.status.borrow_mut().faults.push(fault);
            return self.status_changed();
        }
        {
            let mut loading = self.0.loading.borrow_mut();
            let mut status = self.0.status.borrow_mut();
            if loading.started_millis.is_none() {
                loading.started_millis = Some(super::now_millis());
                super::mark("ingest-start");
            }
            for FileToLoad { path, file } in files {
                let id = loading.next_source;
                loading.next_source += 1;
                let mut source = new_source(id, path);
                source.bytes_total = Some(file.size() as u64);
                status.sources.push(source);
                loading.files.push_back((id, file));
            }
        }
        self.status_changed();
        self.pump();
    }

    /// Starts whatever can start now. Called after everything that ends.
    pub(super) fn pump(&self) {
        self.start_probes();
        self.start_tasks();
        self.ask_feeds();
        self.finish_sources();
    }

    fn start_probes(&self) {
        loop {
            let alive = self.0.links.alive();
            let mut loading = self.0.loading.borrow_mut();
            // A file is opened when there is nothing else to do for at least one worker.
            let backlog = loading.tasks.len() + loading.probes + loading.feeds.len();
            if alive.is_empty() || backlog >= alive.len().max(2) {
                return;
            }
            let Some((source, file)) = loading.files.pop_front() else { return };
            loading.probes += 1;
            let worker = alive[usize::from(source) % alive.len()];
            drop(loading);
            self.update(source, |status| status.state = SourceState::Reading);
            let pool = self.clone();
            spawn_local(async move {
                pool.probe(source, file, worker).await;
                pool.0.loading.borrow_mut().probes -= 1;
                pool.pump();
            });
        }
    }

    async fn probe(&self, source: SourceId, file: File, worker: usize) {
        if file.size() == 0.0 {
            return self.fail(source, empty_file());
        }
        match self.0.links.call(worker, ToWorker::Probe, &file).1.await {
            Ok((FromWorker::Probed(Probed::Parallel { shape, start }), _)) => {
                self.plan_ranges(source, &file, start, &shape)
            }
            Ok((FromWorker::Probed(Probed::Sequential { unpack }), _)) => self.open_feed(source, file, unpack).await,
            Ok(_) => {}
            Err(fault) => self.fail(source, fault),
        }
    }

    fn plan_ranges(&self, source: SourceId, file: &File, text_start: u64, shape: &Shape) {
        let size = file.size() as u64;
        let mut loading = self.0.loading.borrow_mut();
        let mut start = text_start;
        while start < size {
            let end = (start + RANGE_BYTES).min(size);
            let work = Work::Range { file: file.clone(), text_start, start, end, shape: shape.clone(), exact: false };
            loading.push(Task { source, work });
            start = end;
        }
        drop(loading);
        self.update(source, |status| status.wrapper = shape.label().to_string());
    }

    fn start_tasks(&self) {
        loop {
            let alive = self.0.links.alive();
            let mut loading = self.0.loading.borrow_mut();
            loading.busy.resize(self.0.links.count(), 0);
            let is_feeding = |worker: usize| loading.feeds.iter().any(|feed| feed.worker == worker);
            let all_feed = alive.iter().all(|&worker| is_feeding(worker));
            let free = alive
                .iter()
                .copied()
                .filter(|&worker| loading.busy[worker] < TASKS_PER_WORKER && (all_feed || !is_feeding(worker)))
                .min_by_key(|&worker| loading.busy[worker]);
            let Some(worker) = free else { return };
            let Some(task) = loading.tasks.pop_front() else { return };
            loading.busy[worker] += 1;
            drop(loading);
            let pool = self.clone();
            spawn_local(async move {
                pool.run(worker, task).await;
                pool.0.loading.borrow_mut().busy[worker] -= 1;
                pool.pump();
            });
        }
    }

    async fn run(&self, worker: usize, task: Task) {
        let source = task.source;
        let source_name = self.source_name(source);
        let (ask, attachment, plain_bytes) = match task.work {
            Work::Range { file, text_start, start, end, shape, exact } => {
                let ask = ToWorker::ParseRange { source, source_name, text_start, start, end, shape, exact };
                (ask, JsValue::from(file), end - start)
            }
            Work::Text { start, shape, bytes } => (ToWorker::ParseText { source, source_name, start, shape }, bytes, 0),
        };
        let is_range = plain_bytes > 0;
        match self.0.links.call(worker, ask, &attachment).1.await {
            Ok((FromWorker::Parsed(parsed), identities)) => {
                self.take_parsed(worker, source, parsed, if is_range { plain_bytes } else { 0 });
                self.dedup(worker, source, identities);
            }
            Ok(_) => {}
            Err(fault) => self.update(source, |status| status.error = Some(fault)),
        }
        self.0.loading.borrow_mut().release(source);
    }

    pub(super) fn take_parsed(&self, worker: usize, source: SourceId, parsed: Parsed, plain_bytes: u64) {
        {
            let mut loading = self.0.loading.borrow_mut();
            loading.index_bytes.resize(self.0.links.count(), (0, 0));
            loading.index_bytes[worker] = (parsed.column_bytes, parsed.dictionary_bytes);
            loading.pieces.push(PieceInfo {
                source,
                start: parsed.start,
                worker,
                lines: parsed.counts.lines,
                skipped: parsed.skipped,
            });
        }
        self.update(source, |status| {
            status.counts.add(&parsed.counts);
            status.text_bytes += parsed.length;
            status.bytes_read += plain_bytes;
            status.wrapper = status.counts.wrappers.join(", ");
        });
        self.data_changed();
    }

    /// Asks each identity's owner whether it was seen before. `identities`: per owner, hashes and rows.
    pub(super) fn dedup(&self, from: usize, source: SourceId, identities: JsValue) {
        let Ok(owners) = identities.dyn_into::<Array>() else { return };
        for (owner, part) in owners.iter().enumerate() {
            let part: Array = part.unchecked_into();
            let rows = Uint32Array::new(&part.get(1));
            if rows.length() == 0 {
                continue;
            }
            let (_, answered) = self.0.links.call(owner, ToWorker::Dedup, &part.get(0));
            self.0.loading.borrow_mut().dedups += 1;
            let pool = self.clone();
            spawn_local(async move {
                if let Ok((FromWorker::Duplicates(places), _)) = answered.await
                    && !places.is_empty()
                {
                    let rows: Vec<u32> = places.iter().map(|&place| rows.get_index(place)).collect();
                    pool.update(source, |status| {
                        status.counts.duplicates += rows.len() as u64;
                        status.counts.events -= (rows.len() as u64).min(status.counts.events);
                    });
                    // A dead worker's rows are gone anyway.
                    let _ = pool.0.links.call(from, ToWorker::MarkDuplicates { rows }, &JsValue::UNDEFINED).1.await;
                    pool.data_changed();
                }
                pool.0.loading.borrow_mut().dedups -= 1;
                pool.pump();
            });
        }
    }

    /// Sources with nothing left to do are done; when all are, so is the load.
    fn finish_sources(&self) {
        let mut all_done = true;
        {
            let loading = self.0.loading.borrow();
            let mut status = self.0.status.borrow_mut();
            let waiting: Vec<SourceId> = loading.files.iter().map(|(source, _)| *source).collect();
            if loading.probes > 0 {
                return;
            }
            for source in status.sources.iter_mut().filter(|source| source.state == SourceState::Reading) {
                if loading.open(source.id) > 0 || waiting.contains(&source.id) {
                    all_done = false;
                    continue;
                }
                settle(source);
            }
            all_done &= waiting.is_empty() && loading.dedups == 0;
        }
        if all_done && self.0.loading.borrow_mut().started_millis.take().is_some() {
            super::measure("ingest", "ingest-start");
            self.status_changed();
            self.data_changed();
        }
    }

    /// Stops all loading; what was read is kept.
    pub(super) fn stop_load(&self) {
        let feeds: Vec<u32> = {
            let mut loading = self.0.loading.borrow_mut();
            let dropped: Vec<Task> = loading.tasks.drain(..).collect();
            dropped.iter().for_each(|task| loading.release(task.source));
            loading.files.clear();
            loading.feeds.iter().map(|feeding| feeding.feed).collect()
        };
        feeds.into_iter().for_each(|feed| self.end_feed(feed));
        for source in &mut self.0.status.borrow_mut().sources {
            if matches!(source.state, SourceState::Waiting | SourceState::Reading) {
                source.state = SourceState::Cancelled;
            }
        }
        self.status_changed();
        self.pump();
    }

    pub(super) fn fail(&self, source: SourceId, fault: Fault) {
        self.update(source, |status| {
            status.error = Some(fault);
            status.state = SourceState::Failed;
        });
    }

    pub(super) fn update(&self, source: SourceId, change: impl FnOnce(&mut SourceStatus)) {
        if let Some(status) = self.0.status.borrow_mut().sources.iter_mut().find(|status| status.id == source) {
            change(status);
        }
        self.status_changed();
    }

    pub(super) fn source_name(&self, source: SourceId) -> String {
        let status = self.0.status.borrow();
        status.sources.iter().find(|status| status.id == source).map(|status| status.name.clone()).unwrap_or_default()
    }
}

impl Loading {
    pub(super) fn push(&mut self, task: Task) {
        self.hold(task.source);
        self.tasks.push_back(task);
    }

    pub(super) fn hold(&mut self, source: SourceId) {
        match self.open_tasks.iter_mut().find(|(id, _)| *id == source) {
            Some((_, open)) => *open += 1,
            None => self.open_tasks.push((source, 1)),
        }
    }

    pub(super) fn release(&mut self, source: SourceId) {
        if let Some((_, open)) = self.open_tasks.iter_mut().find(|(id, _)| *id == source) {
            *open -= (*open).min(1);
        }
    }

    pub(super) fn open(&self, source: SourceId) -> usize {
        self.open_tasks.iter().find(|(id, _)| *id == source).map_or(0, |(_, open)| *open)
    }
}

pub(super) fn new_source(id: SourceId, name: String) -> SourceStatus {
    SourceStatus {
        id,
        name,
        state: SourceState::Waiting,
        bytes_total: None,
        bytes_read: 0,
        text_bytes: 0,
        container: String::new(),
        wrapper: String::new(),
        counts: Default::default(),
        error: None,
    }
}

/// A source that was read to its end: sound, or of no use, with the reason.
fn settle(source: &mut SourceStatus) {
    let found = source.counts.events + source.counts.duplicates;
    if found == 0 && source.error.is_none() {
        source.error = Some(no_events(source));
    }
    source.state = if source.error.is_some() { SourceState::Failed } else { SourceState::Ready };
}

fn empty_file() -> Fault {
    Fault {
        what_happened: EMPTY_FILE.to_string(),
        what_it_means: "It holds no byte, so no event.".to_string(),
        what_to_do: "Check the export: a log that was just rotated is empty, the older file has the events."
            .to_string(),
    }
}

fn no_events(source: &SourceStatus) -> Fault {
    let skipped = source.counts.skipped_total();
    Fault {
        what_happened: NO_EVENTS.to_string(),
        what_it_means: match skipped {
            0 => "Its text holds no record at all.".to_string(),
            count => format!("{count} record(s) were read and skipped; the Skipped tab shows each with its reason."),
        },
        what_to_do: "Check that this is a Kubernetes audit log (its records carry an auditID), not the API server's own log or a list of Event objects.".to_string(),
    }
}

/// The status as the page shows it: with the time passed.
pub fn snapshot(inner: &Rc<Inner>) -> LoadStatus {
    let mut status = inner.status.borrow().clone();
    if let Some(started) = inner.loading.borrow().started_millis {
        status.elapsed_millis = super::now_millis() - started;
        inner.status.borrow_mut().elapsed_millis = status.elapsed_millis;
    }
    let (columns, dictionaries) =
        inner.loading.borrow().index_bytes.iter().fold((0, 0), |sum, more| (sum.0 + more.0, sum.1 + more.1));
    status.column_bytes = columns;
    status.dictionary_bytes = dictionaries;
    status
}
