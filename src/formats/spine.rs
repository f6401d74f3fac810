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

use Node::*;
use Opens::*;

/// One row per key on the way to a wrapper's records.
const SPINE: &[(Node, &str, Opens, Node)] = &[
    (Root, "items", Array, Leaf),
    (Root, "data", Object, LokiData),
    (LokiData, "result", Array, LokiStream),
    (LokiStream, "values", Array, Leaf),
    // The older spelling, and the one of the push API.
    (Root, "streams", Array, LokiStream),
    (Root, "events", Array, Leaf),
    (Root, "logEvents", Array, Leaf),
    (Root, "results", Array, Leaf),
    (Root, "records", Array, Leaf),
    (Root, "Records", Array, Leaf),
    (Root, "entries", Array, Leaf),
    (Root, "resourceLogs", Array, OtlpResource),
    (OtlpResource, "scopeLogs", Array, OtlpScope),
    (OtlpScope, "logRecords", Array, Leaf),
    (Root, "hits", Object, Hits),
    (Hits, "hits", Array, Leaf),
    (Root, "value", Array, Leaf),
    (Root, "body", Object, AzureBody),
    (AzureBody, "value", Array, Leaf),
];

/// Where `key` leads from `node`.
pub fn below(node: Node, key: &[u8]) -> Option<(Opens, Node)> {
    SPINE.iter().find(|row| row.0 == node && row.1.as_bytes() == key).map(|row| (row.2, row.3))
}
