//! What an audit event's annotations say.
//!
//! Keys and values: kubernetes.io "Audit Annotations"; kubernetes/apiserver
//! pkg/admission/plugin/webhook and pkg/admission/plugin/policy/validating.

use super::reason::{Binding, Reason, parse_reason};
use serde_json::Value;

/// An annotation explained.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explained {
    pub title: &'static str,
    pub meaning: &'static str,
    /// The value taken apart: labels and texts; empty when it stands for itself.
    pub parts: Vec<(String, String)>,
}

/// How a known annotation's key is told.
enum Key {
    Is(&'static str),
    StartsWith(&'static str),
}

/// How its value is taken apart.
type Take = fn(key_rest: &str, value: &str) -> Vec<(String, String)>;

struct Known {
    key: Key,
    title: &'static str,
    meaning: &'static str,
    take: Take,
}

use Key::{Is, StartsWith};

static KNOWN: &[Known] = &[
    Known {
        key: Is("authorization.k8s.io/decision"),
        title: "Authorization decision",
        meaning: "Whether the authorizers allowed the request. Admission may still have refused it.",
        take: nothing,
    },
    Known {
        key: Is("authorization.k8s.io/reason"),
        title: "Authorization reason",
        meaning: "Why it was allowed or refused; empty for system:masters and paths that are always allowed.",
        take: reason,
    },
    Known {
        key: StartsWith("mutation.webhook.admission.k8s.io/"),
        title: "Mutating webhook",
        meaning: "A mutating admission webhook was called; mutated says whether it changed the object.",
        take: webhook,
    },
    Known {
        key: StartsWith("patch.webhook.admission.k8s.io/"),
        title: "Change by a mutating webhook",
        meaning: "What a mutating admission webhook changed in the object.",
        take: webhook,
    },
    Known {
        key: StartsWith("failed-open.mutation.webhook.admission.k8s.io/"),
        title: "Mutating webhook failed open",
        meaning: "The webhook could not be called and its policy is Ignore: the request went on without it.",
        take: failed_open,
    },
    Known {
        key: StartsWith("failed-open.validating.webhook.admission.k8s.io/"),
        title: "Validating webhook failed open",
        meaning: "The webhook could not be called and its policy is Ignore: the request went on unchecked by it.",
        take: failed_open,
    },
    Known {
        key: Is("validation.policy.admission.k8s.io/validation_failure"),
        title: "Validating admission policy",
        meaning: "Policies that the object violates, with what was done about it.",
        take: policy_failures,
    },
    Known {
        key: Is("pod-security.kubernetes.io/enforce-policy"),
        title: "Pod security level",
        meaning: "The Pod Security level that was enforced.",
        take: nothing,
    },
    Known {
        key: Is("pod-security.kubernetes.io/audit-violations"),
        title: "Pod security violations",
        meaning: "What the pod violates of the level that its namespace audits; it was not refused for this.",
        take: violations,
    },
    Known {
        key: Is("pod-security.kubernetes.io/exempt"),
        title: "Pod security exemption",
        meaning: "Exempt from Pod Security by its user, namespace or runtime class.",
        take: nothing,
    },
    Known {
        key: Is("pod-security.kubernetes.io/error"),
        title: "Pod security error",
        meaning: "Pod Security could not be evaluated.",
        take: nothing,
    },
    Known {
        key: Is("k8s.io/deprecated"),
        title: "Deprecated API",
        meaning: "The request used a deprecated version of the API.",
        take: nothing,
    },
    Known {
        key: Is("k8s.io/removed-release"),
        title: "API removed in",
        meaning: "The Kubernetes release that no longer serves the version of the API used here.",
        take: nothing,
    },
    Known {
        key: StartsWith("apiserver.latency.k8s.io/"),
        title: "Time spent",
        meaning: "How long a part of the handling took; written for requests of more than half a second.",
        take: latency,
    },
    Known {
        key: StartsWith("missing-san.invalid-cert.kubernetes.io/"),
        title: "Certificate without SAN",
        meaning: "A webhook or aggregated API server used a certificate without Subject Alternative Name.",
        take: host,
    },
    Known {
        key: StartsWith("insecure-sha1.invalid-cert.kubernetes.io/"),
        title: "SHA-1 certificate",
        meaning: "A webhook or aggregated API server used a certificate signed with SHA-1.",
        take: host,
    },
    Known {
        key: Is("authentication.kubernetes.io/issued-credential-id"),
        title: "Issued token",
        meaning: "The ID of the token issued here. Requests made with it carry the same ID in the user's extra field authentication.kubernetes.io/credential-id.",
        take: nothing,
    },
    Known {
        key: Is("authentication.k8s.io/stale-token"),
        title: "Stale token",
        meaning: "A service account token was used after the time by which its client should have renewed it.",
        take: nothing,
    },
    Known {
        key: Is("audit.k8s.io/truncated"),
        title: "Truncated event",
        meaning: "The API server dropped the bodies because the event was too large.",
        take: nothing,
    },
];

/// Title, meaning and parts of a known annotation.
pub fn explain_annotation(key: &str, value: &str) -> Option<Explained> {
    KNOWN.iter().find_map(|known| {
        let rest = match known.key {
            Is(whole) => (key == whole).then_some("")?,
            StartsWith(start) => key.strip_prefix(start)?,
        };
        Some(Explained { title: known.title, meaning: known.meaning, parts: (known.take)(rest, value) })
    })
}

fn part(label: &str, text: impl Into<String>) -> (String, String) {
    (label.to_string(), text.into())
}

fn nothing(_: &str, _: &str) -> Vec<(String, String)> {
    Vec::new()
}

fn reason(_: &str, value: &str) -> Vec<(String, String)> {
    let Reason::Binding(binding) = parse_reason(value) else { return Vec::new() };
    let Binding { binding_kind, binding, binding_namespace, role_kind, role, subject_kind, subject, subject_namespace } =
        binding;
    let parts = [
        part(&binding_kind, binding),
        part("Binding's namespace", binding_namespace),
        part(&role_kind, role),
        part(&subject_kind, subject),
        part("Subject's namespace", subject_namespace),
    ];
    parts.into_iter().filter(|(_, text)| !text.is_empty()).collect()
}

/// `round_0_index_2`: the order in which webhooks were called.
fn order(rest: &str) -> Option<(String, String)> {
    let (round, index) = rest.strip_prefix("round_")?.split_once("_index_")?;
    Some(part("Order", format!("round {}, webhook {}", round.parse::<u32>().ok()? + 1, index.parse::<u32>().ok()? + 1)))
}

fn text_of(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_string)
}

/// `{"configuration":"c","webhook":"w","mutated":true}`, or with `patch` and `patchType`.
fn webhook(rest: &str, value: &str) -> Vec<(String, String)> {
    let Ok(Value::Object(object)) = serde_json::from_str(value) else { return Vec::new() };
    let labels = [
        ("configuration", "Configuration"),
        ("webhook", "Webhook"),
        ("mutated", "Mutated"),
        ("patchType", "Patch type"),
    ];
    let mut parts: Vec<_> =
        labels.iter().filter_map(|(key, label)| Some(part(label, text_of(object.get(*key)?)))).collect();
    match object.get("patch") {
        Some(Value::Array(steps)) => parts.extend(steps.iter().map(|step| part("Change", patch_step(step)))),
        Some(other) => parts.push(part("Patch", text_of(other))),
        None => (),
    }
    parts.extend(order(rest));
    parts
}

/// One step of a JSON Patch: `add /metadata/labels/x = "y"`.
fn patch_step(step: &Value) -> String {
    let get = |key: &str| step.get(key).map(text_of).unwrap_or_default();
    let to = step.get("value").map(|value| format!(" = {value}")).unwrap_or_default();
    let from = step.get("from").map(|from| format!(" from {}", text_of(from))).unwrap_or_default();
    format!("{} {}{from}{to}", get("op"), get("path"))
}

fn failed_open(rest: &str, value: &str) -> Vec<(String, String)> {
    std::iter::once(part("Webhook", value)).chain(order(rest)).collect()
}

/// `[{"message","policy","binding","expressionIndex","validationActions"}]`.
fn policy_failures(_: &str, value: &str) -> Vec<(String, String)> {
    let Ok(Value::Array(failures)) = serde_json::from_str(value) else { return Vec::new() };
    let mut parts = Vec::new();
    for failure in &failures {
        for (key, label) in [("policy", "Policy"), ("binding", "Binding"), ("message", "Message")] {
            parts.extend(failure.get(key).map(|found| part(label, text_of(found))));
        }
        if let Some(Value::Array(actions)) = failure.get("validationActions") {
            parts.push(part("Actions", actions.iter().map(text_of).collect::<Vec<_>>().join(", ")));
        }
        parts.extend(failure.get("expressionIndex").map(|index| part("Expression", text_of(index))));
    }
    parts
}

/// `would violate PodSecurity "restricted:latest": a (why), b (why)`.
fn violations(_: &str, value: &str) -> Vec<(String, String)> {
    let Some((head, list)) = value.split_once("\": ") else { return Vec::new() };
    let Some((_, level)) = head.split_once('"') else { return Vec::new() };
    let mut parts = vec![part("Level", level)];
    let (mut depth, mut start) = (0i32, 0);
    for (at, c) in list.char_indices() {
        match c {
            '(' => depth += 1,
            ')' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(part("Violation", list[start..at].trim()));
                start = at + 1;
            }
            _ => (),
        }
    }
    parts.push(part("Violation", list[start..].trim()));
    parts
}

