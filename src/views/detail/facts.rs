//! What the event says in words: the sentence, what is missing, authorization, annotations.

use super::pick::{self, Target};
use super::said::Said;
use crate::model::json_tree::{self, Key};
use crate::model::text::visible_text;
use crate::model::{Field, Flags};
use crate::query::answer::Detail;
use crate::state::app::App;
use crate::views::parts::number::thousands;
use leptos::prelude::*;
use std::sync::Arc;

#[component]
pub fn Missing(detail: Arc<Detail>) -> impl IntoView {
    let level = detail.value(Field::Level);
    let bytes = thousands(detail.event_json.len() as u64);
    let mut notices: Vec<String> = Vec::new();
    if detail.has(Flags::TRUNCATED) {
        notices.push("The API server dropped the request and response bodies because the event was too large. They cannot be recovered from this log.".to_string());
    } else if detail.has(Flags::CONVERTED) {
        notices.push(
            "Converted from another log's shape: what that log does not carry, such as the latency, is not known."
                .to_string(),
        );
    } else if level == "Metadata" {
        notices.push("Logged at level Metadata: request and response bodies were never written, so what changed cannot be known from this event.".to_string());
    } else if level == "Request" {
        notices.push("Logged at level Request: the response body was never written.".to_string());
    }
    if detail.has(Flags::DRY_RUN) {
        notices.push("A dry run: the request changed nothing.".to_string());
    }
    if detail.event_json.len() > 1_000_000 {
        notices.push(["A large event: ", &bytes, " bytes."].concat());
    }
    let items = notices.into_iter().map(|words| view! { <li>{words}</li> }).collect_view();
    view! { <ul class="drawer-notices">{items}</ul> }
}

/// The event in one plain sentence, to copy into a report.
#[component]
pub fn Sentence(detail: Arc<Detail>, said: Said) -> impl IntoView {
    let sentence = sentence(&detail);
    let shown = visible_text(&sentence).into_owned();
    view! {
        <section class="drawer-section sentence" aria-label="In one sentence">
            <p class="foreign">{shown}</p>
            <button type="button" class="small" on:click=move |_| said.copy(sentence.clone(), "Sentence")>
                "Copy sentence"
            </button>
        </section>
    }
}

fn sentence(detail: &Detail) -> String {
    let who = detail.value(Field::User);
    let mut words = vec![if who.is_empty() { "someone" } else { who }, detail.value(Field::Verb)];
    words.extend([detail.value(Field::Resource), detail.value(Field::Name)]);
    words.retain(|word| !word.is_empty());
    words.join(" ")
}

#[component]
pub fn Authorization(detail: Arc<Detail>) -> impl IntoView {
    let app = App::get();
    let fact = |field: Field| {
        let value = detail.value(field);
        (!value.is_empty()).then(|| view! { <dt>{field.label()}</dt><dd>{pick::value(app, field, value)}</dd> })
    };
    let facts = [fact(Field::Decision), fact(Field::Reason)];
    facts.iter().any(Option::is_some).then(|| {
        view! {
            <section class="drawer-section" aria-labelledby="authorization">
                <h3 id="authorization">"Authorization"</h3>
                <dl>{facts.into_iter().flatten().collect_view()}</dl>
            </section>
        }
    })
}

#[component]
pub fn Annotations(detail: Arc<Detail>) -> impl IntoView {
    let app = App::get();
    let found = annotations(&detail.event_json);
    let each = |(name, value, inner): (String, String, String)| {
        let path = [".annotations", &json_tree::path_step(&Key::Name(name.clone()))].concat();
        view! {
            <li>
                <code class="foreign">{visible_text(&name).into_owned()}</code>
                <span class="pick">
                    <span class="foreign mono">{visible_text(&value).into_owned()}</span>
                    {pick::buttons(app, Target::of_path(&path, &value, &inner))}
                </span>
            </li>
        }
    };
    (!found.is_empty()).then(|| {
        view! {
            <section class="drawer-section" aria-labelledby="annotations">
                <h3 id="annotations">"Annotations"</h3>
                <ul class="annotations">{found.into_iter().map(each).collect_view()}</ul>
            </section>
        }
    })
}

/// Name, value, and the value as it stands in the record.
fn annotations(event: &str) -> Vec<(String, String, String)> {
    let named = |name: &str, child: &json_tree::Child| matches!(&child.key, Key::Name(key) if key == name);
    let all = |range: std::ops::Range<usize>| json_tree::children(event, range, 0, 200);
    let Some(root) = json_tree::root(event) else { return Vec::new() };
    let Some(annotations) = all(root.range).into_iter().find(|child| named("annotations", child)) else {
        return Vec::new();
    };
    let read = |child: json_tree::Child| match child.key {
        Key::Name(name) => {
            let inner = event[child.range.clone()].trim_matches('"').to_string();
            Some((name, json_tree::string_at(event, child.range).into_owned(), inner))
        }
        _ => None,
    };
    all(annotations.range).into_iter().filter_map(read).collect()
}
