//! Where a virtual list of any length stands: browsers cap an element's height (around 16
//! to 33 million pixels), so past a height of ours the scrollbar is a scaled stand-in.

use std::ops::Range;

/// Tallest element the list asks the browser for, in CSS pixels.
pub const MAX_HEIGHT_PX: f64 = 8_000_000.0;

/// What there is to scroll.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Extent {
    pub rows: u64,
    pub row_px: f64,
    pub viewport_px: f64,
}

/// Where the list stands.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Position {
    /// The list's own place, in pixels of the whole unscaled list.
    pub list_px: f64,
    /// The element's `scrollTop` that goes with it.
    pub bar_px: f64,
}

impl Extent {
    /// Height of the whole list if the browser had no limit.
    pub fn list_height_px(&self) -> f64 {
        self.rows as f64 * self.row_px
    }

    /// Height to give the scrolled element.
    pub fn bar_height_px(&self) -> f64 {
        self.list_height_px().min(MAX_HEIGHT_PX)
    }

    fn is_scaled(&self) -> bool {
        self.list_height_px() > MAX_HEIGHT_PX
    }

    fn list_end_px(&self) -> f64 {
        (self.list_height_px() - self.viewport_px).max(0.0)
    }

    fn bar_end_px(&self) -> f64 {
        (self.bar_height_px() - self.viewport_px).max(0.0)
    }

    /// The position whose list place is `list_px`, held inside the list.
    pub fn at(&self, list_px: f64) -> Position {
        let list_px = list_px.clamp(0.0, self.list_end_px());
        let share = if self.is_scaled() { self.bar_end_px() / self.list_end_px() } else { 1.0 };
        Position { list_px, bar_px: list_px * share }
    }

    /// The browser scrolled the element to `bar_px`. In a scaled list a step of up to one
    /// viewport (wheel, finger, arrow) moves the list by as many pixels, and leaves the bar
    /// a little off its place until [`Extent::at`] is asked again; a longer one (the bar
    /// dragged, a click into it) moves in proportion.
    pub fn scrolled(&self, from: Position, bar_px: f64) -> Position {
        if !self.is_scaled() {
            return Position { list_px: bar_px.clamp(0.0, self.list_end_px()), bar_px };
        }
        let step = bar_px - from.bar_px;
        let list_px = if step.abs() <= self.viewport_px {
            from.list_px + step
        } else {
            bar_px / self.bar_end_px() * self.list_end_px()
        };
        Position { list_px: list_px.clamp(0.0, self.list_end_px()), bar_px }
    }

    /// The rows to draw: those in view and `spare` more on either side.
    pub fn rows_drawn(&self, position: Position, spare: u64) -> Range<u64> {
        let first = (position.list_px / self.row_px) as u64;
        let past = ((position.list_px + self.viewport_px) / self.row_px).ceil() as u64;
        first.saturating_sub(spare).min(self.rows)..past.saturating_add(spare).min(self.rows)
    }

    /// The first row that is wholly in view.
    pub fn first_row(&self, position: Position) -> u64 {
        (position.list_px / self.row_px).ceil() as u64
    }

    /// How many rows are wholly in view: a page.
    pub fn page_rows(&self) -> u64 {
        ((self.viewport_px / self.row_px) as u64).max(1)
    }

    /// Where a row is drawn inside the scrolled element, in pixels from its top.
    pub fn row_top_px(&self, position: Position, row: u64) -> f64 {
        position.bar_px + row as f64 * self.row_px - position.list_px
    }

    /// The least move that brings a row into view.
    pub fn reveal(&self, position: Position, row: u64) -> Position {
        let top = row as f64 * self.row_px;
        let lowest = top - self.viewport_px + self.row_px;
        if top < position.list_px {
            self.at(top)
        } else if lowest > position.list_px {
            self.at(lowest)
        } else {
            position
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ROW: f64 = 26.0;

    fn list(rows: u64) -> Extent {
        Extent { rows, row_px: ROW, viewport_px: 520.0 }
    }

    fn check(rows: u64, bar_px: f64, expected: Range<u64>) {
        let extent = list(rows);
        let position = extent.scrolled(Position::default(), bar_px);
        assert_eq!(extent.rows_drawn(position, 0), expected, "{rows} rows at {bar_px}");
    }

    #[test]
    fn rows_in_view() {
        check(0, 0.0, 0..0);
        check(5, 0.0, 0..5);
        check(1_000, 0.0, 0..20);
        check(1_000, 13.0, 0..21);
        check(1_000, 26.0, 1..21);
        check(1_000, 25_480.0, 980..1_000);
        check(1_000, 99_999.0, 980..1_000);
        // Ten million rows are 260 million pixels: the bar's end is the list's end.
        check(10_000_000, MAX_HEIGHT_PX - 520.0, 9_999_980..10_000_000);
        check(10_000_000, (MAX_HEIGHT_PX - 520.0) / 2.0, 4_999_990..5_000_010);
        check(10_000_000, 52.0, 2..22);
    }

    #[test]
    fn a_row_is_drawn_where_it_is_seen() {
        for (rows, row) in [(1_000u64, 500u64), (10_000_000, 7_654_321)] {
            let extent = list(rows);
            let position = extent.at(row as f64 * ROW);
            assert_eq!(extent.first_row(position), row);
            assert!((extent.row_top_px(position, row) - position.bar_px).abs() < 1e-3);
        }
    }

    #[test]
    fn revealing() {
        let extent = list(1_000);
        let at = extent.at(2_600.0);
        for (row, first) in [(100, 100), (105, 100), (119, 100), (120, 101), (99, 99), (0, 0), (999, 980)] {
            assert_eq!(extent.first_row(extent.reveal(at, row)), first, "{row}");
        }
    }

    proptest! {
        #[test]
        fn wheeling_meets_every_row(rows in 1_000_000u64..50_000_000, start in 0.0..1.0f64, steps in 1usize..200) {
            let extent = list(rows);
            let mut position = extent.at(start * extent.list_height_px());
            for step in 0..steps {
                let next = extent.scrolled(position, position.bar_px + 100.0);
                prop_assert!(next.list_px - position.list_px <= 100.0 + 1e-6);
                // Every so often the bar is put back in its place, which moves no row.
                position = if step % 7 == 0 { extent.at(next.list_px) } else { next };
                prop_assert_eq!(position.list_px, next.list_px);
            }
        }

        #[test]
        fn any_place_is_inside(rows in 0u64..100_000_000, from in 0.0..1e7f64, to in 0.0..1e7f64) {
            let extent = list(rows);
            let position = extent.scrolled(extent.scrolled(Position::default(), from), to);
            let drawn = extent.rows_drawn(position, 5);
            prop_assert!(drawn.end <= rows && drawn.end - drawn.start <= 32);
            prop_assert!(rows == 0 || drawn.start < rows);
        }
    }
}
