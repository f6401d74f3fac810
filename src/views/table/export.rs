//! Downloads the matching events: asked for at the table, followed at the foot of the page, whatever tab is on show.

use super::grid::Grid;
use crate::model::number::thousands;
use crate::query::logql::Split;
use crate::state::app::{App, Export};
use crate::views::notices::Notices;
use crate::views::parts::Popover;
use crate::views::parts::number::{bytes_text, counted};
use crate::worker::pool::{ExportFormat, ExportProgress};
use leptos::prelude::*;
use leptos::task::spawn_local;
use std::ops::ControlFlow;
use wasm_bindgen::JsCast;

#[component]
pub fn Download(grid: Grid) -> impl IntoView {
    let open = RwSignal::new(false);
    let app = grid.app;
    let notices = Notices::get();
    let start = move |format: ExportFormat| {
        open.set(false);
        write(app, notices, format, grid.said);
    };
    let csv = move || ExportFormat::Csv(grid.asked.get_untracked().columns.clone());
    let is_writing = move || app.export.with(Option::is_some);
    view! {
        <Popover open label="Download the events that match" button=|| "Download" class="download">
            <p class="note">
                {move || what(app)}
            </p>
            <button type="button" disabled=is_writing on:click=move |_| start(ExportFormat::Ndjson)>
                "NDJSON: the original records"
            </button>
            <button type="button" disabled=is_writing on:click=move |_| start(csv())>"CSV: the columns shown"</button>
            <Show when=is_writing>
                <p class="note">"One file at a time: the one being written is at the foot of the page."</p>
            </Show>
        </Popover>
    }
}

/// What the file will hold. Of a live window Loki has counted what it can apply of the filter.
fn what(app: App) -> String {
    let events = app.answer.with(|answer| counted(answer.events, "event"));
    let is_exact = app.filter.with(|filter| Split::of(filter).is_exact());
    match app.is_live.get() {
        false => [&*events, " that match, in order of time"].concat(),
        true if is_exact => [&*events, " that match, fetched from Loki in order of its time"].concat(),
        true => ["Those that match of ", &*events, ", fetched from Loki in order of its time"].concat(),
    }
}

/// Writes the file unless it is cancelled, and hands it over.
fn write(app: App, notices: Notices, format: ExportFormat, said: RwSignal<String>) {
    let number = js_sys::Date::now() as u64;
    let events_total = app.answer.with_untracked(|answer| answer.events);
    app.export.set(Some(Export { number, progress: ExportProgress { events_total, ..Default::default() } }));
    let is_wanted = move || app.export.with_untracked(|export| export.is_some_and(|export| export.number == number));
    let look = move |progress: ExportProgress| {
        if !is_wanted() {
            return ControlFlow::Break(());
        }
        app.export.set(Some(Export { number, progress }));
        ControlFlow::Continue(())
    };
    let (filter, window) = (app.filter.get_untracked(), app.view.with_untracked(|view| view.window));
    let name = if format == ExportFormat::Ndjson { "audit-events.ndjson" } else { "audit-events.csv" };
    let pool = app.pool.get_value();
    spawn_local(async move {
        let outcome = pool.export(filter, window, format, look).await;
        if !is_wanted() {
            return;
        }
        app.export.set(None);
        match outcome {
            Ok(Some(blob)) => {
                save(&blob, name);
                // The table may be gone by now.
                let _ = said.try_set([name, " saved, ", &bytes_text(blob.size() as u64)].concat());
            }
            Ok(None) => {}
            Err(fault) => notices.report(fault),
        }
    });
}

/// How far the file is, and the way to give it up.
#[component]
pub fn Writing() -> impl IntoView {
    let app = App::get();
    let progress = move || app.export.get().map(|export| export.progress).unwrap_or_default();
    let words = move || {
        let ExportProgress { events_done, events_seen, events_total, bytes } = progress();
        let (done, seen) = (thousands(events_done), thousands(events_seen));
        let (total, bytes) = (counted(events_total, "event"), bytes_text(bytes));
        match events_seen {
            _ if events_total == 0 => "Counting the events".to_string(),
            read if read == events_done => ["Writing ", &done, " of ", &total, " · ", &bytes].concat(),
            // A part of the filter is applied here.
            _ => ["Writing ", &done, " that match of ", &seen, " read, of ", &total, " · ", &bytes].concat(),
        }
    };
    let thousandths = move || {
        let ExportProgress { events_seen, events_total, .. } = progress();
        (events_seen as f64 / events_total.max(1) as f64 * 1000.0).round().to_string()
    };
    view! {
        <div class="writing">
            <span class="number">{words}</span>
            <progress aria-label="Written so far" max="1000" prop:value=thousandths></progress>
            <button type="button" class="small" on:click=move |_| app.export.set(None)>"Cancel the download"</button>
        </div>
    }
}

/// Hands the file to the browser's own downloads.
fn save(blob: &web_sys::Blob, name: &str) {
    let Ok(url) = web_sys::Url::create_object_url_with_blob(blob) else { return };
    let link = document().create_element("a").ok().and_then(|link| link.dyn_into::<web_sys::HtmlAnchorElement>().ok());
    if let Some(link) = link {
        link.set_href(&url);
        link.set_download(name);
        link.click();
    }
    // The browser reads it after the click: the address must live on for a while.
    let forget = move || {
        let _ = web_sys::Url::revoke_object_url(&url);
    };
    set_timeout(forget, std::time::Duration::from_secs(60));
}
