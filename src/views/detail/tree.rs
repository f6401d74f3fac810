//! The raw event as a tree: each level is read when it is opened.

use super::pick;
use super::said::Said;
use crate::model::json_tree::{self, Child, Key, Kind, Match};
use crate::model::text::{clip, visible_text};
use crate::state::app::App;
use crate::views::parts::number::{counted, thousands};
use crate::views::parts::{Glyph, IconButton};
use leptos::ev::KeyboardEvent;
use leptos::prelude::*;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

/// Children shown at once; more on request.
const PAGE: usize = 200;
const MOST_MATCHES: usize = 1_000;
/// Objects of at most this many members open with the event.
const SMALL: usize = 12;
/// A whole string on show ends here; copying it does not.
const MOST_CHARS: usize = 100_000;

#[derive(Clone, Copy)]
struct Tree {
    app: App,
    said: Said,
    /// Tells one tree's lines from another's.
    name: &'static str,
    text: StoredValue<Arc<String>>,
    /// The children of the outermost value, read once.
    first_level: StoredValue<Arc<Vec<Child>>>,
    /// Open objects and arrays, by where they start, and which pages of their children show.
    open: RwSignal<HashMap<usize, BTreeSet<usize>>>,
    /// The line whose actions show, by where its value starts.
    acting: RwSignal<Option<usize>>,
    matches: RwSignal<Arc<Vec<Match>>>,
    hits: RwSignal<Arc<HashSet<usize>>>,
    /// Which match is the current one.
    current: RwSignal<usize>,
}

#[component]
pub fn JsonTree(
    text: Arc<String>,
    /// [`json_tree::outline`] of the text; `None` for an empty one.
    outline: Option<(Child, Arc<Vec<Child>>)>,
    said: Said,
    name: &'static str,
    /// What it shows, in words: `this event`.
    what: &'static str,
) -> impl IntoView {
    let (root, first_level) = outline.map_or((None, Arc::default()), |(root, below)| (Some(root), below));
    let tree = Tree {
        app: App::get(),
        said,
        name,
        open: RwSignal::new(root.as_ref().map(|root| opened(root, &first_level)).unwrap_or_default()),
        first_level: StoredValue::new(first_level),
        text: StoredValue::new(text),
        acting: RwSignal::new(None),
        matches: RwSignal::new(Arc::new(Vec::new())),
        hits: RwSignal::new(Arc::new(HashSet::new())),
        current: RwSignal::new(0),
    };
    let broken = root.as_ref().is_none_or(|root| root.cut || root.kind == Kind::Broken);
    view! {
        <Search tree label=["Search in ", what].concat() />
        {broken.then(|| view! { <p class="note">"This is not whole JSON: it is shown as far as it goes."</p> })}
        <ul class="json-tree">{root.map(|root| node(tree, root, String::new()))}</ul>
    }
}

/// What stands open at first: the event, and what in it is small.
fn opened(root: &Child, first_level: &[Child]) -> HashMap<usize, BTreeSet<usize>> {
    let is_small = |child: &&Child| child.count.is_some_and(|count| count <= SMALL) && child.range.len() < 2_000;
    let small = first_level.iter().take(PAGE).filter(is_small).map(|child| child.range.start);
    small.chain([root.range.start]).map(|start| (start, BTreeSet::from([0]))).collect()
}

#[component]
fn Search(tree: Tree, label: String) -> impl IntoView {
    let needle = RwSignal::new(String::new());
    let look = move |text: String| {
        let matches = tree.text.with_value(|whole| json_tree::find(whole, &text, MOST_MATCHES));
        tree.hits.set(Arc::new(matches.iter().map(|found| found.start).collect()));
        tree.matches.set(Arc::new(matches));
        needle.set(text);
        go(tree, 0);
    };
    let step = move |by: usize| {
        let count = tree.matches.with_untracked(|matches| matches.len());
        if count > 0 {
            go(tree, (tree.current.get_untracked() + by) % count);
        }
    };
    let back = move || tree.matches.with_untracked(|matches| matches.len().saturating_sub(1));
    let key = move |event: KeyboardEvent| match event.key().as_str() {
        "Enter" => {
            event.prevent_default();
            step(if event.shift_key() { back() } else { 1 });
        }
        // First empties the search; only then does Esc close the drawer.
        "Escape" if needle.with_untracked(|needle| !needle.is_empty()) => {
            event.stop_propagation();
            event.prevent_default();
            look(String::new());
        }
        _ => (),
    };
    let found = move || {
        let count = tree.matches.with(|matches| matches.len());
        match (needle.with(String::is_empty), count) {
            (true, _) => String::new(),
            (false, 0) => "nothing found".to_string(),
            (false, _) => {
                let more = if count == MOST_MATCHES { " or more" } else { "" };
                [&thousands(tree.current.get() as u64 + 1), " of ", &thousands(count as u64), more].concat()
            }
        }
    };
    let none = move || tree.matches.with(|matches| matches.is_empty());
    view! {
        <div class="json-search">
            <input
                type="search"
                aria-label=label.clone()
                placeholder=label
                prop:value=needle
                on:input=move |event| look(event_target_value(&event))
                on:keydown=key
            />
            <span class="note number" role="status">{found}</span>
            <Show when=move || !none()>
                <IconButton glyph=Glyph::Up label="Previous match (Shift+Enter)" on_press=move |_| step(back()) />
                <IconButton glyph=Glyph::Down label="Next match (Enter)" on_press=move |_| step(1) />
            </Show>
        </div>
    }
}

