//! A source as it begins, what became of it, and when all of a load has ended.

use super::super::progress::{EMPTY_FILE, Fault, LoadStatus, NO_EVENTS, SourceId, SourceState, SourceStatus};
use super::{Inner, Pool};
use std::rc::Rc;

impl Pool {
    /// Sources with nothing left to do are done; when all are, so is the load.
    pub(super) fn finish_sources(&self) {
        let (mut all_done, mut is_some_ended) = (true, false);
        {
            let loading = self.0.loading.borrow();
            let mut status = self.0.status.borrow_mut();
            let waiting: Vec<SourceId> = loading.files.iter().map(|(source, _)| *source).collect();
            // No source is at its end while its duplicates are not known.
            if loading.probes > 0 || loading.regathers > 0 {
                return;
            }
            for source in status.sources.iter_mut().filter(|source| source.state == SourceState::Reading) {
                let is_open = loading.open_tasks.is_open(source.id) || loading.dedups.is_open(source.id);
                if is_open || waiting.contains(&source.id) {
                    all_done = false;
                    continue;
                }
                settle(source);
                is_some_ended = true;
            }
            is_some_ended |= !status.sources.iter().any(|source| source.state == SourceState::Reading);
            all_done &= waiting.is_empty() && loading.is_idle();
        }
        if is_some_ended {
            self.pair();
        }
        if all_done {
            self.tell_end();
        }
    }

    /// The data first: whoever hears that a load is at its end finds them asked about.
    fn tell_end(&self) {
        let (is_loaded, is_regathered) = {
            let mut loading = self.0.loading.borrow_mut();
            (loading.started_millis.take().is_some(), std::mem::take(&mut loading.is_regathered))
        };
        if is_loaded {
            super::measure("ingest", "ingest-start");
        }
        if is_loaded || is_regathered {
            self.outdate();
            self.0.tell_data();
            self.tell_status();
        }
    }
}

/// The status as the page shows it: with the time passed.
pub fn snapshot(inner: &Rc<Inner>) -> LoadStatus {
    let mut status = inner.status.borrow().clone();
    if let Some(started) = inner.loading.borrow().started_millis {
        status.elapsed_millis = super::now_millis() - started;
        inner.status.borrow_mut().elapsed_millis = status.elapsed_millis;
    }
    status.is_settling = !inner.loading.borrow().is_idle();
    inner.loading.borrow().pairs.correct(&mut status);
    let (columns, dictionaries) =
        inner.loading.borrow().index_bytes.iter().fold((0, 0), |sum, more| (sum.0 + more.0, sum.1 + more.1));
    status.column_bytes = columns;
    status.dictionary_bytes = dictionaries;
    status
}

pub(super) fn new_source(id: SourceId, name: String) -> SourceStatus {
    SourceStatus {
        id,
        name,
        state: SourceState::Waiting,
        bytes_total: None,
        bytes_read: 0,
        text_bytes: 0,
        container: String::new(),
        wrapper: String::new(),
        counts: Default::default(),
        error: None,
    }
}

/// A source that was read to its end: sound, or of no use, with the reason.
pub(super) fn settle(source: &mut SourceStatus) {
    let found = source.counts.events + source.counts.duplicates;
    if found == 0 && source.error.is_none() {
        source.error = Some(no_events(source));
    }
    source.state = if source.error.is_some() { SourceState::Failed } else { SourceState::Ready };
}

pub(super) fn too_many_sources() -> Fault {
    Fault {
        what_happened: "More files than can be told apart.".to_string(),
        what_it_means: "65,535 files and members of archives can be opened in one go; what follows was not read."
            .to_string(),
        what_to_do: "Reload the page, then open the rest; or join small files beforehand.".to_string(),
    }
}

pub(super) fn empty_file() -> Fault {
    Fault {
        what_happened: EMPTY_FILE.to_string(),
        what_it_means: "It holds no byte, so no event.".to_string(),
        what_to_do: "Check the export: a log that was just rotated is empty, the older file has the events."
            .to_string(),
    }
}

fn no_events(source: &SourceStatus) -> Fault {
    let skipped = source.counts.skipped_total();
    Fault {
        what_happened: NO_EVENTS.to_string(),
        what_it_means: match skipped {
            0 => "Its text holds no record at all.".to_string(),
            count => format!("{count} record(s) were read and skipped; the Skipped tab shows each with its reason."),
        },
        what_to_do: "Check that this is a Kubernetes audit log (its records carry an auditID), not the API server's own log or a list of Event objects.".to_string(),
    }
}
