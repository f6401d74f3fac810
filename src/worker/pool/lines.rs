//! Loading from a Loki: answers go to whichever worker is least busy, which reads them and keeps
//! their events aside until they are wanted as a source.

use super::super::loki::page::{NoPage, Told, Want};
use super::super::progress::{Fault, NO_EVENTS, SourceId, SourceState};
use super::super::protocol::{FromWorker, Staged, ToWorker};
use super::Pool;
use super::page::unexpected;
use super::settle::new_source;
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
    /// Answers that each worker has to read, and has been given in all.
    given: RefCell<Vec<(usize, usize)>>,
}

/// A page's new lines: their text, and who holds their events.
#[derive(Clone)]
pub struct Piece {
    pub text: Blob,
    pub bytes: u64,
    worker: usize,
    number: u32,
}

/// A page that was read.
pub struct StagedPage {
    pub told: Told,
    /// `None` without new lines.
    pub piece: Option<Piece>,
}

impl Pool {
    pub fn begin_staging(&self, name: String) -> Result<Staging, Fault> {
        self.start_workers()?;
        let mut loading = self.0.loading.borrow_mut();
        let source = loading.next_source;
        loading.next_source += 1;
        Ok(Staging {
            pool: self.clone(),
            source,
            name,
            next_piece: Cell::new(0),
            admitted_bytes: Cell::new(0),
            given: RefCell::default(),
        })
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
            pool.0.loading.borrow_mut().release(source);
            pool.pump();
        });
    }
}

impl Staging {
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Reads the body of an answer. It is transferred: read here, it is gone.
    pub async fn read(&self, body: &ArrayBuffer, want: Want) -> Result<Result<StagedPage, NoPage>, Fault> {
        let worker = self.least_busy();
        let number = self.next_piece.get();
        self.next_piece.set(number + 1);
        let ask = ToWorker::StageLines { source: self.source, source_name: self.name.clone(), piece: number, want };
        self.given.borrow_mut()[worker].0 += 1;
        self.given.borrow_mut()[worker].1 += 1;
        let answered = self.pool.0.links.call(worker, ask, body).1.await;
        self.given.borrow_mut()[worker].0 -= 1;
        let (FromWorker::Staged(staged), text) = answered? else { return Err(unexpected()) };
        Ok(staged.map(|Staged { told, bytes }| {
            let piece = text.dyn_into().ok().map(|text| Piece { text, bytes, worker, number });
            StagedPage { told, piece }
        }))
    }

    /// Of those as busy as one another the one with the fewest events: later each answers for its own.
    fn least_busy(&self) -> usize {
        let mut given = self.given.borrow_mut();
        given.resize(self.pool.0.links.count(), (0, 0));
        // All ended: the call says so.
        self.pool.0.links.alive().into_iter().min_by_key(|&worker| given[worker]).unwrap_or_default()
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
            if loading.started_millis.is_none() {
                loading.started_millis = Some(super::now_millis());
                super::mark("ingest-start");
            }
            pieces.iter().for_each(|_| loading.hold(self.source));
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
        self.pool.status_changed();
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
