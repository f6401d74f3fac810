//! Walks a text of JSON values, told apart without being read, and finds its
//! records: the values themselves, or the elements of the arrays that
//! [`super::spine`] names. Resumable at any byte; never fails: what does not
//! hold together loses its first line, and the walk goes on at the next.
//!
//! The splitter walks the whole text once to see where it may be cut; the parser
//! walks each piece again, from the same state, to read the records.

use super::json::begins_list;
use super::outline_value::{DONE, Scanned, Value};
use super::spine::{Below, Node};
use super::{MAX_RECORD_BYTES, origin};
use memchr::memchr;

/// Text scanned in vain before giving up on values that span lines.
const PATIENCE_BYTES: usize = 64 << 20;

/// Takes what the walk finds, as ranges of the text it was given.
pub trait Finds {
    /// A value; `above` are the arrays it is an element of, outermost first.
    fn record(&mut self, above: &[Open], text: &[u8], start: usize, end: usize);
    /// A line (without its newline) that is no JSON value, or begins one that does not hold together.
    fn line(&mut self, above: &[Open], text: &[u8], start: usize, end: usize);
    /// A chance to take the record at `start` at once; where it ends.
    fn quick(&mut self, _above: &[Open], _text: &[u8], _start: usize) -> Option<usize> {
        None
    }
}

/// An array of records that is open at some point of the text.
#[derive(Debug, Clone)]
pub struct Open {
    /// The text of the object around it, up to the array; arrays read before it stand empty. Nothing for a bare array.
    pub header: Vec<u8>,
    /// The node of its elements.
    pub node: Node,
    /// What the header says of where the records were observed.
    pub origin: String,
    /// The wrapper it belongs to, where the way down tells.
    pub wrapper: Option<&'static str>,
    /// The object around it, to go on with when the array ends.
    outer: Option<Value>,
}

#[derive(Debug, Clone)]
enum State {
    Between,
    Value(Value),
    /// In something that is told by its line only; where that began.
    Line(usize),
    /// In a number, `true`, `false` or `null` of an array; where that began.
    Literal(usize),
}

/// The state of a walk.
#[derive(Debug, Clone)]
pub struct Outline {
    above: Vec<Open>,
    state: State,
    /// Next byte to look at.
    at: usize,
    /// Right after a line that was given up, so `above` may no longer hold.
    is_fresh_line: bool,
    wasted: usize,
    /// Values that span lines were given up.
    is_by_line: bool,
}

impl Outline {
    pub fn new() -> Self {
        Outline { above: Vec::new(), state: State::Between, at: 0, is_fresh_line: false, wasted: 0, is_by_line: false }
    }

    /// The state below `above`, as [`Outline::above_text`] gave it.
    pub fn below(above: &str) -> Self {
        struct Ignore;
        impl Finds for Ignore {
            fn record(&mut self, _: &[Open], _: &[u8], _: usize, _: usize) {}
            fn line(&mut self, _: &[Open], _: &[u8], _: usize, _: usize) {}
        }
        let mut outline = Outline::new();
        // The space is for a bare array: what its bracket is, the byte after it tells.
        outline.walk(format!("{above} ").as_bytes(), false, &mut Ignore);
        outline.at = 0;
        outline
    }

    /// Whether the walk is inside nothing.
    pub fn is_at_top(&self) -> bool {
        self.above.is_empty() && matches!(self.state, State::Between)
    }

    /// First byte that the walk still needs.
    pub fn needs_from(&self) -> usize {
        match &self.state {
            State::Between => self.at,
            State::Value(value) => value.start,
            State::Line(start) | State::Literal(start) => *start,
        }
    }

    /// Tells that `count` bytes were dropped from the front of the text.
    pub fn drop_front(&mut self, count: usize) {
        self.at -= count;
        match &mut self.state {
            State::Between => {}
            State::Value(value) => {
                value.start -= count;
                value.key = (value.key.0.saturating_sub(count), value.key.1.saturating_sub(count));
            }
            State::Line(start) | State::Literal(start) => *start -= count,
        }
    }

    /// Begins at `at` as if nothing had been before.
    pub fn restart(&mut self, at: usize) {
        self.above.clear();
        self.state = State::Between;
        self.at = at;
        self.is_fresh_line = false;
    }

    /// Walks one line and whatever its values reach beyond it. Returns where the next line begins.
    pub fn walk_line(&mut self, text: &[u8], at: usize, finds: &mut impl Finds) -> usize {
        self.restart(at);
        self.run(text, true, true, finds);
        self.at
    }

    /// Walks on to the end of `text`; `is_last`: nothing will follow.
    pub fn walk(&mut self, text: &[u8], is_last: bool, finds: &mut impl Finds) {
        self.run(text, is_last, false, finds);
    }

