//! One row and its cells.

use super::columns::Widths;
use super::grid::Grid;
use crate::model::Field;
use crate::model::text::{clip, visible_text};
use crate::query::answer::Row;
use crate::views::parts::number::{duration_text, thousands};
use crate::views::parts::px;
use crate::views::parts::zone::format_time;
use leptos::prelude::*;

/// A cell shows no more than fits any screen; its tooltip somewhat more.
const CELL_CHARS: usize = 300;
const TITLE_CHARS: usize = 2_000;
/// As long as every time.
const ANY_TIME: &str = "2026-03-03 09:00:43.000";

pub fn cell_id(index: u64, column: usize) -> String {
    ["cell-", &index.to_string(), "-", &column.to_string()].concat()
}

/// The row at a place: its cells, or its number until they are here.
pub fn row_view(grid: Grid, widths: Widths, index: u64, row: Option<Row>) -> AnyView {
    let columns = grid.asked.get_untracked().columns.clone();
    let top = move || grid.extent.get().row_top_px(grid.position.get(), index);
    // In an unscaled list a row's top never changes, however far the list has moved.
    let top = Memo::new(move |_| top());
    let active = move || grid.active.with(|active| active.is_some_and(|active| active.index == index));
    let Some(row) = row.filter(|row| row.cells.len() == columns.len()) else {
        return view! {
            <div
                role="row"
                class="grid-row waiting"
                class:active=active
                aria-rowindex=(index + 2).to_string()
                style:top=move || px(top.get())
            >
                <span role="gridcell" class="grid-waiting number">{thousands(index + 1)}</span>
            </div>
        }
        .into_any();
    };
    let id = row.id;
    let is_open = move || grid.app.detail.with(|detail| detail.as_ref().is_some_and(|detail| detail.id == id));
    let risk = super::risk::of(&row);
    let outcome = super::risk::outcome(row.code);
    let cells = columns.into_iter().enumerate().map(|(column, field)| cell(grid, widths, index, column, field, &row));
    view! {
        <div
            role="row"
            class=["grid-row ", risk.class, " ", outcome.class].concat()
            class:active=active
            class:open=is_open
            class:odd=index % 2 == 1
            aria-rowindex=(index + 2).to_string()
            aria-selected=move || is_open().to_string()
            style:top=move || px(top.get())
        >
            <span role="gridcell" class="grid-mark" aria-colindex="1" aria-label=risk.label title=risk.label>
                {risk.sign}
            </span>
            {cells.collect_view()}
            {move || active().then(|| focus_mark(grid))}
        </div>
    }
    .into_any()
}

/// Drawn over the cell in focus: one cell in a table has it, so none carries a signal for it.
fn focus_mark(grid: Grid) -> impl IntoView {
    let place = move || {
        let line = grid.column.get() + 2;
        [&*line.to_string(), " / ", &(line + 1).to_string()].concat()
    };
    view! { <span class="grid-focus" aria-hidden="true" style:grid-column=place></span> }
}

fn cell(grid: Grid, widths: Widths, index: u64, column: usize, field: Field, row: &Row) -> impl IntoView + use<> {
    let (text, title) = match field {
        // Follows the zone.
        Field::Time => (String::new(), String::new()),
        _ => {
            let text = text_of(grid, field, column, row);
            let visible = visible_text(&text);
            (ellipsis(&visible, CELL_CHARS), ellipsis(&visible, TITLE_CHARS))
        }
    };
    let (received, code) = (row.received, row.code);
    // A clip costs the browser a layer in every frame, so only those cells have one that need it.
    let measured = if field == Field::Time { ANY_TIME.to_string() } else { text.clone() };
    let cut = move || !widths.hold(field, &measured);
    let inside = match field {
        Field::Time => {
            let shown = move || received.map(|at| grid.app.parts.zone.with(|zone| format_time(at, zone)));
            view! { <span>{move || shown().unwrap_or_else(|| "no time".to_string())}</span> }.into_any()
        }
        Field::Verb => {
            let class = ["badge ", super::risk::of(row).class].concat();
            view! { <span class=class>{text}</span> }.into_any()
        }
        Field::Code | Field::CodeClass => {
            view! { <span class=super::risk::outcome(code).text>{text}</span> }.into_any()
        }
        _ => view! { <span>{text}</span> }.into_any(),
    };
    view! {
        <span
            role="gridcell"
            class="grid-cell foreign"
            class:cut=cut
            class:number=matches!(field, Field::Code | Field::Latency)
            id=cell_id(index, column)
            aria-colindex=(column + 2).to_string()
            title=title
        >
            {inside}
        </span>
    }
}

fn ellipsis(text: &str, chars: usize) -> String {
    match clip(text, chars) {
        (whole, true) => whole.to_string(),
        (start, false) => [start, "…"].concat(),
    }
}

/// A cell's text as copied: times in the zone on show.
pub fn text_of(grid: Grid, field: Field, column: usize, row: &Row) -> String {
    match field {
        Field::Time => {
            let zone = grid.app.view.with_untracked(|view| view.zone.clone());
            row.received.map(|at| format_time(at, &zone)).unwrap_or_default()
        }
        Field::Latency => {
            let micros = row.latency_micros.and_then(|micros| i64::try_from(micros).ok());
            micros.map(duration_text).unwrap_or_default()
        }
        _ => row.cells.get(column).map(|values| values.join(", ")).unwrap_or_default(),
    }
}
