//! How far loading has come and what it met: what the page shows of it.

use crate::model::SkipReason;
use crate::model::TimeRange;
use serde::{Deserialize, Serialize};

/// One file or connection, in the order added. Never reused after removal.
pub type SourceId = u16;

#[derive(Debug, Clone, Default, PartialEq)]
pub struct LoadStatus {
    pub sources: Vec<SourceStatus>,
    /// Since the first byte of the current load was asked for.
    pub elapsed_millis: f64,
    /// Something is on its way that may change the counts yet, whatever the sources' states: what a cancelled load had
    /// begun, or all duplicates, looked for anew.
    pub is_settling: bool,
    /// Workers that died, with what was lost; empty when all is well.
    pub faults: Vec<Fault>,
    /// Bytes that the workers' indexes take: columns, and dictionaries.
    pub column_bytes: u64,
    pub dictionary_bytes: u64,
}

#[derive(Debug, Clone, PartialEq)]
pub struct SourceStatus {
    pub id: SourceId,
    /// Path as dropped, for an archive's member `archive.zip/member.log`.
    pub name: String,
    pub state: SourceState,
    /// Size of the file as it lies on disk; `None` for an archive's members but the first.
    pub bytes_total: Option<u64>,
    /// Of these, read so far.
    pub bytes_read: u64,
    /// Bytes of text after unpacking, so far.
    pub text_bytes: u64,
    /// "gzip", "zip › gzip", …; empty for a plain file.
    pub container: String,
    /// "JSON lines", "EventList", …: all that its records travel in, as far as it is known.
    pub wrapper: String,
    pub counts: Counts,
    pub error: Option<Fault>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SourceState {
    Waiting,
    Reading,
    Ready,
    /// Stopped by the user; what was read is kept.
    Cancelled,
    /// Stopped by `error`; what was read is kept.
    Failed,
}

/// What a stretch of a source held. Adds up.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    pub events: u64,
    pub duplicates: u64,
    pub lines: u64,
    pub skipped: Vec<(SkipReason, u64)>,
    pub span: Option<TimeRange>,
    /// Events per level: None, Metadata, Request, RequestResponse, other.
    pub levels: [u64; 5],
    /// Events per API version: v1, v1beta1, v1alpha1.
    pub api_versions: [u64; 3],
    pub with_bodies: u64,
    pub truncated: u64,
    pub converted: u64,
    /// Entries of long operations whose other entry is not open.
    pub unpaired: u64,
    /// Records that are the other half of an event: neither events nor duplicates.
    pub other_halves: u64,
    /// What the records travel in, in the order found.
    pub wrappers: Vec<String>,
    /// The lines a download asked for and got, where its header says so; of several the one that was used up.
    pub line_limit: Option<(u64, u64)>,
}

impl Counts {
    pub fn add(&mut self, other: &Counts) {
        self.events += other.events;
        self.duplicates += other.duplicates;
        self.lines += other.lines;
        for &(reason, count) in &other.skipped {
            match self.skipped.iter_mut().find(|(of, _)| *of == reason) {
                Some((_, sum)) => *sum += count,
                None => self.skipped.push((reason, count)),
            }
        }
        self.span = match (self.span, other.span) {
            (Some(a), Some(b)) => Some(a.union(b)),
            (a, b) => a.or(b),
        };
        self.levels.iter_mut().zip(other.levels).for_each(|(sum, more)| *sum += more);
        self.api_versions.iter_mut().zip(other.api_versions).for_each(|(sum, more)| *sum += more);
        self.with_bodies += other.with_bodies;
        self.truncated += other.truncated;
        self.converted += other.converted;
        self.unpaired += other.unpaired;
        self.other_halves += other.other_halves;
        let new = other.wrappers.iter().filter(|name| !self.wrappers.contains(name)).cloned().collect::<Vec<_>>();
        self.wrappers.extend(new);
        let is_used_up = |limit: &(u64, u64)| limit.1 >= limit.0;
        self.line_limit = self.line_limit.filter(is_used_up).or(other.line_limit).or(self.line_limit);
    }

    pub fn skipped_total(&self) -> u64 {
        self.skipped.iter().map(|(_, count)| count).sum()
    }
}

/// Where a level stands in [`Counts::levels`].
pub fn level_index(level: &[u8]) -> usize {
    let known: [&[u8]; 4] = [b"None", b"Metadata", b"Request", b"RequestResponse"];
    known.iter().position(|name| *name == level).unwrap_or(4)
}

/// Something that went wrong, in three sentences a person can act on.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Fault {
    pub what_happened: String,
    pub what_it_means: String,
    pub what_to_do: String,
}

/// What happened to sources that were read to their end and held no event.
pub const EMPTY_FILE: &str = "The file is empty.";
pub const NO_EVENTS: &str = "No audit event was found in this file.";

impl LoadStatus {
    pub fn total(&self) -> Counts {
        let mut sum = Counts::default();
        self.sources.iter().for_each(|source| sum.add(&source.counts));
        sum
    }

    /// Of the files as they are, packed or not.
    pub fn bytes_read(&self) -> u64 {
        self.sources.iter().map(|source| source.bytes_read).sum()
    }

    /// The sum of the sizes; an archive's members are within its own.
    pub fn bytes_total(&self) -> u64 {
        self.sources.iter().filter_map(|source| source.bytes_total).sum()
    }

    /// Whether the counts are not final.
    pub fn is_loading(&self) -> bool {
        self.is_settling || self.is_reading()
    }

    /// Whether anything is yet to be read.
    pub fn is_reading(&self) -> bool {
        self.sources.iter().any(|s| matches!(s.state, SourceState::Waiting | SourceState::Reading))
    }

    /// The page contract's `data-state`: `empty`, `loading`, `ready` or `failed`.
    pub fn state_name(&self) -> &'static str {
        if self.sources.is_empty() {
            if self.faults.is_empty() { "empty" } else { "failed" }
        } else if self.is_loading() {
            "loading"
        } else if self.sources.iter().all(|s| s.state == SourceState::Failed && s.counts.events == 0) {
            "failed"
        } else {
            "ready"
        }
    }
}

/// One skipped record, as the panel shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SkippedRecord {
    pub source: SourceId,
    pub reason: SkipReason,
    /// From 1.
    pub line: u64,
    /// Bytes from the start of the source's text.
    pub offset: u64,
    pub length: u64,
    /// Its first 500 characters; bytes that are no text show as U+FFFD.
    pub start_of_text: String,
}
