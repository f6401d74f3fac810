//! The timeline's arithmetic: pixels to time and back, zoom, pan, and where the ticks stand.

use crate::model::TimeRange;
use crate::model::time::{MICROS_PER_DAY, MICROS_PER_SECOND, Micros};
use crate::query::buckets;

/// Nobody can look closer than this: 20 buckets of a microsecond.
pub const NARROWEST_MICROS: i64 = 20;

/// A stretch of time laid out over pixels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Axis {
    pub range: TimeRange,
    pub left_px: f64,
    pub width_px: f64,
}

impl Axis {
    pub fn x_of(&self, micros: Micros) -> f64 {
        let past = (i128::from(micros) - i128::from(self.range.start_micros)) as f64;
        self.left_px + past / self.width_micros() * self.width_px
    }

    /// The moment under a pixel, held inside the range.
    pub fn micros_at(&self, x_px: f64) -> Micros {
        self.at_fraction(self.fraction_at(x_px))
    }

    /// How far along the axis a pixel lies: 0 at its start, 1 at its end.
    pub fn fraction_at(&self, x_px: f64) -> f64 {
        if self.width_px <= 0.0 { 0.0 } else { ((x_px - self.left_px) / self.width_px).clamp(0.0, 1.0) }
    }

    fn at_fraction(&self, fraction: f64) -> Micros {
        self.range.start_micros.saturating_add((fraction * self.width_micros()).round() as i64)
    }

    fn width_micros(&self) -> f64 {
        self.range.width_micros().max(1) as f64
    }
}

/// `range` made `factor` times as wide (under 1: closer), the moment at `fraction` of it
/// staying where it is, inside `limits`. `None`: that is all of `limits`.
pub fn zoom(range: TimeRange, fraction: f64, factor: f64, limits: TimeRange) -> Option<TimeRange> {
    let width = range.width_micros().max(1) as f64;
    let wider = (width * factor).max(NARROWEST_MICROS as f64);
    if wider >= limits.width_micros() as f64 {
        return None;
    }
    // Only the shift is a float: today's microseconds are too many for one.
    let shift = (width - wider) * fraction;
    let start = range.start_micros.saturating_add(shift.round() as i64);
    let zoomed = TimeRange { start_micros: start, end_micros: start.saturating_add(wider.round() as i64) };
    Some(hold(zoomed, limits))
}

/// `range` moved by `fraction` of its width (over 0: later), inside `limits`.
pub fn pan(range: TimeRange, fraction: f64, limits: TimeRange) -> TimeRange {
    let by = (range.width_micros() as f64 * fraction).round() as i64;
    let moved = TimeRange {
        start_micros: range.start_micros.saturating_add(by),
        end_micros: range.end_micros.saturating_add(by),
    };
    hold(moved, limits)
}

/// `range` moved the least that brings it inside `limits`; all of `limits` when it is wider.
pub fn hold(range: TimeRange, limits: TimeRange) -> TimeRange {
    let width = range.width_micros();
    if width >= limits.width_micros() {
        return limits;
    }
    let start = range.start_micros.clamp(limits.start_micros, limits.end_micros.saturating_sub(width));
    TimeRange { start_micros: start, end_micros: start.saturating_add(width) }
}

/// Round moments inside `range`, at most `most` (and at least room for one), and the step
/// between them. `offset_micros` tells what the shown zone's clock adds to UTC at a moment, so that days
/// begin at that zone's midnight, also behind a change of its clock.
pub fn time_ticks(range: TimeRange, most: u32, offset_micros: impl Fn(Micros) -> i64) -> (i64, Vec<Micros>) {
    let most = i64::from(most.max(1));
    let step = buckets::round_up(range.width_micros().max(1) / most + 1);
    let first_offset = offset_micros(range.start_micros);
    let first_wall = range.start_micros.saturating_add(first_offset);
    // Under one step, even where the shift ran into the end of time.
    let past = first_wall - buckets::align(first_wall, step);
    let mut by_first = range.start_micros.saturating_sub(past);
    let mut ticks: Vec<Micros> = Vec::new();
    for _ in 0..most + 2 {
        // The same reading of the clock as by the offset at the range's start.
        let change = offset_micros(by_first).saturating_sub(first_offset);
        // A change by whole steps leaves every tick at a round reading.
        let moved = if change % step == 0 { by_first } else { by_first.saturating_sub(change) };
        let at = if offset_micros(moved).saturating_sub(first_offset) == change { moved } else { by_first };
        if at >= range.end_micros {
            break;
        }
        if at >= range.start_micros && ticks.last().is_none_or(|last| *last < at) {
            ticks.push(at);
        }
        by_first = by_first.saturating_add(step);
    }
    ticks.truncate(most as usize + 1);
    (step, ticks)
}

