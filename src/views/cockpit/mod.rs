//! Connecting to Cockpit, or any Loki: where it is, which cluster, and loading a window of it.

mod choose;
mod commands;
mod connect;
pub mod live;
mod load;
mod selector;

use super::parts::number::thousands;
use super::parts::{Glyph, IconButton};
use crate::query::logql::{Split, Target};
use crate::query::question::Filter;
use crate::sources::loki::NanoRange;
use crate::sources::loki::connection::{Auth, Connection, Secret, parse_address};
use crate::sources::loki::discover::PROBE_FILTER;
use crate::sources::loki::http::{Cancel, Client, Waiting};
use crate::sources::loki::live::Sent;
use crate::sources::loki::probe::{Diagnosis, now_nanos};
use crate::sources::loki::pull::{Pull, PullState, PullStatus};
use crate::sources::loki::search::Found;
use crate::sources::loki::slices::Estimate;
use crate::state::app::App;
use crate::worker::pool::Staging;
use crate::worker::progress::Fault;
use choose::RangeChoice;
use leptos::html::Dialog;
use leptos::prelude::*;

/// Everything the panel knows; nothing of it is part of a link.
#[derive(Clone, Copy)]
pub struct Cockpit {
    open: RwSignal<bool>,
    address: RwSignal<String>,
    auth: RwSignal<Auth>,
    token: RwSignal<Secret>,
    /// The token also goes into this tab's session storage.
    keeps_token: RwSignal<bool>,
    is_testing: RwSignal<bool>,
    diagnosis: RwSignal<Option<Diagnosis>>,
    /// Set once a test succeeded.
    client: StoredValue<Option<Client>, LocalStorage>,
    waiting: RwSignal<Option<Waiting>>,
    range: RwSignal<RangeChoice>,
    /// Probes done and in all, while searching.
    searching: RwSignal<Option<(usize, usize)>>,
    found: RwSignal<Option<Result<Found, Fault>>>,
    search_cancel: StoredValue<Cancel, LocalStorage>,
    selector: RwSignal<String>,
    /// A load fetches only what the search bar's filter matches.
    only_matching: RwSignal<bool>,
    filter: RwSignal<Filter>,
    estimating: RwSignal<bool>,
    estimate: RwSignal<Option<Result<(NanoRange, Estimate), Fault>>>,
    pull: StoredValue<Option<Pull<Staging>>, LocalStorage>,
    pull_status: RwSignal<Option<PullStatus>>,
    /// Loads begun: an earlier one that is still ending tells nothing any more.
    pulls: StoredValue<u64>,
    /// A live window is being prepared.
    starting: RwSignal<bool>,
    /// Of the live window's last question.
    sent: RwSignal<Sent>,
    following: RwSignal<bool>,
    follow_says: RwSignal<String>,
    follow_cancel: StoredValue<Cancel, LocalStorage>,
}

impl Cockpit {
    pub fn provide() {
        let cockpit = Cockpit {
            open: RwSignal::new(false),
            address: RwSignal::new(String::new()),
            auth: RwSignal::new(Auth::XToken),
            token: RwSignal::new(Secret::default()),
            keeps_token: RwSignal::new(false),
            is_testing: RwSignal::new(false),
            diagnosis: RwSignal::new(None),
            client: StoredValue::new_local(None),
            waiting: RwSignal::new(None),
            range: RwSignal::new(RangeChoice::last_hours(24)),
            searching: RwSignal::new(None),
            found: RwSignal::new(None),
            search_cancel: StoredValue::new_local(Cancel::default()),
            selector: RwSignal::new(String::new()),
            only_matching: RwSignal::new(false),
            filter: App::get().filter,
            estimating: RwSignal::new(false),
            estimate: RwSignal::new(None),
            pull: StoredValue::new_local(None),
            pull_status: RwSignal::new(None),
            pulls: StoredValue::new(0),
            starting: RwSignal::new(false),
            sent: RwSignal::new(Sent::default()),
            following: RwSignal::new(false),
            follow_says: RwSignal::new(String::new()),
            follow_cancel: StoredValue::new_local(Cancel::default()),
        };
        connect::restore(cockpit);
        provide_context(cockpit);
    }

