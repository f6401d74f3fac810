//! The keyboard: one table, read by the dispatcher and by the help dialog.

use leptos::ev;
use leptos::prelude::*;
use wasm_bindgen::JsCast;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    Search,
    RowNext,
    RowPrevious,
    RowOpen,
    Back,
    WindowEarlier,
    WindowLater,
    WindowAll,
    Filters,
    CopyLink,
    Help,
}

/// One row of the table.
pub struct Binding {
    pub action: Action,
    /// As `KeyboardEvent.key` spells them.
    pub keys: &'static [&'static str],
    pub says: &'static str,
}

const fn row(action: Action, keys: &'static [&'static str], says: &'static str) -> Binding {
    Binding { action, keys, says }
}

pub static BINDINGS: &[Binding] = &[
    row(Action::Search, &["/"], "Go to the search bar"),
    row(Action::RowNext, &["j"], "Next event"),
    row(Action::RowPrevious, &["k"], "Previous event"),
    row(Action::RowOpen, &["Enter"], "Open the event"),
    row(Action::Back, &["Escape"], "Back: close what is open"),
    row(Action::WindowEarlier, &["["], "Earlier: half a window back"),
    row(Action::WindowLater, &["]"], "Later: half a window on"),
    row(Action::WindowAll, &["0"], "The whole time span"),
    row(Action::Filters, &["f"], "Go to the filters"),
    row(Action::CopyLink, &["y"], "Copy a link to this view"),
    row(Action::Help, &["?"], "This list"),
];

/// Keys that parts of the page answer while they have the focus; for the help dialog only.
pub static ELSEWHERE: &[(&str, &str)] = &[
    ("Tab", "Next control; Shift for the one before"),
    ("Arrow keys", "Move in the timeline, the table, menus and between panels' edges"),
    ("+ and -", "Zoom the timeline"),
    ("i and x", "In the table: include or exclude the cell’s value"),
    ("m", "In the table: the cell’s values one by one"),
    ("c and C", "In the table: copy the cell, or the row"),
    ("Enter", "On the edge of a panel or column: its usual size"),
];

type Handler = Box<dyn Fn() -> bool>;

/// Who answers which action. The last to register is asked first.
#[derive(Clone, Copy)]
pub struct Keys(StoredValue<Vec<(u64, Action, Handler)>, LocalStorage>);

impl Keys {
    /// Listens at the window; called once, by the root view.
    pub fn provide() -> Keys {
        let keys = Keys(StoredValue::new_local(Vec::new()));
        provide_context(keys);
        let listener = window_event_listener(ev::keydown, move |event| keys.dispatch(&event));
        on_cleanup(move || listener.remove());
        keys
    }

    fn dispatch(self, event: &ev::KeyboardEvent) {
        if event.default_prevented() || event.ctrl_key() || event.alt_key() || event.meta_key() {
            return;
        }
        let key = event.key();
        let Some(binding) = BINDINGS.iter().find(|binding| binding.keys.contains(&key.as_str())) else { return };
        if belongs_to_target(event, binding.action) {
            return;
        }
        let answered = self.0.with_value(|handlers| {
            handlers.iter().rev().any(|(_, action, handler)| *action == binding.action && handler())
        });
        if answered {
            event.prevent_default();
        }
    }
}

/// Answers the action while the calling component lives. The handler says whether it did
/// anything; if not, the next one is asked. It must not itself register a handler.
pub fn on(action: Action, handler: impl Fn() -> bool + 'static) {
    let Some(Keys(handlers)) = use_context::<Keys>() else { return };
    let id = handlers.with_value(|handlers| handlers.last().map_or(0, |(id, ..)| id + 1));
    handlers.update_value(|handlers| handlers.push((id, action, Box::new(handler))));
    on_cleanup(move || {
        let _ = handlers.try_update_value(|handlers| handlers.retain(|(of, ..)| *of != id));
    });
}

/// Whether the key means something to the element that has the focus.
fn belongs_to_target(event: &ev::KeyboardEvent, action: Action) -> bool {
    let Some(element) = event.target().and_then(|target| target.dyn_into::<web_sys::Element>().ok()) else {
        return false;
    };
    let is = |selector: &str| element.closest(selector).ok().flatten().is_some();
    if is("dialog[open]") {
        return true;
    }
    match action {
        Action::Back => false,
        Action::RowOpen => {
            is("input, textarea, select, button, a, summary, [role=separator], [role=button], [contenteditable]")
        }
        _ => is("input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]"),
    }
}
