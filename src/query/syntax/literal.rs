//! Times and durations as the search bar spells them.

use crate::model::time::{MICROS_PER_DAY, MICROS_PER_SECOND, days_from_civil, format_rfc3339, parse_rfc3339};
use crate::model::{Micros, TimeRange, time::civil_from_days};

/// Years 0000 to 9999: what RFC 3339 can spell.
pub(super) const TIMES: std::ops::RangeInclusive<Micros> = -62_167_219_200_000_000..=253_402_300_799_999_999;

/// A typed point in time, as coarse as it was typed.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum TimeLiteral {
    /// With decimals.
    Instant(Micros),
    /// A whole year, month, day, minute or second.
    Span(TimeRange),
}

/// RFC 3339, without a zone (then UTC), without decimals, or cut after the year, month, day or minute.
pub(super) fn parse_time(text: &str) -> Option<TimeLiteral> {
    let bytes = text.as_bytes();
    let instant = parse_rfc3339(bytes).or_else(|| parse_rfc3339(format!("{text}Z").as_bytes()));
    if let Some(micros) = instant {
        let start_micros = micros.clamp(*TIMES.start(), *TIMES.end());
        let second = TimeRange { start_micros, end_micros: start_micros + MICROS_PER_SECOND };
        return Some(if text.contains('.') { TimeLiteral::Instant(start_micros) } else { TimeLiteral::Span(second) });
    }
    let minute_text = text.strip_suffix(['Z', 'z']).unwrap_or(text);
    if minute_text.len() == 16 {
        let start_micros = parse_rfc3339(format!("{minute_text}:00Z").as_bytes())?;
        return Some(TimeLiteral::Span(TimeRange { start_micros, end_micros: start_micros + 60 * MICROS_PER_SECOND }));
    }
    let (start, end) = parse_days(text)?;
    Some(TimeLiteral::Span(TimeRange { start_micros: start * MICROS_PER_DAY, end_micros: end * MICROS_PER_DAY }))
}

/// Days since 1970 of a year, month or day: the first, and the one after the last.
fn parse_days(text: &str) -> Option<(i64, i64)> {
    let mut parts = text.split('-');
    let mut number = |digits: usize| -> Option<Option<i64>> {
        match parts.next() {
            None => Some(None),
            Some(part) if part.len() == digits && part.bytes().all(|byte| byte.is_ascii_digit()) => {
                part.parse().ok().map(Some)
            }
            Some(_) => None,
        }
    };
    let (year, month, day) = (number(4)??, number(2)?, number(2)?);
    if parts.next().is_some() || month.is_some_and(|month| !(1..=12).contains(&month)) {
        return None;
    }
    Some(match (month, day) {
        (Some(month), Some(day)) => {
            let first = days_from_civil(year, month, day);
            if civil_from_days(first) != (year, month, day) {
                return None;
            }
            (first, first + 1)
        }
        (Some(month), None) => {
            let (next_year, next_month) = if month == 12 { (year + 1, 1) } else { (year, month + 1) };
            (days_from_civil(year, month, 1), days_from_civil(next_year, next_month, 1))
        }
        _ => (days_from_civil(year, 1, 1), days_from_civil(year + 1, 1, 1)),
    })
}

/// RFC 3339 in UTC, with as many decimals as are needed.
pub fn print_time(micros: Micros) -> String {
    let full = format_rfc3339(micros.clamp(*TIMES.start(), *TIMES.end()));
    let digits = full.trim_end_matches('Z').trim_end_matches('0').trim_end_matches('.');
    // Whole seconds end in `:00` or the like: only decimals may be trimmed.
    if full.as_bytes().get(20..26) == Some(b"000000") { format!("{}Z", &full[..19]) } else { format!("{digits}Z") }
}

/// The same with decimals always, so that it is read as a moment and not as a whole second.
pub(super) fn print_moment(micros: Micros) -> String {
    let time = print_time(micros);
    if time.contains('.') { time } else { time.replace('Z', ".0Z") }
}

const UNITS: &[(&str, i128)] = &[
    ("us", 1_000),
    ("µs", 1_000),
    ("μs", 1_000),
    ("ns", 1),
    ("ms", 1_000_000),
    ("min", 60_000_000_000),
    ("s", 1_000_000_000),
    ("m", 60_000_000_000),
    ("h", 3_600_000_000_000),
    ("d", 86_400_000_000_000),
];

