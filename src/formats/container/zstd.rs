//! Zstandard: any number of frames, skippable ones among them, with their checksums (RFC 8878 section 3).

use super::ContainerError;
use ruzstd::decoding::errors::{FrameDecoderError, ReadFrameHeaderError};
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};
use std::error::Error;
use std::io::{self, BufRead, Read};

pub struct Zstd<R: BufRead> {
    packed: R,
    decoder: FrameDecoder,
    /// Between two frames, as at the start.
    is_between: bool,
}

impl<R: BufRead> Zstd<R> {
    pub fn new(packed: R) -> Self {
        Zstd { packed, decoder: FrameDecoder::new(), is_between: true }
    }

    /// Reads the next frame's header, stepping over skippable frames; false at the end.
    fn begin_frame(&mut self) -> io::Result<bool> {
        while !self.packed.fill_buf()?.is_empty() {
            match self.decoder.init(&mut self.packed) {
                Ok(()) => {
                    self.is_between = false;
                    return Ok(true);
                }
                Err(FrameDecoderError::ReadFrameHeaderError(ReadFrameHeaderError::SkipFrame { length, .. })) => {
                    io::copy(&mut self.packed.by_ref().take(u64::from(length)), &mut io::sink())?;
                }
                Err(error) => return Err(unpack_error(&error)),
            }
        }
        Ok(false)
    }

    /// Compares the content's checksum with the one after it, where the frame has one.
    fn check_frame(&self) -> io::Result<()> {
        match (self.decoder.get_checksum_from_data(), self.decoder.get_calculated_checksum()) {
            (Some(written), Some(calculated)) if written != calculated => {
                Err(ContainerError::corrupt("the checksum differs").into())
            }
            _ => Ok(()),
        }
    }
}

impl<R: BufRead> Read for Zstd<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            if self.is_between && !self.begin_frame()? {
                return Ok(0);
            }
            while self.decoder.can_collect() == 0 && !self.decoder.is_finished() {
                let step = BlockDecodingStrategy::UptoBlocks(1);
                self.decoder.decode_blocks(&mut self.packed, step).map_err(|error| unpack_error(&error))?;
            }
            let count = self.decoder.read(buffer)?;
            if count > 0 || buffer.is_empty() {
                return Ok(count);
            }
            self.is_between = true;
            self.check_frame()?;
        }
    }
}

/// The decoder wraps the end of its input in errors of its own: tell it apart from damage.
fn unpack_error(error: &(dyn Error + 'static)) -> io::Error {
    let mut cause = Some(error);
    while let Some(inner) = cause {
        if inner.downcast_ref::<io::Error>().is_some_and(|io| io.kind() == io::ErrorKind::UnexpectedEof) {
            return ContainerError::Truncated.into();
        }
        cause = inner.source();
    }
    ContainerError::corrupt(error).into()
}
