//! Loki's answers over HTTP: what came back, as what it should be or as the failure that it is.

use super::failure::{Failure, Reply, sift, unreadable};
use crate::worker::loki::answer::{self, Broken, Envelope};
pub use crate::worker::loki::answer::{Data, Entry, Labels, Point, Series, Stream};
use serde::Deserialize;

/// The answer to `query_range` or `query`. A body of another make is a [`Failure`], as is one
/// entry that is not what it should be: nothing is dropped in silence.
pub fn query(reply: Reply<'_>) -> Result<Data<'_>, Failure> {
    answer::query(sift(reply)?).map_err(|broken| unreadable(reply, broken))
}

/// The answer to `query_range` of a log query.
pub fn streams(reply: Reply<'_>) -> Result<Vec<Stream<'_>>, Failure> {
    answer::streams(sift(reply)?).map_err(|broken| unreadable(reply, broken))
}

/// The answer to a metric query, over time or at one moment.
pub fn series(reply: Reply<'_>) -> Result<Vec<Series>, Failure> {
    match query(reply)? {
        Data::Matrix(series) | Data::Vector(series) => Ok(series),
        Data::Streams(streams) if streams.is_empty() => Ok(Vec::new()),
        Data::Streams(_) => Err(unreadable(reply, Broken::Strange)),
    }
}

/// The answer to `labels` and `label/<name>/values`; without a `data` key there are none.
pub fn names(reply: Reply<'_>) -> Result<Vec<String>, Failure> {
    listed(reply)
}

/// The answer to `series`: one set of labels per stream.
pub fn label_sets(reply: Reply<'_>) -> Result<Vec<Labels>, Failure> {
    listed(reply)
}

fn listed<'a, T: Deserialize<'a>>(reply: Reply<'a>) -> Result<Vec<T>, Failure> {
    let body = sift(reply)?;
    let read: Result<Envelope<Vec<T>>, _> = serde_json::from_slice(body);
    let envelope = read.map_err(|error| unreadable(reply, Broken::of(&error, body)))?;
    // Only Loki's own word makes an absent list an empty one.
    if envelope.status != "success" {
        return Err(unreadable(reply, Broken::Strange));
    }
    Ok(envelope.data.unwrap_or_default())
}

#[cfg(test)]
#[path = "api_tests.rs"]
mod tests;
