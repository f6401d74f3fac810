//! The events of one piece of a source, as columns.

use super::column::ColumnData;
use super::row_set::RowSet;
use crate::formats::{Place, SkipReason};
use crate::model::{Column, Half, Micros, Pairing, TimeRange};

/// Which text of its worker a segment's records lie in.
pub type TextId = u32;

/// The time of an event that has none.
pub const NO_TIME: Micros = i64::MIN;

pub(super) const NO_LATENCY: u32 = u32::MAX;
/// The latency stands in `long_latencies`: it has no room in 32 bits (over 71 minutes).
pub(super) const LONG_LATENCY: u32 = u32::MAX - 1;

pub struct Segment {
    pub source: u16,
    pub text: TextId,
    /// Bytes from the start of the source's text.
    pub text_start: u64,
    /// Bytes.
    pub text_length: u32,
    /// Number of this segment's first row in its store.
    pub first_row: u32,
    /// [`NO_TIME`] where unknown.
    pub received: Vec<Micros>,
    pub(super) latencies: Vec<u32>,
    pub(super) long_latencies: Vec<(u32, u64)>,
    /// Rows whose stage was reached before their request was received, by clocks that differ, and when it was.
    pub(super) early_stages: Vec<(u32, Micros)>,
    pub offsets: Vec<u32>,
    pub lengths: Vec<u32>,
    /// Hash of (auditID, stage, stage time): the same event twice has it twice.
    pub identities: Vec<u64>,
    pub columns: [ColumnData; Column::COUNT],
    /// Rows that count: all but duplicates and hidden halves.
    pub live: RowSet,
    /// Received times from the earliest to just after the latest.
    pub span: Option<TimeRange>,
    /// Some event has no time.
    pub has_untimed: bool,
    /// In the order of their rows.
    pub halves: Vec<StoredHalf>,
    pub lines: u32,
    pub skipped: Vec<SkippedPlace>,
    /// What the records travel in; none of it where they are plain events.
    pub wrappers: Vec<&'static str>,
}

/// One half of a long operation, as it shows.
#[derive(Debug, Clone, Copy)]
pub struct StoredHalf {
    pub half: Half,
    pub pairing: Pairing,
    pub is_duplicate: bool,
}

/// A record that was not an event, by its place in the segment's text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SkippedPlace {
    pub reason: SkipReason,
    pub place: Place,
}

impl Segment {
    pub fn len(&self) -> usize {
        self.received.len()
    }

    pub fn is_empty(&self) -> bool {
        self.received.is_empty()
    }

    pub fn received(&self, place: usize) -> Option<Micros> {
        Some(self.received[place]).filter(|&micros| micros != NO_TIME)
    }

    /// When the stage was reached. Of a half it is its own record's time, joined or not: the identity of an event hangs on it.
    pub fn staged(&self, place: usize) -> Option<Micros> {
        match self.half_at(place) {
            Some(stored) => stored.half.time,
            None => self
                .received(place)
                .zip(self.latency_micros(place))
                .map(|(from, more)| from.saturating_add_unsigned(more))
                .or_else(|| self.early_stage(place)),
        }
    }

    /// How many earlier rows have the same record: which of its events a row is.
    pub fn nth_of_record(&self, place: usize) -> usize {
        let record = |row: usize| (self.offsets[row], self.lengths[row]);
        // The events of a record come one after another.
        (0..place).rev().take_while(|&row| record(row) == record(place)).count()
    }

    /// The same, where a record holds more events than this row's.
    pub fn nth_of_several(&self, place: usize) -> Option<usize> {
        let nth = self.nth_of_record(place);
        let record = |row: usize| Some((self.offsets.get(row)?, self.lengths.get(row)?));
        (nth > 0 || record(place + 1) == record(place)).then_some(nth)
    }

    fn early_stage(&self, place: usize) -> Option<Micros> {
        let at = self.early_stages.binary_search_by_key(&(place as u32), |&(row, _)| row).ok()?;
        Some(self.early_stages[at].1)
    }

    /// Stage time less received time, in micros.
    #[inline]
    pub fn latency_micros(&self, place: usize) -> Option<u64> {
        match self.latencies[place] {
            NO_LATENCY => None,
            LONG_LATENCY => {
                let at = self.long_latencies.binary_search_by_key(&(place as u32), |&(row, _)| row).ok()?;
                Some(self.long_latencies[at].1)
            }
            micros => Some(u64::from(micros)),
        }
    }

    pub(super) fn set_latency(&mut self, row: u32, micros: Option<u64>) {
        if self.latencies[row as usize] == LONG_LATENCY {
            self.long_latencies.retain(|&(of, _)| of != row);
        }
        self.latencies[row as usize] = match micros {
            None => NO_LATENCY,
            Some(micros) if micros < u64::from(LONG_LATENCY) => micros as u32,
            Some(micros) => {
                let at = self.long_latencies.partition_point(|&(of, _)| of < row);
                self.long_latencies.insert(at, (row, micros));
                LONG_LATENCY
            }
        };
    }

    /// Sets `span` and `has_untimed` by the received times.
    pub(super) fn measure_span(&mut self) {
        let times = || self.received.iter().copied().filter(|&micros| micros != NO_TIME);
        let ends = times().min().zip(times().max());
        self.span = ends.map(|(first, last)| TimeRange { start_micros: first, end_micros: last.saturating_add(1) });
        self.has_untimed = self.received.contains(&NO_TIME);
    }

    /// Bytes of columns and places, dictionaries not included.
    pub fn bytes(&self) -> u64 {
        let columns: u64 = self.columns.iter().map(ColumnData::bytes).sum();
        let fixed = self.len() * (8 + 4 + 4 + 4 + 8)
            + self.live.bytes()
            + (self.long_latencies.len() + self.early_stages.len()) * 16;
        let fixed = fixed + self.halves.len() * size_of::<StoredHalf>();
        columns + fixed as u64
    }
}

#[cfg(test)]
mod tests {
    use crate::formats::{Place, Sink};
    use crate::model::{Event, Micros};
    use crate::store::Store;

    /// What a segment tells of an event's times.
    fn check(received: Option<Micros>, staged: Option<Micros>, latency: Option<u64>) {
        let mut store = Store::default();
        let mut builder = store.builder(0, "file", 0, 0);
        let place = Place { offset: 0, length: 1, line: 0 };
        builder.event(&Event { audit_id: b"other", ..Event::default() }, "", place);
        builder.event(&Event { audit_id: b"a", received, staged, ..Event::default() }, "", place);
        let segment = builder.finish(0, 1);
        assert_eq!(
            (segment.received(1), segment.staged(1).or(segment.received(1)), segment.latency_micros(1)),
            (received.or(staged), staged.or(received), latency),
            "{received:?} {staged:?}"
        );
        assert_eq!(segment.staged(0), None);
    }

    #[test]
    fn times() {
        check(Some(5), Some(7), Some(2));
        check(Some(5), Some(5), Some(0));
        check(Some(5), Some(5 + (1 << 40)), Some(1 << 40));
        check(Some(5), None, None);
        check(None, Some(5), None);
        check(None, None, None);
        // Clocks differ.
        check(Some(7), Some(5), None);
    }
}
