//! Opens a line that a small screen shows cut; elsewhere nothing is cut, and it is not there.

use super::{Glyph, Icon};
use leptos::prelude::*;

#[component]
pub fn MoreButton(open: RwSignal<bool>, #[prop(into)] label: TextProp) -> impl IntoView {
    let title = label.clone();
    view! {
        <button
            type="button"
            class="icon-only quiet more-button"
            aria-label=move || label.get()
            aria-expanded=move || open.get().to_string()
            title=move || title.get()
            on:click=move |_| open.update(|open| *open = !*open)
        >
            <Icon glyph=Glyph::Down />
        </button>
    }
}
