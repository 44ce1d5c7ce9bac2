//! How many requests may be in flight: grows by one a round of successes, halves when the service pushes back (AIMD).

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
            latency_ms: 0.0,
            best_ms: f64::INFINITY,
        }
    }

    pub(super) fn get(&self) -> usize {
        self.limit
    }

    pub(super) fn succeeded(&mut self, latency: Duration) {
        let ms = latency.as_secs_f64() * 1_000.0;
        self.latency_ms += (ms - self.latency_ms) / 8.0;
        self.best_ms = (self.best_ms * 1.001).min(ms.max(1.0));
        self.successes += 1;
        if self.successes < self.limit {
            return;
        }
        self.successes = 0;
        let queueing = self.latency_ms > self.best_ms * QUEUEING
            && self.latency_ms > self.best_ms + QUEUEING_MS;
        if queueing {
            self.limit = (self.limit - 1).max(1);
        } else {
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
            limit.succeeded(FAST);
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
    fn a_service_that_queues_gets_fewer_at_once() {
        let mut limit = InFlightLimit::new(16);
        for _ in 0..500 {
            limit.succeeded(FAST);
        }
        for _ in 0..200 {
            limit.succeeded(Duration::from_secs(2));
        }
        assert!(limit.get() < 10, "{}", limit.get());
    }
}
