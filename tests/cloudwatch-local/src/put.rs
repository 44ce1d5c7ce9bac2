//! PutLogEvents: a body to events, and the rules over them. Pure: bytes and `now` in, verdict out.

use crate::{
    error::ApiError,
    rules::{
        DAY_MILLIS, EVENT_OVERHEAD, MAX_AGE_MILLIS, MAX_BATCH_BYTES, MAX_BATCH_EVENTS,
        MAX_FUTURE_MILLIS, Rule,
    },
    scan::{Found, Scanned, scan},
};
use serde::Deserialize;
use serde_json::{Value, json};
use std::{borrow::Cow, ops::Range};

/// A request, its body in the plain shape.
#[derive(Debug)]
pub(crate) struct Put<'a> {
    pub body: Cow<'a, [u8]>,
    pub scanned: Scanned,
    pub entity: Option<Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Shape {
    log_group_name: Option<String>,
    log_stream_name: Option<String>,
    log_events: Option<Vec<EventShape>>,
    entity: Option<Value>,
}

#[derive(Deserialize)]
struct EventShape {
    timestamp: Option<i64>,
    message: Option<String>,
}

impl<'a> Put<'a> {
    /// Reads a body; `scanned` is memory to use again.
    pub(crate) fn parse(body: &'a [u8], mut scanned: Scanned) -> Result<Put<'a>, ApiError> {
        if scan(body, &mut scanned).is_some() {
            return Ok(Put {
                body: Cow::Borrowed(body),
                scanned,
                entity: None,
            });
        }
        let shape: Shape = serde_json::from_slice(body)
            .map_err(|error| ApiError::serialization(error.to_string()))?;
        let null =
            |member: &str| ApiError::constraint("null", member, "not be null").rule(Rule::Body);
        let group = shape.log_group_name.ok_or_else(|| null("logGroupName"))?;
        let stream = shape.log_stream_name.ok_or_else(|| null("logStreamName"))?;
        let events = shape.log_events.ok_or_else(|| null("logEvents"))?;
        let events = events
            .into_iter()
            .enumerate()
            .map(|(place, event)| {
                let member = |name: &str| null(&format!("logEvents.{}.member.{name}", place + 1));
                Ok(json!({
                    "timestamp": event.timestamp.ok_or_else(|| member("timestamp"))?,
                    "message": event.message.ok_or_else(|| member("message"))?,
                }))
            })
            .collect::<Result<Vec<_>, ApiError>>()?;
        crate::names::group(&group)?;
        crate::names::stream(&stream)?;
        let plain = json!({"logGroupName": group, "logStreamName": stream, "logEvents": events})
            .to_string()
            .into_bytes();
        scan(&plain, &mut scanned).ok_or_else(|| {
            ApiError::serialization(
                "a number or a name in this body is outside what cloudwatch-local reads",
            )
        })?;
        Ok(Put {
            body: Cow::Owned(plain),
            scanned,
            entity: shape.entity,
        })
    }

    pub(crate) fn group(&self) -> &str {
        self.text(&self.scanned.group)
    }

    pub(crate) fn stream(&self) -> &str {
        self.text(&self.scanned.stream)
    }

    fn text(&self, range: &Range<usize>) -> &str {
        std::str::from_utf8(&self.body[range.clone()]).expect("the scan checked the whole body")
    }

    /// The message with its escapes as they are.
    pub(crate) fn raw(&self, event: &Found) -> &[u8] {
        &self.body[event.raw.clone()]
    }

    /// The message as text.
    pub(crate) fn message(&self, event: &Found) -> Box<str> {
        if event.escaped {
            let quoted = &self.body[event.raw.start - 1..event.raw.end + 1];
            serde_json::from_slice(quoted).expect("the scan checked every escape")
        } else {
            self.text(&event.raw).into()
        }
    }
}

/// What becomes of a request that keeps the rules.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Verdict {
    /// The events that are taken.
    pub taken: Range<usize>,
    /// `tooOldLogEventEndIndex`, exclusive.
    pub too_old_end: Option<usize>,
    /// `expiredLogEventEndIndex`, exclusive; only when retention refuses more than age does.
    pub expired_end: Option<usize>,
    /// `tooNewLogEventStartIndex`, inclusive.
    pub too_new_start: Option<usize>,
}

