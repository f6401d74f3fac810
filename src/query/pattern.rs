//! Values against exact texts and wildcards, ASCII case ignored.

use super::question::Pattern;

impl Pattern {
    /// An absent value is matched by the empty pattern alone, not by `*`.
    pub fn matches(&self, value: &str) -> bool {
        match self {
            Pattern::Exact(text) | Pattern::Wildcard(text) if value.is_empty() => text.is_empty(),
            Pattern::Exact(text) => text.eq_ignore_ascii_case(value),
            Pattern::Wildcard(pattern) => wildcard_matches(pattern.as_bytes(), value.as_bytes()),
        }
    }
}

/// Greedy with one point to fall back to: linear in practice, never exponential.
fn wildcard_matches(pattern: &[u8], value: &[u8]) -> bool {
    let (mut p, mut v) = (0, 0);
    let mut fall_back: Option<(usize, usize)> = None;
    loop {
        let literal = match pattern.get(p) {
            Some(b'*') => {
                fall_back = Some((p + 1, v));
                p += 1;
                continue;
            }
            Some(b'\\') if p + 1 < pattern.len() => Some((pattern[p + 1], 2)),
            Some(&byte) => Some((byte, 1)),
            None => None,
        };
        match (literal, value.get(v)) {
            (Some((byte, width)), Some(seen)) if byte.eq_ignore_ascii_case(seen) => {
                p += width;
                v += 1;
            }
            (None, None) => return true,
            (_, seen) => {
                let Some((after_star, from)) = fall_back.filter(|_| seen.is_some()) else { return false };
                fall_back = Some((after_star, from + 1));
                p = after_star;
                v = from + 1;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards() {
        for (pattern, value, expected) in [
            ("system:*", "system:node:n1", true),
            ("system:*", "system", false),
            ("*", "", false),
            ("*", "x", true),
            ("a*b*c", "aXbYbZc", true),
            ("a*b*c", "aXbYbZ", false),
            ("*.log", "x.LOG", true),
            ("a", "A", true),
            ("", "", true),
            ("", "a", false),
            (r"\*", "*", true),
            (r"\*", "x", false),
            (r"a\\b", r"a\b", true),
            ("**a**", "bab", true),
            ("*aab", "aaaaab", true),
            ("é*", "éa", true),
        ] {
            assert_eq!(Pattern::Wildcard(pattern.into()).matches(value), expected, "{pattern} on {value}");
        }
    }
}
