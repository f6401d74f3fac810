//! Shards merged equal one, and both the plainest reading of the sorted times.

use super::count::{originals, part, repeats as repeats_of};
use super::gaps::Rhythm;
use super::twins::{self, Shared};
use super::{Coverage, Facts, Grid, merge};
use crate::formats::{Shape, parse};
use crate::model::time::format_rfc3339;
use crate::model::{Micros, TimeRange};
use crate::store::Store;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

const BASE_MICROS: i64 = 1_700_000_000_000_000;

#[derive(Debug, Clone)]
struct Plain {
    id: u32,
    source: u16,
    micros: Option<Micros>,
    truncated: bool,
    cut_agent: bool,
    body: bool,
}

impl Plain {
    fn json(&self) -> String {
        serde_json::json!({
            "kind": "Event", "apiVersion": "audit.k8s.io/v1", "auditID": format!("id-{}", self.id),
            "stage": "ResponseComplete", "verb": "get",
            "userAgent": if self.cut_agent { "curl...TRUNCATED" } else { "curl" },
            "requestObject": self.body.then_some(serde_json::json!({"a": 1})),
            "requestReceivedTimestamp": self.micros.map(format_rfc3339),
            "stageTimestamp": self.micros.map(format_rfc3339),
            "annotations": if self.truncated { serde_json::json!({"audit.k8s.io/truncated": "true"}) } else { serde_json::json!({}) },
        })
        .to_string()
    }
}

fn plain() -> impl Strategy<Value = Plain> {
    let micros =
        prop_oneof![3 => 0..20_000_000i64, 2 => 0..4_000_000_000i64, 1 => 3_600_000_000_000..3_600_010_000_000i64];
    (0..40u32, 0..3u16, prop::option::weighted(0.95, micros), any::<[bool; 3]>()).prop_map(
        |(id, source, past, flags)| {
            // The same id is the same event: its facts hang on it.
            let [truncated, cut_agent, body] = if id % 2 == 0 { [false; 3] } else { flags };
            Plain {
                id: if id < 8 { id } else { id * 1000 + past.unwrap_or(0) as u32 % 1000 },
                source,
                micros: past.map(|past| BASE_MICROS + past),
                truncated,
                cut_agent,
                body,
            }
        },
    )
}

/// Events dealt out to `workers`, in pieces of one source each; what came before is a duplicate.
fn stores(events: &[Plain], workers: usize) -> Vec<Store> {
    let mut stores: Vec<Store> = (0..workers).map(|_| Store::default()).collect();
    let mut seen = BTreeSet::new();
    for (at, event) in events.iter().enumerate() {
        let store = &mut stores[at % workers];
        let text = event.json();
        let mut builder = store.builder(event.source, "file", 0, at as u64);
        parse::parse_piece(text.as_bytes(), &Shape::Lines, &mut builder);
        let mut segment = builder.finish(0, text.len() as u32);
        if !seen.insert(segment.identities[0]) {
            segment.live.remove(0);
        }
        store.add(segment);
    }
    stores
}

fn covered(stores: &[Store], grid: Grid) -> Coverage {
    merge(grid, stores.iter().map(|store| part(store, &grid)).collect())
}

fn span(times: &[Micros]) -> Option<TimeRange> {
    let (first, last) = times.iter().min().zip(times.iter().max())?;
    Some(TimeRange { start_micros: *first, end_micros: last + 1 })
}

/// The rhythm of sorted times, cell by cell.
fn naive_rhythm(times: &[Micros], grid: &Grid) -> Rhythm {
    let mut cells: BTreeMap<i64, (Micros, Micros)> = BTreeMap::new();
    for &micros in times {
        let own = cells.entry((micros - grid.start_micros) / grid.cell_micros).or_insert((micros, micros));
        *own = (own.0.min(micros), own.1.max(micros));
    }
    Rhythm::of(&cells.into_values().collect::<Vec<_>>(), grid.cell_micros)
}

