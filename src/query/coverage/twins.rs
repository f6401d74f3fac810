//! Which sources hold the same events. Asked only when there are duplicates, in slices of the
//! identities, so that no answer is large: first which rows repeat another, then whose those are.

use crate::store::Store;
use std::collections::{BTreeMap, HashMap};

/// Identities in one round, about.
const SLICE: u64 = 200_000;

/// Events of one source that another (or itself, earlier) holds too and that were counted there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Shared {
    pub counted_in: u16,
    pub repeated_in: u16,
    pub events: u64,
}

/// How many rounds so many duplicates take.
pub fn slices(duplicates: u64) -> u32 {
    duplicates.div_ceil(SLICE).min(u64::from(u32::MAX)) as u32
}

fn is_in(identity: u64, slice: u32, slices: u32) -> bool {
    // The lowest bits pick slots in tables, the highest an owner.
    (identity >> 16) as u32 % slices.max(1) == slice
}

/// The identities of the rows that do not count, each with its source.
pub fn repeats(store: &Store, slice: u32, slices: u32) -> Vec<(u64, u16)> {
    let mut found = Vec::new();
    for segment in store.segments() {
        let mut dead = segment.live.clone();
        dead.invert();
        dead.for_each(|row| {
            let identity = segment.identities[row];
            if is_in(identity, slice, slices) {
                found.push((identity, segment.source));
            }
        });
    }
    found
}

/// Of what other rows repeat, that which is counted in this store.
pub fn originals(store: &Store, repeats: &[(u64, u16)]) -> Vec<Shared> {
    let mut wanted: HashMap<u64, Vec<u16>> = HashMap::new();
    repeats.iter().for_each(|&(identity, source)| wanted.entry(identity).or_default().push(source));
    let mut counts: BTreeMap<(u16, u16), u64> = BTreeMap::new();
    for segment in store.segments() {
        segment.live.for_each(|row| {
            for &source in wanted.get(&segment.identities[row]).into_iter().flatten() {
                *counts.entry((segment.source, source)).or_default() += 1;
            }
        });
    }
    to_list(counts)
}

/// Adds up the shares of workers and slices; most events first.
pub fn merge(parts: impl IntoIterator<Item = Shared>) -> Vec<Shared> {
    let mut counts: BTreeMap<(u16, u16), u64> = BTreeMap::new();
    parts.into_iter().for_each(|part| *counts.entry((part.counted_in, part.repeated_in)).or_default() += part.events);
    let mut all = to_list(counts);
    all.sort_by_key(|shared| std::cmp::Reverse(shared.events));
    all
}

fn to_list(counts: BTreeMap<(u16, u16), u64>) -> Vec<Shared> {
    let each = counts.into_iter().map(|((counted_in, repeated_in), events)| Shared { counted_in, repeated_in, events });
    each.collect()
}
