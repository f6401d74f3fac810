use super::*;
use crate::formats::{Shape, parse};
use crate::model::Column;
use crate::query::text::{Needle, Scans};
use crate::store::{Segment, Store};
use crate::worker::progress::{SourceState, SourceStatus};
use proptest::prelude::*;
use std::collections::BTreeSet;

const SOURCES: u16 = 3;
const WORKERS: usize = 3;

/// One LogEntry: of an operation one half, or without one.
#[derive(Debug, Clone)]
struct Entry {
    number: u32,
    operation: Option<(u8, bool)>,
    seconds: Option<u32>,
    bodies: [bool; 2],
}

/// The same number is the same entry, so that of copies it is all one which counts.
fn entry() -> impl Strategy<Value = Entry> {
    (0..60u32).prop_map(|number| Entry {
        number,
        operation: (number % 5 > 0).then_some((number as u8 % 5, number / 5 % 2 == 0)),
        seconds: (number % 11 > 0).then_some(number * 7919 % 9000),
        bodies: [number / 10 % 2 == 0, number / 20 % 2 == 0],
    })
}

impl Entry {
    fn json(&self) -> String {
        let mut payload = serde_json::json!({"methodName": "io.k8s.core.v1.pods.exec.create", "resourceName": "core/v1/namespaces/a/pods/b/exec"});
        for (is_there, name) in self.bodies.iter().zip(["request", "response"]) {
            if *is_there {
                payload[name] = serde_json::json!({"kind": "Pod"});
            }
        }
        let mut entry = serde_json::json!({"insertId": format!("id-{}", self.number), "protoPayload": payload});
        if let Some(seconds) = self.seconds {
            let micros = 1_700_000_000_000_000 + i64::from(seconds) * 1_000_000;
            entry["timestamp"] = crate::model::time::format_rfc3339(micros).into();
        }
        if let Some((operation, is_last)) = self.operation {
            entry["operation"] =
                serde_json::json!({"id": format!("op-{operation}"), (if is_last { "last" } else { "first" }): true});
        }
        entry.to_string() + "\n"
    }
}

/// A file: its entries, and after which of them it is cut into pieces.
#[derive(Debug, Clone)]
struct File {
    source: SourceId,
    pieces: Vec<Vec<Entry>>,
}

fn files() -> impl Strategy<Value = Vec<File>> {
    let pieces = prop::collection::vec(prop::collection::vec(entry(), 0..5), 1..4);
    prop::collection::vec(pieces, 1..=SOURCES as usize)
        .prop_map(|files| (0..).zip(files).map(|(source, pieces)| File { source, pieces }).collect())
}

/// Page and workers without threads.
struct Bench {
    stores: Vec<Store>,
    pairs: Pairs,
}

impl Bench {
    fn new() -> Bench {
        Bench { stores: (0..WORKERS).map(|_| Store::default()).collect(), pairs: Pairs::default() }
    }

    fn parse(&mut self, worker: usize, source: SourceId, start: usize, piece: &[Entry]) {
        let text: String = piece.iter().map(Entry::json).collect();
        let store = &mut self.stores[worker];
        let mut builder = store.builder(source, "file", 0, start as u64);
        parse::parse_piece(text.as_bytes(), &Shape::Lines, &mut builder);
        let segment = builder.finish(0, text.len() as u32);
        store.add(segment);
        let halves = store.segments().last().map(Segment::halves_told).unwrap_or_default();
        self.pairs.add(source, worker as u8, &halves);
    }

    /// Marks all but the first of each identity, as the owners of identities do.
    fn dedup(&mut self) {
        let mut seen = BTreeSet::new();
        for (worker, store) in self.stores.iter_mut().enumerate() {
            let mut rows = Vec::new();
            for segment in store.segments_mut() {
                segment.clear_duplicates();
                for place in 0..segment.len() {
                    if !seen.insert(segment.identities[place]) {
                        segment.mark_duplicate(place);
                        rows.push(segment.first_row + place as u32);
                    }
                }
            }
            self.pairs.mark_duplicates(worker as u8, &rows);
        }
    }

    fn remove(&mut self, source: SourceId) {
        self.pairs.remove_source(source);
        self.stores.iter_mut().for_each(|store| store.remove_source(source));
    }

    fn pair(&mut self) {
        for (worker, changes) in self.pairs.changes() {
            self.stores[usize::from(worker)].pair(&changes);
        }
    }

    /// Everything that is shown of each event that counts, by its identity; sorted.
    fn events(&self) -> Vec<String> {
        let mut all: Vec<String> = Vec::new();
        for store in &self.stores {
            for segment in store.segments() {
                let text = |column: Column, place: usize| {
                    String::from_utf8_lossy(store.dictionary(column).get(segment.columns[column as usize].get(place)))
                        .into_owned()
                };
                segment.live.for_each(|place| {
                    let span_holds =
                        segment.received(place).is_none_or(|at| segment.span.is_some_and(|span| span.contains(at)));
                    assert!(span_holds && (segment.received(place).is_some() || segment.has_untimed));
                    let times = (segment.received(place), segment.latency_micros(place), segment.staged(place));
                    let (flags, level) = (text(Column::Flags, place), text(Column::Level, place));
                    all.push(format!("{:x} {times:?} {flags} {level}", segment.identities[place]));
                });
            }
        }
        all.sort();
        all
    }
}

