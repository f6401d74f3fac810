//! Values of a text that were read in vain. Several wrappers may lead to the same value: two ways to each of many
//! values inside one another are exponentially many to the innermost.

use super::SkipReason;
use super::unwrap::Ground;
use rustc_hash::FxHashMap;

/// By address and length: true only as long as the text stands where it is.
#[derive(Default)]
pub(super) struct Refused(FxHashMap<(usize, usize), Refusal>);

struct Refusal {
    reason: SkipReason,
    /// From where it was read: nearer to the record, limits leave more room.
    depth: u8,
    strings: u8,
}

impl Refused {
    /// Why the value is known to hold no event.
    pub fn reason(&self, value: &[u8], ground: &Ground<'_>) -> Option<SkipReason> {
        if self.0.is_empty() {
            return None;
        }
        let known = self.0.get(&(value.as_ptr() as usize, value.len()))?;
        (known.depth <= ground.depth && known.strings <= ground.strings).then_some(known.reason)
    }

    pub fn keep(&mut self, value: &[u8], ground: &Ground<'_>, reason: SkipReason) {
        let refusal = Refusal { reason, depth: ground.depth, strings: ground.strings };
        self.0.insert((value.as_ptr() as usize, value.len()), refusal);
    }

    pub fn clear(&mut self) {
        self.0.clear();
    }
}
