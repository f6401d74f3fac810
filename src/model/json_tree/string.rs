//! JSON strings as plain text.

use crate::model::json_string::unescape;
use std::borrow::Cow;
use std::ops::Range;

/// A JSON string's text without its quotes, escapes undone; what is no string, as it stands.
pub fn string_at(text: &str, range: Range<usize>) -> Cow<'_, str> {
    let raw = &text[range];
    match raw.strip_prefix('"') {
        Some(inner) => unescape(inner.strip_suffix('"').unwrap_or(inner).as_bytes()),
        None => Cow::Borrowed(raw),
    }
}
