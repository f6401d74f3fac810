//! The matching events of a live window as a file: fetched page by page as a load fetches them, and written by the
//! workers into parts which the browser may hold on disk.

use super::super::NanoRange;
use super::super::http::{Cancel, sleep_millis};
use super::super::pull::{Pull, PullState, PullStatus};
use super::super::search;
use super::Live;
use crate::model::TimeRange;
use crate::query::logql::Split;
use crate::query::question::Filter;
use crate::worker::pool::{ExportFormat, ExportProgress, Writer, export_blob, export_head};
use crate::worker::progress::Fault;
use futures_util::future::{Either, select};
use std::cell::OnceCell;
use std::ops::ControlFlow;
use std::pin::pin;
use web_sys::Blob;

/// So often `look` is told, and may break it off.
const LOOK_MILLIS: u64 = 200;

impl Live {
    /// In order of Loki's time; `Ok(None)` when `look` broke it off. What is looked at meanwhile changes nothing.
    pub async fn export(
        &self,
        filter: &Filter,
        window: Option<TimeRange>,
        format: ExportFormat,
        look: impl Fn(ExportProgress) -> ControlFlow<()>,
    ) -> Result<Option<Blob>, Fault> {
        let split = Split::of(filter);
        let logql = split.rows(&self.0.target);
        let source_name = self.0.client.connection().name();
        let writer = self.0.pool.begin_writing(source_name, split.local, format.clone())?;
        let pull = OnceCell::new();
        let cancel = Cancel::default();
        let work = self.pull(writer, logql, self.window(window), &cancel, &pull);
        let watch = async {
            while look(pull.get().map_or_else(ExportProgress::default, |pull| progress(&pull.status()))).is_continue() {
                sleep_millis(LOOK_MILLIS).await;
            }
        };
        let status = match select(pin!(work), pin!(watch)).await {
            Either::Left((status, _)) => status,
            Either::Right(_) => {
                cancel.cancel();
                pull.get().inspect(|pull| pull.cancel());
                return Ok(None);
            }
        };
        let Some(pull) = pull.get().filter(|_| look(progress(&status)).is_continue()) else { return Ok(None) };
        is_whole(&status)?;
        let parts = export_head(&format).concat(&pull.texts());
        export_blob(&parts, &format).map(Some)
    }

    /// Counts, so that the pages can be planned, and fetches them.
    async fn pull(
        &self,
        writer: Writer,
        logql: String,
        range: NanoRange,
        cancel: &Cancel,
        begun: &OnceCell<Pull<Writer>>,
    ) -> PullStatus {
        let client = self.0.client.clone();
        // What hinders the counting shows again where the lines are asked for.
        let estimate = search::estimate(&client, &logql, range, cancel).await.ok();
        begun.get_or_init(|| Pull::new(client, writer, logql, range, estimate.as_ref(), |_| ())).run().await
    }
}

fn progress(status: &PullStatus) -> ExportProgress {
    ExportProgress {
        events_done: status.events,
        events_seen: status.entries,
        // Some may have come since they were counted.
        events_total: status.expected.unwrap_or(0).max(status.entries),
        bytes: status.bytes,
    }
}

/// A file that lacks events is none.
fn is_whole(status: &PullStatus) -> Result<(), Fault> {
    if status.state != PullState::Done {
        let unknown = || Fault {
            what_happened: "The events could not be fetched to their end.".to_string(),
            what_it_means: "The file would lack some of them, so it was not saved.".to_string(),
            what_to_do: "Download again.".to_string(),
        };
        return Err(status.fault.clone().map_or_else(unknown, |fault| Fault {
            what_it_means: format!("{} The file was not saved.", fault.what_it_means),
            ..fault
        }));
    }
    match status.overfull.len() {
        0 => Ok(()),
        moments => Err(Fault {
            what_happened: format!("At {moments} moments more lines share one nanosecond than the server hands out."),
            what_it_means: "The file would lack some of them, so it was not saved.".to_string(),
            what_to_do: "Fetch them with the logcli command of the Cockpit panel.".to_string(),
        }),
    }
}
