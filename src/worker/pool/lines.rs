//! Loading from a Loki: answers go to whichever worker is least busy, which reads them and keeps
//! their events aside until they are wanted as a source, or writes them into a file.

use super::super::loki::page::{NoPage, Told, Want};
use super::super::progress::{Fault, NO_EVENTS, SourceId, SourceState};
use super::super::protocol::{ExportFormat, FromWorker, Staged, ToWorker, Written};
use super::Pool;
use super::page::unexpected;
use super::settle::{new_source, too_many_sources};
use crate::query::question::Filter;
use js_sys::ArrayBuffer;
use std::cell::{Cell, RefCell};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::spawn_local;
use web_sys::Blob;

/// A source in the making; what of it was not admitted is dropped with it.
pub struct Staging {
    pool: Pool,
    source: SourceId,
    name: String,
    next_piece: Cell<u32>,
    /// Bytes of the pieces that are part of the source.
    admitted_bytes: Cell<u64>,
    readers: Readers,
}

/// A file in the making: of each page the events that match.
pub struct Writer {
    pool: Pool,
    source_name: String,
    /// What Loki did not apply.
    local: Filter,
    format: ExportFormat,
    readers: Readers,
}

/// Answers that each worker has to read, and has been given in all.
#[derive(Default)]
struct Readers(RefCell<Vec<(usize, usize)>>);

/// What came of a page's new lines: its text, and in a source in the making who holds its events.
#[derive(Clone)]
pub struct Piece {
    pub text: Blob,
    pub bytes: u64,
    worker: usize,
    number: u32,
}

/// A page that was read.
pub struct PageRead {
    pub told: Told,
    /// Of its new lines those that are wanted.
    pub events: u64,
    /// `None` without any.
    pub piece: Option<Piece>,
}

impl Pool {
    pub fn begin_staging(&self, name: String) -> Result<Staging, Fault> {
        self.start_workers()?;
        let mut loading = self.0.loading.borrow_mut();
        let source = loading.number_source().ok_or_else(too_many_sources)?;
        Ok(Staging {
            pool: self.clone(),
            source,
            name,
            next_piece: Cell::new(0),
            admitted_bytes: Cell::new(0),
            readers: Readers::default(),
        })
    }

    /// `source_name`: where the lines are from; `local`: what Loki does not apply of the filter.
    pub fn begin_writing(&self, source_name: String, local: Filter, format: ExportFormat) -> Result<Writer, Fault> {
        self.start_workers()?;
        Ok(Writer { pool: self.clone(), source_name, local, format, readers: Readers::default() })
    }

    fn take_piece(&self, source: SourceId, piece: &Piece, start: u64) {
        let ask = ToWorker::AdmitStaged { source, piece: piece.number, start };
        let worker = piece.worker;
        let (_, answered) = self.0.links.call(worker, ask, &JsValue::UNDEFINED);
        let pool = self.clone();
        spawn_local(async move {
            match answered.await {
                Ok((FromWorker::Parsed(parsed), identities)) => {
                    pool.take_parsed(worker, source, parsed, true);
                    pool.dedup(worker, source, identities);
                }
                Ok(_) => {}
                Err(fault) => pool.update(source, |status| status.error = Some(fault)),
            }
            pool.0.loading.borrow_mut().open_tasks.release(source);
            pool.pump();
        });
    }
}

impl Staging {
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Reads the body of an answer. It is transferred: read here, it is gone.
    pub async fn read(&self, body: &ArrayBuffer, want: Want) -> Result<Result<PageRead, NoPage>, Fault> {
        let number = self.next_piece.get();
        self.next_piece.set(number + 1);
        let ask = ToWorker::StageLines { source: self.source, source_name: self.name.clone(), piece: number, want };
        let (worker, answer, text) = self.readers.call(&self.pool, ask, body).await?;
        let FromWorker::Staged(staged) = answer else { return Err(unexpected()) };
        Ok(staged.map(|Staged { told, bytes }| {
            let piece = text.dyn_into().ok().map(|text| Piece { text, bytes, worker, number });
            PageRead { events: u64::from(told.fresh), told, piece }
        }))
    }

