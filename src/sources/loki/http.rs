//! Asking Loki over HTTP from the page: a few requests at once, again when that may help, given
//! up when told to.

use super::connection::Connection;
use super::failure::{Failure, Reply, sift, unreadable};
use super::queue::{MOST_AT_ONCE, Queue, Ticket};
use super::retry::{Policy, retry_after_millis};
use crate::worker::loki::answer::Broken;
use crate::worker::loki::page::NoPage;
use futures_channel::oneshot;
use futures_util::future::{Either, select};
use gloo_net::http::{Request, RequestBuilder};
use js_sys::{ArrayBuffer, Uint8Array};
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortController, UrlSearchParams};

/// Cockpit gives a query one minute; a page of lines may then take a while to arrive.
const PATIENCE_MILLIS: u64 = 120_000;

/// Longer URLs than this go as a form: proxies often stop at 8 KiB.
const LONGEST_URL: usize = 4_000;

/// An answer whose body is still the browser's: to be read here, or handed to a worker.
pub struct Unread {
    status: u16,
    content_type: String,
    retry_after_millis: Option<u64>,
    body: ArrayBuffer,
}

impl Unread {
    pub fn read(&self) -> Answer {
        Answer {
            status: self.status,
            content_type: self.content_type.clone(),
            retry_after_millis: self.retry_after_millis,
            body: Uint8Array::new(&self.body).to_vec(),
        }
    }

    /// The body if it may be a page of lines; an error of any kind is read here.
    pub fn lines_body(&self) -> Result<&ArrayBuffer, Failure> {
        let head_length = self.body.byte_length().min(HEAD_BYTES);
        let head = Uint8Array::new_with_byte_offset_and_length(&self.body, 0, head_length).to_vec();
        let reply = Reply { body: &head, ..self.without_body() };
        // A head of white space alone does not tell.
        match sift(reply) {
            Ok(_) if !head.trim_ascii().is_empty() => Ok(&self.body),
            _ => sift(self.read().reply()).map(|_| &self.body),
        }
    }

    /// What a worker found in the place of a page of lines.
    pub fn failure(&self, no_page: &NoPage) -> Failure {
        match no_page.broken {
            Broken::CutOff => Failure::CutOff { bytes: no_page.bytes as usize },
            broken => unreadable(Reply { body: &no_page.start, ..self.without_body() }, broken),
        }
    }

    fn without_body(&self) -> Reply<'_> {
        Reply {
            status: self.status,
            content_type: &self.content_type,
            retry_after_millis: self.retry_after_millis,
            body: &[],
        }
    }
}

/// Enough of a body to tell an answer from a web page.
const HEAD_BYTES: u32 = 1 << 10;

/// A client's answer, owned.
pub struct Answer {
    status: u16,
    content_type: String,
    retry_after_millis: Option<u64>,
    body: Vec<u8>,
}

impl Answer {
    pub fn reply(&self) -> Reply<'_> {
        Reply {
            status: self.status,
            content_type: &self.content_type,
            retry_after_millis: self.retry_after_millis,
            body: &self.body,
        }
    }
}

/// Gives up everything that was asked with it. Cheap to clone.
#[derive(Clone, Default)]
pub struct Cancel(Rc<CancelState>);

#[derive(Default)]
struct CancelState {
    cancelled: Cell<bool>,
    running: RefCell<Vec<(u64, AbortController)>>,
    next: Cell<u64>,
}

impl Cancel {
    pub fn cancel(&self) {
        self.0.cancelled.set(true);
        for (_, controller) in self.0.running.take() {
            controller.abort();
        }
    }

    pub fn is_cancelled(&self) -> bool {
        self.0.cancelled.get()
    }

    fn add(&self, controller: AbortController) -> u64 {
        let number = self.0.next.get();
        self.0.next.set(number + 1);
        self.0.running.borrow_mut().push((number, controller));
        number
    }

    fn remove(&self, number: u64) {
        self.0.running.borrow_mut().retain(|(of, _)| *of != number);
    }
}

/// What a client is waiting for, to be shown.
#[derive(Debug, Clone, PartialEq)]
pub struct Waiting {
    pub failure: Failure,
    pub wait_millis: u64,
    /// From 1: the one that comes next.
    pub attempt: u32,
}

