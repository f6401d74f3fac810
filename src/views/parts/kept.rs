//! What this browser keeps of how the page looks: never anything of the data. Private windows and strict settings
//! may refuse; then it holds for now.

use leptos::prelude::window;

pub fn kept(key: &str) -> Option<String> {
    window().local_storage().ok()??.get_item(key).ok()?
}

pub fn keep(key: &str, text: &str) {
    if let Ok(Some(storage)) = window().local_storage() {
        // Full, or forbidden: said above.
        let _ = storage.set_item(key, text);
    }
}
