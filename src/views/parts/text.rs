//! Text from a log, made harmless to look at.

use std::borrow::Cow;

/// The text with control characters, direction overrides and invisible characters replaced
/// by visible signs: control characters by their pictures (U+2400…), others by `⟨U+202E⟩`.
pub fn visible(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_hidden) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for letter in text.chars() {
        match u32::from(letter) {
            _ if !is_hidden(letter) => shown.push(letter),
            code @ 0..=0x1f => shown.extend(char::from_u32(0x2400 + code)),
            0x7f => shown.push('\u{2421}'),
            code => {
                shown.push_str("⟨U+");
                for shift in [12, 8, 4, 0] {
                    shown.extend(char::from_digit((code >> shift) & 15, 16).map(|digit| digit.to_ascii_uppercase()));
                }
                shown.push('⟩');
            }
        }
    }
    Cow::Owned(shown)
}

/// Control characters, and format characters that hide, join or turn around what is beside them.
fn is_hidden(letter: char) -> bool {
    letter.is_control()
        || matches!(letter, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}')
}

/// At most `limit` characters, with `…` when some were left out.
pub fn shortened(text: &str, limit: usize) -> Cow<'_, str> {
    match text.char_indices().nth(limit) {
        None => Cow::Borrowed(text),
        Some((end, _)) => {
            let mut start = text[..end].to_string();
            start.push('…');
            Cow::Owned(start)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasm_bindgen_test::wasm_bindgen_test;

    #[wasm_bindgen_test]
    fn hidden_characters_show() {
        for (text, shown) in [
            ("plain ünïcode 日本", "plain ünïcode 日本"),
            ("a\tb\n", "a␉b␊"),
            ("\u{7f}\u{85}", "␡⟨U+0085⟩"),
            ("evil\u{202e}gpj.exe", "evil⟨U+202E⟩gpj.exe"),
            ("\u{200b}\u{feff}", "⟨U+200B⟩⟨U+FEFF⟩"),
            ("<script>", "<script>"),
        ] {
            assert_eq!(visible(text), shown);
        }
    }

    #[wasm_bindgen_test]
    fn long_text_is_cut_between_characters() {
        assert_eq!(shortened("日本語", 3), "日本語");
        assert_eq!(shortened("日本語", 2), "日本…");
    }
}
