//! What can be asked of the events.

use crate::model::{Field, Micros, TimeRange};
use serde::{Deserialize, Serialize};

/// A filter as a tree. [`Filter::all`] matches every event.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Filter {
    /// Every part; no parts: everything.
    And(Vec<Filter>),
    /// Any part; no parts: nothing.
    Or(Vec<Filter>),
    Not(Box<Filter>),
    /// The field has one of these values. A field with several values (groups,
    /// source IPs) matches when any of them does.
    Is(Field, Vec<Pattern>),
    /// The number stands in this relation; an absent one stands in none.
    /// Code as itself, time and latency in microseconds.
    Compare(Field, Relation, i64),
    /// The raw record contains this text, ASCII case ignored.
    Text(String),
}

impl Filter {
    pub fn all() -> Filter {
        Filter::And(Vec::new())
    }

    /// Matches no event.
    pub fn nothing() -> Filter {
        Filter::Or(Vec::new())
    }

    /// The parts that must all hold: those of a top-level `And`, else the filter itself.
    pub fn conjuncts(&self) -> &[Filter] {
        match self {
            Filter::And(parts) => parts,
            other => std::slice::from_ref(other),
        }
    }

    /// The field, its patterns and whether they are wanted, when this is a plain choice
    /// of values (`Is`, or `Not` of one).
    pub fn as_choice(&self) -> Option<(Field, &[Pattern], bool)> {
        match self {
            Filter::Is(field, patterns) => Some((*field, patterns, true)),
            Filter::Not(inner) => match &**inner {
                Filter::Is(field, patterns) => Some((*field, patterns, false)),
                _ => None,
            },
            _ => None,
        }
    }

    /// Whether the top level chooses or refuses values of this field.
    pub fn has_own_choices(&self, field: Field) -> bool {
        self.conjuncts().iter().any(|part| part.as_choice().is_some_and(|(of, ..)| of == field))
    }

    /// The filter without what its top level chooses or refuses of this field: what the
    /// field's own facet is counted under.
    pub fn without_own_choices(&self, field: Field) -> Filter {
        let own = |part: &&Filter| part.as_choice().is_some_and(|(of, ..)| of == field);
        let mut kept: Vec<Filter> = self.conjuncts().iter().filter(|part| !own(part)).cloned().collect();
        if kept.len() == 1 { kept.remove(0) } else { Filter::And(kept) }
    }

    /// Every free text in the tree, negated ones too, each once.
    pub fn texts(&self) -> Vec<&str> {
        fn collect<'f>(filter: &'f Filter, found: &mut Vec<&'f str>) {
            match filter {
                Filter::And(parts) | Filter::Or(parts) => parts.iter().for_each(|part| collect(part, found)),
                Filter::Not(inner) => collect(inner, found),
                Filter::Text(text) if !found.contains(&text.as_str()) => found.push(text),
                Filter::Text(_) | Filter::Is(..) | Filter::Compare(..) => (),
            }
        }
        let mut found = Vec::new();
        collect(self, &mut found);
        found
    }
}

/// A value to look for. All compare with ASCII case ignored.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Pattern {
    /// The whole value. The empty string matches events without the field.
    Exact(String),
    /// `*` stands for any run of characters, also none; `\*` for a star itself, `\\` for a backslash.
    Wildcard(String),
}

impl Pattern {
    /// The value or the wildcard as it stands, escapes and all.
    pub fn text(&self) -> &str {
        match self {
            Pattern::Exact(text) | Pattern::Wildcard(text) => text,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Relation {
    Less,
    AtMost,
    More,
    AtLeast,
    Equal,
}

/// Everything the page asks at once after a change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    pub filter: Filter,
    /// Only events received in this range; `None`: all, those without a time too.
    pub window: Option<TimeRange>,
    pub facets: Vec<FacetAsk>,
    pub histogram: Option<HistogramAsk>,
    /// The table's first rows.
    pub table: TableAsk,
}

/// One facet. Its own top-level choices do not narrow its own counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FacetAsk {
    pub field: Field,
    /// How many values to list.
    pub limit: u32,
    /// Only values that contain this, ASCII case ignored; empty: all.
    pub find: String,
    /// Ordered by name rather than by count.
    pub by_name: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HistogramAsk {
    /// First bucket's start.
    pub start_micros: Micros,
    pub bucket_micros: i64,
    pub buckets: u32,
    /// Each bucket's events counted apart by this field.
    pub stack: Field,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableAsk {
    pub columns: Vec<Field>,
    pub sort: Sort,
    /// How many rows.
    pub limit: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sort {
    pub field: Field,
    pub descending: bool,
}
