//! One audit event, borrowed from the text of its record.

use super::time::Micros;
use serde::{Deserialize, Serialize};

/// An audit event's fields as slices of its record's text.
///
/// Every string is the *inside* of a JSON string, escapes and all, as it stood
/// in the record; `user`, `impersonated_user` are whole JSON objects and
/// `source_ips` a whole JSON array. An empty slice means the field is absent.
/// Names follow `audit.k8s.io/v1` (kubernetes/apiserver pkg/apis/audit/v1/types.go).
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Event<'a> {
    pub audit_id: &'a [u8],
    pub stage: &'a [u8],
    pub level: &'a [u8],
    pub verb: &'a [u8],
    pub request_uri: &'a [u8],
    pub user: &'a [u8],
    pub impersonated_user: &'a [u8],
    pub source_ips: &'a [u8],
    pub user_agent: &'a [u8],
    pub api_group: &'a [u8],
    pub api_version: &'a [u8],
    pub resource: &'a [u8],
    pub subresource: &'a [u8],
    pub namespace: &'a [u8],
    pub name: &'a [u8],
    /// `responseStatus.code`; 0 when absent.
    pub code: u16,
    /// Annotation `authorization.k8s.io/decision`.
    pub decision: &'a [u8],
    /// Annotation `authorization.k8s.io/reason`.
    pub reason: &'a [u8],
    /// `requestReceivedTimestamp`, or its stand-in in older API versions.
    pub received: Option<Micros>,
    /// `stageTimestamp`, or its stand-in in older API versions.
    pub staged: Option<Micros>,
    pub flags: Flags,
    /// The number that these bytes of user, impersonated user, addresses and agent have throughout a piece; 0: none.
    pub actor: u32,
    /// The same of decision and reason.
    pub authorization: u32,
}

/// Facts of an event that are either so or not.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flags(pub u8);

impl Flags {
    /// Off the digits that the column of flags holds; none set where they are no number.
    pub fn of_digits(digits: &[u8]) -> Flags {
        Flags(std::str::from_utf8(digits).ok().and_then(|text| text.parse().ok()).unwrap_or(0))
    }

    /// `dryRun=All` in the URI: the request changed nothing.
    pub const DRY_RUN: Flags = Flags(1);
    /// The API server dropped the bodies (`audit.k8s.io/truncated`).
    pub const TRUNCATED: Flags = Flags(2);
    pub const REQUEST_BODY: Flags = Flags(4);
    pub const RESPONSE_BODY: Flags = Flags(8);
    /// `apiVersion` is `audit.k8s.io/v1beta1`.
    pub const V1BETA1: Flags = Flags(16);
    /// `apiVersion` is `audit.k8s.io/v1alpha1`.
    pub const V1ALPHA1: Flags = Flags(32);
    /// Converted from another log's shape (GKE, legacy text), not an audit.k8s.io event.
    pub const CONVERTED: Flags = Flags(64);
    /// One of the two entries of a long operation (GKE), the other one not open.
    pub const UNPAIRED: Flags = Flags(128);
    /// Those that tell of bodies.
    pub const BODIES: Flags = Flags(Flags::REQUEST_BODY.0 | Flags::RESPONSE_BODY.0);

    pub fn has(self, flag: Flags) -> bool {
        self.0 & flag.0 == flag.0
    }

    pub fn set(&mut self, flag: Flags) {
        self.0 |= flag.0;
    }

    pub fn clear(&mut self, flag: Flags) {
        self.0 &= !flag.0;
    }

    /// The audit level that the bodies amount to.
    pub fn level_of_bodies(self) -> &'static str {
        match () {
            () if self.has(Flags::RESPONSE_BODY) => "RequestResponse",
            () if self.has(Flags::REQUEST_BODY) => "Request",
            () => "Metadata",
        }
    }
}
