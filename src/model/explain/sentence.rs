//! One plain sentence that says what an event records.

use super::reason::{Reason, parse_reason};
use super::words::{Phrase, is_built_in, is_namespaced, method_phrase, singular, subresource_phrase, verb_phrase};
use percent_encoding::percent_decode_str;

/// What the sentence is made of, decoded; empty: not known.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Facts<'a> {
    pub user: &'a str,
    pub impersonated: &'a str,
    pub verb: &'a str,
    pub api_group: &'a str,
    pub resource: &'a str,
    pub subresource: &'a str,
    pub namespace: &'a str,
    pub name: &'a str,
    /// The request URI, its query too where it is known.
    pub uri: &'a str,
    /// The address to name: the last of `sourceIPs`, the only trustworthy one.
    pub source_ip: &'a str,
    /// The user agent's product.
    pub client: &'a str,
    /// As it is to be read, with its zone: `09:14:03 UTC`.
    pub time: &'a str,
    pub stage: &'a str,
    /// HTTP status; 0: none.
    pub code: u16,
    /// `authorization.k8s.io/reason`.
    pub reason: &'a str,
    pub dry_run: bool,
}

/// `alice@example.com deleted secret prod/db-password from 10.0.3.16 with kubectl at 09:14:03 UTC;
/// allowed by ClusterRoleBinding admins.`
pub fn sentence(facts: &Facts<'_>) -> String {
    let phrase = phrase(facts);
    let object = object(facts);
    let said = |words: &str| if words.is_empty() { object.clone() } else { format!("{words} {object}") };
    let (past, infinitive) = (said(&phrase.past), said(&phrase.infinitive));
    let told = match facts.code {
        0 if facts.stage == "Panic" => format!("tried to {infinitive}, and the API server panicked"),
        0 => format!("asked to {infinitive}"),
        100..=399 => past,
        401 => format!("was not recognised: tried to {infinitive}"),
        403 => format!("was refused: tried to {infinitive}"),
        _ => format!("tried to {infinitive}"),
    };
    let from = or_unknown("from", facts.source_ip, "an unknown address");
    let with = or_unknown("with", facts.client, "an unknown client");
    let at = or_unknown("at", facts.time, "an unknown time");
    let dry_run = if facts.dry_run { " (dry run: nothing changed)" } else { "" };
    format!("{} {told} {from} {with} {at}{}{dry_run}.", who(facts), ending(facts))
}

fn or_unknown(before: &str, text: &str, unknown: &str) -> String {
    format!("{before} {}", if text.is_empty() { unknown } else { text })
}

/// `alice`, `alice acting as bob`.
pub(super) fn who(facts: &Facts<'_>) -> String {
    let user = if facts.user.is_empty() { "An unknown user" } else { facts.user };
    if facts.impersonated.is_empty() { user.to_string() } else { format!("{user} acting as {}", facts.impersonated) }
}

/// How it ended, after a semicolon; empty when there is nothing to add.
fn ending(facts: &Facts<'_>) -> String {
    let failed = match facts.code {
        400 => "the request was malformed",
        404 => "it was not found",
        405 => "the API does not allow that",
        409 if facts.verb == "create" => "it exists already, or conflicts with another change",
        409 => "it conflicted with another change",
        410 => "the version asked for is gone",
        413 => "the request was too large",
        415 => "the API does not take that content type",
        422 => "the object was invalid",
        429 => "the API server asked to try again later",
        503 => "the service was unavailable",
        504 => "it timed out",
        500.. => "the API server failed",
        402 | 404..500 => "it was not accepted",
        _ => "",
    };
    if !failed.is_empty() {
        return format!("; {failed} ({})", facts.code);
    }
    match (facts.code, parse_reason(facts.reason)) {
        (401, _) => " (401)".into(),
        (403, Reason::Node(words) | Reason::Other(words)) => {
            format!(" (403); the authorizer said: {}", trimmed(&words))
        }
        (403, _) => " (403)".into(),
        (_, Reason::Binding(binding)) => format!("; allowed by {}", binding.binding_text()),
        (_, Reason::Other(words)) => format!("; allowed, the authorizer said: {}", trimmed(&words)),
        (_, Reason::Node(_) | Reason::Empty) => String::new(),
    }
}

fn trimmed(words: &str) -> &str {
    words.trim().trim_end_matches('.')
}

struct Words {
    past: String,
    infinitive: String,
}

