//! When to ask again, and after how long.

use super::advice::Kind;
use super::failure::Failure;
use crate::model::time::{MICROS_PER_SECOND, days_from_civil};

/// Exponential back-off with jitter.
#[derive(Debug, Clone, Copy)]
pub struct Policy {
    /// The first wait's upper bound; each further one is twice as long.
    pub first_millis: u64,
    /// No wait of the page's own is longer.
    pub longest_millis: u64,
    /// Requests in all.
    pub attempts: u32,
    /// Of a query that takes the server too long: soon it is better to ask for less.
    pub attempts_at_timeouts: u32,
}

impl Policy {
    /// About two minutes in all: longer than a gateway's restart, shorter than a person's patience.
    pub const USUAL: Policy =
        Policy { first_millis: 500, longest_millis: 30_000, attempts: 9, attempts_at_timeouts: 2 };
    /// For a load that should survive a lost network: the user can pause or cancel it.
    pub const PATIENT: Policy =
        Policy { first_millis: 500, longest_millis: 30_000, attempts: 40, attempts_at_timeouts: 2 };

    /// How long to wait before asking again; `None`: give up.
    /// `attempts_made` from 1; `random` in `0.0..1.0` spreads clients that failed together.
    pub fn wait_millis(&self, failure: &Failure, attempts_made: u32, random: f64) -> Option<u64> {
        let attempts = if failure.kind() == Kind::QueryTimeout { self.attempts_at_timeouts } else { self.attempts };
        if !is_passing(failure) || attempts_made >= attempts {
            return None;
        }
        let doublings = attempts_made.saturating_sub(1).min(20);
        let full = (self.first_millis << doublings).min(self.longest_millis);
        // Between half and all of it.
        let own = full / 2 + (full as f64 / 2.0 * random.clamp(0.0, 1.0)) as u64;
        Some(own.max(failure.retry_after_millis().unwrap_or(0).min(LONGEST_ASKED_MILLIS)))
    }
}

/// A server that asks for more than this is taken at this much.
const LONGEST_ASKED_MILLIS: u64 = 300_000;

/// Whether the same request may well succeed later.
pub fn is_passing(failure: &Failure) -> bool {
    match failure {
        Failure::NoAnswer | Failure::CutOff { .. } => true,
        Failure::Refused { status, .. } | Failure::HtmlPage { status, .. } => matches!(status, 429 | 502 | 503 | 504),
        Failure::TimedOut { .. } | Failure::NotLoki { .. } | Failure::Cancelled | Failure::Worker(_) => false,
    }
}

/// `Retry-After`: seconds, or a date as RFC 9110 writes it (`Sun, 06 Nov 1994 08:49:37 GMT`).
pub fn retry_after_millis(header: &str, now_millis: i64) -> Option<u64> {
    let header = header.trim();
    if let Ok(seconds) = header.parse::<u64>() {
        return Some(seconds.saturating_mul(1_000));
    }
    let words: Vec<&str> = header.split([' ', ',']).filter(|word| !word.is_empty()).collect();
    let &[_, day, month, year, clock, "GMT"] = words.as_slice() else { return None };
    let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let month = months.iter().position(|name| *name == month)? as i64 + 1;
    let clock: Vec<i64> = clock.split(':').map(str::parse).collect::<Result<_, _>>().ok()?;
    let &[hour, minute, second] = clock.as_slice() else { return None };
    let days = days_from_civil(year.parse().ok()?, month, day.parse().ok()?);
    let at_millis = (days * 86_400 + hour * 3_600 + minute * 60 + second) * (MICROS_PER_SECOND / 1_000);
    Some(at_millis.saturating_sub(now_millis).max(0) as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(status: u16, retry_after_millis: Option<u64>) -> Failure {
        Failure::Refused { status, message: String::new(), retry_after_millis }
    }

    #[test]
    fn what_is_asked_again() {
        let policy = Policy { first_millis: 100, longest_millis: 1_000, attempts: 3, attempts_at_timeouts: 2 };
        let check = |failure: Failure, made: u32, random: f64, expected: Option<u64>| {
            assert_eq!(policy.wait_millis(&failure, made, random), expected, "{failure:?} {made}");
        };
        for status in [429, 502, 503, 504] {
            check(refused(status, None), 1, 0.0, Some(50));
            check(Failure::HtmlPage { status, title: String::new(), retry_after_millis: None }, 1, 0.0, Some(50));
        }
        for status in [400, 401, 403, 404, 500] {
            check(refused(status, None), 1, 0.0, None);
        }
        check(Failure::NoAnswer, 1, 1.0, Some(100));
        check(Failure::CutOff { bytes: 1 }, 2, 0.0, Some(100));
        check(Failure::CutOff { bytes: 1 }, 3, 0.0, None);
        check(refused(503, None), 2, 0.0, Some(100));
        check(refused(504, None), 2, 0.0, None);
        check(Failure::Cancelled, 1, 0.0, None);
        check(Failure::TimedOut { after_millis: 1 }, 1, 0.0, None);
        // The server's own wish is kept, within reason.
        check(refused(429, Some(7_000)), 1, 0.0, Some(7_000));
        check(refused(429, Some(10)), 1, 0.0, Some(50));
        check(refused(429, Some(u64::MAX)), 1, 0.0, Some(LONGEST_ASKED_MILLIS));
        check(refused(400, Some(7_000)), 1, 0.0, None);
    }

    #[test]
    fn waits_grow_up_to_a_bound() {
        let waits: Vec<_> =
            (1..60).filter_map(|made| Policy::PATIENT.wait_millis(&Failure::NoAnswer, made, 1.0)).collect();
        assert_eq!(&waits[..4], [500, 1_000, 2_000, 4_000]);
        assert_eq!(waits.len(), 39);
        assert!(waits.iter().all(|&wait| wait <= 30_000));
    }

    #[test]
    fn retry_after() {
        let check = |header: &str, expected: Option<u64>| {
            assert_eq!(retry_after_millis(header, 784_111_770_000), expected, "{header}")
        };
        check("120", Some(120_000));
        check(" 0 ", Some(0));
        check("Sun, 06 Nov 1994 08:49:37 GMT", Some(7_000));
        check("Sun, 06 Nov 1994 08:49:00 GMT", Some(0));
        check("soon", None);
        check("", None);
        check("-3", None);
        check("Sun, 06 Nov 1994 08:49 GMT", None);
    }
}
