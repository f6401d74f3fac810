//! Cuts a text, read from its start, into [`Piece`]s that any worker can parse alone.

use super::outline::{Finds, Open, Outline};
use super::wrapper::{cri, docker, loki};
use super::{Piece, Shape};
use memchr::{memchr, memchr_iter, memrchr};

/// A piece ends at the first record's end after this many bytes.
pub const PIECE_BYTES: usize = 4 << 20;

/// So many bytes without a record, and a piece ends after a broken line wherever that stands.
const MAX_OVERDUE_BYTES: u64 = 64 << 20;

/// Cuts one text. Pieces follow one another without gaps and cover it to its end.
pub struct Splitter {
    piece_bytes: u64,
    /// Start of the piece being filled, and the text seen so far; bytes.
    start: u64,
    seen: u64,
    cutter: Cutter,
}

enum Cutter {
    /// At any newline.
    Lines(Shape),
    /// Lines of which several may make one record.
    Parts(Parts),
    Csv {
        shape: Shape,
        in_quotes: bool,
    },
    Values(Box<Values>),
}

/// Which streams have a line of which more follows.
struct Parts {
    shape: Shape,
    /// The stream of a line, and whether more of it follows.
    part_of: fn(&[u8]) -> Option<(usize, bool)>,
    /// What tells it of the line that is not yet whole.
    line: Vec<u8>,
    open: [bool; 2],
}

struct Values {
    outline: Outline,
    /// Text from `buffer_start` on: what the outline still needs.
    buffer: Vec<u8>,
    buffer_start: u64,
    /// The outline above the piece being filled.
    above: String,
}

impl Splitter {
    pub fn new(shape: Shape) -> Self {
        Splitter::with_piece_bytes(shape, PIECE_BYTES)
    }

    /// For tests and for sources smaller than usual.
    pub fn with_piece_bytes(shape: Shape, piece_bytes: usize) -> Self {
        let cutter = match shape {
            Shape::Values { above } => Cutter::Values(Box::new(Values {
                outline: Outline::below(&above),
                buffer: Vec::new(),
                buffer_start: 0,
                above,
            })),
            shape @ Shape::Csv { .. } => Cutter::Csv { shape, in_quotes: false },
            Shape::Cri => Cutter::Parts(Parts { shape, part_of: cri::part_of, line: Vec::new(), open: [false; 2] }),
            Shape::Docker => {
                Cutter::Parts(Parts { shape, part_of: docker::part_of, line: Vec::new(), open: [false; 2] })
            }
            shape => Cutter::Lines(shape),
        };
        Splitter { piece_bytes: piece_bytes as u64, start: 0, seen: 0, cutter }
    }

    /// For a text of lines whose first `start` bytes were cut elsewhere, after a newline.
    pub fn starting_at(self, start: u64) -> Self {
        Splitter { start, seen: start, ..self }
    }

    /// Takes the next bytes; returns the pieces that are whole now. A piece may
    /// reach into bytes of earlier calls, never beyond what was pushed.
    pub fn push(&mut self, bytes: &[u8]) -> Vec<Piece> {
        let mut pieces = Vec::new();
        let mut cuts = Cuts { start: self.start, piece_bytes: self.piece_bytes, pieces: &mut pieces };
        match &mut self.cutter {
            Cutter::Lines(shape) => cut_at_newlines(bytes, self.seen, shape, &mut cuts, |_| true),
            Cutter::Parts(parts) => parts.cut(bytes, self.seen, &mut cuts),
            Cutter::Csv { shape, in_quotes } => cut_csv(shape, in_quotes, bytes, self.seen, &mut cuts),
            Cutter::Values(values) => values.cut(bytes, false, &mut cuts),
        }
        self.start = cuts.start;
        self.seen += bytes.len() as u64;
        pieces
    }

    /// The last pieces, when no more bytes will come.
    pub fn finish(mut self) -> Vec<Piece> {
        let mut pieces = Vec::new();
        let mut cuts = Cuts { start: self.start, piece_bytes: self.piece_bytes, pieces: &mut pieces };
        let shape = match &mut self.cutter {
            Cutter::Lines(shape) | Cutter::Csv { shape, .. } => shape.clone(),
            Cutter::Parts(parts) => parts.shape.clone(),
            Cutter::Values(values) => {
                values.cut(&[], true, &mut cuts);
                Shape::Values { above: std::mem::take(&mut values.above) }
            }
        };
        cuts.cut(self.seen, &shape);
        pieces
    }
}

