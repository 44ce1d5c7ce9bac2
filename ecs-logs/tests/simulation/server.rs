//! CloudWatch as the core sees it: strict about its limits, and unreliable as told.

use ecs_logs::core::{Answer, Class, Failure, Rejected, batch::Limits, rng::Rng};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// How often (one in n; 0 is never) what happens to a request.
#[derive(Debug, Clone, Default)]
pub(crate) struct Faults {
    pub(crate) throttled: u64,
    pub(crate) failed: u64,
    pub(crate) answer_lost: u64,
    pub(crate) credentials: u64,
    pub(crate) group_deleted: u64,
}

#[derive(Default)]
pub(crate) struct Server {
    groups: BTreeMap<String, BTreeSet<String>>,
    pub(crate) denied: BTreeSet<String>,
    /// How often each line was taken.
    pub(crate) taken: BTreeMap<usize, u32>,
    /// Lines whose acceptance the agent cannot know of.
    pub(crate) unanswered: BTreeSet<usize>,
    pub(crate) answers_lost: u64,
    pub(crate) requests: u64,
    /// What we say of losses, by stream.
    pub(crate) marks: Vec<Mark>,
    /// Lines taken since the world looked last.
    pub(crate) fresh: Vec<usize>,
}

/// A line of ours in a stream.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Mark {
    pub(crate) stream: String,
    pub(crate) timestamp_ms: i64,
    pub(crate) up_to: bool,
    pub(crate) lines: u64,
    pub(crate) cause: String,
}

impl Server {
    pub(crate) fn put(
        &mut self,
        body: &[u8],
        limits: &Limits,
        faults: &Faults,
        rng: &mut Rng,
    ) -> (Answer, Vec<usize>) {
        self.requests += 1;
        let request: Value = serde_json::from_slice(body).expect("a body is JSON");
        let group = request["logGroupName"]
            .as_str()
            .expect("a group")
            .to_owned();
        let stream = request["logStreamName"]
            .as_str()
            .expect("a stream")
            .to_owned();
        let events = request["logEvents"].as_array().expect("events");
        let ids: Vec<usize> = events
            .iter()
            .flat_map(|event| ids_of(event["message"].as_str().expect("a message")))
            .collect();
        if happens(faults.throttled, rng) {
            return (failed(Class::Throttled, "Rate exceeded"), ids);
        }
        if happens(faults.failed, rng) {
            return (failed(Class::Transient, "connection refused"), ids);
        }
        if happens(faults.credentials, rng) {
            return (
                failed(Class::Credentials, "the security token has expired"),
                ids,
            );
        }
        if happens(faults.group_deleted, rng) {
            self.groups.remove(&group);
        }
        if self.denied.contains(&group) {
            return (
                failed(Class::Faulty, "not authorized to perform logs:PutLogEvents"),
                ids,
            );
        }
        if !self
            .groups
            .get(&group)
            .is_some_and(|streams| streams.contains(&stream))
        {
            return (failed(Class::Missing, "it does not exist"), ids);
        }
        check_limits(events, limits);
        let poisoned = |event: &Value| {
            event["message"]
                .as_str()
                .is_some_and(|text| text.contains("POISON"))
        };
        if events.iter().any(poisoned) {
            return (failed(Class::Refused, "an event is invalid"), ids);
        }
        let marks = events.iter().filter_map(|event| mark_of(&stream, event));
        self.marks.extend(marks);
        for &id in &ids {
            *self.taken.entry(id).or_default() += 1;
            self.fresh.push(id);
        }
        if happens(faults.answer_lost, rng) {
            self.unanswered.extend(&ids);
            self.answers_lost += 1;
            return (failed(Class::Transient, "connection reset"), ids);
        }
        (Answer::Accepted(Rejected::default()), ids)
    }

    pub(crate) fn create_stream(
        &mut self,
        group: &str,
        stream: &str,
        faults: &Faults,
        rng: &mut Rng,
    ) -> Answer {
        if happens(faults.throttled, rng) {
            return failed(Class::Throttled, "Rate exceeded");
        }
        match self.groups.get_mut(group) {
            Some(streams) => {
                streams.insert(stream.to_owned());
                Answer::Accepted(Rejected::default())
            }
            None => failed(Class::Missing, "the group does not exist"),
        }
    }

    pub(crate) fn create_group(&mut self, group: &str, faults: &Faults, rng: &mut Rng) -> Answer {
        if happens(faults.failed, rng) {
            return failed(Class::Transient, "connection refused");
        }
        self.groups.entry(group.to_owned()).or_default();
        Answer::Accepted(Rejected::default())
    }
}

fn check_limits(events: &[Value], limits: &Limits) {
    let bytes: usize = events
        .iter()
        .map(|event| event["message"].as_str().map_or(0, str::len) + 26)
        .sum();
    let times: Vec<i64> = events
        .iter()
        .map(|event| event["timestamp"].as_i64().expect("a timestamp"))
        .collect();
    assert!(!events.is_empty(), "an empty batch");
    assert!(
        events.len() == 1 || bytes <= limits.bytes,
        "{bytes} bytes are more than {}",
        limits.bytes
    );
    assert!(
        events.len() <= limits.events,
        "{} events are more than {}",
        events.len(),
        limits.events
    );
    assert!(times.is_sorted(), "events out of order");
    assert!(
        times[times.len() - 1] - times[0] <= limits.span_ms,
        "events span too long a time"
    );
}

/// The lines in an event: several when Docker's pieces were joined.
pub(crate) fn ids_of(message: &str) -> Vec<usize> {
    let tokens = message.split("id=").skip(1);
    tokens
        .filter_map(|token| token.split(';').next()?.parse().ok())
        .collect()
}

fn mark_of(stream: &str, event: &Value) -> Option<Mark> {
    let (_, text) = event["message"].as_str()?.split_once("[ecs-logs] ")?;
    let (up_to, text) = match text.strip_prefix("up to ") {
        Some(text) => (true, text),
        None => (false, text),
    };
    let (lines, cause) = text.split_once(" lines lost here: ")?;
    Some(Mark {
        stream: stream.to_owned(),
        timestamp_ms: event["timestamp"].as_i64()?,
        up_to,
        lines: lines.parse().ok()?,
        cause: cause.split('"').next()?.to_owned(),
    })
}

fn happens(one_in: u64, rng: &mut Rng) -> bool {
    one_in > 0 && rng.one_in(one_in)
}

fn failed(class: Class, message: &str) -> Answer {
    Answer::Failed(Failure {
        class,
        message: message.to_owned(),
        retry_after: None,
    })
}
