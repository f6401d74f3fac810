//! Literal bodies as a real Loki 3.7.6 sent them, and what else a gateway may say.

use super::*;
use std::collections::BTreeMap;

fn reply(body: &str) -> Reply<'_> {
    Reply { status: 200, content_type: "application/json", retry_after_millis: None, body: body.as_bytes() }
}

/// `kind: labels: points or lines`, one series a line.
fn told(body: &str) -> String {
    let pairs = |labels: &Labels| labels.iter().map(|(k, v)| format!("{k}={v}")).collect::<Vec<_>>().join(",");
    let series = |kind: &str, all: &[Series]| {
        all.iter().map(|s| format!("{kind} {{{}}} {:?}", pairs(&s.labels), points(s))).collect::<Vec<_>>().join("\n")
    };
    fn points(series: &Series) -> Vec<(i64, f64)> {
        series.points.iter().map(|p| (p.at_micros, p.value)).collect()
    }
    match query(reply(body)) {
        Ok(Data::Streams(streams)) => streams
            .iter()
            .map(|s| {
                let lines: Vec<_> = s.entries.iter().map(|e| (e.nanos, e.line())).collect();
                format!("streams {{{}}} {lines:?}", pairs(&s.labels))
            })
            .collect::<Vec<_>>()
            .join("\n"),
        Ok(Data::Matrix(all)) => series("matrix", &all),
        Ok(Data::Vector(all)) => series("vector", &all),
        Err(Failure::CutOff { bytes }) => format!("cut off after {bytes}"),
        Err(Failure::NotLoki { .. }) => "not Loki".to_string(),
        Err(other) => format!("{other:?}"),
    }
}

#[test]
fn answers_to_queries() {
    let check = |body: &str, expected: &str| assert_eq!(told(body), expected, "{body}");
    check(
        r#"{"status":"success","data":{"resultType":"streams","result":[{"stream":{"cluster":"c1","job":"audit"},"values":[["1795410520326681088","{\"kind\":\"Event\"}"],["1795410520326681087","é\n"]]}],"stats":{"summary":{"bytes":1}}}}"#,
        r#"streams {cluster=c1,job=audit} [(1795410520326681088, "{\"kind\":\"Event\"}"), (1795410520326681087, "é\n")]"#,
    );
    // Categorized labels: a third element, passed over.
    check(
        r#"{"status":"success","data":{"resultType":"streams","encodingFlags":["categorize-labels"],"result":[{"stream":{"job":"a"},"values":[["1","x",{"structuredMetadata":{"a":"b"},"parsed":{"verb":"get"}}],["2","y",{}]]}]}}"#,
        r#"streams {job=a} [(1, "x"), (2, "y")]"#,
    );
    // The keys in another order.
    check(
        r#"{"data":{"result":[{"values":[["1","x"]],"stream":{}}],"resultType":"streams"},"status":"success"}"#,
        r#"streams {} [(1, "x")]"#,
    );
    check(r#"{"status":"success","data":{"resultType":"streams","result":[]}}"#, "");
    check(
        r#"{"status":"success","data":{"resultType":"matrix","result":[{"metric":{"verb":"create"},"values":[[1795392000,"1"],[1795395600,"1e+06"]]}]}}"#,
        "matrix {verb=create} [(1795392000000000, 1.0), (1795395600000000, 1000000.0)]",
    );
    check(
        r#"{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[1795410541.926,"278"]}]}}"#,
        "vector {} [(1795410541926000, 278.0)]",
    );
    check(r#"{"status":"success","data":{"resultType":"vector","result":[]}}"#, "");
    check(
        r#"{"status":"success","data":{"resultType":"streams","result":[{"stream":{},"values":[["1","x"#,
        "cut off after 91",
    );
    check(r#"{"status":"success"}"#, "not Loki");
    check(r#"{"status":"success","data":{"resultType":"scalar","result":[]}}"#, "not Loki");
    check(
        r#"{"status":"success","data":{"resultType":"streams","result":[{"stream":{},"values":[["soon","x"]]}]}}"#,
        "not Loki",
    );
    check(
        r#"{"status":"success","data":{"resultType":"streams","result":[{"stream":{},"values":[["1",5]]}]}}"#,
        "not Loki",
    );
    check(
        r#"{"status":"success","data":{"resultType":"streams","result":[{"stream":{},"values":[["1"]]}]}}"#,
        "not Loki",
    );
    check(
        r#"{"status":"success","data":{"resultType":"matrix","result":[{"metric":{},"values":[[1,"many"]]}]}}"#,
        "not Loki",
    );
    check(r#"["Grafana"]"#, "not Loki");
    check("Hello", "not Loki");
}

#[test]
fn labels_and_series() {
    let check = |body: &str, expected: Option<&[&str]>| {
        let names = names(reply(body)).ok();
        assert_eq!(names.as_deref(), expected.map(|e| e.iter().map(|s| s.to_string()).collect::<Vec<_>>()).as_deref());
    };
    check(r#"{"status":"success","data":["cluster","job"]}"#, Some(&["cluster", "job"]));
    check(r#"{"status":"success"}"#, Some(&[]));
    check(r#"{"status":"success","data":null}"#, Some(&[]));
    check(r#"{"version":"10.0"}"#, None);
    check("{}", None);
    check(r#"{"status":"success","data":{"resultType":"vector"}}"#, None);
    let sets = label_sets(reply(r#"{"status":"success","data":[{"job":"a","x":"1"},{}]}"#)).expect("series");
    assert_eq!(sets.iter().map(BTreeMap::len).collect::<Vec<_>>(), [2, 0]);
}
