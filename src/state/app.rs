//! The page's one state and every action on it. Views read signals and call actions; nothing else changes state.

use crate::model::{Field, TimeRange};
use crate::query::answer::{Answer, Detail, EventIdentity, RowId};
use crate::query::question::{FacetAsk, Filter, Question, Sort};
use crate::query::syntax::{self, Choice, SyntaxError};
use crate::sources::loki::live::Live;
use crate::state::address::Address;
use crate::state::engine::Engine;
use crate::state::hand_out::{Awaited, Charted, FacetSignals};
use crate::state::link::LinkProblem;
use crate::state::parts::Parts;
use crate::state::view::View;
use crate::worker::pool::{ExportProgress, FileToLoad, Listeners, Pool, ScanProgress};
use crate::worker::progress::{Fault, LoadStatus, SourceId, SourceStatus};
use leptos::prelude::*;
use leptos::task::spawn_local;
use std::collections::BTreeMap;
use std::sync::Arc;

const AFTER_FIRST_PAINT: std::time::Duration = std::time::Duration::from_millis(200);

/// A file on its way to the disk.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Export {
    /// Tells it from the one before, which may still be ending.
    pub number: u64,
    pub progress: ExportProgress,
}

/// Handle to everything the page knows; copied freely, reached by `App::get()` anywhere in the tree.
#[derive(Clone, Copy)]
pub struct App {
    /// What the link carries.
    pub view: RwSignal<View>,
    /// The same, for those who show a part of it.
    pub parts: Parts,
    pub address: Address,
    /// What of the opened link could not be read.
    pub link_problems: RwSignal<Vec<LinkProblem>>,
    /// The last text that parsed, as a filter: what is in force.
    pub filter: RwSignal<Filter>,
    pub filter_error: RwSignal<Option<SyntaxError>>,
    /// Of the files; while a live window is explored, of that.
    pub load: RwSignal<LoadStatus>,
    /// A live window is explored instead of the files.
    pub is_live: RwSignal<bool>,
    held: StoredValue<LoadStatus>,
    /// Grows when events arrive or leave.
    pub data_number: RwSignal<u64>,
    /// A question is on its way, or waits for its turn.
    pub is_asking: RwSignal<bool>,
    /// Not so from when a load begins, a source leaves or another place is looked at until what is on screen is of all
    /// that is there.
    pub is_answered: RwSignal<bool>,
    /// Tells the files and each live window apart: what comes late of an earlier one is dropped.
    place: StoredValue<u64>,
    /// The answer to the view; the one before it while a new one is on its way.
    pub answer: RwSignal<Arc<Answer>>,
    /// Not so where the answer's counts are another question's: after a fault, and at first in another place.
    pub is_counted: RwSignal<bool>,
    /// What the counts answer, once there were any.
    pub counts_asked: RwSignal<Option<Arc<Question>>>,
    /// What the answer's rows and its timeline answer, once there was one; the view may be ahead of them.
    pub rows_asked: StoredValue<Option<Arc<Question>>>,
    pub charted: StoredValue<Charted>,
    /// The answer's facets, which follow it one by one.
    pub facet_answers: FacetSignals,
    /// Grows with every new answer, after the facets: the table drops its cached rows when it changes.
    pub answer_number: RwSignal<u64>,
    pub query_fault: RwSignal<Option<Fault>>,
    /// Of a live window's question: its parts arrive one by one.
    pub awaited: RwSignal<Awaited>,
    pub scan: RwSignal<Option<ScanProgress>>,
    /// The file that is being written of matching events.
    pub export: RwSignal<Option<Export>>,
    /// The facets on screen and how many values of each; closed facets are not asked.
    pub facets: RwSignal<BTreeMap<Field, FacetAsk>>,
    /// The open event, once read.
    pub detail: RwSignal<Option<Arc<Detail>>>,
    /// Its line and that of its start's record, where they were known later; else 0.
    pub late_lines: RwSignal<(u64, u64)>,
    pub detail_fault: RwSignal<Option<Fault>>,
    /// The event that is wanted is not among those held.
    pub is_absent: RwSignal<bool>,
    /// Grows with each event wanted, and each that is not any more: what comes late for an earlier one is dropped.
    wanted: StoredValue<u64>,
    /// It is on its way.
    is_opening: StoredValue<bool>,
    /// Who answers: the workers, or a live window.
    pub pool: StoredValue<Engine, LocalStorage>,
}

