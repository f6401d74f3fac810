//! How much a window holds, loading it, and how that goes.

use super::{Cockpit, Trouble};
use crate::query::logql::Split;
use crate::query::question::Filter;
use crate::sources::loki::http::Client;
use crate::sources::loki::pull::{Pull, PullState, PullStatus};
use crate::sources::loki::search;
use crate::sources::loki::{NANOS_PER_MICRO, NanoRange};
use crate::state::app::App;
use crate::views::notices::Notices;
use crate::views::parts::number::{bytes_text, counted, thousands};
use crate::worker::pool::{FileToLoad, Staging};
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::JsCast;

/// A Kapsule audit event and its labels, on average; only for the estimate.
const BYTES_PER_EVENT: u64 = 1_500;

#[component]
pub fn Load() -> impl IntoView {
    let cockpit = Cockpit::get();
    let app = App::get();
    let notices = Notices::get();
    let has_selector = Memo::new(move |_| cockpit.logql().is_some());
    let is_busy = Memo::new(move |_| cockpit.pull_status.with(|status| status.as_ref().is_some_and(is_under_way)));
    view! {
        <section class="cockpit-section" aria-labelledby="cockpit-load">
            <h3 id="cockpit-load">"Load or explore"</h3>
            <p class="note">
                "Load fetches every event of the window into this tab; afterwards everything works as with a file, offline too. "
                "Explore fetches only counts and the rows you look at, however large the window."
            </p>
            <Show when=move || cockpit.filter.with(|filter| *filter != Filter::all())>
                <label class="cockpit-tick">
                    <input
                        type="checkbox"
                        prop:checked=move || cockpit.only_matching.get()
                        on:change:target=move |event| {
                            cockpit.only_matching.set(event.target().checked());
                            cockpit.estimate.set(None);
                        }
                    />
                    "Load only what matches "
                    <code class="foreign">{app.parts.filter_text}</code>
                </label>
                <p class="note">
                    {move || {
                        let is_exact = cockpit.filter.with(|filter| Split::of(filter).is_exact());
                        if cockpit.only_matching.get() && !is_exact {
                            "Loki cannot apply all of it: some more is loaded, and filtered here."
                        } else {
                            ""
                        }
                    }}
                </p>
            </Show>
            <div class="cockpit-row">
                <button
                    type="button"
                    disabled=move || !has_selector.get() || cockpit.estimating.get()
                    on:click=move |_| estimate(cockpit)
                >
                    "Estimate"
                </button>
                <button
                    type="button"
                    id="cockpit-load-button"
                    class="primary"
                    disabled=move || !has_selector.get() || is_busy.get() || cockpit.estimating.get()
                    on:click=move |_| load(cockpit, app, notices)
                >
                    "Load"
                </button>
                <button
                    type="button"
                    id="cockpit-explore-button"
                    disabled=move || !has_selector.get() || cockpit.starting.get()
                    on:click=move |_| super::live::explore(cockpit, app, notices)
                >
                    "Explore"
                </button>
                <span role="status">{move || estimate_words(cockpit)}</span>
            </div>
            {move || {
                cockpit.estimate.get().and_then(Result::err).map(|fault| view! { <Trouble fault /> })
            }}
            <Progress />
        </section>
    }
}

/// Another load would take its place. One that failed may be past mending: a selector that is wrong.
fn is_under_way(status: &PullStatus) -> bool {
    matches!(status.state, PullState::Running | PullState::Paused)
}

fn estimate_words(cockpit: Cockpit) -> String {
    if cockpit.estimating.get() {
        return "Counting".to_string();
    }
    match cockpit.estimate.get() {
        Some(Ok((_, estimate))) => {
            let total = estimate.total();
            format!("{}, about {}", counted(total, "event"), bytes_text(total * BYTES_PER_EVENT))
        }
        _ => String::new(),
    }
}

fn estimate(cockpit: Cockpit) {
    spawn_local(async move {
        let _shown = counted_beforehand(cockpit).await;
    });
}

