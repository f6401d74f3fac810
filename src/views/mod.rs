//! What the page shows: one folder per panel; data in, events out.

use crate::state::app::App as State;
use leptos::prelude::*;

/// The root of the page.
#[component]
pub fn App() -> impl IntoView {
    State::provide();
    view! { <main>"Auditscope"</main> }
}
