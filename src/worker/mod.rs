//! The conversation between the page and its workers.

#[cfg(feature = "worker")]
pub mod feed_text;
#[cfg(feature = "worker")]
mod identity;
#[cfg(feature = "worker")]
pub mod live;
pub mod loki;
#[cfg(target_arch = "wasm32")]
mod message;
pub mod pairs;
pub mod pieces;
#[cfg(all(target_arch = "wasm32", feature = "page"))]
pub mod pool;
pub mod progress;
pub mod protocol;
pub mod range;
#[cfg(all(target_arch = "wasm32", feature = "worker"))]
pub mod serve;
pub mod tally;
