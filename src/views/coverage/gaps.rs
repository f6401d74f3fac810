//! Gaps one by one, each with the way to look at it.

use crate::model::number::{counted, duration_text};
use crate::model::{Micros, TimeRange};
use crate::query::coverage::gaps::Rhythm;
use crate::state::app::App;
use crate::state::coverage::around;
use crate::state::view::Zone;
use crate::views::parts::zone::format_time_seconds;
use leptos::html::Ol;
use leptos::prelude::*;
use wasm_bindgen::JsCast;

/// One row per gap, known by its start, which stays while what it says changes: who stands on it goes on standing there.
#[component]
pub fn Gaps(#[prop(into)] rhythm: Signal<Rhythm>, zone: Memo<Zone>) -> impl IntoView {
    let listed = Memo::new(move |_| {
        rhythm.with(|rhythm| match rhythm.gaps.is_empty() {
            true => rhythm.longest_pause.into_iter().collect(),
            false => rhythm.gaps.clone(),
        })
    });
    let words = move || {
        rhythm.with(|rhythm| match (rhythm.gap_count, rhythm.is_told, rhythm.longest_pause) {
            (0, true, Some(_)) => "None. The longest pause, which does not stand out from those around it:".to_string(),
            (0, false, Some(_)) => "Too few events to tell which pauses stand out. The longest:".to_string(),
            (0, _, None) => "None: all events are of one moment.".to_string(),
            (count, ..) => [&counted(count, "gap"), ", together ", &duration_text(rhythm.gap_micros)].concat(),
        })
    };
    let left_out = move || {
        let more = rhythm.with(|rhythm| rhythm.gap_count - rhythm.gaps.len() as u64);
        (more > 0).then(|| view! { <p class="note">{["and ", &counted(more, "shorter one")].concat()}</p> })
    };
    let starts = move || listed.with(|gaps| gaps.iter().map(|gap| gap.start_micros).collect::<Vec<_>>());
    let list = NodeRef::<Ol>::new();
    let focused = StoredValue::new(None);
    keep_focus(list, listed, focused);
    view! {
        <p class="coverage-sum">{words}</p>
        <ol class="gaps" node_ref=list>
            <For each=starts key=|start| *start children=move |start| view! { <Gap start listed zone focused /> } />
        </ol>
        {left_out}
    }
}

/// When the gap in focus is none any more, the focus goes to the one nearest in time.
fn keep_focus(list: NodeRef<Ol>, listed: Memo<Vec<TimeRange>>, focused: StoredValue<Option<Micros>>) {
    Effect::new(move |_| {
        let nearest = listed.with(|gaps| {
            let start = focused.get_value().filter(|start| gaps.iter().all(|gap| gap.start_micros != *start))?;
            (0..gaps.len()).min_by_key(|&at| gaps[at].start_micros.abs_diff(start))
        });
        let Some(nearest) = nearest else { return };
        focused.set_value(None);
        // After the rows are those of now.
        request_animation_frame(move || {
            let is_lost = document().active_element().is_none_or(|element| element.tag_name() == "BODY");
            let row = list.try_get_untracked().flatten().and_then(|list| list.children().item(nearest as u32));
            let button = row.filter(|_| is_lost).and_then(|row| row.query_selector("button").ok().flatten());
            if let Some(button) = button.and_then(|button| button.dyn_into::<web_sys::HtmlElement>().ok()) {
                let _ = button.focus();
            }
        });
    });
}

#[component]
fn Gap(
    start: Micros,
    listed: Memo<Vec<TimeRange>>,
    zone: Memo<Zone>,
    focused: StoredValue<Option<Micros>>,
) -> impl IntoView {
    let app = App::get();
    // On its way out it says what it said.
    let gap = Memo::new(move |before: Option<&TimeRange>| {
        let now = listed.with(|gaps| gaps.iter().find(|gap| gap.start_micros == start).copied());
        now.or(before.copied()).unwrap_or(TimeRange { start_micros: start, end_micros: start })
    });
    let times = move || {
        let time = |micros| zone.with(|zone| format_time_seconds(micros, zone));
        gap.with(|gap| (time(gap.start_micros), time(gap.end_micros)))
    };
    let range = move || {
        let (start, end) = times();
        [&*start, " to ", &*end].concat()
    };
    let label = move || {
        let (start, end) = times();
        ["Show the pause from ", &start, " to ", &end, " in the timeline"].concat()
    };
    let is_shown = move || app.parts.window.get() == Some(around(gap.get()));
    // A row that goes may tell of a blur as well: then the focus is still to be kept.
    let blurred = move |_| {
        if listed.with_untracked(|gaps| gaps.iter().any(|gap| gap.start_micros == start)) {
            focused.set_value(None);
        }
    };
    view! {
        <li>
            <span class="number gap-length">{move || duration_text(gap.with(TimeRange::width_micros))}</span>
            <span class="number">{range}</span>
            <button
                type="button"
                class="small"
                aria-label=label
                aria-pressed=move || is_shown().to_string()
                on:focus=move |_| focused.set_value(Some(start))
                on:blur=blurred
                on:click=move |_| app.set_window(if untrack(is_shown) { None } else { Some(around(gap.get_untracked())) })
            >
                "Show"
            </button>
        </li>
    }
}
