//! When the checkpoint is written, what is in it, and when all is done.

use super::{
    Action, Core, Notice, Outcome, Phase, Side, State,
    parking::ONCE_ATTEMPTS,
    progress::{Point, Range, add_range, is_after},
    sending::Class,
    stream::{Accepted, Mode, Stream},
};
use crate::{
    checkpoint::{Checkpoint, Parked},
    cursor::Cursor,
    metrics::Metric,
    route::{Router, StreamId},
    time::{Millis, Now},
};
use std::time::Duration;

#[derive(Debug)]
pub(super) struct Saving {
    /// Just before the first entry that was read.
    pub start: Option<Point>,
    /// What the last checkpoint says.
    pub resume: Option<Cursor>,
    /// The ends of what an earlier run had accepted; entries before them may be known already.
    pub restored: Vec<Cursor>,
    /// Something was accepted since the last save.
    pub dirty: bool,
    /// A stream has lost lines and does not say so yet.
    pub marks_due: bool,
    pub oldest_held: Option<u64>,
    /// At the end: what could not wait longer was decided on.
    judged: bool,
    next: Millis,
    under_way: bool,
    /// How it ends, once it does.
    outcome: Option<Outcome>,
    /// The save under way has everything in it.
    last: bool,
    failing: bool,
    last_forgotten: Millis,
    /// Since when something is accepted that the checkpoint does not say.
    pub behind_since: Option<Millis>,
    /// When the last one was written, by the host's clock.
    pub saved_at: Option<Millis>,
}

/// With `once`, failing this long without a success ends it.
const ONCE_PATIENCE: Duration = Duration::from_secs(30);
/// The same for credentials, in attempts: they do not come by themselves.
const ONCE_CREDENTIALS: u32 = 4;
/// Ten thousand streams with ranges are a megabyte or two: not ten times a second.
const SAVE_LATER_BY_STREAM: Duration = Duration::from_micros(100);
/// So many containers' numbers, or names of streams alone, take the room of one stream with ranges.
const NUMBERS_LIKE_A_STREAM: usize = 4;
const FORGET_EVERY: Duration = Duration::from_secs(60);
const FORGET_AT_MOST_EVERY: Duration = Duration::from_secs(1);

impl Saving {
    pub(super) fn new(now: Millis) -> Saving {
        Saving {
            start: None,
            resume: None,
            restored: Vec::new(),
            dirty: false,
            marks_due: false,
            oldest_held: None,
            judged: false,
            next: now,
            under_way: false,
            outcome: None,
            last: false,
            failing: false,
            last_forgotten: now,
            behind_since: None,
            saved_at: None,
        }
    }
}

impl State {
    pub(super) fn restore(&mut self, checkpoint: Checkpoint, router: &mut Router, now: Now) {
        self.saving.resume = checkpoint.resume;
        if let Some(cursor) = checkpoint.resume {
            self.live.mark(cursor);
        }
        for (key, ranges) in checkpoint.accepted {
            let id = router.open(&key);
            self.streams.open(id, &key);
            self.saving
                .restored
                .extend(ranges.iter().map(|range| range.to.cursor));
            let accepted = ranges.into_iter().map(|range| Accepted {
                range,
                until: u64::MAX,
            });
            self.streams.get(id).accepted.extend(accepted);
        }
        for Parked {
            key,
            from,
            accepted,
            reason,
        } in checkpoint.parked
        {
            let id = router.open(&key);
            self.streams.open(id, &key);
            self.park_restored(id, from, accepted, reason, now);
        }
        self.restore_ledger(checkpoint.ledger, router, now);
    }

    pub(super) fn needs_cursor(&self, side: Side) -> bool {
        side == Side::Replay
            || self.live.position == 0
            || !self.saving.restored.is_empty()
            || self.parking.waiting_for_live > 0
    }

