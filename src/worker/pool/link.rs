//! The workers themselves: started, spoken to by ticket, mourned.

use super::super::message::{pack, unpack};
use super::super::progress::Fault;
use super::super::protocol::{BUILD, FromWorker, Parsed, Reply, Request, ToWorker};
use futures_channel::oneshot;
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{MessageEvent, Worker, WorkerOptions, WorkerType};

/// More workers than this only share out the same disk.
const MAX_WORKERS: usize = 8;

pub type Answered = Result<(FromWorker, JsValue), Fault>;

/// What the link tells of its own accord.
pub trait Listener {
    fn scan_progress(&self, worker: usize, bytes_done: u64, bytes_total: u64);
    fn worker_died(&self, worker: usize, reason: &str);
}

pub struct Links {
    workers: RefCell<Vec<Link>>,
    tickets: Cell<u32>,
    waiting: RefCell<HashMap<u32, Waiting>>,
}

/// Somebody who waits for a reply.
struct Waiting {
    worker: usize,
    sender: oneshot::Sender<Answered>,
    on_piece: Option<OnPiece>,
}

/// Hears of each piece that is parsed before the reply comes.
pub type OnPiece = Rc<dyn Fn(Parsed, JsValue)>;

struct Link {
    worker: Worker,
    /// Resolves when the worker's first message came; what is sent earlier would be lost.
    ready: Rc<RefCell<Ready>>,
    alive: Cell<bool>,
}

enum Ready {
    NotYet(Vec<(js_sys::Array, js_sys::Array)>),
    Yes,
}

impl Links {
    pub fn new() -> Links {
        Links { workers: RefCell::default(), tickets: Cell::new(1), waiting: RefCell::default() }
    }

    pub fn count(&self) -> usize {
        self.workers.borrow().len()
    }

    pub fn alive(&self) -> Vec<usize> {
        let workers = self.workers.borrow();
        (0..workers.len()).filter(|&at| workers[at].alive.get()).collect()
    }

    /// Starts as many workers as there are cores, unless they run already.
    pub fn start(self: &Rc<Self>, listener: Rc<dyn Listener>) -> Result<(), Fault> {
        if self.count() > 0 {
            return Ok(());
        }
        let cores = web_sys::window().map_or(1.0, |window| window.navigator().hardware_concurrency());
        let count = (cores as usize).clamp(1, MAX_WORKERS);
        for at in 0..count {
            let link = self.spawn(at, listener.clone()).map_err(|error| cannot_start(&error))?;
            self.workers.borrow_mut().push(link);
        }
        for at in 0..count {
            drop(self.call(at, ToWorker::Hello { worker: at as u8, workers: count as u8 }, &JsValue::UNDEFINED));
        }
        Ok(())
    }

