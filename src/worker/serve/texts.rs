//! Where records are read back from: the files themselves, or Blobs of unpacked text.

use crate::formats::container::ContainerError;
use crate::store::{Segment, TextId};
use crate::worker::progress::Fault;
use js_sys::{Array, Uint8Array};
use std::cell::RefCell;
use std::collections::{HashSet, VecDeque};
use std::io::{self, Read, Seek, SeekFrom};
use std::ops::Range;
use std::rc::Rc;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, FileReaderSync};

/// Of all workers together: so much unpacked text is left as it came until there is time to pack it.
const FRESH_BYTES: u64 = 512 << 20;

#[derive(Default)]
pub struct Texts {
    /// `None`: of sources that were removed.
    texts: Vec<Option<Text>>,
    /// Those to be packed, oldest first.
    fresh: VecDeque<TextId>,
    fresh_bytes: u64,
    /// The packed text read last: what is asked for next mostly lies in it too.
    last: Last,
}

enum Text {
    /// From `start` of its source on, as it is; a file from its beginning.
    Plain { blob: Blob, start: u64 },
    /// A piece of unpacked text from `start` of its source on, in the buffers that it came in.
    Fresh { buffers: Array, start: u64 },
    /// The same packed again, so that the browser has less to keep.
    Packed { blob: Blob, start: u64 },
}

type Last = Rc<RefCell<Option<(TextId, Rc<Vec<u8>>)>>>;

impl Texts {
    /// Takes a file; the same again keeps its id.
    pub fn add_file(&mut self, file: Blob) -> TextId {
        let is_it = |text: &Option<Text>| matches!(text, Some(Text::Plain { blob, .. }) if *blob == file);
        match self.texts.iter().rposition(is_it) {
            Some(known) => known as TextId,
            None => self.add_plain(file, 0),
        }
    }

    /// Takes a text that others have a hold on as it is.
    pub fn add_plain(&mut self, blob: Blob, start: u64) -> TextId {
        self.add(Text::Plain { blob, start })
    }

    /// Takes a piece of text that is in no file as such, and the buffers that it came in. Each worker keeps its share
    /// of so many `workers`' as it is, for [`Texts::pack_oldest`].
    ///
    /// # Errors
    /// The browser makes no Blob of it.
    pub fn add_piece(&mut self, start: u64, text: &[u8], buffers: Array, workers: u8) -> Result<TextId, Fault> {
        let length = text.len() as u64;
        if self.fresh_bytes + length > FRESH_BYTES / u64::from(workers.max(1)) {
            let blob = blob_of(&pack(text))?;
            return Ok(self.add(Text::Packed { blob, start }));
        }
        let id = self.add(Text::Fresh { buffers, start });
        self.fresh.push_back(id);
        self.fresh_bytes += length;
        Ok(id)
    }

    /// Packs the piece that waits longest; `false` when none does. One that cannot be packed stays as it is.
    pub fn pack_oldest(&mut self) -> bool {
        let Some(id) = self.fresh.pop_front() else { return false };
        let text = &mut self.texts[id as usize];
        if let Some(Text::Fresh { buffers, start }) = text {
            let bytes = copy(buffers, Vec::new());
            if let Ok(blob) = blob_of(&pack(&bytes)) {
                self.fresh_bytes -= bytes.len() as u64;
                *text = Some(Text::Packed { blob, start: *start });
            }
        }
        true
    }

    fn add(&mut self, text: Text) -> TextId {
        self.texts.push(Some(text));
        self.texts.len() as TextId - 1
    }

    /// Lets go of all others.
    pub fn keep_only(&mut self, used: &HashSet<TextId>) {
        let unused = self.texts.iter_mut().zip(0..).filter(|(_, id)| !used.contains(id));
        unused.for_each(|(text, _)| *text = None);
        let is_used = |id: &TextId| used.contains(id);
        self.fresh.retain(is_used);
        self.fresh_bytes = self.fresh.iter().map(|&id| self.fresh_length(id)).sum();
        // Whoever still reads a text of before keeps what was known of those.
        self.last = Last::default();
    }

    fn fresh_length(&self, id: TextId) -> u64 {
        match &self.texts[id as usize] {
            Some(Text::Fresh { buffers, .. }) => arrays(buffers).map(|array| u64::from(array.length())).sum(),
            _ => 0,
        }
    }