    /// Everything before a restart's first new entry: the place to park a stream at, and to save.
    pub(super) fn resume_point(&self) -> Option<Point> {
        let mark = self.live.marks.at_or_before(self.low_water());
        mark.map(|mark| Point::at(mark.cursor))
            .or(self.saving.start)
    }

    pub(super) fn start_of(&self, side: Side, id: StreamId) -> Option<Point> {
        match side {
            Side::Live => self.saving.start,
            Side::Replay => self
                .streams
                .peek(id)
                .and_then(|stream| stream.backlog.as_ref())
                .map(|backlog| backlog.from),
        }
    }

    /// All live entries up to this position are accepted or given up, but for those of parked streams.
    fn low_water(&self) -> u64 {
        let oldest = self
            .firsts
            .least()
            .into_iter()
            .chain(self.saving.oldest_held)
            .min();
        oldest.map_or(self.live.position, |oldest| oldest - 1)
    }

    /// The live reader is at this cursor: once behind all that an earlier run had accepted, cursors are no longer needed.
    pub(super) fn passed(&mut self, cursor: &Cursor) {
        if self.saving.restored.is_empty()
            || self
                .saving
                .restored
                .iter()
                .any(|end| !is_after(cursor, end))
        {
            return;
        }
        self.saving.restored.clear();
        let position = self.live.position;
        for (_, stream) in self.streams.iter_mut() {
            for accepted in stream
                .accepted
                .iter_mut()
                .filter(|accepted| accepted.until == u64::MAX)
            {
                accepted.until = position;
            }
        }
    }

    pub(super) fn accepted_before(&self, id: StreamId, cursor: &Cursor) -> bool {
        self.streams.peek(id).is_some_and(|stream| {
            stream
                .accepted
                .iter()
                .any(|accepted| accepted.range.contains(cursor))
        })
    }

    pub(super) fn save_due(&mut self, now: Now, actions: &mut Vec<Action>) {
        if now.mono < self.saving.next
            || self.saving.under_way
            || !matches!(self.phase, Phase::Running | Phase::Draining { .. })
        {
            return;
        }
        if self.phase == Phase::Running {
            self.write_marks(now, actions);
        }
        let moved = self
            .live
            .marks
            .at_or_before(self.low_water())
            .map(|mark| mark.cursor)
            != self.saving.resume;
        if self.saving.dirty || moved {
            self.save(now, actions);
        }
    }

    fn save(&mut self, now: Now, actions: &mut Vec<Action>) {
        self.saving.dirty = false;
        self.saving.behind_since.get_or_insert(now.mono);
        self.saving.under_way = true;
        let checkpoint = self.checkpoint();
        let ledger = &checkpoint.ledger;
        let numbers = (ledger.ordinals.len() + ledger.heard.len()) / NUMBERS_LIKE_A_STREAM;
        let streams = (checkpoint.accepted.len() + checkpoint.parked.len() + numbers) as u32;
        let next = now.mono.after(self.settings.save_interval);
        self.saving.next = next.after(SAVE_LATER_BY_STREAM * streams);
        actions.push(Action::Save(Box::new(checkpoint)));
    }

