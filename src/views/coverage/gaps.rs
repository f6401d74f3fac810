//! Gaps one by one, each with the way to look at it.

use crate::model::TimeRange;
use crate::model::number::{counted, duration_text};
use crate::query::coverage::gaps::Rhythm;
use crate::state::app::App;
use crate::state::coverage::around;
use crate::state::view::Zone;
use crate::views::parts::zone::format_time_seconds;
use leptos::prelude::*;

#[component]
pub fn Gaps(#[prop(into)] rhythm: Signal<Rhythm>, zone: Memo<Zone>) -> impl IntoView {
    let list = move || {
        let rhythm = rhythm.get();
        let more = rhythm.gap_count - rhythm.gaps.len() as u64;
        let zone = zone.get();
        let words = match (rhythm.gap_count, rhythm.is_told, rhythm.longest_pause) {
            (0, true, Some(_)) => "None. The longest pause, which does not stand out from those around it:".to_string(),
            (0, false, Some(_)) => "Too few events to tell which pauses stand out. The longest:".to_string(),
            (0, _, None) => "None: all events are of one moment.".to_string(),
            (count, ..) => [&counted(count, "gap"), ", together ", &duration_text(rhythm.gap_micros)].concat(),
        };
        let listed = match rhythm.gaps.is_empty() {
            true => rhythm.longest_pause.into_iter().collect(),
            false => rhythm.gaps,
        };
        let left_out = ["and ", &counted(more, "shorter one")].concat();
        view! {
            <p class="coverage-sum">{words}</p>
            <ol class="gaps">
                {listed.into_iter().map(|gap| view! { <Gap gap zone=zone.clone() /> }).collect_view()}
            </ol>
            {(more > 0).then(|| view! { <p class="note">{left_out}</p> })}
        }
    };
    view! { {list} }
}

#[component]
fn Gap(gap: TimeRange, zone: Zone) -> impl IntoView {
    let app = App::get();
    let time = |micros| format_time_seconds(micros, &zone);
    let (start, end) = (time(gap.start_micros), time(gap.end_micros));
    let label = ["Show the pause from ", &start, " to ", &end, " in the timeline"].concat();
    let is_shown = move || app.view.with(|view| view.window == Some(around(gap)));
    view! {
        <li>
            <span class="number gap-length">{duration_text(gap.width_micros())}</span>
            <span class="number">{start} " to " {end}</span>
            <button
                type="button"
                class="small"
                aria-label=label
                aria-pressed=move || is_shown().to_string()
                on:click=move |_| app.set_window(if is_shown() { None } else { Some(around(gap)) })
            >
                "Show"
            </button>
        </li>
    }
}
