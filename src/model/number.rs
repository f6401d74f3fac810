//! Numbers as a person reads them.

/// `line 1,234`; 0 stands for what is not known.
pub fn line_text(line: u64) -> String {
    if line == 0 { String::from("line not known") } else { ["line ", &thousands(line)].concat() }
}

/// `1,234,567`.
pub fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A count and its noun: `1 event`, `2,000 events`.
pub fn counted(number: u64, noun: &str) -> String {
    let mut text = thousands(number);
    text.push(' ');
    text.push_str(noun);
    if number != 1 {
        text.push('s');
    }
    text
}

/// `n` in tenths as `n.m`; whole from 100 up.
fn tenths(value: f64) -> String {
    if value >= 99.95 {
        return (value.round() as u64).to_string();
    }
    let tenths = (value * 10.0).round() as u64;
    if tenths.is_multiple_of(10) {
        return (tenths / 10).to_string();
    }
    let mut text = (tenths / 10).to_string();
    text.push('.');
    text.push_str(&(tenths % 10).to_string());
    text
}

/// `512 B`, `1.5 MB`, in powers of 1000.
pub fn bytes_text(bytes: u64) -> String {
    let (mut value, mut unit) = (bytes as f64, "B");
    for larger in ["kB", "MB", "GB", "TB"] {
        if value < 999.95 {
            break;
        }
        (value, unit) = (value / 1000.0, larger);
    }
    let mut text = tenths(value);
    text.push(' ');
    text.push_str(unit);
    text
}

/// A stretch of time in its two largest units: `850 µs`, `12.5 ms`, `3.2 s`, `4 min 10 s`, `2 h 5 min`, `3 d 4 h`.
pub fn duration_text(micros: i64) -> String {
    let of = micros.unsigned_abs();
    let mut text = if micros < 0 { String::from("-") } else { String::new() };
    let seconds = (of + 500_000) / 1_000_000;
    let (large, large_unit, small, small_unit) = match seconds {
        0..60 => {
            let (value, unit) = match of {
                0..1000 => (of as f64, " µs"),
                1000..999_950 => (of as f64 / 1e3, " ms"),
                _ => (of as f64 / 1e6, " s"),
            };
            text.push_str(&tenths(value));
            text.push_str(unit);
            return text;
        }
        60..3600 => (seconds / 60, " min", seconds % 60, " s"),
        3600..86_400 => (seconds / 3600, " h", seconds % 3600 / 60, " min"),
        _ => (seconds / 86_400, " d", seconds % 86_400 / 3600, " h"),
    };
    text.push_str(&thousands(large));
    text.push_str(large_unit);
    if small > 0 {
        text.push(' ');
        text.push_str(&small.to_string());
        text.push_str(small_unit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers() {
        for (number, text) in [(0, "0"), (999, "999"), (1000, "1,000"), (1_234_567, "1,234,567")] {
            assert_eq!(thousands(number), text);
        }
        assert_eq!(counted(1, "event"), "1 event");
        assert_eq!(counted(2000, "event"), "2,000 events");
    }

    #[test]
    fn bytes() {
        for (bytes, text) in [
            (0, "0 B"),
            (999, "999 B"),
            (1500, "1.5 kB"),
            (999_950, "1 MB"),
            (123_456_789, "123 MB"),
            (2_000_000_000, "2 GB"),
        ] {
            assert_eq!(bytes_text(bytes), text, "{bytes}");
        }
    }

    #[test]
    fn durations() {
        for (micros, text) in [
            (0, "0 µs"),
            (850, "850 µs"),
            (12_500, "12.5 ms"),
            (999_950, "1 s"),
            (3_200_000, "3.2 s"),
            (250_000_000, "4 min 10 s"),
            (7_500_000_000, "2 h 5 min"),
            (3 * 86_400_000_000, "3 d"),
            (-1500, "-1.5 ms"),
        ] {
            assert_eq!(duration_text(micros), text, "{micros}");
        }
    }
}