    fn run(&mut self, text: &[u8], is_last: bool, one_line: bool, finds: &mut impl Finds) {
        while self.at < text.len() || (is_last && !matches!(self.state, State::Between)) {
            match std::mem::replace(&mut self.state, State::Between) {
                State::Between => {
                    if !is_last && self.at + 1 == text.len() && text[self.at] == b'[' && self.above.is_empty() {
                        // What it is depends on the byte after it.
                        return;
                    }
                    if one_line && text[self.at] == b'\n' && self.above.is_empty() {
                        self.at += 1;
                        return;
                    }
                    self.between(text, finds);
                }
                State::Value(value) => {
                    if !self.value(text, value, is_last, finds) {
                        return;
                    }
                }
                State::Line(start) => match memchr(b'\n', &text[self.at..]) {
                    None if !is_last && text.len() - start < MAX_RECORD_BYTES => {
                        self.at = text.len();
                        self.state = State::Line(start);
                        return;
                    }
                    newline => {
                        self.at = newline.map_or(text.len(), |by| self.at + by);
                        finds.line(&self.above, text, start, self.at);
                        self.is_fresh_line = true;
                        if newline.is_none() && !is_last {
                            // Too long to hold: the rest of it is no better.
                            self.state = State::Line(self.at);
                            return;
                        }
                    }
                },
                State::Literal(start) => {
                    let is_end = |byte: &u8| matches!(byte, b',' | b']' | b'\n' | b'\r');
                    match text[self.at..].iter().position(is_end) {
                        None if !is_last && text.len() - start < MAX_RECORD_BYTES => {
                            self.at = text.len();
                            self.state = State::Literal(start);
                            return;
                        }
                        end => {
                            self.at = end.map_or(text.len(), |by| self.at + by);
                            finds.record(&self.above, text, start, self.at);
                        }
                    }
                }
            }
        }
    }

    /// One step between values.
    fn between(&mut self, text: &[u8], finds: &mut impl Finds) {
        let at = self.at;
        let byte = text[at];
        if matches!(byte, b'{' | b'[') && self.is_fresh_line {
            // A value in the first column after a broken line belongs to nothing above.
            self.above.clear();
        }
        self.is_fresh_line = self.is_fresh_line && byte == b'\n';
        let node = self.above.last().map_or(Node::Root, |open| open.node);
        match byte {
            b' ' | b'\t' | b'\r' | b'\n' | b',' => self.at += 1,
            _ if self.is_by_line => self.state = State::Line(at),
            b'{' => match finds.quick(&self.above, text, at) {
                Some(end) => self.at = end,
                None => self.state = State::Value(Value::new(at, node)),
            },
            b'[' if !self.above.is_empty() => match finds.quick(&self.above, text, at) {
                Some(end) => self.at = end,
                None => self.state = State::Value(Value::new(at, Node::Leaf)),
            },
            b'[' if !begins_list(&text[at..]) => self.state = State::Line(at),
            b'[' => {
                self.above.push(Open {
                    header: Vec::new(),
                    node: Node::Root,
                    origin: self.above.last().map_or(String::new(), |open| open.origin.clone()),
                    wrapper: None,
                    outer: None,
                });
                self.at += 1;
            }
            b']' => {
                self.at += 1;
                self.end_array();
            }
            b'}' => self.at += 1,
            _ if self.above.is_empty() => self.state = State::Line(at),
            b'"' => self.state = State::Value(Value::new(at, Node::Leaf)),
            b'0'..=b'9' | b'-' | b't' | b'f' | b'n' => self.state = State::Literal(at),
            _ => self.state = State::Line(at),
        }
    }

    /// After the `]` of an array of records: on with the object around it.
    fn end_array(&mut self) {
        if let Some(Open { header, outer: Some(mut value), .. }) = self.above.pop() {
            value.start = self.at;
            value.key = (self.at, self.at);
            value.header = header;
            value.header.extend_from_slice(b"[]");
            value.previous = DONE;
            self.state = State::Value(value);
        }
    }

    /// Scans on in a value; false when more text is needed.
    fn value(&mut self, text: &[u8], mut value: Value, is_last: bool, finds: &mut impl Finds) -> bool {
        match value.scan(text, &mut self.at) {
            Scanned::Open if !is_last && text.len() - value.start <= MAX_RECORD_BYTES => {
                self.state = State::Value(value);
                return false;
            }
            Scanned::Ends(end) if value.header.is_empty() => {
                finds.record(&self.above, text, value.start, end);
            }
            // The rest of an object whose records were found in its arrays.
            Scanned::Ends(_) => {}
            Scanned::Array(at, below) => {
                let mut header = std::mem::take(&mut value.header);
                header.extend_from_slice(&text[value.start..at]);
                let origin = origin::of_header(&header, self.above.last().map_or("", |open| &open.origin));
                let Below { node, wrapper, .. } = *below;
                self.above.push(Open { header, node, origin, wrapper, outer: Some(value) });
                self.at = at + 1;
            }
            Scanned::Broken | Scanned::Open => {
                self.wasted += self.at - value.start;
                self.is_by_line |= self.wasted > PATIENCE_BYTES;
                self.at = value.start;
                self.state = State::Line(value.start);
            }
        }
        true
    }

    /// The text above the records at this point: [`Outline::below`] of it is in the same state.
    pub fn above_text(above: &[Open]) -> String {
        let mut text = Vec::new();
        for open in above {
            text.extend_from_slice(&open.header);
            text.push(b'[');
        }
        String::from_utf8_lossy(&text).into_owned()
    }
}

impl Default for Outline {
    fn default() -> Self {
        Outline::new()
    }
}