fn latency(rest: &str, value: &str) -> Vec<(String, String)> {
    let of = match rest {
        "total" => "In all",
        "authentication" => "Authentication",
        "authorization" => "Authorization",
        "mutating-webhook" => "Mutating webhooks",
        "validating-webhook" => "Validating webhooks",
        "etcd" => "Storage (etcd)",
        "apf-queue-wait" => "Waiting in the priority queue",
        "decode-response-object" => "Decoding the stored object",
        "serialize-response-object" => "Writing the response as JSON or protobuf",
        "transform-response-object" => "Preparing the response",
        "response-write" => "Sending the response",
        other => other,
    };
    vec![part(of, value)]
}

fn host(rest: &str, value: &str) -> Vec<(String, String)> {
    vec![part("Host", rest), part("Note", value)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(key: &str, value: &str, title: &str, parts: &[(&str, &str)]) {
        let found = explain_annotation(key, value).unwrap_or_else(|| panic!("{key} is not known"));
        let found_parts: Vec<_> = found.parts.iter().map(|(label, text)| (label.as_str(), text.as_str())).collect();
        assert_eq!((found.title, found_parts.as_slice()), (title, parts), "{key}");
    }

    #[test]
    fn annotations() {
        check("authorization.k8s.io/decision", "allow", "Authorization decision", &[]);
        check(
            "authorization.k8s.io/reason",
            r#"RBAC: allowed by RoleBinding "b/ns" of Role "r" to ServiceAccount "sa/kube-system""#,
            "Authorization reason",
            &[
                ("RoleBinding", "b"),
                ("Binding's namespace", "ns"),
                ("Role", "r"),
                ("ServiceAccount", "sa"),
                ("Subject's namespace", "kube-system"),
            ],
        );
        check("authorization.k8s.io/reason", "because", "Authorization reason", &[]);
        check(
            "mutation.webhook.admission.k8s.io/round_0_index_1",
            r#"{"configuration":"c","webhook":"w.example.com","mutated":true}"#,
            "Mutating webhook",
            &[
                ("Configuration", "c"),
                ("Webhook", "w.example.com"),
                ("Mutated", "true"),
                ("Order", "round 1, webhook 2"),
            ],
        );
        check(
            "patch.webhook.admission.k8s.io/round_1_index_0",
            r#"{"configuration":"c","webhook":"w","patch":[{"op":"add","path":"/metadata/labels/x","value":"y"},{"op":"remove","path":"/a"},{"op":"move","from":"/b","path":"/c"}],"patchType":"JSONPatch"}"#,
            "Change by a mutating webhook",
            &[
                ("Configuration", "c"),
                ("Webhook", "w"),
                ("Patch type", "JSONPatch"),
                ("Change", "add /metadata/labels/x = \"y\""),
                ("Change", "remove /a"),
                ("Change", "move /c from /b"),
                ("Order", "round 2, webhook 1"),
            ],
        );
        check("mutation.webhook.admission.k8s.io/round_0_index_1", "not json", "Mutating webhook", &[]);
        check(
            "failed-open.validating.webhook.admission.k8s.io/round_0_index_0",
            "w.example.com",
            "Validating webhook failed open",
            &[("Webhook", "w.example.com"), ("Order", "round 1, webhook 1")],
        );
        check(
            "validation.policy.admission.k8s.io/validation_failure",
            r#"[{"message":"no","policy":"p","binding":"b","expressionIndex":1,"validationActions":["Warn","Audit"]}]"#,
            "Validating admission policy",
            &[("Policy", "p"), ("Binding", "b"), ("Message", "no"), ("Actions", "Warn, Audit"), ("Expression", "1")],
        );
        check(
            "pod-security.kubernetes.io/audit-violations",
            r#"would violate PodSecurity "restricted:latest": allowPrivilegeEscalation != false (container "a" must set x, y), runAsNonRoot != true"#,
            "Pod security violations",
            &[
                ("Level", "restricted:latest"),
                ("Violation", "allowPrivilegeEscalation != false (container \"a\" must set x, y)"),
                ("Violation", "runAsNonRoot != true"),
            ],
        );
        check("pod-security.kubernetes.io/audit-violations", "odd", "Pod security violations", &[]);
        check("k8s.io/removed-release", "1.32", "API removed in", &[]);
        check("apiserver.latency.k8s.io/etcd", "4.73s", "Time spent", &[("Storage (etcd)", "4.73s")]);
        check("apiserver.latency.k8s.io/new", "1s", "Time spent", &[("new", "1s")]);
        check(
            "missing-san.invalid-cert.kubernetes.io/a.b.svc",
            "relies on a legacy Common Name field",
            "Certificate without SAN",
            &[("Host", "a.b.svc"), ("Note", "relies on a legacy Common Name field")],
        );
        check("authentication.kubernetes.io/issued-credential-id", "JTI=1", "Issued token", &[]);
        assert_eq!(explain_annotation("example.com/x", "y"), None);
    }

    proptest! {
        #[test]
        fn any_value_is_explained(index in 0..KNOWN.len(), rest in "(round_|_index_|[0-9]{1,12}|.){0,4}", value in "(\\[|\\{|\"|:|,|\\(|\\)|.){0,16}") {
            let key = match KNOWN[index].key {
                Is(whole) => whole.to_string(),
                StartsWith(start) => format!("{start}{rest}"),
            };
            prop_assert!(explain_annotation(&key, &value).is_some());
        }
    }
}
