//! The timeline's buckets: a round width and an aligned start for any stretch of time.

use crate::model::time::{MICROS_PER_DAY, MICROS_PER_SECOND, Micros};
use crate::model::{TimeRange, time};

const MILLI: i64 = 1_000;
const MINUTE: i64 = 60 * MICROS_PER_SECOND;
const HOUR: i64 = 60 * MINUTE;
const YEAR: i64 = 365 * MICROS_PER_DAY;

/// Widths a person reads at a glance, in microseconds, ascending.
static ROUND_WIDTHS: &[i64] = &[
    1,
    2,
    5,
    10,
    20,
    50,
    100,
    200,
    500,
    MILLI,
    2 * MILLI,
    5 * MILLI,
    10 * MILLI,
    20 * MILLI,
    50 * MILLI,
    100 * MILLI,
    200 * MILLI,
    500 * MILLI,
    MICROS_PER_SECOND,
    2 * MICROS_PER_SECOND,
    5 * MICROS_PER_SECOND,
    10 * MICROS_PER_SECOND,
    15 * MICROS_PER_SECOND,
    30 * MICROS_PER_SECOND,
    MINUTE,
    2 * MINUTE,
    5 * MINUTE,
    10 * MINUTE,
    15 * MINUTE,
    30 * MINUTE,
    HOUR,
    2 * HOUR,
    3 * HOUR,
    6 * HOUR,
    12 * HOUR,
    MICROS_PER_DAY,
    2 * MICROS_PER_DAY,
    7 * MICROS_PER_DAY,
    14 * MICROS_PER_DAY,
    28 * MICROS_PER_DAY,
    91 * MICROS_PER_DAY,
    182 * MICROS_PER_DAY,
    YEAR,
    2 * YEAR,
    5 * YEAR,
    10 * YEAR,
    20 * YEAR,
    50 * YEAR,
    100 * YEAR,
    200 * YEAR,
    500 * YEAR,
    1_000 * YEAR,
    10_000 * YEAR,
    100_000 * YEAR,
    // Nothing wider fits an `i64` twice over.
];

/// The smallest round width that is at least `micros`; a range's last resort is the widest.
pub fn round_up(micros: i64) -> i64 {
    let at = ROUND_WIDTHS.partition_point(|&width| width < micros);
    ROUND_WIDTHS[at.min(ROUND_WIDTHS.len() - 1)]
}

/// `(start_micros, bucket_micros, buckets)` that cover `range` in at most
/// `target_buckets + 1` buckets of one round width (two for a target of 0),
/// the start aligned to the width: weeks begin on Monday, everything else counts from 1970 UTC.
pub fn plan(range: TimeRange, target_buckets: u32) -> (Micros, i64, u32) {
    let target = i64::from(target_buckets.max(1));
    let width = range.width_micros().max(1);
    let bucket = round_up(width / target + i64::from(width % target != 0));
    let start = align(range.start_micros, bucket);
    // In 128 bits: a range may span all of `i64`.
    let span = i128::from(range.end_micros.max(range.start_micros.saturating_add(1))) - i128::from(start);
    let bucket_wide = i128::from(bucket);
    let buckets = (span + bucket_wide - 1).div_euclid(bucket_wide).clamp(1, i128::from(target) + 1);
    // Clamped to at most `target + 1` above, and a target is a `u32`.
    (start, bucket, u32::try_from(buckets).unwrap_or(u32::MAX))
}

/// The last multiple of `bucket_micros` at or before `micros`; from Monday 1970-01-05 for whole weeks.
pub fn align(micros: Micros, bucket_micros: i64) -> Micros {
    const WEEK: i64 = 7 * MICROS_PER_DAY;
    let origin = if bucket_micros % WEEK == 0 { 4 * MICROS_PER_DAY } else { 0 };
    let past = (i128::from(micros) - i128::from(origin)).rem_euclid(i128::from(bucket_micros.max(1)));
    // Below `bucket_micros`, so it fits.
    micros.saturating_sub(past as i64)
}

