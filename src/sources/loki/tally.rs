//! Loki's counts as the page's answers.

use super::api::Series;
use super::{MAX_QUERY_NANOS, NANOS_PER_MICRO, NanoRange};
use crate::model::Field;
use crate::model::text::contains_ignoring_case;
use crate::query::answer::{self, FacetAnswer, FacetValue, Histogram};
use crate::query::logql::{field_values, label_of};
use crate::query::question::{FacetAsk, HistogramAsk};
use std::collections::HashMap;

/// Loki takes no finer step.
const FINEST_STEP_MICROS: i64 = 1_000;
/// Points a series; the server's own limit is 11,000.
const MOST_POINTS: i64 = 10_000;

/// The sum of all counts.
pub fn total(series: &[Series]) -> u64 {
    series.iter().flat_map(|series| &series.points).map(|point| point.value as u64).sum()
}

/// How a histogram is asked: Loki's points fall on multiples of the step since 1970, so the step
/// divides both the bucket and its start (weeks begin on Mondays: they are counted by days).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Steps {
    pub step_micros: i64,
}

impl Steps {
    /// `None` when Loki cannot count so finely, or not in so many steps.
    pub fn of(ask: &HistogramAsk) -> Option<Steps> {
        let step_micros =
            greatest_common_divisor(ask.bucket_micros, ask.start_micros.rem_euclid(ask.bucket_micros.max(1)));
        let points = ask.bucket_micros.checked_div(step_micros)?.checked_mul(i64::from(ask.buckets))?;
        (step_micros >= FINEST_STEP_MICROS && points <= MOST_POINTS).then_some(Steps { step_micros })
    }

    /// The value of the API's `step`, in seconds.
    pub fn step_param(self) -> String {
        format!("{}.{:06}", self.step_micros / 1_000_000, self.step_micros % 1_000_000)
    }

    /// Stretches to ask for, each as the API's `start` and `end` and within the server's limit. A point
    /// counts the step that ends with it, so the first lies one step after the histogram's start.
    pub fn ranges(self, ask: &HistogramAsk) -> Vec<NanoRange> {
        let step = self.step_micros * NANOS_PER_MICRO;
        let first = ask.start_micros * NANOS_PER_MICRO + step;
        let steps = ask.bucket_micros / self.step_micros * i64::from(ask.buckets);
        let at_once = (MAX_QUERY_NANOS / step - 1).max(1);
        (0..steps)
            .step_by(at_once as usize)
            // `end` must lie after `start`; a nanosecond more than the last point adds no point of its own
            // beyond the one that rounding up gives, which lies outside and is dropped.
            .map(|from| NanoRange::new(first + from * step, first + (from + at_once).min(steps) * step - step + 1))
            .collect()
    }
}

fn greatest_common_divisor(a: i64, b: i64) -> i64 {
    if b == 0 { a.abs() } else { greatest_common_divisor(b, a % b) }
}

/// Points to buckets. Without `stack` all is one series. Stretches may overlap in their border
/// points: `series` of each come in one slice, and a point counts once.
pub fn histogram(stretches: &[Vec<Series>], ask: &HistogramAsk, steps: Steps, stack: Option<Field>) -> Histogram {
    let mut points: HashMap<(String, i64), u64> = HashMap::new();
    for stretch in stretches {
        let mut of_stretch: HashMap<(String, i64), u64> = HashMap::new();
        for series in stretch {
            let value = stack_value(series, stack);
            for point in &series.points {
                *of_stretch.entry((value.clone(), point.at_micros)).or_default() += point.value as u64;
            }
        }
        for (key, events) in of_stretch {
            let known = points.entry(key).or_default();
            *known = (*known).max(events);
        }
    }
    let mut by_value: HashMap<String, Vec<u32>> = HashMap::new();
    for ((value, at), events) in points {
        // The step that ends with the point begins here.
        let from = at - steps.step_micros - ask.start_micros;
        let bucket = from.div_euclid(ask.bucket_micros.max(1));
        if let Ok(bucket) = usize::try_from(bucket)
            && bucket < ask.buckets as usize
        {
            let counts = by_value.entry(value).or_insert_with(|| vec![0; ask.buckets as usize]);
            counts[bucket] = counts[bucket].saturating_add(u32::try_from(events).unwrap_or(u32::MAX));
        }
    }
    let mut series: Vec<answer::Series> =
        by_value.into_iter().map(|(value, counts)| answer::Series { value, counts }).collect();
    let sum = |series: &answer::Series| series.counts.iter().map(|&count| u64::from(count)).sum::<u64>();
    series.sort_by(|a, b| sum(b).cmp(&sum(a)).then_with(|| a.value.cmp(&b.value)));
    Histogram { start_micros: ask.start_micros, bucket_micros: ask.bucket_micros, series }
}

