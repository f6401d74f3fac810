//! Events per bucket of time, apart by a field's values.

use super::answer::{Histogram, Series};
use super::filter::Matches;
use super::merge::by_size;
use super::partial::{MAX_SERIES, OTHER, PartialHistogram, value_hash};
use super::question::HistogramAsk;
use crate::store::column::{each_width, id_at};
use crate::store::segment::NO_TIME;
use crate::store::{Segment, Store};

/// Of so many values that share the series [`OTHER`] each is told, so that what other workers have of them is known to lack
/// these.
const MOST_TOLD: usize = 10_000;

/// Events that match, in their buckets. A field with several values counts by its first.
pub fn histogram(store: &Store, matches: &Matches, ask: &HistogramAsk, column_counts: &[u32]) -> PartialHistogram {
    let buckets = ask.buckets as usize;
    let Apart { series_of, values, unlisted } = apart(store, ask, column_counts);
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
    let histogram = Histogram { start_micros: ask.start_micros, bucket_micros: ask.bucket_micros, series };
    PartialHistogram { histogram, unlisted }
}

/// What is counted apart.
struct Apart {
    /// The series of each column id.
    series_of: Vec<u32>,
    values: Vec<String>,
    /// As [`PartialHistogram`] has it.
    unlisted: Option<Vec<u32>>,
}

fn apart(store: &Store, ask: &HistogramAsk, column_counts: &[u32]) -> Apart {
    let projection = store.projection(ask.stack);
    let first_value = |id: u32| projection.values_of(&id)[0] as usize;
    let dictionary = store.values(ask.stack);
    let mut counts = vec![0u64; dictionary.len()];
    for (id, &events) in column_counts.iter().enumerate() {
        counts[first_value(id as u32)] += u64::from(events);
    }
    let mut present: Vec<usize> = (0..counts.len()).filter(|&value| counts[value] > 0).collect();
    let mut others = Vec::new();
    if present.len() > MAX_SERIES {
        present.select_nth_unstable_by_key(MAX_SERIES - 1, |&value| std::cmp::Reverse(counts[value]));
        others = present.split_off(MAX_SERIES);
    }
    let hash = |&value: &usize| value_hash(&dictionary.text(value as u32));
    let mut unlisted = (others.len() <= MOST_TOLD).then(|| others.iter().map(hash).collect::<Vec<u32>>());
    unlisted.iter_mut().for_each(|hashes| hashes.sort_unstable());
    let mut values: Vec<String> = present.iter().map(|&value| dictionary.text(value as u32).into_owned()).collect();
    let other = values.len() as u32;
    values.push(OTHER.to_string());
    let mut series_of_value = vec![other; counts.len()];
    present.iter().enumerate().for_each(|(series, &value)| series_of_value[value] = series as u32);
    let series_of = (0..column_counts.len()).map(|id| series_of_value[first_value(id as u32)]).collect();
    Apart { series_of, values, unlisted }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Field;
    use crate::query::arbitrary;
    use crate::query::merge::merge;
    use crate::query::question::{Filter, Question, Sort, TableAsk};
    use std::collections::BTreeMap;

    const START: i64 = 1_795_392_000_000_000;

    /// Users with the events that each has in each of two buckets.
    type Users = Vec<(String, [u32; 2])>;

    fn text(users: &Users) -> String {
        let line = |user: &str, bucket: usize| {
            format!(
                "{{\"auditID\":\"a\",\"user\":{{\"username\":\"{user}\"}},\"requestReceivedTimestamp\":\"2026-11-23T00:00:0{bucket}Z\"}}\n"
            )
        };
        let of_user = |(user, events): &(String, [u32; 2])| {
            (0..2).map(|bucket| line(user, bucket).repeat(events[bucket] as usize)).collect::<String>()
        };
        users.iter().map(of_user).collect()
    }

    fn merged(workers: &[Users]) -> Histogram {
        let all = Filter::all();
        let of_worker = |(worker, users): (usize, &Users)| arbitrary::shard(worker as u8, &[text(users)], &all);
        let mut shards: Vec<_> = workers.iter().enumerate().map(of_worker).collect();
        let sort = Sort { field: Field::Time, descending: true };
        let ask = HistogramAsk { start_micros: START, bucket_micros: 1_000_000, buckets: 2, stack: Field::User };
        let table = TableAsk { columns: Vec::new(), sort, limit: 0 };
        let question = Question { filter: all, window: None, facets: Vec::new(), histogram: Some(ask), table };
        merge(&question, arbitrary::answers(&mut shards, &question)).histogram
    }

    /// Users of one worker, as many events each.
    fn crowd(name: &str, users: usize, events: [u32; 2]) -> Users {
        (0..users).map(|user| (format!("{name}{user}"), events)).collect()
    }

    /// `listed`: those with a series of their own among others, and whether it is theirs.
    fn check(workers: &[Users], listed: &[(&str, bool)]) {
        let mut truth: BTreeMap<&str, [u32; 2]> = BTreeMap::new();
        for (user, events) in workers.iter().flatten() {
            let sum = truth.entry(user).or_default();
            (0..2).for_each(|bucket| sum[bucket] += events[bucket]);
        }
        let histogram = merged(workers);
        let mut other: Vec<u32> = (0..2).map(|bucket| truth.values().map(|events| events[bucket]).sum()).collect();
        for series in histogram.series.iter().filter(|series| series.value != OTHER) {
            assert_eq!(
                Some(&series.counts[..]),
                truth.get(series.value.as_str()).map(|events| &events[..]),
                "{}",
                series.value
            );
            (0..2).for_each(|bucket| other[bucket] -= series.counts[bucket]);
        }
        let series_of = |value: &str| histogram.series.iter().find(|series| series.value == value);
        assert_eq!(series_of(OTHER).map_or(&[0, 0][..], |series| &series.counts), other);
        assert!(histogram.series.len() <= MAX_SERIES + 1, "{} series", histogram.series.len());
        for (user, is_listed) in listed {
            assert_eq!(series_of(user).is_some(), *is_listed, "{user}");
        }
        let mut by_size: Vec<Series> = histogram.series.clone();
        super::by_size(&mut by_size);
        assert_eq!(histogram.series, by_size);
    }

    #[test]
    fn what_is_listed_has_all_its_events_whatever_the_number_of_workers() {
        let one = |name: &str, events| vec![(name.to_string(), events)];
        let with = |crowd: &Users, more: &[Users]| [crowd.clone(), more.concat()].concat();
        let (many, few) = (crowd("u", 300, [1, 2]), crowd("u", 100, [1, 2]));
        check(std::slice::from_ref(&many), &[]);
        check(&[few.clone(), few.clone()], &[("u0", true), (OTHER, false)]);
        // Of those that one worker lists and the other does not, the counts would be short.
        check(&[with(&many, &[one("late", [1, 0])]), one("late", [5, 5])], &[("late", false), (OTHER, true)]);
        // Known to one worker alone: nothing is short.
        check(&[many.clone(), one("late", [5, 5])], &[("late", true), (OTHER, true)]);
        check(&[with(&many, &[one("top", [9, 9])]), with(&many, &[one("top", [9, 0])])], &[("top", true)]);
        // More values than anyone would tell apart.
        check(&[crowd("u", 400, [2, 2]), crowd("v", 400, [1, 1]), one("w", [3, 3])], &[("w", true), ("v0", false)]);
        check(&[crowd("u", 20_000, [1, 0]), one("w", [3, 3])], &[("w", false)]);
        check(&[Vec::new(), few], &[("u0", true), (OTHER, false)]);
    }
}