/// Micros of `250ms`, `1.5s`, `1m30s`, `-2h`; cut below the microsecond. `None`: not a duration, or too long.
pub(super) fn parse_duration(text: &str) -> Option<i64> {
    let (sign, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text),
    };
    if rest == "0" {
        return Some(0);
    }
    let mut nanos: i128 = 0;
    loop {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (whole, decimals) = rest[..end].split_once('.').unwrap_or((&rest[..end], ""));
        let (unit, unit_nanos) = UNITS.iter().find(|(unit, _)| rest[end..].starts_with(unit))?;
        if whole.is_empty() && decimals.is_empty() || whole.len() > 20 || decimals.contains('.') {
            return None;
        }
        let whole: i128 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
        nanos = nanos.saturating_add(whole * unit_nanos);
        let mut place_nanos = *unit_nanos;
        for digit in decimals.bytes() {
            place_nanos /= 10;
            nanos = nanos.saturating_add(i128::from(digit - b'0') * place_nanos);
        }
        rest = &rest[end + unit.len()..];
        if rest.is_empty() {
            break;
        }
    }
    i64::try_from(sign * (nanos / 1_000)).ok()
}

/// `250ms`, `1.5s`, `15us`: exact.
pub fn print_duration(micros: i64) -> String {
    let (sign, size) = (if micros < 0 { "-" } else { "" }, micros.unsigned_abs());
    let (unit, unit_micros, places) = match size {
        0..1_000 => ("us", 1, 0),
        1_000..1_000_000 => ("ms", 1_000, 3),
        _ => ("s", 1_000_000, 6),
    };
    let decimals = format!("{:0places$}", size % unit_micros);
    let decimals = decimals.trim_end_matches('0');
    let point = if decimals.is_empty() { "" } else { "." };
    format!("{sign}{}{point}{decimals}{unit}", size / unit_micros)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn times() {
        let check = |text: &str, expected: Option<(&str, Option<&str>)>| {
            let found = parse_time(text).map(|literal| match literal {
                TimeLiteral::Instant(micros) => (print_time(micros), None),
                TimeLiteral::Span(span) => (print_time(span.start_micros), Some(print_time(span.end_micros))),
            });
            let expected = expected.map(|(start, end)| (start.to_string(), end.map(str::to_string)));
            assert_eq!(found, expected, "{text}");
        };
        check("2026-11-23T09:00:00Z", Some(("2026-11-23T09:00:00Z", Some("2026-11-23T09:00:01Z"))));
        check("2026-11-23T09:00:00.120Z", Some(("2026-11-23T09:00:00.12Z", None)));
        check("2026-11-23T09:00:10", Some(("2026-11-23T09:00:10Z", Some("2026-11-23T09:00:11Z"))));
        check("2026-11-23T09:00:00+01:00", Some(("2026-11-23T08:00:00Z", Some("2026-11-23T08:00:01Z"))));
        check("2026-11-23T09:05", Some(("2026-11-23T09:05:00Z", Some("2026-11-23T09:06:00Z"))));
        check("2026-11-23 09:05Z", Some(("2026-11-23T09:05:00Z", Some("2026-11-23T09:06:00Z"))));
        check("2026-11-23", Some(("2026-11-23T00:00:00Z", Some("2026-11-24T00:00:00Z"))));
        check("2026-12", Some(("2026-12-01T00:00:00Z", Some("2027-01-01T00:00:00Z"))));
        check("2026", Some(("2026-01-01T00:00:00Z", Some("2027-01-01T00:00:00Z"))));
        for bad in ["", "26", "2026-13", "2026-02-30", "2026-1-1", "2026-11-23T", "2026-11-23T09", "2026-11-23-01", "é"]
        {
            check(bad, None);
        }
    }

    #[test]
    fn durations() {
        for (text, micros) in [
            ("250ms", Some(250_000)),
            ("1.5s", Some(1_500_000)),
            ("0", Some(0)),
            ("0s", Some(0)),
            ("15us", Some(15)),
            ("15µs", Some(15)),
            ("1m30s", Some(90_000_000)),
            ("2min", Some(120_000_000)),
            ("-2h", Some(-7_200_000_000)),
            (".5ms", Some(500)),
            ("1500ns", Some(1)),
            ("1d", Some(86_400_000_000)),
            ("250", None),
            ("", None),
            ("-", None),
            ("s", None),
            (".s", None),
            ("1.2.3s", None),
            ("1 s", None),
            ("1s2", None),
            ("99999999999999999999d", None),
        ] {
            assert_eq!(parse_duration(text), micros, "{text}");
        }
    }

    proptest! {
        #[test]
        fn durations_round_trip(micros: i64) {
            prop_assert_eq!(parse_duration(&print_duration(micros)), Some(micros));
        }

        #[test]
        fn times_round_trip(micros in TIMES) {
            prop_assert_eq!(parse_time(&print_time(micros)), Some(TimeLiteral::Instant(micros)));
        }

        #[test]
        fn any_text_is_taken_or_refused(text: String) {
            let _ = (parse_time(&text), parse_duration(&text));
        }
    }
}
