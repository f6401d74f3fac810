//! Docker's json-file logs (moby/moby daemon/logger/jsonfilelog).
//!
//! ```json
//! {"log":"{\"kind\":\"Event\",…}\n","stream":"stdout","time":"2024-05-22T15:33:04.123456789Z"}
//! ```
//!
//! A line over 16 KiB comes as several records, of which only the last one's `log`
//! ends in a newline: they are joined. Lost: Docker's own timestamp.

use super::{Read, Wrapper};
use crate::formats::json::inside;
use crate::formats::unescape::unescape_into;
use crate::formats::unwrap::{Ground, Output};
use crate::formats::{MAX_RECORD_BYTES, Place, SkipReason};
use memchr::memmem;

pub(super) const JSON_FILE: Wrapper = Wrapper {
    name: "Docker json-file",
    marks: &["log", "stream", "time"],
    payload: &[],
    labels: &[("attrs>tag", "container"), ("kubernetes>pod_name", "pod"), ("kubernetes>host", "node")],
    read: READ,
};

/// Where in a record its `log` ends: the driver writes the members in this order.
const AFTER_LOG: &[u8] = b"\",\"stream\":\"";
/// Enough of a record's end to tell whether it is a part: what follows its `log` is short.
pub const TAIL_BYTES: usize = 1 << 10;

/// Whether a line is such a record.
pub fn is_record(line: &[u8]) -> bool {
    line.starts_with(b"{\"log\":\"") && memmem::find(line, AFTER_LOG).is_some()
}

/// Whether more of the same line follows a record; `end` is its last [`TAIL_BYTES`] or more.
pub fn is_part(end: &[u8]) -> bool {
    memmem::rfind(end, AFTER_LOG).is_some_and(|at| !end[..at].ends_with(b"\\n"))
}

/// The parts of a line so far.
#[derive(Default)]
pub(in crate::formats) struct Parts {
    text: Vec<u8>,
    place: Option<Place>,
}

impl Parts {
    /// Gives up on what has been gathered: the line was cut off.
    pub fn finish(&mut self, out: &mut dyn Output) {
        self.text.clear();
        if let Some(place) = self.place.take() {
            out.skip(SkipReason::Incomplete, place);
        }
    }
}

const READ: Read = |unwrapper, wrapper, members, ground, out| {
    let log = members.get("log").ok_or(SkipReason::NotAnEvent)?;
    let Some(escaped) = inside(log) else { return unwrapper.value(log, ground.below(), out) };
    let origin = wrapper.origin(unwrapper, members, ground.origin);
    let ground = ground.from(&origin).below();
    let is_part = !escaped.ends_with(b"\\n");
    if unwrapper.parts.place.is_none() && !is_part {
        return unwrapper.string(log, ground, out);
    }
    // An event of its own, perhaps without its newline; what was before it was cut off.
    let alone = unwrapper.string(log, ground, out);
    if alone.is_ok() {
        unwrapper.parts.finish(out);
        return alone;
    }
    let mut parts = std::mem::take(&mut unwrapper.parts);
    let begins = parts.place.is_none();
    if begins && !matches!(alone, Err(SkipReason::Incomplete)) {
        return alone;
    }
    unescape_into(escaped, &mut parts.text);
    let place = span(parts.place, ground.place);
    if is_part && parts.text.len() < MAX_RECORD_BYTES {
        unwrapper.parts = Parts { place: Some(place), ..parts };
        return Ok(());
    }
    unwrapper.text(&parts.text, Ground { place, ..ground }, out).or_else(|reason| {
        out.skip(reason, place);
        Ok(())
    })
};

/// From the first part's start to this one's end.
fn span(first: Option<Place>, last: Place) -> Place {
    first.map_or(last, |first| Place { length: (last.offset + last.length).saturating_sub(first.offset), ..first })
}
