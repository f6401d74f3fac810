//! Which time range and which cluster.

use super::selector::{SelectorField, is_writing_selector};
use super::{Cockpit, Trouble};
use crate::model::time::{format_rfc3339, parse_rfc3339};
use crate::sources::loki::commands::width_in_words;
use crate::sources::loki::http::Cancel;
use crate::sources::loki::search::{Found, find_clusters};
use crate::sources::loki::{NANOS_PER_MICRO, NANOS_PER_SECOND, NanoRange, Nanos};
use leptos::prelude::*;
use leptos::task::spawn_local;

/// A stretch that ends now, or one between two moments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RangeChoice {
    Last { hours: i64 },
    Between { from: Nanos, to: Nanos },
}

impl RangeChoice {
    pub fn last_hours(hours: i64) -> RangeChoice {
        RangeChoice::Last { hours }
    }

    pub fn range(&self, now_nanos: Nanos) -> NanoRange {
        match *self {
            RangeChoice::Last { hours } => NanoRange::new(now_nanos - hours * 3_600 * NANOS_PER_SECOND, now_nanos),
            RangeChoice::Between { from, to } => NanoRange::new(from, to),
        }
    }
}

const PRESETS: [(i64, &str); 6] = [
    (1, "Last hour"),
    (6, "Last 6 hours"),
    (24, "Last 24 hours"),
    (7 * 24, "Last 7 days"),
    (30 * 24, "Last 30 days"),
    (365 * 24, "Last year"),
];

#[component]
pub fn Choose() -> impl IntoView {
    view! {
        <section class="cockpit-section" aria-labelledby="cockpit-where">
            <h3 id="cockpit-where">"What to load"</h3>
            <div class="cockpit-form">
                <TimeFields />
                <Clusters />
                <SelectorField />
            </div>
        </section>
    }
}

#[component]
fn TimeFields() -> impl IntoView {
    let cockpit = Cockpit::get();
    let set = move |choice| {
        cockpit.range.set(choice);
        cockpit.estimate.set(None);
    };
    let hours = move || match cockpit.range.get() {
        RangeChoice::Last { hours } => hours,
        RangeChoice::Between { .. } => 0,
    };
    let presets = PRESETS.map(|(of, label)| {
        view! { <option value=of.to_string() selected=move || hours() == of>{label}</option> }
    });
    let choose = move |value: String| match value.parse().unwrap_or(0) {
        0 => {
            let range = untrack(|| cockpit.chosen_range());
            set(RangeChoice::Between { from: range.start_nanos, to: range.end_nanos });
        }
        hours => set(RangeChoice::Last { hours }),
    };
    let is_custom = Memo::new(move |_| hours() == 0);
    view! {
        <label for="cockpit-range">"Time"</label>
        <div class="cockpit-row">
            <select id="cockpit-range" on:change:target=move |event| choose(event.target().value())>
                {presets}
                <option value="0" selected=move || hours() == 0>
                    "Between"
                </option>
            </select>
            <Show when=move || is_custom.get()>
                <Moment label="From (UTC)" is_start=true />
                <Moment label="To (UTC)" is_start=false />
                <span class="note">{move || width_in_words(cockpit.chosen_range())} ", UTC"</span>
            </Show>
            <button type="button" on:click=move |_| search(cockpit)>
                "Find clusters"
            </button>
        </div>
    }
}

/// One end of the range, as text in UTC.
#[component]
fn Moment(label: &'static str, is_start: bool) -> impl IntoView {
    let cockpit = Cockpit::get();
    let is_wrong = RwSignal::new(false);
    let shown = move || {
        let range = cockpit.chosen_range();
        let nanos = if is_start { range.start_nanos } else { range.end_nanos };
        format_rfc3339(nanos.div_euclid(NANOS_PER_MICRO))[..19].replace('T', " ")
    };
    let edit = move |text: String| {
        let Some(micros) = parse_rfc3339(format!("{}Z", text.trim().trim_end_matches('Z')).as_bytes()) else {
            return is_wrong.set(true);
        };
        is_wrong.set(false);
        let nanos = micros.saturating_mul(NANOS_PER_MICRO);
        let range = untrack(|| cockpit.chosen_range());
        let (from, to) = if is_start { (nanos, range.end_nanos) } else { (range.start_nanos, nanos) };
        cockpit.range.set(RangeChoice::Between { from, to });
        cockpit.estimate.set(None);
    };
    view! {
        <input
            type="text"
            class="cockpit-moment"
            aria-label=label
            title="2024-05-22 15:33:04, in UTC"
            aria-invalid=move || is_wrong.get().to_string()
            prop:value=shown
            on:change:target=move |event| edit(event.target().value())
        />
    }
}

