//! JSON strings' insides to text.

use std::borrow::Cow;

/// The text of a JSON string's inside. What is no UTF-8 shows as U+FFFD; what is no sound
/// escape (a lone surrogate, say) stays as it was written.
pub fn unescape(inside: &[u8]) -> Cow<'_, str> {
    if memchr::memchr(b'\\', inside).is_none() {
        return String::from_utf8_lossy(inside);
    }
    let mut quoted = Vec::with_capacity(inside.len() + 2);
    quoted.push(b'"');
    quoted.extend_from_slice(inside);
    quoted.push(b'"');
    match serde_json::from_slice::<String>(&quoted) {
        Ok(text) => Cow::Owned(text),
        Err(_) => String::from_utf8_lossy(inside),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes() {
        for (inside, text) in [
            (&b"plain"[..], "plain"),
            (br#"a\"b\\c\/d\n\u0026"#, "a\"b\\c/d\n&"),
            (br"\ud83d\ude00", "\u{1f600}"),
            (br"\ud83d alone", r"\ud83d alone"),
            (br"\x", r"\x"),
            (b"\xff", "\u{fffd}"),
        ] {
            assert_eq!(unescape(inside), text);
        }
    }
}
