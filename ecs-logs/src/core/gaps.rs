//! Why lines are missing. journald says how many it dropped of a unit, a restart how many were deleted meanwhile; Docker's numbers
//! say which container they were of. Here the two are matched, so that each line is counted once, under its cause, and marked in
//! its own stream; where no numbers tell, every stream it may have been of says "up to".

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
    clean: bool,
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

    /// journald says that it dropped lines of a unit.
    pub(super) fn suppressed(
        &mut self,
        unit: Box<str>,
        dropped: u64,
        usec: u64,
        router: &Router,
        now: Now,
        actions: &mut Vec<Action>,
    ) {
        let ours = router.trusts(unit.as_bytes())
            || self
                .streams
                .iter()
                .any(|(_, stream)| stream.units.contains(&unit));
        if !ours || self.losses.told.contains(&usec) {
            return;
        }
        if self.losses.told.len() >= MOST_TOLD {
            self.losses.told.pop_front();
        }
        self.losses.told.push_back(usec);
        let counted = self.losses.take_unexplained(&unit, dropped, now.mono);
        self.lose_anywhere(Loss::RateLimited, dropped - counted, actions);
        let left = dropped - counted;
        let position = self.live.position;
        let cause = self.add_cause(
            Loss::RateLimited,
            Some(unit.clone()),
            left,
            position,
            usec,
            now,
        );
        self.suspect(Loss::RateLimited, dropped, Some(&unit), cause, usec, now);
    }

    /// Entries that are corrupt may have been anybody's.
    pub(super) fn unreadable(&mut self, entries: u64, now: Now, actions: &mut Vec<Action>) {
        self.lose_anywhere(Loss::Unreadable, entries, actions);
        let usec = self.live.realtime_usec;
        let position = self.live.position + 1;
        let last = self.losses.causes.last_mut();
        // A whole damaged file is one cause.
        let cause = match last.filter(|last| last.loss == Loss::Unreadable) {
            Some(last) => {
                last.left += entries;
                last.unmarked += entries;
                (last.position, last.at) = (position, now.mono);
                last.id
            }
            None => self.add_cause(Loss::Unreadable, None, entries, position, usec, now),
        };
        self.suspect(Loss::Unreadable, entries, None, cause, usec, now);
    }

    /// Entries were deleted from the journal before they could be read. Whose they were shows when the containers go on.
    pub(super) fn vacuumed(
        &mut self,
        entries: u64,
        first: Option<Cursor>,
        now: Now,
        actions: &mut Vec<Action>,
    ) {
        if entries == 0 {
            return;
        }
        self.lose_anywhere(Loss::Vacuumed, entries, actions);
        let usec = first.map_or(self.live.realtime_usec, |first| first.realtime_usec);
        let position = self.live.position + 1;
        self.losses.vacuumed_at.get_or_insert(position);
        self.add_cause(Loss::Vacuumed, None, entries, position, usec, now);
    }

    /// The same for streams that were parked: what is left of their entries begins later than they do.
    pub(super) fn vacuumed_for_parked(
        &mut self,
        entries: u64,
        first: Option<Cursor>,
        actions: &mut Vec<Action>,
    ) {
        self.lose_anywhere(Loss::Vacuumed, entries, actions);
        for id in self.streams.ids() {
            let stream = self.streams.get(id);
            let backlog = stream.backlog.as_mut();
            let Some(backlog) = backlog.filter(|_| stream.mode == Mode::Replaying) else {
                continue;
            };
            let lines = match first {
                Some(first) => between(&backlog.from.cursor, &first).min(entries),
                None => entries,
            };
            if lines == 0 {
                continue;
            }
            // Later passes need not look for them again, nor say so again.
            if let Some(first) = first {
                backlog.from = Point::before(first);
            }
            let at_usec = first.map(|first| first.realtime_usec.saturating_sub(1_000));
            self.owe(id, Loss::Vacuumed, lines, true, at_usec, Stage::Due);
        }
    }

    /// The run ends. With `once` nobody comes after it to decide on what is still open; else somebody may, or the host is no more:
    /// the streams that are known are told now, and what was deleted is left for those that the next run hears of.
    pub(super) fn judge_at_end(&mut self, now: Now) {
        if self.settings.once {
            return self.judge(true, now);
        }
        let mut causes = std::mem::take(&mut self.losses.causes);
        for cause in &causes {
            self.end_cause(cause);
        }
        causes.retain(|cause| cause.loss == Loss::Vacuumed);
        if let Some(last) = causes.last() {
            for (_, stream) in self
                .streams
                .iter_mut()
                .filter(|(_, stream)| stream.key.is_some())
            {
                stream.evidence.cleared_to = last.id;
            }
        }
        self.losses.causes = causes;
    }

    fn add_cause(
        &mut self,
        loss: Loss,
        unit: Option<Box<str>>,
        left: u64,
        position: u64,
        usec: u64,
        now: Now,
    ) -> u64 {
        if self.losses.causes.len() >= MOST_CAUSES {
            let oldest = self.losses.causes.remove(0);
            self.end_cause(&oldest);
            self.losses.keep_ended(oldest);
        }
        self.losses.last_cause = self.losses.last_cause.wrapping_add(1);
        self.losses.causes.push(Cause {
            id: self.losses.last_cause,
            loss,
            unit,
            left,
            unmarked: left,
            position,
            at: now.mono,
            usec,
            after_usec: self.live.realtime_usec,
        });
        self.saving.dirty = true;
        self.losses.last_cause
    }

    /// Every stream that may have been hit says so: at once, or where numbers will tell, when they did not.
    fn suspect(
        &mut self,
        loss: Loss,
        lines: u64,
        unit: Option<&str>,
        cause: u64,
        usec: u64,
        now: Now,
    ) {
        for id in self.streams.ids() {
            let stream = self.streams.get(id);
            let active = stream.key.is_some() && now.mono.since(stream.last_used) <= ACTIVE_WITHIN;
            let of_unit = unit.is_none_or(|unit| stream.units.iter().any(|known| **known == *unit));
            if active && of_unit {
                let stage = if stream.evidence.has_numbers() {
                    Stage::Tentative(cause)
                } else {
                    Stage::Due
                };
                self.owe(id, loss, lines, true, Some(usec), stage);
            }
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
        let known = losses.causes.iter_mut().chain(&mut losses.ended);
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
        self.counters.add(loss.metric(), lines - counted);
        let Gap { unit, at_usec, .. } = open.gap;
        if loss == Loss::Missing {
            self.losses.unexplained.push((unit, lines, now.mono));
        }
        self.owe_known(open.stream, loss, lines, false, Some(at_usec));
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

    /// What is left of a cause may have been of any stream that has not shown since that it has everything.
    fn end_cause(&mut self, cause: &Cause) {
        for id in self.streams.ids() {
            let stream = self.streams.get(id);
            if cause.loss == Loss::Vacuumed {
                if !stream.evidence.tells_of(cause) {
                    let at = Some(cause.usec.saturating_sub(1_000));
                    self.owe_known(id, cause.loss, cause.unmarked, true, at);
                }
                continue;
            }
            let tells = stream.evidence.tells_of(cause);
            let left = if tells { 0 } else { cause.unmarked };
            let mut due = false;
            stream.owed.retain_mut(|owed| {
                if owed.stage == Stage::Tentative(cause.id) {
                    owed.lines = owed.lines.min(left);
                    owed.stage = Stage::Due;
                    due |= owed.lines > 0;
                }
                owed.lines > 0
            });
            self.saving.marks_due |= due;
            self.saving.dirty |= due;
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

impl Losses {
    fn known(&self) -> impl Iterator<Item = &Cause> {
        self.causes.iter().chain(&self.ended)
    }

    fn keep_ended(&mut self, cause: Cause) {
        if self.ended.len() >= MOST_CAUSES {
            self.ended.remove(0);
        }
        self.ended.push(cause);
    }

    /// How many of `dropped` lines of the unit were counted as gaps before.
    fn take_unexplained(&mut self, unit: &str, dropped: u64, now: Millis) -> u64 {
        let mut taken = 0;
        for (of, lines, _) in &mut self.unexplained {
            if **of == *unit {
                let part = (*lines).min(dropped - taken);
                *lines -= part;
                taken += part;
            }
        }
        let recent = |at: Millis| now.since(at) < UNEXPLAINED_FOR;
        self.unexplained
            .retain(|(_, lines, at)| *lines > 0 && recent(*at));
        taken
    }
}

/// For the checkpoint, and back.
impl State {
    pub(super) fn ledger(&self, clean: bool) -> Ledger {
        let names = |key: &StreamKey| (key.group.to_string(), key.stream.to_string());
        let gaps = self.ordinals.open.iter().filter_map(|open| {
            let (group, stream) = names(self.streams.peek(open.stream)?.key.as_ref()?);
            let gap = &open.gap;
            Some(OpenGap {
                group,
                stream,
                epoch: gap.epoch,
                from: gap.from,
                to: gap.to,
                unit: gap.unit.to_string(),
                at_usec: gap.at_usec,
            })
        });
        let owing = self
            .streams
            .iter()
            .filter(|(_, stream)| !stream.owed.is_empty());
        let marks = owing.flat_map(|(_, stream)| {
            let key = stream.key.as_ref().map(names);
            let evidence = stream.evidence;
            stream.owed.iter().filter_map(move |owed| {
                let (group, stream) = key.clone()?;
                let cause = match owed.stage {
                    Stage::Tentative(id) => Some(id),
                    Stage::Due | Stage::Written => None,
                };
                let known = |id| self.losses.causes.iter().find(|known| known.id == id);
                let tells = |id| known(id).is_some_and(|known| evidence.tells_of(known));
                if cause.is_some_and(tells) {
                    return None;
                }
                Some(OwedMark {
                    group,
                    stream,
                    loss: owed.loss.name().to_owned(),
                    lines: owed.lines,
                    up_to: owed.up_to,
                    at_usec: owed.at_usec,
                    cause,
                })
            })
        });
        let causes = self.losses.causes.iter().map(|cause| KnownCause {
            id: cause.id,
            loss: cause.loss.name().to_owned(),
            unit: cause.unit.as_deref().map(str::to_owned),
            lines: cause.left,
            unmarked: cause.unmarked,
            at_usec: cause.usec,
        });
        Ledger {
            clean,
            ordinals: self.ordinals.state(),
            gaps: gaps.collect(),
            marks: marks.collect(),
            causes: causes.collect(),
            told: self.losses.told.iter().copied().collect(),
            heard: self.heard(),
        }
    }

    fn heard(&self) -> Vec<Heard> {
        let causes = &self.losses.causes;
        let heard = self.streams.iter().filter_map(|(_, stream)| {
            let key = stream.key.as_ref()?;
            let evidence = &stream.evidence;
            let suspected =
                |cause: &Cause| cause.loss == Loss::Vacuumed && !evidence.tells_of(cause);
            let suspect = causes.iter().any(suspected);
            let waits = stream.buffer.is_some() || !stream.outstanding.is_empty();
            let active = waits || self.live.read_at.since(stream.last_used) <= ACTIVE_WITHIN;
            (active || suspect).then(|| Heard {
                group: key.group.to_string(),
                stream: key.stream.to_string(),
                units: stream.units.iter().map(|unit| unit.to_string()).collect(),
                numbered: evidence.has_numbers(),
                suspect,
            })
        });
        heard.collect()
    }

    /// What an earlier run knew. Its marks and gaps are this one's to write; entries that both read are not counted again.
    pub(super) fn restore_ledger(&mut self, ledger: Ledger, router: &mut Router, now: Now) {
        let mut open = |state: &mut State, group: String, stream: String| {
            let key = StreamKey {
                group: group.into(),
                stream: stream.into(),
            };
            let id = router.open(&key);
            state.streams.open(id, &key).last_used = now.mono;
            id
        };
        let known: Vec<u64> = ledger.causes.iter().map(|cause| cause.id).collect();
        self.ordinals.restore(&ledger.ordinals, now.mono);
        for gap in ledger.gaps {
            let stream = open(self, gap.group, gap.stream);
            if gap.from < gap.to {
                self.ordinals.open.push(Open {
                    gap: Gap {
                        epoch: gap.epoch,
                        from: gap.from,
                        to: gap.to,
                        unit: gap.unit.into(),
                        at_usec: gap.at_usec,
                    },
                    stream,
                    after: 0,
                    at: AT_START,
                    over_restart: false,
                    found: now.mono,
                });
            }
        }
        for heard in ledger.heard {
            let id = open(self, heard.group, heard.stream);
            let stream = self.streams.get(id);
            stream.units = heard.units.into_iter().map(Into::into).collect();
            stream.evidence.numbered_before = heard.numbered;
            if !heard.suspect {
                stream.evidence.cleared_to = known.iter().copied().max().unwrap_or_default();
            }
        }
        for mark in ledger.marks {
            let id = open(self, mark.group, mark.stream);
            if let Some(loss) = Loss::of_name(&mark.loss) {
                let cause = mark.cause.filter(|id| known.contains(id));
                let stage = cause.map_or(Stage::Due, Stage::Tentative);
                self.owe(id, loss, mark.lines, mark.up_to, mark.at_usec, stage);
            }
        }
        for cause in ledger.causes {
            if let Some(loss) = Loss::of_name(&cause.loss) {
                // Before the first entry of this run.
                let unit = cause.unit.map(Into::into);
                self.losses.last_cause = cause.id.saturating_sub(1);
                self.add_cause(loss, unit, cause.lines, AT_START, cause.at_usec, now);
                if let Some(last) = self.losses.causes.last_mut() {
                    last.unmarked = cause.unmarked;
                }
            }
        }
        self.losses.told = ledger.told.into();
        self.losses.clean = ledger.clean;
    }
}

#[cfg(test)]
#[path = "gaps_tests.rs"]
mod tests;
