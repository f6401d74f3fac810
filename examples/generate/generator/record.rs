//! One audit.k8s.io/v1 event, written as kube-apiserver writes it: its fields, its order.
//! Source: kubernetes/apiserver pkg/apis/audit/v1/types.go.

use auditscope::model::Micros;
use auditscope::model::time::format_rfc3339;
use std::fmt::Write;

/// Who calls, with what, from where. `user` is the event's `user` object as JSON.
#[derive(Debug, Clone, Default)]
pub struct Actor {
    pub name: String,
    pub user: String,
    pub agent: String,
    pub ip: String,
    /// Authorization's reason for what this actor may do.
    pub reason: String,
}

/// The object a request is about. Empty: absent.
#[derive(Debug, Clone, Default)]
pub struct Object {
    pub resource: &'static str,
    pub namespace: String,
    pub name: String,
    pub uid: String,
    pub group: &'static str,
    pub version: &'static str,
    pub resource_version: u64,
    pub subresource: &'static str,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    Metadata,
    Request,
    RequestResponse,
}

#[derive(Debug, Clone)]
pub struct Record {
    pub level: Level,
    pub audit_id: String,
    pub stage: &'static str,
    pub uri: String,
    pub verb: &'static str,
    pub actor: Actor,
    /// The `impersonatedUser` object as JSON.
    pub impersonated: String,
    pub object: Option<Object>,
    pub code: u16,
    /// Why a code of 400 or more was given.
    pub message: String,
    pub request_body: String,
    pub response_body: String,
    pub received: Micros,
    pub staged: Micros,
    /// Besides the authorization's two; in alphabetical order.
    pub annotations: Vec<(&'static str, String)>,
    /// `None`: never came as far as authorization.
    pub allowed: Option<bool>,
}

impl Record {
    pub fn new(actor: &Actor, verb: &'static str, uri: String, object: Option<Object>) -> Record {
        Record {
            level: Level::Metadata,
            audit_id: String::new(),
            stage: "ResponseComplete",
            uri,
            verb,
            actor: actor.clone(),
            impersonated: String::new(),
            object,
            code: if verb == "create" { 201 } else { 200 },
            message: String::new(),
            request_body: String::new(),
            response_body: String::new(),
            received: 0,
            staged: 0,
            annotations: Vec::new(),
            allowed: Some(true),
        }
    }

    pub fn code(mut self, code: u16) -> Record {
        self.code = code;
        self
    }

    /// Refused by authorization, in the API server's own words.
    pub fn forbidden(mut self) -> Record {
        let object = self.object.clone().unwrap_or_default();
        let (dot, group) = if object.group.is_empty() { ("", "") } else { (".", object.group) };
        let quoted = if object.name.is_empty() { String::new() } else { format!(" \\\"{}\\\"", object.name) };
        let slash = if object.subresource.is_empty() { "" } else { "/" };
        let place = if object.namespace.is_empty() {
            "at the cluster scope".to_string()
        } else {
            format!("in the namespace \\\"{}\\\"", object.namespace)
        };
        self.message = format!(
            "{0}{dot}{group}{quoted} is forbidden: User \\\"{1}\\\" cannot {2} resource \\\"{0}{slash}{3}\\\" in API group \\\"{4}\\\" {place}",
            object.resource, self.actor.name, self.verb, object.subresource, object.group
        );
        self.allowed = Some(false);
        self.code = 403;
        self
    }

    pub fn not_found(mut self) -> Record {
        let object = self.object.clone().unwrap_or_default();
        self.message = format!("{} \\\"{}\\\" not found", object.resource, object.name);
        self.code = 404;
        self
    }

    pub fn conflict(mut self) -> Record {
        let object = self.object.clone().unwrap_or_default();
        self.message = format!(
            "Operation cannot be fulfilled on {} \\\"{}\\\": the object has been modified; please apply your changes to the latest version and try again",
            object.resource, object.name
        );
        self.code = 409;
        self
    }

    pub fn note(mut self, key: &'static str, value: impl Into<String>) -> Record {
        self.annotations.push((key, value.into()));
        self
    }

