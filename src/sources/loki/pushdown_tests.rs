//! What Loki counts equals what a file of the same events counts: a hundred filters, made of values
//! that occur, sent to the stand-in (tests/loki_standin) and asked of the query engine.

use super::super::api::{self, Series};
use super::super::failure::Reply;
use super::*;
use crate::formats::{Shape, parse};
use crate::model::TimeRange;
use crate::query::answer::Answer;
use crate::query::engine::Engine;
use crate::query::logql::{FacetQuery, Split, Target, is_derived};
use crate::query::merge::merge;
use crate::query::question::{Filter, Pattern, Question, Relation, Sort, TableAsk};
use crate::query::text::Needle;
use crate::store::Store;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};

const EVENTS: usize = 2_000;
const FILTERS: usize = 100;

struct Standin {
    process: Child,
    address: String,
}

impl Drop for Standin {
    fn drop(&mut self) {
        // Gone already is fine.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Standin {
    fn start(file: &std::path::Path) -> Option<Standin> {
        let server = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/loki_standin/server.mjs");
        let mut command = Command::new("node");
        command.arg(server).arg("--load").arg(file).arg("--series").arg("100000").stdout(Stdio::piped());
        let mut process = command.spawn().ok()?;
        let mut line = String::new();
        BufReader::new(process.stdout.take()?).read_line(&mut line).ok()?;
        let address = line.trim().trim_start_matches("http://").to_string();
        Some(Standin { process, address })
    }

    fn series(&self, path: &str, params: &[(&str, String)]) -> Vec<Series> {
        let query: Vec<String> = params.iter().map(|(name, value)| format!("{name}={}", percent(value))).collect();
        let mut stream = TcpStream::connect(&self.address).expect("the stand-in listens");
        // HTTP/1.0: the answer is not chunked and ends with the connection.
        write!(stream, "GET /loki/api/v1/{path}?{} HTTP/1.0\r\n\r\n", query.join("&")).expect("sent");
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).expect("an answer");
        let body = answer.windows(4).position(|four| four == b"\r\n\r\n").expect("headers") + 4;
        let status = String::from_utf8_lossy(&answer[9..12]).parse().expect("a status");
        let reply = Reply { status, content_type: "", retry_after_millis: None, body: &answer[body..] };
        api::series(reply).unwrap_or_else(|failure| panic!("{params:?}: {failure:?}"))
    }
}

fn percent(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte);
    text.bytes().map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}

struct Held {
    store: Store,
    engine: Engine,
    text: Vec<u8>,
}

impl Held {
    fn of(text: Vec<u8>) -> Held {
        let mut store = Store::default();
        let mut builder = store.builder(0, "file", 0, 0);
        parse::parse_piece(&text, &Shape::Lines, &mut builder);
        let segment = builder.finish(0, text.len() as u32);
        store.add(segment);
        Held { store, engine: Engine::default(), text }
    }

    fn answer(&mut self, question: &Question) -> Answer {
        for wanted in question.filter.texts() {
            let segment = &self.store.segments()[0];
            self.engine.scans.set(wanted, segment.first_row, Needle::new(wanted).scan(segment, &self.text));
        }
        let partial = self.engine.answer(&self.store, question, 0);
        merge(question, vec![partial])
    }
}

/// A small generator of its own: the same filters on every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % sides
    }

    fn leaf(&mut self, values: &[(Field, Vec<String>)]) -> Filter {
        match self.roll(8) {
            0 => Filter::Text(["delete", "system:", "10.0.", "SECRETS", "no such text"][self.roll(5)].to_string()),
            1 => {
                let relation = [Relation::Less, Relation::AtMost, Relation::More, Relation::AtLeast][self.roll(4)];
                Filter::Compare(Field::Code, relation, [200, 201, 400, 404][self.roll(4)])
            }
            _ => {
                let (field, of) = &values[self.roll(values.len())];
                let patterns = (0..1 + self.roll(3)).map(|_| {
                    let value = &of[self.roll(of.len())];
                    match self.roll(4) {
                        0 if value.len() > 3 && value.is_ascii() => Pattern::Wildcard(format!("{}*", &value[..3])),
                        1 => Pattern::Exact(value.to_uppercase()),
                        _ => Pattern::Exact(value.clone()),
                    }
                });
                Filter::Is(*field, patterns.collect())
            }
        }
    }

    fn filter(&mut self, values: &[(Field, Vec<String>)], depth: usize) -> Filter {
        match if depth == 0 { 9 } else { self.roll(8) } {
            0 | 1 => Filter::And((0..2 + self.roll(2)).map(|_| self.filter(values, depth - 1)).collect()),
            2 => Filter::Or((0..2 + self.roll(2)).map(|_| self.filter(values, depth - 1)).collect()),
            3 => Filter::Not(Box::new(self.filter(values, depth - 1))),
            _ => self.leaf(values),
        }
    }
}

