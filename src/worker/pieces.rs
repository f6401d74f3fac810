//! Where the pieces of each source lie, who holds them, and so the line that a record is on.

use super::progress::SourceId;

/// One piece, by where it lies and who holds it.
#[derive(Debug, Clone, Copy)]
pub struct PieceInfo {
    pub source: SourceId,
    /// Of its text, in bytes of the source's.
    pub start: u64,
    pub length: u64,
    pub worker: usize,
    pub lines: u64,
    pub skipped: u32,
}

/// A byte order mark lies in no piece.
const MARK_BYTES: u64 = 3;

/// Lines of a source before `start`, where a piece begins; `None` while not all of its text before that is read.
/// `is_whole`: it is read to its end.
pub fn lines_before(pieces: &[PieceInfo], source: SourceId, start: u64, is_whole: bool) -> Option<u64> {
    let earlier = pieces.iter().filter(|piece| piece.source == source && piece.start < start);
    let (lines, bytes) = earlier.fold((0, 0), |sum, piece| (sum.0 + piece.lines, sum.1 + piece.length));
    (is_whole || start.saturating_sub(bytes) <= MARK_BYTES).then_some(lines)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `pieces`: source, start, length, lines.
    fn check(pieces: &[(SourceId, u64, u64, u64)], start: u64, is_whole: bool, expected: Option<u64>) {
        let piece = |&(source, start, length, lines)| PieceInfo { source, start, length, lines, worker: 0, skipped: 0 };
        let pieces: Vec<PieceInfo> = pieces.iter().map(piece).collect();
        assert_eq!(lines_before(&pieces, 1, start, is_whole), expected, "{pieces:?} before {start}");
    }

    #[test]
    fn lines_are_known_once_all_before_is_read() {
        check(&[], 0, false, Some(0));
        check(&[], 3, false, Some(0));
        check(&[], 100, false, None);
        check(&[(1, 0, 100, 7)], 0, false, Some(0));
        check(&[(1, 0, 100, 7)], 100, false, Some(7));
        check(&[(1, 3, 97, 7)], 100, false, Some(7));
        check(&[(1, 0, 100, 7), (1, 200, 50, 3)], 200, false, None);
        check(&[(1, 200, 50, 3), (1, 100, 100, 5), (1, 0, 100, 7)], 200, false, Some(12));
        check(&[(2, 0, 100, 7)], 100, false, None);
        check(&[(2, 0, 100, 7), (1, 0, 100, 2)], 100, false, Some(2));
        // Of a source that is read to its end what is in no piece has no lines.
        check(&[(1, 0, 90, 7)], 100, true, Some(7));
    }
}
