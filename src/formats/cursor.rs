//! Steps over JSON without copying any of it: strings by their closing quotes, values by their brackets.

use super::{SkipReason, block};
use crate::model::json_string::unescape;
use memchr::memchr;

/// Brackets that are told apart in a register; nearly all records nest less deeply.
const MAX_SHALLOW: u32 = 127;

/// A place in a text of JSON.
pub(super) struct Cursor<'a> {
    pub text: &'a [u8],
    pub at: usize,
}

impl<'a> Cursor<'a> {
    pub fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    pub fn skip_space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    /// The next byte that is no white space.
    fn next_token(&mut self) -> Result<u8, SkipReason> {
        self.skip_space();
        self.peek().ok_or(SkipReason::Incomplete)
    }

    /// At `{`: calls `visit` at each member's value, which it must step over.
    #[inline(always)]
    pub fn members(
        &mut self,
        mut visit: impl FnMut(&mut Self, &[u8]) -> Result<(), SkipReason>,
    ) -> Result<(), SkipReason> {
        let mut plain = [0; KEY_BYTES];
        self.at += 1;
        if self.next_token()? == b'}' {
            self.at += 1;
            return Ok(());
        }
        loop {
            if self.next_token()? != b'"' {
                return Err(SkipReason::Malformed);
            }
            let start = self.at + 1;
            let (end, is_escaped) = end_of_key(self.text, start).ok_or(SkipReason::Incomplete)?;
            self.at = end + 1;
            let key = &self.text[start..end];
            let key = if is_escaped { plain_key(key, &mut plain) } else { key };
            if self.next_token()? != b':' {
                return Err(SkipReason::Malformed);
            }
            self.at += 1;
            self.next_token()?;
            visit(self, key)?;
            match self.next_token()? {
                b',' => self.at += 1,
                b'}' => {
                    self.at += 1;
                    return Ok(());
                }
                _ => return Err(SkipReason::Malformed),
            }
        }
    }

    /// The same where another type than an object may stand: that is stepped over.
    #[inline(always)]
    pub fn members_or_skip(
        &mut self,
        visit: impl FnMut(&mut Self, &[u8]) -> Result<(), SkipReason>,
    ) -> Result<(), SkipReason> {
        if self.peek() == Some(b'{') { self.members(visit) } else { self.skip_value() }
    }

