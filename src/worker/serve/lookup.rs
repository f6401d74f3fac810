//! What needs a record's text: the open event, exports, skipped lines, an event by its identity.

use super::texts::Passage;
use super::{Answered, Shared};
use crate::formats::{parse, scan};
use crate::model::json_string::unescape;
use crate::model::{Event, Micros};
use crate::query::answer::EventIdentity;
use crate::query::detail::detail as detail_of;
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

/// The bytes of one record.
async fn record(state: &Shared, row: u32) -> Result<Vec<u8>, Fault> {
    let passage = {
        let state = state.borrow();
        let (segment, place) = state.store.locate(row).ok_or_else(gone)?;
        let (offset, length) = (u64::from(segment.offsets[place]), u64::from(segment.lengths[place]));
        state.texts.passage(segment, offset, length)?
    };
    passage.read().await
}

pub async fn detail(state: &Shared, row: u32) -> Result<FromWorker, Fault> {
    let (mut detail, source, piece_start, before) = {
        let state = state.borrow();
        let (segment, place) = state.store.locate(row).ok_or_else(gone)?;
        let detail = detail_of(&state.store, state.worker, row).ok_or_else(gone)?;
        let before = state.texts.passage(segment, 0, u64::from(segment.offsets[place]))?;
        (detail, segment.source, segment.text_start, before)
    };
    let bytes = record(state, row).await?;
    let (audit_id, _, staged) = identity_of(&bytes);
    detail.audit_id = audit_id;
    detail.staged = staged.or(detail.staged);
    detail.event_json = parse::unwrap_record(&bytes).unwrap_or_default();
    detail.record = String::from_utf8_lossy(&bytes).into_owned();
    detail.line = memchr::memchr_iter(b'\n', &before.read().await?).count() as u64 + 1;
    Ok(FromWorker::Detail { detail: Box::new(detail), piece_start, source })
}

/// What a record says of its identity: auditID, stage, stage time.
fn identity_of(record: &[u8]) -> (String, String, Option<Micros>) {
    let unwrapped = parse::unwrap_record(record);
    let text = unwrapped.as_ref().map_or(record, |text| text.as_bytes());
    let mut event = Event::default();
    if scan::scan_event(text, &mut event).is_err() {
        return Default::default();
    }
    (unescape(event.audit_id).into_owned(), unescape(event.stage).into_owned(), event.staged)
}

/// The row of an identity. Its time narrows the search to a few rows, whose text is then read.
pub async fn find_event(state: &Shared, identity: EventIdentity) -> Result<Option<u32>, Fault> {
    let candidates: Vec<u32> = {
        let state = state.borrow();
        let staged = identity.staged;
        state
            .store
            .segments()
            .iter()
            .flat_map(|segment| {
                (0..segment.len())
                    .filter(move |&place| {
                        let at = segment.received(place);
                        let latency = segment.latency_micros(place).unwrap_or(0);
                        at.map(|from| from.saturating_add_unsigned(latency)) == staged
                    })
                    .map(move |place| segment.first_row + place as u32)
            })
            .collect()
    };
    for row in candidates {
        let (audit_id, stage, _) = identity_of(&record(state, row).await?);
        if audit_id == identity.audit_id && (identity.stage.is_empty() || stage == identity.stage) {
            return Ok(Some(row));
        }
    }
    Ok(None)
}

/// Whole records, one a line; a record of several lines is joined to one (line breaks stand
/// between JSON tokens only).
pub async fn records(state: &Shared, rows: &[u32]) -> Answered {
    let mut text = Vec::new();
    let mut lengths = Vec::with_capacity(rows.len());
    for stretch in neighbours(state, rows)? {
        let bytes = stretch.passage.read().await?;
        for (from, length) in stretch.records {
            let start = text.len();
            let record = &bytes[from..from + length];
            text.extend(record.iter().map(|&byte| if byte == b'\n' || byte == b'\r' { b' ' } else { byte }));
            text.push(b'\n');
            lengths.push((text.len() - start) as u32);
        }
    }
    let bytes = Uint8Array::from(text.as_slice());
    Ok((FromWorker::Records { lengths }, bytes.buffer().into()))
}

/// Records that lie close together and are read at once, in the order asked for.
struct Stretch {
    passage: Passage,
    /// Offset in the passage and length of each.
    records: Vec<(usize, usize)>,
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
        let mut records = vec![(0, segment.lengths[place] as usize)];
        at += 1;
        while let Some((next, place)) = rows.get(at).and_then(|&row| state.store.locate(row)) {
            let from = u64::from(next.offsets[place]);
            let near = next.first_row == segment.first_row && from >= end && from - end < GAP_BYTES;
            if !near || end - start > STRETCH_BYTES {
                break;
            }
            records.push(((from - start) as usize, next.lengths[place] as usize));
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
