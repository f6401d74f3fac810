//! What may be written at the cursor.

use super::lexer::Cursor;
use super::parser::plain;
use super::printer::value_text;
use crate::model::field::Kind;
use crate::model::text::contains_ignoring_case;
use crate::model::{FIELDS, Field, FieldSpec};
use std::ops::Range;

/// What may be written at the cursor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Completion {
    /// Bytes of the text that what is chosen replaces.
    pub replace: Range<usize>,
    pub kind: CompletionKind,
    /// Known without asking the events; best first.
    pub candidates: Vec<Candidate>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CompletionKind {
    /// Inside free text: nothing to offer.
    Nothing,
    /// A field's name, or a word.
    Fields,
    /// A field's value: ask its facet for values that contain `find`, and write the
    /// chosen one as [`value_text`] spells it.
    Values { field: Field, find: String },
    /// A number, time or duration to compare with: an example of one.
    Measure { field: Field, example: &'static str },
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// What is written; one that ends in `:` or an operator is to be completed further.
    pub insert: String,
    pub help: String,
}

impl Completion {
    /// The text with this written, and the cursor's new place: after it, and after a space
    /// when the term is complete.
    pub fn apply(&self, text: &str, insert: &str) -> (String, usize) {
        let (before, after) = (&text[..self.replace.start], &text[self.replace.end..]);
        let unfinished = insert.ends_with([':', '=', '<', '>', '-', '(']) || after.starts_with([' ', ',', ')']);
        let space = if unfinished { "" } else { " " };
        (format!("{before}{insert}{space}{after}"), before.len() + insert.len() + space.len())
    }
}

/// What may be written at `cursor` (bytes; moved down to a char boundary).
pub fn complete(text: &str, cursor: usize) -> Completion {
    let mut cursor = cursor.min(text.len());
    while !text.is_char_boundary(cursor) {
        cursor -= 1;
    }
    let spot = spot(text, cursor);
    let typed = &text[spot.replace.start.min(cursor)..cursor];
    let (kind, candidates) = match spot.place {
        Place::Text => (CompletionKind::Nothing, Vec::new()),
        Place::Word => (CompletionKind::Fields, words(typed, &text[..spot.replace.start])),
        Place::Value(field) => {
            let find = unquoted(typed);
            let known = known_values(field).iter().filter(|value| contains_ignoring_case(value, &find));
            let candidates = known.map(|value| Candidate { insert: value_text(value), help: String::new() }).collect();
            (CompletionKind::Values { field, find }, candidates)
        }
        Place::Measure(field) => (CompletionKind::Measure { field, example: example(field) }, Vec::new()),
    };
    Completion { replace: spot.replace, kind, candidates }
}

enum Place {
    Text,
    Word,
    Value(Field),
    Measure(Field),
}

struct Spot {
    place: Place,
    replace: Range<usize>,
}

/// Reads up to the cursor, forgiving every mistake on the way.
fn spot(text: &str, cursor: usize) -> Spot {
    let mut reader = Cursor { text, at: 0 };
    let mut list: Option<Field> = None;
    loop {
        reader.skip_space();
        let start = reader.at;
        if start >= cursor {
            let place = list.map_or(Place::Word, Place::Value);
            // At a word's very start the word is replaced; in the space before it nothing is.
            let end = if start == cursor { word_end(&reader, list.is_some()) } else { cursor };
            return Spot { place, replace: cursor..end };
        }
        if reader.eat(")") {
            list = None;
        } else if let Some(field) = list {
            if reader.eat(",") || reader.eat("(") {
                continue;
            }
            value(&mut reader);
            if cursor <= reader.at {
                return Spot { place: Place::Value(field), replace: start..reader.at };
            }
        } else if reader.eat("(") {
            continue;
        } else if reader.quoted().is_some() {
            let closed = reader.at - start > 1 && text[..reader.at].ends_with('"');
            if cursor < reader.at || !closed {
                return Spot { place: Place::Text, replace: cursor..cursor };
            }
        } else if let Some(spot) = term(&mut reader, cursor, &mut list) {
            return spot;
        }
    }
}

/// Passes a term; its spot when the cursor stands in it.
fn term(reader: &mut Cursor, cursor: usize, list: &mut Option<Field>) -> Option<Spot> {
    while reader.eat("-") {}
    let start = reader.at;
    let field = Field::from_key(reader.name());
    let name_end = reader.at;
    let (Some(field), Some(operator)) = (field, reader.operator()) else {
        reader.at = start;
        reader.word(&[]);
        let is_name = reader.text[start..reader.at].chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_'));
        let place = if is_name { Place::Word } else { Place::Text };
        return (cursor <= reader.at).then_some(Spot { place, replace: start..reader.at });
    };
    if cursor <= name_end {
        return Some(Spot { place: Place::Word, replace: start..reader.at });
    }
    if operator == ":" && reader.eat("(") {
        *list = Some(field);
        return None;
    }
    let measured = matches!(field.spec().kind, Kind::Time | Kind::Duration) || operator.contains(['<', '>']);
    loop {
        let from = reader.at;
        value(reader);
        if cursor <= reader.at {
            let place = if measured { Place::Measure(field) } else { Place::Value(field) };
            return Some(Spot { place, replace: from.min(cursor)..reader.at });
        }
        if !reader.eat(",") {
            return None;
        }
    }
}

fn value(reader: &mut Cursor) {
    if reader.quoted().is_none() {
        reader.word(&[',']);
    }
}

fn word_end(reader: &Cursor, in_list: bool) -> usize {
    let mut ahead = reader.clone();
    if in_list {
        value(&mut ahead);
    } else if ahead.name().is_empty() || ahead.operator().is_none() {
        ahead.at = reader.at;
    }
    ahead.at
}

fn unquoted(typed: &str) -> String {
    match typed.strip_prefix('"') {
        Some(inside) => inside.trim_end_matches('"').replace("\\\"", "\"").replace("\\\\", "\\"),
        None => plain(&Cursor { text: typed, at: 0 }.word(&[]).glyphs).trim_matches('*').to_string(),
    }
}

/// Fields, keywords and well-known values that begin with or contain what is typed.
fn words(typed: &str, before: &str) -> Vec<Candidate> {
    let mut ranked: Vec<(u8, Candidate)> = Vec::new();
    for spec in FIELDS {
        let Some(rank) = rank(spec, typed) else { continue };
        let help = format!("{}: {}", spec.label, spec.help);
        ranked.push((rank, Candidate { insert: format!("{}{}", spec.key, operator(spec)), help }));
    }
    if !typed.is_empty() {
        for spec in FIELDS {
            let matching = known_values(spec.field).iter().filter(|value| starts_with(value, typed));
            ranked.extend(matching.map(|value| {
                (1, Candidate { insert: format!("{}:{}", spec.key, value_text(value)), help: spec.label.to_string() })
            }));
        }
    }
    let starts = before.trim_end().is_empty() || before.trim_end().ends_with(['(', '-']);
    for (keyword, help) in KEYWORDS {
        let fits = *keyword == "NOT" || !starts;
        if fits && !typed.is_empty() && starts_with(keyword, typed) {
            ranked.push((2, Candidate { insert: keyword.to_string(), help: help.to_string() }));
        }
    }
    ranked.sort_by_key(|(rank, _)| *rank);
    ranked.into_iter().map(|(_, candidate)| candidate).collect()
}

const KEYWORDS: &[(&str, &str)] = &[
    ("OR", "Either of the two sides; AND binds tighter"),
    ("AND", "Both sides; a space means the same"),
    ("NOT", "Anything but what follows; the same as -"),
];

/// How well a field fits what is typed: 0 by its key, 2 by its key's or label's middle; `None`: not at all.
fn rank(spec: &FieldSpec, typed: &str) -> Option<u8> {
    if starts_with(spec.key, typed) {
        Some(0)
    } else if spec.aliases.iter().any(|alias| starts_with(alias, typed)) || starts_with(spec.label, typed) {
        Some(1)
    } else if contains_ignoring_case(spec.key, typed) || contains_ignoring_case(spec.label, typed) {
        Some(2)
    } else {
        None
    }
}

fn operator(spec: &FieldSpec) -> &'static str {
    match spec.kind {
        Kind::Time => ">=",
        Kind::Duration => ">",
        Kind::Number | Kind::Text => ":",
    }
}

