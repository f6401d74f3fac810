//! Exploring without downloading: Loki counts, and only the lines that are looked at are fetched.
//! Answers the same questions as the pool, in the same words.

mod count;
mod export;

use super::failure::Failure;
use super::http::{Cancel, Client, Unread};
use super::paging::{PageAsk, Pager};
use super::{Direction, MAX_ENTRIES_PER_QUERY, NanoRange};
use crate::model::{Field, TimeRange};
use crate::query::answer::{Detail, EventIdentity, FacetAnswer, Part, Row, RowId};
use crate::query::logql::{Split, Target};
use crate::query::question::{FacetAsk, Filter, Question, TableAsk};
use crate::worker::pool::{LiveHandle, Pool};
use crate::worker::progress::Fault;
use futures_util::future::{join, join_all};
use std::cell::{Cell, RefCell};
use std::rc::Rc;

/// The table reads so many lines of a window, each page after the one before it; beyond, narrow the window.
/// They stay in a worker's memory: some 150 MB at this depth.
pub const DEEPEST_LINE: u64 = 100_000;
/// Lines a request while the table is read from its top; more where more are wanted at once.
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
    pool: Pool,
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
    /// The lines themselves, with a worker.
    held: Rc<LiveHandle>,
    /// Lines read so far.
    lines: u64,
    /// Rows of them that match.
    matching: u64,
}

impl Table {
    /// Nothing more of it is read.
    fn is_spent(&self) -> bool {
        self.lines >= DEEPEST_LINE
    }

    /// The next page towards so many rows; `None` when there is none, or none is read any more.
    fn next_page(&mut self, wanted: u64) -> Option<PageAsk> {
        if self.is_spent() {
            return None;
        }
        // Where few lines match, as many more are read at once.
        let lines_a_row = (self.lines / self.matching.max(1)).max(1);
        let missing = wanted.saturating_sub(self.matching).saturating_mul(lines_a_row).min(DEEPEST_LINE - self.lines);
        self.pager.prefer(u32::try_from(missing).unwrap_or(u32::MAX).max(PAGE_LINES));
        self.pager.next()
    }
}

