//! Texts that no sample is: what is found in them, whatever the chunks and the pieces.

use super::reading::{Found, read_text, read_whole};
use auditscope::formats::SkipReason::{self, *};

/// The IDs of a text's events, and why the rest of it was skipped.
fn check(text: &str, events: &[&str], skipped: &[SkipReason]) {
    check_found(&read_whole(text.as_bytes()), text, events, skipped);
    for (chunk, piece_bytes) in [(1, 4 << 20), (1, 1), (7, 1), (61, 1), (usize::MAX, 1)] {
        check_found(&read_text(text.as_bytes(), chunk, piece_bytes), text, events, skipped);
    }
}

fn check_found(found: &Found, text: &str, events: &[&str], skipped: &[SkipReason]) {
    let ids: Vec<&str> = found.events.iter().map(|event| event.split(' ').next().unwrap_or_default()).collect();
    let reasons: Vec<SkipReason> = found.skipped.iter().map(|(reason, _)| *reason).collect();
    let start: String = text.chars().take(2000).collect();
    assert_eq!((ids.as_slice(), reasons.as_slice()), (events, skipped), "{start}");
}

/// Several wrappers recognise each of these, and all go the same way down: each value is read once all the same.
#[test]
fn a_way_down_that_forks_everywhere_ends() {
    let forks = r#"{"id":1,"timestamp":1,"ingestionTime":1,"message":"#;
    for (open, close, reason) in [
        (forks, "}", NotAnEvent),
        (r#"{"@timestamp":1,"log_s":{"a":[{"_raw":{"msg":"#, "}}]}}", NotAnEvent),
        (r#"{"line":"b","timestamp":1,"_source":{"log":"#, "}}", NotJson),
    ] {
        let nested = |times: usize, inner: &str| format!("{}{inner}{}\n", open.repeat(times), close.repeat(times));
        check(&nested(17, r#""auditID""#), &[], &[reason]);
        check(&nested(2, r#"{"auditID":"a"}"#), &["a"], &[]);
    }
    let mut text = r#"{"a":"auditID"}"#.to_string();
    for _ in 0..3 {
        let string = serde_json::to_string(&text).expect("a string");
        text = format!("{}{string}{}", forks.repeat(4), "}".repeat(4));
    }
    check(&text, &[], &[NotJson]);
    // The same bytes at the same place of a buffer that is used again.
    let lines = [r#"{"message":"{\"auditIX\":\"auditID\"}"}"#, r#"{"message":"{\"auditID\":\"a\",\"b\":\"cde\"}"}"#];
    check(&[lines[0], lines[1], lines[0], lines[1]].join("\n"), &["a", "a"], &[NotJson, NotJson]);
}

const OTLP: &str = r#"{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"body":{"kvlistValue":{"values":[@@]}}}]}]}]}"#;

/// What proto3's JSON leaves out is empty, or null.
#[test]
fn otlp_values_that_are_left_out() {
    for value in [
        r#","value":{"kvlistValue":{}}"#,
        r#","value":{"kvlistValue":{"values":null}}"#,
        r#","value":{"arrayValue":{}}"#,
        r#","value":{}"#,
        r#","value":null"#,
        "",
    ] {
        let members = format!(
            r#"{{"key":"auditID","value":{{"stringValue":"a"}}}},{{"key":"metadata"{value}}},{{"key":"list","value":{{"arrayValue":{{"values":[{{}}]}}}}}}"#
        );
        check(&OTLP.replace("@@", &members), &["a"], &[]);
    }
    check(&OTLP.replace("@@", r#"{"value":{"stringValue":"auditID"}}"#), &[], &[NotJson]);
    check(&OTLP.replace("@@", r#"{"key":"auditID","value":7}"#), &[], &[Malformed]);
}

fn docker(log: &str, stream: &str) -> String {
    format!("{}\n", serde_json::json!({"log": log, "stream": stream, "time": "t"}))
}

fn cri(tag: &str, text: &str, stream: &str) -> String {
    format!("2016-10-06T00:17:09.669794202Z {stream} {tag} {text}\n")
}

/// The other stream's lines stand between the parts of a line, and are no end of it.
#[test]
fn parts_of_two_streams() {
    let (first, last) = (r#"{"auditID":"a","#, r#""verb":"get"}"#);
    let end = format!("{last}\n");
    let (out, err) = ("stdout", "stderr");
    check(&[docker(first, out), docker("x\n", err), docker(&end, out)].concat(), &["a"], &[NotJson]);
    let other = r#"{"auditID":"b","#;
    let docker_parts =
        [docker(first, out), docker(other, err), docker(&end, err), docker("y\n", err), docker(&end, out)];
    check(&docker_parts.concat(), &["b", "a"], &[NotJson]);
    check(&[docker(first, out), docker(other, err), docker(&end, out)].concat(), &["a"], &[Incomplete]);
    check(&[cri("P", first, out), cri("F", "x", err), cri("F", last, out)].concat(), &["a"], &[NotJson]);
    check(
        &[cri("P", first, out), cri("P", other, err), cri("F", last, err), cri("F", "y", err), cri("F", last, out)]
            .concat(),
        &["b", "a"],
        &[NotJson],
    );
    check(
        &[cri("P", first, out), cri("P", other, err), "z\n".into(), cri("F", last, out)].concat(),
        &["a"],
        &[NotJson, Incomplete],
    );
}

/// A log that does not begin with a line of its own (`tail -c`) is one of lines; parts in it are joined.
#[test]
fn parts_after_a_fragment() {
    let (first, last) = (r#"{"auditID":"a","#, r#""verb":"get"}"#);
    let (out, err) = ("stdout", "stderr");
    let check_whole = |parts: &[String], events: &[&str], skipped: &[SkipReason]| {
        let text = ["ment\"}\n".to_string()].iter().chain(parts).cloned().collect::<String>();
        check_found(&read_whole(text.as_bytes()), &text, events, skipped);
    };
    check_whole(&[cri("P", first, out), cri("F", last, out)], &["a"], &[NotJson]);
    check_whole(&[cri("P", first, out), cri("P", r#""x":1,"#, out), cri("F", last, out)], &["a"], &[NotJson]);
    check_whole(&[cri("P", first, out), cri("F", "x", err), cri("F", last, out)], &["a"], &[NotJson, NotJson]);
    check_whole(&[cri("F", last, out), cri("F", r#"{"auditID":"b"}"#, out)], &["b"], &[NotJson, NotJson]);
    check_whole(&[cri("P", first, out)], &[], &[NotJson, Incomplete]);
    // A part whose last one is missing takes nothing along.
    let own = r#"{"auditID":"b"}"#;
    check_whole(&[cri("P", first, out), cri("F", own, out)], &["b"], &[NotJson, Incomplete]);
    check_whole(&[cri("P", first, out), cri("P", "1,", out), cri("F", own, out)], &["b"], &[NotJson, Incomplete]);
    check_whole(&[cri("P", first, out), cri("F", "x", out), cri("F", own, out)], &["b"], &[NotJson, Malformed]);
    check_whole(
        &[docker(first, out), docker("x\n", err), docker(&format!("{last}\n"), out)],
        &["a"],
        &[NotJson, NotJson],
    );
}

#[test]
fn csv_with_one_column() {
    for (header, line_end) in [("log_s", "\r\n"), ("\"log_s\"", "\n"), ("Line", "\n"), ("@message", "\n")] {
        let row = |id: &str| format!("\"{{\"\"kind\"\":\"\"Event\"\",\"\"auditID\"\":\"\"{id}\"\"}}\"{line_end}");
        check(&format!("{header}{line_end}{}{}", row("a"), row("b")), &["a", "b"], &[]);
    }
    // A line of that one word is no header.
    check("message\n{\"auditID\":\"a\"}\n", &["a"], &[NotJson]);
}

/// However deep a body is, its event is found: on one line, over many, inside strings.
#[test]
fn deep_bodies() {
    for (depth, line_end) in [(100, ""), (130, ""), (300, ""), (100, "\n"), (130, "\n"), (300, "\n")] {
        let open = format!("[{line_end} ").repeat(depth);
        let body = format!("{open}{}", "]".repeat(depth));
        let event = format!(r#"{{"auditID":"a",{line_end}"requestObject":{{"b":{body}}}}}"#);
        let string = serde_json::to_string(&event).expect("a string");
        let other = r#"{"auditID":"b"}"#;
        let list = format!(r#"{{"kind":"EventList",{line_end}"items":[{event},{other}]}}"#);
        for text in [
            format!("{event}\n{other}\n"),
            list.clone(),
            format!("[{event},{other}]"),
            format!("{{\"message\":{string}}}\n{other}\n"),
            format!("{{\"message\":{}}}\n", serde_json::to_string(&list).expect("a string")),
            format!(
                r#"{{"data":{{"result":[{{"stream":{{}},"values":[["1",{string}],["2","{{\"auditID\":\"b\"}}"]]}}]}}}}"#
            ),
        ] {
            check(&text, &["a", "b"], &[]);
        }
    }
}

/// A column without a value is no text.
#[test]
fn aks_rows_with_null() {
    let row = |agent: &str| format!(r#"{{"AuditId":"a","Stage":"Panic","UserAgent":{agent},"User":null}}"#);
    let found = |agent: &str| read_whole(row(agent).as_bytes()).events;
    assert_eq!(found("null"), found(r#""""#));
    assert_ne!(found("null"), found(r#""null""#));
}
