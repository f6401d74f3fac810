//! One field's filter: its head, its values, and what is not listed.

use super::line::{Line, ValueLine, lines_of};
use crate::model::Field;
use crate::query::question::FacetAsk;
use crate::query::syntax;
use crate::state::app::App;
use crate::state::hand_out::Awaited;
use crate::views::parts::number::{counted, thousands};
use crate::views::parts::{Glyph, Icon, IconButton, focus_soon};
use leptos::leptos_dom::helpers::debounce;
use leptos::prelude::*;
use std::collections::HashMap;
use std::time::Duration;

/// How many values are listed, step by step.
const LIMITS: [u32; 4] = [10, 50, 200, 1000];
/// From so many values on there is something to search in.
const SEARCHABLE_FROM: u64 = 8;
const FIND_DELAY: Duration = Duration::from_millis(150);

/// Opening a group asks for its values; closing it stops asking.
#[component]
pub fn Group(field: Field) -> impl IntoView {
    let app = App::get();
    let is_open = Memo::new(move |_| app.facets.with(|facets| facets.contains_key(&field)));
    let chosen = Memo::new(move |_| app.filter.with(|filter| syntax::choices(filter, field).len()));
    let toggle = move |_| {
        app.facets.update(|facets| {
            if facets.remove(&field).is_none() {
                let ask = FacetAsk { field, limit: LIMITS[0], find: String::new(), by_name: false };
                facets.insert(field, ask);
            }
        });
    };
    let clear = move |_| {
        let text = app.view.with_untracked(|view| syntax::without_choices(&view.filter_text, field));
        app.set_filter_text(&text);
        // The button is gone with the choices.
        focus_soon(&["[aria-controls=facet-", field.key(), "]"].concat());
    };
    let clear_label = ["Clear the choices of ", field.label()].concat();
    let panel_id = ["facet-", field.key()].concat();
    let controls = panel_id.clone();
    view! {
        <section
            class="facet"
            class:open=move || is_open.get()
            aria-busy=move || app.awaited.with(|awaited| awaited.facets.contains(&field)).to_string()
        >
            <div class="facet-head">
                <h2>
                    <button
                        type="button"
                        class="quiet"
                        title=field.spec().help
                        aria-expanded=move || is_open.get().to_string()
                        aria-controls=controls
                        on:click=toggle
                    >
                        <Icon glyph=Glyph::Right />
                        {field.label()}
                    </button>
                </h2>
                <Show when={move || chosen.get() > 0}>
                    <span class="badge">{move || thousands(chosen.get() as u64)} " chosen"</span>
                    <IconButton glyph=Glyph::Close label=clear_label.clone() on_press=clear />
                </Show>
            </div>
            <div id=panel_id>
                <Show when=move || is_open.get()>
                    <Values field />
                </Show>
            </div>
        </section>
    }
}

#[component]
fn Values(field: Field) -> impl IntoView {
    let app = App::get();
    let lines = Memo::new(move |_| {
        let choices = app.filter.with(|filter| syntax::choices(filter, field));
        let is_whole = app.facets.with(|facets| facets.get(&field).is_some_and(|ask| ask.find.is_empty()));
        app.facet_answers.of(field).with(|facet| {
            let lists_all = is_whole && facet.as_ref().is_some_and(|facet| facet.complete);
            lines_of(facet.as_deref(), &choices, lists_all)
        })
    });
    let by_value = Memo::new(move |_| {
        lines.with(|lines| lines.iter().map(|line| (line.value.clone(), line.clone())).collect::<HashMap<_, _>>())
    });
    let most = Memo::new(move |_| lines.with(|lines| lines.iter().filter_map(|line| line.events).max().unwrap_or(0)));
    let values = move || lines.with(|lines| lines.iter().map(|line| line.value.clone()).collect::<Vec<_>>());
    // Lists that arrive one by one shrink together, when all are here: what is being read stays in its place.
    let tallest = Memo::new(move |before: Option<&usize>| {
        let now = lines.with(Vec::len);
        if app.awaited.with(Awaited::is_nothing) { now } else { now.max(before.copied().unwrap_or(0)) }
    });
    let kept_height = move || ["calc(var(--row) * ", &tallest.get().to_string(), ")"].concat();
    let line_of = move |value: &str| by_value.with(|lines| lines.get(value).cloned().unwrap_or_default());
    let asks =
        move |read: fn(&FacetAsk) -> bool| move || app.facets.with(|facets| facets.get(&field).is_some_and(read));
    let is_long = asks(|ask| ask.limit > LIMITS[0]);
    let list_label = [field.label(), " values"].concat();
    view! {
        <FindAndOrder field />
        <ul class="facet-values" class:long=is_long aria-label=list_label style:min-height=kept_height>
            <For
                each=values
                key=String::clone
                children=move |value| {
                    let of = value.clone();
                    let line = Memo::new(move |_| line_of(&of));
                    view! { <ValueLine field value line most /> }
                }
            />
        </ul>
        <Rest field lines />
    }
}

