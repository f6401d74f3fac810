//! The two entries that GKE writes of a long operation: each is an event of its own until both are open.

use super::{Flags, Micros};
use serde::{Deserialize, Serialize};

/// An event's place among the workers; good until its source is removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct RowId {
    pub worker: u8,
    pub row: u32,
}

/// What of one entry decides what becomes of it and of the others of its operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Half {
    /// In its segment; as told to the page, in its worker.
    pub row: u32,
    /// Hash of the operation's id.
    pub operation: u64,
    /// The end of the operation, else its start.
    pub is_last: bool,
    pub time: Option<Micros>,
    /// [`Flags::REQUEST_BODY`] and [`Flags::RESPONSE_BODY`] alone.
    pub bodies: Flags,
}

/// How a half shows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Pairing {
    /// As an event of its own: no other half of its operation is open.
    #[default]
    Alone,
    /// Not at all: the operation's end is open, and shows both.
    Hidden,
    /// As the whole operation.
    Joined(Start),
}

/// What an operation's end takes over from its start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Start {
    pub received: Option<Micros>,
    /// Of both.
    pub bodies: Flags,
    /// Where the start's record is.
    pub record: RowId,
}

impl Half {
    /// The bodies that it shows under a pairing.
    pub fn bodies_shown(&self, pairing: Pairing) -> Flags {
        match pairing {
            Pairing::Joined(start) => start.bodies,
            Pairing::Alone | Pairing::Hidden => self.bodies,
        }
    }

    /// When its operation began, as far as it is known under a pairing.
    pub fn received_shown(&self, pairing: Pairing) -> Option<Micros> {
        match pairing {
            Pairing::Joined(start) => start.received.into_iter().chain(self.time).min(),
            Pairing::Alone | Pairing::Hidden => self.time,
        }
    }

    /// How long its operation took, where both ends are known.
    pub fn latency_shown(&self, pairing: Pairing) -> Option<u64> {
        let Pairing::Joined(Start { received: Some(_), .. }) = pairing else { return None };
        let (from, to) = self.received_shown(pairing).zip(self.time)?;
        u64::try_from(to.saturating_sub(from)).ok()
    }
}