/// Opens everything around a match and brings it into view.
fn go(tree: Tree, index: usize) {
    tree.current.set(index);
    let Some(found) = tree.matches.with_untracked(|matches| matches.get(index).cloned()) else { return };
    tree.open.update(|open| {
        for (start, child) in &found.inside {
            open.entry(*start).or_default().insert(child / PAGE);
        }
    });
    request_animation_frame(move || {
        if let Some(line) = document().get_element_by_id(&line_id(tree, found.start)) {
            line.scroll_into_view_with_bool(false);
        }
    });
}

fn line_id(tree: Tree, start: usize) -> String {
    [tree.name, "-", &start.to_string()].concat()
}

fn node(tree: Tree, child: Child, path: String) -> AnyView {
    let start = child.range.start;
    let is_open = Memo::new(move |_| tree.open.with(|open| open.contains_key(&start)));
    let is_hit = move || tree.hits.with(|hits| hits.contains(&start));
    let is_current = move || {
        let current = tree.current.get();
        tree.matches.with(|matches| matches.get(current).is_some_and(|found| found.start == start))
    };
    let path = [path, json_tree::path_step(&child.key)].concat();
    let name = match &child.key {
        Key::Root => "event".to_string(),
        Key::Name(name) => visible_text(name).into_owned(),
        Key::Index(index) => index.to_string(),
    };
    let below = child.count.map(|total| {
        let (range, path) = (child.range.clone(), path.clone());
        move || is_open.get().then(|| level(tree, range.clone(), total, path.clone()))
    });
    let line = line(tree, &child, &name, is_open);
    let actions_name = ["Actions for ", &name].concat();
    let value = StoredValue::new((child, path));
    view! {
        <li>
            <div class="json-line" class:hit=is_hit class:current=is_current id=line_id(tree, start)>
                {line}
                <button
                    type="button"
                    class="quiet small json-more"
                    aria-label=actions_name
                    aria-expanded=move || (tree.acting.get() == Some(start)).to_string()
                    on:click=move |_| {
                        tree.acting.update(|acting| *acting = if *acting == Some(start) { None } else { Some(start) })
                    }
                >
                    "⋯"
                </button>
            </div>
            {move || (tree.acting.get() == Some(start)).then(|| value.with_value(|(child, path)| actions(tree, child, path)))}
            {below}
        </li>
    }
    .into_any()
}

/// Key and value; of an object or array, what it holds.
fn line(tree: Tree, child: &Child, name: &str, is_open: Memo<bool>) -> AnyView {
    let start = child.range.start;
    let cut = child.cut.then_some(" (the text ends here)");
    let Some(count) = child.count else {
        return view! {
            <span class="json-key foreign">{name.to_string()}</span>
            {scalar(tree, child)}
            {cut}
        }
        .into_any();
    };
    let toggle = move |_| {
        tree.open.update(|open| {
            if open.remove(&start).is_none() {
                open.insert(start, BTreeSet::from([0]));
            }
        })
    };
    let holds = match child.kind {
        Kind::Array => ["[ ", &counted(count as u64, "item"), " ]"].concat(),
        _ => ["{ ", &counted(count as u64, "member"), " }"].concat(),
    };
    view! {
        <button
            type="button"
            class="quiet small json-toggle"
            disabled=count == 0
            aria-expanded=move || is_open.get().to_string()
            on:click=toggle
        >
            <span aria-hidden="true" class="json-arrow">{move || if is_open.get() { "▾" } else { "▸" }}</span>
            <span class="json-key foreign">{name.to_string()}</span>
        </button>
        <span class="note">{holds}{cut}</span>
    }
    .into_any()
}

