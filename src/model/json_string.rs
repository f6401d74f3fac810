//! The insides of JSON strings as the text that they mean.
//!
//! What is no sound escape stays as it is written; half a surrogate pair becomes U+FFFD.

use std::borrow::Cow;

/// The text of a JSON string's inside; what is no UTF-8 becomes U+FFFD.
pub fn unescape(inside: &[u8]) -> Cow<'_, str> {
    if memchr::memchr(b'\\', inside).is_none() {
        return String::from_utf8_lossy(inside);
    }
    let mut text = Vec::new();
    unescape_into(inside, &mut text);
    Cow::Owned(match String::from_utf8(text) {
        Ok(text) => text,
        Err(other) => String::from_utf8_lossy(other.as_bytes()).into_owned(),
    })
}

/// Appends the text that the inside of a JSON string means.
pub fn unescape_into(inside: &[u8], text: &mut Vec<u8>) {
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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// However it is asked for: at once, appended, or up to the closing quote.
    fn check(inside: &[u8], expected: &str) {
        assert_eq!(unescape(inside), expected, "{inside:?}");
        let mut text = b"before ".to_vec();
        unescape_into(inside, &mut text);
        assert_eq!(String::from_utf8_lossy(&text), format!("before {expected}"));
        let mut buffer = Vec::new();
        let string = [inside, b"\", \"next\""].concat();
        // An unsound escape at the end takes the closing quote for its own.
        if !inside.ends_with(b"\\") {
            let (read, written) = unescape_string(&string, &mut buffer).expect("it ends");
            assert_eq!((read, String::from_utf8_lossy(&buffer[..written]).as_ref()), (inside.len(), expected));
        }
    }

    #[test]
    fn escapes() {
        for (inside, expected) in [
            (&b""[..], ""),
            (b"plain", "plain"),
            (br#"\"a\"\\\/\b\f\n\r\t"#, "\"a\"\\/\u{8}\u{c}\n\r\t"),
            (br"a longer text \u0026 another\nline, and on", "a longer text & another\nline, and on"),
            (br"\u0041\u00e9\u20AC", "Aé€"),
            (br"\ud83d\ude00!", "😀!"),
            ("😀\\n".as_bytes(), "😀\n"),
            // Half a pair.
            (br"\ud83d alone", "\u{fffd} alone"),
            (br"\ude00 alone", "\u{fffd} alone"),
            (br"\ud83d\u0041", "\u{fffd}A"),
            (br"\ud83d\ud83d\ude00", "\u{fffd}😀"),
            (br"\ud83d\n", "\u{fffd}\n"),
            // No sound escape.
            (br"\u12", r"\u12"),
            (br"\u12g4", r"\u12g4"),
            (br"\u+123", r"\u+123"),
            (br"\x \n", "\\x \n"),
            (br"\x\", r"\x\"),
            // No UTF-8.
            (b"\xff", "\u{fffd}"),
            (b"\xff\\n", "\u{fffd}\n"),
        ] {
            check(inside, expected);
        }
    }

    #[test]
    fn a_string_without_end_is_none() {
        assert_eq!(unescape_string(b"no end", &mut Vec::new()), None);
        assert_eq!(unescape_string(&[b'a'; WINDOW_BYTES + 1], &mut Vec::new()), None);
    }

    proptest! {
        /// Whatever serde_json writes.
        #[test]
        fn any_text(text in any::<String>()) {
            let quoted = serde_json::to_string(&text).unwrap();
            check(&quoted.as_bytes()[1..quoted.len() - 1], &text);
        }
    }
}
