//! The columns: widths kept in this browser, the header with sorting, resizing and dragging.

use super::grid::Grid;
use crate::model::Field;
use crate::model::field::Kind;
use crate::query::question::Sort;
use crate::state::app::App;
use crate::views::parts::kept::{keep, kept};
use crate::views::parts::px;
use leptos::ev::{KeyboardEvent, PointerEvent};
use leptos::prelude::*;
use std::collections::BTreeMap;
use wasm_bindgen::JsCast;
use web_sys::Element;

const STORAGE_KEY: &str = "auditscope-column-widths";
const NARROWEST_PX: f64 = 48.0;
const WIDEST_PX: f64 = 1_200.0;
const KEY_STEP_PX: f64 = 16.0;
/// A press that moves less than this is a click.
const LEAST_DRAG_PX: f64 = 6.0;
/// The column of the row's sign.
pub const MARK_PX: f64 = 22.0;

/// Of a cell's paddings.
const INSET_PX: f64 = 24.0;
/// Of a badge's.
const BADGE_PX: f64 = 12.0;

#[derive(Clone, Copy)]
pub struct Widths {
    chosen_px: RwSignal<BTreeMap<Field, f64>>,
    /// Of a cell's font, all of whose ASCII letters are as wide; none until it is known.
    letter_px: RwSignal<Option<f64>>,
}

impl Widths {
    /// As stored: `verb:90,user:200`; what does not read is left out.
    pub fn load() -> Widths {
        let stored = kept(STORAGE_KEY).unwrap_or_default();
        let width = |entry: &str| {
            let (key, px) = entry.split_once(':')?;
            let px = px.parse::<f64>().ok().filter(|px| px.is_finite())?;
            Some((Field::from_key(key)?, px.clamp(NARROWEST_PX, WIDEST_PX)))
        };
        Widths {
            chosen_px: RwSignal::new(stored.split(',').filter_map(width).collect()),
            letter_px: RwSignal::new(None),
        }
    }

    pub fn of(self, field: Field) -> f64 {
        self.chosen_px.with(|widths| widths.get(&field).copied()).unwrap_or_else(|| usual_px(field))
    }

    pub fn set_letter(self, px: f64) {
        let px = Some(px).filter(|px| *px > 0.0);
        if self.letter_px.get_untracked() != px {
            self.letter_px.set(px);
        }
    }

    /// Whether the text surely fits its column.
    pub fn hold(self, field: Field, text: &str) -> bool {
        let letter_px = self.letter_px.get().filter(|_| text.is_ascii());
        let inset_px = INSET_PX + if field == Field::Verb { BADGE_PX } else { 0.0 };
        letter_px.is_some_and(|px| text.len() as f64 * px + inset_px <= self.of(field))
    }

    fn set(self, field: Field, px: f64) {
        self.chosen_px.update(|widths| {
            widths.insert(field, px.round().clamp(NARROWEST_PX, WIDEST_PX));
        });
    }

    fn keep(self) {
        let each = |(field, px): (&Field, &f64)| [field.key(), ":", &px.to_string()].concat();
        let text = self.chosen_px.with_untracked(|widths| widths.iter().map(each).collect::<Vec<_>>().join(","));
        keep(STORAGE_KEY, &text);
    }

    fn reset(self, field: Field) {
        self.chosen_px.update(|widths| {
            widths.remove(&field);
        });
        self.keep();
    }

    /// The grid's column tracks; the last column takes what is left.
    pub fn tracks(self, columns: &[Field]) -> String {
        let mut text = px(MARK_PX);
        for (index, field) in columns.iter().enumerate() {
            let px = self.of(*field).to_string();
            let last = index + 1 == columns.len();
            text += &if last { [" minmax(", &px, "px, 1fr)"].concat() } else { [" ", &px, "px"].concat() };
        }
        text
    }

    pub fn total_px(self, columns: &[Field]) -> f64 {
        MARK_PX + columns.iter().map(|field| self.of(*field)).sum::<f64>()
    }
}

fn usual_px(field: Field) -> f64 {
    match field {
        Field::Time => 196.0,
        Field::Verb | Field::Level | Field::Decision | Field::UserKind => 96.0,
        Field::Code | Field::CodeClass | Field::DryRun | Field::Truncated | Field::Latency => 88.0,
        Field::User | Field::Name | Field::Impersonated | Field::Group | Field::Reason => 224.0,
        Field::UserAgent | Field::Path => 320.0,
        _ => 128.0,
    }
}

/// The header: names that sort when pressed, can be dragged to another place, and edges that resize.
#[component]
pub fn Head(grid: Grid, widths: Widths) -> impl IntoView {
    // Where a dragged column would land: before the column of this place.
    let landing = RwSignal::new(None::<usize>);
    view! {
        <div role="rowgroup" class="grid-head">
            <div role="row" class="grid-row" aria-rowindex="1">
                <span role="columnheader" aria-colindex="1"><span class="visually-hidden">"Risk"</span></span>
                {move || {
                    let columns = grid.asked.get().columns.clone();
                    let count = columns.len();
                    let each = |(place, field)| head_cell(grid, widths, landing, place, count, field);
                    columns.into_iter().enumerate().map(each).collect_view()
                }}
            </div>
        </div>
    }
}

