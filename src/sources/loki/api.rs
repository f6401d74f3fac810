//! Loki's answers, borrowed from their text. A line stays the JSON string literal it arrived as:
//! it goes into a file of JSON lines unchanged, and is decoded only to be shown.

use super::failure::{Failure, Reply, sift, unreadable};
use super::{Direction, NANOS_PER_MICRO, Nanos};
use crate::model::Micros;
use serde::de::{Deserializer, IgnoredAny, SeqAccess, Visitor};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// A stream's or a series' labels, sorted by name.
pub type Labels = BTreeMap<String, String>;

/// The answer to `query_range` or `query`.
#[derive(Debug)]
pub enum Data<'a> {
    Streams(Vec<Stream<'a>>),
    Matrix(Vec<Series>),
    Vector(Vec<Series>),
}

/// Log lines under one set of labels, in the order sent (equal times in any order).
#[derive(Debug)]
pub struct Stream<'a> {
    pub labels: Labels,
    pub entries: Vec<Entry<'a>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry<'a> {
    pub nanos: Nanos,
    /// A JSON string literal, quotes and escapes included.
    pub line_json: &'a str,
}

impl Entry<'_> {
    pub fn line(&self) -> String {
        // Invariant: `Pair` was accepted as a JSON value that begins with a quote.
        serde_json::from_str(self.line_json).unwrap_or_default()
    }
}

/// Counts over time under one set of labels; a vector has one point.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    pub labels: Labels,
    /// Empty buckets are absent.
    pub points: Vec<Point>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    pub at_micros: Micros,
    pub value: f64,
}

#[derive(Deserialize)]
#[serde(bound(deserialize = "T: Deserialize<'de>"))]
struct Envelope<'a, T> {
    #[serde(borrow, default)]
    status: Cow<'a, str>,
    #[serde(default = "Option::default")]
    data: Option<T>,
}

#[derive(Deserialize)]
struct QueryData<'a> {
    #[serde(borrow, rename = "resultType")]
    result_type: Cow<'a, str>,
    #[serde(borrow)]
    result: Vec<Item<'a>>,
}

/// One element of `result`, whichever of the three kinds it is.
#[derive(Deserialize)]
struct Item<'a> {
    #[serde(default, alias = "metric")]
    stream: Labels,
    #[serde(borrow, default)]
    values: Vec<Pair<'a>>,
    #[serde(borrow, default)]
    value: Option<Pair<'a>>,
}

/// `["<nanos>", "<line>"]`, `["<nanos>", "<line>", {…}]` or `[seconds, "<number>"]`.
struct Pair<'a> {
    at: At,
    value: &'a RawValue,
}

enum At {
    Nanos(Nanos),
    Seconds(f64),
}

impl<'de> Deserialize<'de> for At {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<At, D::Error> {
        struct Either;
        impl Visitor<'_> for Either {
            type Value = At;
            fn expecting(&self, out: &mut std::fmt::Formatter) -> std::fmt::Result {
                out.write_str("nanoseconds as a string, or seconds as a number")
            }
            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<At, E> {
                text.parse().map(At::Nanos).map_err(|_| E::custom("not nanoseconds"))
            }
            fn visit_u64<E: serde::de::Error>(self, seconds: u64) -> Result<At, E> {
                Ok(At::Seconds(seconds as f64))
            }
            fn visit_i64<E: serde::de::Error>(self, seconds: i64) -> Result<At, E> {
                Ok(At::Seconds(seconds as f64))
            }
            fn visit_f64<E: serde::de::Error>(self, seconds: f64) -> Result<At, E> {
                Ok(At::Seconds(seconds))
            }
        }
        deserializer.deserialize_any(Either)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Pair<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Pair<'a>, D::Error> {
        struct Elements;
        impl<'de> Visitor<'de> for Elements {
            type Value = Pair<'de>;
            fn expecting(&self, out: &mut std::fmt::Formatter) -> std::fmt::Result {
                out.write_str("a time and a value")
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Pair<'de>, A::Error> {
                let missing = || serde::de::Error::custom("a time and a value");
                let at = seq.next_element()?.ok_or_else(missing)?;
                let value: &'de RawValue = seq.next_element()?.ok_or_else(missing)?;
                // Structured metadata, when the server was asked for it.
                while seq.next_element::<IgnoredAny>()?.is_some() {}
                Ok(Pair { at, value })
            }
        }
        deserializer.deserialize_seq(Elements)
    }
}

impl<'a> Pair<'a> {
    fn entry(&self) -> Option<Entry<'a>> {
        let line_json = self.value.get();
        match self.at {
            At::Nanos(nanos) if line_json.starts_with('"') => Some(Entry { nanos, line_json }),
            _ => None,
        }
    }

    fn point(&self) -> Option<Point> {
        let At::Seconds(seconds) = self.at else { return None };
        let value = serde_json::from_str::<&str>(self.value.get()).ok()?.parse().ok()?;
        Some(Point { at_micros: (seconds * 1e6).round() as Micros, value })
    }
}

