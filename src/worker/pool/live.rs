//! The rows of a live window, which one of the workers holds, and what is new in it.

use super::super::loki::page::{Glance, NoPage, Want};
use super::super::progress::Fault;
use super::super::protocol::{FromWorker, LiveAnswer, LiveAsk, Pushed, ToWorker};
use super::Pool;
use super::page::unexpected;
use crate::query::answer::{Detail, EventIdentity, Row, RowId};
use crate::query::question::{Filter, TableAsk};
use js_sys::ArrayBuffer;
use wasm_bindgen::JsValue;

/// Rows that were begun, in the worker that holds them.
pub struct LiveHandle {
    pool: Pool,
    worker: usize,
}

impl Pool {
    /// Begins a live window's rows anew; those of the window before are dropped.
    pub async fn begin_live(&self, source_name: String) -> Result<LiveHandle, Fault> {
        self.start_workers()?;
        // All ended: the call says so.
        let worker = self.0.links.alive().first().copied().unwrap_or_default();
        let rows = LiveHandle { pool: self.clone(), worker };
        match rows.call(LiveAsk::Begin { source_name }, &JsValue::UNDEFINED).await? {
            LiveAnswer::Begun => Ok(rows),
            _ => Err(unexpected()),
        }
    }

    /// Which lines of an answer are new; its body is transferred.
    pub async fn glance(&self, body: &ArrayBuffer, want: Want) -> Result<Result<Glance, NoPage>, Fault> {
        self.start_workers()?;
        // As above.
        let worker = self.0.links.alive().first().copied().unwrap_or_default();
        match self.0.links.call(worker, ToWorker::GlanceLines { want }, body).1.await? {
            (FromWorker::Glanced(glance), _) => Ok(glance),
            _ => Err(unexpected()),
        }
    }
}

impl LiveHandle {
    async fn call(&self, ask: LiveAsk, attachment: &JsValue) -> Result<LiveAnswer, Fault> {
        match self.pool.0.links.call(self.worker, ToWorker::Live(ask), attachment).1.await? {
            (FromWorker::Live(answer), _) => Ok(answer),
            _ => Err(unexpected()),
        }
    }

    /// Takes the page in that `body` is; it is transferred. `local`: what Loki did not apply.
    pub async fn push(&self, body: &ArrayBuffer, want: Want, local: Filter) -> Result<Result<Pushed, NoPage>, Fault> {
        match self.call(LiveAsk::Push { want, local }, body).await? {
            LiveAnswer::Pushed(pushed) => Ok(pushed),
            _ => Err(unexpected()),
        }
    }

    pub async fn rows(&self, table: TableAsk, first: u64) -> Result<Vec<Row>, Fault> {
        match self.call(LiveAsk::Rows { table, first }, &JsValue::UNDEFINED).await? {
            LiveAnswer::Rows(rows) => Ok(rows),
            _ => Err(unexpected()),
        }
    }

    /// `None`: other rows have been begun since.
    pub async fn detail(&self, id: RowId) -> Result<Option<Detail>, Fault> {
        match self.call(LiveAsk::Detail { row: id.row }, &JsValue::UNDEFINED).await? {
            LiveAnswer::Detail(detail) => Ok(detail.map(|detail| *detail)),
            _ => Err(unexpected()),
        }
    }

    pub async fn find(&self, identity: EventIdentity) -> Result<Option<RowId>, Fault> {
        match self.call(LiveAsk::Find(identity), &JsValue::UNDEFINED).await? {
            LiveAnswer::Found(id) => Ok(id),
            _ => Err(unexpected()),
        }
    }

    pub async fn rank(&self, id: RowId) -> Result<Option<u64>, Fault> {
        match self.call(LiveAsk::Rank { row: id.row }, &JsValue::UNDEFINED).await? {
            LiveAnswer::Rank(rank) => Ok(rank),
            _ => Err(unexpected()),
        }
    }
}
