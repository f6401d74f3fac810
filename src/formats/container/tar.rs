//! Members of a tar, streamed: the `tar` crate reads each header (pax and GNU
//! long names too), the content is handed on without being held.

use super::{ContainerError, Entry, Input, Layer};
use std::cell::RefCell;
use std::io::{self, Read};
use std::rc::Rc;

/// Content is padded to whole blocks.
const BLOCK_BYTES: u64 = 512;

enum Kind {
    File,
    /// Its content is there in parts, with a map of them.
    Sparse,
    /// A folder, a link and the like.
    Other,
}

struct Stream {
    packed: Box<dyn Read>,
    /// Number of the entry whose content comes next.
    entry: u64,
    /// Bytes of that content still to come, and of padding after it.
    left: u64,
    padding: u64,
}

pub struct Tar(Rc<RefCell<Stream>>);

impl Tar {
    pub fn new(packed: Box<dyn Read>) -> Self {
        Tar(Rc::new(RefCell::new(Stream { packed, entry: 0, left: 0, padding: 0 })))
    }
}

impl Layer for Tar {
    fn next_entry(&mut self) -> Option<Entry> {
        let found = self.0.borrow_mut().next_file()?;
        Some(match found {
            Err(error) => Entry { path: String::new(), input: Err(error) },
            Ok((path, Kind::Sparse)) => {
                Entry { path, input: Err(ContainerError::Unsupported("a sparse file of tar".to_string())) }
            }
            Ok((path, _)) => {
                let content = Content { entry: self.0.borrow().entry, stream: Rc::clone(&self.0) };
                Entry { path, input: Ok(Input::Stream(Box::new(content))) }
            }
        })
    }
}

impl Stream {
    /// Moves to the next file and returns its path.
    fn next_file(&mut self) -> Option<Result<(String, Kind), ContainerError>> {
        loop {
            match self.next_header().transpose()? {
                Ok((_, Kind::Other)) => {}
                Ok(found) => return Some(Ok(found)),
                Err(error) => {
                    // Without a header nothing tells where the next one is.
                    self.packed = Box::new(io::empty());
                    self.left = 0;
                    self.padding = 0;
                    return Some(Err(header_error(&error)));
                }
            }
        }
    }

    /// Path of the next entry and what it is; `None` at the end of all, where what this is packed in tells its checksum.
    fn next_header(&mut self) -> io::Result<Option<(String, Kind)>> {
        let rest = self.left.saturating_add(self.padding);
        self.left = 0;
        self.padding = 0;
        self.entry += 1;
        if io::copy(&mut self.packed.by_ref().take(rest), &mut io::sink())? < rest {
            return Err(ContainerError::Truncated.into());
        }
        // A fresh archive per entry: it reads just the header's blocks, and borrows nothing afterwards.
        let mut archive = tar::Archive::new(&mut self.packed);
        // An archive ends with zeros; another may be joined to it.
        archive.set_ignore_zeros(true);
        let Some(entry) = archive.entries()?.next().transpose()? else { return Ok(None) };
        let path = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        let kind = match entry.header().entry_type() {
            of if of.is_file() || of.is_contiguous() => Kind::File,
            of if of.is_gnu_sparse() => Kind::Sparse,
            _ => Kind::Other,
        };
        self.left = match kind {
            // Of a sparse file `size` tells how large it would be unpacked.
            Kind::Sparse => entry.header().entry_size()?,
            _ => entry.size(),
        };
        self.padding = self.left.checked_next_multiple_of(BLOCK_BYTES).map_or(0, |whole| whole - self.left);
        Ok(Some((path, kind)))
    }
}

/// The crate's own errors have no kind of their own.
fn header_error(error: &io::Error) -> ContainerError {
    if error.get_ref().is_some_and(|inner| inner.is::<ContainerError>()) {
        return ContainerError::of(error);
    }
    match ContainerError::of(error) {
        ContainerError::Read(detail) if detail.contains("entire block") => ContainerError::Truncated,
        ContainerError::Read(detail) => ContainerError::Corrupt(detail),
        known => known,
    }
}

struct Content {
    stream: Rc<RefCell<Stream>>,
    entry: u64,
}

impl Read for Content {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let stream = &mut *self.stream.borrow_mut();
        if stream.entry != self.entry || stream.left == 0 || buffer.is_empty() {
            return Ok(0);
        }
        let most = buffer.len().min(usize::try_from(stream.left).unwrap_or(usize::MAX));
        let count = stream.packed.read(&mut buffer[..most])?;
        if count == 0 {
            stream.left = 0;
            stream.padding = 0;
            return Err(ContainerError::Truncated.into());
        }
        stream.left -= count as u64;
        Ok(count)
    }
}
