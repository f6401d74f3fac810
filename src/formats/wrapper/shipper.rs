//! Log shippers that keep a line, or the object it held, beside fields of their own:
//! Fluentd, Fluent Bit, Vector, Filebeat, journald's JSON.
//!
//! ```json
//! {"log":"{\"kind\":\"Event\",…}","kubernetes":{"pod_name":"kube-apiserver-1","host":"node-1"}}
//! {"message":"{\"kind\":\"Event\",…}","host":"node-1","source_type":"file"}
//! {"msg":{"kind":"Event",…},"tag":"audit"}
//! ```
//!
//! Lost: the shipper's own timestamp.

use super::{Wrapper, read_payload};

const LABELS: &[(&str, &str)] = &[
    ("host", "host"),
    ("hostname", "host"),
    ("host>name", "host"),
    ("agent>hostname", "host"),
    ("kubernetes>host", "node"),
    ("kubernetes>node>name", "node"),
    ("kubernetes>pod_node_name", "node"),
    ("kubernetes>pod_name", "pod"),
    ("kubernetes>pod>name", "pod"),
    ("cluster", "cluster"),
    ("cluster_name", "cluster"),
    ("orchestrator>cluster>name", "cluster"),
    ("tag", "tag"),
    ("stream", "stream"),
];

pub(super) const LOG: Wrapper =
    Wrapper { name: "Log shipper", marks: &["log"], payload: &["log"], labels: LABELS, read: read_payload };
pub(super) const MESSAGE: Wrapper =
    Wrapper { name: "Log shipper", marks: &["message"], payload: &["message"], labels: LABELS, read: read_payload };
pub(super) const MSG: Wrapper =
    Wrapper { name: "Log shipper", marks: &["msg"], payload: &["msg"], labels: LABELS, read: read_payload };
pub(super) const JOURNAL: Wrapper = Wrapper {
    name: "systemd journal",
    marks: &["MESSAGE", "__REALTIME_TIMESTAMP"],
    payload: &["MESSAGE"],
    labels: &[("_HOSTNAME", "host"), ("_SYSTEMD_UNIT", "unit")],
    read: read_payload,
};
