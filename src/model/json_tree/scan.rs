//! Passes over JSON text byte by byte, without recursion: where a value ends, what stands in it.

use super::Kind;
use memchr::memchr2;
use std::ops::Range;

/// Where a value ends and what is known of it.
pub(super) struct Value {
    pub kind: Kind,
    pub range: Range<usize>,
    pub count: Option<usize>,
    pub cut: bool,
}

/// The members of an object or array: key (none in an array) and value.
pub(super) struct Members<'a> {
    bytes: &'a [u8],
    at: usize,
    object: bool,
}

impl<'a> Members<'a> {
    pub fn new(bytes: &'a [u8], range: Range<usize>) -> Members<'a> {
        let bytes = &bytes[..range.end.min(bytes.len())];
        let open = bytes.get(range.start).copied();
        let at = if matches!(open, Some(b'{' | b'[')) { range.start + 1 } else { bytes.len() };
        Members { bytes, at, object: open == Some(b'{') }
    }
}

impl Iterator for Members<'_> {
    type Item = (Option<Range<usize>>, Value);

    fn next(&mut self) -> Option<Self::Item> {
        let bytes = self.bytes;
        self.at = skip_space(bytes, self.at);
        while bytes.get(self.at) == Some(&b',') {
            self.at = skip_space(bytes, self.at + 1);
        }
        if matches!(bytes.get(self.at), None | Some(b'}' | b']')) {
            return None;
        }
        let mut key = None;
        if self.object && bytes[self.at] == b'"' {
            let (end, _) = skip_string(bytes, self.at);
            let colon = skip_space(bytes, end);
            if bytes.get(colon) == Some(&b':') {
                key = Some(self.at..end);
                self.at = skip_space(bytes, colon + 1);
            }
        }
        let value = if matches!(bytes.get(self.at), None | Some(b',' | b'}' | b']')) {
            Value { kind: Kind::Broken, range: self.at..self.at, count: None, cut: self.at >= bytes.len() }
        } else {
            read_value(bytes, self.at)
        };
        self.at = value.range.end;
        Some((key, value))
    }
}

/// The value at `at`, which is neither white space nor the end.
pub(super) fn read_value(bytes: &[u8], at: usize) -> Value {
    match bytes[at] {
        b'"' => {
            let (end, closed) = skip_string(bytes, at);
            Value { kind: Kind::String, range: at..end, count: None, cut: !closed }
        }
        bracket @ (b'{' | b'[') => {
            let (end, count, closed) = skip_container(bytes, at);
            let kind = if bracket == b'{' { Kind::Object } else { Kind::Array };
            Value { kind, range: at..end, count: Some(count), cut: !closed }
        }
        _ => {
            let end = skip_scalar(bytes, at);
            let kind = match &bytes[at..end] {
                b"true" | b"false" => Kind::Bool,
                b"null" => Kind::Null,
                [b'-' | b'0'..=b'9', ..] => Kind::Number,
                _ => Kind::Broken,
            };
            Value { kind, range: at..end, count: None, cut: false }
        }
    }
}

pub(super) fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\n' | b'\r' | b'\t')
}

pub(super) fn skip_space(bytes: &[u8], at: usize) -> usize {
    bytes[at..].iter().position(|&byte| !is_space(byte)).map_or(bytes.len(), |space| at + space)
}

/// Past the string that opens at `at`, and whether it closes.
pub(super) fn skip_string(bytes: &[u8], at: usize) -> (usize, bool) {
    let mut at = at + 1;
    while let Some(step) = bytes.get(at..).and_then(|rest| memchr2(b'"', b'\\', rest)) {
        at += step;
        if bytes[at] == b'"' {
            return (at + 1, true);
        }
        at += 2;
    }
    (bytes.len(), false)
}

/// Past a number, word or rubbish: at least one byte, to the next mark of JSON's own.
pub(super) fn skip_scalar(bytes: &[u8], at: usize) -> usize {
    let ends = |&byte: &u8| is_space(byte) || matches!(byte, b',' | b':' | b'{' | b'}' | b'[' | b']' | b'"');
    bytes[at + 1..].iter().position(ends).map_or(bytes.len(), |more| at + 1 + more)
}

/// Past the object or array at `at`, its number of members, and whether it closes.
fn skip_container(bytes: &[u8], at: usize) -> (usize, usize, bool) {
    let (mut position, mut depth, mut commas, mut empty) = (at, 0usize, 0, true);
    while position < bytes.len() {
        match bytes[position] {
            b'"' => {
                empty = false;
                position = skip_string(bytes, position).0;
                continue;
            }
            b'{' | b'[' => {
                empty &= depth == 0;
                depth += 1;
            }
            b'}' | b']' => {
                depth -= 1;
                if depth == 0 {
                    return (position + 1, if empty { 0 } else { commas + 1 }, true);
                }
            }
            b',' if depth == 1 => commas += 1,
            byte => empty &= is_space(byte),
        }
        position += 1;
    }
    (bytes.len(), if empty { 0 } else { commas + 1 }, false)
}
