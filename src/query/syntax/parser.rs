//! Text to a tree of filters that remember where they stood.

use super::SyntaxError;
use super::glyph::Glyph;
use super::lexer::Cursor;
use super::normal::normalized;
use super::values::{Value, any_of, bare_value, compare, expected, quoted_value};
use crate::model::field::Kind;
use crate::model::{FIELDS, Field};
use crate::query::question::{Filter, Relation};
use std::ops::Range;

/// Brackets and negations inside one another; more is a mistake or an attack on the stack.
const DEEPEST: usize = 64;

/// A part of the text and what it means.
#[derive(Debug, Clone)]
pub(super) struct Node {
    pub at: Range<usize>,
    pub filter: Filter,
    /// The parts that must all hold, when there are several.
    pub conjuncts: Vec<Node>,
    /// Alternatives without brackets: more cannot simply be written beside them.
    pub is_open: bool,
}

impl Node {
    fn leaf(at: Range<usize>, filter: Filter) -> Node {
        Node { at, filter, conjuncts: Vec::new(), is_open: false }
    }

    /// The parts that must all hold, those in brackets too; filters in normal form.
    pub fn leaves(&self) -> Vec<Node> {
        if self.conjuncts.is_empty() {
            let leaf = Node::leaf(self.at.clone(), normalized(self.filter.clone()));
            return if leaf.filter == Filter::all() { Vec::new() } else { vec![leaf] };
        }
        self.conjuncts.iter().flat_map(Node::leaves).collect()
    }
}

/// The whole text; `None` when it is empty.
pub(super) fn parse(text: &str) -> Result<Option<Node>, SyntaxError> {
    let mut parser = Parser { cursor: Cursor { text, at: 0 }, depth: 0 };
    parser.cursor.skip_space();
    if parser.cursor.rest().is_empty() {
        return Ok(None);
    }
    let node = parser.alternatives()?;
    match parser.cursor.peek() {
        None => Ok(Some(node)),
        Some(c) => Err(error(parser.cursor.at..parser.cursor.at + c.len_utf8(), "This bracket closes nothing")),
    }
}

fn error(at: Range<usize>, message: impl Into<String>) -> SyntaxError {
    SyntaxError { at, message: message.into() }
}

struct Parser<'t> {
    cursor: Cursor<'t>,
    depth: usize,
}

