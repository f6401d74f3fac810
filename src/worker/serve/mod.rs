//! A worker's side: one store, one engine, and the texts its records lie in.

mod dedup;
mod feed;
mod inflate;
mod ingest;
mod lines;
mod lookup;
mod scan;
mod stream;
mod texts;
mod turn;
mod warm_up;

use super::live::LiveRows;
use super::loki::page;
use super::message::{pack, unpack};
use super::progress::{Fault, SourceId};
use super::protocol::{BUILD, FromWorker, Reply, Request, ToWorker};
use super::range::Stretch;
use crate::query::Engine;
use crate::query::coverage::count;
use crate::store::Store;
use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::future::ready;
use std::pin::Pin;
use std::rc::Rc;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::spawn_local;
use web_sys::{DedicatedWorkerGlobalScope, MessageEvent};

/// Everything a worker holds. Never borrowed across an await.
#[derive(Default)]
struct State {
    worker: u8,
    workers: u8,
    /// Workers alive: each owns a share of all identities.
    owners: Vec<u8>,
    store: Store,
    engine: Engine,
    texts: texts::Texts,
    seen: dedup::Seen,
    feeds: HashMap<u32, Rc<feed::Slot>>,
    scan_cancelled: bool,
    live: LiveRows,
    /// Pieces of sources that may never be wanted, by source and number.
    staged: HashMap<(u16, u32), lines::Piece>,
    /// Memory that text was read into, for the next: fresh memory costs more than the reading.
    spares: Vec<Vec<u8>>,
    /// Requests so far, the first word aside.
    asked: u64,
    is_packing: bool,
    /// How often all parsing was stopped; what began before stops.
    stops: u32,
    removed: HashSet<SourceId>,
}

/// As many as are in use at once: a worker has two stretches at hand.
const SPARE_BUFFERS: usize = 2;

type Shared = Rc<RefCell<State>>;

/// An answer and what travels beside it.
type Answered = Result<(FromWorker, JsValue), Fault>;

/// Listens for requests; returns at once.
pub fn serve() {
    // Invariant: this program only ever runs in a dedicated worker.
    let scope: DedicatedWorkerGlobalScope = js_sys::global().unchecked_into();
    let state = Shared::default();
    let on_message = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
        if let Some((request, attachment)) = unpack::<Request>(&event.data()) {
            spawn_local(respond(state.clone(), request, attachment));
        }
    });
    scope.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
    on_message.forget();
    reply(0, Ok((FromWorker::Ready { build: BUILD.to_string() }, JsValue::UNDEFINED)));
}

fn reply(ticket: u32, answered: Answered) {
    let (answer, attachment) = match answered {
        Ok((answer, attachment)) => (Ok(answer), attachment),
        Err(fault) => (Err(fault), JsValue::UNDEFINED),
    };
    let (message, transfers) = pack(&Reply { ticket, answer }, &attachment);
    let scope: DedicatedWorkerGlobalScope = js_sys::global().unchecked_into();
    if scope.post_message_with_transfer(&message, &transfers).is_err() {
        // The only failure is a detached buffer, which would be a defect of ours: say so where it shows.
        wasm_bindgen::throw_str("a reply could not be posted");
    }
}

async fn respond(state: Shared, request: Request, attachment: JsValue) {
    let ticket = request.ticket;
    reply(ticket, answer(state, ticket, request.ask, attachment).await);
}

/// Work that may wait for the browser. A future of its own for each kind: browsers compile anew what is gone through
/// often, and one program for all of them took a worker's core for a fifth of a second in the midst of a load.
type Work = Pin<Box<dyn Future<Output = Answered>>>;

