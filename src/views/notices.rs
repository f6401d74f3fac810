//! What went wrong, said once at the top of the page, in three sentences.

use super::parts::{Glyph, Icon, IconButton};
use crate::model::text::visible_text;
use crate::state::app::App;
use crate::worker::progress::{Fault, SourceId};
use leptos::prelude::*;

/// Faults from outside the workers: what could not be dropped, pasted or fetched.
#[derive(Clone, Copy)]
pub struct Notices(pub RwSignal<Vec<Fault>>);

impl Notices {
    pub fn provide() {
        let notices = Notices(RwSignal::new(Vec::new()));
        provide_context(notices);
        notices.report_failed_sources();
    }

    pub fn get() -> Notices {
        expect_context()
    }

    /// Says once of each source why it failed: of the first few; the load line counts them all.
    fn report_failed_sources(self) {
        const SAID_AT_ONCE: usize = 3;
        let app = App::get();
        Effect::new(move |said: Option<Vec<SourceId>>| {
            let mut said = said.unwrap_or_default();
            app.load.with(|load| {
                // After everything was removed the ids may begin anew.
                said.retain(|id| load.sources.iter().any(|source| source.id == *id));
                for source in &load.sources {
                    let Some(error) = source.error.clone().filter(|_| !said.contains(&source.id)) else { continue };
                    if said.len() < SAID_AT_ONCE {
                        let what_happened = [visible_text(&source.name).as_ref(), ": ", &error.what_happened].concat();
                        self.report(Fault { what_happened, ..error });
                    }
                    said.push(source.id);
                }
            });
            said
        });
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
    let links = move || {
        let problems = app.link_problems.get();
        let lines = problems
            .iter()
            .map(|problem| view! { <p class="fault foreign">{visible_text(&problem.message()).into_owned()}</p> });
        let lines = lines.collect_view();
        let dismiss = move |_| app.link_problems.set(Vec::new());
        (!problems.is_empty()).then(|| {
            view! {
                <li>
                    <Icon glyph=Glyph::Warning />
                    <div class="fault">{lines}</div>
                    <IconButton glyph=Glyph::Close label="Dismiss" on_press=dismiss />
                </li>
            }
        })
    };
    view! {
        <div role="alert">
            <ul class="banner">{lasting} {links} {passing}</ul>
        </div>
    }
}
