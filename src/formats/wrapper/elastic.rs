//! Elasticsearch and Kibana: Filebeat's and Elastic Agent's Kubernetes audit
//! documents (elastic/integrations packages/kubernetes, data stream audit_logs).
//!
//! ```json
//! {"_index":"logs-kubernetes.audit_logs-default","_source":{"@timestamp":"…","orchestrator":{"cluster":{"name":"prod"}},
//!   "kubernetes":{"audit":{"auditID":"…","annotations":{"authorization_k8s_io/decision":"allow"},…}}}}
//! ```
//!
//! Search results hold such hits in `hits.hits`. Annotation keys lost their dots;
//! the scanner takes both spellings.

use super::{Wrapper, read_payload};

const LABELS: &[(&str, &str)] = &[
    ("_source>orchestrator>cluster>name", "cluster"),
    ("orchestrator>cluster>name", "cluster"),
    ("_source>host>name", "host"),
    ("host>name", "host"),
    ("_index", "index"),
];

pub(super) const HIT: Wrapper = Wrapper {
    name: "Elastic",
    marks: &["_source"],
    payload: &["_source>kubernetes>audit", "_source"],
    labels: LABELS,
    read: read_payload,
};

pub(super) const DOCUMENT: Wrapper = Wrapper {
    name: "Elastic",
    marks: &["kubernetes>audit"],
    payload: &["kubernetes>audit"],
    labels: LABELS,
    read: read_payload,
};