    fn checkpoint(&mut self) -> Checkpoint {
        let low_water = self.low_water();
        let mark = self.live.marks.at_or_before(low_water);
        self.live.marks.forget_before(low_water);
        let position = mark.map_or(0, |mark| mark.position);
        let resume = mark.map(|mark| mark.cursor);
        self.saving.resume = resume;
        // Pieces of a line that is not whole yet are left in the journal, though their numbers were seen.
        let whole = low_water == self.live.position;
        let delivered = self.saving.outcome == Some(Outcome::Delivered);
        // Who read nothing does not know what was deleted since, and has delivered nothing of what an earlier run had read.
        let read = self.live.position > 0 || self.losses.clean;
        let clean = self.phase == Phase::Saving && delivered && whole && read;
        let mut checkpoint = Checkpoint {
            resume,
            ledger: self.ledger(clean),
            ..Checkpoint::default()
        };
        for (_, stream) in self.streams.iter_mut() {
            stream.accepted.retain(|accepted| accepted.until > position);
            if stream.accepted.is_empty() && stream.backlog.is_none() {
                continue;
            }
            let Some(key) = stream.key.clone() else {
                continue;
            };
            let live = stream.accepted.iter().map(|accepted| accepted.range);
            match &stream.backlog {
                None => checkpoint.accepted.push((key, live.collect())),
                Some(backlog) => {
                    let mut accepted = backlog.accepted.clone();
                    // Live again since `until`: accepted up to the low-water mark, and in ranges above it.
                    let since = backlog.until.zip(resume).and_then(|(until, resume)| {
                        Range::new(Point::at(until), Point::at(resume))
                    });
                    since
                        .into_iter()
                        .chain(live)
                        .for_each(|range| add_range(&mut accepted, range));
                    checkpoint.parked.push(Parked {
                        key,
                        from: backlog.from.cursor,
                        accepted,
                        reason: backlog.reason.clone(),
                    });
                }
            }
        }
        checkpoint
    }

    fn next_forgetting(&self) -> Millis {
        let every = FORGET_EVERY.min(self.settings.forget_after);
        self.saving
            .last_forgotten
            .after(every.max(FORGET_AT_MOST_EVERY))
    }

    /// Streams that were idle for long: their ids may be given to others.
    pub(super) fn forget_idle(&mut self, now: Now, router: &mut Router) {
        if now.mono < self.next_forgetting() {
            return;
        }
        self.saving.last_forgotten = now.mono;
        self.ordinals.forget(self.settings.forget_after, now.mono);
        for id in self.streams.ids() {
            let stream = self.streams.get(id);
            if stream.key.is_some()
                && stream.is_idle()
                && now.mono.since(stream.last_used) >= self.settings.forget_after
            {
                *stream = super::stream::Stream::default();
                router.forget(id);
            }
        }
    }

    pub(super) fn saved(&mut self, ok: bool, now: Now, actions: &mut Vec<Action>) {
        self.saving.under_way = false;
        if ok {
            self.counters.add(Metric::Saves, 1);
            self.saving.failing = false;
            self.saving.behind_since = None;
            self.saving.saved_at = Some(now.wall);
        } else {
            self.counters.add(Metric::SavesFailed, 1);
            self.saving.dirty = true;
            if !std::mem::replace(&mut self.saving.failing, true) {
                actions.push(Action::Tell(Notice::NotSaved));
            }
        }
        if self.phase != Phase::Saving {
            return;
        }
        if !ok {
            self.saving.outcome = Some(Outcome::Undelivered {
                reason:
                    "the checkpoint could not be written, so the next start sends some lines again"
                        .into(),
            });
        } else if !self.saving.last {
            return self.save_last(now, actions);
        }
        self.phase = Phase::Finished;
        actions.extend(self.saving.outcome.take().map(Action::Finish));
    }

    fn save_and_finish(&mut self, outcome: Outcome, now: Now, actions: &mut Vec<Action>) {
        self.phase = Phase::Saving;
        self.saving.outcome = Some(outcome);
        // A save under way is of an older state: the last one follows it.
        if !self.saving.under_way {
            self.save_last(now, actions);
        }
    }

    fn save_last(&mut self, now: Now, actions: &mut Vec<Action>) {
        self.saving.last = true;
        self.save(now, actions);
    }

