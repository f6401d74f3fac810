//! The lines of a live table in a small store, so that they show as any event does.

use super::identity::identity_of;
use super::loki::page::{self, NoPage, Want};
use super::protocol::{LiveAnswer, LiveAsk, Pushed};
use crate::formats::parse;
use crate::model::Shape;
use crate::query::answer::{Detail, EventIdentity, Row, RowId};
use crate::query::detail::detail;
use crate::query::engine::Engine;
use crate::query::question::{Filter, TableAsk};
use crate::query::rows::table_row;
use crate::store::Store;

/// Not a worker's number: rows of this store never meet those of files.
const LIVE_WORKER: u8 = u8::MAX;

/// Lines in the order of reading.
#[derive(Default)]
pub struct LiveRows {
    store: Store,
    engine: Engine,
    source: String,
    /// One text per page, with the store's segments.
    texts: Vec<Vec<u8>>,
    /// Rows that match the page's part of the filter, in the order of reading.
    order: Vec<u32>,
}

impl LiveRows {
    /// `body`: what came with [`LiveAsk::Push`].
    pub fn answer(&mut self, ask: LiveAsk, body: &[u8]) -> LiveAnswer {
        match ask {
            LiveAsk::Begin { source_name } => {
                *self = LiveRows { source: source_name, ..LiveRows::default() };
                LiveAnswer::Begun
            }
            LiveAsk::Push { want, local } => LiveAnswer::Pushed(self.push(body, want, &local)),
            LiveAsk::Rows { table, first } => LiveAnswer::Rows(self.rows(&table, first)),
            LiveAsk::Detail { row } => LiveAnswer::Detail(self.detail(row).map(Box::new)),
            LiveAsk::Find(identity) => LiveAnswer::Found(self.find(&identity)),
            LiveAsk::Rank { row } => LiveAnswer::Rank(self.rank(row)),
        }
    }

    fn push(&mut self, body: &[u8], want: Want, local: &Filter) -> Result<Pushed, NoPage> {
        let (told, text) = page::read(body, want)?;
        if told.fresh > 0 {
            self.take(text.into_bytes(), told.fresh, local);
        }
        Ok(Pushed { told, matching: self.order.len() as u64 })
    }

    fn take(&mut self, text: Vec<u8>, lines: u32, local: &Filter) {
        let mut builder = self.store.builder(0, &self.source, self.texts.len() as u32, 0);
        parse::parse_piece(&text, &Shape::Lines, &mut builder);
        let segment = builder.finish(lines, text.len() as u32);
        self.store.add(segment);
        self.texts.push(text);
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

    fn rows(&self, table: &TableAsk, first: u64) -> Vec<Row> {
        let wanted = self.order.iter().skip(first as usize).take(table.limit as usize);
        wanted.filter_map(|&row| table_row(&self.store, LIVE_WORKER, row, table)).map(|keyed| keyed.row).collect()
    }

    fn rank(&self, row: u32) -> Option<u64> {
        self.order.iter().position(|&other| other == row).map(|rank| rank as u64)
    }

    fn detail(&self, row: u32) -> Option<Detail> {
        let record = self.record(row)?;
        let mut detail = detail(&self.store, LIVE_WORKER, row)?;
        let identity = identity_of(record);
        detail.audit_id = identity.audit_id;
        detail.staged = identity.staged.or(detail.staged);
        detail.event_json = parse::unwrap_record(record).unwrap_or_default();
        detail.record = String::from_utf8_lossy(record).into_owned();
        detail.line = self.rank(row).map_or(0, |rank| rank + 1);
        Some(detail)
    }

    fn find(&self, wanted: &EventIdentity) -> Option<RowId> {
        let is_it = |row: &&u32| {
            self.record(**row).map(identity_of).is_some_and(|identity| {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Field;
    use crate::query::question::{Relation, Sort};
    use crate::worker::loki::{Direction, NanoRange};

    /// Pushes one page; the number of rows that match so far.
    fn push(rows: &mut LiveRows, lines: &[(u32, &str, u16)], local: &Filter) -> u64 {
        let mut values = Vec::new();
        for (nanos, (id, verb, code)) in lines.iter().enumerate() {
            let event = format!(
                r#"{{"kind":"Event","apiVersion":"audit.k8s.io/v1","auditID":"id-{id}","stage":"ResponseComplete","verb":"{verb}","responseStatus":{{"code":{code}}},"requestReceivedTimestamp":"2024-05-22T15:33:04.000000Z","stageTimestamp":"2024-05-22T15:33:05.000000Z"}}"#
            );
            let line = serde_json::to_string(&event).expect("text");
            values.push(format!("[\"{nanos}\",{line}]"));
        }
        let body = format!(
            r#"{{"data":{{"resultType":"streams","result":[{{"stream":{{"cluster":"c"}},"values":[{}]}}]}}}}"#,
            values.join(",")
        );
        let range = NanoRange::new(0, 1 << 40);
        let want = Want { range, direction: Direction::Forward, border: Default::default() };
        match rows.answer(LiveAsk::Push { want, local: local.clone() }, body.as_bytes()) {
            LiveAnswer::Pushed(Ok(pushed)) => pushed.matching,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn lines_show_as_events_in_the_order_read() {
        let mut live = LiveRows::default();
        push(&mut live, &[(9, "get", 200), (8, "delete", 403)], &Filter::all());
        push(&mut live, &[(7, "list", 200)], &Filter::all());
        let ask = TableAsk {
            columns: vec![Field::Verb, Field::Code],
            sort: Sort { field: Field::Time, descending: true },
            limit: 10,
        };
        let cells: Vec<_> = live.rows(&ask, 1).into_iter().map(|row| row.cells.concat().join(" ")).collect();
        assert_eq!(cells, ["delete 403", "list 200"]);
        let id = live.rows(&ask, 1)[0].id;
        let detail = live.detail(id.row).expect("a detail");
        assert_eq!((detail.audit_id.as_str(), detail.value(Field::Observed)), ("id-8", "cluster=c"));
        assert!(detail.event_json.starts_with(r#"{"kind":"Event""#));
        assert_eq!(live.rank(id.row), Some(1));
        let wanted = EventIdentity { audit_id: "id-8".into(), stage: String::new(), staged: None };
        assert_eq!(live.find(&wanted), Some(id));
        live.answer(LiveAsk::Begin { source_name: "other".into() }, &[]);
        assert_eq!((live.rows(&ask, 0), live.find(&wanted)), (Vec::new(), None));
    }

    #[test]
    fn what_loki_did_not_apply_is_applied_here() {
        let slow = Filter::Compare(Field::Latency, Relation::More, 2_000_000);
        let quick = Filter::Compare(Field::Latency, Relation::AtMost, 2_000_000);
        for (filter, expected) in [(slow, 0), (quick, 2), (Filter::Text("DELETE".into()), 1)] {
            let mut live = LiveRows::default();
            push(&mut live, &[(9, "get", 200)], &filter);
            assert_eq!(push(&mut live, &[(8, "delete", 403)], &filter), expected, "{filter:?}");
        }
    }
}
