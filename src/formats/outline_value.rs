//! One JSON value being scanned: where it ends, or that it is broken.

use super::spine::{self, Below, Node, Opens};
use memchr::memchr3;

/// An object's text before its records, at most: more, and it is one record itself.
pub(super) const MAX_HEADER_BYTES: usize = 64 << 10;

/// A value being scanned.
#[derive(Debug, Clone)]
pub(super) struct Value {
    pub(super) start: usize,
    /// Text of the value that is not in front of the scan any more (see [`Open::header`]).
    pub(super) header: Vec<u8>,
    pub(super) closers: Vec<u8>,
    /// Nodes of the objects that are open, as long as each is on the spine.
    pub(super) nodes: Vec<Node>,
    pub(super) in_string: bool,
    /// Where the last string on the spine that is a key begins and ends.
    pub(super) key: (usize, usize),
    /// Last byte outside strings that is not white space; [`DONE`] after a value.
    pub(super) previous: u8,
}

/// Stands for a complete value in [`Value::previous`].
pub(super) const DONE: u8 = b'v';

/// What became of a value.
pub(super) enum Scanned {
    /// More text is needed.
    Open,
    Ends(usize),
    Broken,
    /// At the `[` of an array of records.
    Array(usize, &'static Below),
}

impl Value {
    pub(super) fn new(start: usize, node: Node) -> Self {
        Value {
            start,
            header: Vec::new(),
            closers: Vec::new(),
            nodes: vec![node],
            in_string: false,
            key: (start, start),
            previous: b':',
        }
    }

    pub(super) fn is_on_spine(&self) -> bool {
        self.closers.len() == self.nodes.len() && self.nodes.last() != Some(&Node::Leaf)
    }

    pub(super) fn scan(&mut self, text: &[u8], at: &mut usize) -> Scanned {
        let mut i = *at;
        let scanned = loop {
            if self.in_string {
                let Some(by) = memchr3(b'"', b'\\', b'\n', &text[i..]) else {
                    i = text.len();
                    break Scanned::Open;
                };
                i += by;
                match text[i] {
                    b'\\' if i + 1 == text.len() => break Scanned::Open,
                    b'\\' => i += 2,
                    b'"' => {
                        self.in_string = false;
                        self.key.1 = i;
                        i += 1;
                        self.previous = DONE;
                        if self.closers.is_empty() {
                            break Scanned::Ends(i);
                        }
                    }
                    _ => break Scanned::Broken,
                }
                continue;
            }
            let Some(&byte) = text.get(i) else { break Scanned::Open };
            match byte {
                b'"' => {
                    if self.previous == DONE {
                        break Scanned::Broken;
                    }
                    if self.is_on_spine() && matches!(self.previous, b'{' | b',') {
                        self.key.0 = i + 1;
                    }
                    self.in_string = true;
                }
                b',' | b':' => self.previous = byte,
                b'{' | b'[' => {
                    let is_key_due = matches!(self.previous, b',' | b'{') && self.closers.last() == Some(&b'}');
                    if self.previous == DONE || is_key_due {
                        break Scanned::Broken;
                    }
                    if self.is_on_spine() {
                        match spine::below(self.nodes[self.nodes.len() - 1], self.key_text(text)) {
                            Some(below @ Below { opens: Opens::Array, .. })
                                if byte == b'[' && self.header.len() + (i - self.start) < MAX_HEADER_BYTES =>
                            {
                                break Scanned::Array(i, below);
                            }
                            Some(below) if below.opens == Opens::Object && byte == b'{' => {
                                self.nodes.push(below.node);
                            }
                            _ => {}
                        }
                    }
                    self.closers.push(byte + 2);
                    self.previous = byte;
                }
                b'}' | b']' => {
                    if self.closers.pop() != Some(byte) {
                        break Scanned::Broken;
                    }
                    if self.closers.is_empty() {
                        i += 1;
                        break Scanned::Ends(i);
                    }
                    self.nodes.truncate(self.closers.len());
                    self.previous = DONE;
                }
                b' ' | b'\t' | b'\r' | b'\n' => {}
                b'0'..=b'9' | b'-' | b'+' | b'.' | b'a'..=b'z' | b'E' => self.previous = DONE,
                _ => break Scanned::Broken,
            }
            i += 1;
        };
        *at = i;
        scanned
    }

    /// The key whose value begins here; empty at the value's very start.
    pub(super) fn key_text<'a>(&self, text: &'a [u8]) -> &'a [u8] {
        text.get(self.key.0..self.key.1).unwrap_or_default()
    }
}
