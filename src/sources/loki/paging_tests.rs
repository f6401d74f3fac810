//! Against a naive Loki in memory that shuffles ties on every request, as the real one may.

use super::super::api::{Entry, Labels, Stream};
use super::*;
use crate::worker::loki::page::Page;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

struct NaiveLoki {
    /// Distinct (stream, time, line as a JSON literal).
    lines: BTreeSet<(u8, Nanos, String)>,
    largest_limit: u32,
    requests: u64,
}

impl NaiveLoki {
    fn page(&mut self, ask: &PageAsk) -> Vec<(u8, Nanos, String)> {
        assert!(ask.limit <= self.largest_limit && ask.limit > 0 && !ask.range.is_empty());
        self.requests += 1;
        let audit_id = |line: &str| line.split(r#"\"auditID\":\""#).nth(1).unwrap_or_default().to_string();
        let in_part = |line: &str| match &ask.part {
            Part::All => true,
            Part::Prefix(prefix) => audit_id(line).starts_with(prefix.as_str()),
            Part::Rest(prefix) => {
                let id = audit_id(line);
                id.starts_with(prefix.as_str()) && !id[prefix.len()..].starts_with(|c: char| DIGITS.contains(c))
            }
        };
        let mut page: Vec<_> =
            self.lines.iter().filter(|(_, nanos, line)| ask.range.contains(*nanos) && in_part(line)).cloned().collect();
        // Ties in an order that differs from request to request.
        let salt = self.requests;
        let mixed = |stream: u8, line: &str| {
            line.bytes()
                .chain([stream])
                .fold(salt, |sum, byte| (sum.rotate_left(7) ^ u64::from(byte)).wrapping_mul(0x9e37_79b9_7f4a_7c15))
        };
        page.sort_by_key(|(stream, nanos, line)| {
            (if ask.direction == Direction::Forward { *nanos } else { -nanos }, mixed(*stream, line))
        });
        page.truncate(ask.limit as usize);
        page
    }
}

fn as_streams(page: &[(u8, Nanos, String)]) -> Vec<Stream<'_>> {
    let mut streams: BTreeMap<u8, Stream> = BTreeMap::new();
    for (stream, nanos, line) in page {
        let labels = Labels::from([("stream".to_string(), stream.to_string())]);
        let of = streams.entry(*stream).or_insert(Stream { labels, entries: Vec::new() });
        of.entries.push(Entry { nanos: *nanos, line_json: line });
    }
    streams.into_values().collect()
}

fn read_all(loki: &mut NaiveLoki, pager: &mut Pager) -> Vec<(u8, Nanos, String)> {
    let mut all = Vec::new();
    while let Some(ask) = pager.next() {
        let lines = loki.page(&ask);
        let streams = as_streams(&lines);
        let page = Page::of(&streams, pager.want(&ask));
        for (labels_json, entry) in page.lines() {
            let stream = labels_json.trim_matches(|c: char| !c.is_ascii_digit()).parse().expect("a number");
            all.push((stream, entry.nanos, entry.line_json.to_string()));
        }
        pager.accept(page.told().clone());
        assert!(loki.requests < 20_000, "no end");
    }
    all
}

