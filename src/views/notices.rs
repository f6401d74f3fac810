//! What went wrong, said once at the top of the page, in three sentences.

use super::parts::number::counted;
use super::parts::{Glyph, Icon, IconButton, MoreButton};
use crate::model::text::visible_text;
use crate::state::app::App;
use crate::worker::progress::{Fault, SourceId};
use leptos::prelude::*;

/// Failed sources that are told of one by one.
const TOLD_AT_ONCE: usize = 3;

/// Faults from outside the workers: what could not be dropped, pasted or fetched.
#[derive(Clone, Copy)]
pub struct Notices {
    faults: RwSignal<Vec<Fault>>,
    /// Failed sources that are only counted, and those whose count was put away.
    untold: RwSignal<Vec<SourceId>>,
    put_away: RwSignal<Vec<SourceId>>,
}

impl Notices {
    pub fn provide() {
        let notices = Notices {
            faults: RwSignal::new(Vec::new()),
            untold: RwSignal::new(Vec::new()),
            put_away: RwSignal::new(Vec::new()),
        };
        provide_context(notices);
        notices.report_failed_sources();
    }

    pub fn get() -> Notices {
        expect_context()
    }

    /// Says once of each source why it failed: of the first few; the others are counted.
    fn report_failed_sources(self) {
        let app = App::get();
        Effect::new(move |seen: Option<Vec<(SourceId, bool)>>| {
            let mut seen = seen.unwrap_or_default();
            // A live window stands in for the sources, which come back as they were.
            if app.is_live.get() {
                return seen;
            }
            app.load.with(|load| {
                // After everything was removed the ids may begin anew.
                seen.retain(|(id, _)| load.sources.iter().any(|source| source.id == *id));
                for source in &load.sources {
                    let is_new = seen.iter().all(|(id, _)| *id != source.id);
                    let Some(error) = source.error.clone().filter(|_| is_new) else { continue };
                    let is_told = seen.iter().filter(|(_, is_told)| *is_told).count() < TOLD_AT_ONCE;
                    if is_told {
                        let what_happened = [visible_text(&source.name).as_ref(), ": ", &error.what_happened].concat();
                        self.report(Fault { what_happened, ..error });
                    }
                    seen.push((source.id, is_told));
                }
                // What failed for want of events may get some yet.
                let fails =
                    |of: &SourceId| load.sources.iter().any(|source| source.id == *of && source.error.is_some());
                let untold = seen.iter().filter(|(id, is_told)| !is_told && fails(id)).map(|(id, _)| *id);
                let untold: Vec<SourceId> = untold.collect();
                if self.untold.with_untracked(|before| *before != untold) {
                    self.put_away.update(|ids| ids.retain(|id| untold.contains(id)));
                    self.untold.set(untold);
                }
            });
            seen
        });
    }

    pub fn report(self, fault: Fault) {
        self.faults.update(|faults| {
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
    let Notices { faults: notices, untold, put_away } = Notices::get();
    let workers = Memo::new(move |_| app.load.with(|load| load.faults.clone()));
    let lasting = move || unlike(workers.get().into_iter().chain(app.query_fault.get()));
    let dismiss = move |this: &Fault| notices.update(|faults| faults.retain(|of| of != this));
    let passing = move |fault: Fault| {
        let shown = fault.clone();
        view! {
            <Line>
                <FaultText fault=shown />
                <IconButton glyph=Glyph::Close label="Dismiss" on_press=move |_| dismiss(&fault) />
            </Line>
        }
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
                <Line>
                    <div class="fault">{lines}</div>
                    <IconButton glyph=Glyph::Close label="Dismiss" on_press=dismiss />
                </Line>
            }
        })
    };
    // Shown again when another fails.
    let others = move || {
        let ids = untold.get();
        let is_news = put_away.with(|put_away| ids.iter().any(|id| !put_away.contains(id)));
        is_news.then(|| {
            let fault = Fault {
                what_happened: [&counted(ids.len() as u64, "more source"), " failed."].concat(),
                what_it_means: "What could be read of them is here.".to_string(),
                what_to_do: "The Sources tab says of each what is wrong.".to_string(),
            };
            view! {
                <Line>
                    <FaultText fault />
                    <IconButton glyph=Glyph::Close label="Dismiss" on_press=move |_| put_away.set(ids.clone()) />
                </Line>
            }
        })
    };
    view! {
        <div role="alert">
            <ul class="banner">
                <For each=lasting key=Fault::clone children=move |fault| view! { <Line><FaultText fault /></Line> } />
                {links}
                <For each=move || notices.get() key=Fault::clone children=passing />
                {others}
            </ul>
        </div>
    }
}

/// One of each kind: two workers may end for one reason.
fn unlike(faults: impl Iterator<Item = Fault>) -> Vec<Fault> {
    let mut unlike = Vec::new();
    faults.for_each(|fault| {
        if !unlike.contains(&fault) {
            unlike.push(fault)
        }
    });
    unlike
}

/// One thing that is wrong. On a small screen a line, which opens: the events are what was come for.
#[component]
fn Line(children: Children) -> impl IntoView {
    let open = RwSignal::new(false);
    let label = move || if open.get() { "Show less of it" } else { "Show all of it" };
    view! {
        <li class:open=open>
            <Icon glyph=Glyph::Warning />
            {children()}
            <MoreButton open label />
        </li>
    }
}
