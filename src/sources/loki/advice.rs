//! Every failure as what happened, what it means and what to do; and its kind, for code that can help itself.

use super::failure::Failure;
use crate::worker::progress::Fault;

/// What a failure is about. Several are mended without asking (see [`super::slices`], [`super::paging`]).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Syntax,
    EntriesLimit,
    QueryLength,
    EmptyRange,
    TooManySteps,
    SeriesLimit,
    BadLine,
    InstantLogs,
    Tenant,
    Unauthorized,
    Forbidden,
    NotFound,
    TooManyRequests,
    QueryTimeout,
    TooMuchData,
    Unavailable,
    WebPage,
    NotLoki,
    CutOff,
    NoAnswer,
    Cancelled,
    Other,
}

struct Row {
    /// 0: any.
    status: u16,
    /// In lower case; part of the message. Empty: any.
    says: &'static str,
    kind: Kind,
    means: &'static str,
    to_do: &'static str,
}

macro_rules! rows {
    ($($status:literal $says:literal => $kind:ident, $means:literal, $to_do:literal;)*) => {
        &[$(Row { status: $status, says: $says, kind: Kind::$kind, means: $means, to_do: $to_do }),*]
    };
}

/// The first row that fits counts. The messages are Loki 3.7.6's, recorded.
static ROWS: &[Row] = rows! {
    400 "parse error" => Syntax, "The selector or the query is not valid LogQL.", "Correct the selector; a simple one is {resource_type=\"kubernetes_cluster\"}.";
    400 "queries require at least one" => Syntax, "Loki wants at least one label with a value that is not empty.", "Name a label in the selector, for example {resource_id=\"…\"}.";
    400 "max entries limit" => EntriesLimit, "The server allows fewer lines per request than were asked for.", "Nothing: the page asks again for fewer.";
    400 "query time range exceeds the limit" => QueryLength, "The server allows only a shorter time range in one request.", "Nothing: the page splits the range. If this stays, choose a shorter one.";
    400 "end timestamp must not be before" => EmptyRange, "The time range is empty or reversed.", "Choose a start that lies before the end.";
    400 "exceeded maximum resolution" => TooManySteps, "The timeline would have more points than the server allows.", "Zoom in, or choose a shorter time range.";
    400 "maximum number of series" => SeriesLimit, "The field has more distinct values than the server counts at once.", "Narrow the filter or the time range, or load the window to count here.";
    0 "maximum of series" => SeriesLimit, "The field has more distinct values than the server counts at once.", "Narrow the filter or the time range, or load the window to count here.";
    400 "pipeline error" => BadLine, "A line in this stream is not the JSON that the query expects.", "Add | __error__=\"\" after | json, or narrow the selector to the audit stream.";
    400 "not supported as an instant query" => InstantLogs, "A log query was sent where only counts are served.", "Report this: the page should not have sent it.";
    401 "no org id" => Tenant, "This Loki serves several tenants and was not told which.", "Use the data source's own address rather than Loki behind it, or a proxy that adds X-Scope-OrgID.";
    0 "has too many outstanding requests" => TooManyRequests, "The server is busy with other queries.", "Nothing: the page waits and tries again.";
    401 "" => Unauthorized, "The token is missing, mistyped, expired or of another kind.", "Paste a Cockpit token that may query logs, and check the way of authentication.";
    403 "" => Forbidden, "The token is known but may not query these logs. A Cockpit token belongs to one region and has scopes.", "Make a token with the scope \"query logs\" in the data source's own region.";
    404 "" => NotFound, "There is no Loki API at this address.", "Use the address from Cockpit's data sources page, without a path.";
    405 "" => NotFound, "There is no Loki API at this address, or it takes other requests only.", "Use the address from Cockpit's data sources page, without a path.";
    413 "" => TooMuchData, "The request or its answer is larger than the server allows.", "Choose a shorter time range or a narrower filter.";
    429 "" => TooManyRequests, "The server's limit on requests or on bytes per second is reached.", "Nothing: the page waits and tries again. A shorter range asks for less.";
    504 "" => QueryTimeout, "The query took longer than the server allows (one minute on Cockpit).", "Choose a shorter time range or a narrower selector.";
    0 "context deadline exceeded" => QueryTimeout, "The query took longer than the server allows (one minute on Cockpit).", "Choose a shorter time range or a narrower selector.";
    0 "the query would read too many bytes" => TooMuchData, "The query would read more than the server allows at once.", "Choose a shorter time range or a narrower selector.";
    502 "" => Unavailable, "The gateway did not reach Loki behind it.", "Nothing: the page tries again. If this stays, ask whoever runs the server.";
    503 "" => Unavailable, "The server is not ready to answer.", "Nothing: the page tries again. If this stays, ask whoever runs the server.";
    500 "" => Unavailable, "The server failed inside.", "Try again; if this stays, choose a shorter time range.";
};

