//! What Grafana's Explore saves (grafana/grafana public/app/features/logs/utils.ts,
//! and the Inspector's data tab).
//!
//! ```text
//! JSON    [{"line":"{\"kind\":\"Event\",…}","timestamp":"1716391984123456789","date":"…","fields":{"cluster":"prod"}}]
//! TXT     Common labels: {"cluster":"prod"}
//!         Line limit: "1000 (1000 returned)"
//!
//!         1716391984123\t2024-05-22T15:33:04.123Z\t{"kind":"Event",…}
//! older   2024-05-22 17:33:04.123\t{"kind":"Event",…}
//! panel   {"results":{"A":{"frames":[{"schema":{"fields":[{"name":"Line"}]},"data":{"values":[["…"]]}}]}}}
//! ```
//!
//! The header's line limit is kept for the account of what is covered ([`line_limit`]).
//! CSV is read by [`super::csv`]. Lost: Grafana's own timestamp (the older text has
//! none with a time zone anyway).

use super::{ALL, Read, Wrapper, read_payload};
use crate::formats::SkipReason;
use crate::formats::json::{Members, elements, inside};
use crate::formats::origin::Labels;
use crate::model::time::parse_rfc3339;

pub(super) const JSON: Wrapper = Wrapper {
    name: "Grafana JSON download",
    marks: &["line", "timestamp"],
    payload: &["line"],
    labels: &[("fields", ALL)],
    read: read_payload,
};

/// A panel's data frames: columns, one array each.
pub(super) const FRAMES: Wrapper =
    Wrapper { name: "Grafana data frames", marks: &["results"], payload: &[], labels: &[], read: READ_FRAMES };

const READ_FRAMES: Read = |unwrapper, _, members, ground, out| {
    let results = members.get("results").and_then(Members::of).ok_or(SkipReason::NotAnEvent)?;
    let mut found = Err(SkipReason::NotAnEvent);
    for (_, result) in results.iter() {
        let frames = Members::of(result).and_then(|result| result.get("frames")).and_then(elements);
        for frame in frames.unwrap_or_default() {
            let Some(frame) = Members::of(frame).and_then(|frame| Frame::of(&frame)) else { continue };
            for (row, line) in frame.lines.iter().enumerate() {
                let mut labels = Labels::default();
                if let Some(object) = frame.labels.get(row) {
                    labels.add_object(object);
                }
                match unwrapper.labelled(line, labels, ground, out) {
                    Ok(()) => found = Ok(()),
                    Err(reason) => out.skip(reason, ground.place),
                }
            }
        }
    }
    found
};

struct Frame<'a> {
    lines: Vec<&'a [u8]>,
    /// An object of labels for each line, when the frame has them.
    labels: Vec<&'a [u8]>,
}

impl<'a> Frame<'a> {
    fn of(frame: &Members<'a>) -> Option<Frame<'a>> {
        let fields = elements(frame.path("schema>fields")?)?;
        let columns = elements(frame.path("data>values")?)?;
        let column = |names: &[&str]| {
            let is_named = |field: &&[u8]| {
                Members::of(field).is_some_and(|field| names.iter().any(|name| field.text("name") == name.as_bytes()))
            };
            columns.get(fields.iter().position(is_named)?).and_then(|column| elements(column))
        };
        let lines = column(&["Line", "body", "line"])?;
        Some(Frame { lines, labels: column(&["labels", "attributes"]).unwrap_or_default() })
    }
}

/// `1716391984123\t2024-05-22T15:33:04.123Z\t` or `2024-05-22 17:33:04.123\t`.
pub(super) fn read_prefix(prefix: &[u8], _: &mut Labels) -> bool {
    let Some(fields) = prefix.strip_suffix(b"\t") else { return false };
    let mut fields = fields.split(|&byte| byte == b'\t');
    let is_local = |field: &[u8]| {
        let mut utc = field.to_vec();
        utc.push(b'Z');
        parse_rfc3339(&utc).is_some()
    };
    match (fields.next(), fields.next(), fields.next()) {
        (Some(epoch), Some(time), None) => {
            !epoch.is_empty() && epoch.iter().all(u8::is_ascii_digit) && parse_rfc3339(time).is_some()
        }
        (Some(time), None, _) => is_local(time),
        _ => false,
    }
}

/// The lines above the events of a text download.
pub(super) fn is_header(line: &[u8]) -> bool {
    let heads: [&[u8]; 4] = [b"Common labels:", b"Line limit:", b"Total bytes processed:", b"Total bytes:"];
    heads.iter().any(|head| line.starts_with(head)) && inside(line).is_none()
}

/// How many lines a download asked for and how many it got, from its header
/// (`Line limit: "1000 (1000 returned)"`).
pub fn line_limit(line: &[u8]) -> Option<(u64, u64)> {
    let text = std::str::from_utf8(line.strip_prefix(b"Line limit:")?).ok()?;
    let (limit, rest) = text.trim().trim_matches('"').split_once('(')?;
    let returned = rest.split_once(" returned")?.0;
    Some((limit.trim().parse().ok()?, returned.trim().parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(line: &str, expected: Option<(u64, u64)>) {
        assert_eq!(line_limit(line.as_bytes()), expected, "{line}");
    }

    #[test]
    fn line_limits() {
        check(r#"Line limit: "1000 (3 returned)""#, Some((1000, 3)));
        check("Line limit: 5000 (5000 returned)", Some((5000, 5000)));
        check("Line limit: 5000", None);
        check("Line limit: \"many (3 returned)\"", None);
        check("Common labels: {}", None);
        check("", None);
    }
}
