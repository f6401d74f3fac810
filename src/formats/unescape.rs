//! JSON strings' insides as the text that they mean, sixteen bytes at a time. A log's line inside a string has an
//! escaped quote every few bytes: stopping at each took a third of reading such a log.
//!
//! What each escape means, [`escaped`] says.

use super::block::Block;
use crate::model::json_string::escaped;

/// Appends the text that the inside of a JSON string means.
pub fn unescape_into(inside: &[u8], text: &mut Vec<u8>) {
    let start = text.len();
    // Never longer than the escaped text; whole blocks are written, so a block more.
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
/// Bytes of a block.
const LANES: usize = 16;

/// Writes the text of `inside` to `out`, which is a block longer; with `STOPS` up to a
/// closing quote. Returns the bytes read and written.
#[inline(always)]
fn unescape_until<const STOPS: bool>(inside: &[u8], out: &mut [u8]) -> (usize, usize) {
    let (mut from, mut to) = (0, 0);
    while let Some(bytes) = inside.get(from..).and_then(<[u8]>::first_chunk::<LANES>) {
        let block = Block::load(bytes);
        let (backslashes, quotes) = (block.equals(b'\\'), block.equals(b'"'));
        let after_backslash = backslashes << 1;
        let closing = if STOPS { quotes & !after_backslash } else { 0 };
        let length = (closing.trailing_zeros() as usize).min(LANES);
        if after_backslash & !quotes & ((1 << length) - 1) != 0 {
            // More than escaped quotes: the first escape alone.
            let plain = backslashes.trailing_zeros() as usize;
            out[to..to + LANES].copy_from_slice(bytes);
            let (character, escape) = escaped(&inside[from + plain..]);
            to += plain;
            to += character.encode_utf8(&mut out[to..]).len();
            from += plain + escape;
            continue;
        }
        // A backslash at the end escapes what follows the block.
        let length = length - (length == LANES && backslashes >> (LANES - 1) == 1) as usize;
        let left_out = backslashes | u32::MAX << length;
        for (half, kept) in block.close_up(left_out) {
            out[to..to + half.len()].copy_from_slice(&half);
            to += kept;
        }
        from += length;
        if closing >> length & 1 == 1 {
            return (from, to);
        }
    }
    while let Some(&byte) = inside.get(from) {
        match byte {
            b'"' if STOPS => break,
            b'\\' => {
                let (character, escape) = escaped(&inside[from..]);
                to += character.encode_utf8(&mut out[to..]).len();
                from += escape;
            }
            _ => {
                out[to] = byte;
                (from, to) = (from + 1, to + 1);
            }
        }
    }
    (from, to)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::json_string::tests::ESCAPES;
    use crate::model::json_string::unescape;
    use proptest::prelude::*;

    /// As `unescape` says, however it is asked for: appended, or up to the closing quote.
    fn check(inside: &[u8]) {
        let expected = unescape(inside);
        let mut text = b"before ".to_vec();
        unescape_into(inside, &mut text);
        assert_eq!(String::from_utf8_lossy(&text), format!("before {expected}"));
        let string = [inside, b"\", \"next\""].concat();
        let end = super::super::block::closing_quote(&string, 0).unwrap_or(string.len());
        let mut buffer = Vec::new();
        let (read, written) = unescape_string(&string, &mut buffer).expect("it ends");
        assert_eq!(read, end, "{}", string.escape_ascii());
        assert_eq!(String::from_utf8_lossy(&buffer[..written]), unescape(&string[..read]));
    }

    #[test]
    fn escapes() {
        for (inside, expected) in ESCAPES {
            check(inside);
            let mut text = Vec::new();
            unescape_into(inside, &mut text);
            assert_eq!(String::from_utf8_lossy(&text), *expected, "{}", inside.escape_ascii());
            let string = [inside, &b"\", \"next\""[..]].concat();
            // An unsound escape at the end takes the closing quote for its own.
            if !inside.ends_with(b"\\") {
                let mut buffer = Vec::new();
                let (read, written) = unescape_string(&string, &mut buffer).expect("it ends");
                assert_eq!((read, String::from_utf8_lossy(&buffer[..written]).as_ref()), (inside.len(), *expected));
            }
        }
    }

    #[test]
    fn a_string_without_end_is_none() {
        assert_eq!(unescape_string(b"no end", &mut Vec::new()), None);
        assert_eq!(unescape_string(&[b'a'; WINDOW_BYTES + 1], &mut Vec::new()), None);
    }

    proptest! {
        #[test]
        fn a_line_in_a_string(line in r#"(\{|"|:|,|[a-z]{1,20}|\\|\n|é|😀){0,60}"#) {
            let quoted = serde_json::to_string(&line).unwrap();
            check(&quoted.as_bytes()[1..quoted.len() - 1]);
        }

        /// Sound or not.
        #[test]
        fn anything(inside in r#"(\\|"|\\"|u00e9|ud83d|a|bcdef){0,60}"#) {
            check(inside.as_bytes());
        }

        #[test]
        fn any_bytes(inside in prop::collection::vec(any::<u8>(), 0..100)) {
            check(&inside);
        }
    }
}
