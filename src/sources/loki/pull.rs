//! "Load this window": all lines of a log query, in slices side by side, as one file of JSON lines.
//! Can pause, go on, survive a lost network, and be given up with what was read kept. The page only
//! asks: workers read the answers, and keep the events at hand for when they are wanted.

use super::advice::Kind;
use super::failure::Failure;
use super::http::{Cancel, Client, Unread};
use super::paging::{Overfull, PageAsk, Pager};
use super::retry::Policy;
use super::search::range_params;
use super::slices::{Estimate, by_count, split};
use super::{Direction, MAX_ENTRIES_PER_QUERY, MAX_QUERY_NANOS, NanoRange};
use crate::worker::loki::page::{NoPage, Want};
use crate::worker::pool::{PageRead, Piece, Staging, Writer};
use crate::worker::progress::Fault;
use futures_util::future::join_all;
use js_sys::{Array, ArrayBuffer};
use std::cell::{Cell, RefCell};
use std::rc::Rc;

/// Lines a slice, as far as the estimate tells: a page that is just not full, so that no request waits for another.
const SLICE_LINES: u64 = 4_500;
/// Without an estimate the range is cut into so many.
const BLIND_SLICES: i64 = 16;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PullState {
    Running,
    Paused,
    /// All is read.
    Done,
    /// Stopped by a failure; may go on.
    Failed,
    /// Given up; what was read is kept.
    Cancelled,
}

/// How far a load has come.
#[derive(Debug, Clone, PartialEq)]
pub struct PullStatus {
    pub state: PullState,
    /// Lines.
    pub entries: u64,
    /// Of these, those that are wanted.
    pub events: u64,
    /// Of what came of them.
    pub bytes: u64,
    /// Counted beforehand; `None` when the server did not count.
    pub expected: Option<u64>,
    pub slices_done: usize,
    pub slices: usize,
    pub requests: u64,
    /// Nanoseconds that hold more lines than the server hands out: some of theirs are missing.
    pub overfull: Vec<Overfull>,
    pub fault: Option<Fault>,
}

/// Who reads the pages, in the workers: what becomes of their lines is its own.
pub trait Reader {
    /// Pages side by side.
    const FETCHERS: usize;

    /// Reads the body of an answer, which is transferred.
    fn read(&self, body: &ArrayBuffer, want: Want) -> impl Future<Output = Result<Result<PageRead, NoPage>, Fault>>;
}

/// A source in the making.
impl Reader for Staging {
    /// The client lets four requests through; the others' answers are being read meanwhile.
    const FETCHERS: usize = 6;

    async fn read(&self, body: &ArrayBuffer, want: Want) -> Result<Result<PageRead, NoPage>, Fault> {
        Staging::read(self, body, want).await
    }
}

/// A file in the making.
impl Reader for Writer {
    /// One place is left to what is looked at meanwhile.
    const FETCHERS: usize = 3;

    async fn read(&self, body: &ArrayBuffer, want: Want) -> Result<Result<PageRead, NoPage>, Fault> {
        Writer::read(self, body, want).await
    }
}

/// A load. Cheap to clone.
pub struct Pull<R>(Rc<State<R>>);

impl<R> Clone for Pull<R> {
    fn clone(&self) -> Pull<R> {
        Pull(self.0.clone())
    }
}

struct State<R> {
    client: RefCell<Client>,
    /// Sent by clients that this one took the place of.
    requests_before: Cell<u64>,
    reader: R,
    /// What is part of the source, in the order in which it became so.
    admitted: RefCell<Vec<Piece>>,
    logql: String,
    slices: Vec<RefCell<Slice>>,
    expected: Option<u64>,
    paused: Cell<bool>,
    running: Cell<bool>,
    failure: RefCell<Option<Failure>>,
    cancel: RefCell<Cancel>,
    on_status: Box<dyn Fn(PullStatus)>,
}

struct Slice {
    pager: Pager,
    /// Those that are not part of the source yet, in the order of time.
    pieces: Vec<Piece>,
    entries: u64,
    events: u64,
    bytes: u64,
    taken: bool,
}