impl From<Phrase> for Words {
    fn from(phrase: Phrase) -> Words {
        Words { past: phrase.past.into(), infinitive: phrase.infinitive.into() }
    }
}

/// What was done, without the object.
fn phrase(facts: &Facts<'_>) -> Words {
    if facts.resource.is_empty() && !facts.uri.is_empty() {
        return method_phrase(facts.verb).into();
    }
    if (facts.resource, facts.subresource) == ("pods", "exec") {
        return exec_phrase(facts.uri);
    }
    if let Some(phrase) = subresource_phrase(facts.resource, facts.subresource, facts.verb) {
        return phrase.into();
    }
    let words = match verb_phrase(facts.verb) {
        Some(phrase) => phrase.into(),
        None if facts.verb.is_empty() => {
            Words { past: "did something unknown to".into(), infinitive: "do something unknown to".into() }
        }
        None => {
            Words { past: format!("did “{}” to", facts.verb), infinitive: format!("do “{}” to", facts.verb) }
        }
    };
    if facts.subresource.is_empty() {
        return words;
    }
    let part = |words: String| format!("{words} {} of", facts.subresource);
    Words { past: part(words.past), infinitive: part(words.infinitive) }
}

/// The command stands in the URI's query, if anywhere: `command=sh&command=-c`.
fn exec_phrase(uri: &str) -> Words {
    let query = uri.split_once('?').map_or("", |(_, query)| query);
    let words: Vec<String> = query
        .split('&')
        .filter_map(|pair| pair.strip_prefix("command="))
        .map(|word| percent_decode_str(&word.replace('+', " ")).decode_utf8_lossy().into_owned())
        .collect();
    let shell =
        |word: &str| matches!(word.rsplit('/').next(), Some("sh" | "bash" | "ash" | "dash" | "zsh" | "ksh" | "fish"));
    let command = words.join(" ");
    match words.as_slice() {
        [] => Words { past: "ran a command in".into(), infinitive: "run a command in".into() },
        [alone] if shell(alone) => {
            Words { past: format!("opened a shell ({command}) in"), infinitive: format!("open a shell ({command}) in") }
        }
        _ => Words { past: format!("ran “{command}” in"), infinitive: format!("run “{command}” in") },
    }
}

