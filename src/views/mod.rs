//! What the page shows: one folder per panel; data in, events out.

pub mod cockpit;
pub mod coverage;
pub mod detail;
pub mod facets;
pub mod help;
pub mod keys;
pub mod load;
pub mod notices;
pub mod parts;
pub mod search;
pub mod shell;
pub mod skipped;
pub mod sources;
pub mod start;
pub mod table;
pub mod theme;
pub mod time_control;
pub mod timeline;

use crate::state::app::App as State;
use leptos::prelude::*;

/// The root of the page.
#[component]
pub fn App() -> impl IntoView {
    State::provide();
    keys::Keys::provide();
    notices::Notices::provide();
    theme::Theme::provide();
    cockpit::Cockpit::provide();
    view! { <shell::Shell /> }
}
