//! What the page knows: the view (all of it in the link), the load status, the last answer.

#[cfg(all(target_arch = "wasm32", feature = "page"))]
mod address;
#[cfg(all(target_arch = "wasm32", feature = "page"))]
pub mod app;
#[cfg(all(target_arch = "wasm32", feature = "page"))]
pub mod asking;
pub mod axis;
pub mod coverage;
#[cfg(all(target_arch = "wasm32", feature = "page"))]
pub mod engine;
#[cfg(all(target_arch = "wasm32", feature = "page"))]
pub mod hand_out;
pub mod layers;
pub mod link;
#[cfg(all(target_arch = "wasm32", feature = "page"))]
pub mod parts;
pub mod scroll;
pub mod view;
