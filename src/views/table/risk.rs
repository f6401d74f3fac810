//! How a row looks: a sign and a colour for what the request does, and for how it ended.

use crate::model::risk::{Risk, risk};
use crate::query::answer::Row;

/// Class of the style sheet, words and sign; the sign says the same as the colour.
#[derive(Debug, Clone, Copy)]
pub struct Look {
    pub class: &'static str,
    pub label: &'static str,
    pub sign: &'static str,
}

pub fn of(row: &Row) -> Look {
    let risk = risk(&row.verb, &row.resource, &row.subresource);
    let (class, sign) = match risk {
        Risk::Read => ("risk-read", "·"),
        Risk::Write => ("risk-write", "+"),
        Risk::Delete => ("risk-delete", "×"),
        Risk::Escalate => ("risk-escalate", "▲"),
    };
    Look { class, label: risk.label(), sign }
}

/// How a request ended.
#[derive(Debug, Clone, Copy)]
pub struct Outcome {
    /// Class of the row.
    pub class: &'static str,
    /// Class of the code's text.
    pub text: &'static str,
}

pub fn outcome(code: u16) -> Outcome {
    match code {
        401 | 403 => Outcome { class: "refused", text: "code-bad" },
        500.. => Outcome { class: "failed", text: "code-bad" },
        400..500 => Outcome { class: "", text: "code-warn" },
        200..400 => Outcome { class: "", text: "code-good" },
        _ => Outcome { class: "", text: "note" },
    }
}
