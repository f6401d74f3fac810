//! Answers questions over one store, and keeps what the next question can use again.

use super::answer::RowId;
use super::bound::Binder;
use super::facet;
use super::filter::Matches;
use super::histogram::histogram;
use super::partial::{KeyedRow, Partial, PartialFacet, RowKey, Selection};
use super::question::{FacetAsk, Filter, Question, TableAsk};
use super::rows::{self, Ranks};
use super::text::Scans;
use crate::model::{Column, Field, TimeRange};
use crate::store::{RowSet, Store};
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

/// So many selections are kept: the facets of a filter's own fields are counted under other filters than the rest, mostly
/// under the one before.
const MAX_KEPT: usize = 8;

#[derive(Default)]
pub struct Engine {
    binder: Binder,
    ranks: Ranks,
    pub scans: Scans,
    /// The selections last asked for, the latest at the end.
    kept: Vec<Rc<Selected>>,
    /// The selection of all events, once it was asked for.
    everything: Option<Rc<Selected>>,
    /// The selection last paged through, in order.
    ordered: Option<(Selection, Vec<u32>)>,
}

/// The rows that a filter selects, and what was counted of them.
struct Selected {
    filter: Filter,
    window: Option<TimeRange>,
    matches: Matches,
    counts: RefCell<HashMap<Column, Rc<Vec<u32>>>>,
    /// Of more than half of all events: everything, and the rows that are not selected. The fewer are counted.
    complement: Option<(Rc<Selected>, Vec<RowSet>)>,
}

impl Selected {
    /// Each column is counted once, whatever the number of fields read off it.
    fn counts(&self, store: &Store, column: Column) -> Rc<Vec<u32>> {
        let count = || match &self.complement {
            None => facet::count_column(store, &self.matches.rows, column),
            Some((everything, others)) => {
                let mut counts = facet::count_column(store, others, column);
                let all = everything.counts(store, column);
                counts.iter_mut().zip(all.iter()).for_each(|(count, all)| *count = all - *count);
                counts
            }
        };
        self.counts.borrow_mut().entry(column).or_insert_with(|| Rc::new(count())).clone()
    }

    fn counts_for(&self, store: &Store, field: Field) -> Rc<Vec<u32>> {
        self.counts(store, store.projection(field).column())
    }
}

impl Engine {
    /// Rows arrived or left: orders and counts are stale, bound clauses are not.
    pub fn data_changed(&mut self) {
        self.kept.clear();
        self.everything = None;
        self.ordered = None;
    }

    /// The store was emptied and numbers its values anew.
    pub fn data_cleared(&mut self) {
        *self = Engine::default();
    }

    fn selected(&mut self, store: &Store, filter: &Filter, window: Option<TimeRange>) -> Rc<Selected> {
        let is_everything = window.is_none() && *filter == Filter::all();
        let known = self.kept.iter().position(|kept| kept.window == window && kept.filter == *filter);
        let selected = match (known, &self.everything) {
            (Some(at), _) => self.kept.remove(at),
            (None, Some(everything)) if is_everything => everything.clone(),
            (None, _) => {
                let bound = self.binder.bind(store, filter);
                let matches = Matches::find(store, &bound, window, &self.scans);
                let complement = self.everything.as_ref().and_then(|everything| {
                    let is_most = matches.count() * 2 > everything.matches.count();
                    is_most.then(|| (everything.clone(), everything.matches.without(&matches)))
                });
                Rc::new(Selected { filter: filter.clone(), window, matches, counts: RefCell::default(), complement })
            }
        };
        if is_everything && self.everything.is_none() {
            self.everything = Some(selected.clone());
        }
        self.kept.push(selected.clone());
        if self.kept.len() > MAX_KEPT {
            self.kept.remove(0);
        }
        selected
    }

    pub fn answer(&mut self, store: &Store, question: &Question, worker: u8) -> Partial {
        let selected = self.selected(store, &question.filter, question.window);
        let matches = &selected.matches;
        let histogram = question.histogram.as_ref().map(|ask| {
            let counts = selected.counts_for(store, ask.stack);
            histogram(store, matches, ask, &counts)
        });
        let mut facets: Vec<PartialFacet> = Vec::with_capacity(question.facets.len());
        for ask in &question.facets {
            facets.push(self.one_facet(store, &question.filter, question.window, ask));
        }
        let first =
            rows::first_rows(store, matches, question.table.sort, &mut self.ranks, question.table.limit as usize);
        Partial {
            events: matches.count(),
            events_without_time: without_time(store, matches),
            total: store.live_events(),
            unscanned: matches.unscanned,
            facets,
            histogram,
            rows: first.iter().filter_map(|&row| rows::table_row(store, worker, row, &question.table)).collect(),
        }
    }

    /// One facet alone, its own choices not narrowing it.
    pub fn one_facet(
        &mut self,
        store: &Store,
        filter: &Filter,
        window: Option<TimeRange>,
        ask: &FacetAsk,
    ) -> PartialFacet {
        let selected = self.selected_for(store, filter, window, ask.field);
        facet::list(store, ask, &selected.counts_for(store, ask.field))
    }

