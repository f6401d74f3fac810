//! What the page knows: the view (all of it in the link), the load status, the last answer.

#[cfg(target_arch = "wasm32")]
pub mod app;
pub mod axis;
pub mod layers;
pub mod link;
pub mod scroll;
pub mod view;
