//! Log streams: making and listing.

use super::{group_of, input, limit, page, required};
use crate::{error::ApiError, names, rules::Rule, service::Service, store::Stream};
use serde::Deserialize;
use serde_json::{Value, json};
use std::cmp::Reverse;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Input {
    log_group_name: Option<String>,
    log_group_identifier: Option<String>,
    log_stream_name: Option<String>,
    log_stream_name_prefix: Option<String>,
    order_by: Option<String>,
    descending: Option<bool>,
    limit: Option<i64>,
    next_token: Option<String>,
}

impl Input {
    fn names(self) -> Result<(String, String), ApiError> {
        let group = group_of(self.log_group_name, None)?;
        let stream = required(self.log_stream_name, "logStreamName")?;
        names::stream(&stream)?;
        Ok((group, stream))
    }
}

pub(super) fn create(service: &Service, body: &[u8]) -> Result<Option<Value>, ApiError> {
    let (group, name) = input::<Input>(body)?.names()?;
    let created = service.now();
    let mut store = service.store();
    let streams = &mut store.group(&group)?.streams;
    if streams.contains_key(&name) {
        return Err(ApiError::new(
            "ResourceAlreadyExistsException",
            "The specified log stream already exists",
        )
        .rule(Rule::StreamExists));
    }
    let stream = Stream {
        created,
        ..Stream::default()
    };
    streams.insert(name, stream);
    Ok(None)
}

pub(super) fn delete(service: &Service, body: &[u8]) -> Result<Option<Value>, ApiError> {
    let (group, name) = input::<Input>(body)?.names()?;
    match service.store().group(&group)?.streams.remove(&name) {
        Some(_) => Ok(None),
        None => Err(ApiError::stream_missing()),
    }
}

pub(super) fn describe(service: &Service, body: &[u8]) -> Result<Option<Value>, ApiError> {
    let input: Input = input(body)?;
    let limit = limit(input.limit, 50)?;
    let group = group_of(input.log_group_name, input.log_group_identifier)?;
    let by_time = match input.order_by.as_deref() {
        None | Some("LogStreamName") => false,
        Some("LastEventTime") => true,
        Some(other) => {
            return Err(ApiError::constraint(
                other,
                "orderBy",
                "satisfy enum value set: [LogStreamName, LastEventTime]",
            ));
        }
    };
    if by_time && input.log_stream_name_prefix.is_some() {
        return Err(ApiError::invalid(
            "Cannot order by LastEventTime with a logStreamNamePrefix.",
        ));
    }
    let prefix = input.log_stream_name_prefix.unwrap_or_default();
    let mut store = service.store();
    let streams = &store.group(&group)?.streams;
    let mut streams: Vec<(&String, &Stream)> = streams
        .iter()
        .filter(|(name, _)| name.starts_with(&prefix))
        .collect();
    match (by_time, input.descending == Some(true)) {
        (false, false) => {}
        (false, true) => streams.reverse(),
        (true, false) => streams.sort_by_key(|(_, stream)| stream.last),
        (true, true) => streams.sort_by_key(|(_, stream)| Reverse(stream.last)),
    }
    let (streams, next) = page(streams, input.next_token.as_deref(), limit)?;
    let arn = service.group_arn(&group);
    let described: Vec<Value> = streams
        .into_iter()
        .map(|(name, stream)| {
            let mut value = json!({
                "logStreamName": name,
                "creationTime": stream.created,
                "arn": format!("{arn}:log-stream:{name}"),
                "storedBytes": 0, // so at AWS since 2019
                "uploadSequenceToken": service.sequence_token(stream.count),
            });
            if let (Some(first), Some(last), Some(ingestion)) =
                (stream.first, stream.last, stream.last_ingestion)
            {
                value["firstEventTimestamp"] = first.into();
                value["lastEventTimestamp"] = last.into();
                value["lastIngestionTime"] = ingestion.into();
            }
            value
        })
        .collect();
    let mut answer = json!({"logStreams": described});
    if let Some(next) = next {
        answer["nextToken"] = next.into();
    }
    Ok(Some(answer))
}