impl App {
    /// Makes the state, puts it into the context and sets it going; called once, by the root view.
    pub fn provide() -> App {
        let load = RwSignal::new(LoadStatus::default());
        let (is_live, held) = (RwSignal::new(false), StoredValue::new(LoadStatus::default()));
        let scan = RwSignal::new(None);
        let (data_number, is_answered) = (RwSignal::new(0), RwSignal::new(true));
        let pool = Pool::new(Listeners {
            on_status: Box::new(move |status: LoadStatus| {
                held.set_value(status.clone());
                if !is_live.get_untracked() {
                    if status.is_loading() {
                        is_answered.set(false);
                    }
                    load.set(status);
                }
            }),
            on_data: Box::new(move || {
                // A live window's question is not of these data.
                if !is_live.get_untracked() {
                    data_number.update(|number| *number += 1);
                }
            }),
            on_scan: Box::new(move |progress| scan.set(progress)),
        });
        let mut facets = BTreeMap::new();
        // One by one: to collect them would bring a whole sort into the first paint.
        for field in Field::facets().filter(|field| field.spec().open) {
            facets.insert(field, FacetAsk { field, limit: 10, find: String::new(), by_name: false });
        }
        let view = RwSignal::new(View::default());
        let app = App {
            view,
            parts: Parts::of(view),
            address: Address::of(view),
            link_problems: RwSignal::new(Vec::new()),
            filter: RwSignal::new(Filter::all()),
            filter_error: RwSignal::new(None),
            load,
            is_live,
            held,
            data_number,
            is_asking: RwSignal::new(false),
            is_answered,
            place: StoredValue::new(0),
            answer: RwSignal::new(Arc::new(Answer::default())),
            is_counted: RwSignal::new(true),
            counts_asked: RwSignal::new(None),
            rows_asked: StoredValue::default(),
            charted: StoredValue::default(),
            facet_answers: FacetSignals::default(),
            answer_number: RwSignal::new(0),
            query_fault: RwSignal::new(None),
            awaited: RwSignal::new(Awaited::default()),
            scan,
            export: RwSignal::new(None),
            facets: RwSignal::new(facets),
            detail: RwSignal::new(None),
            late_lines: RwSignal::new((0, 0)),
            detail_fault: RwSignal::new(None),
            is_absent: RwSignal::new(false),
            wanted: StoredValue::new(0),
            is_opening: StoredValue::new(false),
            pool: StoredValue::new_local(Engine::new(pool)),
        };
        provide_context(app);
        super::address::keep_in_step(app);
        super::asking::keep_asking(app);
        set_timeout(move || app.pool.with_value(Engine::warm_up), AFTER_FIRST_PAINT);
        app
    }

    /// The state. Invariant: `provide` ran in the root view.
    pub fn get() -> App {
        expect_context()
    }

    /// Explores a window of a Loki in place; `shown` stands for it among the sources.
    pub fn go_live(&self, live: Live, shown: SourceStatus) {
        self.close_event();
        self.pool.with_value(|engine| engine.set_live(Some(live)));
        self.is_live.set(true);
        self.set_window(None);
        self.begin_anew(LoadStatus { sources: vec![shown], ..LoadStatus::default() });
    }

    /// Back to the files.
    pub fn leave_live(&self) {
        if !self.is_live.get_untracked() {
            return;
        }
        self.close_event();
        self.pool.with_value(|engine| engine.set_live(None));
        self.is_live.set(false);
        self.set_window(None);
        self.begin_anew(self.held.get_value());
    }

    /// All that is on screen is of another place.
    fn begin_anew(&self, load: LoadStatus) {
        self.place.update_value(|place| *place += 1);
        self.is_answered.set(false);
        self.is_counted.set(false);
        self.answer.set(Arc::new(Answer::default()));
        self.load.set(load);
        self.data_number.update(|number| *number += 1);
    }

    /// Which place is asked: compared with what it was earlier.
    pub fn place(&self) -> u64 {
        self.place.get_value()
    }

    /// Whether the counts on screen are about to be others. A live window's come before its other parts.
    pub fn is_counting(&self) -> bool {
        match self.is_live.get() {
            true if self.is_asking.get() => self.awaited.with(|awaited| awaited.counts),
            true => !self.is_answered.get(),
            false => self.is_asking.get() || !self.is_answered.get(),
        }
    }

