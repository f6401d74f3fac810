//! A piece of text to its events.

use super::json::Members;
use super::outline::{Finds, Open, Outline};
use super::scan::scan_again;
use super::unwrap::{Ground, Output, Unwrapper, is_stamped};
use super::wrapper::{cri, csv, gke, line, loki};
use super::{Place, Shape, Sink, SkipReason, origin};
use crate::model::{Event, Flags};
use memchr::{memchr, memchr_iter};

/// Reads a piece: every record in it is reported to `sink`, as an event or as skipped.
/// Blank lines are neither.
pub fn parse_piece(text: &[u8], shape: &Shape, sink: &mut impl Sink) {
    let mut unwrapper = Unwrapper::default();
    read(text, shape, sink, &mut unwrapper, None);
    unwrapper.finish(sink);
}

/// What `take` makes of the `nth` event of a record, by it and its text; `None` where there are fewer.
pub fn nth_event<T>(record: &[u8], nth: usize, take: impl Fn(&Event<'_>, &[u8]) -> T) -> Option<T> {
    events_of(record, Some(nth), &take).pop()
}

/// The audit event's own JSON, of the `nth` event of a record; `None` where there is
/// none as such, because the event was converted from another log's shape.
pub fn unwrap_record(record: &[u8], nth: usize) -> Option<String> {
    nth_event(record, nth, own_text).flatten()
}

/// The same of each of a record's events.
pub fn unwrap_all(record: &[u8]) -> Vec<Option<String>> {
    events_of(record, None, &own_text)
}

fn own_text(event: &Event<'_>, text: &[u8]) -> Option<String> {
    (!event.flags.has(Flags::CONVERTED)).then(|| String::from_utf8_lossy(text).into_owned())
}

/// Whether a record is an event's several lines of a container log.
pub fn is_in_parts(record: &[u8]) -> bool {
    let Some(newline) = memchr(b'\n', record) else { return false };
    let first = record[..newline].trim_ascii();
    cri::Line::of(&record[..newline]).is_some() || (first.starts_with(b"{") && first.ends_with(b"}"))
}

/// Takes a record's events, or one of them.
fn events_of<T>(record: &[u8], wanted: Option<usize>, take: &impl Fn(&Event<'_>, &[u8]) -> T) -> Vec<T> {
    let first_line = &record[..memchr(b'\n', record).unwrap_or(record.len())];
    // A line of a container log may come in parts: the record is several lines.
    let shape = if cri::Line::of(first_line).is_some() { Shape::Cri } else { Shape::values() };
    let mut unwrapper = Unwrapper::default();
    let mut found = Events::new(record, wanted, take);
    read(record, &shape, &mut found, &mut unwrapper, None);
    if found.all.seen == 0 {
        csv::each_field(record, |field| {
            if found.all.seen == 0 {
                found = Events::new(field, wanted, take);
                read(field, &Shape::values(), &mut found, &mut unwrapper, None);
            }
        });
    }
    if found.whole.seen > 0 { found.whole.events } else { found.all.events }
}

struct Events<'a, F, T> {
    length: usize,
    /// `None`: all.
    wanted: Option<usize>,
    take: &'a F,
    /// Of those whose record is all of the text. Others lie between its parts.
    whole: Taken<T>,
    all: Taken<T>,
}

struct Taken<T> {
    seen: usize,
    events: Vec<T>,
}

impl<'a, T, F: Fn(&Event<'_>, &[u8]) -> T> Events<'a, F, T> {
    fn new(record: &[u8], wanted: Option<usize>, take: &'a F) -> Self {
        let none = || Taken { seen: 0, events: Vec::new() };
        Events { length: record.len(), wanted, take, whole: none(), all: none() }
    }
}

