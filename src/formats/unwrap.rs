//! Takes the wrappers off a record until there is an event, up to a depth.

use super::json::{Members, elements, inside};
use super::parse;
use super::recall::Recall;
use super::refused::Refused;
use super::scan::scan_again;
use super::unescape::unescape_into;
use super::wrapper::{self, Wrapper};
use super::{Place, Shape, Sink, SkipReason, origin};
use crate::model::{Event, Half};
use memchr::memmem;
use std::iter;
use std::rc::Rc;

/// JSON strings inside one another, at most.
const MAX_STRINGS: u8 = 4;
/// Objects and arrays looked through on the way to an event, at most.
const MAX_DEPTH: u8 = 16;

/// A [`Sink`] that is also told the text of the event itself.
pub(super) trait Output {
    /// `text`: the event's JSON, or that of what it was converted from.
    fn event(&mut self, event: &Event<'_>, text: &[u8], origin: &str, place: Place);
    /// As [`Sink::half`].
    fn half(&mut self, _half: Half) {}
    fn skip(&mut self, reason: SkipReason, place: Place);
    fn wrapper(&mut self, name: &'static str);
}

impl<S: Sink> Output for S {
    #[inline(always)]
    fn event(&mut self, event: &Event<'_>, _: &[u8], origin: &str, place: Place) {
        Sink::event(self, event, origin, place);
    }
    fn half(&mut self, half: Half) {
        Sink::half(self, half);
    }
    fn skip(&mut self, reason: SkipReason, place: Place) {
        Sink::skip(self, reason, place);
    }
    fn wrapper(&mut self, name: &'static str) {
        Sink::wrapper(self, name);
    }
}

/// What is known of the record that something was found in.
#[derive(Clone, Copy)]
pub(super) struct Ground<'a> {
    pub origin: &'a str,
    pub place: Place,
    pub depth: u8,
    /// How many JSON strings (or CSV fields, or lines in a line) it is inside.
    pub strings: u8,
}

impl<'a> Ground<'a> {
    /// The ground of a record itself.
    pub fn of(origin: &'a str, place: Place) -> Ground<'a> {
        Ground { origin, place, depth: 0, strings: 0 }
    }

    pub fn from<'b>(self, origin: &'b str) -> Ground<'b> {
        Ground { origin, place: self.place, depth: self.depth, strings: self.strings }
    }

    pub fn below(self) -> Ground<'a> {
        Ground { depth: self.depth + 1, ..self }
    }
}

/// What is remembered from one record of a piece to the next.
pub(super) struct Unwrapper {
    /// The wrapper of the record before: most likely this one's too.
    hint: Option<&'static Wrapper>,
    named: &'static str,
    /// The last labels as they stood in their record, and the origin they are.
    origin: (Vec<u8>, Rc<str>),
    /// Where the next record's labels are gathered to compare.
    key: Vec<u8>,
    /// For the line of a pair (see [`wrapper::loki::pair_at`]).
    pub line: Vec<u8>,
    /// Buffers in reserve.
    spare: Vec<Vec<u8>>,
    /// Of the text being read.
    pub refused: Refused,
    pub recall: Recall,
    /// Of lines that are not yet whole.
    pub parts: wrapper::parts::Parts,
}

impl Default for Unwrapper {
    fn default() -> Self {
        Unwrapper {
            hint: None,
            named: "",
            origin: (Vec::new(), "".into()),
            key: Vec::new(),
            line: Vec::new(),
            spare: Vec::new(),
            refused: Refused::default(),
            recall: Recall::default(),
            parts: wrapper::parts::Parts::default(),
        }
    }
}

