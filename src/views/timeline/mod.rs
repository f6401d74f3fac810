//! The histogram above the tabs. Fills its panel, whose height the reader sets.

mod draw;
mod gestures;
mod legend;
pub mod observe;
mod plot;
mod table;

use super::parts::number::{counted, thousands};
use super::parts::zone::{format_time_seconds, zone_name};
use super::parts::{Glyph, IconButton};
use crate::model::{Field, TimeRange};
use crate::query::buckets;
use crate::state::app::App;
use crate::state::axis;
use crate::state::hand_out::Charted;
use crate::state::layers::{self, Layer};
use leptos::prelude::*;
use std::collections::BTreeSet;
use std::sync::Arc;

/// The last answer's histogram, layered.
#[derive(Debug, Clone, PartialEq)]
struct Chart {
    stack: Field,
    first_bucket: i64,
    bucket_micros: i64,
    buckets: usize,
    layers: Vec<Layer>,
    /// Of the buckets at its edges only what lies in it is counted.
    window: Option<TimeRange>,
}

impl Chart {
    fn of(app: App) -> Chart {
        let Charted { stack, window } = app.charted.get_value();
        app.answer.with(|answer| {
            let histogram = &answer.histogram;
            let buckets = histogram.series.iter().map(|series| series.counts.len()).max().unwrap_or(0);
            Chart {
                stack,
                first_bucket: histogram.start_micros,
                bucket_micros: histogram.bucket_micros.max(1),
                buckets,
                layers: layers::layers(histogram, stack),
                window,
            }
        })
    }

    /// All buckets' stretch.
    fn range(&self) -> TimeRange {
        let width = self.bucket_micros.saturating_mul(self.buckets.max(1) as i64);
        TimeRange { start_micros: self.first_bucket, end_micros: self.first_bucket.saturating_add(width) }
    }

    fn bucket_range(&self, bucket: usize) -> TimeRange {
        let start = self.first_bucket.saturating_add(self.bucket_micros.saturating_mul(bucket as i64));
        TimeRange { start_micros: start, end_micros: start.saturating_add(self.bucket_micros) }
    }

    fn bucket_at(&self, micros: i64) -> Option<usize> {
        let past = micros.checked_sub(self.first_bucket)?;
        let bucket = usize::try_from(past.div_euclid(self.bucket_micros)).ok()?;
        (bucket < self.buckets).then_some(bucket)
    }
}

/// What the timeline's parts share.
#[derive(Clone, Copy)]
struct Line {
    app: App,
    chart: Memo<Arc<Chart>>,
    /// Layers that the reader has hidden: what is stacked by, and the value; none of the others together.
    hidden: RwSignal<BTreeSet<(Field, Option<String>)>>,
    /// The bucket under the pointer or the keyboard's cursor.
    bucket: RwSignal<Option<usize>>,
    /// What is being brushed, in pixels of the plot.
    brush: RwSignal<Option<(f64, f64)>>,
}

impl Line {
    /// The stretch on show: the window, else all buckets.
    fn range(&self) -> TimeRange {
        self.app.parts.window.get().unwrap_or_else(|| self.chart.with(|chart| chart.range()))
    }

    fn range_now(&self) -> TimeRange {
        untrack(|| self.range())
    }

    /// As far out as zoom and pan go: everything loaded.
    fn limits(&self) -> TimeRange {
        let span = self.app.load.with_untracked(|load| load.total().span);
        span.map_or_else(
            || self.chart.with_untracked(|chart| chart.range()),
            |span| TimeRange {
                // The last event belongs to it too.
                end_micros: span.end_micros.saturating_add(1),
                ..span
            },
        )
    }

    fn has_events(&self) -> bool {
        self.chart.with(|chart| !chart.layers.is_empty())
    }

    fn zoom(&self, fraction: f64, factor: f64) {
        self.app.set_window(axis::zoom(self.range_now(), fraction, factor, self.limits()));
    }

    fn pan(&self, fraction: f64) {
        // Without a window everything is in view, and there is nowhere to go.
        if let Some(window) = self.app.view.with_untracked(|view| view.window) {
            self.app.set_window(Some(axis::pan(window, fraction, self.limits().union(window))));
        }
    }

    fn zone_time(&self, micros: i64) -> String {
        self.app.parts.zone.with(|zone| format_time_seconds(micros, zone))
    }

    /// What a bucket counts: of its stretch what lies in the window that was asked for.
    fn bucket_stretch(&self, bucket: usize) -> TimeRange {
        let (range, window) = self.chart.with(|chart| (chart.bucket_range(bucket), chart.window));
        window.and_then(|window| range.intersection(window)).unwrap_or(range)
    }

