//! What the service holds: groups, streams, events in the order in which they are read back.

use crate::error::ApiError;
use std::collections::BTreeMap;

/// One account and region.
#[derive(Debug, Default)]
pub struct Store {
    pub groups: BTreeMap<String, Group>,
    /// Gives every event its id; never used twice, also not after a group was deleted.
    pub events: u64,
}

#[derive(Debug, Default)]
pub struct Group {
    /// Milliseconds since 1970, as all times here.
    pub created: i64,
    pub retention: Option<i64>,
    pub class: String,
    pub kms_key: Option<String>,
    pub tags: BTreeMap<String, String>,
    pub streams: BTreeMap<String, Stream>,
}

#[derive(Debug, Default)]
pub struct Stream {
    pub created: i64,
    /// By time, then by arrival. Empty when events are discarded.
    pub events: Vec<Event>,
    pub count: u64,
    /// Text bytes and 26 an event.
    pub bytes: u64,
    pub first: Option<i64>,
    pub last: Option<i64>,
    pub last_ingestion: Option<i64>,
}

#[derive(Debug)]
pub struct Event {
    pub timestamp: i64,
    pub ingestion: i64,
    pub id: u64,
    pub message: Box<str>,
}

impl Store {
    pub fn group(&mut self, name: &str) -> Result<&mut Group, ApiError> {
        self.groups
            .get_mut(name)
            .ok_or_else(ApiError::group_missing)
    }
}

impl Group {
    pub fn stream(&mut self, name: &str) -> Result<&mut Stream, ApiError> {
        self.streams
            .get_mut(name)
            .ok_or_else(ApiError::stream_missing)
    }
}

impl Stream {
    /// Notes events that were taken, whether they are kept or not.
    pub fn note(&mut self, first: i64, last: i64, count: u64, bytes: u64, now: i64) {
        self.first = Some(self.first.map_or(first, |there| there.min(first)));
        self.last = Some(self.last.map_or(last, |there| there.max(last)));
        self.last_ingestion = Some(now);
        self.count += count;
        self.bytes += bytes;
    }

    /// Keeps events that are in order among themselves.
    pub fn keep(&mut self, events: Vec<Event>) {
        let behind = match (self.events.last(), events.first()) {
            (Some(last), Some(first)) => last.timestamp > first.timestamp,
            _ => false,
        };
        self.events.extend(events);
        if behind {
            // Stable, so that equal times stay in the order of arrival.
            self.events.sort_by_key(|event| event.timestamp);
        }
    }
}
