//! Parts that several panels share.

pub mod icon;
pub mod number;
pub mod popover;
pub mod separator;
pub mod text;
pub mod zone;

pub use icon::{Glyph, Icon, IconButton};
pub use popover::Popover;
pub use separator::Separator;

/// Puts text on the clipboard; `false` when the browser refuses.
pub async fn copy_text(text: &str) -> bool {
    let clipboard = leptos::prelude::window().navigator().clipboard();
    wasm_bindgen_futures::JsFuture::from(clipboard.write_text(text)).await.is_ok()
}
