//! The open event. Fills its panel; the shell mounts it while `view.event` is set.

use leptos::prelude::*;

/// The open event. Fills its panel; the shell mounts it while `view.event` is set.
#[component]
pub fn Drawer() -> impl IntoView {
    view! { <p class="note">"To come."</p> }
}
