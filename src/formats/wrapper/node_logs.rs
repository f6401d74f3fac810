//! `kubectl get --raw …/proxy/logs/…` and `oc adm node-logs --role=master --path=kube-apiserver/audit.log`.
//!
//! ```text
//! node-1.example.org {"kind":"Event",…}
//! ```
//!
//! The node's name stands before each line when several nodes were asked. Lost: nothing.

use crate::formats::origin::Labels;

/// One word that may be a node's name (RFC 1123), then white space.
pub(super) fn read_prefix(prefix: &[u8], labels: &mut Labels) -> bool {
    let name = prefix.trim_ascii();
    let is_name = name.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_'));
    if name.is_empty() || !is_name || name.len() == prefix.len() {
        return false;
    }
    labels.add("node", name);
    true
}
