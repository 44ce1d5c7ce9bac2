//! The reckoning: every line is delivered, or counted and marked in its stream; what came twice has an excuse; and no stream
//! says that it has lost what it has.

use crate::{journal::stream_name, server::Mark, world::World};
use ecs_logs::core::Outcome;

impl World {
    pub(crate) fn check_end(&mut self) {
        let seed = self.plan.seed;
        assert_eq!(self.outcome, Some(Outcome::Delivered), "seed {seed}");
        let mut vacuumed = vec![0; self.plan.streams];
        for (id, line) in self.journal.lines.iter().enumerate() {
            if line.suppressed.is_some() {
                continue;
            }
            let taken = self.server.taken.get(&id).copied().unwrap_or(0);
            if taken == 0 && !self.quarantined.contains(&id) {
                assert!(
                    id < self.journal.vacuumed,
                    "seed {seed}: line {id} of stream {} is lost",
                    line.stream
                );
                vacuumed[line.stream] += 1;
            }
            if taken > 1 {
                self.totals.twice += 1;
                let excused =
                    self.server.unanswered.contains(&id) || self.may_come_twice.contains(&id);
                assert!(
                    excused,
                    "seed {seed}: line {id} of stream {} came {taken} times for no reason",
                    line.stream
                );
            }
        }
        for (stream, &vacuumed) in vacuumed.iter().enumerate() {
            self.check_marks(stream, vacuumed);
        }
    }

    fn check_marks(&mut self, stream: usize, vacuumed: u64) {
        let (seed, name) = (self.plan.seed, stream_name(stream));
        let dropped = self.journal.dropped.get(&stream).copied().unwrap_or(0);
        let marks: Vec<&Mark> = self
            .server
            .marks
            .iter()
            .filter(|mark| mark.stream == name)
            .collect();
        let losses = |mark: &&&Mark| !mark.cause.starts_with("refused");
        let sum = |up_to: bool| -> u64 {
            let ours = marks
                .iter()
                .filter(losses)
                .filter(|mark| mark.up_to == up_to);
            ours.map(|mark| mark.lines).sum()
        };
        let (exact, up_to) = (sum(false), sum(true));
        let said = || {
            format!(
                "seed {seed}: stream {stream} has lost {dropped} dropped and {vacuumed} vacuumed lines, and says {marks:#?}"
            )
        };
        self.totals.dropped += dropped;
        self.totals.vacuumed += vacuumed;
        self.totals.marks += marks.len() as u64;
        // A stream that was never heard of before, or is not within the minute after, cannot be told.
        let of_stream = |id: &usize| self.journal.lines[*id].stream == stream;
        let before = (0..self.journal.vacuumed).filter(of_stream);
        let heard = before
            .into_iter()
            .any(|id| self.server.taken.contains_key(&id));
        let mut after = (self.journal.vacuumed..self.calm_from).filter(of_stream);
        if vacuumed > 0 && (!heard || after.next().is_none()) {
            return;
        }
        assert!(exact + up_to >= vacuumed, "{}", said());
        let numbered = self.journal.is_numbered(stream);
        let deleted = !self.plan.vacuums.is_empty();
        if !numbered {
            assert_eq!(exact, 0, "{}", said());
            return;
        }
        assert!(
            exact + up_to >= dropped + vacuumed || deleted && up_to > 0,
            "{}",
            said()
        );
        if deleted {
            return;
        }
        assert!(exact >= dropped, "{}", said());
        if dropped == 0 {
            assert_eq!(exact, 0, "{}", said());
        }
        // Nothing was read twice by different runs, so nothing is said twice.
        let again = self.totals.crashes + self.totals.stops + self.totals.parked;
        if again + self.server.answers_lost == 0 {
            assert_eq!(exact, dropped, "{}", said());
        }
    }
}
