//! What names, tags and retentions may be.

use crate::{
    error::ApiError,
    rules::{MAX_NAME, MAX_TAGS, RETENTION_DAYS, Rule},
};
use std::collections::BTreeMap;

fn length(value: &str, member: &str) -> Result<(), ApiError> {
    if value.is_empty() {
        return Err(ApiError::constraint(
            value,
            member,
            "have length greater than or equal to 1",
        ));
    }
    if value.chars().count() > MAX_NAME {
        return Err(ApiError::constraint(
            value,
            member,
            &format!("have length less than or equal to {MAX_NAME}"),
        ));
    }
    Ok(())
}

fn pattern(value: &str, member: &str, pattern: &str) -> ApiError {
    let satisfy = format!("satisfy regular expression pattern: {pattern}");
    ApiError::constraint(value, member, &satisfy)
}

/// A log group's name.
pub(crate) fn group(name: &str) -> Result<(), ApiError> {
    let check = || {
        length(name, "logGroupName")?;
        let allowed = |c: char| c.is_ascii_alphanumeric() || "._-/#".contains(c);
        if !name.chars().all(allowed) {
            return Err(pattern(name, "logGroupName", r"[\.\-_/#A-Za-z0-9]+"));
        }
        Ok(())
    };
    check().map_err(|error: ApiError| error.rule(Rule::GroupName))
}

/// A log group's name at its creation, when some are reserved.
pub(crate) fn new_group(name: &str) -> Result<(), ApiError> {
    group(name)?;
    if name.starts_with("aws/") {
        return Err(
            ApiError::invalid("Log groups starting with AWS/ are reserved for AWS.")
                .rule(Rule::GroupName),
        );
    }
    Ok(())
}

/// A log stream's name.
pub(crate) fn stream(name: &str) -> Result<(), ApiError> {
    let check = || {
        length(name, "logStreamName")?;
        if name.contains([':', '*']) {
            return Err(pattern(name, "logStreamName", "[^:*]*"));
        }
        Ok(())
    };
    check().map_err(|error: ApiError| error.rule(Rule::StreamName))
}

/// Days of a retention policy.
pub(crate) fn retention(days: i64) -> Result<(), ApiError> {
    if RETENTION_DAYS.contains(&days) {
        return Ok(());
    }
    let all = RETENTION_DAYS.map(|days| days.to_string()).join(", ");
    Err(ApiError::constraint(
        &days.to_string(),
        "retentionInDays",
        &format!("satisfy enum value set: [{all}]"),
    )
    .rule(Rule::Retention))
}

/// Tags that are added to a group which has `there` of them.
pub(crate) fn tags(
    there: &BTreeMap<String, String>,
    new: &BTreeMap<String, String>,
) -> Result<(), ApiError> {
    for (key, value) in new {
        let reserved = key.to_ascii_lowercase().starts_with("aws:");
        if key.is_empty() || key.chars().count() > 128 || value.chars().count() > 256 || reserved {
            return Err(ApiError::invalid(format!(
                "The tag '{key}' is not valid: keys have 1 to 128 characters without the prefix aws:, values up to 256."
            ))
            .rule(Rule::Tags));
        }
    }
    let count = there.len() + new.keys().filter(|key| !there.contains_key(*key)).count();
    if count > MAX_TAGS {
        return Err(ApiError::new(
            "TooManyTagsException",
            format!("{count} tags exceed the limit of {MAX_TAGS}."),
        )
        .rule(Rule::Tags));
    }
    Ok(())
}
