//! Free text: which rows' raw records contain it. Found by scanning the text once per
//! segment, then kept.

use crate::formats::block::Block;
use crate::formats::parse;
use crate::model::Pairing;
use crate::query::spelling::spellings;
use crate::store::{RowSet, Segment, Store};
use std::collections::{HashMap, HashSet};

/// Rows found so far, by text and segment.
#[derive(Default)]
pub struct Scans {
    found: HashMap<String, HashMap<u32, RowSet>>,
    /// Operations whose start's record contains a text: a joined event is both of its records.
    starts: HashMap<String, HashSet<u64>>,
    /// Texts that somebody needs beside the filter's: a file being written.
    held: HashMap<u32, Vec<String>>,
}

impl Scans {
    pub fn rows(&self, text: &str, segment: &Segment) -> Option<RowSet> {
        let mut rows = self.found.get(text)?.get(&segment.first_row)?.clone();
        if let Some(starts) = self.starts.get(text) {
            let joined = segment.halves.iter().filter(|stored| matches!(stored.pairing, Pairing::Joined(_)));
            let found = joined.filter(|stored| starts.contains(&stored.half.operation));
            found.for_each(|stored| rows.insert(stored.half.row as usize));
        }
        Some(rows)
    }

    /// Of what was scanned: the operations whose hidden start contains the text.
    pub fn in_starts(&self, text: &str, store: &Store) -> Vec<u64> {
        let mut operations = Vec::new();
        for segment in store.segments().iter().filter(|segment| !segment.halves.is_empty()) {
            let Some(rows) = self.found.get(text).and_then(|found| found.get(&segment.first_row)) else { continue };
            let hidden = segment.halves.iter().filter(|stored| stored.pairing == Pairing::Hidden);
            let found = hidden.filter(|stored| rows.contains(stored.half.row as usize));
            operations.extend(found.map(|stored| stored.half.operation));
        }
        operations
    }

    /// Takes what all workers found in hidden starts; whether it is other than before.
    pub fn set_starts(&mut self, found: Vec<(String, Vec<u64>)>) -> bool {
        let mut is_other = false;
        for (text, operations) in found {
            let operations: HashSet<u64> = operations.into_iter().collect();
            is_other |= *self.starts.get(&text).unwrap_or(&HashSet::new()) != operations;
            self.starts.insert(text, operations);
        }
        is_other
    }

    pub fn has(&self, text: &str, first_row: u32) -> bool {
        self.found.get(text).is_some_and(|segments| segments.contains_key(&first_row))
    }

    pub fn set(&mut self, text: &str, first_row: u32, rows: RowSet) {
        self.found.entry(text.to_string()).or_default().insert(first_row, rows);
    }

    /// Keeps only these texts, the filter's, and those that are held.
    pub fn retain(&mut self, texts: &[&str]) {
        let held: Vec<&String> = self.held.values().flatten().collect();
        let is_kept = |text: &String| texts.contains(&text.as_str()) || held.contains(&text);
        self.found.retain(|text, _| is_kept(text));
        self.starts.retain(|text, _| is_kept(text));
    }

    /// From here on these texts are kept for the holder, until it holds none.
    pub fn hold(&mut self, holder: u32, texts: Vec<String>) {
        match texts.is_empty() {
            true => self.held.remove(&holder),
            false => self.held.insert(holder, texts),
        };
    }

    pub fn clear(&mut self) {
        *self = Scans::default();
    }
}

/// A text to look for in raw records, ASCII case ignored.
pub struct Needle {
    spellings: Vec<Spelling>,
}

struct Spelling {
    lower: Vec<u8>,
    /// The two bytes looked for first, by their places: the rarest in audit logs.
    rare_at: [usize; 2],
}

impl Needle {
    pub fn new(text: &str) -> Needle {
        Needle { spellings: spellings(text).iter().map(|spelling| Spelling::new(spelling)).collect() }
    }

    /// The rows of a segment whose record contains the needle; `text` is the segment's own text.
    pub fn scan(&self, segment: &Segment, text: &[u8]) -> RowSet {
        let mut rows = RowSet::empty(segment.len());
        for spelling in &self.spellings {
            spelling.scan(segment, text, &mut rows);
        }
        self.narrow(segment, text, &mut rows);
        rows
    }

    /// Of events that share a record only those that have it, unless none has and it is in what they share.
    fn narrow(&self, segment: &Segment, text: &[u8], rows: &mut RowSet) {
        let place = |row: usize| (segment.offsets[row] as usize, segment.lengths[row] as usize);
        let mut first = 0;
        while first < segment.len() {
            let end = (first + 1..segment.len()).find(|&row| place(row) != place(first)).unwrap_or(segment.len());
            if end - first > 1 && rows.contains(first) {
                let (start, length) = place(first);
                let record = text.get(start..start + length).unwrap_or_default();
                let has = |event: &Option<String>| event.as_ref().is_none_or(|event| self.is_in(event.as_bytes()));
                let own: Vec<bool> = parse::unwrap_all(record).iter().map(has).collect();
                let lacking = (first..end).zip(&own).filter(|(_, has)| own.contains(&true) && !**has);
                lacking.for_each(|(row, _)| rows.remove(row));
            }
            first = end;
        }
    }

