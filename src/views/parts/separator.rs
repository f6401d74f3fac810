//! The edge between two panels: dragged, or moved with the arrow keys.

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

/// `size` in CSS pixels, kept within `range`; double-click brings back `usual`.
#[component]
pub fn Separator(
    size: RwSignal<f64>,
    range: (f64, f64),
    usual: f64,
    sizes: Sizes,
    label: &'static str,
    /// The id of the panel that it sizes.
    controls: &'static str,
) -> impl IntoView {
    let set = move |value: f64| size.set(value.clamp(range.0, range.1));
    let along = move |event: &ev::PointerEvent| match sizes {
        Sizes::Left => f64::from(event.client_x()),
        Sizes::Right => -f64::from(event.client_x()),
        Sizes::Above => f64::from(event.client_y()),
    };
    // Size and pointer where the drag began.
    let drag = StoredValue::new(None::<(f64, f64)>);
    let on_down = move |event: ev::PointerEvent| {
        drag.set_value(Some((size.get_untracked(), along(&event))));
        if let Some(element) = event.current_target().and_then(|target| target.dyn_into::<web_sys::Element>().ok()) {
            let _ = element.set_pointer_capture(event.pointer_id());
        }
    };
    let on_move = move |event: ev::PointerEvent| {
        if let Some((start, from)) = drag.get_value() {
            set(start + along(&event) - from);
        }
    };
    let on_key = move |event: ev::KeyboardEvent| {
        let step = if event.shift_key() { 4.0 * STEP } else { STEP };
        let now = size.get_untracked();
        let (grow, shrink) = match sizes {
            Sizes::Left => ("ArrowRight", "ArrowLeft"),
            Sizes::Right => ("ArrowLeft", "ArrowRight"),
            Sizes::Above => ("ArrowDown", "ArrowUp"),
        };
        match event.key().as_str() {
            key if key == grow => set(now + step),
            key if key == shrink => set(now - step),
            "Home" => set(range.0),
            "End" => set(range.1),
            _ => return,
        }
        event.prevent_default();
        event.stop_propagation();
    };
    view! {
        <div
            class="separator"
            role="separator"
            tabindex="0"
            aria-label=label
            title="Drag, or use the arrow keys; double-click for the usual size"
            aria-controls=controls
            aria-orientation=if sizes == Sizes::Above { "horizontal" } else { "vertical" }
            aria-valuemin=range.0.to_string()
            aria-valuemax=range.1.to_string()
            aria-valuenow=move || size.get().round().to_string()
            on:pointerdown=on_down
            on:pointermove=on_move
            on:pointerup=move |_| drag.set_value(None)
            on:pointercancel=move |_| drag.set_value(None)
            on:dblclick=move |_| set(usual)
            on:keydown=on_key
        ></div>
    }
}
