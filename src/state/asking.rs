//! Turns every change of the view or the data into one question, and its answer into the page's.

use super::app::App;
use super::engine::{Answered, Engine};
use super::hand_out::{Awaited, end_parts, hand_out, hand_out_part};
use crate::model::TimeRange;
use crate::query::buckets;
use crate::query::question::{FacetAsk, Filter, HistogramAsk, Question, TableAsk};
use crate::query::syntax;
use crate::worker::pool::{mark, measure};
use crate::worker::progress::LoadStatus;
use leptos::prelude::*;
use leptos::task::spawn_local;
use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

/// Rows that come with every answer: a screenful and some more.
pub const FIRST_ROWS: u32 = 100;
const TARGET_BUCKETS: u32 = 200;

/// At most one question is on its way; of those that come meanwhile only the last is asked.
#[derive(Default)]
struct Turn {
    asking: bool,
    waiting: Option<Asked>,
}

/// A question, and whether the person waits for it (rather than data having arrived).
struct Asked {
    question: Question,
    by_view: bool,
}

pub fn keep_asking(app: App) {
    Effect::new(move |_| parse_filter(app));
    let turn = Rc::new(RefCell::new(Turn::default()));
    // The last status may come after the last word of data: the timeline must not end short.
    let whole_span = Memo::new(move |_| app.load.with(|load| if load.is_loading() { None } else { load.total().span }));
    Effect::new(move |earlier: Option<(u64, Option<TimeRange>)>| {
        let data_number = app.data_number.get();
        let data = (data_number, whole_span.get());
        let question = question(app);
        if app.load.with_untracked(|load| !load.sources.is_empty()) || data_number > 0 {
            let by_view = earlier == Some(data);
            ask(app, &turn, Asked { question, by_view });
        }
        data
    });
    // The line of an event that was opened meanwhile is known in the end.
    let is_loading = Memo::new(move |_| app.load.with(LoadStatus::is_loading));
    Effect::new(move |was_loading: Option<bool>| {
        let is_loading = is_loading.get();
        if was_loading == Some(true) && !is_loading {
            app.find_line();
        }
        is_loading
    });
    // A link's event may come with later data.
    Effect::new(move |_| {
        app.data_number.track();
        let wanted = app.view.with_untracked(|view| view.event.clone());
        let is_looked_for = || app.detail.with_untracked(Option::is_none) && !app.is_opening();
        if let Some(identity) = wanted.filter(|_| is_looked_for()) {
            app.open_event(identity);
        }
    });
}

fn parse_filter(app: App) {
    let text = app.parts.filter_text.get();
    match syntax::parse(&text) {
        Ok(filter) => {
            app.filter_error.set(None);
            if app.filter.with_untracked(|known| *known != filter) {
                app.filter.set(filter);
            }
        }
        Err(error) => app.filter_error.set(Some(error)),
    }
}

/// What the view asks now.
pub fn question(app: App) -> Question {
    let filter: Filter = app.filter.get();
    let facets: Vec<FacetAsk> = app.facets.with(|facets| facets.values().cloned().collect());
    let parts = app.parts;
    let window = parts.window.get();
    let span = window.or_else(|| app.load.with_untracked(|load| load.total().span));
    let histogram = span.map(|range| histogram_ask(range, parts.stack.get()));
    let table = TableAsk { columns: parts.columns.get(), sort: parts.sort.get(), limit: FIRST_ROWS };
    Question { filter, window, facets, histogram, table }
}

fn histogram_ask(range: TimeRange, stack: crate::model::Field) -> HistogramAsk {
    let (start_micros, bucket_micros, buckets) = buckets::plan(range, TARGET_BUCKETS);
    HistogramAsk { start_micros, bucket_micros, buckets, stack }
}

fn ask(app: App, turn: &Rc<RefCell<Turn>>, asked: Asked) {
    let mut held = turn.borrow_mut();
    if held.asking {
        app.pool.with_value(Engine::overtake);
        // The person's question stays the person's, though data arrives before it is asked.
        let by_view = asked.by_view || held.waiting.as_ref().is_some_and(|waiting| waiting.by_view);
        held.waiting = Some(Asked { by_view, ..asked });
        if app.scan.with_untracked(Option::is_some) && by_view {
            app.pool.with_value(Engine::overtake_scan);
        }
        return;
    }
    held.asking = true;
    drop(held);
    if asked.by_view {
        mark("query-start");
    }
    let turn = turn.clone();
    spawn_local(async move {
        let pool = app.pool.get_value();
        let in_parts = pool.live().is_some();
        let question = Arc::new(asked.question);
        app.awaited.set(if in_parts { Awaited::all_of(&question) } else { Awaited::default() });
        let answered = pool.ask(Question::clone(&question), |part| hand_out_part(app, &question, part)).await;
        match &answered {
            Ok(Answered::Overtaken) => {}
            Ok(_) => {
                app.query_fault.set(None);
                if asked.by_view {
                    measure("query", "query-start");
                    app.address.write();
                }
            }
            Err(fault) => app.query_fault.set(Some(fault.clone())),
        }
        match answered {
            Ok(Answered::AtOnce(answer)) => hand_out(app, &question, answer).await,
            Ok(Answered::InParts) | Err(_) if in_parts => end_parts(app, &question),
            _ => {}
        }
        let next = {
            let mut held = turn.borrow_mut();
            held.asking = false;
            held.waiting.take()
        };
        if let Some(next) = next {
            ask(app, &turn, next);
        }
    });
}
