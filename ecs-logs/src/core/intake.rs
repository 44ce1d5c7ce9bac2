//! Entries in, sealed batches out: the path every line takes, so nothing here allocates or hashes for an entry.

use super::{
    Action, Core, MARK_EVERY, Notice, Phase, Side, State, batch::Buffer, entity::Entity,
    loss::Loss, progress::Point, stream::Mode,
};
use crate::{
    cursor::Cursor,
    entry::Entry,
    intern::Interner,
    lines::Assembled,
    metrics::Metric,
    route::{Refusal, Route, StreamId},
    time::{Millis, Now},
};
use std::time::Duration;

/// A little before CloudWatch would reject it: the request has its way to go.
const AGE_MARGIN: Duration = Duration::from_secs(300);
/// CloudWatch takes events up to two hours ahead.
const AHEAD: Duration = Duration::from_secs(2 * 60 * 60 - 300);
/// A misconfigured host could otherwise tell of every container.
const MAX_REFUSALS_TOLD: usize = 10;
const SMALLEST_BUFFER: usize = 2_048;
/// Marks are counted from 1: an event that is a line.
const NO_MARK: u64 = 0;

impl Core {
    pub(super) fn entry(
        &mut self,
        side: Side,
        entry: &Entry,
        names: &Interner,
        cursor: Option<Cursor>,
        now: Now,
        actions: &mut Vec<Action>,
    ) {
        let state = &mut self.state;
        let track = state.track(side);
        track.position += 1;
        track.at_end = false;
        track.realtime_usec = entry.realtime_usec;
        track.read_at = now.mono;
        let position = track.position;
        if let Some(cursor) = cursor {
            if track.marks.newest().is_none() && side == Side::Live {
                state.saving.start = Some(Point::before(cursor));
            }
            track_cursor(state, side, cursor);
        }
        state.counters.add(Metric::Entries, 1);
        let numbered = side == Side::Live && self.router.believes(entry, names);
        match self.router.route(entry, names) {
            Route::Stream(id) => {
                let key = self.router.key(id);
                let stream = state.streams.open(id, key);
                if stream.entity == Entity::Unknown {
                    stream.entity = Entity::of(state.settings.entity, entry, names);
                }
                if side == Side::Live {
                    state.note_unit(id, entry, names);
                    if numbered {
                        state.number(id, entry, names, now);
                    }
                }
                if state.takes(side, id, cursor.as_ref()) {
                    let lines = match side {
                        Side::Live => &mut self.live_lines,
                        Side::Replay => &mut self.replay_lines,
                    };
                    lines.push(
                        id,
                        key,
                        entry,
                        names,
                        position,
                        since_start(now),
                        &mut |line| state.line(side, &line, names, now),
                    );
                }
            }
            Route::Ignored => state.counters.add(Metric::Ignored, 1),
            Route::Refused(refusal) => state.refused_entry(refusal, names, actions),
            Route::Suppressed { unit, dropped } if side == Side::Live => {
                let usec = entry.realtime_usec;
                state.suppressed(unit, dropped, usec, &self.router, now, actions);
            }
            Route::Suppressed { .. } => {}
        }
        let track = state.track(side);
        let marked = track.marks.newest().map_or(0, |mark| mark.position);
        // A full window ends reading, so nothing else would come to make room before the oldest batch is due.
        if !track.awaiting.is_empty() || position - marked >= MARK_EVERY || !self.reads(side) {
            self.advance(now, actions);
            self.ask_for_cursor(side, actions);
        }
    }

    pub(super) fn cursor(&mut self, side: Side, cursor: Option<Cursor>) {
        self.state.track(side).cursor_asked = false;
        match cursor {
            Some(cursor) => track_cursor(&mut self.state, side, cursor),
            // Without a cursor these batches have no range: should we crash, they come again.
            None => {
                let awaiting = std::mem::take(&mut self.state.track(side).awaiting);
                for batch in awaiting {
                    self.state.unclaimed(batch);
                }
            }
        }
    }

