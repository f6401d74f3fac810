//! Address, token, and what a test says.

use super::{Cockpit, Trouble};
use crate::sources::loki::connection::{Auth, Secret, parse_address};
use crate::sources::loki::http::Client;
use crate::sources::loki::probe::{self, Diagnosis};
use leptos::prelude::*;
use leptos::task::spawn_local;
use serde::{Deserialize, Serialize};

const STORED_AS: &str = "auditscope.cockpit";

/// What the tab's session storage holds, only after an explicit tick.
#[derive(Serialize, Deserialize)]
struct Stored {
    address: String,
    auth: String,
    token: String,
}

pub fn restore(cockpit: Cockpit) {
    let Some(text) = storage().and_then(|storage| storage.get_item(STORED_AS).ok().flatten()) else { return };
    let Ok(stored) = serde_json::from_str::<Stored>(&text) else { return };
    cockpit.address.set(stored.address);
    cockpit.auth.set(Auth::from_key(&stored.auth).unwrap_or(Auth::XToken));
    cockpit.token.set(Secret::new(&stored.token));
    cockpit.keeps_token.set(true);
}

/// Keeps or forgets, as the tick says. A browser that forbids storage just forgets.
fn keep_or_forget(cockpit: Cockpit) {
    let Some(storage) = storage() else { return };
    if !cockpit.keeps_token.get_untracked() {
        let _forgotten = storage.remove_item(STORED_AS);
        return;
    }
    let stored = Stored {
        address: cockpit.address.get_untracked(),
        auth: cockpit.auth.get_untracked().key().to_string(),
        token: cockpit.token.with_untracked(|token| token.reveal().to_string()),
    };
    if let Ok(text) = serde_json::to_string(&stored) {
        let _kept = storage.set_item(STORED_AS, &text);
    }
}

fn storage() -> Option<web_sys::Storage> {
    window().session_storage().ok().flatten()
}

#[component]
pub fn Connect() -> impl IntoView {
    let cockpit = Cockpit::get();
    let changed = move || {
        cockpit.diagnosis.set(None);
        cockpit.client.set_value(None);
    };
    let place = move || {
        cockpit.address.with(|typed| match parse_address(typed) {
            Ok(address) if address.base.is_empty() => "this site’s own /loki/, behind a reverse proxy".to_string(),
            Ok(address) if address.is_grafana_proxy => "Grafana’s data source proxy".to_string(),
            Ok(address) => address.region.map_or(String::new(), |region| format!("Cockpit, region {region}")),
            Err(_) => String::new(),
        })
    };
    let options = Auth::ALL.map(|auth| {
        view! { <option value=auth.key() selected=move || cockpit.auth.get() == auth>{auth.label()}</option> }
    });
    view! {
        <form
            class="cockpit-form"
            on:submit=move |event| {
                event.prevent_default();
                test(cockpit);
            }
        >
            <label for="cockpit-address">"Data source URL"</label>
            <div>
                <input
                    id="cockpit-address"
                    type="text"
                    inputmode="url"
                    autocomplete="off"
                    spellcheck="false"
                    placeholder="https://<id>.logs.cockpit.fr-par.scw.cloud"
                    aria-describedby="cockpit-place"
                    prop:value=move || cockpit.address.get()
                    on:input:target=move |event| {
                        cockpit.address.set(event.target().value());
                        changed();
                    }
                />
                <p id="cockpit-place" class="note">
                    {place}
                </p>
            </div>
            <label for="cockpit-token">"Token"</label>
            <input
                id="cockpit-token"
                type="password"
                autocomplete="off"
                prop:value=move || cockpit.token.with(|token| token.reveal().to_string())
                on:input:target=move |event| {
                    cockpit.token.set(Secret::new(&event.target().value()));
                    changed();
                }
            />
            <label for="cockpit-auth">"Sent as"</label>
            <select
                id="cockpit-auth"
                on:change:target=move |event| {
                    cockpit.auth.set(Auth::from_key(&event.target().value()).unwrap_or(Auth::XToken));
                    changed();
                }
            >
                {options}
            </select>
            <span></span>
            <label class="cockpit-tick">
                <input
                    type="checkbox"
                    prop:checked=move || cockpit.keeps_token.get()
                    on:change:target=move |event| {
                        cockpit.keeps_token.set(event.target().checked());
                        keep_or_forget(cockpit);
                    }
                />
                "Keep the token in this tab until it is closed (else it is forgotten on reload)"
            </label>
            <span></span>
            <div class="cockpit-row">
                <button type="submit" class="primary" disabled=move || cockpit.is_testing.get()>
                    {move || if cockpit.is_testing.get() { "Testing" } else { "Test and connect" }}
                </button>
                <span role="status">{move || if cockpit.is_connected() { "Connected." } else { "" }}</span>
            </div>
        </form>
        {move || {
            cockpit
                .diagnosis
                .get()
                .map(|diagnosis| match diagnosis {
                    Diagnosis::Works { clock_warning, .. } => {
                        clock_warning.map(|warning| view! { <p class="cockpit-warning">{warning}</p> }).into_any()
                    }
                    Diagnosis::Broken(fault) => view! { <Trouble fault /> }.into_any(),
                })
        }}
    }
}

fn test(cockpit: Cockpit) {
    let connection = match untrack(|| cockpit.connection()) {
        Ok(connection) => connection,
        Err(fault) => return cockpit.diagnosis.set(Some(Diagnosis::Broken(fault))),
    };
    keep_or_forget(cockpit);
    cockpit.is_testing.set(true);
    cockpit.diagnosis.set(None);
    spawn_local(async move {
        let diagnosis = probe::test(&connection).await;
        cockpit.is_testing.set(false);
        if untrack(|| cockpit.connection()).as_ref() != Ok(&connection) {
            // Edited meanwhile: the verdict is about something else.
            return;
        }
        let works = matches!(diagnosis, Diagnosis::Works { .. });
        if works {
            let client = Client::new(connection);
            client.on_waiting(move |waiting| cockpit.waiting.set(waiting));
            cockpit.client.set_value(Some(client));
        }
        cockpit.diagnosis.set(Some(diagnosis));
        if works {
            super::choose::search(cockpit);
        }
    });
}
