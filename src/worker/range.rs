//! The lines of a stretch of a file, cut into pieces while its bytes come: those that start in it.

use std::ops::Range;

/// A piece ends at the first line's end after this many bytes: some 10 ms of a worker's time.
const PIECE_BYTES: usize = 8 << 20;

/// A stretch of a plain file.
#[derive(Debug, Clone, Copy)]
pub struct Stretch {
    /// Where the file's text begins.
    pub text_start: u64,
    pub start: u64,
    pub end: u64,
}

/// Takes a stretch's bytes from [`StretchLines::begins_at`] on, and gives its lines out in pieces.
///
/// A line belongs to the stretch in which it starts, so one may end beyond the stretch's end.
pub struct StretchLines {
    stretch: Stretch,
    piece_bytes: usize,
    longest_line: usize,
    /// `buffer[..filled]` was read and not given out yet; it lies at `buffer_start` in the file.
    buffer: Vec<u8>,
    filled: usize,
    buffer_start: u64,
    /// So much of the buffer was searched for the newline that a piece ends with.
    searched: usize,
    /// What is read first ends a line of an earlier stretch.
    in_earlier_line: bool,
    /// What is read next goes on with a line of which a part was given out.
    in_long_line: bool,
    is_done: bool,
}

impl StretchLines {
    /// `buffer`: memory to use again. A line of more than `longest_line` bytes is given out in several pieces.
    pub fn new(stretch: Stretch, buffer: Vec<u8>, longest_line: usize) -> StretchLines {
        StretchLines::with_piece_bytes(stretch, buffer, longest_line, PIECE_BYTES)
    }

    fn with_piece_bytes(stretch: Stretch, buffer: Vec<u8>, longest_line: usize, piece_bytes: usize) -> StretchLines {
        let is_first = stretch.start == stretch.text_start;
        StretchLines {
            stretch,
            piece_bytes,
            longest_line,
            buffer,
            filled: 0,
            // The byte before tells whether a line starts with the stretch.
            buffer_start: stretch.start - u64::from(!is_first),
            searched: 0,
            in_earlier_line: !is_first,
            in_long_line: false,
            is_done: stretch.start >= stretch.end,
        }
    }

    /// Where in the file the next byte to push lies.
    pub fn reads_at(&self) -> u64 {
        self.buffer_start + self.filled as u64
    }

    /// All of the stretch's lines were given out.
    pub fn is_done(&self) -> bool {
        self.is_done
    }

    /// Room for the next `length` bytes; [`StretchLines::filled`] tells how many of them came.
    pub fn room(&mut self, length: usize) -> &mut [u8] {
        let end = self.filled + length;
        if self.buffer.len() < end {
            self.buffer.resize(end.max(self.piece_bytes + length), 0);
        }
        &mut self.buffer[self.filled..end]
    }

    pub fn filled(&mut self, length: usize) {
        self.filled += length;
    }

    /// The next piece of whole lines, its place in the file and its bytes, if one is ready.
    /// `is_last`: no more bytes will come.
    ///
    /// Not inlined: its caller runs often, and browsers would compile that anew with all that is in it.
    #[inline(never)]
    pub fn next_piece(&mut self, is_last: bool) -> Option<(u64, Range<usize>)> {
        self.leave_earlier_line(is_last);
        if self.is_done || self.in_earlier_line {
            return None;
        }
        let text = &self.buffer[..self.filled];
        // At least a byte: the rest of a long line may lie beyond the stretch.
        let own = self.stretch.end.saturating_sub(self.buffer_start).max(1) as usize;
        let end = if self.filled >= own {
            // The newline that ends the last of the stretch's lines.
            let from = self.searched.max(own - 1);
            let last = memchr::memchr(b'\n', &text[from..]).map(|at| from + at + 1);
            self.is_done = last.is_some() || is_last;
            last.or(is_last.then_some(self.filled))
        } else if is_last {
            self.is_done = true;
            Some(self.filled)
        } else if self.filled >= self.piece_bytes {
            memchr::memrchr(b'\n', &text[self.searched..]).map(|at| self.searched + at + 1)
        } else {
            return None;
        };
        self.searched = self.filled;
        let end = end.or((self.filled >= self.longest_line).then_some(self.filled))?;
        (end > 0).then_some((self.buffer_start, 0..end))
    }