impl<R: Reader> Pull<R> {
    /// Plans the load; [`Pull::run`] does it. Without an estimate the slices are of equal length.
    pub fn new(
        client: Client,
        reader: R,
        logql: String,
        range: NanoRange,
        estimate: Option<&Estimate>,
        on_status: impl Fn(PullStatus) + 'static,
    ) -> Pull<R> {
        let pieces = match estimate {
            Some(estimate) => by_count(range, estimate, SLICE_LINES, MAX_QUERY_NANOS),
            None => split(range, MAX_QUERY_NANOS.min(range.width_nanos() / BLIND_SLICES + 1)),
        };
        let slice = |piece| {
            let pager = Pager::new(piece, Direction::Forward, MAX_ENTRIES_PER_QUERY, MAX_ENTRIES_PER_QUERY);
            RefCell::new(Slice { pager, pieces: Vec::new(), entries: 0, events: 0, bytes: 0, taken: false })
        };
        Pull(Rc::new(State {
            client: RefCell::new(client),
            requests_before: Cell::new(0),
            reader,
            admitted: RefCell::default(),
            logql,
            slices: pieces.into_iter().map(slice).collect(),
            expected: estimate.map(Estimate::total),
            paused: Cell::new(false),
            running: Cell::new(false),
            failure: RefCell::new(None),
            cancel: RefCell::default(),
            on_status: Box::new(on_status),
        }))
    }

    /// Fetches until all is read, or paused, failed or cancelled; may be called again to go on.
    pub async fn run(&self) -> PullStatus {
        let state = &self.0;
        if state.cancel.borrow().is_cancelled() {
            *state.cancel.borrow_mut() = Cancel::default();
        }
        state.paused.set(false);
        state.failure.take();
        self.tell();
        if state.running.replace(true) {
            // The fetchers had not stopped yet: they go on, and the first caller hears of the end.
            return self.status();
        }
        loop {
            join_all((0..R::FETCHERS).map(|_| self.fetch_slices())).await;
            if self.should_stop() || self.is_done() {
                break;
            }
        }
        state.running.set(false);
        self.tell();
        self.status()
    }

    fn is_done(&self) -> bool {
        self.0.slices.iter().all(|slice| slice.borrow().pager.is_done())
    }

    /// Stops after the pages that are on their way.
    pub fn pause(&self) {
        self.0.paused.set(true);
        self.tell();
    }

    pub fn cancel(&self) {
        self.0.cancel.borrow().cancel();
        self.tell();
    }

    /// All that was read: first what is part of the source, as it lies there.
    fn pieces(&self) -> Vec<Piece> {
        let slices = self.0.slices.iter().flat_map(|slice| slice.borrow().pieces.clone());
        self.0.admitted.borrow().iter().cloned().chain(slices).collect()
    }

    /// The texts of all that was read, in the same order.
    pub fn texts(&self) -> Array {
        self.pieces().into_iter().map(|piece| piece.text).collect()
    }

    /// Goes on by another connection to the same place: with a new token, say.
    pub fn renew(&self, client: Client) {
        if client.connection().address == self.0.client.borrow().connection().address {
            let before = self.0.client.replace(client).requests();
            self.0.requests_before.set(self.0.requests_before.get() + before);
        }
    }

    pub fn status(&self) -> PullStatus {
        let state = &self.0;
        let slices: Vec<_> = state.slices.iter().map(RefCell::borrow).collect();
        let slices_done = slices.iter().filter(|slice| slice.pager.is_done()).count();
        let failure = state.failure.borrow();
        let now = if slices_done == slices.len() {
            PullState::Done
        } else if state.cancel.borrow().is_cancelled() {
            PullState::Cancelled
        } else if failure.is_some() {
            PullState::Failed
        } else if state.paused.get() {
            PullState::Paused
        } else {
            PullState::Running
        };
        PullStatus {
            state: now,
            entries: slices.iter().map(|slice| slice.entries).sum(),
            events: slices.iter().map(|slice| slice.events).sum(),
            bytes: slices.iter().map(|slice| slice.bytes).sum(),
            expected: state.expected,
            slices_done,
            slices: slices.len(),
            requests: state.requests_before.get() + state.client.borrow().requests(),
            overfull: slices.iter().flat_map(|slice| slice.pager.overfull().to_vec()).collect(),
            fault: failure.as_ref().map(Failure::fault),
        }
    }

    fn tell(&self) {
        (self.0.on_status)(self.status());
    }

    fn should_stop(&self) -> bool {
        self.0.paused.get() || self.0.failure.borrow().is_some() || self.0.cancel.borrow().is_cancelled()
    }

