//! A source as it begins, and what became of it.

use super::super::progress::{EMPTY_FILE, Fault, NO_EVENTS, SourceId, SourceState, SourceStatus};

pub(super) fn new_source(id: SourceId, name: String) -> SourceStatus {
    SourceStatus {
        id,
        name,
        state: SourceState::Waiting,
        bytes_total: None,
        bytes_read: 0,
        text_bytes: 0,
        container: String::new(),
        wrapper: String::new(),
        counts: Default::default(),
        error: None,
    }
}

/// A source that was read to its end: sound, or of no use, with the reason.
pub(super) fn settle(source: &mut SourceStatus) {
    let found = source.counts.events + source.counts.duplicates;
    if found == 0 && source.error.is_none() {
        source.error = Some(no_events(source));
    }
    source.state = if source.error.is_some() { SourceState::Failed } else { SourceState::Ready };
}

pub(super) fn empty_file() -> Fault {
    Fault {
        what_happened: EMPTY_FILE.to_string(),
        what_it_means: "It holds no byte, so no event.".to_string(),
        what_to_do: "Check the export: a log that was just rotated is empty, the older file has the events."
            .to_string(),
    }
}

fn no_events(source: &SourceStatus) -> Fault {
    let skipped = source.counts.skipped_total();
    Fault {
        what_happened: NO_EVENTS.to_string(),
        what_it_means: match skipped {
            0 => "Its text holds no record at all.".to_string(),
            count => format!("{count} record(s) were read and skipped; the Skipped tab shows each with its reason."),
        },
        what_to_do: "Check that this is a Kubernetes audit log (its records carry an auditID), not the API server's own log or a list of Event objects.".to_string(),
    }
}
