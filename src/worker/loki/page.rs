//! One page of lines: what is new in it, in the order of reading, as `logcli -o jsonl` writes it.
//!
//! The next page begins *with* the last page's final nanosecond, since Loki's order inside one is
//! arbitrary; what was seen of it travels along as hashes, so that any worker can read any page.

use super::answer::{Broken, Entry, Labels, Stream};
use super::{Direction, NANOS_PER_SECOND, NanoRange, Nanos};
use crate::model::FIELDS;
use crate::model::time::{MICROS_PER_SECOND, format_rfc3339};
use crate::query::logql::label_of;
use serde::{Deserialize, Serialize};
use std::collections::HashSet;
use std::fmt::Write;
use std::hash::{DefaultHasher, Hash, Hasher};

/// The nanosecond between two pages, and what was seen of it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Border {
    pub nanos: Option<Nanos>,
    /// A hash of each line and its stream's labels.
    pub seen: Vec<u128>,
}

/// What is wanted of an answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Want {
    pub range: NanoRange,
    pub direction: Direction,
    /// Of the page before.
    pub border: Border,
}

/// What a page held: enough to know what to ask for next.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    /// Lines in the answer.
    pub entries: u32,
    /// Of these, new ones.
    pub fresh: u32,
    /// The first and the last one's time within the range, in the order of reading.
    pub ends: Option<(Nanos, Nanos)>,
    pub border: Border,
}

/// A page's new lines, told from one another without their text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Glance {
    pub told: Told,
    pub lines: Vec<LineMark>,
    /// The first is written as the API server writes events, without spaces.
    pub is_compact: bool,
}

/// Which line it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineMark {
    pub nanos: Nanos,
    /// Of the line and its stream's labels.
    pub hash: u128,
}

/// A body that is no page of lines.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoPage {
    pub broken: Broken,
    pub bytes: u64,
    /// Enough of it to be shown.
    pub start: Vec<u8>,
}

/// Bytes of a body that is no page which are worth showing.
#[cfg(feature = "worker")]
const SHOWN_BYTES: usize = 1_200;

/// Of `2024-05-22T15:33:04`.
const SECOND_CHARS: usize = 19;

/// What is new in an answer, borrowed from it.
pub struct Page<'a> {
    /// Per stream.
    labels_json: Vec<String>,
    lines: Vec<(usize, Entry<'a>)>,
    told: Told,
}

