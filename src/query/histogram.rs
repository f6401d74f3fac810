//! Events per bucket of time, apart by a field's values.

use super::answer::{Histogram, Series};
use super::filter::Matches;
use super::merge::by_size;
use super::question::HistogramAsk;
use crate::store::column::{each_width, id_at};
use crate::store::segment::NO_TIME;
use crate::store::{Segment, Store};

/// Values counted apart; the others of a field with more share the series [`OTHER`].
const MAX_SERIES: usize = 256;

/// The series of all values beyond the first [`MAX_SERIES`].
pub const OTHER: &str = "(other)";

/// Events that match, in their buckets. A field with several values counts by its first.
pub fn histogram(store: &Store, matches: &Matches, ask: &HistogramAsk, column_counts: &[u32]) -> Histogram {
    let buckets = ask.buckets as usize;
    let (series_of, values) = series(store, ask, column_counts);
    let mut counts = vec![0u32; values.len() * buckets];
    for (segment, rows) in store.segments().iter().zip(&matches.rows) {
        let column = &segment.columns[store.projection(ask.stack).column() as usize];
        let mut bucket = Bucket::new(ask);
        let mut add = |row: usize, id: u32| {
            if let Some(at) = bucket.of(segment, row) {
                counts[series_of[id as usize] as usize * buckets + at] += 1;
            }
        };
        each_width!(column,
            id => rows.for_each(|row| add(row, id)),
            ids => rows.for_each(|row| add(row, id_at(ids, row))));
    }
    let mut series: Vec<Series> = values
        .into_iter()
        .zip(counts.chunks(buckets.max(1)))
        .map(|(value, counts)| Series { value, counts: counts.to_vec() })
        .filter(|series| series.counts.iter().any(|&events| events > 0))
        .collect();
    by_size(&mut series);
    Histogram { start_micros: ask.start_micros, bucket_micros: ask.bucket_micros, series }
}

/// The series of each column id, and the series' values.
fn series(store: &Store, ask: &HistogramAsk, column_counts: &[u32]) -> (Vec<u32>, Vec<String>) {
    let projection = store.projection(ask.stack);
    let first_value = |id: u32| projection.values_of(&id)[0] as usize;
    let dictionary = store.values(ask.stack);
    let mut counts = vec![0u64; dictionary.len()];
    for (id, &events) in column_counts.iter().enumerate() {
        counts[first_value(id as u32)] += u64::from(events);
    }
    let mut present: Vec<usize> = (0..counts.len()).filter(|&value| counts[value] > 0).collect();
    if present.len() > MAX_SERIES {
        present.select_nth_unstable_by_key(MAX_SERIES - 1, |&value| std::cmp::Reverse(counts[value]));
        present.truncate(MAX_SERIES);
    }
    let mut values: Vec<String> = present.iter().map(|&value| dictionary.text(value as u32).into_owned()).collect();
    let other = values.len() as u32;
    values.push(OTHER.to_string());
    let mut series_of_value = vec![other; counts.len()];
    present.iter().enumerate().for_each(|(series, &value)| series_of_value[value] = series as u32);
    let series_of_id = (0..column_counts.len()).map(|id| series_of_value[first_value(id as u32)]).collect();
    (series_of_id, values)
}

/// Finds a row's bucket; neighbours mostly share theirs, which saves the division.
struct Bucket {
    start: i64,
    width: i64,
    end: i64,
    last: usize,
    last_start: i64,
    last_end: i64,
}

impl Bucket {
    fn new(ask: &HistogramAsk) -> Bucket {
        let width = ask.bucket_micros.max(1);
        let end = ask.start_micros.saturating_add(width.saturating_mul(i64::from(ask.buckets)));
        Bucket { start: ask.start_micros, width, end, last: 0, last_start: 0, last_end: 0 }
    }

    #[inline]
    fn of(&mut self, segment: &Segment, row: usize) -> Option<usize> {
        let received = segment.received[row];
        if received < self.last_start || received >= self.last_end {
            if received == NO_TIME || received < self.start || received >= self.end {
                return None;
            }
            self.last = ((received - self.start) / self.width) as usize;
            self.last_start = self.start + self.last as i64 * self.width;
            self.last_end = self.last_start + self.width;
        }
        Some(self.last)
    }
}