    /// The bytes of a piece.
    pub fn bytes(&self, piece: &Range<usize>) -> &[u8] {
        &self.buffer[piece.clone()]
    }

    /// Done with a piece: its bytes make room.
    pub fn drop_piece(&mut self, piece: Range<usize>) {
        self.in_long_line = !self.buffer[..piece.end].ends_with(b"\n");
        self.drop_front(piece.end);
        self.is_done |= !self.in_long_line && self.buffer_start >= self.stretch.end;
    }

    fn drop_front(&mut self, length: usize) {
        self.buffer.copy_within(length..self.filled, 0);
        self.filled -= length;
        self.buffer_start += length as u64;
        self.searched = 0;
    }

    /// The memory, for the next stretch.
    pub fn into_buffer(self) -> Vec<u8> {
        self.buffer
    }

    fn leave_earlier_line(&mut self, is_last: bool) {
        if !self.in_earlier_line || self.is_done {
            return;
        }
        let newline = memchr::memchr(b'\n', &self.buffer[..self.filled]);
        self.in_earlier_line = newline.is_none();
        self.drop_front(newline.map_or(self.filled, |at| at + 1));
        // No line starts here, or none in the stretch.
        self.is_done = self.buffer_start >= self.stretch.end || (self.in_earlier_line && is_last);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// All pieces of `text` read in stretches of `stretch_bytes`, `chunk` bytes at a time, as the worker does.
    fn pieces(
        text: &[u8],
        stretch_bytes: usize,
        chunk: usize,
        piece_bytes: usize,
        longest_line: usize,
    ) -> Vec<Vec<u8>> {
        let mut seen = Vec::new();
        let mut start = 0;
        while start < text.len() {
            let end = (start + stretch_bytes).min(text.len());
            let stretch = Stretch { text_start: 0, start: start as u64, end: end as u64 };
            let mut lines = StretchLines::with_piece_bytes(stretch, Vec::new(), longest_line, piece_bytes);
            while !lines.is_done() {
                let at = lines.reads_at() as usize;
                let bytes = &text[at..(at + chunk).min(text.len())];
                lines.room(chunk)[..bytes.len()].copy_from_slice(bytes);
                lines.filled(bytes.len());
                while let Some((at, piece)) = lines.next_piece(bytes.is_empty()) {
                    let bytes = lines.bytes(&piece).to_vec();
                    assert_eq!(&text[at as usize..at as usize + bytes.len()], bytes, "a piece lies where it says");
                    seen.push(bytes);
                    lines.drop_piece(piece);
                }
                assert!(!bytes.is_empty() || lines.is_done(), "the end of the text ends the stretch");
            }
            start = end;
        }
        seen
    }

    fn check(text: &str, stretch_bytes: usize, chunk: usize, piece_bytes: usize) {
        let pieces = pieces(text.as_bytes(), stretch_bytes, chunk, piece_bytes, usize::MAX);
        for piece in &pieces[..pieces.len().saturating_sub(1)] {
            assert_eq!(piece.last(), Some(&b'\n'), "whole lines only");
        }
        assert_eq!(String::from_utf8(pieces.concat()).unwrap(), text, "{stretch_bytes} {chunk} {piece_bytes}");
    }

    #[test]
    fn every_line_once_whatever_the_stretches() {
        for text in
            ["", "a", "a\n", "\n", "\n\n\n", "one\ntwo\nthree", "one\ntwo\nthree\n", "a\n\nlonger line here\nb\n"]
        {
            for stretch_bytes in 1..text.len() + 2 {
                for chunk in [1, 3, 100] {
                    for piece_bytes in [1, 4, 100] {
                        check(text, stretch_bytes, chunk, piece_bytes);
                    }
                }
            }
        }
    }

    #[test]
    fn a_line_that_never_ends_is_given_out_in_parts() {
        let text = b"a\nlonger than any line may be\nb\n";
        for stretch_bytes in 1..text.len() + 2 {
            let pieces = pieces(text, stretch_bytes, 2, 4, 8);
            assert!(pieces.iter().all(|piece| piece.len() <= 10), "{pieces:?}");
            assert_eq!(pieces.concat(), text, "nothing lost, nothing twice");
        }
    }

    proptest! {
        #[test]
        fn any_text_any_cuts(text in "[a\n]{0,60}", stretch in 1usize..70, chunk in 1usize..70, piece in 1usize..70) {
            check(&text, stretch, chunk, piece);
        }
    }
}
