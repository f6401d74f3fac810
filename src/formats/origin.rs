//! Where an event was observed: labels of its wrapper, as `key=value` joined by
//! newlines, sorted, each key once (the innermost wrapper's value).

use super::json::{Members, elements};
use super::unescape::unescape_into;
use std::borrow::Cow;

/// Labels being gathered.
#[derive(Default, Clone)]
pub struct Labels(Vec<(String, String)>);

impl Labels {
    /// Adds a label; `inside` is the inside of a JSON string. Empty values say nothing.
    pub fn add(&mut self, key: &str, inside: &[u8]) {
        let mut value = Vec::new();
        unescape_into(inside, &mut value);
        self.add_plain(key, &String::from_utf8_lossy(&value));
    }

    pub fn add_plain(&mut self, key: &str, value: &str) {
        let one_line = |text: &str| text.trim().replace(['\n', '\r'], " ");
        let (key, value) = (one_line(key).replace('=', "_"), one_line(value));
        if !value.is_empty() && !key.is_empty() {
            self.0.push((key, value));
        }
    }

    /// Adds each text member of an object of labels.
    pub fn add_object(&mut self, object: &[u8]) {
        for (key, value) in Members::of(object).iter().flat_map(Members::iter) {
            if let Some(inside) = super::json::inside(value) {
                self.add(&String::from_utf8_lossy(key), inside);
            }
        }
    }

    /// Adds OTLP attributes: `[{"key":"k","value":{"stringValue":"v"}}]`.
    pub fn add_attributes(&mut self, array: &[u8]) {
        for attribute in elements(array).unwrap_or_default() {
            let Some(attribute) = Members::of(attribute) else { continue };
            let key = String::from_utf8_lossy(attribute.text("key")).into_owned();
            self.add(&key, attribute.text("value>stringValue"));
        }
    }

    pub fn into_origin(mut self, outer: &str) -> String {
        // Stable, so of one key the label added last stands last.
        self.0.splice(0..0, outer.lines().filter_map(|line| line.split_once('=')).map(owned));
        self.0.sort_by(|a, b| a.0.cmp(&b.0));
        let mut origin = String::new();
        for (index, (key, value)) in self.0.iter().enumerate() {
            if self.0.get(index + 1).is_some_and(|next| next.0 == *key) {
                continue;
            }
            let separator = if origin.is_empty() { "" } else { "\n" };
            origin.push_str(separator);
            origin.push_str(key);
            origin.push('=');
            origin.push_str(value);
        }
        origin
    }
}

fn owned((key, value): (&str, &str)) -> (String, String) {
    (key.to_string(), value.to_string())
}

/// Both origins in one, `inner` first where they differ.
pub fn join<'a>(outer: &'a str, inner: &'a str) -> Cow<'a, str> {
    if outer.is_empty() || outer == inner {
        return Cow::Borrowed(inner);
    }
    if inner.is_empty() {
        return Cow::Borrowed(outer);
    }
    let mut labels = Labels::default();
    inner.lines().filter_map(|line| line.split_once('=')).for_each(|(key, value)| labels.add_plain(key, value));
    Cow::Owned(labels.into_origin(outer))
}

/// The labels that the object around an array of records carries before it. `header` is that object's open text.
pub fn of_header(header: &[u8], outer: &str) -> String {
    let mut labels = Labels::default();
    // Completed as far as it goes: what a wrapper says of all its records stands before them.
    let mut whole = header.to_vec();
    whole.extend_from_slice(b"[]}");
    let Some(members) = Members::of(&whole) else { return outer.to_string() };
    if let Some(stream) = members.get("stream").or(members.get("labels")) {
        labels.add_object(stream);
    }
    if let Some(attributes) = members.path("resource>attributes") {
        labels.add_attributes(attributes);
    }
    for (key, label) in [("owner", "account"), ("logGroup", "log_group"), ("logStream", "log_stream")] {
        labels.add(label, members.text(key));
    }
    labels.into_origin(outer)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(header: &str, outer: &str, expected: &str) {
        assert_eq!(of_header(header.as_bytes(), outer), expected, "{header}");
    }

    #[test]
    fn headers() {
        check("", "", "");
        check("", "a=b", "a=b");
        check(r#"{"kind":"EventList","items":"#, "", "");
        check(r#"{"stream":{"pod":"p","cluster":"c=1\n2"},"values":"#, "", "cluster=c=1 2\npod=p");
        check(r#"{"stream":{"pod":"p"},"values":"#, "cluster=c\npod=q", "cluster=c\npod=p");
        check(
            r#"{"messageType":"DATA_MESSAGE","owner":"1","logGroup":"g","logStream":"s","logEvents":"#,
            "",
            "account=1\nlog_group=g\nlog_stream=s",
        );
        check(
            r#"{"resource":{"attributes":[{"key":"k8s.cluster.name","value":{"stringValue":"c"}}]},"scopeLogs":"#,
            "",
            "k8s.cluster.name=c",
        );
    }

    #[test]
    fn joins() {
        assert_eq!(join("", ""), "");
        assert_eq!(join("a=1", ""), "a=1");
        assert_eq!(join("b=1\nc=2", "a=3\nc=4"), "a=3\nb=1\nc=4");
    }
}
