//! The insides of JSON strings as the text that they mean.
//!
//! What is no sound escape stays as it is written; half a surrogate pair becomes U+FFFD.

use memchr::memchr;
use std::borrow::Cow;

/// The text of a JSON string's inside; what is no UTF-8 becomes U+FFFD.
pub fn unescape(inside: &[u8]) -> Cow<'_, str> {
    let Some(mut next) = memchr(b'\\', inside) else { return String::from_utf8_lossy(inside) };
    let (mut text, mut rest) = (Vec::with_capacity(inside.len()), inside);
    loop {
        let (plain, escape) = rest.split_at(next);
        text.extend_from_slice(plain);
        if escape.is_empty() {
            break;
        }
        let (character, length) = escaped(escape);
        text.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
        rest = &escape[length..];
        next = memchr(b'\\', rest).unwrap_or(rest.len());
    }
    Cow::Owned(match String::from_utf8(text) {
        Ok(text) => text,
        Err(other) => String::from_utf8_lossy(other.as_bytes()).into_owned(),
    })
}

/// The character that the escape at the front of `text` means, and the escape's length: of an unsound one its backslash.
#[inline(always)]
pub fn escaped(text: &[u8]) -> (char, usize) {
    let plain = match text.get(1) {
        Some(&kind @ (b'"' | b'\\' | b'/')) => char::from(kind),
        Some(b'n') => '\n',
        Some(b't') => '\t',
        Some(b'r') => '\r',
        Some(b'b') => '\u{8}',
        Some(b'f') => '\u{c}',
        Some(b'u') => return unicode(&text[2..]).map_or(('\\', 1), |(character, digits)| (character, 2 + digits)),
        _ => return ('\\', 1),
    };
    (plain, 2)
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
pub(crate) mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(inside: &[u8], expected: &str) {
        assert_eq!(unescape(inside), expected, "{inside:?}");
    }

    /// Insides of strings, and what they mean; held to every reader of them.
    pub(crate) const ESCAPES: &[(&[u8], &str)] = &[
        (b"", ""),
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
    ];

    #[test]
    fn escapes() {
        for (inside, expected) in ESCAPES {
            check(inside, expected);
        }
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
