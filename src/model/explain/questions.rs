//! The seven questions that an audit log answers (kubernetes.io, "Auditing").

use super::sentence::{Facts, object, who};

/// What the answers are made of beside the sentence's facts; empty: not known.
#[derive(Debug, Clone, Copy, Default)]
pub struct Surroundings<'a> {
    /// Date and time of receipt, as to be read, with the zone.
    pub time: &'a str,
    /// As to be read; empty when not known.
    pub latency: &'a str,
    /// `human`, `service account`, …
    pub user_kind: &'a str,
    pub groups: &'a [String],
    /// In the order of the event.
    pub source_ips: &'a [String],
    pub user_agent: &'a str,
    pub level: &'a str,
    /// Labels of the log that carried the event: `cluster=c1`.
    pub labels: &'a [String],
    /// The file or connection.
    pub source: &'a str,
    /// Line in the source, from 1; 0: not known.
    pub line: u64,
}

/// A question and its answer in plain words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answered {
    pub question: &'static str,
    pub answer: String,
}

const UNKNOWN: &str = "Not known from this event";

/// The seven, in order.
pub fn seven_questions(facts: &Facts<'_>, around: &Surroundings<'_>) -> [Answered; 7] {
    let answered = |question, answer: String| Answered {
        question,
        answer: if answer.is_empty() { UNKNOWN.into() } else { answer },
    };
    [
        answered("What happened?", what(facts)),
        answered("When did it happen?", joined("; ", &[around.time.into(), labelled("took", around.latency)])),
        answered("Who initiated it?", initiator(facts, around)),
        answered(
            "On what did it happen?",
            if facts.resource.is_empty() && facts.uri.is_empty() { String::new() } else { object(facts) },
        ),
        answered("Where was it observed?", observed(facts, around)),
        answered("From where was it initiated?", origin(around)),
        answered("To where was it going?", destination(facts)),
    ]
}

fn what(facts: &Facts<'_>) -> String {
    let code = if facts.code == 0 {
        "no response code".to_string()
    } else {
        format!("{} {}", facts.code, outcome(facts.code))
    };
    let verb = match (facts.verb, facts.subresource) {
        ("", _) => String::new(),
        (verb, "") => verb.to_string(),
        (verb, subresource) => format!("{verb} {subresource}"),
    };
    let dry_run = if facts.dry_run { "dry run" } else { "" };
    if verb.is_empty() && facts.code == 0 { String::new() } else { joined(", ", &[verb, code, dry_run.into()]) }
}

/// How an HTTP status is called in one or two words.
pub fn outcome(code: u16) -> &'static str {
    match code {
        0 => "",
        101 => "connected",
        100..400 => "succeeded",
        401 => "not recognised",
        403 => "refused",
        404 => "not found",
        409 => "conflicted",
        400..500 => "not accepted",
        _ => "failed",
    }
}

fn initiator(facts: &Facts<'_>, around: &Surroundings<'_>) -> String {
    if facts.user.is_empty() {
        return String::new();
    }
    let kind = if around.user_kind.is_empty() { String::new() } else { format!(" ({})", around.user_kind) };
    joined("; ", &[format!("{}{kind}", who(facts)), labelled("groups", &around.groups.join(", "))])
}

fn observed(facts: &Facts<'_>, around: &Surroundings<'_>) -> String {
    let line =
        if around.line == 0 || around.source.is_empty() { String::new() } else { format!(" line {}", around.line) };
    joined(
        "; ",
        &[
            labelled("stage", facts.stage),
            labelled("level", around.level),
            around.labels.join(", "),
            format!("{}{line}", around.source),
        ],
    )
}

fn origin(around: &Surroundings<'_>) -> String {
    let addresses = match around.source_ips {
        [] => String::new(),
        [alone] => alone.clone(),
        [claimed @ .., last] => format!("{last} (forwarded for {}, as claimed)", claimed.join(", ")),
    };
    joined("; ", &[addresses, around.user_agent.to_string()])
}

fn destination(facts: &Facts<'_>) -> String {
    let group = if facts.resource.is_empty() {
        String::new()
    } else {
        let group = if facts.api_group.is_empty() { "core" } else { facts.api_group };
        format!("API group {group}")
    };
    joined("; ", &[facts.uri.to_string(), group])
}

fn labelled(label: &str, text: &str) -> String {
    if text.is_empty() { String::new() } else { format!("{label} {text}") }
}

fn joined(between: &str, parts: &[String]) -> String {
    parts.iter().filter(|part| !part.is_empty()).cloned().collect::<Vec<_>>().join(between)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(facts: &Facts<'_>, around: &Surroundings<'_>, expected: [&str; 7]) {
        let found = seven_questions(facts, around);
        assert_eq!(found.each_ref().map(|answered| answered.answer.as_str()), expected);
    }

    #[test]
    fn seven_answers() {
        let (groups, labels) = (["ops".to_string(), "system:authenticated".to_string()], ["cluster=c1".to_string()]);
        let ips = ["203.0.113.9".to_string(), "10.0.3.16".to_string()];
        let facts = Facts {
            user: "alice",
            impersonated: "bob",
            verb: "delete",
            resource: "secrets",
            namespace: "prod",
            name: "db",
            uri: "/api/v1/namespaces/prod/secrets/db",
            stage: "ResponseComplete",
            code: 403,
            ..Facts::default()
        };
        let around = Surroundings {
            time: "2026-11-23 09:14:03.120 UTC",
            latency: "3 ms",
            user_kind: "human",
            groups: &groups,
            source_ips: &ips,
            user_agent: "kubectl/v1.30.0",
            level: "Metadata",
            labels: &labels,
            source: "audit.log",
            line: 7,
        };
        check(
            &facts,
            &around,
            [
                "delete, 403 refused",
                "2026-11-23 09:14:03.120 UTC; took 3 ms",
                "alice acting as bob (human); groups ops, system:authenticated",
                "secret prod/db",
                "stage ResponseComplete; level Metadata; cluster=c1; audit.log line 7",
                "10.0.3.16 (forwarded for 203.0.113.9, as claimed); kubectl/v1.30.0",
                "/api/v1/namespaces/prod/secrets/db; API group core",
            ],
        );
        check(&Facts::default(), &Surroundings::default(), [UNKNOWN; 7]);
    }
}
