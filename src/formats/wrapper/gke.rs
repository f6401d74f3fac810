//! Google Kubernetes Engine: Cloud Audit Logs (google.cloud.audit.AuditLog in a LogEntry),
//! as GoogleCloudPlatform/khi and falcosecurity/plugins plugins/k8saudit-gke read them.
//!
//! ```json
//! {"protoPayload":{"@type":"type.googleapis.com/google.cloud.audit.AuditLog","methodName":"io.k8s.core.v1.pods.create",
//!    "resourceName":"core/v1/namespaces/default/pods/nginx","authenticationInfo":{"principalEmail":"a@example.org"},
//!    "requestMetadata":{"callerIp":"192.0.2.1","callerSuppliedUserAgent":"kubectl"},"status":{"code":7}},
//!  "insertId":"…","labels":{"authorization.k8s.io/decision":"allow"},"timestamp":"…",
//!  "resource":{"labels":{"cluster_name":"prod","location":"europe-west1","project_id":"p"}},
//!  "operation":{"id":"…","first":true}}
//! ```
//!
//! Converted. Lost from the start: groups, the query string, the second timestamp (so
//! no latency, but for long operations, whose two entries are joined within a piece),
//! and the exact HTTP status: it is told from the gRPC code unless the response is a
//! `Status`. The level is told from the bodies that are there.

use super::{Read, Wrapper};
use crate::formats::json::{Members, elements, inside, unescape};
use crate::formats::origin::Labels;
use crate::formats::unwrap::{Ground, Output};
use crate::formats::{Place, SkipReason};
use crate::model::time::{Micros, parse_rfc3339};
use crate::model::{Event, Flags};
use std::collections::HashMap;
use std::ops::Range;

pub(super) const ENTRY: Wrapper =
    Wrapper { name: "GKE log entry", marks: &["protoPayload"], payload: &[], labels: &[], read: READ_ENTRY };

/// The entry as Google's Go client writes it, the payload as a string beside it.
pub(super) const GO_ENTRY: Wrapper = Wrapper {
    name: "GKE log entry",
    marks: &["Entry", "AuditPayload"],
    payload: &[],
    labels: &[],
    read: READ_GO_ENTRY,
};

const READ_ENTRY: Read = |unwrapper, _, members, ground, out| {
    let entry = Entry::of(members, members.get("protoPayload").unwrap_or_default())?;
    unwrapper.gke.take(&entry, members.object, ground, out);
    Ok(())
};

const READ_GO_ENTRY: Read = |unwrapper, _, members, ground, out| {
    let mut payload = Vec::new();
    unescape(members.get("AuditPayload").and_then(inside).unwrap_or_default(), &mut payload);
    let outer = members.get("Entry").and_then(Members::of).ok_or(SkipReason::Malformed)?;
    let entry = Entry::of(&outer, &payload)?;
    unwrapper.gke.take(&entry, members.object, ground, out);
    Ok(())
};

/// The parts of an entry that an event is made from. Strings are the inside of JSON strings.
struct Entry<'a> {
    payload: Members<'a>,
    insert_id: &'a [u8],
    time: Option<Micros>,
    annotations: Option<Members<'a>>,
    labels: Labels,
    operation_id: &'a [u8],
    is_first: bool,
    is_last: bool,
}