/// Looks for clusters with audit events in the range; a second search takes the first one's place.
pub fn search(cockpit: Cockpit) {
    let Some(client) = cockpit.client.get_value() else { return };
    cockpit.search_cancel.with_value(Cancel::cancel);
    let cancel = Cancel::default();
    cockpit.search_cancel.set_value(cancel.clone());
    cockpit.found.set(None);
    cockpit.searching.set(Some((0, 0)));
    let range = untrack(|| cockpit.chosen_range());
    spawn_local(async move {
        let progress = |done, of| cockpit.searching.set(Some((done, of)));
        let outcome = find_clusters(&client, range, &cancel, progress).await;
        if cancel.is_cancelled() {
            return;
        }
        cockpit.searching.set(None);
        if let Ok(Found { clusters, .. }) = &outcome
            && cockpit.selector.with_untracked(|selector| selector.is_empty())
            && !is_writing_selector()
            && let Some(first) = clusters.first()
        {
            cockpit.selector.set(first.selector.clone());
        }
        cockpit.found.set(Some(outcome.map_err(|failure| failure.fault())));
    });
}

#[component]
fn Clusters() -> impl IntoView {
    let cockpit = Cockpit::get();
    let progress = move || {
        cockpit.searching.get().map(|(done, of)| match of {
            0 => "Looking for streams".to_string(),
            of => format!("Asked {done} of {of} groups of streams for an audit event"),
        })
    };
    view! {
        <span class="cockpit-label">"Clusters"</span>
        <div class="cockpit-clusters">
            <p class="note" role="status">
                {progress}
            </p>
            {move || {
                cockpit
                    .found
                    .get()
                    .map(|found| match found {
                        Ok(found) => view! { <FoundClusters found /> }.into_any(),
                        Err(fault) => view! { <Trouble fault /> }.into_any(),
                    })
            }}
        </div>
    }
}

#[component]
fn FoundClusters(found: Found) -> impl IntoView {
    let cockpit = Cockpit::get();
    let none = found.clusters.is_empty().then(|| {
        let among = match found.probed {
            0 => "There are no streams in this time".to_string(),
            probed => format!("No audit events among {probed} groups of streams in this time"),
        };
        view! {
            <p>
                {format!(
                    "{among}. Kapsule writes audit logs for dedicated control planes only; or widen the time, or write the selector by hand.",
                )}
            </p>
        }
    });
    let passed_over = (found.not_probed > 0).then(
        || view! { <p class="note">{format!("{} more groups of streams were not asked.", found.not_probed)}</p> },
    );
    let rows = found.clusters.into_iter().map(|cluster| {
        let selector = cluster.selector.clone();
        let is_chosen = {
            let selector = selector.clone();
            move || cockpit.selector.with(|chosen| *chosen == selector)
        };
        let place =
            [cluster.region, cluster.id].into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join(" · ");
        view! {
            <li>
                <label class="cockpit-tick">
                    <input
                        type="radio"
                        name="cockpit-cluster"
                        prop:checked=is_chosen
                        on:change=move |_| {
                            cockpit.selector.set(selector.clone());
                            cockpit.estimate.set(None);
                        }
                    />
                    <span class="foreign">{cluster.name}</span>
                    <span class="note mono foreign">{place}</span>
                </label>
            </li>
        }
    });
    view! {
        {none}
        <ul>{rows.collect_view()}</ul>
        {passed_over}
    }
}
