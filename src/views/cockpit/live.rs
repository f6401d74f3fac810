//! Exploring a window in place: starting, following, and what was sent for it.

use super::Cockpit;
use crate::model::TimeRange;
use crate::query::logql::Target;
use crate::sources::loki::commands::width_in_words;
use crate::sources::loki::failure::Failure;
use crate::sources::loki::follow::{Follower, OVERLAP_NANOS};
use crate::sources::loki::http::{Cancel, Client, Unread, sleep_unless};
use crate::sources::loki::live::Live;
use crate::sources::loki::paging::{PageAsk, Pager};
use crate::sources::loki::probe::now_nanos;
use crate::sources::loki::{
    Direction, MAX_ENTRIES_PER_QUERY, NANOS_PER_MICRO, NANOS_PER_SECOND, NanoRange, Nanos, pull,
};
use crate::state::app::App;
use crate::state::engine::Engine;
use crate::views::notices::Notices;
use crate::views::parts::MoreButton;
use crate::views::parts::number::counted;
use crate::worker::loki::page::Glance;
use crate::worker::pool::Pool;
use crate::worker::progress::{Counts, SourceState, SourceStatus};
use leptos::prelude::*;
use leptos::task::spawn_local;

const POLL_MILLIS: u64 = 3_000;
/// A window that ended longer ago is not followed.
const LONGEST_GAP_NANOS: i64 = 24 * 3_600 * NANOS_PER_SECOND;
/// After failures in a row the next poll waits longer, up to this.
const LONGEST_POLL_MILLIS: u64 = 60_000;

/// Starts exploring the chosen window in place.
pub fn explore(cockpit: Cockpit, app: App, notices: Notices) {
    let Some(client) = cockpit.client.get_value() else { return };
    let Some(selector) = untrack(|| cockpit.base_logql()) else { return };
    let range = untrack(|| cockpit.chosen_range());
    cockpit.starting.set(true);
    spawn_local(async move {
        let pool = app.pool.with_value(Engine::pool);
        let compact = is_compact(&pool, &client, &selector, range).await;
        cockpit.starting.set(false);
        match compact {
            Ok(compact) => {
                stop_following(cockpit);
                let name = format!("{} (live)", client.connection().name());
                let target = Target { selector, compact };
                let live = Live::new(client, pool, target, range, move |sent| cockpit.sent.set(sent));
                app.go_live(live, shown(name, range));
                cockpit.open.set(false);
            }
            Err(failure) => notices.report(failure.fault()),
        }
    });
}

/// Whether lines are written as the API server writes them; told by one of them.
async fn is_compact(pool: &Pool, client: &Client, selector: &str, range: NanoRange) -> Result<bool, Failure> {
    let pager = Pager::new(range, Direction::Backward, 1, 1);
    let Some(ask) = pager.next() else { return Ok(false) };
    Ok(glance(pool, client, selector, &pager, &ask, &Cancel::default()).await?.is_compact)
}

/// Fetches a page and has a worker look at it.
async fn glance(
    pool: &Pool,
    client: &Client,
    selector: &str,
    pager: &Pager,
    ask: &PageAsk,
    cancel: &Cancel,
) -> Result<Glance, Failure> {
    pull::fetch(client, selector, ask, cancel, async |answer: Unread| {
        let glance = pool.glance(answer.lines_body()?, pager.want(ask)).await?;
        glance.map_err(|no_page| answer.failure(&no_page))
    })
    .await
}

/// The live window as a source among the others.
fn shown(name: String, range: NanoRange) -> SourceStatus {
    SourceStatus {
        id: 0,
        name,
        state: SourceState::Ready,
        bytes_total: None,
        bytes_read: 0,
        text_bytes: 0,
        container: String::new(),
        wrapper: "Loki, explored in place".to_string(),
        counts: Counts { span: Some(span(range)), ..Counts::default() },
        error: None,
    }
}

fn span(range: NanoRange) -> TimeRange {
    TimeRange {
        start_micros: range.start_nanos.div_euclid(NANOS_PER_MICRO),
        end_micros: range.end_nanos.div_euclid(NANOS_PER_MICRO) + 1,
    }
}

