//! What may go wrong while unpacking, in words a person can act on.

use std::fmt;
use std::io;

/// Why a file or an archive's member could not be read, from some point on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ContainerError {
    /// A zip member behind a password.
    Encrypted,
    /// Packed in a way this build does not unpack; the method's name.
    Unsupported(String),
    /// The packed data ends too early.
    Truncated,
    /// The packed data contradicts itself; the unpacker's own words.
    Corrupt(String),
    /// Neither text nor anything known to hold text; what it looks like.
    NotText(&'static str),
    /// More than [`super::MAX_DEPTH`] layers inside one another.
    TooDeep,
    /// An archive inside an archive must be held in memory, and this one is larger than this many bytes.
    TooLarge(u64),
    /// The file itself could not be read; the system's own words.
    Read(String),
}

impl fmt::Display for ContainerError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Encrypted => write!(out, "It is protected by a password."),
            Self::Unsupported(method) => write!(out, "It is packed as {method}, which cannot be unpacked here."),
            Self::Truncated => write!(out, "The packed data ends too early."),
            Self::Corrupt(detail) => write!(out, "The packed data is damaged ({detail})."),
            Self::NotText(kind) => write!(out, "It is {kind}, not text."),
            Self::TooDeep => write!(out, "It is packed more than {} times over.", super::MAX_DEPTH),
            Self::TooLarge(limit) => {
                write!(out, "It is an archive inside an archive and larger than {} MiB.", limit >> 20)
            }
            Self::Read(detail) => write!(out, "The file could not be read ({detail})."),
        }
    }
}

impl ContainerError {
    /// What it means for the data.
    pub fn meaning(&self) -> &'static str {
        match self {
            Self::Truncated | Self::Corrupt(_) | Self::Read(_) => {
                "What was unpacked before this point is kept; the rest is missing."
            }
            _ => "Nothing of it was read. Everything else was read as usual.",
        }
    }

    /// What to do about it.
    pub fn advice(&self) -> &'static str {
        match self {
            Self::Encrypted => "Unpack it with its password, then open what was inside.",
            Self::Unsupported(_) => "Unpack it with another program, then open what was inside.",
            Self::Truncated => "Copy or download it again; the transfer may have been cut short.",
            Self::Corrupt(_) => "Copy or download it again, or test it with the program that made it.",
            Self::NotText(_) => "Export the audit log as text, JSON or CSV.",
            Self::TooDeep => "Unpack it, then open what was inside.",
            Self::TooLarge(_) => "Unpack the outer archive, then open the inner one.",
            Self::Read(_) => "Check that the file is still there and may be read, then add it again.",
        }
    }

    /// The error that a member's reader reported.
    pub fn of(error: &io::Error) -> ContainerError {
        if let Some(known) = error.get_ref().and_then(|inner| inner.downcast_ref::<ContainerError>()) {
            return known.clone();
        }
        match error.kind() {
            io::ErrorKind::UnexpectedEof => Self::Truncated,
            io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput => Self::Corrupt(error.to_string()),
            _ => Self::Read(error.to_string()),
        }
    }

    pub(super) fn corrupt(detail: impl fmt::Display) -> ContainerError {
        Self::Corrupt(detail.to_string())
    }
}

impl std::error::Error for ContainerError {}

impl From<ContainerError> for io::Error {
    fn from(error: ContainerError) -> io::Error {
        io::Error::new(io::ErrorKind::InvalidData, error)
    }
}
