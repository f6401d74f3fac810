//! To come.

use leptos::prelude::*;

#[component]
pub fn Sources() -> impl IntoView {
    view! { <div></div> }
}
