//! Container logs as the kubelet keeps them (kubernetes/kubernetes
//! pkg/kubelet/kuberuntime/logs: CRI log format).
//!
//! ```text
//! 2016-10-06T00:17:09.669794202Z stdout F {"kind":"Event",…}
//! ```
//!
//! A long line comes as parts tagged `P`, the last one `F`.

/// Enough of a line to tell whether it is a part.
pub const HEAD_BYTES: usize = 64;

/// Whether more of the same line follows; `line` is its first [`HEAD_BYTES`] or more.
pub fn is_part(line: &[u8]) -> bool {
    split(line).is_some_and(|(tags, _)| tags.split(|&byte| byte == b':').next() == Some(b"P"))
}

/// Tags and text of a line.
pub fn split(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut parts = line.splitn(4, |&byte| byte == b' ');
    let (time, stream) = (parts.next()?, parts.next()?);
    let is_cri = time.len() >= 20 && time[4] == b'-' && time[10] == b'T' && matches!(stream, b"stdout" | b"stderr");
    let tags = parts.next().filter(|tags| is_cri && matches!(tags.first(), Some(b'P' | b'F')))?;
    Some((tags, parts.next().unwrap_or_default()))
}
