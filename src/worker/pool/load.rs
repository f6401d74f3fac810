//! Loading: probes each source, shares its text out among the workers, keeps the account.

use super::super::pairs::Pairs;
use super::super::pieces::PieceInfo;
use super::super::progress::{Fault, LoadStatus, SourceId, SourceState, SourceStatus};
use super::super::protocol::{FromWorker, Parsed, Probed, ToWorker};
use super::super::tally::Tally;
use super::link::OnPiece;
use super::settle::{empty_file, new_source, too_many_sources};
use super::{FileToLoad, Pool};
use crate::model::Shape;
use futures_channel::oneshot;
use std::collections::VecDeque;
use std::rc::Rc;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::spawn_local;
use web_sys::File;

/// A plain file is parsed in stretches, long at first, since one long stretch costs less than many short ones, and
/// ever shorter towards its end, so that the workers end together.
const LONGEST_STRETCH_BYTES: u64 = 256 << 20;
const SHORTEST_STRETCH_BYTES: u64 = 8 << 20;
/// So that the browser reads for one stretch while the worker parses another.
pub(super) const TASKS_PER_WORKER: usize = 2;

/// How much of something is on its way for each source that has any.
#[derive(Default)]
pub(super) struct PerSource(Vec<(SourceId, usize)>);

/// What is on its way.
#[derive(Default)]
pub struct Loading {
    pub(super) files: VecDeque<(SourceId, File)>,
    pub(super) tasks: VecDeque<Task>,
    pub(super) feeds: Vec<Feeding>,
    pub(super) busy: Vec<usize>,
    pub(super) probes: usize,
    /// Questions about duplicates, per source.
    pub(super) dedups: PerSource,
    /// Rounds of asking about all rows anew that are on.
    pub(super) regathers: usize,
    /// Such a round ended and nobody was told yet.
    pub(super) is_regathered: bool,
    /// Hear, by being dropped, that duplicates are known which were not.
    pub(super) waiting: Vec<oneshot::Sender<()>>,
    /// Sources removed so far: what was asked of duplicates before the last of them is void.
    pub(super) removals: u32,
    /// Workers that have not yet told all their identities again since then: what they tell of a piece is among those.
    pub(super) gathering: Vec<usize>,
    pub(super) next_source: SourceId,
    pub pieces: Vec<PieceInfo>,
    pub(super) tally: Tally,
    pub(super) pairs: Pairs,
    pub index_bytes: Vec<(u64, u64)>,
    /// What is being read, per source: stretches, a feed, what it is.
    pub(super) open_tasks: PerSource,
    pub started_millis: Option<f64>,
    /// Of what was open before.
    pub(super) started_bytes: u64,
}

pub(super) struct Task {
    pub(super) source: SourceId,
    pub(super) work: Work,
}

