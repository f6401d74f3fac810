//! The same event twice counts once. Each identity has one owner among the workers, told
//! from the hash itself; the owner says which identities it has seen before.

use crate::store::Store;
use hashbrown::HashTable;
use js_sys::{Array, ArrayBuffer, BigUint64Array, Uint32Array};
use wasm_bindgen::{JsCast, JsValue};

/// The identities that this worker owns and has seen.
#[derive(Default)]
pub struct Seen {
    table: HashTable<u64>,
}

impl Seen {
    pub fn clear(&mut self) {
        self.table = HashTable::new();
    }

    pub fn bytes(&self) -> u64 {
        self.table.capacity() as u64 * 10
    }

    /// Takes identities in; returns the places of those seen before.
    pub fn take_new(&mut self, identities: &JsValue) -> Vec<u32> {
        let Some(buffer) = identities.dyn_ref::<ArrayBuffer>() else { return Vec::new() };
        let identities = BigUint64Array::new(buffer).to_vec();
        (0u32..).zip(identities).filter(|&(_, identity)| !self.insert(identity)).map(|(place, _)| place).collect()
    }

    /// The hash is its own hash.
    fn insert(&mut self, identity: u64) -> bool {
        match self.table.entry(identity, |&other| other == identity, |&other| other) {
            hashbrown::hash_table::Entry::Occupied(_) => false,
            hashbrown::hash_table::Entry::Vacant(vacant) => {
                vacant.insert(identity);
                true
            }
        }
    }
}

/// These rows do not count. Returns how many of each source.
pub fn mark(store: &mut Store, rows: &[u32]) -> Vec<(u16, u64)> {
    let mut marked: Vec<(u16, u64)> = Vec::new();
    for segment in store.segments_mut() {
        let own = segment.first_row..segment.first_row + segment.len() as u32;
        for row in rows.iter().filter(|row| own.contains(row)) {
            segment.mark_duplicate((row - segment.first_row) as usize);
            match marked.iter_mut().find(|(source, _)| *source == segment.source) {
                Some((_, count)) => *count += 1,
                None => marked.push((segment.source, 1)),
            }
        }
    }
    marked
}

/// Per worker up to the last of the `owners`, the identities it owns and the rows they are of: `[[u64s, u32s], …]`.
/// Without any owner all are the first's.
pub fn by_owner(rows: impl Iterator<Item = (u32, u64)>, owners: &[u8]) -> JsValue {
    let count = owners.iter().max().map_or(1, |&last| usize::from(last) + 1);
    let mut parts: Vec<(Vec<u64>, Vec<u32>)> = vec![Default::default(); count];
    for (row, identity) in rows {
        // The upper bits: the lower ones pick the slot in the owner's table.
        let owner = owners.get((identity >> 48) as usize % owners.len().max(1)).map_or(0, |&owner| usize::from(owner));
        parts[owner].0.push(identity);
        parts[owner].1.push(row);
    }
    let buffers = parts.into_iter().map(|(identities, rows)| {
        let identities = BigUint64Array::from(identities.as_slice());
        Array::of2(&identities.buffer(), &Uint32Array::from(rows.as_slice()).buffer())
    });
    buffers.collect::<Array>().into()
}

pub fn all_by_owner(store: &Store, owners: &[u8]) -> JsValue {
    let rows =
        store.segments().iter().flat_map(|segment| (segment.first_row..).zip(segment.identities.iter().copied()));
    by_owner(rows, owners)
}
