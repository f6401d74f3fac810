//! The search bar, and how many events it leaves.

use super::parts::number::thousands;
use crate::state::app::App;
use leptos::prelude::*;

#[component]
pub fn SearchBar() -> impl IntoView {
    let app = App::get();
    view! {
        <div class="search" role="search">
            <input
                id="search"
                type="text"
                aria-label="Search"
                placeholder="verb:delete ns:prod -user:system:* \"free text\""
                autocomplete="off"
                spellcheck="false"
                prop:value=move || app.view.with(|view| view.filter_text.clone())
                on:input:target=move |event| app.set_filter_text(&event.target().value())
            />
        </div>
    }
}

/// `1,234 of 20,000 events`
#[component]
pub fn ResultCount() -> impl IntoView {
    let app = App::get();
    let events = move || app.answer.with(|answer| answer.events);
    let total = move || app.answer.with(|answer| answer.total);
    view! {
        <p id="result-count" class="result-count number" data-events=move || events().to_string()>
            {move || [&thousands(events()), " of ", &thousands(total()), " events"].concat()}
        </p>
    }
}
