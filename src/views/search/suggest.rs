//! What the search bar offers: the language's own words at once, values with counts when the workers answer.

use crate::model::text::visible_text;
use crate::query::question::FacetAsk;
use crate::query::syntax::{self, Completion, CompletionKind, value_text};
use crate::state::app::App;
use crate::views::parts::number::counted;
use leptos::prelude::*;
use leptos::task::spawn_local;
use std::time::Duration;

const VALUES: u32 = 20;
const RECENT: usize = 8;
/// A pause in typing after which the workers are asked for values: who goes on to Enter wants the answer, not these.
const VALUES_PAUSE: Duration = Duration::from_millis(60);

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suggestion {
    /// What is written at the cursor; for a recent search the whole text.
    pub insert: String,
    pub label: String,
    pub note: String,
    pub is_whole_text: bool,
}

/// The list under the search bar.
#[derive(Clone, Copy)]
pub struct Suggestions {
    app: App,
    pub list: RwSignal<Vec<Suggestion>>,
    pub selected: RwSignal<Option<usize>>,
    pub is_open: RwSignal<bool>,
    /// An example of what to type where nothing can be listed.
    pub example: RwSignal<Option<&'static str>>,
    completion: StoredValue<Option<Completion>>,
    /// Searches of this session, the newest last.
    recent: StoredValue<Vec<String>>,
    /// Answers to an earlier place in the text are dropped.
    number: StoredValue<u32>,
}

impl Suggestions {
    pub fn new() -> Suggestions {
        Suggestions {
            app: App::get(),
            list: RwSignal::default(),
            selected: RwSignal::default(),
            is_open: RwSignal::default(),
            example: RwSignal::default(),
            completion: StoredValue::default(),
            recent: StoredValue::default(),
            number: StoredValue::default(),
        }
    }

    pub fn close(self) {
        self.is_open.set(false);
        self.selected.set(None);
        self.number.update_value(|number| *number = number.wrapping_add(1));
    }

    /// Remembers a search that was used.
    pub fn remember(self, text: &str) {
        let text = text.trim();
        if !text.is_empty() {
            self.recent.update_value(|recent| {
                recent.retain(|old| old != text);
                recent.push(text.to_string());
            });
        }
    }

    /// Lists what may stand at the cursor (bytes).
    pub fn offer(self, text: &str, cursor: usize) {
        let completion = syntax::complete(text, cursor);
        let mut list = Vec::new();
        if text.trim().is_empty() {
            self.recent.with_value(|recent| list.extend(recent.iter().rev().take(RECENT).map(|text| whole(text))));
        }
        let candidates = completion.candidates.iter();
        list.extend(candidates.map(|of| Suggestion {
            insert: of.insert.clone(),
            label: of.insert.clone(),
            note: of.help.clone(),
            is_whole_text: false,
        }));
        self.example.set(match completion.kind {
            CompletionKind::Measure { example, .. } => Some(example),
            _ => None,
        });
        self.number.update_value(|number| *number = number.wrapping_add(1));
        if let CompletionKind::Values { field, find } = &completion.kind {
            let ask = FacetAsk { field: *field, limit: VALUES, find: find.clone(), by_name: false };
            let number = self.number.get_value();
            set_timeout(move || self.ask(ask, number), VALUES_PAUSE);
        }
        self.completion.set_value(Some(completion));
        self.selected.set(None);
        self.list.set(list);
        self.is_open.set(true);
    }

    /// Puts the field's values, with counts under the filter in force, before what is known anyway; nothing when what
    /// is typed has changed since `number`.
    fn ask(self, ask: FacetAsk, number: u32) {
        if self.number.try_get_value() != Some(number) {
            return;
        }
        let app = self.app;
        let (pool, filter) = (app.pool.get_value(), app.filter.get_untracked());
        let window = app.view.with_untracked(|view| view.window);
        spawn_local(async move {
            let Ok(Some(answer)) = pool.facet(filter, window, ask).await else { return };
            if self.number.try_get_value() != Some(number) {
                return;
            }
            let mut values: Vec<Suggestion> = answer
                .values
                .iter()
                .map(|of| Suggestion {
                    insert: value_text(&of.value),
                    label: visible_text(&value_text(&of.value)).into_owned(),
                    note: counted(of.events, "event"),
                    is_whole_text: false,
                })
                .collect();
            let chosen = self
                .selected
                .get_untracked()
                .and_then(|at| self.list.with_untracked(|list| list.get(at).map(|chosen| chosen.insert.clone())));
            self.list.update(|list| {
                list.retain(|known| !values.iter().any(|value| value.insert.eq_ignore_ascii_case(&known.insert)));
                values.append(list);
                *list = values;
            });
            // It stays what it was, wherever that stands now.
            if let Some(chosen) = chosen {
                let is_it = |one: &Suggestion| one.insert.eq_ignore_ascii_case(&chosen);
                self.selected.set(self.list.with_untracked(|list| list.iter().position(is_it)));
            }
        });
    }

    /// Moves the selection; past either end nothing is selected.
    pub fn step(self, down: bool) {
        let count = self.list.with_untracked(Vec::len);
        self.selected.update(|selected| {
            *selected = match (*selected, down) {
                (_, _) if count == 0 => None,
                (None, true) => Some(0),
                (None, false) => Some(count - 1),
                (Some(at), true) => (at + 1 < count).then_some(at + 1),
                (Some(at), false) => at.checked_sub(1),
            }
        });
    }

    /// The text with the suggestion written into it, and the cursor's place (bytes).
    pub fn apply(self, text: &str, index: usize) -> Option<(String, usize)> {
        let suggestion = self.list.with_untracked(|list| list.get(index).cloned())?;
        if suggestion.is_whole_text {
            let end = suggestion.insert.len();
            return Some((suggestion.insert, end));
        }
        self.completion.with_value(|completion| {
            let completion = completion.as_ref()?;
            // The text has changed since: its places mean nothing now.
            let fits = text.get(completion.replace.clone()).is_some();
            fits.then(|| completion.apply(text, &suggestion.insert))
        })
    }
}

fn whole(text: &str) -> Suggestion {
    Suggestion {
        insert: text.to_string(),
        label: visible_text(text).into_owned(),
        note: "recent".to_string(),
        is_whole_text: true,
    }
}