fn line(id: u32) -> String {
    // Spread over the sixteen first digits, as random ids are.
    format!(r#""{{\"kind\":\"Event\",\"auditID\":\"{:08x}-0000\"}}""#, id.wrapping_mul(0x9e37_79b1))
}

fn check(lines: BTreeSet<(u8, Nanos, String)>, range: NanoRange, direction: Direction, page: u32, largest: u32) -> u64 {
    let mut loki = NaiveLoki { lines, largest_limit: largest, requests: 0 };
    let mut pager = Pager::new(range, direction, page, largest);
    let mut got = read_all(&mut loki, &mut pager);
    let in_order = |pair: &[(u8, Nanos, String)]| match direction {
        Direction::Forward => pair[0].1 <= pair[1].1,
        Direction::Backward => pair[0].1 >= pair[1].1,
    };
    assert!(got.windows(2).all(in_order), "out of order");
    got.sort();
    let expected: Vec<_> = loki.lines.iter().filter(|(_, nanos, _)| range.contains(*nanos)).cloned().collect();
    assert_eq!(got, expected, "page {page} of {largest}, {direction:?}");
    assert!(pager.overfull().is_empty() && pager.is_done() && pager.remaining().is_none());
    loki.requests
}

#[test]
fn the_recorded_trap_sixty_tied_lines_at_limit_thirty() {
    let lines: BTreeSet<_> = (0..2_000).map(|i| (0, if i % 33 == 0 { 500 } else { i64::from(i) }, line(i))).collect();
    for direction in [Direction::Backward, Direction::Forward] {
        check(lines.clone(), NanoRange::new(0, 2_000), direction, 30, 5_000);
        check(lines.clone(), NanoRange::new(0, 2_000), direction, 30, 30);
    }
}

#[test]
fn one_nanosecond_fuller_than_the_largest_page_is_divided() {
    let lines: BTreeSet<_> = (0..3_000).map(|i| ((i % 3) as u8, 7, line(i))).collect();
    check(lines, NanoRange::new(0, 10), Direction::Backward, 10, 50);
}

#[test]
fn what_cannot_be_divided_is_said() {
    let lines: BTreeSet<_> = (0..20).map(|i| (0, 7, format!("\"no audit id {i}\""))).chain([(0, 3, line(1))]).collect();
    let mut loki = NaiveLoki { lines, largest_limit: 10, requests: 0 };
    let mut pager = Pager::new(NanoRange::new(0, 10), Direction::Backward, 10, 10);
    let got = read_all(&mut loki, &mut pager);
    assert!(got.iter().any(|(_, nanos, _)| *nanos == 3), "what lies beyond is still read");
    assert_eq!(pager.overfull().len(), 1);
    assert_eq!(pager.overfull()[0].nanos, 7);
}

#[test]
fn a_lower_limit_is_learnt_on_the_way() {
    let lines: BTreeSet<_> = (0..100).map(|i| (0, i64::from(i / 10), line(i))).collect();
    let mut loki = NaiveLoki { lines, largest_limit: 20, requests: 0 };
    let mut pager = Pager::new(NanoRange::new(0, 100), Direction::Backward, 5_000, 5_000);
    pager.lower_limit(20);
    assert_eq!(read_all(&mut loki, &mut pager).len(), 100);
}

#[test]
fn larger_pages_on_the_way_lose_nothing() {
    let lines: BTreeSet<_> = (0..1_000).map(|i| (0, i64::from(i / 3), line(i))).collect();
    let mut loki = NaiveLoki { lines, largest_limit: 300, requests: 0 };
    let mut pager = Pager::new(NanoRange::new(0, 1_000), Direction::Backward, 10, 300);
    let first = loki.page(&pager.next().expect("a page"));
    pager.accept(Page::of(&as_streams(&first), pager.want(&pager.next().expect("a page"))).told().clone());
    pager.prefer(5_000);
    assert_eq!(pager.next().map(|ask| ask.limit), Some(300));
    assert_eq!(first.len() + read_all(&mut loki, &mut pager).len(), 1_000);
    assert!(loki.requests <= 6, "{} requests", loki.requests);
}

#[test]
fn what_takes_the_server_too_long_is_asked_for_in_halves() {
    let spread = 40 * SHORTEST_PIECE_NANOS;
    let lines: BTreeSet<_> = (0..500).map(|i| (0, i64::from(i) * spread / 500, line(i))).collect();
    let timeout = Failure::Refused { status: 504, message: String::new(), retry_after_millis: None };
    for direction in [Direction::Forward, Direction::Backward] {
        for (widest, expected) in [(3 * SHORTEST_PIECE_NANOS, 500), (SHORTEST_PIECE_NANOS / 2, 0)] {
            let mut loki = NaiveLoki { lines: lines.clone(), largest_limit: 50, requests: 0 };
            let mut pager = Pager::new(NanoRange::new(0, spread), direction, 50, 50);
            let mut got = Vec::new();
            while let Some(ask) = pager.next() {
                if ask.range.width_nanos() > widest {
                    if pager.ease(&timeout, &ask) { continue } else { break }
                }
                let lines = loki.page(&ask);
                let page = Page::of(&as_streams(&lines), pager.want(&ask));
                got.extend(page.lines().map(|(_, entry)| entry.nanos));
                pager.accept(page.told().clone());
            }
            assert_eq!((got.len(), got.is_sorted() || got.iter().rev().is_sorted()), (expected, true));
        }
    }
}

#[test]
fn pages_without_ties_cost_no_extra_request() {
    let lines: BTreeSet<_> = (0..1_000).map(|i| (0, i64::from(i), line(i))).collect();
    let requests = check(lines, NanoRange::new(0, 1_000), Direction::Backward, 101, 5_000);
    assert_eq!(requests, 10, "each page gives 100 new lines; the tenth, 101 at most, is not full");
}

#[test]
fn parts_as_logql() {
    let check = |part: Part, expected: &str| assert_eq!(part.line_filter(), expected);
    check(Part::All, "");
    check(Part::Prefix("a".into()), " |= `\"auditID\":\"a`");
    check(Part::Rest("".into()), " !~ `\"auditID\":\"[0-9a-f]`");
    check(Part::Rest("a3".into()), " |= `\"auditID\":\"a3` !~ `\"auditID\":\"a3[0-9a-f]`");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]
    #[test]
    fn nothing_lost_nothing_twice(
        times in prop::collection::vec((0u8..3, 0i64..12, 0u32..400), 0..300),
        start in -2i64..6, end in 5i64..14, forward: bool,
        page in 1u32..40, largest in 20u32..60,
    ) {
        let lines = times.into_iter().map(|(stream, nanos, id)| (stream, nanos, line(id))).collect();
        let direction = if forward { Direction::Forward } else { Direction::Backward };
        check(lines, NanoRange::new(start, end), direction, page, largest);
    }
}
