use super::*;
use crate::query::arbitrary;
use proptest::prelude::*;

/// Links that were given out: they open for ever. Add to them, never change them.
#[test]
fn every_link_ever_published_opens() {
    let check = |link: &str, expected: View| {
        assert_eq!(read(link), Opened { view: expected, problems: Vec::new() }, "{link}");
    };
    let day = 1_795_392_000_000_000;
    let default = View::default;
    check("", default());
    check("#", default());
    check("#v=1", default());
    check("#v=1&q=verb:delete%20ns:prod", View { filter_text: "verb:delete ns:prod".into(), ..default() });
    check(
        "#v=1&from=2026-11-23T00:00:00Z&to=2026-11-23T01:00:00Z",
        View { window: Some(TimeRange { start_micros: day, end_micros: day + 3_600_000_000 }), ..default() },
    );
    check(
        "#v=1&from=2026-11-23T00:00:00.000001Z&to=2026-11-23T02:00:00%2B01:00",
        View { window: Some(TimeRange { start_micros: day + 1, end_micros: day + 3_600_000_000 }), ..default() },
    );
    check("#v=1&stack=user", View { stack: Field::User, ..default() });
    check("#v=1&sort=latency", View { sort: Sort { field: Field::Latency, descending: false }, ..default() });
    check("#v=1&sort=-code", View { sort: Sort { field: Field::Code, descending: true }, ..default() });
    check("#v=1&cols=time,user,verb", View { columns: vec![Field::Time, Field::User, Field::Verb], ..default() });
    let event = EventIdentity { audit_id: "3f1c-9a".into(), stage: "ResponseComplete".into(), staged: Some(day) };
    check("#v=1&event=3f1c-9a~ResponseComplete~1795392000000000", View { event: Some(event), ..default() });
    let event = EventIdentity { audit_id: "a~b%".into(), stage: String::new(), staged: None };
    check("#v=1&event=a%257Eb%2525~~", View { event: Some(event), ..default() });
    check("#v=1&tz=local", View { zone: Zone::Local, ..default() });
    check("#v=1&tz=Europe/Paris", View { zone: Zone::Named("Europe/Paris".into()), ..default() });
    check("#v=1&tab=resources", View { tab: Tab::Resources, ..default() });
    check("#v=1&tab=skipped", View { tab: Tab::Skipped, ..default() });
    check("#v=1&tab=coverage", View { tab: Tab::Coverage, ..default() });
    check("#v=1&tab=sources", View { tab: Tab::Sources, ..default() });
}

#[test]
fn a_bad_part_costs_itself_only() {
    let check = |broken: &str, key: &str| {
        let opened = read(&format!("#v=1&tab=skipped&{broken}&tz=local"));
        let expected = View { tab: Tab::Skipped, zone: Zone::Local, ..View::default() };
        assert_eq!(opened.view, expected, "{broken}");
        let [LinkProblem::BadValue { key: named, .. }] = opened.problems.as_slice() else {
            panic!("{broken}: {:?}", opened.problems)
        };
        assert_eq!(named, key, "{broken}");
        assert!(opened.problems[0].message().contains(key), "{broken}");
    };
    check("q=%ff", "q");
    check("from=yesterday", "from");
    check("from=2026-11-23T00:00:00Z", "from");
    check("from=2026-11-23T00:00:00Z&to=2026-11-23T00:00:00Z", "from");
    check("stack=colour", "stack");
    check("sort=--time", "sort");
    check("cols=", "cols");
    check("cols=nothing", "cols");
    check("event=abc", "event");
    check("event=a~b~c", "event");
    check("event=a~b~1~2", "event");
    check("tz=Not%20a%20zone", "tz");
    check("tab=tea", "tab");
    check("v=one", "v");
    check("v=0", "v");
    let opened = read("v=1&cols=time,nothing,verb,time");
    assert_eq!((opened.view.columns, opened.problems.len()), (vec![Field::Time, Field::Verb], 1));
    assert_eq!(read("v=1&future=1").problems, [LinkProblem::UnknownKey { key: "future".into() }]);
}

#[test]
fn a_newer_link_is_read_and_said_to_be_newer() {
    let opened = read("#v=99&tab=skipped");
    assert_eq!((opened.view.tab, opened.problems), (Tab::Skipped, vec![LinkProblem::Newer { version: 99 }]));
}

#[test]
fn the_default_view_needs_no_link() {
    assert_eq!(write(&View::default()), "");
    let view = View { filter_text: "a b&c=d#e+f".into(), ..View::default() };
    assert_eq!(write(&view), "v=1&q=a%20b%26c%3Dd%23e%2Bf");
}

fn views() -> impl Strategy<Value = View> {
    let times = -62_167_219_200_000_000i64..253_402_300_799_999_999;
    let window = (times.clone(), times)
        .prop_filter("has a width", |(a, b)| a != b)
        .prop_map(|(a, b)| TimeRange { start_micros: a.min(b), end_micros: a.max(b) });
    let event = (any::<String>(), any::<String>(), any::<Option<i64>>())
        .prop_map(|(audit_id, stage, staged)| EventIdentity { audit_id, stage, staged });
    let zone =
        prop_oneof![Just(Zone::Utc), Just(Zone::Local), "[A-Z][a-z]{2,9}/[A-Z][a-z_]{1,9}".prop_map(Zone::Named)];
    let columns =
        prop::sample::subsequence(crate::model::FIELDS.iter().map(|spec| spec.field).collect::<Vec<_>>(), 1..6);
    let tab = prop::sample::select(TABS.iter().map(|(tab, _)| *tab).collect::<Vec<_>>());
    let sort = (arbitrary::field(), any::<bool>()).prop_map(|(field, descending)| Sort { field, descending });
    (
        any::<String>(),
        prop::option::of(window),
        arbitrary::field(),
        columns.prop_shuffle(),
        sort,
        prop::option::of(event),
        zone,
        tab,
    )
        .prop_map(|(filter_text, window, stack, columns, sort, event, zone, tab)| View {
            filter_text,
            window,
            stack,
            columns,
            sort,
            event,
            zone,
            tab,
        })
}

proptest! {
    #[test]
    fn a_view_survives_its_link(view in views()) {
        let link = write(&view);
        prop_assert!(link.bytes().all(|byte| byte.is_ascii_graphic()), "{}", link);
        prop_assert_eq!(read(&link), Opened { view, problems: Vec::new() });
    }

    #[test]
    fn any_fragment_opens(fragment in "(#|&|=|%|v=|q=|from=|cols=|event=|~|2026-11-23T00:00:00Z|.){0,12}") {
        read(&fragment);
    }
}
