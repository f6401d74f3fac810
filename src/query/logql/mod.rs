//! A filter as LogQL, so that Loki counts and finds events itself.
//!
//! What LogQL can say of a filter is pushed down exactly: line filters first, since they cost
//! Loki least, then one `| json` with just the paths that are needed, then label conditions.
//! What it cannot say (times and latencies, the log's own labels, free text inside an `OR`) is
//! left over for the page. Facts about LogQL: Loki 3.7.6, `docs` of grafana/loki.

mod condition;
#[cfg(test)]
mod evaluator_tests;
mod label;
mod quote;
#[cfg(test)]
mod tests;

use crate::model::Field;
use crate::query::question::{Filter, Pattern};
use crate::query::spelling::spellings;
use crate::query::syntax::normalized;
use condition::{Condition, condition};
use label::{AUDIT_ID, Label, Reading};
use quote::{Regex, double_quoted};

pub use label::{field_values, label_of};
pub use quote::quoted;

/// Where to look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// A stream selector, and line filters after it if any: `{job="audit"} |= "audit.k8s.io/"`.
    pub selector: String,
    /// The lines are written as the API server writes them, `"verb":"get"` without a space, so
    /// that a line filter may look for that. Probe a line before setting it.
    pub compact: bool,
}

/// A filter parted into what Loki applies and what is left for the page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Split {
    /// What the queries below apply.
    pub pushed: Filter,
    /// What must be applied to their rows; their counts know nothing of it.
    pub local: Filter,
    line_filters: Vec<String>,
    /// Line filters that the conditions imply; they only save time.
    hints: Vec<String>,
    conditions: Vec<Condition>,
}

impl Split {
    pub fn of(filter: &Filter) -> Split {
        let filter = normalized(filter.clone());
        let (mut pushed, mut local) = (Vec::new(), Vec::new());
        let (mut line_filters, mut hints, mut conditions) = (Vec::new(), Vec::new(), Vec::new());
        for part in filter.conjuncts() {
            if let Some(stage) = line_filter(part) {
                line_filters.push(stage);
            } else if let Some(condition) = condition(part, true) {
                conditions.push(condition);
                hints.extend(hint(part));
            } else {
                local.push(part.clone());
                continue;
            }
            pushed.push(part.clone());
        }
        let all = |parts| normalized(Filter::And(parts));
        Split { pushed: all(pushed), local: all(local), line_filters, hints, conditions }
    }

    /// Nothing is left for the page: Loki's counts are the filter's.
    pub fn is_exact(&self) -> bool {
        self.local == Filter::all()
    }

    /// A log query: the lines of the events that match.
    ///
    /// Extracted labels join the stream's: ask with `X-Loki-Response-Encoding-Flags: categorize-labels`.
    pub fn rows(&self, target: &Target) -> String {
        self.pipeline(target, &[], false)
    }

    /// An instant metric query: how many events match in the `range_nanos` that end at the
    /// query's time, that instant included and the first one not. For `[start, end)` ask at
    /// `end - 1` nanosecond.
    pub fn total(&self, target: &Target, range_nanos: i64) -> String {
        format!("sum(count_over_time({} [{}]))", self.pipeline(target, &[], true), duration(range_nanos))
    }

    /// A range metric query: events per step and value of [`label_of`] the stacking field, each
    /// point counting the step that ends with it; `None` for a field without a label. Several
    /// series may fall on one value: [`field_values`] says which.
    pub fn histogram(&self, target: &Target, stack: Field, step_nanos: i64) -> Option<String> {
        let label = label_of(stack)?;
        Some(self.counted_by(label, &self.pipeline(target, &[label], true), step_nanos))
    }

    /// A range metric query: events per step, all in one series.
    pub fn histogram_total(&self, target: &Target, step_nanos: i64) -> String {
        self.total(target, step_nanos)
    }

    /// An instant metric query: events per value of a field, over the `range_nanos` that end at
    /// the query's time; `None` for a field without a label.
    pub fn facet(&self, target: &Target, ask: &FacetQuery<'_>, range_nanos: i64) -> Option<String> {
        let label = label_of(ask.field)?;
        let mut pipeline = self.pipeline(target, &[label], true);
        if !ask.find.is_empty() && label.reading == Reading::Plain {
            let regex = Regex::literal(ask.find).around(".*", ".*");
            pipeline.push_str(&format!(" | {}=~{}", label.name, quoted(&regex.text())));
        }
        let counted = self.counted_by(label, &pipeline, range_nanos);
        Some(match ask.top {
            Some(top) => format!("topk({top}, {counted})"),
            None => counted,
        })
    }

    fn counted_by(&self, label: Label, pipeline: &str, range_nanos: i64) -> String {
        format!("sum by ({}) (count_over_time({pipeline} [{}]))", label.name, duration(range_nanos))
    }

