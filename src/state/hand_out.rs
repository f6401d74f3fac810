//! An answer to the panels, one after another: each draws in a task of its own, so that
//! typing, scrolling and the workers' messages come in between.

use super::app::App;
use crate::model::Field;
use crate::query::answer::{Answer, FacetAnswer};
use crate::worker::pool::now_millis;
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

/// Counts and timeline first, then facet by facet, the table last.
pub async fn hand_out(app: App, answer: Answer) {
    let answer = Arc::new(answer);
    let mut turn = Turn::begin();
    app.answer.set(answer.clone());
    turn.end().await;
    for (field, signal) in app.facet_answers.all() {
        let now = answer.facet(field);
        if signal.with_untracked(|before| before.as_deref() != now) {
            signal.set(now.cloned().map(Arc::new));
            turn.end().await;
        }
    }
    app.answer_number.update(|number| *number += 1);
    turn.end().await;
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
