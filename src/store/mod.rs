//! Events as columns: dictionary ids and numbers, in segments that only joining changes. Knows no file,
//! no filter and no screen; a segment only remembers where each record's text lies.

pub mod builder;
pub mod column;
pub mod dictionary;
pub mod pairing;
pub mod projection;
pub mod row_set;
pub mod segment;

pub use builder::SegmentBuilder;
pub use dictionary::Dictionary;
pub use row_set::RowSet;
pub use segment::{Segment, SkippedPlace, TextId};

use crate::model::{Column, Field};
use projection::Projection;
use std::borrow::Cow;

/// All events that one worker holds.
pub struct Store {
    dictionaries: [Dictionary; Column::COUNT],
    projections: Vec<Projection>,
    segments: Vec<Segment>,
    /// Of all segments; asked for after each piece.
    column_bytes: u64,
    next_row: u32,
}

impl Default for Store {
    fn default() -> Store {
        let dictionaries = std::array::from_fn(|_| Dictionary::default());
        let mut projections: Vec<Projection> = Field::facets().map(Projection::new).collect();
        projections.iter_mut().for_each(|projection| projection.extend(&dictionaries));
        Store { dictionaries, projections, segments: Vec::new(), column_bytes: 0, next_row: 0 }
    }
}

impl Store {
    /// A builder for one piece of a source; [`Store::add`] takes what it builds.
    pub fn builder(&mut self, source: u16, source_name: &str, text: TextId, text_start: u64) -> SegmentBuilder<'_> {
        // Pieces are mostly of one size.
        let rows = self.segments.last().map_or(0, |segment| segment.len() + segment.len() / 8);
        SegmentBuilder::new(&mut self.dictionaries, &mut self.projections, source, source_name, text, text_start, rows)
    }

    /// An empty store that numbers its rows on from here: no row is ever taken for one that left.
    pub fn begun_anew(&self) -> Store {
        Store { next_row: self.next_row, ..Store::default() }
    }

    /// Takes a segment in; its rows follow those of all before it. Returns its first row, which no other segment has:
    /// one without rows takes a number too.
    pub fn add(&mut self, mut segment: Segment) -> u32 {
        segment.first_row = self.next_row;
        self.next_row += segment.len().max(1) as u32;
        let first = segment.first_row;
        self.column_bytes += segment.bytes();
        self.segments.push(segment);
        first
    }

    pub fn segments(&self) -> &[Segment] {
        &self.segments
    }

    pub fn segments_mut(&mut self) -> &mut [Segment] {
        &mut self.segments
    }

    /// Forgets a source's rows. Dictionaries keep their values; row numbers of others stay.
    pub fn remove_source(&mut self, source: u16) {
        self.segments.retain(|segment| segment.source != source);
        self.column_bytes = self.segments.iter().map(Segment::bytes).sum();
    }

    /// Events held, duplicates and hidden halves not counted.
    pub fn live_events(&self) -> u64 {
        self.segments.iter().map(|segment| segment.live.count() as u64).sum()
    }

    pub fn dictionary(&self, column: Column) -> &Dictionary {
        &self.dictionaries[column as usize]
    }

    /// How a counted field is read off its column. Invariant: `field` has a column.
    pub fn projection(&self, field: Field) -> &Projection {
        let found = self.projections.iter().find(|projection| projection.field == field);
        found.expect("invariant: every field with a column is a facet and has a projection")
    }

    /// A field's values under their ids.
    pub fn values(&self, field: Field) -> &Dictionary {
        self.projection(field).values(&self.dictionaries)
    }

    /// The segment that holds a row, and the row's place in it.
    pub fn locate(&self, row: u32) -> Option<(&Segment, usize)> {
        let segment = &self.segments[self.segment_of(row)?];
        let place = (row - segment.first_row) as usize;
        (place < segment.len()).then_some((segment, place))
    }

    /// The segment that holds a row, if it is still here.
    fn segment_of(&self, row: u32) -> Option<usize> {
        self.segments.partition_point(|segment| segment.first_row <= row).checked_sub(1)
    }

    /// The values a field has in one row.
    pub fn values_of(&self, field: Field, segment: &Segment, place: usize) -> Vec<Cow<'_, str>> {
        let Some(column) = field.spec().column else { return Vec::new() };
        let projection = self.projection(field);
        let id = segment.columns[column as usize].get(place);
        let values = projection.values(&self.dictionaries);
        projection.values_of(&id).iter().map(|&value| values.text(value)).collect()
    }

    /// `(columns, dictionaries)` in bytes.
    pub fn index_bytes(&self) -> (u64, u64) {
        let dictionaries = self.dictionaries.iter().map(Dictionary::bytes).sum::<usize>()
            + self.projections.iter().map(Projection::bytes).sum::<usize>();
        (self.column_bytes, dictionaries as u64)
    }
}
