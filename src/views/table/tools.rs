//! The small buttons at the cell under the pointer or in focus, and the menu of all its values.

use super::cells::{cell_id, text_of};
use super::grid::Grid;
use crate::model::Field;
use crate::model::field::Kind;
use crate::query::csv_export::line_of;
use crate::query::syntax::Choice;
use crate::views::detail::pick::{self, Target};
use crate::views::parts::{Glyph, Icon, IconButton, Popover, px};
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

/// Of a cell, left and right of its text.
const PADDING_PX: f64 = 8.0;
const TOOLS: f64 = 3.0;
/// As wide as the menu gets, and below which part of the window it opens upwards.
const MENU_PX: f64 = 480.0;
const MENU_HEIGHT: f64 = 0.55;

/// A cell's field, its text as copied, and the values that can be filtered by: none of times and durations.
#[derive(Debug, Clone, PartialEq)]
pub struct Content {
    field: Field,
    text: String,
    values: Vec<String>,
}

fn content(grid: Grid, index: u64, column: usize) -> Option<Content> {
    let row = grid.row(index)?;
    let field = *grid.asked.get_untracked().columns.get(column)?;
    let text = text_of(grid, field, column, &row);
    let is_counted = !matches!(field.spec().kind, Kind::Time | Kind::Duration);
    let values = row.cells.into_iter().nth(column).filter(|_| is_counted).unwrap_or_default();
    Some(Content { field, text, values })
}

/// Filters by the cell's value; of several the reader picks one in the menu.
pub fn choose(grid: Grid, index: u64, column: usize, choice: Choice) {
    let Some(content) = content(grid, index, column) else { return };
    match content.values.as_slice() {
        [value] => grid.app.choose(content.field, value, Some(choice)),
        [] => grid.said.set("This cell cannot be filtered by: use the timeline or the search bar".to_string()),
        _ => open_menu(grid, index, column),
    }
}

pub fn open_menu(grid: Grid, index: u64, column: usize) {
    grid.menu_at.set(Some((index, column)));
    grid.menu.set(true);
}

pub fn copy_cell(grid: Grid, index: u64, column: usize) {
    if let Some(content) = content(grid, index, column) {
        grid.copy(content.text, "Cell");
    }
}

/// The row's cells with tabs between.
pub fn copy_row(grid: Grid, index: u64) {
    let Some(row) = grid.row(index) else { return };
    let columns = grid.asked.get_untracked().columns.clone();
    let cells = columns.iter().enumerate().map(|(column, field)| text_of(grid, *field, column, &row));
    grid.copy(line_of(&cells.collect::<Vec<_>>()), "Row");
}

/// Where the tools stand: their right edge and their top.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Place {
    right_px: f64,
    top_px: f64,
    /// The cell's text leaves room for all of them; else there is the menu's button alone, on the cell's edge.
    is_roomy: bool,
}

/// Measured, since the last column takes what is left of the width.
fn place(grid: Grid, (index, column): (u64, usize)) -> Option<Place> {
    let cell = document().get_element_by_id(&cell_id(index, column))?.dyn_into::<HtmlElement>().ok()?;
    let text = cell.first_element_child()?.get_bounding_client_rect();
    let free_px = cell.get_bounding_client_rect().right() - text.right();
    let extent = grid.extent.get();
    let is_roomy = free_px > TOOLS * extent.row_px;
    let is_last = cell.next_element_sibling().is_none();
    let right_px = f64::from(cell.offset_left() + cell.offset_width());
    Some(Place {
        // On the edge it covers the two cells' paddings and so no text; beyond the last one there is nothing to stand on.
        right_px: if is_roomy || is_last { right_px } else { right_px + PADDING_PX },
        top_px: extent.row_top_px(grid.position.get(), index),
        is_roomy,
    })
}