/// A strip above the events while a live window is explored.
#[component]
pub fn LiveBar() -> impl IntoView {
    let cockpit = Cockpit::get();
    let app = App::get();
    // The live window's place among the sources shows what Loki counted.
    Effect::new(move |_| {
        let total = app.answer.with(|answer| answer.total);
        if app.is_live.get() && app.is_counted.get() {
            app.load.update(|load| {
                if let Some(source) = load.sources.first_mut() {
                    source.counts.events = total;
                }
            });
        }
    });
    let requests = move || cockpit.sent.with(|sent| counted(sent.requests, "request"));
    let width = move || {
        app.load.with(|load| load.total().span).map_or(String::new(), |span| width_in_words(NanoRange::from(span)))
    };
    let notes = move || {
        let notes = cockpit.sent.with(|sent| sent.notes.clone());
        notes.into_iter().map(|note| view! { <li class="cockpit-warning">{note}</li> }).collect_view()
    };
    let queries = move || {
        let queries = cockpit.sent.with(|sent| sent.queries.clone());
        queries
            .into_iter()
            .map(|(what, logql)| view! { <dt>{what}</dt><dd class="mono foreign">{logql}</dd> })
            .collect_view()
    };
    // On a small screen it is one line, which opens.
    let open = RwSignal::new(false);
    let more = move || if open.get() { "Show less of the live window" } else { "Show more of the live window" };
    let note_count = Memo::new(move |_| cockpit.sent.with(|sent| sent.notes.len() as u64));
    let leave = move |_| {
        stop_following(cockpit);
        app.leave_live();
    };
    view! {
        <Show when=move || app.is_live.get()>
            <section id="live-bar" class="live-bar" class:open=open aria-label="Live window">
                <div class="cockpit-row live-head">
                    <strong>"Live"</strong>
                    <span class="live-name">
                        {move || app.load.with(|load| load.sources.first().map(|source| source.name.clone()))} ", "
                        {width}
                    </span>
                    <span class="badge warn live-count" class:absent=move || note_count.get() == 0>
                        {move || counted(note_count.get(), "note")}
                    </span>
                    <span class="note number live-rest">{requests} " for this view"</span>
                    <button
                        type="button"
                        class="small"
                        aria-pressed=move || cockpit.following.get().to_string()
                        on:click=move |_| toggle_follow(cockpit, app)
                    >
                        "Follow"
                    </button>
                    <span class="note live-said" role="status">
                        {move || cockpit.follow_says.get()}
                    </span>
                    <button type="button" class="small live-rest" on:click=move |_| cockpit.open.set(true)>
                        "Load this window"
                    </button>
                    <button type="button" class="small live-rest" on:click=leave>
                        "Leave"
                    </button>
                    <MoreButton open label=more />
                </div>
                <ul class="live-rest">{notes}</ul>
                <details class="live-rest">
                    <summary>"LogQL that was sent"</summary>
                    <dl class="live-queries" tabindex="0" aria-label="LogQL that was sent">{queries}</dl>
                </details>
            </section>
        </Show>
    }
}

fn toggle_follow(cockpit: Cockpit, app: App) {
    if cockpit.following.get_untracked() {
        return stop_following(cockpit);
    }
    let Some(live) = app.pool.with_value(crate::state::engine::Engine::live) else { return };
    // Everything since its end would have to be fetched first.
    if live.range().end_nanos < now_nanos() - LONGEST_GAP_NANOS {
        return cockpit.follow_says.set("Only a window that ends now can be followed.".to_string());
    }
    let cancel = Cancel::default();
    cockpit.follow_cancel.set_value(cancel.clone());
    cockpit.following.set(true);
    spawn_local(follow(cockpit, app, live, cancel));
}

/// Asks again and again for what is new, until cancelled.
async fn follow(cockpit: Cockpit, app: App, live: Live, cancel: Cancel) {
    // The last minute of what is shown is asked for again, so that late arrivals are told from it.
    let known_until = live.range().end_nanos;
    let mut follower = Follower::new(known_until - OVERLAP_NANOS);
    let mut is_first = true;
    let mut failures = 0u32;
    let mut arrived = 0;
    // Files may have taken the live window's place meanwhile.
    while app.is_live.get_untracked() {
        if is_scrolled_away() {
            cockpit.follow_says.set("paused: scroll to the top to go on".to_string());
        } else {
            let since = if is_first { known_until } else { i64::MIN };
            let polled = poll(&live, &mut follower, &cancel, since).await;
            if !app.is_live.get_untracked() {
                break;
            }
            match polled {
                Ok(fresh) => {
                    failures = 0;
                    arrived += fresh;
                    cockpit.follow_says.set(format!("{} since", counted(arrived, "new event")));
                    if fresh > 0 || is_first {
                        is_first = false;
                        live.extend_to(follower.newest_nanos() + 1);
                        let grown = span(live.range());
                        app.load.update(|load| {
                            if let Some(source) = load.sources.first_mut() {
                                source.counts.span = Some(grown);
                            }
                        });
                        app.data_number.update(|number| *number += 1);
                    }
                }
                Err(Failure::Cancelled) => return,
                Err(failure) => {
                    failures += 1;
                    cockpit.follow_says.set(format!("{} Trying again.", failure.fault().what_happened));
                }
            }
        }
        let pause = (POLL_MILLIS << failures.min(5)).min(LONGEST_POLL_MILLIS);
        if sleep_unless(pause, &cancel).await.is_err() {
            return;
        }
    }
    stop_following(cockpit);
}

fn stop_following(cockpit: Cockpit) {
    cockpit.follow_cancel.with_value(Cancel::cancel);
    cockpit.follow_says.set(String::new());
    cockpit.following.set(false);
}

/// Reads all lines of one poll, however many pages they fill; counts those not seen before, from `since` on.
async fn poll(live: &Live, follower: &mut Follower, cancel: &Cancel, since: Nanos) -> Result<u64, Failure> {
    let range = follower.range(now_nanos());
    let mut pager = Pager::new(range, Direction::Forward, MAX_ENTRIES_PER_QUERY, MAX_ENTRIES_PER_QUERY);
    let mut fresh = 0;
    while let Some(ask) = pager.next() {
        let page = glance(live.pool(), live.client(), &live.target().selector, &pager, &ask, cancel).await?;
        pager.accept(page.told);
        let lines = follower.accept(page.lines);
        fresh += lines.iter().filter(|line| line.nanos >= since).count() as u64;
    }
    Ok(fresh)
}

/// Someone is reading further down: new rows would push theirs away.
fn is_scrolled_away() -> bool {
    let scroller = document().query_selector(".table-scroll, [data-table-scroll]").ok().flatten();
    scroller.is_some_and(|scroller| scroller.scroll_top() > 0)
}
