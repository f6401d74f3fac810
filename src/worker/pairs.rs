//! All halves of long operations that are open, and how each is to show: a function of which are open, whatever the
//! order in which they came and whoever holds them.

use super::progress::{self, Counts, LoadStatus, SourceId};
use crate::model::{Flags, Half, Pairing, RowId, Start};
use std::collections::{BTreeMap, HashMap, HashSet};

#[derive(Debug, Default)]
pub struct Pairs {
    operations: HashMap<u64, Vec<Open>>,
    /// The operation that a row is a half of.
    by_row: HashMap<RowId, u64>,
    /// Operations of which halves came or went since the workers were last told.
    touched: HashSet<u64>,
}

/// A half that is open.
#[derive(Debug, Clone, Copy)]
struct Open {
    source: SourceId,
    id: RowId,
    half: Half,
    is_duplicate: bool,
    /// What its worker was told last.
    told: Pairing,
}

impl Pairs {
    pub fn is_empty(&self) -> bool {
        self.operations.is_empty()
    }

    /// Halves of a source that a worker holds.
    pub fn add(&mut self, source: SourceId, worker: u8, halves: &[Half]) {
        for &half in halves {
            let id = RowId { worker, row: half.row };
            let open = Open { source, id, half, is_duplicate: false, told: Pairing::Alone };
            self.operations.entry(half.operation).or_default().push(open);
            self.by_row.insert(id, half.operation);
            self.touched.insert(half.operation);
        }
    }

    pub fn remove_source(&mut self, source: SourceId) {
        self.remove(|open| open.source == source);
    }

    /// The worker died.
    pub fn remove_worker(&mut self, worker: u8) {
        self.remove(|open| open.id.worker == worker);
    }

    /// What repeats another is found out anew afterwards.
    fn remove(&mut self, is_gone: impl Fn(&Open) -> bool) {
        self.operations.retain(|operation, halves| {
            for gone in halves.extract_if(.., |open| is_gone(open)) {
                self.by_row.remove(&gone.id);
                self.touched.insert(*operation);
            }
            !halves.is_empty()
        });
        self.operations.values_mut().flatten().for_each(|open| open.is_duplicate = false);
    }

    pub fn mark_duplicates(&mut self, worker: u8, rows: &[u32]) {
        if self.is_empty() {
            return;
        }
        for id in rows.iter().map(|&row| RowId { worker, row }) {
            let halves = self.by_row.get(&id).and_then(|operation| self.operations.get_mut(operation));
            if let Some(open) = halves.into_iter().flatten().find(|open| open.id == id) {
                open.is_duplicate = true;
            }
        }
    }

    /// What to tell each worker: its rows that are to show otherwise than it was told last.
    pub fn changes(&mut self) -> BTreeMap<u8, Vec<(u32, Pairing)>> {
        let mut changes: BTreeMap<u8, Vec<(u32, Pairing)>> = BTreeMap::new();
        for operation in self.touched.drain() {
            let Some(halves) = self.operations.get_mut(&operation) else { continue };
            let wanted = wanted(halves);
            for (open, wanted) in halves.iter_mut().zip(wanted) {
                if open.told != wanted {
                    open.told = wanted;
                    changes.entry(open.id.worker).or_default().push((open.id.row, wanted));
                }
            }
        }
        changes
    }

    /// The event that a row is part of: its own, or that of its operation.
    pub fn event_of(&self, id: RowId) -> RowId {
        let halves = self.by_row.get(&id).and_then(|operation| self.operations.get(operation));
        let halves = halves.map_or(&[][..], Vec::as_slice);
        let is_hidden = halves.iter().any(|open| open.id == id && open.told == Pairing::Hidden);
        let joined = halves.iter().filter(|open| open.half.is_last).min_by_key(|open| (open.is_duplicate, open.id));
        joined.filter(|_| is_hidden).map_or(id, |open| open.id)
    }

    /// Counts were added up as if each half stood alone.
    pub fn correct(&self, status: &mut LoadStatus) {
        let mut sources: HashMap<SourceId, &mut Counts> =
            status.sources.iter_mut().map(|source| (source.id, &mut source.counts)).collect();
        for open in self.operations.values().flatten().filter(|open| open.told != Pairing::Alone) {
            if let Some(counts) = sources.get_mut(&open.source) {
                open.correct(counts);
            }
        }
    }
}

/// How each of an operation's halves is to show.
fn wanted(halves: &[Open]) -> Vec<Pairing> {
    let firsts = || halves.iter().filter(|open| !open.half.is_last);
    // The id only decides between copies of one record.
    let start = firsts().min_by_key(|open| (open.half.time.is_none(), open.half.time, open.source, open.id));
    let bodies = firsts().fold(0, |bodies, open| bodies | open.half.bodies.0);
    let has_end = halves.iter().any(|open| open.half.is_last);
    let show = |open: &Open| match start {
        Some(start) if open.half.is_last => Pairing::Joined(Start {
            received: start.half.time,
            bodies: Flags(open.half.bodies.0 | bodies),
            record: start.id,
        }),
        Some(_) if has_end => Pairing::Hidden,
        _ => Pairing::Alone,
    };
    halves.iter().map(show).collect()
}

impl Open {
    fn correct(&self, counts: &mut Counts) {
        let (alone, shown) = (self.half.bodies, self.half.bodies_shown(self.told));
        let less = |count: &mut u64| *count = count.saturating_sub(1);
        less(&mut counts.unpaired);
        less(&mut counts.levels[level_index(alone)]);
        counts.with_bodies = counts.with_bodies.saturating_sub(u64::from(alone != Flags::default()));
        if self.told == Pairing::Hidden {
            counts.other_halves += 1;
            less(if self.is_duplicate { &mut counts.duplicates } else { &mut counts.events });
            less(&mut counts.converted);
            less(&mut counts.api_versions[0]);
        } else {
            counts.levels[level_index(shown)] += 1;
            counts.with_bodies += u64::from(shown != Flags::default());
        }
    }
}

fn level_index(bodies: Flags) -> usize {
    progress::level_index(bodies.level_of_bodies().as_bytes())
}

#[cfg(test)]
#[path = "pairs_tests.rs"]
mod tests;
