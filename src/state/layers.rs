//! The timeline's layers: which values are stacked, in what order and hue.

use crate::model::Field;
use crate::query::answer::{Histogram, Series};
use crate::query::partial::OTHER;

/// A chart colour of the style sheet: `--series-1` to `--series-8`; 0 is `--series-rest`.
pub type Hue = u8;

const REST: Hue = 0;
const BLUE: Hue = 1;
const ORANGE: Hue = 2;
const GREEN: Hue = 3;
const RED: Hue = 4;
const VIOLET: Hue = 5;
const BROWN: Hue = 6;
const PINK: Hue = 7;
const TEAL: Hue = 8;

/// How many hues there are beside that of the rest.
pub const HUES: usize = 8;

/// One colour of the stack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layer {
    /// `None`: the sum of the values that have no layer of their own.
    pub value: Option<String>,
    pub label: String,
    pub hue: Hue,
    /// One count per bucket.
    pub counts: Vec<u32>,
    pub events: u64,
}

/// The most values that have a layer of their own; more colours cannot be told apart.
pub const MOST_LAYERS: usize = HUES;

/// The histogram's series as layers, bottom first: reads under writes under deletions,
/// successes under failures; elsewhere the most frequent first. The rest is summed on top.
pub fn layers(histogram: &Histogram, stack: Field) -> Vec<Layer> {
    let mut layers: Vec<Layer> = Vec::new();
    let (mut rest, mut named): (Vec<&Series>, Vec<&Series>) =
        histogram.series.iter().partition(|series| series.value == OTHER);
    // A rest of one is no shorter than the value itself.
    let own = if rest.is_empty() && named.len() == MOST_LAYERS + 1 { MOST_LAYERS + 1 } else { MOST_LAYERS };
    // How many values the workers left together is not known.
    let label =
        if rest.is_empty() { format!("{} others", named.len().saturating_sub(own)) } else { "others".to_string() };
    rest.extend(named.split_off(own.min(named.len())));
    for series in named {
        layers.push(Layer {
            value: Some(series.value.clone()),
            label: if series.value.is_empty() { "(none)".to_string() } else { series.value.clone() },
            hue: REST,
            counts: series.counts.clone(),
            events: sum(&series.counts),
        });
    }
    paint(&mut layers, stack);
    layers.sort_by_key(|layer| rank(stack, layer.value.as_deref().unwrap_or_default()));
    if !rest.is_empty() {
        let mut counts = vec![0u32; rest.iter().map(|series| series.counts.len()).max().unwrap_or(0)];
        for series in rest {
            counts.iter_mut().zip(&series.counts).for_each(|(sum, more)| *sum = sum.saturating_add(*more));
        }
        let events = sum(&counts);
        layers.push(Layer { value: None, label, hue: REST, counts, events });
    }
    layers
}

fn sum(counts: &[u32]) -> u64 {
    counts.iter().map(|&count| u64::from(count)).sum()
}

/// Hues by meaning where values have one, else by name, so that a value keeps its colour
/// while counts change.
fn paint(layers: &mut [Layer], stack: Field) {
    let mut taken = [false; HUES + 1];
    let mut unknown: Vec<&mut Layer> = Vec::new();
    for layer in layers {
        let value = layer.value.as_deref().unwrap_or_default();
        match hue_of(stack, value) {
            // Of several response codes of a class the most frequent has its hue.
            Some(hue) if !taken[usize::from(hue)] => {
                layer.hue = hue;
                taken[usize::from(hue)] = true;
            }
            None if value.is_empty() => (),
            _ => unknown.push(layer),
        }
    }
    unknown.sort_by(|a, b| a.value.cmp(&b.value));
    for layer in unknown {
        let value = layer.value.as_deref().unwrap_or_default();
        let wanted = value.bytes().fold(5381usize, |hash, byte| hash.wrapping_mul(33) ^ usize::from(byte));
        let free = (0..HUES).map(|step| 1 + (wanted + step) % HUES).find(|&hue| !taken[hue]);
        if let Some(hue) = free {
            taken[hue] = true;
            // At most HUES, see above.
            layer.hue = hue as Hue;
        }
    }
}

/// Known values, least harmful first, and their hues.
fn known(stack: Field) -> &'static [(&'static str, Hue)] {
    match stack {
        Field::Verb => &[
            ("watch", TEAL),
            ("list", GREEN),
            ("get", BLUE),
            ("update", BROWN),
            ("patch", PINK),
            ("create", ORANGE),
            ("delete", RED),
            ("deletecollection", VIOLET),
        ],
        Field::CodeClass => &[("1xx", TEAL), ("2xx", GREEN), ("3xx", BLUE), ("4xx", ORANGE), ("5xx", RED)],
        Field::UserKind => &[
            ("control plane", TEAL),
            ("node", GREEN),
            ("service account", BLUE),
            ("human", ORANGE),
            ("anonymous", RED),
        ],
        Field::Decision => &[("allow", GREEN), ("forbid", RED)],
        Field::DryRun | Field::Truncated => &[("yes", ORANGE)],
        _ => &[],
    }
}

fn hue_of(stack: Field, value: &str) -> Option<Hue> {
    let code_hue = || match value.as_bytes() {
        [b'2', _, _] => Some(GREEN),
        [b'5', _, _] => Some(RED),
        _ => None,
    };
    let known = known(stack).iter().find(|(known, _)| *known == value).map(|(_, hue)| *hue);
    if stack == Field::Code { code_hue() } else { known }
}