    pub(super) fn end(
        &mut self,
        side: Side,
        names: &Interner,
        now: Now,
        actions: &mut Vec<Action>,
    ) {
        self.state.track(side).at_end = true;
        if side == Side::Replay {
            self.drain_lines(side, names, now);
            self.state.seal_all(side);
        } else if self.state.settings.once && self.state.phase == Phase::Running {
            self.drain_lines(side, names, now);
            self.state.phase = Phase::Draining {
                deadline: Millis::MAX,
            };
        }
        self.state.seal_if_draining();
        self.ask_for_cursor(side, actions);
    }

    pub(super) fn drain(&mut self, deadline: Millis, actions: &mut Vec<Action>) {
        if matches!(self.state.phase, Phase::Running | Phase::Draining { .. }) {
            // Incomplete lines stay in the journal: the next start reads them again, with their missing pieces.
            self.state.phase = Phase::Draining { deadline };
            self.state.seal_if_draining();
            self.ask_for_cursor(Side::Live, actions);
            self.ask_for_cursor(Side::Replay, actions);
        }
    }

    pub(super) fn flush_lines(&mut self, names: &Interner, now: Now) {
        let state = &mut self.state;
        self.live_lines.flush_due(since_start(now), &mut |line| {
            state.line(Side::Live, &line, names, now)
        });
        self.replay_lines.flush_due(since_start(now), &mut |line| {
            state.line(Side::Replay, &line, names, now)
        });
    }

    fn drain_lines(&mut self, side: Side, names: &Interner, now: Now) {
        let state = &mut self.state;
        let lines = match side {
            Side::Live => &mut self.live_lines,
            Side::Replay => &mut self.replay_lines,
        };
        lines.drain(&mut |line| state.line(side, &line, names, now));
    }

    fn ask_for_cursor(&mut self, side: Side, actions: &mut Vec<Action>) {
        let track = self.state.track(side);
        let wanted = track.position > 0 && track.known().is_none();
        if wanted && !track.cursor_asked {
            track.cursor_asked = true;
            actions.push(Action::NeedCursor(side));
        }
    }

    /// Gives the sealed batches their ranges, now that the cursor at their end is known, and hands them to sending.
    pub(super) fn resolve(&mut self, side: Side, actions: &mut Vec<Action>) {
        let track = self.state.track(side);
        if track.awaiting.is_empty() {
            return;
        }
        let Some(cursor) = track.known() else {
            return self.ask_for_cursor(side, actions);
        };
        let position = track.position;
        for batch in std::mem::take(&mut track.awaiting) {
            let Some(stream) = self.state.sending.stream_of(batch) else {
                continue;
            };
            let lines = match side {
                Side::Live => &self.live_lines,
                Side::Replay => &self.replay_lines,
            };
            // Everything of the stream up to here is in this batch or in earlier ones: what comes later may have begun
            // before, when it is of several entries.
            let later = self.state.first_after(batch, stream);
            let first = later.into_iter().chain(lines.oldest_of(stream)).min();
            let covers = first.map_or(position, |first| position.min(first.saturating_sub(1)));
            let to = if covers == position {
                Some((covers, Point::at(cursor)))
            } else if covers + 1 == position {
                Some((covers, Point::before(cursor)))
            } else {
                let mark = self.state.track(side).marks.at_or_before(covers);
                mark.map(|mark| (mark.position, Point::at(mark.cursor)))
            };
            self.state.claim(side, batch, to, covers + 1 < position);
        }
    }
}

fn track_cursor(state: &mut State, side: Side, cursor: Cursor) {
    state.track(side).mark(cursor);
    if side == Side::Live {
        state.passed(&cursor);
    }
}

fn since_start(now: Now) -> Duration {
    now.mono.since(Millis::default())
}

