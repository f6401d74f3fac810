//! Any stretch of the sorted matches, though each worker only knows its own.

use super::super::pieces::lines_before;
use super::super::progress::{Fault, SkippedRecord, SourceId, SourceState};
use super::super::protocol::{FromWorker, ToWorker};
use super::Pool;
use crate::model::TimeRange;
use crate::query::answer::{Detail, EventIdentity, Row, RowId, StartRecord};
use crate::query::partial::{KeyedRow, RowKey, Selection, seek};
use crate::query::question::{Filter, TableAsk};
use futures_util::future::join_all;
use std::collections::HashMap;
use wasm_bindgen::JsValue;

/// Keys that each worker gives of its order: a stretch is found to within a step of each.
const SAMPLES: u64 = 2048;

/// Evenly spaced keys of each worker, good while selection and data stay as they are.
#[derive(Clone)]
pub struct Sampled {
    selection: Selection,
    /// Of the data, and of what was found in its text.
    version: (u64, u64),
    workers: Vec<usize>,
    pub rows: u64,
    steps: Vec<u64>,
    keys: Vec<Vec<RowKey>>,
}

impl Pool {
    pub(super) async fn sampled(&self, selection: &Selection) -> Result<Sampled, Fault> {
        self.regathered().await;
        let version = (self.0.data_version.get(), self.0.searches.get());
        let known = self.0.samples.borrow().clone();
        if let Some(known) = known.filter(|s| s.version == version && s.selection == *selection) {
            return Ok(known);
        }
        let mut sampled = Sampled {
            selection: selection.clone(),
            version,
            workers: Vec::new(),
            rows: 0,
            steps: Vec::new(),
            keys: Vec::new(),
        };
        let asked = self.call_all(|_| ToWorker::Samples { selection: selection.clone(), samples: SAMPLES });
        let (workers, answers): (Vec<usize>, Vec<_>) = asked.into_iter().unzip();
        for (worker, answered) in workers.into_iter().zip(join_all(answers).await) {
            if let (FromWorker::Samples { rows, step, keys }, _) = answered? {
                sampled.workers.push(worker);
                sampled.rows += rows;
                sampled.steps.push(step);
                sampled.keys.push(keys);
            }
        }
        *self.0.samples.borrow_mut() = Some(sampled.clone());
        Ok(sampled)
    }

    /// The ids at ranks `first..first + limit` of a selection, in order.
    pub(super) async fn ids(&self, selection: &Selection, first: u64, limit: u64) -> Result<Vec<RowId>, Fault> {
        let sampled = self.sampled(selection).await?;
        let descending = selection.sort.descending;
        let (ranks, over) = seek(&sampled.keys, &sampled.steps, first, descending);
        let asked = sampled.workers.iter().zip(ranks).map(|(&worker, rank)| {
            let ask = ToWorker::Keys { selection: selection.clone(), first: rank, limit: over + limit };
            self.0.links.call(worker, ask, &JsValue::UNDEFINED).1
        });
        let mut keys = Vec::new();
        for answered in join_all(asked.collect::<Vec<_>>()).await {
            if let (FromWorker::Keys(part), _) = answered? {
                keys.extend(part);
            }
        }
        keys.sort_by(|a, b| a.compare(b, descending));
        Ok(keys.into_iter().skip(over as usize).take(limit as usize).map(|key| key.id).collect())
    }

    pub(super) async fn rows_of(&self, ids: &[RowId], table: &TableAsk) -> Result<Vec<Row>, Fault> {
        let mut by_worker: HashMap<u8, Vec<RowId>> = HashMap::new();
        ids.iter().for_each(|id| by_worker.entry(id.worker).or_default().push(*id));
        let asked = by_worker.into_iter().map(|(worker, ids)| {
            let ask = ToWorker::Rows { ids, table: table.clone() };
            self.0.links.call(usize::from(worker), ask, &JsValue::UNDEFINED).1
        });
        let mut rows: Vec<KeyedRow> = Vec::new();
        for answered in join_all(asked.collect::<Vec<_>>()).await {
            if let (FromWorker::Rows(part), _) = answered? {
                rows.extend(part);
            }
        }
        let order: HashMap<RowId, usize> = ids.iter().enumerate().map(|(at, id)| (*id, at)).collect();
        rows.sort_by_key(|keyed| order.get(&keyed.row.id).copied());
        Ok(rows.into_iter().map(|keyed| keyed.row).collect())
    }

    pub(super) async fn page(
        &self,
        filter: Filter,
        window: Option<TimeRange>,
        table: TableAsk,
        first: u64,
    ) -> Result<Vec<Row>, Fault> {
        let selection = Selection { filter, window, sort: table.sort };
        let ids = self.ids(&selection, first, u64::from(table.limit)).await?;
        self.rows_of(&ids, &table).await
    }

