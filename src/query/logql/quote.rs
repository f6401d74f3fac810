//! LogQL's strings and RE2's escapes.

use crate::query::question::Pattern;
use crate::query::syntax::glyph::{Glyph, glyphs};

/// A LogQL string: between backticks when that saves escapes, else between quotes with Go's
/// escapes.
pub fn quoted(text: &str) -> String {
    let raw = text.contains(['"', '\\']) && !text.contains(|c: char| c == '`' || c.is_control());
    if raw { format!("`{text}`") } else { double_quoted(text) }
}

/// A LogQL string between quotes, with Go's escapes.
pub fn double_quoted(text: &str) -> String {
    let mut quoted = String::from('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            c if c.is_control() => quoted.push_str(&format!("\\u{:04x}", c as u32)),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

/// A piece of an RE2 expression, and the flags it needs.
///
/// Only ASCII letters have their case ignored. `(?i)` says so shortly, but folds é and É too:
/// where such a letter stands, the ASCII ones are spelled out as classes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Regex {
    short: String,
    spelled: String,
    has_ascii_letter: bool,
    has_other_letter: bool,
    /// It has a dot, which stands for a line feed too.
    has_dot: bool,
}

impl Regex {
    pub fn literal(text: &str) -> Regex {
        let mut regex = Regex::default();
        text.chars().for_each(|c| regex.push(c));
        regex
    }

    /// The pattern's expression, with this for each of its stars.
    pub fn of_pattern(pattern: &Pattern, star: &str) -> Regex {
        let mut regex = Regex::default();
        for glyph in pattern_glyphs(pattern) {
            match glyph {
                Glyph::Star => {
                    regex = regex.around("", star);
                }
                Glyph::Char(c) => regex.push(c),
            }
        }
        regex
    }

    fn push(&mut self, c: char) {
        let mut literal = String::new();
        if r"\.+*?()|[]{}^$".contains(c) {
            literal.push('\\');
        }
        literal.push(c);
        self.short.push_str(&literal);
        match c.is_ascii_alphabetic() {
            true => self.spelled.extend(['[', c.to_ascii_lowercase(), c.to_ascii_uppercase(), ']']),
            false => self.spelled.push_str(&literal),
        }
        self.has_ascii_letter |= c.is_ascii_alphabetic();
        self.has_other_letter |= !c.is_ascii() && c.is_alphabetic();
    }

    /// One of these; none: never.
    pub fn any(alternatives: Vec<Regex>) -> Option<Regex> {
        alternatives.into_iter().reduce(|one, other| Regex {
            short: one.short + "|" + &other.short,
            spelled: one.spelled + "|" + &other.spelled,
            has_ascii_letter: one.has_ascii_letter || other.has_ascii_letter,
            has_other_letter: one.has_other_letter || other.has_other_letter,
            has_dot: one.has_dot || other.has_dot,
        })
    }

    /// The expression between these, which stay as they are.
    pub fn around(self, before: &str, after: &str) -> Regex {
        Regex {
            short: [before, &self.short, after].concat(),
            spelled: [before, &self.spelled, after].concat(),
            has_dot: self.has_dot || before.contains('.') || after.contains('.'),
            ..self
        }
    }

    pub fn ignores_case(&self) -> bool {
        self.has_ascii_letter
    }

    /// The whole expression, its flags before it.
    pub fn text(&self) -> String {
        let by_flag = self.has_ascii_letter && !self.has_other_letter;
        let flags = match (by_flag, self.has_dot) {
            (true, true) => "(?is)",
            (true, false) => "(?i)",
            (false, true) => "(?s)",
            (false, false) => "",
        };
        let body = if by_flag || !self.has_ascii_letter { &self.short } else { &self.spelled };
        format!("{flags}{body}")
    }
}

pub fn pattern_glyphs(pattern: &Pattern) -> Vec<Glyph> {
    match pattern {
        Pattern::Exact(text) => text.chars().map(Glyph::Char).collect(),
        Pattern::Wildcard(text) => glyphs(text),
    }
}
