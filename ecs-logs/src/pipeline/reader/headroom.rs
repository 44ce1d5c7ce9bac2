//! Whether journald is about to delete what is not delivered yet: what waits lies at the journal's old end, and that end moves.

use std::time::Duration;

/// Younger lines are on their way, whatever the journal's size.
const WAITS: Duration = Duration::from_secs(60);
/// In danger is what lies in the oldest tenth of the journal, and safe again what is out of the oldest fifth.
const DANGER: u64 = 10;
const SAFE: u64 = 5;

/// What was seen of the journal's old end.
#[derive(Debug, Default)]
pub(super) struct Headroom {
    first_oldest: Option<u64>,
    told: bool,
}

impl Headroom {
    /// What is to be said, once for each time that it comes to that. All in microseconds since 1970: the journal's oldest entry,
    /// the oldest one that is not delivered, and now.
    pub(super) fn look(
        &mut self,
        oldest: Option<u64>,
        waiting: Option<u64>,
        now: u64,
    ) -> Option<String> {
        let oldest = oldest?;
        let first = *self.first_oldest.get_or_insert(oldest);
        let span = now.saturating_sub(oldest);
        let Some(waiting) = waiting else {
            self.told = false;
            return None;
        };
        let (left, age) = (waiting.saturating_sub(oldest), now.saturating_sub(waiting));
        if left > span / SAFE {
            self.told = false;
        }
        // Only a journal at its limit deletes, and its oldest entry changes then.
        let deletes = oldest > first;
        let waits = age >= WAITS.as_micros() as u64;
        let danger = deletes && waits && left < span / DANGER;
        if !danger || std::mem::replace(&mut self.told, true) {
            return None;
        }
        Some(format!(
            "journald is about to delete lines that are not delivered: the oldest wait for {} s, and the journal reaches back {} s; raise SystemMaxUse= in journald.conf, or see what is not accepted (ecs-logs status)",
            age / 1_000_000,
            span / 1_000_000
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Seconds: the journal's oldest entry, the oldest that waits, now; and whether something is said.
    fn check(looks: &[(u64, Option<u64>, u64, bool)]) {
        let mut headroom = Headroom::default();
        for (at, (oldest, waiting, now, told)) in looks.iter().enumerate() {
            let usec = |seconds: u64| seconds * 1_000_000;
            let said = headroom.look(Some(usec(*oldest)), waiting.map(usec), usec(*now));
            assert_eq!(said.is_some(), *told, "look {at}: {said:?}");
        }
    }

    #[test]
    fn what_lies_at_the_end_that_is_deleted_is_told_once() {
        check(&[
            (1_000, Some(1_010), 2_000, false), // nothing was deleted yet
            (1_100, Some(1_500), 2_010, false),
            (1_450, Some(1_500), 2_020, true),
            (1_460, Some(1_500), 2_030, false), // said already
            (1_460, None, 2_040, false),
            (1_470, Some(1_480), 2_050, true), // and again, after all was well
        ]);
    }

    #[test]
    fn what_is_young_or_of_an_unknown_journal_is_not_told() {
        check(&[
            (1_000, None, 1_100, false),
            (1_090, Some(1_091), 1_110, false),
        ]);
        // Deleted already, and in our memory only.
        check(&[
            (1_000, None, 1_100, false),
            (1_300, Some(1_200), 1_400, true),
        ]);
        assert_eq!(Headroom::default().look(None, Some(1), 2), None);
    }
}
