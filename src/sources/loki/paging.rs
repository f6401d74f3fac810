//! All entries of a range, page by page, whatever the ties: nothing lost, nothing twice.
//!
//! Loki's order inside one nanosecond is arbitrary and changes between requests, so the next page
//! begins *with* the last page's final nanosecond and what was seen of it is dropped by whoever reads
//! the page ([`crate::worker::loki::page`]); this side only knows what to ask for next. A page that
//! one nanosecond fills is asked for again with the largest limit, and if that does not do, in parts
//! told apart by the first digits of the audit id.

use super::advice::allowed_entries;
use super::failure::Failure;
use super::{Direction, NanoRange, Nanos, SHORTEST_PIECE_NANOS};
use crate::worker::loki::page::{Border, Told, Want};

/// One page to ask for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageAsk {
    pub range: NanoRange,
    pub limit: u32,
    pub direction: Direction,
    pub part: Part,
}

/// Which of the lines that share a nanosecond.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Part {
    #[default]
    All,
    /// Audit ids that begin so.
    Prefix(String),
    /// Lines under the prefix that continue with no hexadecimal digit, or have no audit id.
    Rest(String),
}

const DIGITS: &str = "0123456789abcdef";
/// A UUID's first group: deeper, and the lines are no audit events.
const DEEPEST: usize = 8;

impl Part {
    /// LogQL to put right behind the selector; begins with a space unless empty.
    pub fn line_filter(&self) -> String {
        let contains = |prefix: &str| {
            if prefix.is_empty() { String::new() } else { format!(" |= `\"auditID\":\"{prefix}`") }
        };
        match self {
            Part::All => String::new(),
            Part::Prefix(prefix) => contains(prefix),
            Part::Rest(prefix) => format!("{} !~ `\"auditID\":\"{prefix}[0-9a-f]`", contains(prefix)),
        }
    }

    /// Finer parts that together hold all of this one; none when it cannot be divided.
    fn divided(&self) -> Vec<Part> {
        let prefix = match self {
            Part::All => "",
            Part::Prefix(prefix) if prefix.len() < DEEPEST => prefix,
            _ => return Vec::new(),
        };
        let children = DIGITS.chars().map(|digit| Part::Prefix(format!("{prefix}{digit}")));
        children.chain([Part::Rest(prefix.to_string())]).collect()
    }
}

/// What could not be fetched because one nanosecond holds more than the server hands out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Overfull {
    pub nanos: Nanos,
    /// Lines of it that were fetched.
    pub fetched: u32,
}

/// Asks for pages until a range is complete. Feed what is told of each answer to [`Pager::accept`].
#[derive(Debug, Clone)]
pub struct Pager {
    direction: Direction,
    page_limit: u32,
    largest_limit: u32,
    /// A stack: the next page comes off its end.
    tasks: Vec<Task>,
    border: Border,
    overfull: Vec<Overfull>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Task {
    range: NanoRange,
    limit: u32,
    part: Part,
}

impl Pager {
    /// `page_limit` entries a page, raised to `largest_limit` (the server's) where ties demand it.
    pub fn new(range: NanoRange, direction: Direction, page_limit: u32, largest_limit: u32) -> Pager {
        let largest_limit = largest_limit.max(1);
        let page_limit = page_limit.clamp(1, largest_limit);
        let whole = Task { range, limit: page_limit, part: Part::All };
        Pager {
            direction,
            page_limit,
            largest_limit,
            tasks: if range.is_empty() { Vec::new() } else { vec![whole] },
            border: Border::default(),
            overfull: Vec::new(),
        }
    }

    /// The next page to ask for; `None` when all is read. Asks the same again until it is accepted.
    pub fn next(&self) -> Option<PageAsk> {
        let Task { range, limit, part } = self.tasks.last()?.clone();
        Some(PageAsk { range, limit, direction: self.direction, part })
    }

    pub fn is_done(&self) -> bool {
        self.tasks.is_empty()
    }

    pub fn direction(&self) -> Direction {
        self.direction
    }

    /// Nanoseconds of which not all lines could be had.
    pub fn overfull(&self) -> &[Overfull] {
        &self.overfull
    }

