//! The Sources tab: each file or connection, what it held, and what was wrong with it.

use super::notices::FaultText;
use super::parts::number::{bytes_text, counted, duration_text, thousands};
use super::parts::zone::format_time_seconds;
use super::parts::{Glyph, IconButton, focus_soon};
use super::start::AddButtons;
use crate::model::text::visible_text;
use crate::state::app::App;
use crate::state::view::{Tab, Zone};
use crate::worker::progress::{Counts, SourceId, SourceState, SourceStatus};
use leptos::prelude::*;

#[component]
pub fn Sources() -> impl IntoView {
    let app = App::get();
    let ids = move || app.load.with(|load| load.sources.iter().map(|source| source.id).collect::<Vec<_>>());
    view! {
        <div class="sources">
            <div class="sources-head">
                <h2 tabindex="-1">"Sources"</h2>
                <AddButtons />
                <super::cockpit::ConnectButton />
            </div>
            <ul>
                <For each=ids key=|id| *id children=|id| view! { <Source id /> } />
            </ul>
        </div>
    }
}

#[component]
fn Source(id: SourceId) -> impl IntoView {
    let app = App::get();
    let status = Memo::new(move |_| app.load.with(|load| load.sources.iter().find(|source| source.id == id).cloned()));
    let zone = app.parts.zone;
    let name =
        move || status.with(|status| status.as_ref().map(|of| visible_text(&of.name).into_owned())).unwrap_or_default();
    let remove_label = move || ["Remove ", &name()].concat();
    let remove = move |_| {
        app.remove_source(id);
        // Its own button is gone with it.
        focus_soon(".sources-head h2");
    };
    let state = move || status.with(|status| status.as_ref().map(state_badge));
    let fault = Memo::new(move |_| status.with(|status| status.as_ref().and_then(|of| of.error.clone())));
    let facts = move || {
        let facts = status.with(|status| status.as_ref().map(|of| facts(of, &zone.get()))).unwrap_or_default();
        facts.into_iter().map(|(label, value)| view! { <div><dt>{label}</dt><dd>{value}</dd></div> }).collect_view()
    };
    let has_skipped =
        Memo::new(move |_| status.with(|status| status.as_ref().is_some_and(|of| of.counts.skipped_total() > 0)));
    view! {
        <li class="source">
            <div class="source-head">
                <h3 class="mono foreign">{name}</h3>
                {state}
                <IconButton glyph=Glyph::Trash label=remove_label on_press=remove />
            </div>
            {move || fault.get().map(|fault| view! { <FaultText fault /> })}
            <dl>{facts}</dl>
            <Show when=move || has_skipped.get()>
                <button
                    type="button"
                    class="small"
                    on:click=move |_| app.view.update(|view| view.tab = Tab::Skipped)
                >
                    "Look at what was skipped"
                </button>
            </Show>
        </li>
    }
}

fn state_badge(source: &SourceStatus) -> impl IntoView + use<> {
    let (class, word) = match source.state {
        SourceState::Waiting => ("badge", "waiting"),
        SourceState::Reading => ("badge", "reading"),
        SourceState::Ready => ("badge good", "ready"),
        SourceState::Cancelled => ("badge warn", "cancelled; what was read is kept"),
        SourceState::Failed if source.counts.events == 0 => ("badge bad", "failed"),
        SourceState::Failed => ("badge bad", "failed; what was read is kept"),
    };
    view! { <span class=class>{word}</span> }
}

/// Label and value; what is not known yet or does not occur is left out.
fn facts(source: &SourceStatus, zone: &Zone) -> Vec<(&'static str, String)> {
    let counts = &source.counts;
    let size = match source.bytes_total {
        Some(total) if source.state != SourceState::Ready && source.bytes_read < total => {
            [&bytes_text(source.bytes_read), " of ", &bytes_text(total)].concat()
        }
        Some(total) => bytes_text(total),
        None => String::new(),
    };
    let packed = !source.container.is_empty();
    let mut facts = vec![
        ("Size", size),
        ("Container", if packed { source.container.clone() } else { "none".to_string() }),
        ("Unpacked", if packed { bytes_text(source.text_bytes) } else { String::new() }),
        ("Format", source.wrapper.clone()),
        ("Events", thousands(counts.events)),
        ("Duplicates", thousands(counts.duplicates)),
        ("Skipped", skipped_text(counts)),
        ("Time span", span_text(counts, zone)),
        ("Levels", listed(&["None", "Metadata", "Request", "RequestResponse", "other"], &counts.levels)),
        ("API versions", listed(&["v1", "v1beta1", "v1alpha1"], &counts.api_versions)),
        ("With bodies", counted(counts.with_bodies, "event")),
    ];
    if counts.truncated > 0 {
        facts.push(("Shortened by the API server", counted(counts.truncated, "event")));
    }
    if counts.converted > 0 {
        facts.push(("Converted from another log", counted(counts.converted, "event")));
    }
    if counts.unpaired > 0 {
        facts.push(("One of a long operation’s two entries", counted(counts.unpaired, "event")));
    }
    if counts.other_halves > 0 {
        facts.push(("The other half of an event", counted(counts.other_halves, "record")));
    }
    facts.retain(|(_, value)| !value.is_empty());
    facts
}

/// `3: 2 cut off, 1 not JSON`
fn skipped_text(counts: &Counts) -> String {
    let total = thousands(counts.skipped_total());
    if counts.skipped.is_empty() {
        return total;
    }
    let reasons = counts.skipped.iter().map(|(reason, count)| [&thousands(*count), " ", reason.label()].concat());
    [&total, ": ", &reasons.collect::<Vec<_>>().join(", ")].concat()
}

fn span_text(counts: &Counts, zone: &Zone) -> String {
    counts.span.map_or_else(String::new, |span| {
        let (start, end) = (format_time_seconds(span.start_micros, zone), format_time_seconds(span.end_micros, zone));
        [&start, " to ", &end, " (", &duration_text(span.width_micros()), ")"].concat()
    })
}

/// `Metadata 1,200, Request 3`: those that occur.
fn listed(names: &[&str], counts: &[u64]) -> String {
    let some = names.iter().zip(counts).filter(|(_, count)| **count > 0);
    some.map(|(name, count)| [name, " ", &thousands(*count)].concat()).collect::<Vec<_>>().join(", ")
}
