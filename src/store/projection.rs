//! How a field is read off its column: many fields share one column (user, user kind and
//! groups are all told from the user object), and each distinct column value is decoded once.

use super::dictionary::Dictionary;
use crate::model::json_string::unescape;
use crate::model::user::{client_product, code_class, user_kind};
use crate::model::{Column, Field, Flags};
use serde::de::{IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

pub struct Projection {
    pub field: Field,
    column: Column,
    /// `None`: the column's values are the field's values, under the same ids.
    derived: Option<Derived>,
}

#[derive(Default)]
struct Derived {
    values: Dictionary,
    /// Value ids of all column ids, one after another.
    value_ids: Vec<u32>,
    /// Where each column id's value ids end.
    ends: Vec<u32>,
    /// Column ids whose list has a value more than once, with that value, for each time too many.
    repeats: Vec<(u32, u32)>,
}

impl Projection {
    /// Invariant: `field` has a column.
    pub fn new(field: Field) -> Projection {
        let column = field.spec().column.expect("invariant: counted fields have a column");
        let derived = match field {
            Field::Stage
            | Field::Level
            | Field::Verb
            | Field::UserAgent
            | Field::Namespace
            | Field::Name
            | Field::Code
            | Field::Path
            | Field::Source => None,
            _ => Some(Derived::default()),
        };
        Projection { field, column, derived }
    }

    pub fn column(&self) -> Column {
        self.column
    }

    /// Derives what was interned since the last call.
    pub fn extend(&mut self, dictionaries: &[Dictionary; Column::COUNT]) {
        let Some(derived) = &mut self.derived else { return };
        let dictionary = &dictionaries[self.column as usize];
        for id in derived.ends.len()..dictionary.len() {
            derive(self.field, dictionary.get(id as u32), |value| {
                derived.value_ids.push(derived.values.intern(value.as_bytes()));
            });
            let start = derived.ends.last().copied().unwrap_or(0);
            if derived.value_ids.len() as u32 == start {
                derived.value_ids.push(0);
            }
            let repeated = repeated(&derived.value_ids[start as usize..]);
            derived.repeats.extend(repeated.into_iter().map(|value| (id as u32, value)));
            derived.ends.push(derived.value_ids.len() as u32);
        }
    }

    /// What [`Projection::values_of`] gives too often for counting: a column id and a value, for each time too many.
    pub fn repeats(&self) -> &[(u32, u32)] {
        self.derived.as_ref().map_or(&[], |derived| &derived.repeats)
    }

    /// The value ids of a column id: one, or several for a field with several values.
    #[inline]
    pub fn values_of<'a>(&'a self, column_id: &'a u32) -> &'a [u32] {
        match &self.derived {
            None => std::slice::from_ref(column_id),
            Some(derived) => {
                let at = *column_id as usize;
                let start = if at == 0 { 0 } else { derived.ends[at - 1] };
                &derived.value_ids[start as usize..derived.ends[at] as usize]
            }
        }
    }

    /// The field's values.
    pub fn values<'a>(&'a self, dictionaries: &'a [Dictionary; Column::COUNT]) -> &'a Dictionary {
        self.derived.as_ref().map_or(&dictionaries[self.column as usize], |derived| &derived.values)
    }

    pub fn bytes(&self) -> usize {
        let derived = self.derived.as_ref();
        derived.map_or(0, |d| {
            d.values.bytes() + d.value_ids.capacity() * 4 + d.ends.capacity() * 4 + d.repeats.capacity() * 8
        })
    }
}

/// The values that stand in a list again, each as often as that.
fn repeated(list: &[u32]) -> Vec<u32> {
    if list.len() < 2 {
        return Vec::new();
    }
    let mut sorted = list.to_vec();
    sorted.sort_unstable();
    sorted.windows(2).filter(|pair| pair[0] == pair[1]).map(|pair| pair[0]).collect()
}

/// What a user object says of its user; anything of another type is as if absent, and of a key that stands twice the last
/// holds.
#[derive(Default)]
struct User {
    username: String,
    groups: Vec<String>,
}

#[derive(Deserialize)]
#[serde(field_identifier, rename_all = "lowercase")]
enum UserKey {
    Username,
    Groups,
    #[serde(other)]
    Other,
}

impl<'de> Deserialize<'de> for User {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<User, D::Error> {
        deserializer.deserialize_map(UserVisitor)
    }
}

/// Written out, since a derived one gives up where a key stands twice.
struct UserVisitor;

impl<'de> Visitor<'de> for UserVisitor {
    type Value = User;

    fn expecting(&self, formatter: &mut std::fmt::Formatter) -> std::fmt::Result {
        formatter.write_str("a user object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<User, A::Error> {
        let mut user = User::default();
        while let Some(key) = map.next_key()? {
            match key {
                UserKey::Username => {
                    user.username = map.next_value::<Value>()?.as_str().unwrap_or_default().to_string();
                }
                UserKey::Groups => {
                    let groups = map.next_value::<Value>()?;
                    let items = groups.as_array().map(Vec::as_slice).unwrap_or_default();
                    user.groups = items.iter().filter_map(Value::as_str).map(String::from).collect();
                }
                UserKey::Other => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(user)
    }
}

fn parse_user(object: &[u8]) -> User {
    serde_json::from_slice(object)
        .or_else(|_| serde_json::from_str(&String::from_utf8_lossy(object)))
        .unwrap_or_default()
}

/// Gives `value` each value of `field` that a column's value holds; none: absent.
fn derive(field: Field, column_value: &[u8], mut value: impl FnMut(&str)) {
    let part = |index: usize| unescape(column_value.split(|&byte| byte == 0).nth(index).unwrap_or_default());
    let flags = || Flags::of_digits(column_value);
    match field {
        Field::User | Field::Impersonated => value(&parse_user(column_value).username),
        Field::UserKind => value(user_kind(&parse_user(column_value).username)),
        Field::Group => parse_user(column_value).groups.iter().for_each(|group| value(group)),
        Field::SourceIp => {
            let ips: Vec<Value> = serde_json::from_slice(column_value).unwrap_or_default();
            ips.iter().filter_map(|ip| ip.as_str()).for_each(value);
        }
        Field::Client => value(client_product(&String::from_utf8_lossy(column_value))),
        Field::ApiGroup => value(&part(0)),
        Field::Resource => value(&part(1)),
        Field::Subresource => value(&part(2)),
        Field::Decision => value(&part(0)),
        Field::Reason => value(&part(1)),
        Field::CodeClass => {
            let code = std::str::from_utf8(column_value).ok().and_then(|text| text.parse().ok());
            value(code_class(code.unwrap_or(0)));
        }
        Field::DryRun if flags().has(Flags::DRY_RUN) => value("yes"),
        Field::Truncated if flags().has(Flags::TRUNCATED) => value("yes"),
        Field::Observed => {
            String::from_utf8_lossy(column_value).split('\n').filter(|label| !label.is_empty()).for_each(value);
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(field: Field, column_value: &str, expected: &[&str]) {
        let mut seen = Vec::new();
        derive(field, column_value.as_bytes(), |value| seen.push(value.to_string()));
        assert_eq!(seen, expected, "{field:?} of {column_value}");
    }

    #[test]
    fn fields_off_columns() {
        let alice = r#"{"username":"alice","groups":["g1","g\"2"],"extra":{"k":["v"]}}"#;
        check(Field::User, alice, &["alice"]);
        check(Field::UserKind, alice, &["human"]);
        check(Field::Group, alice, &["g1", "g\"2"]);
        check(Field::User, r#"{"username":7,"groups":"none"}"#, &[""]);
        check(Field::Group, r#"{"username":7,"groups":"none"}"#, &[]);
        check(Field::User, "not json", &[""]);
        // Of a key that stands twice the last holds, as in every other reading.
        let twice = r#"{"username":"a","groups":["g"],"uid":"1","uid":"2","groups":["h"],"username":"b"}"#;
        check(Field::User, twice, &["b"]);
        check(Field::UserKind, r#"{"username":"system:node:n","username":"alice"}"#, &["human"]);
        check(Field::Group, twice, &["h"]);
        check(Field::User, r#"{"username":"a","username":7}"#, &[""]);
        check(Field::User, r#"["a",["g"]]"#, &[""]);
        check(Field::SourceIp, r#"["10.0.0.1","::1",3]"#, &["10.0.0.1", "::1"]);
        check(Field::Client, "kubectl/v1.30.0 (linux/amd64)", &["kubectl"]);
        check(Field::Resource, "apps\0deployments\0scale", &["deployments"]);
        check(Field::ApiGroup, "apps\0deployments\0scale", &["apps"]);
        check(Field::Subresource, "apps\0deployments\0scale", &["scale"]);
        check(Field::Reason, "allow\0RBAC: \\\"x\\\"", &["RBAC: \"x\""]);
        check(Field::CodeClass, "403", &["4xx"]);
        check(Field::DryRun, "1", &["yes"]);
        check(Field::DryRun, "2", &[]);
        check(Field::Truncated, "3", &["yes"]);
        check(Field::Observed, "cluster=c1\nnode=n1", &["cluster=c1", "node=n1"]);
    }
}
