//! What a stream of bytes is, told from its first bytes.

use super::Shape;

/// A layer to peel before records can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layer {
    Gzip,
    Zstd,
    Zip,
    Tar,
    Utf16Le,
    Utf16Be,
    /// UTF-8 with a byte order mark: three bytes to step over.
    Utf8Bom,
}

/// How many bytes [`layer`] and [`shape`] want to see, where there are as many.
pub const HEAD_BYTES: usize = 64 << 10;

/// The outermost layer, by magic bytes; `None` for plain text.
pub fn layer(head: &[u8]) -> Option<Layer> {
    match head {
        [0x1f, 0x8b, ..] => Some(Layer::Gzip),
        [0x28, 0xb5, 0x2f, 0xfd, ..] => Some(Layer::Zstd),
        [b'P', b'K', 3, 4, ..] | [b'P', b'K', 5, 6, ..] => Some(Layer::Zip),
        [0xff, 0xfe, ..] => Some(Layer::Utf16Le),
        [0xfe, 0xff, ..] => Some(Layer::Utf16Be),
        [0xef, 0xbb, 0xbf, ..] => Some(Layer::Utf8Bom),
        _ if head.get(257..262) == Some(b"ustar") => Some(Layer::Tar),
        _ => None,
    }
}

/// The shape of plain text, by its first records.
pub fn shape(head: &[u8]) -> Shape {
    let first_line = head.split(|&byte| byte == b'\n').find(|line| !line.trim_ascii().is_empty());
    match first_line.map(<[u8]>::trim_ascii) {
        Some(line) if line.first() == Some(&b'{') && line.last() == Some(&b'}') => Shape::Lines,
        Some([b'{' | b'[', ..]) => Shape::Values,
        _ => Shape::Lines,
    }
}
