//! The hot path: one audit.k8s.io event read off its text in a single pass.
//!
//! Lazy on purpose: a string is found by its closing quote and never copied, a body is
//! stepped over by its brackets. Ours because ingest is what the product is for;
//! `make bench` compares it with DuckDB's reader.

use super::SkipReason;
use crate::model::time::parse_rfc3339;
use crate::model::{Event, Flags};

/// Brackets nest no deeper than this in a record (serde_json's own limit).
const MAX_DEPTH: u32 = 127;

/// Reads the JSON object at the start of `record` (leading white space allowed) as an audit event.
///
/// Returns the offset after the object's closing brace; what follows is the caller's.
///
/// # Errors
/// `NotJson`: no object starts here. `Incomplete`: the text ends inside it. `Malformed`: it
/// breaks JSON's grammar. `NotAnEvent`: a sound object, but neither `auditID` nor an
/// `audit.k8s.io` `apiVersion` in it.
pub fn scan_event<'a>(record: &'a [u8], event: &mut Event<'a>) -> Result<usize, SkipReason> {
    *event = Event::default();
    let mut cursor = Cursor { text: record, at: 0 };
    cursor.skip_space();
    if cursor.peek() != Some(b'{') {
        return Err(if cursor.at == record.len() { SkipReason::Incomplete } else { SkipReason::NotJson });
    }
    let mut audit_api = false;
    let mut legacy = Legacy::default();
    cursor.members(|cursor, key| {
        match key {
            b"level" => text_unless_set(cursor, &mut event.level)?,
            b"auditID" => event.audit_id = cursor.text_value()?,
            b"stage" => event.stage = cursor.text_value()?,
            b"requestURI" => event.request_uri = cursor.text_value()?,
            b"verb" => event.verb = cursor.text_value()?,
            b"user" => event.user = cursor.bracketed(b'{')?,
            b"impersonatedUser" => event.impersonated_user = cursor.bracketed(b'{')?,
            b"sourceIPs" => event.source_ips = cursor.bracketed(b'[')?,
            b"userAgent" => event.user_agent = cursor.text_value()?,
            b"objectRef" => object_ref(cursor, event)?,
            b"responseStatus" => response_status(cursor, event)?,
            b"requestObject" => body(cursor, event, Flags::REQUEST_BODY)?,
            b"responseObject" => body(cursor, event, Flags::RESPONSE_BODY)?,
            b"requestReceivedTimestamp" => event.received = parse_rfc3339(cursor.text_value()?),
            b"stageTimestamp" => event.staged = parse_rfc3339(cursor.text_value()?),
            b"annotations" => annotations(cursor, event)?,
            b"apiVersion" => audit_api |= api_version(cursor.text_value()?, event),
            b"timestamp" => legacy.received = cursor.text_value()?,
            b"metadata" => creation_timestamp(cursor, &mut legacy)?,
            // OpenShift's log forwarder overwrites `level` and keeps the real one here.
            b"k8s_audit_level" => event.level = cursor.text_value()?,
            _ => cursor.skip_value()?,
        }
        Ok(())
    })?;
    if event.audit_id.is_empty() && !(audit_api && (!event.stage.is_empty() || !event.verb.is_empty())) {
        return Err(SkipReason::NotAnEvent);
    }
    legacy.fill(event);
    Ok(cursor.at)
}

/// The end of the JSON value that starts at `at` (white space before it allowed).
///
/// # Errors
/// `Incomplete` when the text ends first, `Malformed` when brackets do not match.
pub fn skip_value(text: &[u8], at: usize) -> Result<usize, SkipReason> {
    let mut cursor = Cursor { text, at };
    cursor.skip_space();
    cursor.skip_value()?;
    Ok(cursor.at)
}

/// Timestamps of v1alpha1 and v1beta1, which stand in where the micro timestamps are unset
/// (kubernetes/apiserver v0.23.0 pkg/apis/audit/v1beta1/conversion.go).
#[derive(Default)]
struct Legacy<'a> {
    received: &'a [u8],
    staged: &'a [u8],
}

impl Legacy<'_> {
    fn fill(&self, event: &mut Event<'_>) {
        event.received = event.received.or_else(|| parse_rfc3339(self.received));
        event.staged = event.staged.or_else(|| parse_rfc3339(self.staged));
    }
}