/// A field with several values counts by its first, as everywhere.
fn stack_value(series: &Series, stack: Option<Field>) -> String {
    stack.and_then(|field| values_of(series, field).into_iter().next()).unwrap_or_default()
}

fn values_of(series: &Series, field: Field) -> Vec<String> {
    let text = label_of(field).and_then(|label| series.labels.get(label.name)).map_or("", String::as_str);
    field_values(field, text)
}

/// Series to a facet. `top`: how many series were asked for at most, the largest first.
pub fn facet(series: &[Series], ask: &FacetAsk, top: Option<u32>) -> FacetAnswer {
    let mut events: HashMap<String, u64> = HashMap::new();
    for one in series {
        let count = total(std::slice::from_ref(one));
        let mut values = values_of(one, ask.field);
        values.sort();
        values.dedup();
        if values.is_empty() {
            values.push(String::new());
        }
        for value in values {
            *events.entry(value).or_default() += count;
        }
    }
    let mut values: Vec<FacetValue> = events
        .into_iter()
        .filter(|(value, events)| *events > 0 && contains_ignoring_case(value, &ask.find))
        .map(|(value, events)| FacetValue { value, events })
        .collect();
    match ask.by_name {
        true => values.sort_by(|a, b| a.value.cmp(&b.value)),
        false => values.sort_by(|a, b| b.events.cmp(&a.events).then_with(|| a.value.cmp(&b.value))),
    }
    let all_asked = top.is_none_or(|top| series.len() < top as usize);
    let beyond =
        if all_asked { 0 } else { series.iter().map(|one| total(std::slice::from_ref(one))).min().unwrap_or(0) };
    let distinct = values.len() as u64;
    let cut = values.split_off(values.len().min(ask.limit as usize));
    let unlisted_at_most = cut.iter().map(|value| value.events).max().unwrap_or(0).max(beyond);
    FacetAnswer {
        field: ask.field,
        values,
        distinct,
        distinct_is_exact: all_asked,
        complete: all_asked && cut.is_empty(),
        unlisted_at_most,
    }
}

#[cfg(test)]
mod tests {
    use super::super::api::{Labels, Point};
    use super::*;

    fn series(label: &str, value: &str, points: &[(i64, u64)]) -> Series {
        let labels =
            if value.is_empty() { Labels::new() } else { Labels::from([(label.to_string(), value.to_string())]) };
        let points = points.iter().map(|&(second, count)| Point { at_micros: second * 1_000_000, value: count as f64 });
        Series { labels, points: points.collect() }
    }

    fn ask(start_seconds: i64, bucket_seconds: i64, buckets: u32) -> HistogramAsk {
        let (start_micros, bucket_micros) = (start_seconds * 1_000_000, bucket_seconds * 1_000_000);
        HistogramAsk { start_micros, bucket_micros, buckets, stack: Field::Verb }
    }