    /// Invariant: `provide` ran in the root view.
    pub fn get() -> Cockpit {
        expect_context()
    }

    fn connection(self) -> Result<Connection, Fault> {
        let address = self.address.with(|typed| parse_address(typed))?;
        Ok(Connection { address, auth: self.auth.get(), token: self.token.get() })
    }

    fn is_connected(self) -> bool {
        self.diagnosis.with(|diagnosis| matches!(diagnosis, Some(Diagnosis::Works { .. })))
    }

    fn chosen_range(self) -> NanoRange {
        self.range.with(|range| range.range(now_nanos()))
    }

    /// The audit events of the selector. `None` while there is no selector.
    fn base_logql(self) -> Option<String> {
        let selector = self.selector.with(|selector| selector.trim().to_string());
        if selector.is_empty() {
            return None;
        }
        // A selector with a pipeline of its own is taken at its word.
        Some(if selector.ends_with('}') { format!("{selector}{PROBE_FILTER}") } else { selector })
    }

    /// What a load fetches: those events, or as much of the filter as LogQL can say of them.
    fn logql(self) -> Option<String> {
        let base = self.base_logql()?;
        if !self.only_matching.get() {
            return Some(base);
        }
        let target = Target { selector: base, compact: false };
        Some(self.filter.with(|filter| Split::of(filter).rows(&target)))
    }
}

/// Opens the panel; shows how a load goes while the panel is closed.
#[component]
pub fn ConnectButton() -> impl IntoView {
    let cockpit = Cockpit::get();
    let words = move || {
        cockpit.pull_status.with(|status| match status {
            Some(status) if status.state == PullState::Running => match status.expected.filter(|&total| total > 0) {
                Some(total) => format!("Cockpit: {} %", (status.entries * 100 / total).min(100)),
                None => format!("Cockpit: {} lines", thousands(status.entries)),
            },
            Some(status) if status.state == PullState::Failed => "Cockpit: stopped".to_string(),
            Some(status) if status.state == PullState::Paused => "Cockpit: paused".to_string(),
            _ => "Connect to Cockpit".to_string(),
        })
    };
    view! {
        <button type="button" class="cockpit-button" on:click=move |_| cockpit.open.set(true)>
            {words}
        </button>
    }
}

/// The panel itself; once on the page.
#[component]
pub fn CockpitDialog() -> impl IntoView {
    let cockpit = Cockpit::get();
    let dialog = NodeRef::<Dialog>::new();
    Effect::new(move |_| {
        let (Some(dialog), open) = (dialog.get(), cockpit.open.get()) else { return };
        if open && !dialog.open() {
            // Refused only when it is open already.
            let _ = dialog.show_modal();
        } else if !open && dialog.open() {
            dialog.close();
        }
    });
    // Built when it is first wanted; from then on it keeps what was typed.
    let was_opened = Memo::new(move |before| before == Some(&true) || cockpit.open.get());
    view! {
        <dialog
            class="cockpit"
            node_ref=dialog
            aria-labelledby="cockpit-title"
            on:close=move |_| cockpit.open.set(false)
        >
            <div class="dialog-head">
                <h2 id="cockpit-title">"Connect to Cockpit"</h2>
                <IconButton glyph=Glyph::Close label="Close" on_press=move |_| cockpit.open.set(false) />
            </div>
            <p class="note">
                "Scaleway’s Cockpit, or any other Loki. This page asks it directly; nothing passes through anyone else."
            </p>
            <Show when=move || was_opened.get()>
                <connect::Connect />
                <Show when=move || cockpit.is_connected()>
                    <choose::Choose />
                    <load::Load />
                </Show>
                <commands::Commands />
            </Show>
        </dialog>
    }
}

/// A fault in the panel.
#[component]
fn Trouble(fault: Fault) -> impl IntoView {
    view! {
        <div class="cockpit-trouble" role="alert">
            <p>
                <strong>{fault.what_happened}</strong>
            </p>
            <p>{fault.what_it_means}</p>
            <p>{fault.what_to_do}</p>
        </div>
    }
}
