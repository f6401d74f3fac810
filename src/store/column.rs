//! One column of a segment: ids in as few bytes as they need.

/// Ids by row, as narrow as the largest of them allows.
#[derive(Debug)]
pub enum ColumnData {
    /// The same id in every row.
    Constant(u32),
    Bytes(Vec<u8>),
    Shorts(Vec<u16>),
    Words(Vec<u32>),
}

/// Calls `$body` with `$ids` bound to the column's slice of whatever width; `$constant`
/// runs for a constant column with `$id` bound.
macro_rules! each_width {
    ($column:expr, $id:ident => $constant:expr, $ids:ident => $body:expr) => {
        match $column {
            $crate::store::column::ColumnData::Constant(id) => {
                let $id = *id;
                $constant
            }
            $crate::store::column::ColumnData::Bytes($ids) => $body,
            $crate::store::column::ColumnData::Shorts($ids) => $body,
            $crate::store::column::ColumnData::Words($ids) => $body,
        }
    };
}
pub(crate) use each_width;

impl ColumnData {
    pub fn freeze(ids: &[u32]) -> ColumnData {
        let (Some(&first), Some(&max)) = (ids.first(), ids.iter().max()) else { return ColumnData::Constant(0) };
        if max == first && ids.iter().all(|&id| id == first) {
            ColumnData::Constant(first)
        } else if max <= u32::from(u8::MAX) {
            ColumnData::Bytes(ids.iter().map(|&id| id as u8).collect())
        } else if max <= u32::from(u16::MAX) {
            ColumnData::Shorts(ids.iter().map(|&id| id as u16).collect())
        } else {
            ColumnData::Words(ids.to_vec())
        }
    }

    #[inline]
    pub fn get(&self, place: usize) -> u32 {
        each_width!(self, id => id, ids => id_at(ids, place))
    }

    pub fn bytes(&self) -> u64 {
        match self {
            ColumnData::Constant(_) => 0,
            ColumnData::Bytes(ids) => ids.len() as u64,
            ColumnData::Shorts(ids) => ids.len() as u64 * 2,
            ColumnData::Words(ids) => ids.len() as u64 * 4,
        }
    }
}

pub(crate) fn id_at<T: Copy + Into<u32>>(ids: &[T], place: usize) -> u32 {
    ids[place].into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn narrow_and_true() {
        for (ids, bytes) in
            [(vec![7, 7, 7], 0), (vec![1, 0, 255], 3), (vec![1, 256], 4), (vec![65_536, 2], 8), (vec![], 0)]
        {
            let column = ColumnData::freeze(&ids);
            assert_eq!(column.bytes(), bytes, "{ids:?}");
            for (place, &id) in ids.iter().enumerate() {
                assert_eq!(column.get(place), id);
            }
        }
    }
}
