//! A set of a segment's rows, one bit each.

/// Bits past the last row are always clear.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowSet {
    words: Vec<u64>,
    rows: usize,
}

impl RowSet {
    /// Rows that one word of [`RowSet::words`] tells of.
    pub const WORD_ROWS: usize = 64;

    pub fn empty(rows: usize) -> RowSet {
        RowSet { words: vec![0; rows.div_ceil(64)], rows }
    }

    pub fn full(rows: usize) -> RowSet {
        let mut set = RowSet { words: vec![!0; rows.div_ceil(64)], rows };
        set.trim();
        set
    }

    /// The rows for which `test` holds, asked in order.
    #[inline(always)]
    pub fn from_fn(rows: usize, test: impl Fn(usize) -> bool) -> RowSet {
        let mut words = Vec::with_capacity(rows.div_ceil(64));
        let mut start = 0;
        while start < rows {
            let end = (start + 64).min(rows);
            let word = (start..end).fold(0u64, |word, row| word | u64::from(test(row)) << (row - start));
            words.push(word);
            start = end;
        }
        RowSet { words, rows }
    }

    fn trim(&mut self) {
        if !self.rows.is_multiple_of(64)
            && let Some(last) = self.words.last_mut()
        {
            *last &= (1 << (self.rows % 64)) - 1;
        }
    }

    /// Bit `r % 64` of word `r / 64` is row `r`.
    pub fn words(&self) -> &[u64] {
        &self.words
    }

    pub fn rows(&self) -> usize {
        self.rows
    }

    pub fn insert(&mut self, row: usize) {
        self.words[row / 64] |= 1 << (row % 64);
    }

    pub fn remove(&mut self, row: usize) {
        self.words[row / 64] &= !(1 << (row % 64));
    }

    pub fn contains(&self, row: usize) -> bool {
        self.words[row / 64] >> (row % 64) & 1 == 1
    }

    pub fn count(&self) -> usize {
        self.words.iter().map(|word| word.count_ones() as usize).sum()
    }

    pub fn intersect(&mut self, other: &RowSet) {
        self.words.iter_mut().zip(&other.words).for_each(|(word, more)| *word &= more);
    }

    pub fn unite(&mut self, other: &RowSet) {
        self.words.iter_mut().zip(&other.words).for_each(|(word, more)| *word |= more);
    }

    pub fn invert(&mut self) {
        self.words.iter_mut().for_each(|word| *word = !*word);
        self.trim();
    }

    /// Calls `visit` for each row in ascending order.
    #[inline(always)]
    pub fn for_each(&self, mut visit: impl FnMut(usize)) {
        for (index, &word) in self.words.iter().enumerate() {
            let start = index * 64;
            if word == !0 {
                (start..start + 64).for_each(&mut visit);
                continue;
            }
            let mut rest = word;
            while rest != 0 {
                visit(start + rest.trailing_zeros() as usize);
                rest &= rest - 1;
            }
        }
    }

    /// The rows in descending order.
    pub fn iter_rev(&self) -> impl Iterator<Item = usize> + '_ {
        self.words.iter().enumerate().rev().flat_map(|(index, &word)| {
            let mut rest = word;
            std::iter::from_fn(move || {
                let bit = 63u32.checked_sub(rest.leading_zeros())?;
                rest &= !(1 << bit);
                Some(index * 64 + bit as usize)
            })
        })
    }

    pub fn bytes(&self) -> usize {
        self.words.len() * 8
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agrees_with_a_plain_list() {
        for rows in [0, 1, 63, 64, 65, 200] {
            let thirds = RowSet::from_fn(rows, |row| row % 3 == 0);
            let plain: Vec<usize> = (0..rows).filter(|row| row % 3 == 0).collect();
            let mut seen = Vec::new();
            thirds.for_each(|row| seen.push(row));
            assert_eq!(seen, plain);
            assert_eq!(thirds.iter_rev().collect::<Vec<_>>(), plain.iter().rev().copied().collect::<Vec<_>>());
            let mut rest = thirds.clone();
            rest.invert();
            assert_eq!(rest.count() + thirds.count(), rows);
            rest.unite(&thirds);
            assert_eq!(rest, RowSet::full(rows));
            rest.intersect(&thirds);
            assert_eq!(rest, thirds);
        }
    }
}
