//! What went wrong, said once at the top of the page, in three sentences.

use super::parts::{Glyph, Icon, IconButton};
use crate::state::app::App;
use crate::worker::progress::Fault;
use leptos::prelude::*;

/// Faults from outside the workers: what could not be dropped, pasted or fetched.
#[derive(Clone, Copy)]
pub struct Notices(pub RwSignal<Vec<Fault>>);

impl Notices {
    pub fn provide() {
        provide_context(Notices(RwSignal::new(Vec::new())));
    }

    pub fn get() -> Notices {
        expect_context()
    }

    pub fn report(self, fault: Fault) {
        self.0.update(|faults| {
            if !faults.contains(&fault) {
                faults.push(fault);
            }
        });
    }
}

/// A fault's three sentences.
#[component]
pub fn FaultText(fault: Fault) -> impl IntoView {
    view! {
        <p class="fault foreign">
            <strong>{fault.what_happened}</strong>
            " "
            {fault.what_it_means}
            " "
            {fault.what_to_do}
        </p>
    }
}

/// Everything that is wrong now. Notices can be put away; a worker's or a query's fault
/// stays while it lasts.
#[component]
pub fn Banner() -> impl IntoView {
    let app = App::get();
    let Notices(notices) = Notices::get();
    let workers = Memo::new(move |_| app.load.with(|load| load.faults.clone()));
    let lasting = move || {
        let faults = workers.get().into_iter().chain(app.query_fault.get());
        faults.map(|fault| view! { <li><Icon glyph=Glyph::Warning /><FaultText fault /></li> }).collect_view()
    };
    let passing = move || {
        let each = |fault: Fault| {
            let this = fault.clone();
            let dismiss = move |_| notices.update(|faults| faults.retain(|of| *of != this));
            view! {
                <li>
                    <Icon glyph=Glyph::Warning />
                    <FaultText fault />
                    <IconButton glyph=Glyph::Close label="Dismiss" on_press=dismiss />
                </li>
            }
        };
        notices.get().into_iter().map(each).collect_view()
    };
    view! { <ul class="banner" role="alert">{lasting}{passing}</ul> }
}
