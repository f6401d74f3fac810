//! The lines of a live table, in a small store of the page's own, so that they show as any event does.

use super::Nanos;
use super::paging::Line;
use crate::formats::{Shape, parse, scan};
use crate::model::Event;
use crate::model::json_string::unescape;
use crate::query::answer::{Detail, EventIdentity, Row, RowId};
use crate::query::detail::detail;
use crate::query::engine::Engine;
use crate::query::question::{Filter, TableAsk};
use crate::query::rows::table_row;
use crate::store::Store;

/// Not a worker's number: rows of this store never meet the pool's.
const LIVE_WORKER: u8 = u8::MAX;

/// Lines in the order of reading.
pub struct Lines {
    store: Store,
    engine: Engine,
    source: String,
    /// One text per page, with the store's segments.
    texts: Vec<Vec<u8>>,
    /// Rows that match the page's part of the filter, in the order of reading.
    order: Vec<u32>,
    newest_nanos: Option<Nanos>,
}

impl Lines {
    pub fn new(source: &str) -> Lines {
        Lines {
            store: Store::default(),
            engine: Engine::default(),
            source: source.to_string(),
            texts: Vec::new(),
            order: Vec::new(),
            newest_nanos: None,
        }
    }

    /// Takes a page in; `local` is the part of the filter that Loki did not apply.
    pub fn push(&mut self, lines: &[Line], local: &Filter) {
        let mut text = String::new();
        for line in lines {
            super::api::push_jsonl(&mut text, &line.labels_json, line.entry());
            self.newest_nanos = self.newest_nanos.max(Some(line.nanos));
        }
        let bytes = text.into_bytes();
        let mut builder = self.store.builder(0, &self.source, self.texts.len() as u32, 0);
        parse::parse_piece(&bytes, &Shape::Lines, &mut builder);
        let segment = builder.finish(lines.len() as u32, bytes.len() as u32);
        self.store.add(segment);
        self.texts.push(bytes);
        self.engine.data_changed();
        self.scan_texts(local);
        let matching = self.engine.matching_rows(&self.store, local, None);
        if let (Some(segment), Some(rows)) = (self.store.segments().last(), matching.last()) {
            rows.for_each(|place| self.order.push(segment.first_row + place as u32));
        }
    }

    /// Free text that Loki did not look for is looked for here.
    fn scan_texts(&mut self, local: &Filter) {
        let (Some(segment), Some(text)) = (self.store.segments().last(), self.texts.last()) else { return };
        for wanted in local.texts() {
            let rows = crate::query::text::Needle::new(wanted).scan(segment, text);
            self.engine.scans.set(wanted, segment.first_row, rows);
        }
    }

    /// Rows read so far that match.
    pub fn matching(&self) -> u64 {
        self.order.len() as u64
    }

    pub fn rows(&mut self, ask: &TableAsk, first: u64) -> Vec<Row> {
        let wanted = self.order.iter().skip(first as usize).take(ask.limit as usize);
        wanted.filter_map(|&row| table_row(&self.store, LIVE_WORKER, row, ask)).map(|keyed| keyed.row).collect()
    }

    pub fn rank(&mut self, _ask: &TableAsk, id: RowId) -> Option<u64> {
        self.order.iter().position(|&row| row == id.row).map(|rank| rank as u64)
    }

    pub fn detail(&self, id: RowId) -> Option<Detail> {
        let record = self.record(id.row)?;
        let mut detail = detail(&self.store, LIVE_WORKER, id.row)?;
        let identity = identity(record);
        detail.audit_id = identity.audit_id;
        detail.staged = identity.staged.or(detail.staged);
        detail.event_json = parse::unwrap_record(record).unwrap_or_default();
        detail.record = String::from_utf8_lossy(record).into_owned();
        detail.line = self.order.iter().position(|&row| row == id.row).map_or(0, |rank| rank as u64 + 1);
        Some(detail)
    }

    pub fn find(&self, wanted: &EventIdentity) -> Option<RowId> {
        let is_it = |row: &&u32| {
            self.record(**row).map(identity).is_some_and(|identity| {
                identity.audit_id == wanted.audit_id && (wanted.stage.is_empty() || identity.stage == wanted.stage)
            })
        };
        self.order.iter().find(is_it).map(|&row| RowId { worker: LIVE_WORKER, row })
    }

    fn record(&self, row: u32) -> Option<&[u8]> {
        let (segment, place) = self.store.locate(row)?;
        let start = segment.offsets[place] as usize;
        self.texts.get(segment.text as usize)?.get(start..start + segment.lengths[place] as usize)
    }
}

fn identity(record: &[u8]) -> EventIdentity {
    let unwrapped = parse::unwrap_record(record);
    let text = unwrapped.as_ref().map_or(record, |text| text.as_bytes());
    let mut event = Event::default();
    // What was an event when it was read is one again.
    let _is_event = scan::scan_event(text, &mut event).is_ok();
    EventIdentity {
        audit_id: unescape(event.audit_id).into_owned(),
        stage: unescape(event.stage).into_owned(),
        staged: event.staged,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Field;
    use crate::query::question::{Relation, Sort};

    fn line(nanos: i64, verb: &str, code: u16) -> Line {
        let event = format!(
            r#"{{"kind":"Event","apiVersion":"audit.k8s.io/v1","auditID":"id-{nanos}","stage":"ResponseComplete","verb":"{verb}","responseStatus":{{"code":{code}}},"requestReceivedTimestamp":"2024-05-22T15:33:04.000000Z","stageTimestamp":"2024-05-22T15:33:05.000000Z"}}"#
        );
        Line {
            nanos,
            labels_json: r#"{"cluster":"c"}"#.into(),
            line_json: serde_json::to_string(&event).expect("text"),
        }
    }

    #[test]
    fn lines_show_as_events_in_the_order_read() {
        let mut lines = Lines::new("cockpit");
        lines.push(&[line(9, "get", 200), line(8, "delete", 403)], &Filter::all());
        lines.push(&[line(7, "list", 200)], &Filter::all());
        let ask = TableAsk {
            columns: vec![Field::Verb, Field::Code],
            sort: Sort { field: Field::Time, descending: true },
            limit: 10,
        };
        let cells: Vec<_> = lines.rows(&ask, 1).into_iter().map(|row| row.cells.join(" ")).collect();
        assert_eq!(cells, ["delete 403", "list 200"]);
        let id = lines.rows(&ask, 1)[0].id;
        let detail = lines.detail(id).expect("a detail");
        assert_eq!((detail.audit_id.as_str(), detail.value(Field::Observed)), ("id-8", "cluster=c"));
        assert!(detail.event_json.starts_with(r#"{"kind":"Event""#));
        assert_eq!(lines.rank(&ask, id), Some(1));
        let wanted = EventIdentity { audit_id: "id-8".into(), stage: String::new(), staged: None };
        assert_eq!(lines.find(&wanted), Some(id));
    }

    #[test]
    fn what_loki_did_not_apply_is_applied_here() {
        let slow = Filter::Compare(Field::Latency, Relation::More, 2_000_000);
        let quick = Filter::Compare(Field::Latency, Relation::AtMost, 2_000_000);
        for (filter, expected) in [(slow, 0), (quick, 2), (Filter::Text("DELETE".into()), 1)] {
            let mut lines = Lines::new("cockpit");
            lines.push(&[line(9, "get", 200)], &filter);
            lines.push(&[line(8, "delete", 403)], &filter);
            assert_eq!(lines.matching(), expected, "{filter:?}");
        }
    }
}
