//! Docker's json-file logs (moby/moby daemon/logger/jsonfilelog).
//!
//! ```json
//! {"log":"{\"kind\":\"Event\",…}\n","stream":"stdout","time":"2024-05-22T15:33:04.123456789Z"}
//! ```
//!
//! A line over 16 KiB comes as several records, of which only the last one's `log`
//! ends in a newline; such parts are not joined. Lost: Docker's own timestamp.

use super::{Wrapper, read_payload};

pub(super) const JSON_FILE: Wrapper = Wrapper {
    name: "Docker json-file",
    marks: &["log", "stream", "time"],
    payload: &["log"],
    labels: &[("attrs>tag", "container"), ("kubernetes>pod_name", "pod"), ("kubernetes>host", "node")],
    read: read_payload,
};