/// What each half is told, by its record: rows and workers differ from one assignment to the other.
fn states(pairs: &Pairs) -> Vec<String> {
    let state = |open: &Open| match open.told {
        Pairing::Joined(start) => format!("joined {:?} {:?}", start.received, start.bodies),
        other => format!("{other:?}"),
    };
    let half = |open: &Open| (open.source, open.half.operation, open.half.is_last, open.half.time, open.half.bodies.0);
    let mut all: Vec<String> =
        pairs.operations.values().flatten().map(|open| format!("{:?} {}", half(open), state(open))).collect();
    all.sort();
    all
}

/// All of these files at once, each in one piece, by one worker.
fn at_once<'f>(files: impl IntoIterator<Item = &'f File>) -> Bench {
    let mut bench = Bench::new();
    for file in files {
        bench.parse(0, file.source, 0, &file.pieces.concat());
    }
    bench.pair();
    bench.dedup();
    bench
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// Any order, any pieces, any workers, told at any time, files that came and went: as if read at once.
    #[test]
    fn only_what_is_open_decides(
        files in files(),
        order in prop::collection::vec((any::<prop::sample::Index>(), 0..WORKERS, any::<bool>()), 12),
        removed in prop::collection::vec(any::<bool>(), SOURCES as usize),
    ) {
        let mut bench = Bench::new();
        let mut due: Vec<(SourceId, usize, &Vec<Entry>)> = files
            .iter()
            .flat_map(|file| file.pieces.iter().enumerate().map(|(at, piece)| (file.source, at, piece)))
            .collect();
        for (index, worker, is_told) in order {
            if due.is_empty() {
                break;
            }
            let (source, at, piece) = due.swap_remove(index.index(due.len()));
            bench.parse(worker, source, at * 1_000_000, piece);
            if is_told {
                bench.pair();
            }
        }
        prop_assert!(due.is_empty());
        bench.pair();
        bench.dedup();
        let whole = at_once(&files);
        prop_assert_eq!(states(&bench.pairs), states(&whole.pairs));
        prop_assert_eq!(bench.events(), whole.events());

        for file in files.iter().filter(|file| removed[usize::from(file.source)]) {
            bench.remove(file.source);
            bench.pair();
            bench.dedup();
        }
        let rest = at_once(files.iter().filter(|file| !removed[usize::from(file.source)]));
        prop_assert_eq!(states(&bench.pairs), states(&rest.pairs));
        prop_assert_eq!(bench.events(), rest.events());
    }

    /// The account by the page is that of the workers' rows.
    #[test]
    fn every_record_is_accounted_for(files in files()) {
        let bench = at_once(&files);
        let mut status = LoadStatus::default();
        for (source, file) in files.iter().enumerate() {
            let records = file.pieces.iter().map(|piece| piece.len() as u64).sum();
            let mut counts = Counts { events: records, ..Counts::default() };
            for entry in file.pieces.concat() {
                let level = level_index(Flags(u8::from(entry.bodies[0]) * 4 + u8::from(entry.bodies[1]) * 8));
                counts.levels[level] += 1;
                counts.unpaired += u64::from(entry.operation.is_some());
                counts.converted += 1;
                counts.api_versions[0] += 1;
                counts.with_bodies += u64::from(entry.bodies != [false; 2]);
            }
            status.sources.push(source_of(source as SourceId, counts));
        }
        let mut rows = (0, 0, 0);
        for segment in bench.stores.iter().flat_map(Store::segments) {
            let counts = &mut status.sources[usize::from(segment.source)].counts;
            let hidden = |place: usize| segment.half_at(place).is_some_and(|stored| stored.pairing == Pairing::Hidden);
            // As the page counts duplicates: whatever else they are.
            let copies = (0..segment.len()).filter(|&place| {
                !segment.live.contains(place) && (!hidden(place) || segment.half_at(place).is_some_and(|stored| stored.is_duplicate))
            });
            let copies = copies.count() as u64;
            counts.duplicates += copies;
            counts.events -= copies;
            let is_hidden = (0..segment.len()).filter(|&place| hidden(place)).count();
            rows = (rows.0 + segment.live.count(), rows.1 + is_hidden, rows.2 + segment.len());
        }
        bench.pairs.correct(&mut status);
        let total = status.total();
        prop_assert_eq!((total.events, total.other_halves), (rows.0 as u64, rows.1 as u64));
        prop_assert_eq!(total.events + total.other_halves + total.duplicates, rows.2 as u64);
        prop_assert_eq!(total.levels.iter().sum::<u64>(), total.events + total.duplicates);
        prop_assert_eq!(total.converted, total.events + total.duplicates);
        prop_assert!(total.unpaired <= total.converted);
        prop_assert_eq!(total.with_bodies, total.levels[2] + total.levels[3]);
    }
}

