//! The hot path: one audit.k8s.io event read off its text in a single pass.
//!
//! Lazy on purpose: a string is found by its closing quote and never copied, a body is
//! stepped over by its brackets. Ours because ingest is what the product is for;
//! `make bench` compares it with DuckDB's reader.

use super::SkipReason;
use super::cursor::{Cursor, after_string};
use super::recall::Recall;
use crate::model::json_string::unescape;
use crate::model::time::parse_rfc3339;
use crate::model::{Event, Flags};

/// Reads the JSON object at the start of `record` (leading white space allowed) as an audit event.
///
/// Returns the offset after the object's closing brace; what follows is the caller's.
///
/// # Errors
/// `NotJson`: no object starts here. `Incomplete`: the text ends inside it. `Malformed`: it
/// breaks JSON's grammar. `NotAnEvent`: a sound object, but neither `auditID` nor an
/// `audit.k8s.io` `apiVersion` in it.
pub fn scan_event<'a>(record: &'a [u8], event: &mut Event<'a>) -> Result<usize, SkipReason> {
    scan_again(record, event, &mut Recall::off())
}

/// The same for one of many events, which are like those before.
///
/// # Errors
/// As [`scan_event`].
pub fn scan_again<'a>(record: &'a [u8], event: &mut Event<'a>, recall: &mut Recall) -> Result<usize, SkipReason> {
    *event = Event::default();
    let mut cursor = Cursor { text: record, at: 0 };
    cursor.skip_space();
    if cursor.peek() != Some(b'{') {
        return Err(if cursor.at == record.len() { SkipReason::Incomplete } else { SkipReason::NotJson });
    }
    let mut audit_api = false;
    let mut legacy = Legacy::default();
    // Where the user began, while nothing but what belongs to an actor came since.
    let mut actor_start = None;
    cursor.members(|cursor, key| {
        let earlier_start = actor_start.take();
        match key {
            b"level" => text_unless_set(cursor, &mut event.level)?,
            b"auditID" => event.audit_id = cursor.text_value()?,
            b"stage" => event.stage = cursor.text_value()?,
            b"requestURI" => event.request_uri = cursor.text_value()?,
            b"verb" => event.verb = cursor.text_value()?,
            b"user" => actor_start = user(cursor, event, recall)?,
            b"impersonatedUser" => {
                (event.impersonated_user, event.actor) = (cursor.bracketed(b'{')?, 0);
                actor_start = earlier_start;
            }
            b"sourceIPs" => {
                (event.source_ips, event.actor) = (cursor.bracketed(b'[')?, 0);
                actor_start = earlier_start;
            }
            b"userAgent" => {
                event.user_agent = cursor.text_value()?;
                event.actor = keep_actor(cursor, event, recall, earlier_start);
            }
            b"objectRef" => object_ref(cursor, event)?,
            b"responseStatus" => response_status(cursor, event)?,
            b"requestObject" => body(cursor, event, Flags::REQUEST_BODY)?,
            b"responseObject" => body(cursor, event, Flags::RESPONSE_BODY)?,
            b"requestReceivedTimestamp" => event.received = recall.time(cursor.text_value()?),
            b"stageTimestamp" => event.staged = recall.time(cursor.text_value()?),
            b"annotations" => annotations_again(cursor, event, recall)?,
            b"apiVersion" => audit_api |= api_version(cursor.text_value()?, event),
            b"timestamp" => legacy.received = cursor.text_value()?,
            b"metadata" => creation_timestamp(cursor, &mut legacy)?,
            // OpenShift's log forwarder overwrites `level` and keeps the real one here.
            b"k8s_audit_level" => event.level = cursor.text_value()?,
            _ => cursor.skip_value()?,
        }
        Ok(())
    })?;
    if event.audit_id.is_empty() && !(audit_api && (!event.stage.is_empty() || !event.verb.is_empty())) {
        return Err(SkipReason::NotAnEvent);
    }
    legacy.fill(event);
    Ok(cursor.at)
}

/// The end of the JSON value that starts at `at` (white space before it allowed).
///
/// # Errors
/// `Incomplete` when the text ends first, `Malformed` when brackets do not match.
#[inline]
pub fn skip_value(text: &[u8], at: usize) -> Result<usize, SkipReason> {
    if text.get(at) == Some(&b'"') {
        return after_string(text, at).ok_or(SkipReason::Incomplete);
    }
    let mut cursor = Cursor { text, at };
    cursor.skip_space();
    cursor.skip_value()?;
    Ok(cursor.at)
}

/// Timestamps of v1alpha1 and v1beta1, which stand in where the micro timestamps are unset
/// (kubernetes/apiserver v0.23.0 pkg/apis/audit/v1beta1/conversion.go).
#[derive(Default)]
struct Legacy<'a> {
    received: &'a [u8],
    staged: &'a [u8],
}

impl Legacy<'_> {
    fn fill(&self, event: &mut Event<'_>) {
        event.received = event.received.or_else(|| parse_rfc3339(self.received));
        event.staged = event.staged.or_else(|| parse_rfc3339(self.staged));
    }
}

fn text_unless_set<'a>(cursor: &mut Cursor<'a>, slot: &mut &'a [u8]) -> Result<(), SkipReason> {
    let value = cursor.text_value()?;
    if slot.is_empty() {
        *slot = value;
    }
    Ok(())
}

fn api_version(value: &[u8], event: &mut Event<'_>) -> bool {
    // The slash may be escaped. Once: of what is no escape the backslash stays.
    let plain = if value.contains(&b'\\') { unescape(value) } else { Default::default() };
    let value = if plain.is_empty() { value } else { plain.as_bytes() };
    let Some(version) = value.strip_prefix(b"audit.k8s.io/") else { return false };
    match version {
        b"v1beta1" => event.flags.set(Flags::V1BETA1),
        b"v1alpha1" => event.flags.set(Flags::V1ALPHA1),
        _ => {}
    }
    true
}

