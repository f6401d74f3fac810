//! What a record says of its event's identity.

use crate::formats::{Place, Shape, Sink, SkipReason, parse, scan};
use crate::model::Event;
use crate::model::json_string::unescape;
use crate::query::answer::EventIdentity;

/// Empty where the record holds no event; of several it is the first one's.
pub fn identity_of(record: &[u8]) -> EventIdentity {
    let unwrapped = parse::unwrap_record(record);
    let text = unwrapped.as_ref().map_or(record, |text| text.as_bytes());
    let mut event = Event::default();
    if scan::scan_event(text, &mut event).is_ok() {
        return of_event(&event);
    }
    let mut converted = First::default();
    parse::parse_piece(record, &Shape::values(), &mut converted);
    converted.0.unwrap_or(EventIdentity { audit_id: String::new(), stage: String::new(), staged: None })
}

fn of_event(event: &Event<'_>) -> EventIdentity {
    EventIdentity {
        audit_id: unescape(event.audit_id).into_owned(),
        stage: unescape(event.stage).into_owned(),
        staged: event.staged,
    }
}

#[derive(Default)]
struct First(Option<EventIdentity>);

impl Sink for First {
    fn event(&mut self, event: &Event<'_>, _: &str, _: Place) {
        self.0.get_or_insert_with(|| of_event(event));
    }
    fn skip(&mut self, _: SkipReason, _: Place) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_wrapped_and_converted() {
        let event = r#"{"auditID":"a","stage":"Panic","stageTimestamp":"1970-01-01T00:00:01Z"}"#;
        let string = serde_json::to_string(event).expect("a string");
        let gke = r#"{"protoPayload":{"methodName":"io.k8s.core.v1.pods.get"},"insertId":"a"}"#;
        for (record, stage, staged) in [
            (event, "Panic", Some(1_000_000)),
            (&format!("[\"1\",{string}]"), "Panic", Some(1_000_000)),
            (gke, "ResponseComplete", None),
        ] {
            let expected = EventIdentity { audit_id: "a".into(), stage: stage.into(), staged };
            assert_eq!(identity_of(record.as_bytes()), expected, "{record}");
        }
        assert_eq!(identity_of(b"nothing").audit_id, "");
    }
}
