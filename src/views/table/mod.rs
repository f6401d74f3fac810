//! The Events tab: every matching event as a row. Fills its panel and scrolls inside itself.

mod cells;
mod chooser;
mod columns;
pub mod export;
mod grid;
mod risk;
mod rows;
mod tools;

use super::keys::{self, Action};
use super::parts::px;
use super::timeline::observe;
use crate::query::answer::Row;
use crate::query::syntax::Choice;
use crate::state::app::App;
use crate::state::view::Tab;
use columns::Widths;
use grid::Grid;
use leptos::ev;
use leptos::html::Span;
use leptos::prelude::*;
use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use wasm_bindgen::JsCast;

/// The grid's id: where the focus returns to when the drawer closes.
pub const GRID_ID: &str = "events-grid";

#[component]
pub fn Table() -> impl IntoView {
    let app = App::get();
    let grid = Grid::new(app);
    let widths = Widths::load();
    let letters = NodeRef::<Span>::new();
    measure(grid, widths, letters);
    Effect::new(move |_| {
        app.answer_number.track();
        grid.take_answer();
    });
    Effect::new(move |_| {
        grid.arrivals.track();
        grid.fetch(grid.drawn());
    });
    Effect::new(move |_| {
        if let Some(id) = app.detail.with(|detail| detail.as_ref().map(|detail| detail.id)) {
            grid.follow(id);
        }
    });
    answer_keys(grid);
    let nothing = move || {
        let is_failed = app.is_live.get() && app.query_fault.with(Option::is_some);
        grid.extent.with(|extent| extent.rows == 0) && app.answer_number.get() > 0 && !is_failed
    };
    view! {
        <div class="table" aria-busy=move || app.awaited.with(|awaited| awaited.rows).to_string()>
            <div class="table-bar">
                <span class="note" role="status">{grid.said}</span>
                <span class="table-end" id="table-end" role="status">{move || grid.end_words()}</span>
                <span class="table-bar-end">
                    <export::Download grid />
                    <chooser::Chooser grid />
                </span>
            </div>
            <span class="ten-letters" aria-hidden="true" node_ref=letters></span>
            <div
                class="table-scroll"
                node_ref=grid.scroller
                on:scroll=move |_| grid.scrolled()
                on:scrollend=move |_| grid.settled()
                on:pointerleave=move |_| grid.hovered.set(None)
            >
                <Rows grid widths />
                <Show when=nothing>
                    <Nothing app />
                </Show>
            </div>
        </div>
    }
}

/// Keeps row height, viewport and letters in step with the page.
fn measure(grid: Grid, widths: Widths, letters: NodeRef<Span>) {
    Effect::new(move |_| {
        let Some(scroller) = grid.scroller.get() else { return };
        let measured = scroller.clone();
        observe::on_resize(&scroller, move || {
            if let Some(letters) = letters.try_get_untracked().flatten() {
                widths.set_letter(letters.get_bounding_client_rect().width() / 10.0);
            }
            let style = window().get_computed_style(&measured).ok().flatten();
            let row = style.and_then(|style| style.get_property_value("--row").ok()).unwrap_or_default();
            let row_px = row.trim().trim_end_matches("px").parse().unwrap_or(24.0);
            // The header sticks to the top and covers one row.
            let viewport_px = (f64::from(measured.client_height()) - row_px).max(row_px);
            if grid.extent.with_untracked(|extent| (extent.row_px, extent.viewport_px) != (row_px, viewport_px)) {
                grid.extent.update(|extent| (extent.row_px, extent.viewport_px) = (row_px, viewport_px));
            }
        });
    });
}

/// A row's place, what it shows (told from its hash), and in which columns.
type RowKey = (u64, Option<u64>, usize);

#[component]
fn Rows(grid: Grid, widths: Widths) -> impl IntoView {
    let drawn = Memo::new(move |_| grid.drawn());
    let built: StoredValue<HashMap<u64, RowKey>> = StoredValue::default();
    let keyed = move || {
        grid.arrivals.track();
        let asked = grid.asked.get();
        let columns = std::sync::Arc::as_ptr(&asked) as usize;
        let fresh = drawn.get().map(move |index| (index, grid.row(index).map(|row| content(&row)), columns));
        let due = grid.due.get();
        // Those whose turn has not come stay as they are.
        let rows = fresh.enumerate().filter_map(|(place, key)| {
            if place < due { Some(key) } else { built.with_value(|built| built.get(&key.0).copied()) }
        });
        let rows: Vec<RowKey> = rows.collect();
        built.set_value(rows.iter().map(|&key| (key.0, key)).collect());
        rows
    };
    let focused_cell = move || {
        let active = grid.active.get().filter(|active| drawn.get().contains(&active.index))?;
        Some(cells::cell_id(active.index, grid.column.get()))
    };
    view! {
        <div
            id=GRID_ID
            class="grid"
            role="grid"
            tabindex="0"
            aria-label="Events"
            aria-rowcount=move || (grid.extent.get().rows + 1).to_string()
            aria-colcount=move || (grid.asked.get().columns.len() + 1).to_string()
            aria-activedescendant=focused_cell
            style=("--tracks", move || widths.tracks(&grid.asked.get().columns))
            style:min-width=move || px(widths.total_px(&grid.asked.get().columns))
            on:keydown=move |event| grid_key(grid, &event)
        >
            <columns::Head grid widths />
            <div
                role="rowgroup"
                class="grid-body"
                style:height=move || px(grid.extent.get().bar_height_px())
                on:click=move |event| {
                    if let Some((index, column)) = cell_of(&event) {
                        grid.column.set(column);
                        grid.open(index);
                    }
                }
                on:pointerover=move |event| {
                    if let Some(cell) = cell_of(&event) {
                        grid.hovered.set(Some(cell));
                    }
                }
            >
                <For each=keyed key=|key| *key children=move |(index, ..)| cells::row_view(grid, widths, index, grid.row(index)) />
            </div>
        </div>
        <tools::CellTools grid />
    }
}

