//! The field itself: a combobox that marks mistakes where they are.

use super::suggest::{Suggestion, Suggestions};
use crate::query::syntax::SyntaxError;
use crate::state::app::App;
use crate::views::keys::{self, Action};
use crate::views::parts::{Glyph, IconButton};
use leptos::ev;
use leptos::html::Input;
use leptos::leptos_dom::helpers::debounce;
use leptos::prelude::*;
use std::time::Duration;

/// A pause in typing after which the filter is asked.
const TYPING_PAUSE: Duration = Duration::from_millis(180);
const PLACEHOLDER: &str = "verb:delete ns:prod -user:system:* \"free text\"";

#[component]
pub fn SearchBar() -> impl IntoView {
    let app = App::get();
    let input = NodeRef::<Input>::new();
    let text = RwSignal::new(String::new());
    let suggestions = Suggestions::new();
    Effect::new(move |_| {
        let committed = app.parts.filter_text.get();
        if text.with_untracked(|text| *text != committed) {
            text.set(committed);
        }
    });
    let commit = move |typed: &str| {
        if app.view.with_untracked(|view| view.filter_text != typed) {
            app.set_filter_text(typed);
        }
    };
    let mut commit_after_pause = debounce(TYPING_PAUSE, move |typed: String| {
        // Overtaken by a facet's click or by Enter.
        if text.with_untracked(|text| *text == typed) {
            commit(&typed);
        }
    });
    let offer = move || {
        if let Some(input) = input.get_untracked() {
            let value = input.value();
            let cursor = input.selection_start().ok().flatten().unwrap_or(0);
            suggestions.offer(&value, byte_of_utf16(&value, cursor as usize));
        }
    };
    let write = move |value: String, cursor: usize| {
        let Some(input) = input.get_untracked() else { return };
        let place = value[..cursor].encode_utf16().count() as u32;
        input.set_value(&value);
        let _ = input.set_selection_range(place, place);
        let _ = input.focus();
        text.set(value.clone());
        commit(&value);
        offer();
    };
    let choose = move |index: usize| {
        if let Some((value, cursor)) = suggestions.apply(&text.get_untracked(), index) {
            write(value, cursor);
        }
    };
    let finish = move || {
        let typed = text.get_untracked();
        commit(&typed);
        if app.filter_error.with_untracked(Option::is_none) {
            suggestions.remember(&typed);
        }
        suggestions.close();
    };
    let on_key = move |event: ev::KeyboardEvent| {
        let is_open = suggestions.is_open.get_untracked();
        match (event.key().as_str(), suggestions.selected.get_untracked()) {
            ("ArrowDown" | "ArrowUp", _) if !is_open => offer(),
            (key @ ("ArrowDown" | "ArrowUp"), _) => suggestions.step(key == "ArrowDown"),
            ("Enter" | "Tab", Some(index)) if is_open => choose(index),
            ("Enter", _) => finish(),
            ("Escape", _) if is_open => suggestions.close(),
            ("Escape", _) => drop(input.get_untracked().map(|input| input.blur())),
            _ => return,
        }
        event.prevent_default();
        event.stop_propagation();
    };
    keys::on(Action::Search, move || {
        input.get_untracked().is_some_and(|input| {
            input.select();
            input.focus().is_ok()
        })
    });
    let is_shown = move || suggestions.is_open.get() && suggestions.list.with(|list| !list.is_empty());
    let error = Memo::new(move |_| {
        let error = app.filter_error.get()?;
        // While typing is ahead of the filter, the mark would stand in the wrong place.
        let is_current = text.with(|text| app.parts.filter_text.with(|committed| committed == text));
        // What is still being typed at the end is not yet a mistake.
        let is_unfinished = is_shown() && text.with(|text| error.at.end >= text.len());
        (is_current && !is_unfinished).then_some(error)
    });
    let active = move || suggestions.selected.get().map(option_id);
    view! {
        <div class="search" role="search">
            <Mirror text error input />
            <input
                id="search"
                type="text"
                role="combobox"
                aria-label="Search"
                aria-autocomplete="list"
                aria-controls="search-list"
                aria-describedby="search-error"
                aria-expanded=move || is_shown().to_string()
                aria-activedescendant=active
                aria-invalid=move || error.with(Option::is_some).to_string()
                placeholder=PLACEHOLDER
                autocomplete="off"
                autocapitalize="off"
                spellcheck="false"
                node_ref=input
                prop:value=text
                on:input:target=move |event| {
                    let value = event.target().value();
                    text.set(value.clone());
                    commit_after_pause(value);
                    offer();
                }
                on:click=move |_| offer()
                on:keydown=on_key
                on:blur=move |_| finish()
            />
            <Show when=move || text.with(|text| !text.is_empty())>
                <IconButton glyph=Glyph::Close class="search-clear" label="Clear the search"
                    on_press=move |_| write(String::new(), 0) />
            </Show>
            <Below error suggestions choose />
        </div>
    }
}

