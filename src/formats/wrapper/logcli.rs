//! logcli, Loki's command line client (grafana/loki pkg/logcli/output).
//!
//! ```text
//! jsonl    {"labels":{"cluster":"prod"},"line":"{\"kind\":\"Event\",…}","timestamp":"2024-05-22T15:33:04.123456789Z"}
//! default  2024-05-22T15:33:04Z {cluster="prod", job="audit"} {"kind":"Event",…}
//! raw      {"kind":"Event",…}
//! ```
//!
//! With `2>&1` its own messages stand among the lines ([`super::line`]). Lost:
//! Loki's own timestamp.

use super::{ALL, Wrapper, read_payload};
use crate::formats::origin::Labels;
use crate::model::time::parse_rfc3339;

pub(super) const JSONL: Wrapper = Wrapper {
    name: "logcli jsonl",
    marks: &["labels", "line"],
    payload: &["line"],
    labels: &[("labels", ALL)],
    read: read_payload,
};

/// `2024-05-22T15:33:04Z {cluster="prod", job="audit"}`, the labels optional.
pub(super) fn read_prefix(prefix: &[u8], labels: &mut Labels) -> bool {
    let (time, rest) = match prefix.iter().position(|&byte| byte == b' ') {
        Some(space) => (&prefix[..space], prefix[space..].trim_ascii()),
        None => return false,
    };
    if parse_rfc3339(time).is_none() {
        return false;
    }
    match rest.strip_prefix(b"{").and_then(|rest| rest.strip_suffix(b"}")) {
        Some(inside) => add_label_set(inside, labels),
        None => return false,
    }
    true
}

/// `a="b", c="d"` with Go's escapes.
pub(in crate::formats) fn add_label_set(mut text: &[u8], labels: &mut Labels) {
    while let Some(equals) = text.windows(2).position(|pair| pair == b"=\"") {
        let key = String::from_utf8_lossy(text[..equals].trim_ascii()).into_owned();
        let value = &text[equals + 2..];
        let mut end = 0;
        while end < value.len() && value[end] != b'"' {
            end += if value[end] == b'\\' { 2 } else { 1 };
        }
        labels.add(key.trim_start_matches([',', ' ']), &value[..end.min(value.len())]);
        text = value.get(end + 1..).unwrap_or_default();
    }
}
