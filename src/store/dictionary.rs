//! Every different byte string once, under a number.

use crate::formats::block::{MIX, same};
use hashbrown::HashTable;
use std::borrow::Cow;
use std::hash::{BuildHasher, Hasher};

/// Byte strings under dense ids in order of first sight. Id 0 is the empty string: absent.
pub struct Dictionary {
    bytes: Vec<u8>,
    ends: Vec<u32>,
    table: HashTable<u32>,
    /// The id last interned under each glance: most values were seen a moment ago.
    recent: Box<[u32; RECENT]>,
}

/// So many glances: a power of two.
const RECENT: usize = 4096;

impl Default for Dictionary {
    fn default() -> Dictionary {
        let mut dictionary =
            Dictionary { bytes: Vec::new(), ends: Vec::new(), table: HashTable::new(), recent: Box::new([0; RECENT]) };
        dictionary.insert(b"", hash(b""));
        dictionary
    }
}

impl Dictionary {
    /// The id of a value, new if it has none yet.
    #[inline]
    pub fn intern(&mut self, value: &[u8]) -> u32 {
        if value.is_empty() {
            return 0;
        }
        let glance = glance(value);
        let recent = self.recent[glance];
        if same(self.get(recent), value) {
            return recent;
        }
        let hash = hash(value);
        let found = self.table.find(hash, |&id| same(slice(&self.bytes, &self.ends, id), value)).copied();
        let id = found.unwrap_or_else(|| self.insert(value, hash));
        self.recent[glance] = id;
        id
    }

    pub fn find(&self, value: &[u8]) -> Option<u32> {
        self.table.find(hash(value), |&id| same(self.get(id), value)).copied()
    }

    fn insert(&mut self, value: &[u8], hash_of_value: u64) -> u32 {
        let id = self.ends.len() as u32;
        self.bytes.extend_from_slice(value);
        self.ends.push(self.bytes.len() as u32);
        let (bytes, ends) = (&self.bytes, &self.ends);
        self.table.insert_unique(hash_of_value, id, |&other| hash(slice(bytes, ends, other)));
        id
    }

    #[inline]
    pub fn get(&self, id: u32) -> &[u8] {
        slice(&self.bytes, &self.ends, id)
    }

    /// A value as text, with U+FFFD for what is none. Nearly all is, which is seen eight bytes at a time; mending goes
    /// byte by byte.
    pub fn text(&self, id: u32) -> Cow<'_, str> {
        let value = self.get(id);
        str::from_utf8(value).map_or_else(|_| String::from_utf8_lossy(value), Cow::Borrowed)
    }

    pub fn len(&self) -> usize {
        self.ends.len()
    }

    pub fn is_empty(&self) -> bool {
        self.ends.len() == 1
    }

    pub fn bytes(&self) -> usize {
        self.bytes.capacity() + self.ends.capacity() * 4 + self.table.capacity() * 5 + size_of_val(&*self.recent)
    }
}

#[inline]
fn slice<'a>(bytes: &'a [u8], ends: &[u32], id: u32) -> &'a [u8] {
    let start = if id == 0 { 0 } else { ends[id as usize - 1] };
    &bytes[start as usize..ends[id as usize] as usize]
}

/// A look at a value's length and some of its bytes: cheaper than its hash, and nearly as telling.
#[inline]
fn glance(value: &[u8]) -> usize {
    let word = |at: usize| match value.get(at..).and_then(<[u8]>::first_chunk::<8>) {
        Some(bytes) => u64::from_le_bytes(*bytes),
        None => 0,
    };
    let length = value.len();
    let sum = match length {
        0..8 => value.iter().fold(0, |sum, &byte| sum << 8 | u64::from(byte)),
        // Names of one kind differ in their ends.
        8..64 => word(length - 8) ^ word(length / 2).rotate_left(23) ^ word(length / 4).rotate_left(41),
        // Users differ anywhere: looks at nine places.
        _ => (0..9).fold(0, |sum: u64, n| (sum ^ word(n * (length - 8) / 8)).wrapping_mul(MIX).rotate_left(29)),
    };
    ((sum ^ length as u64).wrapping_mul(MIX) >> (u64::BITS - RECENT.ilog2())) as usize
}

/// The one hash of byte strings here: dictionaries and event identities.
#[inline]
pub fn hash(value: &[u8]) -> u64 {
    let mut hasher = rustc_hash::FxBuildHasher.build_hasher();
    hasher.write(value);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_dense_stable_and_found_again() {
        let mut dictionary = Dictionary::default();
        let values: Vec<String> = (0..5000).map(|n| format!("value-{}", n % 1700)).collect();
        for value in &values {
            let id = dictionary.intern(value.as_bytes());
            assert_eq!(dictionary.get(id), value.as_bytes());
            assert_eq!(dictionary.find(value.as_bytes()), Some(id));
        }
        assert_eq!(dictionary.len(), 1701);
        assert_eq!(dictionary.intern(b""), 0);
        assert_eq!(dictionary.find(b"never seen"), None);
    }
}