/// Where pieces end.
struct Cuts<'a> {
    start: u64,
    piece_bytes: u64,
    pieces: &'a mut Vec<Piece>,
}

impl Cuts<'_> {
    fn is_due(&self, at: u64) -> bool {
        at - self.start >= self.piece_bytes
    }

    fn cut(&mut self, at: u64, shape: &Shape) {
        // A single piece longer than its length can say is cut without regard for records.
        while self.start < at {
            let length = u32::try_from(at - self.start).unwrap_or(u32::MAX);
            self.pieces.push(Piece { shape: shape.clone(), start: self.start, length });
            self.start += u64::from(length);
        }
    }
}

/// Cuts after the first newline at which a piece is due and `is_end` holds of it (an index of `bytes`).
fn cut_at_newlines(bytes: &[u8], seen: u64, shape: &Shape, cuts: &mut Cuts, mut is_end: impl FnMut(usize) -> bool) {
    let mut at = 0;
    loop {
        let due = (cuts.start + cuts.piece_bytes).saturating_sub(seen + 1);
        at = at.max(usize::try_from(due).unwrap_or(usize::MAX));
        let Some(by) = bytes.get(at..).and_then(|rest| memchr(b'\n', rest)) else { return };
        at += by + 1;
        if is_end(at - 1) {
            cuts.cut(seen + at as u64, shape);
        }
    }
}

impl Parts {
    /// Not while a line is open in any stream, unless that goes on and on.
    fn cut(&mut self, bytes: &[u8], seen: u64, cuts: &mut Cuts) {
        let mut start = 0;
        for newline in memchr_iter(b'\n', bytes) {
            let part = match start {
                0 => (self.part_of)(&[&self.line, &bytes[..newline]].concat()),
                _ => (self.part_of)(&bytes[start..newline]),
            };
            if let Some((stream, is_part)) = part {
                self.open[stream] = is_part;
            }
            start = newline + 1;
            let end = seen + start as u64;
            let overdue = (end - cuts.start) / MAX_OVERDUE_BYTES;
            // A line that nobody goes on with must not part one that somebody does.
            let is_whole = part.is_none_or(|(_, is_part)| !is_part);
            let is_end = self.open == [false; 2] || overdue >= if is_whole { 1 } else { 2 };
            if is_end && cuts.is_due(end) {
                cuts.cut(end, &self.shape);
                self.open = [false; 2];
            }
        }
        let line_start = memrchr(b'\n', bytes).map(|newline| newline + 1);
        if line_start.is_some() {
            self.line.clear();
        }
        self.line.extend_from_slice(&bytes[line_start.unwrap_or(0)..]);
        match self.shape {
            Shape::Cri => self.line.truncate(cri::HEAD_BYTES),
            _ => drop(self.line.drain(..self.line.len().saturating_sub(docker::TAIL_BYTES))),
        }
    }
}

/// A newline ends a row where the quotes before it are even in number (RFC 4180: a quote inside is doubled). When none
/// has for long, one was a stray, and any newline does.
fn cut_csv(shape: &Shape, in_quotes: &mut bool, bytes: &[u8], seen: u64, cuts: &mut Cuts) {
    let mut counted = 0;
    let mut start = cuts.start;
    let mut count_to = |at: usize| {
        let quotes = bytes[counted..at].iter().filter(|&&byte| byte == b'"').count();
        *in_quotes ^= quotes % 2 == 1;
        counted = at;
        let end = seen + at as u64 + 1;
        *in_quotes &= end - start < MAX_OVERDUE_BYTES;
        if !*in_quotes {
            start = end;
        }
        !*in_quotes
    };
    cut_at_newlines(bytes, seen, shape, cuts, &mut count_to);
    let quotes = bytes[counted..].iter().filter(|&&byte| byte == b'"').count();
    *in_quotes ^= quotes % 2 == 1;
}