    /// Whether all who hold these still live.
    pub fn holds(&self, pieces: &[Piece]) -> bool {
        let alive = self.pool.0.links.alive();
        pieces.iter().all(|piece| alive.contains(&piece.worker))
    }

    /// It was among the sources, and somebody removed it.
    pub fn is_removed(&self) -> bool {
        let sources = &self.pool.0.status.borrow().sources;
        self.admitted_bytes.get() > 0 && sources.iter().all(|source| source.id != self.source)
    }

    /// The pieces, in this order, become a source like any file; those of a later call join it behind the others.
    pub fn admit(&self, pieces: &[Piece]) {
        if pieces.is_empty() {
            return;
        }
        let pool = &self.pool.0;
        {
            let mut loading = pool.loading.borrow_mut();
            loading.begin(&pool.status.borrow());
            pieces.iter().for_each(|_| loading.open_tasks.hold(self.source));
        }
        self.announce(pieces.iter().map(|piece| piece.bytes).sum());
        for piece in pieces {
            let start = self.admitted_bytes.get();
            self.pool.take_piece(self.source, piece, start);
            self.admitted_bytes.set(start + piece.bytes);
        }
    }

    /// Among the sources it is one that reads so many bytes more.
    fn announce(&self, bytes: u64) {
        {
            let sources = &mut self.pool.0.status.borrow_mut().sources;
            let at = sources.iter().position(|source| source.id == self.source).unwrap_or_else(|| {
                sources.push(new_source(self.source, self.name.clone()));
                sources.len() - 1
            });
            let source = &mut sources[at];
            source.bytes_total = Some(source.bytes_total.unwrap_or(0) + bytes);
            source.state = SourceState::Reading;
            // There may be one among what comes.
            source.error.take_if(|fault| fault.what_happened == NO_EVENTS);
        }
        self.pool.tell_status();
    }
}

impl Writer {
    /// Reads the body of an answer. It is transferred: read here, it is gone.
    pub async fn read(&self, body: &ArrayBuffer, want: Want) -> Result<Result<PageRead, NoPage>, Fault> {
        let (source_name, local, format) = (self.source_name.clone(), self.local.clone(), self.format.clone());
        let ask = ToWorker::WriteLines { source_name, want, local, format };
        let (worker, answer, text) = self.readers.call(&self.pool, ask, body).await?;
        let FromWorker::Written(written) = answer else { return Err(unexpected()) };
        Ok(written.map(|Written { told, events, bytes }| {
            let piece = text.dyn_into().ok().map(|text| Piece { text, bytes, worker, number: 0 });
            PageRead { told, events, piece }
        }))
    }
}

impl Readers {
    /// Has a page read by who is least busy; who that was, and what came back.
    async fn call(
        &self,
        pool: &Pool,
        ask: ToWorker,
        body: &ArrayBuffer,
    ) -> Result<(usize, FromWorker, JsValue), Fault> {
        let worker = self.least_busy(pool);
        self.0.borrow_mut()[worker].0 += 1;
        self.0.borrow_mut()[worker].1 += 1;
        let answered = pool.0.links.call(worker, ask, body).1.await;
        self.0.borrow_mut()[worker].0 -= 1;
        answered.map(|(answer, text)| (worker, answer, text))
    }

    /// Of those as busy as one another the one with the fewest events: later each answers for its own.
    fn least_busy(&self, pool: &Pool) -> usize {
        let mut given = self.0.borrow_mut();
        given.resize(pool.0.links.count(), (0, 0));
        // All ended: the call says so.
        pool.0.links.alive().into_iter().min_by_key(|&worker| given[worker]).unwrap_or_default()
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        let source = self.source;
        for (_, dropped) in self.pool.call_all(|_| ToWorker::DropStaged { source }) {
            drop(dropped);
        }
    }
}
