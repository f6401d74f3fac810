//! The table's rows in order: the first few of a store, and any stretch of it.

use super::answer::{Row, RowId};
use super::filter::Matches;
use super::partial::{KeyedRow, RowKey};
use super::question::{Sort, TableAsk};
use crate::model::Field;
use crate::model::field::Kind;
use crate::store::{Segment, Store};
use std::borrow::Cow;
use std::collections::HashMap;

/// Orders rows within one store by plain numbers: values by their rank among all values.
#[derive(Default)]
pub struct Ranks {
    by_field: HashMap<Field, Vec<u32>>,
}

impl Ranks {
    pub fn clear(&mut self) {
        self.by_field.clear();
    }

    /// Each column id's place among all values of the field, from 1; 0 for absent.
    fn of(&mut self, store: &Store, field: Field) -> &[u32] {
        let projection = store.projection(field);
        let ids = store.dictionary(projection.column()).len();
        let known = self.by_field.get(&field).is_some_and(|ranks| ranks.len() == ids);
        if !known {
            self.by_field.insert(field, ranks(store, field, ids));
        }
        &self.by_field[&field]
    }
}

fn ranks(store: &Store, field: Field, ids: usize) -> Vec<u32> {
    let projection = store.projection(field);
    let dictionary = store.values(field);
    let mut values: Vec<u32> = (1..dictionary.len() as u32).collect();
    let text = |value: u32| dictionary.text(value);
    let number = |value: u32| text(value).parse::<i64>().unwrap_or(i64::MAX);
    match field.spec().kind {
        Kind::Number => values.sort_by_cached_key(|&value| number(value)),
        _ => values.sort_by(|&a, &b| text(a).cmp(&text(b))),
    }
    let mut rank_of_value = vec![0u32; values.len() + 1];
    for (at, &value) in values.iter().enumerate() {
        rank_of_value[value as usize] = at as u32 + 1;
    }
    (0..ids as u32).map(|id| rank_of_value[projection.values_of(&id)[0] as usize]).collect()
}

/// A row as ordered within its store; smaller is earlier, direction already applied.
type LocalKey = (u64, i64, u32);

struct LocalOrder<'r> {
    sort: Sort,
    ranks: &'r [u32],
}

impl LocalOrder<'_> {
    fn key(&self, store: &Store, segment: &Segment, place: usize) -> LocalKey {
        // Flipping every bit reverses an order; absent values sort last either way.
        let flip = |number: u64| if self.sort.descending { !number } else { number };
        let lift = |number: i64| (number as u64) ^ (1 << 63);
        let primary = match self.sort.field {
            Field::Time => segment.received(place).map(lift),
            // From 1, so that flipped too each differs from those that are absent.
            Field::Latency => segment.latency_micros(place).map(|micros| micros.saturating_add(1)),
            field => {
                let id = segment.columns[store.projection(field).column() as usize].get(place);
                Some(u64::from(self.ranks[id as usize])).filter(|&rank| rank > 0)
            }
        };
        let primary = primary.map_or(u64::MAX, |value| flip(value).min(u64::MAX - 1));
        let received = match segment.received(place) {
            None => i64::MAX,
            Some(micros) if self.sort.descending => -micros,
            Some(micros) => micros,
        };
        let row = segment.first_row + place as u32;
        (primary, received, if self.sort.descending { !row } else { row })
    }

    fn row(&self, key: LocalKey) -> u32 {
        if self.sort.descending { !key.2 } else { key.2 }
    }
}

