//! Halves of long operations shown as the page says: alone, hidden, or joined to one event.

use super::Store;
use super::column::ColumnData;
use super::dictionary::Dictionary;
use super::segment::{NO_TIME, Segment, StoredHalf};
use crate::model::{Column, Flags, Half, Micros, Pairing};
use std::borrow::Cow;
use std::collections::BTreeSet;

impl Store {
    /// Shows these rows' halves so; a row that is gone is left out.
    pub fn pair(&mut self, changes: &[(u32, Pairing)]) {
        let mut changed = BTreeSet::new();
        for &(row, pairing) in changes {
            let at = self.segment_of(row);
            let Some(segment) = at.and_then(|at| self.segments.get_mut(at)) else { continue };
            if let Some(stored) = segment.half_mut(row - segment.first_row) {
                stored.pairing = pairing;
                changed.extend(at);
            }
        }
        for at in changed {
            self.segments[at].show_halves(&mut self.dictionaries);
        }
        self.column_bytes = self.segments.iter().map(Segment::bytes).sum();
        for projection in &mut self.projections {
            projection.extend(&self.dictionaries);
        }
    }
}

impl Segment {
    /// The halves with the rows they have in their store, as the page is told of them.
    pub fn halves_told(&self) -> Vec<Half> {
        self.halves.iter().map(|stored| Half { row: self.first_row + stored.half.row, ..stored.half }).collect()
    }

    pub fn half_at(&self, place: usize) -> Option<&StoredHalf> {
        let at = self.halves.binary_search_by_key(&(place as u32), |stored| stored.half.row).ok()?;
        Some(&self.halves[at])
    }

    fn half_mut(&mut self, place: u32) -> Option<&mut StoredHalf> {
        let at = self.halves.binary_search_by_key(&place, |stored| stored.half.row).ok()?;
        Some(&mut self.halves[at])
    }

    /// The row does not count: it repeats another.
    pub fn mark_duplicate(&mut self, place: usize) {
        self.live.remove(place);
        if let Some(stored) = self.half_mut(place as u32) {
            stored.is_duplicate = true;
        }
    }

    /// No row repeats another.
    pub fn clear_duplicates(&mut self) {
        self.live = super::RowSet::full(self.len());
        self.halves.iter_mut().for_each(|stored| stored.is_duplicate = false);
        self.hide();
    }

    /// When each record says it was, whatever it is joined to.
    pub fn record_times(&self) -> Cow<'_, [Micros]> {
        let mut times = Cow::Borrowed(&self.received[..]);
        for stored in self.halves.iter().filter(|stored| stored.pairing != Pairing::Alone) {
            times.to_mut()[stored.half.row as usize] = stored.half.time.unwrap_or(NO_TIME);
        }
        times
    }

    /// Sets whether each half counts.
    fn hide(&mut self) {
        for stored in &self.halves {
            let place = stored.half.row as usize;
            match stored.is_duplicate || stored.pairing == Pairing::Hidden {
                true => self.live.remove(place),
                false => self.live.insert(place),
            }
        }
    }

    /// Makes anew what of the segment hangs on its halves' pairings.
    fn show_halves(&mut self, dictionaries: &mut [Dictionary; Column::COUNT]) {
        self.hide();
        for at in 0..self.halves.len() {
            let StoredHalf { half, pairing, .. } = self.halves[at];
            self.received[half.row as usize] = half.received_shown(pairing).unwrap_or(NO_TIME);
            self.set_latency(half.row, half.latency_shown(pairing));
        }
        self.measure_span();
        self.set_column(Column::Level, dictionaries, |half, pairing, _| {
            half.bodies_shown(pairing).level_of_bodies().to_string()
        });
        self.set_column(Column::Flags, dictionaries, |half, pairing, digits| {
            let mut flags = Flags::of_digits(digits);
            flags.clear(Flags::BODIES);
            flags.set(half.bodies_shown(pairing));
            match pairing {
                Pairing::Alone => flags.set(Flags::UNPAIRED),
                Pairing::Hidden | Pairing::Joined(_) => flags.clear(Flags::UNPAIRED),
            }
            flags.0.to_string()
        });
    }

    /// Sets the halves' values; `value` is given what stood there.
    fn set_column(
        &mut self,
        column: Column,
        dictionaries: &mut [Dictionary; Column::COUNT],
        value: impl Fn(&Half, Pairing, &[u8]) -> String,
    ) {
        let dictionary = &mut dictionaries[column as usize];
        let own = &mut self.columns[column as usize];
        let mut ids: Vec<u32> = (0..self.received.len()).map(|place| own.get(place)).collect();
        for stored in &self.halves {
            let id = &mut ids[stored.half.row as usize];
            let shown = value(&stored.half, stored.pairing, dictionary.get(*id));
            *id = dictionary.intern(shown.as_bytes());
        }
        *own = ColumnData::freeze(&ids);
    }
}
