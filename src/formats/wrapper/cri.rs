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

use crate::formats::SkipReason;
use crate::formats::parse::LineCount;
use crate::formats::unwrap::{Ground, Output, Unwrapper};
use memchr::memchr;

pub(in crate::formats) const NAME: &str = "Container log (CRI)";

/// Enough of a line to tell whether it is a part.
pub const HEAD_BYTES: usize = 64;

/// Whether more of the same line follows; `line` is its first [`HEAD_BYTES`] or more.
pub fn is_part(line: &[u8]) -> bool {
    Line::of(line).is_some_and(|line| line.is_part())
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
    // Parts gathered of each stream, and where the first stands.
    let mut parts: [(Vec<u8>, usize); 2] = Default::default();
    let mut start = 0;
    while start < text.len() {
        let length = memchr(b'\n', &text[start..]).map_or(text.len() - start, |newline| newline + 1);
        let line = &text[start..start + length];
        let (from, end) = (start, start + line.trim_ascii_end().len());
        start += length;
        let Some(line) = Line::of(line) else {
            if from < end {
                read_line(&text[from..end], from, end, text, &mut lines, out, unwrapper, super::line::read);
            }
            continue;
        };
        let body = line.text.strip_suffix(b"\n").unwrap_or(line.text);
        let body = body.strip_suffix(b"\r").unwrap_or(body);
        let gathered = &mut parts[usize::from(line.stream == b"stderr")];
        let is_first = gathered.0.is_empty();
        if is_first {
            gathered.1 = from;
        }
        if line.is_part() || !is_first {
            gathered.0.extend_from_slice(body);
        }
        if line.is_part() {
            continue;
        }
        let (before, first) = std::mem::take(gathered);
        // Most lines are whole, and read where they stand.
        let whole = if is_first { body } else { &before };
        if !whole.trim_ascii().is_empty() {
            let text_of = |unwrapper: &mut Unwrapper, text: &[u8], ground: Ground<'_>, out: &mut dyn Output| {
                unwrapper.text(text, ground, out)
            };
            read_line(whole, first, end, text, &mut lines, out, unwrapper, text_of);
        }
    }
    for (rest, first) in parts {
        if !rest.trim_ascii().is_empty() {
            let end = text.trim_ascii_end().len().max(first);
            out.skip(SkipReason::Incomplete, lines.place(text, first, end));
        }
    }
}

type ReadText = fn(&mut Unwrapper, &[u8], Ground<'_>, &mut dyn Output) -> Result<(), SkipReason>;

#[expect(clippy::too_many_arguments, reason = "the state of one loop")]
fn read_line<O: Output>(
    record: &[u8],
    start: usize,
    end: usize,
    text: &[u8],
    lines: &mut LineCount,
    out: &mut O,
    unwrapper: &mut Unwrapper,
    read: ReadText,
) {
    let place = lines.place(text, start, end);
    if let Err(reason) = read(unwrapper, record, Ground::of("", place), out) {
        out.skip(reason, place);
    }
}
