//! Rotated logs, recognised from the names of the files that are open.
//!
//! ```text
//! audit.log  audit.log.1  audit.log.2.gz               logrotate: numbers, higher is older
//! audit.log-20240522  audit.log-20240522-1716391984     logrotate with dateext
//! 0.log  0.log.20240522-153304.gz                       kubelet
//! audit.log  audit-2024-05-22T15-33-04.123.log.gz       lumberjack, kube-apiserver's own: prefix-time.ext
//! ```

use std::collections::BTreeMap;

/// Missing numbers named one by one, at most.
const MAX_NAMED: usize = 20;

/// No log is kept in more files.
const MAX_NUMBER: u32 = 9999;

/// What packers add to a name.
const PACKED: [&str; 5] = [".gz", ".zst", ".zip", ".bz2", ".xz"];

/// Files that are one log, cut in time.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sequence {
    /// The name of the file that is being written, with its folder.
    pub name: String,
    /// Names as opened, the oldest first.
    pub files: Vec<String>,
    /// Names that the sequence has, by its numbers, and that are not open; the oldest first.
    pub missing: Vec<String>,
    /// How many more are missing than named.
    pub missing_more: u64,
    /// The file being written is open.
    pub has_current: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Mark {
    Time(String),
    /// Counts back from the file being written.
    Number(std::cmp::Reverse<u32>),
    Current,
}

/// The sequences among `names`, by name; a file that stands alone is none.
pub fn sequences<'n>(names: impl IntoIterator<Item = &'n str>) -> Vec<Sequence> {
    let mut groups: BTreeMap<String, Vec<(Mark, &str)>> = BTreeMap::new();
    for name in names {
        let (log, mark) = read(name);
        groups.entry(log).or_default().push((mark, name));
    }
    let is_rotated = |(_, files): &(String, Vec<(Mark, &str)>)| files.iter().any(|(mark, _)| *mark != Mark::Current);
    groups.into_iter().filter(is_rotated).map(|(name, files)| sequence(name, files)).collect()
}

fn sequence(name: String, mut files: Vec<(Mark, &str)>) -> Sequence {
    files.sort();
    let numbers: Vec<u32> = files
        .iter()
        .filter_map(|(mark, _)| match mark {
            Mark::Number(number) => Some(number.0),
            _ => None,
        })
        .collect();
    // Ascending in age: from the highest number down to 1.
    let highest = numbers.first().copied().unwrap_or(0);
    let missing_count = u64::from(highest) - numbers.iter().collect::<std::collections::BTreeSet<_>>().len() as u64;
    let missing = (1..highest).rev().filter(|number| !numbers.contains(number)).take(MAX_NAMED);
    let missing: Vec<String> = missing.map(|number| format!("{name}.{number}")).collect();
    Sequence {
        has_current: files.iter().any(|(mark, _)| *mark == Mark::Current),
        files: files.into_iter().map(|(_, name)| name.to_string()).collect(),
        missing_more: missing_count - missing.len() as u64,
        missing,
        name,
    }
}

/// The log that a file is a part of, and which part.
fn read(name: &str) -> (String, Mark) {
    let mut bare = name;
    while let Some(shorter) = PACKED.iter().find_map(|packed| bare.strip_suffix(packed)) {
        bare = shorter;
    }
    let file_start = bare.rfind('/').map_or(0, |slash| slash + 1);
    let (folder, file) = bare.split_at(file_start);
    let found = lumberjack(file).or_else(|| numbered(file)).or_else(|| dated(file));
    match found.filter(|(log, _)| !log.is_empty()) {
        Some((log, mark)) => (format!("{folder}{log}"), mark),
        None => (bare.to_string(), Mark::Current),
    }
}

/// `audit.log.1`, `audit.1`; but `v1.30` and `export-2024.05` are versions and dates.
fn numbered(file: &str) -> Option<(String, Mark)> {
    let (log, digits) = file.rsplit_once('.')?;
    let number =
        digits.parse().ok().filter(|number| (1..=MAX_NUMBER).contains(number) && !digits.starts_with(['0', '+']))?;
    let word = log.rsplit('.').next().unwrap_or_default();
    let is_word = !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_alphabetic());
    is_word.then(|| (log.to_string(), Mark::Number(std::cmp::Reverse(number))))
}

/// `audit.log-20240522`, `audit.log-20240522-1716391984`, `0.log.20240522-153304`.
fn dated(file: &str) -> Option<(String, Mark)> {
    let is_date = |text: &str| text.len() == 8 && is_digits(text) && text.starts_with(['1', '2']);
    let at = |separator: char| file.rsplit_once(separator).filter(|(_, end)| is_date(end));
    let (log, time) = match at('-').or_else(|| at('.')) {
        Some((log, date)) => (log, date.to_string()),
        None => {
            let (front, clock) = file.rsplit_once('-').filter(|(_, clock)| clock.len() >= 6 && is_digits(clock))?;
            let (log, date) = front.rsplit_once(['.', '-']).filter(|(_, date)| is_date(date))?;
            (log, format!("{date}-{clock}"))
        }
    };
    Some((log.to_string(), Mark::Time(time)))
}

