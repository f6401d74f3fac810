//! Members of a zip: the `zip` crate reads the directory (zip64 too), each
//! member is then unpacked as it is read.

use super::{ContainerError, Entry, Input, Layer, ReadSeek};
use flate2::Crc;
use flate2::read::DeflateDecoder;
use std::cell::RefCell;
use std::io::{self, Read, Seek, SeekFrom};
use std::rc::Rc;
use zip::{CompressionMethod, ZipArchive};

/// The archive's bytes, shared by its directory and its members, each with a position of its own.
#[derive(Clone)]
struct Window {
    source: Rc<RefCell<Box<dyn ReadSeek>>>,
    at: u64,
    end: u64,
}

impl Read for Window {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let most = buffer.len().min(usize::try_from(self.end.saturating_sub(self.at)).unwrap_or(usize::MAX));
        if most == 0 {
            return Ok(0);
        }
        let mut source = self.source.borrow_mut();
        source.seek(SeekFrom::Start(self.at))?;
        let count = source.read(&mut buffer[..most])?;
        self.at += count as u64;
        Ok(count)
    }
}

impl Seek for Window {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let target = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(by) => self.end.checked_add_signed(by),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
        };
        self.at = target.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.at)
    }
}

pub struct Zip {
    archive: ZipArchive<io::BufReader<Window>>,
    window: Window,
    next: usize,
    /// What of the archive is not among its members.
    lacks: Vec<ContainerError>,
}

impl Zip {
    pub fn open(mut source: Box<dyn ReadSeek>) -> Result<Zip, ContainerError> {
        let end = source.seek(SeekFrom::End(0)).map_err(|error| ContainerError::of(&error))?;
        let window = Window { source: Rc::new(RefCell::new(source)), at: 0, end };
        let archive = ZipArchive::new(io::BufReader::new(window.clone())).map_err(directory_error)?;
        let mut lacks = Vec::new();
        if archive.has_duplicate_names() {
            lacks.push(ContainerError::corrupt("of members with the same name only the last is found"));
        }
        if archive.offset() > 0 {
            lacks.push(ContainerError::corrupt("another archive lies before this one, of which nothing is found"));
        }
        Ok(Zip { archive, window, next: 0, lacks })
    }

    /// A file of the directory; `None` for a folder and the like.
    fn member(&mut self, index: usize) -> Option<Entry> {
        let name = self.archive.name_for_index(index).and_then(Result::ok).unwrap_or_default().into_owned();
        let file = match self.archive.by_index_raw(index) {
            Ok(file) => file,
            Err(error) => return Some(Entry { path: name, input: Err(directory_error(error)) }),
        };
        let path = match file.name() {
            Ok(name) => name.into_owned(),
            Err(_) => String::from_utf8_lossy(file.name_raw()).into_owned(),
        };
        if !file.is_file() {
            return None;
        }
        if file.encrypted() {
            return Some(Entry { path, input: Err(ContainerError::Encrypted) });
        }
        let Some(start) = file.data_start() else {
            return Some(Entry { path, input: Err(ContainerError::corrupt("a member's place is missing")) });
        };
        let packed = Window { at: start, end: start.saturating_add(file.compressed_size()), ..self.window.clone() };
        let text: Box<dyn Read> = match file.compression() {
            CompressionMethod::Stored => Box::new(packed),
            CompressionMethod::Deflated => Box::new(DeflateDecoder::new(packed)),
            method => {
                return Some(Entry { path, input: Err(ContainerError::Unsupported(method.to_string())) });
            }
        };
        let checked = Checked { text, crc: Crc::new(), expected_crc: file.crc32(), left: file.size() };
        Some(Entry { path, input: Ok(Input::Stream(Box::new(checked))) })
    }
}

impl Layer for Zip {
    fn next_entry(&mut self) -> Option<Entry> {
        while self.next < self.archive.len() {
            self.next += 1;
            if let Some(entry) = self.member(self.next - 1) {
                return Some(entry);
            }
        }
        self.lacks.pop().map(|lack| Entry { path: String::new(), input: Err(lack) })
    }
}

/// Compares size and CRC-32 with the directory's when the content has been read.
struct Checked {
    text: Box<dyn Read>,
    crc: Crc,
    expected_crc: u32,
    left: u64,
}

impl Read for Checked {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.text.read(buffer)?;
        self.crc.update(&buffer[..count]);
        self.left = self.left.saturating_sub(count as u64);
        if count == 0 && !buffer.is_empty() {
            if self.left > 0 {
                return Err(ContainerError::Truncated.into());
            }
            if self.crc.sum() != self.expected_crc {
                return Err(ContainerError::corrupt("the checksum differs").into());
            }
        }
        Ok(count)
    }
}

fn directory_error(error: zip::result::ZipError) -> ContainerError {
    match error {
        zip::result::ZipError::Io(error) => ContainerError::of(&error),
        zip::result::ZipError::InvalidPassword => ContainerError::Encrypted,
        zip::result::ZipError::UnsupportedArchive(detail) => ContainerError::Unsupported(detail.to_string()),
        zip::result::ZipError::InvalidArchive(detail) if detail.contains("EOCD") => ContainerError::Truncated,
        other => ContainerError::corrupt(other),
    }
}
