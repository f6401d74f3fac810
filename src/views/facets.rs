//! To come.

use leptos::prelude::*;

#[component]
pub fn Facets() -> impl IntoView {
    view! { <div></div> }
}
