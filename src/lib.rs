//! Auditscope: a Kubernetes audit explorer that runs entirely in the browser.
//!
//! Modules in flow order; each names only those above it (`tests/tidy.rs` checks).

/// Bytes to records to events, and to what was skipped and why.
pub mod formats;
/// What an audit event is: fields, time, users, risk, the plain sentence.
pub mod model;
/// A question and a store to an answer; pure.
pub mod query;
/// Where bytes enter: files, the sample, Loki.
pub mod sources;
/// What the page knows: one view, one load status; the link.
pub mod state;
/// Events to dictionary-encoded columns.
pub mod store;
/// What the page shows: data in, events out.
#[cfg(target_arch = "wasm32")]
pub mod views;
/// The conversation between the page and its workers.
pub mod worker;
