//! What the data that is open covers, whatever the filter: when each source has events, when it
//! has none, and which sources hold the same events.
//!
//! Time is cut into cells of equal width. A worker tells of each cell in which a source has
//! events when the first and the last of them were; the cells of all workers merge exactly. A
//! pause longer than a cell lies between the last event of one cell and the first of the next
//! that has any, so its ends are exact too.

#[cfg(feature = "worker")]
pub mod count;
pub mod gaps;
pub mod twins;

use crate::model::time::MICROS_PER_SECOND;
use crate::model::{Micros, TimeRange};
use gaps::Rhythm;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Cells of one source, and of all sources together, at most.
const MAX_CELLS: u64 = 1 << 17;
const MAX_ALL_CELLS: u64 = 1 << 19;
/// Cells of one source where there are very many sources.
const MIN_CELLS: u64 = 1 << 12;

/// Time in cells, the same for every worker and source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grid {
    pub start_micros: Micros,
    pub cell_micros: i64,
    pub cells: u32,
}

impl Grid {
    /// Cells of a second, or wider where a second is too fine for the span and so many sources.
    pub fn plan(span: TimeRange, sources: usize) -> Grid {
        let most = (MAX_ALL_CELLS / sources.max(1) as u64).clamp(MIN_CELLS, MAX_CELLS);
        let width = span.width_micros().max(1) as u64;
        let cell = width.div_ceil(most).max(MICROS_PER_SECOND as u64);
        Grid { start_micros: span.start_micros, cell_micros: cell as i64, cells: width.div_ceil(cell) as u32 }
    }

    fn start_of(&self, cell: u32) -> Micros {
        self.start_micros.saturating_add(i64::from(cell) * self.cell_micros)
    }
}

/// When the first and the last event of a cell were: micros after the cell's start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cell {
    pub cell: u32,
    pub first: u64,
    pub last: u64,
}

/// What one worker holds of one source.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourcePart {
    pub source: u16,
    /// Those with events, in order.
    pub cells: Vec<Cell>,
    pub facts: Facts,
}

/// Counted without duplicates. Adds up.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    pub events: u64,
    /// Events without any time.
    pub untimed: u64,
    /// Events whose bodies the API server dropped.
    pub truncated: u64,
    /// Events whose user agent the API server cut.
    pub cut_agents: u64,
    pub with_bodies: u64,
}

impl Facts {
    pub fn add(&mut self, other: &Facts) {
        self.events += other.events;
        self.untimed += other.untimed;
        self.truncated += other.truncated;
        self.cut_agents += other.cut_agents;
        self.with_bodies += other.with_bodies;
    }
}

/// What is covered, merged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Coverage {
    pub grid: Grid,
    pub facts: Facts,
    /// Of all sources laid over one another.
    pub rhythm: Rhythm,
    /// By source id; a source without events is not here.
    pub sources: Vec<SourceCoverage>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceCoverage {
    pub source: u16,
    /// From the first event to just after the last.
    pub span: Option<TimeRange>,
    pub facts: Facts,
    pub rhythm: Rhythm,
}

/// Merges all workers' shares of the same grid.
pub fn merge(grid: Grid, parts: Vec<Vec<SourcePart>>) -> Coverage {
    let mut by_source: BTreeMap<u16, Vec<SourcePart>> = BTreeMap::new();
    parts.into_iter().flatten().for_each(|part| by_source.entry(part.source).or_default().push(part));
    let (mut all, mut board) = (Board::new(&grid), Board::new(&grid));
    let mut facts = Facts::default();
    let sources = by_source.into_iter().map(|(source, parts)| {
        let mut own = Facts::default();
        for part in parts {
            own.add(&part.facts);
            part.cells.iter().for_each(|cell| board.lay(cell));
        }
        let cells = board.take();
        cells.iter().for_each(|cell| all.lay(cell));
        facts.add(&own);
        let moments = moments(&grid, &cells);
        let span = moments
            .first()
            .zip(moments.last())
            .map(|(&(first, _), &(_, last))| TimeRange { start_micros: first, end_micros: last.saturating_add(1) });
        SourceCoverage { source, span, facts: own, rhythm: Rhythm::of(&moments, grid.cell_micros) }
    });
    let sources: Vec<SourceCoverage> = sources.collect();
    let rhythm = Rhythm::of(&moments(&grid, &all.take()), grid.cell_micros);
    Coverage { grid, facts, rhythm, sources }
}

/// First and last event of each cell, in micros since 1970.
fn moments(grid: &Grid, cells: &[Cell]) -> Vec<(Micros, Micros)> {
    let at = |cell: &Cell, past: u64| grid.start_of(cell.cell).saturating_add_unsigned(past);
    cells.iter().map(|cell| (at(cell, cell.first), at(cell, cell.last))).collect()
}

/// All cells of a grid, to be filled in any order.
struct Board {
    /// First and last micros after the cell's start; [`EMPTY`] where there is no event.
    cells: Vec<(u64, u64)>,
    /// The stretch of cells that was touched: from, to before.
    touched: (usize, usize),
}

const EMPTY: (u64, u64) = (u64::MAX, 0);
const UNTOUCHED: (usize, usize) = (usize::MAX, 0);

impl Board {
    fn new(grid: &Grid) -> Board {
        Board { cells: vec![EMPTY; grid.cells as usize], touched: UNTOUCHED }
    }

    fn lay(&mut self, cell: &Cell) {
        if (cell.cell as usize) < self.cells.len() {
            self.widen(cell.cell as usize, cell.first, cell.last);
        }
    }

    #[inline]
    fn widen(&mut self, at: usize, first: u64, last: u64) {
        let own = &mut self.cells[at];
        *own = (own.0.min(first), own.1.max(last));
        self.touched = (self.touched.0.min(at), self.touched.1.max(at + 1));
    }

    /// The cells with events, in order; empties the board.
    fn take(&mut self) -> Vec<Cell> {
        let (from, to) = std::mem::replace(&mut self.touched, UNTOUCHED);
        let mut taken = Vec::new();
        for at in from..to {
            let (first, last) = std::mem::replace(&mut self.cells[at], EMPTY);
            if first <= last {
                taken.push(Cell { cell: at as u32, first, last });
            }
        }
        taken
    }
}

#[cfg(test)]
mod tests;
