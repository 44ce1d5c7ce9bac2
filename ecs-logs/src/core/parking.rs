//! One bad stream harms no other. A stream with a fault of its own is parked: its memory is freed, it leaves the low-water
//! mark, and its entries stay in the journal. Later a second reader goes back for all parked streams that are due in one
//! pass; where that pass has caught up with the live reader, the streams that were accepted take live entries again.

use super::{
    Action, Notice, Phase, Side, State, Track,
    loss::Stage,
    progress::{Mark, Point, Range, add_range, is_after},
    retry::{Backoff, PARKED},
    stream::{Accepted, Mode},
};
use crate::{
    cursor::Cursor,
    route::StreamId,
    time::{Millis, Now},
};
use std::{collections::BTreeSet, time::Duration};

/// What a stream still has to get from the journal behind the live reader's back.
#[derive(Clone, Debug)]
pub(super) struct Backlog {
    /// All before and with this is accepted.
    pub from: Point,
    /// Accepted beyond it.
    pub accepted: Vec<Range>,
    /// Where replay ends for it, once that has caught up.
    pub until: Option<Cursor>,
    pub reason: String,
    /// Passes that did not bring it back.
    pub attempts: u32,
    pub next_try: Millis,
}

impl Backlog {
    pub(super) fn wants(&self, cursor: Option<&Cursor>) -> bool {
        cursor.is_some_and(|cursor| {
            is_after(cursor, &self.from.cursor)
                && !self.accepted.iter().any(|range| range.contains(cursor))
        })
    }

    pub(super) fn accept(&mut self, range: Range) {
        add_range(&mut self.accepted, range);
        // What lies at the beginning moves the beginning.
        while let Some(first) = self
            .accepted
            .first()
            .filter(|first| first.to.exact && !is_after(&first.from.cursor, &self.from.cursor))
        {
            if is_after(&first.to.cursor, &self.from.cursor) {
                self.from = first.to;
            }
            self.accepted.remove(0);
        }
    }
}

#[derive(Debug, Default)]
pub(super) struct Parking {
    /// Streams that are parked or being replayed.
    pub parked: usize,
    /// The pass under way.
    pub pass: Option<Pass>,
    /// Streams for which replay came further than the live reader.
    pub waiting_for_live: usize,
    due: BTreeSet<(Millis, StreamId)>,
}

#[derive(Debug)]
pub(super) struct Pass {
    pub streams: usize,
}

/// Streams that are due a little later join the pass: it is the reading that costs.
const JOIN_WITHIN: Duration = Duration::from_secs(5);
/// Without a tomorrow there is no point in long waits.
const ONCE: Backoff = Backoff {
    first: Duration::from_millis(500),
    max: Duration::from_secs(5),
};
/// With `once`, passes before a parked stream is left for another day.
pub(super) const ONCE_ATTEMPTS: u32 = 4;

