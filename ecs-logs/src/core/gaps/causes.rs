//! What says that lines are lost, and how many: journald of a unit, the reader of anybody. Each is counted when it is heard of, and
//! has a minute in which the streams may show by their numbers what they lost of it; then whoever has not says "up to".

use super::*;

impl State {
    /// journald says that it dropped lines of a unit.
    pub(in crate::core) fn suppressed(
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
    pub(in crate::core) fn unreadable(
        &mut self,
        entries: u64,
        now: Now,
        actions: &mut Vec<Action>,
    ) {
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
    pub(in crate::core) fn vacuumed(
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
    pub(in crate::core) fn vacuumed_for_parked(
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
    pub(in crate::core) fn judge_at_end(&mut self, now: Now) {
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

    pub(super) fn add_cause(
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

    /// What is left of a cause may have been of any stream that has not shown since that it has everything.
    pub(super) fn end_cause(&mut self, cause: &Cause) {
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
}

impl Losses {
    pub(super) fn known(&self) -> impl Iterator<Item = &Cause> {
        self.causes.iter().chain(&self.ended)
    }

    pub(super) fn keep_ended(&mut self, cause: Cause) {
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
