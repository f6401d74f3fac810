//! The annotation `authorization.k8s.io/reason`, taken apart.
//!
//! RBAC's wording: kubernetes/kubernetes pkg/registry/rbac/validation/rule.go
//! (`clusterRoleBindingDescriber`, `roleBindingDescriber`, `describeSubject`).

/// Why authorization allowed or refused a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// No reason given, as for members of `system:masters` and paths that are always allowed.
    Empty,
    /// RBAC: a binding gave the right.
    Binding(Binding),
    /// The node authorizer's words.
    Node(String),
    /// Another authorizer's words: a webhook, a cloud's own.
    Other(String),
}

/// Which binding of which role to whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binding {
    /// `ClusterRoleBinding` or `RoleBinding`.
    pub binding_kind: String,
    pub binding: String,
    /// Of a `RoleBinding`; else empty.
    pub binding_namespace: String,
    /// `ClusterRole` or `Role`; a `Role` is in the binding's namespace.
    pub role_kind: String,
    pub role: String,
    /// `User`, `Group` or `ServiceAccount`.
    pub subject_kind: String,
    pub subject: String,
    /// Of a `ServiceAccount`; else empty.
    pub subject_namespace: String,
}

impl Binding {
    /// `ClusterRoleBinding admins`, `RoleBinding prod/admins`.
    pub fn binding_text(&self) -> String {
        format!("{} {}", self.binding_kind, in_namespace(&self.binding_namespace, &self.binding))
    }

    /// `ServiceAccount kube-system/coredns`, `Group devs`.
    pub fn subject_text(&self) -> String {
        format!("{} {}", self.subject_kind, in_namespace(&self.subject_namespace, &self.subject))
    }
}

fn in_namespace(namespace: &str, name: &str) -> String {
    if namespace.is_empty() { name.to_string() } else { format!("{namespace}/{name}") }
}

/// Takes a reason apart; never fails.
pub fn parse_reason(text: &str) -> Reason {
    if text.is_empty() {
        return Reason::Empty;
    }
    if let Some(binding) = text.strip_prefix("RBAC: allowed by ").and_then(parse_binding) {
        return Reason::Binding(binding);
    }
    // kubernetes/kubernetes plugin/pkg/auth/authorizer/node/node_authorizer.go
    let of_node = ["node '", "no relationship found between node", "can only ", "unknown node", "individual resource"];
    match of_node.iter().any(|start| text.starts_with(start)) {
        true => Reason::Node(text.to_string()),
        false => Reason::Other(text.to_string()),
    }
}

/// `ClusterRoleBinding "b" of ClusterRole "r" to Group "g"`.
fn parse_binding(text: &str) -> Option<Binding> {
    let (binding_kind, binding, rest) = kind_and_name(text)?;
    let (role_kind, role, rest) = kind_and_name(rest.strip_prefix(" of ")?)?;
    let (subject_kind, subject, rest) = kind_and_name(rest.strip_prefix(" to ")?)?;
    if !rest.is_empty() || !binding_kind.ends_with("RoleBinding") {
        return None;
    }
    // Of both, the namespace stands after the name and has no slash.
    let apart = |name: String, namespaced: bool| match name.rsplit_once('/') {
        Some((name, namespace)) if namespaced => (name.to_string(), namespace.to_string()),
        _ => (name, String::new()),
    };
    let (binding, binding_namespace) = apart(binding, binding_kind == "RoleBinding");
    let (subject, subject_namespace) = apart(subject, subject_kind == "ServiceAccount");
    Some(Binding {
        binding_kind,
        binding,
        binding_namespace,
        role_kind,
        role,
        subject_kind,
        subject,
        subject_namespace,
    })
}

/// A word, a space, a name in Go's quotes, and what follows.
fn kind_and_name(text: &str) -> Option<(String, String, &str)> {
    let (kind, quoted) = text.split_once(" \"")?;
    let mut name = String::new();
    let mut chars = quoted.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return Some((kind.to_string(), name, &quoted[at + 1..])),
            '\\' => name.push(chars.next()?.1),
            _ => name.push(c),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(text: &str, expected: Option<[&str; 8]>) {
        let Reason::Binding(b) = parse_reason(text) else {
            assert_eq!(expected, None, "{text}");
            return;
        };
        let found = [
            &b.binding_kind,
            &b.binding,
            &b.binding_namespace,
            &b.role_kind,
            &b.role,
            &b.subject_kind,
            &b.subject,
            &b.subject_namespace,
        ];
        assert_eq!(Some(found.map(String::as_str)), expected, "{text}");
    }

    #[test]
    fn bindings() {
        check(
            r#"RBAC: allowed by ClusterRoleBinding "b" of ClusterRole "r" to Group "g""#,
            Some(["ClusterRoleBinding", "b", "", "ClusterRole", "r", "Group", "g", ""]),
        );
        check(
            r#"RBAC: allowed by RoleBinding "b/ns" of Role "r" to ServiceAccount "sa/kube-system""#,
            Some(["RoleBinding", "b", "ns", "Role", "r", "ServiceAccount", "sa", "kube-system"]),
        );
        check(
            r#"RBAC: allowed by RoleBinding "system::leader-locking/kube-system" of ClusterRole "x" to User "a/b""#,
            Some(["RoleBinding", "system::leader-locking", "kube-system", "ClusterRole", "x", "User", "a/b", ""]),
        );
        check(
            r#"RBAC: allowed by ClusterRoleBinding "a/b" of ClusterRole "r" to User "x \"y\" \\""#,
            Some(["ClusterRoleBinding", "a/b", "", "ClusterRole", "r", "User", r#"x "y" \"#, ""]),
        );
        check(
            r#"RBAC: allowed by RoleBinding "a/b/ns" of Role "r" to User "u""#,
            Some(["RoleBinding", "a/b", "ns", "Role", "r", "User", "u", ""]),
        );
        for other in [
            "RBAC: allowed by ClusterRoleBinding \"b\"",
            "RBAC: allowed by ClusterRoleBinding \"b\" of ClusterRole \"r\" to Group \"g\" and more",
            "RBAC: allowed by ClusterRoleBinding \"b",
            "access granted by IAM permissions.",
            "",
        ] {
            check(other, None);
        }
    }

    #[test]
    fn other_reasons() {
        assert_eq!(parse_reason(""), Reason::Empty);
        let node = "no relationship found between node 'n1' and this object";
        assert_eq!(parse_reason(node), Reason::Node(node.into()));
        let cloud = "access granted by IAM permissions.";
        assert_eq!(parse_reason(cloud), Reason::Other(cloud.into()));
    }

    proptest! {
        #[test]
        fn any_text_is_some_reason(text in "(RBAC: allowed by |RoleBinding \"|a/b|\"| of | to |\\\\|.){0,10}") {
            parse_reason(&text);
        }
    }
}
