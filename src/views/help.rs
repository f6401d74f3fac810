//! The help dialog: the keys, and the search language by example.

use super::keys::{self, Action, BINDINGS, ELSEWHERE};
use super::parts::{Glyph, IconButton};
use crate::query::syntax::{REFERENCE, Section};
use leptos::html::Dialog;
use leptos::prelude::*;

const TABS: [(&str, &str); 4] = [
    ("Events", "Every event that matches, and the columns of your choice"),
    ("Sources", "What each file or connection is, and what it held"),
    (
        "Coverage",
        "What all that is open does not contain: gaps, limits, missing files, lost records; with a summary to quote",
    ),
    ("Skipped", "Every record that is no audit event, with its reason and place"),
];

#[component]
pub fn Help() -> impl IntoView {
    let dialog = NodeRef::<Dialog>::new();
    let open = move || {
        if let Some(dialog) = dialog.get_untracked() {
            let _ = dialog.show_modal();
        }
    };
    let close = move || {
        if let Some(dialog) = dialog.get_untracked() {
            dialog.close();
        }
    };
    keys::on(Action::Help, move || {
        open();
        true
    });
    let bound = BINDINGS.iter().map(|binding| {
        let keys = binding.keys.iter().map(|key| view! { <kbd>{*key}</kbd> }).collect_view();
        view! { <dt>{keys}</dt><dd>{binding.says}</dd> }
    });
    let elsewhere = ELSEWHERE.iter().map(|(keys, says)| view! { <dt>{*keys}</dt><dd>{*says}</dd> });
    view! {
        <IconButton glyph=Glyph::Help label="Help and keys (?)" on_press=move |_| open() />
        <dialog class="help" node_ref=dialog aria-labelledby="help-title">
            <div class="dialog-head">
                <h2 id="help-title">"Help"</h2>
                <IconButton glyph=Glyph::Close label="Close" on_press=move |_| close() />
            </div>
            <h3>"Keys"</h3>
            <dl class="keys">{bound.collect_view()} {elsewhere.collect_view()}</dl>
            <h3>"Tabs"</h3>
            <dl class="forms">
                {TABS.map(|(name, says)| view! { <dt>{name}</dt><dd>{says}</dd> }).into_iter().collect_view()}
            </dl>
            <p class="note">"The search language, by example:"</p>
            {REFERENCE.iter().map(section).collect_view()}
        </dialog>
    }
}

fn section(section: &'static Section) -> impl IntoView {
    let forms = section.forms.iter().map(|form| view! { <dt><code>{form.example}</code></dt><dd>{form.meaning}</dd> });
    view! {
        <h3>{section.title}</h3>
        <dl class="forms">{forms.collect_view()}</dl>
    }
}