/// The answer to `query_range` or `query`. A body of another make is a [`Failure`], as is one
/// entry that is not what it should be: nothing is dropped in silence.
pub fn query(reply: Reply<'_>) -> Result<Data<'_>, Failure> {
    let body = sift(reply)?;
    let envelope: Envelope<QueryData> = serde_json::from_slice(body).map_err(|e| unreadable(reply, &e))?;
    let strange = || not_loki(reply);
    let data = envelope.data.ok_or_else(strange)?;
    let points = |pairs: &[Pair]| pairs.iter().map(Pair::point).collect::<Option<Vec<_>>>().ok_or_else(strange);
    let series = |item: Item| {
        let mut all = points(&item.values)?;
        all.extend(points(item.value.as_slice())?);
        Ok(Series { labels: item.stream, points: all })
    };
    match &*data.result_type {
        "streams" => {
            let mut streams = Vec::with_capacity(data.result.len());
            for item in data.result {
                let entries = item.values.iter().map(Pair::entry).collect::<Option<Vec<_>>>().ok_or_else(strange)?;
                streams.push(Stream { labels: item.stream, entries });
            }
            Ok(Data::Streams(streams))
        }
        "matrix" => Ok(Data::Matrix(data.result.into_iter().map(series).collect::<Result<_, Failure>>()?)),
        "vector" => Ok(Data::Vector(data.result.into_iter().map(series).collect::<Result<_, Failure>>()?)),
        _ => Err(strange()),
    }
}

/// The answer to `query_range` of a log query.
pub fn streams(reply: Reply<'_>) -> Result<Vec<Stream<'_>>, Failure> {
    match query(reply)? {
        Data::Streams(streams) => Ok(streams),
        _ => Err(not_loki(reply)),
    }
}

/// The answer to a metric query, over time or at one moment.
pub fn series(reply: Reply<'_>) -> Result<Vec<Series>, Failure> {
    match query(reply)? {
        Data::Matrix(series) | Data::Vector(series) => Ok(series),
        Data::Streams(streams) if streams.is_empty() => Ok(Vec::new()),
        Data::Streams(_) => Err(not_loki(reply)),
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
    let envelope: Envelope<Vec<T>> = serde_json::from_slice(body).map_err(|e| unreadable(reply, &e))?;
    // Only Loki's own word makes an absent list an empty one.
    if envelope.status != "success" {
        return Err(not_loki(reply));
    }
    Ok(envelope.data.unwrap_or_default())
}

fn not_loki(reply: Reply<'_>) -> Failure {
    let start = &reply.body[..reply.body.len().min(300)];
    Failure::NotLoki {
        status: reply.status,
        content_type: reply.content_type.to_string(),
        start_of_text: String::from_utf8_lossy(start).into_owned(),
    }
}

/// All entries of a page with their stream's number, by time; the order inside one nanosecond
/// is as it came.
pub fn by_time<'a>(streams: &[Stream<'a>], direction: Direction) -> Vec<(usize, Entry<'a>)> {
    let mut all: Vec<_> = streams
        .iter()
        .enumerate()
        .flat_map(|(number, stream)| stream.entries.iter().map(move |entry| (number, *entry)))
        .collect();
    match direction {
        Direction::Forward => all.sort_by_key(|(_, entry)| entry.nanos),
        Direction::Backward => all.sort_by_key(|(_, entry)| std::cmp::Reverse(entry.nanos)),
    }
    all
}

/// One line as `logcli -o jsonl` writes it, newline included. `labels_json` is an object.
pub fn push_jsonl(out: &mut String, labels_json: &str, entry: Entry<'_>) {
    let time = rfc3339_nanos(entry.nanos);
    for part in ["{\"labels\":", labels_json, ",\"line\":", entry.line_json, ",\"timestamp\":\"", &time, "\"}\n"] {
        out.push_str(part);
    }
}

/// Labels as a JSON object.
pub fn labels_json<L: Serialize>(labels: &L) -> String {
    // Invariant: a map of strings always serializes.
    serde_json::to_string(labels).unwrap_or_else(|_| "{}".to_string())
}

/// `2024-05-22T15:33:04.123456789Z`.
pub fn rfc3339_nanos(nanos: Nanos) -> String {
    let mut text = crate::model::time::format_rfc3339(nanos.div_euclid(NANOS_PER_MICRO));
    text.pop();
    text.push_str(&format!("{:03}Z", nanos.rem_euclid(NANOS_PER_MICRO)));
    text
}

#[cfg(test)]
#[path = "api_tests.rs"]
mod tests;
