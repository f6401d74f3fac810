//! "Test": says as precisely as a browser can what is wrong with a connection.

use super::api;
use super::commands::width_in_words;
use super::connection::Connection;
use super::failure::Failure;
use super::http::{Cancel, Client, is_offline};
use super::{NANOS_PER_SECOND, NanoRange, Nanos};
use crate::worker::progress::Fault;
use gloo_net::http::Request;

/// What a connection's test found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Diagnosis {
    /// It answers as Loki does.
    Works {
        /// Names of labels of the last hours.
        labels: Vec<String>,
        /// This machine's clock stands so much behind or ahead of the server's.
        clock_warning: Option<String>,
    },
    Broken(Fault),
}

/// Further apart than this, a range that ends "now" misses events.
const CLOCK_TOLERANCE_NANOS: i64 = 60 * NANOS_PER_SECOND;

/// Asks for label names, once and without retries.
pub async fn test(connection: &Connection) -> Diagnosis {
    if let Some(fault) = before_asking(connection) {
        return Diagnosis::Broken(fault);
    }
    let client = Client::new(connection.clone());
    let end = now_nanos();
    let range = NanoRange::new(end - 24 * 3_600 * NANOS_PER_SECOND, end);
    let params = [("start", range.start_nanos.to_string()), ("end", range.end_nanos.to_string())];
    let cancel = Cancel::default();
    let answered = client.once("labels", &params, &cancel).await.and_then(|answer| api::names(answer.read().reply()));
    match answered {
        Ok(labels) => Diagnosis::Works { labels, clock_warning: clock_warning(connection).await },
        Err(Failure::NoAnswer) => Diagnosis::Broken(no_answer(connection).await),
        Err(failure) => Diagnosis::Broken(with_region(failure, connection)),
    }
}

/// What the browser is sure to refuse, said before it does.
fn before_asking(connection: &Connection) -> Option<Fault> {
    let location = web_sys::window()?.location();
    let page_is_secure = location.protocol().is_ok_and(|protocol| protocol == "https:");
    let base = &connection.address.base;
    let is_local = ["http://localhost", "http://127.0.0.1", "http://[::1]"].iter().any(|local| base.starts_with(local));
    if page_is_secure && base.starts_with("http://") && !is_local {
        return Some(fault(
            "This page was loaded over https, the address begins with http.",
            "Browsers do not let a secure page ask an insecure address.",
            "Use https, or serve this page and Loki from the same place (see deploy/).",
        ));
    }
    let is_own = location.origin().is_ok_and(|origin| base.starts_with(&origin));
    if base.starts_with("http://") && !is_local && !is_own {
        return Some(fault(
            "The address begins with http and is not on this machine.",
            "This page's security policy lets it ask over https only, or this machine itself: a token must not travel in the clear.",
            "Use https, or serve this page and Loki from the same place (see deploy/) and leave the address empty.",
        ));
    }
    let needs_token = connection.address.region.is_some();
    if needs_token && connection.header().is_none() {
        return Some(fault(
            "There is no token.",
            "Cockpit answers no one without a token.",
            "Make a Cockpit token that may query logs, in the data source's region, and paste it here.",
        ));
    }
    None
}

/// A browser hides why a request failed. A request whose answer the page may not read (`no-cors`)
/// still tells whether anything is there.
async fn no_answer(connection: &Connection) -> Fault {
    if is_offline() {
        return fault(
            "This machine is offline.",
            "Nothing can be asked.",
            "Connect to the network and test again; files can be explored meanwhile.",
        );
    }
    let request = Request::get(&connection.endpoint("labels")).mode(web_sys::RequestMode::NoCors);
    let is_there = match request.credentials(web_sys::RequestCredentials::Omit).build() {
        Ok(request) => request.send().await.is_ok(),
        Err(_) => false,
    };
    if is_there {
        fault(
            "The server is there, but does not allow this page to read its answers (CORS).",
            "A browser lets a page read another site's answer only when that site says so; the request with the token \
             was not even sent. Loki itself never says so, and not every gateway before it does.",
            "One of three: serve this page and Loki from one place (deploy/nginx.conf or deploy/Caddyfile) and leave \
             the address empty; or fetch with the logcli command below and drop its output here; or go through \
             Grafana's data source proxy on the same site.",
        )
    } else {
        fault(
            &format!("Nothing answered at {}.", connection.endpoint("labels")),
            "The name does not exist, the connection was refused, or the certificate is not trusted; or this page's \
             own security policy forbids it. A browser tells a page no more than that.",
            "Open the address in a new tab: the browser then says which of these it is. Check the spelling, and the \
             region in the name.",
        )
    }
}

fn with_region(failure: Failure, connection: &Connection) -> Fault {
    let mut fault = failure.fault();
    if let (Some(401 | 403), Some(region)) = (failure.status(), connection.address.region) {
        fault.what_to_do.push_str(&format!(" This data source is in {region}: a token of another region is refused."));
    }
    fault
}

/// Compares clocks by the `Date` header, which a browser shows only for its own site or when CORS exposes it.
async fn clock_warning(connection: &Connection) -> Option<String> {
    let request = Request::get(&connection.endpoint("labels")).cache(web_sys::RequestCache::NoStore);
    let request = match connection.header() {
        Some((name, value)) => request.header(name, &value),
        None => request,
    };
    let response = request.build().ok()?.send().await.ok()?;
    let date = response.headers().get("Date")?;
    let server_millis = js_sys::Date::parse(&date);
    if !server_millis.is_finite() {
        return None;
    }
    let ahead_nanos = now_nanos() - server_millis as i64 * 1_000_000;
    if ahead_nanos.abs() <= CLOCK_TOLERANCE_NANOS {
        return None;
    }
    let apart = width_in_words(NanoRange::new(0, ahead_nanos.abs()));
    Some(if ahead_nanos > 0 {
        format!("This machine's clock is {apart} ahead of the server's: \"the last hour\" is a later one here.")
    } else {
        format!("This machine's clock is {apart} behind the server's: the newest events lie after \"now\" here.")
    })
}

/// By this machine's clock.
pub fn now_nanos() -> Nanos {
    js_sys::Date::now() as i64 * 1_000_000
}

fn fault(happened: &str, means: &str, to_do: &str) -> Fault {
    Fault { what_happened: happened.to_string(), what_it_means: means.to_string(), what_to_do: to_do.to_string() }
}