impl State {
    /// Whether this side's entry of the stream is to be sent.
    fn takes(&mut self, side: Side, id: StreamId, cursor: Option<&Cursor>) -> bool {
        let stream = self.streams.get(id);
        let takes = match (side, stream.mode) {
            (Side::Live, Mode::Live) => true,
            (Side::Live, Mode::LiveAfter(last)) => match cursor {
                Some(cursor) if super::progress::is_after(cursor, &last) => {
                    stream.mode = Mode::Live;
                    let position = self.live.position;
                    if self.saving.restored.is_empty() {
                        for accepted in &mut stream.accepted {
                            accepted.until = accepted.until.min(position);
                        }
                    }
                    self.parking.waiting_for_live -= 1;
                    true
                }
                _ => false,
            },
            (Side::Replay, Mode::Replaying) => stream
                .backlog
                .as_ref()
                .is_some_and(|backlog| backlog.wants(cursor)),
            _ => false,
        };
        if !takes {
            return false;
        }
        let already = side == Side::Live
            && !self.saving.restored.is_empty()
            && cursor.is_some_and(|cursor| self.accepted_before(id, cursor));
        if already {
            self.counters.add(Metric::AlreadyAccepted, 1);
        }
        !already
    }

    /// Appends a whole line to its stream's buffer, as one event or several.
    fn line(&mut self, side: Side, assembled: &Assembled<'_, u64>, names: &Interner, now: Now) {
        let id = assembled.stream;
        let mut line = assembled.line;
        loop {
            self.open_buffer(side, id, assembled.first, now);
            let buffer = self
                .streams
                .get(id)
                .buffer
                .as_mut()
                .expect("a buffer was just opened");
            let chunk = buffer.next_line(line.text, &mut self.pool);
            let encoded = self.encoder.encode(&line, assembled.entry, names, chunk);
            let (timestamp_ms, api_bytes, rest) =
                (encoded.timestamp_ms, encoded.api_bytes, encoded.rest);
            buffer.line_appended(line.text);
            match sendable_time(
                timestamp_ms,
                assembled.entry.realtime_usec,
                now,
                self.settings.oldest,
            ) {
                Some(sendable) => {
                    if sendable != timestamp_ms {
                        let (start, chunk) = buffer.appended();
                        replace_timestamp(chunk, start, sendable);
                    }
                    self.place(side, id, assembled.first, sendable, api_bytes, NO_MARK, now);
                }
                None => {
                    let (start, chunk) = buffer.appended();
                    chunk.truncate(start);
                    self.drop_empty_buffer(id);
                    self.lose(id, Loss::TooOld, 1);
                }
            }
            match rest {
                Some(rest) => {
                    // Once a line, however many parts it has.
                    let first = rest.part.is_some_and(|part| part.number == 2);
                    self.counters.add(Metric::LinesSplit, u64::from(first));
                    line = rest;
                }
                None => return,
            }
        }
    }

    /// Appends an event that is encoded already, and the id of the mark that it is.
    #[expect(clippy::too_many_arguments, reason = "an event is all of these")]
    pub(super) fn append(
        &mut self,
        side: Side,
        id: StreamId,
        first: u64,
        event: &[u8],
        timestamp_ms: i64,
        api_bytes: usize,
        mark: u64,
        now: Now,
    ) {
        self.open_buffer(side, id, first, now);
        let buffer = self
            .streams
            .get(id)
            .buffer
            .as_mut()
            .expect("a buffer was just opened");
        let chunk = buffer.next(event.len(), &mut self.pool);
        chunk.extend_from_slice(event);
        self.place(side, id, first, timestamp_ms, api_bytes, mark, now);
    }

    fn open_buffer(&mut self, side: Side, id: StreamId, first: u64, now: Now) {
        let stream = self.streams.get(id);
        if stream.buffer.is_some() {
            return;
        }
        let likely = (stream.usual_bytes + stream.usual_bytes / 8).max(SMALLEST_BUFFER);
        let mut buffer = Buffer::open(
            stream
                .key
                .as_ref()
                .expect("a stream that takes entries has its key"),
            stream.entity.json(),
            likely,
            &mut self.pool,
        );
        self.serial += 1;
        buffer.opened = now.mono;
        buffer.serial = self.serial;
        buffer.first = first;
        buffer.side = side;
        if side == Side::Live {
            self.firsts.add(first);
        }
        self.used += buffer.len();
        let track = match side {
            Side::Live => &mut self.live,
            Side::Replay => &mut self.replay,
        };
        buffer.read_bytes = track.read_bytes;
        buffer.realtime_usec = track.realtime_usec;
        track.open.push_back((id, buffer.serial));
        stream.last_used = now.mono;
        stream.buffer = Some(Box::new(buffer));
        self.keep_chunks();
    }

