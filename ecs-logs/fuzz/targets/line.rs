//! Any bytes as a line: an event that is JSON, counted as CloudWatch counts, whole or in parts that all fit.
#![no_main]

use ecs_logs::{
    entry::{Entry, FieldTable},
    event::{EVENT_OVERHEAD, Encoder, EncoderSettings, Line},
    intern::Interner,
};
use libfuzzer_sys::fuzz_target;

const MAX: usize = 1_024;

fuzz_target!(|bytes: &[u8]| {
    let mut encoder = Encoder::new(EncoderSettings {
        max_event_bytes: MAX,
        ..EncoderSettings::default()
    });
    let mut entry = Entry::default();
    entry.reset(FieldTable::default().len());
    let names = Interner::default();
    let mut line = Some(Line::from(bytes));
    while let Some(now) = line {
        let mut body = Vec::new();
        let encoded = encoder.encode(&now, &entry, &names, &mut body);
        let event: serde_json::Value = serde_json::from_slice(&body).expect("an event is JSON");
        let message = event["message"].as_str().expect("an event has a message");
        assert_eq!(encoded.api_bytes, message.len() + EVENT_OVERHEAD);
        assert!(message.len() <= MAX, "{} bytes", message.len());
        line = encoded.rest;
    }
});
