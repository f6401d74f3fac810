//! What is covered, of all workers.

use super::super::progress::Fault;
use super::super::protocol::{FromWorker, ToWorker};
use super::Pool;
use crate::query::coverage::twins::{self, Shared};
use crate::query::coverage::{Coverage, Grid, merge};
use futures_util::future::join_all;

impl Pool {
    /// Over all that is open, whatever the filter; `None` where no event has a time.
    pub async fn coverage(&self) -> Result<Option<Coverage>, Fault> {
        let grid = {
            let status = self.0.status.borrow();
            status.total().span.map(|span| Grid::plan(span, status.sources.len()))
        };
        let Some(grid) = grid else { return Ok(None) };
        let mut parts = Vec::new();
        let asked = self.call_all(|_| ToWorker::Coverage(grid));
        for answered in join_all(asked.into_iter().map(|(_, answered)| answered)).await {
            if let (FromWorker::Coverage(part), _) = answered? {
                parts.push(part);
            }
        }
        Ok(Some(merge(grid, parts)))
    }

    /// Which sources hold the same events; those with most in common first.
    pub async fn shared_events(&self) -> Result<Vec<Shared>, Fault> {
        let slices = twins::slices(self.0.status.borrow().total().duplicates);
        let mut found = Vec::new();
        for slice in 0..slices {
            let mut repeats = Vec::new();
            let asked = self.call_all(|_| ToWorker::Repeats { slice, slices });
            for answered in join_all(asked.into_iter().map(|(_, answered)| answered)).await {
                if let (FromWorker::Repeats(part), _) = answered? {
                    repeats.extend(part);
                }
            }
            let asked = self.call_all(|_| ToWorker::Originals { repeats: repeats.clone() });
            for answered in join_all(asked.into_iter().map(|(_, answered)| answered)).await {
                if let (FromWorker::Originals(part), _) = answered? {
                    found.extend(part);
                }
            }
        }
        Ok(twins::merge(found))
    }
}
