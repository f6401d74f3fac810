//! Removing a source: its rows leave, and what only it had made a duplicate, or the other half of an event, counts again.

use super::super::progress::SourceId;
use super::super::protocol::ToWorker;
use super::Pool;
use wasm_bindgen_futures::spawn_local;

impl Pool {
    pub(super) fn drop_source(&self, source: SourceId) {
        let removals = {
            let mut loading = self.0.loading.borrow_mut();
            loading.removals += 1;
            loading.gathering = self.0.links.alive();
            loading.tasks.retain(|task| task.source != source);
            loading.files.retain(|(id, _)| *id != source);
            loading.open_tasks.retain(|(id, _)| *id != source);
            loading.pieces.retain(|piece| piece.source != source);
            loading.pairs.remove_source(source);
            let mut status = self.0.status.borrow_mut();
            status.sources.retain(|other| other.id != source);
            for other in &mut status.sources {
                other.counts.events += other.counts.duplicates;
                other.counts.duplicates = 0;
            }
            loading.removals
        };
        // Pages of rows begin anew; what is asked waits for the end of this.
        self.0.data_version.set(self.0.data_version.get() + 1);
        let feed = self.0.loading.borrow().feeds.iter().find(|f| f.source == source).map(|f| f.feed);
        feed.into_iter().for_each(|feed| self.end_feed(feed));
        let pool = self.clone();
        spawn_local(async move {
            let removed = pool.call_all(|_| ToWorker::Remove { source });
            pool.pair();
            for (_, answered) in removed {
                // A dead worker holds nothing.
                let _ = answered.await;
            }
            if pool.dedup_all(removals).await {
                pool.data_changed();
                pool.status_changed();
            }
        });
    }

    /// Whether a source is among those shown: not removed.
    pub(super) fn is_open(&self, source: SourceId) -> bool {
        self.0.status.borrow().sources.iter().any(|other| other.id == source)
    }
}
