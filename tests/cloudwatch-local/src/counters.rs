//! What happened so far, in numbers.

use crate::rules::Rule;
use serde::Serialize;
use std::collections::BTreeMap;

/// Sums since the start, or since the last reset.
#[derive(Clone, Debug, Default, Serialize, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct Counters {
    /// Requests by operation.
    pub requests: BTreeMap<String, u64>,
    /// Requests that were refused, by error code; scripted ones too.
    pub errors: BTreeMap<String, u64>,
    /// Scripted effects, by kind.
    pub faults: BTreeMap<String, u64>,
    /// Broken rules, by name.
    pub broken: BTreeMap<&'static str, u64>,
    /// Requests that broke a limit of PutLogEvents: bytes, events, span, order, sizes, emptiness.
    pub over_limit: u64,
    /// Events taken.
    pub events: u64,
    /// Events taken whose answer did not reach the client: by a fault, or because the connection broke. What was sent to a
    /// client that is no more counts as answered.
    pub unanswered: u64,
    /// Their text bytes and 26 each, which is what AWS bills.
    pub bytes: u64,
    /// PutLogEvents bodies as they came over the wire.
    pub wire_bytes: u64,
    /// Events left out of a request that was taken.
    pub too_old: u64,
    pub too_new: u64,
    pub expired: u64,
    /// The largest request seen, by what AWS counts.
    pub largest_batch_bytes: u64,
    pub largest_batch_events: u64,
    /// PutLogEvents requests that were being worked on at once, at most.
    pub in_flight: u64,
    pub connections: u64,
}

impl Counters {
    pub fn broke(&mut self, rule: Rule) {
        *self.broken.entry(rule.row().name).or_default() += 1;
        self.over_limit += u64::from(matches!(
            rule,
            Rule::BatchBytes
                | Rule::BatchEvents
                | Rule::BatchEmpty
                | Rule::BatchSpan
                | Rule::BatchOrder
                | Rule::EventBytes
                | Rule::EventEmpty
        ));
    }
}
