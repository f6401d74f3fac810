//! The lines of a live table in a small store, so that they show as any event does.

use super::identity::identity_of;
use super::loki::page::{self, NoPage, Told, Want};
use super::protocol::{ExportFormat, LiveAnswer, LiveAsk, Pushed};
use crate::formats::parse;
use crate::model::record::push_line;
use crate::model::{Field, Shape};
use crate::query::answer::{Detail, EventIdentity, Row, RowId};
use crate::query::csv_export;
use crate::query::detail::detail;
use crate::query::engine::Engine;
use crate::query::question::{Filter, Sort, TableAsk};
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

    /// Of one page, the events that match as a part of a file, and how many they are. The page need not be pushed
    /// to rows that are held: it is one of its own.
    pub fn write(
        source_name: String,
        body: &[u8],
        want: Want,
        local: &Filter,
        format: &ExportFormat,
    ) -> Result<(Told, u64, Vec<u8>), NoPage> {
        let mut page = LiveRows { source: source_name, ..LiveRows::default() };
        let Pushed { told, matching } = page.push(body, want, local)?;
        let text = match format {
            ExportFormat::Ndjson => page
                .order
                .iter()
                .filter_map(|&row| page.record(row))
                .flat_map(|(record, nth)| event_line(record, nth))
                .collect(),
            ExportFormat::Csv(columns) => {
                let sort = Sort { field: Field::Time, descending: false };
                let table = TableAsk { columns: columns.clone(), sort, limit: u32::MAX };
                csv_export::rows(columns, &page.rows(&table, 0))
            }
        };
        Ok((told, matching, text))
    }

    fn rank(&self, row: u32) -> Option<u64> {
        self.order.iter().position(|&other| other == row).map(|rank| rank as u64)
    }

    fn detail(&self, row: u32) -> Option<Detail> {
        let (record, nth) = self.record(row)?;
        let mut detail = detail(&self.store, LIVE_WORKER, row)?;
        let identity = identity_of(record, nth);
        detail.audit_id = identity.audit_id;
        detail.staged = identity.staged.or(detail.staged);
        detail.event_json = parse::unwrap_record(record, nth).unwrap_or_default();
        detail.record = String::from_utf8_lossy(record).into_owned();
        detail.line = self.rank(row).map_or(0, |rank| rank + 1);
        Some(detail)
    }

    fn find(&self, wanted: &EventIdentity) -> Option<RowId> {
        let is_it = |row: &&u32| {
            self.record(**row).map(|(record, nth)| identity_of(record, nth)).is_some_and(|identity| {
                identity.audit_id == wanted.audit_id && (wanted.stage.is_empty() || identity.stage == wanted.stage)
            })
        };
        self.order.iter().find(is_it).map(|&row| RowId { worker: LIVE_WORKER, row })
    }

    /// A row's record, and which of its events the row is.
    fn record(&self, row: u32) -> Option<(&[u8], usize)> {
        let (segment, place) = self.store.locate(row)?;
        let start = segment.offsets[place] as usize;
        let record = self.texts.get(segment.text as usize)?.get(start..start + segment.lengths[place] as usize)?;
        Some((record, segment.nth_of_record(place)))
    }
}

/// The event as it was logged, on a line of its own.
fn event_line(record: &[u8], nth: usize) -> Vec<u8> {
    // What was converted from another log has no event's text: then the line as Loki holds it.
    let text = parse::unwrap_record(record, nth).unwrap_or_else(|| logged(record));
    let mut line = Vec::with_capacity(text.len() + 1);
    push_line(&mut line, text.as_bytes());
    line
}

