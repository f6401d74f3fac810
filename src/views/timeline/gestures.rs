//! What pointer, wheel and keys do on the plot: drag selects; the middle button, Shift or two
//! fingers move; wheel and pinch zoom; a tap tells what a bar holds.

use super::Line;
use crate::model::TimeRange;
use crate::state::axis::{Axis, NARROWEST_MICROS};
use crate::views::parts::number::counted;
use leptos::ev::{KeyboardEvent, PointerEvent, WheelEvent};
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::Element;

/// A press that moves less than this is a click.
const LEAST_BRUSH_PX: f64 = 4.0;
const KEY_PAN: f64 = 0.2;
const KEY_ZOOM: f64 = 0.5;
/// One notch of a wheel, 100 pixels, zooms by this much.
const WHEEL_ZOOM: f64 = 1.25;

#[derive(Debug, Clone, Default)]
struct Pointers {
    /// Pressed pointers and where they are, in pixels of the plot.
    down: Vec<(i32, f64)>,
    panning: bool,
}

#[derive(Clone, Copy)]
pub struct Gestures<A> {
    line: Line,
    axis: A,
    pointers: StoredValue<Pointers>,
    /// What a screen reader says of the keyboard's cursor.
    spoken: RwSignal<String>,
}

impl<A: Fn() -> Axis + Copy + 'static> Gestures<A> {
    pub fn new(line: Line, axis: A) -> Gestures<A> {
        let (pointers, spoken) = (StoredValue::new(Pointers::default()), RwSignal::new(String::new()));
        Gestures { line, axis, pointers, spoken }
    }

    pub fn spoken(self) -> String {
        self.spoken.get()
    }

    fn axis(self) -> Axis {
        untrack(self.axis)
    }

    pub fn down(self, event: &PointerEvent) {
        if !matches!(event.button(), 0 | 1) {
            return;
        }
        if event.button() == 1 {
            // Not the browser's own scrolling by the middle button.
            event.prevent_default();
        }
        let x = x_of(event);
        if let Some(plot) = plot_of(event) {
            let _ = plot.set_pointer_capture(event.pointer_id());
        }
        self.pointers.update_value(|pointers| {
            pointers.down.push((event.pointer_id(), x));
            pointers.panning = event.button() == 1 || event.shift_key() || pointers.down.len() > 1;
            if pointers.panning {
                // What the first finger had begun to select is given up; that finger stands where the selection ended.
                if let (Some((_, x)), Some(first)) = (self.line.brush.get_untracked(), pointers.down.first_mut()) {
                    first.1 = x;
                }
                self.line.brush.set(None);
            }
        });
    }

    pub fn moved(self, event: &PointerEvent) {
        let (x, axis) = (x_of(event), self.axis());
        let before = self.pointers.get_value();
        let Some(index) = before.down.iter().position(|(id, _)| *id == event.pointer_id()) else {
            return self.hover(x);
        };
        if before.panning {
            self.pointers.update_value(|pointers| pointers.down[index].1 = x);
            let from: Vec<f64> = before.down.iter().map(|(_, x)| *x).collect();
            let mut to = from.clone();
            to[index] = x;
            self.drag(axis, &from, &to);
            return;
        }
        let start = before.down[index].1;
        if (x - start).abs() >= LEAST_BRUSH_PX || self.line.brush.with_untracked(Option::is_some) {
            let inside = |x: f64| x.clamp(axis.left_px, axis.left_px + axis.width_px);
            self.line.brush.set(Some((inside(start), inside(x))));
        }
    }

    /// Fingers or a pressed button went from one place to another: what was under them follows.
    fn drag(self, axis: Axis, from: &[f64], to: &[f64]) {
        if let (&[a, b, ..], &[c, d, ..]) = (from, to) {
            let (apart, apart_now) = ((a - b).abs().max(10.0), (c - d).abs().max(10.0));
            self.line.zoom(axis.fraction_at((a + b) / 2.0), apart / apart_now);
        }
        let middle = |places: &[f64]| places.iter().sum::<f64>() / places.len().max(1) as f64;
        self.line.pan((middle(from) - middle(to)) / axis.width_px);
    }

    pub fn up(self, event: &PointerEvent) {
        let was_panning = self.pointers.with_value(|pointers| pointers.panning);
        self.release(event);
        if let Some((a, b)) = self.line.brush.get_untracked() {
            self.line.brush.set(None);
            let axis = self.axis();
            let (start, end) = (axis.micros_at(a.min(b)), axis.micros_at(a.max(b)));
            let end = end.max(start.saturating_add(NARROWEST_MICROS));
            self.line.app.set_window(Some(TimeRange { start_micros: start, end_micros: end }));
        } else if is_touch(event) && !was_panning {
            // A finger cannot hover: its tap says what the bar holds.
            self.hover(x_of(event));
        }
    }

    pub fn cancel(self, event: &PointerEvent) {
        self.release(event);
        self.line.brush.set(None);
    }

    fn release(self, event: &PointerEvent) {
        self.pointers.update_value(|pointers| {
            pointers.down.retain(|(id, _)| *id != event.pointer_id());
            // The finger that stays goes on moving the plot rather than starting to select.
            pointers.panning &= !pointers.down.is_empty();
        });
    }

    pub fn left(self, event: &PointerEvent) {
        // A finger that is lifted has left too.
        if !is_touch(event) && self.pointers.with_value(|pointers| pointers.down.is_empty()) {
            self.line.bucket.set(None);
        }
    }

    fn hover(self, x: f64) {
        let axis = self.axis();
        let inside = x >= axis.left_px && x <= axis.left_px + axis.width_px;
        let bucket = self.line.chart.with_untracked(|chart| chart.bucket_at(axis.micros_at(x))).filter(|_| inside);
        if bucket != self.line.bucket.get_untracked() {
            self.line.bucket.set(bucket);
        }
    }

    pub fn wheel(self, event: &WheelEvent) {
        if !untrack(|| self.line.has_events()) {
            return;
        }
        let scale = match event.delta_mode() {
            WheelEvent::DOM_DELTA_PIXEL => 1.0,
            WheelEvent::DOM_DELTA_LINE => 33.0,
            _ => 400.0,
        };
        let (across, along) = (event.delta_x() * scale, event.delta_y() * scale);
        let axis = self.axis();
        if event.shift_key() || across.abs() > along.abs() {
            let by = if across.abs() > along.abs() { across } else { along };
            self.line.pan(by / axis.width_px);
        } else {
            // A trackpad's pinch comes as small steps with Ctrl.
            let notches = if event.ctrl_key() { along / 20.0 } else { along / 100.0 };
            let fraction = axis.fraction_at(x_of(event));
            self.line.zoom(fraction, WHEEL_ZOOM.powf(notches.clamp(-5.0, 5.0)));
        }
        event.prevent_default();
    }

    pub fn key(self, event: &KeyboardEvent) {
        if event.ctrl_key() || event.alt_key() || event.meta_key() {
            return;
        }
        let line = self.line;
        match (event.key().as_str(), event.shift_key()) {
            ("ArrowLeft", true) => self.step(-1),
            ("ArrowRight", true) => self.step(1),
            ("ArrowLeft", false) => line.pan(-KEY_PAN),
            ("ArrowRight", false) => line.pan(KEY_PAN),
            ("+" | "=", _) => line.zoom(self.cursor_fraction(), KEY_ZOOM),
            ("-" | "_", _) => line.zoom(self.cursor_fraction(), 1.0 / KEY_ZOOM),
            ("Home" | "0", _) => line.app.set_window(None),
            ("Enter", _) => match line.bucket.get_untracked() {
                Some(bucket) => line.app.set_window(Some(untrack(|| line.bucket_stretch(bucket)))),
                None => return,
            },
            ("Escape", _) if line.bucket.get_untracked().is_some() => line.bucket.set(None),
            _ => return,
        }
        event.prevent_default();
        event.stop_propagation();
    }

    /// Moves the keyboard's cursor to the next bucket that has events, or the edge.
    fn step(self, by: i64) {
        let line = self.line;
        let buckets = line.chart.with_untracked(|chart| chart.buckets) as i64;
        if buckets == 0 {
            return;
        }
        let from = match line.bucket.get_untracked() {
            Some(bucket) => bucket as i64,
            None if by > 0 => -1,
            None => buckets,
        };
        let events = |bucket: i64| -> u64 {
            line.chart.with_untracked(|chart| {
                let count = |layer: &crate::state::layers::Layer| layer.counts.get(bucket as usize).copied();
                chart.layers.iter().filter_map(count).map(u64::from).sum()
            })
        };
        let mut to = (from + by).clamp(0, buckets - 1);
        while events(to) == 0 && (1..buckets - 1).contains(&to) {
            to += by;
        }
        line.bucket.set(Some(to as usize));
        let words = untrack(|| line.bucket_words(to as usize));
        self.spoken.set([words, ": ".to_string(), counted(events(to), "event")].concat());
    }

    fn cursor_fraction(self) -> f64 {
        let axis = self.axis();
        let bucket = self.line.bucket.get_untracked();
        let middle = bucket.map(|bucket| self.line.chart.with_untracked(|chart| chart.bucket_range(bucket)));
        middle.map_or(0.5, |range| axis.fraction_at(axis.x_of(range.start_micros + range.width_micros() / 2)))
    }
}

fn is_touch(event: &PointerEvent) -> bool {
    event.pointer_type() == "touch"
}

fn plot_of(event: &web_sys::Event) -> Option<Element> {
    event.current_target()?.dyn_into::<Element>().ok()
}

/// Pixels from the plot's left edge.
fn x_of(event: &web_sys::MouseEvent) -> f64 {
    let left = plot_of(event).map_or(0.0, |plot| plot.get_bounding_client_rect().left());
    f64::from(event.client_x()) - left
}
