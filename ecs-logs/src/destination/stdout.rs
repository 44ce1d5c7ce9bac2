//! Standard output, one JSON object a line: `{"group":…,"stream":…,"event":…}`, as the original printed it.

use crate::{
    core::{Answer, Class, Failure},
    json::Tape,
    route::StreamKey,
};
use serde::Deserialize;
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
    let mut tape = Tape::default();
    for event in &body.log_events {
        let text = event.message.as_bytes();
        // An object is printed as one, other text as a string. Not by serde_json, which refuses what is nested deep.
        let is_object = text.first() == Some(&b'{') && tape.read(text) == Ok(text.len());
        to.extend_from_slice(b"{\"group\":");
        to.extend_from_slice(quoted(&key.group)?.as_bytes());
        to.extend_from_slice(b",\"stream\":");
        to.extend_from_slice(quoted(&key.stream)?.as_bytes());
        to.extend_from_slice(b",\"event\":");
        match is_object {
            true => to.extend_from_slice(text),
            false => to.extend_from_slice(quoted(&event.message)?.as_bytes()),
        }
        to.extend_from_slice(b"}\n");
    }
    Ok(())
}

/// A JSON string as Go prints it.
fn quoted(text: &str) -> anyhow::Result<String> {
    let plain = serde_json::to_string(text)?;
    Ok(plain
        .replace('<', "\\u003c")
        .replace('>', "\\u003e")
        .replace('&', "\\u0026")
        .replace('\u{2028}', "\\u2028")
        .replace('\u{2029}', "\\u2029"))
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