/// The object with its place: `secret prod/db-password`, `pods in all namespaces`, `/metrics`.
pub(super) fn object(facts: &Facts<'_>) -> String {
    if facts.resource.is_empty() {
        let path = facts.uri.split('?').next().unwrap_or_default();
        return if path.is_empty() { "something unknown".into() } else { path.to_string() };
    }
    let group = if is_built_in(facts.api_group) { String::new() } else { format!(".{}", facts.api_group) };
    let one = singular(facts.resource);
    if !facts.name.is_empty() {
        // A namespace's own requests carry it as namespace and as name.
        let inside = facts.namespace.is_empty() || facts.resource == "namespaces";
        let place = if inside { String::new() } else { format!("{}/", facts.namespace) };
        return format!("{one}{group} {place}{}", facts.name);
    }
    let many = matches!(facts.verb, "list" | "watch" | "deletecollection" | "get");
    let what = if many {
        format!("{}{group}", facts.resource)
    } else {
        let article = if one.starts_with(['a', 'e', 'i', 'o', 'u']) && !one.starts_with("user") { "an" } else { "a" };
        format!("{article} {one}{group}")
    };
    match (facts.namespace, is_namespaced(facts.api_group, facts.resource)) {
        ("", Some(false)) => what,
        ("", Some(true)) if many => format!("{what} in all namespaces"),
        ("", None) if many => format!("{what} in the whole cluster"),
        ("", _) => what,
        (namespace, _) => format!("{what} in namespace {namespace}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ALICE: Facts<'_> = Facts {
        user: "alice@example.com",
        impersonated: "",
        verb: "delete",
        api_group: "",
        resource: "secrets",
        subresource: "",
        namespace: "prod",
        name: "db-password",
        uri: "/api/v1/namespaces/prod/secrets/db-password",
        source_ip: "10.0.3.16",
        client: "kubectl",
        time: "09:14:03 UTC",
        stage: "ResponseComplete",
        code: 200,
        reason: r#"RBAC: allowed by ClusterRoleBinding "admins" of ClusterRole "cluster-admin" to Group "ops""#,
        dry_run: false,
    };

    #[test]
    fn whole_sentences() {
        let check = |facts: Facts<'_>, expected: &str| assert_eq!(sentence(&facts), expected);
        check(
            ALICE,
            "alice@example.com deleted secret prod/db-password from 10.0.3.16 with kubectl at 09:14:03 UTC; \
             allowed by ClusterRoleBinding admins.",
        );
        check(
            Facts { code: 403, reason: "", ..ALICE },
            "alice@example.com was refused: tried to delete secret prod/db-password from 10.0.3.16 with kubectl \
             at 09:14:03 UTC (403).",
        );
        check(
            Facts { code: 403, reason: "no relationship found between node 'n1' and this object", ..ALICE },
            "alice@example.com was refused: tried to delete secret prod/db-password from 10.0.3.16 with kubectl \
             at 09:14:03 UTC (403); the authorizer said: no relationship found between node 'n1' and this object.",
        );
        check(
            Facts { code: 401, user: "", reason: "", ..ALICE },
            "An unknown user was not recognised: tried to delete secret prod/db-password from 10.0.3.16 with kubectl \
             at 09:14:03 UTC (401).",
        );
        check(
            Facts { code: 404, ..ALICE },
            "alice@example.com tried to delete secret prod/db-password from 10.0.3.16 with kubectl at 09:14:03 UTC; \
             it was not found (404).",
        );
        check(
            Facts { dry_run: true, impersonated: "bob", reason: "", ..ALICE },
            "alice@example.com acting as bob deleted secret prod/db-password from 10.0.3.16 with kubectl at 09:14:03 UTC \
             (dry run: nothing changed).",
        );
        check(
            Facts { code: 0, stage: "RequestReceived", reason: "", ..ALICE },
            "alice@example.com asked to delete secret prod/db-password from 10.0.3.16 with kubectl at 09:14:03 UTC.",
        );
        check(
            Facts { reason: "access granted by IAM permissions.", ..ALICE },
            "alice@example.com deleted secret prod/db-password from 10.0.3.16 with kubectl at 09:14:03 UTC; \
             allowed, the authorizer said: access granted by IAM permissions.",
        );
        check(
            Facts::default(),
            "An unknown user asked to do something unknown to something unknown from an unknown address \
             with an unknown client at an unknown time.",
        );
    }

    /// The sentence's middle: what was done to what, and how it ended.
    fn told(facts: Facts<'_>) -> String {
        let facts = Facts { user: "u", source_ip: "i", client: "c", time: "t", reason: "", ..facts };
        sentence(&facts).replace(" from i with c at t", "").trim_start_matches("u ").trim_end_matches('.').to_string()
    }

    #[test]
    fn what_was_done() {
        let check = |verb, resource, subresource, namespace, name, expected: &str| {
            let facts =
                Facts { verb, resource, subresource, namespace, name, uri: "/api", code: 200, ..Facts::default() };
            assert_eq!(told(facts), expected, "{verb} {resource}/{subresource}");
        };
        check("get", "pods", "", "prod", "web", "read pod prod/web");
        check("list", "pods", "", "prod", "", "listed pods in namespace prod");
        check("list", "pods", "", "", "", "listed pods in all namespaces");
        check("watch", "secrets", "", "", "", "watched secrets in all namespaces");
        check("watch", "secrets", "", "prod", "db", "watched secret prod/db");
        check("list", "nodes", "", "", "", "listed nodes");
        check("get", "nodes", "", "", "n1", "read node n1");
        check("get", "namespaces", "", "prod", "prod", "read namespace prod");
        check("create", "pods", "", "prod", "", "created a pod in namespace prod");
        check("create", "ingresses", "", "prod", "", "created an ingress in namespace prod");
        check("create", "selfsubjectaccessreviews", "", "", "", "created a selfsubjectaccessreview");
        check("deletecollection", "pods", "", "prod", "", "deleted a collection of pods in namespace prod");
        check("patch", "networkpolicies", "", "prod", "x", "patched networkpolicy prod/x");
        check("update", "endpoints", "", "prod", "x", "updated endpoints prod/x");
        check("get", "pods", "exec", "prod", "web", "ran a command in pod prod/web");
        check("create", "pods", "attach", "prod", "web", "attached to pod prod/web");
        check("get", "pods", "portforward", "prod", "web", "forwarded a port to pod prod/web");
        check("get", "pods", "log", "prod", "web", "read the log of pod prod/web");
        check("create", "pods", "eviction", "prod", "web", "evicted pod prod/web");
        check("create", "pods", "binding", "prod", "web", "assigned a node to pod prod/web");
        check("create", "serviceaccounts", "token", "prod", "ci", "requested a token for serviceaccount prod/ci");
        check("patch", "deployments", "scale", "prod", "web", "scaled deployment prod/web");
        check("get", "deployments", "scale", "prod", "web", "read the scale of deployment prod/web");
        check("patch", "pods", "status", "prod", "web", "updated the status of pod prod/web");
        check("get", "pods", "status", "prod", "web", "read the status of pod prod/web");
        check(
            "update",
            "certificatesigningrequests",
            "approval",
            "",
            "x",
            "approved or denied certificatesigningrequest x",
        );
        check("get", "nodes", "proxy", "", "n1", "connected through the API server's proxy to node n1");
        check("patch", "pods", "ephemeralcontainers", "a", "b", "added or changed an ephemeral container in pod a/b");
        check("update", "widgets", "parts", "a", "b", "updated parts of widget a/b");
        check("frobnicate", "pods", "", "a", "b", "did “frobnicate” to pod a/b");
        check("", "pods", "", "a", "b", "did something unknown to pod a/b");
    }

    #[test]
    fn custom_resources_and_paths() {
        let facts = Facts {
            verb: "list",
            api_group: "cert-manager.io",
            resource: "certificates",
            code: 200,
            ..Facts::default()
        };
        assert_eq!(told(facts), "listed certificates.cert-manager.io in the whole cluster");
        let facts = Facts { name: "x", namespace: "prod", verb: "get", ..facts };
        assert_eq!(told(facts), "read certificate.cert-manager.io prod/x");
        let path = |verb, expected: &str| {
            assert_eq!(told(Facts { verb, uri: "/metrics?x=1", code: 200, ..Facts::default() }), expected);
        };
        path("get", "requested /metrics");
        path("post", "posted to /metrics");
        path("put", "wrote to /metrics");
        path("delete", "deleted /metrics");
    }

    #[test]
    fn commands() {
        let check = |query: &str, expected: &str| {
            let uri = format!("/api/v1/namespaces/a/pods/b/exec?{query}");
            let facts = Facts {
                verb: "get",
                resource: "pods",
                subresource: "exec",
                namespace: "a",
                name: "b",
                uri: &uri,
                code: 101,
                ..Facts::default()
            };
            assert_eq!(told(facts), expected, "{query}");
        };
        check("command=sh&stdin=true&tty=true", "opened a shell (sh) in pod a/b");
        check("command=%2Fbin%2Fbash", "opened a shell (/bin/bash) in pod a/b");
        check("command=sh&command=-c&command=cat+%2Fetc%2Fpasswd", "ran “sh -c cat /etc/passwd” in pod a/b");
        check("container=c&command=id", "ran “id” in pod a/b");
        check("container=c", "ran a command in pod a/b");
    }

    #[test]
    fn endings() {
        let check = |verb, code, expected: &str| {
            let facts =
                Facts { verb, resource: "pods", namespace: "a", name: "b", uri: "/api", code, ..Facts::default() };
            assert_eq!(told(facts), expected, "{code}");
        };
        check("create", 201, "created pod a/b");
        check("create", 409, "tried to create pod a/b; it exists already, or conflicts with another change (409)");
        check("update", 409, "tried to update pod a/b; it conflicted with another change (409)");
        check("create", 422, "tried to create pod a/b; the object was invalid (422)");
        check("get", 429, "tried to read pod a/b; the API server asked to try again later (429)");
        check("get", 418, "tried to read pod a/b; it was not accepted (418)");
        check("get", 500, "tried to read pod a/b; the API server failed (500)");
        check("get", 504, "tried to read pod a/b; it timed out (504)");
        let panic = Facts { verb: "get", resource: "pods", name: "b", stage: "Panic", ..Facts::default() };
        assert_eq!(told(panic), "tried to read pod b, and the API server panicked");
    }

    proptest! {
        #[test]
        fn any_facts_make_one_sentence(words in prop::collection::vec(".{0,8}", 12), code: u16, dry_run: bool) {
            let facts = Facts {
                user: &words[0], impersonated: &words[1], verb: &words[2], api_group: &words[3], resource: &words[4],
                subresource: &words[5], namespace: &words[6], name: &words[7], uri: &words[8], source_ip: &words[9],
                client: &words[10], time: &words[11], stage: "", code, reason: "", dry_run,
            };
            prop_assert!(sentence(&facts).ends_with('.'));
        }
    }
}