    /// The file or Blob that a segment's text lies in as it is, and where in it that begins.
    pub fn in_file(&self, segment: &Segment) -> Option<(&Blob, u64)> {
        match &self.texts[segment.text as usize] {
            Some(Text::Plain { blob, start }) => Some((blob, segment.text_start - start)),
            _ => None,
        }
    }

    /// A stretch of a segment's own text, `from..from + length` bytes from its start.
    ///
    /// # Errors
    /// As [`slice`].
    pub fn passage(&self, segment: &Segment, from: u64, length: u64) -> Result<Passage, Fault> {
        let text = self.texts[segment.text as usize].as_ref().ok_or_else(lost)?;
        let (Text::Plain { start, .. } | Text::Fresh { start, .. } | Text::Packed { start, .. }) = text;
        let at = segment.text_start - start + from;
        if let Text::Plain { blob, .. } = text {
            return Ok(Passage::Plain { blob: slice(blob, at, at + length)?, length: length as usize });
        }
        // A piece fits the worker's memory; a file may be longer than that can count.
        let range = at as usize..(at + length) as usize;
        Ok(match text {
            Text::Plain { .. } => return Err(lost()),
            Text::Fresh { buffers, .. } => Passage::Fresh { buffers: buffers.clone(), range },
            Text::Packed { blob, .. } => {
                Passage::Packed { id: segment.text, blob: blob.clone(), range, last: self.last.clone() }
            }
        })
    }
}

/// A text as it is kept: a sixth of its size, in about half the time that the browser took to keep it whole.
pub fn pack(text: &[u8]) -> Vec<u8> {
    lz4_flex::block::compress_prepend_size(text)
}

pub fn blob_of(bytes: &[u8]) -> Result<Blob, Fault> {
    let bytes = Uint8Array::from(bytes);
    Blob::new_with_u8_array_sequence(&Array::of1(&bytes)).map_err(|error| unreadable(&error))
}

/// Bytes of a text that are not read yet.
pub enum Passage {
    Plain { blob: Blob, length: usize },
    Fresh { buffers: Array, range: Range<usize> },
    Packed { id: TextId, blob: Blob, range: Range<usize>, last: Last },
}

impl Passage {
    pub async fn read(&self) -> Result<Vec<u8>, Fault> {
        match self {
            Passage::Plain { blob, length } => {
                let bytes = read(blob).await?;
                if bytes.len() == *length { Ok(bytes) } else { Err(shortened()) }
            }
            Passage::Fresh { buffers, range } => copy_range(buffers, range.clone()).ok_or_else(lost),
            Passage::Packed { id, blob, range, last } => {
                let known = last.borrow().as_ref().filter(|(of, _)| of == id).map(|(_, text)| text.clone());
                let text = match known {
                    Some(text) => text,
                    None => {
                        let text = lz4_flex::block::decompress_size_prepended(&read(blob).await?);
                        let text = Rc::new(text.map_err(|_| lost())?);
                        last.replace(Some((*id, text.clone())));
                        text
                    }
                };
                text.get(range.clone()).map(<[u8]>::to_vec).ok_or_else(lost)
            }
        }
    }
}

/// A file ends before its end.
pub fn shortened() -> Fault {
    Fault {
        what_happened: "The file is shorter than it was.".to_string(),
        what_it_means:
            "Something cut it after it was opened. Events already counted stay; a part of their text is gone."
                .to_string(),
        what_to_do: "Open the file again; copy a log that is still being written first.".to_string(),
    }
}

fn lost() -> Fault {
    Fault {
        what_happened: "The browser did not give back the text that it was to keep.".to_string(),
        what_it_means: "Its disk may be full. Events already counted stay; their text cannot be read.".to_string(),
        what_to_do: "Free some disk space, then open the file again.".to_string(),
    }
}

pub fn slice(blob: &Blob, start: u64, end: u64) -> Result<Blob, Fault> {
    blob.slice_with_f64_and_f64(start as f64, end as f64).map_err(|error| unreadable(&error))
}

/// All bytes of a blob, read by the browser while this worker does other things.
pub async fn read(blob: &Blob) -> Result<Vec<u8>, Fault> {
    Ok(Uint8Array::new(&fetch(blob).await?).to_vec())
}

/// The same, still in the browser's memory.
pub async fn fetch(blob: &Blob) -> Result<JsValue, Fault> {
    JsFuture::from(blob.array_buffer()).await.map_err(|error| unreadable(&error))
}

