//! The histogram above the tabs. Fills its panel, whose height the reader sets.

use leptos::prelude::*;

/// The histogram above the tabs. Fills its panel, whose height the reader sets.
#[component]
pub fn Timeline() -> impl IntoView {
    view! { <p class="note">"To come."</p> }
}
