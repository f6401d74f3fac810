//! Text from a log as it may safely be shown, and found.

use memchr::memchr2;
use std::borrow::Cow;

/// The text with every character that would be invisible, or would reorder its
/// neighbours, made visible: control characters as their Unicode control pictures
/// (`\n` as `␊`), bidirectional and other format characters as `⟨U+202E⟩`.
pub fn visible_text(text: &str) -> Cow<'_, str> {
    if !text.contains(is_hidden) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        match character {
            // The control pictures stand at U+2400 in the order of what they show.
            '\0'..='\x1f' => shown.push(char::from_u32(0x2400 + character as u32).unwrap_or('\u{fffd}')),
            '\x7f' => shown.push('␡'),
            hidden if is_hidden(hidden) => shown.push_str(&format!("⟨U+{:04X}⟩", hidden as u32)),
            plain => shown.push(plain),
        }
    }
    Cow::Owned(shown)
}

/// Controls (Cc), and the format characters (Cf) that hide or reorder text.
fn is_hidden(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// Where `needle` first stands in the text, ASCII case ignored.
pub fn find_ignoring_case(text: &[u8], needle: &[u8]) -> Option<usize> {
    let Some(&first) = needle.first() else { return Some(0) };
    let (lower, upper) = (first.to_ascii_lowercase(), first.to_ascii_uppercase());
    let mut from = 0;
    loop {
        let at = from + memchr2(lower, upper, &text[from..])?;
        if text.get(at..at + needle.len())?.eq_ignore_ascii_case(needle) {
            return Some(at);
        }
        from = at + 1;
    }
}

pub fn contains_ignoring_case(text: &str, needle: &str) -> bool {
    find_ignoring_case(text.as_bytes(), needle.as_bytes()).is_some()
}

/// The text's first `limit` characters, and whether that is all of it.
pub fn clip(text: &str, limit: usize) -> (&str, bool) {
    match text.char_indices().nth(limit) {
        Some((at, _)) => (&text[..at], false),
        None => (text, true),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn found_ignoring_case() {
        for (text, needle, expected) in [
            ("", "", Some(0)),
            ("a", "", Some(0)),
            ("", "a", None),
            ("kube-API", "api", Some(5)),
            ("aaab", "AAB", Some(1)),
            ("ab", "abc", None),
            ("xéÉ", "É", Some(3)),
            ("[\\]", "{", None),
        ] {
            assert_eq!(find_ignoring_case(text.as_bytes(), needle.as_bytes()), expected, "{needle} in {text}");
        }
    }

    #[test]
    fn hidden_characters_are_shown() {
        for (text, expected) in [
            ("", ""),
            ("kube-system", "kube-system"),
            ("Grüße 東京 🙂", "Grüße 東京 🙂"),
            ("a\nb\tc\0", "a␊b␉c␀"),
            ("\x1b[31mred\x7f", "␛[31mred␡"),
            ("admin\u{202e}nimda", "admin⟨U+202E⟩nimda"),
            ("zero\u{200b}width", "zero⟨U+200B⟩width"),
            ("\u{feff}bom", "⟨U+FEFF⟩bom"),
            ("next\u{85}line", "next⟨U+0085⟩line"),
            ("tag\u{e0041}", "tag⟨U+E0041⟩"),
            ("<img src=x onerror=alert(1)>", "<img src=x onerror=alert(1)>"),
        ] {
            assert_eq!(visible_text(text), expected, "{text:?}");
        }
    }

    #[test]
    fn clipping() {
        for (text, limit, expected) in
            [("", 0, ("", true)), ("abc", 3, ("abc", true)), ("abc", 2, ("ab", false)), ("äöü", 1, ("ä", false))]
        {
            assert_eq!(clip(text, limit), expected);
        }
    }
}
