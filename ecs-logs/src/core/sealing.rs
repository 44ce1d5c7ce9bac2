//! When a stream's buffer becomes a batch: it is full, has waited long enough, lies far behind, or makes room for others.

use super::{
    BatchId, Phase, Side, State,
    progress::{Point, Range},
    stream::Mode,
};
use crate::{route::StreamId, time::Now};

/// Reading may get this many windows ahead of the oldest unaccepted event: one slow request must not stop the others.
const SPAN_WINDOWS: u64 = 8;
/// A buffer this many windows behind is sealed, however small.
const SEAL_BEHIND_WINDOWS: u64 = 2;
/// Requests that keep the sender busy while the next are read; where answers take longer than this many milliseconds, one
/// for each of them.
const KEPT_BUSY: usize = 4;
const SLOW_MS: usize = 10;
/// A buffer of this size goes before the window is full, if the sender has nothing to do.
const WORTH_A_REQUEST: usize = 512 << 10;

impl State {
    /// Closes the stream's buffer; it goes to sending once the cursor is known that tells how far it reaches.
    pub(super) fn seal(&mut self, side: Side, id: StreamId) -> Option<BatchId> {
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
    pub(super) fn first_after(&self, batch: BatchId, stream: StreamId) -> Option<u64> {
        let stream = self.streams.peek(stream)?;
        let later = stream.outstanding.iter().filter(|other| **other > batch);
        let sealed = later.filter_map(|other| self.sending.first_of(*other));
        let open = stream.buffer.as_ref().map(|buffer| buffer.first);
        sealed.chain(open).min()
    }

    /// The range of a sealed batch: from where the stream's last one ended to `to`.
    pub(super) fn claim(
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
    pub(super) fn unclaimed(&mut self, batch: BatchId) {
        if let Some(id) = self.sending.stream_of(batch) {
            let stream = self.streams.get(id);
            stream.tail_unclaimed = true;
            self.sending.enqueue(batch, None, false);
        }
    }

    pub(super) fn seal_all(&mut self, side: Side) {
        for (id, serial) in std::mem::take(&mut self.track(side).open) {
            if self.is_open(id, serial) {
                self.seal(side, id);
            }
        }
    }

    pub(super) fn seal_if_draining(&mut self) {
        if matches!(self.phase, Phase::Draining { .. }) {
            self.seal_all(Side::Live);
            self.seal_all(Side::Replay);
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
    pub(super) fn seal_for_room(&mut self, held: usize) {
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
}