    #[test]
    fn points_count_the_step_before_them() {
        let ask = ask(600, 60, 3);
        let steps = Steps::of(&ask).expect("steps");
        assert_eq!(steps.step_param(), "60.000000");
        assert_eq!(steps.ranges(&ask), [NanoRange::new(660_000_000_000, 780_000_000_001)]);
        let stretch = vec![
            series("audit_verb", "get", &[(660, 2), (780, 1), (840, 9)]),
            series("audit_verb", "list", &[(720, 5), (600, 9)]),
        ];
        let told = histogram(&[stretch.clone(), stretch.clone()], &ask, steps, Some(Field::Verb));
        let told: Vec<_> = told.series.iter().map(|s| (s.value.as_str(), s.counts.as_slice())).collect();
        assert_eq!(told, [("list", &[0, 5, 0][..]), ("get", &[2, 0, 1])]);
        let whole = histogram(&[stretch], &ask, steps, None);
        assert_eq!(whole.series[0].counts, [2, 5, 1]);
    }

    #[test]
    fn weeks_are_counted_by_days_and_too_fine_is_not_counted() {
        let day = 86_400;
        let weeks = ask(4 * day, 7 * day, 10);
        let steps = Steps::of(&weeks).expect("steps");
        assert_eq!(steps.step_micros, day * 1_000_000);
        let ranges = steps.ranges(&weeks);
        assert!(ranges.iter().all(|range| !range.is_empty() && range.width_nanos() < MAX_QUERY_NANOS));
        let days: Vec<(i64, u64)> = (0..70).map(|i| ((4 + i + 1) * day, 1)).collect();
        let told = histogram(&[vec![series("", "", &days)]], &weeks, steps, None);
        assert_eq!(told.series[0].counts, [7; 10]);
        let fine = HistogramAsk { start_micros: 0, bucket_micros: 500, buckets: 10, stack: Field::Verb };
        assert_eq!(Steps::of(&fine), None);
    }

    #[test]
    fn facets() {
        let counted = |label: &str, all: &[(&str, u64)]| -> Vec<Series> {
            all.iter().map(|&(value, count)| series(label, value, &[(0, count)])).collect()
        };
        let ask = |field, limit, find: &str, by_name| FacetAsk { field, limit, find: find.to_string(), by_name };
        let told = |facet: FacetAnswer| {
            let values: Vec<_> = facet.values.iter().map(|v| format!("{}:{}", v.value, v.events)).collect();
            (values.join(" "), facet.distinct, facet.complete, facet.unlisted_at_most)
        };
        let users = counted("audit_user", &[("alice", 5), ("", 2), ("bob", 7), ("Alan", 1)]);
        let check = |ask: FacetAsk, series: &[Series], top, expected: (&str, u64, bool, u64)| {
            let (values, distinct, complete, unlisted) = told(facet(series, &ask, top));
            assert_eq!((values.as_str(), distinct, complete, unlisted), expected);
        };
        check(ask(Field::User, 10, "", false), &users, None, ("bob:7 alice:5 :2 Alan:1", 4, true, 0));
        check(ask(Field::User, 2, "", false), &users, None, ("bob:7 alice:5", 4, false, 2));
        check(ask(Field::User, 10, "AL", true), &users, None, ("Alan:1 alice:5", 2, true, 0));
        check(ask(Field::User, 10, "", false), &users, Some(4), ("bob:7 alice:5 :2 Alan:1", 4, false, 1));
        let groups = counted("audit_groups", &[(r#"["a","b"]"#, 3), (r#"["b"]"#, 4), ("", 1)]);
        check(ask(Field::Group, 10, "", false), &groups, None, ("b:7 a:3 :1", 3, true, 0));
        let classes = counted("audit_code", &[("200", 3), ("201", 4), ("404", 1)]);
        check(ask(Field::CodeClass, 10, "", false), &classes, None, ("2xx:7 4xx:1", 2, true, 0));
    }
}

#[cfg(test)]
#[path = "pushdown_tests.rs"]
mod pushdown;
