//! The same query for a terminal: where a browser may not ask, `logcli` or `curl` can, and their
//! output opens here as a file.

use super::connection::{Auth, Connection};
use super::rfc3339_nanos;
use super::slices::split;
use super::{MAX_ENTRIES_PER_QUERY, MAX_QUERY_NANOS, NANOS_PER_SECOND, NanoRange};

/// `logcli` commands for a range, one per stretch that the server allows. `logcli` itself pages.
/// The token is never part of it: the environment carries it.
pub fn logcli(connection: &Connection, logql: &str, range: NanoRange) -> String {
    let mut out = format!("export LOKI_ADDR={}\n", quote(&address(connection)));
    match connection.auth {
        Auth::None => {}
        Auth::Basic => out.push_str("export LOKI_USERNAME=auditscope LOKI_PASSWORD=\"$COCKPIT_TOKEN\"\n"),
        // logcli sends no X-Token; Cockpit takes the same secret as a bearer token.
        Auth::XToken | Auth::Bearer => out.push_str("export LOKI_BEARER_TOKEN=\"$COCKPIT_TOKEN\"\n"),
    }
    let slices = split(range, MAX_QUERY_NANOS);
    for (index, slice) in slices.iter().enumerate() {
        out.push_str(&format!(
            "logcli query --quiet --output=jsonl --timezone=UTC --limit=0 --batch={MAX_ENTRIES_PER_QUERY} \\\n  \
             --from={} --to={} \\\n  {} {} audit.jsonl\n",
            rfc3339_nanos(slice.start_nanos),
            rfc3339_nanos(slice.end_nanos),
            quote(logql),
            if index == 0 { ">" } else { ">>" },
        ));
    }
    out
}

/// `curl` commands, one per slice; each slice should hold no more lines than one request may give
/// ([`super::slices::by_count`] makes such), for `curl` does not page.
pub fn curl(connection: &Connection, logql: &str, slices: &[NanoRange]) -> String {
    let header = match connection.auth {
        Auth::None => "",
        Auth::XToken => " -H \"X-Token: $COCKPIT_TOKEN\"",
        Auth::Bearer => " -H \"Authorization: Bearer $COCKPIT_TOKEN\"",
        Auth::Basic => " -u \"auditscope:$COCKPIT_TOKEN\"",
    };
    let url = quote(&format!("{}/loki/api/v1/query_range", address(connection)));
    let digits = slices.len().to_string().len();
    let mut out = String::new();
    for (index, slice) in slices.iter().enumerate() {
        out.push_str(&format!(
            "curl -fsSG --retry 5{header} {url} \\\n  --data-urlencode {} \\\n  -d start={} -d end={} -d limit={MAX_ENTRIES_PER_QUERY} -d direction=forward > audit-{:0digits$}.json\n",
            quote(&format!("query={logql}")),
            slice.start_nanos,
            slice.end_nanos,
            index + 1,
        ));
    }
    out
}

/// More slices than this, and `logcli` is the better tool.
pub const MOST_CURLS: usize = 100;

/// A shell's single-quoted word.
fn quote(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

fn address(connection: &Connection) -> String {
    if connection.address.base.contains("://") {
        connection.address.base.clone()
    } else {
        "https://<data-source-id>.logs.cockpit.<region>.scw.cloud".to_string()
    }
}

/// A range's width in words: `2 days 3 h`.
pub fn width_in_words(range: NanoRange) -> String {
    let seconds = range.width_nanos() / NANOS_PER_SECOND;
    let (days, hours, minutes, rest) = (seconds / 86_400, seconds / 3_600 % 24, seconds / 60 % 60, seconds % 60);
    let parts = [(days, if days == 1 { "day" } else { "days" }), (hours, "h"), (minutes, "min"), (rest, "s")];
    let words: Vec<_> = parts.iter().filter(|(n, _)| *n > 0).take(2).map(|(n, unit)| format!("{n} {unit}")).collect();
    if words.is_empty() { "under a second".to_string() } else { words.join(" ") }
}

#[cfg(test)]
mod tests {
    use super::super::connection::{Secret, parse_address};
    use super::*;

    fn connection(auth: Auth) -> Connection {
        let address = parse_address("https://x.logs.cockpit.fr-par.scw.cloud").expect("an address");
        Connection { address, auth, token: Secret::new("t0ken") }
    }

    #[test]
    fn commands_are_chunked_quoted_and_hold_no_token() {
        let hour = 3_600 * NANOS_PER_SECOND;
        let query = r#"{a="b"} |= `it's`"#;
        let text = logcli(&connection(Auth::XToken), query, NanoRange::new(0, 40 * 24 * hour));
        assert_eq!(
            text,
            "export LOKI_ADDR='https://x.logs.cockpit.fr-par.scw.cloud'\n\
             export LOKI_BEARER_TOKEN=\"$COCKPIT_TOKEN\"\n\
             logcli query --quiet --output=jsonl --timezone=UTC --limit=0 --batch=5000 \\\n  \
             --from=1970-01-01T00:00:00.000000000Z --to=1970-01-21T00:00:00.000000000Z \\\n  \
             '{a=\"b\"} |= `it'\\''s`' > audit.jsonl\n\
             logcli query --quiet --output=jsonl --timezone=UTC --limit=0 --batch=5000 \\\n  \
             --from=1970-01-21T00:00:00.000000000Z --to=1970-02-10T00:00:00.000000000Z \\\n  \
             '{a=\"b\"} |= `it'\\''s`' >> audit.jsonl\n"
        );
        let slices = split(NanoRange::new(0, 2 * hour), hour);
        let text = curl(&connection(Auth::XToken), query, &slices);
        assert_eq!(text.matches("curl -fsSG").count(), 2);
        assert!(text.contains(
            "-H \"X-Token: $COCKPIT_TOKEN\" 'https://x.logs.cockpit.fr-par.scw.cloud/loki/api/v1/query_range'"
        ));
        assert!(
            text.contains(
                "-d start=3600000000000 -d end=7200000000000 -d limit=5000 -d direction=forward > audit-2.json"
            )
        );
        for auth in Auth::ALL {
            let all =
                logcli(&connection(auth), query, NanoRange::new(0, hour)) + &curl(&connection(auth), query, &slices);
            assert!(!all.contains("t0ken"), "{all}");
        }
    }

    #[test]
    fn widths() {
        let check = |seconds: i64, expected: &str| {
            assert_eq!(width_in_words(NanoRange::new(0, seconds * NANOS_PER_SECOND)), expected);
        };
        check(0, "under a second");
        check(59, "59 s");
        check(3_600, "1 h");
        check(93_784, "1 day 2 h");
        check(172_800, "2 days");
    }
}