    /// At an opening quote: the string's inside, escapes and all.
    fn string(&mut self) -> Result<&'a [u8], SkipReason> {
        let start = self.at + 1;
        self.at = after_string(self.text, self.at).ok_or(SkipReason::Incomplete)?;
        Ok(&self.text[start..self.at - 1])
    }

    /// A string's inside; empty when the value is of another type.
    pub fn text_value(&mut self) -> Result<&'a [u8], SkipReason> {
        if self.peek() == Some(b'"') {
            return self.string();
        }
        self.skip_value()?;
        Ok(&[])
    }

    /// The whole object or array; empty when the value is of another type.
    pub fn bracketed(&mut self, open: u8) -> Result<&'a [u8], SkipReason> {
        let start = self.at;
        self.skip_value()?;
        Ok(if self.text[start] == open { &self.text[start..self.at] } else { &[] })
    }

    /// At a value's first byte: steps over it.
    pub fn skip_value(&mut self) -> Result<(), SkipReason> {
        match self.peek() {
            None => Err(SkipReason::Incomplete),
            Some(b'"') => self.string().map(drop),
            Some(b'{' | b'[') => self.skip_brackets(),
            Some(_) => self.skip_scalar(),
        }
    }

    fn skip_scalar(&mut self) -> Result<(), SkipReason> {
        let rest = &self.text[self.at..];
        let length = rest
            .iter()
            .position(|byte| !matches!(byte, b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' | b'+' | b'-' | b'.'))
            .unwrap_or(rest.len());
        let sound = match &rest[..length] {
            b"true" | b"false" | b"null" => true,
            number => matches!(number.first(), Some(b'-' | b'0'..=b'9')),
        };
        self.at += length;
        match sound {
            true => Ok(()),
            false if self.at == self.text.len() => Err(SkipReason::Incomplete),
            false => Err(SkipReason::Malformed),
        }
    }

    fn skip_brackets(&mut self) -> Result<(), SkipReason> {
        let mut depth = 0u32;
        // One bit a level: 1 for an array. What closes must match what opened.
        let mut arrays = 0u128;
        loop {
            self.at = next_structural(self.text, self.at).ok_or(SkipReason::Incomplete)?;
            let byte = self.text[self.at];
            self.at += 1;
            match byte {
                b'"' => self.at = end_of_string(self.text, self.at).ok_or(SkipReason::Incomplete)? + 1,
                b'{' | b'[' => {
                    if depth == MAX_SHALLOW {
                        self.at -= 1;
                        self.skip_deep()?;
                        continue;
                    }
                    depth += 1;
                    arrays = arrays << 1 | u128::from(byte == b'[');
                }
                _ => {
                    if (arrays & 1 == 1) != (byte == b']') {
                        return Err(SkipReason::Malformed);
                    }
                    depth -= 1;
                    arrays >>= 1;
                    if depth == 0 {
                        return Ok(());
                    }
                }
            }
        }
    }
}

impl Cursor<'_> {
    /// At a bracket: steps over what it opens, however deep that is, in its line: lines that each begin something and
    /// end nothing would otherwise all be read to the text's end.
    #[cold]
    fn skip_deep(&mut self) -> Result<(), SkipReason> {
        let mut closers = Vec::new();
        let mut from = self.at;
        loop {
            self.at = next_structural(self.text, self.at).ok_or(SkipReason::Incomplete)?;
            let byte = self.text[self.at];
            self.at += 1;
            let is_sound = match byte {
                b'"' => {
                    self.at = end_of_string(self.text, self.at).ok_or(SkipReason::Incomplete)? + 1;
                    true
                }
                b'{' | b'[' => {
                    closers.push(byte + 2);
                    true
                }
                _ => closers.pop() == Some(byte),
            };
            if !is_sound || memchr(b'\n', &self.text[from..self.at]).is_some() {
                return Err(SkipReason::Malformed);
            }
            if closers.is_empty() {
                return Ok(());
            }
            from = self.at;
        }
    }
}

/// Where the string ends whose opening quote stands at `at`.
pub(super) fn after_string(text: &[u8], at: usize) -> Option<usize> {
    end_of_string(text, at + 1).map(|end| end + 1)
}

/// The closing quote of the string whose inside starts at `at`. Most strings are short and have no escape; who has one
/// may hold JSON, and an escape every few bytes.
#[inline(always)]
fn end_of_string(text: &[u8], at: usize) -> Option<usize> {
    let at = block::find(text, at, |block| block.equals(b'"') | block.equals(b'\\'))?;
    if text[at] == b'"' { Some(at) } else { block::closing_quote(text, at) }
}

/// The closing quote of the key whose inside starts at `at`, and whether there is an escape in it.
#[inline(always)]
pub(super) fn end_of_key(text: &[u8], at: usize) -> Option<(usize, bool)> {
    let at = block::find(text, at, |block| block.equals(b'"') | block.equals(b'\\'))?;
    if text[at] == b'"' { Some((at, false)) } else { block::closing_quote(text, at).map(|end| (end, true)) }
}

/// No key that is looked for is longer.
pub(super) const KEY_BYTES: usize = 64;

/// What a key's escapes mean; a longer one stays as it is.
#[cold]
pub(super) fn plain_key<'k>(key: &'k [u8], plain: &'k mut [u8; KEY_BYTES]) -> &'k [u8] {
    let text = unescape(key);
    let Some(into) = plain.get_mut(..text.len()) else { return key };
    into.copy_from_slice(text.as_bytes());
    into
}

/// The next quote or bracket at or after `at`.
#[inline(always)]
fn next_structural(text: &[u8], at: usize) -> Option<usize> {
    block::find(text, at, |block| {
        // `[` and `{`, `]` and `}` differ in bit 5 alone.
        let folded = block.with_bit_5();
        block.equals(b'"') | folded.equals(b'{') | folded.equals(b'}')
    })
}
