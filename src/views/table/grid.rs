//! What the table's parts share: the rows at hand, the place in the list, the cell in focus.

use super::rows::{Asked, Cache, PAGE_ROWS};
use crate::query::answer::{Row, RowId};
use crate::sources::loki::live::DEEPEST_LINE;
use crate::state::app::App;
use crate::state::asking::question;
use crate::state::engine::Engine;
use crate::state::hand_out::next_task;
use crate::state::layers;
use crate::state::scroll::{Extent, Position};
use crate::views::parts::copy_text;
use crate::views::parts::number::thousands;
use crate::worker::progress::{Fault, LoadStatus};
use leptos::html::Div;
use leptos::prelude::*;
use leptos::task::spawn_local;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

/// Rows drawn beyond the edges, so that a slow frame shows no gap.
const SPARE_ROWS: u64 = 12;
/// Rows built at once while the workers are busy loading: a few milliseconds of what is left of the processor.
const ROWS_AT_ONCE: usize = 6;

/// The row in focus. Its id is known once the row is here.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Active {
    pub index: u64,
    pub id: Option<RowId>,
}

#[derive(Clone, Copy)]
pub struct Grid {
    pub app: App,
    pub scroller: NodeRef<Div>,
    /// What the rows on show answer.
    pub asked: RwSignal<Arc<Asked>>,
    cache: StoredValue<Cache, LocalStorage>,
    /// So many of the rows drawn show what they are to show; the others follow in turns.
    pub due: RwSignal<usize>,
    /// Grows when rows arrive.
    pub arrivals: RwSignal<u64>,
    pub extent: RwSignal<Extent>,
    pub position: RwSignal<Position>,
    pub active: RwSignal<Option<Active>>,
    /// The column in focus.
    pub column: RwSignal<usize>,
    pub hovered: RwSignal<Option<(u64, usize)>>,
    /// The menu of a cell is open, and which cell's if that is not the one with the tools.
    pub menu: RwSignal<bool>,
    pub menu_at: RwSignal<Option<(u64, usize)>>,
    /// What was just done, for the eye and for screen readers.
    pub said: RwSignal<String>,
}

impl Grid {
    pub fn new(app: App) -> Grid {
        Grid {
            app,
            scroller: NodeRef::new(),
            asked: RwSignal::new(Arc::new(answered(app))),
            cache: StoredValue::new_local(Cache::default()),
            due: RwSignal::new(usize::MAX),
            arrivals: RwSignal::new(0),
            extent: RwSignal::new(Extent { rows: 0, row_px: 24.0, viewport_px: 0.0 }),
            position: RwSignal::new(Position::default()),
            active: RwSignal::new(None),
            column: RwSignal::new(0),
            hovered: RwSignal::new(None),
            menu: RwSignal::new(false),
            menu_at: RwSignal::new(None),
            said: RwSignal::new(String::new()),
        }
    }

    pub fn drawn(&self) -> Range<u64> {
        self.extent.get().rows_drawn(self.position.get(), SPARE_ROWS)
    }

    /// The row at that place, if it is here.
    pub fn row(&self, index: u64) -> Option<Row> {
        self.cache.with_value(|cache| cache.row(index))
    }

    /// Takes over a new answer, and keeps the place: the row in focus (or the first in view)
    /// stays where it is on the screen if it still matches, else its time does.
    pub fn take_answer(&self) {
        let number = self.app.answer_number.get_untracked();
        let answer = self.app.answer.get_untracked();
        let asked = answered(self.app);
        let before = self.asked.get_untracked();
        let same = *before == asked;
        // Who sorts anew wants to see what comes first.
        let anchor = if before.sort == asked.sort { self.anchor() } else { None };
        self.cache.update_value(|cache| cache.begin(number, &answer, same));
        if !same {
            self.asked.set(Arc::new(asked));
        }
        // A live window's table may end before its events do, and a part of the filter be applied to rows alone.
        let is_short = (answer.rows.len() as u64) < PAGE_ROWS;
        let rows = match self.app.is_live.get_untracked() {
            true if is_short => answer.rows.len() as u64,
            true => answer.events.min(DEEPEST_LINE),
            false => answer.events,
        };
        if self.extent.get_untracked().rows != rows {
            self.extent.update(|extent| extent.rows = rows);
        }
        match self.app.load.with_untracked(LoadStatus::is_loading) {
            true => self.build_in_turns(number),
            false => self.due.set(usize::MAX),
        }
        self.arrivals.update(|count| *count += 1);
        match anchor {
            Some((index, row)) => self.restore(number, index, row),
            None if same => self.go_to(self.position.get_untracked().list_px),
            None => {
                if self.active.get_untracked().is_some() {
                    self.active.set(None);
                }
                self.go_to(0.0);
            }
        }
    }

