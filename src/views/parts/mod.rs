//! Parts that several panels share.

pub mod icon;
pub mod in_turn;
pub mod kept;
pub mod more;
pub mod popover;
pub mod separator;
pub mod virtual_list;
pub mod zone;

pub use crate::model::number;
pub use icon::{Glyph, Icon, IconButton};
pub use in_turn::InTurn;
pub use more::MoreButton;
pub use popover::Popover;
pub use separator::Separator;
pub use virtual_list::VirtualList;

use wasm_bindgen::JsCast;

/// A length as CSS writes it.
pub fn px(size: f64) -> String {
    [&*size.to_string(), "px"].concat()
}

/// The first element of a selector gets the focus once what was set in motion is on the page: what had it is gone then.
pub fn focus_soon(selector: &str) {
    let selector = selector.to_string();
    let focus = move || {
        let found = leptos::prelude::document().query_selector(&selector).ok().flatten();
        if let Some(element) = found.and_then(|element| element.dyn_into::<web_sys::HtmlElement>().ok()) {
            let _ = element.focus();
        }
    };
    leptos::prelude::set_timeout(focus, std::time::Duration::ZERO);
}

/// Puts text on the clipboard; `false` when the browser refuses (it does on plain http).
pub async fn copy_text(text: &str) -> bool {
    let navigator = leptos::prelude::window().navigator();
    if !js_sys::Reflect::get(&navigator, &"clipboard".into()).is_ok_and(|clipboard| clipboard.is_object()) {
        return false;
    }
    wasm_bindgen_futures::JsFuture::from(navigator.clipboard().write_text(text)).await.is_ok()
}