    fn drop_empty_buffer(&mut self, id: StreamId) {
        let stream = self.streams.get(id);
        if let Some(buffer) = stream.buffer.take_if(|buffer| buffer.events() == 0) {
            self.used -= buffer.len();
            self.forget_first(buffer.side, buffer.first);
        }
    }

    pub(super) fn forget_first(&mut self, side: Side, first: u64) {
        if side == Side::Live {
            self.firsts.remove(first);
        }
    }

    /// Makes the bytes that were appended an event of the stream's batch, or of the next one if this one is full.
    #[expect(clippy::too_many_arguments, reason = "an event is all of these")]
    fn place(
        &mut self,
        side: Side,
        id: StreamId,
        first: u64,
        timestamp_ms: i64,
        api_bytes: usize,
        mark: u64,
        now: Now,
    ) {
        let limits = self.settings.limits;
        let buffer = self
            .streams
            .get(id)
            .buffer
            .as_mut()
            .expect("place follows open_buffer");
        let start = buffer.end();
        let taken = buffer.take(timestamp_ms, api_bytes, &limits);
        let size = buffer.len() - start;
        match taken {
            Ok(()) => {
                if mark != NO_MARK {
                    buffer.mark_last(mark);
                }
                if first < buffer.first {
                    if side == Side::Live {
                        self.firsts.remove(buffer.first);
                        self.firsts.add(first);
                    }
                    buffer.first = first;
                }
                let full = buffer.is_full(&limits);
                self.used += size;
                self.track(side).read_bytes += size as u64;
                if full {
                    self.seal(side, id);
                }
            }
            Err(event) => {
                self.seal(side, id);
                self.append(side, id, first, &event, timestamp_ms, api_bytes, mark, now);
            }
        }
    }

    pub(super) fn refused_entry(
        &mut self,
        refusal: Refusal,
        names: &Interner,
        actions: &mut Vec<Action>,
    ) {
        self.counters.add(Metric::Untrusted, 1);
        if self.refusals_told.len() < MAX_REFUSALS_TOLD && !self.refusals_told.contains(&refusal) {
            self.refusals_told.push(refusal);
            actions.push(Action::Tell(Notice::Refused(refusal.describe(names))));
        }
    }
}

/// The time to send an event with: its own where CloudWatch takes that, else the journal's; nothing when both are too old.
pub(crate) fn sendable_time(
    own_ms: i64,
    realtime_usec: u64,
    now: Now,
    oldest: Duration,
) -> Option<i64> {
    if oldest == Duration::MAX {
        return Some(own_ms);
    }
    let millis = |wait: Duration| wait.as_millis() as i64;
    let least = now.wall.0 - millis(oldest.saturating_sub(AGE_MARGIN));
    let most = now.wall.0 + millis(AHEAD);
    if (least..=most).contains(&own_ms) {
        return Some(own_ms);
    }
    let journal_ms = (realtime_usec / 1_000) as i64;
    // In the future it is the clock that was wrong: the line is delivered, with the time of today.
    (journal_ms >= least).then_some(if journal_ms <= most {
        journal_ms
    } else {
        now.wall.0
    })
}

fn replace_timestamp(body: &mut Vec<u8>, start: usize, timestamp_ms: i64) {
    const HEAD: usize = b"{\"timestamp\":".len();
    let digits = start + HEAD;
    let end = body[digits..]
        .iter()
        .position(|&byte| byte == b',')
        .map_or(digits, |length| digits + length);
    body.splice(digits..end, timestamp_ms.to_string().into_bytes());
}
