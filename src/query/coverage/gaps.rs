//! Where events should have been and are not.
//!
//! A pause is the time between one event and the next. How long pauses usually are changes with
//! the hour: so a pause is measured against its neighbours, [`NEIGHBOURS`] before it and as many
//! after. It is a gap when it is [`TIMES`] times as long as nineteen in twenty of them. One
//! neighbour in twenty may so be a gap itself, and a lull, whose pauses are long together, is none.
//! Bursts do not blur the measure: events within a cell are one moment, and no pause counts for less than a cell.

use crate::model::{Micros, TimeRange};

/// How many times as long as the pauses around it a gap is.
pub const TIMES: i64 = 10;
/// Pauses before and after, each, that a pause is measured against.
pub const NEIGHBOURS: usize = 50;
/// With fewer there is no rhythm to speak of.
pub const FEWEST_NEIGHBOURS: usize = 8;
/// Gaps told one by one: the longest.
pub const MAX_LISTED: usize = 200;

/// What is to be said of the pauses of a stream of events.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rhythm {
    /// From the last event before to the first after: the longest [`MAX_LISTED`], in order of time.
    pub gaps: Vec<TimeRange>,
    /// All gaps, listed or not.
    pub gap_count: u64,
    pub gap_micros: i64,
    /// The longest pause, gap or not.
    pub longest_pause: Option<TimeRange>,
    /// There are enough pauses to tell which are unusual.
    pub is_told: bool,
}

impl Rhythm {
    /// `moments`: first and last event of each cell that has any, in order.
    pub fn of(moments: &[(Micros, Micros)], cell_micros: i64) -> Rhythm {
        let pauses: Vec<TimeRange> =
            moments.windows(2).map(|pair| TimeRange { start_micros: pair[0].1, end_micros: pair[1].0 }).collect();
        let widths: Vec<i64> = pauses.iter().map(|pause| pause.width_micros().max(cell_micros)).collect();
        let is_gap = |&at: &usize| is_gap(&widths, at, cell_micros);
        let mut gaps: Vec<TimeRange> = (0..pauses.len()).filter(is_gap).map(|at| pauses[at]).collect();
        let gap_count = gaps.len() as u64;
        let gap_micros = gaps.iter().fold(0i64, |sum, gap| sum.saturating_add(gap.width_micros()));
        if gaps.len() > MAX_LISTED {
            gaps.sort_by_key(|gap| std::cmp::Reverse(gap.width_micros()));
            gaps.truncate(MAX_LISTED);
            gaps.sort_by_key(|gap| gap.start_micros);
        }
        Rhythm {
            gaps,
            gap_count,
            gap_micros,
            longest_pause: pauses.iter().copied().max_by_key(TimeRange::width_micros),
            is_told: pauses.len() > FEWEST_NEIGHBOURS,
        }
    }

    pub fn longest_gap(&self) -> Option<TimeRange> {
        self.gaps.iter().copied().max_by_key(TimeRange::width_micros)
    }
}

fn is_gap(widths: &[i64], at: usize, cell_micros: i64) -> bool {
    // Most pauses are ruled out here: no neighbour counts for less than a cell.
    if widths[at] / TIMES < cell_micros {
        return false;
    }
    let before = &widths[at.saturating_sub(NEIGHBOURS)..at];
    let after = &widths[at + 1..(at + 1 + NEIGHBOURS).min(widths.len())];
    let mut around = [before, after].concat();
    if around.len() < FEWEST_NEIGHBOURS {
        return false;
    }
    let nineteen_in_twenty = (around.len() - 1) * 19 / 20;
    let (_, usual, _) = around.select_nth_unstable(nineteen_in_twenty);
    widths[at] / TIMES >= *usual
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: i64 = 1_000_000;

    /// Events at these seconds; the gaps as `from-to`.
    fn check(what: &str, seconds: &[i64], expected: &[&str]) {
        let moments: Vec<_> = seconds.iter().map(|at| (at * SECOND, at * SECOND)).collect();
        let rhythm = Rhythm::of(&moments, SECOND);
        let told = |gap: &TimeRange| format!("{}-{}", gap.start_micros / SECOND, gap.end_micros / SECOND);
        assert_eq!(rhythm.gaps.iter().map(told).collect::<Vec<_>>(), expected, "{what}");
        assert_eq!(rhythm.gap_count, expected.len() as u64, "{what}");
        let longest = seconds.windows(2).map(|pair| pair[1] - pair[0]).max();
        assert_eq!(rhythm.longest_pause.map(|pause| pause.width_micros() / SECOND), longest, "{what}");
    }

    /// `count` events from `from` on, `step` seconds apart.
    fn every(step: i64, from: i64, count: i64) -> Vec<i64> {
        (0..count).map(|nth| from + nth * step).collect()
    }

    #[test]
    fn gaps() {
        check("nothing", &[], &[]);
        check("one event", &[5], &[]);
        check("too few to tell", &[1, 2, 3, 90], &[]);
        check("steady", &every(1, 0, 100), &[]);
        check("a hole in steady data", &[every(1, 0, 50), every(1, 100, 50)].concat(), &["49-100"]);
        check("just too short", &[every(1, 0, 50), every(1, 58, 50)].concat(), &[]);
        check("ten times", &[every(1, 0, 50), every(1, 59, 50)].concat(), &["49-59"]);
        check("pulses of a minute are a rhythm", &every(60, 0, 50), &[]);
        check("and three missing are no gap yet", &[every(60, 0, 20), every(60, 1380, 20)].concat(), &[]);
        check("but an hour is", &[every(60, 0, 20), every(60, 4740, 20)].concat(), &["1140-4740"]);
        check(
            "a quiet night between two days",
            &[every(1, 0, 200), every(120, 319, 60), every(1, 7500, 200)].concat(),
            &[],
        );
        check(
            "five minutes of every hour",
            &[every(1, 0, 300), every(1, 3600, 300), every(1, 7200, 300)].concat(),
            &["299-3600", "3899-7200"],
        );
        check("two small files far apart", &[every(5, 0, 6), every(5, 90_000, 6)].concat(), &["25-90000"]);
        check(
            "two gaps beside each other",
            &[every(1, 0, 50), vec![500, 501, 502], every(1, 900, 50)].concat(),
            &["49-500", "502-900"],
        );
        check("at the ends", &[vec![0], every(1, 1000, 30), vec![5000]].concat(), &["0-1000", "1029-5000"]);
    }

    #[test]
    fn the_longest_are_listed_and_all_are_counted() {
        let hours: Vec<i64> = (0..250).flat_map(|hour| every(1, hour * 3600 + hour, 60)).collect();
        let moments: Vec<_> = hours.iter().map(|at| (at * SECOND, at * SECOND)).collect();
        let rhythm = Rhythm::of(&moments, SECOND);
        assert_eq!((rhythm.gaps.len(), rhythm.gap_count), (MAX_LISTED, 249));
        assert_eq!(rhythm.gap_micros, 249 * 3542 * SECOND);
        assert!(rhythm.gaps.is_sorted_by_key(|gap| gap.start_micros));
    }
}