fn object_ref<'a>(cursor: &mut Cursor<'a>, event: &mut Event<'a>) -> Result<(), SkipReason> {
    cursor.members_or_skip(|cursor, key| {
        match key {
            b"resource" => event.resource = cursor.text_value()?,
            b"namespace" => event.namespace = cursor.text_value()?,
            b"name" => event.name = cursor.text_value()?,
            b"apiGroup" => event.api_group = cursor.text_value()?,
            b"apiVersion" => event.api_version = cursor.text_value()?,
            b"subresource" => event.subresource = cursor.text_value()?,
            _ => cursor.skip_value()?,
        }
        Ok(())
    })?;
    // v1alpha1 wrote `group/version` into apiVersion.
    if let Some(slash) = event.api_version.iter().rposition(|&byte| byte == b'/') {
        if event.api_group.is_empty() {
            let group = &event.api_version[..slash];
            event.api_group = group.strip_suffix(b"\\").unwrap_or(group);
        }
        event.api_version = &event.api_version[slash + 1..];
    }
    Ok(())
}

fn response_status<'a>(cursor: &mut Cursor<'a>, event: &mut Event<'a>) -> Result<(), SkipReason> {
    cursor.members_or_skip(|cursor, key| {
        if key != b"code" {
            return cursor.skip_value();
        }
        let start = cursor.at;
        cursor.skip_value()?;
        let digits = cursor.text[start..cursor.at].iter().take_while(|byte| byte.is_ascii_digit());
        event.code = digits.fold(0u16, |sum, byte| sum.saturating_mul(10).saturating_add(u16::from(byte - b'0')));
        Ok(())
    })
}

/// The user, with what follows up to the agent where that was met before; else where the user began.
#[inline(always)]
fn user<'a>(cursor: &mut Cursor<'a>, event: &mut Event<'a>, recall: &mut Recall) -> Result<Option<usize>, SkipReason> {
    let start = cursor.at;
    // An actor that was met tells all its values: none may have come before.
    let is_first = event.impersonated_user.is_empty() && event.source_ips.is_empty() && event.user_agent.is_empty();
    if is_first && let Some(met) = recall.actors.meet(cursor.text, start) {
        [event.user, event.impersonated_user, event.source_ips, event.user_agent] = met.values;
        (event.actor, cursor.at) = (met.number, met.end);
        return Ok(None);
    }
    (event.user, event.actor) = (cursor.bracketed(b'{')?, 0);
    Ok(is_first.then_some(start))
}

/// An actor's number: only where it is one stretch.
fn keep_actor<'a>(cursor: &Cursor<'a>, event: &Event<'a>, recall: &mut Recall, start: Option<usize>) -> u32 {
    let values = [event.user, event.impersonated_user, event.source_ips, event.user_agent];
    start.map_or(0, |start| recall.actors.keep(cursor.text, start, cursor.at, values))
}

/// Annotations, perhaps met before.
fn annotations_again<'a>(
    cursor: &mut Cursor<'a>,
    event: &mut Event<'a>,
    recall: &mut Recall,
) -> Result<(), SkipReason> {
    event.authorization = 0;
    // Said twice, they add to one another.
    if !event.decision.is_empty() || !event.reason.is_empty() || event.flags.has(Flags::TRUNCATED) {
        return annotations(cursor, event);
    }
    let start = cursor.at;
    if let Some(met) = recall.annotations.meet(cursor.text, start) {
        let [decision, reason, truncated] = met.values;
        (event.decision, event.reason) = (decision, reason);
        if !truncated.is_empty() {
            event.flags.set(Flags::TRUNCATED);
        }
        (event.authorization, cursor.at) = (met.number, met.end);
        return Ok(());
    }
    annotations(cursor, event)?;
    let whole = &cursor.text[start..cursor.at];
    let truncated = if event.flags.has(Flags::TRUNCATED) { whole } else { &[] };
    let values = [event.decision, event.reason, truncated];
    event.authorization = recall.annotations.keep(cursor.text, start, cursor.at, values);
    Ok(())
}

fn annotations<'a>(cursor: &mut Cursor<'a>, event: &mut Event<'a>) -> Result<(), SkipReason> {
    cursor.members_or_skip(|cursor, key| {
        match key {
            b"authorization.k8s.io/decision" | b"authorization_k8s_io/decision" => {
                event.decision = cursor.text_value()?;
            }
            b"authorization.k8s.io/reason" | b"authorization_k8s_io/reason" => {
                event.reason = cursor.text_value()?;
            }
            b"audit.k8s.io/truncated" | b"audit_k8s_io/truncated" => {
                if cursor.text_value()? == b"true" {
                    event.flags.set(Flags::TRUNCATED);
                }
            }
            _ => cursor.skip_value()?,
        }
        Ok(())
    })
}

fn creation_timestamp<'a>(cursor: &mut Cursor<'a>, legacy: &mut Legacy<'a>) -> Result<(), SkipReason> {
    cursor.members_or_skip(|cursor, key| {
        if key == b"creationTimestamp" {
            legacy.staged = cursor.text_value()?;
            return Ok(());
        }
        cursor.skip_value()
    })
}

fn body(cursor: &mut Cursor<'_>, event: &mut Event<'_>, flag: Flags) -> Result<(), SkipReason> {
    if cursor.peek() != Some(b'n') {
        event.flags.set(flag);
    }
    cursor.skip_value()
}

#[cfg(test)]
#[path = "scan_tests.rs"]
mod tests;
