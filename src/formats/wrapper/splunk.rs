//! Splunk's exports (Splunk documentation, Export search results).
//!
//! ```json
//! {"preview":false,"offset":0,"result":{"_raw":"{\"kind\":\"Event\",…}","host":"node-1","source":"/var/log/audit.log"}}
//! ```
//!
//! Its CSV, with a column `_raw`, is read by [`super::csv`]. Lost: Splunk's own fields.

use super::{Wrapper, read_payload};

pub(super) const RESULT: Wrapper = Wrapper {
    name: "Splunk export",
    marks: &["result>_raw"],
    payload: &["result>_raw"],
    labels: &[("result>host", "host"), ("result>source", "log"), ("result>index", "index")],
    read: read_payload,
};

pub(super) const EVENT: Wrapper = Wrapper {
    name: "Splunk export",
    marks: &["_raw"],
    payload: &["_raw"],
    labels: &[("host", "host"), ("source", "log"), ("index", "index")],
    read: read_payload,
};