/// A bucket's width in words: `5 ms`, `2 min`, `1 day`.
pub fn width_label(bucket_micros: i64) -> String {
    let (unit, name) = match bucket_micros {
        w if w >= YEAR && w % YEAR == 0 => (YEAR, "year"),
        w if w >= time::MICROS_PER_DAY => (MICROS_PER_DAY, "day"),
        w if w >= HOUR => (HOUR, "h"),
        w if w >= MINUTE => (MINUTE, "min"),
        w if w >= MICROS_PER_SECOND => (MICROS_PER_SECOND, "s"),
        w if w >= MILLI => (MILLI, "ms"),
        _ => (1, "µs"),
    };
    let count = bucket_micros / unit;
    let plural = if matches!(name, "day" | "year") && count != 1 { "s" } else { "" };
    format!("{count} {name}{plural}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(start: &str, end: &str, target: u32, expected: (&str, &str, u32)) {
        let micros = |text: &str| time::parse_rfc3339(text.as_bytes()).unwrap();
        let range = TimeRange { start_micros: micros(start), end_micros: micros(end) };
        let (first, width, buckets) = plan(range, target);
        let got = (&*time::format_rfc3339(first), &*width_label(width), buckets);
        assert_eq!(got, (expected.0, expected.1, expected.2), "{start} to {end} in {target}");
    }

    #[test]
    fn widths_follow_the_zoom() {
        let noon = "2024-05-22T12:00:00Z";
        check(noon, "2024-05-22T13:00:00Z", 120, ("2024-05-22T12:00:00.000000Z", "30 s", 120));
        check("2024-05-22T12:00:07Z", "2024-05-22T13:00:07Z", 120, ("2024-05-22T12:00:00.000000Z", "30 s", 121));
        check(noon, "2024-05-22T12:00:00.1Z", 100, ("2024-05-22T12:00:00.000000Z", "1 ms", 100));
        check(noon, "2024-05-22T12:00:00.00005Z", 100, ("2024-05-22T12:00:00.000000Z", "1 µs", 50));
        check(noon, "2024-05-23T12:00:00Z", 100, ("2024-05-22T12:00:00.000000Z", "15 min", 96));
        check(noon, "2024-06-22T12:00:00Z", 100, ("2024-05-22T12:00:00.000000Z", "12 h", 62));
        check(noon, "2025-05-22T12:00:00Z", 60, ("2024-05-20T00:00:00.000000Z", "7 days", 53));
        check("0001-01-01T00:00:00Z", "2024-01-01T00:00:00Z", 100, ("-029-05-01T00:00:00.000000Z", "50 years", 42));
        check(noon, noon, 100, ("2024-05-22T12:00:00.000000Z", "1 µs", 1));
        check(noon, "2024-05-22T12:00:01Z", 0, ("2024-05-22T12:00:00.000000Z", "1 s", 1));
    }

    #[test]
    fn labels() {
        for (micros, label) in [(1, "1 µs"), (500_000, "500 ms"), (MINUTE, "1 min"), (2 * YEAR, "2 years")] {
            assert_eq!(width_label(micros), label);
        }
    }

    proptest! {
        #[test]
        fn every_range_is_covered(a in any::<i64>(), b in any::<i64>(), target in 0u32..2_000) {
            let quarter = |micros: i64| micros / 8;
            let range = TimeRange { start_micros: quarter(a).min(quarter(b)), end_micros: quarter(a).max(quarter(b)) };
            let (start, width, buckets) = plan(range, target);
            prop_assert!(start <= range.start_micros);
            prop_assert!(start > range.start_micros - width);
            prop_assert!(start + width * i64::from(buckets) >= range.end_micros);
            prop_assert!(buckets >= 1 && buckets <= target.max(1) + 1);
        }

        #[test]
        fn no_range_panics(a in any::<i64>(), b in any::<i64>(), target in any::<u32>()) {
            plan(TimeRange { start_micros: a, end_micros: b }, target);
        }
    }
}
