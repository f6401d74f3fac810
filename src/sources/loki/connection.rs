//! Where a Loki is and how to prove who asks: what was typed, what it means.

use crate::worker::progress::Fault;
use base64::Engine;

/// Scaleway's regions that have Cockpit.
pub const REGIONS: [&str; 3] = ["fr-par", "nl-ams", "pl-waw"];

/// How the token travels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Auth {
    XToken,
    Bearer,
    Basic,
    /// No token, or a proxy adds it.
    None,
}

impl Auth {
    pub const ALL: [Auth; 4] = [Auth::XToken, Auth::Bearer, Auth::Basic, Auth::None];

    pub fn label(self) -> &'static str {
        match self {
            Auth::XToken => "X-Token (Cockpit)",
            Auth::Bearer => "Bearer",
            Auth::Basic => "Basic",
            Auth::None => "none, or a proxy adds it",
        }
    }

    /// The value of a form's option.
    pub fn key(self) -> &'static str {
        match self {
            Auth::XToken => "x-token",
            Auth::Bearer => "bearer",
            Auth::Basic => "basic",
            Auth::None => "none",
        }
    }

    pub fn from_key(key: &str) -> Option<Auth> {
        Auth::ALL.into_iter().find(|auth| auth.key() == key)
    }
}

/// A token. Shows itself to nobody: no `Display`, no `Serialize`, and a `Debug` that keeps it.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    pub fn new(text: &str) -> Secret {
        // Copying from a terminal brings blanks and newlines; no token has any.
        Secret(text.split_whitespace().collect())
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// For the request's header and the tab's own session storage alone.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, out: &mut std::fmt::Formatter) -> std::fmt::Result {
        out.write_str("Secret")
    }
}

/// Where a Loki's API is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    /// Without a slash at the end, and without `/loki/api/v1`; empty: this page's own origin.
    pub base: String,
    /// Of Cockpit's data source.
    pub region: Option<&'static str>,
    /// Whether this is a Grafana data source proxy.
    pub is_grafana_proxy: bool,
}

/// Everything needed to ask.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Connection {
    pub address: Address,
    pub auth: Auth,
    pub token: Secret,
}

impl Connection {
    /// The URL of an API path such as `query_range`, without parameters.
    pub fn endpoint(&self, path: &str) -> String {
        format!("{}/loki/api/v1/{path}", self.address.base)
    }

    /// The header that carries the token.
    pub fn header(&self) -> Option<(&'static str, String)> {
        let token = self.token.reveal();
        match self.auth {
            _ if token.is_empty() => None,
            Auth::None => None,
            Auth::XToken => Some(("X-Token", token.to_string())),
            Auth::Bearer => Some(("Authorization", format!("Bearer {token}"))),
            Auth::Basic => {
                // "user:secret" is taken as it is; a bare secret goes with any user, as Cockpit has it.
                let pair = if token.contains(':') { token.to_string() } else { format!("auditscope:{token}") };
                Some(("Authorization", format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(pair))))
            }
        }
    }

    /// A short name for lists and file names.
    pub fn name(&self) -> String {
        let host = self.address.base.split("://").nth(1).unwrap_or("this-site");
        let host = host.split('/').next().unwrap_or(host);
        match self.address.region {
            Some(region) => format!("cockpit-{region}"),
            None => host.replace(':', "-"),
        }
    }
}

/// What was typed as an address, or what is wrong with it.
pub fn parse_address(typed: &str) -> Result<Address, Fault> {
    let typed = typed.trim();
    if typed.is_empty() || typed == "/" {
        return Ok(Address { base: String::new(), region: None, is_grafana_proxy: false });
    }
    let (scheme, rest) = match typed.split_once("://") {
        Some((scheme, rest)) => (scheme.to_ascii_lowercase(), rest),
        None if typed.starts_with('/') => ("".to_string(), typed),
        None => ("https".to_string(), typed),
    };
    if !matches!(scheme.as_str(), "http" | "https" | "") {
        return Err(fault(
            &format!("The address begins with {scheme}://."),
            "Only http and https lead to a Loki API.",
            "Use the address from Cockpit's data sources page.",
        ));
    }
    let rest = rest.split(['?', '#']).next().unwrap_or_default();
    let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    if host.contains('@') {
        return Err(fault(
            "The address holds a name and a password.",
            "Browsers do not send those from a page.",
            "Take them out, choose Basic, and paste the password (or user:password) as the token.",
        ));
    }
    let host_name = host.split(':').next().unwrap_or_default().to_ascii_lowercase();
    let is_bracketed = host.starts_with('[');
    if !scheme.is_empty() && !is_bracketed && !is_host(&host_name) {
        return Err(fault(
            &format!("\"{host}\" is not a host name."),
            "The address cannot be asked.",
            "Use the address from Cockpit's data sources page; it looks like https://<id>.logs.cockpit.fr-par.scw.cloud.",
        ));
    }
    wrong_product(&host_name, path)?;
    let path = path.trim_end_matches('/');
    let path = path.split("/loki/api/").next().unwrap_or(path).trim_end_matches("/loki").trim_end_matches('/');
    let base =
        if scheme.is_empty() { path.to_string() } else { format!("{scheme}://{}{path}", host.to_ascii_lowercase()) };
    let labels: Vec<&str> = host_name.split('.').collect();
    let region = match labels.as_slice() {
        [.., "logs", "cockpit", region, "scw", "cloud"] => REGIONS.into_iter().find(|known| known == region),
        _ => None,
    };
    Ok(Address { base, region, is_grafana_proxy: path.contains(GRAFANA_PROXY) })
}

