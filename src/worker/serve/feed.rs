//! Reads one file from its start, unpacks it, and gives its text out in pieces.

use super::inflate::{Inflated, Inflater};
use super::stream::{ByteStream, CHUNK_BYTES};
use super::texts::{BlobReader, read, slice};
use super::{Answered, Shared};
use crate::formats::container::{self, ContainerError, Member, Members};
use crate::formats::{Piece, Shape, detect};
use crate::worker::feed_text::TextCutter;
use crate::worker::progress::Fault;
use crate::worker::protocol::{Fed, FromWorker};
use js_sys::{Promise, Uint8Array};
use std::cell::{Cell, RefCell};
use std::io::Read;
use std::rc::Rc;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;
use web_sys::Blob;

/// Bytes read at once from a container.
const READ_BYTES: usize = 1 << 20;

pub struct Feed {
    path: String,
    file: Blob,
    cutter: TextCutter,
    reading: Reading,
    /// Of a packed file; a plain one's count when their pieces are parsed.
    bytes_read: Rc<Cell<u64>>,
    /// Members told of so far.
    members: u32,
}

enum Reading {
    NotBegun {
        unpack: bool,
    },
    /// A plain file; its pieces are named, not handed over.
    Plain {
        stream: ByteStream,
        chunk: Vec<u8>,
    },
    /// One gzip layer.
    Inflater(Box<Inflater>),
    /// Everything else.
    Members {
        members: Box<Members>,
        member: Option<Member>,
    },
    Ended,
}

/// The next piece of a feed, or what it met.
pub async fn next(state: &Shared, feed: u32) -> Answered {
    let nothing = Ok((FromWorker::Fed(Fed::End { packed_read: 0 }), JsValue::UNDEFINED));
    let Some(slot) = state.borrow().feeds.get(&feed).cloned() else { return nothing };
    let mut end_of_turn = None;
    let turn = Promise::new(&mut |resolve, _| end_of_turn = Some(resolve));
    let before = slot.turn.replace(turn);
    // Never rejected.
    let _ = JsFuture::from(before).await;
    // Taken out while it reads: nothing is borrowed across an await.
    let taken = slot.feed.borrow_mut().take();
    let answered = match taken {
        None => nothing,
        Some(mut taken) => {
            let (fed, bytes) = taken.next(&slot.skip).await;
            *slot.feed.borrow_mut() = Some(taken);
            Ok((FromWorker::Fed(fed), bytes))
        }
    };
    // Calling it cannot fail, and it is there: promises call what makes them at once.
    let _ = end_of_turn.map(|end| end.call0(&JsValue::UNDEFINED));
    answered
}

/// A feed, and the promise that all who asked so far are answered: the page asks ahead.
pub struct Slot {
    feed: RefCell<Option<Feed>>,
    /// What is left of this member, by its number, is not wanted.
    skip: Cell<Option<u32>>,
    turn: RefCell<Promise>,
}

impl Slot {
    pub fn new(feed: Feed) -> Slot {
        let turn = RefCell::new(Promise::resolve(&JsValue::UNDEFINED));
        Slot { feed: RefCell::new(Some(feed)), skip: Cell::default(), turn }
    }

    pub fn skip(&self, member: u32) {
        self.skip.set(Some(member));
    }
}

impl Feed {
    pub fn open(file: Blob, path: String, unpack: bool) -> Feed {
        Feed {
            path,
            file,
            cutter: TextCutter::default(),
            reading: Reading::NotBegun { unpack },
            bytes_read: Rc::default(),
            members: 0,
        }
    }

    async fn next(&mut self, skip: &Cell<Option<u32>>) -> (Fed, JsValue) {
        loop {
            if skip.take() == Some(self.members) {
                self.skip_member();
            }
            if let Some((piece, bytes)) = self.cutter.next_piece() {
                return self.piece(piece, bytes.as_deref());
            }
            match self.step().await {
                Ok(None) => {}
                Ok(Some(fed)) => {
                    self.members += u32::from(matches!(fed.0, Fed::Member { .. }));
                    return fed;
                }
                Err(fault) => {
                    self.cutter.finish();
                    let path = self.path.clone();
                    let failed = Fed::MemberFailed { path, container: String::new(), fault, is_current: true };
                    self.reading = Reading::Ended;
                    return (failed, JsValue::UNDEFINED);
                }
            }
        }
    }

    fn skip_member(&mut self) {
        self.cutter = TextCutter::default();
        match &mut self.reading {
            Reading::Members { member, .. } => *member = None,
            _ => self.reading = Reading::Ended,
        }
    }

    fn piece(&self, piece: Piece, bytes: Option<&[u8]>) -> (Fed, JsValue) {
        let attachment = bytes.map_or(JsValue::UNDEFINED, |bytes| Uint8Array::from(bytes).buffer().into());
        let packed_read = self.bytes_read.get();
        (Fed::Text { start: piece.start, length: piece.length, shape: piece.shape, packed_read }, attachment)
    }

