//! The drawn part: canvas, brush, cursor and tooltip.

use super::draw::{self, LEFT_PX, RIGHT_PX, Scene};
use super::gestures::Gestures;
use super::{Chart, Line, observe};
use crate::model::text::{clip, visible_text};
use crate::state::axis::{self, Axis};
use crate::state::layers::{HUES, Layer, peak};
use crate::views::parts;
use crate::views::parts::number::thousands;
use crate::views::parts::zone::{format_time_full, wall_micros};
use leptos::html::{Canvas, Div};
use leptos::prelude::*;
use web_sys::HtmlElement;

const TICK_EVERY_PX: f64 = 110.0;
const COUNT_EVERY_PX: f64 = 36.0;

#[component]
pub fn Plot(line: Line) -> impl IntoView {
    let frame = NodeRef::<Div>::new();
    let canvas = NodeRef::<Canvas>::new();
    let palette = NodeRef::<Div>::new();
    let size = RwSignal::new((0.0, 0.0));
    let theme = observe::theme_changes();
    let waiting = StoredValue::new(false);
    Effect::new(move |_| {
        let Some(frame) = frame.get() else { return };
        let measured = frame.clone();
        observe::on_resize(&frame, move || {
            let _ = size.try_set((f64::from(measured.client_width()), f64::from(measured.client_height())));
        });
    });
    let paint = move || {
        let _ = waiting.try_set_value(false);
        let (Some(canvas), Some(palette)) =
            (canvas.try_get_untracked().flatten(), palette.try_get_untracked().flatten())
        else {
            return;
        };
        let scene = scene(line, size.get_untracked(), &palette);
        if let Err(message) = draw::draw(&canvas, &scene) {
            leptos::logging::warn!("timeline: {message}");
        }
    };
    Effect::new(move |_| {
        line.chart.track();
        line.hidden.track();
        line.range();
        line.app.parts.zone.track();
        theme();
        // An empty frame has nothing to draw on.
        let (width, height) = size.get();
        if width >= 1.0 && height >= 1.0 && !waiting.get_value() {
            waiting.set_value(true);
            request_animation_frame(paint);
        }
    });
    let plot_axis =
        move || Axis { range: line.range(), left_px: LEFT_PX, width_px: (size.get().0 - LEFT_PX - RIGHT_PX).max(1.0) };
    let gestures = Gestures::new(line, plot_axis);
    let empty = move || !line.has_events();
    view! {
        <div
            class="timeline-plot"
            role="group"
            tabindex="0"
            aria-label="Events over time"
            aria-describedby="timeline-keys"
            node_ref=frame
            on:pointerdown=move |event| gestures.down(&event)
            on:pointermove=move |event| gestures.moved(&event)
            on:pointerup=move |event| gestures.up(&event)
            on:pointercancel=move |event| gestures.cancel(&event)
            on:pointerleave=move |event| gestures.left(&event)
            on:dblclick=move |_| line.app.set_window(None)
            on:wheel=move |event| gestures.wheel(&event)
            on:keydown=move |event| gestures.key(&event)
            on:blur=move |_| line.bucket.set(None)
        >
            <canvas aria-hidden="true" node_ref=canvas></canvas>
            <Show when=empty>
                <p class="timeline-empty note">"No events with a time match."</p>
            </Show>
            <Cursor line plot_axis />
            <Brush line />
            <p id="timeline-keys" class="visually-hidden">
                "Arrow keys move along the timeline, plus and minus zoom, 0 shows everything. Shift with an arrow key moves from bar to bar; Enter zooms to the bar."
            </p>
            <p class="visually-hidden" aria-live="polite">{move || gestures.spoken()}</p>
            <div class="timeline-palette" aria-hidden="true" node_ref=palette>
                {(0..=HUES).map(|hue| view! { <i class=["series-", &hue.to_string()].concat()></i> }).collect_view()}
                <i class="series-text"></i>
                <i class="series-grid"></i>
            </div>
        </div>
    }
}

/// What is on show now, in the colours that the browser computes for the theme.
fn scene(line: Line, (width_px, height_px): (f64, f64), palette: &HtmlElement) -> Scene {
    let colours: Vec<_> = (0..palette.children().length())
        .filter_map(|index| palette.children().item(index))
        .map(|swatch| computed(&swatch, "background-color"))
        .map(|colour| draw::parse_rgb(&colour))
        .collect();
    let colour = |index: usize| colours.get(index).copied().unwrap_or(plotters::style::RGBColor(128, 128, 128));
    let range = line.range_now();
    let zone = line.app.view.with_untracked(|view| view.zone.clone());
    let offset = |micros: i64| wall_micros(micros, &zone).saturating_sub(micros);
    let most = (width_px / TICK_EVERY_PX).max(2.0) as u32;
    let (step, ticks) = axis::time_ticks(range, most, offset);
    let label = |micros: i64| axis::tick_label(&format_time_full(micros, &zone), step).to_string();
    line.chart.with_untracked(|chart| {
        let layers = visible_layers(line, chart);
        let highest = peak_in(chart, &layers, range);
        // Without events and without a window there is no stretch of time to name.
        let has_axis = !chart.layers.is_empty() || line.app.view.with_untracked(|view| view.window.is_some());
        let ticks = if has_axis { ticks } else { Vec::new() };
        Scene {
            width_px,
            height_px,
            ratio: window().device_pixel_ratio().max(1.0),
            range,
            first_bucket: chart.first_bucket,
            bucket_micros: chart.bucket_micros,
            layers: layers.into_iter().map(|layer| (layer.clone(), colour(usize::from(layer.hue)))).collect(),
            time_ticks: ticks.into_iter().map(|tick| (tick, label(tick))).collect(),
            count_ticks: match has_axis {
                true => axis::count_ticks(highest, ((height_px / COUNT_EVERY_PX) as u32).clamp(1, 6)),
                false => Vec::new(),
            },
            text: colour(HUES + 1),
            grid: colour(HUES + 2),
            font: computed(palette, "font-family"),
        }
    })
}