impl State {
    /// Takes the stream out of everybody's way.
    pub(super) fn park(&mut self, id: StreamId, now: Now, actions: &mut Vec<Action>) {
        let reason = self
            .streams
            .peek(id)
            .and_then(|stream| stream.fault.as_ref())
            .map_or(String::new(), |fault| fault.message.clone());
        let from = self.resume_point();
        let key = self.streams.key(id);
        self.withdraw(id);
        let stream = self.streams.get(id);
        let buffer = stream.buffer.take();
        if let Some(buffer) = buffer {
            self.used -= buffer.len();
            self.forget_first(buffer.side, buffer.first);
        }
        let stream = self.streams.get(id);
        for owed in &mut stream.owed {
            if owed.stage == Stage::Written {
                owed.stage = Stage::Due;
                self.saving.marks_due = true;
            }
        }
        stream.sealed_to = None;
        stream.tail_unclaimed = false;
        let new = stream.backlog.is_none();
        let was = std::mem::replace(&mut stream.mode, Mode::Parked);
        let Some(mut backlog) = stream.backlog.take().map(|backlog| *backlog).or_else(|| {
            from.map(|from| Backlog {
                from,
                accepted: Vec::new(),
                until: None,
                reason: String::new(),
                attempts: 0,
                next_try: now.mono,
            })
        }) else {
            // Nothing was ever read with a cursor, so nothing of this stream can have been sent.
            stream.mode = was;
            return;
        };
        // What went to it live between two faults.
        if let Some(until) = backlog.until.take() {
            let live = from.and_then(|from| Range::new(Point::at(until), from));
            live.into_iter().for_each(|range| backlog.accept(range));
        }
        for accepted in std::mem::take(&mut stream.accepted) {
            backlog.accept(accepted.range);
        }
        if !reason.is_empty() {
            backlog.reason = reason;
        }
        backlog.attempts += 1;
        let pace = if self.settings.once { ONCE } else { PARKED };
        backlog.next_try = now
            .mono
            .after(pace.first / 2)
            .after(pace.wait(backlog.attempts, &mut self.rng));
        self.parking.due.insert((backlog.next_try, id));
        if new {
            let message = backlog.reason.clone();
            actions.push(Action::Tell(Notice::Parked { key, message }));
        }
        stream.backlog = Some(Box::new(backlog));
        match was {
            Mode::Live => self.parking.parked += 1,
            Mode::LiveAfter(_) => {
                self.parking.parked += 1;
                self.parking.waiting_for_live -= 1;
            }
            Mode::Replaying => self.left_pass(actions),
            Mode::Parked => {}
        }
        self.saving.dirty = true;
    }

    /// A parked stream from the checkpoint.
    pub(super) fn park_restored(
        &mut self,
        id: StreamId,
        from: Cursor,
        accepted: Vec<Range>,
        reason: String,
        now: Now,
    ) {
        let backlog = Backlog {
            from: Point::at(from),
            accepted,
            until: None,
            reason,
            attempts: 0,
            next_try: now.mono,
        };
        let stream = self.streams.get(id);
        stream.mode = Mode::Parked;
        stream.backlog = Some(Box::new(backlog));
        self.parking.parked += 1;
        self.parking.due.insert((now.mono, id));
    }

    /// Back to where it began, for later.
    pub(super) fn abandon_pass(&mut self, now: Now, actions: &mut Vec<Action>) {
        for id in self.streams.ids() {
            if self.streams.get(id).mode == Mode::Replaying {
                self.park(id, now, actions);
            }
        }
    }

    fn left_pass(&mut self, actions: &mut Vec<Action>) {
        if let Some(pass) = &mut self.parking.pass {
            pass.streams -= 1;
            if pass.streams == 0 {
                self.end_pass(actions);
            }
        }
    }

    fn end_pass(&mut self, actions: &mut Vec<Action>) {
        self.parking.pass = None;
        self.replay.cursor_asked = false;
        actions.push(Action::StopReplay);
    }

    /// Begins a pass when a parked stream is due, and ends it where it has caught up.
    pub(super) fn unpark_due(&mut self, now: Now, actions: &mut Vec<Action>) {
        if self.parking.pass.is_some() {
            return self.hand_over(actions);
        }
        let due = self
            .parking
            .due
            .first()
            .is_some_and(|(at, _)| *at <= now.mono);
        if !self.replays() || !due || self.sending.is_paused(now) {
            return;
        }
        let until = now.mono.after(JOIN_WITHIN);
        let joining: Vec<StreamId> = self
            .parking
            .due
            .iter()
            .take_while(|(at, _)| *at <= until)
            .map(|(_, id)| *id)
            .collect();
        self.parking.due.retain(|(at, _)| *at > until);
        let mut after: Option<Cursor> = None;
        for &id in &joining {
            let stream = self.streams.get(id);
            stream.mode = Mode::Replaying;
            let Some(backlog) = &stream.backlog else {
                continue;
            };
            let from = backlog.from.cursor;
            after = Some(
                after
                    .filter(|least| !is_after(least, &from))
                    .unwrap_or(from),
            );
        }
        let Some(after) = after else { return };
        self.replay = Track::default();
        self.replay.marks.add(Mark {
            position: 0,
            cursor: after,
        });
        self.parking.pass = Some(Pass {
            streams: joining.len(),
        });
        actions.push(Action::Tell(Notice::Replaying {
            streams: joining.len(),
        }));
        actions.push(Action::StartReplay { after });
    }

