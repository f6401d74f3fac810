//! House rules that no compiler checks: the order of the rooms, the size of files, no hidden panics.
#![cfg(not(target_arch = "wasm32"))]

use std::fs;
use std::path::{Path, PathBuf};

/// Each room may name only rooms before it (and itself).
const ROOMS: &[&str] = &["model", "formats", "store", "query", "worker", "sources", "state", "views"];

/// Who may speak to the browser: path prefixes below src/.
const BROWSER: &[&str] =
    &["worker", "sources", "state/app", "state/address", "state/asking", "state/engine", "views", "bin"];
/// Crates that are the browser. `gloo_net` too: it fetches.
const BROWSER_CRATES: &[&str] = &["web_sys", "js_sys", "wasm_bindgen", "wasm_bindgen_futures", "gloo_net"];
/// Leptos is narrower: workers have no page.
const PAGE: &[&str] = &[
    "sources/loki",
    "state/app",
    "state/address",
    "state/asking",
    "state/engine",
    "state/hand_out",
    "state/parts",
    "views",
    "bin",
];
const PAGE_CRATES: &[&str] = &["leptos", "plotters", "plotters_canvas"];

/// Of a file, its unit tests not counted.
const MAX_LINES: usize = 400;

/// A file's path below src/ and its text.
struct Source {
    path: String,
    text: String,
}

impl Source {
    fn room(&self) -> Option<usize> {
        let first = self.path.split(['/', '.']).next().unwrap_or_default();
        ROOMS.iter().position(|room| *room == first)
    }

    fn is_below(&self, prefixes: &[&str]) -> bool {
        prefixes.iter().any(|prefix| {
            self.path.strip_prefix(prefix).is_some_and(|rest| rest.starts_with(['/', '.']) || rest.is_empty())
        })
    }

    /// The lines that ship, numbered from 1: without `#[cfg(test)]` items and without comments' text.
    fn shipped_lines(&self) -> impl Iterator<Item = (usize, &str)> {
        let mut skipped_item_indent = None;
        let mut waiting = false;
        self.text.lines().enumerate().filter_map(move |(index, line)| {
            let indent = line.len() - line.trim_start().len();
            let trimmed = line.trim();
            if let Some(of_item) = skipped_item_indent {
                if indent == of_item && (trimmed.starts_with('}') || trimmed.ends_with(';')) {
                    skipped_item_indent = None;
                }
                return None;
            }
            if trimmed.starts_with("#[cfg(test)]") || trimmed.starts_with("#[cfg(all(test") {
                waiting = true;
                return None;
            }
            if waiting && !trimmed.starts_with("#[") {
                waiting = false;
                // `mod tests;` and one-line items end at once; a block ends at its own indent.
                if !trimmed.ends_with(';') && !trimmed.ends_with('}') {
                    skipped_item_indent = Some(indent);
                }
                return None;
            }
            (!waiting).then_some((index + 1, line))
        })
    }
}

fn collect(directory: &Path, root: &Path, into: &mut Vec<Source>) {
    let mut entries: Vec<PathBuf> = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            collect(&path, root, into);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let name = path.strip_prefix(root).unwrap().to_string_lossy().replace('\\', "/");
            into.push(Source { path: name, text: fs::read_to_string(&path).unwrap() });
        }
    }
}

fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut sources = Vec::new();
    collect(&root, &root, &mut sources);
    assert!(sources.len() > 15, "only {} files below src/", sources.len());
    sources
}

fn code(line: &str) -> &str {
    let trimmed = line.trim_start();
    if trimmed.starts_with("//") { "" } else { trimmed }
}

/// Whether `line` names the crate: `web_sys::`, `use leptos::`.
fn names(line: &str, krate: &str) -> bool {
    line.match_indices(krate).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        let is_word = |c: char| c.is_alphanumeric() || c == '_' || c == ':' || c == '"';
        !before.is_some_and(is_word) && line[at + krate.len()..].starts_with("::")
    })
}

fn upward_names(source: &Source) -> Vec<String> {
    let Some(own) = source.room() else { return Vec::new() };
    let mut found = Vec::new();
    for (number, line) in source.text.lines().enumerate() {
        let line = code(line);
        for room in &ROOMS[own + 1..] {
            let by_crate = line.match_indices("crate::").any(|(at, _)| {
                let rest = line[at + 7..].trim_start_matches('{');
                rest.split([':', ',', ';', ' ', '}']).next() == Some(*room)
            });
            let grouped = line.contains("crate::{") && line.contains(&format!("{room}::"));
            let by_super = line.contains(&format!("super::{room}::")) && !inside_has(source, room);
            if by_crate || grouped || by_super {
                found.push(format!("src/{}:{}: names {room}: {line}", source.path, number + 1));
            }
        }
    }
    found
}

/// A room may have a file of its own named like another room (`formats/store.rs`).
fn inside_has(source: &Source, name: &str) -> bool {
    let room = source.path.split('/').next().unwrap_or_default();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src").join(room);
    folder.join(format!("{name}.rs")).exists() || folder.join(name).exists()
}

