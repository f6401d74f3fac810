//! Containers: a file to the members of plain UTF-8 text in it, one after
//! another, whatever it is packed in and however often.
//!
//! Absent here: what the text means ([`super::split`], [`super::parse`]).

mod error;
mod gzip;
mod tar;
mod text;
mod zip;
mod zstd;

pub use error::ContainerError;

use super::detect::{self, Layer as Wrapping};
use std::io::{self, BufReader, Cursor, Read, Seek, SeekFrom};

/// Layers peeled off one another, at most.
pub const MAX_DEPTH: usize = 8;
/// A zip inside another container must be sought in, so it is held in memory up to this many bytes.
pub const MAX_INNER_ZIP_BYTES: u64 = 1 << 30;
/// Read from the file at a time, at least.
const READ_BYTES: usize = 256 << 10;

pub trait ReadSeek: Read + Seek {}
impl<T: Read + Seek> ReadSeek for T {}

/// A stretch of plain text found in a file.
pub struct Member {
    /// The file's name, and inside archives `archive.zip/folder/member.log`.
    pub path: String,
    /// `zip › gzip`; empty for a plain file.
    pub container: String,
    /// UTF-8 without byte order mark (bytes that are no UTF-8 pass as they are).
    /// An error read from it is told by [`ContainerError::of`].
    pub text: Box<dyn Read>,
}

/// A member, or a whole file, that could not be opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failed {
    pub path: String,
    pub container: String,
    pub error: ContainerError,
}

/// Opens a file. Each member must be read before the next is asked for: what is
/// left unread of it is lost. A failed member does not stop the others.
pub fn open(file: impl Read + Seek + 'static, name: &str) -> Members {
    let input = Input::Seekable(Box::new(file));
    Members {
        first: Some(Found { path: name.to_string(), layers: Vec::new(), input: Ok(input) }),
        stack: Vec::new(),
        empty: 0,
    }
}

/// The members of a file, in the order they lie there.
pub struct Members {
    first: Option<Found>,
    stack: Vec<Archive>,
    /// Members without a single byte, so far.
    pub empty: u64,
}

/// Somewhere to read from.
pub(crate) enum Input {
    Seekable(Box<dyn ReadSeek>),
    Stream(Box<dyn Read>),
}

/// What an archive holds next.
pub(crate) struct Entry {
    path: String,
    input: Result<Input, ContainerError>,
}

/// An archive being walked.
pub(crate) trait Layer {
    /// The next regular file, or an error in its place; `None` at the end.
    fn next_entry(&mut self) -> Option<Entry>;
}

struct Archive {
    path: String,
    layers: Vec<&'static str>,
    layer: Box<dyn Layer>,
}

struct Found {
    path: String,
    layers: Vec<&'static str>,
    input: Result<Input, ContainerError>,
}

enum Peeled {
    Text(Box<dyn Read>),
    Archive(Box<dyn Layer>),
    Empty,
}

impl Iterator for Members {
    type Item = Result<Member, Failed>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let is_whole_file = self.first.is_some();
            let Found { path, mut layers, input } = self.next_found()?;
            let peeled = input.and_then(|input| peel(input, &mut layers));
            match peeled {
                Ok(Peeled::Archive(layer)) => self.stack.push(Archive { path, layers, layer }),
                Ok(Peeled::Empty) if !is_whole_file => self.empty += 1,
                Ok(Peeled::Empty) => {
                    return Some(Ok(Member { path, container: label(&layers), text: Box::new(io::empty()) }));
                }
                Ok(Peeled::Text(text)) => return Some(Ok(Member { path, container: label(&layers), text })),
                Err(error) => return Some(Err(Failed { path, container: label(&layers), error })),
            }
        }
    }
}

impl Members {
    fn next_found(&mut self) -> Option<Found> {
        if let Some(first) = self.first.take() {
            return Some(first);
        }
        loop {
            let archive = self.stack.last_mut()?;
            match archive.layer.next_entry() {
                None => drop(self.stack.pop()),
                Some(entry) if is_metadata(&entry.path) => {}
                Some(entry) => {
                    let path = match entry.path.trim_start_matches("./") {
                        "" => archive.path.clone(),
                        inner => format!("{}/{inner}", archive.path),
                    };
                    return Some(Found { path, layers: archive.layers.clone(), input: entry.input });
                }
            }
        }
    }
}

fn label(layers: &[&str]) -> String {
    layers.join(" › ")
}

/// What macOS adds to archives beside the files themselves.
fn is_metadata(path: &str) -> bool {
    path.split('/').any(|part| part == "__MACOSX")
        || path.rsplit('/').next().is_some_and(|name| name.starts_with("._") || name == ".DS_Store")
}

