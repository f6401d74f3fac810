//! What is asked of a connection before anything is loaded: clusters, labels, how many events.

use super::api::{self, Labels};
use super::discover::{Candidate, Cluster, PROBE_FILTER, SERIES_MATCHERS, any_of, candidates, clusters};
use super::failure::Failure;
use super::http::{Cancel, Client};
use super::retry::Policy;
use super::slices::{Estimate, split};
use super::{MAX_QUERY_NANOS, NANOS_PER_SECOND, NanoRange};
use std::collections::BTreeMap;

/// More candidates than this are not probed one by one.
const MOST_PROBES: usize = 60;

/// Clusters with audit events, and what the search passed over.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Found {
    pub clusters: Vec<Cluster>,
    /// Groups of streams asked for one audit line.
    pub probed: usize,
    /// Groups of streams that were not asked, because there were too many.
    pub not_probed: usize,
}

/// Clusters that have audit events in the range. `on_progress(done, of)` as probes come back.
pub async fn find_clusters(
    client: &Client,
    range: NanoRange,
    cancel: &Cancel,
    on_progress: impl Fn(usize, usize),
) -> Result<Found, Failure> {
    let mut found = Vec::new();
    for matcher in SERIES_MATCHERS {
        found = candidates(&series(client, &[matcher.to_string()], last_piece(range), cancel).await?);
        if !found.is_empty() {
            break;
        }
    }
    if found.is_empty() {
        let matchers = any_of(&label_names(client, range, cancel).await?);
        if !matchers.is_empty() {
            found = candidates(&series(client, &matchers, last_piece(range), cancel).await?);
        }
    }
    let not_probed = found.len().saturating_sub(MOST_PROBES);
    found.truncate(MOST_PROBES);
    let probed = found.len();
    let done = std::cell::Cell::new(0);
    let probes = found.into_iter().map(|candidate| async {
        let holds = holds_audit_events(client, &candidate, range, cancel).await;
        done.set(done.get() + 1);
        on_progress(done.get(), probed);
        holds.map(|holds| holds.then_some(candidate))
    });
    let confirmed: Vec<Candidate> = futures_util::future::join_all(probes)
        .await
        .into_iter()
        .collect::<Result<Vec<_>, _>>()?
        .into_iter()
        .flatten()
        .collect();
    Ok(Found { clusters: clusters(&confirmed), probed, not_probed })
}

async fn holds_audit_events(
    client: &Client,
    candidate: &Candidate,
    range: NanoRange,
    cancel: &Cancel,
) -> Result<bool, Failure> {
    // The newest piece first: most clusters answer there.
    for piece in split(range, MAX_QUERY_NANOS).into_iter().rev() {
        let mut params = range_params(piece);
        params.extend([("query", format!("{}{PROBE_FILTER}", candidate.selector)), ("limit", "1".to_string())]);
        let parse = |answer: &super::http::Answer| Ok(!api::streams(answer.reply())?.is_empty());
        if client.ask("query_range", &params, Policy::USUAL, cancel, parse).await? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The labels of the streams that any of the matchers finds.
async fn series(
    client: &Client,
    matchers: &[String],
    range: NanoRange,
    cancel: &Cancel,
) -> Result<Vec<Labels>, Failure> {
    let mut params = range_params(range);
    params.extend(matchers.iter().map(|matcher| ("match[]", matcher.clone())));
    client.ask("series", &params, Policy::USUAL, cancel, |answer| api::label_sets(answer.reply())).await
}

/// Names of labels in the range, for completion.
pub async fn label_names(client: &Client, range: NanoRange, cancel: &Cancel) -> Result<Vec<String>, Failure> {
    let params = range_params(last_piece(range));
    client.ask("labels", &params, Policy::USUAL, cancel, |answer| api::names(answer.reply())).await
}

/// A label's values in the range, for completion.
pub async fn label_values(
    client: &Client,
    name: &str,
    range: NanoRange,
    cancel: &Cancel,
) -> Result<Vec<String>, Failure> {
    let path = format!("label/{}/values", String::from(js_sys::encode_uri_component(name)));
    let params = range_params(last_piece(range));
    client.ask(&path, &params, Policy::USUAL, cancel, |answer| api::names(answer.reply())).await
}

/// An estimate and the stretch it is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counted {
    pub range: NanoRange,
    pub estimate: Estimate,
}

/// Columns of the estimate over the whole range.
const ESTIMATE_STEPS: i64 = 240;

/// How many lines a log query will give, over time: counted by Loki, nothing is fetched.
pub async fn estimate(client: &Client, logql: &str, range: NanoRange, cancel: &Cancel) -> Result<Estimate, Failure> {
    let seconds = (range.width_nanos() / NANOS_PER_SECOND / ESTIMATE_STEPS).max(1);
    let step_nanos = seconds * NANOS_PER_SECOND;
    let mut counts: BTreeMap<i64, u64> = BTreeMap::new();
    for piece in split(range, MAX_QUERY_NANOS) {
        let mut params = range_params(piece);
        params.push(("query", format!("sum(count_over_time({logql} [{seconds}s]))")));
        params.push(("step", seconds.to_string()));
        let series = client.ask("query_range", &params, Policy::USUAL, cancel, |a| api::series(a.reply())).await?;
        for point in series.iter().flat_map(|series| &series.points) {
            // A point counts the step that ends with it.
            let bucket = (point.at_micros * 1_000 - 1).div_euclid(step_nanos);
            let seen = counts.entry(bucket).or_default();
            *seen = (*seen).max(point.value as u64);
        }
    }
    let first = range.start_nanos.div_euclid(step_nanos);
    let last = (range.end_nanos - 1).div_euclid(step_nanos);
    let counts = (first..=last).map(|bucket| counts.get(&bucket).copied().unwrap_or(0)).collect();
    Ok(Estimate { start_nanos: first * step_nanos, step_nanos, counts })
}

/// Labels are asked for the last 30 days at most.
fn last_piece(range: NanoRange) -> NanoRange {
    NanoRange::new(range.start_nanos.max(range.end_nanos.saturating_sub(MAX_QUERY_NANOS)), range.end_nanos)
}

pub(super) fn range_params(range: NanoRange) -> Vec<(&'static str, String)> {
    vec![("start", range.start_nanos.to_string()), ("end", range.end_nanos.to_string())]
}
