//! A worker that died: what it held leaves, and with the last one all that was still to be read.

use super::super::progress::{Fault, SourceState};
use super::super::protocol::ToWorker;
use super::Pool;
use super::load::PerSource;

impl Pool {
    pub(super) fn mourn(&self, worker: usize, fault: Fault) {
        let alive = self.0.links.alive();
        let poorer = {
            let mut loading = self.0.loading.borrow_mut();
            loading.pairs.remove_worker(worker as u8);
            loading.pieces.retain(|piece| piece.worker != worker);
            loading.index_bytes.get_mut(worker).into_iter().for_each(|bytes| *bytes = (0, 0));
            loading.tally.remove_worker(worker)
        };
        for source in poorer {
            self.update(source, |status| {
                status.error.get_or_insert(fault.clone());
                if status.state == SourceState::Ready {
                    status.state = SourceState::Failed;
                }
            });
        }
        if alive.is_empty() {
            self.give_up(&fault);
        }
        self.0.status.borrow_mut().faults.push(fault);
        let owners: Vec<u8> = alive.iter().map(|&worker| worker as u8).collect();
        self.dedup_anew(move |_| ToWorker::Owners { owners: owners.clone() });
    }

    /// Whether nobody is left to read what was just added: it fails.
    pub(super) fn refuse_without_workers(&self) {
        if self.0.links.alive().is_empty() {
            self.give_up(&Fault {
                what_happened: "All of the page's workers have stopped.".to_string(),
                what_it_means: "Nothing more can be read here.".to_string(),
                what_to_do: "Reload the page, then open the file again.".to_string(),
            });
        }
    }

    fn give_up(&self, fault: &Fault) {
        {
            let mut loading = self.0.loading.borrow_mut();
            loading.tasks.clear();
            loading.files.clear();
            loading.feeds.clear();
            loading.open_tasks = PerSource::default();
        }
        for source in &mut self.0.status.borrow_mut().sources {
            if matches!(source.state, SourceState::Waiting | SourceState::Reading) {
                source.error.get_or_insert(fault.clone());
                source.state = SourceState::Failed;
            }
        }
    }
}
