use super::*;
use crate::model::Field;
use crate::query::arbitrary;
use crate::query::question::{Filter, Pattern, Relation};
use proptest::prelude::*;

fn is(field: Field, values: &[&str]) -> Filter {
    Filter::Is(field, values.iter().map(|value| Pattern::Exact(value.to_string())).collect())
}

fn like(field: Field, wildcard: &str) -> Filter {
    Filter::Is(field, vec![Pattern::Wildcard(wildcard.into())])
}

fn text(text: &str) -> Filter {
    Filter::Text(text.into())
}

fn not(filter: Filter) -> Filter {
    Filter::Not(Box::new(filter))
}

#[test]
fn texts_that_parse() {
    use Field::*;
    use Filter::{And, Or};
    let compare = Filter::Compare;
    let day = 1_795_392_000_000_000;
    let check = |text: &str, expected: Filter| assert_eq!(parse(text), Ok(expected), "{text}");
    check("", Filter::all());
    check("  \t ", Filter::all());
    check("*", Filter::all());
    check("-*", Filter::nothing());
    check("verb:delete", is(Verb, &["delete"]));
    check("Namespace:prod", is(Namespace, &["prod"]));
    check("verb=delete", is(Verb, &["delete"]));
    check("verb!=delete", not(is(Verb, &["delete"])));
    check(
        "verb:delete ns:prod -user:system:* code>=400 \"free text\"",
        And(vec![
            is(Verb, &["delete"]),
            is(Namespace, &["prod"]),
            not(like(User, "system:*")),
            compare(Code, Relation::AtLeast, 400),
            text("free text"),
        ]),
    );
    check("verb:(create,delete)", is(Verb, &["create", "delete"]));
    check("verb:( create OR delete , \"get\" )", is(Verb, &["create", "delete", "get"]));
    check("verb:create,delete", is(Verb, &["create", "delete"]));
    check("verb:get OR verb:list", is(Verb, &["get", "list"]));
    check("-verb:(watch,list)", not(is(Verb, &["watch", "list"])));
    check("NOT verb:watch", not(is(Verb, &["watch"])));
    check("--verb:watch", is(Verb, &["watch"]));
    check("a b OR c", Or(vec![And(vec![text("a"), text("b")]), text("c")]));
    check("a AND (b OR c)", And(vec![text("a"), Or(vec![text("b"), text("c")])]));
    check("NOT (b OR c)", not(Or(vec![text("b"), text("c")])));
    check("-(b c)", not(And(vec![text("b"), text("c")])));
    check("(a)(b)", And(vec![text("a"), text("b")]));
    check("user:system:serviceaccount:ns:name", is(User, &["system:serviceaccount:ns:name"]));
    check("ip:2001:db8::1", is(SourceIp, &["2001:db8::1"]));
    check("ns:\"\"", is(Namespace, &[""]));
    check("ns:*", not(is(Namespace, &[""])));
    check("time:*", compare(Time, Relation::AtLeast, -62_167_219_200_000_000));
    check("time:\"\"", not(compare(Time, Relation::AtLeast, -62_167_219_200_000_000)));
    check("latency:\"\"", not(compare(Latency, Relation::AtLeast, i64::MIN)));
    check("name:a*b\\*c", like(Name, "a*b\\*c"));
    check("name:a\\*c", is(Name, &["a*c"]));
    check("agent:kubectl/*\\ \\(linux*", like(UserAgent, "kubectl/* (linux*"));
    check("user:CORP\\alice", is(User, &["CORP\\alice"]));
    check(r#"name:"a \"b\" \\ \n""#, is(Name, &[r#"a "b" \ \n"#]));
    check("verb:OR", is(Verb, &["OR"]));
    check("code:403", is(Code, &["403"]));
    check("code=403", is(Code, &["403"]));
    check("code!=200", not(is(Code, &["200"])));
    check("code:4xx", is(CodeClass, &["4xx"]));
    check("code:4XX,500", Or(vec![is(CodeClass, &["4xx"]), is(Code, &["500"])]));
    check("code:40*", like(Code, "40*"));
    check("code:>=400", compare(Code, Relation::AtLeast, 400));
    check("code >= 400", compare(Code, Relation::AtLeast, 400));
    check(
        "latency > 1.5s latency<250ms",
        And(vec![compare(Latency, Relation::More, 1_500_000), compare(Latency, Relation::Less, 250_000)]),
    );
    check("latency:250ms", compare(Latency, Relation::Equal, 250_000));
    check("time>=2026-11-23T09:00:00Z", compare(Time, Relation::AtLeast, day + 32_400_000_000));
    check("time<2026-11-23", compare(Time, Relation::Less, day));
    check("time>2026-11-23", compare(Time, Relation::AtLeast, day + 86_400_000_000));
    check("time<=2026-11-23", compare(Time, Relation::Less, day + 86_400_000_000));
    // A time typed to the second is that whole second; with decimals it is a moment.
    check("time>\"2026-11-23 09:00:00\"", compare(Time, Relation::AtLeast, day + 32_401_000_000));
    check("time<=2026-11-23T09:00:00Z", compare(Time, Relation::Less, day + 32_401_000_000));
    check("time>2026-11-23T09:00:00.0Z", compare(Time, Relation::More, day + 32_400_000_000));
    check("time<=2026-11-23T09:00:00.5Z", compare(Time, Relation::AtMost, day + 32_400_500_000));
    check("time<2026-11-23T09:00:00Z", compare(Time, Relation::Less, day + 32_400_000_000));
    let within = |width| And(vec![compare(Time, Relation::AtLeast, day), compare(Time, Relation::Less, day + width)]);
    check("time:2026-11-23", within(86_400_000_000));
    check("time=2026-11-23", within(86_400_000_000));
    check("time=2026-11-23T00:00:00Z", within(1_000_000));
    check("time!=2026-11-23T00:00:00Z", not(within(1_000_000)));
    check("time=2026-11-23T00:00:00.000Z", compare(Time, Relation::Equal, day));
    check("time:2026-11-23T00:00", within(60_000_000));
    check("time:2026-11-23T00:00:00Z", within(1_000_000));
    check("time:2026-11-23T00:00:00.0Z", compare(Time, Relation::Equal, day));
    check("10.0.0.1:443", text("10.0.0.1:443"));
    check("/api/v1/pods?limit=500", text("/api/v1/pods?limit=500"));
    check("http://example.com/a?b=c", text("http://example.com/a?b=c"));
    check("fe80::1", text("fe80::1"));
    check("foo*", text("foo"));
    check("a-b,c", text("a-b,c"));
    check("or and not", And(vec![text("or"), text("and"), text("not")]));
    check("ORANGE", text("ORANGE"));
    check("a&b", text("a&b"));
    check("\"verb:get\"", text("verb:get"));
    check("verb", text("verb"));
    check("é→", text("é→"));
}

#[test]
fn texts_that_do_not() {
    let check = |input: &str, marked: &str, message: &str| {
        let error = parse(input).expect_err(input);
        let shown = input.get(..200).unwrap_or(input);
        assert_eq!((&input[error.at.clone()], error.message.contains(message)), (marked, true), "{shown}: {error:?}");
    };
    check("verb:get usr:bob", "usr", "did you mean user");
    check("namespce:x", "namespce", "did you mean namespace");
    check("system:admin", "system", "put it in quotes");
    check("limit=500", "limit", "put it in quotes");
    check("verb:", "verb:", "verb:\"\" finds events without one");
    check("verb: get", "verb:", "value is missing");
    check("verb:get,", "verb:get,", "value is missing");
    check("verb:(get", "(", "not closed");
    check("verb:(get,", "(", "not closed");
    check("verb:(get list)", "(get ", "between commas");
    check("verb:()", "verb:(", "value is missing");
    check("verb>5", "verb>", "no order");
    check("code>=", "code>=", "value is missing");
    check("code>=abc", "abc", "takes a number");
    check("code:abc", "abc", "4xx");
    check("latency>5", "5", "250ms");
    check("time>yesterday", "yesterday", "RFC 3339");
    check("time:2026-11-*", "2026-11-*", "date");
    check("\"open", "\"open", "not closed");
    check("name:\"open", "\"open", "not closed");
    check("(a", "(", "not closed");
    check("(", "(", "not closed");
    check("a)", ")", "closes nothing");
    check("a ()", ")", "missing before");
    check("a OR", "OR", "missing after");
    check("OR a", "OR", "both sides");
    check("a AND OR b", "OR", "both sides");
    check("NOT", "NOT", "missing after");
    check("a - b", "-", "Nothing to exclude");
    check("a*b", "a*b", "no wildcards");
    check("\"verb\":\"delete\"", "\"verb\":", "put the whole text in quotes");
    check("a\"b\"", "a\"", "put the whole text in quotes");
    check(&"(".repeat(100_000), "(", "nested too deeply");
    check(&"-(".repeat(100_000), "-", "nested too deeply");
}

#[test]
fn filters_print_plainly() {
    let check = |input: &str, expected: &str| {
        let filter = parse(input).expect(input);
        assert_eq!(print(&filter), expected, "{input}");
        assert_eq!(parse(expected), Ok(filter), "{input}");
    };
    check("", "");
    check("-*", "-*");
    check("verb:get AND NOT ns:\"kube-system\"", "verb:get -ns:kube-system");
    check("a b OR (c)", "(a b) OR c");
    check("a (b OR c)", "a (b OR c)");
    check("name:\"a b\",\"c\"", "name:(\"a b\",c)");
    check("ns:*", "-ns:\"\"");
    check("time:\"\"", "-time:*");
    check("latency:*", "latency:*");
    check("agent:\"kubectl (x)\"", "agent:\"kubectl (x)\"");
    check("agent:kubectl\\ *", "agent:kubectl\\ *");
    check("user:system:node:*", "user:system:node:*");
    check("time:2026-11-23", "time>=2026-11-23T00:00:00Z time<2026-11-24T00:00:00Z");
    check("time>2026-11-23T09:00:00Z", "time>=2026-11-23T09:00:01Z");
    check("time>2026-11-23T09:00:00.0Z", "time>2026-11-23T09:00:00.0Z");
    check("time<=2026-11-23T09:00:00.000Z", "time<=2026-11-23T09:00:00.0Z");
    check("time=2026-11-23T09:00:00.0Z", "time=2026-11-23T09:00:00.0Z");
    check("time>2026-11-23T09:00:00.25Z", "time>2026-11-23T09:00:00.25Z");
    check("latency>1500ms", "latency>1.5s");
    check("code=403 code:4xx", "code:403 class:4xx");
    check("\"OR\" \"-x\" \"a:b\"", "\"OR\" \"-x\" \"a:b\"");
}

#[test]
fn choices_of_the_top_level() {
    let check = |input: &str, field: Field, expected: &[(&str, Choice)]| {
        let found = choices(&parse(input).expect(input), field);
        let expected: Vec<_> = expected.iter().map(|(value, choice)| (value.to_string(), *choice)).collect();
        assert_eq!(found, expected, "{input}");
    };
    use Choice::*;
    check("", Field::Verb, &[]);
    check("verb:get", Field::Verb, &[("get", Included)]);
    check(
        "(verb:(get,list) -verb:watch) ns:a",
        Field::Verb,
        &[("get", Included), ("list", Included), ("watch", Excluded)],
    );
    check("verb:get OR ns:a", Field::Verb, &[]);
    check("user:system:*", Field::User, &[("system:*", Included)]);
    check("code:4xx", Field::CodeClass, &[("4xx", Included)]);
    check("ns:*", Field::Namespace, &[("", Excluded)]);
}

#[test]
fn edits_keep_the_rest_as_typed() {
    use Choice::*;
    let check = |input: &str, field: Field, value: &str, choice: Option<Choice>, expected: &str| {
        assert_eq!(with_choice(input, field, value, choice), expected, "{input} {value} {choice:?}");
    };
    // A wildcard that was typed stays one.
    check("user:system:*", Field::User, "system:*", Some(Excluded), "-user:system:*");
    check("-user:system:* code:403", Field::User, "system:*", Some(Included), "code:403 user:system:*");
    check("-user:(system:*,bob)", Field::User, "system:*", Some(Included), "-user:bob user:system:*");
    check("", Field::User, "system:*", Some(Excluded), r#"-user:"system:*""#);
    assert_eq!(with_only("user:(system:*,bob)", Field::User, "system:*"), "user:system:*");
    let verb = Field::Verb;
    check("", verb, "get", Some(Included), "verb:get");
    check("verb:get", verb, "list", Some(Included), "verb:(get,list)");
    check("verb:get", verb, "watch", Some(Excluded), "verb:get -verb:watch");
    check("-verb:watch", verb, "list", Some(Excluded), "-verb:(watch,list)");
    check("verb:get", verb, "get", Some(Excluded), "-verb:get");
    check("verb:(get,list)", verb, "get", None, "verb:list");
    check("verb:GET", verb, "get", None, "");
    check("  foo  verb:get   AND   ns:prod ", verb, "get", None, "  foo  ns:prod ");
    check("ns:prod  AND verb:get", verb, "get", None, "ns:prod");
    check("foo verb:get verb:get", verb, "get", None, "foo ");
    check(
        "\"a  b\"   NOT verb:watch code >= 400",
        verb,
        "list",
        Some(Excluded),
        "\"a  b\"   -verb:(watch,list) code >= 400",
    );
    check("a OR b", verb, "get", Some(Included), "(a OR b) verb:get");
    check("(a OR b)", verb, "get", Some(Included), "(a OR b) verb:get");
    check("verb:get OR verb:list", verb, "watch", Some(Included), "verb:(get,list,watch)");
    check("verb:get OR verb:list", Field::Namespace, "a", Some(Included), "(verb:get OR verb:list) ns:a");
    check("verb:get OR ns:b", verb, "list", Some(Included), "(verb:get OR ns:b) verb:list");
    check("(verb:get)", verb, "get", None, "");
    check("(verb:get  foo)", verb, "get", None, "(foo)");
    check("foo", Field::Namespace, "", Some(Included), "foo ns:\"\"");
    check("foo", Field::Name, "a b\"c", Some(Excluded), "foo -name:\"a b\\\"c\"");
    check("ns:*", Field::Namespace, "", None, "");
    check("user:system:*", Field::User, "system:*", None, "");
    check("code:4xx", Field::CodeClass, "5xx", Some(Included), "class:(4xx,5xx)");
    check("foo", Field::Latency, "1.5s", Some(Included), "foo latency=1.5s");
    check("usr:bob", verb, "get", Some(Included), "verb:get usr:bob");
    check("usr:bob ", verb, "get", None, "usr:bob ");

    let only = |input: &str, expected: &str| assert_eq!(with_only(input, verb, "get"), expected, "{input}");
    only("", "verb:get");
    only("verb:(get,list)  foo", "verb:get  foo");
    only("foo -verb:watch verb:list bar", "foo verb:get bar");
    only("a OR b", "(a OR b) verb:get");

    assert_eq!(without_choices("foo verb:get -verb:x  bar", verb), "foo bar");
    assert_eq!(with_condition("foo", Filter::Compare(Field::Code, Relation::AtLeast, 400)), "foo code>=400");
    assert_eq!(with_condition("a OR b", parse("c OR d").unwrap()), "(a OR b) (c OR d)");
}

#[test]
fn own_choices_and_texts() {
    let without = |input: &str, expected: &str| {
        let filter = parse(input).expect(input).without_own_choices(Field::Verb);
        assert_eq!(filter, parse(expected).expect(expected), "{input}");
    };
    without("", "");
    without("verb:get", "");
    without("-verb:get", "");
    without("verb:get ns:a -verb:(b,c) foo", "ns:a foo");
    without("verb:get OR ns:a", "verb:get OR ns:a");
    without("-(verb:get OR ns:a)", "-(verb:get OR ns:a)");
    without("code>=400 ns:a verb:x", "code>=400 ns:a");
    assert_eq!(parse("foo -(bar OR verb:get \"foo\")").unwrap().texts(), ["foo", "bar"]);
}

fn nearly_texts() -> impl Strategy<Value = String> {
    let pieces = vec![
        "verb:",
        "code",
        "time",
        "latency",
        ">=",
        "<",
        "=",
        "!=",
        "(",
        ")",
        "\"",
        "\\",
        "*",
        "-",
        " ",
        " ",
        "OR",
        "AND",
        "NOT",
        ",",
        "get",
        "400",
        "1.5s",
        "2026-11-23",
        "é",
        "😀",
        "\u{2028}",
        "user:a:b",
        "x:",
        "//",
        "ns:\"\"",
    ];
    prop::collection::vec(prop::sample::select(pieces), 0..12).prop_map(|pieces| pieces.concat())
}

fn check_any_text(text: &str) -> Result<(), TestCaseError> {
    match parse(text) {
        Ok(filter) => {
            prop_assert_eq!(&normalized(filter.clone()), &filter);
            prop_assert_eq!(parse(&print(&filter)), Ok(filter));
        }
        Err(error) => {
            prop_assert!(text.get(error.at.clone()).is_some(), "{:?} in {:?}", error, text);
            prop_assert!(!error.at.is_empty(), "{:?} in {:?}", error, text);
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn printed_filters_parse_to_themselves(filter in arbitrary::filter()) {
        let printed = print(&filter);
        prop_assert_eq!(parse(&printed), Ok(normalized(filter)), "{}", printed);
    }

    #[test]
    fn normal_form_means_the_same(filter in arbitrary::filter(), event in arbitrary::event()) {
        prop_assert_eq!(
            arbitrary::matches(&normalized(filter.clone()), &event),
            arbitrary::matches(&filter, &event)
        );
    }

    #[test]
    fn any_text_parses_or_is_marked(text: String) {
        check_any_text(&text)?;
    }

    #[test]
    fn any_near_text_parses_or_is_marked(text in nearly_texts()) {
        check_any_text(&text)?;
    }

    #[test]
    fn a_choice_holds_and_can_be_taken_back(
        text in prop_oneof![nearly_texts(), arbitrary::filter().prop_map(|filter| print(&filter))],
        field in arbitrary::field(),
        value in arbitrary::text(),
    ) {
        prop_assume!(!matches!(field, Field::Time | Field::Latency));
        let Ok(before) = parse(&text) else { return Ok(()) };
        prop_assume!(before != Filter::nothing());
        for choice in [Choice::Included, Choice::Excluded] {
            let chosen = with_choice(&text, field, &value, Some(choice));
            let filter = parse(&chosen).map_err(|error| TestCaseError::fail(format!("{chosen}: {error:?}")))?;
            let own = |(of, with): &(String, Choice)| *with == choice && of.eq_ignore_ascii_case(&value);
            prop_assert!(choices(&filter, field).iter().any(own), "{} in {}", value, chosen);
            let undone = parse(&with_choice(&chosen, field, &value, None)).expect("parses");
            prop_assert!(!choices(&undone, field).iter().any(own), "{} in {}", value, chosen);
            prop_assert_eq!(undone.without_own_choices(field), before.without_own_choices(field));
        }
        let only = parse(&with_only(&text, field, &value)).expect("parses");
        prop_assert_eq!(choices(&only, field), [(value, Choice::Included)]);
        prop_assert_eq!(only.without_own_choices(field), before.without_own_choices(field));
    }
}
