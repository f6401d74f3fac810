//! OpenTelemetry's logs as JSON (open-telemetry/opentelemetry-proto opentelemetry/proto/logs/v1/logs.proto).
//!
//! ```json
//! {"resourceLogs":[{"resource":{"attributes":[{"key":"k8s.cluster.name","value":{"stringValue":"prod"}}]},
//!   "scopeLogs":[{"logRecords":[{"timeUnixNano":"1","body":{"stringValue":"{\"kind\":\"Event\",…}"}}]}]}]}
//! ```
//!
//! The way down to `logRecords` is rows of [`crate::formats::spine`]. A body that is
//! a `kvlistValue` is written as a JSON object again. Lost: the record's attributes.

use super::{Read, Wrapper};
use crate::formats::SkipReason;
use crate::formats::json::{Members, elements, inside};
use crate::formats::origin::Labels;

pub(super) const LOG_RECORD: Wrapper =
    Wrapper { name: "OTLP JSON", marks: &["body"], payload: &[], labels: &[], read: READ };

const READ: Read = |unwrapper, _, members, ground, out| {
    let body = members.get("body").unwrap_or_default();
    let value = Members::of(body);
    if let Some(text) = value.as_ref().and_then(|value| value.get("stringValue")) {
        return unwrapper.string(text, ground, out);
    }
    if value.as_ref().is_some_and(|value| value.get("kvlistValue").is_some()) {
        let mut text = Vec::with_capacity(body.len());
        write_any(Some(body), &mut text, 0).ok_or(SkipReason::Malformed)?;
        return unwrapper.text(&text, ground, out);
    }
    unwrapper.labelled(body, Labels::default(), ground, out)
};

/// Levels that are written as the JSON they stand for; what is deeper stays as OTLP has it.
const MAX_DEPTH: u32 = 64;

/// Writes an `AnyValue` as the JSON it stands for. Of what proto3's JSON leaves out, a value is null, a list empty.
fn write_any(any: Option<&[u8]>, text: &mut Vec<u8>, depth: u32) -> Option<()> {
    let any = any.unwrap_or(NULL);
    if any == NULL || depth > MAX_DEPTH {
        text.extend_from_slice(any);
        return Some(());
    }
    let members = Members::of(any)?;
    let Some((kind, value)) = members.iter().next() else {
        text.extend_from_slice(NULL);
        return Some(());
    };
    match kind {
        b"kvlistValue" => {
            text.push(b'{');
            for (index, pair) in values(value)?.into_iter().enumerate() {
                let pair = Members::of(pair)?;
                if index > 0 {
                    text.push(b',');
                }
                text.extend_from_slice(pair.get("key").unwrap_or(b"\"\""));
                text.push(b':');
                write_any(pair.get("value"), text, depth + 1)?;
            }
            text.push(b'}');
        }
        b"arrayValue" => {
            text.push(b'[');
            for (index, item) in values(value)?.into_iter().enumerate() {
                if index > 0 {
                    text.push(b',');
                }
                write_any(Some(item), text, depth + 1)?;
            }
            text.push(b']');
        }
        // proto3 JSON writes 64-bit integers as strings.
        b"intValue" => text.extend_from_slice(inside(value).unwrap_or(value)),
        _ => text.extend_from_slice(value),
    }
    Some(())
}

const NULL: &[u8] = b"null";

/// The `values` of a list.
fn values(list: &[u8]) -> Option<Vec<&[u8]>> {
    if list == NULL {
        return Some(Vec::new());
    }
    match Members::of(list)?.get("values") {
        None | Some(NULL) => Some(Vec::new()),
        Some(values) => elements(values),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(any: &str, expected: Option<&str>) {
        let mut text = Vec::new();
        let written =
            write_any(Some(any.as_bytes()), &mut text, 0).map(|()| String::from_utf8_lossy(&text).into_owned());
        assert_eq!(written.as_deref(), expected, "{any}");
    }

    #[test]
    fn any_values() {
        check(r#"{"stringValue":"a\"b"}"#, Some(r#""a\"b""#));
        check(r#"{"intValue":"7"}"#, Some("7"));
        check(r#"{"boolValue":true}"#, Some("true"));
        check(r#"{"arrayValue":{"values":[{"intValue":1},{},{"stringValue":"a"}]}}"#, Some(r#"[1,null,"a"]"#));
        check(
            r#"{"kvlistValue":{"values":[{"key":"a","value":{"kvlistValue":{}}},{"key":"b","value":{}},{"key":"c"},{"value":{"intValue":1}}]}}"#,
            Some(r#"{"a":{},"b":null,"c":null,"":1}"#),
        );
        for empty in ["{}", "null", r#"{"values":null}"#, r#"{"values":[]}"#] {
            check(&format!(r#"{{"kvlistValue":{empty}}}"#), Some("{}"));
            check(&format!(r#"{{"arrayValue":{empty}}}"#), Some("[]"));
        }
        check("{}", Some("null"));
        check("null", Some("null"));
        check("7", None);
        check(r#"{"kvlistValue":{"values":7}}"#, None);
        check(r#"{"kvlistValue":7}"#, None);
    }

    #[test]
    fn deep_values_stay_as_they_are() {
        let deep = |levels: usize| {
            format!("{}{{\"intValue\":1}}{}", r#"{"arrayValue":{"values":["#.repeat(levels), "]}}".repeat(levels))
        };
        for levels in [1, 64, 65, 66, 5000] {
            let (written, left) = (levels.min(MAX_DEPTH as usize + 1), levels.saturating_sub(MAX_DEPTH as usize + 1));
            let inner = if levels <= MAX_DEPTH as usize { "1".to_string() } else { deep(left) };
            check(&deep(levels), Some(&format!("{}{inner}{}", "[".repeat(written), "]".repeat(written))));
        }
    }
}
