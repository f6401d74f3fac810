use super::*;
use crate::model::user::{client_product, code_class, user_kind};
use crate::query::arbitrary::{self, SmallEvent};
use crate::query::syntax::parse;
use crate::query::text::Needle;
use proptest::prelude::*;
use serde_json::{Value, json};
use std::collections::BTreeMap;

fn target() -> Target {
    Target { selector: "{job=\"audit\"}".into(), compact: true }
}

fn split(text: &str) -> Split {
    Split::of(&parse(text).expect(text))
}

#[test]
fn filters_as_log_queries() {
    let check = |text: &str, expected: &str| {
        let split = split(text);
        assert_eq!(split.rows(&target()), format!("{{job=\"audit\"}}{expected}"), "{text}");
        assert!(split.is_exact(), "{text}");
    };
    check("", "");
    check("\"free text\"", " |~ \"(?i)free text\"");
    check("10.0.0.1", " |= \"10.0.0.1\"");
    check("-a", " !~ \"(?i)a\"");
    check("a OR b.c", r" |~ `(?i)a|b\.c`");
    check("-(a OR b)", " !~ \"(?i)a|b\"");
    check("Éa", " |~ \"É[aA]\"");
    check(r#""say \"hi\"""#, r#" |~ `(?i)say "hi"|say \\"hi\\"`"#);
    check(r#"-"say \"hi\"""#, r#" !~ `(?i)say "hi"|say \\"hi\\"`"#);
    check(r#""1\"2""#, r#" |~ `1"2|1\\"2`"#);
    check("\"a&b\"", r" |~ `(?i)a&b|a\\u0026b`");
    check("\"a<`\" OR c", r#" |~ "(?i)a<`|a\\\\u003c`|c""#);
    check("\"É&a\"", r" |~ `É&[aA]|É\\[uU]0026[aA]`");
    check(
        "verb:delete",
        " |= `\"verb\":\"delete\"` | json audit_verb=\"verb\" | __error__=\"\" | audit_verb=\"delete\"",
    );
    check(
        "ns:prod code>=400",
        " |~ `(?i)\"namespace\":\"(?:prod)\"` | json audit_ns=\"objectRef.namespace\", audit_code=\"responseStatus.code\" \
         | __error__=\"\" | audit_ns=~\"(?i)prod\" | audit_code=~\"[4-9][0-9][0-9]\"",
    );
    check(
        "verb:(get,list)",
        " |~ `(?i)\"verb\":\"(?:get|list)\"` | json audit_verb=\"verb\" | __error__=\"\" | (audit_verb=\"get\" or audit_verb=\"list\")",
    );
    check("-user:system:*", " | json audit_user=\"user.username\" | __error__=\"\" | audit_user!~\"(?is)system:.*\"");
    check("-ns:\"\"", " | json audit_ns=\"objectRef.namespace\" | __error__=\"\" | audit_ns!=\"\"");
    check(
        "decision:FORBID",
        " |~ `(?is)\"authorization\\.k8s\\.io/decision\":\"(?:FORBID)\"` \
         | json audit_decision=\"annotations[\\\"authorization.k8s.io/decision\\\"]\" | __error__=\"\" | audit_decision=\"forbid\"",
    );
    check(
        "code:403",
        " |= `\"code\":403` | json audit_code=\"responseStatus.code\" | __error__=\"\" | audit_code=\"403\"",
    );
    check(
        "verb:get OR -ns:a",
        " | json audit_verb=\"verb\", audit_ns=\"objectRef.namespace\" | __error__=\"\" | (audit_verb=\"get\" or audit_ns!~\"(?i)a\")",
    );
    check("class:4xx", " | json audit_code=\"responseStatus.code\" | __error__=\"\" | audit_code=~\"4[0-9]{2}\"");
    check(
        "client:kubectl",
        " | json audit_agent=\"userAgent\" | __error__=\"\" | audit_agent=~\"(?is)/*(?:kubectl)(?:[ /].*)?\"",
    );
    check("-*", " | json audit_id=\"auditID\" | __error__=\"\" | audit_id=\"\"");
}

#[test]
fn what_is_left_over() {
    let check = |text: &str, pushed: &str, local: &str| {
        let split = split(text);
        let expected = (parse(pushed).expect(pushed), parse(local).expect(local));
        assert_eq!((split.pushed, split.local), expected, "{text}");
    };
    check("verb:get latency>1s", "verb:get", "latency>1s");
    check("time>2026 foo", "foo", "time>2026");
    check("foo OR verb:get", "", "foo OR verb:get");
    check("foo OR bar verb:get", "", "foo OR (bar verb:get)");
    check("verb:get (ns:a OR latency>1s)", "verb:get", "ns:a OR latency>1s");
    check("observed:cluster=c1 ns:a", "ns:a", "observed:cluster=c1");
    check("source:x", "", "source:x");
    check("group:system:masters", "group:system:masters", "");
    check("group:\"a\\\"b\"", "", "group:\"a\\\"b\"");
}

#[test]
fn metric_queries() {
    let hour = 3_600_000_000_000;
    let split = split("verb:delete foo");
    let pipeline = "{job=\"audit\"} |~ \"(?i)foo\"";
    let loose = Target { compact: false, ..target() };
    assert_eq!(
        split.total(&loose, hour),
        format!(
            "sum(count_over_time({pipeline} | json audit_verb=\"verb\", audit_id=\"auditID\" | __error__=\"\" | audit_id!=\"\" \
             | audit_verb=\"delete\" [1h]))"
        )
    );
    assert_eq!(
        split.histogram(&loose, Field::User, hour / 4).as_deref(),
        Some(
            format!(
                "sum by (audit_user) (count_over_time({pipeline} | json audit_user=\"user.username\", audit_verb=\"verb\", \
                 audit_id=\"auditID\" | __error__=\"\" | audit_id!=\"\" | audit_verb=\"delete\" [15m]))"
            )
            .as_str()
        )
    );
    let ask = FacetQuery { field: Field::Namespace, find: "pr.", top: Some(20) };
    assert_eq!(
        Split::of(&Filter::all()).facet(&target(), &ask, hour).as_deref(),
        Some(
            "topk(20, sum by (audit_ns) (count_over_time({job=\"audit\"} | json audit_ns=\"objectRef.namespace\", \
             audit_id=\"auditID\" | __error__=\"\" | audit_id!=\"\" | audit_ns=~`(?is).*pr\\..*` [1h])))"
        )
    );
    assert_eq!(split.histogram(&target(), Field::Latency, hour), None);
    for (nanos, text) in
        [(1, "1ns"), (1_500_000, "1500us"), (90_000_000_000, "90s"), (86_400_000_000_000, "24h"), (-5, "1ns")]
    {
        assert_eq!(duration(nanos), text);
    }
}

#[test]
fn values_off_labels() {
    let check =
        |field, text: &str, expected: &[&str]| assert_eq!(field_values(field, text), expected, "{field:?} {text}");
    check(Field::Verb, "get", &["get"]);
    check(Field::Verb, "", &[]);
    check(Field::Group, r#"["a","b\"c"]"#, &["a", "b\"c"]);
    check(Field::Group, "", &[]);
    check(Field::UserKind, "system:node:n1", &["node"]);
    check(Field::CodeClass, "404", &["4xx"]);
    check(Field::Client, "kubectl/v1", &["kubectl"]);
    check(Field::Path, "/api?dryRun=All", &["/api"]);
    check(Field::DryRun, "/api?dryRun=All", &["yes"]);
    check(Field::DryRun, "/api", &[]);
    check(Field::Truncated, "true", &["yes"]);
    check(Field::Time, "x", &[]);
}

fn lines() -> impl Strategy<Value = Value> {
    let text = || prop_oneof![3 => "[abAB]{0,3}", 2 => "[ab*?.\\\\\" /\n]{0,4}", 1 => any::<String>()];
    let name = prop_oneof![
        text().boxed(),
        prop::sample::select(vec![
            "system:anonymous",
            "system:serviceaccount:a:b",
            "system:node:n",
            "system:apiserver",
            "system:",
            "kubelet",
            "KUBELET",
            "alice",
            "System:x",
        ])
        .prop_map(str::to_string)
        .boxed(),
    ];
    let agent = prop_oneof![text().boxed(), "/{0,2}[aA]{0,2}[ /][ab]{0,2}".boxed()];
    let uri = prop_oneof![text().boxed(), "/[ab]{0,2}(\\?([ab]=[ab]&)?(dryRun=All)?)?".boxed()];
    let pick = |values: &'static [&'static str]| prop::sample::select(values);
    let some_text = text().prop_map(|text| if text.is_empty() { "a".to_string() } else { text });
    let groups = prop::option::of(prop::collection::vec(some_text, 0..3));
    let ips = prop::option::of(prop::collection::vec("[ab.1]{1,3}", 0..3));
    let codes = prop::option::of(prop_oneof![100u16..=999, Just(403), Just(200)]);
    (
        (pick(&["get", "list", "a", "", "watch"]), name, groups, ips, agent, uri),
        (text(), text(), text(), codes),
        (pick(&["", "allow", "forbid"]), text(), pick(&["ResponseComplete", "Panic"]), pick(&["Metadata", "Request"]), any::<bool>()),
    )
        .prop_map(|((verb, user, groups, ips, agent, uri), (ns, resource, object, code), (decision, reason, stage, level, truncated))| {
            let mut line = json!({
                "kind": "Event", "auditID": "x", "verb": verb, "user": {"username": user}, "userAgent": agent, "requestURI": uri,
                "stage": stage, "level": level, "objectRef": {"namespace": ns, "resource": resource, "name": object},
                "annotations": {"authorization.k8s.io/reason": reason},
            });
            if let Some(groups) = groups {
                line["user"]["groups"] = json!(groups);
            }
            if let Some(ips) = ips {
                line["sourceIPs"] = json!(ips);
            }
            if let Some(code) = code {
                line["responseStatus"] = json!({"code": code});
            }
            if !decision.is_empty() {
                line["annotations"]["authorization.k8s.io/decision"] = json!(decision);
            }
            if truncated {
                line["annotations"]["audit.k8s.io/truncated"] = json!("true");
            }
            line
        })
}

/// The line's values, read without any of the code under test.
fn event_of(line: &Value) -> SmallEvent {
    let text = |pointer: &str| line.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_string();
    let list = |pointer: &str| -> Vec<String> {
        let items = line.pointer(pointer).and_then(Value::as_array).cloned().unwrap_or_default();
        items.iter().filter_map(|item| item.as_str().map(str::to_string)).collect()
    };
    let code = line.pointer("/responseStatus/code").and_then(Value::as_i64);
    let uri = text("/requestURI");
    let (path, query) = uri.split_once('?').unwrap_or((&uri, ""));
    let yes = |is: bool| if is { "yes".to_string() } else { String::new() };
    let one = |field, value: String| (field, if value.is_empty() { Vec::new() } else { vec![value] });
    let values = BTreeMap::from([
        one(Field::Verb, text("/verb")),
        one(Field::User, text("/user/username")),
        one(Field::UserKind, user_kind(&text("/user/username")).to_string()),
        (Field::Group, list("/user/groups")),
        (Field::SourceIp, list("/sourceIPs")),
        one(Field::Client, client_product(&text("/userAgent")).to_string()),
        one(Field::UserAgent, text("/userAgent")),
        one(Field::Namespace, text("/objectRef/namespace")),
        one(Field::Resource, text("/objectRef/resource")),
        one(Field::Name, text("/objectRef/name")),
        one(Field::Code, code.map(|code| code.to_string()).unwrap_or_default()),
        one(Field::CodeClass, code_class(code.unwrap_or(0) as u16).to_string()),
        one(Field::Decision, text("/annotations/authorization.k8s.io~1decision")),
        one(Field::Reason, text("/annotations/authorization.k8s.io~1reason")),
        one(Field::Stage, text("/stage")),
        one(Field::Level, text("/level")),
        one(Field::DryRun, yes(query.contains("dryRun=All"))),
        one(Field::Truncated, yes(text("/annotations/audit.k8s.io~1truncated") == "true")),
        one(Field::Path, path.to_string()),
    ]);
    SmallEvent { values, numbers: code.map(|code| (Field::Code, code)).into_iter().collect(), raw: line.to_string() }
}

fn check_one(filter: &Filter, line: &Value) -> Result<(), TestCaseError> {
    let split = Split::of(filter);
    let event = event_of(line);
    let text = line.to_string();
    let expected = arbitrary::matches(&split.pushed, &event);
    for compact in [true, false] {
        let query = split.rows(&Target { compact, ..target() });
        prop_assert_eq!(evaluator_tests::finds(&query, &text), expected, "{} on {}", query, text);
    }
    // Split apart, the filter is still the same.
    let both = expected && arbitrary::matches(&split.local, &event);
    prop_assert_eq!(both, arbitrary::matches(filter, &event));
    Ok(())
}

/// A file's text search and Loki's line filter find a line alike.
fn check_as_in_a_file(text: &str, line: &str) {
    let event = [line.to_string() + "\n"];
    let store = arbitrary::shard(0, &event, &Filter::all()).store;
    let in_file = Needle::new(text).scan(&store.segments()[0], event[0].as_bytes()).count() == 1;
    let filter = Filter::Text(text.to_string());
    for (filter, expected) in [(filter.clone(), in_file), (Filter::Not(Box::new(filter)), !in_file)] {
        let split = Split::of(&filter);
        assert!(split.is_exact(), "{filter:?}");
        assert_eq!(evaluator_tests::finds(&split.rows(&target()), line), expected, "{filter:?} in {line}");
    }
}

#[test]
fn free_text_in_every_spelling() {
    let check = |text: &str, written: &str, expected: bool| {
        let line = format!(r#"{{"kind":"Event","auditID":"x","verb":"list","requestURI":"/api?{written}"}}"#);
        let found = evaluator_tests::finds(&Split::of(&Filter::Text(text.into())).rows(&target()), &line);
        assert_eq!(found, expected, "{text} in {line}");
        check_as_in_a_file(text, &line);
    };
    check("limit=500&resourceVersion=0", r"limit=500\u0026resourceVersion=0", true);
    check("limit=500&resourceVersion=0", "limit=500&resourceVersion=0", true);
    check("LIMIT=500&r", r"limit=500\U0026R", true);
    check("limit=500&resourceVersion=0", r"limit=500\u0027resourceVersion=0", false);
    check(r"limit=500\u0026r", r"limit=500\u0026r", true);
    check("a<b>c", r"a\u003cb\u003ec", true);
    check("say \"hi\"", r#"say \"hi\""#, true);
    check(r#"say \"hi\""#, r#"say \"hi\""#, true);
    check("a\nb", r"a\nb", true);
    check("`&`", r"`\u0026`", true);
    check("a.b", "a&b", false);
}

#[test]
fn every_code_and_every_comparison() {
    use crate::query::question::Relation::*;
    for relation in [Less, AtMost, More, AtLeast, Equal] {
        for number in [-1, 0, 99, 100, 101, 199, 200, 250, 399, 400, 404, 499, 599, 998, 999, 1000, i64::MIN, i64::MAX]
        {
            let filter = Filter::Compare(Field::Code, relation, number);
            for code in (100..=999).step_by(7).chain([100, 199, 200, 399, 400, 999]) {
                check_one(&filter, &json!({"auditID": "x", "responseStatus": {"code": code}})).unwrap();
            }
            check_one(&filter, &json!({"auditID": "x"})).unwrap();
            check_one(&Filter::Not(Box::new(filter)), &json!({"auditID": "x"})).unwrap();
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn loki_finds_what_the_filter_means(filter in arbitrary::filter(), lines in prop::collection::vec(lines(), 1..6)) {
        for line in &lines {
            check_one(&filter, line)?;
        }
    }

    #[test]
    fn loki_finds_the_texts_that_a_file_has(
        text in "[aA&<>\"\\\\`/\u{e9}\n]{1,3}", written in "[aA&<>\"\\\\`/\u{e9}\n]{1,6}", as_go in any::<bool>(),
    ) {
        let line = json!({"kind": "Event", "auditID": "x", "verb": "list", "requestURI": written}).to_string();
        let go = line.replace('&', r"\u0026").replace('<', r"\u003c").replace('>', r"\u003e");
        check_as_in_a_file(&text, if as_go { &go } else { &line });
    }

    #[test]
    fn one_choice_at_a_time(field in arbitrary::field(), pattern in arbitrary::pattern(), line in lines(), wanted: bool) {
        let is = Filter::Is(field, vec![pattern]);
        check_one(&if wanted { is } else { Filter::Not(Box::new(is)) }, &line)?;
    }

    #[test]
    fn an_event_s_own_values_find_it(line in lines(), field in arbitrary::field()) {
        let event = event_of(&line);
        for value in event.values.get(&field).into_iter().flatten() {
            check_one(&Filter::Is(field, vec![Pattern::Exact(value.to_ascii_uppercase())]), &line)?;
        }
    }
}
