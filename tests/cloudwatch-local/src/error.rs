//! Errors as AWS answers them in JSON 1.1: a type, a message, a status, now and then a member more.

use crate::rules::Rule;
use serde_json::{Map, Value};

/// An answer that says no.
#[derive(Clone, Debug, PartialEq)]
pub struct ApiError {
    /// Goes into `__type` and `x-amzn-ErrorType`.
    pub code: String,
    pub message: String,
    pub status: u16,
    /// Members beside `__type` and `message`, such as `expectedSequenceToken`.
    pub members: Map<String, Value>,
    /// The rule that was broken, for the counters.
    pub rule: Option<Rule>,
}

impl ApiError {
    /// An error of status 400, as nearly all of them are.
    pub fn new(code: &str, message: impl Into<String>) -> ApiError {
        ApiError {
            code: code.to_owned(),
            message: message.into(),
            status: 400,
            members: Map::new(),
            rule: None,
        }
    }

    pub fn invalid(message: impl Into<String>) -> ApiError {
        ApiError::new("InvalidParameterException", message)
    }

    /// The wording in which AWS refuses a value that its model does not allow.
    pub fn constraint(value: &str, member: &str, constraint: &str) -> ApiError {
        ApiError::invalid(format!(
            "1 validation error detected: Value '{value}' at '{member}' failed to satisfy constraint: Member must {constraint}"
        ))
    }

    pub fn serialization(message: impl Into<String>) -> ApiError {
        ApiError::new("SerializationException", message).rule(Rule::Body)
    }

    pub fn group_missing() -> ApiError {
        ApiError::new(
            "ResourceNotFoundException",
            "The specified log group does not exist.",
        )
        .rule(Rule::GroupMissing)
    }

    pub fn stream_missing() -> ApiError {
        ApiError::new(
            "ResourceNotFoundException",
            "The specified log stream does not exist.",
        )
        .rule(Rule::StreamMissing)
    }

    pub fn throttled() -> ApiError {
        ApiError::new("ThrottlingException", "Rate exceeded")
    }

    #[must_use]
    pub fn rule(mut self, rule: Rule) -> ApiError {
        self.rule = Some(rule);
        self
    }

    /// The body of the answer.
    pub fn body(&self) -> Vec<u8> {
        let mut body = Map::new();
        body.insert("__type".into(), self.code.clone().into());
        body.insert("message".into(), self.message.clone().into());
        body.extend(self.members.clone());
        Value::Object(body).to_string().into_bytes()
    }
}