type ReadValue = fn(&mut Unwrapper, &[u8], Ground<'_>, &mut dyn Output) -> Result<(), SkipReason>;

impl Unwrapper {
    /// Whether the record before was in a wrapper, so that looking for a plain event first is in vain.
    pub fn expects_wrapper(&self) -> bool {
        self.hint.is_some()
    }

    /// Whether the record before was in this one.
    pub fn expects(&self, wrapper: &Wrapper) -> bool {
        self.hint.is_some_and(|hint| hint.name == wrapper.name && hint.marks == wrapper.marks)
    }

    /// Tells the wrapper's name, once until it changes.
    pub fn name(&mut self, name: &'static str, out: &mut dyn Output) {
        if self.named != name {
            self.named = name;
            out.wrapper(name);
        }
    }

    /// Reports what was held back until the piece's end.
    pub fn finish(&mut self, out: &mut dyn Output) {
        self.parts.iter_mut().for_each(|parts| parts.finish(out));
    }

    /// Finds the events in one JSON value.
    ///
    /// # Errors
    /// Why there is none; then nothing was reported yet.
    pub fn value(&mut self, value: &[u8], ground: Ground<'_>, out: &mut dyn Output) -> Result<(), SkipReason> {
        if ground.depth > MAX_DEPTH {
            return Err(SkipReason::NotAnEvent);
        }
        if ground.depth == 0 {
            self.refused.clear();
        }
        match value.first() {
            Some(b'{') => self.once(value, ground, out, Unwrapper::object),
            Some(b'[') => self.once(value, ground, out, Unwrapper::array),
            Some(b'"') => self.string(value, ground, out),
            _ => Err(SkipReason::NotAnEvent),
        }
    }

    /// Reads a value unless that was in vain before.
    fn once(
        &mut self,
        value: &[u8],
        ground: Ground<'_>,
        out: &mut dyn Output,
        read: ReadValue,
    ) -> Result<(), SkipReason> {
        if let Some(reason) = self.refused.reason(value, &ground) {
            return Err(reason);
        }
        let found = read(self, value, ground, out);
        if let Err(reason) = found
            && ground.depth > 0
        {
            self.refused.keep(value, &ground, reason);
        }
        found
    }

    fn object(&mut self, object: &[u8], ground: Ground<'_>, out: &mut dyn Output) -> Result<(), SkipReason> {
        if self.hint.is_some() || is_stamped(object) {
            let members = Members::of(object);
            let is_plain = members.as_ref().is_none_or(|members| members.get("auditID").is_some());
            if !is_plain || is_stamped(object) {
                let hint = self.hint.map(std::slice::from_ref).unwrap_or_default();
                let wrappers = hint.iter().chain(wrapper::WRAPPERS);
                if let Some(Ok(())) = members.map(|members| self.try_each(wrappers, &members, ground, out)) {
                    return Ok(());
                }
            }
            self.hint = None;
        }
        let mut event = Event::default();
        match scan_again(object, &mut event, &mut self.recall) {
            Ok(_) => {
                out.event(&event, object, ground.origin, ground.place);
                return Ok(());
            }
            Err(SkipReason::NotAnEvent) => {}
            Err(reason) => return Err(reason),
        }
        let members = Members::of(object).ok_or(SkipReason::Malformed)?;
        match self.try_each(wrapper::WRAPPERS.iter(), &members, ground, out) {
            Err(SkipReason::NotAnEvent) => self.search(members.iter().map(|(_, value)| value), ground, out),
            read => read,
        }
    }

    /// Reads by the first wrapper that recognises an object and finds an event in it.
    fn try_each(
        &mut self,
        wrappers: impl Iterator<Item = &'static Wrapper>,
        members: &Members<'_>,
        ground: Ground<'_>,
        out: &mut dyn Output,
    ) -> Result<(), SkipReason> {
        let mut result = Err(SkipReason::NotAnEvent);
        for wrapper in wrappers.filter(|wrapper| wrapper.recognises(members)) {
            match (wrapper.read)(self, wrapper, members, ground, out) {
                Ok(()) => {
                    self.name(wrapper.name, out);
                    if ground.depth == 0 {
                        self.hint = Some(wrapper);
                    }
                    return Ok(());
                }
                Err(SkipReason::NotAnEvent) => {}
                Err(reason) => result = Err(reason),
            }
        }
        result
    }

    /// A list of values, or a pair of a time and a line.
    fn array(&mut self, array: &[u8], ground: Ground<'_>, out: &mut dyn Output) -> Result<(), SkipReason> {
        let values = elements(array).ok_or(SkipReason::Malformed)?;
        if let Some(line) = wrapper::loki::line_of(&values) {
            return wrapper::loki::read_pair(self, line, &values, ground, out);
        }
        if wrapper::cloudwatch::is_insights_row(&values) {
            return wrapper::cloudwatch::read_insights_row(self, &values, ground, out);
        }
        self.search(values.into_iter(), ground, out)
    }

    /// Tries each value in which there may be an event.
    pub fn search<'v>(
        &mut self,
        values: impl Iterator<Item = &'v [u8]>,
        ground: Ground<'_>,
        out: &mut dyn Output,
    ) -> Result<(), SkipReason> {
        let inner = ground.below();
        let mut result = Err(SkipReason::NotAnEvent);
        for value in values.filter(|value| may_hold_event(value)) {
            let found = self.value(value, inner, out);
            result = match (result, found) {
                (Ok(()), _) | (_, Ok(())) => Ok(()),
                (Err(SkipReason::NotAnEvent), Err(reason)) | (Err(reason), Err(_)) => Err(reason),
            };
        }
        result
    }

    /// A JSON string whose text holds records.
    pub fn string(&mut self, string: &[u8], ground: Ground<'_>, out: &mut dyn Output) -> Result<(), SkipReason> {
        self.once(string, ground, out, Unwrapper::inside_string)
    }

    fn inside_string(&mut self, string: &[u8], ground: Ground<'_>, out: &mut dyn Output) -> Result<(), SkipReason> {
        let inside = inside(string).ok_or(SkipReason::Malformed)?;
        let mut text = self.spare.pop().unwrap_or_default();
        unescape_into(inside, &mut text);
        let found = self.text(&text, ground, out);
        text.clear();
        self.spare.push(text);
        found
    }

    /// Text with records of its own, one a line or otherwise.
    pub fn text(&mut self, text: &[u8], ground: Ground<'_>, out: &mut dyn Output) -> Result<(), SkipReason> {
        if ground.strings == MAX_STRINGS {
            return Err(SkipReason::NotAnEvent);
        }
        let ground = Ground { strings: ground.strings + 1, ..ground.below() };
        let text = text.trim_ascii();
        let mut event = Event::default();
        if let Ok(end) = scan_again(text, &mut event, &mut self.recall)
            && end == text.len()
        {
            out.event(&event, text, ground.origin, ground.place);
            return Ok(());
        }
        let mut inner = Inner { out, events: 0, reason: None };
        let hint = self.hint.take();
        // Another text: its addresses may have been another's before.
        let refused = std::mem::take(&mut self.refused);
        parse::read(text, &Shape::Lines, &mut inner, self, Some(ground));
        self.refused = refused;
        self.hint = hint;
        let Inner { out, events, reason } = inner;
        match (events, reason) {
            (0, reason) => Err(reason.unwrap_or(SkipReason::NotAnEvent)),
            (_, Some(reason)) => {
                out.skip(reason, ground.place);
                Ok(())
            }
            (_, None) => Ok(()),
        }
    }

    /// A payload with labels of its own.
    pub fn labelled(
        &mut self,
        value: &[u8],
        labels: origin::Labels,
        ground: Ground<'_>,
        out: &mut dyn Output,
    ) -> Result<(), SkipReason> {
        let origin = labels.into_origin(ground.origin);
        self.value(value, ground.from(&origin).below(), out)
    }

    /// The origin of labels that stand in a record as `raw`: made anew only when they
    /// differ from the last record's.
    pub fn origin_of<'r>(
        &mut self,
        outer: &'r str,
        raw: impl Iterator<Item = &'r [u8]>,
        gather: impl FnOnce(&mut origin::Labels),
    ) -> Rc<str> {
        self.key.clear();
        for part in iter::once(outer.as_bytes()).chain(raw) {
            self.key.extend_from_slice(part);
            // No byte of JSON text or of an origin.
            self.key.push(0);
        }
        if self.key != self.origin.0 {
            let mut labels = origin::Labels::default();
            gather(&mut labels);
            self.origin.1 = labels.into_origin(outer).into();
            std::mem::swap(&mut self.key, &mut self.origin.0);
        }
        Rc::clone(&self.origin.1)
    }

    /// Reads an object by the wrapper of the record before; false when it is in another.
    pub fn read_expected(&mut self, members: &Members<'_>, ground: Ground<'_>, out: &mut dyn Output) -> bool {
        let Some(hint) = self.hint else { return false };
        members.get("auditID").is_none()
            && hint.recognises(members)
            && (hint.read)(self, hint, members, ground, out).is_ok()
    }
}

