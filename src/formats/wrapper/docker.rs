//! Docker's json-file logs (moby/moby daemon/logger/jsonfilelog).
//!
//! ```json
//! {"log":"{\"kind\":\"Event\",…}\n","stream":"stdout","time":"2024-05-22T15:33:04.123456789Z"}
//! ```
//!
//! A line over 16 KiB comes as several records, of which only the last one's `log`
//! ends in a newline: they are joined, of each stream by itself. Lost: Docker's own timestamp.

use super::parts::stream_of;
use super::{Read, Wrapper};
use crate::formats::json::inside;
use crate::formats::unescape::unescape_into;
use crate::formats::unwrap::Ground;
use crate::formats::{MAX_RECORD_BYTES, SkipReason};
use memchr::{memchr, memmem};

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

/// The stream of a record, and whether more of the same line follows in it; `end` is the record's last [`TAIL_BYTES`]
/// or more. `None`: no record.
pub fn part_of(end: &[u8]) -> Option<(usize, bool)> {
    let at = memmem::rfind(end, AFTER_LOG)?;
    let stream = &end[at + AFTER_LOG.len()..];
    let stream = &stream[..memchr(b'"', stream)?];
    Some((stream_of(stream), !end[..at].ends_with(b"\\n")))
}

const READ: Read = |unwrapper, wrapper, members, ground, out| {
    let log = members.get("log").ok_or(SkipReason::NotAnEvent)?;
    let Some(escaped) = inside(log) else { return unwrapper.value(log, ground.below(), out) };
    let origin = wrapper.origin(unwrapper, members, ground.origin);
    let ground = ground.from(&origin).below();
    let is_part = !escaped.ends_with(b"\\n");
    let stream = stream_of(members.text("stream"));
    let begins = unwrapper.parts[stream].place.is_none();
    if begins && !is_part {
        return unwrapper.string(log, ground, out);
    }
    // An event of its own, perhaps without its newline; what was before it was cut off.
    let alone = unwrapper.string(log, ground, out);
    if alone.is_ok() {
        unwrapper.parts[stream].finish(out);
        return alone;
    }
    if begins && !matches!(alone, Err(SkipReason::Incomplete)) {
        return alone;
    }
    let parts = &mut unwrapper.parts[stream];
    unescape_into(escaped, &mut parts.text);
    let place = parts.reach(ground.place);
    if is_part && parts.text.len() < MAX_RECORD_BYTES {
        return Ok(());
    }
    let parts = std::mem::take(parts);
    unwrapper.text(&parts.text, Ground { place, ..ground }, out).or_else(|reason| {
        out.skip(reason, place);
        Ok(())
    })
};
