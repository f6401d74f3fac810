//! A time range cut into pieces that a server takes and that can be fetched side by side.

use super::{NanoRange, Nanos};

/// Cuts a range into the fewest equal pieces no longer than `longest_nanos`, in order of time.
pub fn split(range: NanoRange, longest_nanos: i64) -> Vec<NanoRange> {
    if range.is_empty() {
        return Vec::new();
    }
    let longest = i128::from(longest_nanos.max(1));
    let width = i128::from(range.end_nanos) - i128::from(range.start_nanos);
    let pieces = (width + longest - 1) / longest;
    // A cut lies inside the range, so it fits again.
    let cut = |piece: i128| (i128::from(range.start_nanos) + width * piece / pieces) as Nanos;
    (0..pieces).map(|piece| NanoRange::new(cut(piece), cut(piece + 1))).collect()
}

/// Events counted beforehand: `counts[i]` of them in the i-th of equal stretches from `start_nanos`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Estimate {
    pub start_nanos: Nanos,
    pub step_nanos: i64,
    pub counts: Vec<u64>,
}

impl Estimate {
    pub fn total(&self) -> u64 {
        self.counts.iter().sum()
    }
}

/// Cuts a range where the estimate says, so that a piece holds about `entries` of them and is no
/// longer than `longest_nanos`. Covers the range exactly: what lies outside the estimate is still asked for.
pub fn by_count(range: NanoRange, estimate: &Estimate, entries: u64, longest_nanos: i64) -> Vec<NanoRange> {
    let mut pieces = Vec::new();
    let mut start = range.start_nanos;
    let mut held = 0;
    for (index, &count) in estimate.counts.iter().enumerate() {
        let bucket_start = estimate.start_nanos.saturating_add(estimate.step_nanos.saturating_mul(index as i64));
        if held > 0 && held + count > entries && start < bucket_start && bucket_start < range.end_nanos {
            pieces.push(NanoRange::new(start, bucket_start));
            start = bucket_start;
            held = 0;
        }
        held += count;
    }
    pieces.push(NanoRange::new(start, range.end_nanos));
    pieces.into_iter().flat_map(|piece| split(piece, longest_nanos)).collect()
}

#[cfg(test)]
mod tests {
    use super::super::{MAX_QUERY_NANOS, NANOS_PER_SECOND};
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn cuts() {
        let check = |start, end, longest, expected: &[(i64, i64)]| {
            let pieces: Vec<_> =
                split(NanoRange::new(start, end), longest).iter().map(|p| (p.start_nanos, p.end_nanos)).collect();
            assert_eq!(pieces, expected);
        };
        check(0, 10, 10, &[(0, 10)]);
        check(0, 11, 10, &[(0, 5), (5, 11)]);
        check(5, 5, 10, &[]);
        check(9, 5, 10, &[]);
        check(0, 3, 1, &[(0, 1), (1, 2), (2, 3)]);
        let year = NanoRange::new(0, 365 * 86_400 * NANOS_PER_SECOND);
        assert_eq!(split(year, MAX_QUERY_NANOS).len(), 13);
        assert_eq!(split(NanoRange::new(i64::MIN, i64::MAX), i64::MAX).len(), 3);
    }

    #[test]
    fn busy_hours_are_cut_finer() {
        let estimate = Estimate { start_nanos: 0, step_nanos: 10, counts: vec![1, 0, 90, 90, 5, 5] };
        let pieces = by_count(NanoRange::new(3, 58), &estimate, 100, 1_000);
        assert_eq!(pieces, [NanoRange::new(3, 30), NanoRange::new(30, 58)]);
        let pieces = by_count(NanoRange::new(3, 58), &estimate, 50, 1_000);
        assert_eq!(pieces, [(3, 20), (20, 30), (30, 40), (40, 58)].map(|(a, b)| NanoRange::new(a, b)));
    }

    proptest! {
        #[test]
        fn pieces_cover_the_range_without_gap_or_overlap(
            start in -1_000i64..1_000, width in 1i64..5_000, longest in 1i64..2_000,
            shift in -50i64..50, step in 1i64..500, counts in prop::collection::vec(0u64..100, 0..30), entries in 1u64..200,
        ) {
            let range = NanoRange::new(start, start + width);
            let estimate = Estimate { start_nanos: start + shift, step_nanos: step, counts };
            for pieces in [split(range, longest), by_count(range, &estimate, entries, longest)] {
                prop_assert_eq!(pieces[0].start_nanos, range.start_nanos);
                prop_assert_eq!(pieces[pieces.len() - 1].end_nanos, range.end_nanos);
                prop_assert!(pieces.windows(2).all(|pair| pair[0].end_nanos == pair[1].start_nanos));
                prop_assert!(pieces.iter().all(|piece| !piece.is_empty() && piece.width_nanos() <= longest));
            }
        }
    }
}
