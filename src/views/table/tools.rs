//! The small buttons over the cell under the pointer or in focus: filter by it, copy it.

use super::cells::{cell_id, text_of};
use super::grid::Grid;
use crate::model::Field;
use crate::model::field::Kind;
use crate::query::syntax::Choice;
use crate::views::parts::{Glyph, IconButton};
use leptos::prelude::*;

/// The column's field and the cell's text, as filtered by and copied.
pub fn content(grid: Grid, index: u64, column: usize) -> Option<(Field, String)> {
    let row = grid.row(index)?;
    let field = *grid.asked.get_untracked().columns.get(column)?;
    Some((field, text_of(grid, field, column, &row)))
}

/// What a filter by this cell compares with; `None` for times, and for several values in one
/// cell: the event's drawer lists those one by one.
pub fn single_value(field: Field, text: &str) -> Option<&str> {
    let counted = !matches!(field.spec().kind, Kind::Time | Kind::Duration);
    let several = matches!(field, Field::Group | Field::SourceIp | Field::Observed) && text.contains(", ");
    (counted && !several).then_some(text)
}

pub fn choose(grid: Grid, index: u64, column: usize, choice: Choice) {
    let Some((field, text)) = content(grid, index, column) else { return };
    match single_value(field, &text) {
        Some(value) => grid.app.choose(field, value, Some(choice)),
        None => grid.said.set("This cell cannot be filtered by: open the event for its single values".to_string()),
    }
}

pub fn copy_cell(grid: Grid, index: u64, column: usize) {
    if let Some((_, text)) = content(grid, index, column) {
        grid.copy(text, "Cell");
    }
}

/// The row's cells with tabs between.
pub fn copy_row(grid: Grid, index: u64) {
    let Some(row) = grid.row(index) else { return };
    let columns = grid.asked.get_untracked().columns.clone();
    let cells = columns.iter().enumerate().map(|(column, field)| text_of(grid, *field, column, &row));
    grid.copy(cells.collect::<Vec<_>>().join("\t"), "Row");
}

#[component]
pub fn CellTools(grid: Grid) -> impl IntoView {
    let at = move || {
        let focus = grid.active.get().map(|active| (active.index, grid.column.get()));
        grid.hovered.get().or(focus).filter(|(index, _)| grid.drawn().contains(index))
    };
    // Measured, since the last column takes what is left of the width.
    let place = move || {
        let (index, column) = at()?;
        grid.arrivals.track();
        let cell = document().get_element_by_id(&cell_id(index, column))?;
        let cell: web_sys::HtmlElement = wasm_bindgen::JsCast::dyn_into(cell).ok()?;
        let right = f64::from(cell.offset_left() + cell.offset_width());
        let top = grid.extent.get().row_top_px(grid.position.get(), index);
        Some((right, top))
    };
    let filterable = move || {
        at().and_then(|(index, column)| content(grid, index, column))
            .is_some_and(|(field, text)| single_value(field, &text).is_some())
    };
    let with = move |action: fn(Grid, u64, usize)| {
        move |_| {
            if let Some((index, column)) = untrack(at) {
                action(grid, index, column);
            }
        }
    };
    view! {
        <div
            class="cell-tools"
            class:absent=move || place().is_none()
            style:left=move || [&*place().map_or(0.0, |place| place.0).to_string(), "px"].concat()
            style:top=move || [&*place().map_or(0.0, |place| place.1).to_string(), "px"].concat()
        >
            <Show when=filterable>
                <IconButton glyph=Glyph::Add label="Include this value (i)"
                    on_press=with(|grid, index, column| choose(grid, index, column, Choice::Included)) />
                <IconButton glyph=Glyph::Minus label="Exclude this value (x)"
                    on_press=with(|grid, index, column| choose(grid, index, column, Choice::Excluded)) />
            </Show>
            <IconButton glyph=Glyph::Copy label="Copy this cell (c; C for the row)" on_press=with(copy_cell) />
        </div>
    }
}
