//! What the event says in words: the sentence, what is missing, authorization, annotations.

use super::pick::{self, Target};
use super::said::Said;
use super::words::{self, Outline, shown};
use crate::model::explain::{Reason, explain_annotation, parse_reason};
use crate::model::json_tree::{self, Key};
use crate::model::{Field, Flags};
use crate::query::answer::Detail;
use crate::state::app::App;
use crate::views::parts::number::bytes_text;
use leptos::prelude::*;
use std::sync::Arc;

const LARGE_BYTES: usize = 1_000_000;

/// The event in one plain sentence, to copy into a report.
#[component]
pub fn Sentence(detail: Arc<Detail>, outline: Arc<Outline>, said: Said) -> impl IntoView {
    let app = App::get();
    let sentence = Memo::new(move |_| app.parts.zone.with(|zone| words::tell(&detail, &outline, zone).0));
    view! {
        <section class="drawer-section sentence" aria-label="In one sentence">
            <p class="foreign">{move || shown(&sentence.get())}</p>
            <button type="button" class="small" on:click=move |_| said.copy(sentence.get_untracked(), "Sentence")>
                "Copy sentence"
            </button>
        </section>
    }
}

/// What the reader must not look for in vain.
#[component]
pub fn Missing(detail: Arc<Detail>) -> impl IntoView {
    let bodies = match detail.value(Field::Level) {
        _ if detail.has(Flags::TRUNCATED) => {
            "The API server dropped the request and response bodies because the event was too large. \
             This log does not hold them."
        }
        _ if detail.has(Flags::CONVERTED) && detail.latency_micros.is_some() => {
            "Converted from another log's shape. What that log does not carry is not known."
        }
        _ if detail.has(Flags::CONVERTED) => {
            "Converted from another log's shape. What that log does not carry, such as the latency, is not known."
        }
        "Metadata" => {
            "Logged at level Metadata: request and response bodies were not written, so this event does not say \
             what the object held or how it changed."
        }
        "Request" => "Logged at level Request: the response body was not written.",
        _ => "",
    };
    let dry_run = if detail.has(Flags::DRY_RUN) { "A dry run: the request changed nothing." } else { "" };
    let half = if detail.has(Flags::UNPAIRED) {
        "One of a long operation's two entries; the other is in no open file, so its length is not known."
    } else {
        ""
    };
    let size = detail.event_json.len();
    let large =
        if size < LARGE_BYTES { String::new() } else { ["A large event: ", &bytes_text(size as u64), "."].concat() };
    let notices = [bodies.to_string(), dry_run.to_string(), half.to_string(), large];
    let items: Vec<_> =
        notices.into_iter().filter(|words| !words.is_empty()).map(|words| view! { <li>{words}</li> }).collect();
    (!items.is_empty()).then(|| view! { <ul class="drawer-notices">{items}</ul> })
}

/// Who was granted what by which binding.
#[component]
pub fn Authorization(detail: Arc<Detail>) -> impl IntoView {
    let app = App::get();
    let reason = detail.value(Field::Reason);
    let plain = |label: &'static str, text: String| {
        view! { <dt>{label}</dt><dd class="foreign mono">{shown(&text)}</dd> }.into_any()
    };
    let picked = |field: Field| {
        let value = detail.value(field);
        (!value.is_empty())
            .then(|| view! { <dt>{field.label()}</dt><dd>{pick::value(app, field, value)}</dd> }.into_any())
    };
    let mut facts: Vec<AnyView> = picked(Field::Decision).into_iter().collect();
    match parse_reason(reason) {
        Reason::Binding(binding) => {
            facts.push(plain("Kind", "RBAC".to_string()));
            facts.push(plain("Binding", binding.binding_text()));
            facts.push(plain("Role", [&*binding.role_kind, " ", &binding.role].concat()));
            facts.push(plain("Subject", binding.subject_text()));
        }
        Reason::Node(_) => facts.push(plain("Kind", "Node authorizer".to_string())),
        Reason::Other(_) => facts.push(plain("Kind", "Another authorizer, or RBAC refused".to_string())),
        Reason::Empty => (),
    }
    facts.extend(picked(Field::Reason));
    (!facts.is_empty()).then(|| {
        view! {
            <section class="drawer-section" aria-labelledby="authorization">
                <h3 id="authorization">"Authorization"</h3>
                <dl>{facts}</dl>
            </section>
        }
    })
}

/// Each annotation, and what it means where that is known. Authorization has a section of its own.
#[component]
pub fn Annotations(outline: Arc<Outline>) -> impl IntoView {
    let app = App::get();
    let mut found = outline.annotations.clone();
    found.retain(|annotation| !annotation.name.starts_with("authorization.k8s.io/"));
    let each = |annotation: words::Annotation| {
        let path = [".annotations", &json_tree::path_step(&Key::Name(annotation.name.clone()))].concat();
        let target = Target::of_path(&path, &annotation.value, &annotation.inner);
        let explained = explain_annotation(&annotation.name, &annotation.value).map(|explained| {
            let part = |(label, text): (String, String)| {
                view! {
                    <dt class="foreign">{shown(&label)}</dt>
                    <dd class="foreign mono">{shown(&text)}</dd>
                }
            };
            let parts = explained.parts.into_iter().map(part).collect_view();
            view! {
                <p><strong>{explained.title}</strong>" "{explained.meaning}</p>
                <dl>{parts}</dl>
            }
        });
        view! {
            <li>
                <code class="foreign">{shown(&annotation.name)}</code>
                <span class="pick">
                    <span class="foreign mono">{shown(&annotation.value)}</span>
                    {pick::buttons(app, target)}
                </span>
                {explained}
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
