//! Parts of long lines, as container runtimes write them: gathered until the last one comes. Each stream writes lines
//! of its own, and what one writes may stand between the parts of another's.

use crate::formats::unwrap::Output;
use crate::formats::{Place, SkipReason};

/// Which stream a name in a log is.
pub fn stream_of(name: &[u8]) -> usize {
    usize::from(name == b"stderr")
}

/// The line of a stream so far.
#[derive(Default)]
pub(in crate::formats) struct Gathered {
    pub text: Vec<u8>,
    /// From the first part's start to the last one's end; `None` where there is no part.
    pub place: Option<Place>,
}

/// Of each stream.
pub(in crate::formats) type Parts = [Gathered; 2];

impl Gathered {
    /// A part more, whose text the caller appends.
    pub fn reach(&mut self, place: Place) -> Place {
        let first = self.place.unwrap_or(place);
        let whole = Place { length: (place.offset + place.length).saturating_sub(first.offset), ..first };
        self.place = Some(whole);
        whole
    }

    /// Gives up on what has been gathered: the line was cut off.
    pub fn finish(&mut self, out: &mut dyn Output) {
        self.text.clear();
        if let Some(place) = self.place.take() {
            out.skip(SkipReason::Incomplete, place);
        }
    }
}
