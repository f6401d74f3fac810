//! A member's text, read from its start, cut into pieces for the parsers.

use crate::formats::split::Splitter;
use crate::formats::{Piece, Shape, detect};
use std::collections::VecDeque;

/// Takes a text as it is unpacked and gives it out in pieces of whole records.
#[derive(Default)]
pub struct TextCutter {
    /// `None` until enough was seen to tell the shape.
    splitter: Option<Splitter>,
    ready: VecDeque<Piece>,
    /// The text that was not given out yet, from `buffer_start` on.
    buffer: Vec<u8>,
    buffer_start: u64,
}

impl TextCutter {
    /// For a text of plain lines that was read up to `start` elsewhere.
    pub fn lines_from(start: u64) -> TextCutter {
        let splitter = Splitter::new(Shape::Lines).starting_at(start);
        TextCutter { splitter: Some(splitter), buffer_start: start, ..TextCutter::default() }
    }

    pub fn push(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
        match &mut self.splitter {
            Some(splitter) => self.ready.extend(splitter.push(bytes)),
            None if self.buffer.len() >= detect::HEAD_BYTES => self.begin(),
            None => {}
        }
    }

    /// No more text will come.
    pub fn finish(&mut self) {
        if self.splitter.is_none() {
            self.begin();
        }
        if let Some(splitter) = self.splitter.take() {
            self.ready.extend(splitter.finish());
        }
    }

    fn begin(&mut self) {
        let head = &self.buffer[..self.buffer.len().min(detect::HEAD_BYTES)];
        let mut splitter = Splitter::new(detect::shape(head));
        self.ready.extend(splitter.push(&self.buffer));
        self.splitter = Some(splitter);
    }

    /// The next piece and its bytes.
    pub fn next_piece(&mut self) -> Option<(Piece, Vec<u8>)> {
        let piece = self.ready.pop_front()?;
        let start = (piece.start - self.buffer_start) as usize;
        let end = start + piece.length as usize;
        let bytes = self.buffer[start..end].to_vec();
        self.buffer.drain(..end);
        self.buffer_start = piece.start + u64::from(piece.length);
        Some((piece, bytes))
    }
}
