//! The same query for Grafana, logcli and curl: for when a browser may not ask.

use super::Cockpit;
use crate::sources::loki::commands::{MOST_CURLS, curl, logcli};
use crate::sources::loki::slices::{by_count, split};
use crate::sources::loki::{MAX_ENTRIES_PER_QUERY, MAX_QUERY_NANOS, NANOS_PER_SECOND};
use crate::views::parts::copy_text;
use leptos::prelude::*;
use leptos::task::spawn_local;

/// Without an estimate, one request an hour is a guess that is said to be one.
const BLIND_SLICE_NANOS: i64 = 3_600 * NANOS_PER_SECOND;

#[component]
pub fn Commands() -> impl IntoView {
    let cockpit = Cockpit::get();
    let query = move || {
        cockpit.logql().unwrap_or_else(|| "{resource_type=\"kubernetes_cluster\"} |= `audit.k8s.io/`".to_string())
    };
    let logcli_text = Memo::new(move |_| match cockpit.connection() {
        Ok(connection) => logcli(&connection, &query(), cockpit.chosen_range()),
        Err(fault) => fault.what_happened,
    });
    let curl_text = Memo::new(move |_| curl_words(cockpit, &query()));
    view! {
        <details class="cockpit-section">
            <summary>"For Grafana, and for a terminal when the browser may not ask"</summary>
            <p class="note">
                "Put the token into COCKPIT_TOKEN first; it is never written here. Open the output on this page like any file."
            </p>
            <Copied title="LogQL, for Grafana" text=Signal::derive(query) />
            <Copied title="logcli" text=logcli_text />
            <Copied title="curl" text=curl_text />
        </details>
    }
}

fn curl_words(cockpit: Cockpit, query: &str) -> String {
    let Ok(connection) = cockpit.connection() else { return String::new() };
    let (slices, is_counted) = match cockpit.estimate.get() {
        // Some room: the counts are of a moment ago.
        Some(Ok((range, estimate))) => {
            (by_count(range, &estimate, u64::from(MAX_ENTRIES_PER_QUERY) * 4 / 5, MAX_QUERY_NANOS), true)
        }
        _ => (split(cockpit.chosen_range(), BLIND_SLICE_NANOS), false),
    };
    if slices.len() > MOST_CURLS {
        return format!("# {} requests would be needed: use logcli, which pages by itself.\n", slices.len());
    }
    let warning = if is_counted {
        ""
    } else {
        "# One request an hour, unchecked: press Estimate first to cut by what Loki counts (a request gives 5,000 lines at most).\n"
    };
    format!("{warning}{}", curl(&connection, query, &slices))
}

#[component]
fn Copied(title: &'static str, #[prop(into)] text: Signal<String>) -> impl IntoView {
    let said = RwSignal::new("");
    let copy = move |_| {
        let text = text.get_untracked();
        spawn_local(async move {
            let done = copy_text(&text).await;
            said.set(if done { "copied" } else { "the browser refused; select and copy by hand" });
        });
    };
    view! {
        <div class="cockpit-copied">
            <div class="cockpit-row">
                <h4>{title}</h4>
                <button type="button" class="small" on:click=copy aria-label=format!("Copy: {title}")>
                    "Copy"
                </button>
                <span class="note" role="status">
                    {said}
                </span>
            </div>
            <pre class="foreign" tabindex="0" aria-label=title>
                {text}
            </pre>
        </div>
    }
}