    fn build_in_turns(&self, number: u64) {
        let grid = *self;
        grid.due.set(ROWS_AT_ONCE);
        spawn_local(async move {
            loop {
                next_task().await;
                // A later answer has turns of its own, and the table may be gone.
                let due = grid.due.try_get_untracked().filter(|_| grid.app.answer_number.get_untracked() == number);
                let Some(due) = due.map(|due| due.saturating_add(ROWS_AT_ONCE)) else { return };
                let drawn = grid.extent.get_untracked().rows_drawn(grid.position.get_untracked(), SPARE_ROWS);
                if due as u64 >= drawn.end - drawn.start {
                    return grid.due.set(usize::MAX);
                }
                grid.due.set(due);
            }
        });
    }

    /// The row that holds the place: nothing does while the table stands at its top.
    fn anchor(&self) -> Option<(u64, Row)> {
        let (extent, position) = (self.extent.get_untracked(), self.position.get_untracked());
        let active = self.active.get_untracked().map(|active| active.index);
        let first = extent.first_row(position);
        let index = active.or((first > 0).then_some(first))?;
        self.row(index).map(|row| (index, row))
    }

    fn restore(&self, number: u64, index: u64, row: Row) {
        let grid = *self;
        let (extent, position) = (self.extent.get_untracked(), self.position.get_untracked());
        let from_top = index as f64 * extent.row_px - position.list_px;
        let asked = self.asked.get_untracked();
        let pool = self.app.pool.get_value();
        spawn_local(async move {
            let found = pool.rank_of(asked.filter.clone(), asked.window, asked.table(1), row.id).await;
            let Some(active) = grid.active.try_get_untracked() else { return };
            if grid.app.answer_number.get_untracked() != number {
                return;
            }
            let rank = found.ok().flatten();
            if active.is_some_and(|active| active.index == index) {
                grid.active.set(rank.map(|index| Active { index, id: Some(row.id) }));
            }
            let place = rank.or_else(|| grid.rank_by_time(&asked, &row)).unwrap_or(0);
            grid.go_to(place as f64 * extent.row_px - from_top);
        });
    }

    /// About where the row would stand if it still matched, told from the timeline's counts.
    fn rank_by_time(&self, asked: &Asked, row: &Row) -> Option<u64> {
        let received = row.received.filter(|_| asked.sort.field == crate::model::Field::Time)?;
        self.app.answer.with_untracked(|answer| {
            let before = layers::events_before(&answer.histogram, received);
            let rank = if asked.sort.descending { answer.events.saturating_sub(before) } else { before };
            Some(rank.min(answer.events.saturating_sub(1)))
        })
    }

    /// Asks for the pages in view that are not here.
    pub fn fetch(&self, rows: Range<u64>) {
        let grid = *self;
        let number = self.app.answer_number.get_untracked();
        let missing = self.cache.try_update_value(|cache| cache.missing(&rows)).unwrap_or_default();
        for page in missing {
            let (pool, asked) = (self.app.pool.get_value(), self.asked.get_untracked());
            spawn_local(async move {
                let first = page * PAGE_ROWS;
                let table = asked.table(PAGE_ROWS as u32);
                let rows = pool.rows(asked.filter.clone(), asked.window, table, first).await;
                grid.take_rows(number, page, rows);
            });
        }
    }

    fn take_rows(&self, number: u64, page: u64, rows: Result<Option<Vec<Row>>, Fault>) {
        let is_live = self.app.is_live.get_untracked();
        let end = rows.as_ref().ok().and_then(Option::as_ref).map(|rows| page * PAGE_ROWS + rows.len() as u64);
        if let (Err(fault), true) = (&rows, is_live) {
            self.app.query_fault.set(Some(fault.clone()));
        }
        let arrived = self.cache.try_update_value(|cache| match rows {
            Ok(Some(rows)) => cache.accept(number, page, rows),
            Ok(None) | Err(_) => {
                cache.give_up(page);
                false
            }
        });
        if arrived != Some(true) {
            return;
        }
        // A page that is not full is the last one, or lies behind it.
        if let Some(end) = end.filter(|end| is_live && *end < (page + 1) * PAGE_ROWS) {
            let known = self.app.pool.with_value(Engine::live).and_then(|live| live.table_end());
            self.end_at(known.map_or(end, |known| known.min(end)));
        }
        self.arrivals.update(|count| *count += 1);
    }

    /// Fewer rows came than there were to be: what was in focus behind them is the last one now.
    fn end_at(&self, rows: u64) {
        if rows >= self.extent.get_untracked().rows {
            return;
        }
        self.extent.update(|extent| extent.rows = rows);
        match self.active.get_untracked() {
            Some(active) if active.index >= rows && rows > 0 => self.activate(rows - 1),
            _ => self.go_to(self.position.get_untracked().list_px),
        }
    }

