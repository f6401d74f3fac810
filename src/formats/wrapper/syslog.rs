//! Syslog, RFC 3164 and RFC 5424.
//!
//! ```text
//! <134>May 22 15:33:04 node-1 kube-apiserver: {"kind":"Event",…}
//! <134>1 2024-05-22T15:33:04.123456Z node-1 kube-apiserver 1 - - {"kind":"Event",…}
//! ```
//!
//! Lost: syslog's own timestamp, priority and tag.

use crate::formats::origin::Labels;

const MONTHS: [&[u8]; 12] =
    [b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec"];

pub(super) fn read_prefix(prefix: &[u8], labels: &mut Labels) -> bool {
    let (has_priority, rest) = match prefix.strip_prefix(b"<") {
        Some(rest) => match rest.iter().position(|&byte| byte == b'>') {
            Some(end) if end > 0 && rest[..end].iter().all(u8::is_ascii_digit) => (true, &rest[end + 1..]),
            _ => return false,
        },
        None => (false, prefix),
    };
    let mut words = rest.split(|byte| byte.is_ascii_whitespace()).filter(|word| !word.is_empty());
    let first = words.next().unwrap_or_default();
    let host = if MONTHS.contains(&first) {
        words.nth(2)
    } else if has_priority && first == b"1" {
        words.nth(1)
    } else if has_priority {
        None
    } else {
        return false;
    };
    labels.add("host", host.unwrap_or_default());
    true
}