    /// Selector, line filters, JSON paths, label conditions.
    fn pipeline(&self, target: &Target, grouped: &[Label], counting: bool) -> String {
        let mut pipeline = target.selector.trim().to_string();
        let hints = if target.compact { self.hints.as_slice() } else { &[] };
        for stage in hints.iter().chain(&self.line_filters) {
            pipeline.push_str(&format!(" {stage}"));
        }
        let conditions: Vec<String> = self.conditions.iter().filter_map(Condition::text).collect();
        let mut labels = grouped.to_vec();
        self.conditions.iter().for_each(|condition| condition.labels(&mut labels));
        if counting || conditions.iter().any(|condition| condition.contains(AUDIT_ID.name)) {
            labels.push(AUDIT_ID);
        }
        let mut paths: Vec<String> = Vec::new();
        for label in &labels {
            let path = format!("{}={}", label.name, double_quoted(label.path));
            if !paths.contains(&path) {
                paths.push(path);
            }
        }
        if !paths.is_empty() {
            // One line that is no JSON would fail a whole metric query.
            pipeline.push_str(&format!(" | json {} | __error__=\"\"", paths.join(", ")));
        }
        if counting {
            pipeline.push_str(&format!(" | {}!=\"\"", AUDIT_ID.name));
        }
        for condition in conditions {
            pipeline.push_str(&format!(" | {condition}"));
        }
        pipeline
    }
}

/// A facet to be counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FacetQuery<'a> {
    pub field: Field,
    /// Only values that contain this; applied by Loki where a label holds the value as it is:
    /// apply it to the values again.
    pub find: &'a str,
    /// Only so many series with the most events; `None`: all, which Loki may refuse. Where
    /// several series fall on one value ([`is_derived`]) the rest may hold more of it.
    pub top: Option<u32>,
}

/// Several texts of the field's label fall on one value, or one on several.
pub fn is_derived(field: Field) -> bool {
    label_of(field).is_some_and(|label| !matches!(label.reading, Reading::Plain | Reading::Lower | Reading::OneOf(_)))
}

/// A free text, alternatives of free texts, or the opposite, as a line filter: each in every way that a line may spell it.
fn line_filter(filter: &Filter) -> Option<String> {
    let (inner, wanted) = match filter {
        Filter::Not(inner) => (&**inner, false),
        other => (other, true),
    };
    let parts = match inner {
        Filter::Or(parts) if !parts.is_empty() => parts.as_slice(),
        other => std::slice::from_ref(other),
    };
    let texts: Option<Vec<&str>> =
        parts.iter().map(|part| if let Filter::Text(text) = part { Some(text.as_str()) } else { None }).collect();
    let texts: Vec<String> = texts?.into_iter().flat_map(spellings).collect();
    if let [text] = texts.as_slice()
        && !text.contains(|c: char| c.is_ascii_alphabetic())
    {
        return Some(format!("{} {}", if wanted { "|=" } else { "!=" }, quoted(text)));
    }
    let regex = Regex::any(texts.iter().map(|text| Regex::literal(text)).collect())?;
    Some(format!("{} {}", if wanted { "|~" } else { "!~" }, quoted(&regex.text())))
}

/// A line filter that every line with one of these exact values passes.
fn hint(filter: &Filter) -> Option<String> {
    let Filter::Is(field, patterns) = filter else { return None };
    let label = label_of(*field)
        .filter(|label| matches!(label.reading, Reading::Plain | Reading::Lower | Reading::OneOf(_)))?;
    let values = patterns.iter().map(as_written).collect::<Option<Vec<&str>>>()?;
    let mark = if *field == Field::Code { "" } else { "\"" };
    let regex = Regex::any(values.iter().map(|value| Regex::literal(value)).collect())?;
    Some(match values.as_slice() {
        [value] if label.reading == Reading::Lower || !regex.ignores_case() => {
            format!("|= {}", quoted(&format!("\"{}\":{mark}{}{mark}", label.key(), value.to_ascii_lowercase())))
        }
        _ => {
            let key = label.key().replace('.', r"\.");
            format!("|~ {}", quoted(&regex.around(&format!("\"{key}\":{mark}(?:"), &format!("){mark}")).text()))
        }
    })
}

/// The value as it stands in a line that has it.
fn as_written(pattern: &Pattern) -> Option<&str> {
    match pattern {
        Pattern::Exact(value) if !value.is_empty() && value.chars().all(is_never_escaped) => Some(value),
        _ => None,
    }
}

/// Characters that the API server's JSON never writes as an escape.
fn is_never_escaped(c: char) -> bool {
    (c.is_ascii_graphic() || c == ' ') && !matches!(c, '"' | '\\' | '<' | '>' | '&' | '/')
}

/// A length of time as LogQL writes it: `5m`, `1500ms`.
fn duration(nanos: i64) -> String {
    const UNITS: &[(&str, i64)] = &[
        ("h", 3_600_000_000_000),
        ("m", 60_000_000_000),
        ("s", 1_000_000_000),
        ("ms", 1_000_000),
        ("us", 1_000),
        ("ns", 1),
    ];
    let nanos = nanos.max(1);
    let (unit, unit_nanos) = UNITS.iter().find(|(_, size)| nanos % size == 0).unwrap_or(&("ns", 1));
    format!("{}{unit}", nanos / unit_nanos)
}
