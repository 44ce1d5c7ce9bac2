//! Any events in any order, over chunks of any size: no batch breaks a limit, none is lost, and each body is JSON that says
//! what went in.

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

/// How the memory of bodies is cut, and how large the core takes a body and an event to be before it has them.
#[derive(Clone, Copy, Debug)]
struct Memory {
    chunk_bytes: usize,
    body: usize,
    event: usize,
}

/// Chunks of one event and of many, that begin small, that events fill exactly or do not fit in.
fn memory() -> impl Strategy<Value = Memory> {
    (40..600usize, 0..3_000usize, 0..300usize).prop_map(|(chunk_bytes, body, event)| Memory {
        chunk_bytes,
        body,
        event,
    })
}

const WHOLE: Memory = Memory {
    chunk_bytes: 32 << 10,
    body: 2_048,
    event: 500,
};

fn encoded(timestamp_ms: i64, text: &str) -> Vec<u8> {
    let object = serde_json::json!({"timestamp": timestamp_ms, "message": text});
    object.to_string().into_bytes()
}

/// Batches as the core makes them: when an event does not fit, the batch is sealed and the next begins with it.
fn batches(events: &[Event], limits: &Limits, memory: Memory) -> Vec<Body> {
    let mut pool = Pool::of_chunks(memory.chunk_bytes);
    let open = |pool: &mut Pool| Buffer::open(&key(), None, memory.body, pool);
    let mut sealed = Vec::new();
    let mut buffer = open(&mut pool);
    for event in events {
        let api_bytes = event.text.len() + EVENT_OVERHEAD;
        buffer
            .next(memory.event, &mut pool)
            .extend_from_slice(&encoded(event.timestamp_ms, &event.text));
        if let Err(bytes) = buffer.take(event.timestamp_ms, api_bytes, limits) {
            let next = open(&mut pool);
            sealed.push(std::mem::replace(&mut buffer, next).seal(&mut pool));
            buffer
                .next(bytes.len(), &mut pool)
                .extend_from_slice(&bytes);
            buffer.take(event.timestamp_ms, api_bytes, limits).unwrap();
        }
    }
    if buffer.events() > 0 {
        sealed.push(buffer.seal(&mut pool));
    }
    sealed.iter().for_each(check_chunks);
    sealed
}

/// The length is that of the chunks, none of which is empty, and each event is found in one of them as it is in the whole.
fn check_chunks(body: &Body) {
    let whole = body.payload.to_vec();
    assert_eq!(whole.len(), body.payload.len());
    assert!(body.payload.chunks().iter().all(|chunk| !chunk.is_empty()));
    let head = memchr::memmem::find(&whole, EVENTS).unwrap() + EVENTS.len();
    let events = (0..body.events()).map(|place| body.event(place));
    let events = events.collect::<Vec<_>>().join(&b","[..]);
    assert_eq!(&whole[head..], [&events[..], END].concat());
}

