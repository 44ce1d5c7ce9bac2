//! Every recorded case of the original agent, through router and encoder: equal byte for byte, or different on purpose,
//! which is told apart by rules and checked as such. The cases are found by ECS_LOGS_CONFORMANCE, default ../shared/conformance.
#![allow(clippy::unwrap_used, clippy::string_slice, reason = "a test may panic")]

use ecs_logs::{
    entry::{Entry, FieldTable, Kind},
    event::{Encoder, EncoderSettings, Line},
    intern::Interner,
    route::{Route, RouteSettings, Router, Trust},
};
use serde_json::Value;
use std::{collections::HashMap, path::PathBuf};

/// Why ours differs where the original loses or garbles what was logged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Purpose {
    /// Members of a JSON object that the original does not know are dropped there; here they join `data`.
    ForeignMembersKept,
    /// A line that begins with `null` has no message there; here it is text.
    NullIsText,
    /// What follows the first JSON value is lost there; here the whole line is the message.
    TextAfterJsonKept,
    /// Metrics in CloudWatch's embedded format lose their content there; here they arrive as they are.
    MetricsUntouched,
    /// Names that CloudWatch refuses, or that two containers would share, get a suffix here.
    NameMadeValid,
    /// Nanoseconds wrap at 64 bits there.
    TimestampNotWrapped,
    /// The journal's time is printed in the process's zone there, here in UTC.
    TimeInUtc,
    /// Entries without a container's name end the process there, or are dropped; here they have a stream.
    NamelessKept,
}

#[derive(Debug, PartialEq)]
struct Sent {
    group: Vec<u8>,
    stream: Vec<u8>,
    timestamp_ms: i64,
    message: String,
}

#[test]
fn every_recorded_case_is_equal_or_different_on_purpose() {
    let Some(cases) = lines_of("ecs-events/cases.jsonl") else {
        return;
    };
    let mut first_seen = HashMap::new();
    let mut differences: HashMap<Purpose, Vec<String>> = HashMap::new();
    let mut wrong = Vec::new();
    for case in &cases {
        let name = text(&case["name"]);
        let expected = expected(case);
        let sent = send(case, &mut first_seen);
        if sent == expected {
            continue;
        }
        match purpose(case, sent.as_ref(), expected.as_ref()) {
            Ok(purpose) => differences.entry(purpose).or_default().push(name),
            Err(reason) => wrong.push(format!(
                "{name}: {reason}\n  theirs {expected:?}\n  ours   {sent:?}"
            )),
        }
    }
    let mut table: Vec<_> = differences.into_iter().collect();
    table.sort();
    for (purpose, names) in &table {
        eprintln!(
            "{purpose:?}: {} of {}: {}",
            names.len(),
            cases.len(),
            names.join(" ")
        );
    }
    assert!(
        wrong.is_empty(),
        "{} of {} cases\n{}",
        wrong.len(),
        cases.len(),
        wrong.join("\n")
    );
}

fn lines_of(path: &str) -> Option<Vec<Value>> {
    let root = std::env::var_os("ECS_LOGS_CONFORMANCE").map_or_else(
        || {
            PathBuf::from(concat!(
                env!("CARGO_MANIFEST_DIR"),
                "/../../shared/conformance"
            ))
        },
        PathBuf::from,
    );
    let file = root.join(path);
    let Ok(content) = std::fs::read_to_string(&file) else {
        stack_tests::skip(&format!(
            "no recorded cases in {} (set ECS_LOGS_CONFORMANCE)",
            file.display()
        ));
        return None;
    };
    Some(
        content
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect(),
    )
}

/// The values of a field: a text, `{"base64":…}`, or a list of them.
fn values(value: &Value) -> Vec<Vec<u8>> {
    match value {
        Value::Array(values) => values.iter().flat_map(self::values).collect(),
        Value::Object(object) => vec![base64(text(&object["base64"]).as_bytes())],
        other => vec![text(other).into_bytes()],
    }
}

fn text(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}

fn base64(text: &[u8]) -> Vec<u8> {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let digits = text
        .iter()
        .filter_map(|byte| ALPHABET.iter().position(|digit| digit == byte));
    let (mut bits, mut count, mut out) = (0usize, 0, Vec::new());
    for digit in digits {
        bits = bits << 6 | digit;
        count += 6;
        if count >= 8 {
            count -= 8;
            out.push((bits >> count) as u8);
        }
    }
    out
}

fn expected(case: &Value) -> Option<Sent> {
    let expect = case["expect"].as_object()?;
    Some(Sent {
        group: values(&expect["group"]).remove(0),
        stream: values(&expect["stream"]).remove(0),
        timestamp_ms: expect["timestamp_ms"].as_i64().unwrap(),
        message: text(&expect["message"]),
    })
}