    /// Why a run that should end by itself cannot. What is parked only counts where nothing of the others is left to wait for.
    fn hopeless(&self, others_are_done: bool, now: Now) -> Option<String> {
        let sending = &self.sending;
        let patience_ends = |since: Millis| now.mono.since(since) >= ONCE_PATIENCE;
        if let (Some(trouble), Some(since)) = (&sending.trouble, sending.trouble_since) {
            let credentials = trouble.class == Class::Credentials
                && sending.failures_in_a_row() >= ONCE_CREDENTIALS;
            // Throttling ends; whatever else does not, has had its time.
            let patient = trouble.class == Class::Throttled || !patience_ends(since);
            if credentials || !patient {
                return Some(trouble.message.clone());
            }
        }
        let may_come = |stream: &Stream| match stream.mode {
            Mode::Live | Mode::LiveAfter(_) => false,
            Mode::Replaying => true,
            Mode::Parked => {
                let backlog = stream.backlog.as_ref();
                backlog.is_some_and(|backlog| backlog.attempts < ONCE_ATTEMPTS)
            }
        };
        let only_parked =
            others_are_done && !self.streams.iter().any(|(_, stream)| may_come(stream));
        self.streams.iter().find_map(|(id, stream)| {
            let fault = stream
                .fault
                .as_ref()
                .filter(|fault| patience_ends(fault.since))
                .map(|fault| &fault.message);
            let parked = stream
                .backlog
                .as_ref()
                .filter(|_| only_parked && stream.mode == Mode::Parked);
            let message = fault.or(parked.map(|backlog| &backlog.reason))?;
            Some(format!("{}: {message}", self.streams.key(id)))
        })
    }

    pub(super) fn wake(&self) -> Millis {
        let save = (self.saving.dirty && !self.saving.under_way).then_some(self.saving.next);
        // Where age alone seals nothing now, it is an answer that matters.
        let by_age = self.sending.takes_overdue();
        let tracks = [&self.live, &self.replay].into_iter();
        let buffers = tracks.filter(|_| by_age).filter_map(|track| {
            let (id, _) = track.open.front()?;
            let buffer = self.streams.peek(*id)?.buffer.as_ref()?;
            Some(buffer.opened.after(self.settings.flush_timeout))
        });
        let deadline = match self.phase {
            Phase::Draining { deadline } => deadline,
            _ => Millis::MAX,
        };
        let patience = self
            .sending
            .trouble_since
            .filter(|_| self.settings.once)
            .map(|since| since.after(ONCE_PATIENCE));
        let known = [
            self.sending_wake(),
            self.parking_wake(),
            self.losses_wake(),
            deadline,
        ];
        let forgetting = (self.streams.len() > 0).then(|| self.next_forgetting());
        buffers
            .chain(forgetting)
            .chain(save)
            .chain(patience)
            .chain(known)
            .min()
            .unwrap_or(Millis::MAX)
    }
}

impl Core {
    pub(super) fn finish_if_done(&mut self, now: Now, actions: &mut Vec<Action>) {
        let Phase::Draining { deadline } = self.state.phase else {
            return;
        };
        let state = &mut self.state;
        let empty = state.sending.is_empty()
            && state.live.open.is_empty()
            && state.live.awaiting.is_empty()
            && !state.live.cursor_asked;
        let replayed = state.replay.awaiting.is_empty() && state.replay.open.is_empty();
        let nothing_parked = !state.settings.once || state.parking.parked == 0;
        if empty && replayed && nothing_parked {
            // What was given up on the way is said in its stream before the end. With no tomorrow, gaps are decided on now.
            let last = !std::mem::replace(&mut state.saving.judged, true);
            if last && now.mono < deadline {
                state.judge_at_end(now);
            }
            if state.saving.marks_due && now.mono < deadline {
                state.write_marks(now, actions);
                state.seal_all(Side::Live);
                if !state.live.awaiting.is_empty() {
                    self.resolve(Side::Live, actions);
                    return self.state.dispatch(now, actions);
                }
            }
            let state = &mut self.state;
            return state.save_and_finish(Outcome::Delivered, now, actions);
        }
        if now.mono >= deadline {
            let reason = format!(
                "{} batches were not accepted in time; the next start sends them",
                state.sending.unaccepted()
            );
            return state.save_and_finish(Outcome::Undelivered { reason }, now, actions);
        }
        if state.settings.once
            && let Some(reason) = state.hopeless(empty && replayed, now)
        {
            state.save_and_finish(Outcome::Undelivered { reason }, now, actions);
        }
    }
}
