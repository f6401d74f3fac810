//! The Events tab. Fills its panel and scrolls inside itself.

use leptos::prelude::*;

/// The Events tab. Fills its panel and scrolls inside itself.
#[component]
pub fn Table() -> impl IntoView {
    view! { <p class="note">"To come."</p> }
}