/// Asks Loki to count; what it says is shown. `None` when it did not.
async fn counted_beforehand(cockpit: Cockpit) -> Option<search::Counted> {
    let client = cockpit.client.get_value()?;
    let logql = untrack(|| cockpit.logql())?;
    let range = untrack(|| cockpit.chosen_range());
    cockpit.estimating.set(true);
    let outcome = search::estimate(&client, &logql, range, &Default::default()).await;
    cockpit.estimating.set(false);
    let counted = outcome.as_ref().ok().map(|estimate| search::Counted { range, estimate: estimate.clone() });
    cockpit.estimate.set(Some(outcome.map(|estimate| (range, estimate)).map_err(|failure| failure.fault())));
    counted
}

fn load(cockpit: Cockpit, app: App, notices: Notices) {
    let Some(client) = cockpit.client.get_value() else { return };
    let Some(logql) = untrack(|| cockpit.logql()) else { return };
    spawn_local(async move {
        let counted = counted_beforehand(cockpit).await;
        // "Now" is the moment of counting, so that both speak of the same stretch.
        let range = counted.as_ref().map_or_else(|| untrack(|| cockpit.chosen_range()), |counted| counted.range);
        let estimate = counted.as_ref().map(|counted| &counted.estimate);
        let name = file_name(&client, range);
        let staging = match app.pool.with_value(|engine| engine.pool().begin_staging(name)) {
            Ok(staging) => staging,
            Err(fault) => return notices.report(fault),
        };
        cockpit.pulls.update_value(|pulls| *pulls += 1);
        let number = cockpit.pulls.get_value();
        let tell = move |status| {
            if cockpit.pulls.get_value() == number {
                cockpit.pull_status.set(Some(status));
            }
        };
        let pull = Pull::new(client, staging, logql, range, estimate, tell);
        cockpit.pull.set_value(Some(pull));
        run(cockpit, app, notices).await;
    });
}

async fn run(cockpit: Cockpit, app: App, notices: Notices) {
    let Some(pull) = cockpit.pull.get_value() else { return };
    let number = cockpit.pulls.get_value();
    let status = pull.run().await;
    if status.state == PullState::Done && cockpit.pulls.get_value() == number {
        hand_over(cockpit, app, notices);
    }
}

/// What was read becomes a source like any file.
fn hand_over(cockpit: Cockpit, app: App, notices: Notices) {
    let Some(pull) = cockpit.pull.get_value() else { return };
    app.leave_live();
    if !pull.admit() {
        let path = pull.name().to_string();
        match pull.file(&path) {
            Ok(file) => app.add_files(vec![FileToLoad { path, file }]),
            Err(fault) => return notices.report(fault),
        }
    }
    cockpit.open.set(false);
}

/// `cockpit-fr-par-20240522T153304Z-20240523T153304Z.jsonl`
fn file_name(client: &Client, range: NanoRange) -> String {
    let moment = |nanos: i64| {
        crate::model::time::format_rfc3339(nanos.div_euclid(NANOS_PER_MICRO))[..19].replace(['-', ':'], "") + "Z"
    };
    format!("{}-{}-{}.jsonl", client.connection().name(), moment(range.start_nanos), moment(range.end_nanos))
}

