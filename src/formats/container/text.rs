//! UTF-16 to UTF-8, as it streams by.

use std::io::{self, Read};

/// Bytes of UTF-16 taken in at a time.
const CHUNK_BYTES: usize = 32 << 10;

pub struct Utf16<R: Read> {
    source: R,
    is_big_endian: bool,
    /// Bytes read but not yet a whole character: an odd byte, a first surrogate.
    pending: Vec<u8>,
    text: Vec<u8>,
    /// Of `text`, already handed out.
    given: usize,
}

impl<R: Read> Utf16<R> {
    /// `source` begins after the byte order mark.
    pub fn new(source: R, is_big_endian: bool) -> Self {
        Utf16 { source, is_big_endian, pending: Vec::new(), text: Vec::new(), given: 0 }
    }

    /// Reads and transcodes one chunk; false at the end.
    fn refill(&mut self) -> io::Result<bool> {
        let kept = self.pending.len();
        self.pending.resize(kept + CHUNK_BYTES, 0);
        let count = self.source.read(&mut self.pending[kept..])?;
        self.pending.truncate(kept + count);
        let is_end = count == 0;
        let mut units: Vec<u16> = Vec::with_capacity(self.pending.len() / 2);
        units.extend(self.pending.chunks_exact(2).map(|pair| match self.is_big_endian {
            true => u16::from_be_bytes([pair[0], pair[1]]),
            false => u16::from_le_bytes([pair[0], pair[1]]),
        }));
        let is_split = units.last().is_some_and(|unit| (0xd800..0xdc00).contains(unit));
        if is_split && !is_end {
            units.pop();
        }
        self.pending.drain(..units.len() * 2);
        self.text.clear();
        self.given = 0;
        let mut utf8 = [0; 4];
        for character in char::decode_utf16(units) {
            let character = character.unwrap_or(char::REPLACEMENT_CHARACTER);
            self.text.extend_from_slice(character.encode_utf8(&mut utf8).as_bytes());
        }
        if is_end {
            self.pending.clear();
        }
        Ok(!is_end)
    }
}

impl<R: Read> Read for Utf16<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.given == self.text.len() {
            if !self.refill()? && self.text.is_empty() {
                return Ok(0);
            }
        }
        let rest = &self.text[self.given..];
        let count = rest.len().min(buffer.len());
        buffer[..count].copy_from_slice(&rest[..count]);
        self.given += count;
        Ok(count)
    }
}
