//! The shapes that audit events travel in, one file each. A new one is a file
//! with its row here, and its sample in `samples/`.
//!
//! A plain event is never looked at here: [`super::unwrap`] asks [`WRAPPERS`] only
//! about objects that are no events themselves.

pub mod aks;
pub mod cloudwatch;
pub mod cri;
pub mod csv;
pub mod docker;
pub mod elastic;
pub mod gke;
pub mod grafana;
pub mod legacy;
pub mod line;
pub mod logcli;
pub mod loki;
pub mod node_logs;
pub mod openshift;
pub mod otlp;
pub mod shipper;
pub mod splunk;
pub mod syslog;

use super::SkipReason;
use super::json::Members;
use super::origin::Labels;
use super::unwrap::{Ground, Output, Unwrapper};

/// Reads an object that its wrapper recognised.
///
/// # Errors
/// Why there is no event in it; then nothing was reported yet.
pub(super) type Read =
    fn(&mut Unwrapper, &'static Wrapper, &Members<'_>, Ground<'_>, &mut dyn Output) -> Result<(), SkipReason>;

/// A JSON object around an event. Paths go through objects: `a>b`.
pub(super) struct Wrapper {
    /// What a person reads.
    pub name: &'static str,
    /// All of these are there.
    pub marks: &'static [&'static str],
    /// Where the event is, as an object or in a string: the first that is there.
    pub payload: &'static [&'static str],
    /// Where it was observed: path and label.
    pub labels: &'static [(&'static str, &'static str)],
    pub read: Read,
}

/// Asked in this order: what says more stands first.
pub(super) static WRAPPERS: &[Wrapper] = &[
    gke::ENTRY,
    gke::GO_ENTRY,
    elastic::HIT,
    elastic::DOCUMENT,
    openshift::FORWARDER,
    aks::RECORD,
    aks::DIAGNOSTICS,
    aks::TABLE,
    splunk::RESULT,
    splunk::EVENT,
    logcli::JSONL,
    grafana::FRAMES,
    grafana::JSON,
    cloudwatch::LOG_EVENT,
    cloudwatch::SUBSCRIPTION,
    docker::JSON_FILE,
    otlp::LOG_RECORD,
    shipper::JOURNAL,
    shipper::LOG,
    shipper::MESSAGE,
    shipper::MSG,
];

impl Wrapper {
    pub fn recognises(&self, members: &Members<'_>) -> bool {
        self.marks.iter().all(|mark| members.path(mark).is_some())
    }

    pub fn labels(&self, members: &Members<'_>) -> Labels {
        let mut labels = Labels::default();
        for (path, label) in self.labels {
            labels.add(label, members.text(path));
        }
        labels
    }
}

/// Reads what stands at [`Wrapper::payload`].
pub(super) fn read_payload(
    unwrapper: &mut Unwrapper,
    wrapper: &'static Wrapper,
    members: &Members<'_>,
    ground: Ground<'_>,
    out: &mut dyn Output,
) -> Result<(), SkipReason> {
    let payload = wrapper.payload.iter().find_map(|path| members.path(path)).ok_or(SkipReason::NotAnEvent)?;
    unwrapper.labelled(payload, wrapper.labels(members), ground, out)
}
