//! Which lines belong to a byte range of a file: those that start in it.

use std::ops::Range;

/// What to do after reading a range's bytes.
#[derive(Debug, PartialEq, Eq)]
pub enum Lines {
    /// The range's whole lines, as a range of the buffer.
    Whole(Range<usize>),
    /// The last line goes on past the buffer: read more.
    NeedMore,
}

/// Where a range's own lines lie in a buffer read for it.
///
/// The buffer starts one byte before the range, unless the range starts at 0 of the text
/// (`is_first`), and reaches past its end; `range_bytes` is the range's length and
/// `is_last` says that the text ends with the buffer.
pub fn own_lines(buffer: &[u8], range_bytes: usize, is_first: bool, is_last: bool) -> Lines {
    let lead = usize::from(!is_first);
    // Of the byte before the range on: the newline that ends the line of an earlier range.
    let start = match is_first {
        true => 0,
        false => match memchr::memchr(b'\n', &buffer[..(range_bytes + lead - 1).min(buffer.len())]) {
            Some(newline) => newline + 1,
            None => return Lines::Whole(0..0),
        },
    };
    let last_byte = (range_bytes + lead - 1).min(buffer.len());
    match memchr::memchr(b'\n', &buffer[last_byte..]) {
        Some(newline) => Lines::Whole(start..last_byte + newline + 1),
        None if is_last => Lines::Whole(start..buffer.len()),
        None => Lines::NeedMore,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads `text` in ranges of `range_bytes`, each with `overlap` bytes beyond, as the worker does.
    fn lines_by_ranges(text: &[u8], range_bytes: usize, overlap: usize) -> Vec<u8> {
        let mut seen = Vec::new();
        let mut start = 0;
        while start < text.len() {
            let end = (start + range_bytes).min(text.len());
            let from = start.saturating_sub(1);
            let mut to = (end + overlap).min(text.len());
            loop {
                match own_lines(&text[from..to], end - start, start == 0, to == text.len()) {
                    Lines::Whole(range) => break seen.extend_from_slice(&text[from..to][range]),
                    Lines::NeedMore => to = (to + 1).min(text.len()),
                }
            }
            start = end;
        }
        seen
    }

    #[test]
    fn every_line_once_whatever_the_ranges() {
        for text in
            ["", "a", "a\n", "\n", "\n\n\n", "one\ntwo\nthree", "one\ntwo\nthree\n", "a\n\nlonger line here\nb\n"]
        {
            for range_bytes in 1..text.len() + 2 {
                for overlap in [0, 1, 3, 100] {
                    let seen = lines_by_ranges(text.as_bytes(), range_bytes, overlap);
                    assert_eq!(String::from_utf8(seen).unwrap(), text, "ranges of {range_bytes}, overlap {overlap}");
                }
            }
        }
    }
}
