//! The stream selector, with completion of labels and values that the server knows.

use super::Cockpit;
use crate::sources::loki::discover::{Completion, complete, completion};
use crate::sources::loki::http::Cancel;
use crate::sources::loki::search::{label_names, label_values};
use leptos::html::Input;
use leptos::prelude::*;
use leptos::task::spawn_local;

/// No more than this are listed; typing narrows.
const MOST_LISTED: usize = 12;

const SELECTOR_ID: &str = "cockpit-selector";

/// It has the focus: what a search finds must not change it under the writer's hands.
pub fn is_writing_selector() -> bool {
    document().active_element().is_some_and(|element| element.id() == SELECTOR_ID)
}

#[component]
pub fn SelectorField() -> impl IntoView {
    let cockpit = Cockpit::get();
    let input = NodeRef::<Input>::new();
    let offers = RwSignal::new(Vec::<String>::new());
    let asked = StoredValue::new(None::<Completion>);
    let chosen = RwSignal::new(0usize);

    let look = move || {
        let Some(element) = input.get_untracked() else { return };
        let text = element.value();
        let cursor = cursor_bytes(&text, element.selection_start().ok().flatten());
        let at = completion(&text, cursor);
        asked.set_value(at.clone());
        chosen.set(0);
        let (Some(at), Some(client)) = (at, cockpit.client.get_value()) else { return offers.set(Vec::new()) };
        let range = untrack(|| cockpit.chosen_range());
        spawn_local(async move {
            let cancel = Cancel::default();
            let (known, typed) = match &at {
                Completion::Name { typed, .. } => (label_names(&client, range, &cancel).await, typed),
                Completion::Value { name, typed, .. } => (label_values(&client, name, range, &cancel).await, typed),
            };
            // Without an answer nothing is offered: the selector can be typed all the same.
            let known = known.unwrap_or_default();
            if asked.get_value().as_ref() == Some(&at) {
                let typed = typed.to_lowercase();
                offers.set(
                    known.into_iter().filter(|name| name.to_lowercase().contains(&typed)).take(MOST_LISTED).collect(),
                );
            }
        });
    };
    let edit = move |text: String| {
        cockpit.selector.set(text);
        cockpit.estimate.set(None);
        look();
    };
    let take = move |offer: String| {
        let Some(at) = asked.get_value() else { return };
        let (text, cursor) = cockpit.selector.with_untracked(|text| complete(text, &at, &offer));
        let units = text[..cursor].encode_utf16().count() as u32;
        cockpit.selector.set(text.clone());
        cockpit.estimate.set(None);
        if let Some(element) = input.get_untracked() {
            element.set_value(&text);
            // Only an input that takes no selection refuses.
            let _ = element.focus();
            let _ = element.set_selection_range(units, units);
        }
        look();
    };
    let on_key = move |event: leptos::ev::KeyboardEvent| {
        let count = offers.with_untracked(Vec::len);
        if count == 0 {
            return;
        }
        match event.key().as_str() {
            "ArrowDown" => chosen.update(|at| *at = (*at + 1) % count),
            "ArrowUp" => chosen.update(|at| *at = (*at + count - 1) % count),
            "Enter" | "Tab" => {
                if let Some(offer) = offers.with_untracked(|offers| offers.get(chosen.get_untracked()).cloned()) {
                    take(offer);
                }
            }
            "Escape" => offers.set(Vec::new()),
            _ => return,
        }
        event.prevent_default();
        event.stop_propagation();
    };
    let list = move || {
        let items = offers.get().into_iter().enumerate().map(|(index, offer)| {
            let text = offer.clone();
            view! {
                <li
                    id=format!("cockpit-offer-{index}")
                    role="option"
                    class="mono foreign"
                    aria-selected=move || (chosen.get() == index).to_string()
                    on:mousedown=move |event| {
                        event.prevent_default();
                        take(offer.clone());
                    }
                >
                    {text}
                </li>
            }
        });
        items.collect_view()
    };
    view! {
        <label for=SELECTOR_ID>"Selector"</label>
        <div class="cockpit-completing">
            <input
                id=SELECTOR_ID
                type="text"
                class="mono"
                role="combobox"
                autocomplete="off"
                spellcheck="false"
                placeholder="{resource_type=\"kubernetes_cluster\", …}"
                aria-controls="cockpit-offers"
                aria-autocomplete="list"
                aria-expanded=move || offers.with(|offers| (!offers.is_empty()).to_string())
                aria-activedescendant=move || {
                    offers.with(|offers| (!offers.is_empty()).then(|| format!("cockpit-offer-{}", chosen.get())))
                }
                node_ref=input
                prop:value=move || cockpit.selector.get()
                on:input:target=move |event| edit(event.target().value())
                on:keydown=on_key
                on:blur=move |_| offers.set(Vec::new())
            />
            <ul id="cockpit-offers" role="listbox" aria-label="Labels" hidden=move || offers.with(Vec::is_empty)>
                {list}
            </ul>
        </div>
    }
}

/// A cursor in UTF-16 units, as browsers count, to bytes.
fn cursor_bytes(text: &str, units: Option<u32>) -> usize {
    let Some(units) = units else { return text.len() };
    let mut left = units as usize;
    for (index, c) in text.char_indices() {
        if left < c.len_utf16() {
            return index;
        }
        left -= c.len_utf16();
    }
    text.len()
}