fn events_of(body: &Body) -> Vec<(i64, String)> {
    let json: Value = serde_json::from_slice(&body.payload.to_vec()).unwrap();
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
    fn no_batch_breaks_a_limit_and_every_event_is_in_one(events in proptest::collection::vec(event(), 1..80), limits in limits(), memory in memory()) {
        let mut seen = Vec::new();
        for body in batches(&events, &limits, memory) {
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
    fn events_of_one_instant_keep_their_order(count in 1..50usize, memory in memory()) {
        let event = |place: usize| Event { timestamp_ms: (place % 3) as i64, text: format!("{place:03}") };
        let events: Vec<Event> = (0..count).map(event).collect();
        let sealed = batches(&events, &Limits::default(), memory);
        let mut expected: Vec<_> = events.iter().map(|event| (event.timestamp_ms, event.text.clone())).collect();
        expected.sort_by_key(|(time, _)| *time);
        prop_assert_eq!(events_of(&sealed[0]), expected);
    }

    #[test]
    fn a_batch_cut_in_two_is_two_batches_of_the_same_events(events in proptest::collection::vec(event(), 2..40), at in any::<prop::sample::Index>(), again in any::<prop::sample::Index>(), memory in memory()) {
        let limits = Limits { span_ms: i64::MAX / 2, ..Limits::default() };
        let whole = batches(&events, &limits, memory).remove(0);
        let at = 1 + at.index(whole.events() - 1);
        let (head, tail) = whole.split(at);
        check_chunks(&head);
        check_chunks(&tail);
        let mut both = events_of(&head);
        both.extend(events_of(&tail));
        prop_assert_eq!(both, events_of(&whole));
        prop_assert_eq!(head.api_bytes() + tail.api_bytes(), whole.api_bytes());
        let last: Value = serde_json::from_slice(tail.event(tail.events() - 1)).unwrap();
        prop_assert_eq!(last["message"].as_str().unwrap(), &events_of(&whole)[whole.events() - 1].1);
        if tail.events() > 1 {
            let (middle, last) = tail.split(1 + again.index(tail.events() - 1));
            check_chunks(&middle);
            check_chunks(&last);
            both = [events_of(&head), events_of(&middle), events_of(&last)].concat();
            prop_assert_eq!(both, events_of(&whole));
        }
    }
}

proptest! {
    #[test]
    fn a_mark_stays_with_its_event_over_sorting_and_cutting(times in proptest::collection::vec(0..9i64, 2..20), marked in 0..20usize, at in any::<prop::sample::Index>(), memory in memory()) {
        let mut pool = Pool::of_chunks(memory.chunk_bytes);
        let mut buffer = Buffer::open(&key(), None, memory.body, &mut pool);
        let marked = marked % times.len();
        for (place, time) in times.iter().enumerate() {
            buffer.next(memory.event, &mut pool).extend_from_slice(&encoded(*time, &place.to_string()));
            buffer.take(*time, 30, &Limits::default()).unwrap();
            if place == marked {
                buffer.mark_last(7);
            }
        }
        let (head, tail) = buffer.seal(&mut pool).split(1 + at.index(times.len() - 1));
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
        let sizes: Vec<usize> = batches(&events, &limits, WHOLE)
            .iter()
            .map(Body::events)
            .collect();
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
        let mut pool = Pool::of_chunks(100);
        let mut buffer = Buffer::open(&key, entity, 0, &mut pool);
        for time in 1..5 {
            let event = encoded(time, ",\"entity\":");
            buffer
                .next(event.len(), &mut pool)
                .extend_from_slice(&event);
            buffer.take(time, 38, &Limits::default()).unwrap();
        }
        buffer.seal(&mut pool)
    };
    let whole = |body: &Body| body.payload.to_vec();
    let entity = r#"{"keyAttributes":{"Type":"Service","Name":"api"}}"#;
    let with = body(Some(entity));
    let read: serde_json::Value = serde_json::from_slice(&whole(&with)).unwrap();
    assert_eq!(read["entity"]["keyAttributes"]["Name"], "api");
    let (bare, without) = (body(None), without_entity(&with.payload).unwrap());
    assert_eq!(without.to_vec(), whole(&bare));
    assert_eq!(without.len(), bare.payload.len());
    assert!(without_entity(&bare.payload).is_none());
    let (halves, bare_halves) = (with.split(2), bare.split(2));
    for (half, bare) in [(halves.0, bare_halves.0), (halves.1, bare_halves.1)] {
        assert_eq!(
            without_entity(&half.payload).unwrap().to_vec(),
            whole(&bare)
        );
    }
}

#[test]
fn an_event_on_a_border_is_whole_in_its_chunk() {
    let text = "x".repeat(60);
    let event = encoded(1, &text);
    // An event less than a chunk holds, exactly what it holds with a comma and an end, and more.
    for chunk_bytes in event.len()..event.len() + 3 * CLOSING {
        let mut pool = Pool::of_chunks(chunk_bytes);
        let mut buffer = Buffer::open(&key(), None, 0, &mut pool);
        for _ in 0..5 {
            buffer
                .next(event.len(), &mut pool)
                .extend_from_slice(&event);
            buffer.take(1, 86, &Limits::default()).unwrap();
        }
        let body = buffer.seal(&mut pool);
        check_chunks(&body);
        assert_eq!(body.payload.chunks().len(), 6, "{chunk_bytes}");
        assert_eq!(events_of(&body), vec![(1, text.clone()); 5]);
    }
}

#[test]
fn a_body_takes_little_more_memory_than_its_bytes() {
    // Lines whose events have 180 bytes around them, as an envelope has: over ten chunks, and as the only one of its batch.
    for lines in [1, 400] {
        let mut pool = Pool::of_chunks(16 << 10);
        let text = "z".repeat(250);
        let mut buffer = Buffer::open(&key(), None, 16 << 10, &mut pool);
        for _ in 0..lines {
            let event = encoded(1, &"z".repeat(text.len() + 150));
            buffer
                .next_line(text.as_bytes(), &mut pool)
                .extend_from_slice(&event);
            buffer.line_appended(text.as_bytes());
            let api_bytes = text.len() + 150 + EVENT_OVERHEAD;
            buffer.take(1, api_bytes, &Limits::default()).unwrap();
        }
        let body = buffer.seal(&mut pool);
        check_chunks(&body);
        let bytes = body.payload.len();
        let chunks = body.payload.into_chunks().into_iter();
        let held: usize = chunks
            .map(|chunk| chunk.try_into_mut().unwrap().capacity())
            .sum();
        assert!(held <= bytes + bytes / 20, "{held} for {bytes}");
    }
}

#[test]
fn an_event_longer_than_a_chunk_has_one_of_its_own() {
    let events: Vec<Event> = [10, 1_000, 10, 5_000, 5_000, 10]
        .iter()
        .zip([3, 9, 1, 0, 4, 5])
        .map(|(length, timestamp_ms)| Event {
            timestamp_ms,
            text: "y".repeat(*length),
        })
        .collect();
    for event in [0, 300, 6_000] {
        let memory = Memory {
            chunk_bytes: 256,
            body: 64,
            event,
        };
        let body = batches(&events, &Limits::default(), memory).remove(0);
        let mut expected: Vec<_> = events
            .iter()
            .map(|event| (event.timestamp_ms, event.text.clone()))
            .collect();
        expected.sort();
        assert_eq!(events_of(&body), expected);
    }
}

#[test]
fn an_event_that_is_taken_back_leaves_nothing_behind() {
    let mut pool = Pool::of_chunks(200);
    let mut buffer = Buffer::open(&key(), None, 1_000, &mut pool);
    let last = |buffer: &mut Buffer, pool: &mut Pool, text: &str| {
        let chunk = buffer.next(text.len(), pool);
        chunk.extend_from_slice(&encoded(1, text));
    };
    for _ in 0..4 {
        last(&mut buffer, &mut pool, &"kept".repeat(20));
        buffer.take(1, 106, &Limits::default()).unwrap();
        // Into a chunk of its own, which is empty then.
        last(&mut buffer, &mut pool, &"gone".repeat(100));
        let (start, chunk) = buffer.appended();
        chunk.truncate(start);
        assert_eq!(buffer.len(), buffer.end());
    }
    let body = buffer.seal(&mut pool);
    check_chunks(&body);
    assert_eq!(events_of(&body), vec![(1, "kept".repeat(20)); 4]);
}
