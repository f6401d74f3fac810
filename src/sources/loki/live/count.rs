//! What Loki counts for a live window: totals, the timeline, facets.

use super::super::advice::Kind;
use super::super::api::{self, Series};
use super::super::failure::Failure;
use super::super::http::Cancel;
use super::super::retry::Policy;
use super::super::search::range_params;
use super::super::slices::split;
use super::super::tally::{self, Steps};
use super::super::{MAX_QUERY_NANOS, NANOS_PER_MICRO, NanoRange, SHORTEST_PIECE_NANOS};
use super::Live;
use crate::query::answer::{FacetAnswer, Histogram};
use crate::query::logql::{FacetQuery, Split, is_derived, label_of};
use crate::query::question::{FacetAsk, Filter, HistogramAsk};
use futures_util::future::join_all;

/// Of a facet whose every value Loki does not count at once.
const TOP_OF_MANY: u32 = 100;

impl Live {
    pub(super) async fn total(&self, split: &Split, range: NanoRange, cancel: &Cancel) -> Result<u64, Failure> {
        let query = |nanos| split.total(&self.0.target, nanos);
        Ok(tally::total(&self.instant("events", query, range, cancel).await?))
    }

    pub(super) async fn everything(&self, cancel: &Cancel) -> Result<u64, Failure> {
        let range = self.range();
        if let Some((of, total)) = self.0.everything.get()
            && of == range
        {
            return Ok(total);
        }
        let total = self.total(&Split::of(&Filter::all()), range, cancel).await?;
        self.0.everything.set(Some((range, total)));
        Ok(total)
    }

    /// An instant query over a range: in pieces that the server takes, cut finer where it takes too long.
    async fn instant(
        &self,
        what: &str,
        query: impl Fn(i64) -> String,
        range: NanoRange,
        cancel: &Cancel,
    ) -> Result<Vec<Series>, Failure> {
        let mut pieces = split(range, MAX_QUERY_NANOS);
        let mut all = Vec::new();
        while let Some(piece) = pieces.pop() {
            let logql = query(piece.width_nanos());
            self.log(what, &logql);
            // The range ends with the query's moment, which belongs to it.
            let params = [("query", logql), ("time", (piece.end_nanos - 1).to_string())];
            match self.0.client.ask("query", &params, Policy::USUAL, cancel, |a| api::series(a.reply())).await {
                Ok(series) => all.extend(series),
                Err(failure) => {
                    if !failure.is_too_much() || piece.width_nanos() < 2 * SHORTEST_PIECE_NANOS {
                        return Err(failure);
                    }
                    self.note(format!("The server takes too long for the whole window: {what} are counted in pieces."));
                    pieces.extend(split(piece, piece.width_nanos() / 4 + 1));
                }
            }
        }
        Ok(all)
    }

    pub(super) async fn histogram(
        &self,
        split: &Split,
        ask: &HistogramAsk,
        range: NanoRange,
        cancel: &Cancel,
    ) -> Result<Histogram, Failure> {
        let empty = Histogram { start_micros: ask.start_micros, bucket_micros: ask.bucket_micros, series: Vec::new() };
        let Some(steps) = Steps::of(ask) else {
            self.note("Loki counts no finer than a millisecond: the timeline is empty here.".to_string());
            return Ok(empty);
        };
        if range.is_empty() {
            return Ok(empty);
        }
        let step_nanos = steps.step_micros * NANOS_PER_MICRO;
        let stacked = split.histogram(&self.0.target, ask.stack, step_nanos);
        let stack = stacked.is_some().then_some(ask.stack);
        let whole = split.histogram_total(&self.0.target, step_nanos);
        match self.over_time(stacked.as_ref().unwrap_or(&whole), ask, steps, cancel).await {
            Ok(stretches) => Ok(tally::histogram(&stretches, ask, steps, stack)),
            Err(failure) if stack.is_some() && is_too_many(&failure) => {
                self.note(format!(
                    "{} has too many values to stack the timeline by; it is counted as a whole.",
                    ask.stack.label()
                ));
                let stretches = self.over_time(&whole, ask, steps, cancel).await?;
                Ok(tally::histogram(&stretches, ask, steps, None))
            }
            Err(failure) => Err(failure),
        }
    }

    async fn over_time(
        &self,
        logql: &str,
        ask: &HistogramAsk,
        steps: Steps,
        cancel: &Cancel,
    ) -> Result<Vec<Vec<Series>>, Failure> {
        self.log("timeline", logql);
        let one = |range: NanoRange| async move {
            let mut params = range_params(range);
            params.extend([("query", logql.to_string()), ("step", steps.step_param())]);
            self.0.client.ask("query_range", &params, Policy::USUAL, cancel, |a| api::series(a.reply())).await
        };
        join_all(steps.ranges(ask).into_iter().map(one)).await.into_iter().collect()
    }

    pub(super) async fn one_facet(
        &self,
        filter: &Filter,
        range: NanoRange,
        ask: &FacetAsk,
        cancel: &Cancel,
    ) -> Result<FacetAnswer, Failure> {
        let none = FacetAnswer {
            field: ask.field,
            values: Vec::new(),
            distinct: 0,
            distinct_is_exact: false,
            complete: false,
            unlisted_at_most: 0,
        };
        if label_of(ask.field).is_none() {
            self.note(format!("Loki does not count by {}; load the window to see it.", ask.field.label()));
            return Ok(none);
        }
        if range.is_empty() {
            return Ok(FacetAnswer { complete: true, distinct_is_exact: true, ..none });
        }
        let split = Split::of(&filter.without_own_choices(ask.field));
        let wants_all = is_derived(ask.field) || ask.by_name;
        let top = (!wants_all).then_some(ask.limit.saturating_add(1));
        match self.counted(&split, ask, top, range, cancel).await {
            Err(failure) if is_too_many(&failure) && top != Some(TOP_OF_MANY) => {
                self.note(format!(
                    "{} has more values than the server counts at once: its {TOP_OF_MANY} most frequent are shown.",
                    ask.field.label()
                ));
                self.counted(&split, ask, Some(TOP_OF_MANY), range, cancel).await
            }
            other => other,
        }
    }

    async fn counted(
        &self,
        split: &Split,
        ask: &FacetAsk,
        top: Option<u32>,
        range: NanoRange,
        cancel: &Cancel,
    ) -> Result<FacetAnswer, Failure> {
        let facet = FacetQuery { field: ask.field, find: &ask.find, top };
        // A field without a label was answered before.
        let query = |nanos| split.facet(&self.0.target, &facet, nanos).unwrap_or_default();
        let series = self.instant(ask.field.label(), query, range, cancel).await?;
        Ok(tally::facet(&series, ask, top))
    }
}

fn is_too_many(failure: &Failure) -> bool {
    failure.kind() == Kind::SeriesLimit
}
