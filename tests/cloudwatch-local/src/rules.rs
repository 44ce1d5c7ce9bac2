//! Every rule that is enforced, in one table: what it says, where AWS says so. The black-box checks hold one case for each.

use serde::Serialize;

/// Bytes that PutLogEvents counts for an event beyond its UTF-8 text.
pub const EVENT_OVERHEAD: usize = 26;
/// Sum over a request of text bytes and [`EVENT_OVERHEAD`].
pub const MAX_BATCH_BYTES: usize = 1_048_576;
pub const MAX_BATCH_EVENTS: usize = 10_000;
/// Text and [`EVENT_OVERHEAD`] of one event, since April 2025.
pub const MAX_EVENT_BYTES: usize = 1_048_576;
/// The same before April 2025, and still so behind some proxies.
pub const OLD_MAX_EVENT_BYTES: usize = 262_144;
pub const DAY_MILLIS: i64 = 24 * 3_600_000;
pub const MAX_AGE_MILLIS: i64 = 14 * DAY_MILLIS;
pub const MAX_FUTURE_MILLIS: i64 = 2 * 3_600_000;
/// How far a request's clock may be off.
pub const MAX_SKEW_SECONDS: i64 = 5 * 60;
pub const MAX_NAME: usize = 512;
pub const MAX_TAGS: usize = 50;
/// The decoded size at which a body is not read any further; far above what any valid request needs.
pub const MAX_BODY_BYTES: usize = 32 << 20;
/// Bytes of events that one GetLogEvents or FilterLogEvents answer holds.
pub const MAX_READ_BYTES: usize = 1_048_576;
pub const MAX_READ_EVENTS: usize = 10_000;
pub const RETENTION_DAYS: [i64; 22] = [
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922,
    3288, 3653,
];

/// A rule by name; its place in [`RULES`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    BatchBytes,
    BatchEvents,
    BatchEmpty,
    BatchSpan,
    BatchOrder,
    EventBytes,
    EventEmpty,
    EventTooOld,
    EventTooNew,
    EventExpired,
    GroupName,
    StreamName,
    GroupMissing,
    StreamMissing,
    GroupExists,
    StreamExists,
    Retention,
    Tags,
    Entity,
    Body,
    BodyGzip,
    SignatureMissing,
    SignatureKey,
    SignatureWrong,
    SignatureClock,
    SignatureToken,
    Operation,
    ReadLimits,
    Quotas,
}

/// One row of the table.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Row {
    #[serde(skip)]
    pub rule: Rule,
    pub name: &'static str,
    pub says: &'static str,
    pub source: &'static str,
}

const PUT: &str =
    "https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html";
const EVENT: &str =
    "https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_InputLogEvent.html";
const REJECTED: &str = "https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_RejectedLogEventsInfo.html";
const GROUP: &str =
    "https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogGroup.html";
const STREAM: &str =
    "https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogStream.html";
const RETAIN: &str = "https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html";
const TAG: &str =
    "https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_TagResource.html";
const ENTITY: &str =
    "https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_Entity.html";
const ERRORS: &str =
    "https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/CommonErrors.html";
const SIGV4: &str =
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-troubleshooting.html";
const READ: &str =
    "https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilterLogEvents.html";
const LIMITS: &str =
    "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html";
const GZIP: &str = "https://github.com/aws/amazon-cloudwatch-agent/pull/69";

macro_rules! rules {
    ($($rule:ident $name:literal $source:ident $says:literal;)*) => {
        /// The table, in the order of [`Rule`].
        pub const RULES: &[Row] = &[$(Row { rule: Rule::$rule, name: $name, says: $says, source: $source }),*];
    };
}

rules! {
    BatchBytes "batch-bytes" PUT "text bytes in UTF-8 and 26 an event come to at most 1,048,576";
    BatchEvents "batch-events" PUT "at most 10,000 events a request";
    BatchEmpty "batch-empty" PUT "at least one event a request";
    BatchSpan "batch-span" PUT "the events that are neither too old nor too new span at most 24 hours";
    BatchOrder "batch-order" PUT "events are in chronological order; equal times are in order";
    EventBytes "event-bytes" LIMITS "text bytes and 26 of one event come to at most 1,048,576 (262,144 with --event-limit)";
    EventEmpty "event-empty" EVENT "a message has at least one character";
    EventTooOld "event-too-old" REJECTED "older than 14 days: left out, tooOldLogEventEndIndex is exclusive";
    EventTooNew "event-too-new" REJECTED "more than 2 hours ahead: left out, tooNewLogEventStartIndex is inclusive";
    EventExpired "event-expired" REJECTED "older than the group's retention: left out, expiredLogEventEndIndex is exclusive";
    GroupName "group-name" GROUP "1 to 512 of A-Z a-z 0-9 . - _ / #, not beginning with aws/";
    StreamName "stream-name" STREAM "1 to 512 characters without : and *";
    GroupMissing "group-missing" PUT "the group is there, else ResourceNotFoundException";
    StreamMissing "stream-missing" PUT "the stream is there, else ResourceNotFoundException";
    GroupExists "group-exists" GROUP "a group is made once, else ResourceAlreadyExistsException";
    StreamExists "stream-exists" STREAM "a stream is made once, else ResourceAlreadyExistsException";
    Retention "retention" RETAIN "days are one of the 22 that AWS lists";
    Tags "tags" TAG "at most 50 a group; keys 1 to 128, values up to 256 characters, no aws: prefix";
    Entity "entity" ENTITY "an entity out of shape is rejected by itself; its events are taken";
    Body "body" ERRORS "a body is the JSON of the operation, else SerializationException; required members are there";
    BodyGzip "body-gzip" GZIP "a body may be gzip (Content-Encoding), signed as sent";
    SignatureMissing "signature-missing" ERRORS "a request is signed, else MissingAuthenticationTokenException";
    SignatureKey "signature-key" ERRORS "the access key is known, else UnrecognizedClientException";
    SignatureWrong "signature-wrong" SIGV4 "the signature is the secret's over this request, region and service, else InvalidSignatureException";
    SignatureClock "signature-clock" SIGV4 "the request's clock is at most 5 minutes off, else InvalidSignatureException";
    SignatureToken "signature-token" ERRORS "a session token is the one that belongs to the key, and not expired";
    Operation "operation" ERRORS "X-Amz-Target names an operation, else UnknownOperationException";
    ReadLimits "read-limits" READ "a read asks for 1 to 10,000 events, a listing for 1 to 50 entries";
    Quotas "quotas" LIMITS "with --quotas: requests a second by operation, else ThrottlingException";
}

impl Rule {
    pub fn row(self) -> &'static Row {
        &RULES[self as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_in_the_order_of_the_names() {
        for (place, row) in RULES.iter().enumerate() {
            assert_eq!(row.rule as usize, place, "{}", row.name);
        }
    }
}
