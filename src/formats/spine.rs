//! Which objects hold their records in an array, and under which keys: the only
//! values that are taken apart while they are read, so they may be of any size.

/// A place in a wrapper's outline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Node {
    /// A value of its own: at the top of the text, or in a bare array.
    Root,
    /// The inside of a record: nothing below is taken apart.
    Leaf,
    LokiData,
    LokiStream,
    OtlpResource,
    OtlpScope,
    Hits,
    AzureBody,
}

/// What the value of a key must be for the outline to go on below it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Opens {
    Object,
    /// An array whose elements are at the node.
    Array,
}

/// Where a key leads.
#[derive(Debug)]
pub struct Below {
    from: Node,
    key: &'static str,
    pub opens: Opens,
    pub node: Node,
    /// What a person reads of records found this way.
    pub wrapper: Option<&'static str>,
}

const fn row(from: Node, key: &'static str, opens: Opens, node: Node) -> Below {
    Below { from, key, opens, node, wrapper: None }
}

const fn named(from: Node, key: &'static str, wrapper: &'static str) -> Below {
    Below { from, key, opens: Array, node: Leaf, wrapper: Some(wrapper) }
}

use Node::*;
use Opens::*;

/// One row per key on the way to a wrapper's records.
static SPINE: &[Below] = &[
    named(Root, "items", "EventList"),
    row(Root, "data", Object, LokiData),
    row(LokiData, "result", Array, LokiStream),
    // The push API has the streams at the top, and its older spelling `entries`.
    row(Root, "streams", Array, LokiStream),
    named(LokiStream, "values", "Loki API response"),
    named(LokiStream, "entries", "Loki API response"),
    row(Root, "events", Array, Leaf),
    named(Root, "logEvents", "CloudWatch subscription"),
    row(Root, "results", Array, Leaf),
    row(Root, "records", Array, Leaf),
    row(Root, "entries", Array, Leaf),
    row(Root, "resourceLogs", Array, OtlpResource),
    row(OtlpResource, "scopeLogs", Array, OtlpScope),
    named(OtlpScope, "logRecords", "OTLP JSON"),
    row(Root, "hits", Object, Hits),
    named(Hits, "hits", "Elastic"),
    row(Root, "value", Array, Leaf),
    row(Root, "body", Object, AzureBody),
    row(AzureBody, "value", Array, Leaf),
];

/// Where `key` leads from `node`.
pub fn below(node: Node, key: &[u8]) -> Option<&'static Below> {
    SPINE.iter().find(|row| row.from == node && row.key.as_bytes() == key)
}
