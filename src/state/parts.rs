//! The view's parts, each a signal of its own: who shows one is not woken by a change of another.

use super::view::{Tab, View, Zone};
use crate::model::{Field, TimeRange};
use crate::query::question::Sort;
use leptos::prelude::*;

/// Read-only; the view itself is what actions change.
#[derive(Clone, Copy)]
pub struct Parts {
    pub filter_text: Memo<String>,
    pub window: Memo<Option<TimeRange>>,
    pub stack: Memo<Field>,
    pub columns: Memo<Vec<Field>>,
    pub sort: Memo<Sort>,
    pub has_event: Memo<bool>,
    pub zone: Memo<Zone>,
    pub tab: Memo<Tab>,
}

impl Parts {
    pub fn of(view: RwSignal<View>) -> Parts {
        Parts {
            filter_text: Memo::new(move |_| view.with(|view| view.filter_text.clone())),
            window: Memo::new(move |_| view.with(|view| view.window)),
            stack: Memo::new(move |_| view.with(|view| view.stack)),
            columns: Memo::new(move |_| view.with(|view| view.columns.clone())),
            sort: Memo::new(move |_| view.with(|view| view.sort)),
            has_event: Memo::new(move |_| view.with(|view| view.event.is_some())),
            zone: Memo::new(move |_| view.with(|view| view.zone.clone())),
            tab: Memo::new(move |_| view.with(|view| view.tab)),
        }
    }
}