fn foreign_crates(source: &Source) -> Vec<String> {
    let mut found = Vec::new();
    for (allowed, crates) in [(BROWSER, BROWSER_CRATES), (PAGE, PAGE_CRATES)] {
        if source.is_below(allowed) || source.path == "lib.rs" {
            continue;
        }
        for (number, line) in source.text.lines().enumerate() {
            for krate in crates.iter().filter(|krate| names(code(line), krate)) {
                found.push(format!("src/{}:{}: {krate} has no place here", source.path, number + 1));
            }
        }
    }
    found
}

fn hidden_panics(source: &Source) -> Vec<String> {
    // Declared behind `#[cfg(test)]` by the module above it.
    if source.path.ends_with("tests.rs") || source.path.contains("/tests/") {
        return Vec::new();
    }
    let mut found = Vec::new();
    let mut line_before = String::new();
    for (number, line) in source.shipped_lines() {
        let shown = code(line);
        let explained = |text: &str| text.to_ascii_lowercase().contains("invariant");
        let panics = shown.contains(".unwrap()") || shown.contains(".expect(") || shown.contains("unreachable!(");
        if panics && !explained(line) && !explained(&line_before) {
            found.push(format!("src/{}:{number}: may panic, names no invariant: {shown}", source.path));
        }
        line_before = line.to_string();
    }
    found
}

fn left_overs(source: &Source) -> Vec<String> {
    let marks = [
        concat!("#[ig", "nore"),
        concat!("to", "do!("),
        concat!("TO", "DO"),
        concat!("FIX", "ME"),
        concat!("db", "g!("),
    ];
    let mut found = Vec::new();
    for (number, line) in source.text.lines().enumerate() {
        for mark in marks.iter().filter(|mark| line.contains(*mark)) {
            found.push(format!("{}:{}: {mark}", source.path, number + 1));
        }
    }
    found
}

fn check(rule: impl Fn(&Source) -> Vec<String>) {
    let found: Vec<String> = sources().iter().flat_map(rule).collect();
    assert!(found.is_empty(), "\n{}\n", found.join("\n"));
}

#[test]
fn a_room_names_only_rooms_before_it() {
    check(upward_names);
}

#[test]
fn the_browser_stays_in_its_rooms() {
    check(foreign_crates);
}

#[test]
fn nothing_panics_without_a_stated_invariant() {
    check(hidden_panics);
}

#[test]
fn nothing_is_left_over_or_ignored() {
    check(left_overs);
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut tests = Vec::new();
    collect(&root.join("tests"), root, &mut tests);
    let found: Vec<String> = tests.iter().flat_map(left_overs).collect();
    assert!(found.is_empty(), "\n{}\n", found.join("\n"));
}

#[test]
fn files_stay_readable() {
    check(|source| {
        let lines = source.shipped_lines().count();
        let long = (lines > MAX_LINES).then(|| format!("src/{}: {lines} lines besides its tests", source.path));
        long.into_iter().collect()
    });
}

/// The rules find what they look for.
#[test]
fn the_rules_bite() {
    let source = |path: &str, text: &str| Source { path: path.into(), text: text.into() };
    for (path, line) in [
        ("model/x.rs", "use crate::store::Store;"),
        ("formats/x.rs", "    let a = crate::query::ask();"),
        ("store/x.rs", "use crate::{model::Event, query::Filter};"),
        ("query/syntax/x.rs", "use super::super::state::view::View;"),
        ("worker/x.rs", "use crate::{views};"),
    ] {
        assert_eq!(upward_names(&source(path, line)).len(), 1, "{line}");
    }
    for (path, line) in [
        ("views/x.rs", "use crate::model::Event;"),
        ("worker/x.rs", "use crate::query::Filter;"),
        ("model/x.rs", "// see crate::store::Store"),
        ("state/x.rs", "use crate::state::view::View;"),
    ] {
        assert_eq!(upward_names(&source(path, line)), Vec::<String>::new(), "{line}");
    }
    assert_eq!(foreign_crates(&source("query/x.rs", "use web_sys::File;")).len(), 1);
    assert_eq!(foreign_crates(&source("worker/x.rs", "use leptos::prelude::*;")).len(), 1);
    assert_eq!(foreign_crates(&source("state/app.rs", "use leptos::prelude::*;")).len(), 0);
    assert_eq!(hidden_panics(&source("a.rs", "let x = y.unwrap();")).len(), 1);
    assert_eq!(hidden_panics(&source("a.rs", "// invariant: never empty\nlet x = y.unwrap();")).len(), 0);
    let tested = "#[cfg(test)]\nmod tests {\n    fn f() {\n        y.unwrap();\n    }\n}\nlet x = z.unwrap();";
    let found = hidden_panics(&source("a.rs", tested));
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].starts_with("src/a.rs:7:"), "{found:?}");
}
