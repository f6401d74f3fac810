//! Light, dark, or as the system says. The choice is kept in this browser; nothing else is.

use super::parts::{Glyph, IconButton};
use leptos::prelude::*;

const STORAGE_KEY: &str = "auditscope-theme";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Theme {
    System,
    Light,
    Dark,
}

impl Theme {
    fn name(self) -> &'static str {
        match self {
            Theme::System => "system",
            Theme::Light => "light",
            Theme::Dark => "dark",
        }
    }

    fn next(self) -> Theme {
        match self {
            Theme::System => Theme::Light,
            Theme::Light => Theme::Dark,
            Theme::Dark => Theme::System,
        }
    }

    /// Reads the stored choice and keeps the page in step with it. The timeline repaints
    /// when the signal in the context changes.
    pub fn provide() {
        let stored = storage().and_then(|storage| storage.get_item(STORAGE_KEY).ok().flatten());
        let theme = RwSignal::new(match stored.as_deref() {
            Some("light") => Theme::Light,
            Some("dark") => Theme::Dark,
            _ => Theme::System,
        });
        provide_context(theme);
        Effect::new(move |_| {
            let name = theme.get().name();
            if let Some(root) = document().document_element() {
                let _ = root.set_attribute("data-theme", name);
            }
            // A browser that keeps nothing still switches for now.
            let _ = storage().map(|storage| storage.set_item(STORAGE_KEY, name));
        });
    }
}

/// Private windows and strict settings may refuse it.
fn storage() -> Option<web_sys::Storage> {
    window().local_storage().ok().flatten()
}

#[component]
pub fn ThemeSwitch() -> impl IntoView {
    let theme = expect_context::<RwSignal<Theme>>();
    let label = move || ["Colours: ", theme.get().name(), ". Switch to ", theme.get().next().name()].concat();
    view! { <IconButton glyph=Glyph::Theme label on_press=move |_| theme.update(|theme| *theme = theme.next()) /> }
}
