//! A bound filter over a segment: the rows that match.

use super::bound::Bound;
use super::question::Relation;
use super::text::Scans;
use crate::model::TimeRange;
use crate::store::column::each_width;
use crate::store::segment::NO_TIME;
use crate::store::{RowSet, Segment, Store};

/// The matching rows of every segment, in the store's order.
pub struct Matches {
    pub rows: Vec<RowSet>,
    /// Events in segments whose text was not yet scanned for a free text of the filter.
    pub unscanned: u64,
}

impl Matches {
    pub fn find(store: &Store, bound: &Bound, window: Option<TimeRange>, scans: &Scans) -> Matches {
        let mut unscanned = 0;
        let rows = store
            .segments()
            .iter()
            .map(|segment| {
                let mut rows = matching(bound, segment, scans, &mut unscanned);
                rows.intersect(&segment.live);
                restrict(&mut rows, segment, window);
                rows
            })
            .collect();
        Matches { rows, unscanned }
    }

    /// The rows that are not in `other`.
    pub fn without(&self, other: &Matches) -> Vec<RowSet> {
        let less = |(rows, other): (&RowSet, &RowSet)| {
            let mut rest = other.clone();
            rest.invert();
            rest.intersect(rows);
            rest
        };
        self.rows.iter().zip(&other.rows).map(less).collect()
    }

    pub fn count(&self) -> u64 {
        self.rows.iter().map(|rows| rows.count() as u64).sum()
    }
}

fn matching(bound: &Bound, segment: &Segment, scans: &Scans, unscanned: &mut u64) -> RowSet {
    let rows = segment.len();
    match bound {
        Bound::All(parts) => parts.iter().fold(RowSet::full(rows), |mut sum, part| {
            sum.intersect(&matching(part, segment, scans, unscanned));
            sum
        }),
        Bound::Any(parts) => parts.iter().fold(RowSet::empty(rows), |mut sum, part| {
            sum.unite(&matching(part, segment, scans, unscanned));
            sum
        }),
        Bound::Not(part) => {
            let mut sum = matching(part, segment, scans, unscanned);
            sum.invert();
            sum
        }
        Bound::Ids(column, marked) => {
            let all_or_none = |id: u32| if marked[id as usize] { RowSet::full(rows) } else { RowSet::empty(rows) };
            each_width!(&segment.columns[*column as usize],
                id => all_or_none(id),
                ids => RowSet::from_fn(rows, |row| marked[ids[row] as usize]))
        }
        Bound::Time(relation, micros) => by_time(segment, *relation, *micros),
        Bound::Latency(relation, micros) => RowSet::from_fn(rows, |row| {
            let latency = segment.latency_micros(row).and_then(|latency| i64::try_from(latency).ok());
            latency.is_some_and(|latency| relation.holds(latency, *micros))
        }),
        Bound::Text(text) => scans.rows(text, segment).unwrap_or_else(|| {
            *unscanned += rows as u64;
            RowSet::empty(rows)
        }),
    }
}

fn by_time(segment: &Segment, relation: Relation, micros: i64) -> RowSet {
    RowSet::from_fn(segment.len(), |row| {
        let received = segment.received[row];
        received != NO_TIME && relation.holds(received, micros)
    })
}

fn restrict(rows: &mut RowSet, segment: &Segment, window: Option<TimeRange>) {
    let Some(window) = window else { return };
    match segment.span {
        None => *rows = RowSet::empty(segment.len()),
        Some(span) if span.end_micros <= window.start_micros || window.end_micros <= span.start_micros => {
            *rows = RowSet::empty(segment.len());
        }
        Some(span)
            if window.start_micros <= span.start_micros
                && span.end_micros <= window.end_micros
                && !segment.has_untimed => {}
        Some(_) => rows.intersect(&RowSet::from_fn(segment.len(), |row| window.contains(segment.received[row]))),
    }
}
