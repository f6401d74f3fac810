//! Bytes compared sixteen at a time. JSON's strings are short: a call into a search
//! routine for each of them cost a quarter of the rate.

#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
mod lanes {
    use super::{CLOSE_UP, HIGH_HALF};
    use core::arch::wasm32::{
        u8x16_bitmask, u8x16_eq, u8x16_splat, u8x16_swizzle, u64x2, u64x2_extract_lane, v128, v128_load, v128_or,
    };

    #[derive(Clone, Copy)]
    pub struct Block(v128);

    impl Block {
        #[inline(always)]
        pub fn load(bytes: &[u8; 16]) -> Block {
            // SAFETY: sixteen readable bytes; v128_load asks for no alignment.
            Block(unsafe { v128_load(bytes.as_ptr().cast()) })
        }

        /// Bit i: byte i equals `byte`.
        #[inline(always)]
        pub fn equals(self, byte: u8) -> u32 {
            u32::from(u8x16_bitmask(u8x16_eq(self.0, u8x16_splat(byte))))
        }

        #[inline(always)]
        pub fn with_bit_5(self) -> Block {
            Block(v128_or(self.0, u8x16_splat(0x20)))
        }

        /// Its two halves, each without the bytes whose bit is set, the rest moved together; how many are left.
        #[inline(always)]
        pub fn close_up(self, without: u32) -> [([u8; 8], usize); 2] {
            let places = |half: u32| CLOSE_UP[(without >> (8 * half) & 0xff) as usize];
            let left = |half: u32| 8 - (without >> (8 * half) & 0xff).count_ones() as usize;
            let moved = u8x16_swizzle(self.0, u64x2(places(0), places(1) + HIGH_HALF));
            [
                (u64x2_extract_lane::<0>(moved).to_le_bytes(), left(0)),
                (u64x2_extract_lane::<1>(moved).to_le_bytes(), left(1)),
            ]
        }
    }
}

#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
mod lanes {
    #[derive(Clone, Copy)]
    pub struct Block([u8; 16]);

    impl Block {
        #[inline(always)]
        pub fn load(bytes: &[u8; 16]) -> Block {
            Block(*bytes)
        }

        /// Bit i: byte i equals `byte`.
        #[inline(always)]
        pub fn equals(self, byte: u8) -> u32 {
            self.0.iter().enumerate().fold(0, |mask, (lane, &b)| mask | u32::from(b == byte) << lane)
        }

        #[inline(always)]
        pub fn with_bit_5(self) -> Block {
            Block(self.0.map(|byte| byte | 0x20))
        }

        /// Its two halves, each without the bytes whose bit is set, the rest moved together; how many are left.
        #[inline(always)]
        pub fn close_up(self, without: u32) -> [([u8; 8], usize); 2] {
            [0, 8].map(|start| {
                let mut half = [0; 8];
                let kept = (start..start + 8).filter(|&lane| without >> lane & 1 == 0);
                let left = half.iter_mut().zip(kept).map(|(place, lane)| *place = self.0[lane]).count();
                (half, left)
            })
        }
    }
}

pub use lanes::Block;

/// For each set of eight lanes to leave out: the other lanes' numbers, a byte each; then numbers of no lane.
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
static CLOSE_UP: [u64; 256] = {
    let mut table = [u64::from_le_bytes([0x80; 8]); 256];
    let mut without = 0;
    while without < 256 {
        let (mut lane, mut place) = (0, 0);
        while lane < 8 {
            if without >> lane & 1 == 0 {
                table[without] = table[without] & !(0xff << (8 * place)) | (lane as u64) << (8 * place);
                place += 1;
            }
            lane += 1;
        }
        without += 1;
    }
    table
};

/// Added to a half's lanes: those of the block's second half.
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
const HIGH_HALF: u64 = u64::from_le_bytes([8; 8]);

