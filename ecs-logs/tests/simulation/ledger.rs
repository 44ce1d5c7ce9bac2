//! The reckoning: every line is delivered, or counted and marked in its stream; what came twice has an excuse; and no stream
//! says that it has lost what it has.

use crate::{journal::stream_name, server::Mark, world::World};
use ecs_logs::core::{Loss, Outcome};

impl World {
    pub(crate) fn check_end(&mut self) {
        let seed = self.plan.seed;
        assert_eq!(self.outcome, Some(Outcome::Delivered), "seed {seed}");
        let mut vacuumed = vec![0; self.plan.streams];
        let mut told = vec![0; self.plan.streams];
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
                told[line.stream] += u64::from(self.known.deleted.contains(&id));
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
        self.totals.vacuumed = vacuumed.iter().sum();
        self.totals.untold = self.totals.vacuumed - told.iter().sum::<u64>();
        for (stream, &vacuumed) in told.iter().enumerate() {
            self.check_marks(stream, vacuumed);
        }
        self.check_counts();
    }

    /// Each loss is in the metric of its cause, whether a stream can be named or not.
    fn check_counts(&self) {
        let (seed, totals) = (self.plan.seed, &self.totals);
        let counted = |loss: Loss| self.counted.get(&loss).copied().unwrap_or(0);
        let all = || format!("seed {seed}: {:?} counted; {totals:?}", self.counted);
        assert!(counted(Loss::Vacuumed) >= totals.vacuumed, "{}", all());
        assert_eq!(counted(Loss::Refused), self.refused, "{}", all());
        for never in [Loss::TooOld, Loss::TooNew, Loss::Unreadable] {
            assert_eq!(counted(never), 0, "{}", all());
        }
        // What is dropped where entries are deleted, too, nobody can tell from those.
        let dropped = counted(Loss::RateLimited) + counted(Loss::Missing);
        let of_numbered = |(stream, _): &(&usize, &u64)| self.journal.is_numbered(**stream);
        let numbered = self.journal.dropped.iter().filter(of_numbered);
        let numbered: u64 = numbered.map(|(_, lines)| lines).sum();
        let all_said = self.plan.says_one_in == 1;
        let to_tell = if all_said { totals.dropped } else { numbered };
        if self.plan.vacuums.is_empty() {
            assert_eq!(counted(Loss::Vacuumed), 0, "{}", all());
            assert!(dropped >= to_tell, "{}", all());
        }
        // Nothing was read by two runs or two readers, so nothing is counted twice.
        if totals.crashes + totals.stops + totals.parked == 0 {
            assert_eq!(counted(Loss::Vacuumed), self.found_deleted, "{}", all());
            if self.plan.vacuums.is_empty() && all_said {
                assert_eq!(dropped, totals.dropped, "{}", all());
            }
        }
    }

    /// `vacuumed`: deleted lines of it that the agent can know of.
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
        self.totals.marks += marks.len() as u64;
        assert!(exact + up_to >= vacuumed, "{}", said());
        let numbered = self.journal.is_numbered(stream);
        let deleted = !self.plan.vacuums.is_empty();
        if !numbered {
            assert_eq!(exact, 0, "{}", said());
            return;
        }
        let missing = self.known.dropped.iter();
        let missing = missing.filter(|number| self.journal.missing[number] == stream);
        let missing = missing.count() as u64;
        assert!(
            exact + up_to >= missing + vacuumed || deleted && up_to > 0,
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