fn text_unless_set<'a>(cursor: &mut Cursor<'a>, slot: &mut &'a [u8]) -> Result<(), SkipReason> {
    let value = cursor.text_value()?;
    if slot.is_empty() {
        *slot = value;
    }
    Ok(())
}

fn api_version(value: &[u8], event: &mut Event<'_>) -> bool {
    let Some(version) = value.strip_prefix(b"audit.k8s.io/") else { return false };
    match version {
        b"v1beta1" => event.flags.set(Flags::V1BETA1),
        b"v1alpha1" => event.flags.set(Flags::V1ALPHA1),
        _ => {}
    }
    true
}

fn object_ref<'a>(cursor: &mut Cursor<'a>, event: &mut Event<'a>) -> Result<(), SkipReason> {
    cursor.members_or_skip(|cursor, key| {
        match key {
            b"resource" => event.resource = cursor.text_value()?,
            b"namespace" => event.namespace = cursor.text_value()?,
            b"name" => event.name = cursor.text_value()?,
            b"apiGroup" => event.api_group = cursor.text_value()?,
            b"apiVersion" => event.api_version = cursor.text_value()?,
            b"subresource" => event.subresource = cursor.text_value()?,
            _ => cursor.skip_value()?,
        }
        Ok(())
    })?;
    // v1alpha1 wrote `group/version` into apiVersion.
    if let Some(slash) = event.api_version.iter().rposition(|&byte| byte == b'/') {
        if event.api_group.is_empty() {
            event.api_group = &event.api_version[..slash];
        }
        event.api_version = &event.api_version[slash + 1..];
    }
    Ok(())
}

fn response_status<'a>(cursor: &mut Cursor<'a>, event: &mut Event<'a>) -> Result<(), SkipReason> {
    cursor.members_or_skip(|cursor, key| {
        if key != b"code" {
            return cursor.skip_value();
        }
        let start = cursor.at;
        cursor.skip_value()?;
        let digits = cursor.text[start..cursor.at].iter().take_while(|byte| byte.is_ascii_digit());
        event.code = digits.fold(0u16, |sum, byte| sum.saturating_mul(10).saturating_add(u16::from(byte - b'0')));
        Ok(())
    })
}

fn annotations<'a>(cursor: &mut Cursor<'a>, event: &mut Event<'a>) -> Result<(), SkipReason> {
    cursor.members_or_skip(|cursor, key| {
        match key {
            b"authorization.k8s.io/decision" | b"authorization_k8s_io/decision" => {
                event.decision = cursor.text_value()?;
            }
            b"authorization.k8s.io/reason" | b"authorization_k8s_io/reason" => {
                event.reason = cursor.text_value()?;
            }
            b"audit.k8s.io/truncated" | b"audit_k8s_io/truncated" => {
                if cursor.text_value()? == b"true" {
                    event.flags.set(Flags::TRUNCATED);
                }
            }
            _ => cursor.skip_value()?,
        }
        Ok(())
    })
}

fn creation_timestamp<'a>(cursor: &mut Cursor<'a>, legacy: &mut Legacy<'a>) -> Result<(), SkipReason> {
    cursor.members_or_skip(|cursor, key| {
        if key == b"creationTimestamp" {
            legacy.staged = cursor.text_value()?;
            return Ok(());
        }
        cursor.skip_value()
    })
}

fn body(cursor: &mut Cursor<'_>, event: &mut Event<'_>, flag: Flags) -> Result<(), SkipReason> {
    if cursor.peek() != Some(b'n') {
        event.flags.set(flag);
    }
    cursor.skip_value()
}

struct Cursor<'a> {
    text: &'a [u8],
    at: usize,
}

impl<'a> Cursor<'a> {
    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn skip_space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    /// The next byte that is no white space.
    fn next_token(&mut self) -> Result<u8, SkipReason> {
        self.skip_space();
        self.peek().ok_or(SkipReason::Incomplete)
    }