    /// The page contract's `data-state`: a load has ended when what it brought is on screen.
    pub fn state_name(&self) -> &'static str {
        match self.load.with(LoadStatus::state_name) {
            "ready" | "failed" if !self.is_answered.get() => "loading",
            name => name,
        }
    }

    pub fn add_files(&self, files: Vec<FileToLoad>) {
        self.leave_live();
        self.pool.with_value(|pool| pool.add_files(files));
    }

    pub fn remove_source(&self, source: SourceId) {
        if self.is_live.get_untracked() {
            return self.leave_live();
        }
        self.close_event();
        self.pool.with_value(|pool| pool.remove_source(source));
    }

    pub fn cancel_load(&self) {
        self.pool.with_value(Engine::cancel_load);
    }

    pub fn cancel_scan(&self) {
        self.pool.with_value(Engine::cancel_scan);
    }

    /// The search bar's text; a text that does not parse leaves the last good filter in force.
    pub fn set_filter_text(&self, text: &str) {
        self.view.update(|view| view.filter_text = text.to_string());
    }

    pub fn choose(&self, field: Field, value: &str, choice: Option<Choice>) {
        let text = self.view.with_untracked(|view| syntax::with_choice(&view.filter_text, field, value, choice));
        self.set_filter_text(&text);
    }

    pub fn choose_only(&self, field: Field, value: &str) {
        let text = self.view.with_untracked(|view| syntax::with_only(&view.filter_text, field, value));
        self.set_filter_text(&text);
    }

    /// The timeline's window; `None` shows everything.
    pub fn set_window(&self, window: Option<TimeRange>) {
        self.view.update(|view| view.window = window);
    }

    pub fn set_sort(&self, sort: Sort) {
        self.view.update(|view| view.sort = sort);
    }

    /// Opens a row of the table; its identity goes into the link.
    pub fn open_row(&self, id: RowId) {
        let app = *self;
        let number = self.want();
        self.is_opening.set_value(true);
        spawn_local(async move {
            let pool = app.pool.get_value();
            let read = pool.detail(id).await;
            if app.wanted.get_value() != number {
                return;
            }
            app.is_opening.set_value(false);
            match read {
                Ok(detail) => app.show(detail),
                Err(fault) => app.detail_fault.set(Some(fault)),
            }
        });
    }

    /// Whether an event was asked for that is not here yet.
    pub fn is_opening(&self) -> bool {
        self.is_opening.get_value()
    }

    /// Which event was asked for last, or that none is any more: compared with what it was earlier.
    pub fn wanted(&self) -> u64 {
        self.wanted.get_value()
    }

    fn want(&self) -> u64 {
        self.is_opening.set_value(false);
        self.wanted.update_value(|number| *number += 1);
        self.wanted.get_value()
    }

    /// Opens an event by its identity, as soon as it is among the events held.
    pub fn open_event(&self, identity: EventIdentity) {
        let app = *self;
        let number = self.want();
        if app.view.with_untracked(|view| view.event.as_ref() != Some(&identity)) {
            app.view.update(|view| view.event = Some(identity.clone()));
            app.is_absent.set(false);
        }
        // The first data look for it; their status may come later than they.
        if self.load.with_untracked(|load| load.sources.is_empty()) && self.data_number.get_untracked() == 0 {
            return;
        }
        self.is_opening.set_value(true);
        // While more is read it stays absent until it is found.
        if self.is_absent.get_untracked() && !self.load.with_untracked(LoadStatus::is_loading) {
            self.is_absent.set(false);
        }
        let data_number = self.data_number.get_untracked();
        spawn_local(async move {
            let pool = app.pool.get_value();
            let found = pool.find_event(identity.clone()).await;
            if app.wanted.get_value() != number {
                return;
            }
            app.is_opening.set_value(false);
            match found {
                Ok(Some(id)) => {
                    app.is_absent.set(false);
                    app.open_row(id);
                }
                // Not loaded yet, or not in these files: tried again when data arrives.
                Ok(None) if app.data_number.get_untracked() != data_number => app.open_event(identity),
                Ok(None) => app.is_absent.set(true),
                Err(fault) => app.detail_fault.set(Some(fault)),
            }
        });
    }

    pub fn close_event(&self) {
        if self.view.with_untracked(|view| view.event.is_some()) {
            self.view.update(|view| view.event = None);
        }
        self.forget_event();
    }

    /// None is open, nor on its way, whatever the view names.
    pub fn forget_event(&self) {
        self.want();
        self.is_absent.set(false);
        self.detail.set(None);
        self.detail_fault.set(None);
    }

    /// Looks up the lines of the open event again that were not known when it was opened.
    pub fn find_line(&self) {
        let app = *self;
        let start_line = |detail: &Detail| detail.start.as_ref().map_or(0, |start| start.line);
        let lacks_line = |of: &&Arc<Detail>| of.line == 0 || (of.start.is_some() && start_line(of) == 0);
        let open = app.detail.with_untracked(|detail| detail.as_ref().filter(lacks_line).map(|of| of.id));
        let (Some(id), number) = (open, app.wanted()) else { return };
        let is_open = move || app.detail.with_untracked(|detail| detail.as_ref().is_some_and(|of| of.id == id));
        spawn_local(async move {
            let pool = app.pool.get_value();
            // The event itself is on show: a fault here takes nothing from it.
            if let (Ok(detail), true) = (pool.detail(id).await, app.wanted() == number && is_open()) {
                app.late_lines.set((detail.line, start_line(&detail)));
            }
        });
    }

    fn show(&self, detail: Detail) {
        let identity = EventIdentity {
            audit_id: detail.audit_id.clone(),
            stage: detail.value(Field::Stage).to_string(),
            staged: detail.staged,
        };
        self.detail_fault.set(None);
        self.late_lines.set((0, 0));
        self.detail.set(Some(Arc::new(detail)));
        if self.view.with_untracked(|view| view.event.as_ref() != Some(&identity)) {
            self.view.update(|view| view.event = Some(identity));
        }
    }
}