fn visible_layers(line: Line, chart: &Chart) -> Vec<&Layer> {
    let hidden = line.hidden.get_untracked();
    let is_hidden = |layer: &Layer| hidden.contains(&(chart.stack, layer.value.clone()));
    chart.layers.iter().filter(|layer| !is_hidden(layer)).collect()
}

/// The highest bar that shows: while a new answer is on its way the range may hold few of the old bars.
fn peak_in(chart: &Chart, layers: &[&Layer], range: crate::model::TimeRange) -> u64 {
    let shown = |bucket: usize| {
        let of = chart.bucket_range(bucket);
        of.end_micros > range.start_micros && of.start_micros < range.end_micros
    };
    let cut = |layer: &&Layer| {
        let counts = layer.counts.iter().enumerate().map(|(bucket, count)| if shown(bucket) { *count } else { 0 });
        Layer { counts: counts.collect(), ..(*layer).clone() }
    };
    peak(&layers.iter().map(cut).collect::<Vec<_>>()).map_or(0, |(_, events)| events)
}

fn computed(element: &web_sys::Element, property: &str) -> String {
    let style = window().get_computed_style(element).ok().flatten();
    style.and_then(|style| style.get_property_value(property).ok()).unwrap_or_default()
}

/// The bucket under the pointer, and what it holds.
#[component]
fn Cursor(line: Line, plot_axis: impl Fn() -> Axis + Copy + Send + Sync + 'static) -> impl IntoView {
    let edges = move || {
        let bucket = line.bucket.get()?;
        let range = line.chart.with(|chart| (bucket < chart.buckets).then(|| chart.bucket_range(bucket)))?;
        let axis = plot_axis();
        let right_px = axis.left_px + axis.width_px;
        let (left, right) =
            (axis.x_of(range.start_micros).max(axis.left_px), axis.x_of(range.end_micros).min(right_px));
        (right >= axis.left_px && left <= right_px).then_some((left, right.max(left + 1.0), right_px))
    };
    let tip_place = move || {
        let (left, right, end) = edges().unwrap_or_default();
        // On the side with more room.
        if left > end / 2.0 { (None, Some(end + RIGHT_PX - left + 8.0)) } else { (Some(right + 8.0), None) }
    };
    view! {
        <Show when=move || edges().is_some() && line.brush.with(Option::is_none)>
            <div
                class="timeline-cursor"
                style:left=move || px(edges().unwrap_or_default().0)
                style:width=move || edges().map(|(left, right, _)| px(right - left)).unwrap_or_default()
            ></div>
            <div
                class="timeline-tip"
                style:left=move || tip_place().0.map(px).unwrap_or_else(|| "auto".to_string())
                style:right=move || tip_place().1.map(px).unwrap_or_else(|| "auto".to_string())
            >
                {move || line.bucket.get().map(|bucket| tip(line, bucket))}
            </div>
        </Show>
    }
}

/// The bucket's time, and its counts, largest first.
fn tip(line: Line, bucket: usize) -> impl IntoView {
    let rows = line.chart.with(|chart| {
        let count = |layer: &Layer| layer.counts.get(bucket).copied().unwrap_or(0);
        let mut rows: Vec<_> = chart
            .layers
            .iter()
            .map(|layer| (count(layer), layer.hue, layer.label.clone()))
            .filter(|row| row.0 > 0)
            .collect();
        rows.sort_by_key(|row| std::cmp::Reverse(row.0));
        rows
    });
    let total: u64 = rows.iter().map(|row| u64::from(row.0)).sum();
    let each = |(count, hue, label): (u32, u8, String)| {
        view! {
            <tr>
                <td><i class=["swatch series-", &hue.to_string()].concat()></i></td>
                <td class="foreign">{shown_label(&label)}</td>
                <td class="number">{thousands(u64::from(count))}</td>
            </tr>
        }
    };
    view! {
        <p>{line.bucket_words(bucket)}</p>
        <table>
            <tbody>{rows.into_iter().map(each).collect_view()}</tbody>
            <tfoot>
                <tr><td></td><td>"Events"</td><td class="number">{thousands(total)}</td></tr>
            </tfoot>
        </table>
    }
}

/// A value as the legend and the tooltip show it: harmless and short.
pub fn shown_label(label: &str) -> String {
    let visible = visible_text(label);
    match clip(&visible, 60) {
        (whole, true) => whole.to_string(),
        (start, false) => [start, "…"].concat(),
    }
}

#[component]
fn Brush(line: Line) -> impl IntoView {
    let edges = move || line.brush.get().map(|(a, b)| (a.min(b), (a - b).abs())).unwrap_or_default();
    view! {
        <Show when=move || line.brush.with(Option::is_some)>
            <div class="timeline-brush" style:left=move || px(edges().0) style:width=move || px(edges().1)></div>
        </Show>
    }
}

/// A tenth of a pixel is as exact as is seen.
fn px(size: f64) -> String {
    parts::px((size * 10.0).round() / 10.0)
}