fn scalar(tree: Tree, child: &Child) -> AnyView {
    let class = match child.kind {
        Kind::String => "json-string",
        Kind::Broken => "json-broken",
        _ => "json-word",
    };
    let long = child.preview.chars().count() == json_tree::PREVIEW_CHARS;
    let preview = visible_text(&child.preview).into_owned();
    if !long {
        return view! { <span class=["foreign mono ", class].concat()>{preview}</span> }.into_any();
    }
    let whole = RwSignal::new(false);
    let range = child.range.clone();
    let bytes = thousands(range.len() as u64);
    let shown = move || {
        if !whole.get() {
            return [&*preview, "…"].concat();
        }
        tree.text.with_value(|text| {
            let value = json_tree::string_at(text, range.clone());
            match clip(&value, MOST_CHARS) {
                (all, true) => visible_text(all).into_owned(),
                (start, false) => [&*visible_text(start), "… (copy the value for the rest)"].concat(),
            }
        })
    };
    view! {
        <span class=["foreign mono ", class].concat()>{shown}</span>
        <button type="button" class="quiet small" on:click=move |_| whole.update(|whole| *whole = !*whole)>
            {move || if whole.get() { "Show less".to_string() } else { ["Show all ", &*bytes, " bytes"].concat() }}
        </button>
    }
    .into_any()
}

/// A stretch of an open object's children: on show, or left out for now.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Stretch {
    Page(usize),
    /// Pages from here up to the next one on show, or the end.
    Gap(std::ops::Range<usize>),
}

/// The pages on show and the gaps between them, in order.
fn stretches(shown: &BTreeSet<usize>, pages: usize) -> Vec<Stretch> {
    let mut all = Vec::new();
    let mut next = 0;
    for &page in shown.iter().filter(|page| **page < pages) {
        if page > next {
            all.push(Stretch::Gap(next..page));
        }
        all.push(Stretch::Page(page));
        next = page + 1;
    }
    if next < pages {
        all.push(Stretch::Gap(next..pages));
    }
    all
}

/// The children of an open object or array, in pages.
fn level(tree: Tree, range: std::ops::Range<usize>, total: usize, path: String) -> impl IntoView {
    let start = range.start;
    let each = move || {
        let shown = tree.open.with(|open| open.get(&start).cloned()).unwrap_or_default();
        stretches(&shown, total.div_ceil(PAGE))
    };
    let show = move |stretch: Stretch| match stretch {
        Stretch::Page(page) => {
            let children = page_of(tree, range.clone(), page);
            children.into_iter().map(|child| node(tree, child, path.clone())).collect_view().into_any()
        }
        Stretch::Gap(pages) => {
            let (first, last) = (pages.start * PAGE + 1, (pages.end * PAGE).min(total));
            let words =
                ["Show ", &thousands(first as u64), " to ", &thousands(last.min(first + PAGE - 1) as u64)].concat();
            let left = [" (", &thousands((last + 1 - first) as u64), " not on show)"].concat();
            let more = move |_| {
                tree.open.update(|open| {
                    open.entry(start).or_default().insert(pages.start);
                })
            };
            view! {
                <li>
                    <button type="button" class="small" on:click=more>{words}{left}</button>
                </li>
            }
            .into_any()
        }
    };
    view! {
        <ul class="json-level">
            <For each key=|stretch| stretch.clone() children=show />
        </ul>
    }
}

fn page_of(tree: Tree, range: std::ops::Range<usize>, page: usize) -> Vec<Child> {
    let is_outermost = tree.text.with_value(|text| text[..range.start].trim().is_empty());
    if is_outermost {
        return tree.first_level.with_value(|all| all.iter().skip(page * PAGE).take(PAGE).cloned().collect());
    }
    tree.text.with_value(|text| json_tree::children(text, range, page * PAGE, PAGE))
}

/// What can be done with a value: filter by it, copy it, copy where it stands.
fn actions(tree: Tree, child: &Child, path: &str) -> impl IntoView + use<> {
    let raw = tree.text.with_value(|text| text[child.range.clone()].to_string());
    let plain = json_tree::string_at(&raw, 0..raw.len()).into_owned();
    let filters = (child.count.is_none() && !plain.is_empty() && child.kind != Kind::Null).then(|| {
        let inner = raw.trim_matches('"').to_string();
        pick::buttons(tree.app, pick::Target::of_path(path, &plain, &inner))
    });
    let path_text = if path.is_empty() { ".".to_string() } else { path.to_string() };
    let (value, path) = (StoredValue::new(plain), StoredValue::new(path_text.clone()));
    view! {
        <div class="json-actions">
            {filters}
            <button type="button" class="small" on:click=move |_| tree.said.copy(value.get_value(), "Value")>
                "Copy value"
            </button>
            <button type="button" class="small" on:click=move |_| tree.said.copy(path.get_value(), "Path")>
                "Copy path"
            </button>
            <code class="foreign note">{visible_text(&path_text).into_owned()}</code>
        </div>
    }
}
