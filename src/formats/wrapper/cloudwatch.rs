//! Amazon EKS by way of CloudWatch Logs.
//!
//! ```text
//! aws logs filter-log-events   {"events":[{"logStreamName":"kube-apiserver-audit-1","timestamp":1716391984123,"message":"{\"kind\":\"Event\",…}","ingestionTime":1716391985000,"eventId":"1"}]}
//! subscription                 {"messageType":"DATA_MESSAGE","owner":"1","logGroup":"/aws/eks/prod/cluster","logStream":"…","logEvents":[{"id":"1","timestamp":1716391984123,"message":"{…}"}]}
//! Insights                     {"results":[[{"field":"@timestamp","value":"…"},{"field":"@message","value":"{…}"}]]}
//! S3 export                    2024-05-22T15:33:04.123Z {"kind":"Event",…}
//! ```
//!
//! Insights as CSV is read by [`super::csv`]. Lost: CloudWatch's own timestamps and
//! ids. A line over CloudWatch's limit ends `[Truncated...]` and counts as cut off.

use super::{Wrapper, read_payload};
use crate::formats::SkipReason;
use crate::formats::json::Members;
use crate::formats::origin::Labels;
use crate::formats::unwrap::{Ground, Output, Unwrapper};
use crate::model::time::parse_rfc3339;

pub(super) const LOG_EVENT: Wrapper = Wrapper {
    name: "CloudWatch log events",
    marks: &["message", "timestamp", "ingestionTime"],
    payload: &["message"],
    labels: &[("logStreamName", "log_stream"), ("logGroupIdentifier", "log_group")],
    read: read_payload,
};

pub(super) const SUBSCRIPTION: Wrapper = Wrapper {
    name: "CloudWatch subscription",
    marks: &["id", "timestamp", "message"],
    payload: &["message"],
    labels: &[],
    read: read_payload,
};

/// Whether an array is a row of Insights: an object for each field.
pub(in crate::formats) fn is_insights_row(values: &[&[u8]]) -> bool {
    values
        .first()
        .and_then(|first| Members::of(first))
        .is_some_and(|first| first.get("field").is_some() && first.get("value").is_some())
}

pub(in crate::formats) fn read_insights_row(
    unwrapper: &mut Unwrapper,
    values: &[&[u8]],
    ground: Ground<'_>,
    out: &mut dyn Output,
) -> Result<(), SkipReason> {
    let mut labels = Labels::default();
    let mut message = None;
    for cell in values.iter().filter_map(|value| Members::of(value)) {
        match cell.text("field") {
            b"@message" => message = cell.get("value"),
            b"@logStream" => labels.add("log_stream", cell.text("value")),
            b"@log" => labels.add("log_group", cell.text("value")),
            _ => {}
        }
    }
    unwrapper.name("CloudWatch Insights", out);
    unwrapper.labelled(message.ok_or(SkipReason::NotAnEvent)?, labels, ground, out)
}

/// `2024-05-22T15:33:04.123Z ` of a line exported to S3.
pub(super) fn read_prefix(prefix: &[u8], _: &mut Labels) -> bool {
    parse_rfc3339(prefix.trim_ascii()).is_some()
}
