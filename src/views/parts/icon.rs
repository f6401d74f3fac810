//! Drawn signs, one stroke path each on a 16 × 16 grid.

use leptos::ev::MouseEvent;
use leptos::prelude::*;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Glyph {
    Add,
    Close,
    Copy,
    Down,
    File,
    Filter,
    Folder,
    Help,
    Left,
    Link,
    Menu,
    Minus,
    Right,
    Search,
    Theme,
    Time,
    Trash,
    Up,
    Warning,
}

impl Glyph {
    fn path(self) -> &'static str {
        match self {
            Glyph::Add => "M8 3v10M3 8h10",
            Glyph::Close => "M4 4l8 8M12 4l-8 8",
            Glyph::Copy => "M6 6h7v7H6zM10 6V3H3v7h3",
            Glyph::Down => "M4 6l4 4 4-4",
            Glyph::File => "M4 2h5l3 3v9H4zM9 2v3h3",
            Glyph::Filter => "M2 4h12M4.5 8h7M6.5 12h3",
            Glyph::Folder => "M2 4h4l2 2h6v7H2z",
            Glyph::Help => "M6 6a2 2 0 1 1 3 1.7c-.7.4-1 .8-1 1.6M8 12v.1M8 1.5a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13z",
            Glyph::Left => "M10 4L6 8l4 4",
            Glyph::Link => {
                "M7 9a2.5 2.5 0 0 0 3.5 0l2-2A2.5 2.5 0 0 0 9 3.5l-1 1M9 7a2.5 2.5 0 0 0-3.5 0l-2 2A2.5 2.5 0 0 0 7 12.5l1-1"
            }
            Glyph::Menu => "M3 8h.1M8 8h.1M13 8h.1",
            Glyph::Minus => "M3 8h10",
            Glyph::Right => "M6 4l4 4-4 4",
            Glyph::Search => "M7 2.5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9zM10.5 10.5L14 14",
            Glyph::Theme => "M8 2.5a5.5 5.5 0 1 0 0 11zM8 2.5a5.5 5.5 0 0 1 0 11M8 5h3.5M8 8h5M8 11h3.5",
            Glyph::Time => "M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2zM8 5v3.5l2 1.5",
            Glyph::Trash => "M3 4.5h10M6 4V2.5h4V4M4.5 4.5l.5 9h6l.5-9M7 7v4M9 7v4",
            Glyph::Up => "M4 10l4-4 4 4",
            Glyph::Warning => "M8 2.5L14.5 13.5h-13zM8 6.5v3.5M8 12v.1",
        }
    }
}

/// A sign beside a text that says the same: hidden from screen readers.
#[component]
pub fn Icon(glyph: Glyph) -> impl IntoView {
    view! {
        <svg class="icon" viewBox="0 0 16 16" aria-hidden="true">
            <path d=glyph.path() />
        </svg>
    }
}

/// A button that shows only a sign; `label` is its name and its tooltip.
#[component]
pub fn IconButton(
    glyph: Glyph,
    #[prop(into)] label: TextProp,
    #[prop(optional)] class: &'static str,
    on_press: impl Fn(MouseEvent) + 'static,
) -> impl IntoView {
    let title = label.clone();
    view! {
        <button
            type="button"
            class=("icon-only", true)
            class=("quiet", true)
            class=class
            aria-label=move || label.get()
            title=move || title.get()
            on:click=on_press
        >
            <Icon glyph />
        </button>
    }
}
