//! Properties of store and engine, against the plainest code that could be right.

use super::answer::FacetValue;
use super::arbitrary::{Shard, SmallEvent, answers, matches, segment, shard};
use super::merge;
use super::partial::{Selection, seek};
use super::question::*;
use super::rows::row_key;
use crate::model::user::{client_product, code_class, user_kind};
use crate::model::{Field, TimeRange};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

const BASE_MICROS: i64 = 1_700_000_000_000_000;

/// The fields that the plain rows below know.
const FIELDS: [Field; 14] = [
    Field::Verb,
    Field::User,
    Field::UserKind,
    Field::Group,
    Field::SourceIp,
    Field::Client,
    Field::UserAgent,
    Field::Namespace,
    Field::Resource,
    Field::Name,
    Field::Code,
    Field::CodeClass,
    Field::Decision,
    Field::DryRun,
];

#[derive(Debug, Clone)]
struct Plain {
    seconds: Option<i64>,
    latency_micros: Option<i64>,
    verb: &'static str,
    user: &'static str,
    groups: Vec<&'static str>,
    ips: Vec<&'static str>,
    agent: &'static str,
    namespace: &'static str,
    resource: &'static str,
    name: String,
    code: u16,
    decision: &'static str,
    dry_run: bool,
}

fn pick(values: &'static [&'static str]) -> impl Strategy<Value = &'static str> {
    prop::sample::select(values)
}

fn plain() -> impl Strategy<Value = Plain> {
    let who = (
        pick(&["get", "list", "delete", "create", ""]),
        pick(&["alice", "Bob", "system:node:n1", "system:serviceaccount:a:b", ""]),
        prop::collection::vec(pick(&["g1", "g2", "g3"]), 0..5),
        prop::collection::vec(pick(&["10.0.0.1", "::1"]), 0..3),
        pick(&["kubectl/v1 (x)", "curl/8", "", "kubectl/v2"]),
    );
    let what = (
        pick(&["prod", "dev", ""]),
        pick(&["pods", "secrets", ""]),
        "[a-c]{0,2}",
        prop::sample::select(vec![0u16, 200, 201, 403, 404, 500]),
        pick(&["allow", "forbid", ""]),
        any::<bool>(),
    );
    let when = (prop::option::weighted(0.9, 0..400i64), prop::option::weighted(0.8, 0..5_000_000i64));
    (who, what, when).prop_map(|(who, what, when)| Plain {
        seconds: when.0,
        latency_micros: when.0.and(when.1),
        verb: who.0,
        user: who.1,
        groups: who.2,
        ips: who.3,
        agent: who.4,
        namespace: what.0,
        resource: what.1,
        name: what.2,
        code: what.3,
        decision: what.4,
        dry_run: what.5,
    })
}

impl Plain {
    fn received(&self) -> Option<i64> {
        self.seconds.map(|seconds| BASE_MICROS + seconds * 1_000_000)
    }

    fn json(&self, number: usize) -> String {
        let stamp = |micros: Option<i64>| micros.map(crate::model::time::format_rfc3339);
        serde_json::json!({
            "kind": "Event", "apiVersion": "audit.k8s.io/v1", "level": "Metadata", "auditID": format!("id-{number}"),
            "stage": "ResponseComplete", "requestURI": if self.dry_run { "/api?dryRun=All" } else { "/api?x=1" },
            "verb": self.verb, "user": {"username": self.user, "groups": self.groups}, "sourceIPs": self.ips,
            "userAgent": self.agent,
            "objectRef": {"resource": self.resource, "namespace": self.namespace, "name": self.name},
            "responseStatus": {"code": self.code},
            "requestReceivedTimestamp": stamp(self.received()),
            "stageTimestamp": stamp(self.received().zip(self.latency_micros).map(|(from, latency)| from + latency)),
            "annotations": {"authorization.k8s.io/decision": self.decision},
        })
        .to_string()
    }

