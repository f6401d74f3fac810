//! Downloads the matching events.

use super::grid::Grid;
use crate::views::notices::Notices;
use crate::views::parts::Popover;
use crate::views::parts::number::{bytes_text, counted};
use crate::worker::pool::ExportFormat;
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::JsCast;

#[component]
pub fn Download(grid: Grid) -> impl IntoView {
    let open = RwSignal::new(false);
    // How many events are being written; `None`: none.
    let writing = RwSignal::new(None::<u64>);
    let app = grid.app;
    let notices = Notices::get();
    let start = move |format: ExportFormat| {
        open.set(false);
        writing.set(Some(app.answer.with_untracked(|answer| answer.events)));
        let (filter, window) = (app.filter.get_untracked(), app.view.with_untracked(|view| view.window));
        let name = if format == ExportFormat::Ndjson { "audit-events.ndjson" } else { "audit-events.csv" };
        let pool = app.pool.get_value();
        spawn_local(async move {
            let outcome = pool.export(filter, window, format).await;
            let _ = writing.try_set(None);
            match outcome {
                Ok(blob) => {
                    save(&blob, name);
                    let words = [name, " saved, ", &bytes_text(blob.size() as u64)].concat();
                    let _ = grid.said.try_set(words);
                }
                Err(fault) => notices.report(fault),
            }
        });
    };
    let csv = move || ExportFormat::Csv(grid.asked.get_untracked().columns.clone());
    let progress = move || {
        let count = writing.get()?;
        let done =
            app.scan.get().filter(|scan| scan.bytes_total > 0).map(|scan| {
                [" · ", &bytes_text(scan.bytes_done), " of ", &bytes_text(scan.bytes_total), " read"].concat()
            });
        Some(["Writing ", &counted(count, "event"), &done.unwrap_or_default()].concat())
    };
    view! {
        <span class="note" role="status">{progress}</span>
        <Popover open label="Download the events that match" button=|| "Download" class="download">
            <p class="note">
                {move || {
                    let events = app.answer.with(|answer| counted(answer.events, "event"));
                    [&*events, " that match, in order of time"].concat()
                }}
            </p>
            <button type="button" on:click=move |_| start(ExportFormat::Ndjson)>"NDJSON: the original records"</button>
            <button type="button" on:click=move |_| start(csv())>"CSV: the columns shown"</button>
        </Popover>
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
