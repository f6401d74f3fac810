//! What each source comes to, by who holds it: what a worker held is taken back when it dies.

use super::progress::{Counts, SourceId};
use std::collections::BTreeMap;

#[derive(Debug, Default)]
pub struct Tally(BTreeMap<(SourceId, usize), Counts>);

impl Tally {
    /// A piece of a source that a worker holds.
    pub fn add(&mut self, source: SourceId, worker: usize, counts: &Counts) {
        self.0.entry((source, worker)).or_default().add(counts);
    }

    /// So many of what it holds are no events of their own.
    pub fn add_duplicates(&mut self, source: SourceId, worker: usize, count: u64) {
        if let Some(counts) = self.0.get_mut(&(source, worker)) {
            let count = count.min(counts.events);
            counts.duplicates += count;
            counts.events -= count;
        }
    }

    /// What repeats another is found out anew afterwards.
    pub fn forget_duplicates(&mut self) {
        for counts in self.0.values_mut() {
            counts.events += std::mem::take(&mut counts.duplicates);
        }
    }

    pub fn remove_source(&mut self, source: SourceId) {
        self.0.retain(|(of, _), _| *of != source);
    }

    /// The worker died; gives the sources of which it held something.
    pub fn remove_worker(&mut self, worker: usize) -> Vec<SourceId> {
        let held: Vec<SourceId> = self.0.keys().filter(|(_, of)| *of == worker).map(|(source, _)| *source).collect();
        self.0.retain(|(_, of), _| *of != worker);
        held
    }

    pub fn of(&self, source: SourceId) -> Counts {
        let mut sum = Counts::default();
        self.0.range((source, 0)..=(source, usize::MAX)).for_each(|(_, counts)| sum.add(counts));
        sum
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    enum Did {
        Add(SourceId, usize, u64),
        Duplicates(SourceId, usize, u64),
        Forget,
        RemoveSource(SourceId),
        RemoveWorker(usize, &'static [SourceId]),
    }
    use Did::*;

    /// `expected`: events and duplicates of the sources 0, 1, 2.
    fn check(done: &[Did], expected: [(u64, u64); 3]) {
        let mut tally = Tally::default();
        for did in done {
            match *did {
                Add(source, worker, events) => {
                    tally.add(source, worker, &Counts { events, lines: events, ..Counts::default() })
                }
                Duplicates(source, worker, count) => tally.add_duplicates(source, worker, count),
                Forget => tally.forget_duplicates(),
                RemoveSource(source) => tally.remove_source(source),
                RemoveWorker(worker, lost) => assert_eq!(tally.remove_worker(worker), lost),
            }
        }
        let found = [0, 1, 2].map(|source| tally.of(source)).map(|counts| (counts.events, counts.duplicates));
        assert_eq!(found, expected);
    }

    #[test]
    fn sums_by_source_whoever_holds_it() {
        check(&[], [(0, 0), (0, 0), (0, 0)]);
        check(&[Add(0, 0, 3), Add(0, 1, 4), Add(2, 1, 5)], [(7, 0), (0, 0), (5, 0)]);
        check(&[Add(0, 0, 3), Add(0, 0, 4)], [(7, 0), (0, 0), (0, 0)]);
        check(&[Add(1, 7, 9), RemoveSource(1)], [(0, 0), (0, 0), (0, 0)]);
        check(&[Add(0, 0, 1), Add(1, 0, 2), Add(2, 0, 3), RemoveSource(1)], [(1, 0), (0, 0), (3, 0)]);
    }

    #[test]
    fn duplicates_are_no_events_until_forgotten() {
        check(&[Add(0, 0, 10), Add(0, 1, 10), Duplicates(0, 1, 4)], [(16, 4), (0, 0), (0, 0)]);
        check(&[Add(0, 0, 10), Duplicates(0, 0, 4), Forget], [(10, 0), (0, 0), (0, 0)]);
        check(&[Add(0, 0, 10), Duplicates(0, 0, 4), Add(0, 0, 1)], [(7, 4), (0, 0), (0, 0)]);
        // Of what is not held, or more than is.
        check(&[Add(0, 0, 10), Duplicates(1, 0, 4), Duplicates(0, 1, 4)], [(10, 0), (0, 0), (0, 0)]);
        check(&[Add(0, 0, 2), Duplicates(0, 0, 3)], [(0, 2), (0, 0), (0, 0)]);
    }

    #[test]
    fn a_worker_takes_what_it_held_along() {
        check(&[Add(0, 0, 3), Add(0, 1, 4), RemoveWorker(1, &[0])], [(3, 0), (0, 0), (0, 0)]);
        check(&[Add(0, 1, 4), Add(2, 1, 5), RemoveWorker(1, &[0, 2])], [(0, 0), (0, 0), (0, 0)]);
        check(&[Add(0, 0, 4), RemoveWorker(1, &[])], [(4, 0), (0, 0), (0, 0)]);
        check(
            &[Add(0, 0, 4), Add(0, 1, 4), Duplicates(0, 1, 4), RemoveWorker(0, &[0]), Forget],
            [(4, 0), (0, 0), (0, 0)],
        );
    }
}