    fn small(&self, number: usize) -> SmallEvent {
        let code = if self.code == 0 { String::new() } else { self.code.to_string() };
        let one = |value: &str| vec![value.to_string()];
        let many = |values: &[&str]| values.iter().map(|value| value.to_string()).collect::<Vec<_>>();
        let mut values: BTreeMap<Field, Vec<String>> = BTreeMap::from([
            (Field::Verb, one(self.verb)),
            (Field::User, one(self.user)),
            (Field::UserKind, one(user_kind(self.user))),
            (Field::Group, many(&self.groups)),
            (Field::SourceIp, many(&self.ips)),
            (Field::Client, one(client_product(self.agent))),
            (Field::UserAgent, one(self.agent)),
            (Field::Namespace, one(self.namespace)),
            (Field::Resource, one(self.resource)),
            (Field::Name, one(&self.name)),
            (Field::Code, vec![code]),
            (Field::CodeClass, one(code_class(self.code))),
            (Field::Decision, one(self.decision)),
            (Field::DryRun, one(if self.dry_run { "yes" } else { "" })),
        ]);
        values.retain(|_, values| {
            values.retain(|value| !value.is_empty());
            !values.is_empty()
        });
        let mut numbers = BTreeMap::new();
        numbers.extend(self.received().map(|micros| (Field::Time, micros)));
        numbers.extend(self.latency_micros.map(|micros| (Field::Latency, micros)));
        if self.code > 0 {
            numbers.insert(Field::Code, i64::from(self.code));
        }
        SmallEvent { values, numbers, raw: self.json(number) }
    }
}

fn filter() -> impl Strategy<Value = Filter> {
    let pattern = prop_oneof![
        pick(&["get", "alice", "ALICE", "g1", "prod", "403", "4xx", "a", "", "kubectl", "yes"])
            .prop_map(|text| Pattern::Exact(text.into())),
        pick(&["*", "system:*", "*o*", "k*l", "4*"]).prop_map(|text| Pattern::Wildcard(text.into())),
    ];
    let number = prop::sample::select(vec![
        (Field::Code, 403),
        (Field::Latency, 1_000_000),
        (Field::Time, BASE_MICROS + 200_000_000),
    ]);
    let leaf = prop_oneof![
        6 => (prop::sample::select(FIELDS.to_vec()), prop::collection::vec(pattern, 1..3))
            .prop_map(|(field, patterns)| Filter::Is(field, patterns)),
        2 => (number, super::arbitrary::relation())
            .prop_map(|((field, number), relation)| Filter::Compare(field, relation, number)),
        1 => pick(&["alice", "SECRETS", "id-1", "nowhere"]).prop_map(|text| Filter::Text(text.into())),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Filter::And),
            prop::collection::vec(inner.clone(), 0..3).prop_map(Filter::Or),
            inner.prop_map(|part| Filter::Not(Box::new(part))),
        ]
    })
}

/// Events dealt out to `workers` in pieces of `piece` lines.
fn shards(events: &[Plain], workers: usize, piece: usize, filter: &Filter) -> Vec<Shard> {
    let lines: Vec<String> = events.iter().enumerate().map(|(number, event)| event.json(number) + "\n").collect();
    // A piece without an event before all others.
    let mut pieces: Vec<Vec<String>> = vec![vec!["no event\n".to_string()]; workers];
    for (at, chunk) in lines.chunks(piece).enumerate() {
        pieces[at % workers].push(chunk.concat());
    }
    pieces.iter().enumerate().map(|(worker, pieces)| shard(worker as u8, pieces, filter)).collect()
}

fn question(filter: &Filter, window: Option<TimeRange>, sort: Sort) -> Question {
    let facets = FIELDS.map(|field| FacetAsk { field, limit: 100, find: String::new(), by_name: false });
    let histogram =
        HistogramAsk { start_micros: BASE_MICROS, bucket_micros: 37_000_000, buckets: 11, stack: Field::Verb };
    Question {
        filter: filter.clone(),
        window,
        facets: facets.to_vec(),
        histogram: Some(histogram),
        table: TableAsk { columns: vec![Field::User, Field::Name], sort, limit: 7 },
    }
}

fn naive_facet(events: &[SmallEvent], filter: &Filter, window: Option<TimeRange>, field: Field) -> Vec<FacetValue> {
    let mut counts: BTreeMap<String, u64> = BTreeMap::new();
    let others = filter.without_own_choices(field);
    for event in events.iter().filter(|event| matches(&others, event) && in_window(event, window)) {
        let none = vec![String::new()];
        // A group or address named twice in one event is one event's all the same.
        let own: BTreeSet<&String> = event.values.get(&field).unwrap_or(&none).iter().collect();
        for value in own {
            *counts.entry(value.clone()).or_default() += 1;
        }
    }
    let mut values: Vec<FacetValue> = counts.into_iter().map(|(value, events)| FacetValue { value, events }).collect();
    values.sort_by(|a, b| b.events.cmp(&a.events).then_with(|| a.value.cmp(&b.value)));
    values
}