/// The first `limit` matching rows in order.
pub fn first_rows(store: &Store, matches: &Matches, sort: Sort, ranks: &mut Ranks, limit: usize) -> Vec<u32> {
    if limit == 0 {
        return Vec::new();
    }
    let ranks = if sort.field.spec().column.is_some() { ranks.of(store, sort.field) } else { &[] };
    let order = LocalOrder { sort, ranks };
    let mut segments: Vec<usize> = (0..matches.rows.len()).collect();
    if sort.field == Field::Time {
        let edge = |&at: &usize| store.segments()[at].span;
        match sort.descending {
            true => segments.sort_by_key(|at| std::cmp::Reverse(edge(at).map_or(i64::MIN, |span| span.end_micros))),
            false => segments.sort_by_key(|at| edge(at).map_or(i64::MAX, |span| span.start_micros)),
        }
    }
    let mut best: Vec<LocalKey> = Vec::new();
    for at in segments {
        let segment = &store.segments()[at];
        if sort.field == Field::Time && best.len() >= limit && cannot_beat(segment, best[limit - 1], sort) {
            break;
        }
        matches.rows[at].for_each(|place| best.push(order.key(store, segment, place)));
        keep_first(&mut best, limit);
    }
    best.into_iter().map(|key| order.row(key)).collect()
}

/// No row of the segment comes before `worst`.
fn cannot_beat(segment: &Segment, worst: LocalKey, sort: Sort) -> bool {
    let Some(span) = segment.span else { return worst.0 != u64::MAX };
    let worst_received = if sort.descending { -worst.1 } else { worst.1 };
    match sort.descending {
        _ if worst.0 == u64::MAX => false,
        true => span.end_micros <= worst_received,
        false => span.start_micros > worst_received,
    }
}

fn keep_first(keys: &mut Vec<LocalKey>, limit: usize) {
    if keys.len() > limit {
        keys.select_nth_unstable(limit - 1);
        keys.truncate(limit);
    }
    keys.sort_unstable();
}

/// All matching rows in order.
pub fn all_rows(store: &Store, matches: &Matches, sort: Sort, ranks: &mut Ranks) -> Vec<u32> {
    let ranks = if sort.field.spec().column.is_some() { ranks.of(store, sort.field) } else { &[] };
    let order = LocalOrder { sort, ranks };
    let mut keys = Vec::with_capacity(matches.count() as usize);
    for (segment, rows) in store.segments().iter().zip(&matches.rows) {
        rows.for_each(|place| keys.push(order.key(store, segment, place)));
    }
    keys.sort();
    keys.into_iter().map(|key| order.row(key)).collect()
}

/// A row's key, comparable with those of other workers.
pub fn row_key(store: &Store, worker: u8, row: u32, sort: Sort) -> Option<RowKey> {
    let (segment, place) = store.locate(row)?;
    let received = segment.received(place);
    let text = |field| store.values_of(field, segment, place).first().map(|value| value.to_string());
    let (number, text) = match (sort.field, sort.field.spec().kind) {
        (Field::Time, _) => (received, None),
        (Field::Latency, _) => (segment.latency_micros(place).map(|micros| micros as i64), None),
        (field, Kind::Number) => (text(field).and_then(|value| value.parse().ok()), None),
        (field, _) => (None, text(field).filter(|value| !value.is_empty())),
    };
    Some(RowKey { number, text, received, id: RowId { worker, row } })
}

/// A row as the table shows it.
pub fn table_row(store: &Store, worker: u8, row: u32, table: &TableAsk) -> Option<KeyedRow> {
    let (segment, place) = store.locate(row)?;
    let joined = |field| store.values_of(field, segment, place).join(", ");
    let values = |field| store.values_of(field, segment, place).into_iter().map(Cow::into_owned).collect();
    let row_shown = Row {
        id: RowId { worker, row },
        received: segment.received(place),
        latency_micros: segment.latency_micros(place),
        verb: joined(Field::Verb),
        resource: joined(Field::Resource),
        subresource: joined(Field::Subresource),
        code: joined(Field::Code).parse().unwrap_or(0),
        cells: table.columns.iter().map(|&field| values(field)).collect(),
    };
    Some(KeyedRow { key: row_key(store, worker, row, table.sort)?, row: row_shown })
}