/// Asks one Loki. Cheap to clone.
#[derive(Clone)]
pub struct Client(Rc<State>);

struct State {
    connection: Connection,
    queue: RefCell<Queue>,
    waiting: RefCell<HashMap<Ticket, oneshot::Sender<()>>>,
    requests: Cell<u64>,
    on_waiting: RefCell<Box<dyn Fn(Option<Waiting>)>>,
}

/// A place among the few that may ask at once; leaves it when dropped.
struct Slot {
    client: Client,
    ticket: Ticket,
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.client.0.queue.borrow_mut().leave(self.ticket);
        self.client.0.waiting.borrow_mut().remove(&self.ticket);
        self.client.start_waiting();
    }
}

impl Client {
    pub fn new(connection: Connection) -> Client {
        Client(Rc::new(State {
            connection,
            queue: RefCell::new(Queue::new(MOST_AT_ONCE)),
            waiting: RefCell::default(),
            requests: Cell::new(0),
            on_waiting: RefCell::new(Box::new(|_| ())),
        }))
    }

    pub fn connection(&self) -> &Connection {
        &self.0.connection
    }

    /// Requests sent so far.
    pub fn requests(&self) -> u64 {
        self.0.requests.get()
    }

    /// Called when a request waits to be asked again, and with `None` when it is on its way.
    pub fn on_waiting(&self, call: impl Fn(Option<Waiting>) + 'static) {
        *self.0.on_waiting.borrow_mut() = Box::new(call);
    }

    /// Asks, and again by the policy while that may help; `parse` belongs to it, for an answer
    /// that breaks off shows only there.
    pub async fn ask<T>(
        &self,
        path: &str,
        params: &[(&str, String)],
        policy: Policy,
        cancel: &Cancel,
        mut parse: impl FnMut(&Answer) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        self.ask_unread(path, params, policy, cancel, async |answer: Unread| parse(&answer.read())).await
    }

    /// The same for a `take` that has the body read elsewhere.
    pub async fn ask_unread<T>(
        &self,
        path: &str,
        params: &[(&str, String)],
        policy: Policy,
        cancel: &Cancel,
        mut take: impl AsyncFnMut(Unread) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let mut attempts = 0;
        loop {
            wait_until_online(cancel).await?;
            attempts += 1;
            let outcome = match self.once(path, params, cancel).await {
                Ok(answer) => take(answer).await,
                Err(failure) => Err(failure),
            };
            let failure = match outcome {
                Ok(value) => return Ok(value),
                Err(failure) => failure,
            };
            if cancel.is_cancelled() {
                return Err(Failure::Cancelled);
            }
            let Some(wait_millis) = policy.wait_millis(&failure, attempts, js_sys::Math::random()) else {
                return Err(failure);
            };
            self.say(Some(Waiting { failure, wait_millis, attempt: attempts + 1 }));
            let slept = sleep_unless(wait_millis, cancel).await;
            self.say(None);
            slept?;
        }
    }

    /// One request, when its turn comes.
    pub async fn once(&self, path: &str, params: &[(&str, String)], cancel: &Cancel) -> Result<Unread, Failure> {
        let _slot = self.slot().await?;
        if cancel.is_cancelled() {
            return Err(Failure::Cancelled);
        }
        self.0.requests.set(self.0.requests.get() + 1);
        let controller = AbortController::new().map_err(|_| Failure::NoAnswer)?;
        let number = cancel.add(controller.clone());
        let fetched = self.fetch(path, params, &controller);
        let patience = sleep_millis(PATIENCE_MILLIS);
        let outcome = match select(Box::pin(fetched), Box::pin(patience)).await {
            Either::Left((outcome, _)) => outcome,
            Either::Right(_) => {
                controller.abort();
                Err(Failure::TimedOut { after_millis: PATIENCE_MILLIS })
            }
        };
        cancel.remove(number);
        if cancel.is_cancelled() { Err(Failure::Cancelled) } else { outcome }
    }