fn in_window(event: &SmallEvent, window: Option<TimeRange>) -> bool {
    window.is_none_or(|window| event.numbers.get(&Field::Time).is_some_and(|&micros| window.contains(micros)))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn answers_equal_a_naive_reading(
        events in prop::collection::vec(plain(), 0..60),
        filter in filter(),
        workers in 1..4usize,
        piece in 1..20usize,
        window in prop::option::of((0..400i64, 1..400i64)),
        sort_field in prop::sample::select(vec![Field::Time, Field::Latency, Field::User, Field::Code, Field::Name]),
        descending in any::<bool>(),
        everything_first in any::<bool>(),
        aside in prop::collection::vec(plain(), 0..5),
    ) {
        let window = window.map(|(from, width)| TimeRange {
            start_micros: BASE_MICROS + from * 1_000_000,
            end_micros: BASE_MICROS + (from + width) * 1_000_000,
        });
        let sort = Sort { field: sort_field, descending };
        let question = question(&filter, window, sort);
        let mut shards = shards(&events, workers, piece, &filter);
        // What is read and kept aside changes no answer either.
        let text: String = aside.iter().enumerate().map(|(number, event)| event.json(9_000 + number) + "\n").collect();
        shards.iter_mut().for_each(|shard| drop(segment(&mut shard.store, 99, &text)));
        let everything = Question { filter: Filter::all(), window: None, ..question.clone() };
        if everything_first {
            answers(&mut shards, &everything);
        }
        let partials = answers(&mut shards, &question);
        // What an engine keeps of other questions changes no answer.
        answers(&mut shards, &everything);
        prop_assert_eq!(&partials, &answers(&mut shards, &question));
        let answer = merge::merge(&question, partials);

        let small: Vec<SmallEvent> = events.iter().enumerate().map(|(number, event)| event.small(number)).collect();
        let expected: Vec<&SmallEvent> =
            small.iter().filter(|event| matches(&filter, event) && in_window(event, window)).collect();
        prop_assert_eq!(answer.events, expected.len() as u64);
        prop_assert_eq!(answer.total, events.len() as u64);
        prop_assert_eq!(answer.unscanned, 0);
        let untimed = expected.iter().filter(|event| !event.numbers.contains_key(&Field::Time)).count();
        prop_assert_eq!(answer.events_without_time, untimed as u64);
        for field in FIELDS {
            let facet = answer.facet(field).unwrap();
            prop_assert!(facet.complete);
            prop_assert_eq!(&facet.values, &naive_facet(&small, &filter, window, field), "{:?}", field);
        }
        for series in &answer.histogram.series {
            for (bucket, &count) in series.counts.iter().enumerate() {
                let start = BASE_MICROS + bucket as i64 * 37_000_000;
                let own = expected.iter().filter(|event| {
                    let verb = event.values.get(&Field::Verb).map_or("", |verbs| verbs[0].as_str());
                    let time = event.numbers.get(&Field::Time);
                    verb == series.value && time.is_some_and(|time| (start..start + 37_000_000).contains(time))
                });
                prop_assert_eq!(count as usize, own.count());
            }
        }
    }

    #[test]
    fn pages_of_shards_are_the_pages_of_one(
        events in prop::collection::vec(plain(), 0..80),
        filter in filter(),
        workers in 1..5usize,
        piece in 1..20usize,
        first in 0..80u64,
        samples in 1..6u64,
        sort_field in prop::sample::select(vec![Field::Time, Field::Latency, Field::User, Field::Code, Field::Name]),
        descending in any::<bool>(),
    ) {
        let sort = Sort { field: sort_field, descending };
        let selection = Selection { filter: filter.clone(), window: None, sort };
        let mut shards = shards(&events, workers, piece, &filter);

        // The whole order, from every key there is.
        let mut whole = Vec::new();
        for shard in &mut shards {
            whole.extend(shard.engine.keys(&shard.store, &selection, 0, u64::MAX, shard.worker));
        }
        whole.sort_by(|a, b| a.compare(b, descending));

        // A stretch of it, as the page finds one.
        let sampled: Vec<_> =
            shards.iter_mut().map(|s| s.engine.samples(&s.store, &selection, samples, s.worker)).collect();
        let steps: Vec<u64> = sampled.iter().map(|(_, step, _)| *step).collect();
        let keys: Vec<_> = sampled.into_iter().map(|(_, _, keys)| keys).collect();
        let (ranks, over) = seek(&keys, &steps, first, descending);
        let mut stretch = Vec::new();
        for (shard, rank) in shards.iter_mut().zip(ranks) {
            stretch.extend(shard.engine.keys(&shard.store, &selection, rank, over + 5, shard.worker));
        }
        stretch.sort_by(|a, b| a.compare(b, descending));
        let stretch: Vec<_> = stretch.into_iter().skip(over as usize).take(5).collect();
        let expected: Vec<_> = whole.iter().skip(first as usize).take(5).cloned().collect();
        prop_assert_eq!(&stretch, &expected);

        // The first rows of an answer are the first of the order.
        let question = question(&filter, None, sort);
        let partials = answers(&mut shards, &question);
        let rows: Vec<_> = merge::merge(&question, partials).rows.into_iter().map(|row| row.id).collect();
        prop_assert_eq!(rows, whole.iter().take(7).map(|key| key.id).collect::<Vec<_>>());

        // And each row knows its rank.
        for (rank, key) in whole.iter().enumerate().step_by(7) {
            let found = shards.iter_mut().map(|s| s.engine.rank(&s.store, &selection, key, s.worker));
            let (before, own) = found.fold((0, false), |sum, (before, own)| (sum.0 + before, sum.1 || own));
            prop_assert_eq!((before, own), (rank as u64, true));
        }
    }

    #[test]
    fn columns_equal_plain_rows(events in prop::collection::vec(plain(), 0..60), piece in 1..20usize) {
        let all = Filter::all();
        let shards = shards(&events, 1, piece, &all);
        let store = &shards[0].store;
        let rows = store.segments().iter().flat_map(|segment| (segment.first_row..).take(segment.len()));
        for ((number, event), row) in events.iter().enumerate().zip(rows) {
            let (segment, place) = store.locate(row).unwrap();
            prop_assert_eq!(segment.received(place), event.received());
            prop_assert_eq!(segment.latency_micros(place), event.latency_micros.map(|micros| micros as u64));
            let small = event.small(number);
            for field in FIELDS {
                let mut values = store.values_of(field, segment, place);
                values.retain(|value| !value.is_empty());
                prop_assert_eq!(&values[..], small.values.get(&field).map_or(&[][..], Vec::as_slice));
            }
            let key = row_key(store, 0, row, Sort { field: Field::Time, descending: true }).unwrap();
            prop_assert_eq!(key.received, event.received());
        }
    }

    #[test]
    fn short_facet_lists_stay_exact_after_a_recount(
        names in prop::collection::vec(0..1500u32, 0..1500),
        workers in 1..4usize,
        limit in 1..20u32,
    ) {
        let events: Vec<Plain> = names.iter().map(|name| Plain {
            seconds: Some(1), latency_micros: None, verb: "get", user: "alice", groups: vec![], ips: vec![], agent: "",
            namespace: "", resource: "pods", name: format!("pod-{name}"), code: 200, decision: "", dry_run: false,
        }).collect();
        let all = Filter::all();
        let ask = FacetAsk { field: Field::Name, limit, find: String::new(), by_name: false };
        let mut shards = shards(&events, workers, 50, &all);
        let parts: Vec<_> = shards.iter_mut().map(|s| s.engine.one_facet(&s.store, &all, None, &ask)).collect();
        let mut facet = merge::merge_facet(&ask, &parts);
        if let Some(values) = merge::values_to_recount(&facet, &parts) {
            let counts: Vec<_> = shards
                .iter_mut()
                .map(|s| s.engine.count_values(&s.store, &all, None, Field::Name, &values))
                .collect();
            merge::set_counts(&mut facet, &ask, &counts);
        }
        let mut truth: BTreeMap<String, u64> = BTreeMap::new();
        events.iter().for_each(|event| *truth.entry(event.name.clone()).or_default() += 1);
        prop_assert!(facet.values.len() <= limit as usize);
        prop_assert!(facet.distinct <= truth.len() as u64);
        prop_assert!(!facet.distinct_is_exact || facet.distinct == truth.len() as u64);
        prop_assert!(facet.distinct_is_exact || workers > 1);
        for value in &facet.values {
            prop_assert_eq!(Some(&value.events), truth.get(&value.value));
        }
        for (name, events) in truth {
            if facet.values.iter().all(|value| value.value != name) {
                prop_assert!(events <= facet.unlisted_at_most, "{} has {}", name, events);
            }
        }
    }
}
