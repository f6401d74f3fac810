//! Events into a segment's columns, one piece at a time.

use super::column::ColumnData;
use super::dictionary::Dictionary;
use super::projection::Projection;
use super::row_set::RowSet;
use super::segment::{LONG_LATENCY, NO_LATENCY, NO_TIME, Segment, SkippedPlace, StoredHalf, TextId};
use crate::formats::{Place, Sink, SkipReason};
use crate::model::json_string::unescape;
use crate::model::{Column, Event, Flags, Half, Micros, Pairing};
use memchr::memmem::Finder;
use std::sync::LazyLock;
use xxhash_rust::xxh64::Xxh64;

/// Takes events and builds a [`Segment`]; dictionaries and projections are the store's.
pub struct SegmentBuilder<'s> {
    dictionaries: &'s mut [Dictionary; Column::COUNT],
    projections: &'s mut [Projection],
    source: u16,
    source_id: u32,
    text: TextId,
    text_start: u64,
    ids: [Vec<u32>; Column::COUNT],
    received: Vec<i64>,
    latencies: Vec<u32>,
    long_latencies: Vec<(u32, u64)>,
    early_stages: Vec<(u32, Micros)>,
    offsets: Vec<u32>,
    lengths: Vec<u32>,
    identities: Vec<u64>,
    halves: Vec<StoredHalf>,
    skipped: Vec<SkippedPlace>,
    wrappers: Vec<&'static str>,
    scratch: Vec<u8>,
    /// Ids in [`ACTOR_COLUMNS`] by [`Event::actor`], and in the authorization's by [`Event::authorization`].
    actors: Numbered<[u32; ACTOR_COLUMNS.len()]>,
    authorizations: Numbered<u32>,
}

const ACTOR_COLUMNS: [Column; 4] = [Column::User, Column::Impersonated, Column::SourceIps, Column::Agent];

/// Something known of numbers, which are dense.
struct Numbered<T>(Vec<Option<T>>);

impl<T: Copy> Numbered<T> {
    fn get(&self, number: u32) -> Option<T> {
        self.0.get(number as usize).copied().flatten()
    }

    /// 0 stands for no number.
    fn set(&mut self, number: u32, known: T) {
        if number > 0 {
            let at = number as usize;
            self.0.resize(self.0.len().max(at + 1), None);
            self.0[at] = Some(known);
        }
    }
}

impl<'s> SegmentBuilder<'s> {
    /// `rows`: about so many will come.
    pub(super) fn new(
        dictionaries: &'s mut [Dictionary; Column::COUNT],
        projections: &'s mut [Projection],
        source: u16,
        source_name: &str,
        text: TextId,
        text_start: u64,
        rows: usize,
    ) -> SegmentBuilder<'s> {
        let source_id = dictionaries[Column::Source as usize].intern(source_name.as_bytes());
        SegmentBuilder {
            dictionaries,
            projections,
            source,
            source_id,
            text,
            text_start,
            ids: std::array::from_fn(|_| Vec::with_capacity(rows)),
            received: Vec::with_capacity(rows),
            latencies: Vec::with_capacity(rows),
            long_latencies: Vec::new(),
            early_stages: Vec::new(),
            offsets: Vec::with_capacity(rows),
            lengths: Vec::with_capacity(rows),
            identities: Vec::with_capacity(rows),
            halves: Vec::new(),
            skipped: Vec::new(),
            wrappers: Vec::new(),
            scratch: Vec::new(),
            actors: Numbered(Vec::new()),
            authorizations: Numbered(Vec::new()),
        }
    }

    fn push(&mut self, column: Column, value: &[u8]) {
        let id = self.dictionaries[column as usize].intern(value);
        self.ids[column as usize].push(id);
    }

    /// For columns whose values are shown as they are: interned as text, not as JSON.
    fn push_text(&mut self, column: Column, inside: &[u8]) {
        if memchr::memchr(b'\\', inside).is_some() {
            self.push(column, unescape(inside).as_bytes());
        } else {
            self.push(column, inside);
        }
    }

    fn push_actor(&mut self, event: &Event<'_>) {
        if let Some(ids) = self.actors.get(event.actor) {
            ACTOR_COLUMNS.iter().zip(ids).for_each(|(&column, id)| self.ids[column as usize].push(id));
            return;
        }
        self.push(Column::User, event.user);
        self.push(Column::Impersonated, event.impersonated_user);
        self.push(Column::SourceIps, event.source_ips);
        self.push_text(Column::Agent, event.user_agent);
        self.actors.set(event.actor, ACTOR_COLUMNS.map(|column| self.last_id(column)));
    }

    fn push_authorization(&mut self, event: &Event<'_>) {
        if let Some(id) = self.authorizations.get(event.authorization) {
            return self.ids[Column::Authorization as usize].push(id);
        }
        self.push_joined(Column::Authorization, &[event.decision, event.reason]);
        self.authorizations.set(event.authorization, self.last_id(Column::Authorization));
    }

    fn last_id(&self, column: Column) -> u32 {
        self.ids[column as usize].last().copied().unwrap_or(0)
    }

    fn push_joined(&mut self, column: Column, parts: &[&[u8]]) {
        let mut scratch = std::mem::take(&mut self.scratch);
        scratch.clear();
        if parts.iter().any(|part| !part.is_empty()) {
            scratch.extend_from_slice(parts[0]);
            for part in &parts[1..] {
                scratch.push(0);
                scratch.extend_from_slice(part);
            }
        }
        self.push(column, &scratch);
        self.scratch = scratch;
    }

    fn push_number(&mut self, column: Column, number: u16) {
        if number == 0 {
            return self.push(column, b"");
        }
        let mut digits = [0u8; 5];
        let mut at = digits.len();
        let mut rest = number;
        while rest > 0 {
            at -= 1;
            digits[at] = b'0' + (rest % 10) as u8;
            rest /= 10;
        }
        self.push(column, &digits[at..]);
    }

    fn push_times(&mut self, event: &Event<'_>) {
        let row = self.received.len() as u32;
        let latency = event.received.zip(event.staged).and_then(|(from, to)| u64::try_from(to - from).ok());
        self.latencies.push(match latency {
            None => {
                let both = event.received.and(event.staged);
                self.early_stages.extend(both.map(|staged| (row, staged)));
                NO_LATENCY
            }
            Some(micros) if micros < u64::from(LONG_LATENCY) => micros as u32,
            Some(micros) => {
                self.long_latencies.push((row, micros));
                LONG_LATENCY
            }
        });
        self.received.push(event.received.or(event.staged).unwrap_or(NO_TIME));
    }

    /// Makes the segment; `lines`: newlines in its text, which is `text_length` bytes long.
    pub fn finish(self, lines: u32, text_length: u32) -> Segment {
        // Now, not when the segment joins: what is kept aside may be asked over meanwhile.
        self.projections.iter_mut().for_each(|projection| projection.extend(self.dictionaries));
        let mut columns = self.ids.map(|ids| ColumnData::freeze(&ids));
        columns[Column::Source as usize] = ColumnData::Constant(self.source_id);
        let mut segment = Segment {
            source: self.source,
            text: self.text,
            text_start: self.text_start,
            first_row: 0,
            live: RowSet::full(self.received.len()),
            received: exact(self.received),
            latencies: exact(self.latencies),
            long_latencies: self.long_latencies,
            early_stages: self.early_stages,
            offsets: exact(self.offsets),
            lengths: exact(self.lengths),
            identities: exact(self.identities),
            columns,
            span: None,
            has_untimed: false,
            halves: exact(self.halves),
            lines,
            text_length,
            skipped: self.skipped,
            wrappers: self.wrappers,
        };
        segment.measure_span();
        segment
    }
}

