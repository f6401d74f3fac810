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
//! no latency, but for long operations, whose two entries are told as halves for the page to join),
//! and the exact HTTP status: it is told from the gRPC code unless the response is a
//! `Status`. The level is told from the bodies that are there.

use super::resource_uri::{resource_of_uri, write_uri};
use super::{Read, Wrapper};
use crate::formats::json::{Members, after_space, each_member, elements, inside, walk_members};
use crate::formats::scan::skip_value;
use crate::formats::unescape::unescape_into;
use crate::formats::unwrap::{Ground, Output, Unwrapper};
use crate::formats::{Place, SkipReason};
use crate::model::json_string::unescape;
use crate::model::time::{Micros, parse_rfc3339};
use crate::model::{Event, Flags, Half};
use std::iter;
use std::ops::Range;
use std::rc::Rc;
use xxhash_rust::xxh64::xxh64;

pub(in crate::formats) const ENTRY: Wrapper =
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
    let entry = Entry::of(members.object, None)?;
    take(unwrapper, &entry, members.object, ground, out);
    Ok(())
};

const READ_GO_ENTRY: Read = |unwrapper, _, members, ground, out| {
    let mut payload = Vec::new();
    unescape_into(members.get("AuditPayload").and_then(inside).unwrap_or_default(), &mut payload);
    let entry = Entry::of(members.get("Entry").unwrap_or_default(), Some(&payload))?;
    take(unwrapper, &entry, members.object, ground, out);
    Ok(())
};

/// The parts of an entry that an event is made from. Strings are the inside of JSON strings.
#[derive(Default)]
pub(in crate::formats) struct Entry<'a> {
    insert_id: &'a [u8],
    time: Option<Micros>,
    decision: &'a [u8],
    reason: &'a [u8],
    /// The monitored resource, whole.
    resource: &'a [u8],
    operation_id: &'a [u8],
    is_first: bool,
    is_last: bool,
    payload: Payload<'a>,
}

/// The AuditLog of an entry.
#[derive(Default)]
struct Payload<'a> {
    method: &'a [u8],
    resource: &'a [u8],
    principal: &'a [u8],
    caller_ip: &'a [u8],
    agent: &'a [u8],
    authorization: &'a [u8],
    grpc_code: Option<u16>,
    request: &'a [u8],
    response: &'a [u8],
}

/// A response longer than this is no `Status`.
const MAX_STATUS_BYTES: usize = 16 << 10;

fn text(value: &[u8]) -> &[u8] {
    inside(value).unwrap_or_default()
}

fn number(value: &[u8]) -> Option<u16> {
    std::str::from_utf8(value).ok()?.parse().ok()
}

/// Visits the members of the object at `at`, or none of another value; where it ends.
fn each_text<'a>(record: &'a [u8], at: usize, mut visit: impl FnMut(&[u8], &'a [u8])) -> Option<usize> {
    if record.get(at) != Some(&b'{') {
        return skip_value(record, at).ok();
    }
    walk_members(record, at, |key, at| {
        let end = skip_value(record, at).ok()?;
        visit(key, &record[at..end]);
        Some(end)
    })
}

impl<'a> Entry<'a> {
    /// Reads the entry in `object`, whose AuditLog is `payload`, or its own member.
    fn of(object: &'a [u8], payload: Option<&'a [u8]>) -> Result<Entry<'a>, SkipReason> {
        let mut entry = Entry::default();
        entry.read_at(object, after_space(object, 0)).ok_or(SkipReason::Malformed)?;
        if let Some(payload) = payload {
            entry.payload.read_at(payload, after_space(payload, 0)).ok_or(SkipReason::Malformed)?;
        }
        if entry.payload.method.is_empty() { Err(SkipReason::NotAnEvent) } else { Ok(entry) }
    }

    /// Reads the entry that `text` begins with; where it ends.
    pub fn at(text: &'a [u8]) -> Option<(Entry<'a>, usize)> {
        let mut entry = Entry::default();
        let end = entry.read_at(text, 0)?;
        (!entry.payload.method.is_empty()).then_some((entry, end))
    }

    /// One pass over the entry at `at`; where it ends.
    fn read_at(&mut self, record: &'a [u8], at: usize) -> Option<usize> {
        // JSON exports write `insertId`, Google's Go client `InsertID`.
        walk_members(record, at, |key, at| match key {
            b"protoPayload" => self.payload.read_at(record, at),
            b"labels" | b"Labels" => each_text(record, at, |key, value| match key {
                b"authorization.k8s.io/decision" => self.decision = text(value),
                b"authorization.k8s.io/reason" => self.reason = text(value),
                _ => {}
            }),
            b"operation" | b"Operation" => each_text(record, at, |key, value| match key {
                b"id" => self.operation_id = text(value),
                b"first" => self.is_first = value == b"true",
                b"last" => self.is_last = value == b"true",
                _ => {}
            }),
            _ => {
                let end = skip_value(record, at).ok()?;
                let value = &record[at..end];
                match key {
                    b"insertId" | b"InsertID" => self.insert_id = text(value),
                    b"timestamp" | b"Timestamp" => self.time = parse_rfc3339(text(value)),
                    b"resource" | b"Resource" => self.resource = value,
                    _ => {}
                }
                Some(end)
            }
        })
    }

    /// What it is of a long operation, if one of its two entries.
    fn half(&self, bodies: Flags) -> Option<Half> {
        let is_half = self.is_first != self.is_last && !self.operation_id.is_empty();
        is_half.then(|| {
            let operation = xxh64(unescape(self.operation_id).as_bytes(), 0);
            Half { row: 0, operation, is_last: self.is_last, time: self.time, bodies }
        })
    }

    fn origin(&self, unwrapper: &mut Unwrapper, outer: &str) -> Rc<str> {
        unwrapper.origin_of(outer, iter::once(self.resource), |labels| {
            let Some(resource) = Members::of(self.resource) else { return };
            for (path, label) in
                [("labels>cluster_name", "cluster"), ("labels>location", "location"), ("labels>project_id", "project")]
            {
                labels.add(label, resource.text(path));
            }
        })
    }

    /// Makes the event, and tells of it if it is one half of an operation.
    fn write(&self, record: &[u8], origin: &str, place: Place, out: &mut dyn Output) {
        let payload = &self.payload;
        let mut texts = Vec::with_capacity(256);
        let user = write_quoted(&mut texts, b"{\"username\":\"", payload.principal, b"\"}");
        let ips = write_quoted(&mut texts, b"[\"", payload.caller_ip, b"\"]");
        let uri = write_text(&mut texts, |uri| write_uri(payload.resource, uri));
        let bodies = payload.bodies();
        let mut event = Event {
            audit_id: self.insert_id,
            stage: if self.is_first && !self.is_last { b"ResponseStarted" } else { b"ResponseComplete" },
            level: bodies.level_of_bodies().as_bytes(),
            verb: payload.method.rsplit(|&byte| byte == b'.').next().unwrap_or_default(),
            request_uri: &texts[uri],
            user: &texts[user],
            source_ips: &texts[ips],
            user_agent: payload.agent,
            decision: if self.decision.is_empty() { payload.decision() } else { self.decision },
            reason: self.reason,
            received: self.time,
            flags: bodies,
            ..Event::default()
        };
        event.flags.set(Flags::CONVERTED);
        resource_of_uri(event.request_uri, &mut event);
        event.code = payload.http_code(event.subresource);
        let half = self.half(bodies);
        if half.is_some() {
            event.flags.set(Flags::UNPAIRED);
        }
        out.event(&event, record, origin, place);
        if let Some(half) = half {
            out.half(half);
        }
    }
}