/// Place in the stack; values without one of their own stand between, in the order they came.
fn rank(stack: Field, value: &str) -> usize {
    let known = known(stack);
    known.iter().position(|(known, _)| *known == value).unwrap_or(known.len())
}

/// The fields a timeline can be stacked by: those with few enough values to tell apart.
pub fn stack_fields() -> impl Iterator<Item = Field> {
    const TOO_MANY: [Field; 4] = [Field::Name, Field::Path, Field::UserAgent, Field::Reason];
    Field::facets().filter(|field| !TOO_MANY.contains(field))
}

/// Events per bucket over all layers, and the highest: `(bucket, events)`.
pub fn peak(layers: &[Layer]) -> Option<(usize, u64)> {
    let buckets = layers.iter().map(|layer| layer.counts.len()).max()?;
    let total = |bucket: usize| -> u64 {
        layers.iter().filter_map(|layer| layer.counts.get(bucket)).map(|&count| u64::from(count)).sum()
    };
    (0..buckets).map(|bucket| (bucket, total(bucket))).rev().max_by_key(|&(_, events)| events)
}

/// About how many events of the whole histogram come before the moment: whole buckets
/// before it, and its share of the bucket it lies in.
pub fn events_before(histogram: &Histogram, micros: i64) -> u64 {
    let past = micros.saturating_sub(histogram.start_micros).max(0);
    let width = histogram.bucket_micros.max(1);
    let whole = usize::try_from(past / width).unwrap_or(usize::MAX);
    let share = (past % width) as f64 / width as f64;
    let of_series = |counts: &[u32]| {
        let before = sum(&counts[..whole.min(counts.len())]);
        before + (counts.get(whole).copied().unwrap_or(0) as f64 * share) as u64
    };
    histogram.series.iter().map(|series| of_series(&series.counts)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn histogram(series: &[(&str, &[u32])]) -> Histogram {
        let series = series.iter().map(|(value, counts)| Series { value: value.to_string(), counts: counts.to_vec() });
        Histogram { start_micros: 1_000, bucket_micros: 10, series: series.collect() }
    }

    fn check(stack: Field, series: &[(&str, &[u32])], expected: &str) {
        let shown = layers(&histogram(series), stack);
        let shown: Vec<String> =
            shown.iter().map(|layer| format!("{} {} {}", layer.label, layer.hue, layer.events)).collect();
        assert_eq!(shown.join(", "), expected);
    }

    #[test]
    fn order_and_hue() {
        check(Field::Verb, &[], "");
        check(
            Field::Verb,
            &[("delete", &[9, 9]), ("get", &[5, 0]), ("frobnicate", &[1, 0]), ("", &[0, 1])],
            "get 1 5, delete 4 18, frobnicate 2 1, (none) 0 1",
        );
        check(Field::CodeClass, &[("5xx", &[3]), ("2xx", &[1])], "2xx 3 1, 5xx 4 3");
        check(Field::Code, &[("404", &[3]), ("200", &[1]), ("500", &[1])], "404 6 3, 200 3 1, 500 4 1");
    }

    #[test]
    fn a_value_keeps_its_hue_when_counts_change() {
        let hue = |series: &[(&str, &[u32])]| {
            layers(&histogram(series), Field::Namespace).iter().find(|layer| layer.label == "prod").map(|l| l.hue)
        };
        assert_eq!(hue(&[("prod", &[1]), ("dev", &[9])]), hue(&[("dev", &[1]), ("prod", &[9])]));
    }

    #[test]
    fn hues_differ_and_the_rest_is_summed() {
        let names: Vec<String> = (0..30).map(|n| format!("ns-{n}")).collect();
        let series: Vec<(&str, &[u32])> = names.iter().map(|name| (&**name, &[1, 2][..])).collect();
        let shown = layers(&histogram(&series), Field::Namespace);
        assert_eq!(shown.len(), MOST_LAYERS + 1);
        let rest = &shown[MOST_LAYERS];
        assert_eq!((&*rest.label, &rest.value, rest.events, &*rest.counts), ("22 others", &None, 66, &[22, 44][..]));
        // What workers left together is no value, however few there are.
        check(Field::Namespace, &[(OTHER, &[7]), ("prod", &[3])], "prod 5 3, others 0 7");
        let many: Vec<(&str, &[u32])> = [(OTHER, &[5][..])].into_iter().chain(series.iter().copied()).collect();
        let of_many = layers(&histogram(&many), Field::Namespace);
        assert_eq!((&*of_many[MOST_LAYERS].label, of_many[MOST_LAYERS].events), ("others", 71));
        let hues: std::collections::HashSet<_> = shown.iter().map(|layer| layer.hue).collect();
        assert_eq!(hues.len(), shown.len());
    }

    #[test]
    fn peaks_and_ranks() {
        let some = histogram(&[("a", &[1, 5, 0]), ("b", &[4, 0, 0])]);
        assert_eq!(peak(&layers(&some, Field::Verb)), Some((0, 5)));
        assert_eq!(peak(&[]), None);
        for (micros, before) in [(0, 0), (1_000, 0), (1_010, 5), (1_016, 8), (1_020, 10), (i64::MAX, 10)] {
            assert_eq!(events_before(&some, micros), before, "{micros}");
        }
    }

    #[test]
    fn every_stack_field_is_a_facet() {
        assert!(stack_fields().all(|field| field.spec().facet));
        assert!(stack_fields().count() >= 10);
    }
}
