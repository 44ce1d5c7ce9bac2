//! How many requests may be in flight: grows while all that are allowed are under way, halves when the service pushes
//! back. Until it does so for the first time it grows by one a success, from then on by one a round of them (AIMD).

use crate::time::Millis;
use std::time::Duration;

/// The limit, adapted to throttling, failures and latency.
#[derive(Debug)]
pub(super) struct InFlightLimit {
    limit: usize,
    max: usize,
    /// Successes since the limit last moved.
    successes: usize,
    last_cut: Option<Millis>,
    /// Nothing has pushed back yet.
    searching: bool,
    /// Moving average of latency, and the best seen lately (it decays upwards), in milliseconds.
    latency_ms: f64,
    best_ms: f64,
}

/// Where a start begins: enough to find out at once, little enough not to be throttled for it.
const INITIAL: usize = 8;
/// Failures of requests that were already under way are one event, not many.
const CUT_AT_MOST_EVERY: Duration = Duration::from_millis(500);
/// Beyond this multiple of the best latency (and this much more) the service queues: more requests would only queue longer.
const QUEUEING: f64 = 6.0;
const QUEUEING_MS: f64 = 250.0;

impl InFlightLimit {
    pub(super) fn new(max: usize) -> InFlightLimit {
        InFlightLimit {
            limit: INITIAL.min(max),
            max,
            successes: 0,
            last_cut: None,
            searching: true,
            latency_ms: 0.0,
            best_ms: f64::INFINITY,
        }
    }

    pub(super) fn get(&self) -> usize {
        self.limit
    }

    /// How long answers take, in milliseconds; 0 before the first.
    pub(super) fn latency_ms(&self) -> f64 {
        self.latency_ms
    }

    /// An answer after `latency`; `wanted` tells whether as many were under way as the limit allows.
    pub(super) fn succeeded(&mut self, latency: Duration, wanted: bool) {
        let ms = latency.as_secs_f64() * 1_000.0;
        self.latency_ms += (ms - self.latency_ms) / 8.0;
        self.best_ms = (self.best_ms * 1.001).min(ms.max(1.0));
        self.successes += 1;
        let queueing = self.latency_ms > self.best_ms * QUEUEING
            && self.latency_ms > self.best_ms + QUEUEING_MS;
        self.searching &= !queueing;
        if self.successes < self.limit && !self.searching {
            return;
        }
        self.successes = 0;
        if queueing {
            self.limit = (self.limit - 1).max(1);
        } else if wanted {
            self.limit = (self.limit + 1).min(self.max);
        }
    }

    pub(super) fn pushed_back(&mut self, now: Millis) {
        if self
            .last_cut
            .is_some_and(|cut| now.since(cut) < CUT_AT_MOST_EVERY)
        {
            return;
        }
        self.last_cut = Some(now);
        self.searching = false;
        self.successes = 0;
        self.limit = (self.limit / 2).max(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FAST: Duration = Duration::from_millis(30);

    #[test]
    fn successes_open_it_and_throttling_halves_it() {
        let mut limit = InFlightLimit::new(16);
        for _ in 0..500 {
            limit.succeeded(FAST, true);
        }
        assert_eq!(limit.get(), 16);
        limit.pushed_back(Millis(1_000));
        limit.pushed_back(Millis(1_100)); // the same burst
        assert_eq!(limit.get(), 8);
        for second in 2..20 {
            limit.pushed_back(Millis(second * 1_000));
        }
        assert_eq!(limit.get(), 1);
    }

    #[test]
    fn what_is_not_used_up_does_not_grow() {
        let mut limit = InFlightLimit::new(32);
        for _ in 0..500 {
            limit.succeeded(FAST, false);
        }
        assert_eq!(limit.get(), INITIAL);
    }

    #[test]
    fn it_opens_fast_until_something_pushes_back_and_slowly_after_that() {
        let mut limit = InFlightLimit::new(32);
        for _ in 0..10 {
            limit.succeeded(FAST, true);
        }
        assert_eq!(limit.get(), INITIAL + 10);
        limit.pushed_back(Millis(1_000));
        assert_eq!(limit.get(), 9);
        for _ in 0..10 {
            limit.succeeded(FAST, true);
        }
        assert_eq!(limit.get(), 10);
    }

    #[test]
    fn a_service_that_queues_gets_fewer_at_once() {
        let mut limit = InFlightLimit::new(16);
        for _ in 0..500 {
            limit.succeeded(FAST, true);
        }
        for _ in 0..200 {
            limit.succeeded(Duration::from_secs(2), true);
        }
        assert!(limit.get() < 10, "{}", limit.get());
    }
}
