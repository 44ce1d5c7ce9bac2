//! Why lines are missing. journald says how many it dropped of a unit, a restart how many were deleted meanwhile; Docker's numbers
//! say which container they were of. Here the two are matched, so that each line is counted once, under its cause, and marked in
//! its own stream; where no numbers tell, every stream it may have been of says "up to".

mod causes;
mod remembering;

use super::{
    Action, State,
    loss::{Loss, Stage},
    ordinals::{Gap, MOST_OPEN, Open, Seen},
    progress::Point,
    stream::Mode,
};
use crate::{
    cursor::Cursor,
    entry::{Entry, Symbol, field},
    intern::Interner,
    ledger::{Heard, KnownCause, Ledger, OpenGap, OwedMark},
    route::{Router, StreamId, StreamKey},
    time::{Millis, Now},
};
use std::{collections::VecDeque, time::Duration};

/// Lines that something says are lost, without a word about whose they were.
#[derive(Clone, Debug)]
struct Cause {
    id: u64,
    loss: Loss,
    /// Nothing when it may have been any.
    unit: Option<Box<str>>,
    /// So many are counted here, and were not counted again with a gap.
    left: u64,
    /// So many may have been of streams that no gap tells of. Of deleted entries it is always all: a gap that is found there may
    /// be of lines that were dropped, too, and whose "Suppressed" entry was deleted with them.
    unmarked: u64,
    /// Live position: containers with an entry behind it are past it.
    position: u64,
    at: Millis,
    usec: u64,
    /// When the journal received the last entry before it; 0 for none.
    after_usec: u64,
}

impl Cause {
    /// A gap is of this cause when the container's entry before the gap came earlier.
    fn explains(&self, open: &Open) -> bool {
        let of_unit = self.unit.as_ref().is_none_or(|unit| *unit == open.gap.unit);
        // journald's word on what it dropped may come later than an entry behind the gap; what is deleted lies before that.
        let in_time =
            self.position > open.after && (self.loss != Loss::Vacuumed || self.position <= open.at);
        of_unit && self.left + self.unmarked > 0 && in_time
    }
}

/// What is known of losses besides what streams owe.
#[derive(Debug, Default)]
pub(super) struct Losses {
    /// The last mark's id.
    pub marks: u64,
    causes: Vec<Cause>,
    /// Causes that have ended, for gaps that show later: what is counted under them is not counted again.
    ended: Vec<Cause>,
    last_cause: u64,
    /// "Suppressed" entries that were counted: after a restart some are read again.
    told: VecDeque<u64>,
    /// Gaps that were counted before journald gave a reason: unit, lines, when.
    unexplained: Vec<(Box<str>, u64, Millis)>,
    /// The earlier run had delivered all that its numbers say.
    pub clean: bool,
    /// Live position of the first entries that were deleted before this run could read them.
    vacuumed_at: Option<u64>,
    /// When gaps were last decided on.
    looked_at: Option<Millis>,
}

/// What a stream's entries say about its completeness.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Evidence {
    /// Live position of its last entry that goes on from one before; 0 for none.
    pub numbered: u64,
    /// Live position of the last first entry of a container: what an older container of that name has lost, it cannot tell.
    pub first_at: u64,
    /// Live position up to which entries are read that an earlier run had seen: what of those is lost, numbers do not tell.
    pub reread_to: u64,
    /// Journal time of the last first entry of a container that was not its number 1, or 0: one may be late.
    pub late_usec: u64,
    /// An earlier run saw numbers: it will tell when it speaks again.
    pub numbered_before: bool,
    /// Of deletions up to this cause it has told, or was told.
    pub cleared_to: u64,
}

impl Evidence {
    fn has_numbers(&self) -> bool {
        self.numbered + self.first_at > 0 || self.numbered_before
    }

