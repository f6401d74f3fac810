//! JSON strings as plain text.

use std::borrow::Cow;
use std::ops::Range;

/// A JSON string's text without its quotes, escapes undone; what is no string, as it stands.
pub fn string_at(text: &str, range: Range<usize>) -> Cow<'_, str> {
    let raw = &text[range];
    match raw.strip_prefix('"') {
        Some(inner) => unescape(inner.strip_suffix('"').unwrap_or(inner)),
        None => Cow::Borrowed(raw),
    }
}

/// The inside of a JSON string with its escapes undone; a broken escape stays as it is,
/// half a surrogate pair becomes U+FFFD.
pub fn unescape(inner: &str) -> Cow<'_, str> {
    if !inner.contains('\\') {
        return Cow::Borrowed(inner);
    }
    let mut out = String::with_capacity(inner.len());
    let mut rest = inner;
    while let Some(at) = rest.find('\\') {
        out.push_str(&rest[..at]);
        let (plain, used) = one_escape(&rest[at..]);
        match plain {
            Some(character) => out.push(character),
            None => out.push_str(&rest[at..at + used]),
        }
        rest = &rest[at + used..];
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// The escape that `text` starts with: its character (`None`: broken) and length in bytes.
fn one_escape(text: &str) -> (Option<char>, usize) {
    let unit = |at: usize| {
        let digits = text.get(at..at + 6)?.strip_prefix("\\u")?;
        digits.bytes().all(|byte| byte.is_ascii_hexdigit()).then(|| u32::from_str_radix(digits, 16).ok())?
    };
    let plain = match text.as_bytes().get(1) {
        Some(b'n') => '\n',
        Some(b't') => '\t',
        Some(b'r') => '\r',
        Some(b'b') => '\x08',
        Some(b'f') => '\x0c',
        Some(&quoted @ (b'"' | b'\\' | b'/')) => quoted as char,
        Some(b'u') => {
            return match (unit(0), unit(6)) {
                (Some(high @ 0xd800..=0xdbff), Some(low @ 0xdc00..=0xdfff)) => {
                    (char::from_u32(0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00)), 12)
                }
                (Some(unit), _) => (Some(char::from_u32(unit).unwrap_or('\u{fffd}')), 6),
                (None, _) => (None, 1),
            };
        }
        _ => return (None, 1),
    };
    (Some(plain), 2)
}
