//! Just enough of JSON to look into wrappers without copying them.

use super::cursor::{KEY_BYTES, end_of_key, plain_key};
use super::scan::skip_value;
use crate::model::json_string::unescape;

/// The direct members of an object, values as they stand in the text.
pub struct Members<'a> {
    pub object: &'a [u8],
    members: Vec<(&'a [u8], &'a [u8])>,
    /// Some key has an escape.
    is_escaped: bool,
}

impl<'a> Members<'a> {
    /// `None` when `object` is not a sound JSON object.
    pub fn of(object: &'a [u8]) -> Option<Members<'a>> {
        Members::prefix(object).map(|(members, _)| members)
    }

    /// Of the object that `text` begins with, and where it ends.
    pub fn prefix(text: &'a [u8]) -> Option<(Members<'a>, usize)> {
        let mut members = Vec::with_capacity(16);
        let mut is_escaped = false;
        let end = each_item(text, b'{', |key, has_escape, value| {
            members.push((key, value));
            is_escaped |= has_escape;
        })?;
        Some((Members { object: &text[..end], members, is_escaped }, end))
    }

    /// The last of that name, as every JSON reader has it.
    pub fn get(&self, key: &str) -> Option<&'a [u8]> {
        if self.is_escaped {
            return self.get_unescaped(key);
        }
        self.members.iter().rev().find(|(name, _)| *name == key.as_bytes()).map(|(_, value)| *value)
    }

    #[cold]
    fn get_unescaped(&self, key: &str) -> Option<&'a [u8]> {
        self.members.iter().rev().find(|(name, _)| unescape(name) == key).map(|(_, value)| *value)
    }

    /// Follows `a>b>c` through objects.
    pub fn path(&self, path: &str) -> Option<&'a [u8]> {
        match path.split_once('>') {
            None => self.get(path),
            Some((first, rest)) => Members::of(self.get(first)?)?.path(rest),
        }
    }

    /// The inside of a string, escapes and all; empty for anything else.
    pub fn text(&self, path: &str) -> &'a [u8] {
        self.path(path).and_then(inside).unwrap_or_default()
    }

    pub fn iter(&self) -> impl Iterator<Item = (&'a [u8], &'a [u8])> + '_ {
        self.members.iter().copied()
    }
}

/// The elements of an array; `None` when it is not a sound one.
pub fn elements(array: &[u8]) -> Option<Vec<&[u8]>> {
    let mut found = Vec::new();
    each_item(array, b'[', |_, _, value| found.push(value))?;
    Some(found)
}

/// Visits the members of an object; `None`, perhaps after some, when it is not a sound one.
pub fn each_member<'a>(object: &'a [u8], mut visit: impl FnMut(&'a [u8], &'a [u8])) -> Option<()> {
    each_item(object, b'{', |key, _, value| visit(key, value)).map(|_| ())
}

/// Visits the items of an object (with keys, and whether each has an escape) or an array (keys empty). Returns where it ends.
#[inline(always)]
fn each_item<'a>(text: &'a [u8], open: u8, mut visit: impl FnMut(&'a [u8], bool, &'a [u8])) -> Option<usize> {
    walk_items(text, after_space(text, 0), open, |key, is_escaped, at| {
        let end = skip_value(text, at).ok()?;
        visit(key, is_escaped, &text[at..end]);
        Some(end)
    })
}

/// Visits the members of the object at `at` in one pass: `visit` is told where a value
/// begins, steps over it ([`skip_value`]) and returns where it ends.
#[inline(always)]
pub fn walk_members(text: &[u8], at: usize, mut visit: impl FnMut(&[u8], usize) -> Option<usize>) -> Option<usize> {
    let mut plain = [0; KEY_BYTES];
    walk_items(text, at, b'{', |key, is_escaped, at| {
        visit(if is_escaped { plain_key(key, &mut plain) } else { key }, at)
    })
}