const OTHER: Row = Row {
    status: 0,
    says: "",
    kind: Kind::Other,
    means: "The page does not know this answer.",
    to_do: "Read the server's words above; try the same query in Grafana.",
};

fn row(status: u16, message: &str) -> &'static Row {
    let message = message.to_lowercase();
    ROWS.iter().find(|row| (row.status == 0 || row.status == status) && message.contains(row.says)).unwrap_or(&OTHER)
}

impl Failure {
    pub fn kind(&self) -> Kind {
        match self {
            Failure::NoAnswer => Kind::NoAnswer,
            Failure::CutOff { .. } => Kind::CutOff,
            Failure::TimedOut { .. } => Kind::QueryTimeout,
            Failure::Cancelled => Kind::Cancelled,
            Failure::Worker(_) => Kind::Other,
            Failure::NotLoki { .. } => Kind::NotLoki,
            Failure::Refused { status, message, .. } => row(*status, message).kind,
            Failure::HtmlPage { status: 200..=299, .. } => Kind::WebPage,
            Failure::HtmlPage { status, title, .. } => row(*status, title).kind,
        }
    }

    /// The same for a shorter time may be answered.
    pub fn is_too_much(&self) -> bool {
        matches!(self.kind(), Kind::QueryTimeout | Kind::TooMuchData)
    }

    pub fn fault(&self) -> Fault {
        match self {
            Failure::NoAnswer => fault(
                "There was no answer from the server.",
                "The name may be wrong, the server down, its certificate refused, or the browser may be keeping the \
                 answer back because the server does not allow this page to read it (CORS). A browser does not say which.",
                "Use \"Test\" in the connection panel: it tells these apart as far as a browser can.",
            ),
            Failure::CutOff { bytes } => fault(
                &format!("The answer broke off after {bytes} bytes."),
                "The connection was lost, or a proxy cut the answer. What had been read before is kept.",
                "Nothing: the page asks again for the same lines. If this stays, look for a size limit in the proxy.",
            ),
            Failure::TimedOut { after_millis } => fault(
                &format!("No answer came within {} seconds.", after_millis / 1_000),
                "The query is too large for the server, or the network is slow.",
                "Choose a shorter time range or a narrower filter.",
            ),
            Failure::Worker(fault) => fault.clone(),
            Failure::Cancelled => fault("Cancelled.", "What had been read before is kept.", "Ask again when needed."),
            Failure::NotLoki { status, content_type, start_of_text } => fault(
                &format!(
                    "The server answered {status} with something that is not Loki's ({}): {}",
                    if content_type.is_empty() { "no content type" } else { content_type },
                    if start_of_text.is_empty() { "nothing" } else { start_of_text }
                ),
                "The address leads to another program.",
                "Use the address from Cockpit's data sources page, of the data source for logs.",
            ),
            Failure::HtmlPage { status, title, .. } => {
                let title = if title.is_empty() { "without a title".to_string() } else { format!("\"{title}\"") };
                let happened =
                    format!("The server answered {status} with a web page, {title}, where Loki answers in JSON.");
                match self.kind() {
                    Kind::WebPage => fault(
                        &happened,
                        "The address leads to a site for people, perhaps a sign-in page, not to the API.",
                        "Use the address from Cockpit's data sources page; behind a proxy, check where /loki/ leads.",
                    ),
                    _ => told(&happened, row(*status, title.as_str())),
                }
            }
            Failure::Refused { status, message, .. } => {
                let happened = if message.is_empty() {
                    format!("The server answered {status} without a word.")
                } else {
                    format!("The server answered {status}: {message}")
                };
                told(&happened, row(*status, message))
            }
        }
    }
}

