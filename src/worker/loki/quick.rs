//! A page of lines as Loki writes it, read at the speed of the event scanner. Whatever is not
//! quite as usual goes to the thorough reader, whose word counts.

use super::answer::{self, Broken, Entry, Labels, Stream};
use crate::formats::block::closing_quote;
use crate::formats::json::{after_space, walk_elements, walk_members};
use crate::formats::scan::skip_value;

pub fn streams(body: &[u8]) -> Result<Vec<Stream<'_>>, Broken> {
    match usual(body) {
        Some(streams) => Ok(streams),
        None => answer::streams(body),
    }
}

/// `None`: perhaps an answer, but not one as Loki writes it.
fn usual(body: &[u8]) -> Option<Vec<Stream<'_>>> {
    // One line: what the strings hold may go into a file of lines as it is.
    let body = body.trim_ascii_end();
    let text = std::str::from_utf8(body).ok().filter(|_| memchr::memchr(b'\n', body).is_none())?;
    let mut found = None;
    let end = walk_members(body, 0, |key, at| match key {
        b"data" => data(text, at, &mut found),
        _ => skip_value(body, at).ok(),
    })?;
    if end == body.len() { found } else { None }
}

fn data<'a>(text: &'a str, at: usize, found: &mut Option<Vec<Stream<'a>>>) -> Option<usize> {
    let body = text.as_bytes();
    let (mut streams, mut is_streams) = (None, false);
    let end = walk_members(body, at, |key, at| match key {
        b"resultType" => {
            let end = skip_value(body, at).ok()?;
            is_streams = &body[at..end] == b"\"streams\"";
            Some(end)
        }
        b"result" if streams.is_none() => {
            let mut all = Vec::new();
            let end = walk_elements(body, at, |at| {
                let (stream, end) = stream(text, at)?;
                all.push(stream);
                Some(end)
            })?;
            streams = Some(all);
            Some(end)
        }
        // An error's or a metric's members among them.
        b"result" => None,
        _ => skip_value(body, at).ok(),
    })?;
    if !is_streams || found.is_some() {
        return None;
    }
    *found = streams;
    Some(end)
}

fn stream(text: &str, at: usize) -> Option<(Stream<'_>, usize)> {
    let body = text.as_bytes();
    let (mut labels, mut entries) = (None, None);
    let end = walk_members(body, at, |key, at| match key {
        b"stream" if labels.is_none() => {
            let end = skip_value(body, at).ok()?;
            labels = Some(serde_json::from_str::<Labels>(&text[at..end]).ok()?);
            Some(end)
        }
        b"values" if entries.is_none() => {
            let mut all = Vec::new();
            let end = walk_elements(body, at, |at| {
                let (entry, end) = entry(text, at)?;
                all.push(entry);
                Some(end)
            })?;
            entries = Some(all);
            Some(end)
        }
        _ => None,
    })?;
    Some((Stream { labels: labels?, entries: entries? }, end))
}

/// `["<nanos>","<line>"]`.
fn entry(text: &str, at: usize) -> Option<(Entry<'_>, usize)> {
    let body = text.as_bytes();
    let expect = |at: usize, byte: u8| (body.get(at) == Some(&byte)).then_some(at + 1);
    let time = expect(after_space(body, expect(at, b'[')?), b'"')?;
    let time_end = time + memchr::memchr(b'"', &body[time..])?;
    let line = after_space(body, expect(after_space(body, time_end + 1), b',')?);
    let line_end = closing_quote(body, expect(line, b'"')?)? + 1;
    let end = expect(after_space(body, line_end), b']')?;
    Some((Entry { nanos: text[time..time_end].parse().ok()?, line_json: &text[line..line_end] }, end))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn told(streams: Result<Vec<Stream<'_>>, Broken>) -> String {
        format!("{streams:?}")
    }

    #[test]
    fn answers_as_loki_writes_them_are_read_here() {
        let body = r#"{"status":"success","data":{"resultType":"streams","result":[{"stream":{"a":"b\"c","é":"x"},"values":[["1795410520326681088","{\"kind\":\"Event\\\\\"}"],["2",""]]},{"stream":{},"values":[]}],"stats":{"summary":{"bytes":1}}}}"#;
        for body in [body.to_string(), body.replace(',', " ,").replace('[', "[ ") + "\n"] {
            let read = usual(body.as_bytes()).expect("as usual");
            assert_eq!(told(Ok(read)), told(answer::streams(body.as_bytes())));
        }
    }

    #[test]
    fn the_rest_is_left_to_the_thorough_reader() {
        let with = |result: &str| format!(r#"{{"data":{{"resultType":"streams","result":[{result}]}}}}"#);
        let unusual = [
            with(r#"{"stream":{},"values":[["1","x",{"parsed":{}}]]}"#),
            with(r#"{"stream":{},"values":[["soon","x"]]}"#),
            with(r#"{"stream":{},"values":[["1",5]]}"#),
            with(r#"{"values":[["1","x"]]}"#),
            with("{\"stream\":{},\"values\":[[\"1\",\"a\nb\"]]}"),
            r#"{"data":{"resultType":"vector","result":[]}}"#.to_string(),
            r#"{"status":"success"}"#.to_string(),
            r#"{"data":{"resultType":"streams","result":[{"stream":{},"values":[["1","x"#.to_string(),
            "Hello".to_string(),
            String::new(),
        ];
        for body in unusual {
            assert!(usual(body.as_bytes()).is_none(), "{body}");
            assert_eq!(told(streams(body.as_bytes())), told(answer::streams(body.as_bytes())), "{body}");
        }
        assert!(streams(b"{\"data\":\xff}").is_err());
    }

    proptest! {
        #[test]
        fn both_readers_agree(
            lines in prop::collection::vec((0i64..5, any::<String>()), 0..12),
            label in any::<String>(), cut in 0usize..400, flip in 0usize..400, byte in any::<u8>(),
        ) {
            let values: Vec<_> = lines.iter().map(|(nanos, line)| (nanos.to_string(), line)).collect();
            let answer = serde_json::json!({
                "status": "success",
                "data": { "resultType": "streams", "result": [{ "stream": { "l": label }, "values": values }] },
            });
            let mut body = answer.to_string().into_bytes();
            prop_assert!(usual(&body).is_some());
            prop_assert_eq!(told(streams(&body)), told(answer::streams(&body)));
            body.truncate(cut.max(1));
            prop_assert_eq!(told(streams(&body)), told(answer::streams(&body)));
            let at = flip % body.len();
            body[at] = byte;
            // A string's inside is taken on trust: it is not what decides whether this is an answer.
            let _read_without_a_panic = streams(&body);
        }
    }
}
