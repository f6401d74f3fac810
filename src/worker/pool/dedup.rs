//! The same event twice counts once: each identity's owner is asked whether it was seen before. Each row is asked about
//! once, since it would be its own duplicate.

use super::super::progress::SourceId;
use super::super::protocol::{FromWorker, ToWorker};
use super::Pool;
use super::load::Loading;
use futures_channel::oneshot;
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
        let removals = self.0.loading.borrow().removals;
        for (owner, part) in parts(identities) {
            self.0.loading.borrow_mut().dedups.hold(source);
            let pool = self.clone();
            spawn_local(async move {
                if pool.ask_owner(from, owner, part, removals).await {
                    pool.data_changed();
                }
                pool.0.loading.borrow_mut().end_dedup(source);
                pool.pump();
            });
        }
    }

    /// Some rows left: what was told of duplicates is void. The workers hear `farewell`, after which none remembers any
    /// identity, and all of every worker are asked about again.
    pub(super) fn dedup_anew(&self, farewell: impl Fn(usize) -> ToWorker + 'static) {
        let removals = {
            let mut loading = self.0.loading.borrow_mut();
            loading.removals += 1;
            loading.regathers += 1;
            loading.gathering = self.0.links.alive();
            loading.tally.forget_duplicates();
            for source in &mut self.0.status.borrow_mut().sources {
                source.counts = loading.tally.of(source.id);
            }
            loading.removals
        };
        // Pages of rows begin anew; what is asked waits for the end of this.
        self.outdate();
        self.tell_status();
        let pool = self.clone();
        spawn_local(async move {
            let told = pool.call_all(farewell);
            pool.pair();
            for (_, answered) in told {
                // A dead worker holds nothing.
                let _ = answered.await;
            }
            pool.dedup_all(removals).await;
            pool.0.loading.borrow_mut().end_regather();
            pool.data_changed();
            pool.pump();
        });
    }

    /// All of every worker, unless more rows leave, of which a round of their own begins.
    async fn dedup_all(&self, removals: u32) {
        if self.is_void(removals) {
            return;
        }
        let asked = self.call_all(|_| ToWorker::Identities).into_iter().map(async |(worker, answered)| {
            let identities = answered.await;
            if !self.is_void(removals) {
                // From here on what it tells of a piece is new.
                self.0.loading.borrow_mut().gathering.retain(|of| *of != worker);
            }
            (worker, identities)
        });
        for (worker, identities) in join_all(asked).await {
            // A dead worker holds nothing.
            let Ok((_, identities)) = identities else { continue };
            for (owner, part) in parts(identities) {
                if self.is_void(removals) {
                    return;
                }
                self.ask_owner(worker, owner, part, removals).await;
            }
        }
    }

    /// Until all duplicates among the rows that stay are known again.
    pub(super) async fn regathered(&self) {
        while self.0.loading.borrow().regathers > 0 {
            self.some_deduped().await;
        }
    }

    /// The same, and those among the rows read last.
    pub(super) async fn deduped(&self) {
        let is_deduped = || {
            let loading = self.0.loading.borrow();
            loading.regathers == 0 && loading.dedups.is_idle()
        };
        while !is_deduped() {
            self.some_deduped().await;
        }
    }

    async fn some_deduped(&self) {
        let (sender, receiver) = oneshot::channel();
        self.0.loading.borrow_mut().waiting.push(sender);
        // Dropped, not sent: either way it is time.
        let _ = receiver.await;
    }

    /// Whether a source left since, so that every row is asked about anew.
    fn is_void(&self, removals: u32) -> bool {
        self.0.loading.borrow().removals != removals
    }

    /// Asks the owner of some identities which of them it has seen: those rows of `from` do not count. Whether there are
    /// any.
    async fn ask_owner(&self, from: usize, owner: usize, part: Array, removals: u32) -> bool {
        let rows = Uint32Array::new(&part.get(1));
        let answered = self.0.links.call(owner, ToWorker::Dedup, &part.get(0)).1.await;
        let Ok((FromWorker::Duplicates(places), _)) = answered else { return false };
        if places.is_empty() || self.is_void(removals) {
            return false;
        }
        let rows: Vec<u32> = places.iter().map(|&place| rows.get_index(place)).collect();
        self.0.loading.borrow_mut().pairs.mark_duplicates(from as u8, &rows);
        // A dead worker's rows are gone anyway.
        let marked = self.0.links.call(from, ToWorker::MarkDuplicates { rows }, &JsValue::UNDEFINED).1.await;
        if let Ok((FromWorker::Marked(per_source), _)) = marked
            && !self.is_void(removals)
        {
            for (source, count) in per_source {
                let counts = {
                    let tally = &mut self.0.loading.borrow_mut().tally;
                    tally.add_duplicates(source, from, count);
                    tally.of(source)
                };
                self.update(source, |status| status.counts = counts);
            }
        }
        true
    }
}

/// What each owner is to be asked: hashes and rows.
fn parts(identities: JsValue) -> impl Iterator<Item = (usize, Array)> {
    let owners = identities.dyn_into::<Array>().unwrap_or_default();
    let parts = owners.iter().map(|part| part.unchecked_into()).enumerate().collect::<Vec<(usize, Array)>>();
    parts.into_iter().filter(|(_, part)| Uint32Array::new(&part.get(1)).length() > 0)
}

impl Loading {
    fn end_dedup(&mut self, source: SourceId) {
        self.dedups.release(source);
        if self.dedups.is_idle() {
            self.waiting.clear();
        }
    }

    fn end_regather(&mut self) {
        self.regathers -= 1;
        self.is_regathered = true;
        if self.regathers == 0 {
            self.waiting.clear();
        }
    }
}