    fn is_in(&self, text: &[u8]) -> bool {
        self.spellings.iter().any(|spelling| spelling.find(text, 0).is_some())
    }
}

impl Spelling {
    fn new(text: &str) -> Spelling {
        let lower = text.to_ascii_lowercase().into_bytes();
        let mut places: Vec<usize> = (0..lower.len()).collect();
        places.sort_by_key(|&at| commonness(lower[at]));
        let first = places.first().copied().unwrap_or(0);
        Spelling { lower, rare_at: [first, places.get(1).copied().unwrap_or(first)] }
    }

    /// One pass over the text serves all rows, taken in the order in which they lie there.
    fn scan(&self, segment: &Segment, text: &[u8], rows: &mut RowSet) {
        let mut order: Vec<usize> = (0..segment.len()).collect();
        if !segment.offsets.is_sorted() {
            order.sort_by_key(|&row| segment.offsets[row]);
        }
        let end_of = |row: usize| segment.offsets[row] as usize + segment.lengths[row] as usize;
        let start_of = |row: usize| segment.offsets[row] as usize;
        // Several events may share a record, and lines of two streams lie between one another's parts.
        let mut order = order.into_iter().peekable();
        while let Some(&next) = order.peek() {
            let Some(found) = self.find(text, start_of(next)) else { return };
            // A row that began and does not reach over this place reaches over none behind it.
            while let Some(row) = order.next_if(|&row| start_of(row) <= found) {
                if end_of(row) >= found + self.lower.len() {
                    rows.insert(row);
                }
            }
        }
    }

    fn find(&self, text: &[u8], from: usize) -> Option<usize> {
        let places = text.len().checked_sub(self.lower.len())? + 1;
        let is_here = |start: usize| text[start..start + self.lower.len()].eq_ignore_ascii_case(&self.lower);
        let mut start = from;
        while start < places {
            let Some(mut candidates) = self.candidates(text, start) else {
                // Near the end of the text.
                if is_here(start) {
                    return Some(start);
                }
                start += 1;
                continue;
            };
            while candidates != 0 {
                let candidate = start + candidates.trailing_zeros() as usize;
                if candidate < places && is_here(candidate) {
                    return Some(candidate);
                }
                candidates &= candidates - 1;
            }
            start += 16;
        }
        None
    }

    /// Bit i: both rare bytes may stand in their places when the text starts at `start + i`.
    #[inline(always)]
    fn candidates(&self, text: &[u8], start: usize) -> Option<u32> {
        let [first, second] = self.rare_at;
        let mask = |place: usize| {
            let bytes = text.get(start + place..)?.first_chunk::<16>()?;
            // Of letters both cases; of other bytes, one more that is told apart afterwards.
            Some(Block::load(bytes).with_bit_5().equals(self.lower.get(place)? | 0x20))
        };
        Some(mask(first)? & mask(second)?)
    }
}

