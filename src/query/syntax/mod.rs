//! The search bar's language: text to [`Filter`] and back, edits by facets, completion.
//!
//! `docs/search.md` is its grammar for users.

mod complete;
mod edit;
pub(crate) mod glyph;
mod lexer;
mod literal;
mod normal;
mod parser;
mod printer;
mod reference;
#[cfg(test)]
mod tests;
mod values;

use super::question::Filter;
use std::ops::Range;

pub use complete::{Candidate, Completion, CompletionKind, complete};
pub use edit::{choices, with_choice, with_condition, with_only, without_choices};
pub use literal::{print_duration, print_time};
pub use normal::normalized;
pub use printer::{print, value_text};
pub use reference::{Form, REFERENCE, Section};

/// Where a filter's text goes wrong, and how to mend it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyntaxError {
    /// Bytes of the text to mark; on char boundaries.
    pub at: Range<usize>,
    pub message: String,
}

/// What a facet shows of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Choice {
    Included,
    Excluded,
}

/// Text to filter, in [`normalized`] form; an empty text matches everything.
pub fn parse(text: &str) -> Result<Filter, SyntaxError> {
    let node = parser::parse(text)?;
    Ok(node.map_or_else(Filter::all, |node| normalized(node.filter)))
}
