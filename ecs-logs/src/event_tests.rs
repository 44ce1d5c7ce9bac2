use super::*;
use crate::entry::FieldTable;
use expect_test::{Expect, expect};
use proptest::prelude::*;
use serde_json::Value;

#[path = "event_odd_tests.rs"]
mod odd;

const USEC: u64 = 1_700_000_000_123_456;

fn entry(priority: &[u8], names: &mut Interner) -> Entry {
    let mut entry = Entry::default();
    entry.reset(FieldTable::default().len());
    entry.realtime_usec = USEC;
    entry.set_symbol(field::PRIORITY, names.intern(priority));
    entry
}

fn settings(format: Format, max_event_bytes: usize) -> EncoderSettings {
    EncoderSettings {
        format,
        max_event_bytes,
        ..EncoderSettings::default()
    }
}

/// All events of a line: timestamp and text.
fn events(settings: EncoderSettings, text: &[u8]) -> Vec<(i64, String)> {
    let max = settings.max_event_bytes;
    let mut names = Interner::default();
    let entry = entry(b"6", &mut names);
    let mut encoder = Encoder::new(settings);
    let mut events = Vec::new();
    let mut rest = Some(Line::from(text));
    while let Some(line) = rest {
        let mut body = b"before".to_vec();
        let encoded = encoder.encode(&line, &entry, &names, &mut body);
        assert!(body.starts_with(b"before"));
        let event: Value = serde_json::from_slice(&body[6..]).unwrap();
        let message = event["message"].as_str().unwrap().to_owned();
        assert_eq!(encoded.api_bytes, message.len() + EVENT_OVERHEAD);
        assert_eq!(event["timestamp"], encoded.timestamp_ms);
        assert!(message.len() <= max, "{} > {max}", message.len());
        events.push((encoded.timestamp_ms, message));
        rest = encoded.rest;
    }
    events
}

fn check(text: &str, expected: Expect) {
    let events = events(settings(Format::EcsLogs, MAX_EVENT_BYTES), text.as_bytes());
    assert_eq!(events.len(), 1);
    expected.assert_eq(&events[0].1);
}

#[test]
fn plain_text_is_the_message() {
    check(
        "GET /<b> \"x\"\t200",
        expect![[
            r#"{"level":"INFO","time":"2023-11-14T22:13:20.123456Z","info":{},"data":{},"message":"GET /\u003cb\u003e \"x\"\t200"}"#
        ]],
    );
}

#[test]
fn an_event_of_the_schema_is_taken_as_it_is_meant() {
    check(
        r#"{"message":"m","data":{"b":1.50,"a":{"z":[1E5,null],"y":"\u00e9"}},"info":{"host":"h","errors":[{"type":"T","errno":2,"stack":["a"]}]},"level":"warn","time":"2020-01-02T03:04:05.60+02:00"}"#,
        expect![[
            r#"{"level":"WARN","time":"2020-01-02T03:04:05.6+02:00","info":{"host":"h","errors":[{"type":"T","errno":2,"stack":["a"]}]},"data":{"a":{"y":"é","z":[1E5,null]},"b":1.50},"message":"m"}"#
        ]],
    );
}

#[test]
fn what_the_schema_does_not_know_joins_the_data() {
    check(
        r#"{"level":"error","msg":"x","user":{"id":7},"data":{"user":"taken","_user":1}}"#,
        expect![[
            r#"{"level":"ERROR","time":"2023-11-14T22:13:20.123456Z","info":{},"data":{"__user":{"id":7},"_user":1,"msg":"x","user":"taken"},"message":""}"#
        ]],
    );
    check(
        r#"{"message":"m","info":{"host":"h","zone":"a"}}"#,
        expect![[
            r#"{"level":"INFO","time":"2023-11-14T22:13:20.123456Z","info":{"host":"h"},"data":{"info":{"host":"h","zone":"a"}},"message":"m"}"#
        ]],
    );
    check(
        r#"{"msg":"a","msg":"b"}"#,
        expect![[
            r#"{"level":"INFO","time":"2023-11-14T22:13:20.123456Z","info":{},"data":{"_msg":"b","msg":"a"},"message":""}"#
        ]],
    );
}

