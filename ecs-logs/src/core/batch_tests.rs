//! Any events in any order: no batch breaks a limit, none is lost, and each body is JSON that says what went in.

use super::*;
use proptest::prelude::*;
use serde_json::Value;

#[derive(Clone, Debug)]
struct Event {
    timestamp_ms: i64,
    text: String,
}

fn event() -> impl Strategy<Value = Event> {
    let time = prop_oneof![8 => 0..10_000i64, 1 => 0..3 * MAX_SPAN_MS];
    (time, "[ -~äß€\u{1f600}\"\\\\\n]{1,60}")
        .prop_map(|(timestamp_ms, text)| Event { timestamp_ms, text })
}

fn limits() -> impl Strategy<Value = Limits> {
    (100..2_000usize, 1..30usize).prop_map(|(bytes, events)| Limits {
        bytes,
        events,
        span_ms: MAX_SPAN_MS,
    })
}

fn key() -> StreamKey {
    StreamKey {
        group: "a \"group\"".into(),
        stream: "c1".into(),
    }
}

/// Batches as the core makes them: when an event does not fit, the batch is sealed and the next begins with it.
fn batches(events: &[Event], limits: &Limits) -> Vec<Body> {
    let mut sealed = Vec::new();
    let mut buffer = Buffer::open(&key(), None, Vec::new());
    for event in events {
        let object = serde_json::json!({"timestamp": event.timestamp_ms, "message": event.text});
        let api_bytes = event.text.len() + EVENT_OVERHEAD;
        buffer.body.extend_from_slice(object.to_string().as_bytes());
        if let Err(bytes) = buffer.take(event.timestamp_ms, api_bytes, limits) {
            sealed.push(
                std::mem::replace(&mut buffer, Buffer::open(&key(), None, Vec::new())).seal(),
            );
            buffer.body.extend_from_slice(&bytes);
            buffer.take(event.timestamp_ms, api_bytes, limits).unwrap();
        }
    }
    if buffer.events() > 0 {
        sealed.push(buffer.seal());
    }
    sealed
}

fn events_of(body: &Body) -> Vec<(i64, String)> {
    let json: Value = serde_json::from_slice(&body.bytes).unwrap();
    assert_eq!(json["logGroupName"], "a \"group\"");
    assert_eq!(json["logStreamName"], "c1");
    let event = |event: &Value| {
        (
            event["timestamp"].as_i64().unwrap(),
            event["message"].as_str().unwrap().to_owned(),
        )
    };
    json["logEvents"]
        .as_array()
        .unwrap()
        .iter()
        .map(event)
        .collect()
}

proptest! {
    #[test]
    fn no_batch_breaks_a_limit_and_every_event_is_in_one(events in proptest::collection::vec(event(), 1..80), limits in limits()) {
        let mut seen = Vec::new();
        for body in batches(&events, &limits) {
            let events = events_of(&body);
            let bytes: usize = events.iter().map(|(_, text)| text.len() + EVENT_OVERHEAD).sum();
            prop_assert_eq!(events.len(), body.events());
            prop_assert_eq!(bytes, body.api_bytes());
            prop_assert!(!events.is_empty() && events.len() <= limits.events);
            prop_assert!(bytes <= limits.bytes || events.len() == 1);
            prop_assert!(events.is_sorted_by_key(|(time, _)| *time));
            prop_assert!(events[events.len() - 1].0 - events[0].0 <= limits.span_ms);
            seen.extend(events);
        }
        let mut expected: Vec<_> = events.iter().map(|event| (event.timestamp_ms, event.text.clone())).collect();
        expected.sort();
        seen.sort();
        prop_assert_eq!(seen, expected);
    }

    #[test]
    fn events_of_one_instant_keep_their_order(count in 1..50usize) {
        let event = |place: usize| Event { timestamp_ms: (place % 3) as i64, text: format!("{place:03}") };
        let events: Vec<Event> = (0..count).map(event).collect();
        let sealed = batches(&events, &Limits::default());
        let mut expected: Vec<_> = events.iter().map(|event| (event.timestamp_ms, event.text.clone())).collect();
        expected.sort_by_key(|(time, _)| *time);
        prop_assert_eq!(events_of(&sealed[0]), expected);
    }

    #[test]
    fn a_batch_cut_in_two_is_two_batches_of_the_same_events(events in proptest::collection::vec(event(), 2..40), at in any::<prop::sample::Index>()) {
        let limits = Limits { span_ms: i64::MAX / 2, ..Limits::default() };
        let whole = batches(&events, &limits).remove(0);
        let at = 1 + at.index(whole.events() - 1);
        let (head, tail) = whole.split(at);
        let mut both = events_of(&head);
        both.extend(events_of(&tail));
        prop_assert_eq!(both, events_of(&whole));
        prop_assert_eq!(head.api_bytes() + tail.api_bytes(), whole.api_bytes());
        let last: Value = serde_json::from_slice(tail.event(tail.events() - 1)).unwrap();
        prop_assert_eq!(last["message"].as_str().unwrap(), &events_of(&whole)[whole.events() - 1].1);
    }
}

