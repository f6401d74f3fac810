//! How a row looks: a sign and a colour for what the request does, and for how it ended.

use crate::query::answer::Row;

/// Class of the style sheet, words and sign; the sign says the same as the colour.
#[derive(Debug, Clone, Copy)]
pub struct Look {
    pub class: &'static str,
    pub label: &'static str,
    pub sign: &'static str,
}

const READ: Look = Look { class: "risk-read", label: "reads", sign: "·" };
const WRITE: Look = Look { class: "risk-write", label: "writes", sign: "+" };
const DELETE: Look = Look { class: "risk-delete", label: "deletes", sign: "×" };
const ESCALATE: Look = Look { class: "risk-escalate", label: "can gain rights", sign: "▲" };

pub fn of(row: &Row) -> Look {
    let reads = matches!(row.verb.as_str(), "get" | "list" | "watch" | "head");
    let escalates = match (row.resource.as_str(), row.subresource.as_str()) {
        ("pods" | "services" | "nodes", "exec" | "attach" | "portforward" | "proxy") => true,
        ("serviceaccounts", "token") | ("certificatesigningrequests", "approval") => !reads,
        ("roles" | "clusterroles" | "rolebindings" | "clusterrolebindings", _) => {
            !reads && !row.verb.starts_with("delete")
        }
        _ => matches!(row.verb.as_str(), "impersonate" | "escalate" | "bind"),
    };
    match row.verb.as_str() {
        _ if escalates => ESCALATE,
        "delete" | "deletecollection" => DELETE,
        _ if reads => READ,
        _ => WRITE,
    }
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
