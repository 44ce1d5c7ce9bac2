//! Standard output, one JSON object a line: `{"group":…,"stream":…,"event":…}`, as the original printed it.

use crate::{
    core::{Answer, Class, Failure},
    route::StreamKey,
};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use std::io::Write;

#[derive(Debug, Default)]
pub struct Stdout;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Body<'a> {
    #[serde(borrow)]
    log_events: Vec<Event<'a>>,
}

#[derive(Deserialize)]
struct Event<'a> {
    #[serde(borrow)]
    message: std::borrow::Cow<'a, str>,
}

#[derive(Serialize)]
struct Line<'a> {
    group: &'a str,
    stream: &'a str,
    event: Printed<'a>,
}

/// A message that is a JSON object is printed as one, other text as a string.
#[derive(Serialize)]
#[serde(untagged)]
enum Printed<'a> {
    Json(&'a RawValue),
    Text(&'a str),
}

impl Stdout {
    pub fn put(&self, key: &StreamKey, body: &[u8]) -> Answer {
        let mut text = Vec::with_capacity(body.len());
        match print(key, body, &mut text).and_then(|()| {
            let mut stdout = std::io::stdout().lock();
            stdout.write_all(&text)?;
            Ok(stdout.flush()?)
        }) {
            Ok(()) => Answer::accepted(),
            Err(error) => Answer::Failed(Failure {
                class: Class::Transient,
                message: format!("cannot write to standard output: {error:#}"),
                retry_after: None,
            }),
        }
    }
}

fn print(key: &StreamKey, body: &[u8], to: &mut Vec<u8>) -> anyhow::Result<()> {
    let body: Body<'_> = serde_json::from_slice(body)?;
    for event in &body.log_events {
        let json = serde_json::from_str::<&RawValue>(&event.message).ok();
        let json = json.filter(|json| json.get().starts_with('{'));
        let line = Line {
            group: &key.group,
            stream: &key.stream,
            event: json.map_or(Printed::Text(&event.message), Printed::Json),
        };
        serde_json::to_writer(&mut *to, &line)?;
        to.push(b'\n');
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_is_printed_as_an_object_and_text_as_text() {
        let key = StreamKey {
            group: "web".into(),
            stream: "c1".into(),
        };
        let body = br#"{"logGroupName":"web","logStreamName":"c1","logEvents":[{"timestamp":1,"message":"{\"a\":1}"},{"timestamp":2,"message":"7 \"x\""}]}"#;
        let mut text = Vec::new();
        print(&key, body, &mut text).unwrap();
        let expected = "{\"group\":\"web\",\"stream\":\"c1\",\"event\":{\"a\":1}}\n{\"group\":\"web\",\"stream\":\"c1\",\"event\":\"7 \\\"x\\\"\"}\n";
        assert_eq!(String::from_utf8(text).unwrap(), expected);
    }
}
