//! The fields an event can be asked about: one row each.

use serde::{Deserialize, Serialize};

/// A stored column: dictionary ids, one per event. Several fields may be read off one column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum Column {
    Stage,
    Level,
    Verb,
    User,
    Impersonated,
    SourceIps,
    Agent,
    Resource,
    Namespace,
    Name,
    Code,
    Authorization,
    Path,
    Flags,
    Source,
    Origin,
}

impl Column {
    pub const COUNT: usize = Column::Origin as usize + 1;
}

/// Something an event can be asked about, filtered, counted and shown by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Field {
    Time,
    Latency,
    Verb,
    User,
    UserKind,
    Group,
    Impersonated,
    SourceIp,
    Client,
    UserAgent,
    Namespace,
    Resource,
    Subresource,
    ApiGroup,
    Name,
    Code,
    CodeClass,
    Decision,
    Reason,
    Stage,
    Level,
    DryRun,
    Truncated,
    Path,
    Observed,
    Source,
}

/// How a field's values are compared and ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Micros since 1970; not counted by value.
    Time,
    /// Micros; not counted by value.
    Duration,
    /// A decimal number, counted by value.
    Number,
    Text,
}

/// One field's facts.
#[derive(Debug)]
pub struct FieldSpec {
    pub field: Field,
    /// Spelling in the search bar and in links. Never changes once published.
    pub key: &'static str,
    /// Other spellings the search bar takes.
    pub aliases: &'static [&'static str],
    pub label: &'static str,
    pub help: &'static str,
    pub kind: Kind,
    /// `None` for the fields that are plain numbers rather than dictionary ids.
    pub column: Option<Column>,
    /// Shown as a facet.
    pub facet: bool,
    /// Facet is open when nothing was chosen yet.
    pub open: bool,
}

macro_rules! fields {
    ($($field:ident, $key:literal, [$($alias:literal),*], $label:literal, $kind:ident, $column:expr, $facet:literal, $open:literal, $help:literal;)*) => {
        &[$(FieldSpec { field: Field::$field, key: $key, aliases: &[$($alias),*], label: $label,
            help: $help, kind: Kind::$kind, column: $column, facet: $facet, open: $open }),*]
    };
}

/// Every field, in the order facets and the column chooser list them.
pub static FIELDS: &[FieldSpec] = fields! {
    Time, "time", ["received", "t"], "Time", Time, None, false, false, "When the API server received the request";
    Latency, "latency", ["duration"], "Latency", Duration, None, false, false, "From the request's receipt to this stage; for a watch or an exec, how long it lasted";
    Verb, "verb", [], "Verb", Text, Some(Column::Verb), true, true, "What was asked: get, list, watch, create, update, patch, delete, deletecollection";
    User, "user", ["username", "who"], "User", Text, Some(Column::User), true, true, "Who authenticated (before any impersonation)";
    UserKind, "kind", ["userkind"], "User kind", Text, Some(Column::User), true, true, "Human, service account, node, control plane or anonymous, told from the user name";
    Group, "group", ["groups"], "Group", Text, Some(Column::User), true, false, "The user's groups";
    Impersonated, "as", ["impersonated", "impersonateduser"], "Impersonated user", Text, Some(Column::Impersonated), true, false, "Whom the user acted as (kubectl --as)";
    SourceIp, "ip", ["sourceip", "sourceips"], "Source IP", Text, Some(Column::SourceIps), true, false, "Addresses the request came through; only the last one is trustworthy";
    Client, "client", ["product"], "Client", Text, Some(Column::Agent), true, true, "The program, from the user agent's first word";
    UserAgent, "agent", ["useragent", "ua"], "User agent", Text, Some(Column::Agent), true, false, "The whole user agent";
    Namespace, "ns", ["namespace"], "Namespace", Text, Some(Column::Namespace), true, true, "The object's namespace";
    Resource, "resource", ["res"], "Resource", Text, Some(Column::Resource), true, true, "The kind of object, in the plural: pods, secrets";
    Subresource, "sub", ["subresource"], "Subresource", Text, Some(Column::Resource), true, false, "What part of the object: log, exec, status, token";
    ApiGroup, "apigroup", ["apiGroup", "groupname"], "API group", Text, Some(Column::Resource), true, false, "The API group; empty for the core group";
    Name, "name", ["object"], "Name", Text, Some(Column::Name), true, false, "The object's name";
    Code, "code", ["status"], "Response code", Number, Some(Column::Code), true, true, "The HTTP status of the answer";
    CodeClass, "class", ["codeclass"], "Code class", Text, Some(Column::Code), true, false, "2xx success, 3xx, 4xx refused or not found, 5xx failed";
    Decision, "decision", [], "Decision", Text, Some(Column::Authorization), true, true, "What authorization said: allow or forbid";
    Reason, "reason", [], "Authorization reason", Text, Some(Column::Authorization), true, false, "Which binding and role allowed it";
    Stage, "stage", [], "Stage", Text, Some(Column::Stage), true, false, "The point of handling at which the event was written";
    Level, "level", [], "Level", Text, Some(Column::Level), true, false, "How much the audit policy had logged";
    DryRun, "dryrun", ["dry-run"], "Dry run", Text, Some(Column::Flags), true, false, "yes: the request asked to change nothing";
    Truncated, "truncated", [], "Truncated", Text, Some(Column::Flags), true, false, "yes: the API server dropped the bodies because the event was too large";
    Path, "path", ["uri", "requesturi"], "Request path", Text, Some(Column::Path), true, false, "The request's path without its query";
    Observed, "observed", ["label", "where"], "Where observed", Text, Some(Column::Origin), true, false, "Labels of the log that carried the event: cluster, node, stream";
    Source, "source", ["file"], "Source", Text, Some(Column::Source), true, false, "The file or connection the event came from";
};

impl Field {
    pub fn spec(self) -> &'static FieldSpec {
        // FIELDS lists every variant in declaration order (tested below).
        &FIELDS[self as usize]
    }

    pub fn key(self) -> &'static str {
        self.spec().key
    }

    pub fn label(self) -> &'static str {
        self.spec().label
    }

    /// The field of a key or alias, case ignored.
    pub fn from_key(key: &str) -> Option<Field> {
        let same = |k: &&str| k.eq_ignore_ascii_case(key);
        FIELDS.iter().find(|spec| same(&spec.key) || spec.aliases.iter().any(same)).map(|spec| spec.field)
    }

    /// Fields shown as facets, in order.
    pub fn facets() -> impl Iterator<Item = Field> {
        FIELDS.iter().filter(|spec| spec.facet).map(|spec| spec.field)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_stand_at_their_own_index_and_keys_are_unique() {
        let mut seen = std::collections::HashSet::new();
        for (index, spec) in FIELDS.iter().enumerate() {
            assert_eq!(spec.field as usize, index, "{}", spec.key);
            for key in std::iter::once(&spec.key).chain(spec.aliases) {
                assert_eq!(Field::from_key(key), Some(spec.field), "{key}");
            }
            assert!(seen.insert(spec.key), "{} twice", spec.key);
        }
    }
}