impl<T, F: Fn(&Event<'_>, &[u8]) -> T> Output for Events<'_, F, T> {
    fn event(&mut self, event: &Event<'_>, text: &[u8], _: &str, place: Place) {
        let is_whole = place.offset == 0 && place.length as usize == self.length;
        for taken in [Some(&mut self.all), is_whole.then_some(&mut self.whole)].into_iter().flatten() {
            if self.wanted.is_none_or(|wanted| wanted == taken.seen) {
                taken.events.push((self.take)(event, text));
            }
            taken.seen += 1;
        }
    }
    fn skip(&mut self, _: SkipReason, _: Place) {}
    fn wrapper(&mut self, _: &'static str) {}
}

/// Reads `text`; `ground`: it is itself inside a record.
pub(super) fn read<O: Output>(
    text: &[u8],
    shape: &Shape,
    out: &mut O,
    unwrapper: &mut Unwrapper,
    ground: Option<Ground<'_>>,
) {
    if ground.is_none() {
        // Another text: its addresses may have been another's before.
        unwrapper.refused.clear();
    }
    let mut reader =
        Reader { out, unwrapper, ground, lines: LineCount::default(), tried: usize::MAX, is_spread: false, origin: "" };
    match shape {
        Shape::Lines | Shape::Docker => reader.read_lines(text),
        Shape::LinesFrom { origin } => {
            reader.origin = origin;
            reader.read_lines(text);
        }
        Shape::Values { above } => Outline::below(above).walk(text, true, &mut reader),
        Shape::Csv { header, delimiter } => csv::read(text, header, *delimiter, reader.out, reader.unwrapper),
        Shape::Cri => cri::read(text, reader.out, reader.unwrapper),
    }
}

struct Reader<'a, O: Output> {
    out: &'a mut O,
    unwrapper: &'a mut Unwrapper,
    ground: Option<Ground<'a>>,
    lines: LineCount,
    /// Where an event was looked for in vain already.
    tried: usize,
    /// Where all of the text was observed.
    origin: &'a str,
    /// The record before spread over lines.
    is_spread: bool,
}

/// Counts newlines from place to place.
#[derive(Default)]
pub(super) struct LineCount {
    at: usize,
    line: u32,
}

impl LineCount {
    /// The place of a record; cheapest when asked for in their order.
    pub fn place(&mut self, text: &[u8], start: usize, end: usize) -> Place {
        if start.wrapping_sub(self.at) < 8 {
            self.line += text[self.at..start].iter().filter(|&&byte| byte == b'\n').count() as u32;
        } else if start >= self.at {
            self.line += memchr_iter(b'\n', &text[self.at..start]).count() as u32;
        } else {
            self.line -= memchr_iter(b'\n', &text[start..self.at]).count() as u32;
        }
        self.at = start;
        // Pieces are shorter than 4 GiB (see `Piece`).
        Place { offset: start as u32, length: (end - start) as u32, line: self.line }
    }
}

impl<O: Output> Reader<'_, O> {
    /// The hot path: an event a line, read without looking for the line's end first.
    fn read_lines(&mut self, text: &[u8]) {
        let mut outline = Outline::new();
        let mut event = Event::default();
        let mut at = 0;
        while let Some(&byte) = text.get(at) {
            if matches!(byte, b'\n' | b' ' | b'\t' | b'\r') {
                at += 1;
                continue;
            }
            if byte == b'{' && self.unwrapper.expects_wrapper() {
                if let Some(end) = self.quick_wrapped("", text, at) {
                    at = end;
                    continue;
                }
            } else if byte == b'{' && !is_stamped(&text[at..]) {
                if let Some(length) = self.scan(&text[at..], &mut event) {
                    self.emit(&event, text, at, at + length, "");
                    at += length;
                    if text.get(at) == Some(&b'\n') {
                        at += 1;
                    }
                    continue;
                }
                self.tried = at;
            }
            at = outline.walk_line(text, at, self);
        }
    }

    /// Reads the event at the front of `text`, if it ends in its line: one that spreads over
    /// lines may be a broken string that runs on into the next record, which the scanner
    /// takes on trust and the outline does not.
    #[inline(always)]
    fn scan<'t>(&mut self, text: &'t [u8], event: &mut Event<'t>) -> Option<usize> {
        if self.is_spread {
            return None;
        }
        let length = scan_again(text, event, &mut self.unwrapper.recall).ok()?;
        self.is_spread = memchr(b'\n', &text[..length]).is_some();
        (!self.is_spread).then_some(length)
    }

    /// Reports an event that ends in its line.
    #[inline(always)]
    fn emit(&mut self, event: &Event<'_>, text: &[u8], start: usize, end: usize, origin: &str) {
        let place = self.lines.place(text, start, end);
        self.lines.at = end;
        match &self.ground {
            None => self.out.event(event, &text[start..end], &origin::join(self.origin, origin), place),
            Some(ground) => {
                let place = ground.place;
                self.out.event(event, &text[start..end], &origin::join(ground.origin, origin), place);
            }
        }
    }

    /// Reads the object at `start` by the wrapper of the record before; where it ends.
    fn quick_wrapped(&mut self, origin: &str, text: &[u8], start: usize) -> Option<usize> {
        if self.unwrapper.expects(&gke::ENTRY) {
            let (entry, length) = gke::Entry::at(&text[start..])?;
            if memchr(b'\n', &text[start..start + length]).is_some() {
                return None;
            }
            self.with_ground(text, start, start + length, origin, |unwrapper, record, ground, out| {
                gke::take(unwrapper, &entry, record, ground, out);
                Ok(())
            });
            self.lines.at = start + length;
            return Some(start + length);
        }
        let (members, length) = Members::prefix(&text[start..])?;
        // See `scan`.
        if memchr(b'\n', members.object).is_some() {
            return None;
        }
        let mut found = false;
        self.with_ground(text, start, start + length, origin, |unwrapper, _, ground, out| {
            found = unwrapper.read_expected(&members, ground, out);
            Ok(())
        });
        found.then_some(start + length)
    }

    /// Reads the pair of time and line at `start`; where it ends.
    fn quick_pair(&mut self, origin: &str, text: &[u8], start: usize) -> Option<usize> {
        let mut buffer = std::mem::take(&mut self.unwrapper.line);
        let is_one_line = |pair: &(usize, usize)| memchr(b'\n', &text[start..start + pair.1]).is_none();
        let pair = loki::pair_at(&text[start..], &mut buffer).filter(is_one_line);
        if let Some((line, length)) = pair {
            self.with_ground(text, start, start + length, origin, |unwrapper, _, ground, out| {
                unwrapper.text(&buffer[..line], ground, out)
            });
            self.lines.at = start + length;
        }
        self.unwrapper.line = buffer;
        pair.map(|(_, length)| start + length)
    }

    fn with_ground(
        &mut self,
        text: &[u8],
        start: usize,
        end: usize,
        origin: &str,
        take: impl FnOnce(&mut Unwrapper, &[u8], Ground<'_>, &mut dyn Output) -> Result<(), SkipReason>,
    ) {
        let place = self.lines.place(text, start, end);
        let joined;
        let ground = match &self.ground {
            None => {
                joined = origin::join(self.origin, origin);
                Ground::of(&joined, place)
            }
            Some(outer) => {
                joined = origin::join(outer.origin, origin);
                Ground { place: outer.place, ..outer.from(&joined) }
            }
        };
        if let Err(reason) = take(self.unwrapper, &text[start..end], ground, self.out) {
            self.out.skip(reason, ground.place);
        }
    }
}

