//! JSON's smallest parts: white space, strings with their escapes, brackets. Tolerant of broken text.

use memchr::memchr2;
use std::borrow::Cow;

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
pub(super) fn skip_container(bytes: &[u8], at: usize) -> (usize, usize, bool) {
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
