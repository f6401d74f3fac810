//! All matching events as one file, gathered a stretch at a time.

use super::super::progress::Fault;
use super::super::protocol::{FromWorker, ToWorker};
use super::{ExportFormat, Pool};
use crate::model::{Field, TimeRange};
use crate::query::answer::RowId;
use crate::query::csv_export;
use crate::query::partial::Selection;
use crate::query::question::{Filter, Sort, TableAsk};
use futures_util::future::join_all;
use js_sys::{Array, Uint8Array};
use std::collections::HashMap;
use std::ops::ControlFlow;
use wasm_bindgen::JsValue;
use web_sys::{Blob, BlobPropertyBag};

const ROWS_AT_ONCE: u64 = 4096;

type Records = HashMap<RowId, Uint8Array>;

/// How much of a file is written.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct ExportProgress {
    /// Written.
    pub events_done: u64,
    /// Gone through: of a live window not all may match.
    pub events_seen: u64,
    pub events_total: u64,
    pub bytes: u64,
}

impl Pool {
    /// `look` is told after each stretch; where it breaks, the file is given up and `Ok(None)` comes.
    pub(super) async fn export_all(
        &self,
        filter: Filter,
        window: Option<TimeRange>,
        format: ExportFormat,
        look: impl Fn(ExportProgress) -> ControlFlow<()>,
    ) -> Result<Option<Blob>, Fault> {
        let sort = Sort { field: Field::Time, descending: false };
        let _held = self.hold_texts(&filter);
        // Whatever comes or goes from here on would be missing, or there twice.
        self.deduped().await;
        let data_version = self.0.data_version.get();
        if !self.scan_texts(&filter).await? {
            return Err(unsearched());
        }
        if self.0.data_version.get() != data_version {
            return Err(overtaken());
        }
        let selection = Selection { filter, window, sort };
        let mut progress = ExportProgress { events_total: self.sampled(&selection).await?.rows, ..Default::default() };
        // Each stretch becomes a Blob, which the browser may hold on disk.
        let parts = export_head(&format);
        while progress.events_done < progress.events_total {
            if look(progress).is_break() {
                return Ok(None);
            }
            let ids = self.ids(&selection, progress.events_done, ROWS_AT_ONCE).await?;
            let is_short = ids.len() as u64 != ROWS_AT_ONCE.min(progress.events_total - progress.events_done);
            let texts = match &format {
                ExportFormat::Ndjson => self.records(&ids).await?,
                ExportFormat::Csv(columns) => {
                    let table = TableAsk { columns: columns.clone(), sort, limit: ROWS_AT_ONCE as u32 };
                    let rows = self.rows_of(&ids, &table).await?;
                    Array::of1(&Uint8Array::from(csv_export::rows(columns, &rows).as_slice()))
                }
            };
            // Events that came or went have moved the others: some would be missing, or there twice.
            if self.0.data_version.get() != data_version {
                return Err(overtaken());
            }
            if is_short {
                return Err(unsearched());
            }
            let part = blob_of(&texts, "")?;
            progress.bytes += part.size() as u64;
            progress.events_done = (progress.events_done + ROWS_AT_ONCE).min(progress.events_total);
            progress.events_seen = progress.events_done;
            parts.push(&part);
        }
        Ok(if look(progress).is_break() { None } else { Some(export_blob(&parts, &format)?) })
    }

    /// What is found of the filter's texts outlasts the page's next filter, until this is dropped.
    fn hold_texts(&self, filter: &Filter) -> Option<HeldTexts> {
        let texts: Vec<String> = filter.texts().into_iter().map(String::from).collect();
        if texts.is_empty() {
            return None;
        }
        let holder = self.0.exports.get() + 1;
        self.0.exports.set(holder);
        drop(self.call_all(|_| ToWorker::HoldTexts { holder, texts: texts.clone() }));
        Some(HeldTexts { pool: self.clone(), holder })
    }