    /// Whether its numbers say what it has lost to this cause.
    fn tells_of(&self, cause: &Cause) -> bool {
        let numbers = self.numbered >= cause.position && self.first_at < cause.position;
        if cause.loss != Loss::Vacuumed {
            return numbers;
        }
        let late = Duration::from_micros(cause.after_usec.saturating_sub(self.late_usec));
        let whole = self.late_usec == 0 || late >= SETTLE;
        cause.id <= self.cleared_to || numbers && whole && cause.position > self.reread_to
    }
}

/// Docker writes a container's two outputs by two threads: so long the one that is late may take.
const SETTLE: Duration = Duration::from_secs(1);
/// journald tells of what it dropped with the unit's first line after the interval, 30 s by default.
const PATIENCE: Duration = Duration::from_secs(35);
/// Streams with a line within this time of a loss may have been hit, and those that are numbered say by then whether they were.
const ACTIVE_WITHIN: Duration = Duration::from_secs(60);
/// A reason that comes later than this is another loss's.
const UNEXPLAINED_FOR: Duration = Duration::from_secs(600);
/// The live position of what is known before the first entry.
const AT_START: u64 = 1;
const MOST_CAUSES: usize = 256;
const MOST_TOLD: usize = 64;
/// Units that a stream is known to take lines of.
const MOST_UNITS: usize = 8;

impl State {
    /// Looks at the number of a live entry of a container.
    #[inline]
    pub(super) fn number(&mut self, id: StreamId, entry: &Entry, names: &Interner, now: Now) {
        let position = self.live.position;
        let Some((seen, restored)) = self.ordinals.see(id, entry, names, position, now.mono) else {
            return;
        };
        let evidence = &mut self.streams.get(id).evidence;
        // The earlier run was killed: some of what it had numbered it may not have delivered.
        if restored && !self.losses.clean || seen == Seen::Old {
            evidence.reread_to = position;
        }
        match seen {
            Seen::Next | Seen::Gap(_) => evidence.numbered = position,
            Seen::First { late } => {
                evidence.first_at = position;
                evidence.late_usec = if late { entry.realtime_usec } else { 0 };
            }
            Seen::Late | Seen::Old => {}
        }
        if matches!(seen, Seen::Gap(_)) && self.ordinals.open.len() > MOST_OPEN {
            let oldest = self.ordinals.open.remove(0);
            self.confirm(oldest, now);
        }
    }

    /// Remembers from which units a stream's entries come.
    #[inline]
    pub(super) fn note_unit(&mut self, id: StreamId, entry: &Entry, names: &Interner) {
        let unit = entry.symbol(field::SYSTEMD_UNIT);
        let stream = self.streams.get(id);
        if stream.unit == unit || unit == Symbol::ABSENT {
            return;
        }
        stream.unit = unit;
        let name = String::from_utf8_lossy(names.get(unit).unwrap_or_default());
        if stream.units.len() < MOST_UNITS && !stream.units.iter().any(|known| **known == *name) {
            stream.units.push(name.into());
        }
    }

    /// Decides on gaps that have had their time, and ends causes that have. `all`: now or never.
    pub(super) fn judge(&mut self, all: bool, now: Now) {
        self.losses.looked_at = Some(now.mono);
        if !self.ordinals.open.is_empty() {
            for open in std::mem::take(&mut self.ordinals.open) {
                if self.is_ripe(&open, all, now) {
                    self.confirm(open, now);
                } else {
                    self.ordinals.open.push(open);
                }
            }
        }
        let due = |cause: &Cause| all || now.mono.since(cause.at) >= ACTIVE_WITHIN;
        while self.losses.causes.first().is_some_and(due) {
            let cause = self.losses.causes.remove(0);
            self.end_cause(&cause);
            self.losses.keep_ended(cause);
        }
    }

    fn is_ripe(&self, open: &Open, all: bool, now: Now) -> bool {
        // While reading stands still, what is late cannot come.
        let waited = match self.live.at_end {
            true => now.mono.since(open.found),
            false => Duration::ZERO,
        };
        let read_on = self.live.realtime_usec.saturating_sub(open.gap.at_usec);
        let passed = waited.max(Duration::from_micros(read_on));
        if all || passed >= PATIENCE {
            return true;
        }
        let settled = passed >= SETTLE;
        settled && self.losses.known().any(|cause| cause.explains(open))
    }