    /// That a live window's table ends before the events do, and the ways out.
    pub fn end_words(&self) -> Option<String> {
        self.arrivals.track();
        let (rows, events) = (self.extent.get().rows, self.app.answer.with(|answer| answer.events));
        if !self.app.is_live.get() || rows >= events {
            return None;
        }
        let live = self.app.pool.with_value(Engine::live)?;
        if rows < DEEPEST_LINE && !live.is_table_spent() {
            return None;
        }
        let (rows, lines) = (thousands(rows), thousands(DEEPEST_LINE));
        Some(
            [
                "Rows end at ",
                &rows,
                ": the table reads no more than ",
                &lines,
                " lines of a live window. Zoom into the timeline, filter further, or load the window.",
            ]
            .concat(),
        )
    }

    /// Moves the list, and the browser's scrollbar with it.
    pub fn go_to(&self, list_px: f64) {
        let position = self.extent.get_untracked().at(list_px);
        let before = self.position.get_untracked();
        self.position.set(position);
        // Setting it makes the browser lay the page out at once.
        if before.bar_px.round() == position.bar_px.round() {
            return;
        }
        // After the list's new height is on the page, or the browser would cut the place short.
        let scroller = self.scroller;
        let expected = self.position;
        request_animation_frame(move || {
            if let (Some(scroller), Some(position)) =
                (scroller.try_get_untracked().flatten(), expected.try_get_untracked())
            {
                scroller.set_scroll_top(position.bar_px.round() as i32);
            }
        });
    }

    /// The browser scrolled.
    pub fn scrolled(&self) {
        let Some(scroller) = self.scroller.get_untracked() else { return };
        let bar_px = f64::from(scroller.scroll_top());
        let from = self.position.get_untracked();
        // Our own move coming back: the browser rounds to whole pixels.
        if (bar_px - from.bar_px).abs() < 1.0 {
            return;
        }
        self.hovered.set(None);
        self.menu.set(false);
        self.position.set(self.extent.get_untracked().scrolled(from, bar_px));
    }

    /// Scrolling came to rest: a scaled bar goes back to its place.
    pub fn settled(&self) {
        let (extent, position) = (self.extent.get_untracked(), self.position.get_untracked());
        if (extent.at(position.list_px).bar_px - position.bar_px).abs() >= 1.0 {
            self.go_to(position.list_px);
        }
    }

    /// Puts the focus on a row and brings it into view.
    pub fn activate(&self, index: u64) {
        let extent = self.extent.get_untracked();
        if extent.rows == 0 {
            return;
        }
        let index = index.min(extent.rows - 1);
        self.active.set(Some(Active { index, id: self.row(index).map(|row| row.id) }));
        let position = self.position.get_untracked();
        let revealed = extent.reveal(position, index);
        if revealed != position {
            self.go_to(revealed.list_px);
        }
    }

    /// Moves the focus by rows; from nowhere to the first row in view.
    pub fn step(&self, by: i64) {
        match self.active.get_untracked() {
            Some(active) => self.activate(active.index.saturating_add_signed(by)),
            None => {
                let (extent, position) = (self.extent.get_untracked(), self.position.get_untracked());
                self.activate(extent.first_row(position));
            }
        }
    }

    pub fn open(&self, index: u64) {
        self.activate(index);
        if let Some(row) = self.row(index) {
            self.app.open_row(row.id);
        }
    }

    pub fn focus(&self) {
        if let Some(grid) = document().get_element_by_id("events-grid") {
            let _ = wasm_bindgen::JsCast::unchecked_into::<web_sys::HtmlElement>(grid).focus();
        }
    }

    /// The open event's row comes into focus and into view, however it was opened.
    pub fn follow(&self, id: RowId) {
        if self.active.get_untracked().is_some_and(|active| active.id == Some(id)) {
            return;
        }
        let (grid, asked) = (*self, self.asked.get_untracked());
        let pool = self.app.pool.get_value();
        spawn_local(async move {
            let found = pool.rank_of(asked.filter.clone(), asked.window, asked.table(1), id).await;
            if let (Ok(Some(index)), Some(true)) = (found, grid.active.try_get_untracked().map(|_| true)) {
                grid.activate(index);
                grid.active.set(Some(Active { index, id: Some(id) }));
            }
        });
    }

    pub fn copy(&self, text: String, what: &'static str) {
        let said = self.said;
        spawn_local(async move {
            let words =
                if copy_text(&text).await { [what, " copied"].concat() } else { "The browser refused".to_string() };
            let _ = said.try_set(words);
            let fade = move || {
                let _ = said.try_set(String::new());
            };
            set_timeout(fade, Duration::from_secs(3));
        });
    }
}

/// What the last answer's rows are; before the first what is to be asked.
fn answered(app: App) -> Asked {
    let question = app.rows_asked.get_value().unwrap_or_else(|| Arc::new(untrack(|| question(app))));
    Asked {
        filter: question.filter.clone(),
        window: question.window,
        columns: question.table.columns.clone(),
        sort: question.table.sort,
    }
}
