use super::*;
use proptest::prelude::*;

/// A level as text: `key=kind:preview`, containers with their count, a cut one with `!`.
fn level(text: &str, range: Range<usize>) -> String {
    let shown = children(text, range, 0, usize::MAX).into_iter().map(|child| {
        let key = match child.key {
            Key::Root => String::new(),
            Key::Name(name) => name,
            Key::Index(index) => index.to_string(),
        };
        let count = child.count.map(|count| format!("({count})")).unwrap_or_default();
        let cut = if child.cut { "!" } else { "" };
        format!("{key}={:?}{count}:{}{cut}", child.kind, child.preview)
    });
    shown.collect::<Vec<_>>().join(" ")
}

#[test]
fn levels() {
    for (text, expected) in [
        ("", ""),
        ("   ", ""),
        ("{}", ""),
        ("[ ]", ""),
        ("7", ""),
        (r#"{"a":1,"b":"x","c":true,"d":null}"#, "a=Number:1 b=String:x c=Bool:true d=Null:null"),
        (r#" { "a" : { "b" : [ 1 , 2 ] , "c" : 3 } } "#, "a=Object(2):"),
        (r#"[[],[1],[1,[2,3]],{}]"#, "0=Array(0): 1=Array(1): 2=Array(2): 3=Object(0):"),
        (r#"["}","]",","]"#, "0=String:} 1=String:] 2=String:,"),
        (r#"{"a\"b":"c\\"}"#, "a\"b=String:c\\"),
        (r#"["\u00e9\ud83d\ude42\ud83d\n\q"]"#, "0=String:é🙂\u{fffd}\n\\q"),
        (r#"{"a":[{"b":1},{"c":2}],"d":-1.5e3}"#, "a=Array(2): d=Number:-1.5e3"),
        // Broken, but shown as far as it goes.
        (r#"{"a":"cut"#, "a=String:cut!"),
        (r#"{"a":{"b":1"#, "a=Object(1):!"),
        (r#"{"a":"#, "a=Broken:!"),
        (r#"{"a":,"b":2}"#, "a=Broken: b=Number:2"),
        (r#"{"a" 1,"b":2}"#, "0=String:a 1=Number:1 b=Number:2"),
        (r#"{a:1}"#, "0=Broken:a 1=Broken::1"),
        ("[1,,2,]", "0=Number:1 1=Number:2"),
        ("[1 2 xyz]", "0=Number:1 1=Number:2 2=Broken:xyz"),
        ("{]", ""),
        ("[\"\\", "0=String:\\!"),
    ] {
        let whole = root(text).map_or(0..0, |root| root.range);
        assert_eq!(level(text, whole), expected, "{text}");
    }
}

#[test]
fn outlines() {
    for (text, expected) in [
        ("", None),
        (" 7 ", Some((1..2, None, 0, false))),
        (" {\"a\":1,\"b\":[2]} {}", Some((1..16, Some(2), 2, false))),
        ("[]", Some((0..2, Some(0), 0, false))),
        ("[1, ] x", Some((0..5, Some(1), 1, false))),
        ("{\"a\":[1", Some((0..7, Some(1), 1, true))),
    ] {
        let told = outline(text).map(|(root, below)| (root.range, root.count, below.len(), root.cut));
        assert_eq!(told, expected, "{text}");
    }
}

#[test]
fn pages_of_children() {
    let text = format!("[{}]", (0..1_000).map(|n| n.to_string()).collect::<Vec<_>>().join(","));
    let whole = root(&text).unwrap();
    assert_eq!(whole.count, Some(1_000));
    let page = children(&text, whole.range.clone(), 400, 200);
    assert_eq!((page.len(), &page[0].key, &*page[199].preview), (200, &Key::Index(400), "599"));
    assert_eq!(children(&text, whole.range, 1_000, 200), []);
}

#[test]
fn long_values_show_their_start() {
    let text = format!("\"{}\"", "é".repeat(1_000_000));
    assert_eq!(root(&text).unwrap().preview, "é".repeat(PREVIEW_CHARS));
}

fn found(text: &str, needle: &str) -> Vec<String> {
    let path = |hit: &Match| {
        let mut path = String::new();
        for &(start, index) in &hit.inside {
            path += &path_step(&children(text, start..text.len(), index, 1)[0].key);
        }
        path
    };
    find(text, needle, 100).iter().map(path).collect()
}

#[test]
fn searching() {
    let text = r#"{"verb":"get","user":{"username":"Alice","groups":["ops","alice-team"]},
        "annotations":{"a.b/c":"x","alice":{"deep":[1,{"n":42}]}},"code":403,"esc":"al\u0069ce"}"#;
    for (needle, expected) in [
        ("", &[][..]),
        ("nothing", &[]),
        ("alice", &[".user.username", ".user.groups[1]", ".annotations.alice", ".esc"]),
        ("A.B", &[".annotations[\"a.b/c\"]"]),
        ("42", &[".annotations.alice.deep[1].n"]),
        ("403", &[".code"]),
        ("groups", &[".user.groups"]),
    ] {
        assert_eq!(found(text, needle), expected, "{needle}");
    }
    assert_eq!(find(text, "a", 2).len(), 2);
    assert_eq!(found("\"alone\"", "LONE"), [""]);
}

#[test]
fn layout() {
    for (text, expected, line) in [
        ("", "", ""),
        ("{}", "{}", "{}"),
        ("[ ]", "[]", "[]"),
        (
            r#"{"a":[1,{"b":" , "}],"c":{}}"#,
            "{\n  \"a\": [\n    1,\n    {\n      \"b\": \" , \"\n    }\n  ],\n  \"c\": {}\n}",
            r#"{"a":[1,{"b":" , "}],"c":{}}"#,
        ),
        ("{\n \"a\" : 1\n}", "{\n  \"a\": 1\n}", "{\"a\":1}"),
        ("]]}{\"cut", "\n]\n]\n}{\n  \"cut", "]]}{\"cut"),
    ] {
        assert_eq!((&*pretty(text), &*one_line(text)), (expected, line), "{text}");
    }
}

#[test]
fn hostile_depth_is_harmless() {
    let text = "[".repeat(200_000) + "\"needle\"";
    assert_eq!(find(&text, "needle", 10), []);
    assert_eq!(root(&text).unwrap().count, Some(1));
    assert_eq!(children(&text, 0..text.len(), 0, 10).len(), 1);
    assert!(pretty(&"[".repeat(2_000)).len() < 2_000 * (2 * MAX_DEPTH + 2));
}

#[test]
fn three_megabytes_open_at_once() {
    let item = r#"{"name":"item","labels":{"app":"web"},"data":"0123456789\n"},"#;
    let text = format!("{{\"a\":[{}0],\"b\":1}}", item.repeat(3_000_000 / item.len()));
    let began = std::time::Instant::now();
    let whole = root(&text).unwrap();
    let first = children(&text, whole.range, 0, 200);
    assert_eq!(children(&text, first[0].range.clone(), 0, 200).len(), 200);
    // An unoptimised build takes some 30 ms; quadratic work would take minutes.
    assert!(began.elapsed().as_millis() < 2_000);
}

fn json() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i32>().prop_map(Into::into),
        any::<String>().prop_map(Into::into),
    ];
    leaf.prop_recursive(4, 40, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Into::into),
            prop::collection::vec((any::<String>(), inner), 0..6)
                .prop_map(|members| serde_json::Value::Object(members.into_iter().collect())),
        ]
    })
}

/// Every value that `children` reaches: where it starts, and its text as serde reads it.
fn walk(text: &str, node: &Child, value: &serde_json::Value) {
    assert_eq!(&serde_json::from_str::<serde_json::Value>(&text[node.range.clone()]).unwrap(), value);
    let below = children(text, node.range.clone(), 0, usize::MAX);
    match value {
        serde_json::Value::Array(items) => {
            assert_eq!((Some(items.len()), below.len()), (node.count, items.len()));
            below.iter().zip(items).for_each(|(child, item)| walk(text, child, item));
        }
        serde_json::Value::Object(members) => {
            assert_eq!((Some(members.len()), below.len()), (node.count, members.len()));
            for child in &below {
                let Key::Name(name) = &child.key else { panic!("no name") };
                walk(text, child, &members[name]);
            }
        }
        serde_json::Value::String(whole) => {
            assert_eq!(node.preview, whole.chars().take(PREVIEW_CHARS).collect::<String>());
        }
        _ => assert!(below.is_empty()),
    }
}

proptest! {
    #[test]
    fn the_tree_is_what_serde_reads(value in json()) {
        for text in [value.to_string(), serde_json::to_string_pretty(&value).unwrap()] {
            walk(&text, &root(&text).unwrap(), &value);
            let (whole, below) = outline(&text).unwrap();
            prop_assert_eq!(&whole, &root(&text).unwrap());
            prop_assert_eq!(below, children(&text, whole.range, 0, usize::MAX));
            let same = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap() == value;
            prop_assert!(same(&pretty(&text)) && same(&one_line(&text)));
        }
    }

    #[test]
    fn matches_lead_to_values(value in json(), needle in "[a-z0-9\"]{1,2}") {
        let text = value.to_string();
        for hit in find(&text, &needle, 50) {
            let mut node = root(&text).unwrap();
            for (start, index) in hit.inside {
                prop_assert_eq!(node.range.start, start);
                node = children(&text, node.range.clone(), index, 1).remove(0);
            }
            prop_assert_eq!(node.range.start, hit.start);
        }
    }

    #[test]
    fn no_text_panics(text in r#"([{}\[\]",:\\ntu0-9a🙂é ]|.){0,60}"#, needle in ".{0,2}") {
        outline(&text);
        if let Some(node) = root(&text) {
            for child in children(&text, node.range, 0, 100) {
                children(&text, child.range, 0, 100);
            }
        }
        find(&text, &needle, 10);
        pretty(&text);
    }
}
