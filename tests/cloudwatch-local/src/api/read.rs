//! Reading back: GetLogEvents and FilterLogEvents.

use super::{group_of, input, limit, required};
use crate::{
    error::ApiError,
    names,
    pattern::Pattern,
    rules::{EVENT_OVERHEAD, MAX_READ_BYTES, MAX_READ_EVENTS},
    service::Service,
    store::{Event, Stream},
};
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Input {
    log_group_name: Option<String>,
    log_group_identifier: Option<String>,
    log_stream_name: Option<String>,
    log_stream_names: Option<Vec<String>>,
    log_stream_name_prefix: Option<String>,
    start_time: Option<i64>,
    end_time: Option<i64>,
    filter_pattern: Option<String>,
    next_token: Option<String>,
    limit: Option<i64>,
    start_from_head: Option<bool>,
}

/// Where an event stands among all of a group: time, then arrival.
type Place = (i64, u64);

fn place(event: &Event) -> Place {
    (event.timestamp, event.id)
}

fn token(direction: &str, (time, id): Place) -> String {
    format!("{direction}/{time:020}{id:036}")
}

fn parse(token: &str) -> Result<(bool, Place), ApiError> {
    let parsed = || {
        let (direction, digits) = token.split_once('/')?;
        let (time, id) = digits.split_at_checked(20)?;
        let place = (time.parse().ok()?, id.parse().ok()?);
        match direction {
            "f" => Some((true, place)),
            "b" => Some((false, place)),
            _ => None,
        }
    };
    parsed().ok_or_else(|| ApiError::invalid("The specified nextToken is invalid."))
}

pub(super) fn get(service: &Service, body: &[u8]) -> Result<Option<Value>, ApiError> {
    let input: Input = input(body)?;
    let limit = limit(input.limit, MAX_READ_EVENTS)?;
    let group = group_of(input.log_group_name, input.log_group_identifier)?;
    let stream = required(input.log_stream_name, "logStreamName")?;
    names::stream(&stream)?;
    let cursor = input.next_token.as_deref().map(parse).transpose()?;
    let mut store = service.store();
    let events = &store.group(&group)?.stream(&stream)?.events;
    let from =
        events.partition_point(|event| event.timestamp < input.start_time.unwrap_or(i64::MIN));
    let to = events.partition_point(|event| event.timestamp < input.end_time.unwrap_or(i64::MAX));
    let range = &events[from..to.max(from)];
    let (forward, range) = match cursor {
        Some((true, after)) => (
            true,
            &range[range.partition_point(|event| place(event) <= after)..],
        ),
        Some((false, before)) => (
            false,
            &range[..range.partition_point(|event| place(event) < before)],
        ),
        None => (input.start_from_head == Some(true), range),
    };
    let events = if forward {
        &range[..fitting(range.iter(), limit)]
    } else {
        &range[range.len() - fitting(range.iter().rev(), limit)..]
    };
    // With nothing to give, the tokens stay where they are.
    let here = cursor.map_or((input.start_time.unwrap_or(0), 0), |(_, place)| place);
    let described: Vec<Value> = events
        .iter()
        .map(|event| {
            json!({"timestamp": event.timestamp, "message": event.message, "ingestionTime": event.ingestion})
        })
        .collect();
    Ok(Some(json!({
        "events": described,
        "nextForwardToken": token("f", events.last().map_or(here, place)),
        "nextBackwardToken": token("b", events.first().map_or(here, place)),
    })))
}

/// How many events fit one answer.
fn fitting<'a>(events: impl Iterator<Item = &'a Event>, limit: usize) -> usize {
    let mut bytes = 0;
    let fits = |event: &&Event| {
        bytes += event.message.len() + EVENT_OVERHEAD;
        bytes <= MAX_READ_BYTES
    };
    events.take(limit).take_while(fits).count()
}

pub(super) fn filter(service: &Service, body: &[u8]) -> Result<Option<Value>, ApiError> {
    let input: Input = input(body)?;
    let limit = limit(input.limit, MAX_READ_EVENTS)?;
    let group = group_of(input.log_group_name, input.log_group_identifier)?;
    let pattern = Pattern::parse(input.filter_pattern.as_deref().unwrap_or_default())?;
    if input.log_stream_names.is_some() && input.log_stream_name_prefix.is_some() {
        return Err(ApiError::invalid(
            "LogStreamNamePrefix and LogStreamNames are mutually exclusive parameters.",
        ));
    }
    let after = match input.next_token.as_deref() {
        None => None,
        Some(token) => Some(parse(token)?.1),
    };
    let mut store = service.store();
    let group = store.group(&group)?;
    for name in input.log_stream_names.iter().flatten() {
        names::stream(name)?;
        group.stream(name)?;
    }
    let wanted = |name: &String| match (&input.log_stream_names, &input.log_stream_name_prefix) {
        (Some(names), _) => names.contains(name),
        (None, Some(prefix)) => name.starts_with(prefix),
        (None, None) => true,
    };
    let start = input.start_time.unwrap_or(i64::MIN);
    let end = input.end_time.unwrap_or(i64::MAX);
    let inside = |stream: &Stream| {
        let from = stream.events.partition_point(|event| {
            event.timestamp < start || after.is_some_and(|after| place(event) <= after)
        });
        from..stream
            .events
            .partition_point(|event| event.timestamp <= end)
            .max(from)
    };
    let mut events: Vec<(&String, &Event)> = group
        .streams
        .iter()
        .filter(|(name, _)| wanted(name))
        .flat_map(|(name, stream)| {
            stream.events[inside(stream)]
                .iter()
                .map(move |event| (name, event))
        })
        .filter(|(_, event)| pattern.matches(&event.message))
        .collect();
    events.sort_by_key(|(_, event)| place(event));
    let count = fitting(events.iter().map(|(_, event)| *event), limit);
    let described: Vec<Value> = events[..count]
        .iter()
        .map(|(name, event)| {
            json!({
                "logStreamName": name,
                "timestamp": event.timestamp,
                "message": event.message,
                "ingestionTime": event.ingestion,
                "eventId": format!("{:020}{:036}", event.timestamp, event.id),
            })
        })
        .collect();
    let mut answer = json!({"events": described, "searchedLogStreams": []});
    if count < events.len()
        && let Some((_, last)) = events[..count].last()
    {
        answer["nextToken"] = token("f", place(last)).into();
    }
    Ok(Some(answer))
}