/// The text once more under the field, unseen but for the wavy line.
#[component]
fn Mirror(text: RwSignal<String>, error: Memo<Option<SyntaxError>>, input: NodeRef<Input>) -> impl IntoView {
    let shift = RwSignal::new(0);
    Effect::new(move |_| {
        error.track();
        shift.set(input.get().map_or(0, |input| input.scroll_left()));
    });
    let marked = move || {
        let error = error.get()?;
        text.with(|text| {
            // A mistake at the very end has no character: a space stands in for one.
            let (before, at) = (text.get(..error.at.start)?, text.get(error.at.clone())?);
            let at = if at.is_empty() { "\u{a0}" } else { at };
            Some(view! { <span>{before.to_string()}</span><mark>{at.to_string()}</mark> })
        })
    };
    let left = move || ["translateX(", &(-shift.get()).to_string(), "px)"].concat();
    view! {
        <div class="search-mirror" aria-hidden="true">
            <div style:transform=left>{marked}</div>
        </div>
    }
}

/// The mistake in words, then the list.
#[component]
fn Below(
    error: Memo<Option<SyntaxError>>,
    suggestions: Suggestions,
    choose: impl Fn(usize) + Copy + Send + Sync + 'static,
) -> impl IntoView {
    let message = move || error.get().map(|error| error.message);
    let option = move |(index, suggestion): (usize, Suggestion)| {
        view! {
            <li
                id=option_id(index)
                role="option"
                aria-selected=move || (suggestions.selected.get() == Some(index)).to_string()
                // The field keeps the focus.
                on:mousedown=move |event| event.prevent_default()
                on:click=move |_| choose(index)
            >
                <span class="mono foreign">{suggestion.label}</span>
                <span class="note">{suggestion.note}</span>
            </li>
        }
    };
    let options = move || suggestions.list.get().into_iter().enumerate().map(option).collect_view();
    Effect::new(move |_| {
        let element = suggestions.selected.get().and_then(|index| document().get_element_by_id(&option_id(index)));
        if let Some(element) = element {
            // Only as far as needed: an option in sight stays where it is.
            let options = web_sys::ScrollIntoViewOptions::new();
            options.set_block(web_sys::ScrollLogicalPosition::Nearest);
            element.scroll_into_view_with_scroll_into_view_options(&options);
        }
    });
    view! {
        <div class="search-below">
            <p id="search-error" class="field-error" role="alert">
                {message}
                {move || error.with(Option::is_some).then_some(". The last good search stays in force.")}
            </p>
            <Show when=move || suggestions.is_open.get() && suggestions.example.get().is_some()>
                <p class="note">"For example " <code>{move || suggestions.example.get()}</code></p>
            </Show>
            <ul
                id="search-list"
                role="listbox"
                aria-label="Completions"
                class:hidden=move || !suggestions.is_open.get() || suggestions.list.with(Vec::is_empty)
            >
                {options}
            </ul>
        </div>
    }
}

fn option_id(index: usize) -> String {
    ["search-option-", &index.to_string()].concat()
}

/// The byte at which a browser's text offset (UTF-16 units) stands.
fn byte_of_utf16(text: &str, units: usize) -> usize {
    let mut seen = 0;
    for (at, letter) in text.char_indices() {
        if seen >= units {
            return at;
        }
        seen += letter.len_utf16();
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasm_bindgen_test::wasm_bindgen_test;

    #[wasm_bindgen_test]
    fn offsets() {
        for (text, units, byte) in [("", 0, 0), ("abc", 1, 1), ("äb", 1, 2), ("🙂b", 2, 4), ("ab", 9, 2)] {
            assert_eq!(byte_of_utf16(text, units), byte, "{text} {units}");
        }
    }
}
