//! A JSON text as a tree that is read one level at a time: opening a node scans only its
//! direct children, so an event of megabytes opens at once. Broken JSON shows as far as it goes.

pub use super::json_text::unescape;
use super::json_text::{is_space, skip_container, skip_scalar, skip_space, skip_string};
use memchr::memchr2;
use std::borrow::Cow;
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

/// A value that a search hit, in the order of the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Match {
    /// Where the value starts.
    pub start: usize,
    /// For each object or array around it, outermost first: where that starts, and
    /// which of its children leads here.
    pub inside: Vec<(usize, usize)>,
}

/// Values whose key or scalar text contains `needle`, ASCII case ignored; at most `limit`.
pub fn find(text: &str, needle: &str, limit: usize) -> Vec<Match> {
    let mut matches = Vec::new();
    if needle.is_empty() {
        return matches;
    }
    let bytes = text.as_bytes();
    let mut levels: Vec<Level> = Vec::new();
    let mut at = 0;
    while at < bytes.len() && matches.len() < limit {
        let start = at;
        let mut hit = false;
        match bytes[at] {
            b',' => {
                if let Some(level) = levels.last_mut() {
                    level.index += 1;
                    level.awaits_key = level.object;
                    level.key_hit = false;
                }
                at += 1;
            }
            b':' => at += 1,
            b'}' | b']' => {
                levels.pop();
                at += 1;
            }
            b'"' => {
                let (end, _) = skip_string(bytes, at);
                let hits = contains(&string_at(text, at..end), needle);
                at = end;
                match levels.last_mut() {
                    Some(level) if level.awaits_key => {
                        level.awaits_key = false;
                        level.key_hit = hits;
                        continue;
                    }
                    level => hit = hits || level.is_some_and(|level| level.key_hit),
                }
            }
            bracket @ (b'{' | b'[') => {
                hit = levels.last().is_some_and(|level| level.key_hit);
                at += 1;
                if hit && levels.len() <= MAX_DEPTH {
                    matches.push(Match { start, inside: steps(&levels) });
                    hit = false;
                }
                let object = bracket == b'{';
                levels.push(Level { start, index: 0, object, awaits_key: object, key_hit: false });
            }
            byte if is_space(byte) => at += 1,
            _ => {
                at = skip_scalar(bytes, at);
                hit = contains(&text[start..at], needle) || levels.last().is_some_and(|level| level.key_hit);
            }
        }
        if hit && levels.len() <= MAX_DEPTH {
            matches.push(Match { start, inside: steps(&levels) });
        }
    }
    matches
}

/// The text with one member a line, indented by two spaces; a broken one as far as it goes.
pub fn pretty(text: &str) -> String {
    let mut out = String::with_capacity(text.len() * 2);
    let mut depth = 0usize;
    // A hostile depth must not turn into gigabytes of spaces.
    let line = |out: &mut String, depth: usize| {
        out.push('\n');
        out.extend(std::iter::repeat_n("  ", depth.min(MAX_DEPTH)));
    };
    for token in tokens(text) {
        match token {
            "{" | "[" => {
                out.push_str(token);
                depth += 1;
                line(&mut out, depth);
            }
            "}" | "]" => {
                depth = depth.saturating_sub(1);
                let filled = out.trim_end().len();
                out.truncate(filled);
                if !out.ends_with(['{', '[']) {
                    line(&mut out, depth);
                }
                out.push_str(token);
            }
            "," => {
                out.push(',');
                line(&mut out, depth);
            }
            ":" => out.push_str(": "),
            _ => out.push_str(token),
        }
    }
    out
}

/// The text on one line, without white space between values.
pub fn one_line(text: &str) -> String {
    tokens(text).collect()
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

/// A JSON string's text without its quotes, escapes undone; what is no string, as it stands.
pub fn string_at(text: &str, range: Range<usize>) -> Cow<'_, str> {
    let raw = &text[range];
    match raw.strip_prefix('"') {
        Some(inner) => unescape(inner.strip_suffix('"').unwrap_or(inner)),
        None => Cow::Borrowed(raw),
    }
}

/// An open object or array during a search.
struct Level {
    start: usize,
    index: usize,
    object: bool,
    awaits_key: bool,
    /// The key just read matches, so its value counts as found.
    key_hit: bool,
}

fn steps(levels: &[Level]) -> Vec<(usize, usize)> {
    levels.iter().map(|level| (level.start, level.index)).collect()
}

/// Where a value ends and what is known of it.
struct Value {
    kind: Kind,
    range: Range<usize>,
    count: Option<usize>,
    cut: bool,
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

/// The members of an object or array: key (none in an array) and value.
struct Members<'a> {
    bytes: &'a [u8],
    at: usize,
    object: bool,
}

impl<'a> Members<'a> {
    fn new(bytes: &'a [u8], range: Range<usize>) -> Members<'a> {
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
fn read_value(bytes: &[u8], at: usize) -> Value {
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

/// Strings, scalars and single marks, without the white space between them.
fn tokens(text: &str) -> impl Iterator<Item = &str> {
    let bytes = text.as_bytes();
    let mut at = 0;
    std::iter::from_fn(move || {
        at = skip_space(bytes, at);
        let start = at;
        at = match bytes.get(at)? {
            b'"' => skip_string(bytes, at).0,
            b',' | b':' | b'{' | b'}' | b'[' | b']' => at + 1,
            _ => skip_scalar(bytes, at),
        };
        Some(&text[start..at])
    })
}

fn is_identifier(name: &str) -> bool {
    let word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    name.bytes().all(word) && name.bytes().next().is_some_and(|first| !first.is_ascii_digit())
}

/// Whether `text` contains `needle`, ASCII case ignored.
fn contains(text: &str, needle: &str) -> bool {
    let (text, needle) = (text.as_bytes(), needle.as_bytes());
    let Some(&first) = needle.first() else { return true };
    let (lower, upper) = (first.to_ascii_lowercase(), first.to_ascii_uppercase());
    let mut from = 0;
    while let Some(step) = memchr2(lower, upper, &text[from..]) {
        let at = from + step;
        match text.get(at..at + needle.len()) {
            Some(window) if window.eq_ignore_ascii_case(needle) => return true,
            Some(_) => from = at + 1,
            None => return false,
        }
    }
    false
}

#[cfg(test)]
#[path = "json_tree_tests.rs"]
mod tests;
