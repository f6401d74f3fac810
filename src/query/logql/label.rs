//! Which JSON path holds a field, and how the field is read off the text found there.

use crate::model::Field;
use crate::model::user::{client_product, code_class, user_kind};

/// How a field's values stand in the text that `| json` extracts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reading {
    /// As they are.
    Plain,
    /// As they are, in lower case always: the API server writes them so.
    Lower,
    /// One of these, spelled so always.
    OneOf(&'static [&'static str]),
    /// A JSON array of texts.
    Array,
    /// The request URI up to its `?`.
    Path,
    /// A user agent's first word.
    Product,
    /// One of a few kinds of user name.
    UserKind,
    /// A class of response codes.
    CodeClass,
    /// `yes` when the URI's query asks for a dry run.
    DryRun,
    /// `yes` when the text is `true`.
    Truth,
}

/// Where a field stands in an audit event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Label {
    /// The label it is extracted into; none that a stream is likely to have already.
    pub name: &'static str,
    /// The path as `| json` takes it.
    pub path: &'static str,
    pub reading: Reading,
}

impl Label {
    /// The path's last key, as it stands in the line.
    pub fn key(&self) -> &'static str {
        match self.path.split_once("[\"") {
            Some((_, key)) => key.trim_end_matches("\"]"),
            None => self.path.rsplit('.').next().unwrap_or(self.path),
        }
    }
}

/// Every audit event has one; what has none is no audit event.
pub const AUDIT_ID: Label = Label { name: "audit_id", path: "auditID", reading: Reading::Plain };

const STAGES: &[&str] = &["RequestReceived", "ResponseStarted", "ResponseComplete", "Panic"];
const LEVELS: &[&str] = &["None", "Metadata", "Request", "RequestResponse"];

/// The label of a field; `None` for what Loki cannot read off the line: times and durations,
/// which LogQL does not compare, and where the line came from.
pub fn label_of(field: Field) -> Option<Label> {
    let label = |name, path, reading| Some(Label { name, path, reading });
    match field {
        Field::Verb => label("audit_verb", "verb", Reading::Lower),
        Field::User => label("audit_user", "user.username", Reading::Plain),
        Field::UserKind => label("audit_user", "user.username", Reading::UserKind),
        Field::Group => label("audit_groups", "user.groups", Reading::Array),
        Field::Impersonated => label("audit_as", "impersonatedUser.username", Reading::Plain),
        Field::SourceIp => label("audit_ips", "sourceIPs", Reading::Array),
        Field::Client => label("audit_agent", "userAgent", Reading::Product),
        Field::UserAgent => label("audit_agent", "userAgent", Reading::Plain),
        Field::Namespace => label("audit_ns", "objectRef.namespace", Reading::Plain),
        Field::Resource => label("audit_resource", "objectRef.resource", Reading::Plain),
        Field::Subresource => label("audit_sub", "objectRef.subresource", Reading::Plain),
        Field::ApiGroup => label("audit_apigroup", "objectRef.apiGroup", Reading::Plain),
        Field::Name => label("audit_name", "objectRef.name", Reading::Plain),
        Field::Code => label("audit_code", "responseStatus.code", Reading::Plain),
        Field::CodeClass => label("audit_code", "responseStatus.code", Reading::CodeClass),
        Field::Decision => label(
            "audit_decision",
            r#"annotations["authorization.k8s.io/decision"]"#,
            Reading::OneOf(&["allow", "forbid"]),
        ),
        Field::Reason => label("audit_reason", r#"annotations["authorization.k8s.io/reason"]"#, Reading::Plain),
        Field::Stage => label("audit_stage", "stage", Reading::OneOf(STAGES)),
        Field::Level => label("audit_level", "level", Reading::OneOf(LEVELS)),
        Field::DryRun => label("audit_uri", "requestURI", Reading::DryRun),
        Field::Truncated => label("audit_truncated", r#"annotations["audit.k8s.io/truncated"]"#, Reading::Truth),
        Field::Path => label("audit_uri", "requestURI", Reading::Path),
        Field::Time | Field::Latency | Field::Observed | Field::Source => None,
    }
}

/// The field's values in a label's text, as a metric query's series carries it; none: absent.
pub fn field_values(field: Field, text: &str) -> Vec<String> {
    let Some(label) = label_of(field) else { return Vec::new() };
    let one = |value: &str| if value.is_empty() { Vec::new() } else { vec![value.to_string()] };
    let yes = |is: bool| one(if is { "yes" } else { "" });
    match label.reading {
        Reading::Plain | Reading::Lower | Reading::OneOf(_) => one(text),
        Reading::Array => serde_json::from_str::<Vec<String>>(text).unwrap_or_default(),
        Reading::Path => one(text.split('?').next().unwrap_or_default()),
        Reading::Product => one(client_product(text)),
        Reading::UserKind => one(user_kind(text)),
        Reading::CodeClass => one(code_class(text.parse().unwrap_or(0))),
        Reading::DryRun => yes(text.split_once('?').is_some_and(|(_, query)| query.contains("dryRun=All"))),
        Reading::Truth => yes(text == "true"),
    }
}