/// Whether an object's first member is one like `@timestamp`: a shipper's, whether or
/// not the event stands beside it.
pub(super) fn is_stamped(object: &[u8]) -> bool {
    match object {
        [b'{', b'"', first, ..] => *first == b'@',
        [b'{', rest @ ..] => rest.trim_ascii_start().starts_with(b"\"@"),
        _ => false,
    }
}

/// Whether it is worth looking into a value: what an event cannot be without.
fn may_hold_event(value: &[u8]) -> bool {
    matches!(value.first(), Some(b'{' | b'[' | b'"'))
        && (memmem::find(value, b"auditID").is_some()
            || memmem::find(value, b"protoPayload").is_some()
            || memmem::find(value, b"AUDIT: id=").is_some()
            // A letter of these may be escaped.
            || memmem::find(value, b"\\u00").is_some())
}

/// Counts what is found inside a record, which is skipped only if nothing is.
struct Inner<'a> {
    out: &'a mut dyn Output,
    events: usize,
    reason: Option<SkipReason>,
}

impl Output for Inner<'_> {
    fn event(&mut self, event: &Event<'_>, text: &[u8], origin: &str, place: Place) {
        self.events += 1;
        self.out.event(event, text, origin, place);
    }
    fn half(&mut self, half: Half) {
        self.out.half(half);
    }
    fn skip(&mut self, reason: SkipReason, _: Place) {
        self.reason.get_or_insert(reason);
    }
    fn wrapper(&mut self, name: &'static str) {
        self.out.wrapper(name);
    }
}
