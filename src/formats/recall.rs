//! Stretches of events met before, recognised by their bytes instead of being read again.
//!
//! A log repeats itself: the same user with the same addresses and agent, the same authorization, the same minute.
//! Two fifths of an event's bytes are compared sixteen at a time rather than read character by character, and whoever
//! keeps columns need not look their values up again: each stretch has a number.

use super::block;
use crate::model::Micros;
use crate::model::time::{MICROS_PER_SECOND, parse_rfc3339};

/// Where a value lies in a stretch, from its start; both zero where it is absent.
type Span = (u32, u32);

/// What was met in a piece, to be met again.
#[derive(Default)]
pub struct Recall {
    /// From `user` to `userAgent`: user, impersonated user, addresses, agent.
    pub actors: Stretches<4>,
    /// The annotations: decision, reason, `truncated`.
    pub annotations: Stretches<3>,
    minute: Minute,
}

impl Recall {
    /// Keeps nothing: for a single event.
    pub fn off() -> Recall {
        let mut recall = Recall::default();
        (recall.actors.balance, recall.annotations.balance) = (GIVE_UP_AT, GIVE_UP_AT);
        recall
    }

    pub fn time(&mut self, text: &[u8]) -> Option<Micros> {
        self.minute.time(text)
    }
}

/// Stretches of JSON that begin and end with a value: a text that begins with the same bytes begins with the same values.
#[derive(Default)]
pub struct Stretches<const VALUES: usize> {
    /// [`WAYS`] for each look; empty until the first is kept.
    kept: Vec<Kept<VALUES>>,
    /// Stretches kept so far: the number of the last.
    count: u32,
    /// Hits less misses; far below zero, nothing repeats and nothing is kept any more.
    balance: i32,
}

#[derive(Clone)]
struct Kept<const VALUES: usize> {
    number: u32,
    bytes: Vec<u8>,
    values: [Span; VALUES],
}

impl<const VALUES: usize> Default for Kept<VALUES> {
    fn default() -> Self {
        Kept { number: 0, bytes: Vec::new(), values: [(0, 0); VALUES] }
    }
}

/// Different looks told apart: a power of two.
const LOOKS: usize = 512;
/// Stretches of the same look: one user from several pods.
const WAYS: usize = 4;
/// A look takes in so many bytes; what stands nearer to a text's end is not looked up.
const LOOK_BYTES: usize = 128;
/// A longer stretch is not kept.
const LONGEST_BYTES: usize = 4096;
const GIVE_UP_AT: i32 = -2_000;
const MOST_BALANCE: i32 = 2_000;

/// A stretch that was met: its values as slices of the text, where it ends, its number.
pub struct Met<'a, const VALUES: usize> {
    pub values: [&'a [u8]; VALUES],
    pub end: usize,
    pub number: u32,
}

impl<const VALUES: usize> Stretches<VALUES> {
    /// The stretch that `text` goes on with at `at`, if it was kept.
    #[inline]
    pub fn meet<'a>(&mut self, text: &'a [u8], at: usize) -> Option<Met<'a, VALUES>> {
        if self.kept.is_empty() {
            return None;
        }
        let rest = &text[at..];
        let first = look(rest)? * WAYS;
        let found = self.kept[first..first + WAYS].iter().find(|kept| is_front(&kept.bytes, rest))?;
        self.balance = (self.balance + 1).min(MOST_BALANCE);
        Some(Met {
            values: found.values.map(|(from, to)| &rest[from as usize..to as usize]),
            end: at + found.bytes.len(),
            number: found.number,
        })
    }

    /// Keeps `text[start..end]`, which was not met, with its values; its number, or 0 if it is not kept.
    pub fn keep<'a>(&mut self, text: &'a [u8], start: usize, end: usize, values: [&'a [u8]; VALUES]) -> u32 {
        if self.balance <= GIVE_UP_AT || end - start > LONGEST_BYTES {
            return 0;
        }
        let Some(look) = look(&text[start..]) else { return 0 };
        if self.kept.is_empty() {
            self.kept.resize(LOOKS * WAYS, Kept::default());
        }
        self.balance -= 1;
        self.count += 1;
        let kept = &mut self.kept[look * WAYS + self.count as usize % WAYS];
        kept.number = self.count;
        kept.bytes.clear();
        kept.bytes.extend_from_slice(&text[start..end]);
        let span = |value: &[u8]| match value.is_empty() {
            true => (0, 0),
            false => {
                let from = value.as_ptr() as usize - text[start..].as_ptr() as usize;
                (from as u32, (from + value.len()) as u32)
            }
        };
        kept.values = values.map(span);
        self.count
    }
}

