//! What a word with wildcards is made of: stars and characters.

use crate::query::question::Pattern;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Glyph {
    /// Any run of characters.
    Star,
    Char(char),
}

/// A [`Pattern::Wildcard`]'s text, taken apart. A backslash that escapes neither a star nor
/// a backslash stands for itself.
pub(crate) fn glyphs(wildcard: &str) -> Vec<Glyph> {
    let mut found = Vec::new();
    let mut chars = wildcard.chars().peekable();
    while let Some(c) = chars.next() {
        found.push(match c {
            '*' => Glyph::Star,
            '\\' => Glyph::Char(chars.next_if(|next| matches!(next, '*' | '\\')).unwrap_or('\\')),
            _ => Glyph::Char(c),
        });
    }
    found
}

/// The simplest pattern for these glyphs: exact when there is no star; runs of stars are one.
pub(super) fn pattern(glyphs: &[Glyph]) -> Pattern {
    let mut wildcard = String::new();
    let mut exact = String::new();
    let mut stars = false;
    for (index, glyph) in glyphs.iter().enumerate() {
        match glyph {
            Glyph::Star if index > 0 && glyphs[index - 1] == Glyph::Star => (),
            Glyph::Star => {
                stars = true;
                wildcard.push('*');
            }
            Glyph::Char(c) => {
                if matches!(c, '*' | '\\') {
                    wildcard.push('\\');
                }
                wildcard.push(*c);
                exact.push(*c);
            }
        }
    }
    if stars { Pattern::Wildcard(wildcard) } else { Pattern::Exact(exact) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_are_made_simple() {
        let check = |wildcard: &str, expected: Pattern| assert_eq!(pattern(&glyphs(wildcard)), expected, "{wildcard}");
        check("a*", Pattern::Wildcard("a*".into()));
        check("a***b", Pattern::Wildcard("a*b".into()));
        check(r"a\*b", Pattern::Exact("a*b".into()));
        check(r"a\b", Pattern::Exact(r"a\b".into()));
        check(r"a\b*", Pattern::Wildcard(r"a\\b*".into()));
        check(r"a\\*", Pattern::Wildcard(r"a\\*".into()));
        check(r"a\", Pattern::Exact(r"a\".into()));
        check("", Pattern::Exact(String::new()));
    }
}