/// Round counts from 0 to at least `peak`, some `about` of them.
pub fn count_ticks(peak: u64, about: u32) -> Vec<u64> {
    let rough = peak.max(1).div_ceil(u64::from(about.max(1)));
    let power = 10u64.pow(rough.ilog10());
    let step = [1, 2, 5, 10].into_iter().map(|times| power.saturating_mul(times)).find(|&step| step >= rough);
    let step = step.unwrap_or(rough);
    (0..=peak.max(1).div_ceil(step)).map(|nth| nth.saturating_mul(step)).collect()
}

/// The part of an RFC 3339-like text (`2024-05-22T15:33:04.123456…`, `T` or a space) that
/// tells ticks `step_micros` apart from each other: day, minute, second or fraction.
pub fn tick_label(time: &str, step_micros: i64) -> &str {
    let cut = |from: usize, to: usize| time.get(from..to).unwrap_or(time);
    let midnight = time.get(11..19) == Some("00:00:00");
    match step_micros {
        step if step >= 365 * MICROS_PER_DAY => cut(0, 7),
        step if step >= MICROS_PER_DAY => cut(0, 10),
        step if step >= MICROS_PER_SECOND && midnight => cut(0, 10),
        step if step >= 60 * MICROS_PER_SECOND => cut(11, 16),
        step if step >= MICROS_PER_SECOND => cut(11, 19),
        step if step >= 1_000 => cut(14, 23),
        _ => cut(17, 26),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::time::{format_rfc3339, parse_rfc3339};
    use proptest::prelude::*;

    const HOUR: i64 = 3_600 * MICROS_PER_SECOND;

    fn range(start: i64, end: i64) -> TimeRange {
        TimeRange { start_micros: start, end_micros: end }
    }

    #[test]
    fn pixels_and_moments() {
        let axis = Axis { range: range(1_000, 2_000), left_px: 50.0, width_px: 500.0 };
        for (x, micros) in [(50.0, 1_000), (300.0, 1_500), (550.0, 2_000)] {
            assert_eq!((axis.micros_at(x), axis.x_of(micros)), (micros, x));
        }
        assert_eq!((axis.micros_at(0.0), axis.micros_at(9_999.0)), (1_000, 2_000));
        assert_eq!(Axis { width_px: 0.0, ..axis }.micros_at(60.0), 1_000);
    }

    #[test]
    fn zooming_and_panning() {
        let limits = range(0, 10_000);
        for (from, fraction, factor, expected) in [
            (range(0, 10_000), 0.5, 0.5, Some(range(2_500, 7_500))),
            (range(2_000, 4_000), 0.0, 0.5, Some(range(2_000, 3_000))),
            (range(2_000, 4_000), 1.0, 0.5, Some(range(3_000, 4_000))),
            (range(0, 2_000), 0.5, 2.0, Some(range(0, 4_000))),
            (range(2_000, 9_000), 0.5, 2.0, None),
            (range(100, 110), 0.5, 0.1, Some(range(95, 115))),
        ] {
            assert_eq!(zoom(from, fraction, factor, limits), expected, "{from:?}");
        }
        for (from, by, expected) in [
            (range(2_000, 4_000), 0.5, range(3_000, 5_000)),
            (range(2_000, 4_000), -5.0, range(0, 2_000)),
            (range(8_000, 9_000), 9.0, range(9_000, 10_000)),
            (range(0, 20_000), 0.1, limits),
        ] {
            assert_eq!(pan(from, by, limits), expected, "{from:?}");
        }
    }

    fn check_ticks(start: &str, hours: f64, most: u32, offset_hours: i64, expected: &[&str]) {
        let start = parse_rfc3339(start.as_bytes()).unwrap();
        let end = start + (hours * HOUR as f64) as i64;
        let (step, ticks) = time_ticks(range(start, end), most, |_| offset_hours * HOUR);
        let shown: Vec<String> = ticks.iter().map(|tick| format_rfc3339(tick + offset_hours * HOUR)).collect();
        let labels: Vec<&str> = shown.iter().map(|text| tick_label(text, step)).collect();
        assert_eq!(labels, expected, "{start}");
    }

    #[test]
    fn ticks_of_time() {
        let noon = "2024-05-22T12:00:00Z";
        check_ticks(noon, 1.0, 6, 0, &["12:00", "12:15", "12:30", "12:45"]);
        check_ticks(noon, 24.0, 4, 0, &["12:00", "2024-05-23"]);
        check_ticks(noon, 24.0, 8, 0, &["12:00", "18:00", "2024-05-23", "06:00"]);
        check_ticks(noon, 24.0, 8, 2, &["18:00", "2024-05-23", "06:00", "12:00"]);
        check_ticks(noon, 48.0, 3, 5, &["2024-05-23", "2024-05-24"]);
        check_ticks(noon, 1.0 / 60.0, 4, 0, &["12:00:00", "12:00:30"]);
        check_ticks(noon, 1.0 / 3_600_000.0, 3, 0, &["00.000000", "00.000500"]);
        check_ticks(noon, 24.0 * 365.0, 3, 0, &["2024-10-28", "2025-04-28"]);
    }

    /// In Paris: the clock goes back on 25 October 2026 and forward on 29 March, at 01:00 UTC.
    #[test]
    fn ticks_keep_the_clock_that_changes() {
        let check = |start: &str, hours: i64, most: u32, expected: &[&str]| {
            let moment = |text: &str| parse_rfc3339(text.as_bytes()).unwrap();
            let is_summer = |at| at >= moment("2026-03-29T01:00:00Z") && at < moment("2026-10-25T01:00:00Z");
            let offset = |at| if is_summer(at) { 2 * HOUR } else { HOUR };
            let start = moment(start);
            let (step, ticks) = time_ticks(range(start, start + hours * HOUR), most, offset);
            let shown: Vec<String> = ticks.iter().map(|tick| format_rfc3339(tick + offset(*tick))).collect();
            let labels: Vec<&str> = shown.iter().map(|text| tick_label(text, step)).collect();
            assert_eq!(labels, expected);
        };
        let october =
            ["2026-10-22", "2026-10-23", "2026-10-24", "2026-10-25", "2026-10-26", "2026-10-27", "2026-10-28"];
        check("2026-10-21T00:00:00Z", 7 * 24 + 1, 9, &october);
        check("2026-03-27T12:00:00Z", 72, 4, &["2026-03-28", "2026-03-29", "2026-03-30"]);
        check("2026-10-24T12:00:00Z", 24, 5, &["18:00", "2026-10-25", "06:00", "12:00"]);
        // Within the hour that comes twice.
        check("2026-10-25T01:05:00Z", 1, 4, &["02:30", "03:00"]);
    }

    #[test]
    fn ticks_of_counts() {
        for (peak, about, expected) in [
            (0, 4, &[0, 1][..]),
            (1, 4, &[0, 1]),
            (3, 4, &[0, 1, 2, 3]),
            (10, 4, &[0, 5, 10]),
            (97, 4, &[0, 50, 100]),
            (1_234_567, 4, &[0, 500_000, 1_000_000, 1_500_000]),
        ] {
            assert_eq!(count_ticks(peak, about), expected, "{peak}");
        }
        assert!(count_ticks(u64::MAX, 3).len() < 6);
    }

    proptest! {
        #[test]
        fn no_range_panics(a in any::<i64>(), b in any::<i64>(), c in any::<i64>(), fraction in 0.0..1.0f64, factor in 0.001..1_000.0f64) {
            let (some, limits) = (range(a.min(b), a.max(b)), range(b.min(c), b.max(c)));
            zoom(some, fraction, factor, limits);
            pan(some, factor, limits);
            for offset in [[c, c], [b, c]] {
                let (_, ticks) = time_ticks(some, 10, |micros| offset[usize::from(micros > b)]);
                prop_assert!(ticks.len() <= 11 && ticks.iter().all(|tick| some.contains(*tick)));
                prop_assert!(ticks.is_sorted_by(|one, next| one < next));
            }
        }

        #[test]
        fn zooming_keeps_the_moment_and_the_limits(start in 0i64..1_000_000, width in 100i64..1_000_000, fraction in 0.0..1.0f64) {
            let limits = range(-10_000_000, 10_000_000);
            let before = Axis { range: range(start, start + width), left_px: 0.0, width_px: 1_000.0 };
            let after = Axis { range: zoom(before.range, fraction, 0.5, limits).unwrap(), ..before };
            let moved = (before.micros_at(fraction * 1_000.0) - after.micros_at(fraction * 1_000.0)).abs();
            prop_assert!(moved <= 2, "moved {moved}");
        }
    }
}