    async fn fetch_slices(&self) {
        while let Some(slice) = self.take_slice() {
            while !self.should_stop() && !slice.borrow().pager.is_done() {
                if let Err(failure) = self.fetch_page(slice).await {
                    // The first failure is the one that is told; the others follow from it.
                    self.0.failure.borrow_mut().get_or_insert(failure);
                }
                self.tell();
            }
            slice.borrow_mut().taken = false;
        }
    }

    fn take_slice(&self) -> Option<&RefCell<Slice>> {
        if self.should_stop() {
            return None;
        }
        let free = |slice: &&RefCell<Slice>| {
            let slice = slice.borrow();
            !slice.taken && !slice.pager.is_done()
        };
        let slice = self.0.slices.iter().find(free)?;
        slice.borrow_mut().taken = true;
        Some(slice)
    }

    async fn fetch_page(&self, slice: &RefCell<Slice>) -> Result<(), Failure> {
        let Some(ask) = slice.borrow().pager.next() else { return Ok(()) };
        let cancel = self.0.cancel.borrow().clone();
        let want = slice.borrow().pager.want(&ask);
        let read = async |answer: Unread| {
            let read = self.0.reader.read(answer.lines_body()?, want.clone()).await?;
            read.map_err(|no_page| answer.failure(&no_page))
        };
        let client = self.0.client.borrow().clone();
        match fetch(&client, &self.0.logql, &ask, &cancel, read).await {
            Ok(page) => {
                slice.borrow_mut().keep(page);
                Ok(())
            }
            Err(failure) if failure.kind() == Kind::Cancelled => Ok(()),
            Err(failure) => match slice.borrow_mut().pager.ease(&failure, &ask) {
                true => Ok(()),
                false => Err(failure),
            },
        }
    }
}

impl Pull<Staging> {
    /// What was read and is not part of the source yet becomes so. False: that cannot be any more, and
    /// [`Pull::file`] is to be loaded.
    pub fn admit(&self) -> bool {
        let state = &self.0;
        let all = self.pieces();
        if all.is_empty() || !state.reader.holds(&all) || state.reader.is_removed() {
            return false;
        }
        let fresh: Vec<Piece> =
            state.slices.iter().flat_map(|slice| std::mem::take(&mut slice.borrow_mut().pieces)).collect();
        state.reader.admit(&fresh);
        state.admitted.borrow_mut().extend(fresh);
        true
    }

    /// What was read, each line with its stream's labels as `logcli -o jsonl` writes it. In time order, unless a
    /// part was made a source first: then a record's place here is its place there.
    pub fn file(&self, name: &str) -> Result<web_sys::File, Fault> {
        web_sys::File::new_with_blob_sequence(&self.texts(), name).map_err(|_| Fault {
            what_happened: "The browser did not make a file of what was read.".to_string(),
            what_it_means: "It may be out of memory.".to_string(),
            what_to_do: "Load a shorter window, or fetch with logcli.".to_string(),
        })
    }

    /// The file's name: `cockpit-fr-par-20240522T153304Z-20240523T153304Z.jsonl`.
    pub fn name(&self) -> &str {
        self.0.reader.name()
    }
}

impl Slice {
    fn keep(&mut self, page: PageRead) {
        self.events += page.events;
        self.entries += u64::from(page.told.fresh);
        self.bytes += page.piece.as_ref().map_or(0, |piece| piece.bytes);
        self.pieces.extend(page.piece);
        self.pager.accept(page.told);
    }
}

/// One page of a log query. `take` is given what came back until it has made something of it.
pub async fn fetch<T>(
    client: &Client,
    logql: &str,
    ask: &PageAsk,
    cancel: &Cancel,
    take: impl AsyncFnMut(Unread) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let mut params = range_params(ask.range);
    params.push(("query", with_line_filter(logql, &ask.part.line_filter())));
    params.push(("limit", ask.limit.to_string()));
    params.push(("direction", ask.direction.key().to_string()));
    client.ask_unread("query_range", &params, Policy::PATIENT, cancel, take).await
}

/// Puts a line filter right behind the selector, before what follows it.
fn with_line_filter(logql: &str, filter: &str) -> String {
    let end = super::discover::selector_end(logql).unwrap_or(logql.len());
    format!("{}{filter}{}", &logql[..end], &logql[end..])
}
