//! An answer to the panels, one after another: each draws in a task of its own, so that
//! typing, scrolling and the workers' messages come in between.

use super::app::App;
use super::view::View;
use crate::model::{Field, TimeRange};
use crate::query::answer::{Answer, FacetAnswer, Part};
use crate::query::question::Question;
use crate::worker::pool::now_millis;
use crate::worker::progress::LoadStatus;
use futures_channel::oneshot;
use leptos::prelude::*;
use leptos::task::tick;
use std::sync::Arc;
use std::time::Duration;

/// Every pause may cost a frame's layout and paint: no more of them than it takes.
const LONGEST_TURN_MILLIS: f64 = 12.0;

/// Each facet's values, by field; `None` until they are counted.
#[derive(Clone, Copy)]
pub struct FacetSignals(StoredValue<Vec<(Field, FacetSignal)>>);

pub type FacetSignal = RwSignal<Option<Arc<FacetAnswer>>>;

impl Default for FacetSignals {
    fn default() -> FacetSignals {
        FacetSignals(StoredValue::new(Field::facets().map(|field| (field, RwSignal::new(None))).collect()))
    }
}

impl FacetSignals {
    /// Invariant: the field is one of `Field::facets`.
    pub fn of(&self, field: Field) -> FacetSignal {
        let signal = self.0.with_value(|all| all.iter().find(|(of, _)| *of == field).map(|(_, signal)| *signal));
        signal.expect("invariant: a facet's field")
    }

    fn all(&self) -> Vec<(Field, FacetSignal)> {
        self.0.get_value()
    }
}

/// Counts and timeline first, then facet by facet, the table last; unless another place is looked at meanwhile.
pub async fn hand_out(app: App, question: &Arc<Question>, answer: Answer) {
    let (answer, place) = (Arc::new(answer), app.place());
    if app.load.with_untracked(LoadStatus::is_loading) {
        // It was put together in this task, and the workers leave little of the processor.
        next_task().await;
    }
    if app.place() != place {
        return;
    }
    let mut turn = Turn::begin();
    app.rows_asked.set_value(Some(question.clone()));
    app.charted.set_value(Charted::of(question));
    app.answer.set(answer.clone());
    set_counted(app, question, true);
    turn.end().await;
    for (field, signal) in app.facet_answers.all() {
        if app.place() != place {
            return;
        }
        let now = answer.facet(field);
        if signal.with_untracked(|before| before.as_deref() != now) {
            signal.set(now.cloned().map(Arc::new));
            turn.end().await;
        }
    }
    if app.place() == place {
        app.answer_number.update(|number| *number += 1);
        turn.end().await;
    }
}

/// What of a question that is answered in parts is still on its way.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Awaited {
    pub counts: bool,
    pub timeline: bool,
    pub rows: bool,
    pub facets: Vec<Field>,
}

impl Awaited {
    pub fn all_of(question: &Question) -> Awaited {
        let facets = question.facets.iter().map(|ask| ask.field).collect();
        Awaited { counts: true, timeline: question.histogram.is_some(), rows: true, facets }
    }

    pub fn is_nothing(&self) -> bool {
        *self == Awaited::default()
    }
}

/// A part of an answer to its panel; the others show what they showed, marked as awaited.
pub fn hand_out_part(app: App, question: &Arc<Question>, part: Part) {
    let change = |change: &dyn Fn(&mut Answer)| {
        app.answer.update(|answer| change(Arc::make_mut(answer)));
    };
    match part {
        Part::Counts { events, total } => {
            change(&|answer| (answer.events, answer.total) = (events, total));
            set_counted(app, question, true);
            app.awaited.update(|awaited| awaited.counts = false);
        }
        Part::Timeline(histogram) => {
            app.charted.set_value(Charted::of(question));
            change(&|answer| answer.histogram = histogram.clone());
            app.awaited.update(|awaited| awaited.timeline = false);
        }
        Part::Facet(facet) => {
            let field = facet.field;
            app.facet_answers.of(field).set(Some(Arc::new(facet)));
            app.awaited.update(|awaited| awaited.facets.retain(|of| *of != field));
        }
        Part::Rows(rows) => {
            app.rows_asked.set_value(Some(question.clone()));
            change(&|answer| answer.rows = rows.clone());
            app.answer_number.update(|number| *number += 1);
            app.awaited.update(|awaited| awaited.rows = false);
        }
    }
}

/// All parts came or failed: what did not come shows nothing rather than an earlier question's answer.
pub fn end_parts(app: App, question: &Arc<Question>) {
    let awaited = app.awaited.get_untracked();
    for (field, signal) in app.facet_answers.all() {
        let is_asked = app.facets.with_untracked(|facets| facets.contains_key(&field));
        if (!is_asked || awaited.facets.contains(&field)) && signal.with_untracked(Option::is_some) {
            signal.set(None);
        }
    }
    if awaited.counts {
        set_counted(app, question, false);
    }
    if awaited.timeline {
        app.answer.update(|answer| Arc::make_mut(answer).histogram = Default::default());
    }
    if awaited.rows {
        app.rows_asked.set_value(Some(question.clone()));
        app.answer.update(|answer| Arc::make_mut(answer).rows.clear());
        app.answer_number.update(|number| *number += 1);
    }
    app.awaited.set(Awaited::default());
}

fn set_counted(app: App, question: &Arc<Question>, is_counted: bool) {
    if app.is_counted.get_untracked() != is_counted {
        app.is_counted.set(is_counted);
    }
    app.counts_asked.set(Some(question.clone()));
}

/// What the answer's timeline was asked as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Charted {
    pub stack: Field,
    pub window: Option<TimeRange>,
}

impl Default for Charted {
    fn default() -> Charted {
        Charted { stack: View::default().stack, window: None }
    }
}

impl Charted {
    fn of(question: &Question) -> Charted {
        let stack = question.histogram.as_ref().map_or_else(|| View::default().stack, |ask| ask.stack);
        Charted { stack, window: question.window }
    }
}

/// Counts the time since the browser last had its way.
struct Turn {
    began_millis: f64,
}

impl Turn {
    fn begin() -> Turn {
        Turn { began_millis: now_millis() }
    }

    /// Lets the panels draw what was set, then the browser do what waits, if that took long.
    async fn end(&mut self) {
        tick().await;
        if now_millis() - self.began_millis > LONGEST_TURN_MILLIS {
            next_task().await;
            self.began_millis = now_millis();
        }
    }
}

/// Lets the browser do what waits, what was just set in motion among it.
pub async fn next_task() {
    let (sender, receiver) = oneshot::channel::<()>();
    set_timeout(move || drop(sender), Duration::ZERO);
    // Dropped, not sent: either way it is time.
    let _ = receiver.await;
}
