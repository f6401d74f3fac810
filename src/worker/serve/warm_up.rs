//! Runs what reading and asking run, on made-up events, while nobody waits: browsers compile code
//! well only once it has run for a while, and the first 8 MiB of a file took ten times as long as the next.

use super::turn::next_task;
use super::{Shared, State, texts};
use crate::formats::Shape;
use crate::model::{Field, TimeRange};
use crate::query::question::{FacetAsk, Filter, HistogramAsk, Pattern, Question, Sort, TableAsk};
use std::fmt::Write;

/// Events a round: some milliseconds, after which a request gets its turn.
const EVENTS: u64 = 400;
/// After so many rounds nothing gets quicker any more.
const ROUNDS: usize = 40;
const START_MICROS: i64 = 1_700_000_000_000_000;

/// Stops at the first request that needs the worker.
pub async fn warm_up(state: Shared) {
    let mut scratch = State { workers: 1, ..State::default() };
    let text = events();
    for _ in 0..ROUNDS {
        if state.borrow().asked > 0 {
            return;
        }
        texts::pack(text.as_bytes());
        scratch.parse(&(0, String::new()), (0, 0), text.as_bytes(), &Shape::Lines);
        for filter in filters() {
            scratch.engine.answer(&scratch.store, &question(filter), 0);
        }
        scratch.remove(0);
        next_task().await;
    }
}

fn events() -> String {
    let mut text = String::new();
    for n in 0..EVENTS {
        let (id, verb) = (n.wrapping_mul(0x9e37_79b9_7f4a_7c15), ["get", "list", "update"][n as usize % 3]);
        // Writing to a String does not fail.
        let _ = writeln!(
            text,
            r#"{{"kind":"Event","apiVersion":"audit.k8s.io/v1","level":"Metadata","auditID":"{id:016x}","stage":"ResponseComplete","requestURI":"/apis/apps/v1/namespaces/n{}/deployments/d{n}?timeout=10s","verb":"{verb}","user":{{"username":"system:serviceaccount:kube-system:warm-{}","uid":"{id:016x}","groups":["system:serviceaccounts","system:authenticated"],"extra":{{"authentication.kubernetes.io/pod-name":["warm-{n}"]}}}},"sourceIPs":["10.0.0.{}"],"userAgent":"kubectl/v1.30.{} (linux/amd64)","objectRef":{{"resource":"deployments","namespace":"n{}","name":"d{n}","apiGroup":"apps","apiVersion":"v1","resourceVersion":"{n}"}},"responseStatus":{{"metadata":{{}},"code":{}}},"requestReceivedTimestamp":"2023-11-14T22:{:02}:{:02}.{n:06}Z","stageTimestamp":"2023-11-14T22:{:02}:{:02}.9{n:05}Z","annotations":{{"authorization.k8s.io/decision":"allow","authorization.k8s.io/reason":"RBAC: allowed by ClusterRoleBinding \"warm\" of ClusterRole \"warm\" to ServiceAccount \"warm/kube-system\""}}}}"#,
            n % 7,
            n % 5,
            n % 3,
            n % 4,
            n % 7,
            200 + n % 5,
            n / 60 % 60,
            n % 60,
            n / 60 % 60,
            n % 60,
        );
    }
    text
}

fn filters() -> [Filter; 2] {
    [Filter::all(), Filter::Is(Field::Verb, vec![Pattern::Exact("update".to_string())])]
}

fn question(filter: Filter) -> Question {
    let facet = |field| FacetAsk { field, limit: 10, find: String::new(), by_name: false };
    Question {
        filter,
        window: None::<TimeRange>,
        facets: Field::facets().map(facet).collect(),
        histogram: Some(HistogramAsk {
            start_micros: START_MICROS,
            bucket_micros: 1_000_000,
            buckets: 200,
            stack: Field::Verb,
        }),
        table: TableAsk {
            columns: vec![Field::Time, Field::Verb, Field::User, Field::Name],
            sort: Sort { field: Field::Time, descending: true },
            limit: 100,
        },
    }
}