    /// Keeps the cursor on its moment while the chart changes under it.
    fn keep_cursor(self) {
        Effect::new(move |before: Option<Arc<Chart>>| {
            let now = self.chart.get();
            let is_other = |before: &Arc<Chart>| {
                (before.first_bucket, before.bucket_micros) != (now.first_bucket, now.bucket_micros)
            };
            if let (Some(before), Some(bucket)) = (before.filter(is_other), self.bucket.get_untracked()) {
                let TimeRange { start_micros, end_micros } = before.bucket_range(bucket);
                self.bucket.set(now.bucket_at(start_micros.midpoint(end_micros)));
            }
            now
        });
    }

    /// `2024-05-22 15:30:00 to 15:35:00`, as exact as the bucket is wide.
    fn bucket_words(&self, bucket: usize) -> String {
        let (range, width) = (self.bucket_stretch(bucket), self.chart.with(|chart| chart.bucket_micros));
        let exact = width % 1_000_000 != 0;
        let clock = |micros: i64| match exact {
            true => self.app.parts.zone.with(|zone| super::parts::zone::format_time_full(micros, zone)),
            false => self.zone_time(micros),
        };
        let (start, end) = (clock(range.start_micros), clock(range.end_micros));
        let end = if end.get(..10) == start.get(..10) { end.get(11..).unwrap_or(&end).to_string() } else { end };
        [start, " to ".to_string(), end].concat()
    }
}

#[component]
pub fn Timeline() -> impl IntoView {
    let app = App::get();
    let line = Line {
        app,
        chart: Memo::new(move |_| Arc::new(Chart::of(app))),
        hidden: RwSignal::new(BTreeSet::new()),
        bucket: RwSignal::new(None),
        brush: RwSignal::new(None),
    };
    line.keep_cursor();
    let as_table = RwSignal::new(false);
    let has_window = move || app.parts.window.with(Option::is_some);
    view! {
        <div class="timeline" aria-busy=move || app.awaited.with(|awaited| awaited.timeline).to_string()>
            <div class="timeline-bar">
                <p class="timeline-words" title=move || summary(line)>{move || summary(line)}</p>
                <StackSelect />
                <button
                    type="button"
                    class="quiet small"
                    aria-pressed=move || as_table.get().to_string()
                    on:click=move |_| as_table.update(|on| *on = !*on)
                >
                    "As table"
                </button>
                <IconButton glyph=Glyph::Minus label="Zoom out (-)" on_press=move |_| line.zoom(0.5, 2.0) />
                <IconButton glyph=Glyph::Add label="Zoom in (+)" on_press=move |_| line.zoom(0.5, 0.5) />
                <button
                    type="button"
                    class="quiet small"
                    title="Show the whole time span (0, or double-click)"
                    disabled=move || !has_window()
                    on:click=move |_| app.set_window(None)
                >
                    "Reset"
                </button>
            </div>
            <Show when=move || as_table.get() fallback=move || view! { <plot::Plot line /> }>
                <table::BucketTable line />
            </Show>
            <legend::Legend line />
        </div>
    }
}

/// How wide a bar is, where the peak lies, and what has no place here.
fn summary(line: Line) -> String {
    let without_time = line.app.answer.with(|answer| answer.events_without_time);
    let mut words: Vec<String> = Vec::new();
    line.chart.with(|chart| {
        if let Some((bucket, events)) = layers::peak(&chart.layers).filter(|(_, events)| *events > 0) {
            let at = line.zone_time(chart.bucket_range(bucket).start_micros);
            words.push([buckets::width_label(chart.bucket_micros), " a bar".to_string()].concat());
            words.push(["peak ", &thousands(events), " at ", &at].concat());
            words.push(line.app.parts.zone.with(zone_name));
        }
    });
    if without_time > 0 {
        words.push(["without a time: ", &counted(without_time, "event")].concat());
    }
    words.join(" · ")
}

#[component]
fn StackSelect() -> impl IntoView {
    let app = App::get();
    let stack = app.parts.stack;
    let pick = move |event: leptos::ev::Event| {
        if let Some(field) = Field::from_key(&event_target_value(&event)) {
            app.view.update(|view| view.stack = field);
        }
    };
    // A link may name a field that is not offered.
    let offered = move || {
        let more = Some(stack.get()).filter(|field| layers::stack_fields().all(|of| of != *field));
        let option = |field: Field| {
            view! { <option value=field.key() selected=move || stack.get() == field>{field.label()}</option> }
        };
        layers::stack_fields().chain(more).map(option).collect_view()
    };
    view! {
        <label class="timeline-stack">
            <span aria-hidden="true">"Stack by"</span>
            <select aria-label="Stack by" on:change=pick prop:value=move || stack.get().key()>{offered}</select>
        </label>
    }
}
