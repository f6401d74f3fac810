//! OpenShift's log forwarder, the ViaQ model (openshift/cluster-logging-operator hack/logsamples).
//!
//! ```json
//! {"@timestamp":"…","auditID":"…","hostname":"node-1","k8s_audit_level":"Metadata","level":"default",
//!  "log_source":"kubeAPI","log_type":"audit","openshift":{"cluster_id":"…"},…}
//! ```
//!
//! The event stands at the top; the forwarder overwrites `level`, the scanner takes
//! `k8s_audit_level` for it. Lost: nothing.

use super::{Read, Wrapper};
use crate::formats::scan::scan_event;
use crate::model::Event;

pub(super) const FORWARDER: Wrapper = Wrapper {
    name: "OpenShift log forwarder",
    marks: &["@timestamp", "auditID"],
    payload: &[],
    labels: &[("hostname", "host"), ("openshift>cluster_id", "cluster"), ("log_source", "log_source")],
    read: READ,
};

const READ: Read = |unwrapper, wrapper, members, ground, out| {
    let mut event = Event::default();
    scan_event(members.object, &mut event)?;
    let origin = wrapper.origin(unwrapper, members, ground.origin);
    out.event(&event, members.object, &origin, ground.place);
    Ok(())
};
