//! How long to wait before the next attempt: exponential with full jitter, so that a fleet does not come back in step.

use super::rng::Rng;
use std::time::Duration;

/// Bounds of a wait.
#[derive(Clone, Copy, Debug)]
pub struct Backoff {
    pub first: Duration,
    pub max: Duration,
}

/// Between attempts of one request. There is no limit on attempts: giving up would lose logs.
pub const REQUEST: Backoff = Backoff {
    first: Duration::from_millis(100),
    max: Duration::from_secs(30),
};

/// While throttled: the quota is a second's, and fewer in flight is the other half of the answer.
pub const THROTTLED: Backoff = Backoff {
    first: Duration::from_millis(50),
    max: Duration::from_secs(5),
};

/// Between attempts to bring a parked stream back.
pub const PARKED: Backoff = Backoff {
    first: Duration::from_secs(5),
    max: Duration::from_secs(600),
};

impl Backoff {
    /// The wait after the `attempt`th failure in a row (from 1): anything up to `first * 2^(attempt-1)`, at most `max`.
    pub fn wait(&self, attempt: u32, rng: &mut Rng) -> Duration {
        let ceiling = self
            .first
            .saturating_mul(1 << attempt.saturating_sub(1).min(20))
            .min(self.max);
        // Never zero: a wait of nothing would spin.
        Duration::from_millis(1 + rng.below(ceiling.as_millis() as u64))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_to_the_maximum_and_are_spread() {
        let mut rng = Rng::new(7);
        for (attempt, ceiling_ms) in [
            (1, 100),
            (2, 200),
            (5, 1_600),
            (9, 25_600),
            (10, 30_000),
            (u32::MAX, 30_000),
        ] {
            let waits: Vec<u128> = (0..400)
                .map(|_| REQUEST.wait(attempt, &mut rng).as_millis())
                .collect();
            let (low, high) = (*waits.iter().min().unwrap(), *waits.iter().max().unwrap());
            assert!(
                low >= 1 && high <= ceiling_ms,
                "attempt {attempt}: {low}..{high}"
            );
            assert!(
                low < ceiling_ms / 4 && high > ceiling_ms * 3 / 4,
                "attempt {attempt} is not spread: {low}..{high}"
            );
        }
    }
}
