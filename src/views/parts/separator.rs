//! The edge between two panels: dragged, or moved with the arrow keys. Where it stands is kept in this browser.

use super::kept::{keep, kept};
use super::px;
use leptos::ev;
use leptos::prelude::*;
use wasm_bindgen::JsCast;

/// Which panel the separator sizes, seen from the separator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sizes {
    Left,
    Right,
    Above,
}

const STEP: f64 = 16.0;
const STORAGE_KEY: &str = "auditscope-panel-sizes";

/// How large a panel may be and is, in CSS pixels.
#[derive(Clone, Copy)]
pub struct PanelSize {
    /// The panel's id; under this name the size is kept.
    panel: &'static str,
    range: (f64, f64),
    usual: f64,
    now: RwSignal<f64>,
}

impl PanelSize {
    /// As kept: `facets:320,timeline:200`. What does not read, or is out of range, counts for nothing.
    pub fn load(panel: &'static str, range: (f64, f64), usual: f64) -> PanelSize {
        let stored = kept(STORAGE_KEY).unwrap_or_default();
        let own = entries(&stored).find(|(name, _)| *name == panel).and_then(|(_, px)| px.parse::<f64>().ok());
        let own = own.filter(|px| (range.0..=range.1).contains(px));
        PanelSize { panel, range, usual, now: RwSignal::new(own.unwrap_or(usual)) }
    }

    /// As CSS writes it.
    pub fn px(self) -> String {
        px(self.now.get().round())
    }

    fn set(self, px: f64) {
        self.now.set(px.round().clamp(self.range.0, self.range.1));
    }

    /// Other panels' sizes stay as they are kept; a usual size is not kept.
    fn keep(self) {
        let stored = kept(STORAGE_KEY).unwrap_or_default();
        let now = self.now.get_untracked();
        let own = (now != self.usual).then(|| [self.panel, ":", &now.to_string()].concat());
        let others = entries(&stored).filter(|(name, _)| *name != self.panel);
        let others = others.map(|(name, px)| [name, ":", px].concat());
        keep(STORAGE_KEY, &others.chain(own).collect::<Vec<_>>().join(","));
    }

    fn reset(self) {
        self.now.set(self.usual);
        self.keep();
    }
}

fn entries(stored: &str) -> impl Iterator<Item = (&str, &str)> {
    stored.split(',').filter_map(|entry| entry.split_once(':'))
}

/// Double-click or Enter brings the usual size back.
#[component]
pub fn Separator(size: PanelSize, sizes: Sizes, label: &'static str) -> impl IntoView {
    let along = move |event: &ev::PointerEvent| match sizes {
        Sizes::Left => f64::from(event.client_x()),
        Sizes::Right => -f64::from(event.client_x()),
        Sizes::Above => f64::from(event.client_y()),
    };
    // Size and pointer where the drag began.
    let drag = StoredValue::new(None::<(f64, f64)>);
    let on_down = move |event: ev::PointerEvent| {
        drag.set_value(Some((drawn_px(size.panel, sizes).unwrap_or(size.now.get_untracked()), along(&event))));
        if let Some(element) = event.current_target().and_then(|target| target.dyn_into::<web_sys::Element>().ok()) {
            let _ = element.set_pointer_capture(event.pointer_id());
        }
    };
    let on_move = move |event: ev::PointerEvent| {
        if let Some((start, from)) = drag.get_value() {
            size.set(start + along(&event) - from);
        }
    };
    let on_done = move |_: ev::PointerEvent| {
        if drag.get_value().is_some() {
            drag.set_value(None);
            size.keep();
        }
    };
    let on_key = move |event: ev::KeyboardEvent| {
        let step = if event.shift_key() { 4.0 * STEP } else { STEP };
        let now = size.now.get_untracked();
        let (grow, shrink) = match sizes {
            Sizes::Left => ("ArrowRight", "ArrowLeft"),
            Sizes::Right => ("ArrowLeft", "ArrowRight"),
            Sizes::Above => ("ArrowDown", "ArrowUp"),
        };
        match event.key().as_str() {
            key if key == grow => size.set(now + step),
            key if key == shrink => size.set(now - step),
            "Home" => size.set(size.range.0),
            "End" => size.set(size.range.1),
            "Enter" => size.set(size.usual),
            _ => return,
        }
        size.keep();
        event.prevent_default();
        event.stop_propagation();
    };
    view! {
        <div
            class="separator"
            role="separator"
            tabindex="0"
            aria-label=label
            title="Drag, or use the arrow keys; double-click or Enter for the usual size"
            aria-controls=size.panel
            aria-orientation=if sizes == Sizes::Above { "horizontal" } else { "vertical" }
            aria-valuemin=size.range.0.to_string()
            aria-valuemax=size.range.1.to_string()
            aria-valuenow=move || size.now.get().to_string()
            on:pointerdown=on_down
            on:pointermove=on_move
            on:pointerup=on_done
            on:pointercancel=on_done
            on:dblclick=move |_| size.reset()
            on:keydown=on_key
        ></div>
    }
}

/// What the panel measures: less than its size says where the window is too small for that.
fn drawn_px(panel: &str, sizes: Sizes) -> Option<f64> {
    let drawn = document().get_element_by_id(panel)?.get_bounding_client_rect();
    Some(if sizes == Sizes::Above { drawn.height() } else { drawn.width() })
}
