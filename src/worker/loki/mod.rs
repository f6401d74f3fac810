//! What page and workers both know of a Loki: its time, its answers, and how the lines of a page
//! become JSON lines. Plain data in and out, tested natively.

pub mod answer;
pub mod page;
#[cfg(feature = "worker")]
mod quick;

use crate::model::TimeRange;
use serde::{Deserialize, Serialize};

/// Nanoseconds since 1970-01-01T00:00:00Z; Loki's own unit. Good until the year 2262.
pub type Nanos = i64;

pub const NANOS_PER_MICRO: i64 = 1_000;
pub const NANOS_PER_SECOND: i64 = 1_000_000_000;

/// A half-open stretch of time, as `query_range` takes it: `start` belongs to it, `end` does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
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

impl From<TimeRange> for NanoRange {
    fn from(range: TimeRange) -> NanoRange {
        NanoRange {
            start_nanos: range.start_micros.saturating_mul(NANOS_PER_MICRO),
            end_nanos: range.end_micros.saturating_mul(NANOS_PER_MICRO),
        }
    }
}

/// Newest first or oldest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
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

/// `2024-05-22T15:33:04.123456789Z`.
pub fn rfc3339_nanos(nanos: Nanos) -> String {
    let mut text = crate::model::time::format_rfc3339(nanos.div_euclid(NANOS_PER_MICRO));
    text.pop();
    text.push_str(&format!("{:03}Z", nanos.rem_euclid(NANOS_PER_MICRO)));
    text
}
