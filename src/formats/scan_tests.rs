//! Literal cases of the event scanner.

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

/// Any depth is stepped over, brackets that do not match are told at each.
#[test]
fn deep_nesting() {
    let check_deep = |open: &str, middle: &str, close: &str, expected| {
        for depth in [1, 2, 62, 63, 64, 65, 126, 127, 128, 129, 130, 255, 256, 257, 400, 100_000] {
            let deep = format!(r#"{{"auditID":"x","a":{}{middle}{}}}"#, open.repeat(depth), close.repeat(depth));
            check(&deep, expected);
        }
    };
    check_deep("[", "", "]", Ok("x"));
    check_deep(r#"{"]}":"#, "1", "}", Ok("x"));
    check_deep(r#"[{"a":[{},"#, "[]", "]}]", Ok("x"));
    check_deep(r#"[{"a":"#, "[}", "}]", Err(SkipReason::Malformed));
    check_deep("[", "{]", "]", Err(SkipReason::Malformed));
    for depth in [1, 127, 128, 129, 256, 1000] {
        let opened = "[".repeat(depth);
        check(&format!(r#"{{"auditID":"x","a":{{"b":{opened}"#), Err(SkipReason::Incomplete));
        // The outermost bracket's kind is still known after all that stood inside it.
        check(&format!(r#"{{"auditID":"x","a":{{"b":{opened}{}]}}"#, "]".repeat(depth)), Err(SkipReason::Malformed));
        check(&format!(r#"{{"auditID":"x","a":[{opened}{}}}}}"#, "]".repeat(depth)), Err(SkipReason::Malformed));
    }
}

/// A key is what its escapes mean.
#[test]
fn escaped_keys() {
    let record = br#"{"audit\u0049D":"x","audit\u0049D":"a","\u0076erb":"get","user":{"username":"u"},"objectRef":{"n\u0061me":"n","apiVersion":"apps\/v1","resourc\u0065":"pods"},"responseStatus":{"\u0063ode":403},"annotations":{"authorization.k8s.io\/decision":"forbid","authorization.k8s.io\/reason":"r","audit.k8s.io\/truncated":"true"},"meta\u0064ata":{"creationTimest\u0061mp":"2017-09-11T19:55:06Z"},"apiVersion":"audit.k8s.io\/v1beta1"}"#;
    let mut event = Event::default();
    assert_eq!(scan_event(record, &mut event), Ok(record.len()));
    assert_eq!(
        (event.audit_id, event.verb, event.name, event.resource),
        (&b"a"[..], &b"get"[..], &b"n"[..], &b"pods"[..])
    );
    assert_eq!((event.api_group, event.api_version), (&b"apps"[..], &b"v1"[..]));
    assert_eq!((event.code, event.decision, event.reason), (403, &b"forbid"[..], &b"r"[..]));
    assert_eq!(event.staged, parse_rfc3339(b"2017-09-11T19:55:06Z"));
    assert!(event.flags.has(Flags::TRUNCATED) && event.flags.has(Flags::V1BETA1));
}

/// Backslashes that stay when escapes are undone.
#[test]
fn versions_with_backslashes() {
    for version in [r"C:\\dir", r"\\", r"a\q", r"\\\\", r"audit.k8s.io\\v1"] {
        let record = format!(r#"{{"apiVersion":"{version}"}}"#);
        assert!(scan_event(record.as_bytes(), &mut Event::default()).is_err(), "{record}");
    }
}

/// What is met again is read as what is read for the first time.
mod again {
    use super::*;
    use proptest::prelude::*;

    fn member() -> impl Strategy<Value = String> {
        let user = r#""user":\{"username":"(alice|bob|system:serviceaccount:kube-system:x{0,3})","uid":"[01]","groups":\["g{100,102}"\]\}"#;
        prop_oneof![
            4 => user,
            3 => r#""sourceIPs":\["10\.0\.0\.[12]"\]"#,
            3 => r#""userAgent":"(kubectl|kubelet\\\\)( x{60})?""#,
            1 => r#""impersonatedUser":(null|\{"username":"[ab]"\})"#,
            3 => r#""annotations":\{("authorization\.k8s\.io/decision":"allow",)?"authorization\.k8s\.io/reason":"[ab]( x{80})?"(,"audit\.k8s\.io/truncated":"(true|false)")?\}"#,
            1 => r#""objectRef":\{"name":"[ab]"\}"#,
        ]
    }

    proptest! {
        #[test]
        fn recall_changes_nothing(events in prop::collection::vec(prop::collection::vec(member(), 0..6), 1..12), cut in 0..400usize) {
            let mut recall = Recall::default();
            let mut numbered = std::collections::HashMap::new();
            for members in &events {
                let text = format!(r#"{{"auditID":"a",{}"stage":"s"}}{}"#, members.iter().map(|m| m.clone() + ",").collect::<String>(), " ".repeat(200));
                for text in [text.as_bytes(), &text.as_bytes()[..cut.min(text.len())]] {
                    let (mut plain, mut again) = (Event::default(), Event::default());
                    let expected = scan_event(text, &mut plain);
                    prop_assert_eq!(scan_again(text, &mut again, &mut recall), expected);
                    if expected.is_err() {
                        continue;
                    }
                    let actor = (again.user.to_vec(), again.impersonated_user.to_vec(), again.source_ips.to_vec(), again.user_agent.to_vec());
                    let authorization = (again.decision.to_vec(), again.reason.to_vec());
                    for (number, values) in [((again.actor, 'a'), format!("{actor:?}")), ((again.authorization, 'z'), format!("{authorization:?}"))] {
                        if number.0 > 0 {
                            prop_assert_eq!(numbered.entry(number).or_insert_with(|| values.clone()), &values);
                        }
                    }
                    (again.actor, again.authorization) = (0, 0);
                    prop_assert_eq!(again, plain);
                }
            }
        }
    }
}