    /// At `{`: calls `visit` at each member's value, which it must step over.
    #[inline(always)]
    fn members(
        &mut self,
        mut visit: impl FnMut(&mut Self, &'a [u8]) -> Result<(), SkipReason>,
    ) -> Result<(), SkipReason> {
        self.at += 1;
        if self.next_token()? == b'}' {
            self.at += 1;
            return Ok(());
        }
        loop {
            if self.next_token()? != b'"' {
                return Err(SkipReason::Malformed);
            }
            let key = self.string()?;
            if self.next_token()? != b':' {
                return Err(SkipReason::Malformed);
            }
            self.at += 1;
            self.next_token()?;
            visit(self, key)?;
            match self.next_token()? {
                b',' => self.at += 1,
                b'}' => {
                    self.at += 1;
                    return Ok(());
                }
                _ => return Err(SkipReason::Malformed),
            }
        }
    }

    /// The same where another type than an object may stand: that is stepped over.
    #[inline(always)]
    fn members_or_skip(
        &mut self,
        visit: impl FnMut(&mut Self, &'a [u8]) -> Result<(), SkipReason>,
    ) -> Result<(), SkipReason> {
        if self.peek() == Some(b'{') { self.members(visit) } else { self.skip_value() }
    }

    /// At an opening quote: the string's inside, escapes and all.
    fn string(&mut self) -> Result<&'a [u8], SkipReason> {
        let start = self.at + 1;
        self.at = end_of_string(self.text, start).ok_or(SkipReason::Incomplete)? + 1;
        Ok(&self.text[start..self.at - 1])
    }

    /// A string's inside; empty when the value is of another type.
    fn text_value(&mut self) -> Result<&'a [u8], SkipReason> {
        if self.peek() == Some(b'"') {
            return self.string();
        }
        self.skip_value()?;
        Ok(&[])
    }

