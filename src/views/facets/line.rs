//! One value of a filter.

use crate::model::Field;
use crate::model::risk::{Risk, risk};
use crate::model::text::{clip, visible_text};
use crate::query::answer::FacetAnswer;
use crate::query::syntax::Choice;
use crate::state::app::App;
use crate::views::parts::number::thousands;
use crate::views::parts::{Glyph, Icon};
use leptos::prelude::*;

/// Longer values are cut on screen; a click still means the whole.
const SHOWN_CHARACTERS: usize = 300;

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Line {
    pub value: String,
    /// `None` where it was not counted.
    pub events: Option<u64>,
    pub choice: Option<Choice>,
}

/// The answer's values in its order, then what is chosen but not among them. `lists_all`: what is not among them has no
/// events.
pub fn lines_of(facet: Option<&FacetAnswer>, choices: &[(String, Choice)], lists_all: bool) -> Vec<Line> {
    let choice_of =
        |value: &str| choices.iter().find(|(chosen, _)| chosen.eq_ignore_ascii_case(value)).map(|(_, choice)| *choice);
    let values = facet.map_or(&[][..], |facet| &facet.values);
    let mut lines: Vec<Line> = values
        .iter()
        .map(|of| Line { value: of.value.clone(), events: Some(of.events), choice: choice_of(&of.value) })
        .collect();
    let mut missing: Vec<Line> = Vec::new();
    for (value, choice) in choices {
        if !lines.iter().chain(&missing).any(|line| line.value.eq_ignore_ascii_case(value)) {
            // A wildcard stands for many.
            let events = (lists_all && !value.contains(['*', '?'])).then_some(0);
            missing.push(Line { value: value.clone(), events, choice: Some(*choice) });
        }
    }
    lines.append(&mut missing);
    lines
}

/// A verb's colour; what the verb acts on may raise the risk, so only the row can say more.
fn risk_class(field: Field, value: &str) -> &'static str {
    if field != Field::Verb || value.is_empty() {
        return "";
    }
    match risk(value, "", "") {
        Risk::Read => "risk-read",
        Risk::Write => "risk-write",
        Risk::Delete => "risk-delete",
        Risk::Escalate => "risk-escalate",
    }
}

/// A value as a person reads it: nothing invisible, `(none)` for its absence.
pub fn shown(value: &str) -> String {
    if value.is_empty() {
        return String::from("(none)");
    }
    let (start, whole) = clip(value, SHOWN_CHARACTERS);
    let mut text = visible_text(start).into_owned();
    if !whole {
        text.push('…');
    }
    text
}

/// A long value in two parts, of which the first gives way: names differ in their ends.
fn ends(name: &str) -> impl IntoView + use<> {
    const END: usize = 12;
    let characters = name.chars().count();
    let at = if characters > 2 * END { name.char_indices().nth(characters - END).map_or(0, |(at, _)| at) } else { 0 };
    let (start, end) = name.split_at(at);
    let start = (!start.is_empty()).then(|| view! { <span class="facet-start">{start.to_string()}</span> });
    view! { {start}<span class="facet-end">{end.to_string()}</span> }
}

#[component]
pub fn ValueLine(field: Field, value: String, line: Memo<Line>, most: Memo<u64>) -> impl IntoView {
    let app = App::get();
    let name = shown(&value);
    let is = move |choice| move || line.with(|line| line.choice == Some(choice));
    let (included, excluded) = (is(Choice::Included), is(Choice::Excluded));
    let colour = risk_class(field, &value);
    let stored = StoredValue::new(value);
    let toggle = move |choice: Choice| {
        let wanted = (line.with_untracked(|line| line.choice) != Some(choice)).then_some(choice);
        stored.with_value(|value| app.choose(field, value, wanted));
    };
    let only = move |_| stored.with_value(|value| app.choose_only(field, value));
    let share = move || {
        let (events, most) = (line.with(|line| line.events).unwrap_or(0), most.get());
        // Whatever has any events has some bar.
        let percent = if most == 0 || events == 0 { 0.0 } else { (events as f64 / most as f64 * 100.0).max(1.0) };
        [&percent.round().to_string(), "%"].concat()
    };
    let label = |does: &str| [does, " ", field.label(), " ", &name].concat();
    let events = move || line.with(|line| line.events).map(thousands);
    let description = move || events().map_or(String::from("not counted"), |events| [&events, " events"].concat());
    view! {
        <li class="facet-line" class:included=included class:excluded=excluded>
            <button
                type="button"
                class="facet-value"
                class:none=stored.with_value(String::is_empty)
                title=name.clone()
                aria-pressed=move || included().to_string()
                aria-label=label("Include")
                aria-description=description
                on:click=move |_| toggle(Choice::Included)
            >
                <span class="facet-bar" style:width=share></span>
                <span class=["facet-name foreign ", colour].concat()>{ends(&name)}</span>
                <span class="facet-count number">{events}</span>
            </button>
            <button
                type="button"
                class="facet-act"
                aria-pressed=move || excluded().to_string()
                aria-label=label("Exclude")
                title="Exclude"
                on:click=move |_| toggle(Choice::Excluded)
            >
                <Icon glyph=Glyph::Minus />
            </button>
            <button type="button" class="facet-act" aria-label=label("Only") title="Only this value" on:click=only>
                "only"
            </button>
        </li>
    }
}
