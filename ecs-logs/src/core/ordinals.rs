//! Docker 24 and later numbers what a container prints: CONTAINER_LOG_ORDINAL counts from 1 for each CONTAINER_LOG_EPOCH, one
//! number an entry, pieces of a long line included. A number that the journal does not have is a line that was lost.
//! Containers are followed by their epoch, whatever stream they write to; what is told twice or late is no loss.

use crate::{
    entry::{Entry, Symbol, field},
    hash::FastState,
    intern::Interner,
    route::StreamId,
    time::Millis,
};
use std::{collections::HashMap, time::Duration};

/// Numbers that are missing between two entries of one container.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Gap {
    pub epoch: u64,
    /// The first that is missing, and the first that is not.
    pub from: u64,
    pub to: u64,
    /// Whose journal limits it was subject to.
    pub unit: Box<str>,
    /// Where it belongs, microseconds since 1970: just before the entry behind it.
    pub at_usec: u64,
}

impl Gap {
    pub(super) fn lines(&self) -> u64 {
        self.to - self.from
    }
}

/// A gap that may still close: stdout and stderr of a container are written by two threads of Docker, and one may be late.
#[derive(Clone, Debug)]
pub(super) struct Open {
    pub gap: Gap,
    pub stream: StreamId,
    /// Live positions of the container's entries before and behind it.
    pub after: u64,
    pub at: u64,
    pub found: Millis,
    /// The entry before it was read by an earlier run.
    pub over_restart: bool,
}

/// What an entry's number says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Seen {
    /// The container's first that we know of. What comes before it in number may be late.
    First {
        late: bool,
    },
    Next,
    /// So many are missing before it.
    Gap(u64),
    /// One that was missing until now.
    Late,
    /// Told before.
    Old,
}

#[derive(Clone, Copy, Debug)]
struct Container {
    epoch: u64,
    next: u64,
    /// Live position and journal time of its last entry.
    position: u64,
    usec: u64,
    seen: Millis,
}

#[derive(Debug, Default)]
pub(super) struct Ordinals {
    /// By the epoch's symbol: a place in `containers`.
    places: HashMap<Symbol, u32, FastState>,
    generation: u32,
    by_epoch: HashMap<u64, u32, FastState>,
    containers: Vec<Container>,
    pub open: Vec<Open>,
}

/// Containers that are followed at once; beyond, those that were silent for the longest are forgotten.
const MOST_CONTAINERS: usize = 1 << 16;
/// Gaps that are waited with; beyond, the oldest is taken for a loss at once.
pub(super) const MOST_OPEN: usize = 4_096;

impl Ordinals {
    /// Takes in the next entry of a stream, and says whether it is the first that this run sees of a container that an earlier
    /// one knew. Nothing for an entry without a number.
    #[inline]
    pub(super) fn see(
        &mut self,
        stream: StreamId,
        entry: &Entry,
        names: &Interner,
        position: u64,
        now: Millis,
    ) -> Option<(Seen, bool)> {
        let symbol = entry.symbol(field::CONTAINER_LOG_EPOCH);
        if symbol == Symbol::ABSENT {
            return None;
        }
        let ordinal = number(entry.bytes(field::CONTAINER_LOG_ORDINAL)?)?;
        if self.generation != names.generation() {
            self.generation = names.generation();
            self.places.clear();
        }
        let place = match self.places.get(&symbol) {
            Some(&place) => place,
            None => match self.find(symbol, names)? {
                Ok(place) => place,
                Err(epoch) => {
                    self.begin(symbol, epoch, ordinal, entry, position, now);
                    return Some((Seen::First { late: ordinal > 1 }, false));
                }
            },
        };
        let container = &mut self.containers[place as usize];
        let next = container.next;
        let restored = container.position == 0;
        if ordinal >= next {
            let before = std::mem::replace(
                container,
                Container {
                    epoch: container.epoch,
                    next: ordinal.saturating_add(1),
                    position,
                    usec: entry.realtime_usec,
                    seen: now,
                },
            );
            if ordinal > next {
                self.miss(before, ordinal, position, stream, entry, names, now);
                return Some((Seen::Gap(ordinal - next), restored));
            }
            return Some((Seen::Next, restored));
        }
        let epoch = container.epoch;
        let late = !self.open.is_empty() && self.fill(epoch, ordinal);
        Some((if late { Seen::Late } else { Seen::Old }, restored))
    }

