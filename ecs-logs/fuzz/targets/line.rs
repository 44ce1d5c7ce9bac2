//! Any bytes as a line, in every format: an event that is JSON, counted as CloudWatch counts, whole or in parts that all fit. The
//! first byte chooses the format and the fields that the journal has beside the line. Of an entry that is known by its identity it is
//! the same event, and so is a line like it, whose form may then be known.
#![no_main]

use ecs_logs::{
    entry::{Entry, FieldTable, field},
    event::{EVENT_OVERHEAD, Encoder, EncoderSettings, Format, Line, MissingLevel},
    identity::Identities,
    intern::Interner,
};
use libfuzzer_sys::fuzz_target;

const MAX: usize = 1_024;

fuzz_target!(|bytes: &[u8]| {
    let Some((&choice, text)) = bytes.split_first() else {
        return;
    };
    let settings = EncoderSettings {
        max_event_bytes: MAX,
        format: if choice & 1 == 0 { Format::EcsLogs } else { Format::Raw },
        journal_id: choice & 2 != 0,
        missing_level: if choice & 4 == 0 { MissingLevel::default() } else { MissingLevel::None },
        hostname: "host \"1\"".to_owned(),
    };
    let mut encoder = Encoder::new(settings.clone());
    let mut entry = Entry::default();
    entry.reset(FieldTable::default().len());
    entry.realtime_usec = 1_700_000_000_000_000;
    entry.journal_id = Some((7, 8));
    let mut names = Interner::default();
    if choice & 8 != 0 {
        // As a container can have them: its own bytes.
        let value: Vec<u8> = text.iter().copied().take(20).collect();
        for id in [field::PRIORITY, field::HOSTNAME, field::PID, field::CODE_FILE, field::CODE_LINE, field::MESSAGE_ID] {
            entry.set_symbol(id, names.intern(&value));
        }
    }
    let mut known = entry.clone();
    known.set_identity(Identities::default().of(&entry, 0, &names));
    let mut line = Some(Line::from(text));
    while let Some(now) = line {
        let mut body = Vec::new();
        let encoded = encoder.encode(&now, &entry, &names, &mut body);
        let event: serde_json::Value = serde_json::from_slice(&body).expect("an event is JSON");
        let message = event["message"].as_str().expect("an event has a message");
        assert_eq!(event["timestamp"].as_i64(), Some(encoded.timestamp_ms));
        assert_eq!(encoded.api_bytes, message.len() + EVENT_OVERHEAD);
        assert!(message.len() <= MAX, "{} bytes", message.len());
        for _ in 0..2 {
            let mut same = Vec::new();
            assert_eq!(encoder.encode(&now, &known, &names, &mut same), encoded);
            assert_eq!(same, body);
        }
        for like in [turned(now.text, 1), turned(now.text, 5)] {
            let like = Line { text: &like, ..now };
            let (mut read, mut by_form) = (Vec::new(), Vec::new());
            let anew = Encoder::new(settings.clone()).encode(&like, &entry, &names, &mut read);
            assert_eq!(encoder.encode(&like, &known, &names, &mut by_form), anew);
            assert_eq!(by_form, read);
        }
        line = encoded.rest;
        assert!(line.is_none_or(|rest| rest.text.len() < now.text.len()), "the rest gets shorter");
    }
});

/// The text with other digits, and with other letters where a string may have a value of such.
fn turned(text: &[u8], by: u8) -> Vec<u8> {
    let turn = |&byte: &u8| match byte {
        b'0'..=b'9' => b'0' + (byte - b'0' + by) % 10,
        b'x'..=b'z' => b'x' + (byte - b'x' + by) % 3,
        byte => byte,
    };
    text.iter().map(turn).collect()
}
