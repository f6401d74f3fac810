//! One question to all workers, one answer back.

use super::super::progress::Fault;
use super::super::protocol::{FromWorker, ToWorker};
use super::Pool;
use crate::model::TimeRange;
use crate::query::answer::{Answer, FacetAnswer};
use crate::query::merge;
use crate::query::partial::PartialFacet;
use crate::query::question::{FacetAsk, Filter, Question};
use futures_util::future::join_all;

impl Pool {
    pub(super) async fn answer(&self, question: Question) -> Result<Option<Answer>, Fault> {
        let generation = self.0.generation.get() + 1;
        self.0.generation.set(generation);
        let is_stale = || self.0.generation.get() != generation;
        self.0.is_preparing.set(true);
        let prepared = self.prepare(&question.filter, is_stale).await;
        self.0.is_preparing.set(false);
        prepared?;
        if is_stale() {
            return Ok(None);
        }
        let mut partials = Vec::new();
        let asked = self.call_all(|_| ToWorker::Answer(question.clone()));
        for answered in join_all(asked.into_iter().map(|(_, answered)| answered)).await {
            if let (FromWorker::Partial(partial), _) = answered? {
                partials.push(partial);
            }
        }
        if is_stale() {
            return Ok(None);
        }
        let parts: Vec<Vec<PartialFacet>> = (0..question.facets.len())
            .map(|at| partials.iter().filter_map(|partial| partial.facets.get(at).cloned()).collect())
            .collect();
        let mut answer = merge::merge(&question, partials);
        for ((facet, ask), parts) in answer.facets.iter_mut().zip(&question.facets).zip(&parts) {
            self.recount(facet, ask, parts, &question.filter, question.window).await?;
        }
        Ok((!is_stale()).then_some(answer))
    }

    /// Until duplicates are known, and the filter's texts looked for. Of a search that the person broke off, the answer
    /// is what was searched, and says how much was not.
    async fn prepare(&self, filter: &Filter, is_stale: impl Fn() -> bool) -> Result<(), Fault> {
        self.regathered().await;
        if is_stale() {
            return Ok(());
        }
        self.0.is_scanning.set(true);
        let scanned = self.scan_texts(filter).await;
        self.0.is_scanning.set(false);
        scanned?;
        // A source may have left meanwhile.
        self.regathered().await;
        Ok(())
    }

    pub(super) async fn one_facet(
        &self,
        filter: Filter,
        window: Option<TimeRange>,
        ask: FacetAsk,
    ) -> Result<FacetAnswer, Fault> {
        self.regathered().await;
        let asked = self.call_all(|_| ToWorker::OneFacet { filter: filter.clone(), window, ask: ask.clone() });
        let mut parts = Vec::new();
        for answered in join_all(asked.into_iter().map(|(_, answered)| answered)).await {
            if let (FromWorker::Facet(part), _) = answered? {
                parts.push(part);
            }
        }
        let mut facet = merge::merge_facet(&ask, &parts);
        self.recount(&mut facet, &ask, &parts, &filter, window).await?;
        Ok(facet)
    }

    /// Makes a facet's counts exact where a worker had left values out.
    async fn recount(
        &self,
        facet: &mut FacetAnswer,
        ask: &FacetAsk,
        parts: &[PartialFacet],
        filter: &Filter,
        window: Option<TimeRange>,
    ) -> Result<(), Fault> {
        let Some(values) = merge::values_to_recount(facet, parts) else { return Ok(()) };
        let asked = self.call_all(|_| ToWorker::CountValues {
            filter: filter.clone(),
            window,
            field: ask.field,
            values: values.clone(),
        });
        let mut counts = Vec::new();
        for answered in join_all(asked.into_iter().map(|(_, answered)| answered)).await {
            if let (FromWorker::Counts(part), _) = answered? {
                counts.push(part);
            }
        }
        merge::set_counts(facet, ask, &counts);
        Ok(())
    }

    /// Looks for the filter's free texts in what was not searched for them yet; false: cancelled.
    pub(super) async fn scan_texts(&self, filter: &Filter) -> Result<bool, Fault> {
        let texts: Vec<String> = filter.texts().into_iter().map(String::from).collect();
        if texts.is_empty() {
            return Ok(true);
        }
        super::mark("search-raw-start");
        self.0.scans.borrow_mut().clear();
        let asked = self.call_all(|_| ToWorker::Scan { texts: texts.clone() });
        let asked = asked.into_iter().map(async |(_, answered)| {
            let answered = answered.await;
            // What the others find would not be shown.
            if answered.is_err() {
                self.cancel_scan();
            }
            answered
        });
        let answers: Result<Vec<_>, Fault> = join_all(asked).await.into_iter().collect();
        self.0.searches.set(self.0.searches.get() + 1);
        (self.0.listeners.on_scan)(None);
        let (mut finished, mut in_starts) = (true, vec![Vec::new(); texts.len()]);
        for (answer, _) in answers? {
            if let FromWorker::Scanned { cancelled, in_starts: part } = answer {
                finished &= !cancelled;
                in_starts.iter_mut().zip(part).for_each(|(all, more)| all.extend(more));
            }
        }
        if finished && !self.0.loading.borrow().pairs.is_empty() {
            // Each worker knows which operations have their end with it.
            let found: Vec<_> = texts.into_iter().zip(in_starts).collect();
            drop(self.call_all(|_| ToWorker::FoundInStarts { found: found.clone() }));
        }
        if finished {
            super::measure("search-raw", "search-raw-start");
        }
        Ok(finished)
    }
}