/// The same for the elements of the array at `at`.
#[inline(always)]
pub fn walk_elements(text: &[u8], at: usize, mut visit: impl FnMut(usize) -> Option<usize>) -> Option<usize> {
    walk_items(text, at, b'[', |_, _, at| visit(at))
}

#[inline(always)]
fn walk_items<'a>(
    text: &'a [u8],
    at: usize,
    open: u8,
    mut visit: impl FnMut(&'a [u8], bool, usize) -> Option<usize>,
) -> Option<usize> {
    if text.get(at) != Some(&open) {
        return None;
    }
    let mut at = after_space(text, at + 1);
    if text.get(at) == Some(&(open + 2)) {
        return Some(at + 1);
    }
    loop {
        let mut key: &[u8] = &[];
        let mut is_escaped = false;
        if open == b'{' {
            if text.get(at) != Some(&b'"') {
                return None;
            }
            let end;
            (end, is_escaped) = end_of_key(text, at + 1)?;
            key = &text[at + 1..end];
            at = after_space(text, end + 1);
            if text.get(at) != Some(&b':') {
                return None;
            }
            at = after_space(text, at + 1);
        }
        at = after_space(text, visit(key, is_escaped, at)?);
        match text.get(at)? {
            b',' => at = after_space(text, at + 1),
            byte if *byte == open + 2 => return Some(at + 1),
            _ => return None,
        }
    }
}

/// The first byte at or after `at` that is no white space.
#[inline(always)]
pub fn after_space(text: &[u8], mut at: usize) -> usize {
    while matches!(text.get(at), Some(b' ' | b'\t' | b'\r' | b'\n')) {
        at += 1;
    }
    at
}

/// Whether a text that begins with `[` may be a list of records: `[2024-05-22]` is not.
pub fn begins_list(text: &[u8]) -> bool {
    matches!(text, [b'['] | [b'[', b'{' | b'[' | b'"' | b']' | b' ' | b'\t' | b'\r' | b'\n', ..])
}

/// What stands between the quotes of a JSON string.
pub fn inside(value: &[u8]) -> Option<&[u8]> {
    value.strip_prefix(b"\"")?.strip_suffix(b"\"")
}

/// Appends `text` as the inside of a JSON string.
pub fn escape(text: &[u8], inside: &mut Vec<u8>) {
    for &byte in text {
        match byte {
            b'"' | b'\\' => inside.extend_from_slice(&[b'\\', byte]),
            b'\n' => inside.extend_from_slice(b"\\n"),
            b'\r' => inside.extend_from_slice(b"\\r"),
            b'\t' => inside.extend_from_slice(b"\\t"),
            0..0x20 => inside.extend_from_slice(format!("\\u{byte:04x}").as_bytes()),
            _ => inside.push(byte),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members() {
        let members = Members::of(br#" {"a":1,"b":{"c":{"d":"e\"f"}},"a":[2]} "#).expect("sound");
        assert_eq!(members.get("a"), Some(&b"[2]"[..]));
        assert_eq!(members.text("b>c>d"), br#"e\"f"#);
        assert_eq!(members.path("b>x>d"), None);
        let escaped = Members::of(br#"{"\u0061":1,"b\/c":{"d\n":2},"a":3,"\u0062":4}"#).expect("sound");
        for (path, expected) in [("a", Some(&b"3"[..])), ("b", Some(b"4")), ("b/c>d\n", Some(b"2")), ("\\u0061", None)]
        {
            assert_eq!(escaped.path(path), expected, "{path}");
        }
        assert_eq!(elements(b"[1, \"a\" ,[]]"), Some(vec![&b"1"[..], b"\"a\"", b"[]"]));
        for bad in ["", "{", "[]", "{\"a\"}", "{\"a\":1", "{\"a\":1]", "{a:1}"] {
            assert!(Members::of(bad.as_bytes()).is_none(), "{bad}");
        }
    }
}
