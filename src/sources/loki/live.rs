//! Exploring without downloading: Loki counts, and only the lines that are looked at are fetched.
//! Answers the same questions as the pool, in the same words.

use super::advice::{Kind, allowed_entries};
use super::api::{self, Series};
use super::failure::Failure;
use super::http::{Cancel, Client};
use super::lines::Lines;
use super::paging::Pager;
use super::retry::Policy;
use super::search::range_params;
use super::slices::split;
use super::tally::{self, Steps};
use super::{Direction, MAX_ENTRIES_PER_QUERY, MAX_QUERY_NANOS, NANOS_PER_SECOND, NanoRange};
use crate::model::{Field, TimeRange};
use crate::query::answer::{Answer, Detail, EventIdentity, FacetAnswer, Histogram, Row, RowId};
use crate::query::logql::{FacetQuery, Split, Target, is_derived, label_of};
use crate::query::question::{FacetAsk, Filter, HistogramAsk, Question, TableAsk};
use crate::worker::progress::Fault;
use futures_util::future::{join, join_all};
use std::cell::{Cell, RefCell};
use std::rc::Rc;

/// The table pages so deep into a window; beyond, narrow the window.
pub const DEEPEST_ROW: u64 = 50_000;
/// Of a facet whose every value Loki does not count at once.
const TOP_OF_MANY: u32 = 100;
/// A query that times out is cut no finer than this.
const SHORTEST_PIECE_NANOS: i64 = 60 * NANOS_PER_SECOND;
/// Lines a request while the table is read from its top.
const PAGE_LINES: u32 = 500;

/// What was sent for the last question, and what could not be had as asked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sent {
    /// What it was for, and the LogQL.
    pub queries: Vec<(String, String)>,
    /// What was narrowed, or applied in the page.
    pub notes: Vec<String>,
    pub requests: u64,
}

/// A window of a Loki, explored in place. Cheap to clone.
#[derive(Clone)]
pub struct Live(Rc<State>);

struct State {
    client: Client,
    target: Target,
    range: Cell<NanoRange>,
    /// Of the question that is on its way.
    cancel: RefCell<Cancel>,
    sent: RefCell<Sent>,
    on_sent: Box<dyn Fn(Sent)>,
    /// Events in the range, whatever the filter.
    everything: Cell<Option<(NanoRange, u64)>>,
    table: RefCell<Option<Table>>,
    /// One request for rows at a time, so that no page is fetched twice.
    reading: futures_util::lock::Mutex<()>,
}

/// The lines read so far for one filter, window and order.
struct Table {
    filter: Filter,
    range: NanoRange,
    split: Split,
    logql: String,
    pager: Pager,
    lines: Lines,
}

impl Live {
    pub fn new(client: Client, target: Target, range: NanoRange, on_sent: impl Fn(Sent) + 'static) -> Live {
        Live(Rc::new(State {
            client,
            target,
            range: Cell::new(range),
            cancel: RefCell::default(),
            sent: RefCell::default(),
            on_sent: Box::new(on_sent),
            everything: Cell::new(None),
            table: RefCell::new(None),
            reading: futures_util::lock::Mutex::new(()),
        }))
    }

    pub fn client(&self) -> &Client {
        &self.0.client
    }

    pub fn target(&self) -> &Target {
        &self.0.target
    }

    pub fn range(&self) -> NanoRange {
        self.0.range.get()
    }

    /// Following: the window grows; lines read so far are read anew.
    pub fn extend_to(&self, end_nanos: i64) {
        let range = self.0.range.get();
        self.0.range.set(NanoRange::new(range.start_nanos, end_nanos.max(range.end_nanos)));
        self.0.table.take();
        self.0.everything.set(None);
    }

    /// A later question is waiting: what is on its way is given up.
    pub fn overtake(&self) {
        self.0.cancel.replace(Cancel::default()).cancel();
    }

    /// Answers a question; `Ok(None)` when a later one overtook it.
    pub async fn ask(&self, question: Question) -> Result<Option<Answer>, Fault> {
        self.overtake();
        let cancel = self.0.cancel.borrow().clone();
        let before = self.0.client.requests();
        self.0.sent.take();
        let outcome = self.answer(&question, &cancel).await;
        self.0.sent.borrow_mut().requests = self.0.client.requests() - before;
        (self.0.on_sent)(self.0.sent.borrow().clone());
        match outcome {
            Err(Failure::Cancelled) => Ok(None),
            other => other.map(Some).map_err(|failure| failure.fault()),
        }
    }

