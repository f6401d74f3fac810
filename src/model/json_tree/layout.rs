//! The same text laid out anew: indented, or on one line.

use super::MAX_DEPTH;
use super::scan::{skip_scalar, skip_space, skip_string};

/// The text with one member a line, indented by two spaces; a broken one as far as it goes.
pub fn pretty(text: &str) -> String {
    let mut out = String::with_capacity(text.len() * 2);
    let mut depth = 0usize;
    // A hostile depth must not turn into gigabytes of spaces.
    let line = |out: &mut String, depth: usize| {
        out.push('\n');
        out.extend(std::iter::repeat_n("  ", depth.min(MAX_DEPTH)));
    };
    for token in tokens(text) {
        match token {
            "{" | "[" => {
                out.push_str(token);
                depth += 1;
                line(&mut out, depth);
            }
            "}" | "]" => {
                depth = depth.saturating_sub(1);
                let filled = out.trim_end().len();
                out.truncate(filled);
                if !out.ends_with(['{', '[']) {
                    line(&mut out, depth);
                }
                out.push_str(token);
            }
            "," => {
                out.push(',');
                line(&mut out, depth);
            }
            ":" => out.push_str(": "),
            _ => out.push_str(token),
        }
    }
    out
}

/// The text on one line, without white space between values.
pub fn one_line(text: &str) -> String {
    tokens(text).collect()
}

/// Strings, scalars and single marks, without the white space between them.
fn tokens(text: &str) -> impl Iterator<Item = &str> {
    let bytes = text.as_bytes();
    let mut at = 0;
    std::iter::from_fn(move || {
        at = skip_space(bytes, at);
        let start = at;
        at = match bytes.get(at)? {
            b'"' => skip_string(bytes, at).0,
            b',' | b':' | b'{' | b'}' | b'[' | b']' => at + 1,
            _ => skip_scalar(bytes, at),
        };
        Some(&text[start..at])
    })
}
