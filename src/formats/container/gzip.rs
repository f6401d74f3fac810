//! Gzip of one or more members (RFC 1952 section 2.2), zero padding after them allowed.

use super::ContainerError;
use flate2::bufread::GzDecoder;
use std::io::{self, BufRead, Read};

pub struct Gzip<R: BufRead> {
    /// `None` once the last member has ended.
    member: Option<GzDecoder<R>>,
}

impl<R: BufRead> Gzip<R> {
    pub fn new(packed: R) -> Self {
        Gzip { member: Some(GzDecoder::new(packed)) }
    }
}

impl<R: BufRead> Read for Gzip<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while let Some(member) = &mut self.member {
            let count = member.read(buffer)?;
            if count > 0 || buffer.is_empty() {
                return Ok(count);
            }
            self.member = match self.member.take() {
                Some(ended) => next_member(ended.into_inner())?.map(GzDecoder::new),
                None => None,
            };
        }
        Ok(0)
    }
}

/// Steps over padding; the reader when another member follows.
fn next_member<R: BufRead>(mut packed: R) -> io::Result<Option<R>> {
    loop {
        match packed.fill_buf()? {
            [] => return Ok(None),
            [0x1f, ..] => return Ok(Some(packed)),
            [0, rest @ ..] => {
                let zeros = 1 + rest.iter().take_while(|&&byte| byte == 0).count();
                packed.consume(zeros);
            }
            _ => return Err(ContainerError::corrupt("something else follows the gzip data").into()),
        }
    }
}
