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

pub use crate::worker::loki::{Direction, NANOS_PER_MICRO, NANOS_PER_SECOND, NanoRange, Nanos, rfc3339_nanos};

/// What Cockpit allows; other servers mostly have the same defaults.
pub const MAX_ENTRIES_PER_QUERY: u32 = 5_000;
/// 30 days and one hour.
pub const MAX_QUERY_NANOS: i64 = (30 * 24 + 1) * 3_600 * NANOS_PER_SECOND;

/// A query that takes the server too long is cut no finer than this.
pub const SHORTEST_PIECE_NANOS: i64 = 60 * NANOS_PER_SECOND;
