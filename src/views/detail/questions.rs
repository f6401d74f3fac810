//! The seven questions, each answered by values that filter.

use super::pick;
use super::words::{self, Outline, shown};
use crate::model::{Field, TimeRange};
use crate::query::answer::Detail;
use crate::state::app::App;
use crate::views::parts::number::{line_text, thousands};
use crate::views::parts::zone::{format_time_full, zone_name};
use leptos::prelude::*;
use std::sync::Arc;

/// Values beyond this many are folded away.
const MOST_VALUES: usize = 6;

/// The fields behind each answer, in the questions' order; when it happened is no field's value.
static FIELDS_OF: [&[Field]; 7] = [
    &[Field::Verb, Field::Code, Field::Decision, Field::DryRun],
    &[],
    &[Field::User, Field::UserKind, Field::Impersonated, Field::Group],
    &[Field::Resource, Field::Subresource, Field::ApiGroup, Field::Namespace, Field::Name],
    &[Field::Stage, Field::Level, Field::Observed, Field::Source],
    &[Field::SourceIp, Field::Client, Field::UserAgent],
    &[Field::Path],
];
const WHEN: usize = 1;
const WHERE_OBSERVED: usize = 4;

#[component]
pub fn Questions(detail: Arc<Detail>, outline: Arc<Outline>) -> impl IntoView {
    let app = App::get();
    let of = detail.clone();
    let told = Memo::new(move |_| app.parts.zone.with(|zone| words::tell(&of, &outline, zone).1));
    let each = |(index, fields): (usize, &&'static [Field])| {
        let facts: Vec<AnyView> = match index {
            WHEN => vec![when(app, &detail).into_any()],
            _ => fields.iter().filter_map(|field| fact(app, *field, detail.values(*field))).collect(),
        };
        let place = (index == WHERE_OBSERVED).then(|| place(&detail));
        view! {
            <div class="question">
                <h3>{move || told.with(|told| told[index].question)}</h3>
                <p class="foreign">{move || told.with(|told| shown(&told[index].answer))}</p>
                <dl>{facts}</dl>
                {place}
            </div>
        }
    };
    view! {
        <section class="drawer-section questions" aria-label="Seven questions">
            {FIELDS_OF.iter().enumerate().map(each).collect_view()}
        </section>
    }
}

fn fact(app: App, field: Field, values: &[String]) -> Option<AnyView> {
    if values.is_empty() {
        return None;
    }
    let values = values.to_vec();
    let count = values.len();
    let all = RwSignal::new(count <= MOST_VALUES);
    let shown = move || {
        let most = if all.get() { count } else { MOST_VALUES };
        values.iter().take(most).map(|value| pick::value(app, field, value)).collect_view()
    };
    let more = move || {
        (!all.get()).then(|| {
            let words = ["Show all ", &thousands(count as u64)].concat();
            view! { <button type="button" class="quiet small" on:click=move |_| all.set(true)>{words}</button> }
        })
    };
    let row = view! {
        <dt title=field.spec().help>{field.label()}</dt>
        <dd>{shown}{more}</dd>
    };
    Some(row.into_any())
}

/// Receipt, stage, and what lies between; with the way to what happened around it.
fn when(app: App, detail: &Detail) -> impl IntoView + use<> {
    let (received, staged) = (detail.received, detail.staged);
    let time = move |label: &'static str, at: Option<i64>| {
        at.map(|at| {
            let text =
                move || app.parts.zone.with(|zone| [&*format_time_full(at, zone), " ", &zone_name(zone)].concat());
            view! { <dt>{label}</dt><dd class="mono">{text}</dd> }
        })
    };
    let latency = words::latency(detail).map(|text| {
        view! { <dt title=Field::Latency.spec().help>"Latency"</dt><dd class="mono">{text}</dd> }
    });
    let around = received.map(|at| {
        let button = |label: &'static str, seconds: i64| {
            let window = TimeRange {
                start_micros: at.saturating_sub(seconds * 1_000_000),
                end_micros: at.saturating_add(seconds * 1_000_000),
            };
            view! {
                <button
                    type="button"
                    class="quiet small"
                    title="Show only this stretch of time"
                    on:click=move |_| app.set_window(Some(window))
                >
                    {label}
                </button>
            }
        };
        view! {
            <dt>"Around it"</dt>
            <dd>{button("± 10 s", 10)}{button("± 1 min", 60)}{button("± 10 min", 600)}</dd>
        }
    });
    let none = received.is_none().then(|| view! { <dt>"Received"</dt><dd class="note">"The event has no time."</dd> });
    view! {
        {none}
        {time("Received", received)}
        {time("Stage time", staged)}
        {latency}
        {around}
    }
}

/// Where the record stands in its source.
fn place(detail: &Detail) -> impl IntoView + use<> {
    let audit_id = if detail.audit_id.is_empty() { "none" } else { &detail.audit_id };
    let rest = [", byte ", &thousands(detail.offset), " of the source's text; audit ID ", audit_id].concat();
    let line = known_line(detail.line, |late| late.0);
    view! { <p class="note foreign">{move || line_text(line())} {shown(&rest)}</p> }
}

/// A line of the open event, as soon as it is known.
pub(super) fn known_line(line: u64, of: fn((u64, u64)) -> u64) -> impl Fn() -> u64 + Copy {
    let late = App::get().late_lines;
    move || if line == 0 { of(late.get()) } else { line }
}
