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
