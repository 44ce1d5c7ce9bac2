//! Time as a value: the core never reads a clock, it is told.

use std::time::Duration;

/// Milliseconds; what they count from depends on the clock.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Millis(pub i64);

impl Millis {
    pub const MAX: Millis = Millis(i64::MAX);

    /// This much later; stays at the end of time instead of overflowing.
    #[must_use]
    pub fn after(self, wait: Duration) -> Millis {
        let wait = i64::try_from(wait.as_millis()).unwrap_or(i64::MAX);
        Millis(self.0.saturating_add(wait))
    }

    /// How long from `earlier` to this; zero when it is not later.
    pub fn since(self, earlier: Millis) -> Duration {
        Duration::from_millis(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }
}

/// Both clocks at one instant: waits are measured on the one that never jumps, ages of events on the other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Now {
    /// Since an arbitrary start, never backwards.
    pub mono: Millis,
    /// Since 1970, UTC; the administrator or NTP may step it.
    pub wall: Millis,
}
