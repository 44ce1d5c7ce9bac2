//! Odd lines against the original's contract in words: what each rule says of a line that was not recorded.

use super::{MAX_EVENT_BYTES, events, settings};
use crate::event::Format;

/// The entry's own time, where the line has none.
const OWN: &str = "2023-11-14T22:13:20.123456Z";

/// A text as Go writes it in JSON.
fn quoted(text: &str) -> String {
    let plain = serde_json::Value::from(text).to_string();
    plain
        .replace('<', "\\u003c")
        .replace('>', "\\u003e")
        .replace('&', "\\u0026")
        .replace('\u{2028}', "\\u2028")
        .replace("\\b", "\\u0008")
        .replace("\\f", "\\u000c")
}

/// What an event must be: level, time, info, data, and the message; `None` for the line as it is.
type Expected<'a> = (&'a str, &'a str, &'a str, &'a str, Option<&'a str>);

fn differences(cases: &[(&str, Expected<'_>)]) -> Vec<String> {
    let mut found = Vec::new();
    for (line, (level, time, info, data, message)) in cases {
        let message = quoted(message.unwrap_or(line));
        let expected = format!(
            "{{\"level\":\"{level}\",\"time\":\"{time}\",\"info\":{{{info}}},\"data\":{{{data}}},\"message\":{message}}}"
        );
        let got = events(settings(Format::EcsLogs, MAX_EVENT_BYTES), line.as_bytes());
        if got.len() != 1 || got[0].1 != expected {
            found.push(format!("{line}\n  is     {got:?}\n  not    {expected}"));
        }
    }
    found
}

#[track_caller]
fn check(cases: &[(&str, Expected<'_>)]) {
    let found = differences(cases);
    assert!(found.is_empty(), "{}", found.join("\n"));
}

/// A line that is taken for its message alone.
const fn message(text: &str) -> Expected<'_> {
    ("INFO", OWN, "", "", Some(text))
}

/// A line that stays whole.
const WHOLE: Expected<'_> = ("INFO", OWN, "", "", None);

#[test]
fn names_of_members_have_any_case_and_the_last_value_counts() {
    check(&[
        (
            r#"{"LEVEL":"Error","Message":"a"}"#,
            ("ERROR", OWN, "", "", Some("a")),
        ),
        (r#"{"message":"a","MESSAGE":"b"}"#, message("b")),
        (r#"{"MESSAGE":"b","message":"a"}"#, message("a")),
        (r#"{"meſſage":"m"}"#, message("m")),
        (r#"{"message":null}"#, message("")),
        (r#"{"message":"a","message":null}"#, message("a")),
        (r#"{"time":null,"message":"m"}"#, message("m")),
        ("{}", message("")),
        (
            " \t{\"message\":\"led by blanks\"}\r\n ",
            message("led by blanks"),
        ),
    ]);
}

#[test]
fn a_syntax_error_anywhere_leaves_nothing_decoded() {
    check(&[
        (r#"{"level":"error","message":"a",}"#, WHOLE),
        (r#"{"level":"error","message":"a""#, WHOLE),
        ("{\"level\":\"error\",\"message\":\"a\tb\"}", WHOLE),
        (r#"{"level":"error","message":"\x41"}"#, WHOLE),
        (r#"{"level":"error","data":{"a":01}}"#, WHOLE),
        ("\u{feff}{\"level\":\"error\",\"message\":\"a\"}", WHOLE),
        (r#"{'level':'error'}"#, WHOLE),
    ]);
}

#[test]
fn a_member_of_the_wrong_type_costs_itself_and_the_line_stays_the_message() {
    check(&[
        (
            r#"{"message":5,"data":{"k":true}}"#,
            ("INFO", OWN, "", r#""k":true"#, None),
        ),
        (
            r#"{"data":[1],"message":"m","level":"debug"}"#,
            ("DEBUG", OWN, "", "", None),
        ),
        (
            r#"{"info":{"pid":"7"},"level":"error","message":"m"}"#,
            ("ERROR", OWN, "", "", None),
        ),
        (
            r#"{"info":{"pid":1.0,"uid":3},"message":"m"}"#,
            ("INFO", OWN, r#""uid":3"#, "", None),
        ),
        (
            r#"{"info":"x","level":"crit"}"#,
            ("CRIT", OWN, "", "", None),
        ),
    ]);
}

#[test]
fn a_bad_level_or_time_stops_there() {
    check(&[
        (
            r#"{"data":{"a":1},"level":"nope","message":"m"}"#,
            ("INFO", OWN, "", r#""a":1"#, None),
        ),
        (r#"{"level":"nope","data":{"a":1}}"#, WHOLE),
        (r#"{"level":"\u0069nfo","message":"m"}"#, WHOLE),
        (
            r#"{"level":"error","level":null,"message":"m"}"#,
            ("ERROR", OWN, "", "", None),
        ),
        (r#"{"level":"error","level":"nope"}"#, WHOLE),
        (r#"{"level":5,"message":"m"}"#, WHOLE),
        (r#"{"level":"ınfo","message":"m"}"#, message("m")),
        (
            r#"{"level":"TRACE","time":"2020-01-01t00:00:00Z","message":"m"}"#,
            ("TRACE", OWN, "", "", None),
        ),
        (r#"{"time":"2020-01-01T24:00:00Z"}"#, WHOLE),
        (r#"{"time":"2020-01-01T00:00:60Z"}"#, WHOLE),
        (r#"{"time":"2020-01-01T00:00:00.Z"}"#, WHOLE),
        (r#"{"time":"2020-01-01T00:00:00+0500"}"#, WHOLE),
    ]);
}

#[test]
fn times_are_read_as_go_reads_them() {
    let at = |time: &'static str| ("INFO", time, "", "", Some("m"));
    check(&[
        (
            r#"{"time":"2020-01-01T00:00:00,5Z","message":"m"}"#,
            at("2020-01-01T00:00:00.5Z"),
        ),
        (
            r#"{"time":"2020-01-01T1:00:00Z","message":"m"}"#,
            at("2020-01-01T01:00:00Z"),
        ),
        (
            r#"{"time":"2020-01-01T00:00:00+05:60","message":"m"}"#,
            at("2020-01-01T00:00:00+06:00"),
        ),
        (
            r#"{"time":"2020-01-01T00:00:00-00:00","message":"m"}"#,
            at("2020-01-01T00:00:00Z"),
        ),
        (
            r#"{"time":"2020-01-01T00:00:00.1234567899Z","message":"m"}"#,
            at("2020-01-01T00:00:00.123456789Z"),
        ),
        (
            r#"{"time":"2020-02-29T00:00:00.500Z","message":"m"}"#,
            at("2020-02-29T00:00:00.5Z"),
        ),
        (r#"{"time":"0001-01-01T00:00:00Z","message":"m"}"#, at(OWN)),
        (
            r#"{"time":"2021-02-29T00:00:00Z","message":"m"}"#,
            ("INFO", OWN, "", "", None),
        ),
    ]);
}

#[test]
fn data_is_sorted_merged_at_its_top_and_its_numbers_stay() {
    let data = |data: &'static str| ("INFO", OWN, "", data, Some(""));
    check(&[
        (
            r#"{"data":{"b":1.0,"a":{"d":-0,"c":1E5}}}"#,
            data(r#""a":{"c":1E5,"d":-0},"b":1.0"#),
        ),
        (
            r#"{"data":{"a":1e400,"n":123456789012345678901234567890}}"#,
            data(r#""a":1e400,"n":123456789012345678901234567890"#),
        ),
        (r#"{"data":{"a":1},"data":{"b":2}}"#, data(r#""a":1,"b":2"#)),
        (
            r#"{"data":{"a":{"x":1}},"DATA":{"a":{"y":2}}}"#,
            data(r#""a":{"y":2}"#),
        ),
        (r#"{"data":{"a":1},"data":null}"#, data("")),
        (
            r#"{"data":{"😀":3,"z":2,"é":1}}"#,
            data(r#""z":2,"é":1,"😀":3"#),
        ),
        (
            r#"{"data":{"Message":"stays"}}"#,
            data(r#""Message":"stays""#),
        ),
    ]);
}

#[test]
fn info_leaves_out_what_is_empty_and_errors_keep_their_shape() {
    let info = |info: &'static str| ("INFO", OWN, info, "", Some("m"));
    check(&[
        (r#"{"info":{"host":"","pid":-0},"message":"m"}"#, info("")),
        (
            r#"{"info":{"gid":7,"pid":-5},"message":"m"}"#,
            info(r#""pid":-5,"gid":7"#),
        ),
        (
            r#"{"info":{"host":" "},"message":"m"}"#,
            info(r#""host":" ""#),
        ),
        (r#"{"info":{"errors":[]},"message":"m"}"#, info("")),
        (
            r#"{"info":{"errors":[null,{}]},"message":"m"}"#,
            info(r#""errors":[{},{}]"#),
        ),
        (
            r#"{"info":{"errors":[{"stack":"","type":"T"}]},"message":"m"}"#,
            info(r#""errors":[{"type":"T","stack":""}]"#),
        ),
        (
            r#"{"info":{"errors":[{"type":"A","errno":4}],"errors":[{"error":"y"}]},"message":"m"}"#,
            info(r#""errors":[{"type":"A","error":"y","errno":4}]"#),
        ),
        (
            r#"{"info":{"host":"a"},"INFO":{"id":"b"},"message":"m"}"#,
            info(r#""host":"a","id":"b""#),
        ),
    ]);
}

#[test]
fn escapes_are_gos() {
    check(&[
        (
            r#"{"message":"<b> & \u2028 \/"}"#,
            message("<b> & \u{2028} /"),
        ),
        (
            r#"{"message":"\b\f\u0001\u0000"}"#,
            message("\u{8}\u{c}\u{1}\0"),
        ),
        (
            r#"{"message":"\ud800 \ud83d\ude00 \udc00x"}"#,
            message("\u{fffd} 😀 \u{fffd}x"),
        ),
        (
            "plain \u{7f} \u{85} \u{feff}",
            message("plain \u{7f} \u{85} \u{feff}"),
        ),
    ]);
}

#[test]
fn what_is_no_object_stays_text_and_nothing_behind_an_object_is_lost() {
    check(&[
        ("[1,2]", WHOLE),
        ("\"a text\"", WHOLE),
        ("true", WHOLE),
        ("-12.5e3", WHOLE),
        ("NULL", WHOLE),
        ("null", WHOLE),
        (r#"{"message":"a"}xyz"#, WHOLE),
        (r#"{"message":"a"}{"message":"b"}"#, WHOLE),
        ("{\"message\":\"a\"}\0", WHOLE),
        (
            r#"{"level":"alert","message":"a"} # and more"#,
            ("ALERT", OWN, "", "", None),
        ),
        (
            r#"{"info":{"id":"x","zone":1}}"#,
            (
                "INFO",
                OWN,
                r#""id":"x""#,
                r#""info":{"id":"x","zone":1}"#,
                Some(""),
            ),
        ),
    ]);
}
