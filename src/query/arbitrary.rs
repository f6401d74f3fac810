//! For tests: arbitrary filters and small events, the plainest reading of what a filter means, and workers without threads.

use super::engine::Engine;
use super::partial::Partial;
use super::question::{Filter, Pattern, Question, Relation};
use super::syntax::glyph::{Glyph, glyphs};
use super::text::Needle;
use crate::formats::{Shape, parse};
use crate::model::{FIELDS, Field};
use crate::store::{Segment, Store};
use proptest::prelude::*;
use std::collections::BTreeMap;

/// An event as the fields' values and a raw record.
#[derive(Debug, Clone, Default)]
pub(crate) struct SmallEvent {
    pub values: BTreeMap<Field, Vec<String>>,
    pub numbers: BTreeMap<Field, i64>,
    pub raw: String,
}

/// Whether the filter matches, by its definition.
pub(crate) fn matches(filter: &Filter, event: &SmallEvent) -> bool {
    match filter {
        Filter::And(parts) => parts.iter().all(|part| matches(part, event)),
        Filter::Or(parts) => parts.iter().any(|part| matches(part, event)),
        Filter::Not(inner) => !matches(inner, event),
        Filter::Text(text) => {
            // As typed, as JSON, and as JSON by Go.
            let json = serde_json::to_string(text).unwrap_or_default();
            let json = json[1..json.len() - 1].to_string();
            let go = json.replace('&', r"\u0026").replace('<', r"\u003c").replace('>', r"\u003e");
            let raw = event.raw.to_ascii_lowercase();
            [text, &json, &go].iter().any(|spelling| raw.contains(&spelling.to_ascii_lowercase()))
        }
        Filter::Compare(field, relation, number) => event.numbers.get(field).is_some_and(|own| match relation {
            Relation::Less => own < number,
            Relation::AtMost => own <= number,
            Relation::More => own > number,
            Relation::AtLeast => own >= number,
            Relation::Equal => own == number,
        }),
        Filter::Is(field, patterns) => {
            let values = event.values.get(field).filter(|values| !values.is_empty());
            patterns.iter().any(|pattern| match values {
                None => pattern.text().is_empty(),
                Some(values) => values.iter().any(|value| pattern_matches(pattern, value)),
            })
        }
    }
}

fn pattern_matches(pattern: &Pattern, value: &str) -> bool {
    fn run(glyphs: &[Glyph], text: &[char]) -> bool {
        match glyphs.split_first() {
            None => text.is_empty(),
            Some((Glyph::Star, rest)) => (0..=text.len()).any(|skip| run(rest, &text[skip..])),
            Some((Glyph::Char(c), rest)) => {
                text.first().is_some_and(|first| first.eq_ignore_ascii_case(c)) && run(rest, &text[1..])
            }
        }
    }
    match pattern {
        Pattern::Exact(text) => text.eq_ignore_ascii_case(value),
        Pattern::Wildcard(text) => run(&glyphs(text), &value.chars().collect::<Vec<_>>()),
    }
}

/// Texts that meet each other often, and now and then anything at all.
pub(crate) fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "[aAb*]{0,3}",
        2 => prop::sample::select(vec!["get", "list", "", "OR", "-", "a b", "\"", "\\", "\\*", "(", "200", "4xx", "system:a", "a,b", "é"])
            .prop_map(str::to_string),
        1 => any::<String>(),
    ]
}

pub(crate) fn field() -> impl Strategy<Value = Field> {
    (0..FIELDS.len()).prop_map(|index| FIELDS[index].field)
}

pub(crate) fn pattern() -> impl Strategy<Value = Pattern> {
    prop_oneof![text().prop_map(Pattern::Exact), text().prop_map(Pattern::Wildcard)]
}

pub(crate) fn relation() -> impl Strategy<Value = Relation> {
    use Relation::*;
    prop::sample::select(vec![Less, AtMost, More, AtLeast, Equal])
}

pub(crate) fn filter() -> impl Strategy<Value = Filter> {
    let leaf = prop_oneof![
        4 => (field(), prop::collection::vec(pattern(), 0..4)).prop_map(|(field, patterns)| Filter::Is(field, patterns)),
        1 => (field(), relation(), prop_oneof![-5i64..700, any::<i64>()])
            .prop_map(|(field, relation, number)| Filter::Compare(field, relation, number)),
        1 => text().prop_map(Filter::Text),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Filter::And),
            prop::collection::vec(inner.clone(), 0..4).prop_map(Filter::Or),
            inner.prop_map(|inner| Filter::Not(Box::new(inner))),
        ]
    })
}

/// An event that sometimes matches an arbitrary filter.
pub(crate) fn event() -> impl Strategy<Value = SmallEvent> {
    let value = text().prop_map(|text| if text.is_empty() { "a".to_string() } else { text });
    let values = prop::collection::btree_map(field(), prop::collection::vec(value, 0..3), 0..12);
    (values, prop::option::of(-5i64..700), prop::option::of(any::<i64>()), 0u16..700, text()).prop_map(
        |(mut values, time, latency, code, raw)| {
            let mut numbers = BTreeMap::new();
            for (field, number) in
                [(Field::Time, time), (Field::Latency, latency), (Field::Code, (code > 99).then_some(code.into()))]
            {
                values.remove(&field);
                if let Some(number) = number {
                    numbers.insert(field, number);
                    // A time or duration has no value to match, only a presence.
                    values.insert(field, vec![if field == Field::Code { number.to_string() } else { "\u{1}".into() }]);
                }
            }
            SmallEvent { values, numbers, raw }
        },
    )
}

/// A worker as the page knows it: its store, its engine, its number; text scanned for the filter.
pub(crate) struct Shard {
    pub store: Store,
    pub engine: Engine,
    pub worker: u8,
}

/// Of the piece with this number; not among the store's yet.
pub(crate) fn segment(store: &mut Store, number: u64, piece: &str) -> Segment {
    let mut builder = store.builder(0, "file", 0, number * 1_000_000);
    parse::parse_piece(piece.as_bytes(), &Shape::Lines, &mut builder);
    builder.finish(0, piece.len() as u32)
}

/// `pieces`: the text of each segment.
pub(crate) fn shard(worker: u8, pieces: &[String], filter: &Filter) -> Shard {
    let mut store = Store::default();
    for (at, piece) in pieces.iter().enumerate() {
        let segment = segment(&mut store, at as u64, piece);
        store.add(segment);
    }
    let mut engine = Engine::default();
    for text in filter.texts() {
        let needle = Needle::new(text);
        for (segment, piece) in store.segments().iter().zip(pieces) {
            engine.scans.set(text, segment.first_row, needle.scan(segment, piece.as_bytes()));
        }
    }
    Shard { store, engine, worker }
}

pub(crate) fn answers(shards: &mut [Shard], question: &Question) -> Vec<Partial> {
    shards.iter_mut().map(|shard| shard.engine.answer(&shard.store, question, shard.worker)).collect()
}
