//! Log groups: making, listing, retention, tags.

use super::{group_of, input, limit, page, required};
use crate::{error::ApiError, names, rules::Rule, service::Service, store::Group};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Input {
    log_group_name: Option<String>,
    resource_arn: Option<String>,
    kms_key_id: Option<String>,
    log_group_class: Option<String>,
    tags: Option<Value>,
    tag_keys: Option<Vec<String>>,
    retention_in_days: Option<i64>,
}

impl Input {
    fn group(&self) -> Result<String, ApiError> {
        group_of(self.log_group_name.clone(), self.resource_arn.clone())
    }

    /// New tags: a map in TagResource and at creation.
    fn new_tags(&self) -> Result<BTreeMap<String, String>, ApiError> {
        match &self.tags {
            None | Some(Value::Null) => Ok(BTreeMap::new()),
            Some(tags) => serde_json::from_value(tags.clone())
                .map_err(|error| ApiError::serialization(error.to_string())),
        }
    }

    /// Keys to take away: `tagKeys` in UntagResource, `tags` in UntagLogGroup.
    fn old_tags(&self) -> Result<Vec<String>, ApiError> {
        match (&self.tag_keys, &self.tags) {
            (Some(keys), _) => Ok(keys.clone()),
            (None, Some(tags)) => serde_json::from_value(tags.clone())
                .map_err(|error| ApiError::serialization(error.to_string())),
            (None, None) => required(None, "tagKeys"),
        }
    }
}

pub(super) fn create(service: &Service, body: &[u8]) -> Result<Option<Value>, ApiError> {
    let input: Input = input(body)?;
    let name = required(input.log_group_name.clone(), "logGroupName")?;
    names::new_group(&name)?;
    let class = input
        .log_group_class
        .clone()
        .unwrap_or_else(|| "STANDARD".into());
    if !["STANDARD", "INFREQUENT_ACCESS", "DELIVERY"].contains(&class.as_str()) {
        return Err(ApiError::constraint(
            &class,
            "logGroupClass",
            "satisfy enum value set: [STANDARD, INFREQUENT_ACCESS, DELIVERY]",
        ));
    }
    let tags = input.new_tags()?;
    names::tags(&BTreeMap::new(), &tags)?;
    let created = service.now();
    let mut store = service.store();
    if store.groups.contains_key(&name) {
        return Err(ApiError::new(
            "ResourceAlreadyExistsException",
            "The specified log group already exists",
        )
        .rule(Rule::GroupExists));
    }
    if store.groups.len() >= service.config.max_groups {
        return Err(ApiError::new(
            "LimitExceededException",
            "Resource limit exceeded.",
        ));
    }
    let group = Group {
        created,
        class,
        tags,
        kms_key: input.kms_key_id,
        ..Group::default()
    };
    store.groups.insert(name, group);
    Ok(None)
}

pub(super) fn delete(service: &Service, body: &[u8]) -> Result<Option<Value>, ApiError> {
    let name = input::<Input>(body)?.group()?;
    match service.store().groups.remove(&name) {
        Some(_) => Ok(None),
        None => Err(ApiError::group_missing()),
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Describe {
    log_group_name_prefix: Option<String>,
    log_group_name_pattern: Option<String>,
    log_group_class: Option<String>,
    limit: Option<i64>,
    next_token: Option<String>,
}

pub(super) fn describe(service: &Service, body: &[u8]) -> Result<Option<Value>, ApiError> {
    let input: Describe = input(body)?;
    let most = limit(input.limit, 50)?;
    if input.log_group_name_prefix.is_some() && input.log_group_name_pattern.is_some() {
        return Err(ApiError::invalid(
            "LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.",
        ));
    }
    let store = service.store();
    let wanted = |name: &str, group: &Group| {
        let prefix = input.log_group_name_prefix.as_deref().unwrap_or_default();
        let pattern = input.log_group_name_pattern.as_deref().unwrap_or_default();
        let class = input.log_group_class.as_ref();
        // A pattern is a substring, whatever the case of its letters.
        name.starts_with(prefix)
            && name.to_lowercase().contains(&pattern.to_lowercase())
            && class.is_none_or(|class| *class == group.class)
    };
    let groups = store
        .groups
        .iter()
        .filter(|(name, group)| wanted(name, group));
    let described = groups.map(|(name, group)| {
        let arn = service.group_arn(name);
        let mut value = json!({
            "logGroupName": name,
            "creationTime": group.created,
            "metricFilterCount": 0,
            "arn": format!("{arn}:*"),
            "logGroupArn": arn,
            "logGroupClass": group.class,
            "storedBytes": group.streams.values().map(|stream| stream.bytes).sum::<u64>(),
        });
        if let Some(days) = group.retention {
            value["retentionInDays"] = days.into();
        }
        if let Some(key) = &group.kms_key {
            value["kmsKeyId"] = key.clone().into();
        }
        value
    });
    let limit = if input.limit.is_some() { most } else { 50 };
    let (groups, next) = page(described.collect(), input.next_token.as_deref(), limit)?;
    let mut answer = json!({"logGroups": groups});
    if let Some(next) = next {
        answer["nextToken"] = next.into();
    }
    Ok(Some(answer))
}

pub(super) fn put_retention(service: &Service, body: &[u8]) -> Result<Option<Value>, ApiError> {
    let input: Input = input(body)?;
    let name = input.group()?;
    let days = required(input.retention_in_days, "retentionInDays")?;
    names::retention(days)?;
    service.store().group(&name)?.retention = Some(days);
    Ok(None)
}

pub(super) fn delete_retention(service: &Service, body: &[u8]) -> Result<Option<Value>, ApiError> {
    let name = input::<Input>(body)?.group()?;
    service.store().group(&name)?.retention = None;
    Ok(None)
}

pub(super) fn tag(service: &Service, body: &[u8]) -> Result<Option<Value>, ApiError> {
    let input: Input = input(body)?;
    let (name, tags) = (input.group()?, input.new_tags()?);
    let mut store = service.store();
    let group = store.group(&name)?;
    names::tags(&group.tags, &tags)?;
    group.tags.extend(tags);
    Ok(None)
}

pub(super) fn untag(service: &Service, body: &[u8]) -> Result<Option<Value>, ApiError> {
    let input: Input = input(body)?;
    let (name, keys) = (input.group()?, input.old_tags()?);
    let mut store = service.store();
    let group = store.group(&name)?;
    group.tags.retain(|key, _| !keys.contains(key));
    Ok(None)
}

pub(super) fn list_tags(service: &Service, body: &[u8]) -> Result<Option<Value>, ApiError> {
    let name = input::<Input>(body)?.group()?;
    Ok(Some(json!({"tags": service.store().group(&name)?.tags})))
}
