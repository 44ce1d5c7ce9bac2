//! Entries in, sealed batches out: the path every line takes, so nothing here allocates or hashes for an entry.

use super::{
    Action, BatchId, Core, MARK_EVERY, Notice, Phase, SEAL_BEHIND_WINDOWS, SPAN_WINDOWS, Side,
    State,
    batch::{Buffer, MAX_BATCH_BYTES},
    entity::Entity,
    loss::Loss,
    progress::{Point, Range},
    stream::Mode,
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
/// What an event has around its message; a quarter more for what is escaped in that.
const AROUND_MESSAGE: usize = 1_024;
/// Marks are counted from 1: an event that is a line.
const NO_MARK: u64 = 0;
/// Requests that keep the sender busy while the next are read; where answers take longer than this many milliseconds, one
/// for each of them.
const KEPT_BUSY: usize = 4;
const SLOW_MS: usize = 10;
/// A buffer of this size goes before the window is full, if the sender has nothing to do.
const WORTH_A_REQUEST: usize = 512 << 10;

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
            self.state.seal_all(side, now);
        } else if self.state.settings.once && self.state.phase == Phase::Running {
            self.drain_lines(side, names, now);
            self.state.phase = Phase::Draining {
                deadline: Millis::MAX,
            };
        }
        self.state.seal_if_draining(now);
        self.ask_for_cursor(side, actions);
    }

    pub(super) fn drain(&mut self, deadline: Millis, now: Now, actions: &mut Vec<Action>) {
        if matches!(self.state.phase, Phase::Running | Phase::Draining { .. }) {
            // Incomplete lines stay in the journal: the next start reads them again, with their missing pieces.
            self.state.phase = Phase::Draining { deadline };
            self.state.seal_if_draining(now);
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
            let bytes = line.text.len().min(MAX_BATCH_BYTES) * 5 / 4 + AROUND_MESSAGE;
            let chunk = buffer.next(bytes, &mut self.pool);
            let encoded = self.encoder.encode(&line, assembled.entry, names, chunk);
            let (timestamp_ms, api_bytes, rest) =
                (encoded.timestamp_ms, encoded.api_bytes, encoded.rest);
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

    /// Closes the stream's buffer; it goes to sending once the cursor is known that tells how far it reaches.
    fn seal(&mut self, side: Side, id: StreamId) -> Option<BatchId> {
        let stream = self.streams.get(id);
        let buffer = stream.buffer.take()?;
        debug_assert_eq!(buffer.side, side);
        let open_bytes = buffer.len();
        let (first, read_bytes) = (buffer.first, buffer.read_bytes);
        let realtime_usec = buffer.realtime_usec;
        let body = buffer.seal(&mut self.pool);
        stream.usual_bytes = body.payload.len();
        self.used = self.used - open_bytes + body.payload.len();
        let batch = self.sending.add(id, side, body, first, read_bytes);
        self.sending.received_at(batch, realtime_usec);
        self.streams.get(id).outstanding.push_back(batch);
        self.track(side).awaiting.push(batch);
        Some(batch)
    }

    /// The first position that is in the stream's batches behind this one.
    fn first_after(&self, batch: BatchId, stream: StreamId) -> Option<u64> {
        let stream = self.streams.peek(stream)?;
        let later = stream.outstanding.iter().filter(|other| **other > batch);
        let sealed = later.filter_map(|other| self.sending.first_of(*other));
        let open = stream.buffer.as_ref().map(|buffer| buffer.first);
        sealed.chain(open).min()
    }

    /// The range of a sealed batch: from where the stream's last one ended to `to`.
    fn claim(
        &mut self,
        side: Side,
        batch: BatchId,
        to: Option<(u64, Point)>,
        tail_unclaimed: bool,
    ) {
        let Some((id, first)) = self
            .sending
            .stream_of(batch)
            .zip(self.sending.first_of(batch))
        else {
            return;
        };
        let mark = self
            .track(side)
            .marks
            .at_or_before(first.saturating_sub(1))
            .map(|mark| Point::at(mark.cursor));
        let start = self.start_of(side, id);
        let stream = self.streams.get(id);
        // Until the live reader is past what replay has read, the stream's live batches are marks alone, and its entries on this
        // stretch are in those of replay.
        let behind = side == Side::Live && matches!(stream.mode, Mode::LiveAfter(_));
        let to = to.filter(|_| !behind);
        let sealed_to = stream
            .sealed_to
            .filter(|(position, _)| *position < first)
            .map(|(_, point)| point);
        let from = sealed_to.or(mark).or(start);
        let ordered = stream.tail_unclaimed;
        stream.tail_unclaimed = tail_unclaimed || to.is_none();
        if to.is_some() {
            stream.sealed_to = to;
        }
        let range = from
            .zip(to)
            .and_then(|(from, (until, to))| Range::new(from, to).map(|range| (range, until)));
        self.sending.enqueue(batch, range, ordered);
    }

    /// A sealed batch whose reach is not known.
    fn unclaimed(&mut self, batch: BatchId) {
        if let Some(id) = self.sending.stream_of(batch) {
            let stream = self.streams.get(id);
            stream.tail_unclaimed = true;
            self.sending.enqueue(batch, None, false);
        }
    }

    pub(super) fn seal_all(&mut self, side: Side, _now: Now) {
        for (id, serial) in std::mem::take(&mut self.track(side).open) {
            if self.is_open(id, serial) {
                self.seal(side, id);
            }
        }
    }

    fn seal_if_draining(&mut self, now: Now) {
        if matches!(self.phase, Phase::Draining { .. }) {
            self.seal_all(Side::Live, now);
            self.seal_all(Side::Replay, now);
        }
    }

    fn is_open(&self, id: StreamId, serial: u64) -> bool {
        let buffer = self
            .streams
            .peek(id)
            .and_then(|stream| stream.buffer.as_ref());
        buffer.is_some_and(|buffer| buffer.serial == serial)
    }

    /// Seals what has waited long enough, or lies far behind what is read by now.
    pub(super) fn seal_due(&mut self, now: Now) {
        let (timeout, window) = (
            self.settings.flush_timeout,
            self.settings.window_bytes as u64,
        );
        for side in [Side::Live, Side::Replay] {
            while let Some(&(id, serial)) = self.track(side).open.front() {
                let read_bytes = self.track(side).read_bytes;
                let buffer = self
                    .streams
                    .peek(id)
                    .and_then(|stream| stream.buffer.as_ref())
                    .filter(|buffer| buffer.serial == serial);
                if let Some(buffer) = buffer {
                    let behind = read_bytes - buffer.read_bytes >= SEAL_BEHIND_WINDOWS * window;
                    let due = now.mono.since(buffer.opened) >= timeout;
                    let may = due && self.sending.takes_overdue();
                    if !behind && !may {
                        break;
                    }
                    if let Some(batch) = self.seal(side, id) {
                        self.sending.is_overdue(batch);
                    }
                }
                self.track(side).open.pop_front();
            }
        }
        let most = self.sending.known_oldest + SPAN_WINDOWS * window;
        if self.live.read_bytes >= most {
            // What is known only grows, so looking again is seldom.
            self.sending.known_oldest = self
                .sending
                .oldest_read_bytes(Side::Live)
                .unwrap_or(self.live.read_bytes);
        }
        self.sending.too_far_ahead =
            self.live.read_bytes >= self.sending.known_oldest + SPAN_WINDOWS * window;
    }

    /// Makes room when the window is full and requests could be sent: the largest buffers go, for they cost the fewest
    /// requests. From half a window on a few large ones keep the sender busy, which would else wait for the window to fill.
    pub(super) fn seal_for_room(&mut self, _now: Now, held: usize) {
        let window = self.settings.window_bytes;
        let under_way = self.sending.in_flight + self.sending.waiting_to_go();
        let free = self.sending.limit.get().saturating_sub(under_way);
        // Where a replay is under way, it stops short of the window.
        let side = match self.parking.pass {
            Some(_) => Side::Replay,
            None => Side::Live,
        };
        let (wanted, smallest) = if self.used + held >= self.room(side) {
            (free, 0)
        } else if self.used >= window / 2 {
            let latency = self.sending.limit.latency_ms() as usize;
            let busy = if latency < SLOW_MS {
                KEPT_BUSY
            } else {
                latency
            };
            (free.min(busy.saturating_sub(under_way)), WORTH_A_REQUEST)
        } else {
            return;
        };
        if wanted == 0 {
            return;
        }
        let mut open: Vec<(usize, StreamId, Side)> = self
            .streams
            .iter()
            .filter_map(|(id, stream)| {
                let side = if stream.mode == Mode::Replaying {
                    Side::Replay
                } else {
                    Side::Live
                };
                let bytes = stream.buffer.as_ref()?.len();
                (bytes >= smallest).then_some((bytes, id, side))
            })
            .collect();
        // With ten thousand of them open, not for every one that goes.
        let many = if smallest == 0 { open.len() / 64 } else { 0 };
        let count = wanted.max(many).min(open.len());
        if count == 0 {
            return;
        }
        open.select_nth_unstable_by(count - 1, |a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
        open.truncate(count);
        for (_, id, side) in open {
            self.seal(side, id);
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
