//! Container logs as the kubelet keeps them (kubernetes/kubernetes
//! pkg/kubelet/kuberuntime/logs: the CRI log format).
//!
//! ```text
//! 2016-10-06T00:17:09.669794202Z stdout P {"kind":"Ev
//! 2016-10-06T00:17:09.669794202Z stdout F ent",…}
//! ```
//!
//! A long line comes as parts tagged `P`, the last one `F`: they are joined. Lost:
//! the runtime's own timestamp.

use super::parts::stream_of;
use crate::formats::SkipReason;
use crate::formats::parse::LineCount;
use crate::formats::unwrap::{Ground, Output, Unwrapper};
use memchr::memchr;

pub(in crate::formats) const NAME: &str = "Container log (CRI)";

/// Enough of a line to tell whether it is a part.
pub const HEAD_BYTES: usize = 64;

/// The stream of a line, and whether more of the same line follows in it; `line` is its first [`HEAD_BYTES`] or more.
/// `None`: another line.
pub fn part_of(line: &[u8]) -> Option<(usize, bool)> {
    Line::of(line).map(|line| (stream_of(line.stream), line.is_part()))
}

/// A line as the runtime writes it.
pub struct Line<'a> {
    stream: &'a [u8],
    tags: &'a [u8],
    pub text: &'a [u8],
}

impl<'a> Line<'a> {
    /// `None`: another line.
    pub fn of(line: &'a [u8]) -> Option<Line<'a>> {
        let mut parts = line.splitn(4, |&byte| byte == b' ');
        let (time, stream) = (parts.next()?, parts.next()?);
        let is_cri = time.len() >= 20 && time[4] == b'-' && time[10] == b'T' && matches!(stream, b"stdout" | b"stderr");
        let tags = parts.next().filter(|tags| is_cri && matches!(tags.first(), Some(b'P' | b'F')))?;
        Some(Line { stream, tags, text: parts.next().unwrap_or_default() })
    }

    fn is_part(&self) -> bool {
        self.tags.split(|&byte| byte == b':').next() == Some(b"P")
    }
}

/// Reads lines, joining the parts of each stream.
pub(in crate::formats) fn read<O: Output>(text: &[u8], out: &mut O, unwrapper: &mut Unwrapper) {
    unwrapper.name(NAME, out);
    let mut lines = LineCount::default();
    let mut start = 0;
    while start < text.len() {
        let length = memchr(b'\n', &text[start..]).map_or(text.len() - start, |newline| newline + 1);
        let whole = &text[start..start + length];
        let line = whole.trim_ascii_end();
        if !line.is_empty() {
            let place = lines.place(text, start, start + line.len());
            let ground = Ground::of("", place);
            let read = match Line::of(whole) {
                Some(line) => take(unwrapper, &line, ground, out),
                None => super::line::read(unwrapper, line, ground, out),
            };
            if let Err(reason) = read {
                out.skip(reason, place);
            }
        }
        start += length;
    }
}

/// Reads a line, or keeps it as a part of one.
///
/// # Errors
/// Why there is no event in it.
pub(in crate::formats) fn take(
    unwrapper: &mut Unwrapper,
    line: &Line<'_>,
    ground: Ground<'_>,
    out: &mut dyn Output,
) -> Result<(), SkipReason> {
    let body = line.text.strip_suffix(b"\n").unwrap_or(line.text);
    let body = body.strip_suffix(b"\r").unwrap_or(body);
    let gathered = &mut unwrapper.parts[stream_of(line.stream)];
    if line.is_part() || gathered.place.is_some() {
        let earlier = gathered.place;
        gathered.text.extend_from_slice(body);
        let place = gathered.reach(ground.place);
        if line.is_part() {
            return Ok(());
        }
        let gathered = std::mem::take(gathered);
        if let Err(reason) = read_text(unwrapper, &gathered.text, Ground { place, ..ground }, out) {
            // An event of its own: what was before it was cut off.
            match earlier.filter(|_| unwrapper.text(body, ground, out).is_ok()) {
                Some(cut) => out.skip(SkipReason::Incomplete, cut),
                None => out.skip(reason, place),
            }
        }
        return Ok(());
    }
    // Most lines are whole, and read where they stand.
    read_text(unwrapper, body, ground, out)
}

fn read_text(
    unwrapper: &mut Unwrapper,
    text: &[u8],
    ground: Ground<'_>,
    out: &mut dyn Output,
) -> Result<(), SkipReason> {
    if text.trim_ascii().is_empty() { Ok(()) } else { unwrapper.text(text, ground, out) }
}