fn facet_ask(field: Field) -> FacetAsk {
    FacetAsk { field, limit: 10_000, find: String::new(), by_name: true }
}

fn question(filter: Filter, field: Field, histogram: Option<HistogramAsk>) -> Question {
    let sort = Sort { field: Field::Time, descending: true };
    let table = TableAsk { columns: vec![Field::Verb], sort, limit: 1 };
    Question { filter, window: None, facets: vec![facet_ask(field)], histogram, table }
}

#[test]
fn counts_of_loki_equal_counts_of_the_same_events_in_a_file() {
    let packed = include_bytes!("../../../public/sample.log.gz");
    let mut text = String::new();
    flate2::read::GzDecoder::new(&packed[..]).read_to_string(&mut text).expect("the sample unpacks");
    let text: String = text.lines().take(EVENTS).flat_map(|line| [line, "\n"]).collect();
    let file = std::env::temp_dir().join(format!("auditscope-pushdown-{}.jsonl", std::process::id()));
    std::fs::write(&file, &text).expect("a file in the temporary directory");
    let Some(standin) = Standin::start(&file) else {
        println!("skipped: there is no node to run the stand-in with");
        return;
    };
    let mut held = Held::of(text.into_bytes());
    let target = Target { selector: "{component=\"audit\"}".to_string(), compact: true };
    let asked: Vec<Field> = Field::facets().filter(|field| label_of(*field).is_some()).collect();
    let values: Vec<(Field, Vec<String>)> = asked
        .iter()
        .map(|&field| {
            let answer = held.answer(&question(Filter::all(), field, None));
            (field, answer.facets[0].values.iter().map(|value| value.value.clone()).collect())
        })
        .collect();
    let span = TimeRange { start_micros: 1_772_512_000_000_000, end_micros: 1_772_550_000_000_000 };
    let (start_micros, bucket_micros, buckets) = crate::query::buckets::plan(span, 50);
    let nanos = (span.end_micros - span.start_micros) * NANOS_PER_MICRO;
    let time = || ("time", (span.end_micros * NANOS_PER_MICRO - 1).to_string());
    let mut dice = Dice(4);
    let (mut some, mut not_exact) = (0, 0);
    for round in 0..FILTERS {
        let filter = if round == 0 { Filter::all() } else { dice.filter(&values, 2) };
        let field = asked[round % asked.len()];
        let ask = HistogramAsk { start_micros, bucket_micros, buckets, stack: asked[round / 3 % asked.len()] };
        let split = Split::of(&filter);
        not_exact += usize::from(!split.is_exact());
        // Loki knows the pushed part alone; the page applies the rest to it.
        let local = held.answer(&question(split.pushed.clone(), field, Some(ask.clone())));
        some += usize::from(local.events > 0 && local.events < EVENTS as u64);
        let whole = held.answer(&question(Filter::And(vec![split.pushed.clone(), split.local.clone()]), field, None));
        assert_eq!(whole.events, held.answer(&question(filter.clone(), field, None)).events, "{filter:?}");

        let logql = split.total(&target, nanos);
        let series = standin.series("query", &[("query", logql.clone()), time()]);
        assert_eq!(total(&series), local.events, "{filter:?}\n{logql}");

        let facet_split = Split::of(&split.pushed.without_own_choices(field));
        let top = (!is_derived(field)).then_some(100_000);
        let logql = facet_split.facet(&target, &FacetQuery { field, find: "", top }, nanos).expect("a label");
        let series = standin.series("query", &[("query", logql.clone()), time()]);
        assert_eq!(facet(&series, &facet_ask(field), None).values, local.facets[0].values, "{filter:?}\n{logql}");

        let steps = Steps::of(&ask).expect("steps");
        let logql = split.histogram(&target, ask.stack, steps.step_micros * NANOS_PER_MICRO).expect("a label");
        let stretches: Vec<_> = steps
            .ranges(&ask)
            .into_iter()
            .map(|range| {
                let (start, end) = (range.start_nanos.to_string(), range.end_nanos.to_string());
                standin.series(
                    "query_range",
                    &[("query", logql.clone()), ("start", start), ("end", end), ("step", steps.step_param())],
                )
            })
            .collect();
        let over_time = histogram(&stretches, &ask, steps, Some(ask.stack));
        let counts = |histogram: &Histogram| -> std::collections::BTreeMap<String, Vec<u32>> {
            let some = histogram.series.iter().filter(|series| series.counts.iter().any(|&count| count > 0));
            some.map(|series| (series.value.clone(), series.counts.clone())).collect()
        };
        assert_eq!(counts(&over_time), counts(&local.histogram), "{filter:?}\n{logql}");
    }
    std::fs::remove_file(&file).expect("the file goes again");
    assert!(some > FILTERS / 4, "most filters should find some and not all: {some}");
    println!("{some} of {FILTERS} filters found some and not all; {not_exact} left a part to the page");
}
