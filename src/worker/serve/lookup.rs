//! What needs a record's text: the open event, exports, skipped lines, an event by its identity.

use super::texts::Passage;
use super::{Answered, Shared};
use crate::formats::parse;
use crate::model::Pairing;
use crate::model::record::push_line;
use crate::query::answer::{EventIdentity, RowId};
use crate::query::detail::detail as detail_of;
use crate::store::Segment;
use crate::worker::identity::identity_of;
use crate::worker::progress::{Fault, SkippedRecord};
use crate::worker::protocol::FromWorker;
use js_sys::Uint8Array;

/// Characters of a skipped record that are shown.
const SHOWN_CHARS: usize = 500;

fn gone() -> Fault {
    Fault {
        what_happened: "This event is no longer held.".to_string(),
        what_it_means: "Its source was removed after the list was made.".to_string(),
        what_to_do: "Pick another event, or open the file again.".to_string(),
    }
}

/// The bytes of one row's record, and which of its events the row is.
async fn record(state: &Shared, row: u32) -> Result<(Vec<u8>, usize), Fault> {
    let (passage, nth) = {
        let state = state.borrow();
        let (segment, place) = state.store.locate(row).ok_or_else(gone)?;
        let (offset, length) = (u64::from(segment.offsets[place]), u64::from(segment.lengths[place]));
        (state.texts.passage(segment, offset, length)?, segment.nth_of_record(place))
    };
    Ok((passage.read().await?, nth))
}

pub async fn detail(state: &Shared, row: u32) -> Result<FromWorker, Fault> {
    let (mut detail, source, piece_start, start, before) = {
        let state = state.borrow();
        let (segment, place) = state.store.locate(row).ok_or_else(gone)?;
        let detail = detail_of(&state.store, state.worker, row).ok_or_else(gone)?;
        let before = state.texts.passage(segment, 0, u64::from(segment.offsets[place]))?;
        (detail, segment.source, segment.text_start, start_of(segment, place), before)
    };
    let (bytes, nth) = record(state, row).await?;
    let identity = identity_of(&bytes, nth);
    detail.audit_id = identity.audit_id;
    detail.staged = identity.staged.or(detail.staged);
    detail.event_json = parse::unwrap_record(&bytes, nth).unwrap_or_default();
    detail.record = String::from_utf8_lossy(&bytes).into_owned();
    detail.line = memchr::memchr_iter(b'\n', &before.read().await?).count() as u64 + 1;
    Ok(FromWorker::Detail { detail: Box::new(detail), piece_start, source, start })
}

/// Where the other record of a joined event is.
fn start_of(segment: &Segment, place: usize) -> Option<RowId> {
    match segment.half_at(place)?.pairing {
        Pairing::Joined(start) => Some(start.record),
        Pairing::Alone | Pairing::Hidden => None,
    }
}

/// The row of an identity, one that counts before one that does not, and whether it counts. Its time narrows the search
/// to a few rows, whose text is then read.
pub async fn find_event(state: &Shared, identity: EventIdentity) -> Result<Option<(u32, bool)>, Fault> {
    let mut candidates: Vec<(u32, bool)> = {
        let state = state.borrow();
        let staged = identity.staged;
        state
            .store
            .segments()
            .iter()
            .flat_map(|segment| {
                (0..segment.len())
                    .filter(move |&place| segment.staged(place).or(segment.received(place)) == staged)
                    .map(move |place| (segment.first_row + place as u32, segment.live.contains(place)))
            })
            .collect()
    };
    candidates.sort_by_key(|&(_, counts)| !counts);
    for (row, counts) in candidates {
        let (bytes, nth) = record(state, row).await?;
        let found = identity_of(&bytes, nth);
        if found.audit_id == identity.audit_id && (identity.stage.is_empty() || found.stage == identity.stage) {
            return Ok(Some((row, counts)));
        }
    }
    Ok(None)
}

