//! Values against exact texts and wildcards, ASCII case ignored.

use super::question::Pattern;
use super::syntax::glyph::{Glyph, glyphs};
use crate::model::text::find_ignoring_case;

/// A pattern taken apart, to be held against many values.
pub struct Matcher {
    /// The whole value, or what stands before the first star.
    first: String,
    between_stars: Vec<String>,
    /// What stands after the last star; `None`: there is no star.
    last: Option<String>,
    /// Only then does it matter where a value that is no text is shown with one.
    has_replacement_character: bool,
}

impl Matcher {
    pub fn new(pattern: &Pattern) -> Matcher {
        let mut pieces = vec![String::new()];
        match pattern {
            Pattern::Exact(text) => pieces[0].push_str(text),
            Pattern::Wildcard(text) => glyphs(text).into_iter().for_each(|glyph| match glyph {
                Glyph::Star => pieces.push(String::new()),
                Glyph::Char(c) => pieces.last_mut().expect("invariant: never without a piece").push(c),
            }),
        }
        let first = pieces.remove(0);
        let has_replacement_character = pattern.text().contains(char::REPLACEMENT_CHARACTER);
        Matcher { first, last: pieces.pop(), between_stars: pieces, has_replacement_character }
    }

    /// An absent value is matched by the empty pattern alone, not by `*`.
    pub fn matches(&self, value: &[u8]) -> bool {
        match self.has_replacement_character {
            true => self.matches_bytes(String::from_utf8_lossy(value).as_bytes()),
            false => self.matches_bytes(value),
        }
    }

    fn matches_bytes(&self, value: &[u8]) -> bool {
        let first = self.first.as_bytes();
        let Some(last) = &self.last else { return first.eq_ignore_ascii_case(value) };
        let Some(end) = value.len().checked_sub(last.len()).filter(|&end| first.len() <= end && !value.is_empty())
        else {
            return false;
        };
        value[..first.len()].eq_ignore_ascii_case(first)
            && value[end..].eq_ignore_ascii_case(last.as_bytes())
            && self.stand_in_turn(&value[first.len()..end])
    }

    /// Each where it first can: leaves the most room to the next.
    fn stand_in_turn(&self, mut rest: &[u8]) -> bool {
        self.between_stars.iter().all(|piece| {
            let found = find_ignoring_case(rest, piece.as_bytes());
            rest = &rest[found.map_or(0, |at| at + piece.len())..];
            found.is_some()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(pattern: &str, value: &[u8], expected: bool) {
        let matcher = Matcher::new(&Pattern::Wildcard(pattern.into()));
        assert_eq!(matcher.matches(value), expected, "{pattern} on {}", value.escape_ascii());
    }

    /// They match as they are shown.
    #[test]
    fn values_that_are_no_text() {
        check("a\u{fffd}b", b"A\xffb", true);
        check("a\u{fffd}*", b"a\xe2\x82", true);
        check("*\u{fffd}\u{fffd}*", b"a\xffb", false);
        check("a*b", b"a\xffb", true);
        check("*é", b"\xe2\xc3\xa9", true);
        check("\u{fffd}é", b"\xe2\xc3\xa9", true);
        check("a", b"a\xff", false);
    }

    #[test]
    fn wildcards() {
        for (pattern, value, expected) in [
            ("system:*", "system:node:n1", true),
            ("system:*", "system", false),
            ("*", "", false),
            ("*", "x", true),
            ("a*b*c", "aXbYbZc", true),
            ("a*b*c", "aXbYbZ", false),
            ("*.log", "x.LOG", true),
            ("a", "A", true),
            ("", "", true),
            ("", "a", false),
            (r"\*", "*", true),
            (r"\*", "x", false),
            (r"a\\b", r"a\b", true),
            ("**a**", "bab", true),
            ("*aab", "aaaaab", true),
            ("é*", "éa", true),
            ("ab*ba", "aba", false),
            ("a*a", "a", false),
            ("*ab*b*", "aabb", true),
            (r"a\b*", r"a\bc", true),
        ] {
            check(pattern, value.as_bytes(), expected);
        }
    }
}
