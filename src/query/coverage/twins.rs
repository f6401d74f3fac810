//! Which sources hold the same events. Asked only when there are duplicates, in slices of the
//! identities, so that no answer is large: first which rows repeat another, then whose those are.

use std::collections::BTreeMap;

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

/// Adds up the shares of workers and slices; most events first.
pub fn merge(parts: impl IntoIterator<Item = Shared>) -> Vec<Shared> {
    let mut counts: BTreeMap<(u16, u16), u64> = BTreeMap::new();
    parts.into_iter().for_each(|part| *counts.entry((part.counted_in, part.repeated_in)).or_default() += part.events);
    let mut all = to_list(counts);
    all.sort_by_key(|shared| std::cmp::Reverse(shared.events));
    all
}

pub(super) fn to_list(counts: BTreeMap<(u16, u16), u64>) -> Vec<Shared> {
    let each = counts.into_iter().map(|((counted_in, repeated_in), events)| Shared { counted_in, repeated_in, events });
    each.collect()
}