pub(super) enum Work {
    Stretch { file: File, text_start: u64, start: u64, end: u64, shape: Shape },
    Piece { file: File, start: u64, end: u64, shape: Shape },
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
    /// Path of the member being read; `None` before the first.
    pub(super) member: Option<String>,
    /// Members begun so far.
    pub(super) members: u32,
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
            loading.begin(&status);
            for FileToLoad { path, file } in files {
                let Some(id) = loading.number_source() else {
                    status.faults.push(too_many_sources());
                    break;
                };
                let mut source = new_source(id, path);
                source.bytes_total = Some(file.size() as u64);
                status.sources.push(source);
                loading.files.push_back((id, file));
            }
        }
        self.refuse_without_workers();
        self.tell_status();
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
            loading.open_tasks.hold(source);
            let worker = alive[usize::from(source) % alive.len()];
            drop(loading);
            self.update(source, |status| status.state = SourceState::Reading);
            let pool = self.clone();
            spawn_local(async move {
                pool.probe(source, file, worker).await;
                {
                    let mut loading = pool.0.loading.borrow_mut();
                    loading.probes -= 1;
                    loading.open_tasks.release(source);
                }
                pool.pump();
            });
        }
    }

    async fn probe(&self, source: SourceId, file: File, worker: usize) {
        if file.size() == 0.0 {
            return self.fail(source, empty_file());
        }
        let probed = self.0.links.call(worker, ToWorker::Probe, &file).1.await;
        // Cancelled or removed meanwhile.
        if !self.is_reading(source) {
            return;
        }
        match probed {
            Ok((FromWorker::Probed(Probed::Parallel { shape, start }), _)) => {
                self.plan_stretches(source, &file, start, &shape)
            }
            Ok((FromWorker::Probed(Probed::Sequential { unpack }), _)) => self.open_feed(source, file, unpack).await,
            Ok(_) => {}
            Err(fault) => self.fail(source, fault),
        }
    }

    fn plan_stretches(&self, source: SourceId, file: &File, text_start: u64, shape: &Shape) {
        let size = file.size() as u64;
        let mut loading = self.0.loading.borrow_mut();
        let readers = (self.0.links.alive().len() * TASKS_PER_WORKER).max(1) as u64;
        let mut start = text_start;
        while start < size {
            let share = (size - start) / readers / 2;
            let end = (start + share.clamp(SHORTEST_STRETCH_BYTES, LONGEST_STRETCH_BYTES)).min(size);
            let work = Work::Stretch { file: file.clone(), text_start, start, end, shape: shape.clone() };
            loading.push(Task { source, work });
            start = end;
        }
        drop(loading);
        self.update(source, |status| {
            status.wrapper = shape.label().to_string();
            // A byte order mark was read, and lies in no stretch.
            status.bytes_read += text_start;
        });
    }

    fn start_tasks(&self) {
        loop {
            let alive = self.0.links.alive();
            let mut loading = self.0.loading.borrow_mut();
            loading.busy.resize(self.0.links.count(), 0);
            let is_feeding = |worker: usize| loading.feeds.iter().any(|feed| feed.worker == worker);
            // Feeders rest while so much is ahead, so they may parse as well.
            let is_ahead = loading.tasks.len() >= TASKS_PER_WORKER * alive.len();
            let all_feed = is_ahead || alive.iter().all(|&worker| is_feeding(worker));
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
        let is_plain = !matches!(task.work, Work::Text { .. });
        let (ask, attachment) = match task.work {
            Work::Stretch { file, text_start, start, end, shape } => {
                (ToWorker::ParseStretch { source, source_name, text_start, start, end, shape }, JsValue::from(file))
            }
            Work::Piece { file, start, end, shape } => {
                (ToWorker::ParsePiece { source, source_name, start, end, shape }, JsValue::from(file))
            }
            Work::Text { start, shape, bytes } => (ToWorker::ParseText { source, source_name, start, shape }, bytes),
        };
        let pool = self.clone();
        let take = move |parsed: Parsed, identities: JsValue| {
            pool.take_parsed(worker, source, parsed, is_plain);
            pool.dedup(worker, source, identities);
        };
        let on_piece: Option<OnPiece> = match &ask {
            ToWorker::ParseStretch { .. } => Some(Rc::new(take.clone())),
            _ => None,
        };
        match self.0.links.call_telling(worker, ask, &attachment, on_piece).1.await {
            Ok((FromWorker::Parsed(parsed), identities)) => take(parsed, identities),
            Ok(_) => {}
            Err(fault) => self.update(source, |status| status.error = Some(fault)),
        }
        self.0.loading.borrow_mut().open_tasks.release(source);
    }

    pub(super) fn take_parsed(&self, worker: usize, source: SourceId, parsed: Parsed, is_plain: bool) {
        if !self.is_open(source) {
            return;
        }
        self.take_halves(worker, source, &parsed.halves);
        {
            let mut loading = self.0.loading.borrow_mut();
            loading.index_bytes.resize(self.0.links.count(), (0, 0));
            loading.index_bytes[worker] = (parsed.column_bytes, parsed.dictionary_bytes);
            loading.pieces.push(PieceInfo {
                source,
                start: parsed.start,
                length: parsed.length,
                worker,
                lines: parsed.counts.lines,
                skipped: parsed.skipped,
            });
        }
        let counts = {
            let tally = &mut self.0.loading.borrow_mut().tally;
            tally.add(source, worker, &parsed.counts);
            tally.of(source)
        };
        self.update(source, |status| {
            status.counts = counts;
            status.text_bytes += parsed.length;
            status.bytes_read += if is_plain { parsed.length } else { 0 };
            status.wrapper = status.counts.wrappers.join(", ");
        });
        self.data_changed();
    }

    /// Stops all loading; what was read is kept.
    pub(super) fn stop_load(&self) {
        let feeds: Vec<u32> = {
            let mut loading = self.0.loading.borrow_mut();
            for source in &mut self.0.status.borrow_mut().sources {
                // One that is read to its end only waits for its duplicates.
                let is_unread = source.state == SourceState::Reading && loading.open_tasks.is_open(source.id);
                if source.state == SourceState::Waiting || is_unread {
                    source.state = SourceState::Cancelled;
                }
            }
            let dropped: Vec<Task> = loading.tasks.drain(..).collect();
            dropped.iter().for_each(|task| loading.open_tasks.release(task.source));
            loading.files.clear();
            loading.feeds.iter().map(|feeding| feeding.feed).collect()
        };
        feeds.into_iter().for_each(|feed| self.end_feed(feed));
        drop(self.call_all(|_| ToWorker::StopParsing));
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

    /// Whether it is wanted still: neither cancelled nor removed.
    fn is_reading(&self, source: SourceId) -> bool {
        let status = self.0.status.borrow();
        status.sources.iter().any(|status| status.id == source && status.state == SourceState::Reading)
    }

    pub(super) fn source_name(&self, source: SourceId) -> String {
        let status = self.0.status.borrow();
        status.sources.iter().find(|status| status.id == source).map(|status| status.name.clone()).unwrap_or_default()
    }
}

impl Loading {
    /// A load begins, unless one is on.
    pub(super) fn begin(&mut self, status: &LoadStatus) {
        if self.started_millis.is_none() {
            self.started_millis = Some(super::now_millis());
            self.started_bytes = status.bytes_read();
            super::mark("ingest-start");
        }
    }

    /// Nothing is on its way. A feed whose member was removed goes on to the next one.
    pub(super) fn is_idle(&self) -> bool {
        let is_read = self.open_tasks.is_idle() && self.probes == 0 && self.feeds.is_empty();
        is_read && self.dedups.is_idle() && self.regathers == 0
    }

    /// A number for another source; none is given twice, so in the end there is none.
    pub(super) fn number_source(&mut self) -> Option<SourceId> {
        let number = self.next_source;
        self.next_source = number.checked_add(1)?;
        Some(number)
    }

    pub(super) fn push(&mut self, task: Task) {
        self.open_tasks.hold(task.source);
        self.tasks.push_back(task);
    }
}

impl PerSource {
    pub(super) fn hold(&mut self, source: SourceId) {
        match self.0.iter_mut().find(|(id, _)| *id == source) {
            Some((_, open)) => *open += 1,
            None => self.0.push((source, 1)),
        }
    }

    /// Nothing where the source was forgotten meanwhile.
    pub(super) fn release(&mut self, source: SourceId) {
        let Some(at) = self.0.iter().position(|(id, _)| *id == source) else { return };
        self.0[at].1 -= 1;
        if self.0[at].1 == 0 {
            self.0.swap_remove(at);
        }
    }

    pub(super) fn forget(&mut self, source: SourceId) {
        self.0.retain(|(id, _)| *id != source);
    }

    pub(super) fn is_open(&self, source: SourceId) -> bool {
        self.0.iter().any(|(id, _)| *id == source)
    }

    pub(super) fn is_idle(&self) -> bool {
        self.0.is_empty()
    }
}