impl<'a> Payload<'a> {
    /// One pass over the AuditLog at `at`; where it ends.
    fn read_at(&mut self, record: &'a [u8], at: usize) -> Option<usize> {
        walk_members(record, at, |key, at| match key {
            b"authenticationInfo" => each_text(record, at, |key, value| match key {
                b"principalEmail" => self.principal = text(value),
                b"principalSubject" if self.principal.is_empty() => self.principal = text(value),
                _ => {}
            }),
            b"requestMetadata" => each_text(record, at, |key, value| match key {
                b"callerIp" => self.caller_ip = text(value),
                b"callerSuppliedUserAgent" => self.agent = text(value),
                _ => {}
            }),
            b"status" => each_text(record, at, |key, value| {
                if key == b"code" {
                    self.grpc_code = number(value);
                }
            }),
            _ => {
                let end = skip_value(record, at).ok()?;
                let value = &record[at..end];
                match key {
                    b"methodName" => self.method = text(value),
                    b"resourceName" => self.resource = text(value),
                    b"authorizationInfo" => self.authorization = value,
                    b"request" => self.request = value,
                    b"response" => self.response = value,
                    _ => {}
                }
                Some(end)
            }
        })
    }

    fn bodies(&self) -> Flags {
        let mut flags = Flags::default();
        if !self.request.is_empty() {
            flags.set(Flags::REQUEST_BODY);
        }
        if !self.response.is_empty() {
            flags.set(Flags::RESPONSE_BODY);
        }
        flags
    }

    fn decision(&self) -> &'static [u8] {
        let first = elements(self.authorization).and_then(|all| all.first().copied());
        match first.and_then(Members::of).and_then(|first| first.get("granted")) {
            Some(b"true") => b"allow",
            Some(b"false") => b"forbid",
            _ => b"",
        }
    }

    /// The response's own status, or the gRPC code's nearest (google/rpc/code.proto).
    fn http_code(&self, subresource: &[u8]) -> u16 {
        let (mut is_status, mut code) = (false, None);
        if self.response.len() < MAX_STATUS_BYTES {
            // Nothing, or no object: no status.
            let _ = each_member(self.response, |key, value| match key {
                b"kind" => is_status = value == b"\"Status\"",
                b"code" => code = number(value),
                _ => {}
            });
        }
        if let Some(code) = code.filter(|_| is_status) {
            return code;
        }
        let is_stream = matches!(subresource, b"exec" | b"attach" | b"portforward" | b"proxy");
        match self.grpc_code {
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

/// Reads an entry.
pub(in crate::formats) fn take(
    unwrapper: &mut Unwrapper,
    entry: &Entry<'_>,
    record: &[u8],
    ground: Ground<'_>,
    out: &mut dyn Output,
) {
    let origin = entry.origin(unwrapper, ground.origin);
    entry.write(record, &origin, ground.place, out);
}

/// Appends a text; returns where it stands.
pub(super) fn write_text(texts: &mut Vec<u8>, write: impl FnOnce(&mut Vec<u8>)) -> Range<usize> {
    let start = texts.len();
    write(texts);
    start..texts.len()
}

/// Appends `value` between two texts; nothing when it is empty.
fn write_quoted(texts: &mut Vec<u8>, before: &[u8], value: &[u8], after: &[u8]) -> Range<usize> {
    write_text(texts, |text| {
        if !value.is_empty() {
            [before, value, after].iter().for_each(|part| text.extend_from_slice(part));
        }
    })
}
