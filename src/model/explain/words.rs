//! Verbs' tenses and resources' names in the singular.

/// A verb as it is told: done, and to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Phrase {
    pub past: &'static str,
    pub infinitive: &'static str,
}

const fn phrase(past: &'static str, infinitive: &'static str) -> Phrase {
    Phrase { past, infinitive }
}

/// Kubernetes' request verbs on resources.
pub(super) fn verb_phrase(verb: &str) -> Option<Phrase> {
    Some(match verb {
        "get" => phrase("read", "read"),
        "list" => phrase("listed", "list"),
        "watch" => phrase("watched", "watch"),
        "create" => phrase("created", "create"),
        "update" => phrase("updated", "update"),
        "patch" => phrase("patched", "patch"),
        "delete" => phrase("deleted", "delete"),
        "deletecollection" => phrase("deleted a collection of", "delete a collection of"),
        "bind" => phrase("bound", "bind"),
        "escalate" => phrase("escalated", "escalate"),
        "impersonate" => phrase("impersonated", "impersonate"),
        "use" => phrase("used", "use"),
        "approve" => phrase("approved", "approve"),
        "sign" => phrase("signed", "sign"),
        _ => return None,
    })
}

/// HTTP methods on paths that are no resources.
pub(super) fn method_phrase(method: &str) -> Phrase {
    match method {
        "post" => phrase("posted to", "post to"),
        "put" | "patch" => phrase("wrote to", "write to"),
        "delete" => phrase("deleted", "delete"),
        _ => phrase("requested", "request"),
    }
}

/// What a request to a subresource does to the object it belongs to, where that has a name of its own.
pub(super) fn subresource_phrase(resource: &str, subresource: &str, verb: &str) -> Option<Phrase> {
    let reads = matches!(verb, "get" | "list" | "watch");
    Some(match (resource, subresource) {
        ("pods", "exec") => phrase("ran a command in", "run a command in"),
        ("pods", "attach") => phrase("attached to", "attach to"),
        ("pods", "portforward") => phrase("forwarded a port to", "forward a port to"),
        ("pods", "log") => phrase("read the log of", "read the log of"),
        ("pods", "eviction") => phrase("evicted", "evict"),
        ("pods", "binding") => phrase("assigned a node to", "assign a node to"),
        ("pods", "ephemeralcontainers") if !reads => {
            phrase("added or changed an ephemeral container in", "add or change an ephemeral container in")
        }
        ("pods", "resize") if !reads => phrase("resized", "resize"),
        ("serviceaccounts", "token") if !reads => phrase("requested a token for", "request a token for"),
        ("certificatesigningrequests", "approval") if !reads => phrase("approved or denied", "approve or deny"),
        ("namespaces", "finalize") => phrase("finalised", "finalise"),
        (_, "proxy") => {
            phrase("connected through the API server's proxy to", "connect through the API server's proxy to")
        }
        (_, "scale") if !reads => phrase("scaled", "scale"),
        (_, "status") if reads => phrase("read the status of", "read the status of"),
        (_, "status") => phrase("updated the status of", "update the status of"),
        (_, "scale") => phrase("read the scale of", "read the scale of"),
        _ => return None,
    })
}

/// A resource's name in the singular, as kubectl prints it: `pod`, `ingress`, `networkpolicy`.
/// Audit events carry the plural only; that of a custom resource is guessed.
pub fn singular(resource: &str) -> String {
    let stem = |ending: &str| resource.strip_suffix(ending).filter(|stem| !stem.is_empty());
    if resource == "endpoints" {
        return resource.to_string();
    }
    if let Some(stem) = stem("ies") {
        return format!("{stem}y");
    }
    if ["sses", "shes", "ches", "xes", "zes"].into_iter().any(|ending| stem(ending).is_some()) {
        return resource[..resource.len() - 2].to_string();
    }
    match stem("s") {
        Some(stem) if !stem.ends_with('s') => stem.to_string(),
        _ => resource.to_string(),
    }
}

/// Whether objects of a built-in resource live in namespaces; `None`: not known.
pub(super) fn is_namespaced(api_group: &str, resource: &str) -> Option<bool> {
    const CLUSTER: &[&str] = &[
        "apiservices",
        "certificatesigningrequests",
        "clusterrolebindings",
        "clusterroles",
        "componentstatuses",
        "csidrivers",
        "csinodes",
        "customresourcedefinitions",
        "flowschemas",
        "ingressclasses",
        "mutatingwebhookconfigurations",
        "namespaces",
        "nodes",
        "persistentvolumes",
        "priorityclasses",
        "prioritylevelconfigurations",
        "runtimeclasses",
        "selfsubjectaccessreviews",
        "selfsubjectrulesreviews",
        "selfsubjectreviews",
        "storageclasses",
        "subjectaccessreviews",
        "tokenreviews",
        "validatingadmissionpolicies",
        "validatingadmissionpolicybindings",
        "validatingwebhookconfigurations",
        "volumeattachments",
    ];
    if CLUSTER.contains(&resource) {
        Some(false)
    } else if is_built_in(api_group) {
        Some(true)
    } else {
        None
    }
}

/// Kubernetes' own API groups.
pub(super) fn is_built_in(api_group: &str) -> bool {
    !api_group.contains('.') || api_group.ends_with(".k8s.io")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn singulars() {
        for (resource, expected) in [
            ("pods", "pod"),
            ("secrets", "secret"),
            ("configmaps", "configmap"),
            ("ingresses", "ingress"),
            ("endpointslices", "endpointslice"),
            ("networkpolicies", "networkpolicy"),
            ("storageclasses", "storageclass"),
            ("leases", "lease"),
            ("endpoints", "endpoints"),
            ("certificates", "certificate"),
            ("gateways", "gateway"),
            ("patches", "patch"),
            ("boxes", "box"),
            ("databases", "database"),
            ("class", "class"),
            ("s", "s"),
            ("", ""),
        ] {
            assert_eq!(singular(resource), expected, "{resource}");
        }
    }
}
