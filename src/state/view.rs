//! The view: everything a link carries, and nothing else.

use crate::model::{Field, TimeRange};
use crate::query::answer::EventIdentity;
use crate::query::question::Sort;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct View {
    /// The search bar's text as typed.
    pub filter_text: String,
    /// The timeline's stretch; only events in it are counted and listed. `None`: everything.
    pub window: Option<TimeRange>,
    /// The field that stacks the timeline.
    pub stack: Field,
    /// The table's columns, left to right.
    pub columns: Vec<Field>,
    pub sort: Sort,
    /// The open event.
    pub event: Option<EventIdentity>,
    pub zone: Zone,
    pub tab: Tab,
}

impl View {
    /// Whether the same is asked: event, zone and tab change what is shown of it.
    pub fn asks_as(&self, other: &View) -> bool {
        let View { filter_text, window, stack, columns, sort, event: _, zone: _, tab: _ } = self;
        (filter_text, window, stack, columns, sort)
            == (&other.filter_text, &other.window, &other.stack, &other.columns, &other.sort)
    }
}

/// The time zone all times show in.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Zone {
    Utc,
    /// The browser's own.
    Local,
    /// An IANA name.
    Named(String),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tab {
    Events,
    Resources,
    Sources,
    Coverage,
    Skipped,
}

impl Default for View {
    fn default() -> View {
        View {
            filter_text: String::new(),
            window: None,
            stack: Field::Verb,
            columns: vec![
                Field::Time,
                Field::Verb,
                Field::User,
                Field::Resource,
                Field::Namespace,
                Field::Name,
                Field::Code,
                Field::Client,
                Field::SourceIp,
            ],
            sort: Sort { field: Field::Time, descending: true },
            event: None,
            zone: Zone::Utc,
            tab: Tab::Events,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn event_zone_and_tab_ask_nothing_anew() {
        fn check(change: fn(&mut View), asks_as: bool) {
            let mut view = View::default();
            change(&mut view);
            assert_ne!(view, View::default());
            assert_eq!(view.asks_as(&View::default()), asks_as, "{view:?}");
        }
        fn identity() -> EventIdentity {
            EventIdentity { audit_id: "a".into(), stage: "Panic".into(), staged: None }
        }
        check(|view| view.filter_text = "verb:get".into(), false);
        check(|view| view.window = Some(TimeRange { start_micros: 0, end_micros: 1 }), false);
        check(|view| view.stack = Field::Code, false);
        check(|view| view.columns.truncate(1), false);
        check(|view| view.sort.descending = false, false);
        check(|view| view.event = Some(identity()), true);
        check(|view| view.zone = Zone::Local, true);
        check(|view| view.tab = Tab::Sources, true);
    }
}
