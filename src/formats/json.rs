//! Just enough of JSON to look into wrappers without copying them.

use super::scan::skip_value;

/// The direct members of an object, values as they stand in the text.
pub struct Members<'a> {
    pub object: &'a [u8],
    members: Vec<(&'a [u8], &'a [u8])>,
}

impl<'a> Members<'a> {
    /// `None` when `object` is not a sound JSON object.
    pub fn of(object: &'a [u8]) -> Option<Members<'a>> {
        Members::prefix(object).map(|(members, _)| members)
    }

    /// Of the object that `text` begins with, and where it ends.
    pub fn prefix(text: &'a [u8]) -> Option<(Members<'a>, usize)> {
        let mut members = Vec::with_capacity(16);
        let end = each_item(text, b'{', |key, value| members.push((key, value)))?;
        Some((Members { object: &text[..end], members }, end))
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

/// Visits the members of an object; `None`, perhaps after some, when it is not a sound one.
pub fn each_member<'a>(object: &'a [u8], visit: impl FnMut(&'a [u8], &'a [u8])) -> Option<()> {
    each_item(object, b'{', visit).map(|_| ())
}

/// Visits the items of an object (with keys) or an array (keys empty). Returns where it ends.
#[inline(always)]
fn each_item<'a>(text: &'a [u8], open: u8, mut visit: impl FnMut(&'a [u8], &'a [u8])) -> Option<usize> {
    walk_items(text, after_space(text, 0), open, |key, at| {
        let end = skip_value(text, at).ok()?;
        visit(key, &text[at..end]);
        Some(end)
    })
}

/// Visits the members of the object at `at` in one pass: `visit` is told where a value
/// begins, steps over it ([`skip_value`]) and returns where it ends.
#[inline(always)]
pub fn walk_members<'a>(
    text: &'a [u8],
    at: usize,
    visit: impl FnMut(&'a [u8], usize) -> Option<usize>,
) -> Option<usize> {
    walk_items(text, at, b'{', visit)
}

#[inline(always)]
fn walk_items<'a>(
    text: &'a [u8],
    at: usize,
    open: u8,
    mut visit: impl FnMut(&'a [u8], usize) -> Option<usize>,
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
        if open == b'{' {
            let end = skip_value(text, at).ok()?;
            key = inside(&text[at..end])?;
            at = after_space(text, end);
            if text.get(at) != Some(&b':') {
                return None;
            }
            at = after_space(text, at + 1);
        }
        at = after_space(text, visit(key, at)?);
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

/// Appends the text that the inside of a JSON string means. What is no sound escape stays as it is.
pub fn unescape(inside: &[u8], text: &mut Vec<u8>) {
    let start = text.len();
    // Never longer than the escaped text; whole words are written, so a word more.
    text.resize(start + inside.len() + LANES, 0);
    let (_, written) = unescape_until::<false>(inside, &mut text[start..]);
    text.truncate(start + written);
}

/// The same of the string whose inside begins at the front of `rest`, in one pass with
/// finding its end. Returns the place of its closing quote and the length of its text
/// at the front of `buffer`; `None` for a string longer than [`WINDOW_BYTES`].
pub fn unescape_string(rest: &[u8], buffer: &mut Vec<u8>) -> Option<(usize, usize)> {
    let window = &rest[..rest.len().min(WINDOW_BYTES)];
    if buffer.len() < WINDOW_BYTES + LANES {
        buffer.resize(WINDOW_BYTES + LANES, 0);
    }
    let (read, written) = unescape_until::<true>(window, buffer);
    (window.get(read) == Some(&b'"')).then_some((read, written))
}

/// Longest string that [`unescape_string`] takes.
const WINDOW_BYTES: usize = 64 << 10;
/// Bytes of a word.
const LANES: usize = size_of::<u64>();

/// Bits of the bytes that are `byte`; the lowest one is exact (Mycroft's zero byte test).
#[inline(always)]
fn bytes_equal(word: u64, byte: u8) -> u64 {
    const ONES: u64 = u64::from_le_bytes([1; LANES]);
    let differs = word ^ (ONES * u64::from(byte));
    differs.wrapping_sub(ONES) & !differs & (ONES << 7)
}

/// Writes the text of `inside` to `out`, which is a word longer; with `STOPS` up to a
/// closing quote. Returns the bytes read and written.
#[inline(always)]
fn unescape_until<const STOPS: bool>(inside: &[u8], out: &mut [u8]) -> (usize, usize) {
    let (mut from, mut to) = (0, 0);
    while let Some(bytes) = inside.get(from..).and_then(<[u8]>::first_chunk::<LANES>) {
        out[to..to + LANES].copy_from_slice(bytes);
        let word = u64::from_le_bytes(*bytes);
        let mut marks = bytes_equal(word, b'\\');
        if STOPS {
            marks |= bytes_equal(word, b'"');
        }
        let plain = marks.trailing_zeros() as usize / 8;
        from += plain;
        to += plain;
        if plain < LANES {
            if STOPS && inside[from] == b'"' {
                return (from, to);
            }
            (from, to) = unescape_one(inside, from, out, to);
        }
    }
    while let Some(&byte) = inside.get(from) {
        match byte {
            b'"' if STOPS => break,
            b'\\' => (from, to) = unescape_one(inside, from, out, to),
            _ => {
                out[to] = byte;
                (from, to) = (from + 1, to + 1);
            }
        }
    }
    (from, to)
}

/// At a backslash: writes what the escape means; where to go on reading and writing.
#[inline(always)]
fn unescape_one(inside: &[u8], from: usize, out: &mut [u8], to: usize) -> (usize, usize) {
    let plain = match inside.get(from + 1) {
        Some(&kind @ (b'"' | b'\\' | b'/')) => kind,
        Some(b'n') => b'\n',
        Some(b't') => b'\t',
        Some(b'r') => b'\r',
        Some(b'b') => 8,
        Some(b'f') => 12,
        other => {
            let unicode = other.filter(|&&kind| kind == b'u').and_then(|_| unicode(&inside[from + 2..]));
            if let Some((character, length)) = unicode {
                return (from + 2 + length, to + character.encode_utf8(&mut out[to..]).len());
            }
            out[to] = b'\\';
            return (from + 1, to + 1);
        }
    };
    out[to] = plain;
    (from + 2, to + 1)
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