/// Whole records, one a line.
pub async fn records(state: &Shared, rows: &[u32]) -> Answered {
    let mut text = Vec::new();
    let mut lengths = Vec::with_capacity(rows.len());
    let starts = starts(state, rows);
    for stretch in neighbours(state, rows)? {
        let bytes = stretch.passage.read().await?;
        // Of several events in one record only those that are wanted, each by itself.
        let mut several: (usize, Vec<Option<String>>) = Default::default();
        for (from, length, nth) in stretch.records {
            let start = text.len();
            let record = &bytes[from..from + length];
            if nth.is_some() && (several.1.is_empty() || several.0 != from) {
                several = (from, parse::unwrap_all(record));
            }
            // Of one in parts the lines make no line.
            let own = match nth {
                Some(nth) => several.1.get(nth).cloned().flatten(),
                None if parse::is_in_parts(record) => parse::unwrap_record(record, 0),
                None => None,
            };
            match own {
                Some(event) => push_line(&mut text, event.as_bytes()),
                None => push_line(&mut text, record),
            }
            lengths.push((text.len() - start) as u32);
        }
    }
    let bytes = Uint8Array::from(text.as_slice());
    Ok((FromWorker::Records { lengths, starts }, bytes.buffer().into()))
}

/// Of the joined rows, where the other record is.
fn starts(state: &Shared, rows: &[u32]) -> Vec<(u32, RowId)> {
    let state = state.borrow();
    let start = |&row: &u32| {
        let (segment, place) = state.store.locate(row)?;
        Some((row, start_of(segment, place)?))
    };
    rows.iter().filter_map(start).collect()
}

/// Records that lie close together and are read at once, in the order asked for.
struct Stretch {
    passage: Passage,
    /// Offset in the passage and length of each, and where a record holds several events, which of them.
    records: Vec<(usize, usize, Option<usize>)>,
}

/// Bytes between two records that are rather read than sought over.
const GAP_BYTES: u64 = 64 << 10;
const STRETCH_BYTES: u64 = 4 << 20;

fn neighbours(state: &Shared, rows: &[u32]) -> Result<Vec<Stretch>, Fault> {
    let state = state.borrow();
    let mut stretches = Vec::new();
    let mut at = 0;
    while at < rows.len() {
        let (segment, place) = state.store.locate(rows[at]).ok_or_else(gone)?;
        let start = u64::from(segment.offsets[place]);
        let mut end = start + u64::from(segment.lengths[place]);
        let mut last = start;
        let mut nth = segment.nth_of_several(place);
        let mut records = vec![(0, segment.lengths[place] as usize, nth)];
        let mut before = place;
        at += 1;
        while let Some((next, place)) = rows.get(at).and_then(|&row| state.store.locate(row)) {
            let from = u64::from(next.offsets[place]);
            let is_same = from == last;
            let near = is_same || from >= end && from - end < GAP_BYTES;
            if next.first_row != segment.first_row || !near || (end - start > STRETCH_BYTES && !is_same) {
                break;
            }
            // Counted from the first of a record each time, those of a large one would take for ever.
            nth = match is_same {
                true if place == before + 1 => nth.map(|nth| nth + 1),
                true if place + 1 == before => nth.map(|nth| nth - 1),
                _ => next.nth_of_several(place),
            };
            before = place;
            records.push(((from - start) as usize, next.lengths[place] as usize, nth));
            last = from;
            end = from + u64::from(next.lengths[place]);
            at += 1;
        }
        stretches.push(Stretch { passage: state.texts.passage(segment, start, end - start)?, records });
    }
    Ok(stretches)
}

pub async fn skipped(state: &Shared, source: u16, start: u64, first: u32, limit: u32) -> Result<FromWorker, Fault> {
    let places: Vec<_> = {
        let state = state.borrow();
        let segment = state
            .store
            .segments()
            .iter()
            .find(|s| s.source == source && s.text_start == start && !s.skipped.is_empty());
        let segment = segment.ok_or_else(gone)?;
        let stretch = segment.skipped.iter().skip(first as usize).take(limit as usize);
        stretch
            .map(|skipped| {
                let shown = u64::from(skipped.place.length).min(4 * SHOWN_CHARS as u64);
                Ok((*skipped, state.texts.passage(segment, u64::from(skipped.place.offset), shown)?))
            })
            .collect::<Result<_, Fault>>()?
    };
    let mut records = Vec::with_capacity(places.len());
    for (skipped, passage) in places {
        let bytes = passage.read().await?;
        records.push(SkippedRecord {
            source,
            reason: skipped.reason,
            line: u64::from(skipped.place.line),
            offset: start + u64::from(skipped.place.offset),
            length: u64::from(skipped.place.length),
            start_of_text: String::from_utf8_lossy(&bytes).chars().take(SHOWN_CHARS).collect(),
        });
    }
    Ok(FromWorker::Skipped(records))
}
