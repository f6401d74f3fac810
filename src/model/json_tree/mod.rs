//! A JSON text as a tree that is read one level at a time: opening a node scans only its
//! direct children, so an event of megabytes opens at once. Broken JSON shows as far as it goes.

mod find;
mod layout;
mod scan;
mod string;

pub use find::{Match, find};
pub use layout::{one_line, pretty};
pub use string::string_at;

use scan::{Members, Value, is_space, read_value, skip_space};
use std::ops::Range;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Object,
    Array,
    String,
    Number,
    Bool,
    Null,
    /// Text that is no JSON value.
    Broken,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Key {
    /// The text itself.
    Root,
    Name(String),
    Index(usize),
}

/// One value and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Child {
    pub key: Key,
    pub kind: Kind,
    /// The value's bytes in the text, quotes and brackets included.
    pub range: Range<usize>,
    /// A scalar's text, unescaped, at most [`PREVIEW_CHARS`]; empty for objects and arrays.
    pub preview: String,
    /// How many children an object or array has.
    pub count: Option<usize>,
    /// The text ends before the value does.
    pub cut: bool,
}

pub const PREVIEW_CHARS: usize = 400;
/// Matches nested deeper than this are not reported: nobody opens so many levels.
pub const MAX_DEPTH: usize = 256;

/// The text's first value; `None` when there is nothing but white space.
pub fn root(text: &str) -> Option<Child> {
    let bytes = text.as_bytes();
    let start = skip_space(bytes, 0);
    (start < bytes.len()).then(|| child(text, Key::Root, read_value(bytes, start)))
}

/// The text's first value and all its direct children, in one pass where [`root`] and
/// [`children`] would take two.
pub fn outline(text: &str) -> Option<(Child, Vec<Child>)> {
    let bytes = text.as_bytes();
    let start = skip_space(bytes, 0);
    if !matches!(bytes.get(start), Some(b'{' | b'[')) {
        return root(text).map(|root| (root, Vec::new()));
    }
    let below = children(text, start..bytes.len(), 0, usize::MAX);
    let close = skip_space(bytes, below.last().map_or(start + 1, |last| last.range.end));
    // After the last child only commas may stand before the bracket.
    let close = bytes[close..].iter().position(|byte| !is_space(*byte) && *byte != b',').map(|more| close + more);
    let root = Child {
        key: Key::Root,
        kind: if bytes[start] == b'{' { Kind::Object } else { Kind::Array },
        range: start..close.map_or(bytes.len(), |close| close + 1),
        preview: String::new(),
        count: Some(below.len()),
        cut: close.is_none(),
    };
    Some((root, below))
}

/// The direct children `first..first + limit` of the object or array at `range.start`.
pub fn children(text: &str, range: Range<usize>, first: usize, limit: usize) -> Vec<Child> {
    let members = Members::new(text.as_bytes(), range);
    let found = members.enumerate().skip(first).take(limit);
    found
        .map(|(index, (key, value))| {
            let key = match key {
                Some(at) => Key::Name(string_at(text, at).into_owned()),
                None => Key::Index(index),
            };
            child(text, key, value)
        })
        .collect()
}

/// One step of a path as jq spells it: `.spec`, `["app.kubernetes.io/name"]`, `[3]`.
pub fn path_step(key: &Key) -> String {
    match key {
        Key::Root => String::new(),
        Key::Index(index) => format!("[{index}]"),
        Key::Name(name) if is_identifier(name) => format!(".{name}"),
        Key::Name(name) => format!("[\"{}\"]", name.replace('\\', "\\\\").replace('"', "\\\"")),
    }
}

fn child(text: &str, key: Key, value: Value) -> Child {
    let preview = match value.kind {
        Kind::Object | Kind::Array => String::new(),
        _ => preview(text, value.range.clone()),
    };
    Child { key, kind: value.kind, range: value.range, preview, count: value.count, cut: value.cut }
}

fn preview(text: &str, range: Range<usize>) -> String {
    // Unescape no more than can show: an escape is at most 12 bytes long.
    let mut end = range.end.min(range.start + 12 * PREVIEW_CHARS);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    string_at(text, range.start..end).chars().take(PREVIEW_CHARS).collect()
}

fn is_identifier(name: &str) -> bool {
    let word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    name.bytes().all(word) && name.bytes().next().is_some_and(|first| !first.is_ascii_digit())
}

#[cfg(test)]
mod tests;
