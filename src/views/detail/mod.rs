//! The open event. Fills its panel; the shell mounts it while `view.event` is set.

mod facts;
pub(super) mod pick;
mod questions;
mod said;
mod steps;
mod tree;
mod words;

use super::keys::{self, Action};
use super::notices::FaultText;
use super::parts::number::{line_text, thousands};
use super::parts::{Glyph, IconButton};
use super::table::GRID_ID;
use crate::model::Field;
use crate::model::json_tree;
use crate::model::text::clip;
use crate::query::answer::{Detail, StartRecord};
use crate::state::app::App;
use crate::worker::progress::LoadStatus;
use leptos::html::Div;
use leptos::prelude::*;
use said::Said;
use std::sync::Arc;
use steps::Steps;
use wasm_bindgen::JsCast;
use words::{Outline, shown};

/// As in `style/shell.css`.
const COVERS_PAGE: &str = "(max-width: 820px)";

#[component]
pub fn Drawer() -> impl IntoView {
    let app = App::get();
    let said = Said::new();
    let steps = Steps::new(app, said);
    let frame = NodeRef::<Div>::new();
    let close = move || {
        let had_focus =
            frame.get_untracked().is_some_and(|frame| frame.contains(document().active_element().as_deref()));
        app.close_event();
        if had_focus {
            focus_table();
        }
        true
    };
    // The table leaves these to the drawer while an event is open.
    keys::on(Action::RowNext, move || steps.go(1));
    keys::on(Action::RowPrevious, move || steps.go(-1));
    keys::on(Action::Back, close);
    // Where it covers the page the focus must not stay behind it.
    Effect::new(move |_| {
        let covers = window().match_media(COVERS_PAGE).ok().flatten().is_some_and(|query| query.matches());
        if let (true, Some(frame)) = (covers, frame.get()) {
            let _ = frame.focus();
        }
    });
    let title = move || app.detail.with(|detail| detail.as_deref().map(title));
    let absent = move || match (app.is_absent.get(), app.load.with(LoadStatus::is_loading)) {
        (false, _) => "Reading the event from its source.",
        (true, true) => "This event is not among those read so far.",
        (true, false) => "This event is in no source that is open. Open the file that it is from.",
    };
    let body = move || match (app.detail.get(), app.detail_fault.get()) {
        (_, Some(fault)) => view! { <div class="drawer-fault" role="alert"><FaultText fault /></div> }.into_any(),
        (Some(detail), None) => view! { <Event detail said /> }.into_any(),
        (None, None) => view! { <p class="note drawer-section">{absent}</p> }.into_any(),
    };
    view! {
        <div class="drawer" tabindex="-1" node_ref=frame>
            <header class="drawer-head">
                <IconButton glyph=Glyph::Up label="Previous event (k)" on_press=move |_| { steps.go(-1); } />
                <IconButton glyph=Glyph::Down label="Next event (j)" on_press=move |_| { steps.go(1); } />
                <h2 class="foreign">{move || title().unwrap_or_else(|| "Event".to_string())}</h2>
                <IconButton glyph=Glyph::Close label="Close the event (Esc)" on_press=move |_| { close(); } />
            </header>
            <p class="drawer-said" role="status">{said.0}</p>
            <div class="drawer-body">{body}</div>
        </div>
    }
}

/// Where the reader was before the event was opened.
fn focus_table() {
    if let Some(grid) = document().get_element_by_id(GRID_ID) {
        let _ = grid.unchecked_into::<web_sys::HtmlElement>().focus();
    }
}

/// `delete secrets prod/db-password`.
fn title(detail: &Detail) -> String {
    let place = [detail.value(Field::Namespace), detail.value(Field::Name)];
    let place: Vec<&str> = place.into_iter().filter(|part| !part.is_empty()).collect();
    let mut resource = detail.value(Field::Resource).to_string();
    if !detail.value(Field::Subresource).is_empty() {
        resource = [&resource, "/", detail.value(Field::Subresource)].concat();
    }
    if resource.is_empty() {
        resource = detail.value(Field::Path).to_string();
    }
    let parts = [detail.value(Field::Verb).to_string(), resource, place.join("/")];
    let words: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    shown(clip(&words.join(" "), 200).0)
}

#[component]
fn Event(detail: Arc<Detail>, said: Said) -> impl IntoView {
    let outline = Arc::new(Outline::of(&detail.event_json));
    view! {
        <facts::Sentence detail=detail.clone() outline=outline.clone() said />
        <facts::Missing detail=detail.clone() />
        <questions::Questions detail=detail.clone() outline=outline.clone() />
        <facts::Authorization detail=detail.clone() />
        <facts::Annotations outline=outline.clone() />
        <Raw detail outline said />
    }
}

/// What is shown raw: the event, or the record that it was converted from.
fn raw_text(detail: &Detail) -> &str {
    if detail.event_json.is_empty() { &detail.record } else { &detail.event_json }
}

#[component]
fn Raw(detail: Arc<Detail>, outline: Arc<Outline>, said: Said) -> impl IntoView {
    let is_wrapped = detail.record != raw_text(&detail);
    let text = Arc::new(raw_text(&detail).to_string());
    let root = if detail.event_json.is_empty() { words::root_of(&text) } else { outline.root.clone() };
    let start = detail.start.clone();
    let place = start
        .is_some()
        .then(|| record_place(&detail.source, questions::known_line(detail.line, |late| late.0), detail.offset));
    let detail = StoredValue::new(detail);
    let copy = move |what: &'static str, of: fn(&Detail) -> String| {
        move |_| said.copy(detail.with_value(|detail| of(detail)), what)
    };
    view! {
        <section class="drawer-section" aria-labelledby="raw-event">
            <h3 id="raw-event">"Raw event"</h3>
            {place}
            <div class="drawer-buttons">
                <button type="button" class="small" on:click=copy("JSON", |detail| json_tree::pretty(raw_text(detail)))>
                    "Copy JSON"
                </button>
                <button type="button" class="small" on:click=copy("Line", |detail| json_tree::one_line(raw_text(detail)))>
                    "Copy as one line"
                </button>
                {is_wrapped.then(|| view! {
                    <button type="button" class="small" on:click=copy("Record", |detail| detail.record.clone())>
                        "Copy the original record"
                    </button>
                })}
            </div>
            <tree::JsonTree text outline=root said name="json" what="this event" />
        </section>
        {start.map(|start| view! { <RawStart start said /> })}
    }
}

/// The other record of an operation that has two.
#[component]
fn RawStart(start: StartRecord, said: Said) -> impl IntoView {
    let place = record_place(&start.source, questions::known_line(start.line, |late| late.1), start.offset);
    let text = Arc::new(start.record);
    let (root, copied) = (words::root_of(&text), text.clone());
    view! {
        <section class="drawer-section" aria-labelledby="raw-start">
            <h3 id="raw-start">"Raw record of its start"</h3>
            {place}
            <div class="drawer-buttons">
                <button type="button" class="small" on:click=move |_| said.copy(json_tree::one_line(&copied), "Line")>
                    "Copy as one line"
                </button>
            </div>
            <tree::JsonTree text outline=root said name="start" what="the record of its start" />
        </section>
    }
}

/// Where a record stands.
fn record_place(source: &str, line: impl Fn() -> u64 + Send + 'static, offset: u64) -> AnyView {
    let (source, byte) = (shown(&[source, ", "].concat()), [", byte ", &thousands(offset)].concat());
    view! { <p class="note foreign">{source} {move || line_text(line())} {byte}</p> }.into_any()
}
