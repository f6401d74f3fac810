//! Reading the search bar's text a piece at a time: spaces, keywords, names, words, quotes.

use super::SyntaxError;
use super::glyph::Glyph;
use std::ops::Range;

/// A place in the text, always on a char boundary.
#[derive(Debug, Clone)]
pub(super) struct Cursor<'t> {
    pub text: &'t str,
    pub at: usize,
}

/// A word without quotes; a backslash before anything but a letter or digit escapes it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Word {
    pub glyphs: Vec<Glyph>,
    pub at: Range<usize>,
}

/// Two-character operators first.
const OPERATORS: &[&str] = &[">=", "<=", "!=", ">", "<", "=", ":"];

impl<'t> Cursor<'t> {
    pub fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    pub fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    pub fn skip_space(&mut self) {
        self.at += self.rest().len() - self.rest().trim_start().len();
    }

    pub fn eat(&mut self, token: &str) -> bool {
        let found = self.rest().starts_with(token);
        if found {
            self.at += token.len();
        }
        found
    }

    /// `AND`, `OR` or `NOT` here, as a word of its own.
    pub fn at_keyword(&self, keyword: &str) -> bool {
        self.rest()
            .strip_prefix(keyword)
            .is_some_and(|after| after.chars().next().is_none_or(|c| c.is_whitespace() || matches!(c, '(' | ')' | '"')))
    }

    pub fn eat_keyword(&mut self, keyword: &str) -> bool {
        self.at_keyword(keyword) && self.eat(keyword)
    }

    /// What looks like a field's name; empty when nothing here does.
    pub fn name(&mut self) -> &'t str {
        let rest = self.rest();
        let starts = rest.starts_with(|c: char| c.is_ascii_alphabetic());
        let end =
            rest.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))).unwrap_or(rest.len());
        let name = if starts { &rest[..end] } else { "" };
        self.at += name.len();
        name
    }

    pub fn operator(&mut self) -> Option<&'static str> {
        OPERATORS.iter().copied().find(|operator| self.eat(operator))
    }

    /// A word up to a space, bracket, quote or one of `stops`; may be empty.
    pub fn word(&mut self, stops: &[char]) -> Word {
        let start = self.at;
        let mut glyphs = Vec::new();
        while let Some(c) = self.peek() {
            if c.is_whitespace() || matches!(c, '(' | ')' | '"') || stops.contains(&c) {
                break;
            }
            self.at += c.len_utf8();
            let escaped = if c == '\\' { self.peek().filter(|next| !next.is_alphanumeric()) } else { None };
            self.at += escaped.map_or(0, char::len_utf8);
            glyphs.push(if c == '*' { Glyph::Star } else { Glyph::Char(escaped.unwrap_or(c)) });
        }
        Word { glyphs, at: start..self.at }
    }

    /// The text between quotes; `None` when no quote opens here.
    pub fn quoted(&mut self) -> Option<Result<String, SyntaxError>> {
        let start = self.at;
        if !self.eat("\"") {
            return None;
        }
        let mut inside = String::new();
        let mut chars = self.rest().char_indices();
        while let Some((offset, c)) = chars.next() {
            match c {
                '"' => {
                    self.at += offset + 1;
                    return Some(Ok(inside));
                }
                '\\' => match chars.next() {
                    Some((_, next @ ('"' | '\\'))) => inside.push(next),
                    Some((_, next)) => inside.extend(['\\', next]),
                    None => break,
                },
                _ => inside.push(c),
            }
        }
        self.at = self.text.len();
        Some(Err(SyntaxError {
            at: start..self.text.len(),
            message: "This quote is not closed: add \" at its end".into(),
        }))
    }
}
