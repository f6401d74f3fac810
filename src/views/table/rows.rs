//! The rows that the table has at hand: pages by place, asked for as they come into view.

use crate::model::{Field, TimeRange};
use crate::query::answer::{Answer, Row};
use crate::query::question::{Filter, Sort, TableAsk};
use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::sync::Arc;

pub const PAGE_ROWS: u64 = 100;
/// Pages kept; further ones are asked for again when they come back into view.
const MOST_PAGES: usize = 40;

/// What the rows answer: two equal ones have the same rows while no events arrive.
#[derive(Debug, Clone, PartialEq)]
pub struct Asked {
    pub filter: Filter,
    pub window: Option<TimeRange>,
    pub columns: Vec<Field>,
    pub sort: Sort,
}

impl Asked {
    pub fn table(&self, limit: u32) -> TableAsk {
        TableAsk { columns: self.columns.clone(), sort: self.sort, limit }
    }
}

struct Page {
    /// The answer that it belongs to; an older one shows until its successor is here.
    answer: u64,
    rows: Arc<Vec<Row>>,
}

#[derive(Default)]
pub struct Cache {
    answer: u64,
    pages: HashMap<u64, Page>,
    waiting: HashSet<u64>,
}

impl Cache {
    /// A new answer is here: its first rows fill the first pages. Pages of the answer before
    /// it are kept as stand-ins only if it asked the same.
    pub fn begin(&mut self, number: u64, answer: &Answer, same_question: bool) {
        self.answer = number;
        self.waiting.clear();
        if !same_question {
            self.pages.clear();
        }
        // Fewer than a page are all there are.
        let whole = answer.rows.len() as u64 == answer.events || (answer.rows.len() as u64) < PAGE_ROWS;
        for (page, rows) in (0..).zip(answer.rows.chunks(PAGE_ROWS as usize)) {
            if whole || rows.len() as u64 == PAGE_ROWS {
                self.pages.insert(page, Page { answer: number, rows: Arc::new(rows.to_vec()) });
            }
        }
    }

    pub fn row(&self, index: u64) -> Option<Row> {
        let page = self.pages.get(&(index / PAGE_ROWS))?;
        page.rows.get((index % PAGE_ROWS) as usize).cloned()
    }

    /// The pages over these rows that must be asked for; they count as asked from now on.
    pub fn missing(&mut self, rows: &Range<u64>) -> Vec<u64> {
        if rows.is_empty() {
            return Vec::new();
        }
        let pages = rows.start / PAGE_ROWS..=(rows.end - 1) / PAGE_ROWS;
        let fresh = |page: &u64| self.pages.get(page).is_some_and(|held| held.answer == self.answer);
        let missing: Vec<u64> = pages.filter(|page| !fresh(page) && !self.waiting.contains(page)).collect();
        self.waiting.extend(&missing);
        missing
    }

    /// Rows arrived that were asked for under that answer; `false`: too late, they are dropped.
    pub fn accept(&mut self, answer: u64, page: u64, rows: Vec<Row>) -> bool {
        if answer != self.answer {
            return false;
        }
        self.waiting.remove(&page);
        if self.pages.len() >= MOST_PAGES {
            self.pages.retain(|held, _| held.abs_diff(page) <= MOST_PAGES as u64 / 4);
        }
        self.pages.insert(page, Page { answer, rows: Arc::new(rows) });
        true
    }

    /// Asking failed: the page may be asked for again.
    pub fn give_up(&mut self, page: u64) {
        self.waiting.remove(&page);
    }
}
