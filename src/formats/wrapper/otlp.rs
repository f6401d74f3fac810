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
        write_any(body, &mut text, 0).ok_or(SkipReason::Malformed)?;
        return unwrapper.text(&text, ground, out);
    }
    unwrapper.labelled(body, Labels::default(), ground, out)
};

/// Writes an `AnyValue` as the JSON it stands for.
fn write_any(any: &[u8], text: &mut Vec<u8>, depth: u32) -> Option<()> {
    if depth > 64 {
        return None;
    }
    let (kind, value) = Members::of(any)?.iter().next()?;
    match kind {
        b"kvlistValue" => {
            text.push(b'{');
            for (index, pair) in elements(Members::of(value)?.get("values")?)?.into_iter().enumerate() {
                let pair = Members::of(pair)?;
                if index > 0 {
                    text.push(b',');
                }
                text.extend_from_slice(pair.get("key")?);
                text.push(b':');
                write_any(pair.get("value")?, text, depth + 1)?;
            }
            text.push(b'}');
        }
        b"arrayValue" => {
            text.push(b'[');
            let values = Members::of(value)?.get("values").and_then(elements).unwrap_or_default();
            for (index, item) in values.into_iter().enumerate() {
                if index > 0 {
                    text.push(b',');
                }
                write_any(item, text, depth + 1)?;
            }
            text.push(b']');
        }
        // proto3 JSON writes 64-bit integers as strings.
        b"intValue" => text.extend_from_slice(inside(value).unwrap_or(value)),
        _ => text.extend_from_slice(value),
    }
    Some(())
}
