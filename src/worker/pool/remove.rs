//! Removing a source: its rows leave, and what only it had made a duplicate, or the other half of an event, counts again.

use super::super::progress::SourceId;
use super::super::protocol::{FromWorker, ToWorker};
use super::Pool;
use js_sys::{Array, Uint32Array};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::spawn_local;

impl Pool {
    pub(super) fn drop_source(&self, source: SourceId) {
        {
            let mut loading = self.0.loading.borrow_mut();
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
        }
        let feed = self.0.loading.borrow().feeds.iter().find(|f| f.source == source).map(|f| f.feed);
        feed.into_iter().for_each(|feed| self.end_feed(feed));
        let pool = self.clone();
        spawn_local(async move {
            let removals = pool.call_all(|_| ToWorker::Remove { source });
            pool.pair();
            for (_, removed) in removals {
                // A dead worker holds nothing.
                let _ = removed.await;
            }
            let identities = pool.call_all(|_| ToWorker::Identities);
            for (worker, answered) in identities {
                if let Ok((_, identities)) = answered.await {
                    pool.dedup_again(worker, identities).await;
                }
            }
            pool.data_changed();
            pool.status_changed();
        });
    }

    /// After a removal, whole workers at a time: which source a duplicate is of is told per row by the worker.
    async fn dedup_again(&self, from: usize, identities: JsValue) {
        let Ok(owners) = identities.dyn_into::<Array>() else { return };
        for (owner, part) in owners.iter().enumerate() {
            let part: Array = part.unchecked_into();
            let rows = Uint32Array::new(&part.get(1));
            if let Ok((FromWorker::Duplicates(places), _)) =
                self.0.links.call(owner, ToWorker::Dedup, &part.get(0)).1.await
                && !places.is_empty()
            {
                let rows: Vec<u32> = places.iter().map(|&place| rows.get_index(place)).collect();
                self.0.loading.borrow_mut().pairs.mark_duplicates(from as u8, &rows);
                let marked = self.0.links.call(from, ToWorker::MarkDuplicates { rows }, &JsValue::UNDEFINED).1.await;
                if let Ok((FromWorker::Marked(per_source), _)) = marked {
                    for (source, count) in per_source {
                        self.update(source, |status| {
                            status.counts.duplicates += count;
                            status.counts.events -= count.min(status.counts.events);
                        });
                    }
                }
            }
        }
    }
}
