//! Filter to text.

use super::glyph::{Glyph, glyphs};
use super::literal::{print_duration, print_moment, print_time};
use super::normal::normalized;
use crate::model::Field;
use crate::model::field::Kind;
use crate::query::question::{Filter, Pattern, Relation};

/// Filter to text that parses to the same filter, in [`normalized`] form.
pub fn print(filter: &Filter) -> String {
    match normalized(filter.clone()) {
        Filter::And(parts) => joined(&parts, " "),
        Filter::Or(parts) if parts.is_empty() => "-*".into(),
        Filter::Or(parts) => joined(&parts, " OR "),
        alone => part(&alone),
    }
}

fn joined(parts: &[Filter], between: &str) -> String {
    parts.iter().map(part).collect::<Vec<_>>().join(between)
}

/// A filter that stands among others; in normal form, so never empty.
fn part(filter: &Filter) -> String {
    match filter {
        Filter::And(parts) => format!("({})", joined(parts, " ")),
        Filter::Or(parts) => format!("({})", joined(parts, " OR ")),
        Filter::Not(inner) => format!("-{}", part(inner)),
        Filter::Is(field, patterns) => {
            let values: Vec<String> = patterns.iter().map(|pattern| pattern_text(*field, pattern)).collect();
            match values.as_slice() {
                [value] => format!("{}:{value}", field.key()),
                values => format!("{}:({})", field.key(), values.join(",")),
            }
        }
        present @ Filter::Compare(field, ..) if *present == super::normal::present(*field) => {
            format!("{}:*", field.key())
        }
        Filter::Compare(field, relation, number) => compared(*field, *relation, *number),
        Filter::Text(text) => word_or_quoted(text, "").to_string(),
    }
}

fn compared(field: Field, relation: Relation, number: i64) -> String {
    let operator = match relation {
        Relation::Less => "<",
        Relation::AtMost => "<=",
        Relation::More => ">",
        Relation::AtLeast => ">=",
        Relation::Equal => "=",
    };
    let number = match field.spec().kind {
        // To the second alone it would be that whole second, whose start is all that these two look at.
        Kind::Time if !matches!(relation, Relation::Less | Relation::AtLeast) => print_moment(number),
        Kind::Time => print_time(number),
        Kind::Duration => print_duration(number),
        Kind::Number | Kind::Text => number.to_string(),
    };
    format!("{}{operator}{number}", field.key())
}

fn pattern_text(field: Field, pattern: &Pattern) -> String {
    match pattern {
        Pattern::Exact(value) if field.spec().kind == Kind::Number && value.parse::<i64>().is_err() => quoted(value),
        Pattern::Exact(value) => value_text(value),
        Pattern::Wildcard(wildcard) => glyphs(wildcard).into_iter().map(glyph_text).collect(),
    }
}

fn glyph_text(glyph: Glyph) -> String {
    match glyph {
        Glyph::Star => "*".into(),
        Glyph::Char(c) if c.is_alphanumeric() || is_plain(c, ":") => c.to_string(),
        Glyph::Char(c) => format!("\\{c}"),
    }
}

/// A field's value as it can stand after `field:` or in a list: quoted where it must be.
pub fn value_text(value: &str) -> String {
    word_or_quoted(value, ":")
}

/// `also`: further characters that need no quotes.
fn word_or_quoted(text: &str, also: &str) -> String {
    let keyword = matches!(text, "AND" | "OR" | "NOT");
    let plain = !text.is_empty() && !keyword && !text.starts_with('-') && text.chars().all(|c| is_plain(c, also));
    if plain { text.to_string() } else { quoted(text) }
}

fn is_plain(c: char, also: &str) -> bool {
    c.is_ascii_alphanumeric() || "-_./@%+~".contains(c) || also.contains(c)
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}