fn answer(state: Shared, ticket: u32, ask: ToWorker, attachment: JsValue) -> Work {
    state.borrow_mut().asked += u64::from(!matches!(ask, ToWorker::Hello { .. }));
    match ask {
        ToWorker::Hello { worker, workers } => {
            {
                let mut state = state.borrow_mut();
                (state.worker, state.workers, state.owners) = (worker, workers, (0..workers).collect());
            }
            // The workers share their code: one warms it for all.
            if worker == 0 {
                spawn_local(warm_up::warm_up(state));
            }
            Box::pin(ready(plain(FromWorker::Done)))
        }
        ToWorker::Probe => {
            Box::pin(async move { plain(FromWorker::Probed(ingest::probe(texts::file(attachment)?).await?)) })
        }
        ToWorker::ParseStretch { source, source_name, text_start, start, end, shape } => Box::pin(async move {
            let stretch = Stretch { text_start, start, end };
            let file = texts::file(attachment)?;
            plain(ingest::parse_stretch(&state, ticket, (source, source_name), stretch, shape, file).await?)
        }),
        ToWorker::ParsePiece { source, source_name, start, end, shape } => Box::pin(async move {
            let file = texts::file(attachment)?;
            ingest::parse_piece(&state, (source, source_name), (start, end), &shape, file).await
        }),
        ToWorker::ParseText { source, source_name, start, shape } => {
            Box::pin(ready(ingest::parse_text(&state, (source, source_name), start, &shape, &attachment)))
        }
        ToWorker::StageLines { source, source_name, piece, want } => {
            Box::pin(ready(lines::stage(&state, (source, source_name), piece, want, &attachment)))
        }
        ToWorker::WriteLines { source_name, want, local, format } => {
            Box::pin(ready(lines::write(source_name, want, &local, &format, &attachment)))
        }
        ToWorker::Feed { path, unpack } => Box::pin(ready(open_feed(&state, ticket, path, unpack, attachment))),
        ToWorker::FeedNext { feed } => Box::pin(async move { feed::next(&state, feed).await }),
        ToWorker::FeedSkip { feed, members } => {
            state.borrow().feeds.get(&feed).into_iter().for_each(|slot| slot.skip(members));
            Box::pin(ready(plain(FromWorker::Done)))
        }
        ToWorker::FeedStop { feed } => {
            state.borrow_mut().feeds.remove(&feed);
            Box::pin(ready(plain(FromWorker::Done)))
        }
        ToWorker::Scan { texts } => Box::pin(async move { plain(scan::scan(&state, ticket, texts).await?) }),
        ToWorker::FindEvent(identity) => {
            Box::pin(async move { plain(FromWorker::Found(lookup::find_event(&state, identity).await?)) })
        }
        ToWorker::Detail { row } => Box::pin(async move { plain(lookup::detail(&state, row).await?) }),
        ToWorker::Records { rows } => Box::pin(async move { lookup::records(&state, &rows).await }),
        ToWorker::Skipped { source, start, first, limit } => {
            Box::pin(async move { plain(lookup::skipped(&state, source, start, first, limit).await?) })
        }
        // These two come with every piece.
        ToWorker::Dedup => {
            Box::pin(ready(plain(FromWorker::Duplicates(state.borrow_mut().seen.take_new(&attachment)))))
        }
        ToWorker::MarkDuplicates { rows } => Box::pin(ready(plain(state.borrow_mut().mark_duplicates(&rows)))),
        at_once => Box::pin(ready(answer_at_once(&mut state.borrow_mut(), at_once, &attachment))),
    }
}

fn plain(answer: FromWorker) -> Answered {
    Ok((answer, JsValue::UNDEFINED))
}

fn open_feed(state: &Shared, ticket: u32, path: String, unpack: bool, file: JsValue) -> Answered {
    let feed = feed::Feed::open(texts::file(file)?, path, unpack);
    state.borrow_mut().feeds.insert(ticket, Rc::new(feed::Slot::new(feed)));
    plain(FromWorker::Done)
}

