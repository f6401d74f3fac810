//! Just enough of JSON to look into wrappers without copying them.

use super::scan::skip_value;
use memchr::memchr;

/// The direct members of an object, values as they stand in the text.
pub struct Members<'a> {
    pub object: &'a [u8],
    members: Vec<(&'a [u8], &'a [u8])>,
}

impl<'a> Members<'a> {
    /// `None` when `object` is not a sound JSON object.
    pub fn of(object: &'a [u8]) -> Option<Members<'a>> {
        let mut members = Vec::with_capacity(16);
        each_item(object, b'{', |key, value| members.push((key, value)))?;
        Some(Members { object, members })
    }

    /// The last of that name, as every JSON reader has it.
    pub fn get(&self, key: &str) -> Option<&'a [u8]> {
        self.members.iter().rev().find(|(name, _)| *name == key.as_bytes()).map(|(_, value)| *value)
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
    each_item(array, b'[', |_, value| found.push(value))?;
    Some(found)
}

/// Visits the items of an object (with keys) or an array (keys empty).
fn each_item<'a>(text: &'a [u8], open: u8, mut visit: impl FnMut(&'a [u8], &'a [u8])) -> Option<()> {
    let mut at = after_space(text, 0);
    if text.get(at) != Some(&open) {
        return None;
    }
    at = after_space(text, at + 1);
    if text.get(at) == Some(&(open + 2)) {
        return Some(());
    }
    loop {
        let mut key: &[u8] = &[];
        if open == b'{' {
            let end = skip_value(text, at).ok()?;
            key = inside(&text[at..end])?;
            at = after_space(text, end);
            if text.get(at) != Some(&b':') {
                return None;
            }
            at = after_space(text, at + 1);
        }
        let end = skip_value(text, at).ok()?;
        visit(key, &text[at..end]);
        at = after_space(text, end);
        match text.get(at)? {
            b',' => at = after_space(text, at + 1),
            byte if *byte == open + 2 => return Some(()),
            _ => return None,
        }
    }
}

/// The first byte at or after `at` that is no white space.
pub fn after_space(text: &[u8], at: usize) -> usize {
    text.get(at..)
        .and_then(|rest| rest.iter().position(|byte| !matches!(byte, b' ' | b'\t' | b'\r' | b'\n')))
        .map_or(text.len(), |by| at + by)
}

/// What stands between the quotes of a JSON string.
pub fn inside(value: &[u8]) -> Option<&[u8]> {
    value.strip_prefix(b"\"")?.strip_suffix(b"\"")
}

/// Appends the text that the inside of a JSON string means. What is no sound escape stays as it is.
pub fn unescape(mut inside: &[u8], text: &mut Vec<u8>) {
    text.reserve(inside.len());
    while let Some(plain) = memchr(b'\\', inside) {
        text.extend_from_slice(&inside[..plain]);
        inside = &inside[plain + 1..];
        let Some((&kind, rest)) = inside.split_first() else {
            text.push(b'\\');
            return;
        };
        inside = rest;
        match kind {
            b'"' | b'\\' | b'/' => text.push(kind),
            b'n' => text.push(b'\n'),
            b't' => text.push(b'\t'),
            b'r' => text.push(b'\r'),
            b'b' => text.push(8),
            b'f' => text.push(12),
            b'u' => match unicode(inside) {
                Some((character, length)) => {
                    text.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
                    inside = &inside[length..];
                }
                None => text.extend_from_slice(b"\\u"),
            },
            other => text.extend_from_slice(&[b'\\', other]),
        }
    }
    text.extend_from_slice(inside);
}

/// The character after `\u`, and how many bytes say so (a second surrogate's too).
fn unicode(digits: &[u8]) -> Option<(char, usize)> {
    let unit = |at: usize| -> Option<u32> {
        digits.get(at..at + 4)?.iter().try_fold(0, |sum, &byte| Some(sum * 16 + char::from(byte).to_digit(16)?))
    };
    let first = unit(0)?;
    if !(0xd800..0xe000).contains(&first) {
        return Some((char::from_u32(first)?, 4));
    }
    let low = if digits.get(4..6) == Some(b"\\u") { unit(6) } else { None };
    match low {
        Some(low @ 0xdc00..0xe000) if first < 0xdc00 => {
            Some((char::from_u32(0x10000 + ((first - 0xd800) << 10) + (low - 0xdc00))?, 10))
        }
        _ => Some((char::REPLACEMENT_CHARACTER, 4)),
    }
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

    fn check(inside: &str, expected: &str) {
        let mut text = Vec::new();
        unescape(inside.as_bytes(), &mut text);
        assert_eq!(String::from_utf8_lossy(&text), expected, "{inside}");
    }

    #[test]
    fn escapes() {
        check("", "");
        check("plain", "plain");
        check(r#"\"a\"\\\/\n\t"#, "\"a\"\\/\n\t");
        check(r"\u0041\u00e9\u20ac", "Aé€");
        check(r"\ud83d\ude00!", "😀!");
        check(r"\ud83d!", "\u{fffd}!");
        check(r"\ud83d\u0041", "\u{fffd}A");
        check(r"\u12", r"\u12");
        check(r"\x\", r"\x\");
    }

    #[test]
    fn members() {
        let members = Members::of(br#" {"a":1,"b":{"c":{"d":"e\"f"}},"a":[2]} "#).expect("sound");
        assert_eq!(members.get("a"), Some(&b"[2]"[..]));
        assert_eq!(members.text("b>c>d"), br#"e\"f"#);
        assert_eq!(members.path("b>x>d"), None);
        assert_eq!(elements(b"[1, \"a\" ,[]]"), Some(vec![&b"1"[..], b"\"a\"", b"[]"]));
        for bad in ["", "{", "[]", "{\"a\"}", "{\"a\":1", "{\"a\":1]", "{a:1}"] {
            assert!(Members::of(bad.as_bytes()).is_none(), "{bad}");
        }
    }
}
