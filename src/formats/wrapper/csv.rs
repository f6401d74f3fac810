//! Rows of CSV that hold an event in one column, or in several.
//!
//! ```text
//! Grafana Explore   "Date","Time","Line","tsNs","id","cluster"      (older: without Date)
//! Grafana Inspector "labels","Time","Line","tsNs"                   (after `sep=,`; or tabs in UTF-16)
//! data plane        "timestamp","body","id","labels"
//! Insights          @timestamp,@message
//! Splunk            "_raw","_time",host,source
//! Azure             TenantId,TimeGenerated,…,log_s  and  AuditId,Stage,Verb,User,…
//! ```
//!
//! The delimiter may follow the browser's locale. Lost: the columns that are neither
//! the event nor say where it was observed.

use super::aks;
use crate::formats::json::{Members, escape};
use crate::formats::origin::Labels;
use crate::formats::scan::scan_event;
use crate::formats::unwrap::{Ground, Output, Unwrapper};
use crate::formats::{Place, Shape, SkipReason};
use crate::model::{Event, Flags};
use ::csv::{ByteRecord, ReaderBuilder};
use memchr::{memchr, memchr_iter};

/// Columns that hold the event, in lower case, and whose they are.
const PAYLOADS: &[(&str, &str)] = &[
    ("line", "Grafana CSV download"),
    ("body", "Grafana CSV download"),
    ("@message", "CloudWatch Insights CSV"),
    ("_raw", "Splunk CSV"),
    ("log_s", "AzureDiagnostics CSV"),
    ("message", "CSV"),
    ("log", "CSV"),
];
/// Column of the AKSAudit table, which holds the event in several.
const TABLE_MARK: &str = "auditid";
/// Columns that are neither event nor label.
const TIMES: &[&str] = &["date", "time", "tsns", "id", "timestamp", "labeltypes", "severity", "nanos"];
/// Labels of exports that have many other columns.
const LABELS: &[(&str, &str)] = &[
    ("host", "host"),
    ("source", "log"),
    ("index", "index"),
    ("@logstream", "log_stream"),
    ("@log", "log_group"),
    ("resource", "cluster"),
    ("pod_s", "pod"),
    ("podname", "pod"),
    ("_resourceid", "resource_id"),
];
/// Rows that do not close their quotes make the reader start anew at the next line, so often per piece.
const MAX_RESTARTS: usize = 1000;

/// The shape of a text that begins with a header row of these exports.
pub(in crate::formats) fn detect(head: &[u8]) -> Option<Shape> {
    let mut lines = head.split_inclusive(|&byte| byte == b'\n').map(<[u8]>::trim_ascii);
    let mut first = lines.next().filter(|line| !matches!(line.first(), Some(b'{' | b'[')))?;
    if first.len() == 5 && first.starts_with(b"sep=") {
        first = lines.next()?;
    }
    let second = lines.next().unwrap_or_default();
    [b',', b';', b'\t'].into_iter().find_map(|delimiter| {
        let columns = columns(first, delimiter);
        // One word may be a line of anything; what is quoted as CSV quotes below it is an event.
        let is_table = columns.len() > 1 || second.starts_with(b"\"{\"\"");
        let is_known = |column: &String| column == TABLE_MARK || PAYLOADS.iter().any(|(payload, _)| payload == column);
        (is_table && columns.iter().any(is_known))
            .then(|| Shape::Csv { header: String::from_utf8_lossy(first).into_owned(), delimiter })
    })
}

/// Column names in lower case.
fn columns(header: &[u8], delimiter: u8) -> Vec<String> {
    let mut reader = ReaderBuilder::new().delimiter(delimiter).has_headers(false).from_reader(header);
    let mut row = ByteRecord::new();
    match reader.read_byte_record(&mut row) {
        Ok(true) => row.iter().map(|name| String::from_utf8_lossy(name).trim().to_lowercase()).collect(),
        _ => Vec::new(),
    }
}

pub(in crate::formats) fn read<O: Output>(
    text: &[u8],
    header: &str,
    delimiter: u8,
    out: &mut O,
    unwrapper: &mut Unwrapper,
) {
    let table = Table::new(header, delimiter);
    unwrapper.name(table.name, out);
    let mut builder = ReaderBuilder::new();
    builder.delimiter(delimiter).has_headers(false).flexible(true);
    let mut row = ByteRecord::new();
    let (mut base, mut restarts, mut line) = (0, 0, 0u32);
    'anew: loop {
        let mut reader = builder.from_reader(&text[base..]);
        let mut start = base;
        // Reading from memory fails at nothing but the text's end.
        while let Ok(true) = reader.read_byte_record(&mut row) {
            let end = base + reader.position().byte() as usize;
            let blank = text[start..end].iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
            let body = start + blank..start + blank + text[start + blank..end].trim_ascii_end().len();
            line += memchr_iter(b'\n', &text[start..body.start]).count() as u32;
            // Pieces are shorter than 4 GiB (see `Piece`).
            let place = Place { offset: body.start as u32, length: body.len() as u32, line };
            if let Err(reason) = table.row(&text[body.clone()], &row, place, unwrapper, out) {
                out.skip(reason, first_line(text, place));
                if let Some(newline) = memchr(b'\n', &text[body.clone()]).filter(|_| restarts < MAX_RESTARTS) {
                    restarts += 1;
                    base = body.start + newline + 1;
                    line += 1;
                    continue 'anew;
                }
            }
            line += memchr_iter(b'\n', &text[body.start..end]).count() as u32;
            start = end;
        }
        return;
    }
}