fn shared(stores: &[Store], slices: u32) -> Vec<Shared> {
    let mut found = Vec::new();
    for slice in 0..slices {
        let repeats: Vec<_> = stores.iter().flat_map(|store| repeats_of(store, slice, slices)).collect();
        found.extend(stores.iter().flat_map(|store| originals(store, &repeats)));
    }
    twins::merge(found)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn shards_merged_equal_one_and_a_plain_reading(events in prop::collection::vec(plain(), 1..60), workers in 1..5usize, slices in 1..4u32) {
        let times = |keep: &dyn Fn(&Plain) -> bool| -> Vec<Micros> {
            events.iter().filter(|event| keep(event)).filter_map(|event| event.micros).collect()
        };
        let Some(whole) = span(&times(&|_| true)) else { return Ok(()) };
        let grid = Grid::plan(whole, 3);
        let (split, one) = (stores(&events, workers), stores(&events, 1));
        let coverage = covered(&split, grid);
        prop_assert_eq!(&coverage, &covered(&one, grid));
        prop_assert_eq!(&coverage.rhythm, &naive_rhythm(&times(&|_| true), &grid));
        for source in &coverage.sources {
            let own = times(&|event| event.source == source.source);
            prop_assert_eq!(source.span, span(&own));
            prop_assert_eq!(&source.rhythm, &naive_rhythm(&own, &grid));
        }
        let total = coverage.sources.iter().fold(Facts::default(), |mut sum, of| { sum.add(&of.facts); sum });
        prop_assert_eq!(coverage.facts, total);
        let live = split.iter().map(Store::live_events).sum::<u64>();
        prop_assert_eq!(total.events, live);
        // Every repeat has one original, whoever holds it and however it is sliced.
        let pairs = shared(&split, slices);
        prop_assert_eq!(&pairs, &shared(&one, 1));
        prop_assert_eq!(pairs.iter().map(|pair| pair.events).sum::<u64>(), events.len() as u64 - live);
    }

    /// Whatever the cells, a pause of two cells or more is found with its exact ends.
    #[test]
    fn long_pauses_are_exact(mut times in prop::collection::vec(0..2_000_000_000i64, 2..200), cells in 1..500i64) {
        times.sort_unstable();
        let width = times[times.len() - 1] - times[0] + 1;
        let cell_micros = (width / cells).max(1);
        let grid = Grid { start_micros: times[0], cell_micros, cells: (width / cell_micros + 1) as u32 };
        let longest = times.windows(2).map(|pair| (pair[1] - pair[0], pair[0])).max_by_key(|pause| pause.0).unwrap();
        prop_assume!(longest.0 >= 2 * cell_micros);
        prop_assert_eq!(naive_rhythm(&times, &grid).longest_pause.map(|pause| pause.width_micros()), Some(longest.0));
    }
}

fn check(events: &[Plain], expected: Facts) {
    let times: Vec<Micros> = events.iter().filter_map(|event| event.micros).collect();
    let grid = Grid::plan(span(&times).unwrap(), 1);
    assert_eq!(covered(&stores(events, 2), grid).facts, expected);
}

#[test]
fn facts() {
    let plain = Plain { id: 1, source: 0, micros: Some(BASE_MICROS), truncated: false, cut_agent: false, body: false };
    check(std::slice::from_ref(&plain), Facts { events: 1, ..Facts::default() });
    let cut = Plain { id: 2, truncated: true, cut_agent: true, body: true, ..plain.clone() };
    let untimed = Plain { id: 3, micros: None, ..plain.clone() };
    let all = [plain.clone(), cut.clone(), untimed, plain, cut];
    check(&all, Facts { events: 3, untimed: 1, truncated: 1, cut_agents: 1, with_bodies: 1 });
}

#[test]
fn grids() {
    for (seconds, sources, cell_micros, cells) in [
        (0, 1, 1_000_000, 1),
        (10, 1, 1_000_000, 10),
        (131_072, 1, 1_000_000, 131_072),
        (131_073, 4, 1_000_008, 131_072),
        (131_072, 1000, 32_000_000, 4096),
    ] {
        let span = TimeRange { start_micros: BASE_MICROS, end_micros: BASE_MICROS + seconds * 1_000_000 };
        let expected = Grid { start_micros: BASE_MICROS, cell_micros, cells };
        assert_eq!(Grid::plan(span, sources), expected, "{seconds} s, {sources} sources");
    }
    let everything = Grid::plan(TimeRange { start_micros: i64::MIN, end_micros: i64::MAX }, 1);
    assert_eq!(everything.cell_of(0).is_some(), everything.cell_of(i64::MAX).is_some());
}
