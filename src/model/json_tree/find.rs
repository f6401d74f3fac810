//! Searches keys and scalars in one pass.

use super::MAX_DEPTH;
use super::scan::{is_space, skip_scalar, skip_string};
use super::string::string_at;
use crate::model::text::contains_ignoring_case;

/// A value that a search hit, in the order of the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Match {
    /// Where the value starts.
    pub start: usize,
    /// For each object or array around it, outermost first: where that starts, and
    /// which of its children leads here.
    pub inside: Vec<(usize, usize)>,
}

/// Values whose key or scalar text contains `needle`, ASCII case ignored; at most `limit`.
pub fn find(text: &str, needle: &str, limit: usize) -> Vec<Match> {
    let mut matches = Vec::new();
    if needle.is_empty() {
        return matches;
    }
    let bytes = text.as_bytes();
    let mut levels: Vec<Level> = Vec::new();
    let mut at = 0;
    while at < bytes.len() && matches.len() < limit {
        let start = at;
        let mut hit = false;
        match bytes[at] {
            b',' => {
                if let Some(level) = levels.last_mut() {
                    level.index += 1;
                    level.awaits_key = level.object;
                    level.key_hit = false;
                }
                at += 1;
            }
            b':' => at += 1,
            b'}' | b']' => {
                levels.pop();
                at += 1;
            }
            b'"' => {
                let (end, _) = skip_string(bytes, at);
                let hits = contains_ignoring_case(&string_at(text, at..end), needle);
                at = end;
                match levels.last_mut() {
                    Some(level) if level.awaits_key => {
                        level.awaits_key = false;
                        level.key_hit = hits;
                        continue;
                    }
                    level => hit = hits || level.is_some_and(|level| level.key_hit),
                }
            }
            bracket @ (b'{' | b'[') => {
                hit = levels.last().is_some_and(|level| level.key_hit);
                at += 1;
                if hit && levels.len() <= MAX_DEPTH {
                    matches.push(Match { start, inside: steps(&levels) });
                    hit = false;
                }
                let object = bracket == b'{';
                levels.push(Level { start, index: 0, object, awaits_key: object, key_hit: false });
            }
            byte if is_space(byte) => at += 1,
            _ => {
                at = skip_scalar(bytes, at);
                hit = contains_ignoring_case(&text[start..at], needle)
                    || levels.last().is_some_and(|level| level.key_hit);
            }
        }
        if hit && levels.len() <= MAX_DEPTH {
            matches.push(Match { start, inside: steps(&levels) });
        }
    }
    matches
}

/// An open object or array during a search.
struct Level {
    start: usize,
    index: usize,
    object: bool,
    awaits_key: bool,
    /// The key just read matches, so its value counts as found.
    key_hit: bool,
}

fn steps(levels: &[Level]) -> Vec<(usize, usize)> {
    levels.iter().map(|level| (level.start, level.index)).collect()
}