    async fn answer(&self, question: &Question, cancel: &Cancel) -> Result<Answer, Failure> {
        let range = self.window(question.window);
        let split = Split::of(&question.filter);
        if !split.is_exact() {
            self.note("Part of the filter is not LogQL (times, latencies, labels of the log): the rows are filtered in this page, the counts are of the rest of the filter.".to_string());
        }
        let table = self.read_rows(question, range, cancel);
        let facets = join_all(question.facets.iter().map(|ask| self.one_facet(&question.filter, range, ask, cancel)));
        let counts = join(self.total(&split, range, cancel), self.everything(cancel));
        let histogram = async {
            match &question.histogram {
                Some(ask) => self.histogram(&split, ask, range, cancel).await,
                None => Ok(Histogram::default()),
            }
        };
        let (((events, total), histogram), (facets, rows)) = join(join(counts, histogram), join(facets, table)).await;
        Ok(Answer {
            events: events?,
            events_without_time: 0,
            total: total?,
            unscanned: 0,
            facets: facets.into_iter().collect::<Result<_, _>>()?,
            histogram: histogram?,
            rows: rows?,
        })
    }

    fn window(&self, window: Option<TimeRange>) -> NanoRange {
        let all = self.range();
        window.map_or(all, |window| {
            let window = NanoRange::from(window);
            NanoRange::new(window.start_nanos.max(all.start_nanos), window.end_nanos.min(all.end_nanos))
        })
    }

    fn note(&self, note: String) {
        let mut sent = self.0.sent.borrow_mut();
        if !sent.notes.contains(&note) {
            sent.notes.push(note);
        }
    }

    fn log(&self, what: &str, logql: &str) {
        let mut sent = self.0.sent.borrow_mut();
        if !sent.queries.iter().any(|(_, known)| known == logql) {
            sent.queries.push((what.to_string(), logql.to_string()));
        }
    }

    async fn total(&self, split: &Split, range: NanoRange, cancel: &Cancel) -> Result<u64, Failure> {
        let query = |nanos| split.total(&self.0.target, nanos);
        Ok(tally::total(&self.instant("events", query, range, cancel).await?))
    }

    async fn everything(&self, cancel: &Cancel) -> Result<u64, Failure> {
        let range = self.range();
        if let Some((of, total)) = self.0.everything.get()
            && of == range
        {
            return Ok(total);
        }
        let total = self.total(&Split::of(&Filter::all()), range, cancel).await?;
        self.0.everything.set(Some((range, total)));
        Ok(total)
    }

    /// An instant query over a range: in pieces that the server takes, cut finer where it takes too long.
    async fn instant(
        &self,
        what: &str,
        query: impl Fn(i64) -> String,
        range: NanoRange,
        cancel: &Cancel,
    ) -> Result<Vec<Series>, Failure> {
        let mut pieces = split(range, MAX_QUERY_NANOS);
        let mut all = Vec::new();
        while let Some(piece) = pieces.pop() {
            let logql = query(piece.width_nanos());
            self.log(what, &logql);
            // The range ends with the query's moment, which belongs to it.
            let params = [("query", logql), ("time", (piece.end_nanos - 1).to_string())];
            match self.0.client.ask("query", &params, Policy::USUAL, cancel, |a| api::series(a.reply())).await {
                Ok(series) => all.extend(series),
                Err(failure) => {
                    let too_much = matches!(failure.kind(), Kind::QueryTimeout | Kind::TooMuchData);
                    if !too_much || piece.width_nanos() < 2 * SHORTEST_PIECE_NANOS {
                        return Err(failure);
                    }
                    self.note(format!("The server takes too long for the whole window: {what} are counted in pieces."));
                    pieces.extend(split(piece, piece.width_nanos() / 4 + 1));
                }
            }
        }
        Ok(all)
    }

