//! What a user name and a user agent say about who called.

/// A user's kind, told from the name alone (Kubernetes reserves the `system:` prefix).
pub fn user_kind(username: &str) -> &'static str {
    match username {
        "" => "",
        "system:anonymous" => "anonymous",
        name if name.starts_with("system:serviceaccount:") => "service account",
        name if name.starts_with("system:node:") => "node",
        name if name.starts_with("system:") => "control plane",
        "kubelet" | "kube-apiserver" | "kube-controller-manager" | "kube-scheduler" | "kube-proxy" => "control plane",
        _ => "human",
    }
}

/// The product in a user agent: its first word up to the slash, without the path
/// that Go's default user agent may put before it.
pub fn client_product(user_agent: &str) -> &str {
    let word = user_agent.split([' ', '/']).next().unwrap_or_default();
    if word.is_empty() { user_agent.trim_start_matches('/').split([' ', '/']).next().unwrap_or_default() } else { word }
}

/// `2xx`, `4xx`, …; empty for no code.
pub fn code_class(code: u16) -> &'static str {
    match code / 100 {
        1 => "1xx",
        2 => "2xx",
        3 => "3xx",
        4 => "4xx",
        5 => "5xx",
        0 => "",
        _ => "other",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds() {
        for (name, kind) in [
            ("alice@example.com", "human"),
            ("", ""),
            ("system:anonymous", "anonymous"),
            ("system:serviceaccount:kube-system:coredns", "service account"),
            ("system:node:n1", "node"),
            ("system:kube-scheduler", "control plane"),
            ("system:apiserver", "control plane"),
            ("kubernetes-admin", "human"),
        ] {
            assert_eq!(user_kind(name), kind, "{name}");
        }
    }

    #[test]
    fn products() {
        for (agent, product) in [
            ("kubectl/v1.30.0 (linux/amd64) kubernetes/7c48c2b", "kubectl"),
            ("Go-http-client/2.0", "Go-http-client"),
            ("", ""),
            ("curl", "curl"),
            ("Mozilla/5.0 (X11)", "Mozilla"),
            ("/usr/bin/thing", "usr"),
        ] {
            assert_eq!(client_product(agent), product, "{agent}");
        }
    }
}
