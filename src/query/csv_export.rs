//! Rows as CSV, for spreadsheets.

use super::answer::Row;
use crate::model::Field;
use crate::model::time::format_rfc3339;
use std::borrow::Cow;

const BEGIN_FORMULAS: [char; 4] = ['=', '+', '-', '@'];

/// The header line: the columns' labels.
pub fn header(columns: &[Field]) -> Vec<u8> {
    write([columns.iter().map(|field| Cow::Borrowed(field.label())).collect::<Vec<_>>()])
}

/// One line per row; time as RFC 3339 in UTC, latency in microseconds.
pub fn rows(columns: &[Field], rows: &[Row]) -> Vec<u8> {
    write(rows.iter().map(|row| {
        let cells = columns.iter().zip(&row.cells).map(|(field, cell)| match field {
            Field::Time => Cow::Owned(row.received.map(format_rfc3339).unwrap_or_default()),
            Field::Latency => Cow::Owned(row.latency_micros.map(|micros| micros.to_string()).unwrap_or_default()),
            _ => harmless(cell),
        });
        cells.collect::<Vec<_>>()
    }))
}

/// A cell's values in one text. One that starts like a formula would run as one in a spreadsheet: an apostrophe
/// keeps it text.
fn harmless(values: &[String]) -> Cow<'_, str> {
    let text = match values {
        [value] => Cow::Borrowed(value.as_str()),
        several => Cow::Owned(several.join(", ")),
    };
    if text.starts_with(BEGIN_FORMULAS) || text.starts_with(['\t', '\r']) {
        Cow::Owned(format!("'{text}"))
    } else {
        text
    }
}

/// A row to be pasted into a spreadsheet: one line, tabs between, none of its cells runs as a formula.
pub fn line_of(cells: &[String]) -> String {
    let in_line = |cell: &String| {
        let line = cell.replace(['\t', '\r', '\n'], " ");
        // Around a cell quotes are taken off; a leading one alone would take the next cells along.
        if line.trim_start().starts_with(|first| first == '"' || BEGIN_FORMULAS.contains(&first)) {
            ["'", &line].concat()
        } else {
            line
        }
    };
    cells.iter().map(in_line).collect::<Vec<_>>().join("\t")
}

fn write<'c>(lines: impl IntoIterator<Item = Vec<Cow<'c, str>>>) -> Vec<u8> {
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    for line in lines {
        writer
            .write_record(line.iter().map(|cell| cell.as_bytes()))
            .expect("invariant: writing to memory does not fail and all lines are of one length");
    }
    writer.into_inner().expect("invariant: flushing to memory does not fail")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::answer::RowId;

    fn check(cells: &[&str], expected: &str) {
        let row = Row {
            id: RowId { worker: 0, row: 0 },
            received: Some(0),
            latency_micros: None,
            verb: String::new(),
            resource: String::new(),
            subresource: String::new(),
            code: 0,
            cells: cells.iter().map(|cell| cell.split('|').map(String::from).collect()).collect(),
        };
        let columns = [Field::Time, Field::User, Field::Name];
        assert_eq!(String::from_utf8(rows(&columns, &[row])).unwrap(), expected);
    }

    #[test]
    fn a_copied_row_is_one_line_of_its_cells() {
        let line = |cells: &[&str]| line_of(&cells.iter().map(|cell| cell.to_string()).collect::<Vec<_>>());
        assert_eq!(line(&["get", "alice", ""]), "get\talice\t");
        assert_eq!(line(&["=1+1", "a\tb", "c\r\nd", "\tx"]), "'=1+1\ta b\tc  d\t x");
        assert_eq!(line(&["\"=1+1\"", "\n=1+1", "\"", "a \"b\""]), "'\"=1+1\"\t' =1+1\t'\"\ta \"b\"");
    }

    #[test]
    fn cells_are_quoted_and_never_run() {
        check(&["", "alice", "db"], "1970-01-01T00:00:00.000000Z,alice,db\r\n");
        check(&["", "a,\"b\"\n", ""], "1970-01-01T00:00:00.000000Z,\"a,\"\"b\"\"\n\",\r\n");
        check(&["", "a|b", ""], "1970-01-01T00:00:00.000000Z,\"a, b\",\r\n");
        check(&["", "=1+1", "@x"], "1970-01-01T00:00:00.000000Z,'=1+1,'@x\r\n");
        assert_eq!(header(&[Field::Time, Field::User]), b"Time,User\r\n");
    }
}
