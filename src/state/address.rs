//! The view and the address bar, kept in step: every change is in the link, back and forward work.

use super::app::App;
use super::{link, view::View};
use leptos::leptos_dom::helpers::debounce;
use leptos::prelude::*;
use std::time::Duration;
use wasm_bindgen::JsValue;

/// Changes that follow one another within this time make one step of history.
const ONE_STEP_MILLIS: f64 = 1500.0;
/// The browser works on a new address longer than the workers on a new filter: the answer goes first.
const ANSWER_PAUSE: Duration = Duration::from_millis(150);

#[derive(Clone, Copy)]
pub struct Address {
    view: RwSignal<View>,
    /// When the last step of history was written, since 1970.
    last_step_millis: StoredValue<f64>,
}

impl Address {
    pub fn of(view: RwSignal<View>) -> Address {
        Address { view, last_step_millis: StoredValue::new(f64::NEG_INFINITY) }
    }

    /// Nothing is written that stands there already.
    pub fn write(&self) {
        let view = self.view.get_untracked();
        let written = link::write(&view);
        if written != fragment() && (view != View::default() || !fragment().is_empty()) {
            let now = js_sys::Date::now();
            // The same view written otherwise, as another program wrote it, is where one is already.
            let is_same_view = link::read(&fragment()).view == view;
            let is_new_step = !is_same_view && now - self.last_step_millis.get_value() > ONE_STEP_MILLIS;
            self.last_step_millis.set_value(now);
            write_fragment(&written, is_new_step);
        }
    }

    /// The whole address of the view, also where the browser refused to show it.
    pub fn link(&self) -> String {
        let href = window().location().href().unwrap_or_default();
        let page = href.split('#').next().unwrap_or_default();
        let written = link::write(&self.view.get_untracked());
        if written.is_empty() { page.to_string() } else { [page, "#", &written].concat() }
    }
}

/// What is asked is written with its answer (`asking`), or after a pause if that takes longer.
pub fn keep_in_step(app: App) {
    open_fragment(app);
    let on_change = window_event_listener(leptos::ev::hashchange, move |_| {
        if fragment() != link::write(&app.view.get_untracked()) {
            open_fragment(app);
        }
    });
    on_cleanup(move || on_change.remove());
    let mut write_after_pause = debounce(ANSWER_PAUSE, move |()| app.address.write());
    Effect::new(move |earlier: Option<View>| {
        let view = app.view.get();
        match earlier {
            Some(earlier) if view.asks_as(&earlier) => app.address.write(),
            _ => write_after_pause(()),
        }
        view
    });
}

fn open_fragment(app: App) {
    let opened = link::read(&fragment());
    app.link_problems.set(opened.problems);
    let closes = opened.view.event.is_none();
    let reopens = app.view.with_untracked(|view| view.event != opened.view.event);
    app.view.set(opened.view);
    if closes || reopens {
        app.forget_event();
    }
    if let Some(identity) = app.view.with_untracked(|view| view.event.clone()).filter(|_| reopens) {
        app.open_event(identity);
    }
}

/// The address bar's fragment, without its `#`.
fn fragment() -> String {
    let hash = window().location().hash().unwrap_or_default();
    hash.strip_prefix('#').unwrap_or(&hash).to_string()
}

/// Refused by browsers that limit how often a page may: the next change writes it all again.
fn write_fragment(fragment: &str, is_new_step: bool) {
    let Ok(history) = window().history() else { return };
    let url = format!("#{fragment}");
    let _ = match is_new_step {
        true => history.push_state_with_url(&JsValue::NULL, "", Some(&url)),
        false => history.replace_state_with_url(&JsValue::NULL, "", Some(&url)),
    };
}
