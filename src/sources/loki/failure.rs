//! What can go wrong between the page and Loki, told apart as far as a browser lets us.

use crate::worker::loki::answer::Broken;
use crate::worker::progress::Fault;

/// Why a request has no usable answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// The browser got no answer and hides why: name, refusal, TLS, CORS, or offline.
    NoAnswer,
    /// The answer ended before it was complete.
    CutOff { bytes: usize },
    /// Loki, or a gateway before it, answered with an error in words.
    Refused { status: u16, message: String, retry_after_millis: Option<u64> },
    /// A gateway's page for people, where an API answer should be.
    HtmlPage { status: u16, title: String, retry_after_millis: Option<u64> },
    /// A good status, but nothing that Loki says.
    NotLoki { status: u16, content_type: String, start_of_text: String },
    /// No answer within the page's own patience.
    TimedOut { after_millis: u64 },
    /// Given up on purpose: the user cancelled, or a later question overtook it.
    Cancelled,
    /// Not Loki's doing: a worker of the page's own.
    Worker(Fault),
}

impl From<Fault> for Failure {
    fn from(fault: Fault) -> Failure {
        Failure::Worker(fault)
    }
}

/// What came back over HTTP.
#[derive(Debug, Clone, Copy)]
pub struct Reply<'a> {
    pub status: u16,
    /// Empty when the header is absent.
    pub content_type: &'a str,
    /// `Retry-After`, already in milliseconds from now ([`super::retry::retry_after_millis`]).
    pub retry_after_millis: Option<u64>,
    pub body: &'a [u8],
}

const SHOWN_CHARS: usize = 300;

impl Failure {
    /// HTTP's status, where there was one.
    pub fn status(&self) -> Option<u16> {
        match self {
            Failure::Refused { status, .. } | Failure::HtmlPage { status, .. } | Failure::NotLoki { status, .. } => {
                Some(*status)
            }
            _ => None,
        }
    }

    pub fn retry_after_millis(&self) -> Option<u64> {
        match self {
            Failure::Refused { retry_after_millis, .. } | Failure::HtmlPage { retry_after_millis, .. } => {
                *retry_after_millis
            }
            _ => None,
        }
    }
}

/// The reply's body if it may be an answer, whatever its content type says; else what it is instead.
pub fn sift(reply: Reply<'_>) -> Result<&[u8], Failure> {
    let status = reply.status;
    let retry_after_millis = reply.retry_after_millis;
    let text = reply.body.trim_ascii();
    if text.first() == Some(&b'<') {
        return Err(Failure::HtmlPage { status, title: html_title(text), retry_after_millis });
    }
    if (200..300).contains(&status) {
        return Ok(reply.body);
    }
    Err(Failure::Refused { status, message: error_message(text), retry_after_millis })
}

/// A body that [`sift`] let through and that is no answer.
pub fn unreadable(reply: Reply<'_>, broken: Broken) -> Failure {
    match broken {
        Broken::CutOff => Failure::CutOff { bytes: reply.body.len() },
        Broken::Strange => Failure::NotLoki {
            status: reply.status,
            content_type: reply.content_type.to_string(),
            start_of_text: start_of_text(reply.body),
        },
    }
}

/// Loki's errors are plain text; gateways often wrap theirs in JSON.
fn error_message(text: &[u8]) -> String {
    let of_json = || {
        let value: serde_json::Value = serde_json::from_slice(text).ok()?;
        ["message", "error", "detail", "msg"].iter().find_map(|key| value.get(key)?.as_str().map(str::to_string))
    };
    let message = if text.first() == Some(&b'{') { of_json() } else { None };
    message.map_or_else(|| start_of_text(text), |message| message.chars().take(SHOWN_CHARS).collect())
}

fn start_of_text(text: &[u8]) -> String {
    // Four bytes a character at most; the rest is not worth decoding.
    let head = &text[..text.len().min(SHOWN_CHARS * 4)];
    String::from_utf8_lossy(head).trim().chars().take(SHOWN_CHARS).collect()
}

fn html_title(text: &[u8]) -> String {
    let text = String::from_utf8_lossy(&text[..text.len().min(16 << 10)]);
    // ASCII lower case keeps byte positions.
    let lower = text.to_ascii_lowercase();
    let inside = |tag: &str| {
        let open = lower.find(&format!("<{tag}"))?;
        let from = open + lower[open..].find('>')? + 1;
        let to = from + lower[from..].find("</")?;
        Some(text[from..to].trim().chars().take(SHOWN_CHARS).collect::<String>())
    };
    inside("title").or_else(|| inside("h1")).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reply(status: u16, body: &str) -> Reply<'_> {
        Reply { status, content_type: "text/plain; charset=utf-8", retry_after_millis: None, body: body.as_bytes() }
    }

    #[test]
    fn bodies_are_told_apart_by_what_they_hold() {
        let check = |status: u16, body: &str, expected: Result<(), Failure>| {
            assert_eq!(sift(reply(status, body)).map(|_| ()), expected, "{status} {body}");
        };
        let refused = |status, message: &str| {
            Err(Failure::Refused { status, message: message.to_string(), retry_after_millis: None })
        };
        let html =
            |status, title: &str| Err(Failure::HtmlPage { status, title: title.to_string(), retry_after_millis: None });
        check(200, r#"{"status":"success"}"#, Ok(()));
        check(400, "parse error at line 1", refused(400, "parse error at line 1"));
        check(401, "no org id\n", refused(401, "no org id"));
        check(403, r#"{"message":"denied","code":7}"#, refused(403, "denied"));
        check(403, r#"{"error":"forbidden"}"#, refused(403, "forbidden"));
        check(500, r#"{"odd":1}"#, refused(500, r#"{"odd":1}"#));
        check(502, "<html><head><title>502 Bad Gateway</title></head>", html(502, "502 Bad Gateway"));
        check(200, "\n<!DOCTYPE html><TITLE lang=en> Sign in </TITLE>", html(200, "Sign in"));
        check(503, "<h1>Busy</h1>", html(503, "Busy"));
        check(503, "<", html(503, ""));
        check(503, "<title>never closed", html(503, ""));
        check(504, "", refused(504, ""));
    }

    #[test]
    fn a_cut_answer_is_not_a_strange_one() {
        let check = |body: &str, cut: bool| {
            let error = serde_json::from_str::<serde_json::Value>(body).expect_err("broken on purpose");
            let failure = unreadable(reply(200, body), Broken::of(&error, body.as_bytes()));
            assert_eq!(matches!(failure, Failure::CutOff { .. }), cut, "{body}: {failure:?}");
        };
        check(r#"{"status":"success","data":{"resu"#, true);
        check(r#"{"status":"succ"#, true);
        check("", false);
        check("Welcome", false);
        check("{status: success}", false);
    }
}