/// What needs no text and so no waiting. Not inlined, as `answer` is gone through often.
#[inline(never)]
fn answer_at_once(state: &mut State, ask: ToWorker, attachment: &JsValue) -> Answered {
    let State { store, engine, worker, owners, .. } = state;
    let worker = *worker;
    let answer = match ask {
        ToWorker::AdmitStaged { source, piece, start } => return state.admit(source, piece, start),
        ToWorker::DropStaged { source } => {
            state.staged.retain(|(of, _), _| *of != source);
            FromWorker::Done
        }
        ToWorker::Pair { changes } => {
            store.pair(&changes);
            engine.data_changed();
            FromWorker::Done
        }
        ToWorker::Identities => {
            let buffers = dedup::all_by_owner(store, owners);
            return Ok((FromWorker::Done, buffers));
        }
        ToWorker::StopParsing => {
            state.stops += 1;
            FromWorker::Done
        }
        ToWorker::Remove { source } => {
            state.removed.insert(source);
            state.remove(source);
            FromWorker::Done
        }
        ToWorker::Owners { owners } => {
            state.owners = owners;
            state.forget_identities();
            FromWorker::Done
        }
        ToWorker::Answer(question) => {
            engine.scans.retain(&question.filter.texts());
            FromWorker::Partial(engine.answer(store, &question, worker))
        }
        ToWorker::OneFacet { filter, window, ask } => FromWorker::Facet(engine.one_facet(store, &filter, window, &ask)),
        ToWorker::CountValues { filter, window, field, values } => {
            FromWorker::Counts(engine.count_values(store, &filter, window, field, &values))
        }
        ToWorker::Samples { selection, samples } => {
            let (rows, step, keys) = engine.samples(store, &selection, samples, worker);
            FromWorker::Samples { rows, step, keys }
        }
        ToWorker::Keys { selection, first, limit } => {
            FromWorker::Keys(engine.keys(store, &selection, first, limit, worker))
        }
        ToWorker::Rank { selection, key } => {
            let (before, own) = engine.rank(store, &selection, &key, worker);
            FromWorker::Rank { before, own }
        }
        ToWorker::KeyOf { row, selection } => {
            FromWorker::KeyOf(crate::query::rows::row_key(store, worker, row, selection.sort))
        }
        ToWorker::Rows { ids, table } => FromWorker::Rows(engine.table_rows(store, &ids, &table)),
        ToWorker::Coverage(grid) => FromWorker::Coverage(count::part(store, &grid)),
        ToWorker::Repeats { slice, slices } => FromWorker::Repeats(count::repeats(store, slice, slices)),
        ToWorker::Originals { repeats } => FromWorker::Originals(count::originals(store, &repeats)),
        ToWorker::FoundInStarts { found } => {
            if engine.scans.set_starts(found) {
                engine.data_changed();
            }
            FromWorker::Done
        }
        ToWorker::HoldTexts { holder, texts } => {
            engine.scans.hold(holder, texts);
            FromWorker::Done
        }
        ToWorker::CancelScan => {
            state.scan_cancelled = true;
            FromWorker::Done
        }
        ToWorker::Live(ask) => {
            let body =
                if attachment.is_undefined() { Vec::new() } else { js_sys::Uint8Array::new(attachment).to_vec() };
            FromWorker::Live(state.live.answer(ask, &body))
        }
        ToWorker::GlanceLines { want } => {
            FromWorker::Glanced(page::glance(&js_sys::Uint8Array::new(attachment).to_vec(), want))
        }
        // `answer` handles the others.
        _ => FromWorker::Done,
    };
    Ok((answer, JsValue::UNDEFINED))
}

impl State {
    /// Whether parsing that began when `stops` was so may go on.
    fn is_wanted_still(&self, source: SourceId, stops: u32) -> bool {
        self.stops == stops && !self.removed.contains(&source)
    }

    fn take_buffer(&mut self) -> Vec<u8> {
        self.spares.pop().unwrap_or_default()
    }

    fn give_back(&mut self, buffer: Vec<u8>) {
        if self.spares.len() < SPARE_BUFFERS {
            self.spares.push(buffer);
        }
    }

    fn mark_duplicates(&mut self, rows: &[u32]) -> FromWorker {
        self.engine.data_changed();
        FromWorker::Marked(dedup::mark(&mut self.store, rows))
    }

    fn remove(&mut self, source: u16) {
        self.store.remove_source(source);
        self.forget_identities();
        self.texts.keep_only(&self.store.segments().iter().map(|segment| segment.text).collect());
        // What is kept aside names values by the dictionaries' numbers.
        if self.store.segments().is_empty() && self.staged.is_empty() {
            self.store = self.store.begun_anew();
            self.engine.data_cleared();
        }
    }

    fn forget_identities(&mut self) {
        self.seen.clear();
        for segment in self.store.segments_mut() {
            segment.clear_duplicates();
        }
        self.engine.data_changed();
    }
}
