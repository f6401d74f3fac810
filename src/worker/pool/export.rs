//! All matching events as one file, gathered a stretch at a time.

use super::super::progress::Fault;
use super::super::protocol::{FromWorker, ToWorker};
use super::{ExportFormat, Pool};
use crate::model::{Field, TimeRange};
use crate::query::answer::RowId;
use crate::query::csv_export;
use crate::query::partial::Selection;
use crate::query::question::{Filter, Sort, TableAsk};
use js_sys::{Array, Uint8Array};
use std::collections::HashMap;
use wasm_bindgen::JsValue;
use web_sys::{Blob, BlobPropertyBag};

const ROWS_AT_ONCE: u64 = 4096;

impl Pool {
    pub(super) async fn export_all(
        &self,
        filter: Filter,
        window: Option<TimeRange>,
        format: ExportFormat,
    ) -> Result<Blob, Fault> {
        let sort = Sort { field: Field::Time, descending: false };
        let selection = Selection { filter, window, sort };
        let total = self.sampled(&selection).await?.rows;
        let parts = Array::new();
        if let ExportFormat::Csv(columns) = &format {
            parts.push(&Uint8Array::from(csv_export::header(columns).as_slice()));
        }
        for first in (0..total).step_by(ROWS_AT_ONCE as usize) {
            let ids = self.ids(&selection, first, ROWS_AT_ONCE).await?;
            match &format {
                ExportFormat::Ndjson => self.push_records(&ids, &parts).await?,
                ExportFormat::Csv(columns) => {
                    let table = TableAsk { columns: columns.clone(), sort, limit: ROWS_AT_ONCE as u32 };
                    let rows = self.rows_of(&ids, &table).await?;
                    parts.push(&Uint8Array::from(csv_export::rows(columns, &rows).as_slice()));
                }
            }
        }
        let kind = match format {
            ExportFormat::Ndjson => "application/x-ndjson",
            ExportFormat::Csv(_) => "text/csv;charset=utf-8",
        };
        let options = BlobPropertyBag::new();
        options.set_type(kind);
        Blob::new_with_u8_array_sequence_and_options(&parts, &options).map_err(|_| no_room())
    }

    /// Pushes the records of these rows, in their order.
    async fn push_records(&self, ids: &[RowId], parts: &Array) -> Result<(), Fault> {
        let mut by_worker: HashMap<u8, Vec<u32>> = HashMap::new();
        ids.iter().for_each(|id| by_worker.entry(id.worker).or_default().push(id.row));
        let mut records: HashMap<RowId, Uint8Array> = HashMap::with_capacity(ids.len());
        for (worker, rows) in by_worker {
            let ask = ToWorker::Records { rows: rows.clone() };
            let answered = self.0.links.call(usize::from(worker), ask, &JsValue::UNDEFINED).1.await?;
            let (FromWorker::Records { lengths }, buffer) = answered else { continue };
            let bytes = Uint8Array::new(&buffer);
            let mut at = 0;
            for (row, length) in rows.into_iter().zip(lengths) {
                records.insert(RowId { worker, row }, bytes.subarray(at, at + length));
                at += length;
            }
        }
        ids.iter().filter_map(|id| records.get(id)).for_each(|record| {
            parts.push(record);
        });
        Ok(())
    }
}

fn no_room() -> Fault {
    Fault {
        what_happened: "The file could not be put together.".to_string(),
        what_it_means: "The browser has no room for a file of this size.".to_string(),
        what_to_do: "Narrow the filter or the time window and download in parts.".to_string(),
    }
}