/// How common a lower-case byte is in audit logs, counted over real ones: 0 is rare.
fn commonness(byte: u8) -> u8 {
    const BY_RARITY: &[u8] = b"zqxjkw$@%&*~^!?;=+<>()|#'`y_vfhgbp8964753mudl21cn0/-.,: risoate\"";
    BY_RARITY.iter().position(|&known| known == byte).map_or(0, |at| at as u8)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::{Place, Shape, Sink};
    use crate::model::Event;
    use proptest::prelude::*;

    fn naive(text: &[u8], needle: &[u8], from: usize) -> Option<usize> {
        (from..=text.len())
            .find(|&at| text[at..].get(..needle.len()).is_some_and(|part| part.eq_ignore_ascii_case(needle)))
    }

    fn check(text: &[u8], needle: &str) {
        for from in 0..=text.len() {
            let found = Spelling::new(needle).find(text, from);
            assert_eq!(found, naive(text, needle.as_bytes(), from), "{needle:?} from {from} in {text:?}");
        }
    }

    #[test]
    fn found_wherever_it_stands() {
        let long = b"0123456789abcdef0123456789ABCDEF0123456789abcdeX";
        for needle in
            ["x", "X", "ab", "fX", "ex", "0", "9aBc", "deX", "def0", "missing", "", "0123456789abcdef0123456789ABCDEF0"]
        {
            check(long, needle);
        }
        check(b"", "a");
        check(b"", "");
        // Bytes that differ in bit 5 alone are only letters' cases.
        check(b"@`[{\\|]}^~_\x7f 0\x10@`[{\\|]}^~_\x7f 0\x10", "`{");
        check("Zo\u{eb} zo\u{cb} \u{1f512}xxxxxxxxxxxxxxxxxxxx\u{1f512}".as_bytes(), "\u{1f512}");
    }

    /// A line at each of these places, the lines of each that contain the needle.
    fn check_rows(places: &[(u32, u32)], text: &str, needle: &str, expected: &[usize]) {
        let mut store = Store::default();
        let mut builder = store.builder(0, "file", 0, 0);
        for &(offset, length) in places {
            let event = Event { audit_id: b"a", ..Event::default() };
            builder.event(&event, "", Place { offset, length, line: 0 });
        }
        let segment = builder.finish(0, text.len() as u32);
        let rows = Needle::new(needle).scan(&segment, text.as_bytes());
        let found: Vec<usize> = (0..places.len()).filter(|&row| rows.contains(row)).collect();
        assert_eq!(found, expected, "{needle} in {text} at {places:?}");
    }

    #[test]
    fn every_row_whose_record_has_it() {
        check_rows(&[(0, 3), (4, 3), (8, 3)], "abc dba abc", "ab", &[0, 2]);
        check_rows(&[(0, 3), (4, 3), (8, 3)], "abc dba abc", "c a", &[]);
        // Events of one record.
        check_rows(&[(0, 3), (0, 3), (4, 3), (4, 3), (4, 3)], "abc abd", "ab", &[0, 1, 2, 3, 4]);
        check_rows(&[(0, 3), (4, 3), (4, 3), (8, 3)], "xyz abd ab.", "bd", &[1, 2]);
        // A line of the other stream between the parts of one, told before it.
        check_rows(&[(3, 3), (0, 9)], "ab-xyz-cd", "xy", &[0, 1]);
        check_rows(&[(3, 3), (0, 9)], "ab-xyz-cd", "cd", &[1]);
        check_rows(&[(3, 3), (0, 9), (10, 2)], "ab-xyz-cd cd", "cd", &[1, 2]);
        // Parts of both streams in turn.
        check_rows(&[(0, 6), (3, 6)], "ab-cd-ef", "cd", &[0, 1]);
        check_rows(&[(0, 6), (3, 5)], "ab-cd-ef", "ef", &[1]);
        check_rows(&[(0, 2), (5, 2)], "ab ab ab", "ab", &[0]);
    }

    #[test]
    fn of_one_records_events_those_that_have_it() {
        let check = |needle: &str, expected: &[usize]| {
            let list = r#"{"kind":"EventList","items":[{"auditID":"a","verb":"get"},{"auditID":"b","verb":"list"}]}"#;
            let string = serde_json::to_string(list).expect("a string");
            let text = format!("{{\"message\":{string},\"host\":\"web\"}}\n{{\"auditID\":\"c\",\"verb\":\"get\"}}\n");
            let mut store = Store::default();
            let mut builder = store.builder(0, "file", 0, 0);
            parse::parse_piece(text.as_bytes(), &Shape::Lines, &mut builder);
            let segment = builder.finish(2, text.len() as u32);
            assert_eq!(segment.len(), 3);
            let rows = Needle::new(needle).scan(&segment, text.as_bytes());
            let found: Vec<usize> = (0..3).filter(|&row| rows.contains(row)).collect();
            assert_eq!(found, expected, "{needle}");
        };
        check("list", &[1]);
        check("get", &[0, 2]);
        check("verb", &[0, 1, 2]);
        // In what they share.
        check("web", &[0, 1]);
        check("nowhere", &[]);
    }

    #[test]
    fn what_is_held_outlasts_the_filter() {
        let mut scans = Scans::default();
        let find = |scans: &mut Scans, text: &str| {
            scans.set(text, 0, RowSet::empty(3));
            scans.set_starts(vec![(text.to_string(), vec![7])]);
        };
        let kept = |scans: &Scans, text: &str| (scans.has(text, 0), scans.starts.contains_key(text));
        scans.hold(1, vec!["held".to_string()]);
        scans.hold(2, vec!["held".to_string(), "too".to_string()]);
        for text in ["held", "too", "earlier", "shown"] {
            find(&mut scans, text);
            scans.retain(&[text]);
        }
        assert_eq!(
            ["held", "too", "earlier", "shown"].map(|text| kept(&scans, text)),
            [(true, true), (true, true), (false, false), (true, true)]
        );
        scans.hold(2, Vec::new());
        find(&mut scans, "next");
        scans.retain(&["next"]);
        assert_eq!(
            ["held", "too", "shown"].map(|text| kept(&scans, text)),
            [(true, true), (false, false), (false, false)]
        );
    }

    proptest! {
        #[test]
        fn found_as_a_plain_search_finds(text in "[abAB@`\u{e9}]{0,60}", needle in "[abAB@`\u{e9}]{0,4}") {
            check(text.as_bytes(), &needle);
        }
    }
}
