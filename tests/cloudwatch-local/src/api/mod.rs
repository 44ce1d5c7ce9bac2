//! The operations, by subject. Each takes its JSON and the store, and gives its JSON.

pub(crate) mod groups;
pub(crate) mod put;
pub(crate) mod read;
pub(crate) mod streams;

use crate::{error::ApiError, rules::Rule, service::Service};
use serde::de::DeserializeOwned;
use serde_json::Value;

/// A request's members, typed.
fn input<T: DeserializeOwned>(body: &[u8]) -> Result<T, ApiError> {
    let body = if body.is_empty() { b"{}" } else { body };
    serde_json::from_slice(body).map_err(|error| ApiError::serialization(error.to_string()))
}

/// A member that must be there.
fn required<T>(value: Option<T>, member: &str) -> Result<T, ApiError> {
    value.ok_or_else(|| ApiError::constraint("null", member, "not be null").rule(Rule::Body))
}

/// `limit` of a listing or reading, within its bounds.
fn limit(limit: Option<i64>, most: usize) -> Result<usize, ApiError> {
    let Some(limit) = limit else {
        return Ok(most);
    };
    let refuse = |constraint: String| {
        ApiError::constraint(&limit.to_string(), "limit", &constraint).rule(Rule::ReadLimits)
    };
    match usize::try_from(limit) {
        Ok(limit @ 1..) if limit <= most => Ok(limit),
        Ok(1..) => Err(refuse(format!("have value less than or equal to {most}"))),
        _ => Err(refuse("have value greater than or equal to 1".into())),
    }
}

/// The page of `all` that begins where `token` says, and the token of the next.
fn page<T>(
    all: Vec<T>,
    token: Option<&str>,
    limit: usize,
) -> Result<(Vec<T>, Option<String>), ApiError> {
    let start = match token {
        None => 0,
        Some(token) => token
            .parse::<usize>()
            .map_err(|_| ApiError::invalid("The specified nextToken is invalid."))?,
    };
    let next = (start + limit < all.len()).then(|| (start + limit).to_string());
    Ok((all.into_iter().skip(start).take(limit).collect(), next))
}

/// A group's name, given as such or as an ARN.
fn group_of(name: Option<String>, identifier: Option<String>) -> Result<String, ApiError> {
    let name = match (name, identifier) {
        (Some(_), Some(_)) => {
            return Err(ApiError::invalid(
                "LogGroupName and LogGroupIdentifier are mutually exclusive parameters.",
            ));
        }
        (Some(name), None) => name,
        (None, identifier) => {
            let identifier = required(identifier, "logGroupName")?;
            match identifier.split_once(":log-group:") {
                Some((_, name)) => name.trim_end_matches(":*").to_owned(),
                None => identifier,
            }
        }
    };
    crate::names::group(&name)?;
    Ok(name)
}

/// Everything but PutLogEvents. No answer means an empty body.
pub(crate) fn call(
    service: &Service,
    operation: &str,
    body: &[u8],
) -> Result<Option<Value>, ApiError> {
    match operation {
        "CreateLogGroup" => groups::create(service, body),
        "DeleteLogGroup" => groups::delete(service, body),
        "DescribeLogGroups" => groups::describe(service, body),
        "PutRetentionPolicy" => groups::put_retention(service, body),
        "DeleteRetentionPolicy" => groups::delete_retention(service, body),
        "TagResource" | "TagLogGroup" => groups::tag(service, body),
        "UntagResource" | "UntagLogGroup" => groups::untag(service, body),
        "ListTagsForResource" | "ListTagsLogGroup" => groups::list_tags(service, body),
        "CreateLogStream" => streams::create(service, body),
        "DeleteLogStream" => streams::delete(service, body),
        "DescribeLogStreams" => streams::describe(service, body),
        "GetLogEvents" => read::get(service, body),
        "FilterLogEvents" => read::filter(service, body),
        _ => Err(ApiError::new(
            "UnknownOperationException",
            format!("cloudwatch-local has no operation {operation:?}"),
        )
        .rule(Rule::Operation)),
    }
}