    /// The whole object or array; empty when the value is of another type.
    fn bracketed(&mut self, open: u8) -> Result<&'a [u8], SkipReason> {
        let start = self.at;
        self.skip_value()?;
        Ok(if self.text[start] == open { &self.text[start..self.at] } else { &[] })
    }

    /// At a value's first byte: steps over it.
    fn skip_value(&mut self) -> Result<(), SkipReason> {
        match self.peek() {
            None => Err(SkipReason::Incomplete),
            Some(b'"') => self.string().map(drop),
            Some(b'{' | b'[') => self.skip_brackets(),
            Some(_) => self.skip_scalar(),
        }
    }

    fn skip_scalar(&mut self) -> Result<(), SkipReason> {
        let rest = &self.text[self.at..];
        let length = rest
            .iter()
            .position(|byte| !matches!(byte, b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' | b'+' | b'-' | b'.'))
            .unwrap_or(rest.len());
        let sound = match &rest[..length] {
            b"true" | b"false" | b"null" => true,
            number => matches!(number.first(), Some(b'-' | b'0'..=b'9')),
        };
        self.at += length;
        match sound {
            true => Ok(()),
            false if self.at == self.text.len() => Err(SkipReason::Incomplete),
            false => Err(SkipReason::Malformed),
        }
    }

    fn skip_brackets(&mut self) -> Result<(), SkipReason> {
        let mut depth = 0u32;
        // One bit a level: 1 for an array. What closes must match what opened.
        let mut arrays = 0u128;
        loop {
            self.at = next_structural(self.text, self.at).ok_or(SkipReason::Incomplete)?;
            let byte = self.text[self.at];
            self.at += 1;
            match byte {
                b'"' => self.at = end_of_string(self.text, self.at).ok_or(SkipReason::Incomplete)? + 1,
                b'{' | b'[' => {
                    if depth == MAX_DEPTH {
                        return Err(SkipReason::Malformed);
                    }
                    depth += 1;
                    arrays = arrays << 1 | u128::from(byte == b'[');
                }
                _ => {
                    if (arrays & 1 == 1) != (byte == b']') {
                        return Err(SkipReason::Malformed);
                    }
                    depth -= 1;
                    arrays >>= 1;
                    if depth == 0 {
                        return Ok(());
                    }
                }
            }
        }
    }
}

/// The closing quote of the string whose inside starts at `at`.
#[inline(always)]
fn end_of_string(text: &[u8], mut at: usize) -> Option<usize> {
    loop {
        at = block::find(text, at, |block| block.equals(b'"') | block.equals(b'\\'))?;
        if text[at] == b'"' {
            return Some(at);
        }
        at += 2;
    }
}

/// The next quote or bracket at or after `at`.
#[inline(always)]
fn next_structural(text: &[u8], at: usize) -> Option<usize> {
    block::find(text, at, |block| {
        // `[` and `{`, `]` and `}` differ in bit 5 alone.
        let folded = block.with_bit_5();
        block.equals(b'"') | folded.equals(b'{') | folded.equals(b'}')
    })
}

/// Bytes compared sixteen at a time. JSON's strings are short: a call into a search
/// routine for each of them cost a quarter of the rate.
mod block {
    #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
    mod lanes {
        use core::arch::wasm32::{u8x16_bitmask, u8x16_eq, u8x16_splat, v128, v128_load, v128_or};

        #[derive(Clone, Copy)]
        pub struct Block(v128);

        impl Block {
            #[inline(always)]
            pub fn load(bytes: &[u8; 16]) -> Block {
                // SAFETY: sixteen readable bytes; v128_load asks for no alignment.
                Block(unsafe { v128_load(bytes.as_ptr().cast()) })
            }

            /// Bit i: byte i equals `byte`.
            #[inline(always)]
            pub fn equals(self, byte: u8) -> u32 {
                u32::from(u8x16_bitmask(u8x16_eq(self.0, u8x16_splat(byte))))
            }

            #[inline(always)]
            pub fn with_bit_5(self) -> Block {
                Block(v128_or(self.0, u8x16_splat(0x20)))
            }
        }
    }

    #[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
    mod lanes {
        #[derive(Clone, Copy)]
        pub struct Block([u8; 16]);

        impl Block {
            #[inline(always)]
            pub fn load(bytes: &[u8; 16]) -> Block {
                Block(*bytes)
            }

            /// Bit i: byte i equals `byte`.
            #[inline(always)]
            pub fn equals(self, byte: u8) -> u32 {
                self.0.iter().enumerate().fold(0, |mask, (lane, &b)| mask | u32::from(b == byte) << lane)
            }

            #[inline(always)]
            pub fn with_bit_5(self) -> Block {
                Block(self.0.map(|byte| byte | 0x20))
            }
        }
    }

    pub use lanes::Block;

    /// The first position at or after `at` whose bit `matches` sets.
    #[inline(always)]
    pub fn find(text: &[u8], mut at: usize, matches: impl Fn(Block) -> u32) -> Option<usize> {
        while let Some(bytes) = text.get(at..).and_then(<[u8]>::first_chunk::<16>) {
            let mask = matches(Block::load(bytes));
            if mask != 0 {
                return Some(at + mask.trailing_zeros() as usize);
            }
            at += 16;
        }
        let rest = text.get(at..)?;
        let mut last = [0u8; 16];
        last[..rest.len()].copy_from_slice(rest);
        let mask = matches(Block::load(&last));
        (mask != 0).then(|| at + mask.trailing_zeros() as usize)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EVENT: &str = r#"{"kind":"Event","apiVersion":"audit.k8s.io/v1","level":"RequestResponse","auditID":"a-1","stage":"ResponseComplete","requestURI":"/api/v1/namespaces/prod/secrets/db?dryRun=All","verb":"delete","user":{"username":"alice","groups":["g1","g\"2"]},"impersonatedUser":{"username":"bob"},"sourceIPs":["10.0.0.1"],"userAgent":"kubectl/v1.30 \\ x","objectRef":{"resource":"secrets","namespace":"prod","name":"db","apiVersion":"v1"},"responseStatus":{"metadata":{},"code":200},"requestObject":{"a":[1,{"b":"}]"}]},"responseObject":null,"requestReceivedTimestamp":"2024-05-22T15:33:04.123456Z","stageTimestamp":"2024-05-22T15:33:04.223456Z","annotations":{"authorization.k8s.io/decision":"allow","authorization.k8s.io/reason":"RBAC: x","audit.k8s.io/truncated":"true"}}"#;

    fn check(record: &str, expected: Result<&str, SkipReason>) {
        let mut event = Event::default();
        let seen = scan_event(record.as_bytes(), &mut event);
        let audit_id = std::str::from_utf8(event.audit_id).unwrap();
        assert_eq!(seen.map(|_| audit_id), expected, "{record}");
    }

    #[test]
    fn every_field_of_an_event() {
        let mut event = Event::default();
        assert_eq!(scan_event(EVENT.as_bytes(), &mut event), Ok(EVENT.len()));
        let mut flags = Flags::TRUNCATED;
        flags.set(Flags::REQUEST_BODY);
        let expected = Event {
            audit_id: b"a-1",
            stage: b"ResponseComplete",
            level: b"RequestResponse",
            verb: b"delete",
            request_uri: b"/api/v1/namespaces/prod/secrets/db?dryRun=All",
            user: br#"{"username":"alice","groups":["g1","g\"2"]}"#,
            impersonated_user: br#"{"username":"bob"}"#,
            source_ips: br#"["10.0.0.1"]"#,
            user_agent: br"kubectl/v1.30 \\ x",
            api_version: b"v1",
            resource: b"secrets",
            namespace: b"prod",
            name: b"db",
            code: 200,
            decision: b"allow",
            reason: b"RBAC: x",
            received: Some(1_716_391_984_123_456),
            staged: Some(1_716_391_984_223_456),
            flags,
            ..Event::default()
        };
        assert_eq!(event, expected);
    }

    #[test]
    fn every_truncation_is_incomplete() {
        for end in 1..EVENT.len() {
            let seen = scan_event(&EVENT.as_bytes()[..end], &mut Event::default());
            assert_eq!(seen, Err(SkipReason::Incomplete), "cut at {end}");
        }
    }

    #[test]
    fn records() {
        use SkipReason::*;
        check(r#"{"auditID":"x"}"#, Ok("x"));
        check(r#"  { "auditID" : "x" , "level" : 3 } tail"#, Ok("x"));
        check(r#"{"auditID":"x","objectRef":[],"annotations":null,"user":"me","responseStatus":7}"#, Ok("x"));
        check(r#"{"apiVersion":"audit.k8s.io/v1","kind":"Event","verb":"get"}"#, Ok(""));
        check(r#"{"apiVersion":"audit.k8s.io/v1","kind":"Policy","rules":[]}"#, Err(NotAnEvent));
        check(r#"{"apiVersion":"v1","kind":"Event"}"#, Err(NotAnEvent));
        check("{}", Err(NotAnEvent));
        check("hello", Err(NotJson));
        check("[]", Err(NotJson));
        check("", Err(Incomplete));
        check(r#"{"auditID":"x"]"#, Err(Malformed));
        check(r#"{"auditID":"x" "level":"y"}"#, Err(Malformed));
        check(r#"{"auditID":"x","a":[1,2}}"#, Err(Malformed));
        check(r#"{"auditID":"x","a":nonsense}"#, Err(Malformed));
        check(r#"{auditID:"x"}"#, Err(Malformed));
        check(r#"{"auditID":"x",}"#, Err(Malformed));
        check(r#"{"auditID":"x","#, Err(Incomplete));
    }

    #[test]
    fn older_versions_lend_their_timestamps() {
        let record = br#"{"apiVersion":"audit.k8s.io/v1alpha1","metadata":{"creationTimestamp":"2017-09-11T19:55:06Z"},"timestamp":"2017-09-11T19:55:05Z","auditID":"x","objectRef":{"apiVersion":"apps/v1","resource":"deployments"}}"#;
        let mut event = Event::default();
        assert!(scan_event(record, &mut event).is_ok());
        assert_eq!(event.received, parse_rfc3339(b"2017-09-11T19:55:05Z"));
        assert_eq!(event.staged, parse_rfc3339(b"2017-09-11T19:55:06Z"));
        assert_eq!((event.api_group, event.api_version), (&b"apps"[..], &b"v1"[..]));
        assert!(event.flags.has(Flags::V1ALPHA1));
    }

    #[test]
    fn deep_nesting_is_refused_without_a_panic() {
        let deep = format!(r#"{{"auditID":"x","a":{}{}}}"#, "[".repeat(500), "]".repeat(500));
        check(&deep, Err(SkipReason::Malformed));
    }
}