/// Cockpit has other addresses that look alike.
fn wrong_product(host: &str, path: &str) -> Result<(), Fault> {
    let is_grafana = host.contains(".dashboard.cockpit.") || host.ends_with("grafana.cockpit.scaleway.com");
    let what = if host.contains(".metrics.cockpit.") {
        "a data source for metrics"
    } else if host.contains(".traces.cockpit.") {
        "a data source for traces"
    } else if is_grafana && !path.contains(GRAFANA_PROXY) {
        "Cockpit's Grafana"
    } else {
        return Ok(());
    };
    Err(fault(
        &format!("This is the address of {what}."),
        "Audit events are logs, and are asked from a data source for logs.",
        "In the Scaleway console open Cockpit, Data sources, and copy the API URL of the data source for logs.",
    ))
}

const GRAFANA_PROXY: &str = "/api/datasources/proxy/";

fn is_host(name: &str) -> bool {
    !name.is_empty()
        && name
            .split('.')
            .all(|label| !label.is_empty() && label.chars().all(|c| c.is_alphanumeric() || c == '-' || c == '_'))
}

fn fault(happened: &str, means: &str, to_do: &str) -> Fault {
    Fault { what_happened: happened.to_string(), what_it_means: means.to_string(), what_to_do: to_do.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        let check = |typed: &str, base: &str, region: Option<&str>| {
            let address = parse_address(typed).unwrap_or_else(|fault| panic!("{typed}: {fault:?}"));
            assert_eq!((address.base.as_str(), address.region), (base, region), "{typed}");
        };
        let cockpit = "https://6f0c2a.logs.cockpit.fr-par.scw.cloud";
        check(cockpit, cockpit, Some("fr-par"));
        check(" 6f0c2a.logs.cockpit.FR-PAR.scw.cloud/ \n", cockpit, Some("fr-par"));
        check(&format!("{cockpit}/loki/api/v1/push"), cockpit, Some("fr-par"));
        check(&format!("{cockpit}/loki/"), cockpit, Some("fr-par"));
        check(&format!("{cockpit}?x=1#y"), cockpit, Some("fr-par"));
        check("https://a.logs.cockpit.nl-ams.scw.cloud", "https://a.logs.cockpit.nl-ams.scw.cloud", Some("nl-ams"));
        check("https://a.logs.cockpit.pl-waw.scw.cloud", "https://a.logs.cockpit.pl-waw.scw.cloud", Some("pl-waw"));
        check("https://a.logs.cockpit.us-east.scw.cloud", "https://a.logs.cockpit.us-east.scw.cloud", None);
        check("http://localhost:3100", "http://localhost:3100", None);
        check("http://[::1]:3100", "http://[::1]:3100", None);
        check("", "", None);
        check("/", "", None);
        check("/proxy/loki/", "/proxy", None);
        let proxy = "https://g.example.com/api/datasources/proxy/uid/abc";
        check(&format!("{proxy}/loki/api/v1/labels"), proxy, None);
        assert!(parse_address(proxy).is_ok_and(|address| address.is_grafana_proxy));
    }

    #[test]
    fn addresses_that_cannot_work_say_why() {
        let check = |typed: &str, says: &str| {
            let fault = parse_address(typed).expect_err(typed);
            assert!(fault.what_happened.contains(says), "{typed}: {fault:?}");
        };
        check("ftp://a.example.com", "ftp://");
        check("https://user:pw@loki.example.com", "name and a password");
        check("https://a.metrics.cockpit.fr-par.scw.cloud", "metrics");
        check("https://a.traces.cockpit.fr-par.scw.cloud", "traces");
        check("https://p.dashboard.cockpit.scaleway.com/explore", "Grafana");
        assert!(parse_address("https://p.dashboard.cockpit.scaleway.com/api/datasources/proxy/uid/x").is_ok());
        check("https://not a host", "not a host name");
        check("https://", "not a host name");
        check("a..b", "not a host name");
    }

    #[test]
    fn the_token_travels_in_one_header_and_shows_nowhere_else() {
        let check = |auth: Auth, token: &str, expected: Option<(&str, &str)>| {
            let address = parse_address("http://localhost").expect("an address");
            let connection = Connection { address, auth, token: Secret::new(token) };
            let header = connection.header();
            assert_eq!(header.as_ref().map(|(name, value)| (*name, value.as_str())), expected);
            assert!(token.is_empty() || !format!("{connection:?}{}", connection.name()).contains(token.trim()));
        };
        check(Auth::XToken, " s3cret\n", Some(("X-Token", "s3cret")));
        check(Auth::Bearer, "s3cret", Some(("Authorization", "Bearer s3cret")));
        check(Auth::Basic, "s3cret", Some(("Authorization", "Basic YXVkaXRzY29wZTpzM2NyZXQ=")));
        check(Auth::Basic, "me:s3cret", Some(("Authorization", "Basic bWU6czNjcmV0")));
        check(Auth::None, "s3cret", None);
        check(Auth::XToken, "", None);
    }

    #[test]
    fn endpoints_and_names() {
        let check = |typed: &str, endpoint: &str, name: &str| {
            let address = parse_address(typed).expect("an address");
            let connection = Connection { address, auth: Auth::None, token: Secret::default() };
            assert_eq!((connection.endpoint("labels").as_str(), connection.name().as_str()), (endpoint, name));
        };
        check("", "/loki/api/v1/labels", "this-site");
        check("http://localhost:3100/x", "http://localhost:3100/x/loki/api/v1/labels", "localhost-3100");
        check(
            "https://a.logs.cockpit.pl-waw.scw.cloud",
            "https://a.logs.cockpit.pl-waw.scw.cloud/loki/api/v1/labels",
            "cockpit-pl-waw",
        );
        assert_eq!(Auth::ALL.map(|auth| Auth::from_key(auth.key())), Auth::ALL.map(Some));
    }
}
