//! PutLogEvents against the store, the ledger and the counters.

use crate::{
    error::ApiError,
    names,
    put::{self, Put, Verdict},
    rules::{EVENT_OVERHEAD, Rule},
    service::Service,
    store::Event,
};
use serde_json::{Value, json};

/// Takes the events of a request.
pub(crate) fn put(service: &Service, put: &Put<'_>) -> Result<Value, ApiError> {
    let (group, stream) = (put.group(), put.stream());
    names::group(group)?;
    names::stream(stream)?;
    let events = &put.scanned.events;
    put::check(events, service.config.event_limit)?;
    let rejected_entity = put.entity.as_ref().and_then(put::entity_error);
    let now = service.now();
    let (verdict, count) = store(service, put, now)?;
    let taken = &events[verdict.taken.clone()];
    let bytes: usize = taken.iter().map(|event| event.len + EVENT_OVERHEAD).sum();
    if service.config.ledger {
        let lines = taken.iter().map(|event| (put.raw(event), event.timestamp));
        service.ledger().enter(group, stream, lines);
    }
    let mut counters = service.counters();
    counters.events += taken.len() as u64;
    counters.bytes += bytes as u64;
    counters.largest_batch_bytes = counters.largest_batch_bytes.max(bytes as u64);
    counters.largest_batch_events = counters.largest_batch_events.max(taken.len() as u64);
    let mut answer = json!({"nextSequenceToken": service.sequence_token(count)});
    if let Some(kind) = rejected_entity {
        counters.broke(Rule::Entity);
        answer["rejectedEntityInfo"] = json!({"errorType": kind});
    }
    let old = verdict.too_old_end.unwrap_or(0);
    counters.too_old += old as u64;
    counters.expired += verdict.expired_end.map_or(0, |end| end - old) as u64;
    counters.too_new += verdict
        .too_new_start
        .map_or(0, |start| events.len() - start) as u64;
    let rejected = [
        (
            "tooOldLogEventEndIndex",
            verdict.too_old_end,
            Rule::EventTooOld,
        ),
        (
            "expiredLogEventEndIndex",
            verdict.expired_end,
            Rule::EventExpired,
        ),
        (
            "tooNewLogEventStartIndex",
            verdict.too_new_start,
            Rule::EventTooNew,
        ),
    ];
    for (name, index, rule) in rejected {
        if let Some(index) = index {
            counters.broke(rule);
            answer["rejectedLogEventsInfo"][name] = index.into();
        }
    }
    Ok(answer)
}

/// Puts what is taken into the stream. Returns the verdict and how many events the stream has had.
fn store(service: &Service, put: &Put<'_>, now: i64) -> Result<(Verdict, u64), ApiError> {
    let events = &put.scanned.events;
    let keep = !service.config.discard;
    // Decoded before the store is locked.
    let messages: Vec<Box<str>> = if keep {
        events.iter().map(|event| put.message(event)).collect()
    } else {
        Vec::new()
    };
    let mut store = service.store();
    let next = store.events + 1; // from one, so that zero stands before all
    let group = store.group(put.group())?;
    let retention = group.retention;
    let stream = group.stream(put.stream())?;
    let verdict = put::judge(events, now, retention)?;
    let taken = &events[verdict.taken.clone()];
    if let (Some(first), Some(last)) = (taken.first(), taken.last()) {
        let bytes: usize = taken.iter().map(|event| event.len + EVENT_OVERHEAD).sum();
        let count = taken.len() as u64;
        stream.note(first.timestamp, last.timestamp, count, bytes as u64, now);
    }
    if keep {
        let kept = messages
            .into_iter()
            .enumerate()
            .filter(|(place, _)| verdict.taken.contains(place))
            .zip(next..)
            .map(|((place, message), id)| Event {
                timestamp: events[place].timestamp,
                ingestion: now,
                id,
                message,
            });
        stream.keep(kept.collect());
    }
    let count = stream.count;
    store.events += taken.len() as u64;
    Ok((verdict, count))
}
