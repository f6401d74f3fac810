//! Auditscope: a Kubernetes audit explorer that runs entirely in the browser.
//!
//! Modules in flow order; each names only those above it (`tests/tidy.rs` checks).

/// What an audit event is: fields, time, users, risk, the plain sentence.
pub mod model;
/// Bytes to records to events, and to what was skipped and why.
#[cfg(feature = "worker")]
pub mod formats;
/// Events to dictionary-encoded columns.
#[cfg(feature = "worker")]
pub mod store;
/// A question and a store to an answer; pure.
pub mod query;
/// The conversation between the page and its workers.
pub mod worker;
/// Where bytes enter: files, the sample, Loki.
pub mod sources;
/// What the page knows: one view, one load status; the link.
pub mod state;
/// What the page shows: data in, events out.
#[cfg(all(target_arch = "wasm32", feature = "page"))]
pub mod views;
