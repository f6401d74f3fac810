//! The API server's legacy text format, `--audit-log-format=legacy`
//! (kubernetes/apiserver pkg/audit/format.go).
//!
//! ```text
//! 2024-05-22T15:33:04.123456Z AUDIT: id="…" stage="ResponseComplete" ip="127.0.0.1" method="get" user="admin" groups="\"system:masters\"" as="<self>" asgroups="<lookup>" user-agent="…" namespace="default" uri="/api/v1/…" response="200"
//! ```
//!
//! Converted. Lost from the start: level, annotations, bodies, a second timestamp;
//! the resource is read off the URI.

use super::gke::write_text;
use crate::formats::SkipReason;
use crate::formats::unescape::unescape_into;
use crate::formats::unwrap::{Ground, Output};
use crate::model::time::parse_rfc3339;
use crate::model::{Event, Flags};
use memchr::memmem;

pub(super) const NAME: &str = "Legacy audit text";

/// Reads a line; `None` when it is of another shape.
pub(super) fn read(line: &[u8], ground: Ground<'_>, out: &mut dyn Output) -> Option<Result<(), SkipReason>> {
    let at = memmem::find(line, b" AUDIT: id=\"")?;
    let time = line[..at].rsplit(|&byte| byte == b' ').next().unwrap_or_default();
    let mut event = Event { received: parse_rfc3339(time), ..Event::default() };
    let fields = Fields(&line[at + 8..]);
    let (mut user, mut groups, mut ip): (&[u8], &[u8], &[u8]) = (b"", b"", b"");
    let (mut acting, mut acting_groups): (&[u8], &[u8]) = (b"", b"");
    let mut is_whole = false;
    for (key, value) in fields {
        match key {
            b"id" => event.audit_id = value,
            b"stage" => event.stage = value,
            b"ip" => ip = value,
            b"method" => event.verb = value,
            b"user" => user = value,
            b"groups" => groups = value,
            b"as" => acting = value,
            b"asgroups" => acting_groups = value,
            b"user-agent" => event.user_agent = value,
            b"namespace" => event.namespace = value,
            b"uri" => event.request_uri = value,
            b"response" => {
                is_whole = true;
                event.code = std::str::from_utf8(value).ok().and_then(|code| code.parse().ok()).unwrap_or(0);
            }
            _ => {}
        }
    }
    if !is_whole {
        return Some(Err(SkipReason::Incomplete));
    }
    let mut texts = Vec::new();
    let user = write_text(&mut texts, |text| write_user(user, groups, text));
    let acting = write_text(&mut texts, |text| {
        if acting != b"<self>" && !acting.is_empty() {
            write_user(acting, acting_groups, text);
        }
    });
    let ips = write_text(&mut texts, |text| {
        if !ip.is_empty() {
            text.extend_from_slice(b"[\"");
            text.extend_from_slice(ip);
            text.extend_from_slice(b"\"]");
        }
    });
    event.user = &texts[user];
    event.impersonated_user = &texts[acting];
    event.source_ips = &texts[ips];
    if event.namespace == b"<none>" {
        event.namespace = b"";
    }
    super::resource_uri::resource_of_uri(event.request_uri, &mut event);
    event.flags.set(Flags::CONVERTED);
    if memmem::find(event.request_uri, b"dryRun=All").is_some() {
        event.flags.set(Flags::DRY_RUN);
    }
    out.event(&event, line, ground.origin, ground.place);
    Some(Ok(()))
}

/// `{"username":"…","groups":[…]}`; `groups` is a quoted list, or `<none>`, `<lookup>`.
fn write_user(name: &[u8], groups: &[u8], text: &mut Vec<u8>) {
    text.extend_from_slice(b"{\"username\":\"");
    text.extend_from_slice(name);
    text.push(b'"');
    if groups.starts_with(b"\\\"") {
        text.extend_from_slice(b",\"groups\":[");
        unescape_into(groups, text);
        text.push(b']');
    }
    text.push(b'}');
}

/// The `key="value"` pairs of a line, values without their quotes, escapes and all.
struct Fields<'a>(&'a [u8]);

impl<'a> Iterator for Fields<'a> {
    type Item = (&'a [u8], &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let text = self.0.trim_ascii_start();
        let equals = memmem::find(text, b"=\"")?;
        let value = &text[equals + 2..];
        let mut end = 0;
        while *value.get(end)? != b'"' {
            end += if value[end] == b'\\' { 2 } else { 1 };
        }
        self.0 = &value[end + 1..];
        Some((&text[..equals], &value[..end]))
    }
}
