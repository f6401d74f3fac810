//! To come.

use leptos::prelude::*;

#[component]
pub fn Skipped() -> impl IntoView {
    view! { <div></div> }
}