    async fn fetch(&self, path: &str, params: &[(&str, String)], abort: &AbortController) -> Result<Unread, Failure> {
        let form = UrlSearchParams::new().map_err(|_| Failure::NoAnswer)?;
        for (name, value) in params {
            form.append(name, value);
        }
        let url = self.0.connection.endpoint(path);
        let text = String::from(form.to_string());
        let prepared = |request: RequestBuilder| {
            let request = request.abort_signal(Some(&abort.signal())).cache(web_sys::RequestCache::NoStore);
            // A page's cookies are nobody's business, but a proxy on its own site may want them.
            let request = match self.0.connection.address.base.is_empty() {
                true => request,
                false => request.credentials(web_sys::RequestCredentials::Omit),
            };
            match self.0.connection.header() {
                Some((name, value)) => request.header(name, &value),
                None => request,
            }
        };
        let request = if url.len() + text.len() > LONGEST_URL {
            prepared(Request::post(&url)).body(JsValue::from(form))
        } else {
            prepared(Request::get(&format!("{url}?{text}"))).build()
        };
        // A header value that is no header value is the user's token mistyped.
        let request = request.map_err(|_| Failure::Refused {
            status: 401,
            message: "the token holds characters that no header may carry".to_string(),
            retry_after_millis: None,
        })?;
        let response = request.send().await.map_err(|_| Failure::NoAnswer)?;
        let header = |name: &str| response.headers().get(name).unwrap_or_default();
        let (status, content_type) = (response.status(), header("Content-Type"));
        let retry_after_millis = retry_after_millis(&header("Retry-After"), js_sys::Date::now() as i64);
        let cut_off = |_| Failure::CutOff { bytes: 0 };
        let body = web_sys::Response::from(response).array_buffer().map_err(cut_off)?;
        let body = JsFuture::from(body).await.map_err(cut_off)?.unchecked_into();
        Ok(Unread { status, content_type, retry_after_millis, body })
    }

    async fn slot(&self) -> Result<Slot, Failure> {
        let (turn, comes) = oneshot::channel();
        let ticket = self.0.queue.borrow_mut().enter();
        self.0.waiting.borrow_mut().insert(ticket, turn);
        let slot = Slot { client: self.clone(), ticket };
        self.start_waiting();
        // Dropped by `overtake`: a later question took the place.
        comes.await.map_err(|_| Failure::Cancelled)?;
        Ok(slot)
    }

    fn start_waiting(&self) {
        let started = self.0.queue.borrow_mut().start();
        for ticket in started {
            let turn = self.0.waiting.borrow_mut().remove(&ticket);
            if let Some(turn) = turn {
                // Nobody waits any more: its slot is being dropped and leaves the queue itself.
                let _gone = turn.send(());
            }
        }
    }

    fn say(&self, waiting: Option<Waiting>) {
        (self.0.on_waiting.borrow())(waiting);
    }
}

/// Sleeps in the page's event loop.
pub async fn sleep_millis(millis: u64) {
    let millis = i32::try_from(millis).unwrap_or(i32::MAX);
    let timer = js_sys::Promise::new(&mut |wake, _| {
        // Without a window there is no timer, and the sleeper goes on at once.
        let set =
            web_sys::window().map(|window| window.set_timeout_with_callback_and_timeout_and_arguments_0(&wake, millis));
        if !matches!(set, Some(Ok(_))) {
            let _woken = wake.call0(&JsValue::UNDEFINED);
        }
    });
    // It never rejects.
    let _fired = JsFuture::from(timer).await;
}

const BLINK_MILLIS: u64 = 200;

/// Sleeps unless cancelled meanwhile.
pub async fn sleep_unless(millis: u64, cancel: &Cancel) -> Result<(), Failure> {
    let mut left = millis;
    while left > 0 && !cancel.is_cancelled() {
        let nap = left.min(BLINK_MILLIS);
        sleep_millis(nap).await;
        left -= nap;
    }
    if cancel.is_cancelled() { Err(Failure::Cancelled) } else { Ok(()) }
}

/// Offline is not a failure to be counted: the page goes on when the network is back.
async fn wait_until_online(cancel: &Cancel) -> Result<(), Failure> {
    while is_offline() {
        sleep_unless(BLINK_MILLIS, cancel).await?;
    }
    Ok(())
}

/// As far as the browser knows.
pub fn is_offline() -> bool {
    web_sys::window().is_some_and(|window| !window.navigator().on_line())
}
