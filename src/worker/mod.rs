//! The conversation between the page and its workers.

pub mod feed_text;
#[cfg(target_arch = "wasm32")]
mod message;
#[cfg(all(target_arch = "wasm32", feature = "page"))]
pub mod pool;
pub mod progress;
pub mod protocol;
pub mod range;
#[cfg(target_arch = "wasm32")]
pub mod serve;