/// The rules that need no group: counts, sizes, order.
pub(crate) fn check(events: &[Found], event_limit: usize) -> Result<(), ApiError> {
    if events.is_empty() {
        return Err(ApiError::constraint(
            "[]",
            "logEvents",
            "have length greater than or equal to 1",
        )
        .rule(Rule::BatchEmpty));
    }
    if events.len() > MAX_BATCH_EVENTS {
        return Err(ApiError::constraint(
            &format!("[{} events]", events.len()),
            "logEvents",
            &format!("have length less than or equal to {MAX_BATCH_EVENTS}"),
        )
        .rule(Rule::BatchEvents));
    }
    let mut bytes = 0;
    let mut last = i64::MIN;
    for (place, event) in events.iter().enumerate() {
        let member = |name: &str| format!("logEvents.{}.member.{name}", place + 1);
        if event.len == 0 {
            let at_least = "have length greater than or equal to 1";
            return Err(
                ApiError::constraint("", &member("message"), at_least).rule(Rule::EventEmpty)
            );
        }
        if event.timestamp < 0 {
            let at_least = "have value greater than or equal to 0";
            let value = event.timestamp.to_string();
            return Err(
                ApiError::constraint(&value, &member("timestamp"), at_least).rule(Rule::Body)
            );
        }
        let size = event.len + EVENT_OVERHEAD;
        if size > event_limit {
            return Err(ApiError::invalid(format!(
                "Log event too large: {size} bytes exceeds limit of {event_limit}"
            ))
            .rule(Rule::EventBytes));
        }
        if event.timestamp < last {
            return Err(ApiError::invalid(
                "Log events in a single PutLogEvents request must be in chronological order.",
            )
            .rule(Rule::BatchOrder));
        }
        last = event.timestamp;
        bytes += size;
    }
    if bytes > MAX_BATCH_BYTES {
        return Err(ApiError::invalid(format!(
            "Upload too large: {bytes} bytes exceeds limit of {MAX_BATCH_BYTES}"
        ))
        .rule(Rule::BatchBytes));
    }
    Ok(())
}

/// The rules about time. `events` are in order. `retention`: the group's, in days.
pub(crate) fn judge(
    events: &[Found],
    now: i64,
    retention: Option<i64>,
) -> Result<Verdict, ApiError> {
    let older_than = |limit: i64| events.partition_point(|event| event.timestamp < limit);
    let old = older_than(now - MAX_AGE_MILLIS);
    let expired = retention.map_or(0, |days| older_than(now - days * DAY_MILLIS));
    let new = older_than(now + MAX_FUTURE_MILLIS + 1);
    let start = old.max(expired).min(new);
    let taken = start..new;
    if let [first, .., last] = &events[taken.clone()]
        && last.timestamp - first.timestamp > DAY_MILLIS
    {
        return Err(ApiError::invalid(
            "The batch of log events in a single PutLogEvents request cannot span more than 24 hours.",
        )
        .rule(Rule::BatchSpan));
    }
    Ok(Verdict {
        taken,
        too_old_end: (old > 0).then_some(old),
        expired_end: (expired > old).then_some(expired),
        too_new_start: (new < events.len()).then_some(new),
    })
}

/// Why an entity is not taken: its `errorType`. The events are taken all the same.
pub(crate) fn entity_error(entity: &Value) -> Option<&'static str> {
    let texts = |name: &str| -> Option<Vec<(&str, &str)>> {
        match entity.get(name) {
            None | Some(Value::Null) => Some(Vec::new()),
            Some(Value::Object(map)) => map
                .iter()
                .map(|(key, value)| Some((key.as_str(), value.as_str()?)))
                .collect(),
            Some(_) => None,
        }
    };
    let Some(keys) = texts("keyAttributes") else {
        return Some("InvalidKeyAttributes");
    };
    let Some(attributes) = texts("attributes") else {
        return Some("InvalidAttributes");
    };
    const KEYS: [&str; 5] = ["Type", "ResourceType", "Identifier", "Name", "Environment"];
    const TYPES: [&str; 4] = ["Service", "RemoteService", "AWS::Resource", "Resource"];
    if keys.is_empty() {
        return Some("MissingRequiredFields");
    }
    let kind = keys.iter().find(|(key, _)| *key == "Type");
    match kind {
        None => return Some("MissingRequiredFields"),
        Some((_, value)) if !TYPES.contains(value) => return Some("InvalidTypeValue"),
        Some(_) => {}
    }
    let long = |(_, value): &(&str, &str)| value.is_empty() || value.chars().count() > 512;
    if !(2..=4).contains(&keys.len())
        || keys
            .iter()
            .any(|pair| !KEYS.contains(&pair.0) || long(pair))
    {
        return Some("InvalidKeyAttributes");
    }
    if attributes.len() > 10
        || attributes
            .iter()
            .any(|pair| pair.0.is_empty() || long(pair))
    {
        return Some("InvalidAttributes");
    }
    None
}