    async fn histogram(
        &self,
        split: &Split,
        ask: &HistogramAsk,
        range: NanoRange,
        cancel: &Cancel,
    ) -> Result<Histogram, Failure> {
        let empty = Histogram { start_micros: ask.start_micros, bucket_micros: ask.bucket_micros, series: Vec::new() };
        let Some(steps) = Steps::of(ask) else {
            self.note("Loki counts no finer than a millisecond: the timeline is empty here.".to_string());
            return Ok(empty);
        };
        if range.is_empty() {
            return Ok(empty);
        }
        let step_nanos = steps.step_micros * super::NANOS_PER_MICRO;
        let stacked = split.histogram(&self.0.target, ask.stack, step_nanos);
        let stack = stacked.is_some().then_some(ask.stack);
        let whole = split.histogram_total(&self.0.target, step_nanos);
        match self.over_time(stacked.as_ref().unwrap_or(&whole), ask, steps, cancel).await {
            Ok(stretches) => Ok(tally::histogram(&stretches, ask, steps, stack)),
            Err(failure) if stack.is_some() && is_too_many(&failure) => {
                self.note(format!(
                    "{} has too many values to stack the timeline by; it is counted as a whole.",
                    ask.stack.label()
                ));
                let stretches = self.over_time(&whole, ask, steps, cancel).await?;
                Ok(tally::histogram(&stretches, ask, steps, None))
            }
            Err(failure) => Err(failure),
        }
    }

    async fn over_time(
        &self,
        logql: &str,
        ask: &HistogramAsk,
        steps: Steps,
        cancel: &Cancel,
    ) -> Result<Vec<Vec<Series>>, Failure> {
        self.log("timeline", logql);
        let one = |range: NanoRange| async move {
            let mut params = range_params(range);
            params.extend([("query", logql.to_string()), ("step", steps.step_param())]);
            self.0.client.ask("query_range", &params, Policy::USUAL, cancel, |a| api::series(a.reply())).await
        };
        join_all(steps.ranges(ask).into_iter().map(one)).await.into_iter().collect()
    }

    async fn one_facet(
        &self,
        filter: &Filter,
        range: NanoRange,
        ask: &FacetAsk,
        cancel: &Cancel,
    ) -> Result<FacetAnswer, Failure> {
        let none =
            FacetAnswer { field: ask.field, values: Vec::new(), distinct: 0, complete: false, unlisted_at_most: 0 };
        if label_of(ask.field).is_none() {
            self.note(format!("Loki does not count by {}; load the window to see it.", ask.field.label()));
            return Ok(none);
        }
        if range.is_empty() {
            return Ok(FacetAnswer { complete: true, ..none });
        }
        let split = Split::of(&filter.without_own_choices(ask.field));
        let wants_all = is_derived(ask.field) || ask.by_name;
        let top = (!wants_all).then_some(ask.limit.saturating_add(1));
        match self.counted(&split, ask, top, range, cancel).await {
            Err(failure) if is_too_many(&failure) && top != Some(TOP_OF_MANY) => {
                self.note(format!(
                    "{} has more values than the server counts at once: its {TOP_OF_MANY} most frequent are shown.",
                    ask.field.label()
                ));
                self.counted(&split, ask, Some(TOP_OF_MANY), range, cancel).await
            }
            other => other,
        }
    }

    async fn counted(
        &self,
        split: &Split,
        ask: &FacetAsk,
        top: Option<u32>,
        range: NanoRange,
        cancel: &Cancel,
    ) -> Result<FacetAnswer, Failure> {
        let facet = FacetQuery { field: ask.field, find: &ask.find, top };
        // A field without a label was answered before.
        let query = |nanos| split.facet(&self.0.target, &facet, nanos).unwrap_or_default();
        let series = self.instant(ask.field.label(), query, range, cancel).await?;
        Ok(tally::facet(&series, ask, top))
    }

    /// One facet alone.
    pub async fn facet(
        &self,
        filter: Filter,
        window: Option<TimeRange>,
        ask: FacetAsk,
    ) -> Result<Option<FacetAnswer>, Fault> {
        let cancel = self.0.cancel.borrow().clone();
        match self.one_facet(&filter, self.window(window), &ask, &cancel).await {
            Err(Failure::Cancelled) => Ok(None),
            other => other.map(Some).map_err(|failure| failure.fault()),
        }
    }

    async fn read_rows(&self, question: &Question, range: NanoRange, cancel: &Cancel) -> Result<Vec<Row>, Failure> {
        let table = &question.table;
        if table.sort.field != Field::Time {
            self.note(format!("Loki lists by time only: the table is not sorted by {}.", table.sort.field.label()));
        }
        self.rows_from(&question.filter, range, table, 0, cancel).await
    }