    /// What the field's own facet is counted under.
    fn selected_for(
        &mut self,
        store: &Store,
        filter: &Filter,
        window: Option<TimeRange>,
        field: Field,
    ) -> Rc<Selected> {
        match filter.has_own_choices(field) {
            true => self.selected(store, &filter.without_own_choices(field), window),
            false => self.selected(store, filter, window),
        }
    }

    /// Events of each of these values, in their order.
    pub fn count_values(
        &mut self,
        store: &Store,
        filter: &Filter,
        window: Option<TimeRange>,
        field: Field,
        values: &[String],
    ) -> Vec<u64> {
        let selected = self.selected_for(store, filter, window, field);
        let counts = facet::count_values(store, field, &selected.counts_for(store, field));
        let wanted: HashMap<&str, usize> = values.iter().enumerate().map(|(at, value)| (value.as_str(), at)).collect();
        let dictionary = store.values(field);
        let mut found = vec![0; values.len()];
        for (id, &events) in counts.iter().enumerate().filter(|&(_, &events)| events > 0) {
            if let Some(&at) = wanted.get(dictionary.text(id as u32).as_ref()) {
                // Values that are no text may look alike once mended.
                found[at] += u64::from(events);
            }
        }
        found
    }

    fn ordered(&mut self, store: &Store, selection: &Selection) -> &[u32] {
        let known = self.ordered.as_ref().is_some_and(|(of, _)| of == selection);
        if !known {
            let selected = self.selected(store, &selection.filter, selection.window);
            let rows = rows::all_rows(store, &selected.matches, selection.sort, &mut self.ranks);
            self.ordered = Some((selection.clone(), rows));
        }
        self.ordered.as_ref().map_or(&[], |(_, rows)| rows)
    }

    /// How many rows are selected, and the keys at ranks 0, `step`, 2·`step`, …
    pub fn samples(
        &mut self,
        store: &Store,
        selection: &Selection,
        samples: u64,
        worker: u8,
    ) -> (u64, u64, Vec<RowKey>) {
        let rows = self.ordered(store, selection);
        let step = (rows.len() as u64).div_ceil(samples.max(1)).max(1);
        let keys = rows.iter().step_by(step as usize);
        let keys = keys.filter_map(|&row| rows::row_key(store, worker, row, selection.sort)).collect();
        (rows.len() as u64, step, keys)
    }

    /// The keys at ranks `first..first + limit`.
    pub fn keys(&mut self, store: &Store, selection: &Selection, first: u64, limit: u64, worker: u8) -> Vec<RowKey> {
        let rows = self.ordered(store, selection);
        let stretch = rows.iter().skip(first as usize).take(limit as usize);
        stretch.filter_map(|&row| rows::row_key(store, worker, row, selection.sort)).collect()
    }

    /// How many selected rows come before `key`, and whether the key's own row is selected.
    pub fn rank(&mut self, store: &Store, selection: &Selection, key: &RowKey, worker: u8) -> (u64, bool) {
        let rows = self.ordered(store, selection);
        let before = rows.partition_point(|&row| {
            let other = rows::row_key(store, worker, row, selection.sort);
            other.is_some_and(|other| other.compare(key, selection.sort.descending).is_lt())
        });
        let own = key.id.worker == worker && rows.get(before) == Some(&key.id.row);
        (before as u64, own)
    }

    pub fn table_rows(&self, store: &Store, ids: &[RowId], table: &TableAsk) -> Vec<KeyedRow> {
        ids.iter().filter_map(|id| rows::table_row(store, id.worker, id.row, table)).collect()
    }

    /// The matching rows in each segment, for exports and scans.
    pub fn matching_rows(&mut self, store: &Store, filter: &Filter, window: Option<TimeRange>) -> Vec<RowSet> {
        self.selected(store, filter, window).matches.rows.clone()
    }
}

fn without_time(store: &Store, matches: &Matches) -> u64 {
    let untimed = |at: usize| {
        let segment = &store.segments()[at];
        if !segment.has_untimed {
            return 0;
        }
        let mut count = 0;
        matches.rows[at].for_each(|place| count += u64::from(segment.received(place).is_none()));
        count
    };
    (0..matches.rows.len()).map(untimed).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::{Shape, parse};

    #[test]
    fn values_alike_once_mended_are_counted_together() {
        let check = |names: &[&[u8]], value: &str, expected: u64| {
            let line = |name: &[u8]| [b"{\"auditID\":\"a\",\"objectRef\":{\"name\":\"", name, b"\"}}\n"].concat();
            let text: Vec<u8> = names.iter().flat_map(|name| line(name)).collect();
            let mut store = Store::default();
            let mut builder = store.builder(0, "file", 0, 0);
            parse::parse_piece(&text, &Shape::Lines, &mut builder);
            let segment = builder.finish(0, text.len() as u32);
            store.add(segment);
            let mut engine = Engine::default();
            let found = engine.count_values(&store, &Filter::all(), None, Field::Name, &[value.to_string()]);
            assert_eq!(found, [expected], "{value}");
        };
        check(&[b"a\xff", b"a\xfe", b"a\xfe", b"b"], "a\u{fffd}", 3);
        check(&[b"a\xff", b"a\xef\xbf\xbd"], "a\u{fffd}", 2);
        check(&[b"a", b"b"], "a", 1);
    }
}
