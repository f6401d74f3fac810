//! Free text: which rows' raw records contain it. Found by scanning the text once per
//! segment, then kept.

use crate::store::{RowSet, Segment};
use std::collections::HashMap;

/// Rows found so far, by text and segment.
#[derive(Default)]
pub struct Scans {
    found: HashMap<String, HashMap<u32, RowSet>>,
}

impl Scans {
    pub fn rows(&self, text: &str, segment: &Segment) -> Option<RowSet> {
        self.found.get(text)?.get(&segment.first_row).cloned()
    }

    pub fn has(&self, text: &str, first_row: u32) -> bool {
        self.found.get(text).is_some_and(|segments| segments.contains_key(&first_row))
    }

    pub fn set(&mut self, text: &str, first_row: u32, rows: RowSet) {
        self.found.entry(text.to_string()).or_default().insert(first_row, rows);
    }

    /// Keeps only these texts: the filter's.
    pub fn retain(&mut self, texts: &[&str]) {
        self.found.retain(|text, _| texts.contains(&text.as_str()));
    }

    pub fn clear(&mut self) {
        self.found.clear();
    }
}

/// A text to look for in raw records, ASCII case ignored.
pub struct Needle {
    /// As typed, and as Go's encoder would have written it (`&` as `\u0026`).
    spellings: Vec<Spelling>,
}

struct Spelling {
    lower: Vec<u8>,
    /// The byte looked for first, by its place: the rarest in audit logs.
    rare_at: usize,
}

impl Needle {
    pub fn new(text: &str) -> Needle {
        let quoted = serde_json::Value::from(text).to_string();
        let json = &quoted[1..quoted.len() - 1];
        let go = json.replace('&', "\\u0026").replace('<', "\\u003c").replace('>', "\\u003e");
        let mut spellings = vec![Spelling::new(json)];
        for other in [go.as_str(), text] {
            if spellings.iter().all(|spelling| spelling.lower != other.to_ascii_lowercase().as_bytes()) {
                spellings.push(Spelling::new(other));
            }
        }
        Needle { spellings }
    }

    /// The rows of a segment whose record contains the needle; `text` is the segment's own text.
    pub fn scan(&self, segment: &Segment, text: &[u8]) -> RowSet {
        let mut rows = RowSet::empty(segment.len());
        for spelling in &self.spellings {
            spelling.scan(segment, text, &mut rows);
        }
        rows
    }
}

impl Spelling {
    fn new(text: &str) -> Spelling {
        let lower = text.to_ascii_lowercase().into_bytes();
        let rare_at = (0..lower.len()).min_by_key(|&at| commonness(lower[at])).unwrap_or(0);
        Spelling { lower, rare_at }
    }

    /// One pass over the text serves all rows, taken in the order in which they lie there.
    fn scan(&self, segment: &Segment, text: &[u8], rows: &mut RowSet) {
        let mut order: Vec<usize> = (0..segment.len()).collect();
        if !segment.offsets.is_sorted() {
            order.sort_by_key(|&row| segment.offsets[row]);
        }
        let end_of = |row: usize| segment.offsets[row] as usize + segment.lengths[row] as usize;
        let (mut next, mut at) = (0, 0);
        while let Some(found) = self.find(text, at) {
            while next < order.len() && end_of(order[next]) < found + self.lower.len() {
                next += 1;
            }
            let Some(&row) = order.get(next) else { return };
            if (segment.offsets[row] as usize) <= found {
                rows.insert(row);
                at = end_of(row);
            } else {
                at = found + 1;
            }
        }
    }

    fn find(&self, text: &[u8], from: usize) -> Option<usize> {
        let Some(&rare) = self.lower.get(self.rare_at) else { return (from <= text.len()).then_some(from) };
        let mut at = from + self.rare_at;
        while at < text.len() {
            at += memchr::memchr2(rare, rare.to_ascii_uppercase(), &text[at..])?;
            let start = at - self.rare_at;
            let candidate = text.get(start..start + self.lower.len())?;
            if candidate.eq_ignore_ascii_case(&self.lower) {
                return Some(start);
            }
            at += 1;
        }
        None
    }
}

/// How common a lower-case byte is in audit logs, counted over real ones: 0 is rare.
fn commonness(byte: u8) -> u8 {
    const BY_RARITY: &[u8] = b"zqxjkw$@%&*~^!?;=+<>()|#'`y_vfhgbp8964753mudl21cn0/-.,: risoate\"";
    BY_RARITY.iter().position(|&known| known == byte).map_or(0, |at| at as u8)
}