fn head_cell(
    grid: Grid,
    widths: Widths,
    landing: RwSignal<Option<usize>>,
    place: usize,
    count: usize,
    field: Field,
) -> impl IntoView {
    let app = grid.app;
    let sorted = move || Some(app.parts.sort.get()).filter(|sort| sort.field == field).map(|sort| sort.descending);
    let aria_sort = move || match sorted() {
        Some(true) => "descending",
        Some(false) => "ascending",
        None => "none",
    };
    let arrow = move || match sorted() {
        Some(true) => " ↓",
        Some(false) => " ↑",
        None => "",
    };
    let drag = Drag { app, place, landing, from: StoredValue::new(None) };
    view! {
        <span
            role="columnheader"
            class="grid-head-cell"
            class:landing=move || landing.get() == Some(place)
            class:landing-after=move || place + 1 == count && landing.get() == Some(count)
            aria-colindex=(place + 2).to_string()
            aria-sort=aria_sort
            on:pointerdown=move |event| drag.down(&event)
            on:pointermove=move |event| drag.moved(&event)
            on:pointerup=move |_| drag.up()
            on:pointercancel=move |_| drag.cancel()
        >
            <button
                type="button"
                class="quiet small"
                title=[field.spec().help, ". Press to sort, drag to move."].concat()
                on:click=move |_| sort_by(app, field)
            >
                {short_label(field)}
                <span aria-hidden="true">{arrow}</span>
            </button>
            <Edge widths field />
        </span>
    }
}

/// The label, short where the column is narrow.
fn short_label(field: Field) -> &'static str {
    match field {
        Field::Code => "Code",
        Field::Impersonated => "Acting as",
        _ => field.label(),
    }
}

fn sort_by(app: App, field: Field) {
    app.view.update(|view| {
        // Latest, slowest and worst first; names from A.
        let first = matches!(field.spec().kind, Kind::Time | Kind::Duration | Kind::Number);
        let descending = if view.sort.field == field { !view.sort.descending } else { first };
        view.sort = Sort { field, descending };
    });
}

/// Dragging a column to another place.
#[derive(Clone, Copy)]
struct Drag {
    app: App,
    place: usize,
    landing: RwSignal<Option<usize>>,
    from: StoredValue<Option<f64>>,
}

impl Drag {
    fn down(self, event: &PointerEvent) {
        if event.button() == 0 {
            self.from.set_value(Some(f64::from(event.client_x())));
        }
    }

    fn moved(self, event: &PointerEvent) {
        let Some(from) = self.from.get_value() else { return };
        if event.buttons() & 1 == 0 {
            // It was let go elsewhere.
            return self.cancel();
        }
        let x = f64::from(event.client_x());
        if self.landing.get_untracked().is_none() && (x - from).abs() < LEAST_DRAG_PX {
            return;
        }
        let Some(cell) = event.current_target().and_then(|target| target.dyn_into::<Element>().ok()) else { return };
        let _ = cell.set_pointer_capture(event.pointer_id());
        self.landing.set(cell.parent_element().map(|row| landing_place(&row, x)));
    }

    fn up(self) {
        self.from.set_value(None);
        if let Some(to) = self.landing.get_untracked() {
            self.landing.set(None);
            move_column(self.app, self.place, to);
        }
    }

    fn cancel(self) {
        self.from.set_value(None);
        self.landing.set(None);
    }
}

/// The place of the column that the pointer stands before.
fn landing_place(row: &Element, x: f64) -> usize {
    let cells = row.children();
    // The first child is the sign's column.
    let middle = |index: u32| {
        let rect = cells.item(index).map(|cell| cell.get_bounding_client_rect());
        rect.map_or(f64::MAX, |rect| rect.left() + rect.width() / 2.0)
    };
    (1..cells.length()).find(|&index| x < middle(index)).unwrap_or(cells.length()) as usize - 1
}

/// Moves the column at `from` before the one now at `to`.
pub fn move_column(app: App, from: usize, to: usize) {
    let to = if to > from { to - 1 } else { to };
    app.view.try_update(|view| {
        if from != to && from < view.columns.len() && to < view.columns.len() {
            let column = view.columns.remove(from);
            view.columns.insert(to, column);
        }
    });
}

/// A column's right edge: dragged, or moved with the arrow keys; double-click for the usual width.
#[component]
fn Edge(widths: Widths, field: Field) -> impl IntoView {
    let drag = StoredValue::new(None::<(f64, f64)>);
    let down = move |event: PointerEvent| {
        event.stop_propagation();
        drag.set_value(Some((f64::from(event.client_x()), untrack(|| widths.of(field)))));
        if let Some(edge) = event.current_target().and_then(|target| target.dyn_into::<Element>().ok()) {
            let _ = edge.set_pointer_capture(event.pointer_id());
        }
    };
    let moved = move |event: PointerEvent| {
        if let Some((from, px)) = drag.get_value() {
            event.stop_propagation();
            widths.set(field, px + f64::from(event.client_x()) - from);
        }
    };
    let done = move |_: PointerEvent| {
        if drag.get_value().is_some() {
            drag.set_value(None);
            widths.keep();
        }
    };
    let key = move |event: KeyboardEvent| {
        let now = untrack(|| widths.of(field));
        match event.key().as_str() {
            "ArrowRight" => widths.set(field, now + KEY_STEP_PX),
            "ArrowLeft" => widths.set(field, now - KEY_STEP_PX),
            "Home" | "Enter" => widths.reset(field),
            _ => return,
        }
        widths.keep();
        event.prevent_default();
        event.stop_propagation();
    };
    view! {
        <span
            class="grid-edge"
            role="separator"
            tabindex="0"
            aria-orientation="vertical"
            aria-label=["Width of ", field.label()].concat()
            aria-valuemin=NARROWEST_PX.to_string()
            aria-valuemax=WIDEST_PX.to_string()
            aria-valuenow=move || widths.of(field).to_string()
            title="Drag, or use the arrow keys; double-click or Enter for the usual width"
            on:pointerdown=down
            on:pointermove=moved
            on:pointerup=done
            on:pointercancel=done
            on:dblclick=move |_| widths.reset(field)
            on:keydown=key
        ></span>
    }
}