    /// The part of the range that is still to be read, as one stretch.
    pub fn remaining(&self) -> Option<NanoRange> {
        let start = self.tasks.iter().map(|task| task.range.start_nanos).min()?;
        let end = self.tasks.iter().map(|task| task.range.end_nanos).max()?;
        Some(NanoRange::new(start, end))
    }

    /// From here on asks for so many entries a page, as far as the server allows.
    pub fn prefer(&mut self, page_limit: u32) {
        self.page_limit = page_limit.clamp(1, self.largest_limit);
        if let Some(task) = self.tasks.last_mut() {
            task.limit = task.limit.max(self.page_limit);
        }
    }

    /// The server allows fewer entries a request than was thought.
    pub fn lower_limit(&mut self, allowed: u32) {
        self.largest_limit = allowed.max(1);
        self.page_limit = self.page_limit.min(self.largest_limit);
        for task in &mut self.tasks {
            task.limit = task.limit.min(self.largest_limit);
        }
    }

    /// Asks for less where the server could not give the page `ask`: fewer entries, or half the time. False: neither helps.
    pub fn ease(&mut self, failure: &Failure, ask: &PageAsk) -> bool {
        match allowed_entries(failure) {
            Some(allowed) if allowed < ask.limit => {
                self.lower_limit(allowed);
                true
            }
            _ => failure.is_too_much() && self.halve(),
        }
    }

    /// The next page's range in two, read one after the other; false when it is as short as may be.
    fn halve(&mut self) -> bool {
        let width = self.tasks.last().map_or(0, |task| task.range.width_nanos());
        if width < 2 * SHORTEST_PIECE_NANOS {
            return false;
        }
        let Some(Task { range, limit, part }) = self.tasks.pop() else { return false };
        let middle = range.start_nanos + width / 2;
        let (early, late) = (NanoRange::new(range.start_nanos, middle), NanoRange::new(middle, range.end_nanos));
        let (first, then) = match self.direction {
            Direction::Forward => (early, late),
            Direction::Backward => (late, early),
        };
        self.tasks.extend([then, first].map(|range| Task { range, limit, part: part.clone() }));
        true
    }

    /// What is wanted of the answer to [`Pager::next`].
    pub fn want(&self, ask: &PageAsk) -> Want {
        Want { range: ask.range, direction: self.direction, border: self.border.clone() }
    }

    /// Takes what was in the page that [`Pager::next`] asked for.
    pub fn accept(&mut self, told: Told) {
        let Some(task) = self.tasks.pop() else { return };
        self.border = told.border;
        if let (true, Some((first, last))) = (told.entries >= task.limit, told.ends) {
            self.go_on(task, first, last, told.fresh);
        }
    }

    /// The page was full, so there may be more from `last` on.
    fn go_on(&mut self, task: Task, first: Nanos, last: Nanos, fresh: u32) {
        let rest = match self.direction {
            Direction::Backward => NanoRange::new(task.range.start_nanos, last.saturating_add(1)),
            Direction::Forward => NanoRange::new(last, task.range.end_nanos),
        };
        let tie = NanoRange::new(last, last.saturating_add(1));
        if first != last {
            // Progress: at least one nanosecond is behind us.
            self.tasks.push(Task { range: rest, limit: self.page_limit, part: task.part });
        } else if task.limit < self.largest_limit {
            self.tasks.push(Task { range: rest, limit: self.largest_limit, part: task.part });
        } else {
            let beyond = match self.direction {
                Direction::Backward => NanoRange::new(task.range.start_nanos, last),
                Direction::Forward => NanoRange::new(last.saturating_add(1), task.range.end_nanos),
            };
            if !beyond.is_empty() {
                self.tasks.push(Task { range: beyond, limit: self.page_limit, part: task.part.clone() });
            }
            let parts = task.part.divided();
            if parts.is_empty() {
                self.overfull.push(Overfull { nanos: last, fetched: fresh });
            }
            let limit = self.largest_limit;
            self.tasks.extend(parts.into_iter().map(|part| Task { range: tie, limit, part }));
        }
    }
}

#[cfg(test)]
#[path = "paging_tests.rs"]
mod tests;