/// The first position at or after `at` whose bit `matches` sets.
#[inline(always)]
pub fn find(text: &[u8], mut at: usize, matches: impl Fn(Block) -> u32) -> Option<usize> {
    while let Some(bytes) = text.get(at..).and_then(<[u8]>::first_chunk::<16>) {
        let mask = matches(Block::load(bytes));
        if mask != 0 {
            return Some(at + mask.trailing_zeros() as usize);
        }
        at += 16;
    }
    let rest = text.get(at..)?;
    let mut last = [0u8; 16];
    last[..rest.len()].copy_from_slice(rest);
    let mask = matches(Block::load(&last));
    (mask != 0).then(|| at + mask.trailing_zeros() as usize)
}

/// 2^64 over the golden ratio, odd: spreads a glance at some bytes over all bits.
pub const MIX: u64 = 0x9e37_79b9_7f4a_7c15;

/// Equality sixteen bytes at a time and without a way out: wasm's own memcmp goes byte by byte and took an
/// eighth of ingest, and what is compared here is nearly always equal.
#[inline]
pub fn same(a: &[u8], b: &[u8]) -> bool {
    if a.len() != b.len() {
        return false;
    }
    match (a.last_chunk::<16>(), b.last_chunk::<16>()) {
        (Some(tail_a), Some(tail_b)) => {
            let heads = a.as_chunks::<16>().0.iter().zip(b.as_chunks::<16>().0);
            let differs = |(x, y): (&[u8; 16], &[u8; 16])| u128::from_le_bytes(*x) ^ u128::from_le_bytes(*y);
            // The end may be looked at twice.
            heads.fold(differs((tail_a, tail_b)), |sum, pair| sum | differs(pair)) == 0
        }
        _ => a.iter().zip(b).fold(0, |sum, (x, y)| sum | (x ^ y)) == 0,
    }
}

/// The first quote at or after `at` that no backslash escapes, where `at` lies inside a string.
/// A string that holds JSON has an escape every few bytes: stopping at each would cost half the rate.
pub fn closing_quote(text: &[u8], mut at: usize) -> Option<usize> {
    // 1: the block before ended with a backslash that escapes.
    let mut carry = 0;
    while let Some(bytes) = text.get(at..).and_then(<[u8]>::first_chunk::<16>) {
        let block = Block::load(bytes);
        let escaping = block.equals(b'\\') & !carry;
        if escaping & escaping << 1 != 0 {
            // Backslashes in a row: which of them escape shows only one by one.
            match quote_among(bytes, &mut carry) {
                Some(place) => return Some(at + place),
                None => at += 16,
            }
            continue;
        }
        let escaped = escaping << 1 | carry;
        let closing = block.equals(b'"') & !escaped;
        if closing != 0 {
            return Some(at + closing.trailing_zeros() as usize);
        }
        carry = escaped >> 16;
        at += 16;
    }
    quote_among(text.get(at..)?, &mut carry).map(|place| at + place)
}

/// `carry`: 1 where the byte before the first escapes it; in the end, where the last escapes what follows.
fn quote_among(bytes: &[u8], carry: &mut u32) -> Option<usize> {
    for (place, &byte) in bytes.iter().enumerate() {
        if *carry == 1 {
            *carry = 0;
        } else if byte == b'"' {
            return Some(place);
        } else {
            *carry = u32::from(byte == b'\\');
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// In the browser too, where other code does it.
    #[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
    #[cfg_attr(not(target_arch = "wasm32"), test)]
    fn halves_close_up_over_what_is_left_out() {
        let bytes: [u8; 16] = *b"0123456789abcdef";
        for without in 0..=0xffff_u32 {
            for (half, (closed, left)) in Block::load(&bytes).close_up(without).into_iter().enumerate() {
                let lanes = 8 * half..8 * half + 8;
                let kept: Vec<u8> = lanes.filter(|lane| without >> lane & 1 == 0).map(|lane| bytes[lane]).collect();
                assert_eq!(&closed[..left], kept, "half {half} without {without:b}");
            }
        }
    }

    proptest! {
        #[test]
        fn a_string_ends_where_it_is_read_to_end(inside in "[\\\\\"abc]{0,80}", start in 0usize..20) {
            let mut carry = 0;
            let expected = inside.as_bytes().get(start..).and_then(|rest| quote_among(rest, &mut carry));
            prop_assert_eq!(closing_quote(inside.as_bytes(), start), expected.map(|place| start + place));
        }
    }
}
