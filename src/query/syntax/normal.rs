//! One form for filters that mean the same: what [`super::parse`] returns.

use super::glyph;
use super::literal::TIMES;
use crate::model::field::Kind;
use crate::model::{Field, FieldSpec};
use crate::query::question::{Filter, Pattern, Relation};

/// The same filter in the form that [`super::parse`] returns: nested `And`s and `Or`s are
/// flat, a part alone stands for itself, no double negation, choices of one field in an `Or`
/// are one `Is`, and what matches everything or nothing is said so.
pub fn normalized(filter: Filter) -> Filter {
    match filter {
        Filter::And(parts) => and(parts.into_iter().map(normalized)),
        Filter::Or(parts) => or(parts.into_iter().map(normalized)),
        Filter::Not(inner) => not(normalized(*inner)),
        Filter::Is(field, patterns) => is(field, patterns),
        Filter::Compare(field, relation, number) => compare(field, relation, number),
        Filter::Text(text) if text.is_empty() => Filter::all(),
        Filter::Text(text) => Filter::Text(text),
    }
}

fn and(parts: impl Iterator<Item = Filter>) -> Filter {
    let mut flat = Vec::new();
    for part in parts {
        match part {
            Filter::And(inner) => flat.extend(inner),
            nothing if nothing == Filter::nothing() => return nothing,
            other => flat.push(other),
        }
    }
    alone(flat, Filter::And)
}

fn or(parts: impl Iterator<Item = Filter>) -> Filter {
    let mut flat: Vec<Filter> = Vec::new();
    for part in parts {
        match part {
            Filter::Or(inner) => inner.into_iter().for_each(|part| join(&mut flat, part)),
            all if all == Filter::all() => return all,
            other => join(&mut flat, other),
        }
    }
    alone(flat, Filter::Or)
}

/// Adds an alternative; a choice of a field joins an earlier choice of the same field.
fn join(flat: &mut Vec<Filter>, part: Filter) {
    if let Filter::Is(field, patterns) = &part {
        let earlier = flat.iter_mut().find_map(|other| match other {
            Filter::Is(of, earlier) if of == field => Some(earlier),
            _ => None,
        });
        if let Some(earlier) = earlier {
            for pattern in patterns {
                if !earlier.contains(pattern) {
                    earlier.push(pattern.clone());
                }
            }
            return;
        }
    }
    flat.push(part);
}

fn alone(mut parts: Vec<Filter>, many: fn(Vec<Filter>) -> Filter) -> Filter {
    if parts.len() == 1 { parts.remove(0) } else { many(parts) }
}

fn not(filter: Filter) -> Filter {
    match filter {
        Filter::Not(inner) => *inner,
        all if all == Filter::all() => Filter::nothing(),
        nothing if nothing == Filter::nothing() => Filter::all(),
        other => Filter::Not(Box::new(other)),
    }
}

fn is(field: Field, patterns: Vec<Pattern>) -> Filter {
    let counted_by_value = counted_by_value(field.spec());
    let mut kept: Vec<Pattern> = Vec::new();
    let mut anything = false;
    for pattern in patterns {
        let pattern = match pattern {
            Pattern::Exact(value) => Pattern::Exact(value),
            Pattern::Wildcard(wildcard) => glyph::pattern(&glyph::glyphs(&wildcard)),
        };
        if pattern == Pattern::Wildcard("*".into()) {
            anything = true;
        } else if !kept.contains(&pattern) && (counted_by_value || pattern == absent()) {
            kept.push(pattern);
        }
    }
    match (anything, kept.contains(&absent())) {
        (true, true) => Filter::all(),
        (true, false) => present(field),
        (false, true) if !counted_by_value => not(present(field)),
        (false, _) if kept.is_empty() => Filter::nothing(),
        (false, _) => Filter::Is(field, kept),
    }
}

fn compare(field: Field, relation: Relation, number: i64) -> Filter {
    match field.spec().kind {
        Kind::Text => Filter::nothing(),
        Kind::Number if relation == Relation::Equal => Filter::Is(field, vec![Pattern::Exact(number.to_string())]),
        Kind::Time => Filter::Compare(field, relation, number.clamp(*TIMES.start(), *TIMES.end())),
        Kind::Number | Kind::Duration => Filter::Compare(field, relation, number),
    }
}

/// Times and durations have no values to list: they are compared, or absent.
pub(super) fn counted_by_value(spec: &FieldSpec) -> bool {
    matches!(spec.kind, Kind::Text | Kind::Number)
}

/// Events with the field.
pub(super) fn present(field: Field) -> Filter {
    match field.spec().kind {
        Kind::Time => Filter::Compare(field, Relation::AtLeast, *TIMES.start()),
        Kind::Duration => Filter::Compare(field, Relation::AtLeast, i64::MIN),
        Kind::Number | Kind::Text => Filter::Not(Box::new(Filter::Is(field, vec![absent()]))),
    }
}

/// The pattern of events without the field.
pub(super) fn absent() -> Pattern {
    Pattern::Exact(String::new())
}