#[test]
fn a_line_that_does_not_fit_the_schema_stays_whole() {
    check(
        r#"{"level":"warning","message":"m"}"#,
        expect![[
            r#"{"level":"INFO","time":"2023-11-14T22:13:20.123456Z","info":{},"data":{},"message":"{\"level\":\"warning\",\"message\":\"m\"}"}"#
        ]],
    );
    check(
        r#"{"level":"error","message":"m"} and more"#,
        expect![[
            r#"{"level":"ERROR","time":"2023-11-14T22:13:20.123456Z","info":{},"data":{},"message":"{\"level\":\"error\",\"message\":\"m\"} and more"}"#
        ]],
    );
    check(
        "null pointer",
        expect![[
            r#"{"level":"INFO","time":"2023-11-14T22:13:20.123456Z","info":{},"data":{},"message":"null pointer"}"#
        ]],
    );
}

#[test]
fn embedded_metrics_pass_untouched() {
    let text = r#"{"_aws":{"Timestamp":1,"CloudWatchMetrics":[]}, "n":1}"#;
    check(
        text,
        expect![[r#"{"_aws":{"Timestamp":1,"CloudWatchMetrics":[]}, "n":1}"#]],
    );
}

#[test]
fn raw_is_the_line_alone() {
    let events = events(
        settings(Format::Raw, MAX_EVENT_BYTES),
        b"{\"time\":\"2020-01-02T03:04:05Z\"} \xff\n",
    );
    assert_eq!(
        events,
        [(
            1_700_000_000_123,
            "{\"time\":\"2020-01-02T03:04:05Z\"} \u{fffd}\n".to_owned()
        )]
    );
}

#[test]
fn a_line_over_the_limit_is_numbered_pieces() {
    let pieces = events(
        settings(Format::EcsLogs, 300),
        "0123456789".repeat(30).as_bytes(),
    );
    let [(_, first), .., (_, last)] = &pieces[..] else {
        panic!("{pieces:?}")
    };
    expect![[r#"{"level":"INFO","time":"2023-11-14T22:13:20.123456Z","info":{},"data":{"part":1},"message":"01234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123"}"#]].assert_eq(first);
    expect![[r#"{"level":"INFO","time":"2023-11-14T22:13:20.123456Z","info":{},"data":{"part":2,"last":true},"message":"4567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789"}"#]].assert_eq(last);
}

fn lines() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        prop::collection::vec(any::<u8>(), 0..700),
        ".{0,400}".prop_map(String::into_bytes),
        "[<>&\"\\\\\n\u{2028}é🎉a]{0,120}".prop_map(String::into_bytes),
        r#"\{"(message|level|time|info|data|x)":("a"|1|null|\{"a":1\}|\[1\]|"info")(,"(message|level|data|x)":("b"|\{"b":"c"\}|2)){0,3}\}( x)?"#.prop_map(String::into_bytes),
    ]
}

proptest! {
    #[test]
    fn any_line_becomes_events_that_hold_all_of_it(text in lines(), max in 300usize..600) {
        for format in [Format::EcsLogs, Format::Raw] {
            let one = events(settings(format, usize::MAX), &text);
            prop_assert_eq!(one.len(), 1);
            let pieces = events(settings(format, max), &text);
            if pieces == one {
                continue;
            }
            let mut joined = String::new();
            for (at, (_, piece)) in pieces.iter().enumerate() {
                let last = at + 1 == pieces.len();
                if format == Format::Raw {
                    let head = format!("[part {}{}] ", at + 1, if last { ", last" } else { "" });
                    joined.push_str(piece.strip_prefix(&head).expect("its number"));
                } else {
                    let event: Value = serde_json::from_str(piece).unwrap();
                    prop_assert_eq!(&event["data"]["part"], at + 1);
                    prop_assert_eq!(event["data"]["last"] == true, last);
                    joined.push_str(event["message"].as_str().unwrap());
                }
            }
            let whole = events(settings(Format::Raw, usize::MAX), &text).remove(0).1;
            prop_assert_eq!(joined, whole);
        }
    }

    #[test]
    fn an_event_is_always_json_of_the_schema(text in lines()) {
        let (_, event) = events(settings(Format::EcsLogs, usize::MAX), &text).remove(0);
        let event: Value = serde_json::from_str(&event).unwrap();
        if event.get("_aws").is_none() {
            let names: Vec<_> = event.as_object().unwrap().keys().map(String::as_str).collect();
            prop_assert_eq!(names, ["data", "info", "level", "message", "time"]);
        }
    }
}