impl<'a> Entry<'a> {
    fn of(entry: &Members<'a>, payload: &'a [u8]) -> Result<Entry<'a>, SkipReason> {
        let payload = Members::of(payload).ok_or(SkipReason::Malformed)?;
        if payload.get("methodName").is_none() {
            return Err(SkipReason::NotAnEvent);
        }
        // JSON exports write `insertId`, Google's Go client `InsertID`.
        let get = |lower: &str, upper: &str| entry.get(lower).or(entry.get(upper));
        let text = |lower: &str, upper: &str| get(lower, upper).and_then(inside).unwrap_or_default();
        let operation = get("operation", "Operation").and_then(Members::of);
        let is_true = |key: &str| operation.as_ref().and_then(|of| of.get(key)) == Some(b"true");
        let mut labels = Labels::default();
        if let Some(resource) = get("resource", "Resource").and_then(Members::of) {
            for (path, label) in
                [("labels>cluster_name", "cluster"), ("labels>location", "location"), ("labels>project_id", "project")]
            {
                labels.add(label, resource.text(path));
            }
        }
        Ok(Entry {
            payload,
            insert_id: text("insertId", "InsertID"),
            time: parse_rfc3339(text("timestamp", "Timestamp")),
            annotations: get("labels", "Labels").and_then(Members::of),
            labels,
            operation_id: operation.as_ref().map_or(b"", |of| of.text("id")),
            is_first: is_true("first"),
            is_last: is_true("last"),
        })
    }

    /// Makes the event; `joined` is the time of the operation's other entry.
    fn write(&self, text: &[u8], joined: Option<Micros>, origin: &str, place: Place, out: &mut dyn Output) {
        let mut texts = Vec::new();
        let payload = &self.payload;
        let quoted = |texts: &mut Vec<u8>, before: &str, value: &[u8], after: &str| {
            write_text(texts, |text| {
                if !value.is_empty() {
                    text.extend_from_slice(before.as_bytes());
                    text.extend_from_slice(value);
                    text.extend_from_slice(after.as_bytes());
                }
            })
        };
        let email = payload.text("authenticationInfo>principalEmail");
        let principal = if email.is_empty() { payload.text("authenticationInfo>principalSubject") } else { email };
        let user = quoted(&mut texts, "{\"username\":\"", principal, "\"}");
        let ips = quoted(&mut texts, "[\"", payload.text("requestMetadata>callerIp"), "\"]");
        let uri = write_text(&mut texts, |uri| write_uri(payload.text("resourceName"), uri));
        let is_open = self.is_first && !self.is_last && joined.is_none();
        let mut event = Event {
            audit_id: self.insert_id,
            stage: if is_open { b"ResponseStarted" } else { b"ResponseComplete" },
            verb: payload.text("methodName").rsplit(|&byte| byte == b'.').next().unwrap_or_default(),
            request_uri: &texts[uri],
            user: &texts[user],
            source_ips: &texts[ips],
            user_agent: payload.text("requestMetadata>callerSuppliedUserAgent"),
            received: joined.into_iter().chain(self.time).min(),
            staged: joined.and(self.time.max(joined)),
            ..Event::default()
        };
        resource_of_uri(event.request_uri, &mut event);
        event.code = self.http_code(event.subresource);
        if let Some(annotations) = &self.annotations {
            event.decision = annotations.text("authorization.k8s.io/decision");
            event.reason = annotations.text("authorization.k8s.io/reason");
        }
        if event.decision.is_empty() {
            event.decision = self.decision();
        }
        event.level = b"Metadata";
        if payload.get("request").is_some() {
            event.level = b"Request";
            event.flags.set(Flags::REQUEST_BODY);
        }
        if payload.get("response").is_some() {
            event.level = b"RequestResponse";
            event.flags.set(Flags::RESPONSE_BODY);
        }
        event.flags.set(Flags::CONVERTED);
        out.event(&event, text, origin, place);
    }

    fn decision(&self) -> &'static [u8] {
        let first = self.payload.get("authorizationInfo").and_then(elements).and_then(|all| all.first().copied());
        match first.and_then(Members::of).and_then(|first| first.get("granted")) {
            Some(b"true") => b"allow",
            Some(b"false") => b"forbid",
            _ => b"",
        }
    }

    /// The response's own status, or the gRPC code's nearest (google/rpc/code.proto).
    fn http_code(&self, subresource: &[u8]) -> u16 {
        let number = |value: &[u8]| std::str::from_utf8(value).ok().and_then(|digits| digits.parse::<u16>().ok());
        let payload = &self.payload;
        if payload.text("response>kind") == b"Status"
            && let Some(code) = payload.path("response>code").and_then(number)
        {
            return code;
        }
        let is_stream = matches!(subresource, b"exec" | b"attach" | b"portforward" | b"proxy");
        match payload.path("status>code").and_then(number) {
            None | Some(0) => 200,
            // Switching protocols has no gRPC code.
            Some(2) if is_stream => 101,
            Some(1) => 499,
            Some(3 | 9 | 11) => 400,
            Some(4) => 504,
            Some(5) => 404,
            Some(6 | 10) => 409,
            Some(7) => 403,
            Some(8) => 429,
            Some(12) => 501,
            Some(14) => 503,
            Some(16) => 401,
            Some(_) => 500,
        }
    }
}

