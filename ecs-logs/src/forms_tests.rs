use super::*;
use crate::{
    entry::{Entry, FieldTable, field},
    event::{Encoded, Encoder, EncoderSettings, Line},
    identity::Identity,
    intern::Interner,
};
use proptest::prelude::*;
use serde_json::{Value as Json, json};

/// One container's lines, encoded one after the other.
struct Lines {
    encoder: Encoder,
    entry: Entry,
    names: Interner,
}

impl Lines {
    fn new(max_event_bytes: usize) -> Self {
        let mut names = Interner::default();
        let mut entry = Entry::default();
        entry.reset(FieldTable::default().len());
        entry.realtime_usec = 1_700_000_000_123_456;
        for (id, value) in [
            (field::PRIORITY, "6"),
            (field::HOSTNAME, "h"),
            (field::PID, "9"),
        ] {
            entry.set_symbol(id, names.intern(value.as_bytes()));
        }
        entry.set_identity(Identity::numbered(1));
        Lines {
            encoder: Encoder::new(EncoderSettings {
                max_event_bytes,
                ..EncoderSettings::default()
            }),
            entry,
            names,
        }
    }

    fn is_known(&mut self, line: &[u8]) -> bool {
        self.encoder.forms().find(line).is_some()
    }

    /// The event, or the first part of it, and what was said of it.
    fn encode<'l>(&mut self, line: &'l [u8]) -> (String, Encoded<'l>) {
        let mut body = Vec::new();
        let line = Line::from(line);
        let encoded = self
            .encoder
            .encode(&line, &self.entry, &self.names, &mut body);
        (String::from_utf8(body).unwrap(), encoded)
    }

    /// The same by reading the line as if it was the first.
    fn encode_anew<'l>(&self, line: &'l [u8], max_event_bytes: usize) -> (String, Encoded<'l>) {
        Lines::new(max_event_bytes).encode(line)
    }
}

const MAX: usize = 1 << 20;

/// After `first`, whether the form of `second` is known; whether or not, its event is what reading makes of it.
fn check(first: &str, second: impl AsRef<[u8]>, known: bool) {
    let second = second.as_ref();
    let mut lines = Lines::new(MAX);
    lines.encode(first.as_bytes());
    let what = second.escape_ascii();
    assert_eq!(lines.is_known(second), known, "{what} after {first}");
    for _ in 0..2 {
        assert_eq!(
            lines.encode(second),
            lines.encode_anew(second, MAX),
            "{what} after {first}"
        );
    }
}

#[test]
fn lines_that_differ_in_values_alone_have_one_form() {
    let first = r#"{"level":"info","ts":17.5,"ok":true,"no":null,"msg":"a b"}"#;
    for second in [
        first,
        r#"{"level":"error","ts":-1e9,"ok":false,"no":null,"msg":""}"#,
        r#"{"level":"warn","ts":0,"ok":true,"no":null,"msg":"<a href=\u0026>"}"#
            .replace("\\u0026", "&")
            .as_str(),
        "{\"level\":\"warn\",\"ts\":0,\"ok\":true,\"no\":null,\"msg\":\"grüße \u{2028}\u{1f600}\u{7f}\"}",
        // A name of none of the levels: then the text is the message.
        r#"{"level":"bad","ts":0,"ok":true,"no":null,"msg":"x"}"#,
        r#"{"level":"","ts":0,"ok":true,"no":null,"msg":"x"}"#,
    ] {
        check(first, second, true);
    }
}