fn source_of(id: SourceId, counts: Counts) -> SourceStatus {
    SourceStatus {
        id,
        name: String::new(),
        state: SourceState::Ready,
        bytes_total: None,
        bytes_read: 0,
        text_bytes: 0,
        container: String::new(),
        wrapper: String::new(),
        counts,
        error: None,
    }
}

fn half(number: u32, operation: u8, is_last: bool, seconds: u32, bodies: [bool; 2]) -> Entry {
    Entry { number, operation: Some((operation, is_last)), seconds: Some(seconds), bodies }
}

/// An exec over two files and workers, and what remains of it.
#[test]
fn joined_across_files_and_parted_again() {
    let mut bench = Bench::new();
    bench.parse(0, 0, 0, &[half(1, 1, false, 10, [true, false])]);
    bench.parse(1, 1, 0, &[half(2, 1, true, 6010, [false, false])]);
    let alone = bench.events();
    bench.pair();
    let joined = bench.events();
    assert_eq!(joined.len(), 1);
    // CONVERTED and REQUEST_BODY; long enough for no 32 bits.
    assert!(joined[0].contains("Some(6000000000)") && joined[0].ends_with(" 68 Request"), "{joined:?}");
    let identity = |event: &String| event.split(' ').next().map(str::to_string);
    assert!(alone.iter().any(|event| identity(event) == identity(&joined[0])), "the identity stays");
    assert_eq!(bench.pairs.event_of(RowId { worker: 0, row: 0 }), RowId { worker: 1, row: 0 });
    assert_eq!(bench.pairs.event_of(RowId { worker: 1, row: 0 }), RowId { worker: 1, row: 0 });
    bench.remove(1);
    bench.pair();
    assert_eq!(bench.events().len(), 1);
    assert!(alone.contains(&bench.events()[0]));
    bench.pairs.remove_worker(0);
    assert!(bench.pairs.is_empty() && bench.pairs.by_row.is_empty());
}

/// The worker with the originals dies: what repeated them counts, as events and not as duplicates.
#[test]
fn what_repeated_a_dead_workers_halves_counts() {
    let halves = [half(1, 1, false, 10, [true, false]), half(2, 1, true, 20, [false, false])];
    let mut bench = Bench::new();
    (0..2).for_each(|worker| bench.parse(worker, worker as SourceId, 0, &halves));
    bench.pairs.mark_duplicates(1, &[0, 1]);
    bench.pair();
    bench.pairs.remove_worker(0);
    bench.pair();
    let counts = Counts { events: 2, converted: 2, unpaired: 2, ..Counts::default() };
    let mut status = LoadStatus { sources: vec![source_of(1, counts)], ..LoadStatus::default() };
    bench.pairs.correct(&mut status);
    let total = status.total();
    assert_eq!((total.events, total.duplicates, total.other_halves), (1, 0, 1));
}

/// A text that only the start's record has finds the whole operation, and no longer once its file is gone.
#[test]
fn found_by_what_its_start_says() {
    let halves = [half(1, 1, false, 10, [true, false]), half(2, 1, true, 20, [false, false])];
    let mut bench = Bench::new();
    let mut scans = [Scans::default(), Scans::default()];
    for (worker, half) in halves.iter().enumerate() {
        bench.parse(worker, worker as SourceId, 0, std::slice::from_ref(half));
        let segment = &bench.stores[worker].segments()[0];
        for text in ["id-1", "id-2"] {
            scans[worker].set(text, segment.first_row, Needle::new(text).scan(segment, half.json().as_bytes()));
        }
    }
    let tell = |bench: &Bench, scans: &mut [Scans; 2]| {
        let found: Vec<_> = ["id-1", "id-2"]
            .map(|text| {
                let all = scans.iter().zip(&bench.stores).flat_map(|(scans, store)| scans.in_starts(text, store));
                (text.to_string(), all.collect())
            })
            .to_vec();
        for scans in scans.iter_mut() {
            scans.set_starts(found.clone());
        }
    };
    let is_found = |bench: &Bench, scans: &[Scans; 2], text: &str| {
        let segment = &bench.stores[1].segments()[0];
        scans[1].rows(text, segment).is_some_and(|rows| rows.contains(0))
    };
    tell(&bench, &mut scans);
    assert!(!is_found(&bench, &scans, "id-1") && is_found(&bench, &scans, "id-2"));
    bench.pair();
    tell(&bench, &mut scans);
    assert!(is_found(&bench, &scans, "id-1") && is_found(&bench, &scans, "id-2"));
    bench.remove(0);
    bench.pair();
    assert!(!is_found(&bench, &scans, "id-1"), "at once, whatever was told before");
}
