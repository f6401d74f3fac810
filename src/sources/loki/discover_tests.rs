use super::*;

fn labels(text: &str) -> Labels {
    text.split(',').filter_map(|pair| pair.split_once('=')).map(|(k, v)| (k.to_string(), v.to_string())).collect()
}

#[test]
fn streams_group_by_what_lasts_and_audit_comes_first() {
    let series = [
        labels(
            "resource_type=kubernetes_cluster,resource_id=1,resource_name=prod,region=fr-par,component=kubelet,level=info",
        ),
        labels(
            "resource_type=kubernetes_cluster,resource_id=1,resource_name=prod,region=fr-par,component=audit,level=info",
        ),
        labels(
            "resource_type=kubernetes_cluster,resource_id=1,resource_name=prod,region=fr-par,component=audit,level=error",
        ),
        labels("level=info,pod=x"),
    ];
    let found = candidates(&series);
    let told: Vec<_> =
        found.iter().map(|c| (c.name.as_str(), c.id.as_str(), c.region.as_str(), c.selector.as_str())).collect();
    let selector = |component: &str| {
        format!(
            "{{component=\"{component}\", region=\"fr-par\", resource_id=\"1\", resource_name=\"prod\", resource_type=\"kubernetes_cluster\"}}"
        )
    };
    assert_eq!(
        told,
        [("prod", "1", "fr-par", selector("audit").as_str()), ("prod", "1", "fr-par", selector("kubelet").as_str())]
    );
}

#[test]
fn streams_of_one_cluster_share_a_selector() {
    let check = |sets: &[&str], expected: &[&str]| {
        let confirmed = candidates(&sets.iter().map(|set| labels(set)).collect::<Vec<_>>());
        let selectors: Vec<_> = clusters(&confirmed).into_iter().map(|cluster| cluster.selector).collect();
        assert_eq!(selectors, expected);
    };
    check(&["cluster=a,job=audit"], &[r#"{cluster="a", job="audit"}"#]);
    check(&["cluster=a,node=n.1", "cluster=a,node=n2"], &[r#"{cluster="a", node=~"n\\.1|n2"}"#]);
    check(&["cluster=a,node=n1", "cluster=a"], &[r#"{cluster="a"}"#]);
    check(&["cluster=a", "cluster=b"], &[r#"{cluster="a"}"#, r#"{cluster="b"}"#]);
    check(&[], &[]);
}

#[test]
fn literals() {
    assert_eq!(quoted("a\"\\\n\u{1}é`"), "\"a\\\"\\\\\\n\\x01é`\"");
    assert_eq!(regex_literal("a.b*(c)|[d]{e}^$\\+?"), r"a\.b\*\(c\)\|\[d\]\{e\}\^\$\\\+\?");
}

#[test]
fn completion_in_a_selector() {
    // `|` marks the cursor.
    let check = |marked: &str, expected: &str| {
        let cursor = marked.find('|').expect("a cursor");
        let text = marked.replacen('|', "", 1);
        let told = match completion(&text, cursor) {
            None => "nothing".to_string(),
            Some(Completion::Name { typed, at }) => format!("name {typed} {at:?}"),
            Some(Completion::Value { name, typed, at }) => format!("value of {name}: {typed} {at:?}"),
        };
        assert_eq!(told, expected, "{marked}");
    };
    check("|", "nothing");
    check("{|", "name  1..1");
    check("{res|", "name res 1..4");
    check("{a=\"b\", re|}", "name re 8..10");
    check("{a=\"b|\"}", "value of a: b 4..5");
    check("{a=~\"b,c}|", "value of a: b,c} 5..9");
    check("{a!=\"|", "value of a:  5..5");
    check("{a=\"x\\\"y|", "value of a: x\\\"y 4..8");
    check("{a=\"b\"|", "nothing");
    check("{a=\"b\"} |", "nothing");
    check("{a=|", "nothing");
}

#[test]
fn completions_put_in() {
    let check = |marked: &str, chosen: &str, expected: &str| {
        let cursor = marked.find('|').expect("a cursor");
        let text = marked.replacen('|', "", 1);
        let completion = completion(&text, cursor).expect("a completion");
        let (done, cursor) = complete(&text, &completion, chosen);
        assert_eq!(format!("{}|{}", &done[..cursor], &done[cursor..]), expected);
    };
    check("{res|", "resource_id", "{resource_id=\"|");
    check("{a=\"b|\"}", "bc", "{a=\"bc\"|}");
    check("{a=\"|", "x\"y", "{a=\"x\\\"y\"|");
}

#[test]
fn where_a_selector_ends() {
    let check = |logql: &str, selector: Option<&str>| {
        assert_eq!(selector_end(logql).map(|end| &logql[..end]), selector, "{logql}");
    };
    check(r#"{a="b"} |= "x}""#, Some(r#"{a="b"}"#));
    check(r#"{a="}\"}", b=`}"`}|json"#, Some(r#"{a="}\"}", b=`}"`}"#));
    check(r#"{a="b"#, None);
    check("", None);
}

#[test]
fn a_matcher_for_each_lasting_label() {
    let names = ["cluster", "level", "__stream_shard__", "job"].map(str::to_string);
    assert_eq!(any_of(&names), [r#"{cluster=~".+"}"#, r#"{job=~".+"}"#]);
}