/// Finds the events in a JSON value that may spread over lines.
///
/// # Errors
/// As [`Unwrapper::value`].
fn read_value(
    unwrapper: &mut Unwrapper,
    value: &[u8],
    ground: Ground<'_>,
    out: &mut dyn Output,
) -> Result<(), SkipReason> {
    let found = unwrapper.value(value, ground, out);
    if found != Err(SkipReason::Malformed) || memchr(b'\n', value).is_none() {
        return found;
    }
    // Deep values are read in one line only; between a sound value's tokens a newline is a space.
    let line: Vec<u8> = value.iter().map(|&byte| if byte == b'\n' { b' ' } else { byte }).collect();
    let refused = std::mem::take(&mut unwrapper.refused);
    let found = unwrapper.value(&line, ground, out);
    unwrapper.refused = refused;
    found
}

impl<O: Output> Finds for Reader<'_, O> {
    fn record(&mut self, above: &[Open], text: &[u8], start: usize, end: usize) {
        self.is_spread = self.is_spread && memchr(b'\n', &text[start..end]).is_some();
        let (origin, name) = above.last().map_or(("", None), |open| (open.origin.as_str(), open.wrapper));
        if let Some(name) = name {
            self.unwrapper.name(name, self.out);
        }
        self.with_ground(text, start, end, origin, read_value);
    }

    fn line(&mut self, above: &[Open], text: &[u8], start: usize, end: usize) {
        self.is_spread = false;
        let line = text[start..end].trim_ascii_end();
        if line.is_empty() {
            return;
        }
        let origin = above.last().map_or("", |open| open.origin.as_str());
        // Whose log did not begin with one. Not inside a record, whose neighbours may be another's lines, or backwards.
        if self.ground.is_none()
            && let Some(part) = cri::Line::of(&text[start..end])
        {
            return self.with_ground(text, start, start + line.len(), origin, |unwrapper, _, ground, out| {
                unwrapper.name(cri::NAME, out);
                cri::take(unwrapper, &part, ground, out)
            });
        }
        self.with_ground(text, start, start + line.len(), origin, line::read);
    }

    fn quick(&mut self, above: &[Open], text: &[u8], start: usize) -> Option<usize> {
        let (origin, name) = above.last().map_or(("", None), |open| (open.origin.as_str(), open.wrapper));
        if let Some(name) = name {
            self.unwrapper.name(name, self.out);
        }
        if text[start] == b'[' {
            return self.quick_pair(origin, text, start);
        }
        if self.tried == start || is_stamped(&text[start..]) {
            return None;
        }
        if self.unwrapper.expects_wrapper() {
            return self.quick_wrapped(origin, text, start);
        }
        let mut event = Event::default();
        let length = self.scan(&text[start..], &mut event)?;
        self.emit(&event, text, start, start + length, origin);
        Some(start + length)
    }
}