/// Where the menu of a cell opens, as CSS's `inset`: on the side of the cell where there is room.
fn menu_inset((index, column): (u64, usize)) -> Option<String> {
    let cell = document().get_element_by_id(&cell_id(index, column))?.get_bounding_client_rect();
    let number = |value: Result<wasm_bindgen::JsValue, _>| value.ok().and_then(|value| value.as_f64());
    let (width, height) = (number(window().inner_width())?, number(window().inner_height())?);
    let px = |size: f64| px(size.max(0.0));
    let auto = || "auto".to_string();
    let is_low = cell.bottom() > height * MENU_HEIGHT;
    let is_right = cell.left() + MENU_PX > width;
    let (top, bottom) = if is_low { (auto(), px(height - cell.top())) } else { (px(cell.bottom()), auto()) };
    let (left, right) = if is_right { (auto(), px(width - cell.right())) } else { (px(cell.left()), auto()) };
    Some([top, right, bottom, left].join(" "))
}

#[component]
pub fn CellTools(grid: Grid) -> impl IntoView {
    let at = move || {
        let focus = grid.active.get().map(|active| (active.index, grid.column.get()));
        let at = grid.menu_at.get().or(grid.hovered.get()).or(focus);
        at.filter(|(index, _)| grid.drawn().contains(index))
    };
    // What the menu shows stays what it was opened on, though rows come and go under it.
    let shown = RwSignal::new(None::<(u64, Content)>);
    let inset = RwSignal::new(String::new());
    Effect::new(move |_| {
        let cell = if grid.menu.get() { untrack(at) } else { None };
        grid.menu_at.set(cell);
        inset.set(cell.and_then(menu_inset).unwrap_or_default());
        shown.set(cell.and_then(|(index, column)| Some((index, content(grid, index, column)?))));
    });
    let place = Memo::new(move |_| {
        grid.arrivals.track();
        place(grid, at()?)
    });
    let single = Memo::new(move |_| {
        grid.arrivals.track();
        let content = at().and_then(|(index, column)| content(grid, index, column));
        content.is_some_and(|content| content.values.len() == 1)
    });
    let direct = move || single.get() && place.get().is_some_and(|place| place.is_roomy);
    let with = move |choice: Choice| {
        move |_| {
            if let Some((index, column)) = untrack(at) {
                choose(grid, index, column, choice);
            }
        }
    };
    view! {
        <div
            class="cell-tools"
            class:absent=move || place.get().is_none()
            class:on-edge=move || place.get().is_some_and(|place| !place.is_roomy)
            class:open=grid.menu
            style=("--menu-inset", move || inset.get())
            style:left=move || px(place.get().map_or(0.0, |place| place.right_px))
            style:top=move || px(place.get().map_or(0.0, |place| place.top_px))
        >
            <Show when=direct>
                <IconButton glyph=Glyph::Add label="Include this value (i)" on_press=with(Choice::Included) />
                <IconButton glyph=Glyph::Minus label="Exclude this value (x)" on_press=with(Choice::Excluded) />
            </Show>
            <Popover open=grid.menu label="Filter by and copy this cell (m)" button=|| view! { <Icon glyph=Glyph::Menu /> } class="cell-menu">
                {move || shown.get().map(|(index, content)| menu(grid, index, content))}
            </Popover>
        </div>
    }
}

/// Every value with its ways to filter, and the cell and its row to copy.
fn menu(grid: Grid, index: u64, content: Content) -> impl IntoView + use<> {
    let Content { field, text, values } = content;
    let done = move || {
        grid.menu.set(false);
        grid.focus();
    };
    let each = |value: String| {
        let words = if value.is_empty() { "(none)".to_string() } else { pick::shown(&value) };
        view! {
            <li>
                <span class="foreign mono">{words}</span>
                {pick::buttons(grid.app, Target::Value(field, value))}
            </li>
        }
    };
    let copy_text = move |_| {
        grid.copy(text.clone(), "Cell");
        done();
    };
    let copy_row = move |_| {
        copy_row(grid, index);
        done();
    };
    // A press between the buttons picks nothing.
    let picked = move |event: leptos::ev::MouseEvent| {
        let target = event.target().and_then(|target| target.dyn_into::<web_sys::Element>().ok());
        if target.is_some_and(|target| target.closest("button").ok().flatten().is_some()) {
            done();
        }
    };
    view! {
        <h2>{field.label()}</h2>
        <ul class="cell-values" on:click=picked>{values.into_iter().map(each).collect_view()}</ul>
        <div class="cell-copies">
            <button type="button" class="small" on:click=copy_text>"Copy the cell"</button>
            <button type="button" class="small" on:click=copy_row>"Copy the row"</button>
        </div>
    }
}
