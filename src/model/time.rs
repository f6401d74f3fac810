//! Time in whole microseconds: what audit events carry, and what fits an `i64` for ever.

use serde::{Deserialize, Serialize};

/// Microseconds since 1970-01-01T00:00:00Z.
pub type Micros = i64;

pub const MICROS_PER_SECOND: i64 = 1_000_000;
pub const MICROS_PER_DAY: i64 = 86_400 * MICROS_PER_SECOND;

/// A half-open stretch of time: `start` belongs to it, `end` does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimeRange {
    pub start_micros: Micros,
    pub end_micros: Micros,
}

impl TimeRange {
    pub fn contains(&self, micros: Micros) -> bool {
        self.start_micros <= micros && micros < self.end_micros
    }

    pub fn width_micros(&self) -> i64 {
        self.end_micros.saturating_sub(self.start_micros)
    }

    /// What lies in both; `None` where nothing does.
    pub fn intersection(self, other: TimeRange) -> Option<TimeRange> {
        let start_micros = self.start_micros.max(other.start_micros);
        let end_micros = self.end_micros.min(other.end_micros);
        (start_micros < end_micros).then_some(TimeRange { start_micros, end_micros })
    }

    /// The smallest range that holds both.
    pub fn union(self, other: TimeRange) -> TimeRange {
        TimeRange {
            start_micros: self.start_micros.min(other.start_micros),
            end_micros: self.end_micros.max(other.end_micros),
        }
    }
}

/// Days since 1970 of a proleptic Gregorian date (Howard Hinnant, "chrono-compatible
/// low-level date algorithms"). Ours because every event's two timestamps pass here.
pub fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * (month + if month > 2 { -3 } else { 9 }) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

/// The inverse of [`days_from_civil`]: `(year, month, day)`.
pub fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

/// An RFC 3339 timestamp, any number of decimals (cut at the sixth), `Z` or an offset.
pub fn parse_rfc3339(text: &[u8]) -> Option<Micros> {
    let number = |from: usize, to: usize| -> Option<i64> {
        text.get(from..to)?
            .iter()
            .try_fold(0i64, |sum, &byte| byte.is_ascii_digit().then(|| sum * 10 + i64::from(byte - b'0')))
    };
    let at = |index: usize| text.get(index).copied();
    if at(4) != Some(b'-') || at(7) != Some(b'-') || at(13) != Some(b':') || at(16) != Some(b':') {
        return None;
    }
    if !matches!(at(10), Some(b'T' | b't' | b' ')) {
        return None;
    }
    let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
    let (hour, minute, second) = (number(11, 13)?, number(14, 16)?, number(17, 19)?);
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) || hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let mut rest = &text[19..];
    let mut micros = 0i64;
    if let [b'.', decimals @ ..] = rest {
        let digits = decimals.iter().take_while(|byte| byte.is_ascii_digit()).count();
        if digits == 0 {
            return None;
        }
        let padded = decimals[..digits].iter().copied().chain(std::iter::repeat(b'0'));
        micros = padded.take(6).fold(0, |sum, digit| sum * 10 + i64::from(digit - b'0'));
        rest = &decimals[digits..];
    }
    let offset_minutes = match rest {
        [b'Z' | b'z'] => 0,
        [sign @ (b'+' | b'-'), h1, h2, b':', m1, m2] => {
            let digits = [h1, h2, m1, m2];
            if !digits.iter().all(|byte| byte.is_ascii_digit()) {
                return None;
            }
            let d = digits.map(|byte| i64::from(byte - b'0'));
            let minutes = (d[0] * 10 + d[1]) * 60 + d[2] * 10 + d[3];
            if *sign == b'-' { -minutes } else { minutes }
        }
        _ => return None,
    };
    let seconds = days_from_civil(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second - offset_minutes * 60;
    Some(seconds * MICROS_PER_SECOND + micros)
}

/// `2024-05-22T15:33:04.123456Z`.
pub fn format_rfc3339(micros: Micros) -> String {
    let (year, month, day) = civil_from_days(micros.div_euclid(MICROS_PER_DAY));
    let of_day = micros.rem_euclid(MICROS_PER_DAY);
    let seconds = of_day / MICROS_PER_SECOND;
    format!(
        "{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}.{:06}Z",
        seconds / 3600,
        seconds / 60 % 60,
        seconds % 60,
        of_day % MICROS_PER_SECOND
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(input: &str, expected: Option<&str>) {
        assert_eq!(parse_rfc3339(input.as_bytes()).map(format_rfc3339).as_deref(), expected, "{input}");
    }

    #[test]
    fn timestamps() {
        check("2024-05-22T15:33:04.123456Z", Some("2024-05-22T15:33:04.123456Z"));
        check("2024-05-22T15:33:04Z", Some("2024-05-22T15:33:04.000000Z"));
        check("2024-05-22T15:33:04.1Z", Some("2024-05-22T15:33:04.100000Z"));
        check("2024-05-22T15:33:04.123456789Z", Some("2024-05-22T15:33:04.123456Z"));
        check("2024-05-22T17:33:04+02:00", Some("2024-05-22T15:33:04.000000Z"));
        check("2024-02-29T00:00:00-00:30", Some("2024-02-29T00:30:00.000000Z"));
        check("1969-12-31T23:59:59.999999Z", Some("1969-12-31T23:59:59.999999Z"));
        check("0001-01-01T00:00:00Z", Some("0001-01-01T00:00:00.000000Z"));
        check("2024-05-22 15:33:04Z", Some("2024-05-22T15:33:04.000000Z"));
        for bad in [
            "",
            "null",
            "2024-05-22",
            "2024-05-22T15:33:04",
            "2024-05-22T15:33:04.Z",
            "2024-13-22T15:33:04Z",
            "2024-05-22T25:33:04Z",
            "2024-05-22T15:33:04+0200",
            "2o24-05-22T15:33:04Z",
        ] {
            check(bad, None);
        }
    }

    #[test]
    fn civil_dates_round_trip() {
        for days in (-800_000..800_000).step_by(37) {
            let (year, month, day) = civil_from_days(days);
            assert_eq!(days_from_civil(year, month, day), days);
        }
    }
}
