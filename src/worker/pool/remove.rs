//! Removing a source: its rows leave, and what only it had made a duplicate, or the other half of an event, counts again.

use super::super::progress::SourceId;
use super::super::protocol::ToWorker;
use super::Pool;

impl Pool {
    pub(super) fn drop_source(&self, source: SourceId) {
        {
            let mut loading = self.0.loading.borrow_mut();
            loading.tasks.retain(|task| task.source != source);
            loading.files.retain(|(id, _)| *id != source);
            loading.open_tasks.forget(source);
            loading.pieces.retain(|piece| piece.source != source);
            loading.pairs.remove_source(source);
            loading.tally.remove_source(source);
            self.0.status.borrow_mut().sources.retain(|other| other.id != source);
        }
        self.skip_member(source);
        self.dedup_anew(move |_| ToWorker::Remove { source });
    }

    /// Whether a source is among those shown: not removed.
    pub(super) fn is_open(&self, source: SourceId) -> bool {
        self.0.status.borrow().sources.iter().any(|other| other.id == source)
    }
}
