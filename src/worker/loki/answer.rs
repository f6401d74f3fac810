//! Loki's answers, borrowed from their text. A line stays the JSON string literal it arrived as:
//! it goes into a file of JSON lines unchanged, and is decoded only to be shown.

use super::Nanos;
use crate::model::Micros;
use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, SeqAccess, Visitor};
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

/// Why a body is no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, Deserialize)]
pub enum Broken {
    /// It ends before the answer does.
    CutOff,
    /// It is nothing that Loki says.
    Strange,
}

impl Broken {
    pub fn of(error: &serde_json::Error, body: &[u8]) -> Broken {
        let looks_like_json = matches!(body.trim_ascii_start().first(), Some(b'{' | b'['));
        if error.is_eof() && looks_like_json { Broken::CutOff } else { Broken::Strange }
    }
}

#[derive(Deserialize)]
#[serde(bound(deserialize = "T: Deserialize<'de>"))]
pub struct Envelope<'a, T> {
    #[serde(borrow, default)]
    pub status: Cow<'a, str>,
    #[serde(default = "Option::default")]
    pub data: Option<T>,
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

/// The answer to `query_range` or `query`. One entry that is not what it should be makes all of it
/// [`Broken`]: nothing is dropped in silence.
pub fn query(body: &[u8]) -> Result<Data<'_>, Broken> {
    let envelope: Envelope<QueryData> = serde_json::from_slice(body).map_err(|error| Broken::of(&error, body))?;
    let data = envelope.data.ok_or(Broken::Strange)?;
    let points = |pairs: &[Pair]| pairs.iter().map(Pair::point).collect::<Option<Vec<_>>>().ok_or(Broken::Strange);
    let series = |item: Item| {
        let mut all = points(&item.values)?;
        all.extend(points(item.value.as_slice())?);
        Ok(Series { labels: item.stream, points: all })
    };
    match &*data.result_type {
        "streams" => {
            let mut streams = Vec::with_capacity(data.result.len());
            for item in data.result {
                let entries = item.values.iter().map(Pair::entry).collect::<Option<Vec<_>>>().ok_or(Broken::Strange)?;
                streams.push(Stream { labels: item.stream, entries });
            }
            Ok(Data::Streams(streams))
        }
        "matrix" => Ok(Data::Matrix(data.result.into_iter().map(series).collect::<Result<_, Broken>>()?)),
        "vector" => Ok(Data::Vector(data.result.into_iter().map(series).collect::<Result<_, Broken>>()?)),
        _ => Err(Broken::Strange),
    }
}

/// The answer to `query_range` of a log query.
pub fn streams(body: &[u8]) -> Result<Vec<Stream<'_>>, Broken> {
    match query(body)? {
        Data::Streams(streams) => Ok(streams),
        _ => Err(Broken::Strange),
    }
}
