//! A filter resolved to one store's dictionary ids: which ids of a column match.

use super::pattern::Matcher;
use super::question::{Filter, Relation};
use crate::model::{Column, Field};
use crate::store::Store;
use std::collections::HashMap;
use std::rc::Rc;

/// A filter over numbers only.
pub enum Bound {
    All(Vec<Bound>),
    Any(Vec<Bound>),
    Not(Box<Bound>),
    /// Rows whose id in this column is marked.
    Ids(Column, Rc<Vec<bool>>),
    Time(Relation, i64),
    Latency(Relation, i64),
    Text(String),
}

/// Marked ids by clause, kept from question to question and extended as dictionaries grow.
#[derive(Default)]
pub struct Binder {
    marks: HashMap<Filter, Marks>,
}

#[derive(Default)]
struct Marks {
    values: Vec<bool>,
    columns: Rc<Vec<bool>>,
}

/// More clauses than this are forgotten at once: typing in the search bar makes many.
const MAX_KEPT_CLAUSES: usize = 64;

impl Binder {
    pub fn clear(&mut self) {
        self.marks.clear();
    }

    pub fn bind(&mut self, store: &Store, filter: &Filter) -> Bound {
        match filter {
            Filter::And(parts) => Bound::All(parts.iter().map(|part| self.bind(store, part)).collect()),
            Filter::Or(parts) => Bound::Any(parts.iter().map(|part| self.bind(store, part)).collect()),
            Filter::Not(part) => Bound::Not(Box::new(self.bind(store, part))),
            Filter::Text(text) => Bound::Text(text.clone()),
            Filter::Compare(Field::Time, relation, micros) => Bound::Time(*relation, *micros),
            Filter::Compare(Field::Latency, relation, micros) => Bound::Latency(*relation, *micros),
            Filter::Is(field, _) | Filter::Compare(field, ..) => match field.spec().column {
                None => Bound::Any(Vec::new()),
                Some(column) => Bound::Ids(column, self.ids(store, filter, *field)),
            },
        }
    }

    fn ids(&mut self, store: &Store, clause: &Filter, field: Field) -> Rc<Vec<bool>> {
        if self.marks.len() > MAX_KEPT_CLAUSES {
            self.marks.clear();
        }
        let marks = self.marks.entry(clause.clone()).or_default();
        let (values, matches) = (store.values(field), clause_matcher(clause));
        let new = marks.values.len()..values.len();
        marks.values.extend(new.map(|value_id| matches(values.get(value_id as u32))));
        let projection = store.projection(field);
        let known = store.dictionary(projection.column()).len();
        if marks.columns.len() < known {
            let columns = Rc::make_mut(&mut marks.columns);
            for id in columns.len() as u32..known as u32 {
                columns.push(projection.values_of(&id).iter().any(|&value| marks.values[value as usize]));
            }
        }
        marks.columns.clone()
    }
}

/// Whether one value of a field satisfies a clause on it.
fn clause_matcher(clause: &Filter) -> impl Fn(&[u8]) -> bool {
    let matchers: Vec<Matcher> = match clause {
        Filter::Is(_, patterns) => patterns.iter().map(Matcher::new).collect(),
        _ => Vec::new(),
    };
    move |value| match clause {
        Filter::Compare(_, relation, number) => {
            let value = str::from_utf8(value).ok().and_then(|text| text.parse().ok());
            value.is_some_and(|value| relation.holds(value, *number))
        }
        _ => matchers.iter().any(|matcher| matcher.matches(value)),
    }
}

impl Relation {
    pub fn holds(self, value: i64, number: i64) -> bool {
        match self {
            Relation::Less => value < number,
            Relation::AtMost => value <= number,
            Relation::More => value > number,
            Relation::AtLeast => value >= number,
            Relation::Equal => value == number,
        }
    }
}
