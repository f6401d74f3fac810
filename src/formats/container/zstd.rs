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
    /// What ended a frame before its end: told when all that was unpacked before is read.
    failure: Option<io::Error>,
    /// It was told: whatever comes behind it would seem to join what came before.
    has_failed: bool,
}

/// A last block without content, and a checksum that is not looked at: a decoder that met it gives all that it holds.
const LAST_BLOCK: &[u8] = &[1, 0, 0, 0, 0, 0, 0];

impl<R: BufRead> Zstd<R> {
    pub fn new(packed: R) -> Self {
        Zstd { packed, decoder: FrameDecoder::new(), is_between: true, failure: None, has_failed: false }
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

    /// Unpacks on until there is something to read.
    fn unpack(&mut self) {
        let step = || BlockDecodingStrategy::UptoBlocks(1);
        while self.decoder.can_collect() == 0 && !self.decoder.is_finished() {
            if let Err(error) = self.decoder.decode_blocks(&mut self.packed, step()) {
                self.failure.get_or_insert(unpack_error(&error));
                // What cannot be ended so gives what it gave.
                if self.decoder.decode_blocks(LAST_BLOCK, step()).is_err() {
                    return;
                }
            }
        }
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
            if self.has_failed || (self.is_between && !self.begin_frame()?) {
                return Ok(0);
            }
            self.unpack();
            let count = self.decoder.read(buffer)?;
            if count > 0 || buffer.is_empty() {
                return Ok(count);
            }
            if let Some(failure) = self.failure.take() {
                self.has_failed = true;
                return Err(failure);
            }
            self.is_between = true;
            self.check_frame()?;
        }
    }
}

/// The decoder wraps errors of its input in its own: the end of that, and what it was packed in, are told apart from
/// damage; and so is what it cannot unpack.
fn unpack_error(error: &FrameDecoderError) -> io::Error {
    if let FrameDecoderError::WindowSizeTooBig { .. } | FrameDecoderError::DictNotProvided { .. } = error {
        return ContainerError::Unsupported(format!("Zstandard with other settings ({error})")).into();
    }
    let mut cause: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(inner) = cause {
        match inner.downcast_ref::<io::Error>().map(ContainerError::of) {
            Some(ContainerError::Corrupt(_)) | None => cause = inner.source(),
            Some(known) => return known.into(),
        }
    }
    ContainerError::corrupt(error).into()
}
