//! What must be read from its start: one worker unpacks and cuts, the others parse.

use super::super::progress::{SourceId, SourceState};
use super::super::protocol::{Fed, FromWorker, ToWorker};
use super::Pool;
use super::link::Answered;
use super::load::{Feeding, Loading, TASKS_PER_WORKER, Task, Work};
use super::settle::{new_source, too_many_sources};
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::spawn_local;
use web_sys::File;

/// So many pieces are asked of a feed at once: it goes on while the page is busy.
const ASKED_AHEAD: u8 = 2;

impl Pool {
    pub(super) async fn open_feed(&self, source: SourceId, file: File, unpack: bool) {
        let alive = self.0.links.alive();
        // Feeders gather on the last workers, so that the first ones only parse.
        let worker = {
            let loading = self.0.loading.borrow();
            let feeds_of = |worker: usize| loading.feeds.iter().filter(|feed| feed.worker == worker).count();
            alive.iter().rev().copied().min_by_key(|&worker| feeds_of(worker))
        };
        let Some(worker) = worker else { return };
        let path = self.source_name(source);
        let (feed, opened) = self.0.links.call(worker, ToWorker::Feed { path: path.clone(), unpack }, &file);
        let member = (!unpack).then_some(path);
        let feeding = Feeding { feed, worker, source, file_source: source, file, member, members: 0, asked: 0 };
        self.0.loading.borrow_mut().open_tasks.hold(source);
        self.0.loading.borrow_mut().feeds.push(feeding);
        if let Err(fault) = opened.await {
            self.end_feed(feed);
            self.fail(source, fault);
        }
    }

    pub(super) fn ask_feeds(&self) {
        loop {
            let limit = TASKS_PER_WORKER * self.0.links.count();
            let mut loading = self.0.loading.borrow_mut();
            if loading.tasks.len() >= limit {
                return;
            }
            let Some(feeding) = loading.feeds.iter_mut().find(|feeding| feeding.asked < ASKED_AHEAD) else { return };
            feeding.asked += 1;
            let (feed, worker) = (feeding.feed, feeding.worker);
            drop(loading);
            let (_, answered) = self.0.links.call(worker, ToWorker::FeedNext { feed }, &JsValue::UNDEFINED);
            let pool = self.clone();
            spawn_local(async move {
                let answered = answered.await;
                pool.take_fed(feed, answered);
                pool.pump();
            });
        }
    }

    fn take_fed(&self, feed: u32, answered: Answered) {
        let mut loading = self.0.loading.borrow_mut();
        // Cancelled or removed meanwhile.
        let Some(feeding) = loading.feeds.iter_mut().find(|feeding| feeding.feed == feed) else { return };
        feeding.asked -= 1;
        let (source, file_source) = (feeding.source, feeding.file_source);
        match answered {
            Ok((FromWorker::Fed(Fed::Text { packed_read, .. }), _)) if !self.is_open(source) => {
                // Of a member that was removed meanwhile.
                drop(loading);
                self.update(file_source, |status| status.bytes_read = packed_read);
            }
            Ok((FromWorker::Fed(Fed::Text { start, length, shape, packed_read }), bytes)) => {
                let work = match bytes.is_undefined() {
                    true => {
                        let end = start + u64::from(length);
                        Work::Piece { file: feeding.file.clone(), start, end, shape }
                    }
                    false => Work::Text { start, shape, bytes },
                };
                let is_plain = matches!(work, Work::Piece { .. });
                loading.push(Task { source, work });
                drop(loading);
                if !is_plain {
                    self.update(file_source, |status| status.bytes_read = packed_read);
                }
            }
            Ok((FromWorker::Fed(Fed::Member { path, container }), _)) => {
                feeding.members += 1;
                let member = self.member_source(&mut loading, feed, path, container);
                drop(loading);
                match member {
                    Some(_) => self.status_changed(),
                    None => self.end_early(feed, file_source),
                }
            }
            Ok((FromWorker::Fed(Fed::MemberFailed { path, container, fault, is_current }), _)) => {
                let member = match is_current {
                    true => Some(source),
                    false => self.member_source(&mut loading, feed, path, container),
                };
                drop(loading);
                match member {
                    Some(member) => self.update(member, |status| status.error = Some(fault)),
                    None => self.end_early(feed, file_source),
                }
            }
            Ok((FromWorker::Fed(Fed::End { packed_read }), _)) => {
                drop(loading);
                self.update(file_source, |status| {
                    status.bytes_read = packed_read.max(status.bytes_read);
                });
                self.end_feed(feed);
            }
            Ok(_) => {}
            Err(fault) => {
                drop(loading);
                self.end_feed(feed);
                self.update(source, |status| status.error = Some(fault));
            }
        }
    }