impl Values {
    fn cut(&mut self, bytes: &[u8], is_last: bool, cuts: &mut Cuts) {
        self.buffer.extend_from_slice(bytes);
        let mut finder = Finder { buffer_start: self.buffer_start, above: &mut self.above, cuts };
        self.outline.walk(&self.buffer, is_last, &mut finder);
        let unneeded = self.outline.needs_from();
        self.buffer.drain(..unneeded);
        self.outline.drop_front(unneeded);
        self.buffer_start += unneeded as u64;
    }
}

/// Cuts after a record when a piece is due.
struct Finder<'a, 'c> {
    buffer_start: u64,
    above: &'a mut String,
    cuts: &'a mut Cuts<'c>,
}

impl Finds for Finder<'_, '_> {
    fn record(&mut self, above: &[Open], _: &[u8], _: usize, end: usize) {
        let end = self.buffer_start + end as u64;
        if self.cuts.is_due(end) {
            let above = std::mem::replace(self.above, Outline::above_text(above));
            self.cuts.cut(end, &Shape::Values { above });
        }
    }

    /// A pair of Loki's, the records that come by the million: stepped over by its quotes.
    fn quick(&mut self, above: &[Open], text: &[u8], start: usize) -> Option<usize> {
        let end = start + (text[start] == b'[').then(|| loki::end_of_pair(&text[start..])).flatten()?;
        // One that spreads over lines may be a broken string, which the outline knows how to leave.
        if memchr(b'\n', &text[start..end]).is_some() {
            return None;
        }
        self.record(above, text, start, end);
        Some(end)
    }