impl Live {
    pub fn new(client: Client, pool: Pool, target: Target, range: NanoRange, on_sent: impl Fn(Sent) + 'static) -> Live {
        Live(Rc::new(State {
            client,
            pool,
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

    pub fn pool(&self) -> &Pool {
        &self.0.pool
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

    /// Answers a question, part by part as they arrive; false when a later one overtook it: from then on
    /// nothing is told any more.
    pub async fn ask(&self, question: Question, on_part: impl Fn(Part)) -> Result<bool, Fault> {
        self.overtake();
        let cancel = self.0.cancel.borrow().clone();
        let before = self.0.client.requests();
        self.0.sent.take();
        let tell = |part| {
            if !cancel.is_cancelled() {
                on_part(part);
            }
        };
        let outcome = self.answer(&question, &cancel, &tell).await;
        if cancel.is_cancelled() {
            return Ok(false);
        }
        self.0.sent.borrow_mut().requests = self.0.client.requests() - before;
        (self.0.on_sent)(self.0.sent.borrow().clone());
        match outcome {
            Err(Failure::Cancelled) => Ok(false),
            other => other.map(|()| true).map_err(|failure| failure.fault()),
        }
    }

    /// Tells every part that can be had; the first failure of the others.
    async fn answer(&self, question: &Question, cancel: &Cancel, tell: &impl Fn(Part)) -> Result<(), Failure> {
        let range = self.window(question.window);
        let split = Split::of(&question.filter);
        if !split.is_exact() {
            self.note("Part of the filter is not LogQL (times, latencies, labels of the log): the rows are filtered in this page, the counts are of the rest of the filter.".to_string());
        }
        let counts = async {
            let (events, total) = join(self.total(&split, range, cancel), self.everything(cancel)).await;
            tell(Part::Counts { events: events?, total: total? });
            Ok::<(), Failure>(())
        };
        let table = async {
            let (counted, rows) = join(counts, self.read_rows(question, range, cancel)).await;
            counted?;
            tell(Part::Rows(rows?));
            Ok::<(), Failure>(())
        };
        let timeline = async {
            if let Some(ask) = &question.histogram {
                tell(Part::Timeline(self.histogram(&split, ask, range, cancel).await?));
            }
            Ok::<(), Failure>(())
        };
        let facets = join_all(question.facets.iter().map(async |ask| {
            tell(Part::Facet(self.one_facet(&question.filter, range, ask, cancel).await?));
            Ok::<(), Failure>(())
        }));
        // The queue serves those first that are asked first.
        let ((table, timeline), facets) = join(join(table, timeline), facets).await;
        [table, timeline].into_iter().chain(facets).collect()
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

    /// Rows `first..first + table.limit` of the matches, by time; fewer where the table ends. `None`: a later
    /// question overtook it.
    pub async fn rows(
        &self,
        filter: Filter,
        window: Option<TimeRange>,
        table: TableAsk,
        first: u64,
    ) -> Result<Option<Vec<Row>>, Fault> {
        let cancel = self.0.cancel.borrow().clone();
        match self.rows_from(&filter, self.window(window), &table, first, &cancel).await {
            Err(Failure::Cancelled) => Ok(None),
            other => other.map(Some).map_err(|failure| failure.fault()),
        }
    }

    /// How many rows the table has; `None` while more lines are read for it when asked.
    pub fn table_end(&self) -> Option<u64> {
        let table = self.0.table.borrow();
        table.as_ref().filter(|table| table.is_spent() || table.pager.is_done()).map(|table| table.matching)
    }

    /// The table read as many lines as it reads, and there are more.
    pub fn is_table_spent(&self) -> bool {
        self.0.table.borrow().as_ref().is_some_and(|table| table.is_spent() && !table.pager.is_done())
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
        if cancel.is_cancelled() {
            return Err(Failure::Cancelled);
        }
        let is_forward = ask.sort.field == Field::Time && !ask.sort.descending;
        let direction = if is_forward { Direction::Forward } else { Direction::Backward };
        self.begin_table(filter, range, direction).await?;
        let wanted = first + u64::from(ask.limit);
        loop {
            let (page, logql) = match self.0.table.borrow_mut().as_mut() {
                // Begun anew meanwhile: a live window of another filter took the turn.
                None => return Err(Failure::Cancelled),
                Some(table) if table.matching >= wanted => break,
                Some(table) => (table.next_page(wanted), table.logql.clone()),
            };
            let Some(page) = page else { break };
            self.log("rows", &logql);
            match self.read_page(&logql, &page, cancel).await {
                Ok(()) => {}
                Err(failure @ Failure::Worker(_)) => {
                    // Whether the page was taken in is not known: the table is begun anew.
                    *self.0.table.borrow_mut() = None;
                    return Err(failure);
                }
                Err(failure) => {
                    let mut table = self.0.table.borrow_mut();
                    if !table.as_mut().is_some_and(|table| table.pager.ease(&failure, &page)) {
                        return Err(failure);
                    }
                }
            }
        }
        match self.held() {
            Some(held) => Ok(held.rows(ask.clone(), first).await?),
            None => Ok(Vec::new()),
        }
    }

    /// Fetches a page of the table and has the worker take it in.
    async fn read_page(&self, logql: &str, page: &PageAsk, cancel: &Cancel) -> Result<(), Failure> {
        let of_table = |table: &Table| (table.held.clone(), table.split.local.clone(), table.pager.want(page));
        let Some((held, local, want)) = self.0.table.borrow().as_ref().map(of_table) else { return Ok(()) };
        let take = async |answer: Unread| {
            let pushed = held.push(answer.lines_body()?, want.clone(), local.clone()).await?;
            pushed.map_err(|no_page| answer.failure(&no_page))
        };
        let pushed = super::pull::fetch(&self.0.client, logql, page, cancel, take).await?;
        if let Some(table) = self.0.table.borrow_mut().as_mut() {
            table.lines += u64::from(pushed.told.fresh);
            table.matching = pushed.matching;
            table.pager.accept(pushed.told);
        }
        Ok(())
    }

    fn held(&self) -> Option<Rc<LiveHandle>> {
        self.0.table.borrow().as_ref().map(|table| table.held.clone())
    }

    async fn begin_table(&self, filter: &Filter, range: NanoRange, direction: Direction) -> Result<(), Fault> {
        let same =
            |table: &Table| table.filter == *filter && table.range == range && table.pager.direction() == direction;
        if self.0.table.borrow().as_ref().is_some_and(same) {
            return Ok(());
        }
        let held = Rc::new(self.0.pool.begin_live(self.0.client.connection().name()).await?);
        let split = Split::of(filter);
        let logql = split.rows(&self.0.target);
        let pager = Pager::new(range, direction, PAGE_LINES, MAX_ENTRIES_PER_QUERY);
        let table = Table { filter: filter.clone(), range, split, logql, pager, held, lines: 0, matching: 0 };
        *self.0.table.borrow_mut() = Some(table);
        Ok(())
    }

    pub async fn detail(&self, id: RowId) -> Result<Detail, Fault> {
        let detail = match self.held() {
            Some(held) => held.detail(id).await?,
            None => None,
        };
        detail.ok_or_else(|| Fault {
            what_happened: "This event is no longer held.".to_string(),
            what_it_means: "The window or the filter changed after the list was made.".to_string(),
            what_to_do: "Pick the event again.".to_string(),
        })
    }

    /// Among the rows read so far.
    pub async fn find_event(&self, identity: EventIdentity) -> Result<Option<RowId>, Fault> {
        match self.held() {
            Some(held) => held.find(identity).await,
            None => Ok(None),
        }
    }

    /// The place among the rows read so far.
    pub async fn rank_of(&self, id: RowId) -> Result<Option<u64>, Fault> {
        match self.held() {
            Some(held) => held.rank(id).await,
            None => Ok(None),
        }
    }
}