    /// Rows `first..first + table.limit` of the matches, by time.
    pub async fn rows(
        &self,
        filter: Filter,
        window: Option<TimeRange>,
        table: TableAsk,
        first: u64,
    ) -> Result<Vec<Row>, Fault> {
        let cancel = self.0.cancel.borrow().clone();
        let range = self.window(window);
        if first >= DEEPEST_ROW {
            return Err(Fault {
                what_happened: format!("The table does not page beyond row {DEEPEST_ROW} of a live window."),
                what_it_means: "Each row before it would have to be fetched first.".to_string(),
                what_to_do: "Zoom into the timeline, filter further, or load the window.".to_string(),
            });
        }
        match self.rows_from(&filter, range, &table, first, &cancel).await {
            // The table asks again with the answer that overtook it.
            Err(Failure::Cancelled) => Ok(Vec::new()),
            other => other.map_err(|failure| failure.fault()),
        }
    }

    async fn rows_from(
        &self,
        filter: &Filter,
        range: NanoRange,
        ask: &TableAsk,
        first: u64,
        cancel: &Cancel,
    ) -> Result<Vec<Row>, Failure> {
        let _turn = self.0.reading.lock().await;
        let is_forward = ask.sort.field == Field::Time && !ask.sort.descending;
        let direction = if is_forward { Direction::Forward } else { Direction::Backward };
        self.begin_table(filter, range, direction);
        let wanted = (first + u64::from(ask.limit)).min(DEEPEST_ROW);
        loop {
            let (page, logql) = match self.0.table.borrow().as_ref() {
                None => return Ok(Vec::new()),
                Some(table) if table.lines.matching() >= wanted => break,
                Some(table) => (table.pager.next(), table.logql.clone()),
            };
            let Some(page) = page else { break };
            self.log("rows", &logql);
            let take = |streams: Vec<api::Stream<'_>>| {
                if let Some(table) = self.0.table.borrow_mut().as_mut() {
                    let lines = table.pager.accept(&streams);
                    table.lines.push(&lines, &table.split.local);
                }
            };
            match super::pull::fetch(&self.0.client, &logql, &page, cancel, take).await {
                Ok(()) => {}
                Err(failure) => match (allowed_entries(&failure), self.0.table.borrow_mut().as_mut()) {
                    (Some(allowed), Some(table)) if allowed < page.limit => table.pager.lower_limit(allowed),
                    _ => return Err(failure),
                },
            }
        }
        let mut table = self.0.table.borrow_mut();
        Ok(table.as_mut().map_or(Vec::new(), |table| table.lines.rows(ask, first)))
    }

    fn begin_table(&self, filter: &Filter, range: NanoRange, direction: Direction) {
        let mut table = self.0.table.borrow_mut();
        let same =
            |table: &Table| table.filter == *filter && table.range == range && table.pager.direction() == direction;
        if table.as_ref().is_some_and(same) {
            return;
        }
        let split = Split::of(filter);
        let logql = split.rows(&self.0.target);
        let pager = Pager::new(range, direction, PAGE_LINES, MAX_ENTRIES_PER_QUERY);
        let lines = Lines::new(&self.0.client.connection().name());
        *table = Some(Table { filter: filter.clone(), range, split, logql, pager, lines });
    }

    pub async fn detail(&self, id: RowId) -> Result<Detail, Fault> {
        self.0.table.borrow().as_ref().and_then(|table| table.lines.detail(id)).ok_or_else(|| Fault {
            what_happened: "This event is no longer held.".to_string(),
            what_it_means: "The window or the filter changed after the list was made.".to_string(),
            what_to_do: "Pick the event again.".to_string(),
        })
    }

    /// Among the rows read so far.
    pub async fn find_event(&self, identity: EventIdentity) -> Result<Option<RowId>, Fault> {
        Ok(self.0.table.borrow().as_ref().and_then(|table| table.lines.find(&identity)))
    }

    /// The place among the rows read so far.
    pub async fn rank_of(&self, ask: TableAsk, id: RowId) -> Result<Option<u64>, Fault> {
        let mut table = self.0.table.borrow_mut();
        Ok(table.as_mut().and_then(|table| table.lines.rank(&ask, id)))
    }
}

fn is_too_many(failure: &Failure) -> bool {
    failure.kind() == Kind::SeriesLimit
}
