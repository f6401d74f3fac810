//! Azure Kubernetes Service: diagnostic records (Event Hub, storage account) and
//! Log Analytics tables.
//!
//! ```text
//! records           {"records":[{"category":"kube-audit","resourceId":"…","properties":{"log":"{\"kind\":\"Event\",…}\n","stream":"stdout","pod":"kube-apiserver-1"},"time":"…"}]}
//! AzureDiagnostics  {"log_s":"{\"kind\":\"Event\",…}","pod_s":"…","Resource":"PROD"}
//! AKSAudit          {"AuditId":"…","Stage":"ResponseComplete","Verb":"get","User":{…},"ObjectRef":{…},…}
//! ```
//!
//! Both tables also come as CSV ([`super::csv`]), nested columns as JSON text. Lost:
//! nothing of the event in `log`; an AKSAudit row is put together again from its columns.

use super::{Read, Wrapper, read_payload};
use crate::formats::json::{escape, inside};
use crate::formats::scan::scan_event;
use crate::formats::unescape::unescape_into;
use crate::model::{Event, Flags};

const LABELS: &[(&str, &str)] = &[
    ("resourceId", "resource_id"),
    ("properties>pod", "pod"),
    ("_ResourceId", "resource_id"),
    ("Resource", "cluster"),
    ("pod_s", "pod"),
    ("PodName", "pod"),
];

pub(super) const RECORD: Wrapper = Wrapper {
    name: "AKS diagnostic records",
    marks: &["properties>log"],
    payload: &["properties>log"],
    labels: LABELS,
    read: read_payload,
};

pub(super) const DIAGNOSTICS: Wrapper =
    Wrapper { name: "AzureDiagnostics", marks: &["log_s"], payload: &["log_s"], labels: LABELS, read: read_payload };

pub(super) const TABLE: Wrapper =
    Wrapper { name: "AKSAudit", marks: &["AuditId", "Stage"], payload: &[], labels: LABELS, read: READ_TABLE };

const READ_TABLE: Read = |unwrapper, wrapper, members, ground, out| {
    let mut text = Vec::new();
    let mut plain = Vec::new();
    let cells: Vec<(String, Vec<u8>)> = members
        .iter()
        .map(|(column, value)| {
            plain.clear();
            match inside(value) {
                Some(inside) => unescape_into(inside, &mut plain),
                // No value is an empty column.
                None if value == b"null" => {}
                None => plain.extend_from_slice(value),
            }
            (String::from_utf8_lossy(column).into_owned(), plain.clone())
        })
        .collect();
    event_of_row(cells.iter().map(|(column, value)| (column.as_str(), value.as_slice())), &mut text);
    let mut event = Event::default();
    scan_event(&text, &mut event)?;
    event.flags.set(Flags::CONVERTED);
    let origin = wrapper.origin(unwrapper, members, ground.origin);
    out.event(&event, &text, &origin, ground.place);
    Ok(())
};

/// Column of the AKSAudit table, member of the event, and whether it holds JSON
/// (Azure Monitor reference, AKSAudit).
const COLUMNS: &[(&str, &str, bool)] = &[
    ("Level", "level", false),
    ("AuditId", "auditID", false),
    ("Stage", "stage", false),
    ("RequestUri", "requestURI", false),
    ("Verb", "verb", false),
    ("User", "user", true),
    ("ImpersonatedUser", "impersonatedUser", true),
    ("SourceIps", "sourceIPs", true),
    ("UserAgent", "userAgent", false),
    ("ObjectRef", "objectRef", true),
    ("ResponseStatus", "responseStatus", true),
    ("RequestObject", "requestObject", true),
    ("ResponseObject", "responseObject", true),
    ("RequestReceivedTime", "requestReceivedTimestamp", false),
    ("StageReceivedTime", "stageTimestamp", false),
    ("Annotations", "annotations", true),
];

/// Writes the event that a row of the table was made from. Empty columns are left out.
pub(super) fn event_of_row<'a>(row: impl Iterator<Item = (&'a str, &'a [u8])>, text: &mut Vec<u8>) {
    text.extend_from_slice(br#"{"kind":"Event","apiVersion":"audit.k8s.io/v1""#);
    for (column, value) in row {
        let known = COLUMNS.iter().find(|known| known.0.eq_ignore_ascii_case(column));
        let Some((_, member, is_json)) = known.filter(|_| !value.is_empty()) else { continue };
        text.extend_from_slice(format!(",\"{member}\":").as_bytes());
        if *is_json {
            text.extend_from_slice(value);
        } else {
            text.push(b'"');
            escape(value, text);
            text.push(b'"');
        }
    }
    text.push(b'}');
}