/// A row that is skipped is skipped by its first line.
fn first_line(text: &[u8], place: Place) -> Place {
    let row = &text[place.offset as usize..][..place.length as usize];
    Place { length: memchr(b'\n', row).map_or(place.length, |end| end as u32), ..place }
}

/// The columns of a text, and what each is for.
struct Table<'a> {
    header: &'a str,
    columns: Vec<String>,
    name: &'static str,
    payload: Option<usize>,
    labels: Option<usize>,
    /// Index of a column and the label it is.
    label_columns: Vec<(usize, String)>,
}

impl<'a> Table<'a> {
    fn new(header: &'a str, delimiter: u8) -> Self {
        let columns = columns(header.as_bytes(), delimiter);
        let position = |wanted: &str| columns.iter().position(|column| column == wanted);
        let found = PAYLOADS.iter().find_map(|(column, name)| Some((position(column)?, *name)));
        let is_table = position(TABLE_MARK).is_some() && position("stage").is_some();
        let (payload, name) = match found {
            _ if is_table => (None, "AKSAudit CSV"),
            Some((payload, name)) => (Some(payload), name),
            None => (None, "CSV"),
        };
        let labels = position("labels");
        let is_grafana = name.starts_with("Grafana");
        let label_of = |(index, column): (usize, &String)| -> Option<(usize, String)> {
            if Some(index) == payload || Some(index) == labels {
                return None;
            }
            match LABELS.iter().find(|(known, _)| known == column) {
                Some((_, label)) => Some((index, label.to_string())),
                None => (is_grafana && !TIMES.contains(&column.as_str())).then(|| (index, column.clone())),
            }
        };
        let label_columns = columns.iter().enumerate().filter_map(label_of).collect();
        Table { header, name, payload, labels, label_columns, columns }
    }

    fn row(
        &self,
        text: &[u8],
        row: &ByteRecord,
        place: Place,
        unwrapper: &mut Unwrapper,
        out: &mut dyn Output,
    ) -> Result<(), SkipReason> {
        if text.is_empty() || text == self.header.as_bytes() || (text.len() == 5 && text.starts_with(b"sep=")) {
            return Ok(());
        }
        let origin = self.origin(row);
        let ground = Ground::of(&origin, place);
        match self.payload {
            Some(payload) => {
                let field = row.get(payload).ok_or(SkipReason::Incomplete)?;
                unwrapper.text(field, ground, out)
            }
            None if row.len() < self.columns.len() => Err(SkipReason::Incomplete),
            None => {
                let mut event_text = Vec::with_capacity(text.len());
                let cells = self.columns.iter().map(String::as_str).zip(row.iter());
                aks::event_of_row(cells, &mut event_text);
                let mut event = Event::default();
                scan_event(&event_text, &mut event)?;
                event.flags.set(Flags::CONVERTED);
                out.event(&event, &event_text, &origin, place);
                Ok(())
            }
        }
    }

    fn origin(&self, row: &ByteRecord) -> String {
        let mut labels = Labels::default();
        for (index, label) in &self.label_columns {
            labels.add_plain(label, &String::from_utf8_lossy(row.get(*index).unwrap_or_default()));
        }
        if let Some(cell) = self.labels.and_then(|index| row.get(index)) {
            match Members::of(cell) {
                Some(_) => labels.add_object(cell),
                None => {
                    let mut inside = Vec::new();
                    escape(cell, &mut inside);
                    labels.add("labels", &inside);
                }
            }
        }
        labels.into_origin("")
    }
}

/// The fields of a single row whose delimiter is not known, where any may be JSON.
pub(in crate::formats) fn each_field(row: &[u8], mut visit: impl FnMut(&[u8])) {
    for delimiter in [b',', b';', b'\t'] {
        let mut reader = ReaderBuilder::new().delimiter(delimiter).has_headers(false).flexible(true).from_reader(row);
        let mut fields = ByteRecord::new();
        if let Ok(true) = reader.read_byte_record(&mut fields) {
            fields.iter().filter(|field| field.trim_ascii_start().starts_with(b"{")).for_each(&mut visit);
        }
    }
}