    pub(super) async fn rank(
        &self,
        filter: Filter,
        window: Option<TimeRange>,
        table: TableAsk,
        id: RowId,
    ) -> Result<Option<u64>, Fault> {
        let selection = Selection { filter, window, sort: table.sort };
        let ask = ToWorker::KeyOf { row: id.row, selection: selection.clone() };
        let answered = self.0.links.call(usize::from(id.worker), ask, &JsValue::UNDEFINED).1.await?;
        let (FromWorker::KeyOf(Some(key)), _) = answered else { return Ok(None) };
        let asked = self.call_all(|_| ToWorker::Rank { selection: selection.clone(), key: key.clone() });
        let (mut rank, mut matches) = (0, false);
        for answered in join_all(asked.into_iter().map(|(_, answered)| answered)).await {
            if let (FromWorker::Rank { before, own }, _) = answered? {
                rank += before;
                matches |= own;
            }
        }
        Ok(matches.then_some(rank))
    }

    pub(super) async fn read_detail(&self, id: RowId) -> Result<Detail, Fault> {
        let (mut detail, start) = self.read_row(id).await?;
        if let Some(start) = start {
            let Detail { record, source, line, offset, .. } = self.read_row(start).await?.0;
            detail.start = Some(StartRecord { record, source, line, offset });
        }
        Ok(detail)
    }

    /// A row's own record, and where the other one of its event is.
    async fn read_row(&self, id: RowId) -> Result<(Detail, Option<RowId>), Fault> {
        let asked = self.0.links.call(usize::from(id.worker), ToWorker::Detail { row: id.row }, &JsValue::UNDEFINED);
        match asked.1.await? {
            (FromWorker::Detail { mut detail, piece_start, source, start }, _) => {
                detail.line = self.lines_before(source, piece_start).map_or(0, |lines| lines + detail.line);
                Ok((*detail, start))
            }
            _ => Err(unexpected()),
        }
    }

    /// Lines of a source before a piece, where that is known.
    fn lines_before(&self, source: SourceId, piece_start: u64) -> Option<u64> {
        let status = self.0.status.borrow();
        let is_whole = status.sources.iter().any(|of| of.id == source && of.state == SourceState::Ready);
        lines_before(&self.0.loading.borrow().pieces, source, piece_start, is_whole)
    }

    pub(super) async fn search_identity(&self, identity: EventIdentity) -> Result<Option<RowId>, Fault> {
        let asked = self.call_all(|_| ToWorker::FindEvent(identity.clone()));
        let (mut best, mut fault): (Option<(RowId, bool)>, Option<Fault>) = (None, None);
        for (worker, answered) in asked {
            let answered = answered.await.map_err(|of| fault = Some(of));
            if let Ok((FromWorker::Found(Some((row, counts))), _)) = answered {
                // A duplicate, or a half that is hidden, only where nobody has better.
                if best.is_none_or(|(_, best_counts)| counts && !best_counts) {
                    best = Some((RowId { worker: worker as u8, row }, counts));
                }
            }
        }
        match (best, fault) {
            (None, Some(fault)) => Err(fault),
            (best, _) => Ok(best.map(|(found, _)| self.0.loading.borrow().pairs.event_of(found))),
        }
    }

    pub(super) async fn list_skipped(
        &self,
        source: Option<SourceId>,
        first: u64,
        limit: u32,
    ) -> Result<Vec<SkippedRecord>, Fault> {
        // The stretches of pieces that the page of records spans.
        let mut stretches = Vec::new();
        {
            let mut loading = self.0.loading.borrow_mut();
            loading.pieces.sort_by_key(|piece| (piece.source, piece.start));
            let (mut to_skip, mut wanted) = (first, u64::from(limit));
            for piece in &loading.pieces {
                let counted = source.is_none_or(|source| source == piece.source);
                let held = if counted { u64::from(piece.skipped) } else { 0 };
                let from = to_skip.min(held);
                let take = (held - from).min(wanted);
                if take > 0 {
                    stretches.push((piece.worker, piece.source, piece.start, from as u32, take as u32));
                }
                to_skip -= from;
                wanted -= take;
            }
        }
        let mut records = Vec::new();
        for (worker, source, start, first, limit) in stretches {
            let before = self.lines_before(source, start);
            let ask = ToWorker::Skipped { source, start, first, limit };
            if let (FromWorker::Skipped(part), _) = self.0.links.call(worker, ask, &JsValue::UNDEFINED).1.await? {
                let line = |record: &SkippedRecord| before.map_or(0, |lines| lines + record.line + 1);
                records.extend(part.into_iter().map(|record| SkippedRecord { line: line(&record), ..record }));
            }
        }
        Ok(records)
    }
}

/// Invariant of the protocol: each request has one kind of reply.
pub fn unexpected() -> Fault {
    Fault {
        what_happened: "A worker gave an answer that does not fit the question.".to_string(),
        what_it_means: "The page and its worker may be of different versions.".to_string(),
        what_to_do: "Reload the page without its cache.".to_string(),
    }
}