    /// The records of these events, in their order: of a joined one first that of its start.
    async fn records(&self, ids: &[RowId]) -> Result<Array, Fault> {
        let (ends, starts) = self.read_records(ids).await?;
        let start_ids: Vec<RowId> = starts.values().copied().collect();
        let (start_records, _) = self.read_records(&start_ids).await?;
        let start_of = |id: &RowId| starts.get(id).and_then(|start| start_records.get(start));
        Ok(ids.iter().flat_map(|id| [start_of(id), ends.get(id)]).flatten().collect())
    }

    /// The records of these rows, and where the other one of each joined row is.
    async fn read_records(&self, ids: &[RowId]) -> Result<(Records, HashMap<RowId, RowId>), Fault> {
        let mut by_worker: HashMap<u8, Vec<u32>> = HashMap::new();
        ids.iter().for_each(|id| by_worker.entry(id.worker).or_default().push(id.row));
        let asked = by_worker.into_iter().map(|(worker, rows)| {
            let ask = ToWorker::Records { rows: rows.clone() };
            let answered = self.0.links.call(usize::from(worker), ask, &JsValue::UNDEFINED).1;
            async move { (worker, rows, answered.await) }
        });
        let (mut records, mut starts) = (Records::with_capacity(ids.len()), HashMap::new());
        for (worker, rows, answered) in join_all(asked.collect::<Vec<_>>()).await {
            let (FromWorker::Records { lengths, starts: others }, buffer) = answered? else { continue };
            starts.extend(others.into_iter().map(|(row, start)| (RowId { worker, row }, start)));
            let bytes = Uint8Array::new(&buffer);
            let mut at = 0;
            for (row, length) in rows.into_iter().zip(lengths) {
                records.insert(RowId { worker, row }, bytes.subarray(at, at + length));
                at += length;
            }
        }
        Ok((records, starts))
    }
}

struct HeldTexts {
    pool: Pool,
    holder: u32,
}

impl Drop for HeldTexts {
    fn drop(&mut self) {
        drop(self.pool.call_all(|_| ToWorker::HoldTexts { holder: self.holder, texts: Vec::new() }));
    }
}

/// What a file begins with, to put its parts behind.
pub fn export_head(format: &ExportFormat) -> Array {
    match format {
        ExportFormat::Ndjson => Array::new(),
        ExportFormat::Csv(columns) => Array::of1(&Uint8Array::from(csv_export::header(columns).as_slice())),
    }
}

/// The parts as a file.
pub fn export_blob(parts: &Array, format: &ExportFormat) -> Result<Blob, Fault> {
    let kind = match format {
        ExportFormat::Ndjson => "application/x-ndjson",
        ExportFormat::Csv(_) => "text/csv;charset=utf-8",
    };
    blob_of(parts, kind)
}

fn blob_of(parts: &Array, kind: &str) -> Result<Blob, Fault> {
    let options = BlobPropertyBag::new();
    options.set_type(kind);
    Blob::new_with_blob_sequence_and_options(parts, &options).map_err(|_| no_room())
}

fn overtaken() -> Fault {
    Fault {
        what_happened: "Events came or went while the file was being written.".to_string(),
        what_it_means: "It would have lacked some of them, so it was not saved.".to_string(),
        what_to_do: "Wait until loading has ended, then download again.".to_string(),
    }
}

/// Before the first event: a search that began meanwhile ended that for the filter's texts.
fn unsearched() -> Fault {
    Fault {
        what_happened: "The search for the filter's text was given up for another while the file was being written."
            .to_string(),
        what_it_means: "The file would have lacked events that match, so it was not saved.".to_string(),
        what_to_do: "Let the search end, then download again.".to_string(),
    }
}

fn no_room() -> Fault {
    Fault {
        what_happened: "The file could not be put together.".to_string(),
        what_it_means: "The browser has no room for a file of this size.".to_string(),
        what_to_do: "Narrow the filter or the time window and download in parts.".to_string(),
    }
}
