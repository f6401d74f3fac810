//! The conversation between the page and its workers.

#[cfg(target_arch = "wasm32")]
pub mod pool;
pub mod progress;