    /// Reads on: fills the cutter, or has something to tell.
    async fn step(&mut self) -> Result<Option<(Fed, JsValue)>, Fault> {
        let alone = |fed: Option<Fed>| Ok(fed.map(|fed| (fed, JsValue::UNDEFINED)));
        match &mut self.reading {
            Reading::NotBegun { unpack } => {
                let unpack = *unpack;
                alone(self.begin(unpack).await?)
            }
            Reading::Plain { stream, chunk } => {
                let length = stream.read(chunk).await?;
                self.cutter.push(&chunk[..length]);
                if length == 0 {
                    self.end_of_text();
                }
                Ok(None)
            }
            Reading::Inflater(_) => self.inflate().await,
            Reading::Members { .. } => alone(self.read_member()?),
            Reading::Ended => alone(Some(Fed::End { packed_read: self.bytes_read.get() })),
        }
    }

    fn end_of_text(&mut self) {
        self.cutter.finish();
        self.reading = Reading::Ended;
    }

    async fn begin(&mut self, unpack: bool) -> Result<Option<Fed>, Fault> {
        if !unpack {
            self.cutter = TextCutter::of_places();
            self.reading = Reading::Plain { stream: ByteStream::open(&self.file), chunk: vec![0; CHUNK_BYTES] };
            return Ok(None);
        }
        let head = read(&slice(&self.file, 0, (self.file.size() as u64).min(4))?).await?;
        if detect::layer(&head) == Some(detect::Layer::Gzip)
            && let Some(inflater) = Inflater::open(&self.file, self.bytes_read.clone(), &mut self.cutter).await
        {
            self.reading = Reading::Inflater(Box::new(inflater));
            return Ok(Some(Fed::Member { path: self.path.clone(), container: "gzip".to_string() }));
        }
        self.open_members()?;
        Ok(None)
    }

    async fn inflate(&mut self) -> Result<Option<(Fed, JsValue)>, Fault> {
        let Reading::Inflater(inflater) = &mut self.reading else { return Ok(None) };
        match inflater.next(&mut self.cutter).await {
            Inflated::Some => Ok(None),
            Inflated::Lines { start, length, buffers } => {
                let packed_read = self.bytes_read.get();
                Ok(Some((Fed::Text { start, length, shape: Shape::Lines, packed_read }, buffers.into())))
            }
            Inflated::End => {
                self.bytes_read.set(self.file.size() as u64);
                self.end_of_text();
                Ok(None)
            }
            // Our own reader goes on where it can and says what is wrong where not.
            Inflated::Broken { text_bytes } => Ok(self.resume_after(text_bytes)?.map(|fed| (fed, JsValue::UNDEFINED))),
        }
    }

    fn resume_after(&mut self, text_bytes: u64) -> Result<Option<Fed>, Fault> {
        self.open_members()?;
        let Reading::Members { members, member } = &mut self.reading else { return Ok(None) };
        match members.next() {
            Some(Ok(mut resumed)) => {
                match std::io::copy(&mut resumed.text.by_ref().take(text_bytes), &mut std::io::sink()) {
                    Ok(_) => *member = Some(resumed),
                    Err(error) => return Ok(Some(self.damaged(&ContainerError::of(&error)))),
                }
                Ok(None)
            }
            Some(Err(failed)) => Ok(Some(self.damaged(&failed.error))),
            None => {
                self.end_of_text();
                Ok(None)
            }
        }
    }

    /// The text ends here, before its end; the next member may still be sound.
    fn damaged(&mut self, error: &ContainerError) -> Fed {
        let (path, container) = match &mut self.reading {
            Reading::Members { member, .. } => match member.take() {
                Some(member) => (member.path, member.container),
                None => (self.path.clone(), String::new()),
            },
            _ => (self.path.clone(), String::new()),
        };
        self.cutter.finish();
        Fed::MemberFailed { path, container, fault: fault_of(error), is_current: true }
    }

    fn open_members(&mut self) -> Result<(), Fault> {
        let reader = BlobReader::new(self.file.clone(), self.bytes_read.clone())?;
        let members = Box::new(container::open(reader, &self.path));
        self.reading = Reading::Members { members, member: None };
        Ok(())
    }

    fn read_member(&mut self) -> Result<Option<Fed>, Fault> {
        let Reading::Members { members, member } = &mut self.reading else { return Ok(None) };
        let Some(current) = member else {
            return Ok(match members.next() {
                Some(Ok(next)) => {
                    let fed = Fed::Member { path: next.path.clone(), container: next.container.clone() };
                    self.cutter = TextCutter::default();
                    *member = Some(next);
                    Some(fed)
                }
                Some(Err(failed)) => Some(Fed::MemberFailed {
                    path: failed.path,
                    container: failed.container,
                    fault: fault_of(&failed.error),
                    is_current: false,
                }),
                None => {
                    self.bytes_read.set(self.file.size() as u64);
                    self.reading = Reading::Ended;
                    None
                }
            });
        };
        let mut bytes = vec![0u8; READ_BYTES];
        match current.text.read(&mut bytes) {
            Ok(0) => {
                *member = None;
                self.cutter.finish();
                Ok(None)
            }
            Ok(length) => {
                self.cutter.push(&bytes[..length]);
                Ok(None)
            }
            Err(error) => {
                let error = ContainerError::of(&error);
                Ok(Some(self.damaged(&error)))
            }
        }
    }
}

fn fault_of(error: &ContainerError) -> Fault {
    Fault {
        what_happened: error.to_string(),
        what_it_means: error.meaning().to_string(),
        what_to_do: error.advice().to_string(),
    }
}
