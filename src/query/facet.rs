//! Events per value of a field.

use super::answer::FacetValue;
use super::partial::PartialFacet;
use super::question::FacetAsk;
use crate::model::text::contains_ignoring_case;
use crate::model::{Column, Field};
use crate::store::column::{ColumnData, each_width};
use crate::store::{RowSet, Store};
use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashSet};

/// Values listed beyond those asked for, so that one round of merging mostly suffices.
const SPARE_VALUES: usize = 200;

/// Events per id of a column.
pub fn count_column(store: &Store, rows: &[RowSet], column: Column) -> Vec<u32> {
    let mut counts = vec![0u32; store.dictionary(column).len()];
    let mut bytes = ByteCounts::default();
    for (segment, rows) in store.segments().iter().zip(rows) {
        match &segment.columns[column as usize] {
            ColumnData::Bytes(ids) => bytes.add(ids, rows),
            other => each_width!(other,
                id => counts[id as usize] += rows.count() as u32,
                ids => rows.for_each(|row| counts[ids[row] as usize] += 1)),
        }
    }
    bytes.add_to(&mut counts);
    counts
}

/// Counts of ids of one byte. Neighbours mostly share their id, and adding to one counter again and again waits each
/// time for the sum before: four in turn take a third of the time.
struct ByteCounts([[u32; 256]; 4]);

impl Default for ByteCounts {
    fn default() -> ByteCounts {
        ByteCounts([[0; 256]; 4])
    }
}

impl ByteCounts {
    fn add(&mut self, ids: &[u8], rows: &RowSet) {
        let [first, second, third, fourth] = &mut self.0;
        for (word, ids) in rows.words().iter().zip(ids.chunks(RowSet::WORD_ROWS)) {
            if *word == !0 {
                for four in ids.as_chunks::<4>().0 {
                    first[four[0] as usize] += 1;
                    second[four[1] as usize] += 1;
                    third[four[2] as usize] += 1;
                    fourth[four[3] as usize] += 1;
                }
                continue;
            }
            let mut rest = *word;
            while rest != 0 {
                first[ids[rest.trailing_zeros() as usize] as usize] += 1;
                rest &= rest - 1;
                if rest != 0 {
                    second[ids[rest.trailing_zeros() as usize] as usize] += 1;
                    rest &= rest - 1;
                }
            }
        }
    }

    fn add_to(&self, counts: &mut [u32]) {
        for lane in &self.0 {
            counts.iter_mut().zip(lane).for_each(|(count, more)| *count += more);
        }
    }
}

/// Events per value of a field, from the counts of its column.
pub fn count_values(store: &Store, field: Field, column_counts: &[u32]) -> Vec<u32> {
    let projection = store.projection(field);
    let mut counts = vec![0u32; store.values(field).len()];
    for (id, &events) in column_counts.iter().enumerate().filter(|&(_, &events)| events > 0) {
        for &value in projection.values_of(&(id as u32)) {
            counts[value as usize] += events;
        }
    }
    // An event counts once for a value that its list has twice.
    for &(id, value) in projection.repeats() {
        counts[value as usize] -= column_counts.get(id as usize).copied().unwrap_or(0);
    }
    counts
}

/// The values that `ask` wants listed.
pub fn list(store: &Store, ask: &FacetAsk, column_counts: &[u32]) -> PartialFacet {
    let counts = count_values(store, ask.field, column_counts);
    let values = store.values(ask.field);
    let mut found: Vec<(u32, u32)> = counts
        .iter()
        .enumerate()
        .filter(|&(id, &events)| {
            events > 0 && (ask.find.is_empty() || contains_ignoring_case(&values.text(id as u32), &ask.find))
        })
        .map(|(id, &events)| (id as u32, events))
        .collect();
    let distinct = found.len() as u64;
    let unlisted_at_most = keep_first(store, ask, &mut found);
    let listed =
        |(id, events): (u32, u32)| FacetValue { value: values.text(id).into_owned(), events: u64::from(events) };
    PartialFacet { field: ask.field, values: found.into_iter().map(listed).collect(), distinct, unlisted_at_most }
}

/// Orders ids with their events, and keeps the first of them; the most events that one left out has.
fn keep_first(store: &Store, ask: &FacetAsk, found: &mut Vec<(u32, u32)>) -> u64 {
    let limit = ask.limit as usize + SPARE_VALUES;
    let values = store.values(ask.field);
    let name = |id: u32| values.text(id);
    let most = |of: &[(u32, u32)]| of.iter().map(|&(_, events)| u64::from(events)).max().unwrap_or(0);
    let mut unlisted_at_most = 0;
    if found.len() > limit && ask.by_name {
        let kept = first_by_name(store, ask.field, found, limit);
        let ids: HashSet<u32> = kept.iter().map(|&(id, _)| id).collect();
        found.retain(|(id, _)| !ids.contains(id));
        unlisted_at_most = most(found);
        *found = kept;
    } else if found.len() > limit {
        // By number first: of a million names most have as many events as the next, and names are dear to compare.
        let (_, &mut (_, least), rest) = found.select_nth_unstable_by_key(limit - 1, |&(_, events)| Reverse(events));
        unlisted_at_most = most(rest);
        let tied: Vec<(u32, u32)> = found.iter().copied().filter(|&(_, events)| events == least).collect();
        found.retain(|&(_, events)| events > least);
        found.extend(first_by_name(store, ask.field, &tied, limit - found.len()));
    }
    match ask.by_name {
        true => found.sort_by(|a, b| name(a.0).cmp(&name(b.0))),
        false => found.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| name(a.0).cmp(&name(b.0)))),
    }
    unlisted_at_most
}

