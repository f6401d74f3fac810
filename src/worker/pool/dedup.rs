//! The same event twice counts once: each identity's owner is asked whether it was seen before. Each row is asked about
//! once, since it would be its own duplicate.

use super::super::progress::SourceId;
use super::super::protocol::{FromWorker, ToWorker};
use super::Pool;
use futures_util::future::join_all;
use js_sys::{Array, Uint32Array};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::spawn_local;

impl Pool {
    /// Of a piece just parsed. `identities`: per owner, hashes and rows.
    pub(super) fn dedup(&self, from: usize, source: SourceId, identities: JsValue) {
        if !self.is_open(source) || self.0.loading.borrow().gathering.contains(&from) {
            return;
        }
        let Ok(owners) = identities.dyn_into::<Array>() else { return };
        let removals = self.0.loading.borrow().removals;
        for (owner, part) in owners.iter().enumerate() {
            let part: Array = part.unchecked_into();
            let rows = Uint32Array::new(&part.get(1));
            if rows.length() == 0 {
                continue;
            }
            let (_, answered) = self.0.links.call(owner, ToWorker::Dedup, &part.get(0));
            self.0.loading.borrow_mut().dedups += 1;
            let pool = self.clone();
            spawn_local(async move {
                if let Ok((FromWorker::Duplicates(places), _)) = answered.await
                    && !places.is_empty()
                    && pool.0.loading.borrow().removals == removals
                {
                    let rows: Vec<u32> = places.iter().map(|&place| rows.get_index(place)).collect();
                    pool.0.loading.borrow_mut().pairs.mark_duplicates(from as u8, &rows);
                    pool.update(source, |status| {
                        status.counts.duplicates += rows.len() as u64;
                        status.counts.events -= (rows.len() as u64).min(status.counts.events);
                    });
                    // A dead worker's rows are gone anyway.
                    let _ = pool.0.links.call(from, ToWorker::MarkDuplicates { rows }, &JsValue::UNDEFINED).1.await;
                    pool.data_changed();
                }
                pool.0.loading.borrow_mut().dedups -= 1;
                pool.pump();
            });
        }
    }

    /// After a removal, once no worker remembers anything: all of every worker. Another removal begins it anew; false:
    /// one did.
    pub(super) async fn dedup_all(&self, removals: u32) -> bool {
        let is_void = || self.0.loading.borrow().removals != removals;
        if is_void() {
            return false;
        }
        let asked = self.call_all(|_| ToWorker::Identities).into_iter().map(async |(worker, answered)| {
            let identities = answered.await;
            if !is_void() {
                // From here on what it tells of a piece is new.
                self.0.loading.borrow_mut().gathering.retain(|of| *of != worker);
            }
            (worker, identities)
        });
        for (worker, identities) in join_all(asked).await {
            // A dead worker holds nothing.
            let Ok((_, identities)) = identities else { continue };
            let Ok(owners) = identities.dyn_into::<Array>() else { continue };
            for (owner, part) in owners.iter().enumerate() {
                if is_void() {
                    return false;
                }
                self.dedup_again(worker, owner, part.unchecked_into(), &is_void).await;
            }
        }
        !is_void()
    }

    /// Which source a duplicate is of is told per row by the worker.
    async fn dedup_again(&self, from: usize, owner: usize, part: Array, is_void: &impl Fn() -> bool) {
        let rows = Uint32Array::new(&part.get(1));
        let answered = self.0.links.call(owner, ToWorker::Dedup, &part.get(0)).1.await;
        let Ok((FromWorker::Duplicates(places), _)) = answered else { return };
        if places.is_empty() || is_void() {
            return;
        }
        let rows: Vec<u32> = places.iter().map(|&place| rows.get_index(place)).collect();
        self.0.loading.borrow_mut().pairs.mark_duplicates(from as u8, &rows);
        let marked = self.0.links.call(from, ToWorker::MarkDuplicates { rows }, &JsValue::UNDEFINED).1.await;
        let Ok((FromWorker::Marked(per_source), _)) = marked else { return };
        if is_void() {
            return;
        }
        for (source, count) in per_source {
            self.update(source, |status| {
                status.counts.duplicates += count;
                status.counts.events -= count.min(status.counts.events);
            });
        }
    }
}
