//! The committed sample is what the generator makes of it.
#![cfg(not(target_arch = "wasm32"))]

#[path = "../examples/generate/generator/mod.rs"]
mod generator;

use flate2::read::GzDecoder;
use generator::record::Level;
use generator::{Generator, Options, SAMPLE_EVENTS, SAMPLE_SEED};
use std::io::Read;

const MAX_PACKED_BYTES: usize = 600_000;

fn generate(events: u64, options: Options) -> String {
    let mut text = String::new();
    let mut generator = Generator::new(options);
    (0..events).for_each(|_| generator.write_next(&mut text));
    text
}

fn sample() -> String {
    let options = Options { seed: SAMPLE_SEED, level: Level::Metadata, bad_lines_percent: 0.0, sample: true };
    generate(SAMPLE_EVENTS, options)
}

#[test]
fn the_generator_reproduces_the_committed_sample() {
    let packed = std::fs::read("public/sample.log.gz").unwrap();
    assert!(packed.len() < MAX_PACKED_BYTES, "{} bytes", packed.len());
    let mut committed = String::new();
    GzDecoder::new(&packed[..]).read_to_string(&mut committed).unwrap();
    let generated = sample();
    let first_difference = committed.lines().zip(generated.lines()).position(|(a, b)| a != b);
    assert_eq!(first_difference, None, "make it anew with `make sample`");
    assert!(committed == generated, "make it anew with `make sample`");
}

#[test]
fn the_sample_tells_the_incident() {
    let text = sample();
    let count = |parts: &[&str]| text.lines().filter(|line| parts.iter().all(|part| line.contains(part))).count();
    for (parts, expected) in [
        (&["alice@example.com", r#""verb":"delete""#, "/secrets/db-password"][..], 1),
        (&["203.0.113.66", "selfsubjectaccessreviews"], 34),
        (&["203.0.113.66", r#""code":403"#], 50),
        (&["203.0.113.66", r#""code":101"#], 2),
        (&["pod-security.kubernetes.io/audit-violations"], 1),
        (&[r#""verb":"create""#, "clusterrolebindings", r#""code":201"#], 1),
        (&["203.0.113.66", "deletecollection"], 1),
    ] {
        assert_eq!(count(parts), expected, "{parts:?}");
    }
}

#[test]
fn every_line_is_an_event_but_the_bad_ones_asked_for() {
    for (level, percent) in [(Level::Metadata, 0.0), (Level::Request, 0.0), (Level::RequestResponse, 10.0)] {
        let text = generate(3_000, Options { seed: 3, level, bad_lines_percent: percent, sample: false });
        let is_event =
            |line: &&str| serde_json::from_str::<serde_json::Value>(line).is_ok_and(|value| value["kind"] == "Event");
        let events = text.lines().filter(is_event).count();
        let bad = text.lines().count() - events;
        assert_eq!(events, 3_000);
        assert_eq!(bad > 200, percent > 0.0, "{bad} bad lines");
        assert_eq!(text.contains("requestObject"), level > Level::Metadata);
        assert_eq!(text.contains("responseObject"), level > Level::Request);
    }
}