    /// Where replay has read at least as far as the live reader, and both know where they are, its streams go live.
    fn hand_over(&mut self, actions: &mut Vec<Action>) {
        if !self.replay.at_end || !self.replay.awaiting.is_empty() || !self.replay.open.is_empty() {
            return;
        }
        let Some(replayed) = self.replay.known() else {
            return;
        };
        let live = self.live.known();
        if live.is_none() && self.live.position > 0 {
            if !self.live.cursor_asked {
                self.live.cursor_asked = true;
                actions.push(Action::NeedCursor(Side::Live));
            }
            return;
        }
        if live.is_some_and(|live| is_after(&live, &replayed)) {
            return; // read on
        }
        let ahead = live.is_none_or(|live| is_after(&replayed, &live));
        let live_position = self.live.position;
        for id in self.streams.ids() {
            let stream = self.streams.get(id);
            if stream.mode != Mode::Replaying {
                continue;
            }
            stream.mode = if ahead {
                Mode::LiveAfter(replayed)
            } else {
                Mode::Live
            };
            stream.sealed_to = Some((live_position, Point::at(replayed)));
            stream.tail_unclaimed = false;
            if let Some(backlog) = &mut stream.backlog {
                backlog.until = Some(replayed);
            }
            self.parking.waiting_for_live += usize::from(ahead);
            self.parking.parked -= 1;
            self.settle(id, actions);
        }
        self.end_pass(actions);
    }

    /// A stream that is live again and has nothing of its backlog under way has none.
    pub(super) fn settle(&mut self, id: StreamId, actions: &mut Vec<Action>) {
        let waits = self.streams.peek(id).is_some_and(|stream| {
            let live = matches!(stream.mode, Mode::Live | Mode::LiveAfter(_));
            live && stream.backlog.is_some()
                && !self.sending.any_of(&stream.outstanding, Side::Replay)
        });
        if !waits {
            return;
        }
        // The last checkpoint's place, for marks above it may still be thinned out, and the next one's is never before it.
        let resume = self.saving.resume.map(Point::at).or(self.saving.start);
        let live_position = self.live.position;
        let stream = self.streams.get(id);
        let replayed = stream.backlog.take().and_then(|backlog| backlog.until);
        // The low-water mark may lie far behind what replay delivered.
        let range = resume
            .zip(replayed)
            .and_then(|(from, to)| Range::new(from, Point::at(to)));
        if let Some(range) = range {
            let until = match stream.mode {
                Mode::LiveAfter(_) => u64::MAX,
                _ => live_position,
            };
            stream.accepted.insert(0, Accepted { range, until });
        }
        // What it has lost meanwhile is said now.
        self.saving.marks_due |= !stream.owed.is_empty();
        let key = self.streams.key(id);
        actions.push(Action::Tell(Notice::Unparked { key }));
        self.saving.dirty = true;
    }

    /// What a range that became true means for its stream.
    pub(super) fn range_accepted(
        &mut self,
        id: StreamId,
        side: Side,
        orphan: bool,
        range: Range,
        until: u64,
    ) {
        let stream = self.streams.get(id);
        if side == Side::Live && !orphan {
            stream.accept(range, until);
        } else if let Some(backlog) = &mut stream.backlog {
            backlog.accept(range);
        }
    }

    /// Whether parked streams are gone back for. While the agent stops they are not: the next start does that.
    fn replays(&self) -> bool {
        let last_chance = self.settings.once && matches!(self.phase, Phase::Draining { .. });
        self.phase == Phase::Running || last_chance
    }

    pub(super) fn parking_wake(&self) -> Millis {
        let due = self
            .parking
            .due
            .first()
            .map(|(at, _)| *at)
            .filter(|_| self.parking.pass.is_none() && self.replays());
        due.map_or(Millis::MAX, |due| due.max(self.sending.paused_until()))
    }
}
