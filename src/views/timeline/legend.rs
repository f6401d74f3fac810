//! The legend: each value's colour and count; hides a value, or filters by it.

use super::Line;
use super::plot::shown_label;
use crate::query::syntax::Choice;
use crate::state::layers::Layer;
use crate::views::parts::number::thousands;
use leptos::prelude::*;

#[component]
pub fn Legend(line: Line) -> impl IntoView {
    view! {
        <ul class="timeline-legend" aria-label="Legend">
            {move || {
                let chart = line.chart.get();
                chart.layers.iter().map(|layer| entry(line, chart.stack, layer)).collect_view()
            }}
        </ul>
    }
}

fn entry(line: Line, stack: crate::model::Field, layer: &Layer) -> impl IntoView + use<> {
    let key = StoredValue::new((stack, layer.value.clone()));
    let is_hidden = move || line.hidden.with(|hidden| key.with_value(|key| hidden.contains(key)));
    let toggle = move |_| {
        let key = key.get_value();
        line.hidden.update(|hidden| {
            if !hidden.remove(&key) {
                hidden.insert(key);
            }
        });
    };
    let shown = shown_label(&layer.label);
    let name = [shown.as_str(), ", ", &thousands(layer.events), " events"].concat();
    let filters = layer.value.clone().map(|value| filter_buttons(line, stack, value, &shown));
    view! {
        <li>
            <button
                type="button"
                class="quiet small legend-entry"
                aria-pressed=move || (!is_hidden()).to_string()
                aria-label=name
                title="Show or hide in the chart"
                on:click=toggle
            >
                <i class=["swatch series-", &layer.hue.to_string()].concat()></i>
                <span class="foreign">{shown.clone()}</span>
                <span class="number note">{thousands(layer.events)}</span>
            </button>
            {filters}
        </li>
    }
}

fn filter_buttons(line: Line, stack: crate::model::Field, value: String, shown: &str) -> impl IntoView + use<> {
    let value = StoredValue::new(value);
    let only = move |_| value.with_value(|value| line.app.choose_only(stack, value));
    let exclude = move |_| value.with_value(|value| line.app.choose(stack, value, Some(Choice::Excluded)));
    view! {
        <span class="legend-filters">
            <button type="button" class="quiet small" aria-label=["Only ", shown].concat() on:click=only>"only"</button>
            <button type="button" class="quiet small" aria-label=["Exclude ", shown].concat() on:click=exclude>
                "not"
            </button>
        </span>
    }
}