/// Some bytes near the start of a stretch, as an index: cheaper than a hash of it.
#[inline]
fn look(text: &[u8]) -> Option<usize> {
    let head: &[u8; LOOK_BYTES] = text.first_chunk()?;
    let word = |at: usize| u64::from_le_bytes(std::array::from_fn(|byte| head[at + byte]));
    let places = [16, 32, 40, 48, 56, 64, 80, 96, 120];
    let sum = places.iter().fold(0u64, |sum, &at| (sum ^ word(at)).wrapping_mul(block::MIX).rotate_left(29));
    Some((sum >> (u64::BITS - LOOKS.ilog2())) as usize)
}

/// Whether `text` begins with `front`; never with an empty one, which is none that was kept.
#[inline]
fn is_front(front: &[u8], text: &[u8]) -> bool {
    !front.is_empty() && front.len() <= text.len() && block::same(front, &text[..front.len()])
}

/// The minute of the last timestamp: the next one mostly lies in it.
#[derive(Default)]
struct Minute {
    /// `2024-05-22T15:33:`
    text: [u8; MINUTE_BYTES],
    start: Micros,
}

const MINUTE_BYTES: usize = 17;
/// `2024-05-22T15:33:04.123456Z`, as every API server writes it.
const TIME_BYTES: usize = 27;

impl Minute {
    fn time(&mut self, text: &[u8]) -> Option<Micros> {
        let Ok(text) = <&[u8; TIME_BYTES]>::try_from(text) else { return parse_rfc3339(text) };
        let digits: [u8; 8] = [text[17], text[18], text[20], text[21], text[22], text[23], text[24], text[25]];
        let is_usual = text[19] == b'.' && text[26] == b'Z' && digits.iter().all(u8::is_ascii_digit);
        if !is_usual || text[17] >= b'6' {
            return parse_rfc3339(text);
        }
        let number = digits.iter().fold(0i64, |sum, digit| sum * 10 + i64::from(digit - b'0'));
        if text[..MINUTE_BYTES] != self.text {
            let micros = parse_rfc3339(text)?;
            self.text.copy_from_slice(&text[..MINUTE_BYTES]);
            self.start = micros - number;
        }
        // Seconds and micros side by side are micros of the minute.
        debug_assert!(number < 60 * MICROS_PER_SECOND);
        Some(self.start + number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn times_are_what_they_are_without_recall(
            texts in prop::collection::vec("(2024-05-2[0-3]T15:3[0-9]:[0-7][0-9]\\.[0-9x]{6}Z|[0-9T:.Z-]{20,28})", 1..20),
        ) {
            let mut recall = Recall::default();
            for text in texts {
                prop_assert_eq!(recall.time(text.as_bytes()), parse_rfc3339(text.as_bytes()), "{}", text);
            }
        }
    }

    #[test]
    fn a_stretch_is_met_where_all_its_bytes_stand() {
        let user = |name: &str| format!(r#"{{"username":"{name}","groups":["{}"]}}, "tail""#, "g".repeat(120));
        let (alice, alicia) = (user("alice"), user("alicia"));
        let mut stretches: Stretches<1> = Stretches::default();
        let end = alice.len() - 8;
        assert!(stretches.meet(alice.as_bytes(), 0).is_none());
        let number = stretches.keep(alice.as_bytes(), 0, end, [&alice.as_bytes()[13..18]]);
        assert_eq!(number, 1);
        let met = stretches.meet(alice.as_bytes(), 0).expect("it was kept");
        assert_eq!((met.values[0], met.end, met.number), (&b"alice"[..], end, 1));
        assert!(stretches.meet(alicia.as_bytes(), 0).is_none());
        assert!(stretches.meet(&alice.as_bytes()[..end - 1], 0).is_none(), "cut");
    }

    #[test]
    fn what_never_repeats_is_not_kept_for_ever() {
        let mut stretches: Stretches<1> = Stretches::default();
        let text = |n: usize| format!("{n:0>200}");
        let numbers = (0..5_000).map(|n| stretches.keep(text(n).as_bytes(), 0, 200, [b""]));
        assert_eq!(numbers.filter(|&number| number > 0).count(), GIVE_UP_AT.unsigned_abs() as usize);
    }
}
