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
    /// Where it was asked.
    place: u64,
    waiting: Option<Asked>,
    changes: u64,
}

struct Asked {
    question: Question,
    /// The view's change that the person waits for the answer to; none where data arrived.
    change: Option<Change>,
    data_number: u64,
}

/// Named as its mark is.
struct Change(String);

impl Change {
    fn begin(number: u64) -> Change {
        let name = ["query-start-", &number.to_string()].concat();
        mark(&name);
        Change(name)
    }
}

pub fn keep_asking(app: App) {
    Effect::new(move |_| parse_filter(app));
    let turn = Rc::new(RefCell::new(Turn::default()));
    // Between two loads' ends each word of data brings a question anyway.
    let whole_span = Memo::new(move |before: Option<&Option<TimeRange>>| {
        app.load.with(|load| if load.is_loading() { before.copied().flatten() } else { load.total().span })
    });
    Effect::new(move |earlier: Option<(u64, Option<TimeRange>)>| {
        let data_number = app.data_number.get();
        let data = (data_number, whole_span.get());
        let question = question(app);
        if app.load.with_untracked(|load| !load.sources.is_empty()) || data_number > 0 {
            let change = (earlier == Some(data)).then(|| {
                let mut turn = turn.borrow_mut();
                turn.changes += 1;
                Change::begin(turn.changes)
            });
            ask(app, &turn, Asked { question, change, data_number });
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
        if asked.change.is_some() || held.place != app.place() {
            app.pool.with_value(Engine::overtake_scan);
        }
        if app.is_live.get_untracked() {
            app.awaited.update(|awaited| awaited.counts = true);
        }
        // The person's question stays the person's, though data arrives before it is asked.
        let earlier = held.waiting.take().and_then(|waiting| waiting.change);
        held.waiting = Some(Asked { change: asked.change.or(earlier), ..asked });
        return;
    }
    let place = app.place();
    (held.asking, held.place) = (true, place);
    drop(held);
    let in_parts = app.is_live.get_untracked();
    app.awaited.set(if in_parts { Awaited::all_of(&asked.question) } else { Awaited::default() });
    app.is_asking.set(true);
    let turn = turn.clone();
    spawn_local(async move {
        let Asked { question, change, data_number } = asked;
        let is_answered = answer(app, Arc::new(question), change.as_ref(), (place, in_parts)).await;
        let next = {
            let mut held = turn.borrow_mut();
            held.asking = false;
            let next = held.waiting.take();
            // Overtaken by data, it is still what the person waits for.
            next.map(|next| Asked { change: next.change.or(change.filter(|_| !is_answered)), ..next })
        };
        match next {
            Some(next) => ask(app, &turn, next),
            None => {
                app.is_asking.set(false);
                // What came meanwhile is about to be asked about.
                let is_last = data_number == app.data_number.get_untracked();
                if is_last && !app.load.with_untracked(LoadStatus::is_loading) {
                    app.is_answered.set(true);
                }
            }
        }
    });
}

/// Asks, and hands out what comes; whether that was an answer or a fault, and not overtaken.
async fn answer(app: App, question: Arc<Question>, change: Option<&Change>, (place, in_parts): (u64, bool)) -> bool {
    let pool = app.pool.get_value();
    let is_here = move || app.place() == place;
    let hand_out_here = |part| {
        if is_here() {
            hand_out_part(app, &question, part);
        }
    };
    let answered = pool.ask(Question::clone(&question), hand_out_here).await;
    match answered {
        Ok(Answered::Overtaken) => return false,
        _ if !is_here() => return false,
        Ok(_) => {
            app.query_fault.set(None);
            if let Some(Change(name)) = change {
                measure("query", name);
                app.address.write();
            }
        }
        Err(ref fault) => app.query_fault.set(Some(fault.clone())),
    }
    match answered {
        Ok(Answered::AtOnce(answer)) => hand_out(app, &question, answer).await,
        Ok(Answered::InParts) | Err(_) if in_parts => end_parts(app, &question),
        // What is on screen answers an earlier question.
        Err(_) => app.is_counted.set(false),
        _ => {}
    }
    true
}
