//! Loki as a source: Scaleway's Cockpit, or any other Loki 2.9 and later.
//!
//! Everything but the web parts (`http`, `live`, `probe`, `pull`, `search`) is plain data in and out, tested natively.
//! Facts about the API were recorded from a real Loki 3.7.6; Cockpit's limits are from its documentation.

pub mod advice;
pub mod api;
pub mod commands;
pub mod connection;
pub mod discover;
pub mod failure;
pub mod follow;
#[cfg(all(target_arch = "wasm32", feature = "page"))]
pub mod http;
#[cfg(all(target_arch = "wasm32", feature = "page"))]
pub mod live;
pub mod paging;
#[cfg(all(target_arch = "wasm32", feature = "page"))]
pub mod probe;
#[cfg(all(target_arch = "wasm32", feature = "page"))]
pub mod pull;
pub mod queue;
pub mod retry;
#[cfg(all(target_arch = "wasm32", feature = "page"))]
pub mod search;
pub mod slices;
pub mod tally;

/// Nanoseconds since 1970-01-01T00:00:00Z; Loki's own unit. Good until the year 2262.
pub type Nanos = i64;

pub const NANOS_PER_MICRO: i64 = 1_000;
pub const NANOS_PER_SECOND: i64 = 1_000_000_000;

/// What Cockpit allows; other servers mostly have the same defaults.
pub const MAX_ENTRIES_PER_QUERY: u32 = 5_000;
/// 30 days and one hour.
pub const MAX_QUERY_NANOS: i64 = (30 * 24 + 1) * 3_600 * NANOS_PER_SECOND;

/// A query that takes the server too long is cut no finer than this.
pub const SHORTEST_PIECE_NANOS: i64 = 60 * NANOS_PER_SECOND;

/// A half-open stretch of time, as `query_range` takes it: `start` belongs to it, `end` does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NanoRange {
    pub start_nanos: Nanos,
    pub end_nanos: Nanos,
}

impl NanoRange {
    pub fn new(start_nanos: Nanos, end_nanos: Nanos) -> NanoRange {
        NanoRange { start_nanos, end_nanos }
    }

    pub fn is_empty(&self) -> bool {
        self.end_nanos <= self.start_nanos
    }

    pub fn width_nanos(&self) -> i64 {
        self.end_nanos.saturating_sub(self.start_nanos).max(0)
    }

    pub fn contains(&self, nanos: Nanos) -> bool {
        self.start_nanos <= nanos && nanos < self.end_nanos
    }
}

impl From<crate::model::TimeRange> for NanoRange {
    fn from(range: crate::model::TimeRange) -> NanoRange {
        NanoRange {
            start_nanos: range.start_micros.saturating_mul(NANOS_PER_MICRO),
            end_nanos: range.end_micros.saturating_mul(NANOS_PER_MICRO),
        }
    }
}

/// Newest first or oldest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    Backward,
    Forward,
}

impl Direction {
    /// The value of the API's `direction`.
    pub fn key(self) -> &'static str {
        match self {
            Direction::Backward => "backward",
            Direction::Forward => "forward",
        }
    }
}
