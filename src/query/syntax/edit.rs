//! What a facet's click does to the text: one value's choice changes, the rest stays as typed.

use super::normal::{counted_by_value, normalized};
use super::parser::{self, Node};
use super::printer::{print, value_text};
use super::{Choice, parse};
use crate::model::Field;
use crate::query::question::{Filter, Pattern};
use std::ops::Range;

/// The values of a field that the filter's top level chooses or refuses; wildcards as typed.
pub fn choices(filter: &Filter, field: Field) -> Vec<(String, Choice)> {
    let own = filter.conjuncts().iter().filter_map(Filter::as_choice).filter(|(of, ..)| *of == field);
    own.flat_map(|(_, patterns, wanted)| {
        let choice = if wanted { Choice::Included } else { Choice::Excluded };
        patterns.iter().map(move |pattern| (pattern.text().to_string(), choice))
    })
    .collect()
}

/// The text with this value chosen (joining the field's other chosen values), refused, or
/// neither (`None`); the rest of the text stays as typed where it can.
///
/// A text that does not parse keeps its error: the choice is written before it.
pub fn with_choice(text: &str, field: Field, value: &str, choice: Option<Choice>) -> String {
    edited(text, |parts| {
        let pattern = pattern_of(parts, field, value);
        for part in parts.iter_mut() {
            part.change(|filter| without_value(filter, field, value));
        }
        let Some(choice) = choice else { return };
        let wanted = choice == Choice::Included;
        let joins = |part: &&mut Part| {
            part.filter()
                .and_then(Filter::as_choice)
                .is_some_and(|(of, _, of_wanted)| of == field && of_wanted == wanted)
        };
        match parts.iter_mut().find(joins) {
            Some(part) => part.change(|filter| Some(with_pattern(filter, pattern))),
            None => parts.push(Part { at: None, change: Some(Some(chosen(field, pattern, wanted))), original: None }),
        }
    })
}

/// The text with this value alone chosen for the field; what else it says stays as typed.
pub fn with_only(text: &str, field: Field, value: &str) -> String {
    edited(text, |parts| {
        let own = |part: &Part| part.filter().and_then(Filter::as_choice).is_some_and(|(of, ..)| of == field);
        let only = chosen(field, pattern_of(parts, field, value), true);
        let mut place = Some(only);
        for part in parts.iter_mut().filter(|part| own(part)) {
            part.change = Some(place.take());
        }
        if let Some(only) = place {
            parts.push(Part { at: None, change: Some(Some(only)), original: None });
        }
    })
}

/// The text without anything chosen or refused for the field.
pub fn without_choices(text: &str, field: Field) -> String {
    edited(text, |parts| {
        for part in parts.iter_mut() {
            part.change(
                |filter| if filter.as_choice().is_some_and(|(of, ..)| of == field) { None } else { Some(filter) },
            );
        }
    })
}

/// The text with this filter added as one more condition.
pub fn with_condition(text: &str, condition: Filter) -> String {
    edited(text, |parts| parts.push(Part { at: None, change: Some(Some(condition)), original: None }))
}

/// A choice's pattern, by its text: of the wildcard that was typed so, else the value itself.
fn pattern_of(parts: &[Part], field: Field, value: &str) -> Pattern {
    let choices = parts.iter().filter_map(Part::filter).filter_map(Filter::as_choice);
    let mut own = choices.filter(|(of, ..)| *of == field).flat_map(|(_, patterns, _)| patterns);
    own.find(|pattern| pattern.text() == value).cloned().unwrap_or_else(|| Pattern::Exact(value.into()))
}

fn chosen(field: Field, pattern: Pattern, wanted: bool) -> Filter {
    let is = if counted_by_value(field.spec()) {
        Filter::Is(field, vec![pattern])
    } else {
        // A time or duration as it is shown; one that cannot be read changes nothing.
        parse(&format!("{}:{}", field.key(), value_text(pattern.text()))).unwrap_or(Filter::all())
    };
    if wanted { is } else { Filter::Not(Box::new(is)) }
}