    /// The source of a member that begins: the file's own for its first, a new one for each further, while there is one.
    fn member_source(&self, loading: &mut Loading, feed: u32, path: String, container: String) -> Option<SourceId> {
        let feeding = loading.feeds.iter_mut().find(|feeding| feeding.feed == feed)?;
        let earlier = feeding.source;
        if feeding.member.replace(path.clone()).is_none() {
            self.update(earlier, |status| {
                status.name = path;
                status.container = container;
            });
            return Some(earlier);
        }
        let next = loading.number_source()?;
        let feeding = loading.feeds.iter_mut().find(|feeding| feeding.feed == feed)?;
        feeding.source = next;
        let mut source = new_source(next, path);
        source.container = container;
        source.state = SourceState::Reading;
        if !self.is_open(feeding.file_source) {
            // Who showed how far the file is read was removed.
            feeding.file_source = next;
            source.bytes_total = Some(feeding.file.size() as u64);
        }
        loading.open_tasks.release(earlier);
        loading.open_tasks.hold(next);
        self.0.status.borrow_mut().sources.push(source);
        Some(next)
    }

    /// There is no number left for another member.
    fn end_early(&self, feed: u32, file_source: SourceId) {
        self.end_feed(feed);
        {
            let faults = &mut self.0.status.borrow_mut().faults;
            if !faults.contains(&too_many_sources()) {
                faults.push(too_many_sources());
            }
        }
        self.update(file_source, |status| status.bytes_read = status.bytes_total.unwrap_or(status.bytes_read));
    }

    /// A source is removed that may be a member being read: those behind it are read all the same.
    pub(super) fn skip_member(&self, source: SourceId) {
        let feeding = {
            let loading = self.0.loading.borrow();
            let feeding = loading.feeds.iter().find(|feeding| feeding.source == source);
            feeding.map(|of| (of.worker, of.feed, of.members, of.member.is_some()))
        };
        self.pass_on_progress(source);
        match feeding {
            Some((worker, feed, members, true)) => {
                drop(self.0.links.call(worker, ToWorker::FeedSkip { feed, members }, &JsValue::UNDEFINED));
            }
            Some((_, feed, _, false)) => self.end_feed(feed),
            None => {}
        }
    }

    /// A source is removed that may show how far a packed file is read: the member being read shows it from here on.
    fn pass_on_progress(&self, source: SourceId) {
        let mut loading = self.0.loading.borrow_mut();
        let is_of = |feeding: &&mut Feeding| feeding.file_source == source && feeding.source != source;
        if let Some(feeding) = loading.feeds.iter_mut().find(is_of) {
            feeding.file_source = feeding.source;
            let (source, bytes) = (feeding.source, feeding.file.size() as u64);
            drop(loading);
            self.update(source, |status| status.bytes_total = Some(bytes));
        }
    }

    pub(super) fn end_feed(&self, feed: u32) {
        let mut loading = self.0.loading.borrow_mut();
        let Some(at) = loading.feeds.iter().position(|feeding| feeding.feed == feed) else { return };
        let ended = loading.feeds.remove(at);
        loading.open_tasks.release(ended.source);
        drop(loading);
        drop(self.0.links.call(ended.worker, ToWorker::FeedStop { feed }, &JsValue::UNDEFINED));
    }
}