    fn spawn(self: &Rc<Self>, at: usize, listener: Rc<dyn Listener>) -> Result<Link, JsValue> {
        let options = WorkerOptions::new();
        options.set_type(WorkerType::Module);
        let worker = Worker::new_with_options(&format!("./worker_loader.js?v={BUILD}"), &options)?;
        let ready = Rc::new(RefCell::new(Ready::NotYet(Vec::new())));
        let on_message = {
            let (links, ready, worker, listener) = (self.clone(), ready.clone(), worker.clone(), listener.clone());
            Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
                if let Some((reply, attachment)) = unpack::<Reply>(&event.data()) {
                    links.receive(at, reply, attachment, &ready, &worker, &*listener);
                }
            })
        };
        worker.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        on_message.forget();
        let on_error = {
            let links = self.clone();
            Closure::<dyn FnMut(web_sys::Event)>::new(move |event: web_sys::Event| {
                event.prevent_default();
                let message = event.dyn_ref::<web_sys::ErrorEvent>().map(web_sys::ErrorEvent::message);
                links.bury(at, &message.unwrap_or_default(), &*listener);
            })
        };
        worker.set_onerror(Some(on_error.as_ref().unchecked_ref()));
        on_error.forget();
        Ok(Link { worker, ready, alive: Cell::new(true) })
    }

    fn receive(
        &self,
        at: usize,
        reply: Reply,
        attachment: JsValue,
        ready: &RefCell<Ready>,
        worker: &Worker,
        listener: &dyn Listener,
    ) {
        match reply.answer {
            Ok(FromWorker::Ready { build }) if build != BUILD => self.bury(at, "it is of another version", listener),
            Ok(FromWorker::Ready { .. }) => {
                if let Ready::NotYet(kept) = ready.replace(Ready::Yes) {
                    kept.iter().for_each(|(message, transfers)| post(worker, message, transfers));
                }
            }
            Ok(FromWorker::ScanProgress { bytes_done, bytes_total }) => {
                listener.scan_progress(at, bytes_done, bytes_total);
            }
            Ok(FromWorker::Parsed(parsed)) => {
                let on_piece = self.waiting.borrow().get(&reply.ticket).and_then(|waiting| waiting.on_piece.clone());
                match on_piece {
                    Some(on_piece) => on_piece(parsed, attachment),
                    None => self.answered(reply.ticket, Ok((FromWorker::Parsed(parsed), attachment))),
                }
            }
            answer => self.answered(reply.ticket, answer.map(|answer| (answer, attachment))),
        }
    }

    fn answered(&self, ticket: u32, answered: Answered) {
        if let Some(waiting) = self.waiting.borrow_mut().remove(&ticket) {
            // Nobody waits any more when the asker was dropped: nothing is lost.
            let _ = waiting.sender.send(answered);
        }
    }

    /// A worker that threw is in no known state: it is ended, and all who wait for it are told.
    fn bury(&self, at: usize, reason: &str, listener: &dyn Listener) {
        {
            let workers = self.workers.borrow();
            let Some(link) = workers.get(at).filter(|link| link.alive.replace(false)) else { return };
            link.worker.terminate();
        }
        let mut waiting = self.waiting.borrow_mut();
        let orphans: Vec<Waiting> =
            waiting.extract_if(|_, waiting| waiting.worker == at).map(|(_, orphan)| orphan).collect();
        drop(waiting);
        listener.worker_died(at, reason);
        for orphan in orphans {
            let _ = orphan.sender.send(Err(died(at, reason)));
        }
    }

    /// Asks a worker; the reply's attachment comes with it. Also gives the ticket.
    pub fn call(
        &self,
        at: usize,
        ask: ToWorker,
        attachment: &JsValue,
    ) -> (u32, impl Future<Output = Answered> + use<>) {
        self.call_telling(at, ask, attachment, None)
    }

    /// The same for work in pieces.
    pub fn call_telling(
        &self,
        at: usize,
        ask: ToWorker,
        attachment: &JsValue,
        on_piece: Option<OnPiece>,
    ) -> (u32, impl Future<Output = Answered> + use<>) {
        let ticket = self.tickets.get();
        self.tickets.set(ticket + 1);
        let (sender, receiver) = oneshot::channel();
        let workers = self.workers.borrow();
        match workers.get(at).filter(|link| link.alive.get()) {
            None => drop(sender),
            Some(link) => {
                self.waiting.borrow_mut().insert(ticket, Waiting { worker: at, sender, on_piece });
                let (message, transfers) = pack(&Request { ticket, ask }, attachment);
                match &mut *link.ready.borrow_mut() {
                    Ready::Yes => post(&link.worker, &message, &transfers),
                    Ready::NotYet(kept) => kept.push((message, transfers)),
                }
            }
        }
        (ticket, async move { receiver.await.unwrap_or_else(|_| Err(died(at, ""))) })
    }
}

fn post(worker: &Worker, message: &js_sys::Array, transfers: &js_sys::Array) {
    // Fails only for what cannot be cloned; messages hold bytes, Blobs and buffers alone.
    let _ = worker.post_message_with_transfer(message, transfers);
}

pub fn died(worker: usize, reason: &str) -> Fault {
    let because = if reason.is_empty() { String::new() } else { format!(" ({reason})") };
    let memory = reason.contains("memory") || reason.contains("unreachable");
    Fault {
        what_happened: format!("Worker {} stopped{because}.", worker + 1),
        what_it_means: "The events it held are no longer counted or listed; those of the other workers are."
            .to_string(),
        what_to_do: match memory {
            true => "Memory may have run out: close other tabs, or open fewer files at once. Reload the page to start afresh.",
            false => "Reload the page and open the files again; if it happens again, the file holds something that breaks the reader: please report it.",
        }
        .to_string(),
    }
}

fn cannot_start(error: &JsValue) -> Fault {
    Fault {
        what_happened: "The page's workers could not be started.".to_string(),
        what_it_means: format!("Nothing can be read without them. The browser says: {error:?}"),
        what_to_do: "Serve the page over http or https (a file:// address forbids workers), then reload it."
            .to_string(),
    }
}
