//! Builds a heavy panel in a task of its own.

use crate::state::hand_out::next_task;
use leptos::prelude::*;
use leptos::task::spawn_local;

/// Its children, from the next task on: so that what mounts many panels makes nobody wait for all of them.
#[component]
pub fn InTurn(children: ChildrenFn) -> impl IntoView {
    let is_due = RwSignal::new(false);
    spawn_local(async move {
        next_task().await;
        // The panel may be gone by now.
        let _ = is_due.try_set(true);
    });
    view! { <Show when=move || is_due.get()>{children()}</Show> }
}