/// Search within and order; the search is there once there is enough to search in.
#[component]
fn FindAndOrder(field: Field) -> impl IntoView {
    let app = App::get();
    let ask = move || app.facets.with(|facets| facets.get(&field).cloned());
    let change = move |edit: &dyn Fn(&mut FacetAsk)| {
        app.facets.update(|facets| {
            if let Some(ask) = facets.get_mut(&field) {
                edit(ask);
            }
        });
    };
    let is_worth_it = Memo::new(move |was: Option<&bool>| {
        was == Some(&true)
            || app
                .facet_answers
                .of(field)
                .with(|facet| facet.as_ref().is_some_and(|facet| !facet.complete || facet.distinct >= SEARCHABLE_FROM))
    });
    let by_name = Memo::new(move |_| ask().is_some_and(|ask| ask.by_name));
    let find_label = ["Search within ", field.label()].concat();
    let order_label = move || {
        let orders = if by_name.get() { ["by name", "by count"] } else { ["by count", "by name"] };
        [field.label(), " ordered ", orders[0], "; order ", orders[1]].concat()
    };
    view! {
        <Show when=move || is_worth_it.get()>
            <div class="facet-tools">
                <input
                    type="search"
                    placeholder="Search within"
                    aria-label=find_label.clone()
                    autocomplete="off"
                    spellcheck="false"
                    prop:value=move || app.facets.with_untracked(|f| f.get(&field).map(|ask| ask.find.clone()).unwrap_or_default())
                    on:input:target={
                        let mut find = debounce(FIND_DELAY, move |text: String| change(&|ask| ask.find = text.clone()));
                        move |event| find(event.target().value())
                    }
                />
                <button
                    type="button"
                    class="small"
                    aria-label=order_label
                    title=order_label
                    on:click=move |_| change(&|ask| ask.by_name = !ask.by_name)
                >
                    {move || if by_name.get() { "by name" } else { "by count" }}
                </button>
            </div>
        </Show>
    }
}

/// What the list leaves out, in words, and the way to more of it.
#[component]
fn Rest(field: Field, lines: Memo<Vec<Line>>) -> impl IntoView {
    let app = App::get();
    let limit = move || app.facets.with(|facets| facets.get(&field).map_or(LIMITS[0], |ask| ask.limit));
    let set_limit = move |limit: Option<u32>| {
        app.facets.update(|facets| {
            if let (Some(ask), Some(limit)) = (facets.get_mut(&field), limit) {
                ask.limit = limit;
            }
        });
    };
    let next = move || LIMITS.into_iter().find(|more| *more > limit());
    let answer = app.facet_answers.of(field);
    let is_complete = move || answer.with(|facet| facet.as_ref().is_none_or(|facet| facet.complete));
    let words = move || {
        answer.with(|facet| {
            let Some(facet) = facet else {
                let is_given_up = app.query_fault.with(Option::is_some) && app.awaited.with(Awaited::is_nothing);
                return String::from(if is_given_up { "Not counted" } else { "Counting" });
            };
            if facet.values.is_empty() && lines.with(Vec::is_empty) {
                return String::from("No values");
            }
            if facet.complete {
                return String::new();
            }
            let shown = thousands(facet.values.len() as u64);
            let rest = counted(facet.unlisted_at_most, "event");
            let of = if facet.distinct_is_exact { " of " } else { " of at least " };
            [&shown, of, &thousands(facet.distinct), " values; no other has more than ", &rest, "."].concat()
        })
    };
    let more_label = ["Show more values of ", field.label()].concat();
    let fewer_label = ["Show fewer values of ", field.label()].concat();
    view! {
        <p class="facet-rest note">{words}</p>
        <div class="facet-more">
            <Show when=move || !is_complete() && next().is_some()>
                <button type="button" class="small quiet" aria-label=more_label.clone() on:click=move |_| set_limit(next())>
                    "Show more"
                </button>
            </Show>
            <Show when={move || limit() > LIMITS[0]}>
                <button
                    type="button"
                    class="small quiet"
                    aria-label=fewer_label.clone()
                    on:click=move |_| set_limit(Some(LIMITS[0]))
                >
                    "Show fewer"
                </button>
            </Show>
        </div>
    }
}
