//! Tells when an element changes its size and when the page changes its colours.

use crate::views::theme::Theme;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{Element, ResizeObserver};

/// Runs `changed` now and whenever the element's size changes, until the owner is cleaned up.
pub fn on_resize(element: &Element, changed: impl Fn() + 'static) {
    let callback = Closure::<dyn Fn()>::new(changed);
    let Ok(observer) = ResizeObserver::new(callback.as_ref().unchecked_ref()) else { return };
    observer.observe(element);
    let kept = StoredValue::new_local((observer, callback));
    on_cleanup(move || {
        let _ = kept.try_with_value(|(observer, _)| observer.disconnect());
    });
}

/// A number that changes with the theme, by the page's switch or the system's setting.
pub fn theme_changes() -> impl Fn() -> u32 + Copy + 'static {
    let theme = use_context::<RwSignal<Theme>>();
    let (changes, set_changes) = signal(0);
    let query = window().match_media("(prefers-color-scheme: dark)").ok().flatten();
    if let Some(query) = query {
        let callback = Closure::<dyn Fn()>::new(move || set_changes.update(|count| *count += 1));
        query.set_onchange(Some(callback.as_ref().unchecked_ref()));
        let kept = StoredValue::new_local((query, callback));
        on_cleanup(move || {
            let _ = kept.try_with_value(|(query, _)| query.set_onchange(None));
        });
    }
    move || {
        if let Some(theme) = theme {
            theme.track();
        }
        changes.get()
    }
}
