//! The empty page, which is its own tutorial, and the ways in: choose, drop, paste, sample.

use super::notices::Notices;
use super::parts::{Glyph, Icon};
use crate::sources::file::{self, Transfer};
use crate::state::app::App;
use leptos::attr::custom::custom_attribute;
use leptos::ev;
use leptos::html::Input;
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::JsCast;

/// What to do first.
#[component]
pub fn Start() -> impl IntoView {
    view! {
        <div class="start">
            <div class="start-inner">
                <h2>"Open a Kubernetes audit log"</h2>
                <div class="drop-zone">
                    <p class="drop-words">"Drop files or folders here, or paste log lines"</p>
                    <div class="start-buttons">
                        <AddButtons />
                    </div>
                    <p class="note">"JSON lines, arrays, EventLists and the exports of log stores; plain, gzip, zstd, zip or tar. Any size."</p>
                </div>
                <div class="other-ways">
                    <SampleButton />
                    <super::cockpit::ConnectButton />
                    <p class="note">"Scaleway’s Cockpit or any Loki: pick a cluster and a time, and load it into this tab."</p>
                </div>
                <p class="privacy">
                    <strong>"Your data stays in this tab."</strong>
                    " Nothing is uploaded. To check: open the browser’s developer tools, choose Network, and open a file: no request carries it. The page talks to another server only if you connect it to a Loki."
                </p>
                <Tour />
            </div>
        </div>
    }
}

/// What the next screen offers, in the order of use.
#[component]
fn Tour() -> impl IntoView {
    let steps = [
        (
            "Narrow down",
            "Click values in the filters, or type in the search bar:",
            "verb:delete ns:prod -user:system:*",
        ),
        ("Look at when", "Drag over the timeline; the table and the counts follow.", ""),
        ("Read one event", "Open a row: what happened, who did it, and why it was allowed.", ""),
        ("Hand it on", "The address holds the view, never the data:", "y copies the link, ? lists the keys"),
    ];
    let steps = steps.map(|(title, says, code)| {
        view! {
            <li>
                <h3>{title}</h3>
                <p>{says} {(!code.is_empty()).then(|| view! { " " <code>{code}</code> })}</p>
            </li>
        }
    });
    view! { <ol class="tour" aria-label="What comes next">{steps.into_iter().collect_view()}</ol> }
}

/// The buttons for files and folders; also in the Sources tab.
#[component]
pub fn AddButtons() -> impl IntoView {
    let press = |id: &'static str| {
        move |_| {
            if let Some(input) = document().get_element_by_id(id) {
                input.unchecked_into::<web_sys::HtmlElement>().click();
            }
        }
    };
    view! {
        <button type="button" class="primary" on:click=press("file-input")>
            <Icon glyph=Glyph::File />
            "Choose files"
        </button>
        <button type="button" on:click=press("folder-input")>
            <Icon glyph=Glyph::Folder />
            "Choose a folder"
        </button>
    }
}

#[component]
fn SampleButton() -> impl IntoView {
    let app = App::get();
    let notices = Notices::get();
    let busy = RwSignal::new(false);
    let fetch = move |_| {
        busy.set(true);
        spawn_local(async move {
            match file::sample().await {
                Ok(sample) => app.add_files(vec![sample]),
                Err(fault) => notices.report(fault),
            }
            let _ = busy.try_set(false);
        });
    };
    view! {
        <button type="button" disabled=move || busy.get() on:click=fetch>"Try the sample"</button>
        <p class="note">"A leaked service-account token, among 20,000 events of an ordinary day. Find out who used it."</p>
    }
}