fn logged(record: &[u8]) -> String {
    #[derive(serde::Deserialize)]
    struct Logged {
        line: String,
    }
    // Invariant: a record here is what `Page::jsonl` wrote.
    serde_json::from_slice(record).map(|Logged { line }| line).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::question::Relation;
    use crate::worker::loki::{Direction, NanoRange};

    fn event((id, verb, code): (u32, &str, u16)) -> String {
        format!(
            r#"{{"kind":"Event","apiVersion":"audit.k8s.io/v1","auditID":"id-{id}","stage":"ResponseComplete","verb":"{verb}","responseStatus":{{"code":{code}}},"requestReceivedTimestamp":"2024-05-22T15:33:04.000000Z","stageTimestamp":"2024-05-22T15:33:05.000000Z"}}"#
        )
    }

    /// Loki's answer with these lines, a nanosecond apart from `first_nanos` on.
    fn body(lines: &[String], first_nanos: usize) -> String {
        let values = lines.iter().enumerate().map(|(at, line)| {
            let line = serde_json::to_string(line).expect("text");
            format!("[\"{}\",{line}]", first_nanos + at)
        });
        format!(
            r#"{{"data":{{"resultType":"streams","result":[{{"stream":{{"cluster":"c"}},"values":[{}]}}]}}}}"#,
            values.collect::<Vec<_>>().join(",")
        )
    }

    fn want() -> Want {
        Want { range: NanoRange::new(0, 1 << 40), direction: Direction::Forward, border: Default::default() }
    }

    /// Pushes one page; the number of rows that match so far.
    fn push(rows: &mut LiveRows, lines: &[(u32, &str, u16)], local: &Filter) -> u64 {
        push_text(rows, &body(&lines.iter().map(|&line| event(line)).collect::<Vec<_>>(), 0), local)
    }

    fn push_text(rows: &mut LiveRows, body: &str, local: &Filter) -> u64 {
        match rows.answer(LiveAsk::Push { want: want(), local: local.clone() }, body.as_bytes()) {
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
    #[test]
    fn what_matches_is_written_as_it_was_logged() {
        let lines = [
            event((1, "get", 200)),
            // A key's escapes, and a line break between tokens.
            event((2, "delete", 403)).replace("id-2", r"id-\u0032").replace(",\"stage\":", ",\n\"stage\":"),
            "no event".to_string(),
            event((3, "delete", 200)),
        ];
        let body = body(&lines, 0);
        let write = |local: &Filter, format: &ExportFormat| {
            let written = LiveRows::write("loki".into(), body.as_bytes(), want(), local, format);
            let (told, events, text) = written.expect("a page");
            assert_eq!((told.entries, told.fresh), (4, 4));
            (events, String::from_utf8(text).expect("text"))
        };
        let all = [&lines[0], &lines[1].replace('\n', " "), &lines[3]].map(|line| format!("{line}\n")).concat();
        assert_eq!(write(&Filter::all(), &ExportFormat::Ndjson), (3, all));
        let deleted = Filter::Text("delete".into());
        assert_eq!(write(&deleted, &ExportFormat::Ndjson).0, 2);
        let csv = ExportFormat::Csv(vec![Field::Verb, Field::Code]);
        assert_eq!(write(&deleted, &csv), (2, "delete,403\r\ndelete,200\r\n".to_string()));
        assert_eq!(write(&Filter::Text("nobody".into()), &csv), (0, String::new()));
        assert!(LiveRows::write("loki".into(), b"<html>", want(), &Filter::all(), &csv).is_err());
    }

    /// As deep as the table reads: what matches at either end is there, and no page costs more than a few of the first.
    #[test]
    fn rows_are_filtered_to_the_end_of_a_deep_table() {
        const LINES: usize = 100_000;
        let slow = Filter::Compare(Field::Latency, Relation::More, 2_000_000);
        let line = |at: usize| {
            let is_slow = at < 3 || at + 2 >= LINES;
            event((at as u32, "get", 200)).replace("33:05", if is_slow { "33:08" } else { "33:04" })
        };
        let mut live = LiveRows::default();
        let mut matching = Vec::new();
        for first in (0..LINES).step_by(5_000) {
            let lines: Vec<_> = (first..first + 5_000).map(line).collect();
            matching.push(push_text(&mut live, &body(&lines, first), &slow));
        }
        assert_eq!((matching[0], matching[18], matching[19]), (3, 3, 5));
        let sort = Sort { field: Field::Time, descending: true };
        let rows = live.rows(&TableAsk { columns: vec![Field::Latency], sort, limit: 100 }, 3);
        let details: Vec<_> = rows.iter().filter_map(|row| live.detail(row.id.row)).collect();
        assert_eq!(
            details.iter().map(|of| (&*of.audit_id, of.line)).collect::<Vec<_>>(),
            [("id-99998", 4), ("id-99999", 5)]
        );
    }
}