/// `audit-2024-05-22T15-33-04.123.log` (natefinch/lumberjack, backupTimeFormat).
fn lumberjack(file: &str) -> Option<(String, Mark)> {
    const SHAPE: &[u8] = b"-0000-00-00T00-00-00.000";
    let fits = |window: &[u8]| {
        window.iter().zip(SHAPE).all(|(byte, of)| if *of == b'0' { byte.is_ascii_digit() } else { byte == of })
    };
    let at = file.as_bytes().windows(SHAPE.len()).rposition(fits)?;
    // Both ends are ASCII, so the cuts fall between characters.
    let (prefix, rest) = file.split_at(at);
    let (time, extension) = rest.split_at(SHAPE.len());
    let is_whole = extension.is_empty() || extension.starts_with('.');
    is_whole.then(|| ([prefix, extension].concat(), Mark::Time(time[1..].to_string())))
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Each sequence as `name: files, oldest first | missing`.
    fn check(names: &[&str], expected: &[&str]) {
        let told = |sequence: Sequence| {
            let mut missing = sequence.missing;
            if sequence.missing_more > 0 {
                missing.push(format!("+{}", sequence.missing_more));
            }
            if !sequence.has_current {
                missing.push("current".to_string());
            }
            format!("{}: {} | {}", sequence.name, sequence.files.join(" "), missing.join(" "))
        };
        let found: Vec<String> = sequences(names.iter().copied()).into_iter().map(told).collect();
        assert_eq!(found, expected, "{names:?}");
    }

    #[test]
    fn names() {
        check(&[], &[]);
        check(&["audit.log", "other.log", "10.0.0.1", "v1.30", "export-2024.05", "a.0", "a.01", "a.+1", ".1"], &[]);
        check(
            &["audit.log.30"],
            &[
                "audit.log: audit.log.30 | audit.log.29 audit.log.28 audit.log.27 audit.log.26 audit.log.25 audit.log.24 audit.log.23 audit.log.22 audit.log.21 audit.log.20 audit.log.19 audit.log.18 audit.log.17 audit.log.16 audit.log.15 audit.log.14 audit.log.13 audit.log.12 audit.log.11 audit.log.10 +9 current",
            ],
        );
        check(&["audit.log", "audit.log.1"], &["audit.log: audit.log.1 audit.log | "]);
        check(
            &["audit.log.2.gz", "audit.log", "audit.log.10", "audit.log.1"],
            &[
                "audit.log: audit.log.10 audit.log.2.gz audit.log.1 audit.log | audit.log.9 audit.log.8 audit.log.7 audit.log.6 audit.log.5 audit.log.4 audit.log.3",
            ],
        );
        check(&["audit.log.3"], &["audit.log: audit.log.3 | audit.log.2 audit.log.1 current"]);
        check(&["audit.log.1", "audit.log.1.gz"], &["audit.log: audit.log.1 audit.log.1.gz | current"]);
        check(&["n1/audit.log", "n2/audit.log.1"], &["n2/audit.log: n2/audit.log.1 | current"]);
        check(
            &["a.zip/n1/audit.log", "a.zip/n1/audit.log.1"],
            &["a.zip/n1/audit.log: a.zip/n1/audit.log.1 a.zip/n1/audit.log | "],
        );
        check(
            &["audit.log", "audit-2024-05-22T15-33-04.123.log.gz", "audit-2024-05-21T15-33-04.123.log"],
            &["audit.log: audit-2024-05-21T15-33-04.123.log audit-2024-05-22T15-33-04.123.log.gz audit.log | "],
        );
        check(
            &["master-0-audit-2024-05-22T15-33-04.123.log"],
            &["master-0-audit.log: master-0-audit-2024-05-22T15-33-04.123.log | current"],
        );
        check(&["audit-2024-05-22T15-33-04.123x.log", "-2024-05-22T15-33-04.123"], &[]);
        check(
            &["audit.log-20240522.gz", "audit.log-20240521", "audit.log-20240521-1716300000"],
            &["audit.log: audit.log-20240521 audit.log-20240521-1716300000 audit.log-20240522.gz | current"],
        );
        check(&["0.log", "0.log.20240522-153304.gz"], &["0.log: 0.log.20240522-153304.gz 0.log | "]);
    }

    proptest! {
        #[test]
        fn any_name_is_answered(names in prop::collection::vec("[a0-9.é/-]{0,12}|\\PC{0,12}|-2024-05-22T15-33-04.123[.é]?", 0..6)) {
            let files: usize = sequences(names.iter().map(String::as_str)).iter().map(|sequence| sequence.files.len()).sum();
            prop_assert!(files <= names.len());
        }
    }
}
