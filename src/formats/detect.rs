//! What a stream of bytes is, told from its first bytes; the name is never asked.

use super::Shape;
use super::json::begins_list;
use super::origin::Labels;
use super::outline::{Finds, Open, Outline};
use super::wrapper::{cri, csv, docker, logcli};

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
    /// Packed in a way that is known but not unpacked here; its name.
    Unsupported(&'static str),
}

impl Layer {
    pub fn label(self) -> &'static str {
        match self {
            Layer::Gzip => "gzip",
            Layer::Zstd => "zstd",
            Layer::Zip => "zip",
            Layer::Tar => "tar",
            Layer::Utf16Le | Layer::Utf16Be => "UTF-16",
            Layer::Utf8Bom => "UTF-8 with a mark",
            Layer::Unsupported(name) => name,
        }
    }
}

/// How many bytes [`layer`] and [`binary`] want to see, where there are as many.
pub const LAYER_BYTES: usize = 512;
/// How many bytes [`shape`] wants to see, where there are as many.
pub const HEAD_BYTES: usize = 64 << 10;

/// The outermost layer, by magic bytes; `None` for plain text.
pub fn layer(head: &[u8]) -> Option<Layer> {
    match head {
        [0x1f, 0x8b, ..] => Some(Layer::Gzip),
        // A skippable frame may come first (RFC 8878 section 3.1.2).
        [0x28, 0xb5, 0x2f, 0xfd, ..] | [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => Some(Layer::Zstd),
        [b'P', b'K', 3, 4, ..] | [b'P', b'K', 5, 6, ..] => Some(Layer::Zip),
        [0xff, 0xfe, ..] => Some(Layer::Utf16Le),
        [0xfe, 0xff, ..] => Some(Layer::Utf16Be),
        [0xef, 0xbb, 0xbf, ..] => Some(Layer::Utf8Bom),
        [b'B', b'Z', b'h', b'1'..=b'9', ..] => Some(Layer::Unsupported("bzip2")),
        [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => Some(Layer::Unsupported("xz")),
        [b'7', b'z', 0xbc, 0xaf, 0x27, 0x1c, ..] => Some(Layer::Unsupported("7-Zip")),
        [b'R', b'a', b'r', b'!', 0x1a, 7, ..] => Some(Layer::Unsupported("RAR")),
        [0x04, 0x22, 0x4d, 0x18, ..] => Some(Layer::Unsupported("LZ4")),
        [b'P', b'A', b'R', b'1', ..] => Some(Layer::Unsupported("Parquet")),
        [0xff, 0x06, 0, 0, b's', b'N', b'a', b'P', b'p', b'Y', ..] => Some(Layer::Unsupported("Snappy")),
        _ if head.get(257..262) == Some(b"ustar") => Some(Layer::Tar),
        _ => None,
    }
}

/// What a head that is no text looks like; `None` for text.
pub fn binary(head: &[u8]) -> Option<&'static str> {
    match head {
        [0x89, b'P', b'N', b'G', ..] | [0xff, 0xd8, 0xff, ..] | [b'G', b'I', b'F', b'8', ..] => Some("a picture"),
        [b'%', b'P', b'D', b'F', b'-', ..] => Some("a PDF document"),
        [0x7f, b'E', b'L', b'F', ..] => Some("a program"),
        _ if head.starts_with(b"SQLite format 3\0") => Some("an SQLite database"),
        _ if head.contains(&0) => Some("binary data"),
        _ => None,
    }
}

/// The shape of plain text, by its first [`HEAD_BYTES`].
pub fn shape(head: &[u8]) -> Shape {
    let start = head.iter().position(|byte| !byte.is_ascii_whitespace()).unwrap_or(head.len());
    let head = &head[start..];
    let line_end = memchr::memchr(b'\n', head);
    let line = &head[..line_end.unwrap_or(head.len())];
    if let Some(csv) = csv::detect(head) {
        return csv;
    }
    match line.first() {
        Some(_) if cri::Line::of(line).is_some() => Shape::Cri,
        Some(_) if docker::is_record(line) => Shape::Docker,
        Some(b'[') if begins_list(head) => Shape::values(),
        // Without a newline in sight it may be one value of any size.
        Some(b'{') if line_end.is_none() || !is_one_line(line) => Shape::values(),
        _ => match origin_of_header(head) {
            Some(origin) => Shape::LinesFrom { origin },
            None => Shape::Lines,
        },
    }
}

/// Lines of a text download's header, at most.
const HEADER_LINES: usize = 16;

/// What a text download says of all its lines, in Grafana's words or logcli's.
fn origin_of_header(head: &[u8]) -> Option<String> {
    const MARK: &[u8] = b"Common labels:";
    let is_header = |line: &&[u8]| !matches!(line.first(), Some(b'{'));
    let mut lines = head.split(|&byte| byte == b'\n').take(HEADER_LINES).filter(is_header);
    let set = lines.find_map(|line| Some(line[memchr::memmem::find(line, MARK)? + MARK.len()..].trim_ascii()))?;
    let mut labels = Labels::default();
    match set.strip_prefix(b"{").and_then(|set| set.strip_suffix(b"}")) {
        Some(inside) if !inside.trim_ascii_start().starts_with(b"\"") => logcli::add_label_set(inside, &mut labels),
        _ => labels.add_object(set),
    }
    Some(labels.into_origin("")).filter(|origin| !origin.is_empty())
}

/// Whether every value of a line ends in it, and none is a list of records.
fn is_one_line(line: &[u8]) -> bool {
    struct Plain(bool);
    impl Finds for Plain {
        fn record(&mut self, above: &[Open], _: &[u8], _: usize, _: usize) {
            self.0 &= above.is_empty();
        }
        fn line(&mut self, _: &[Open], _: &[u8], _: usize, _: usize) {}
    }
    let mut plain = Plain(true);
    let mut outline = Outline::new();
    outline.walk(line, false, &mut plain);
    plain.0 && outline.is_at_top()
}
