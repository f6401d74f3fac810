//! The search bar's language: text to [`Filter`] and back, edits by facets, completion.

use super::question::Filter;
use crate::model::Field;
use std::ops::Range;

/// Where a filter's text goes wrong, and how to mend it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyntaxError {
    /// Bytes of the text to mark.
    pub at: Range<usize>,
    pub message: String,
}

/// What a facet shows of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Choice {
    Included,
    Excluded,
}

/// Text to filter; an empty text matches everything.
pub fn parse(_text: &str) -> Result<Filter, SyntaxError> {
    Ok(Filter::all())
}

/// Filter to text that parses to the same filter.
pub fn print(_filter: &Filter) -> String {
    String::new()
}

/// The values of a field that the text's top level chooses or refuses.
pub fn choices(_filter: &Filter, _field: Field) -> Vec<(String, Choice)> {
    Vec::new()
}

/// The text with this value chosen (joining the field's other chosen values), refused, or
/// neither (`None`); the rest of the text stays as typed where it can.
pub fn with_choice(text: &str, _field: Field, _value: &str, _choice: Option<Choice>) -> String {
    text.to_string()
}

/// The text with this value alone chosen for the field.
pub fn with_only(text: &str, _field: Field, _value: &str) -> String {
    text.to_string()
}