/// The `limit` of these whose names come first, in no order. Most are told apart by one look at the last of those kept.
fn first_by_name(store: &Store, field: Field, ids: &[(u32, u32)], limit: usize) -> Vec<(u32, u32)> {
    let mut kept: BinaryHeap<(Cow<'_, str>, u32, u32)> = BinaryHeap::with_capacity(limit + 1);
    let values = store.values(field);
    for &(id, events) in ids {
        let name = values.text(id);
        if kept.len() < limit {
            kept.push((name, id, events));
        } else if kept.peek().is_some_and(|(last, ..)| name < *last) {
            kept.pop();
            kept.push((name, id, events));
        }
    }
    kept.into_iter().map(|(_, id, events)| (id, events)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::{Shape, parse};
    use crate::query::arbitrary;
    use crate::query::question::Filter;

    #[test]
    fn a_value_twice_in_a_list_counts_its_event_once() {
        let check = |field: Field, key: &str, lists: &[&str], expected: &[(&str, u64)]| {
            let user = |list: &str| match key {
                "groups" => format!(r#""user":{{"username":"a","groups":{list}}}"#),
                _ => format!(r#""{key}":{list}"#),
            };
            let lines = lists.iter().enumerate();
            let text = lines.map(|(at, list)| format!("{{\"auditID\":\"{at}\",{}}}\n", user(list))).collect::<String>();
            let mut shard = arbitrary::shard(0, &[text], &Filter::all());
            let ask = FacetAsk { field, limit: 9, find: String::new(), by_name: false };
            let listed = shard.engine.one_facet(&shard.store, &Filter::all(), None, &ask);
            let listed: Vec<_> = listed.values.iter().map(|value| (value.value.as_str(), value.events)).collect();
            assert_eq!(listed, expected, "{lists:?}");
            let values: Vec<String> = expected.iter().map(|(value, _)| value.to_string()).collect();
            let counted = shard.engine.count_values(&shard.store, &Filter::all(), None, field, &values);
            assert_eq!(counted, expected.iter().map(|(_, events)| *events).collect::<Vec<_>>(), "{lists:?}");
        };
        let ips = |lists: &[&str], expected: &[(&str, u64)]| check(Field::SourceIp, "sourceIPs", lists, expected);
        ips(&[r#"["10.0.0.1","192.0.2.9","10.0.0.1"]"#], &[("10.0.0.1", 1), ("192.0.2.9", 1)]);
        ips(&[r#"["::1","::1"]"#, r#"["::1"]"#, r#"["::1","::1"]"#, "[]"], &[("::1", 3), ("", 1)]);
        ips(&[r#"["b","a","b","a","b"]"#, r#"["a"]"#], &[("a", 2), ("b", 1)]);
        check(Field::Group, "groups", &[r#"["g","h","g"]"#, r#"["h","h"]"#], &[("h", 2), ("g", 1)]);
    }

    /// Names of pods, some of them several times, listed as a sort of all of them would.
    #[test]
    fn lists_as_a_plain_sort_would() {
        let names: Vec<u32> = (0..3_000u32).map(|n| n.wrapping_mul(2_654_435_761) % 900).chain(0..40).collect();
        let mut store = Store::default();
        let text: String = names
            .iter()
            .map(|name| format!("{{\"auditID\":\"a\",\"objectRef\":{{\"name\":\"pod-{name}\"}}}}\n"))
            .collect();
        let mut builder = store.builder(0, "test", 0, 0);
        parse::parse_piece(text.as_bytes(), &Shape::Lines, &mut builder);
        let segment = builder.finish(0, text.len() as u32);
        store.add(segment);
        let rows = vec![RowSet::full(names.len())];
        let counts = count_column(&store, &rows, Column::Name);
        let mut truth: Vec<(String, u64)> = Vec::new();
        for name in &names {
            let name = format!("pod-{name}");
            match truth.iter_mut().find(|(known, _)| *known == name) {
                Some((_, events)) => *events += 1,
                None => truth.push((name, 1)),
            }
        }
        for by_name in [false, true] {
            match by_name {
                true => truth.sort(),
                false => truth.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0))),
            }
            let ask = FacetAsk { field: Field::Name, limit: 5, find: String::new(), by_name };
            let listed = list(&store, &ask, &counts);
            let shown: Vec<(String, u64)> =
                listed.values.into_iter().map(|value| (value.value, value.events)).collect();
            assert_eq!(shown, truth[..5 + SPARE_VALUES], "by name: {by_name}");
            assert_eq!(listed.distinct, truth.len() as u64);
            assert_eq!(listed.unlisted_at_most, truth[shown.len()..].iter().map(|(_, events)| *events).max().unwrap());
        }
    }
}