    fn line(&mut self, above: &[Open], _: &[u8], _: usize, end: usize) {
        // Inside something, a broken line may be its end: what is above must not be carried on.
        let end = self.buffer_start + end as u64;
        let is_overdue = end - self.cuts.start >= MAX_OVERDUE_BYTES;
        if self.cuts.is_due(end) && (above.is_empty() || is_overdue) {
            let above = std::mem::replace(self.above, Outline::above_text(above));
            self.cuts.cut(end, &Shape::Values { above });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// What a walk finds, as text.
    #[derive(Default)]
    struct Listing(Vec<String>);

    impl Finds for Listing {
        fn record(&mut self, above: &[Open], text: &[u8], start: usize, end: usize) {
            self.0.push(format!("{}|{}", Outline::above_text(above), String::from_utf8_lossy(&text[start..end])));
        }
        fn line(&mut self, _: &[Open], text: &[u8], start: usize, end: usize) {
            self.0.push(format!("line {}", String::from_utf8_lossy(&text[start..end])));
        }
    }

    fn records(text: &str, above: &str) -> Vec<String> {
        let mut listing = Listing::default();
        Outline::below(above).walk(text.as_bytes(), true, &mut listing);
        listing.0
    }

    /// The records of all pieces, cut as small as may be, the text pushed `chunk` bytes at a time.
    fn by_pieces(text: &str, chunk: usize) -> Vec<String> {
        let mut splitter = Splitter::with_piece_bytes(Shape::values(), 1);
        let mut pieces: Vec<Piece> = text.as_bytes().chunks(chunk).flat_map(|bytes| splitter.push(bytes)).collect();
        pieces.extend(splitter.finish());
        let mut end = 0;
        let mut found = Vec::new();
        for piece in pieces {
            assert_eq!(piece.start, end, "no gaps");
            end += u64::from(piece.length);
            let Shape::Values { above } = &piece.shape else { panic!("{:?}", piece.shape) };
            found.extend(records(&text[piece.start as usize..end as usize], above));
        }
        assert_eq!(end, text.len() as u64, "all of the text");
        found
    }

    fn check(text: &str, expected: &[&str]) {
        assert_eq!(records(text, ""), expected, "{text}");
        for chunk in [1, 2, 3, 5, 7, 64, 1 << 20] {
            assert_eq!(by_pieces(text, chunk), expected, "{text} in chunks of {chunk}");
        }
    }

    #[test]
    fn values_and_lists() {
        check("", &[]);
        check(" \r\n\n", &[]);
        check("{}{\"a\":[1]}\n{}", &["|{}", "|{\"a\":[1]}", "|{}"]);
        check("[{},{\"a\":1}\n, []]", &["[|{}", "[|{\"a\":1}", "[|[]"]);
        check(
            r#"{"items":[{},{"b":"]}\"["}],"z":{}} {"c":1}"#,
            &[r#"{"items":[|{}"#, r#"{"items":[|{"b":"]}\"["}"#, r#"|{"c":1}"#],
        );
        check(
            "{\n  \"kind\": \"EventList\",\n  \"items\": [\n    {\n  \"a\": 1\n}\n  ]\n}\n",
            &["{\n  \"kind\": \"EventList\",\n  \"items\": [|{\n  \"a\": 1\n}"],
        );
        check(
            r#"{"data":{"result":[{"stream":{"a":"b"},"values":[["1","x"],["2","y"]]},{"metric":{}}]}}"#,
            &[
                r#"{"data":{"result":[{"stream":{"a":"b"},"values":[|["1","x"]"#,
                r#"{"data":{"result":[{"stream":{"a":"b"},"values":[|["2","y"]"#,
                r#"{"data":{"result":[|{"metric":{}}"#,
            ],
        );
        check(r#"{"data":{"x":[1]},"auditID":"a"}"#, &[r#"|{"data":{"x":[1]},"auditID":"a"}"#]);
        check(r#"{"a":{"items":[{}]}}"#, &[r#"|{"a":{"items":[{}]}}"#]);
        check(r#"{"items":[1,"two",null]}"#, &[r#"{"items":[|1"#, r#"{"items":[|"two""#, r#"{"items":[|null"#]);
        check(r#"{"events":[{}],"items":[{}]}"#, &[r#"{"events":[|{}"#, r#"{"events":[],"items":[|{}"#]);
    }

    #[test]
    fn a_broken_value_loses_its_first_line() {
        check("{\"a\":\"cut\n{\"b\":1}\n", &["line {\"a\":\"cut", "|{\"b\":1}"]);
        check("{\"a\":{\n{\"b\":1}\n{\"c\":1}", &["line {\"a\":{", "|{\"b\":1}", "|{\"c\":1}"]);
        check("{\"a\":\n{\"b\":1}\n{\"c\":1}\n", &["line {\"a\":", "|{\"b\":1}", "|{\"c\":1}"]);
        check("{\"a\":1,\n{\"b\":1}\n", &["line {\"a\":1,", "|{\"b\":1}"]);
        check("{\"a\":1]}\n{\"b\":1}\n", &["line {\"a\":1]}", "|{\"b\":1}"]);
        check("noise\n{\"b\":1}\n", &["line noise", "|{\"b\":1}"]);
        check("{\"b\":1}\n{\"a\":", &["|{\"b\":1}", "line {\"a\":"]);
        check(
            "{\"items\":[{\"a\":1},{\"a\"\n{\"items\":[{\"b\":1}]}\n",
            &["{\"items\":[|{\"a\":1}", "line {\"a\"", "{\"items\":[|{\"b\":1}"],
        );
    }

    /// A quote that is no part of a pair ends the cutting for a while, not for good.
    #[test]
    fn a_stray_quote() {
        let shape = || Shape::Csv { header: "time,line".to_string(), delimiter: b',' };
        let rows = "1,\"{\"\"a\"\":1}\"\n".repeat(1 << 16);
        let mut splitter = Splitter::with_piece_bytes(shape(), 1 << 20);
        let mut pieces = splitter.push(b"1,a stray \" quote\n");
        for _ in 0..85 {
            pieces.extend(splitter.push(rows.as_bytes()));
        }
        let longest = pieces.iter().map(|piece| u64::from(piece.length)).max();
        assert!(longest.is_some_and(|longest| longest < MAX_OVERDUE_BYTES + (1 << 10)), "{longest:?}");
        // From there on rows are whole again: each piece ends with a row's closing quote.
        assert!(pieces.len() > 5, "{}", pieces.len());
        let in_quotes = "1,a stray \" quote\n".len() as u64;
        let row = "1,\"{\"\"a\"\":1}\"\n".len() as u64;
        assert!(
            pieces[1..].iter().all(|piece| (piece.start + u64::from(piece.length) - in_quotes).is_multiple_of(row))
        );
    }

    proptest! {
        #[test]
        fn chunks_do_not_matter(text in "([{}\\[\\],:\"\\\\\n a1]|\"items\":\\[|\\{\"a\":\"b\"\\}|\\[\"a\",\"[1\\n]\"\\],?)*", chunk in 1usize..40) {
            prop_assert_eq!(by_pieces(&text, chunk), records(&text, ""));
        }
    }
}
