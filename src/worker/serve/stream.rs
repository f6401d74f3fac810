//! A blob read from its start to its end, as the browser has its bytes ready: for long stretches half
//! the work of asking for slices one by one.

use super::texts::{fetch, slice, unreadable};
use crate::worker::progress::Fault;
use js_sys::{ArrayBuffer, Promise, Reflect, Uint8Array};
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{Blob, ReadableStreamByobReader, ReadableStreamDefaultReader};

/// Bytes had at once at most: they are still in the processor's cache when they are copied on.
pub const CHUNK_BYTES: usize = 1 << 20;

pub struct ByteStream {
    blob: Blob,
    reader: Reader,
}

enum Reader {
    /// Fills a buffer of ours, which comes back with every answer.
    Byob(ReadableStreamByobReader, ArrayBuffer),
    /// Where the browser has no such reader (Safari before 26). What did not fit is kept for the next time.
    Plain(ReadableStreamDefaultReader, Option<Uint8Array>),
}

impl ByteStream {
    pub fn open(blob: &Blob) -> ByteStream {
        let stream = blob.stream();
        let reader = match ReadableStreamByobReader::new(&stream) {
            Ok(reader) => Reader::Byob(reader, ArrayBuffer::new(CHUNK_BYTES as u32)),
            // Invariant: a stream that nobody reads yet gives its reader.
            Err(_) => Reader::Plain(stream.get_reader().unchecked_into(), None),
        };
        ByteStream { blob: blob.clone(), reader }
    }

    /// Reads some of the next bytes into `room` (at most [`CHUNK_BYTES`]); 0 at the end.
    pub async fn read(&mut self, room: &mut [u8]) -> Result<usize, Fault> {
        match self.read_some(room).await {
            Ok(length) => Ok(length),
            // A stream gives no usable reason (Chromium says "network error" of a file that is gone): the file does.
            Err(fault) => Err(fetch(&slice(&self.blob, 0, 1)?).await.err().unwrap_or(fault)),
        }
    }

    async fn read_some(&mut self, room: &mut [u8]) -> Result<usize, Fault> {
        let chunk = match &mut self.reader {
            Reader::Byob(reader, buffer) => {
                let length = room.len().min(CHUNK_BYTES) as u32;
                let view = Uint8Array::new_with_byte_offset_and_length(buffer, 0, length);
                let chunk = read_chunk(reader.read_with_array_buffer_view(&view)).await?;
                if let Some(chunk) = &chunk {
                    *buffer = chunk.buffer();
                }
                chunk
            }
            Reader::Plain(reader, kept) => match kept.take() {
                Some(chunk) => Some(chunk),
                None => read_chunk(reader.read()).await?,
            },
        };
        let Some(chunk) = chunk else { return Ok(0) };
        let length = room.len().min(chunk.length() as usize);
        chunk.subarray(0, length as u32).copy_to(&mut room[..length]);
        if let Reader::Plain(_, kept) = &mut self.reader {
            *kept = (length < chunk.length() as usize).then(|| chunk.subarray(length as u32, chunk.length()));
        }
        Ok(length)
    }
}

impl Drop for ByteStream {
    /// The browser need not read ahead any more.
    fn drop(&mut self) {
        let cancelled = match &self.reader {
            Reader::Byob(reader, _) => reader.cancel(),
            Reader::Plain(reader, _) => reader.cancel(),
        };
        spawn_local(async move {
            // A stream that failed has nothing to cancel.
            let _ = JsFuture::from(cancelled).await;
        });
    }
}

/// What a reader's `read` gives; `None` at the end.
///
/// # Errors
/// What the browser says when it cannot read on.
pub async fn read_chunk(reading: Promise) -> Result<Option<Uint8Array>, Fault> {
    let result = JsFuture::from(reading).await.map_err(|error| unreadable(&error))?;
    let property = |name: &str| Reflect::get(&result, &name.into()).map_err(|error| unreadable(&error));
    if property("done")?.is_truthy() {
        return Ok(None);
    }
    property("value")?.dyn_into().map(Some).map_err(|other| unreadable(&other))
}