/// Ours: the case's entry through router and encoder.
fn send(case: &Value, first_seen: &mut HashMap<(String, Vec<u8>), usize>) -> Option<Sent> {
    let env = &case["env"];
    let mut fields = FieldTable::default();
    let settings = RouteSettings {
        trust: Trust::All,
        stream_field: env["JOURNALD_STREAM_NAME"].as_str().map(str::to_owned),
        ..RouteSettings::default()
    };
    let mut router = Router::new(settings, &mut fields);
    let args: Vec<String> = case["args"]
        .as_array()
        .into_iter()
        .flatten()
        .map(text)
        .collect();
    let hostname = args
        .iter()
        .position(|arg| arg == "-hostname")
        .map(|at| args[at + 1].clone());
    let mut encoder = Encoder::new(EncoderSettings {
        hostname: hostname.unwrap_or_default(),
        ..EncoderSettings::default()
    });

    let mut names = Interner::default();
    let mut entry = Entry::default();
    entry.reset(fields.len());
    entry.realtime_usec = case["realtime_usec"].as_u64().unwrap();
    for (field, value) in case["fields"].as_object().unwrap() {
        let mut values = values(value);
        // A reader sees the values of a repeated field in the order in which the file got them.
        for value in &values {
            let next = first_seen.len();
            first_seen
                .entry((field.clone(), value.clone()))
                .or_insert(next);
        }
        values.sort_by_key(|value| first_seen[&(field.clone(), value.clone())]);
        let Some((id, kind)) = fields.find(field) else {
            continue;
        };
        for value in &values {
            match kind {
                Kind::Interned => entry.set_symbol(id, names.intern(value)),
                Kind::Bytes => entry.set_bytes(id, value),
            }
        }
    }
    let Route::Stream(id) = router.route(&entry, &names) else {
        return None;
    };
    let message = entry
        .bytes(ecs_logs::entry::field::MESSAGE)
        .unwrap_or_default();
    let mut body = Vec::new();
    let encoded = encoder.encode(&Line::from(message), &entry, &names, &mut body);
    assert_eq!(encoded.rest, None);
    let event: Value = serde_json::from_slice(&body).unwrap();
    let sent = Sent {
        group: router.key(id).group.as_bytes().to_vec(),
        stream: router.key(id).stream.as_bytes().to_vec(),
        timestamp_ms: event["timestamp"].as_i64().unwrap(),
        message: text(&event["message"]),
    };
    assert_eq!(encoded.timestamp_ms, sent.timestamp_ms);
    assert_eq!(encoded.api_bytes, sent.message.len() + 26);
    Some(sent)
}

/// The reason for a difference, after looking that nothing else differs.
fn purpose(case: &Value, ours: Option<&Sent>, theirs: Option<&Sent>) -> Result<Purpose, String> {
    let fields = &case["fields"];
    let (Some(ours), Some(theirs)) = (ours, theirs) else {
        let tagged = fields["CONTAINER_TAG"]
            .as_str()
            .is_some_and(|tag| !tag.is_empty());
        return match (ours, tagged) {
            (Some(_), true) => Ok(Purpose::NamelessKept),
            _ => Err("sent by one only".to_owned()),
        };
    };
    if (&ours.group, &ours.stream) != (&theirs.group, &theirs.stream) {
        let named = ours.timestamp_ms == theirs.timestamp_ms && ours.message == theirs.message;
        let made_valid = |ours: &[u8], theirs: &[u8]| {
            ours == theirs || ours.len() <= 512 && ours[ours.len() - 9] == b'-'
        };
        let both =
            made_valid(&ours.group, &theirs.group) && made_valid(&ours.stream, &theirs.stream);
        return if named && both {
            Ok(Purpose::NameMadeValid)
        } else {
            Err("other names".to_owned())
        };
    }
    let (our_event, their_event) = (parse(&ours.message), parse(&theirs.message));
    let line = values(&fields["MESSAGE"]).remove(0);
    let repaired = String::from_utf8_lossy(&line);
    let blanks = [' ', '\t', '\r', '\n'];
    if repaired.contains("\"_aws\"") && ours.message == repaired {
        return Ok(Purpose::MetricsUntouched);
    }
    if ours.message == theirs.message {
        let year: u32 = text(&our_event["time"])[..4].parse().unwrap();
        let wraps = !(1678..2262).contains(&year);
        return if wraps {
            Ok(Purpose::TimestampNotWrapped)
        } else {
            Err("another timestamp".to_owned())
        };
    }
    if ours.timestamp_ms != theirs.timestamp_ms {
        return Err("another timestamp and message".to_owned());
    }
    let differs = |member: &str| our_event[member] != their_event[member];
    let only = |member: &str| {
        ["level", "time", "info", "data", "message"]
            .iter()
            .all(|other| *other == member || !differs(other))
    };
    if only("time") && case["env"]["TZ"].is_string() && text(&our_event["time"]).ends_with('Z') {
        return Ok(Purpose::TimeInUtc);
    }
    if only("message") && text(&our_event["message"]) == repaired {
        if repaired.trim_start_matches(blanks).starts_with("null") {
            return Ok(Purpose::NullIsText);
        }
        let mut values = serde_json::Deserializer::from_slice(&line).into_iter::<Value>();
        let first_ends = values.next().is_some_and(|value| value.is_ok());
        let end = values.byte_offset();
        if first_ends && !repaired[end..].trim_matches(blanks).is_empty() {
            return Ok(Purpose::TextAfterJsonKept);
        }
    }
    if only("data") {
        let object = parse(&repaired);
        let foreign_is_kept = our_event["data"]
            .as_object()
            .unwrap()
            .iter()
            .all(|(name, value)| {
                their_event["data"].get(name) == Some(value)
                    || object[name.trim_start_matches('_')] == *value
                    || object[name] == *value
            });
        let theirs_is_kept = their_event["data"]
            .as_object()
            .unwrap()
            .iter()
            .all(|(name, value)| our_event["data"].get(name) == Some(value));
        let all_is_kept = object.as_object().unwrap().iter().all(|(name, value)| {
            let known = ["level", "time", "info", "data", "message"]
                .iter()
                .any(|known| name.to_lowercase() == *known);
            known
                || our_event["data"]
                    .as_object()
                    .unwrap()
                    .values()
                    .any(|kept| kept == value)
        });
        if foreign_is_kept && theirs_is_kept && all_is_kept {
            return Ok(Purpose::ForeignMembersKept);
        }
    }
    Err("not the same, and for no known reason".to_owned())
}

fn parse(event: &str) -> Value {
    serde_json::from_str(event).unwrap_or(Value::Null)
}