impl<'a> Page<'a> {
    pub fn of(streams: &[Stream<'a>], want: Want) -> Page<'a> {
        let labels_json: Vec<String> = streams.iter().map(|stream| own_labels_json(&stream.labels)).collect();
        let mut lines = by_time(streams, want.direction);
        let entries = lines.len() as u32;
        lines.retain(|(_, entry)| want.range.contains(entry.nanos));
        let ends = lines.first().zip(lines.last()).map(|((_, first), (_, last))| (first.nanos, last.nanos));
        let mut border = want.border;
        let hash = |stream: usize, entry: &Entry| line_hash(&labels_json[stream], entry.line_json);
        let before: HashSet<u128> = border.seen.iter().copied().collect();
        lines.retain(|(stream, entry)| border.nanos != Some(entry.nanos) || !before.contains(&hash(*stream, entry)));
        if let Some((_, last)) = ends {
            if border.nanos != Some(last) {
                border = Border { nanos: Some(last), seen: Vec::new() };
            }
            let mut seen: HashSet<u128> = border.seen.iter().copied().collect();
            // A server that repeats a line within one page has it dropped here.
            lines.retain(|(stream, entry)| {
                if entry.nanos != last {
                    return true;
                }
                let line = hash(*stream, entry);
                let is_new = seen.insert(line);
                if is_new {
                    border.seen.push(line);
                }
                is_new
            });
        }
        let told = Told { entries, fresh: lines.len() as u32, ends, border };
        Page { labels_json, lines, told }
    }

    pub fn told(&self) -> &Told {
        &self.told
    }

    /// Each line with its stream's own labels as a JSON object.
    pub fn lines(&self) -> impl Iterator<Item = (&str, Entry<'a>)> {
        self.lines.iter().map(|(stream, entry)| (self.labels_json[*stream].as_str(), *entry))
    }

    pub fn jsonl(&self) -> String {
        let mut text =
            String::with_capacity(self.lines().map(|(labels, e)| labels.len() + e.line_json.len() + 80).sum());
        // Most lines share the second of the line before.
        let (mut second, mut shown) = (None, String::new());
        for (labels, entry) in self.lines() {
            let own = entry.nanos.div_euclid(NANOS_PER_SECOND);
            if second.replace(own) != Some(own) {
                shown = format_rfc3339(own * MICROS_PER_SECOND);
                shown.truncate(SECOND_CHARS);
            }
            for part in ["{\"labels\":", labels, ",\"line\":", entry.line_json, ",\"timestamp\":\"", &shown] {
                text.push_str(part);
            }
            // Writing to a String does not fail.
            let _ = writeln!(text, ".{:09}Z\"}}", entry.nanos.rem_euclid(NANOS_PER_SECOND));
        }
        text
    }
}

/// Reads an answer: what was in it, and its new lines as JSON lines.
#[cfg(feature = "worker")]
pub fn read(body: &[u8], want: Want) -> Result<(Told, String), NoPage> {
    let streams = streams(body)?;
    let page = Page::of(&streams, want);
    let text = page.jsonl();
    Ok((page.told, text))
}

/// Reads an answer: what was in it, and which lines are new.
#[cfg(feature = "worker")]
pub fn glance(body: &[u8], want: Want) -> Result<Glance, NoPage> {
    let streams = streams(body)?;
    let page = Page::of(&streams, want);
    let mark =
        |(labels, entry): (&str, Entry)| LineMark { nanos: entry.nanos, hash: line_hash(labels, entry.line_json) };
    let first = page.lines().next().map(|(_, entry)| entry.line());
    let is_compact = first.is_some_and(|line| line.contains("\"auditID\":\"") && line.contains("\"verb\":\""));
    Ok(Glance { lines: page.lines().map(mark).collect(), told: page.told, is_compact })
}

#[cfg(feature = "worker")]
fn streams(body: &[u8]) -> Result<Vec<Stream<'_>>, NoPage> {
    super::quick::streams(body).map_err(|broken| NoPage {
        broken,
        bytes: body.len() as u64,
        start: body[..body.len().min(SHOWN_BYTES)].to_vec(),
    })
}

/// All entries with their stream's number, by time; the order inside one nanosecond is as it came.
fn by_time<'a>(streams: &[Stream<'a>], direction: Direction) -> Vec<(usize, Entry<'a>)> {
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

/// Two hashes of 64 bits: that two of a nanosecond's lines share both does not happen.
fn line_hash(labels_json: &str, line_json: &str) -> u128 {
    let half = |salt: u8| {
        let mut hasher = DefaultHasher::new();
        (salt, labels_json, line_json).hash(&mut hasher);
        u128::from(hasher.finish())
    };
    half(0) << 64 | half(1)
}

/// The stream's own labels as a JSON object: what a query extracted from the line is none of them,
/// and differs from query to query.
fn own_labels_json(labels: &Labels) -> String {
    let own: std::collections::BTreeMap<&str, &str> =
        labels.iter().filter(|(name, _)| !is_extracted(name)).map(|(name, value)| (&**name, &**value)).collect();
    // Invariant: a map of strings always serializes.
    serde_json::to_string(&own).unwrap_or_else(|_| "{}".to_string())
}

fn is_extracted(name: &str) -> bool {
    let name = name.strip_suffix("_extracted").unwrap_or(name);
    name.starts_with("__error")
        || name == "audit_id"
        || FIELDS.iter().any(|spec| label_of(spec.field).is_some_and(|label| label.name == name))
}

#[cfg(test)]
mod tests {
    use super::*;

    const EVERYTHING: NanoRange = NanoRange { start_nanos: i64::MIN, end_nanos: i64::MAX };

    fn want(direction: Direction) -> Want {
        Want { range: EVERYTHING, direction, border: Border::default() }
    }

    #[test]
    fn a_line_reaches_the_file_as_it_came() {
        let body = r#"{"status":"success","data":{"resultType":"streams","result":[{"stream":{"b":"2","a":"\"1"},"values":[["1795410520326681088","{\"k\":\"\\u00e9\"}\n"]]}]}}"#;
        let (told, out) = read(body.as_bytes(), want(Direction::Forward)).expect("a page");
        assert_eq!((told.entries, told.fresh), (1, 1));
        assert_eq!(
            out,
            concat!(
                r#"{"labels":{"a":"\"1","b":"2"},"line":"{\"k\":\"\\u00e9\"}\n","timestamp":"2026-11-23T05:08:40.326681088Z"}"#,
                "\n"
            )
        );
        let back: serde_json::Value = serde_json::from_str(out.trim_end()).expect("one JSON value a line");
        assert_eq!(back["line"], "{\"k\":\"\\u00e9\"}\n");
    }

    #[test]
    fn entries_of_several_streams_merge_by_time() {
        let stream = |times: &[i64]| Stream {
            labels: Labels::new(),
            entries: times.iter().map(|&nanos| Entry { nanos, line_json: "\"\"" }).collect(),
        };
        let streams = [stream(&[5, 3, 1]), stream(&[4, 3])];
        let order = |direction| by_time(&streams, direction).iter().map(|(n, e)| (*n, e.nanos)).collect::<Vec<_>>();
        assert_eq!(order(Direction::Backward), [(0, 5), (1, 4), (0, 3), (1, 3), (0, 1)]);
        assert_eq!(order(Direction::Forward), [(0, 1), (0, 3), (1, 3), (1, 4), (0, 5)]);
    }

    #[test]
    fn what_was_seen_at_the_border_is_dropped() {
        let page = |lines: &[(i64, &str)], border: Border| {
            let values: Vec<_> = lines.iter().map(|(nanos, line)| format!(r#"["{nanos}","{line}"]"#)).collect();
            let body = format!(
                r#"{{"data":{{"resultType":"streams","result":[{{"stream":{{}},"values":[{}]}}]}}}}"#,
                values.join(",")
            );
            let wanted = Want { range: NanoRange::new(1, 9), direction: Direction::Forward, border };
            read(body.as_bytes(), wanted).expect("a page")
        };
        let (first, _) = page(&[(0, "out"), (1, "a"), (3, "b"), (3, "c"), (3, "c"), (9, "out")], Border::default());
        assert_eq!((first.entries, first.fresh, first.ends), (6, 3, Some((1, 3))));
        let (second, text) = page(&[(3, "c"), (3, "d"), (3, "b"), (4, "b")], first.border);
        assert_eq!((second.fresh, second.ends, second.border.seen.len()), (2, Some((3, 4)), 1));
        let lines: Vec<_> = text.lines().filter_map(|line| line.split(r#""line":""#).nth(1)?.chars().next()).collect();
        assert_eq!(lines, ['d', 'b']);
        let (nothing, _) = page(&[], second.border.clone());
        assert_eq!((nothing.fresh, nothing.ends, nothing.border), (0, None, second.border));
    }

    #[test]
    fn a_glance_tells_lines_apart() {
        let line = |text: &str| serde_json::to_string(text).expect("text");
        let body = |labels: &str, lines: &[(i64, &str)]| {
            let values: Vec<_> = lines.iter().map(|(nanos, text)| format!(r#"["{nanos}",{}]"#, line(text))).collect();
            format!(
                r#"{{"data":{{"resultType":"streams","result":[{{"stream":{{{labels}}},"values":[{}]}}]}}}}"#,
                values.join(",")
            )
        };
        let at = |labels: &str, lines: &[(i64, &str)]| {
            glance(body(labels, lines).as_bytes(), want(Direction::Forward)).expect("a page")
        };
        let compact = r#"{"auditID":"1","verb":"get"}"#;
        let one = at(r#""a":"1""#, &[(1, compact), (1, "b"), (2, "b")]);
        assert_eq!((one.told.fresh, one.is_compact), (3, true));
        assert_eq!(one.lines.iter().map(|line| line.nanos).collect::<Vec<_>>(), [1, 1, 2]);
        assert_ne!(one.lines[0].hash, one.lines[1].hash);
        // The same line is the same whatever page it is on; another stream's is another.
        assert_eq!(at(r#""a":"1""#, &[(2, "b")]).lines[..], one.lines[2..]);
        assert_ne!(at(r#""a":"2""#, &[(2, "b")]).lines[..], one.lines[2..]);
        assert!(!at("", &[(1, r#"{"auditID": "1", "verb": "get"}"#)]).is_compact);
        assert!(!at("", &[]).is_compact);
        assert!(glance(b"Welcome", want(Direction::Forward)).is_err());
    }

    #[test]
    fn a_body_that_is_no_page_says_how() {
        let check = |body: &str, broken: Broken| {
            let told = read(body.as_bytes(), want(Direction::Forward)).expect_err(body);
            assert_eq!((told.broken, told.bytes), (broken, body.len() as u64), "{body}");
            assert!(body.as_bytes().starts_with(&told.start));
        };
        check(r#"{"status":"success","data":{"resu"#, Broken::CutOff);
        check(r#"{"status":"success","data":{"resultType":"vector","result":[]}}"#, Broken::Strange);
        check("Welcome", Broken::Strange);
        check("", Broken::Strange);
    }

    #[test]
    fn labels_that_a_query_extracted_are_not_the_streams() {
        let check = |pairs: &[(&str, &str)], expected: &str| {
            let labels: Labels = pairs.iter().map(|(k, v)| (k.to_string(), v.to_string())).collect();
            assert_eq!(own_labels_json(&labels), expected);
        };
        let extracted = [("audit_verb", "get"), ("audit_id", "1"), ("audit_user_extracted", "x"), ("__error__", "e")];
        check(&[&[("cluster", "c")], &extracted[..]].concat(), r#"{"cluster":"c"}"#);
        check(&[("cluster", "c")], r#"{"cluster":"c"}"#);
    }
}
