//! What can be said of how complete the evidence is: plain data and sentences for the Coverage panel.

pub mod account;
pub mod rotation;
mod sentences;
mod text;

pub use account::{Account, Overlap, SourceAccount};
pub use text::{RULE, as_text, missing_text};

use crate::model::number::duration_text;
use crate::model::{Micros, TimeRange};

/// How times are written: the view's zone and its name.
pub struct Clock<'c> {
    pub seconds: &'c dyn Fn(Micros) -> String,
    pub zone: &'c str,
}

impl Clock<'_> {
    /// `2024-05-22 08:00:00 to 2024-05-22 09:00:00 (1 h)`; a single time where both read the same.
    pub fn range(&self, range: TimeRange) -> String {
        let (start, end) = ((self.seconds)(range.start_micros), (self.seconds)(range.end_micros));
        match start == end {
            true => start,
            false => [&start, " to ", &end, " (", &duration_text(range.width_micros()), ")"].concat(),
        }
    }
}

/// A gap with a quarter of its length on either side: what lies around it shows too.
pub fn around(gap: TimeRange) -> TimeRange {
    let margin = (gap.width_micros() / 4).max(1);
    TimeRange {
        start_micros: gap.start_micros.saturating_sub(margin),
        end_micros: gap.end_micros.saturating_add(margin),
    }
}

#[cfg(test)]
mod tests;
