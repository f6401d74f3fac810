//! A worker's share of what is covered.

use super::twins::{Shared, to_list};
use super::{Board, Facts, Grid, SourcePart};
use crate::model::{Column, Flags, Micros};
use crate::store::segment::NO_TIME;
use crate::store::{Segment, Store};
use std::collections::{BTreeMap, HashMap};

/// kube-apiserver cuts a user agent at 1,024 characters and says so
/// (kubernetes/apiserver pkg/audit/request.go).
const CUT_AGENT: &[u8] = b"...TRUNCATED";

/// One worker's share.
pub fn part(store: &Store, grid: &Grid) -> Vec<SourcePart> {
    let mut segments: BTreeMap<u16, Vec<&Segment>> = BTreeMap::new();
    store.segments().iter().for_each(|segment| segments.entry(segment.source).or_default().push(segment));
    let flags = FlagsById::of(store);
    let mut board = Board::new(grid);
    let each = segments.into_iter().map(|(source, segments)| {
        let mut facts = Facts::default();
        for segment in segments {
            // A duplicate or the other half of an event is none of its own, but its source has a record at that time.
            segment.record_times().iter().for_each(|&micros| board.mark(grid, micros));
            segment.live.for_each(|row| flags.count(segment, row, &mut facts));
        }
        SourcePart { source, cells: board.take(), facts }
    });
    each.filter(|part| part.facts.events > 0 || !part.cells.is_empty()).collect()
}

impl Grid {
    pub(super) fn cell_of(&self, micros: Micros) -> Option<usize> {
        let past = micros.checked_sub(self.start_micros).filter(|&past| past >= 0)?;
        Some((past / self.cell_micros) as usize).filter(|&cell| cell < self.cells as usize)
    }
}

impl Board {
    #[inline]
    fn mark(&mut self, grid: &Grid, micros: Micros) {
        if micros == NO_TIME {
            return;
        }
        // Outside the grid: it came after the grid was planned, and will be asked about again.
        let Some(at) = grid.cell_of(micros) else { return };
        let past = (micros - grid.start_of(at as u32)) as u64;
        self.widen(at, past, past);
    }
}

/// What a row's ids say, each id looked up once.
struct FlagsById {
    flags: Vec<Flags>,
    cut_agents: Vec<bool>,
}

impl FlagsById {
    fn of(store: &Store) -> FlagsById {
        let values = |column| {
            let dictionary = store.dictionary(column);
            (0..dictionary.len()).map(move |id| dictionary.get(id as u32))
        };
        FlagsById {
            flags: values(Column::Flags).map(Flags::of_digits).collect(),
            cut_agents: values(Column::Agent).map(|agent| agent.ends_with(CUT_AGENT)).collect(),
        }
    }

    fn count(&self, segment: &Segment, row: usize, facts: &mut Facts) {
        let id = |column: Column| segment.columns[column as usize].get(row) as usize;
        let flags = self.flags[id(Column::Flags)];
        facts.events += 1;
        facts.untimed += u64::from(segment.received[row] == NO_TIME);
        facts.truncated += u64::from(flags.has(Flags::TRUNCATED));
        facts.with_bodies += u64::from(flags.has(Flags::REQUEST_BODY) || flags.has(Flags::RESPONSE_BODY));
        facts.cut_agents += u64::from(self.cut_agents[id(Column::Agent)]);
    }
}

fn is_in(identity: u64, slice: u32, slices: u32) -> bool {
    // The lowest bits pick slots in tables, the highest an owner.
    (identity >> 16) as u32 % slices.max(1) == slice
}

/// The identities of the rows that do not count, each with its source.
pub fn repeats(store: &Store, slice: u32, slices: u32) -> Vec<(u64, u16)> {
    let mut found = Vec::new();
    for segment in store.segments() {
        let mut dead = segment.live.clone();
        dead.invert();
        dead.for_each(|row| {
            let identity = segment.identities[row];
            if is_in(identity, slice, slices) {
                found.push((identity, segment.source));
            }
        });
    }
    found
}

/// Of what other rows repeat, that which is counted in this store.
pub fn originals(store: &Store, repeats: &[(u64, u16)]) -> Vec<Shared> {
    let mut wanted: HashMap<u64, Vec<u16>> = HashMap::new();
    repeats.iter().for_each(|&(identity, source)| wanted.entry(identity).or_default().push(source));
    let mut counts: BTreeMap<(u16, u16), u64> = BTreeMap::new();
    for segment in store.segments() {
        segment.live.for_each(|row| {
            for &source in wanted.get(&segment.identities[row]).into_iter().flatten() {
                *counts.entry((segment.source, source)).or_default() += 1;
            }
        });
    }
    to_list(counts)
}