/// Equal for rows that look the same: an event can change while it keeps its place, as a long operation's start arrives.
fn content(row: &Row) -> u64 {
    let mut hasher = DefaultHasher::new();
    row.hash(&mut hasher);
    hasher.finish()
}

/// The place of the cell that an event happened in, from its id.
fn cell_of(event: &web_sys::Event) -> Option<(u64, usize)> {
    let target = event.target()?.dyn_into::<web_sys::Element>().ok()?;
    let id = target.closest(".grid-cell").ok()??.id();
    let (index, column) = id.strip_prefix("cell-")?.split_once('-')?;
    Some((index.parse().ok()?, column.parse().ok()?))
}

/// Keys that only mean something while the grid has the focus.
fn grid_key(grid: Grid, event: &ev::KeyboardEvent) {
    let on_grid = event.target().and_then(|target| target.dyn_into::<web_sys::Element>().ok());
    if on_grid.is_none_or(|element| element.id() != GRID_ID) || event.ctrl_key() || event.alt_key() || event.meta_key()
    {
        return;
    }
    let extent = grid.extent.get_untracked();
    let page = extent.page_rows() as i64;
    let columns = grid.asked.with_untracked(|asked| asked.columns.len());
    let on_cell = |action: &dyn Fn(u64, usize)| {
        if let Some(active) = grid.active.get_untracked() {
            action(active.index, grid.column.get_untracked());
        }
    };
    match event.key().as_str() {
        "ArrowDown" => grid.step(1),
        "ArrowUp" => grid.step(-1),
        "PageDown" => grid.step(page),
        "PageUp" => grid.step(-page),
        "Home" => grid.activate(0),
        "End" => grid.activate(extent.rows.saturating_sub(1)),
        "ArrowRight" => go_to_column(grid, (grid.column.get_untracked() + 1).min(columns.saturating_sub(1))),
        "ArrowLeft" => go_to_column(grid, grid.column.get_untracked().saturating_sub(1)),
        "c" => on_cell(&|index, column| tools::copy_cell(grid, index, column)),
        "C" => on_cell(&|index, _| tools::copy_row(grid, index)),
        "i" => on_cell(&|index, column| tools::choose(grid, index, column, Choice::Included)),
        "x" => on_cell(&|index, column| tools::choose(grid, index, column, Choice::Excluded)),
        "m" | "ContextMenu" => on_cell(&|index, column| tools::open_menu(grid, index, column)),
        _ => return,
    }
    event.prevent_default();
    event.stop_propagation();
}

/// Moves the focus along its row; a cell that is out of sight comes into it.
fn go_to_column(grid: Grid, column: usize) {
    grid.column.set(column);
    let cell = grid
        .active
        .get_untracked()
        .and_then(|active| document().get_element_by_id(&cells::cell_id(active.index, column)));
    if let Some(cell) = cell {
        let nearest = web_sys::ScrollIntoViewOptions::new();
        nearest.set_block(web_sys::ScrollLogicalPosition::Nearest);
        nearest.set_inline(web_sys::ScrollLogicalPosition::Nearest);
        cell.scroll_into_view_with_scroll_into_view_options(&nearest);
    }
}

/// The page's own keys, wherever the focus is.
fn answer_keys(grid: Grid) {
    let app = App::get();
    // While an event is open its drawer goes from one to the next.
    let step = move |by: i64| {
        let is_free = !app.parts.has_event.get_untracked();
        if is_free {
            grid.step(by);
            grid.focus();
        }
        is_free
    };
    keys::on(Action::RowNext, move || step(1));
    keys::on(Action::RowPrevious, move || step(-1));
    keys::on(Action::RowOpen, move || {
        let active = grid.active.get_untracked();
        active.inspect(|active| grid.open(active.index)).is_some()
    });
}

/// Says why there are no rows, and offers the way out.
#[component]
fn Nothing(app: App) -> impl IntoView {
    let has_filter = move || app.parts.filter_text.with(|text| !text.is_empty());
    let has_window = move || app.parts.window.with(Option::is_some);
    let is_empty = Memo::new(move |_| app.answer.with(|answer| answer.total == 0));
    let words = move || match is_empty.get() {
        true if app.load.with(|load| load.is_loading()) => "No event has been read yet.",
        true => "No event was found in what is open.",
        false => "No events match.",
    };
    view! {
        <div class="table-nothing">
            <p>{words}</p>
            <Show when=move || is_empty.get()>
                <button type="button" on:click=move |_| app.view.update(|view| view.tab = Tab::Sources)>
                    "See each source"
                </button>
            </Show>
            <Show when=has_filter>
                <button type="button" on:click=move |_| app.set_filter_text("")>"Clear the filter"</button>
            </Show>
            <Show when=has_window>
                <button type="button" on:click=move |_| app.set_window(None)>"Show the whole time span"</button>
            </Show>
        </div>
    }
}
