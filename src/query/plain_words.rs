//! An opened event in plain words, and a row's risk.

use super::answer::{Detail, Row};
use crate::model::explain::{self, Facts};
use crate::model::risk::{Risk, risk};
use crate::model::{Field, Flags};
use serde::Deserialize;

/// The event in one sentence; `time` as it is to be read, with its zone, empty when unknown.
pub fn sentence(detail: &Detail, time: &str) -> String {
    let uri = request_uri(&detail.event_json);
    let uri = if uri.is_empty() { detail.value(Field::Path) } else { &uri };
    explain::sentence(&Facts {
        user: detail.value(Field::User),
        impersonated: detail.value(Field::Impersonated),
        verb: detail.value(Field::Verb),
        api_group: detail.value(Field::ApiGroup),
        resource: detail.value(Field::Resource),
        subresource: detail.value(Field::Subresource),
        namespace: detail.value(Field::Namespace),
        name: detail.value(Field::Name),
        uri,
        source_ip: detail.values(Field::SourceIp).last().map_or("", String::as_str),
        client: detail.value(Field::Client),
        time,
        stage: detail.value(Field::Stage),
        code: detail.value(Field::Code).parse().unwrap_or(0),
        reason: detail.value(Field::Reason),
        dry_run: detail.has(Flags::DRY_RUN) || detail.value(Field::DryRun) == "yes",
    })
}

/// The request URI with its query, which no column keeps; empty when the event has none.
pub fn request_uri(event_json: &str) -> String {
    #[derive(Deserialize)]
    struct Uri {
        #[serde(rename = "requestURI")]
        uri: String,
    }
    serde_json::from_str::<Uri>(event_json).map(|event| event.uri).unwrap_or_default()
}

/// What the row's request can do to the cluster.
pub fn row_risk(row: &Row) -> Risk {
    risk(&row.verb, &row.resource, &row.subresource)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::answer::RowId;

    #[test]
    fn an_opened_event_is_told() {
        let one = |field, value: &str| (field, vec![value.to_string()]);
        let mut detail = Detail {
            id: RowId { worker: 0, row: 0 },
            received: None,
            staged: None,
            latency_micros: None,
            audit_id: String::new(),
            values: vec![
                one(Field::Verb, "get"),
                one(Field::User, "alice"),
                (Field::SourceIp, vec!["203.0.113.9".into(), "10.0.0.1".into()]),
                one(Field::Client, "kubectl"),
                one(Field::Namespace, "prod"),
                one(Field::Resource, "pods"),
                one(Field::Subresource, "exec"),
                one(Field::Name, "web"),
                one(Field::Code, "101"),
                one(Field::Path, "/api/v1/namespaces/prod/pods/web/exec"),
            ],
            flags: 0,
            record: String::new(),
            event_json: r#"{"requestURI":"/api/v1/namespaces/prod/pods/web/exec?command=bash","auditID":"x"}"#.into(),
            source: String::new(),
            line: 0,
            offset: 0,
            start: None,
        };
        let expected = "alice opened a shell (bash) in pod prod/web from 10.0.0.1 with kubectl at 09:14:03 UTC.";
        assert_eq!(sentence(&detail, "09:14:03 UTC"), expected);
        detail.event_json = "not json".into();
        let expected = "alice ran a command in pod prod/web from 10.0.0.1 with kubectl at 09:14:03 UTC.";
        assert_eq!(sentence(&detail, "09:14:03 UTC"), expected);
    }

    #[test]
    fn uris() {
        for (event, uri) in
            [(r#"{"requestURI":"/a?b=\"c\""}"#, "/a?b=\"c\""), (r#"{"requestURI":1}"#, ""), ("{}", ""), ("", "")]
        {
            assert_eq!(request_uri(event), uri, "{event}");
        }
        let deep = format!(r#"{{"requestObject":{}{},"requestURI":"/a"}}"#, "[".repeat(100_000), "]".repeat(100_000));
        assert_eq!(request_uri(&deep), "/a");
    }
}
