//! Loki's query API: `GET /loki/api/v1/query_range` (Grafana Loki documentation, HTTP API).
//!
//! ```json
//! {"status":"success","data":{"resultType":"streams","result":[
//!   {"stream":{"cluster":"prod"},"values":[["1716391984123456789","{\"kind\":\"Event\",…}"]]}]}}
//! ```
//!
//! The way down to `values` is a row of [`crate::formats::spine`]; a value is a pair
//! of nanoseconds and line, with categorized labels a third element
//! (`{"structuredMetadata":{…},"parsed":{…}}`). Lost: Loki's own timestamp.

use crate::formats::SkipReason;
use crate::formats::block::closing_quote;
use crate::formats::json::{Members, after_space, inside};
use crate::formats::origin::Labels;
use crate::formats::scan::skip_value;
use crate::formats::unescape::unescape_string;
use crate::formats::unwrap::{Ground, Output, Unwrapper};

/// The `["time","line"]` that `text` begins with: the line's text goes to the front of
/// `buffer`. Returns its length and where the pair ends; `None` for anything else, three
/// elements or a very long line too.
pub(in crate::formats) fn pair_at(text: &[u8], buffer: &mut Vec<u8>) -> Option<(usize, usize)> {
    let line = line_in_pair(text)?;
    let (read, length) = unescape_string(&text[line + 1..], buffer)?;
    let end = after_space(text, line + 1 + read + 1);
    (text.get(end) == Some(&b']')).then_some((length, end + 1))
}

/// Where the `["time","line"]` that `text` begins with ends; `None` for anything else, and where more text is needed.
pub(in crate::formats) fn end_of_pair(text: &[u8]) -> Option<usize> {
    let line = line_in_pair(text)?;
    let end = after_space(text, closing_quote(text, line + 1)? + 1);
    (text.get(end) == Some(&b']')).then_some(end + 1)
}

/// Where the line's opening quote stands in a `["time","line"]`.
fn line_in_pair(text: &[u8]) -> Option<usize> {
    let time = after_space(text, 1);
    let time_end = (text.get(time) == Some(&b'"')).then(|| skip_value(text, time).ok()).flatten()?;
    let comma = after_space(text, time_end);
    let line = (text.get(comma) == Some(&b',')).then(|| after_space(text, comma + 1))?;
    (text.get(line) == Some(&b'"')).then_some(line)
}

/// The line of a `[time, line]` or `[time, line, labels]`; `None` for any other array.
pub(in crate::formats) fn line_of<'a>(values: &[&'a [u8]]) -> Option<&'a [u8]> {
    let (&time, &line) = (values.first()?, values.get(1)?);
    let is_time = inside(time).is_some_and(|text| !text.is_empty() && text.iter().all(u8::is_ascii_digit));
    (is_time && line.first() == Some(&b'"') && values.len() <= 3).then_some(line)
}

pub(in crate::formats) fn read_pair(
    unwrapper: &mut Unwrapper,
    line: &[u8],
    values: &[&[u8]],
    ground: Ground<'_>,
    out: &mut dyn Output,
) -> Result<(), SkipReason> {
    let Some(metadata) = values.get(2).and_then(|third| Members::of(third)) else {
        return unwrapper.string(line, ground, out);
    };
    let mut labels = Labels::default();
    match metadata.get("structuredMetadata") {
        Some(object) => labels.add_object(object),
        None if metadata.get("parsed").is_none() => labels.add_object(values[2]),
        None => {}
    }
    let origin = labels.into_origin(ground.origin);
    unwrapper.string(line, ground.from(&origin), out)
}