#[test]
fn members_of_the_schema_are_where_they_belong() {
    let first = r#"{"message":"m","time":"2026-11-28T22:54:26.5Z","info":{"source":"main.go:1"},"data":{"b":1,"a":{"z":"1","y":[1,"2",[]]}},"level":"INFO"}"#;
    for second in [
        r#"{"message":"","time":"2026-11-28T22:54:26Z","info":{"source":""},"data":{"b":-0.50,"a":{"z":"<","y":[2,"&",[]]}},"level":"TRACE"}"#,
        r#"{"message":"n","time":"2026-01-28T02:54:26.123456789+01:00","info":{"source":"x"},"data":{"b":9e99,"a":{"z":"","y":[0,"",[]]}},"level":"crit"}"#,
        r#"{"message":"n","time":"0001-01-01T00:00:00Z","info":{"source":"x"},"data":{"b":1,"a":{"z":"","y":[0,"",[]]}},"level":"crit"}"#,
        r#"{"message":"n","time":"yesterday","info":{"source":"x"},"data":{"b":1,"a":{"z":"","y":[0,"",[]]}},"level":"crit"}"#,
    ] {
        check(first, second, true);
    }
    // What is not the schema's joins the data, under another name where its own is taken; the last of a repeated name counts.
    for (first, second) in [
        (
            r#"{"user":1,"data":{"user":2}}"#,
            r#"{"user":3,"data":{"user":4}}"#,
        ),
        (r#"{"a":1,"b":2,"a":3}"#, r#"{"a":4,"b":5,"a":6}"#),
        (
            r#"{"message":"1","message":"2"}"#,
            r#"{"message":"3","message":"4"}"#,
        ),
        (r#"{"info":{"other":1}}"#, r#"{"info":{"other":2}}"#),
        (
            r#"{"DATA":{"\u0061<":1},"Level":"info"}"#,
            r#"{"DATA":{"\u0061<":1},"Level":"warn"}"#,
        ),
        (
            "{ \"a\" : 1 ,\t\"b\":[ ] } \n",
            "{ \"a\" : 22 ,\t\"b\":[ ] } \n",
        ),
        ("{}", "{}"),
    ] {
        // A name with an escape is not learnt from.
        check(first, second, !first.contains('\\'));
    }
}

#[test]
fn what_a_form_cannot_hold_is_read() {
    let first = r#"{"level":"info","n":1,"msg":"a"}"#;
    for second in [
        r#"{"level":"info","n":1,"msg":"a \"quoted\" word"}"#.as_bytes(),
        r#"{"level":"info","n":"1","msg":"a"}"#.as_bytes(),
        r#"{"level":"info","n":null,"msg":"a"}"#.as_bytes(),
        r#"{"level":"info","n":01,"msg":"a"}"#.as_bytes(),
        r#"{"level":"info","n":1.,"msg":"a"}"#.as_bytes(),
        r#"{"level":"info","n":truth,"msg":"a"}"#.as_bytes(),
        r#"{"level":"info","n":1,"msg":"a"} "#.as_bytes(),
        r#"{"level":"info","n":1,"msg":"a"}{}"#.as_bytes(),
        r#"{"level":"info","n":1,"msg":"a""#.as_bytes(),
        r#"{"level":"info", "n":1,"msg":"a"}"#.as_bytes(),
        r#"{"level":"info","msg":"a","n":1}"#.as_bytes(),
        b"{\"level\":\"info\",\"n\":1,\"msg\":\"\xff\"}",
        b"{\"level\":\"info\",\"n\":1,\"msg\":\"a\nb\"}",
        b"text",
        b"",
    ] {
        check(first, second, false);
    }
}

#[test]
fn what_depends_on_more_than_the_members_is_not_learnt() {
    for (first, second) in [
        (r#"{"info":{"pid":0}}"#, r#"{"info":{"pid":7}}"#),
        (r#"{"info":{"pid":1}}"#, r#"{"info":{"pid":1.5}}"#),
        (r#"{"info":{"host":""}}"#, r#"{"info":{"host":"x"}}"#),
        (r#"{"info":{"id":"a"}}"#, r#"{"info":{"id":"b"}}"#),
        (
            r#"{"info":{"errors":[{"errno":1}]}}"#,
            r#"{"info":{"errors":[{"errno":0}]}}"#,
        ),
        (
            r#"{"level":"info","level":"warn"}"#,
            r#"{"level":"bad","level":"warn"}"#,
        ),
        (r#"{"level":7,"a":1}"#, r#"{"level":8,"a":1}"#),
        (r#"{"time":7,"a":1}"#, r#"{"time":8,"a":1}"#),
        (
            r#"{"time":"2026-01-28T02:54:26Z","time":"2026-01-28T02:54:26Z"}"#,
            r#"{"time":"bad","time":"2026-01-28T02:54:26Z"}"#,
        ),
        (r#"{"data":1,"a":2}"#, r#"{"data":2,"a":2}"#),
        (r#"{"_aws":{"n":1},"a":1}"#, r#"{"_aws":{"n":2},"a":1}"#),
        ("[1]", "[2]"),
        ("1", "2"),
        (" {\"a\":1}", " {\"a\":2}"),
    ] {
        check(first, second, false);
    }
}

#[test]
fn a_line_too_long_for_an_event_is_split_as_if_it_was_read() {
    const MAX: usize = 400;
    let mut lines = Lines::new(MAX);
    let line = |length| format!(r#"{{"level":"info","msg":"{}"}}"#, "x".repeat(length));
    for length in [10, 200, 500, 20, 2_000] {
        let line = line(length);
        let encoded = lines.encode(line.as_bytes());
        assert_eq!(encoded, lines.encode_anew(line.as_bytes(), MAX), "{length}");
        assert_eq!(encoded.1.rest.is_some(), length > 200, "{length}");
    }
}

#[test]
fn a_line_of_many_values_or_of_deep_ones_is_read() {
    let wide = |count: usize| format!("[{}]", vec!["\"a\""; count].join(","));
    let deep = |depth: usize| format!("{}1{}", "[".repeat(depth), "]".repeat(depth));
    let long = |length: usize| format!("{{\"{}\":1}}", "n".repeat(length));
    for (value, known) in [
        (wide(MOST_VALUES), true),
        (wide(MOST_VALUES + 1), false),
        (deep(MOST_DEPTH - 1), true),
        (deep(9_000), false),
        (long(LONGEST / 2), true),
        (long(LONGEST), false),
    ] {
        let value = format!("{{\"data\":{{\"a\":{value}}}}}");
        check(&value, &value, known);
    }
}

#[test]
fn forms_without_end_are_forgotten_in_time_and_the_program_that_has_few_is_known_again() {
    let mut lines = Lines::new(MAX);
    for number in 0..40_000 {
        // Three kinds of making them up: at the first member, behind one, and in what is long.
        let line = match number % 3 {
            0 => format!(r#"{{"n{number}":1}}"#),
            1 => format!(r#"{{"level":"info","request":{{"n{number}":"a"}}}}"#),
            _ => format!(r#"{{"{number}{}":0,"b":true}}"#, "<".repeat(900)),
        };
        lines.encode(line.as_bytes());
        let forms = lines.encoder.forms();
        assert!(forms.nodes.len() <= MOST_NODES && forms.text.len() <= MOST_TEXT);
        assert!(forms.forms_bytes <= MOST_FORMS_BYTES);
        if number % 1_000 == 0 {
            let held = forms.forms.iter().map(Form::bytes).sum::<usize>();
            assert_eq!(forms.forms_bytes, held);
        }
    }
    let few = |number: usize| format!(r#"{{"level":"info","few":{number}}}"#);
    let known = (0..100_000).position(|number| {
        lines.encode(few(number).as_bytes());
        lines.is_known(few(number).as_bytes())
    });
    assert!(known.is_some(), "never known again");
}

/// A member's name: those of the schema in any case, and others.
fn name() -> impl Strategy<Value = String> {
    prop_oneof![
        8 => prop::sample::select(vec!["level", "time", "info", "data", "message", "source", "host", "pid", "errors", "Level", "DATA", "_aws", "info.a"]).prop_map(str::to_owned),
        4 => "[a-e]{1,2}",
        1 => "[a-z]{9,20}",
        1 => "[<&ä\u{2028}a ]{0,4}",
    ]
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => prop::sample::select(vec!["info", "WARN", "error", "ınfo", "2026-11-28T22:54:26.123Z", "2026-11-28T22:54:26+01:00", "0001-01-01T00:00:00Z"]).prop_map(str::to_owned),
        4 => "[a-z <>&]{0,40}",
        2 => "[\u{1}-\u{7f}]{0,20}",
        1 => "\\PC{0,20}",
    ]
}

fn value() -> impl Strategy<Value = Json> {
    let scalar = prop_oneof![
        6 => text().prop_map(Json::from),
        2 => any::<i32>().prop_map(Json::from),
        1 => any::<f32>().prop_map(|number| json!(number)),
        1 => any::<bool>().prop_map(Json::from),
        1 => Just(Json::Null),
    ];
    scalar.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Json::from),
            prop::collection::vec((name(), inner), 0..4)
                .prop_map(|members| Json::Object(members.into_iter().collect())),
        ]
    })
}

/// A line, with some of its values replaced by others, and now and then something that spoils it.
fn line_again() -> impl Strategy<Value = Vec<Vec<u8>>> {
    let members = prop::collection::vec((name(), value(), 0_u8..3), 0..6);
    let others = prop::collection::vec(prop::collection::vec(value(), 6), 1..4);
    (members, others, any::<prop::sample::Index>(), 0_u8..8).prop_map(
        |(members, others, at, how)| {
            let print = |values: &dyn Fn(usize) -> Option<Json>| {
                let print = |(at, (name, own, blanks)): (usize, &(String, Json, u8))| {
                    let like =
                        |other: &Json| std::mem::discriminant(other) == std::mem::discriminant(own);
                    let value = values(at).filter(like).unwrap_or_else(|| own.clone());
                    let blank = [" ", "", "\t"][usize::from(*blanks)];
                    format!("{}:{blank}{value}", Json::from(name.as_str()))
                };
                let members: Vec<_> = members.iter().enumerate().map(print).collect();
                format!("{{{}}}", members.join(",")).into_bytes()
            };
            let mut lines = vec![print(&|_| None)];
            lines.extend(
                others
                    .iter()
                    .map(|values| print(&|at| Some(values[at].clone()))),
            );
            if how == 0
                && let Some(last) = lines.last_mut()
            {
                let at = at.index(last.len());
                last[at] = last[at].wrapping_add(1);
            }
            lines
        },
    )
}

proptest! {
    #[test]
    fn whatever_was_learnt_a_line_becomes_what_reading_makes_of_it(lines in prop::collection::vec(line_again(), 1..4), max in prop_oneof![Just(MAX), 120_usize..400]) {
        let mut learnt = Lines::new(max);
        for _ in 0..2 {
            for line in lines.iter().flatten() {
                prop_assert_eq!(learnt.encode(line), learnt.encode_anew(line, max), "{}", line.escape_ascii());
            }
        }
    }
}
