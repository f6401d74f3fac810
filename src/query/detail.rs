//! Everything about one row but its text.

use super::answer::{Detail, RowId};
use crate::model::{Column, FIELDS, Flags};
use crate::store::Store;

/// The row's detail with `record`, `event_json`, `audit_id`, `line` and `start` still empty: they need the text.
pub fn detail(store: &Store, worker: u8, row: u32) -> Option<Detail> {
    let (segment, place) = store.locate(row)?;
    let values = FIELDS.iter().filter(|spec| spec.column.is_some()).filter_map(|spec| {
        let values = store.values_of(spec.field, segment, place);
        let texts: Vec<String> =
            values.into_iter().filter(|value| !value.is_empty()).map(|value| value.into_owned()).collect();
        (!texts.is_empty()).then_some((spec.field, texts))
    });
    let flags = store.dictionary(Column::Flags).get(segment.columns[Column::Flags as usize].get(place));
    let source = store.dictionary(Column::Source).get(segment.columns[Column::Source as usize].get(place));
    let latency_micros = segment.latency_micros(place);
    let received = segment.received(place);
    Some(Detail {
        id: RowId { worker, row },
        received,
        staged: segment.staged(place),
        latency_micros,
        audit_id: String::new(),
        values: values.collect(),
        flags: Flags::of_digits(flags).0,
        record: String::new(),
        event_json: String::new(),
        source: String::from_utf8_lossy(source).into_owned(),
        line: 0,
        offset: segment.text_start + u64::from(segment.offsets[place]),
        start: None,
    })
}