fn arrays(buffers: &Array) -> impl Iterator<Item = Uint8Array> {
    buffers.iter().map(|buffer| Uint8Array::new(&buffer))
}

/// Copies into a buffer that was used before: fresh memory would cost more than the copy.
pub fn copy(buffers: &Array, mut into: Vec<u8>) -> Vec<u8> {
    let arrays: Vec<Uint8Array> = arrays(buffers).collect();
    into.resize(arrays.iter().map(|array| array.length() as usize).sum(), 0);
    let mut rest = into.as_mut_slice();
    for array in arrays {
        let (part, after) = rest.split_at_mut(array.length() as usize);
        array.copy_to(part);
        rest = after;
    }
    into
}

/// These bytes of the buffers' text; `None` where it has not so many.
fn copy_range(buffers: &Array, range: Range<usize>) -> Option<Vec<u8>> {
    let mut bytes = vec![0; range.len()];
    let mut buffer_start = 0;
    for array in arrays(buffers) {
        let buffer_end = buffer_start + array.length() as usize;
        let (from, to) = (range.start.max(buffer_start), range.end.min(buffer_end));
        if from < to {
            let part = array.subarray((from - buffer_start) as u32, (to - buffer_start) as u32);
            part.copy_to(&mut bytes[from - range.start..to - range.start]);
        }
        buffer_start = buffer_end;
    }
    (range.end <= buffer_start).then_some(bytes)
}

/// The attachment as a file.
pub fn file(attachment: JsValue) -> Result<Blob, Fault> {
    attachment.dyn_into().map_err(|other| unreadable(&other))
}

/// The attachment's buffers, one or several.
pub fn buffers_of(attachment: &JsValue) -> Array {
    attachment.dyn_ref::<Array>().cloned().unwrap_or_else(|| Array::of1(attachment))
}

/// What the browser says when a file cannot be read, and what to make of it.
pub fn unreadable(error: &JsValue) -> Fault {
    let name = js_sys::Reflect::get(error, &"name".into()).ok().and_then(|name| name.as_string());
    let (what_happened, what_it_means, what_to_do) = match name.as_deref() {
        Some("NotFoundError") => (
            "The file is no longer where it was.",
            "It was moved, renamed or deleted after it was opened. Events already counted stay; their text cannot be read.",
            "Put it back, or remove this source and open the file again.",
        ),
        Some("NotReadableError") => (
            "The file changed, or may not be read.",
            "The browser refuses a file that was written to after it was opened. Events already counted stay; their text cannot be read.",
            "Open the file again; copy a log that is still being written first.",
        ),
        _ => (
            "The file could not be read.",
            "The browser gave no usable reason; a folder or a device file does this.",
            "Check that it is an ordinary file that you may read, and open it again.",
        ),
    };
    Fault {
        what_happened: what_happened.to_string(),
        what_it_means: what_it_means.to_string(),
        what_to_do: what_to_do.to_string(),
    }
}

/// A file as the standard library's readers want it.
pub struct BlobReader {
    blob: Blob,
    reader: FileReaderSync,
    at: u64,
    bytes_read: std::rc::Rc<std::cell::Cell<u64>>,
}

impl BlobReader {
    /// `bytes_read` follows where it is: a zip's end is read first.
    pub fn new(blob: Blob, bytes_read: std::rc::Rc<std::cell::Cell<u64>>) -> Result<BlobReader, Fault> {
        let reader = FileReaderSync::new().map_err(|error| unreadable(&error))?;
        Ok(BlobReader { blob, reader, at: 0, bytes_read })
    }

    fn size(&self) -> u64 {
        self.blob.size() as u64
    }
}

impl Read for BlobReader {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let end = self.size().min(self.at + into.len() as u64);
        if end <= self.at {
            return Ok(0);
        }
        let part = self.blob.slice_with_f64_and_f64(self.at as f64, end as f64);
        let buffer = part.and_then(|part| self.reader.read_as_array_buffer(&part));
        let buffer = buffer.map_err(|error| ContainerError::Read(unreadable(&error).what_happened))?;
        let bytes = Uint8Array::new(&buffer);
        let length = bytes.length() as usize;
        bytes.copy_to(&mut into[..length]);
        self.at += length as u64;
        self.bytes_read.set(self.at);
        Ok(length)
    }
}

impl Seek for BlobReader {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let target = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(by) => self.size().checked_add_signed(by),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
        };
        self.at = target.ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
        Ok(self.at)
    }
}