fn example(field: Field) -> &'static str {
    match field.spec().kind {
        Kind::Time => "2026-11-23 or 2026-11-23T09:00:00Z",
        Kind::Duration => "250ms or 1.5s",
        Kind::Number => "400",
        Kind::Text => "text",
    }
}

/// Values that Kubernetes itself fixes.
fn known_values(field: Field) -> &'static [&'static str] {
    match field {
        Field::Verb => &["get", "list", "watch", "create", "update", "patch", "delete", "deletecollection"],
        Field::UserKind => &["human", "service account", "node", "control plane", "anonymous"],
        Field::Code => &["2xx", "4xx", "5xx"],
        Field::CodeClass => &["1xx", "2xx", "3xx", "4xx", "5xx"],
        Field::Decision => &["allow", "forbid"],
        Field::Stage => &["RequestReceived", "ResponseStarted", "ResponseComplete", "Panic"],
        Field::Level => &["Metadata", "Request", "RequestResponse"],
        Field::DryRun | Field::Truncated => &["yes"],
        _ => &[],
    }
}

fn starts_with(text: &str, prefix: &str) -> bool {
    text.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The cursor is written `|`; what would be replaced is compared.
    fn check(marked: &str, replaced: &str, kind: CompletionKind, first: &[&str]) {
        let cursor = marked.find('|').expect("a cursor");
        let text = marked.replacen('|', "", 1);
        let found = complete(&text, cursor);
        assert_eq!((&text[found.replace.clone()], &found.kind), (replaced, &kind), "{marked}");
        let inserts: Vec<&str> = found.candidates.iter().map(|candidate| candidate.insert.as_str()).collect();
        assert_eq!(inserts.get(..first.len()), Some(first), "{marked}: {inserts:?}");
    }

    fn values(field: Field, find: &str) -> CompletionKind {
        CompletionKind::Values { field, find: find.into() }
    }

    #[test]
    fn at_the_cursor() {
        use CompletionKind::{Fields, Measure, Nothing};
        let measure = |field| Measure { field, example: example(field) };
        check("|", "", Fields, &["time>=", "latency>", "verb:"]);
        check("ve|", "ve", Fields, &["verb:"]);
        check("na|me:x", "name:", Fields, &["name:", "ns:"]);
        check("-us|", "us", Fields, &["user:", "kind:"]);
        check("delete|", "delete", Fields, &["verb:delete", "verb:deletecollection"]);
        check("a o|", "o", Fields, &["observed:", "name:"]);
        check("verb:get |", "", Fields, &["time>="]);
        check("verb:get | ns:a", "", Fields, &["time>="]);
        check("verb:|", "", values(Field::Verb, ""), &["get", "list"]);
        check("verb:de|", "de", values(Field::Verb, "de"), &["delete", "deletecollection"]);
        check("verb:de|lete ns:a", "delete", values(Field::Verb, "de"), &["delete"]);
        check("verb:(get,de|", "de", values(Field::Verb, "de"), &["delete"]);
        check("verb:(get,|) ns:a", "", values(Field::Verb, ""), &["get"]);
        check("verb:(get OR |", "", values(Field::Verb, ""), &["get"]);
        check("verb:get,wa|", "wa", values(Field::Verb, "wa"), &["watch"]);
        check("name:\"a b|", "\"a b", values(Field::Name, "a b"), &[]);
        check(
            "kind:\"serv|ice account\" x",
            "\"service account\"",
            values(Field::UserKind, "serv"),
            &["\"service account\""],
        );
        check("user:system:*|", "system:*", values(Field::User, "system:"), &[]);
        check("code:|", "", values(Field::Code, ""), &["2xx"]);
        check("code>=4|", "4", measure(Field::Code), &[]);
        check("time>=|", "", measure(Field::Time), &[]);
        check("latency>1|", "1", measure(Field::Latency), &[]);
        check("\"free te|xt\"", "", Nothing, &[]);
        check("\"open |", "", Nothing, &[]);
        check("http://a|", "http://a", Nothing, &[]);
        check("verb:(a) ns:p|", "p", values(Field::Namespace, "p"), &[]);
    }

    #[test]
    fn what_is_chosen_is_written() {
        let check = |marked: &str, insert: &str, expected: &str| {
            let cursor = marked.find('|').expect("a cursor");
            let text = marked.replacen('|', "", 1);
            let (mut written, at) = complete(&text, cursor).apply(&text, insert);
            written.insert(at, '|');
            assert_eq!(written, expected, "{marked}");
        };
        check("ve|", "verb:", "verb:|");
        check("verb:de|", "delete", "verb:delete |");
        check("verb:(get,de|)", "delete", "verb:(get,delete|)");
        check("na|me:x", "ns:", "ns:|x");
        check("verb:de| ns:a", "delete", "verb:delete| ns:a");
    }

    proptest! {
        #[test]
        fn any_text_at_any_cursor(text in "[-a:(),\"\\\\ é=<verbcode*]{0,12}|verb:.{0,6}", cursor in 0usize..16) {
            let found = complete(&text, cursor);
            prop_assert!(text.get(found.replace.clone()).is_some());
            found.apply(&text, "x");
        }
    }
}
