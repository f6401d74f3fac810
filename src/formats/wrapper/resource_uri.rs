//! Request URIs and the resources they name.

use crate::model::Event;

/// `core/v1/…` to `/api/v1/…`, `apps/v1/…` to `/apis/apps/v1/…`, `healthz` to `/healthz`.
pub(super) fn write_uri(resource_name: &[u8], uri: &mut Vec<u8>) {
    if resource_name.is_empty() {
        return;
    }
    let before: &[u8] = match resource_name.strip_prefix(b"core/") {
        Some(_) => b"/api/",
        None if resource_name.contains(&b'/') => b"/apis/",
        None => b"/",
    };
    uri.extend_from_slice(before);
    uri.extend_from_slice(resource_name.strip_prefix(b"core/").unwrap_or(resource_name));
}

/// Fills group, version, resource, namespace, name and subresource from a resource's URI
/// (kubernetes/apiserver pkg/endpoints/request/requestinfo.go).
pub(super) fn resource_of_uri<'a>(uri: &'a [u8], event: &mut Event<'a>) {
    let path = uri.split(|&byte| byte == b'?').next().unwrap_or_default();
    let mut parts = path.split(|&byte| byte == b'/').skip(1);
    match parts.next() {
        Some(b"api") => {}
        Some(b"apis") => event.api_group = parts.next().unwrap_or_default(),
        _ => return,
    }
    event.api_version = parts.next().unwrap_or_default();
    let mut parts = parts.filter(|part| !part.is_empty());
    let mut next = || parts.next().unwrap_or_default();
    let mut first = next();
    // The deprecated `/api/v1/watch/pods`: the prefix says the verb.
    if first == b"watch" {
        event.verb = first;
        first = next();
    }
    let (second, third) = (next(), next());
    if first == b"namespaces" && !second.is_empty() {
        event.namespace = second;
    }
    // `/api/v1/namespaces/x` is the namespace itself; `status` and `finalize` are its subresources.
    let is_inside = first == b"namespaces" && !third.is_empty() && !matches!(third, b"status" | b"finalize");
    let (resource, name, subresource) = if is_inside { (third, next(), next()) } else { (first, second, third) };
    event.resource = resource;
    event.name = name;
    event.subresource = subresource;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resources_of_uris() {
        let check = |uri: &str, expected: [&str; 5]| {
            let mut event = Event { verb: b"get", ..Event::default() };
            resource_of_uri(uri.as_bytes(), &mut event);
            let found = [event.verb, event.namespace, event.resource, event.name, event.subresource];
            assert_eq!(found.map(String::from_utf8_lossy), expected, "{uri}");
        };
        check("/api/v1/pods", ["get", "", "pods", "", ""]);
        check("/api/v1/namespaces/a/pods/p/log?x=1", ["get", "a", "pods", "p", "log"]);
        check("/api/v1/namespaces/a", ["get", "a", "namespaces", "a", ""]);
        check("/api/v1/watch/pods", ["watch", "", "pods", "", ""]);
        check("/apis/apps/v1/watch/namespaces/a/deployments/d", ["watch", "a", "deployments", "d", ""]);
        check("/api/v1/watch/namespaces/a", ["watch", "a", "namespaces", "a", ""]);
        check("/api/v1/namespaces/watch/pods", ["get", "watch", "pods", "", ""]);
    }
}