#[component]
fn Progress() -> impl IntoView {
    let cockpit = Cockpit::get();
    let app = App::get();
    let notices = Notices::get();
    let state = Memo::new(move |_| cockpit.pull_status.with(|status| status.as_ref().map(|status| status.state)));
    let is = move |wanted: PullState| move || state.get() == Some(wanted);
    let act = move |action: fn(&Pull<Staging>)| {
        move |_| {
            cockpit.pull.with_value(|pull| {
                if let Some(pull) = pull {
                    action(pull);
                }
            });
        }
    };
    let go_on = move |_| {
        let newest = cockpit.client.get_value();
        cockpit.pull.with_value(|pull| pull.as_ref().zip(newest).map(|(pull, client)| pull.renew(client)));
        spawn_local(run(cockpit, app, notices));
    };
    let has_some = move || cockpit.pull_status.with(|status| status.as_ref().is_some_and(|status| status.entries > 0));
    view! {
        <Show when=move || state.get().is_some()>
            <div class="cockpit-progress" id="cockpit-progress" data-state=move || state.get().map(state_name)>
                <progress
                    aria-label="Fetched so far"
                    max="1000"
                    prop:value=move || cockpit.pull_status.with(|status| status.as_ref().map_or(0, thousandths))
                ></progress>
                <p class="number" role="status">
                    {move || cockpit.pull_status.with(|status| status.as_ref().map(words))}
                </p>
                <p class="cockpit-warning">{move || waiting_words(cockpit)}</p>
                {move || {
                    cockpit
                        .pull_status
                        .with(|status| status.as_ref().and_then(|status| status.fault.clone()))
                        .map(|fault| view! { <Trouble fault /> })
                }}
                <p class="cockpit-warning">
                    {move || cockpit.pull_status.with(|status| status.as_ref().and_then(overfull_words))}
                </p>
                <div class="cockpit-row">
                    <Show when=is(PullState::Running)>
                        <button type="button" on:click=act(Pull::pause)>
                            "Pause"
                        </button>
                    </Show>
                    <Show when=move || {
                        matches!(state.get(), Some(PullState::Paused | PullState::Failed | PullState::Cancelled))
                    }>
                        <button type="button" on:click=go_on>
                            "Go on"
                        </button>
                        <Show when=has_some>
                            <button type="button" on:click=move |_| hand_over(cockpit, app, notices)>
                                "Explore what was read"
                            </button>
                        </Show>
                    </Show>
                    <Show when=move || matches!(state.get(), Some(PullState::Running | PullState::Paused))>
                        <button type="button" on:click=act(Pull::cancel)>
                            "Cancel"
                        </button>
                    </Show>
                    <Show when=move || has_some() && state.get() != Some(PullState::Running)>
                        <button type="button" on:click=move |_| save(cockpit, notices)>
                            "Save as a file"
                        </button>
                    </Show>
                </div>
            </div>
        </Show>
    }
}

fn state_name(state: PullState) -> &'static str {
    match state {
        PullState::Running => "running",
        PullState::Paused => "paused",
        PullState::Done => "done",
        PullState::Failed => "failed",
        PullState::Cancelled => "cancelled",
    }
}

fn thousandths(status: &PullStatus) -> u32 {
    match status.expected.filter(|&total| total > 0) {
        _ if status.state == PullState::Done => 1_000,
        Some(total) => (status.entries * 1_000 / total).min(999) as u32,
        None => (status.slices_done * 1_000 / status.slices.max(1)) as u32,
    }
}

fn words(status: &PullStatus) -> String {
    let of = status.expected.map_or(String::new(), |total| format!(" of about {}", thousands(total)));
    let says = match status.state {
        PullState::Running => "Fetching",
        PullState::Paused => "Paused",
        PullState::Done => "Complete",
        PullState::Failed => "Stopped; what was read is kept",
        PullState::Cancelled => "Cancelled; what was read is kept",
    };
    format!(
        "{says}: {}{of}, {}, {} of {} slices, {}.",
        counted(status.entries, "event"),
        bytes_text(status.bytes),
        status.slices_done,
        status.slices,
        counted(status.requests, "request"),
    )
}

fn waiting_words(cockpit: Cockpit) -> Option<String> {
    let waiting = cockpit.waiting.get()?;
    let seconds = waiting.wait_millis.div_ceil(1_000);
    let happened = waiting.failure.fault().what_happened;
    let happened = happened.trim_end_matches('.');
    Some(format!("{happened}. Asking again in {seconds} s (attempt {}).", waiting.attempt))
}

fn overfull_words(status: &PullStatus) -> Option<String> {
    let first = status.overfull.first()?;
    let at = crate::sources::loki::rfc3339_nanos(first.nanos);
    Some(format!(
        "Incomplete: at {} moments more lines share one nanosecond than the server hands out (the first: {at}). Load those with logcli.",
        status.overfull.len()
    ))
}

fn save(cockpit: Cockpit, notices: Notices) {
    let Some(pull) = cockpit.pull.get_value() else { return };
    let name = pull.name();
    let file = match pull.file(name) {
        Ok(file) => file,
        Err(fault) => return notices.report(fault),
    };
    let Ok(url) = web_sys::Url::create_object_url_with_blob(&file) else { return };
    if let Ok(link) = document().create_element("a") {
        let link: web_sys::HtmlAnchorElement = link.unchecked_into();
        link.set_href(&url);
        link.set_download(name);
        link.click();
    }
    // The browser has its own hold on the data by now, but some read it late.
    set_timeout(
        move || {
            let _ = web_sys::Url::revoke_object_url(&url);
        },
        std::time::Duration::from_secs(60),
    );
}
