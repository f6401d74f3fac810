//! Following a stream by asking again and again. Each poll overlaps the last ones, so that lines
//! that arrive late are met too; what was seen is dropped.

use super::{NANOS_PER_SECOND, NanoRange, Nanos};
use crate::worker::loki::page::LineMark;
use std::collections::{BTreeMap, HashSet};

/// Lines later than this are not met by following (they are by loading the window again).
pub const OVERLAP_NANOS: i64 = 60 * NANOS_PER_SECOND;

/// How far into the future a poll asks: covers a browser's clock that is behind.
const AHEAD_NANOS: i64 = 3_600 * NANOS_PER_SECOND;

/// Remembers what was seen within the overlap.
#[derive(Debug, Clone)]
pub struct Follower {
    /// Nothing older is asked for.
    start_nanos: Nanos,
    /// The newest line's time; the overlap hangs on it rather than on any clock, which may jump.
    newest_nanos: Nanos,
    /// Hashes of lines.
    seen: BTreeMap<Nanos, HashSet<u128>>,
}

impl Follower {
    /// Follows from `start_nanos` on.
    pub fn new(start_nanos: Nanos) -> Follower {
        Follower { start_nanos, newest_nanos: start_nanos, seen: BTreeMap::new() }
    }

    /// What to ask for next, oldest first. `now_nanos` by this machine's clock, which may be wrong by an hour.
    pub fn range(&self, now_nanos: Nanos) -> NanoRange {
        let start = self.newest_nanos.saturating_sub(OVERLAP_NANOS).max(self.start_nanos);
        let end = now_nanos.max(self.newest_nanos).saturating_add(AHEAD_NANOS);
        // A machine that slept for weeks still asks within the server's limit: the next poll goes on.
        NanoRange::new(start, end.min(start.saturating_add(super::MAX_QUERY_NANOS)))
    }

    /// The lines not seen before, in the order given.
    pub fn accept(&mut self, lines: Vec<LineMark>) -> Vec<LineMark> {
        let mut fresh = Vec::new();
        for line in lines {
            self.newest_nanos = self.newest_nanos.max(line.nanos);
            if self.seen.entry(line.nanos).or_default().insert(line.hash) {
                fresh.push(line);
            }
        }
        let kept_from = self.newest_nanos.saturating_sub(OVERLAP_NANOS);
        self.seen = self.seen.split_off(&kept_from);
        fresh
    }

    pub fn newest_nanos(&self) -> Nanos {
        self.newest_nanos
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The text itself stands for its hash.
    fn line(nanos: Nanos, text: &str) -> LineMark {
        LineMark { nanos, hash: text.bytes().fold(0, |hash, byte| hash << 8 | u128::from(byte)) }
    }

    fn text(line: &LineMark) -> String {
        line.hash.to_be_bytes().into_iter().filter(|&byte| byte > 0).map(char::from).collect()
    }

    #[test]
    fn late_lines_are_met_once() {
        let second = NANOS_PER_SECOND;
        let mut follower = Follower::new(0);
        assert_eq!(follower.accept(vec![line(100 * second, "a")]).len(), 1);
        assert_eq!(follower.range(100 * second).start_nanos, 40 * second);
        let again = vec![line(50 * second, "late"), line(100 * second, "a"), line(100 * second, "tie")];
        let fresh: Vec<_> = follower.accept(again.clone()).iter().map(text).collect();
        assert_eq!(fresh, ["late", "tie"]);
        assert!(follower.accept(again).is_empty());
    }

    #[test]
    fn a_clock_that_jumps_changes_nothing() {
        let mut follower = Follower::new(1_000 * NANOS_PER_SECOND);
        follower.accept(vec![line(2_000 * NANOS_PER_SECOND, "a")]);
        for now in [0, 500 * NANOS_PER_SECOND, 2_100 * NANOS_PER_SECOND] {
            let range = follower.range(now);
            assert_eq!(range.start_nanos, 1_940 * NANOS_PER_SECOND);
            assert!(range.contains(2_050 * NANOS_PER_SECOND), "{now}");
        }
        assert!(follower.range(i64::MAX).width_nanos() <= super::super::MAX_QUERY_NANOS);
    }

    proptest! {
        /// Lines that arrive within the overlap are all met, exactly once.
        #[test]
        fn complete(arrivals in prop::collection::vec((0i64..600, 0i64..50, 0u8..3), 1..80)) {
            // (written at, delay, text): visible once now >= written + delay.
            let mut follower = Follower::new(0);
            let mut got = Vec::new();
            for now in (0..700).step_by(3) {
                let now_nanos = now * NANOS_PER_SECOND;
                let range = follower.range(now_nanos);
                let mut visible: Vec<LineMark> = arrivals
                    .iter()
                    .filter(|(at, delay, _)| at + delay <= now && range.contains(at * NANOS_PER_SECOND))
                    .map(|(at, _, text)| line(at * NANOS_PER_SECOND, &text.to_string()))
                    .collect();
                visible.sort_by_key(|line| line.nanos);
                got.extend(follower.accept(visible).iter().map(|line| (line.nanos, text(line))));
            }
            got.sort();
            let mut expected: Vec<_> = arrivals.iter().map(|(at, _, text)| (at * NANOS_PER_SECOND, text.to_string())).collect();
            expected.sort();
            expected.dedup();
            prop_assert_eq!(got, expected);
        }
    }
}
