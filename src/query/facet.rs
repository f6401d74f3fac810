//! Events per value of a field.

use super::answer::FacetValue;
use super::filter::Matches;
use super::partial::PartialFacet;
use super::question::FacetAsk;
use crate::model::{Column, Field};
use crate::store::Store;
use crate::store::column::each_width;

/// Values listed beyond those asked for, so that one round of merging mostly suffices.
const SPARE_VALUES: usize = 40;

/// Events per id of a column.
pub fn count_column(store: &Store, matches: &Matches, column: Column) -> Vec<u32> {
    let mut counts = vec![0u32; store.dictionary(column).len()];
    for (segment, rows) in store.segments().iter().zip(&matches.rows) {
        each_width!(&segment.columns[column as usize],
            id => counts[id as usize] += rows.count() as u32,
            ids => rows.for_each(|row| counts[ids[row] as usize] += 1));
    }
    counts
}

/// Events per value of a field, from the counts of its column.
pub fn count_values(store: &Store, field: Field, column_counts: &[u32]) -> Vec<u32> {
    let projection = store.projection(field);
    let mut counts = vec![0u32; store.value_count(field)];
    for (id, &events) in column_counts.iter().enumerate().filter(|&(_, &events)| events > 0) {
        for &value in projection.values_of(&(id as u32)) {
            counts[value as usize] += events;
        }
    }
    counts
}

/// The values that `ask` wants listed.
pub fn list(store: &Store, ask: &FacetAsk, column_counts: &[u32]) -> PartialFacet {
    let counts = count_values(store, ask.field, column_counts);
    let find = ask.find.to_ascii_lowercase();
    let wanted = |value: &str| find.is_empty() || value.to_ascii_lowercase().contains(&find);
    let mut found: Vec<(u32, u32)> = counts
        .iter()
        .enumerate()
        .filter(|&(id, &events)| events > 0 && (find.is_empty() || wanted(&store.value(ask.field, id as u32))))
        .map(|(id, &events)| (id as u32, events))
        .collect();
    let distinct = found.len() as u64;
    let limit = ask.limit as usize + SPARE_VALUES;
    let name = |id: u32| store.value(ask.field, id);
    let order = |a: &(u32, u32), b: &(u32, u32)| match ask.by_name {
        true => name(a.0).cmp(&name(b.0)),
        false => b.1.cmp(&a.1).then_with(|| name(a.0).cmp(&name(b.0))),
    };
    let mut unlisted_at_most = 0;
    if found.len() > limit {
        let (_, _, rest) = found.select_nth_unstable_by(limit - 1, order);
        unlisted_at_most = rest.iter().map(|&(_, events)| u64::from(events)).max().unwrap_or(0);
        found.truncate(limit);
    }
    found.sort_unstable_by(order);
    let value = |(id, events): (u32, u32)| FacetValue { value: name(id).into_owned(), events: u64::from(events) };
    PartialFacet { field: ask.field, values: found.into_iter().map(value).collect(), distinct, unlisted_at_most }
}