proptest! {
    #[test]
    fn a_mark_stays_with_its_event_over_sorting_and_cutting(times in proptest::collection::vec(0..9i64, 2..20), marked in 0..20usize, at in any::<prop::sample::Index>()) {
        let mut buffer = Buffer::open(&key(), None, Vec::new());
        let marked = marked % times.len();
        for (place, time) in times.iter().enumerate() {
            let event = serde_json::json!({"timestamp": time, "message": place.to_string()});
            buffer.body.extend_from_slice(event.to_string().as_bytes());
            buffer.take(*time, 30, &Limits::default()).unwrap();
            if place == marked {
                buffer.mark_last(7);
            }
        }
        let (head, tail) = buffer.seal().split(1 + at.index(times.len() - 1));
        let found: Vec<(u64, String)> = [head, tail]
            .iter()
            .flat_map(|body| body.marks.iter().map(|mark| (mark.id, events_of(body)[mark.place as usize].1.clone())))
            .collect();
        prop_assert_eq!(found, [(7, marked.to_string())]);
    }
}

#[test]
fn limits_are_met_exactly() {
    let events: Vec<Event> = (0..4)
        .map(|time| Event {
            timestamp_ms: time,
            text: "x".repeat(74),
        })
        .collect();
    for (bytes, events_max, expected) in [
        (300, 10, vec![3, 1]),
        (299, 10, vec![2, 2]),
        (400, 2, vec![2, 2]),
        (400, 4, vec![4]),
        (1, 10, vec![1, 1, 1, 1]),
    ] {
        let limits = Limits {
            bytes,
            events: events_max,
            span_ms: MAX_SPAN_MS,
        };
        let sizes: Vec<usize> = batches(&events, &limits).iter().map(Body::events).collect();
        assert_eq!(sizes, expected, "{bytes} bytes, {events_max} events");
    }
}

#[test]
fn an_entity_stands_in_the_head_and_can_be_taken_out() {
    let body = |entity| {
        let key = StreamKey {
            group: "web".into(),
            stream: "a,\"entity\":".into(),
        };
        let mut buffer = Buffer::open(&key, entity, Vec::new());
        buffer
            .body
            .extend_from_slice(b"{\"timestamp\":1,\"message\":\",\\\"entity\\\":\"}");
        buffer.take(1, 38, &Limits::default()).unwrap();
        buffer.seal().bytes
    };
    let entity = r#"{"keyAttributes":{"Type":"Service","Name":"api"}}"#;
    let with = body(Some(entity));
    let read: serde_json::Value = serde_json::from_slice(&with).unwrap();
    assert_eq!(read["entity"]["keyAttributes"]["Name"], "api");
    assert_eq!(without_entity(&with), Some(body(None)));
    assert_eq!(without_entity(&body(None)), None);
}