/// The file inputs, and what is dropped or pasted anywhere on the page.
#[component]
pub fn Intake() -> impl IntoView {
    let app = App::get();
    let notices = Notices::get();
    let is_over = RwSignal::new(false);
    let take = move |transfer: Transfer, name: String| {
        spawn_local(async move {
            let found = transfer.read(&name).await;
            found.faults.into_iter().for_each(|fault| notices.report(fault));
            if !found.files.is_empty() {
                app.add_files(found.files);
            }
        });
    };
    let pasted = StoredValue::new(0u32);
    // What is dragged from the page itself is no file, wherever it is let go.
    let is_own = StoredValue::new(false);
    let listeners = [
        window_event_listener(ev::dragover, move |event| {
            if is_for_field(&event) {
                return;
            }
            // Without this the browser would leave the page and open the file.
            event.prevent_default();
            is_over.set(has_files(&event) || !is_own.get_value());
        }),
        window_event_listener(ev::dragstart, move |_| is_own.set_value(true)),
        window_event_listener(ev::dragend, move |_| is_own.set_value(false)),
        window_event_listener(ev::dragleave, move |event| {
            if event.related_target().is_none() {
                is_over.set(false);
            }
        }),
        window_event_listener(ev::drop, move |event| {
            is_over.set(false);
            // Its end is not told of when what was dragged is gone from the page.
            let is_own = is_own.try_update_value(std::mem::take) == Some(true);
            if is_for_field(&event) {
                return;
            }
            event.prevent_default();
            if is_own && !has_files(&event) {
                return;
            }
            if let Some(transfer) = event.data_transfer().map(|transfer| Transfer::take(&transfer)) {
                take_unless_empty(transfer, "dropped.log".to_string(), take);
            }
        }),
        window_event_listener(ev::paste, move |event| {
            if is_field(event.target()) {
                return;
            }
            let event: web_sys::ClipboardEvent = event.unchecked_into();
            if let Some(transfer) = event.clipboard_data().map(|transfer| Transfer::take(&transfer)) {
                pasted.update_value(|count| *count += 1);
                take_unless_empty(transfer, ["pasted-", &pasted.get_value().to_string(), ".log"].concat(), take);
            }
        }),
    ];
    on_cleanup(move || listeners.into_iter().for_each(WindowListenerHandle::remove));
    view! {
        <FileInput id="file-input" label="Choose audit log files" folder=false />
        <FileInput id="folder-input" label="Choose a folder of audit logs" folder=true />
        <Show when=move || is_over.get()>
            <div class="drop-veil"><p>"Drop to open"</p></div>
        </Show>
    }
}

fn take_unless_empty(transfer: Transfer, name: String, take: impl Fn(Transfer, String)) {
    if !transfer.is_empty() {
        take(transfer, name);
    }
}

/// Opened by the buttons; out of the tab order because they are in it.
#[component]
fn FileInput(id: &'static str, label: &'static str, folder: bool) -> impl IntoView {
    let app = App::get();
    let input = NodeRef::<Input>::new();
    let on_change = move |_| {
        let Some(input) = input.get_untracked() else { return };
        let files = input.files().map(|list| file::from_list(&list)).unwrap_or_default();
        // So that the same file can be chosen again.
        input.set_value("");
        if !files.is_empty() {
            app.add_files(files);
        }
    };
    view! {
        <input
            type="file"
            id=id
            class="visually-hidden"
            multiple=true
            {..custom_attribute("webkitdirectory", folder)}
            tabindex="-1"
            aria-label=label
            node_ref=input
            on:change=on_change
        />
    }
}

/// Text on its way into a field.
fn is_for_field(event: &ev::DragEvent) -> bool {
    !has_files(event) && is_field(event.target())
}

fn has_files(event: &ev::DragEvent) -> bool {
    event.data_transfer().is_some_and(|transfer| transfer.types().includes(&"Files".into(), 0))
}

fn is_field(target: Option<web_sys::EventTarget>) -> bool {
    let element = target.and_then(|target| target.dyn_into::<web_sys::Element>().ok());
    element
        .is_some_and(|element| element.closest("input, textarea, select, [contenteditable]").ok().flatten().is_some())
}
