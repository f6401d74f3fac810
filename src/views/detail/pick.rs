//! Filtering by a value of the event: include it, exclude it, or see everything with it.

pub use super::words::shown;
use crate::model::Field;
use crate::query::question::Filter;
use crate::query::syntax::{self, Choice};
use crate::state::app::App;
use leptos::prelude::*;

/// What a value of the event stands for in a filter.
#[derive(Debug, Clone, PartialEq)]
pub enum Target {
    Value(Field, String),
    /// A value of no field: looked for in the raw records.
    Text(String),
}

impl Target {
    /// The field that a path of the raw event fills, else its text: `inner` is the value as it
    /// stands in the record, escapes and all.
    pub fn of_path(path: &str, value: &str, inner: &str) -> Target {
        let path = path.split('[').next().filter(|_| path.ends_with(']') && !path.ends_with("\"]")).unwrap_or(path);
        let field = match path {
            ".verb" => Field::Verb,
            ".stage" => Field::Stage,
            ".level" => Field::Level,
            ".user.username" => Field::User,
            ".user.groups" => Field::Group,
            ".impersonatedUser.username" => Field::Impersonated,
            ".sourceIPs" => Field::SourceIp,
            ".userAgent" => Field::UserAgent,
            ".objectRef.resource" => Field::Resource,
            ".objectRef.subresource" => Field::Subresource,
            ".objectRef.namespace" => Field::Namespace,
            ".objectRef.name" => Field::Name,
            ".objectRef.apiGroup" => Field::ApiGroup,
            ".responseStatus.code" => Field::Code,
            ".annotations[\"authorization.k8s.io/decision\"]" => Field::Decision,
            ".annotations[\"authorization.k8s.io/reason\"]" => Field::Reason,
            _ => return Target::Text(inner.to_string()),
        };
        Target::Value(field, value.to_string())
    }

    fn include(&self, app: App) {
        match self {
            Target::Value(field, value) => app.choose(*field, value, Some(Choice::Included)),
            Target::Text(text) => narrow(app, Filter::Text(text.clone())),
        }
    }

    fn exclude(&self, app: App) {
        match self {
            Target::Value(field, value) => app.choose(*field, value, Some(Choice::Excluded)),
            Target::Text(text) => narrow(app, Filter::Not(Box::new(Filter::Text(text.clone())))),
        }
    }

    /// Forgets the filter so far: everything with this value.
    fn pivot(&self, app: App) {
        match self {
            Target::Value(field, value) => app.set_filter_text(&syntax::with_only("", *field, value)),
            Target::Text(text) => app.set_filter_text(&syntax::print(&Filter::Text(text.clone()))),
        }
    }

    fn name(&self) -> String {
        match self {
            Target::Value(field, value) => [field.label(), " ", value].concat(),
            Target::Text(text) => ["the text ", text].concat(),
        }
    }
}

/// Adds a condition to the filter in force.
fn narrow(app: App, more: Filter) {
    let parts = match app.filter.get_untracked() {
        Filter::And(mut parts) => {
            parts.push(more);
            parts
        }
        other => vec![other, more],
    };
    app.set_filter_text(&syntax::print(&Filter::And(parts)));
}

/// Include, exclude, and only this.
pub fn buttons(app: App, target: Target) -> impl IntoView + use<> {
    let short = crate::model::text::clip(&target.name(), 80).0.to_string();
    let target = StoredValue::new(target);
    let button = |word: &'static str, title: &'static str, act: fn(&Target, App)| {
        view! {
            <button
                type="button"
                class="quiet small"
                aria-label=[&word[..1].to_uppercase(), &word[1..], " ", &short].concat()
                title=title
                on:click=move |_| target.with_value(|target| act(target, app))
            >
                {word}
            </button>
        }
    };
    view! {
        <span class="pick-buttons">
            {button("include", "Add to the filter", Target::include)}
            {button("exclude", "Leave these events out", Target::exclude)}
            {button("only", "Forget the filter so far and show everything with this value", Target::pivot)}
        </span>
    }
}

/// A value and its buttons.
pub fn value(app: App, field: Field, text: &str) -> impl IntoView + use<> {
    view! {
        <span class="pick">
            <span class="foreign mono">{shown(text)}</span>
            {buttons(app, Target::Value(field, text.to_string()))}
        </span>
    }
}