impl Parser<'_> {
    /// `a OR b`; leaves the cursor at a closing bracket or the end.
    fn alternatives(&mut self) -> Result<Node, SyntaxError> {
        let first = self.conjunction()?;
        let mut filters = vec![first.filter.clone()];
        let mut end = first.at.end;
        while self.cursor.eat_keyword("OR") {
            let next = self.conjunction()?;
            end = next.at.end;
            filters.push(next.filter);
        }
        if filters.len() == 1 {
            return Ok(first);
        }
        Ok(Node { is_open: true, ..Node::leaf(first.at.start..end, Filter::Or(filters)) })
    }

    /// `a b`, `a AND b`.
    fn conjunction(&mut self) -> Result<Node, SyntaxError> {
        let mut parts = vec![self.unary()?];
        loop {
            self.cursor.skip_space();
            if matches!(self.cursor.peek(), None | Some(')')) || self.cursor.at_keyword("OR") {
                break;
            }
            self.cursor.eat_keyword("AND");
            parts.push(self.unary()?);
        }
        if parts.len() == 1 {
            return Ok(parts.remove(0));
        }
        let at = parts[0].at.start..parts[parts.len() - 1].at.end;
        let filter = Filter::And(parts.iter().map(|part| part.filter.clone()).collect());
        Ok(Node { at, filter, conjuncts: parts, is_open: false })
    }

    fn unary(&mut self) -> Result<Node, SyntaxError> {
        self.cursor.skip_space();
        let start = self.cursor.at;
        if !self.cursor.eat("-") && !self.cursor.eat_keyword("NOT") {
            return self.primary();
        }
        let sign = start..self.cursor.at;
        if sign.len() == 1 && self.cursor.peek().is_none_or(|c| c.is_whitespace() || c == ')') {
            return Err(error(sign, "Nothing to exclude after “-”: write it without a space between"));
        }
        self.deeper(&sign)?;
        let inner = self.unary()?;
        self.depth -= 1;
        Ok(Node::leaf(start..inner.at.end, Filter::Not(Box::new(inner.filter))))
    }

    fn deeper(&mut self, at: &Range<usize>) -> Result<(), SyntaxError> {
        self.depth += 1;
        if self.depth > DEEPEST {
            Err(error(at.clone(), "Brackets and negations are nested too deeply"))
        } else {
            Ok(())
        }
    }

    fn primary(&mut self) -> Result<Node, SyntaxError> {
        let start = self.cursor.at;
        if let Some(keyword) = ["OR", "AND"].into_iter().find(|keyword| self.cursor.at_keyword(keyword)) {
            let message = format!("{keyword} needs something on both sides; to search for the word, put it in quotes");
            return Err(error(start..start + keyword.len(), message));
        }
        if let Some(quoted) = self.cursor.quoted() {
            let filter = Filter::Text(quoted?);
            self.ends(start)?;
            return Ok(Node::leaf(start..self.cursor.at, filter));
        }
        match self.cursor.peek() {
            None => Err(error(self.last_word(), "Something is missing after this")),
            Some(')') => Err(error(start..start + 1, "Something is missing before this bracket")),
            Some('(') => self.group(),
            Some(_) => self.term(),
        }
    }

    /// The last word of the text: where an error at its end is marked.
    fn last_word(&self) -> Range<usize> {
        let text = self.cursor.text.trim_end();
        let start = text.char_indices().rev().find(|(_, c)| c.is_whitespace()).map_or(0, |(at, c)| at + c.len_utf8());
        start..text.len()
    }

    fn group(&mut self) -> Result<Node, SyntaxError> {
        let open = self.cursor.at..self.cursor.at + 1;
        self.cursor.at += 1;
        self.deeper(&open)?;
        self.cursor.skip_space();
        if self.cursor.rest().is_empty() {
            return Err(error(open, "This bracket is not closed: add )"));
        }
        let inner = self.alternatives()?;
        self.depth -= 1;
        if !self.cursor.eat(")") {
            return Err(error(open, "This bracket is not closed: add )"));
        }
        Ok(Node { at: open.start..self.cursor.at, is_open: false, ..inner })
    }

    /// A field with its values, a comparison, or a bare word.
    fn term(&mut self) -> Result<Node, SyntaxError> {
        let start = self.cursor.at;
        let name = self.cursor.name();
        let known = Field::from_key(name);
        let name_at = start..self.cursor.at;
        if known.is_some_and(|field| field.spec().kind != Kind::Text) {
            let mut ahead = self.cursor.clone();
            ahead.skip_space();
            if ahead.rest().starts_with(['<', '>', '=']) {
                self.cursor = ahead;
            }
        }
        let operator = if name.is_empty() { None } else { self.cursor.operator() };
        let filter = match (known, operator) {
            (Some(field), Some(":")) => self.values(field, &name_at)?,
            (Some(field), Some("!=")) => Filter::Not(Box::new(self.compared(field, "=", &name_at)?)),
            (Some(field), Some(operator)) => self.compared(field, operator, &name_at)?,
            (None, Some(operator)) => self.no_field(name, operator, start)?,
            (_, None) => {
                self.cursor.at = start;
                self.bare_word()?
            }
        };
        self.ends(start)?;
        Ok(Node::leaf(start..self.cursor.at, filter))
    }

    /// A term ends at a space, a bracket or the end of the text.
    fn ends(&self, start: usize) -> Result<(), SyntaxError> {
        match self.cursor.peek() {
            None | Some(')') => Ok(()),
            Some(c) if c.is_whitespace() => Ok(()),
            Some(c) => {
                let message =
                    format!("Unexpected {c} here: put the whole text in quotes, with \\\" for a quote inside");
                Err(error(start..self.cursor.at + c.len_utf8(), message))
            }
        }
    }

    fn bare_word(&mut self) -> Result<Filter, SyntaxError> {
        let word = self.cursor.word(&[]);
        let inner = trim_stars(&word.glyphs);
        if inner.contains(&Glyph::Star) {
            return Err(error(word.at, "Free text has no wildcards: put it in quotes to search for the * itself"));
        }
        Ok(Filter::Text(plain(inner)))
    }

    /// `name:…` where there is no such field: an address or a URL is free text, all else a mistake.
    fn no_field(&mut self, name: &str, operator: &str, start: usize) -> Result<Filter, SyntaxError> {
        let is_url = operator == ":" && self.cursor.rest().starts_with("//");
        let name_end = start + name.len();
        self.cursor.at = start;
        let word = self.cursor.word(&[]);
        let text = plain(&word.glyphs);
        if is_url || text.parse::<std::net::IpAddr>().is_ok() {
            self.cursor.at = start;
            return self.bare_word();
        }
        let quoting = "to search for this text, put it in quotes";
        Err(match nearest_key(name) {
            Some(key) => error(start..name_end, format!("No field “{name}”: did you mean {key}? Or, {quoting}")),
            None => error(start..name_end, format!("No field “{name}”: {quoting}")),
        })
    }

    /// What follows `field:`.
    fn values(&mut self, field: Field, name_at: &Range<usize>) -> Result<Filter, SyntaxError> {
        if self.cursor.rest().starts_with(['<', '>', '=']) {
            let operator = self.cursor.operator().unwrap_or("=");
            return self.compared(field, operator, name_at);
        }
        let open = self.cursor.at;
        let mut found = Vec::new();
        if !self.cursor.eat("(") {
            loop {
                found.push(self.value(field, name_at)?);
                if !self.cursor.eat(",") {
                    return Ok(any_of(field, found));
                }
            }
        }
        loop {
            self.cursor.skip_space();
            if self.cursor.rest().is_empty() {
                return Err(error(open..open + 1, "This list is not closed: add )"));
            }
            found.push(self.value(field, name_at)?);
            self.cursor.skip_space();
            if self.cursor.eat(")") {
                return Ok(any_of(field, found));
            }
            if !self.cursor.eat(",") && !self.cursor.eat_keyword("OR") && !self.cursor.rest().is_empty() {
                return Err(error(
                    open..self.cursor.at,
                    "Values in a list stand between commas, as in verb:(create,delete)",
                ));
            }
        }
    }

    fn value(&mut self, field: Field, name_at: &Range<usize>) -> Result<Value, SyntaxError> {
        let start = self.cursor.at;
        if let Some(quoted) = self.cursor.quoted() {
            let text = quoted?;
            return quoted_value(field, text).map_err(|message| error(start..self.cursor.at, message));
        }
        let word = self.cursor.word(&[',']);
        if word.glyphs.is_empty() {
            let key = field.key();
            let message = format!("A value is missing after {key}; {key}:\"\" finds events without one");
            return Err(error(name_at.start..self.cursor.at.max(name_at.end), message));
        }
        bare_value(field, &word).map_err(|message| error(word.at, message))
    }

    /// What follows `field>=` and its like.
    fn compared(&mut self, field: Field, operator: &str, name_at: &Range<usize>) -> Result<Filter, SyntaxError> {
        let relation = match operator {
            ">=" => Relation::AtLeast,
            "<=" => Relation::AtMost,
            ">" => Relation::More,
            "<" => Relation::Less,
            _ => Relation::Equal,
        };
        let key = field.key();
        if field.spec().kind == Kind::Text {
            return match relation {
                Relation::Equal => Ok(any_of(field, vec![self.value(field, name_at)?])),
                _ => Err(error(name_at.start..self.cursor.at, format!("{key} has no order: write {key}:value"))),
            };
        }
        self.cursor.skip_space();
        let start = self.cursor.at;
        let text = match self.cursor.quoted() {
            Some(quoted) => quoted?,
            None => plain(&self.cursor.word(&[]).glyphs),
        };
        if text.is_empty() {
            return Err(error(name_at.start..self.cursor.at, format!("A value is missing after {key}{operator}")));
        }
        compare(field, relation, &text).ok_or_else(|| error(start..self.cursor.at, expected(field)))
    }
}

fn trim_stars(glyphs: &[Glyph]) -> &[Glyph] {
    let start = glyphs.iter().position(|glyph| *glyph != Glyph::Star).unwrap_or(glyphs.len());
    let end = glyphs.iter().rposition(|glyph| *glyph != Glyph::Star).map_or(start, |last| last + 1);
    &glyphs[start..end]
}

/// The text of a word, its stars as they are.
pub(super) fn plain(glyphs: &[Glyph]) -> String {
    let char_of = |glyph: &Glyph| match glyph {
        Glyph::Star => '*',
        Glyph::Char(c) => *c,
    };
    glyphs.iter().map(char_of).collect()
}

/// The field key or alias most like this name, if any is close.
fn nearest_key(name: &str) -> Option<&'static str> {
    let name = name.to_ascii_lowercase();
    let distance = |key: &str| strsim::damerau_levenshtein(key, &name);
    FIELDS
        .iter()
        .flat_map(|spec| std::iter::once(&spec.key).chain(spec.aliases))
        .map(|key| (distance(key), *key))
        .min()
        .filter(|(distance, key)| *distance <= if name.len() <= 4 { 1 } else { 2 } && *distance < key.len())
        .map(|(_, key)| key)
}
