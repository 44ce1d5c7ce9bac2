//! What a long run must have been like; pure, so that each demand is seen to fail.

/// What is known at the end.
#[derive(Clone, Debug, Default)]
pub(crate) struct Account {
    pub(crate) written: u64,
    /// Different lines that arrived.
    pub(crate) lines: u64,
    pub(crate) lost: u64,
    pub(crate) duplicated: u64,
    /// The most lines whose answers can have been lost.
    pub(crate) unanswered: u64,
    pub(crate) over_limit: u64,
    /// Faults that had to happen, and how often each did.
    pub(crate) faults: Vec<(&'static str, u64)>,
    /// Each second while one process ran undisturbed by kills: anonymous memory in bytes, open descriptors.
    pub(crate) memory: Vec<u64>,
    pub(crate) descriptors: Vec<u64>,
    /// Anonymous memory over the whole run, at most.
    pub(crate) most_memory: u64,
}

/// Above this the window does not bound the memory: 32 MiB of it, bodies, and room.
const MOST_MEMORY: u64 = 128_000_000;
const MEMORY_SLACK: u64 = 4_000_000;
const DESCRIPTOR_SLACK: u64 = 4;

/// The middle of a third of the values, 0 to 2; nothing of less than three values.
fn middle_of_third(values: &[u64], third: usize) -> Option<u64> {
    let size = values.len() / 3;
    let mut part = values.get(third * size..(third + 1) * size)?.to_vec();
    part.sort_unstable();
    part.get(size / 2).copied()
}

/// Whether the last third is no more than the second, with a tenth and `slack` for chance. The first fills caches.
fn flat(values: &[u64], slack: u64) -> Result<(), String> {
    let (Some(second), Some(last)) = (middle_of_third(values, 1), middle_of_third(values, 2))
    else {
        return Err(format!(
            "{} values are too few to tell whether they grow",
            values.len()
        ));
    };
    if last > second + second / 10 + slack {
        return Err(format!(
            "grew from {second} in the second third to {last} in the last"
        ));
    }
    Ok(())
}

impl Account {
    /// What became of the lines, in words.
    pub(crate) fn lines_told(&self) -> String {
        format!(
            "lost {}, duplicated {} (answers of at most {} can have been lost), over a limit {}",
            self.lost, self.duplicated, self.unanswered, self.over_limit
        )
    }

    /// Memory and descriptors in the second and in the last third, in words.
    pub(crate) fn course(&self) -> String {
        let pair = |values: &[u64], unit: u64| {
            let part = |third| middle_of_third(values, third).unwrap_or(0) / unit;
            format!("{} and {}", part(1), part(2))
        };
        format!(
            "in the second and the last third of one process's life {} MB, {} descriptors",
            pair(&self.memory, 1_000_000),
            pair(&self.descriptors, 1),
        )
    }

    /// What is wrong with it; nothing when all is well.
    pub(crate) fn faults_found(&self) -> Vec<String> {
        let mut found = Vec::new();
        let mut unless = |good: bool, what: String| {
            if !good {
                found.push(what);
            }
        };
        unless(self.written > 0, "nothing was written".into());
        unless(self.lost == 0, format!("{} lines were lost", self.lost));
        unless(
            self.lines == self.written,
            format!("{} lines of {} arrived", self.lines, self.written),
        );
        unless(
            self.duplicated <= self.unanswered,
            format!(
                "{} lines came twice, and at most {} had no answer",
                self.duplicated, self.unanswered
            ),
        );
        unless(
            self.over_limit == 0,
            format!("{} requests were over a limit", self.over_limit),
        );
        for (name, count) in &self.faults {
            unless(*count > 0, format!("the fault {name} never happened"));
        }
        unless(
            self.most_memory < MOST_MEMORY,
            format!("{} bytes of anonymous memory", self.most_memory),
        );
        if let Err(why) = flat(&self.memory, MEMORY_SLACK) {
            unless(false, format!("memory: {why}"));
        }
        if let Err(why) = flat(&self.descriptors, DESCRIPTOR_SLACK) {
            unless(false, format!("descriptors: {why}"));
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn good() -> Account {
        Account {
            written: 100,
            lines: 100,
            duplicated: 3,
            unanswered: 3,
            faults: vec![("rotation", 1)],
            // The first third fills caches, and a moment is no trend.
            memory: [vec![10; 9], vec![50_000_000; 9], vec![52_000_000; 9]].concat(),
            descriptors: [
                vec![5; 9],
                vec![30; 9],
                vec![30, 30, 90, 30, 30, 30, 30, 30, 30],
            ]
            .concat(),
            most_memory: 60_000_000,
            ..Account::default()
        }
    }

    #[test]
    fn every_demand_can_fail() {
        assert_eq!(good().faults_found(), Vec::<String>::new());
        let growing: Vec<u64> = (0..300)
            .map(|second| 20_000_000 + second * 100_000)
            .collect();
        let leaking: Vec<u64> = (0..300).map(|second| 20 + second / 10).collect();
        for (account, expected) in [
            (Account { lost: 1, ..good() }, "1 lines were lost"),
            (
                Account {
                    lines: 99,
                    ..good()
                },
                "99 lines of 100 arrived",
            ),
            (
                Account {
                    written: 0,
                    lines: 0,
                    ..good()
                },
                "nothing was written",
            ),
            (
                Account {
                    duplicated: 4,
                    ..good()
                },
                "4 lines came twice, and at most 3 had no answer",
            ),
            (
                Account {
                    over_limit: 1,
                    ..good()
                },
                "1 requests were over a limit",
            ),
            (
                Account {
                    faults: vec![("rotation", 0)],
                    ..good()
                },
                "the fault rotation never happened",
            ),
            (
                Account {
                    most_memory: MOST_MEMORY,
                    ..good()
                },
                "128000000 bytes of anonymous memory",
            ),
            (
                Account {
                    memory: growing,
                    ..good()
                },
                "memory: grew from 35000000 in the second third to 45000000 in the last",
            ),
            (
                Account {
                    descriptors: leaking,
                    ..good()
                },
                "descriptors: grew from 35 in the second third to 45 in the last",
            ),
            (
                Account {
                    memory: vec![1, 1],
                    ..good()
                },
                "memory: 2 values are too few to tell whether they grow",
            ),
        ] {
            assert_eq!(account.faults_found(), [expected]);
        }
    }
}