fn told(happened: &str, row: &Row) -> Fault {
    fault(happened, row.means, row.to_do)
}

fn fault(happened: &str, means: &str, to_do: &str) -> Fault {
    Fault { what_happened: happened.to_string(), what_it_means: means.to_string(), what_to_do: to_do.to_string() }
}

/// The number in brackets that a limit's message ends with: `(5001 > 5000)` gives 5000.
pub fn allowed_entries(failure: &Failure) -> Option<u32> {
    let Failure::Refused { message, .. } = failure else { return None };
    if failure.kind() != Kind::EntriesLimit {
        return None;
    }
    message.rsplit('>').next()?.trim_end_matches(')').trim().parse().ok().filter(|&limit| limit > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_recorded_error_has_its_advice() {
        let check = |status: u16, message: &str, kind: Kind| {
            let failure = Failure::Refused { status, message: message.to_string(), retry_after_millis: None };
            assert_eq!(failure.kind(), kind, "{status} {message}");
            let fault = failure.fault();
            assert!(fault.what_happened.contains(message), "{fault:?}");
            assert!(!fault.what_it_means.is_empty() && !fault.what_to_do.is_empty());
        };
        check(400, "parse error at line 1, col 13: syntax error: unexpected $end, expecting } or ,", Kind::Syntax);
        check(
            400,
            "max entries limit per query exceeded, limit > max_entries_limit_per_query (5001 > 5000)",
            Kind::EntriesLimit,
        );
        check(400, "the query time range exceeds the limit (query length: 744h0m0s, limit: 30d1h)", Kind::QueryLength);
        check(400, "end timestamp must not be before or equal to start time", Kind::EmptyRange);
        check(
            400,
            "exceeded maximum resolution of 11,000 points per time series. Try increasing the value of the step parameter",
            Kind::TooManySteps,
        );
        check(
            400,
            "maximum number of series (500) reached for a single query; consider reducing query cardinality by",
            Kind::SeriesLimit,
        );
        check(
            400,
            "pipeline error: 'JSONParserErr' for series: '{…}'. Use a label filter to intentionally skip this error.",
            Kind::BadLine,
        );
        check(
            400,
            "log queries are not supported as an instant query type, please change your query to a range query type",
            Kind::InstantLogs,
        );
        check(401, "no org id", Kind::Tenant);
        check(401, "", Kind::Unauthorized);
        check(403, "denied", Kind::Forbidden);
        check(404, "404 page not found", Kind::NotFound);
        check(429, "too many outstanding requests", Kind::TooManyRequests);
        check(
            504,
            "request timed out, decrease the duration of the request or add more label matchers",
            Kind::QueryTimeout,
        );
        check(500, "context deadline exceeded", Kind::QueryTimeout);
        check(418, "I am a teapot", Kind::Other);
    }

    #[test]
    fn other_failures() {
        let page = |status| Failure::HtmlPage { status, title: "Sign in".into(), retry_after_millis: None };
        assert_eq!(page(200).kind(), Kind::WebPage);
        assert_eq!(page(502).kind(), Kind::Unavailable);
        assert_eq!(page(403).kind(), Kind::Forbidden);
        for failure in [
            page(200),
            page(502),
            Failure::NoAnswer,
            Failure::CutOff { bytes: 7 },
            Failure::TimedOut { after_millis: 9_000 },
        ] {
            let fault = failure.fault();
            assert!(
                [&fault.what_happened, &fault.what_it_means, &fault.what_to_do]
                    .iter()
                    .all(|text| text.ends_with('.') || text.len() > 20)
            );
        }
    }

    #[test]
    fn the_allowed_limit_is_read_from_the_message() {
        let check = |message: &str, expected: Option<u32>| {
            let failure = Failure::Refused { status: 400, message: message.to_string(), retry_after_millis: None };
            assert_eq!(allowed_entries(&failure), expected, "{message}");
        };
        check("max entries limit per query exceeded, limit > max_entries_limit_per_query (5001 > 5000)", Some(5000));
        check("max entries limit per query exceeded", None);
        check("something (5 > 4)", None);
        assert_eq!(allowed_entries(&Failure::NoAnswer), None);
    }
}
