//! To come.

use leptos::prelude::*;

#[component]
pub fn TimeControl() -> impl IntoView {
    view! { <div></div> }
}