    fn confirm(&mut self, open: Open, now: Now) {
        if self.may_be_delivered(&open) {
            let ends = |cause: &Cause| cause.loss == Loss::Vacuumed && cause.position <= open.at;
            // Unless the end of the cause says so: it finds a stream that was read again.
            if !self.losses.causes.iter().any(ends) {
                let at = Some(open.gap.at_usec);
                self.owe_known(open.stream, Loss::Vacuumed, open.gap.lines(), true, at);
            }
            return;
        }
        let losses = &mut self.losses;
        // The oldest first: later gaps can be of the later causes only.
        let known = losses.ended.iter_mut().chain(&mut losses.causes);
        let mut causes = known.filter(|cause| cause.explains(&open));
        let lines = open.gap.lines();
        let mut counted = 0;
        let loss = match causes.next() {
            None => Loss::Missing,
            Some(first) => {
                let loss = first.loss;
                let (same, others): (Vec<_>, Vec<_>) = causes.partition(|cause| cause.loss == loss);
                let one_kind = others.is_empty();
                let mut marked = 0;
                for cause in std::iter::once(first).chain(same) {
                    let covered = cause.left.min(lines - counted);
                    cause.left -= covered;
                    counted += covered;
                    // With two kinds of causes, who knows how many were of which.
                    let sure = match one_kind && loss != Loss::Vacuumed {
                        true => cause.unmarked.min(lines - marked),
                        false => 0,
                    };
                    cause.unmarked -= sure;
                    marked += sure;
                }
                for cause in others {
                    let covered = cause.left.min(lines - counted);
                    cause.left -= covered;
                    counted += covered;
                }
                loss
            }
        };
        let Gap { unit, at_usec, .. } = open.gap;
        // More than anybody has told of: nobody knows why, unless journald says so yet.
        let more = lines - counted;
        if more > 0 {
            self.counters.add(Loss::Missing.metric(), more);
            self.losses.unexplained.push((unit, more, now.mono));
        }
        self.owe_known(open.stream, loss, counted, false, Some(at_usec));
        self.owe_known(open.stream, Loss::Missing, more, false, Some(at_usec));
    }

    /// Numbers are missing that an earlier run, which was killed, may have read, and entries were deleted since.
    fn may_be_delivered(&self, open: &Open) -> bool {
        let deleted = self.losses.vacuumed_at.is_some_and(|at| at <= open.at);
        open.over_restart && !self.losses.clean && deleted
    }

    fn owe_known(
        &mut self,
        id: StreamId,
        loss: Loss,
        lines: u64,
        up_to: bool,
        at_usec: Option<u64>,
    ) {
        let stream = self.streams.peek(id);
        if stream.is_some_and(|stream| stream.key.is_some()) {
            self.owe(id, loss, lines, up_to, at_usec, Stage::Due);
        }
    }

    /// When time alone decides something here.
    pub(super) fn losses_wake(&self) -> Millis {
        let gaps = self.ordinals.open.iter().filter(|_| self.live.at_end);
        let gaps = gaps.map(|open| {
            let settled = open.found.after(SETTLE);
            match self.losses.looked_at {
                Some(at) if at >= settled => open.found.after(PATIENCE),
                _ => settled,
            }
        });
        let causes = self.losses.causes.first();
        let causes = causes.map(|cause| cause.at.after(ACTIVE_WITHIN));
        gaps.chain(causes).min().unwrap_or(Millis::MAX)
    }
}

/// Entries between two, as far as their numbers tell.
pub(crate) fn between(after: &Cursor, first: &Cursor) -> u64 {
    match after.seqnum_id == first.seqnum_id {
        true => first.seqnum.saturating_sub(after.seqnum + 1),
        false => 0,
    }
}

#[cfg(test)]
mod scene;
#[cfg(test)]
mod tests;