    /// Appends the event as one line, newline included.
    pub fn write_line(&self, out: &mut String) {
        // Invariant of every `write!` here: writing to a String cannot fail, so its result is dropped.
        let level = match self.level {
            Level::Metadata => "Metadata",
            Level::Request => "Request",
            Level::RequestResponse => "RequestResponse",
        };
        let _ = write!(
            out,
            r#"{{"kind":"Event","apiVersion":"audit.k8s.io/v1","level":"{level}","auditID":"{}","stage":"{}","requestURI":"{}","verb":"{}","user":{}"#,
            self.audit_id, self.stage, self.uri, self.verb, self.actor.user
        );
        if !self.impersonated.is_empty() {
            let _ = write!(out, r#","impersonatedUser":{}"#, self.impersonated);
        }
        let _ = write!(out, r#","sourceIPs":["{}"]"#, self.actor.ip);
        text_field(out, "userAgent", &self.actor.agent);
        if let Some(object) = &self.object {
            out.push_str(r#","objectRef":"#);
            object.write(out);
        }
        self.write_status(out);
        if !self.request_body.is_empty() {
            let _ = write!(out, r#","requestObject":{}"#, self.request_body);
        }
        if !self.response_body.is_empty() {
            let _ = write!(out, r#","responseObject":{}"#, self.response_body);
        }
        let _ = write!(
            out,
            r#","requestReceivedTimestamp":"{}","stageTimestamp":"{}""#,
            format_rfc3339(self.received),
            format_rfc3339(self.staged)
        );
        self.write_annotations(out);
        out.push_str("}\n");
    }

    fn write_status(&self, out: &mut String) {
        let reason = match self.code {
            0 => return,
            400..=402 => "BadRequest",
            403 => "Forbidden",
            404 => "NotFound",
            409 => "Conflict",
            422 => "Invalid",
            500.. => "InternalError",
            _ => {
                let _ = write!(out, r#","responseStatus":{{"metadata":{{}},"code":{}}}"#, self.code);
                return;
            }
        };
        let object = self.object.clone().unwrap_or_default();
        let _ = write!(
            out,
            r#","responseStatus":{{"metadata":{{}},"status":"Failure","message":"{}","reason":"{reason}","details":{{"name":"{}","kind":"{}"}},"code":{}}}"#,
            self.message, object.name, object.resource, self.code
        );
    }

    fn write_annotations(&self, out: &mut String) {
        let Some(allowed) = self.allowed else { return };
        let (decision, reason) = if allowed { ("allow", self.actor.reason.as_str()) } else { ("forbid", "") };
        out.push_str(r#","annotations":{"#);
        let (before, after): (Vec<_>, Vec<_>) =
            self.annotations.iter().partition(|(key, _)| *key < "authorization.k8s.io");
        for (key, value) in before {
            let _ = write!(out, r#""{key}":"{value}","#);
        }
        let _ = write!(out, r#""authorization.k8s.io/decision":"{decision}","authorization.k8s.io/reason":"{reason}""#);
        for (key, value) in after {
            let _ = write!(out, r#","{key}":"{value}""#);
        }
        out.push('}');
    }
}

impl Object {
    fn write(&self, out: &mut String) {
        let _ = write!(out, r#"{{"resource":"{}""#, self.resource);
        text_field(out, "namespace", &self.namespace);
        text_field(out, "name", &self.name);
        text_field(out, "uid", &self.uid);
        text_field(out, "apiGroup", self.group);
        text_field(out, "apiVersion", self.version);
        if self.resource_version > 0 {
            let _ = write!(out, r#","resourceVersion":"{}""#, self.resource_version);
        }
        text_field(out, "subresource", self.subresource);
        out.push('}');
    }

    /// The request path without its query.
    pub fn path(&self) -> String {
        let mut path =
            if self.group.is_empty() { "/api/".to_string() } else { format!("/apis/{}/", self.group) } + self.version;
        if !self.namespace.is_empty() {
            let _ = write!(path, "/namespaces/{}", self.namespace);
        }
        let is_namespace_itself = self.resource == "namespaces" && !self.namespace.is_empty();
        if !is_namespace_itself {
            let _ = write!(path, "/{}", self.resource);
            if !self.name.is_empty() {
                let _ = write!(path, "/{}", self.name);
            }
        }
        if !self.subresource.is_empty() {
            let _ = write!(path, "/{}", self.subresource);
        }
        path
    }
}

fn text_field(out: &mut String, key: &str, value: &str) {
    if !value.is_empty() {
        let _ = write!(out, r#","{key}":"{value}""#);
    }
}
