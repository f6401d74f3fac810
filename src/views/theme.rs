//! Light, dark, or as the system says. The choice is kept in this browser.

use super::parts::kept::{keep, kept};
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
        let theme = RwSignal::new(match kept(STORAGE_KEY).as_deref() {
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
            keep(STORAGE_KEY, name);
        });
    }
}

#[component]
pub fn ThemeSwitch() -> impl IntoView {
    let theme = expect_context::<RwSignal<Theme>>();
    let label = move || ["Colours: ", theme.get().name(), ". Switch to ", theme.get().next().name()].concat();
    view! { <IconButton glyph=Glyph::Theme label on_press=move |_| theme.update(|theme| *theme = theme.next()) /> }
}
