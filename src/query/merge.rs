//! Partial answers of all workers to one answer.

use super::answer::{Answer, FacetAnswer, FacetValue, Histogram, Row, Series};
use super::partial::{KeyedRow, MAX_SERIES, OTHER, Partial, PartialFacet, PartialHistogram};
use super::question::{FacetAsk, Question};
use std::collections::{HashMap, HashSet};

/// Merges what each worker answered to `question`.
///
/// A facet may need a second round: see [`values_to_recount`].
pub fn merge(question: &Question, partials: Vec<Partial>) -> Answer {
    let mut answer = Answer::default();
    let mut facets: Vec<Vec<PartialFacet>> = question.facets.iter().map(|_| Vec::new()).collect();
    let mut histograms = Vec::new();
    let mut rows = Vec::new();
    for partial in partials {
        answer.events += partial.events;
        answer.events_without_time += partial.events_without_time;
        answer.total += partial.total;
        answer.unscanned += partial.unscanned;
        facets.iter_mut().zip(partial.facets).for_each(|(all, one)| all.push(one));
        histograms.extend(partial.histogram);
        rows.extend(partial.rows);
    }
    answer.facets = question.facets.iter().zip(facets).map(|(ask, parts)| merge_facet(ask, &parts)).collect();
    answer.histogram = merge_histograms(&histograms);
    answer.rows = merge_rows(rows, question.table.sort.descending, question.table.limit as usize);
    answer
}

/// Rows of several workers in one order, the first `limit` of them.
pub fn merge_rows(mut rows: Vec<KeyedRow>, descending: bool, limit: usize) -> Vec<Row> {
    rows.sort_by(|a, b| a.key.compare(&b.key, descending));
    rows.into_iter().take(limit).map(|keyed| keyed.row).collect()
}

/// Adds up each value's events. Values that a worker left out may be short by what it holds of
/// them, until [`set_counts`] has put the recounted numbers in.
pub fn merge_facet(ask: &FacetAsk, parts: &[PartialFacet]) -> FacetAnswer {
    let mut sums: HashMap<&str, u64> = HashMap::new();
    for value in parts.iter().flat_map(|part| &part.values) {
        *sums.entry(&value.value).or_default() += value.events;
    }
    let everything = parts.iter().all(|part| part.unlisted_at_most == 0);
    let most_distinct = parts.iter().map(|part| part.distinct).max().unwrap_or(0);
    let mut facet = FacetAnswer {
        field: ask.field,
        distinct: if everything { sums.len() as u64 } else { most_distinct.max(sums.len() as u64) },
        values: sums.into_iter().map(|(value, events)| FacetValue { value: value.to_string(), events }).collect(),
        distinct_is_exact: everything || parts.len() < 2,
        complete: everything,
        unlisted_at_most: parts.iter().map(|part| part.unlisted_at_most).sum(),
    };
    if everything || parts.len() < 2 {
        cut(&mut facet, ask);
    }
    facet
}

/// Orders and shortens to what was asked for, keeping account of what is left out.
pub fn cut(facet: &mut FacetAnswer, ask: &FacetAsk) {
    match ask.by_name {
        true => facet.values.sort_by(|a, b| a.value.cmp(&b.value)),
        false => facet.values.sort_by(|a, b| b.events.cmp(&a.events).then_with(|| a.value.cmp(&b.value))),
    }
    let limit = ask.limit as usize;
    if facet.values.len() > limit {
        let left_out = facet.values[limit..].iter().map(|value| value.events).max().unwrap_or(0);
        facet.unlisted_at_most = facet.unlisted_at_most.max(left_out);
        facet.values.truncate(limit);
        facet.complete = false;
    }
}

/// The values whose counts must be asked again of every worker, because one left values out.
pub fn values_to_recount(facet: &FacetAnswer, parts: &[PartialFacet]) -> Option<Vec<String>> {
    let left_out = parts.iter().any(|part| part.unlisted_at_most > 0);
    (left_out && parts.len() > 1).then(|| facet.values.iter().map(|value| value.value.clone()).collect())
}

/// Puts exact counts in, one list per worker in the order of the facet's values, and cuts.
pub fn set_counts(facet: &mut FacetAnswer, ask: &FacetAsk, per_worker: &[Vec<u64>]) {
    for (at, value) in facet.values.iter_mut().enumerate() {
        value.events = per_worker.iter().filter_map(|counts| counts.get(at)).sum();
    }
    cut(facet, ask);
}

/// Most events first, then by name.
pub fn by_size(series: &mut [Series]) {
    let size = |series: &Series| series.counts.iter().map(|&events| u64::from(events)).sum::<u64>();
    series.sort_by_cached_key(|series| (std::cmp::Reverse(size(series)), series.value.clone()));
}

/// A value keeps a series of its own where no worker may have more of it among its others, so that its counts are whole;
/// of those, the largest.
fn merge_histograms(parts: &[PartialHistogram]) -> Histogram {
    let Some(first) = parts.first() else { return Histogram::default() };
    let (start_micros, bucket_micros) = (first.histogram.start_micros, first.histogram.bucket_micros);
    let mut listed: Vec<HashSet<&str>> = Vec::with_capacity(parts.len());
    for part in parts {
        listed.push(part.histogram.series.iter().map(|series| series.value.as_str()).collect());
    }
    let is_whole =
        |value: &str| parts.iter().zip(&listed).all(|(part, listed)| listed.contains(value) || !part.may_hide(value));
    let mut sums = Sums::default();
    for series in parts.iter().flat_map(|part| &part.histogram.series) {
        sums.add(if is_whole(&series.value) { &series.value } else { OTHER }, &series.counts);
    }
    let mut series = sums.series;
    by_size(&mut series);
    Histogram { start_micros, bucket_micros, series: largest(series) }
}

/// Counts per value, in the order of first sight.
#[derive(Default)]
struct Sums {
    series: Vec<Series>,
    places: HashMap<String, usize>,
}

impl Sums {
    fn add(&mut self, value: &str, counts: &[u32]) {
        match self.places.get(value) {
            Some(&at) => self.series[at].counts.iter_mut().zip(counts).for_each(|(count, more)| *count += more),
            None => {
                self.places.insert(value.to_string(), self.series.len());
                self.series.push(Series { value: value.to_string(), counts: counts.to_vec() });
            }
        }
    }
}

/// Of series in order, as many as one worker would tell apart; the rest joins [`OTHER`].
fn largest(series: Vec<Series>) -> Vec<Series> {
    let apart = series.iter().filter(|series| series.value != OTHER).count();
    if apart <= MAX_SERIES {
        return series;
    }
    let mut sums = Sums::default();
    let mut listed = 0;
    for series in series {
        listed += usize::from(series.value != OTHER);
        sums.add(if listed <= MAX_SERIES { &series.value } else { OTHER }, &series.counts);
    }
    by_size(&mut sums.series);
    sums.series
}
