//! Draws the timeline on its canvas with plotters, in device pixels.
//!
//! plotters measures text through a span with a style attribute, which the page's content
//! policy forbids: every label here is placed by hand and none is measured.

use crate::model::{Micros, TimeRange};
use crate::state::layers::Layer;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters_canvas::CanvasBackend;
use web_sys::HtmlCanvasElement;

/// Room for labels around the bars, in CSS pixels.
pub const LEFT_PX: f64 = 52.0;
pub const RIGHT_PX: f64 = 10.0;
const TOP_PX: f64 = 10.0;
const BOTTOM_PX: f64 = 22.0;
const FONT_PX: f64 = 12.0;
/// A count too small to see is drawn this high all the same.
const LEAST_PX: f64 = 1.5;

/// Everything that shows on the canvas.
pub struct Scene {
    pub width_px: f64,
    pub height_px: f64,
    /// Device pixels per CSS pixel.
    pub ratio: f64,
    pub range: TimeRange,
    pub first_bucket: Micros,
    pub bucket_micros: i64,
    /// Bottom first, each with its colour.
    pub layers: Vec<(Layer, RGBColor)>,
    pub time_ticks: Vec<(Micros, String)>,
    pub count_ticks: Vec<u64>,
    pub text: RGBColor,
    pub grid: RGBColor,
    pub font: String,
}

/// Redraws all of the canvas; its error says what the canvas refused.
pub fn draw(canvas: &HtmlCanvasElement, scene: &Scene) -> Result<(), String> {
    let (width, height) = ((scene.width_px * scene.ratio).round(), (scene.height_px * scene.ratio).round());
    // Setting the size also clears the canvas.
    canvas.set_width(width as u32);
    canvas.set_height(height as u32);
    let Some(backend) = CanvasBackend::with_canvas_object(canvas.clone()) else {
        return Err("this browser gives no 2d canvas".to_string());
    };
    paint(&backend.into_drawing_area(), scene).map_err(|error| error.to_string())
}

type Area = DrawingArea<CanvasBackend, plotters::coord::Shift>;
type Outcome = Result<(), DrawingAreaErrorKind<<CanvasBackend as DrawingBackend>::ErrorType>>;

fn paint(area: &Area, scene: &Scene) -> Outcome {
    let px = |css: f64| (css * scene.ratio).round() as u32;
    let top = scene.count_ticks.last().copied().unwrap_or(1).max(1) as f64;
    let width = scene.range.width_micros().max(1) as f64;
    let mut chart = ChartBuilder::on(area)
        .margin_left(px(LEFT_PX))
        .margin_right(px(RIGHT_PX))
        .margin_top(px(TOP_PX))
        .margin_bottom(px(BOTTOM_PX))
        .build_cartesian_2d(0.0..width, 0.0..top)?;

    let grid = scene.grid.stroke_width(px(1.0).max(1));
    let lines = scene.count_ticks.iter().map(|&count| count as f64);
    chart.draw_series(lines.map(|y| PathElement::new([(0.0, y), (width, y)], grid)))?;
    chart.draw_series(bars(scene, top))?;

    let style = |pos: Pos| TextStyle::from((scene.font.as_str(), FONT_PX * scene.ratio)).color(&scene.text).pos(pos);
    let (plot_width, plot_height) = (scene.width_px - LEFT_PX - RIGHT_PX, scene.height_px - TOP_PX - BOTTOM_PX);
    for &count in &scene.count_ticks {
        let y = TOP_PX + plot_height * (1.0 - count as f64 / top);
        let at = (px(LEFT_PX - 6.0) as i32, px(y) as i32);
        area.draw_text(&short_count(count), &style(Pos::new(HPos::Right, VPos::Center)), at)?;
    }
    for (micros, label) in &scene.time_ticks {
        let x = LEFT_PX + (micros - scene.range.start_micros) as f64 / width * plot_width;
        let foot = TOP_PX + plot_height;
        let tick = PathElement::new([(px(x) as i32, px(foot) as i32), (px(x) as i32, px(foot + 4.0) as i32)], grid);
        area.draw(&tick)?;
        let half_label = label.len() as f64 * FONT_PX * 0.28;
        let x = x.clamp(half_label, (scene.width_px - half_label).max(half_label));
        area.draw_text(label, &style(Pos::new(HPos::Center, VPos::Top)), (px(x) as i32, px(foot + 7.0) as i32))?;
    }
    area.present()
}

/// Every bucket's stack, cut to the range, in micros from the range's start.
fn bars(scene: &Scene, top: f64) -> Vec<Rectangle<(f64, f64)>> {
    let plot_px = scene.width_px - LEFT_PX - RIGHT_PX;
    let range_micros = scene.range.width_micros().max(1) as f64;
    let bucket = scene.bucket_micros.max(1) as f64;
    // A hair of background between bars wide enough to spare it.
    let gap = if bucket / range_micros * plot_px >= 4.0 { range_micros / plot_px } else { 0.0 };
    let least = top * LEAST_PX / (scene.height_px - TOP_PX - BOTTOM_PX).max(1.0);
    let buckets = scene.layers.iter().map(|(layer, _)| layer.counts.len()).max().unwrap_or(0);
    let offset = (i128::from(scene.first_bucket) - i128::from(scene.range.start_micros)) as f64;
    let mut bars = Vec::new();
    for index in 0..buckets {
        let left = offset + index as f64 * bucket;
        let (left, right) = (left.max(0.0), (left + bucket - gap).min(range_micros));
        if left >= right {
            continue;
        }
        let mut base = 0.0;
        for (layer, colour) in &scene.layers {
            let count = layer.counts.get(index).copied().unwrap_or(0);
            if count > 0 {
                let head = (base + f64::from(count).max(least)).min(top);
                bars.push(Rectangle::new([(left, base), (right, head)], colour.filled()));
                base = head;
            }
        }
    }
    bars
}

/// `1.2k`, `3M`: what fits beside the axis.
pub fn short_count(count: u64) -> String {
    let (unit, name) = match count {
        1_000_000_000.. => (1e9, "G"),
        1_000_000.. => (1e6, "M"),
        1_000.. => (1e3, "k"),
        _ => return count.to_string(),
    };
    let text = format!("{:.2}", count as f64 / unit);
    format!("{}{name}", text.trim_end_matches('0').trim_end_matches('.'))
}

/// `rgb(1, 2, 3)` or `rgba(…)` as the browser computes colours; black for anything else.
pub fn parse_rgb(colour: &str) -> RGBColor {
    let inside = colour.split_once('(').map_or("", |(_, inside)| inside);
    let mut parts = inside.split([',', ' ', '/', ')']).filter_map(|part| part.trim().parse::<f64>().ok());
    let mut next = || parts.next().unwrap_or(0.0) as u8;
    RGBColor(next(), next(), next())
}