/// Long operations of which one entry has been met.
#[derive(Default)]
pub(in crate::formats) struct Operations {
    held: HashMap<Vec<u8>, Held>,
}

struct Held {
    text: Vec<u8>,
    origin: String,
    place: Place,
    time: Option<Micros>,
    is_last: bool,
}

impl Operations {
    /// Writes an entry, or holds it until the operation's other one comes.
    fn take(&mut self, entry: &Entry<'_>, text: &[u8], ground: Ground<'_>, out: &mut dyn Output) {
        let origin = entry.labels.clone().into_origin(ground.origin);
        if entry.is_first == entry.is_last || entry.operation_id.is_empty() {
            return entry.write(text, None, &origin, ground.place, out);
        }
        match self.held.remove(entry.operation_id) {
            Some(other) if other.is_last != entry.is_last => {
                if entry.is_last {
                    entry.write(text, other.time, &origin, ground.place, out);
                } else {
                    other.write(entry.time, out);
                }
            }
            other => {
                let held =
                    Held { text: text.to_vec(), origin, place: ground.place, time: entry.time, is_last: entry.is_last };
                self.held.insert(entry.operation_id.to_vec(), held);
                if let Some(other) = other {
                    other.write(None, out);
                }
            }
        }
    }

    /// What never met its other entry is an event of its own.
    pub fn finish(self, out: &mut dyn Output) {
        let mut held: Vec<Held> = self.held.into_values().collect();
        held.sort_by_key(|held| held.place.offset);
        held.iter().for_each(|held| held.write(None, out));
    }
}

impl Held {
    fn write(&self, joined: Option<Micros>, out: &mut dyn Output) {
        let mut payload = Vec::new();
        let Some(members) = Members::of(&self.text) else { return };
        let entry = match members.get("protoPayload") {
            Some(object) => Entry::of(&members, object),
            None => {
                unescape(members.text("AuditPayload"), &mut payload);
                match members.get("Entry").and_then(Members::of) {
                    Some(outer) => Entry::of(&outer, &payload),
                    None => return,
                }
            }
        };
        // It was read once before it was held.
        if let Ok(entry) = entry {
            entry.write(&self.text, joined, &self.origin, self.place, out);
        }
    }
}

/// Appends a text; returns where it stands.
pub(super) fn write_text(texts: &mut Vec<u8>, write: impl FnOnce(&mut Vec<u8>)) -> Range<usize> {
    let start = texts.len();
    write(texts);
    start..texts.len()
}

/// `core/v1/…` to `/api/v1/…`, `apps/v1/…` to `/apis/apps/v1/…`, `healthz` to `/healthz`.
fn write_uri(resource_name: &[u8], uri: &mut Vec<u8>) {
    if resource_name.is_empty() {
        return;
    }
    let before: &[u8] = match resource_name.strip_prefix(b"core/") {
        Some(_) => b"/api/",
        None if resource_name.contains(&b'/') => b"/apis/",
        None => b"/",
    };
    uri.extend_from_slice(before);
    uri.extend_from_slice(resource_name.strip_prefix(b"core/").unwrap_or(resource_name));
}

/// Fills group, version, resource, namespace, name and subresource from a resource's URI
/// (kubernetes/apiserver pkg/endpoints/request/requestinfo.go).
pub(super) fn resource_of_uri<'a>(uri: &'a [u8], event: &mut Event<'a>) {
    let path = uri.split(|&byte| byte == b'?').next().unwrap_or_default();
    let mut parts = path.split(|&byte| byte == b'/').skip(1);
    match parts.next() {
        Some(b"api") => {}
        Some(b"apis") => event.api_group = parts.next().unwrap_or_default(),
        _ => return,
    }
    event.api_version = parts.next().unwrap_or_default();
    let mut parts: Vec<&[u8]> = parts.filter(|part| !part.is_empty()).collect();
    if parts.len() > 1 && parts[0] == b"namespaces" {
        event.namespace = parts[1];
        // `/api/v1/namespaces/x` is the namespace itself; `status` and `finalize` are its subresources.
        if parts.len() > 2 && !matches!(parts[2], b"status" | b"finalize") {
            parts.drain(..2);
        }
    }
    let part = |index: usize| parts.get(index).copied().unwrap_or_default();
    event.resource = part(0);
    event.name = part(1);
    event.subresource = part(2);
}