/// Peels layers off until there is text, or an archive of several members.
fn peel(mut input: Input, layers: &mut Vec<&'static str>) -> Result<Peeled, ContainerError> {
    let mut is_marked = false;
    loop {
        if layers.len() > MAX_DEPTH {
            return Err(ContainerError::TooDeep);
        }
        let (head, whole) = peek(input).map_err(|error| ContainerError::of(&error))?;
        if head.is_empty() {
            return Ok(Peeled::Empty);
        }
        // A second mark is text: marks without end would be layers without end.
        let wrapping = detect::layer(&head).filter(|wrapping| !(is_marked && *wrapping == Wrapping::Utf8Bom));
        let Some(wrapping) = wrapping else {
            return match detect::binary(&head) {
                Some(kind) => Err(ContainerError::NotText(kind)),
                None => Ok(Peeled::Text(whole.into_stream())),
            };
        };
        layers.push(wrapping.label());
        let stream: Box<dyn Read> = match wrapping {
            Wrapping::Gzip => Box::new(gzip::Gzip::new(BufReader::with_capacity(READ_BYTES, whole.into_stream()))),
            Wrapping::Zstd => Box::new(zstd::Zstd::new(BufReader::with_capacity(READ_BYTES, whole.into_stream()))),
            Wrapping::Tar => return Ok(Peeled::Archive(Box::new(tar::Tar::new(whole.into_stream())))),
            Wrapping::Zip => return Ok(Peeled::Archive(Box::new(zip::Zip::open(whole.into_seekable()?)?))),
            Wrapping::Utf8Bom => {
                layers.pop();
                is_marked = true;
                after(whole.into_stream(), 3)?
            }
            Wrapping::Utf16Le => Box::new(text::Utf16::new(after(whole.into_stream(), 2)?, false)),
            Wrapping::Utf16Be => Box::new(text::Utf16::new(after(whole.into_stream(), 2)?, true)),
            Wrapping::Unsupported(name) => return Err(ContainerError::Unsupported(name.to_string())),
        };
        input = Input::Stream(stream);
    }
}

/// The first bytes, and the input as if they had not been read.
fn peek(mut input: Input) -> io::Result<(Vec<u8>, Input)> {
    let mut head = Vec::with_capacity(detect::LAYER_BYTES);
    match &mut input {
        Input::Seekable(file) => {
            file.take(detect::LAYER_BYTES as u64).read_to_end(&mut head)?;
            file.seek(SeekFrom::Start(0))?;
            Ok((head, input))
        }
        Input::Stream(stream) => {
            // An error here is met again, at its place, by whoever reads the member.
            let met = stream.take(detect::LAYER_BYTES as u64).read_to_end(&mut head);
            match met {
                Err(error) if head.is_empty() => Err(error),
                met => {
                    let rest: Box<dyn Read> = match (met, input) {
                        (Err(error), _) => Box::new(Failing(Some(error))),
                        (Ok(_), input) => input.into_stream(),
                    };
                    Ok((head.clone(), Input::Stream(Box::new(Cursor::new(head).chain(rest)))))
                }
            }
        }
    }
}

/// Reports an error that was met while peeking.
struct Failing(Option<io::Error>);

impl Read for Failing {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        self.0.take().map_or(Ok(0), Err)
    }
}

fn after(mut stream: Box<dyn Read>, bytes: u64) -> Result<Box<dyn Read>, ContainerError> {
    match io::copy(&mut stream.by_ref().take(bytes), &mut io::sink()) {
        Ok(_) => Ok(stream),
        Err(error) => Err(ContainerError::of(&error)),
    }
}

impl Input {
    fn into_stream(self) -> Box<dyn Read> {
        match self {
            Input::Seekable(file) => Box::new(BufReader::with_capacity(READ_BYTES, file)),
            Input::Stream(stream) => stream,
        }
    }

    /// Itself, or all of it in memory.
    fn into_seekable(self) -> Result<Box<dyn ReadSeek>, ContainerError> {
        match self {
            Input::Seekable(file) => Ok(file),
            Input::Stream(stream) => {
                let mut bytes = Vec::new();
                let count = stream.take(MAX_INNER_ZIP_BYTES + 1).read_to_end(&mut bytes);
                match count {
                    Ok(count) if count as u64 > MAX_INNER_ZIP_BYTES => {
                        Err(ContainerError::TooLarge(MAX_INNER_ZIP_BYTES))
                    }
                    Ok(_) => Ok(Box::new(Cursor::new(bytes))),
                    // A browser's memory may be at its end before.
                    Err(error) if error.kind() == io::ErrorKind::OutOfMemory => {
                        Err(ContainerError::TooLarge(MAX_INNER_ZIP_BYTES))
                    }
                    Err(error) => Err(ContainerError::of(&error)),
                }
            }
        }
    }
}
