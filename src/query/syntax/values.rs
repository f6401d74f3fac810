//! What stands after a field: values, and what comparisons compare with.

use super::glyph::{self, Glyph};
use super::lexer::Word;
use super::literal::{TimeLiteral, parse_duration, parse_time};
use super::normal::present;
use super::parser::plain;
use crate::model::Field;
use crate::model::field::Kind;
use crate::query::question::{Filter, Pattern, Relation};

/// One of the values after `field:`.
pub(super) enum Value {
    Pattern(Pattern),
    /// What is more than a pattern of this field: a day, a class of codes.
    Other(Filter),
}

pub(super) fn any_of(field: Field, values: Vec<Value>) -> Filter {
    let as_filter = |value| match value {
        Value::Pattern(pattern) => Filter::Is(field, vec![pattern]),
        Value::Other(filter) => filter,
    };
    Filter::Or(values.into_iter().map(as_filter).collect())
}

pub(super) fn quoted_value(field: Field, text: String) -> Result<Value, String> {
    match field.spec().kind {
        Kind::Time | Kind::Duration if !text.is_empty() => measured_value(field, &text),
        _ => Ok(Value::Pattern(Pattern::Exact(text))),
    }
}

pub(super) fn bare_value(field: Field, word: &Word) -> Result<Value, String> {
    let text = plain(&word.glyphs);
    let stars = word.glyphs.contains(&Glyph::Star);
    match field.spec().kind {
        Kind::Time | Kind::Duration if word.glyphs == [Glyph::Star] => Ok(Value::Other(present(field))),
        Kind::Time | Kind::Duration => measured_value(field, &text),
        Kind::Number if !stars && text.parse::<i64>().is_err() => {
            let class = text.to_ascii_lowercase();
            match class.as_bytes() {
                [b'1'..=b'9', b'x', b'x'] if field == Field::Code => {
                    Ok(Value::Other(Filter::Is(Field::CodeClass, vec![Pattern::Exact(class)])))
                }
                _ => Err(expected(field)),
            }
        }
        Kind::Number | Kind::Text => Ok(Value::Pattern(glyph::pattern(&word.glyphs))),
    }
}

/// `time:2026-11-23` is that day, `latency:250ms` exactly that long.
fn measured_value(field: Field, text: &str) -> Result<Value, String> {
    compare(field, Relation::Equal, text).map(Value::Other).ok_or_else(|| expected(field))
}

/// `None` when the text is no number, time or duration, as the field needs.
pub(super) fn compare(field: Field, relation: Relation, text: &str) -> Option<Filter> {
    let number = match field.spec().kind {
        Kind::Text => return None,
        Kind::Number => text.parse().ok()?,
        Kind::Duration => parse_duration(text)?,
        Kind::Time => match parse_time(text)? {
            TimeLiteral::Instant(micros) => micros,
            TimeLiteral::Span(span) => {
                let (start, end) = (span.start_micros, span.end_micros);
                return Some(match relation {
                    Relation::AtLeast | Relation::Less => Filter::Compare(field, relation, start),
                    Relation::More => Filter::Compare(field, Relation::AtLeast, end),
                    Relation::AtMost => Filter::Compare(field, Relation::Less, end),
                    Relation::Equal => Filter::And(vec![
                        Filter::Compare(field, Relation::AtLeast, start),
                        Filter::Compare(field, Relation::Less, end),
                    ]),
                });
            }
        },
    };
    Some(Filter::Compare(field, relation, number))
}

pub(super) fn expected(field: Field) -> String {
    let key = field.key();
    match field.spec().kind {
        Kind::Time => format!("{key} takes a date or an RFC 3339 time, as in {key}>=2026-11-23T09:00:00Z"),
        Kind::Duration => format!("{key} takes a number with its unit, as in {key}>250ms or {key}<1.5s"),
        Kind::Number => format!("{key} takes a number, as in {key}:403, {key}:4xx or {key}>=400"),
        Kind::Text => format!("{key} takes a text"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::arbitrary;
    use crate::query::syntax::parse;

    #[test]
    fn every_time_has_one_place_in_each_comparison() {
        let nine = 1_795_424_400_000_000;
        let check = |typed: &str, micros: Option<i64>, expected: &str| {
            let mut event = arbitrary::SmallEvent::default();
            if let Some(micros) = micros {
                event.values.insert(Field::Time, vec!["\u{1}".into()]);
                event.numbers.insert(Field::Time, micros);
            }
            let holds = |operator: &&str| {
                let text = format!("time{operator}{typed}");
                arbitrary::matches(&parse(&text).expect(&text), &event)
            };
            let holding: Vec<&str> = [":", "=", "!=", "<", "<=", ">", ">="].into_iter().filter(holds).collect();
            assert_eq!(holding.join(" "), expected, "{typed} {micros:?}");
        };
        for typed in ["2026-11-23T09:00:00Z", "2026-11-23T09:00Z", "2026-11-23T10:00:00+01:00"] {
            check(typed, Some(nine - 1), "!= < <=");
            check(typed, Some(nine), ": = <= >=");
            check(typed, Some(nine + 500_000), ": = <= >=");
            check(typed, Some(nine + 60_000_000), "!= > >=");
            check(typed, None, "!=");
        }
        check("2026-11-23T09:00:00Z", Some(nine + 1_000_000), "!= > >=");
        check("2026-11-23T09:00:00.0Z", Some(nine + 1), "!= > >=");
        check("2026-11-23T09:00:00.0Z", Some(nine), ": = <= >=");
    }
}