fn without_value(filter: Filter, field: Field, value: &str) -> Option<Filter> {
    let same = |pattern: &Pattern| pattern.text().eq_ignore_ascii_case(value);
    match filter {
        Filter::Is(of, mut patterns) if of == field => {
            patterns.retain(|pattern| !same(pattern));
            if patterns.is_empty() { None } else { Some(Filter::Is(of, patterns)) }
        }
        Filter::Not(inner) if inner.as_choice().is_some() => {
            without_value(*inner, field, value).map(|inner| Filter::Not(Box::new(inner)))
        }
        other => Some(other),
    }
}

fn with_pattern(filter: Filter, pattern: Pattern) -> Filter {
    match filter {
        Filter::Is(field, mut patterns) => {
            patterns.push(pattern);
            Filter::Is(field, patterns)
        }
        Filter::Not(inner) => Filter::Not(Box::new(with_pattern(*inner, pattern))),
        other => other,
    }
}

/// One of the text's top-level conditions, and what becomes of it.
struct Part {
    /// Where it stands; `None`: it is new.
    at: Option<Range<usize>>,
    original: Option<Filter>,
    /// `Some(None)`: it goes.
    change: Option<Option<Filter>>,
}

impl Part {
    fn filter(&self) -> Option<&Filter> {
        self.change.as_ref().unwrap_or(&self.original).as_ref()
    }

    fn change(&mut self, to: impl FnOnce(Filter) -> Option<Filter>) {
        let before = self.filter().cloned();
        let after = before.clone().and_then(to);
        if after != before {
            self.change = Some(after);
        }
    }
}

/// Applies a change to the text's top-level conditions, each in its place.
fn edited(text: &str, change: impl FnOnce(&mut Vec<Part>)) -> String {
    let root = parser::parse(text);
    let leaves = root.as_ref().ok().and_then(Option::as_ref).map(Node::leaves).unwrap_or_default();
    let part = |leaf: Node| Part { at: Some(leaf.at), original: Some(leaf.filter), change: None };
    let mut parts: Vec<Part> = leaves.into_iter().map(part).collect();
    change(&mut parts);
    let Ok(root) = root else {
        let added: Vec<String> = parts.iter().filter_map(Part::filter).map(bracketed).collect();
        return if added.is_empty() { text.to_string() } else { added.join(" ") + " " + text };
    };
    let meant = normalized(Filter::And(parts.iter().filter_map(Part::filter).cloned().collect()));
    let mended = spliced(text, root.as_ref(), &parts);
    // A place where words and brackets do not allow for the change in place: written anew.
    if parse(&mended).as_ref() == Ok(&meant) { mended } else { print(&meant) }
}

fn spliced(text: &str, root: Option<&Node>, parts: &[Part]) -> String {
    let mut mended = String::new();
    let mut copied = 0;
    let standing: Vec<(&Range<usize>, &Part)> =
        parts.iter().filter_map(|part| Some((part.at.as_ref()?, part))).collect();
    for (index, (at, part)) in standing.iter().enumerate() {
        match &part.change {
            None => continue,
            Some(Some(filter)) => {
                mended.push_str(&text[copied..at.start]);
                mended.push_str(&bracketed(filter));
                copied = at.end;
            }
            // A part that goes takes the space, and an AND, between itself and its neighbour.
            Some(None) => match standing.get(index + 1) {
                Some((next, _)) => {
                    mended.push_str(&text[copied..at.start]);
                    copied = next.start;
                }
                None => {
                    let before = index.checked_sub(1).map_or(0, |before| standing[before].0.end);
                    mended.push_str(&text[copied..before.max(copied)]);
                    copied = at.end;
                }
            },
        }
    }
    mended.push_str(&text[copied..]);
    let added: Vec<String> =
        parts.iter().filter(|part| part.at.is_none()).filter_map(|part| part.filter().map(bracketed)).collect();
    if added.is_empty() {
        return mended;
    }
    let is_open = root.is_some_and(|root| root.is_open) && standing.iter().all(|(_, part)| part.change.is_none());
    let mended = if is_open { format!("({})", mended.trim()) } else { mended };
    let between = if mended.is_empty() || mended.ends_with(char::is_whitespace) { "" } else { " " };
    mended + between + &added.join(" ")
}

/// A condition as it can stand beside others.
fn bracketed(filter: &Filter) -> String {
    match filter {
        Filter::Or(parts) if parts.len() > 1 => format!("({})", print(filter)),
        _ => print(filter),
    }
}