impl Sink for SegmentBuilder<'_> {
    fn event(&mut self, event: &Event<'_>, origin: &str, place: Place) {
        let identity = self.identity(event, place);
        self.identities.push(identity);
        self.offsets.push(place.offset);
        self.lengths.push(place.length);
        self.push_times(event);
        self.push_text(Column::Stage, event.stage);
        self.push_text(Column::Level, event.level);
        self.push_text(Column::Verb, event.verb);
        self.push_actor(event);
        self.push_joined(Column::Resource, &[event.api_group, event.resource, event.subresource]);
        self.push_text(Column::Namespace, event.namespace);
        self.push_text(Column::Name, event.name);
        self.push_number(Column::Code, event.code);
        self.push_authorization(event);
        let (path, dry_run) = split_uri(event.request_uri);
        self.push_text(Column::Path, path);
        let mut flags = event.flags;
        if dry_run {
            flags.set(Flags::DRY_RUN);
        }
        self.push_number(Column::Flags, u16::from(flags.0));
        self.push(Column::Origin, origin.as_bytes());
    }

    fn half(&mut self, half: Half) {
        let row = self.received.len() as u32 - 1;
        self.halves.push(StoredHalf { half: Half { row, ..half }, pairing: Pairing::Alone, is_duplicate: false });
    }

    fn skip(&mut self, reason: SkipReason, place: Place) {
        self.skipped.push(SkippedPlace { reason, place });
    }

    fn wrapper(&mut self, name: &'static str) {
        if !self.wrappers.contains(&name) {
            self.wrappers.push(name);
        }
    }
}

impl SegmentBuilder<'_> {
    /// An event without an ID is like no other: its place is its identity.
    fn identity(&self, event: &Event<'_>, place: Place) -> u64 {
        // Not FxHasher: it yields 32 bits in wasm32, where a million events would clash a hundred times.
        let mut hasher = Xxh64::new(0);
        if event.audit_id.is_empty() {
            hasher.update(&self.source.to_le_bytes());
            hasher.update(&(self.text_start + u64::from(place.offset)).to_le_bytes());
        } else {
            hasher.update(event.audit_id);
            // No text holds this byte, so ID and stage cannot run into one another.
            hasher.update(&[0xff]);
            hasher.update(event.stage);
            hasher.update(&[0xff]);
            hasher.update(&event.staged.unwrap_or(NO_TIME).to_le_bytes());
        }
        hasher.digest()
    }
}

/// Made once: making it took longer than a search.
static DRY_RUN: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(b"dryRun=All"));

/// The path, and whether the query asks for a dry run.
fn split_uri(uri: &[u8]) -> (&[u8], bool) {
    match memchr::memchr(b'?', uri) {
        None => (uri, false),
        Some(at) => (&uri[..at], DRY_RUN.find(&uri[at..]).is_some()),
    }
}

fn exact<T>(mut values: Vec<T>) -> Vec<T> {
    values.shrink_to_fit();
    values
}
