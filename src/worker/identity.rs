//! What a record says of its event's identity.

use crate::formats::parse;
use crate::model::Event;
use crate::model::json_string::unescape;
use crate::query::answer::EventIdentity;

/// Of the `nth` event of a record; empty where there are fewer.
pub fn identity_of(record: &[u8], nth: usize) -> EventIdentity {
    let none = || EventIdentity { audit_id: String::new(), stage: String::new(), staged: None };
    parse::nth_event(record, nth, |event, _| of_event(event)).unwrap_or_else(none)
}

fn of_event(event: &Event<'_>) -> EventIdentity {
    EventIdentity {
        audit_id: unescape(event.audit_id).into_owned(),
        stage: unescape(event.stage).into_owned(),
        staged: event.staged,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The identities of a record's events.
    fn check(record: &str, expected: &[(&str, &str, Option<i64>)]) {
        for nth in 0..=expected.len() {
            let (audit_id, stage, staged) = expected.get(nth).copied().unwrap_or_default();
            let expected = EventIdentity { audit_id: audit_id.into(), stage: stage.into(), staged };
            assert_eq!(identity_of(record.as_bytes(), nth), expected, "{nth} of {record}");
        }
    }

    #[test]
    fn plain_wrapped_and_converted() {
        let event = r#"{"auditID":"a","stage":"Panic","stageTimestamp":"1970-01-01T00:00:01Z"}"#;
        let string = serde_json::to_string(event).expect("a string");
        let expected = [("a", "Panic", Some(1_000_000))];
        check(event, &expected);
        check(&format!("[\"1\",{string}]"), &expected);
        check(
            r#"{"protoPayload":{"methodName":"io.k8s.core.v1.pods.get"},"insertId":"a"}"#,
            &[("a", "ResponseComplete", None)],
        );
        check("nothing", &[]);
    }

    #[test]
    fn several_in_one_record() {
        let list = r#"{"kind":"EventList","items":[{"auditID":"a"},{"auditID":"b","stage":"Panic"}]}"#;
        let string = serde_json::to_string(list).expect("a string");
        let expected = [("a", "", None), ("b", "Panic", None)];
        check(&format!(r#"{{"message":{string}}}"#), &expected);
        check(&format!("[\"1\",{string}]"), &expected);
        check(&format!("1716391984123,\"{}\",x", list.replace('"', "\"\"")), &expected);
    }

    #[test]
    fn records_in_parts() {
        let check =
            |record: &str, expected: bool| assert_eq!(parse::is_in_parts(record.as_bytes()), expected, "{record}");
        check("2016-10-06T00:17:09.669794202Z stdout P {\n2016-10-06T00:17:09.669794202Z stdout F }", true);
        check("{\"log\":\"{\",\"stream\":\"stdout\"}\n{\"log\":\"}\\n\",\"stream\":\"stdout\"}", true);
        check("2016-10-06T00:17:09.669794202Z stdout F {}", false);
        check("{\"auditID\":\"a\"}", false);
        check("{\n\"auditID\":\"a\"}", false);
    }

    #[test]
    fn parts_of_a_container_log() {
        let line =
            |tag: &str, text: &str, stream: &str| format!("2016-10-06T00:17:09.669794202Z {stream} {tag} {text}\n");
        let parts = [line("P", r#"{"auditID":"a""#, "stdout"), line("F", "}", "stdout")];
        check(parts.concat().trim_end(), &[("a", "", None)]);
        // What lies between the parts is a record of its own.
        let between = [&parts[0], &line("F", r#"{"auditID":"b"}"#, "stderr"), &parts[1]].map(String::as_str).concat();
        check(between.trim_end(), &[("a", "", None)]);
        check(line("F", r#"{"auditID":"b"}"#, "stdout").trim_end(), &[("b", "", None)]);
    }
}
