//! One worker's share of an answer, in strings and sums, and the order of rows across workers.

use super::answer::{FacetValue, Histogram, Row, RowId};
use super::question::{Filter, Sort};
use crate::model::{Field, TimeRange};
use serde::{Deserialize, Serialize};
use std::cmp::Ordering;

/// One worker's share of an answer; strings only.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Partial {
    pub events: u64,
    pub events_without_time: u64,
    pub total: u64,
    pub unscanned: u64,
    pub facets: Vec<PartialFacet>,
    pub histogram: Option<PartialHistogram>,
    pub rows: Vec<KeyedRow>,
}

/// Matching events in order, each worker's own.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Selection {
    pub filter: Filter,
    pub window: Option<TimeRange>,
    pub sort: Sort,
}

/// One worker's share of a facet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartialFacet {
    pub field: Field,
    pub values: Vec<FacetValue>,
    /// Values with at least one event here.
    pub distinct: u64,
    /// No value left out has more events here; 0 when none was left out.
    pub unlisted_at_most: u64,
}

/// Values counted apart; the others of a field with more share the series [`OTHER`].
pub const MAX_SERIES: usize = 256;

/// The series of all values beyond the first [`MAX_SERIES`].
pub const OTHER: &str = "(other)";

/// One worker's share of a histogram.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartialHistogram {
    pub histogram: Histogram,
    /// Hashes of the values that are counted in [`OTHER`], in order; `None`: too many to tell.
    pub unlisted: Option<Vec<u32>>,
}

impl PartialHistogram {
    /// Whether [`OTHER`] may have events of this value, when it has no series of its own.
    pub fn may_hide(&self, value: &str) -> bool {
        self.unlisted.as_ref().is_none_or(|hashes| hashes.binary_search(&value_hash(value)).is_ok())
    }
}

/// FNV-1a: the same in every worker and on the page, which has no hash of the store's.
pub fn value_hash(value: &str) -> u32 {
    value.bytes().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

/// What a row is ordered by. Comparable across workers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowKey {
    /// The sort field's value: a number, …
    pub number: Option<i64>,
    /// … or a text.
    pub text: Option<String>,
    pub received: Option<i64>,
    pub id: RowId,
}

impl RowKey {
    /// Rows without the value come last either way; ties go by time, then by place.
    pub fn compare(&self, other: &RowKey, descending: bool) -> Ordering {
        let directed = |order: Ordering| if descending { order.reverse() } else { order };
        let is_absent = |key: &RowKey| key.number.is_none() && key.text.is_none();
        is_absent(self)
            .cmp(&is_absent(other))
            .then_with(|| directed(self.number.cmp(&other.number)))
            .then_with(|| directed(self.text.cmp(&other.text)))
            .then_with(|| self.received.is_none().cmp(&other.received.is_none()))
            .then_with(|| directed(self.received.cmp(&other.received)))
            .then_with(|| directed(self.id.cmp(&other.id)))
    }
}

/// A row under its key, as a worker hands it over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyedRow {
    pub key: RowKey,
    pub row: Row,
}

/// Where a global stretch of rows begins in each worker, told from evenly spaced keys of each.
///
/// `samples[w]` holds worker w's keys at its ranks 0, `steps[w]`, 2·`steps[w]`, …
/// Returns each worker's rank from which to read, and how many merged rows to step over.
pub fn seek(samples: &[Vec<RowKey>], steps: &[u64], first: u64, descending: bool) -> (Vec<u64>, u64) {
    let mut all: Vec<(&RowKey, usize)> =
        samples.iter().enumerate().flat_map(|(worker, keys)| keys.iter().map(move |key| (key, worker))).collect();
    all.sort_by(|a, b| a.0.compare(b.0, descending));
    let mut ranks = vec![0u64; samples.len()];
    let mut taken = vec![0u64; samples.len()];
    for (_, worker) in all {
        // At most so many rows of all workers come before this sample: each worker's next one is not before it.
        let next: u64 = taken.iter().zip(steps).map(|(taken, step)| taken * step).sum();
        if next > first {
            break;
        }
        ranks[worker] = taken[worker] * steps[worker];
        taken[worker] += 1;
    }
    let before: u64 = ranks.iter().sum();
    (ranks, first - before)
}
