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
pub mod parts;
mod resource_uri;
pub mod shipper;
pub mod splunk;
pub mod syslog;

use super::SkipReason;
use super::json::Members;
use super::unwrap::{Ground, Output, Unwrapper};
use std::rc::Rc;

/// Reads an object that its wrapper recognised.
///
/// # Errors
/// Why there is no event in it; then nothing was reported yet.
pub(super) type Read =
    fn(&mut Unwrapper, &'static Wrapper, &Members<'_>, Ground<'_>, &mut dyn Output) -> Result<(), SkipReason>;

/// A JSON object around an event. Paths go through objects: `a>b`.
pub(in crate::formats) struct Wrapper {
    /// What a person reads.
    pub name: &'static str,
    /// All of these are there.
    pub marks: &'static [&'static str],
    /// Where the event is, as an object or in a string: the first that is there.
    pub payload: &'static [&'static str],
    /// Where it was observed: path and label; [`ALL`] for an object of labels.
    pub labels: &'static [(&'static str, &'static str)],
    pub read: Read,
}

/// In [`Wrapper::labels`]: each text member of the object is a label.
pub(super) const ALL: &str = "*";

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

    pub fn origin(&self, unwrapper: &mut Unwrapper, members: &Members<'_>, outer: &str) -> Rc<str> {
        let value = |path: &str| members.path(path).unwrap_or_default();
        unwrapper.origin_of(outer, self.labels.iter().map(|(path, _)| value(path)), |labels| {
            for (path, label) in self.labels {
                match *label {
                    ALL => labels.add_object(value(path)),
                    label => labels.add(label, members.text(path)),
                }
            }
        })
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
    let origin = wrapper.origin(unwrapper, members, ground.origin);
    unwrapper.value(payload, ground.from(&origin).below(), out)
}
