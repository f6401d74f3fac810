//! A member's text, read from its start, cut into pieces for the parsers.

use crate::formats::split::Splitter;
use crate::formats::{Piece, Shape, detect};
use std::collections::VecDeque;

/// Takes a text as it is unpacked and gives it out in pieces of whole records.
pub struct TextCutter {
    /// The text goes out with its pieces; otherwise it can be read where the pieces say.
    keeps_text: bool,
    /// `None` until enough was seen to tell the shape.
    splitter: Option<Splitter>,
    ready: VecDeque<Piece>,
    /// The text that was not given out yet, from `buffer_start` on.
    buffer: Vec<u8>,
    buffer_start: u64,
}

impl Default for TextCutter {
    fn default() -> TextCutter {
        TextCutter { keeps_text: true, splitter: None, ready: VecDeque::new(), buffer: Vec::new(), buffer_start: 0 }
    }
}

impl TextCutter {
    /// Only tells where the pieces lie.
    pub fn of_places() -> TextCutter {
        TextCutter { keeps_text: false, ..TextCutter::default() }
    }

    /// For a text of plain lines that was read up to `start` elsewhere.
    pub fn lines_from(start: u64) -> TextCutter {
        let splitter = Splitter::new(Shape::Lines).starting_at(start);
        TextCutter { splitter: Some(splitter), buffer_start: start, ..TextCutter::default() }
    }

    pub fn push(&mut self, bytes: &[u8]) {
        if self.keeps_text || self.splitter.is_none() {
            self.buffer.extend_from_slice(bytes);
        }
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
        if !self.keeps_text {
            self.buffer = Vec::new();
        }
    }

    /// The next piece, and its bytes where they are kept.
    pub fn next_piece(&mut self) -> Option<(Piece, Option<Vec<u8>>)> {
        let piece = self.ready.pop_front()?;
        if !self.keeps_text {
            return Some((piece, None));
        }
        let start = (piece.start - self.buffer_start) as usize;
        let end = start + piece.length as usize;
        let bytes = self.buffer[start..end].to_vec();
        self.buffer.drain(..end);
        self.buffer_start = piece.start + u64::from(piece.length);
        Some((piece, Some(bytes)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pieces(mut cutter: TextCutter, text: &[u8], chunk: usize) -> Vec<(Piece, Option<Vec<u8>>)> {
        text.chunks(chunk).for_each(|bytes| cutter.push(bytes));
        cutter.finish();
        std::iter::from_fn(|| cutter.next_piece()).collect()
    }

    #[test]
    fn places_are_the_same_with_the_text_and_without() {
        let line = format!(r#"["1","{}"],"#, "x".repeat(1000));
        let values =
            format!(r#"{{"data":{{"result":[{{"stream":{{}},"values":[{}["2","y"]]}}]}}}}"#, line.repeat(9000));
        for text in ["", "a\nb", &values, &"plain line\n".repeat(900_000)] {
            for chunk in [1 << 16, 1 << 20] {
                let with = pieces(TextCutter::default(), text.as_bytes(), chunk);
                let without = pieces(TextCutter::of_places(), text.as_bytes(), chunk);
                let places = |pieces: &[(Piece, Option<Vec<u8>>)]| -> Vec<Piece> {
                    pieces.iter().map(|(piece, _)| piece.clone()).collect()
                };
                assert_eq!(places(&with), places(&without));
                let joined: Vec<u8> = with.into_iter().flat_map(|(_, bytes)| bytes.unwrap()).collect();
                assert_eq!(joined, text.as_bytes());
                assert!(without.iter().all(|(_, bytes)| bytes.is_none()));
            }
        }
    }
}
