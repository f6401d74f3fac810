//! Every wrapper by its sample, whole, packed, chunked, cut; the real files of the corpus.

#[path = "formats/literal.rs"]
mod literal;
#[path = "formats/reading.rs"]
mod reading;

use auditscope::formats::SkipReason;
use auditscope::formats::parse::{nth_event, unwrap_record};
use proptest::prelude::*;
use reading::{Found, members, read_back, read_text, read_whole};
use std::fs;
use std::io::Write;
use std::path::Path;

/// Every file of the corpus holds as many events as its table says, and nothing of it is lost.
#[test]
fn corpus() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus");
    let Ok(sources) = fs::read_to_string(corpus.join("SOURCES.md")) else {
        println!("skipped: there is no ../shared/corpus");
        return;
    };
    let mut checked = 0;
    let mut wrong = Vec::new();
    for row in sources.lines().filter(|line| line.starts_with("| ") && !line.contains("local path")) {
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        let (path, events, about) = (cells[1], cells[7], cells[9]);
        if events == "-" {
            continue;
        }
        let expected: usize = events.split('+').map(|count| count.parse::<usize>().expect("a count")).sum();
        let file = fs::read(corpus.join(path)).expect(path);
        // Broken inside a body, which is stepped over unread: it may be found all the same.
        let broken = usize::from(about.contains("1 unparsable record"));
        let is_right = |count: usize| (expected..=expected + broken).contains(&count);
        let mut count = 0;
        for (_, _, text) in members(file, path) {
            let text = text.expect(path);
            let found = read_whole(&text);
            assert_eq!(found, read_text(&text, 97, 1), "{path} in small chunks");
            count += found.events.len();
            if !is_right(found.events.len()) {
                wrong.push(format!("{path}: {found:?}").chars().take(600).collect::<String>());
            }
        }
        checked += 1;
        if !is_right(count) {
            wrong.push(format!("{path}: {count} events, {expected} expected"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(checked > 100, "{checked} files");
}

fn samples() -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples/wrappers");
    let mut samples: Vec<(String, Vec<u8>)> = fs::read_dir(&folder)
        .expect("samples/wrappers")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.is_file())
        .map(|path| {
            let name = path.file_name().expect("a file").to_string_lossy().into_owned();
            (name, fs::read(&path).expect("readable"))
        })
        .collect();
    samples.sort();
    assert!(samples.len() > 40);
    samples
}

/// A sample's own text: each of them is one member.
fn text_of(file: Vec<u8>, name: &str) -> Vec<u8> {
    let mut members = members(file, name);
    assert_eq!(members.len(), 1, "{name}");
    members.remove(0).2.expect(name)
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packer.write_all(bytes).expect("memory");
    packer.finish().expect("memory")
}

fn listing(found: &Found) -> String {
    let mut text = format!("wrapper: {}\n", found.wrappers.join(", "));
    found.events.iter().for_each(|event| text.push_str(&format!("event: {event}\n")));
    found.skipped.iter().for_each(|(reason, start)| text.push_str(&format!("skipped: {}: {start}\n", reason.label())));
    text
}

/// Each sample's events, as `tests/formats/<sample>.txt` lists them (`UPDATE_EXPECTED=1` writes them anew),
/// and the same under another name, in gzip, whatever the chunks.
#[test]
fn wrappers() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/formats");
    let is_update = std::env::var_os("UPDATE_EXPECTED").is_some();
    let mut wrong = Vec::new();
    for (name, file) in samples() {
        let text = text_of(file.clone(), &name);
        let found = read_whole(&text);
        let expected_path = folder.join(format!("{name}.txt"));
        if is_update {
            fs::create_dir_all(&folder).expect("tests/formats");
            fs::write(&expected_path, listing(&found)).expect("writable");
        }
        let expected = fs::read_to_string(&expected_path).unwrap_or_default();
        if listing(&found) != expected {
            wrong.push(format!("{name}: found\n{}expected\n{expected}", listing(&found)));
        }
        assert_eq!(read_whole(&text_of(file.clone(), "unknown.bin")), found, "{name} under another name");
        assert_eq!(read_whole(&text_of(gzip(&file), &name)), found, "{name} in gzip");
        let half = file.len() / 2;
        let twice = [gzip(&file[..half]), gzip(&file[half..])].concat();
        assert_eq!(read_whole(&text_of(twice, &name)), found, "{name} in gzip of two members");
        for chunk in (1..130).chain([1000, 4096]) {
            assert_eq!(read_text(&text, chunk, 4 << 20), found, "{name} in chunks of {chunk}");
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Cut into the smallest pieces there may be, each read alone, the events are the same.
#[test]
fn pieces_stand_alone() {
    for (name, file) in samples() {
        let text = text_of(file, &name);
        let found = read_whole(&text);
        let alone = read_text(&text, 61, 1);
        // A value over several lines among lines must lie in one piece.
        if name == "mixed.log" {
            continue;
        }
        assert_eq!(alone, found, "{name}");
    }
}

/// However early a file ends: no panic, and what was whole before the cut is found.
#[test]
fn cut_anywhere() {
    std::thread::scope(|scope| {
        for (name, file) in samples() {
            scope.spawn(move || check_cuts(&name, &text_of(file, &name)));
        }
    });
}

fn check_cuts(name: &str, text: &[u8]) {
    // Of the last row of a CSV, labels may be missing.
    let without_origin = |event: &String| event.rsplit_once(" | ").map(|(event, _)| event.to_string());
    let whole = read_whole(text);
    let known: Vec<_> = whole.events.iter().map(without_origin).collect();
    // In this one a record is found only when all of it is there.
    let is_one_value = name == "grafana-panel.json";
    let mut most = 0;
    // Every byte of the last ones, and every 29th of the rest.
    let near_end = text.len().saturating_sub(300);
    for end in (0..near_end).step_by(29).chain(near_end..text.len()) {
        let found = read_whole(&text[..end]);
        if is_one_value {
            continue;
        }
        let count = found.events.len();
        assert!(count >= most, "{name} cut at {end}: {count} events after {most}");
        assert!(
            found.events.iter().map(without_origin).all(|event| known.contains(&event)),
            "{name} cut at {end}: {found:?}"
        );
        most = most.max(count);
    }
    assert!(is_one_value || most + 1 >= whole.events.len(), "{name}: {most}");
}

/// A file of values that never end is given up in time, line by line; what is sound in it is found.
#[test]
fn hopeless() {
    let event = r#"{"kind":"Event","auditID":"a","apiVersion":"audit.k8s.io/v1","stage":"ResponseComplete"}"#;
    let wrapped = serde_json::json!({"log": event, "stream": "stdout", "time": "t"});
    for unended in ["{\"a\":\n", "[\n", "[{\"items\":[\n"] {
        let text = format!("{event}\n{}{event}\n{wrapped}\n", unended.repeat(6_000));
        let found = read_whole(text.as_bytes());
        assert_eq!(found.events.len(), 3, "{unended}");
        assert_eq!(read_text(text.as_bytes(), 4096, 4 << 20).events.len(), 3, "{unended}");
        assert!(found.skipped.iter().all(|(reason, _)| *reason == SkipReason::Incomplete), "{unended}");
    }
}

/// The drawer shows the event's own text: as it stood in the first sample.
#[test]
fn unwrapped() {
    let first = r#"{"kind":"Event","apiVersion":"audit.k8s.io/v1","level":"Metadata","auditID":"00000001-"#;
    let check = |record: &str, expected: Option<&str>| {
        let text = unwrap_record(record.as_bytes(), 0);
        assert_eq!(text.as_deref(), expected, "{record}");
    };
    let event = r#"{"auditID":"a","verb":"get"}"#;
    let string = serde_json::to_string(event).expect("a string");
    check(event, Some(event));
    check(&format!("[\"1\",{string}]"), Some(event));
    check(&format!("{{\"log\":{string},\"stream\":\"stdout\",\"time\":\"t\"}}"), Some(event));
    check(&format!("node-1 {event}"), Some(event));
    check(&format!("1716391984123,\"{}\",x", event.replace('"', "\"\"")), Some(event));
    check(r#"{"protoPayload":{"methodName":"io.k8s.core.v1.pods.get"},"insertId":"a"}"#, None);
    check("nothing", None);
    let (_, lines) = samples().into_iter().find(|(name, _)| name == "json-lines.log").expect("the sample");
    let line = String::from_utf8_lossy(&lines).lines().next().map(str::to_string).expect("a line");
    assert!(unwrap_record(line.as_bytes(), 0).is_some_and(|text| text == line && text.starts_with(first)));
}

/// Every row's own event is read back from its record, as the drawer does.
#[test]
fn read_back_from_records() {
    for (name, file) in samples() {
        // A row of this table is no event without the names of its columns.
        if name == "aks-audit.csv" {
            continue;
        }
        for (record, nth, id) in read_back(&text_of(file, &name)) {
            let found = nth_event(&record, nth, |event, _| event.audit_id.to_vec());
            assert_eq!(found.as_ref(), Some(&id), "{name}: event {nth} of {}", String::from_utf8_lossy(&record));
        }
    }
}

const EVENT: &str = r#"{"kind":"Event","apiVersion":"audit.k8s.io/v1","level":"Request","auditID":"@@","stage":"ResponseComplete","requestURI":"/api/v1/pods","verb":"create","user":{"username":"a\"b\\","groups":["g"]},"objectRef":{"resource":"pods"},"responseStatus":{"code":201},"requestObject":{"items":[{"a":"\u00e9"}]},"requestReceivedTimestamp":"2024-05-22T15:33:04.123456Z"}"#;

/// Something done to a text at a place in it.
#[derive(Debug, Clone)]
enum Change {
    Cut,
    Drop(usize),
    Insert(Vec<u8>),
}

fn changes() -> impl Strategy<Value = Change> {
    let bytes = prop_oneof![
        proptest::collection::vec(any::<u8>(), 1..6),
        proptest::sample::select(vec![
            "\"",
            "\\",
            "{",
            "}",
            "[",
            "]",
            ",",
            "\n",
            "{\"items\":[",
            "\n{\"data\":{\"result\":["
        ])
        .prop_map(|text| text.as_bytes().to_vec()),
    ];
    prop_oneof![Just(Change::Cut), (1usize..20).prop_map(Change::Drop), bytes.prop_map(Change::Insert)]
}

fn changed(text: &str, place: prop::sample::Index, change: &Change) -> Vec<u8> {
    let mut bytes = text.as_bytes().to_vec();
    let at = place.index(bytes.len());
    match change {
        Change::Cut => bytes.truncate(at),
        Change::Drop(count) => drop(bytes.drain(at..(at + count).min(text.len()))),
        Change::Insert(more) => drop(bytes.splice(at..at, more.iter().copied())),
    }
    bytes
}

proptest! {
    /// Whatever a line turned into, those beside it are found, whatever the chunks and pieces.
    #[test]
    fn neighbours_survive(place in any::<prop::sample::Index>(), change in changes(), chunk in 1usize..200, listed in any::<bool>()) {
        let event = |id: &str| EVENT.replace("@@", id);
        let middle = changed(&event("broken"), place, &change);
        let lines: [&[u8]; 4] = [event("first").as_bytes(), &middle, event("second").as_bytes(), event("third").as_bytes()].map(|line| -> &[u8] { Box::leak(line.to_vec().into_boxed_slice()) });
        let text = lines.join(&b'\n');
        let text = if listed { [b"[", &text[..]].concat() } else { text };
        let found = read_whole(&text);
        for id in ["first", "second", "third"] {
            prop_assert!(found.events.iter().any(|event| event.starts_with(id)), "{id} in {}: {found:?}", String::from_utf8_lossy(&text));
        }
        prop_assert_eq!(&read_text(&text, chunk, 4 << 20), &found);
    }

    /// Noise is answered, with the same records whatever the chunks.
    #[test]
    fn noise(bytes in proptest::collection::vec(any::<u8>(), 0..400), sample in any::<prop::sample::Index>(), place in any::<prop::sample::Index>(), chunk in 1usize..60) {
        let found = read_whole(&bytes);
        prop_assert_eq!(read_text(&bytes, chunk, 4 << 20), found);
        let samples = samples();
        let (name, file) = &samples[sample.index(samples.len())];
        let mut text = text_of(file.clone(), name);
        let at = place.index(text.len());
        text.splice(at..at, bytes.iter().copied().take(8));
        let found = read_whole(&text);
        prop_assert_eq!(read_text(&text, chunk, 4 << 20), found);
    }
}
