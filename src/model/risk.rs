//! What a request can do to the cluster, told from what it asks for.

/// From the least to the most that can come of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Risk {
    Read,
    Write,
    Delete,
    /// Can yield rights, credentials or a way into a workload that the caller did not have.
    Escalate,
}

impl Risk {
    /// One short word beside the colour.
    pub fn label(self) -> &'static str {
        match self {
            Risk::Read => "reads",
            Risk::Write => "writes",
            Risk::Delete => "deletes",
            Risk::Escalate => "can gain rights",
        }
    }
}

/// The risk of a request, whether it was allowed or not; from `verb`, `objectRef.resource` and
/// `objectRef.subresource`. A verb that is not known counts as a write.
///
/// What escalates is told in Kubernetes' "RBAC good practices" (privilege escalation risks).
pub fn risk(verb: &str, resource: &str, subresource: &str) -> Risk {
    let reads = matches!(verb, "get" | "list" | "watch" | "head" | "options");
    let deletes = matches!(verb, "delete" | "deletecollection");
    let changes = !reads && !deletes;
    let escalates = match (resource, subresource) {
        // kubectl opens these with get (WebSocket) or create (SPDY).
        ("pods", "exec" | "attach" | "portforward") | ("pods" | "services" | "nodes", "proxy") => true,
        ("pods", "ephemeralcontainers") => changes,
        ("secrets", "") => reads,
        ("serviceaccounts", "token") => changes,
        ("certificatesigningrequests", "approval") => changes,
        ("roles" | "clusterroles" | "rolebindings" | "clusterrolebindings", _) => changes,
        ("mutatingwebhookconfigurations" | "validatingwebhookconfigurations", _) => changes,
        _ => false,
    };
    match verb {
        _ if escalates => Risk::Escalate,
        "impersonate" | "escalate" | "bind" => Risk::Escalate,
        _ if deletes => Risk::Delete,
        _ if reads || is_question(resource) => Risk::Read,
        _ => Risk::Write,
    }
}

/// Objects that are created only to be answered: nothing is stored.
fn is_question(resource: &str) -> bool {
    matches!(
        resource,
        "tokenreviews"
            | "subjectaccessreviews"
            | "localsubjectaccessreviews"
            | "selfsubjectaccessreviews"
            | "selfsubjectrulesreviews"
            | "selfsubjectreviews"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn risks() {
        use Risk::*;
        for (verb, resource, subresource, expected) in [
            ("get", "pods", "", Read),
            ("list", "configmaps", "", Read),
            ("get", "", "", Read),
            ("head", "", "", Read),
            ("create", "pods", "", Write),
            ("patch", "deployments", "scale", Write),
            ("", "", "", Write),
            ("post", "", "", Write),
            ("delete", "pods", "", Delete),
            ("deletecollection", "secrets", "", Delete),
            ("delete", "rolebindings", "", Delete),
            ("create", "pods", "eviction", Write),
            ("get", "pods", "exec", Escalate),
            ("create", "pods", "exec", Escalate),
            ("get", "pods", "log", Read),
            ("create", "pods", "attach", Escalate),
            ("create", "pods", "portforward", Escalate),
            ("get", "nodes", "proxy", Escalate),
            ("get", "services", "proxy", Escalate),
            ("patch", "pods", "ephemeralcontainers", Escalate),
            ("get", "pods", "ephemeralcontainers", Read),
            ("get", "secrets", "", Escalate),
            ("list", "secrets", "", Escalate),
            ("create", "secrets", "", Write),
            ("create", "serviceaccounts", "token", Escalate),
            ("create", "serviceaccounts", "", Write),
            ("update", "certificatesigningrequests", "approval", Escalate),
            ("create", "certificatesigningrequests", "", Write),
            ("create", "clusterrolebindings", "", Escalate),
            ("get", "clusterrolebindings", "", Read),
            ("bind", "things", "", Escalate),
            ("impersonate", "users", "", Escalate),
            ("patch", "mutatingwebhookconfigurations", "", Escalate),
            ("create", "selfsubjectaccessreviews", "", Read),
        ] {
            assert_eq!(risk(verb, resource, subresource), expected, "{verb} {resource}/{subresource}");
        }
    }
}
