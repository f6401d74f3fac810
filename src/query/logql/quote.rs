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
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Regex {
    pub body: String,
    /// It has letters, whose case is ignored.
    pub has_letters: bool,
    /// It has a dot, which stands for a line feed too.
    pub has_dot: bool,
}

impl Regex {
    pub fn push_literal(&mut self, c: char) {
        match c {
            '\\' | '.' | '+' | '*' | '?' | '(' | ')' | '|' | '[' | ']' | '{' | '}' | '^' | '$' => {
                self.body.extend(['\\', c]);
            }
            c if c.is_ascii() => self.body.push(c),
            // Only ASCII case is ignored.
            c => self.body.push_str(&format!("(?-i:{c})")),
        }
        self.has_letters |= c.is_ascii_alphabetic();
    }

    pub fn literal(text: &str) -> Regex {
        let mut regex = Regex::default();
        text.chars().for_each(|c| regex.push_literal(c));
        regex
    }

    /// The pattern's expression, with this for each of its stars.
    pub fn of_pattern(pattern: &Pattern, star: &str) -> Regex {
        let mut regex = Regex::default();
        for glyph in pattern_glyphs(pattern) {
            match glyph {
                Glyph::Star => {
                    regex.body.push_str(star);
                    regex.has_dot |= star.starts_with('.');
                }
                Glyph::Char(c) => regex.push_literal(c),
            }
        }
        regex
    }

    /// One of these; none: never.
    pub fn any(alternatives: Vec<Regex>) -> Option<Regex> {
        let has_letters = alternatives.iter().any(|regex| regex.has_letters);
        let has_dot = alternatives.iter().any(|regex| regex.has_dot);
        let bodies: Vec<&str> = alternatives.iter().map(|regex| regex.body.as_str()).collect();
        let body = match bodies.as_slice() {
            [] => return None,
            [alone] => alone.to_string(),
            several => several.join("|"),
        };
        Some(Regex { body, has_letters, has_dot })
    }

    /// The whole expression, its flags before it.
    pub fn text(&self) -> String {
        let flags = match (self.has_letters, self.has_dot) {
            (true, true) => "(?is)",
            (true, false) => "(?i)",
            (false, true) => "(?s)",
            (false, false) => "",
        };
        format!("{flags}{}", self.body)
    }
}

pub fn pattern_glyphs(pattern: &Pattern) -> Vec<Glyph> {
    match pattern {
        Pattern::Exact(text) => text.chars().map(Glyph::Char).collect(),
        Pattern::Wildcard(text) => glyphs(text),
    }
}