    /// The container of a symbol that is new to us: its place, or the epoch of one that is not known.
    #[cold]
    fn find(&mut self, symbol: Symbol, names: &Interner) -> Option<Result<u32, u64>> {
        let epoch = crate::checkpoint::checksum(names.get(symbol)?);
        let Some(&place) = self.by_epoch.get(&epoch) else {
            return Some(Err(epoch));
        };
        self.places.insert(symbol, place);
        Some(Ok(place))
    }

    fn begin(
        &mut self,
        symbol: Symbol,
        epoch: u64,
        ordinal: u64,
        entry: &Entry,
        position: u64,
        now: Millis,
    ) {
        if self.containers.len() >= MOST_CONTAINERS {
            self.forget_older_half();
        }
        let place = self.add(Container {
            epoch,
            next: ordinal.saturating_add(1),
            position,
            usec: entry.realtime_usec,
            seen: now,
        });
        self.places.insert(symbol, place);
    }

    fn add(&mut self, container: Container) -> u32 {
        let place = self.containers.len() as u32;
        self.by_epoch.insert(container.epoch, place);
        self.containers.push(container);
        place
    }

    #[expect(clippy::too_many_arguments, reason = "a gap is all of these")]
    fn miss(
        &mut self,
        before: Container,
        ordinal: u64,
        position: u64,
        stream: StreamId,
        entry: &Entry,
        names: &Interner,
        now: Millis,
    ) {
        let unit = names
            .get(entry.symbol(field::SYSTEMD_UNIT))
            .unwrap_or_default();
        let just_before = entry.realtime_usec.saturating_sub(1_000);
        self.open.push(Open {
            gap: Gap {
                epoch: before.epoch,
                from: before.next,
                to: ordinal,
                unit: String::from_utf8_lossy(unit).into(),
                at_usec: just_before.max(before.usec.min(entry.realtime_usec)),
            },
            stream,
            after: before.position,
            at: position,
            found: now,
            over_restart: before.position == 0,
        });
    }

    /// A number that comes late is not missing. Whether it was.
    fn fill(&mut self, epoch: u64, ordinal: u64) -> bool {
        let Some(place) = self.open.iter().position(|open| {
            let gap = &open.gap;
            gap.epoch == epoch && (gap.from..gap.to).contains(&ordinal)
        }) else {
            return false;
        };
        let mut behind = self.open[place].clone();
        self.open[place].gap.to = ordinal;
        behind.gap.from = ordinal + 1;
        if behind.gap.lines() > 0 {
            self.open.insert(place + 1, behind);
        }
        if self.open[place].gap.lines() == 0 {
            self.open.remove(place);
        }
        true
    }

    /// What a checkpoint keeps: each epoch with the number that comes next.
    pub(super) fn state(&self) -> Vec<(u64, u64)> {
        let containers = self.containers.iter();
        containers
            .map(|container| (container.epoch, container.next))
            .collect()
    }

    pub(super) fn restore(&mut self, state: &[(u64, u64)], now: Millis) {
        for &(epoch, next) in state.iter().take(MOST_CONTAINERS) {
            if !self.by_epoch.contains_key(&epoch) {
                self.add(Container {
                    epoch,
                    next,
                    position: 0,
                    usec: 0,
                    seen: now,
                });
            }
        }
    }

    /// Forgets containers that were silent since then.
    pub(super) fn forget(&mut self, silent_for: Duration, now: Millis) {
        self.keep(|container| now.since(container.seen) < silent_for);
    }

    fn forget_older_half(&mut self) {
        let mut seen: Vec<Millis> = self
            .containers
            .iter()
            .map(|container| container.seen)
            .collect();
        let middle = seen.len() / 2;
        let newer = *seen.select_nth_unstable(middle).1;
        self.keep(|container| container.seen > newer);
    }

    fn keep(&mut self, wanted: impl Fn(&Container) -> bool) {
        let before = self.containers.len();
        self.containers.retain(|container| wanted(container));
        if self.containers.len() == before {
            return;
        }
        self.places.clear();
        let places = (0..).zip(&self.containers);
        self.by_epoch = places
            .map(|(place, container)| (container.epoch, place))
            .collect();
    }
}

/// Digits as a number; nothing for anything else.
#[inline]
fn number(digits: &[u8]) -> Option<u64> {
    if digits.is_empty() || digits.len() > 19 {
        return None;
    }
    digits.iter().try_fold(0u64, |sum, digit| {
        digit
            .is_ascii_digit()
            .then(|| sum * 10 + u64::from(digit - b'0'))
    })
}

#[cfg(test)]
#[path = "ordinals_tests.rs"]
mod tests;
