//! A batch that is refused: cut in two until the one event is found that is to blame, or cut smaller where size is.

use super::*;

impl State {
    /// Bisection: half of a refused batch is not refused, until the one event is found that is.
    pub(super) fn refused(
        &mut self,
        id: BatchId,
        stream_id: StreamId,
        reason: String,
        now: Now,
        actions: &mut Vec<Action>,
    ) {
        let batch = self
            .sending
            .batches
            .get_mut(&id)
            .expect("it was just answered");
        let events = batch.body.events();
        if events > 1 {
            let (head, tail) = batch.body.split(events / 2);
            self.replace(id, stream_id, vec![head, tail]);
            return;
        }
        if batch.body.api_bytes() > OLD_MAX_EVENT_BYTES && self.cut_event(id, stream_id) {
            return;
        }
        let stream = self.streams.get(stream_id);
        stream.refused_in_a_row += 1;
        if stream.refused_in_a_row > REFUSED_IN_A_ROW {
            self.fault(stream_id, reason, now, actions);
            self.hold(id, stream_id, now.mono.after(REQUEST.max));
            return;
        }
        let batch = self
            .sending
            .batches
            .remove(&id)
            .expect("it was just answered");
        debug_assert!(batch.body.api_bytes() >= EVENT_OVERHEAD);
        actions.push(Action::Quarantine {
            key: self.streams.key(stream_id),
            event: bytes::Bytes::copy_from_slice(batch.body.event(0)),
            reason,
        });
        if batch.body.marks.is_empty() {
            self.lose(stream_id, Loss::Refused, 1);
        }
        self.done(id, &batch, actions);
    }

    /// An event that only a newer server takes, as several; false when it cannot be cut.
    fn cut_event(&mut self, id: BatchId, stream_id: StreamId) -> bool {
        let Some(batch) = self.sending.batches.get(&id) else {
            return false;
        };
        let max = OLD_MAX_EVENT_BYTES - EVENT_OVERHEAD;
        let Some((timestamp_ms, parts)) = shrink::smaller(batch.body.event(0), max) else {
            return false;
        };
        let key = self.streams.key(stream_id);
        let (limits, pool) = (self.settings.limits, &mut self.pool);
        let part = |text: &String| {
            let event = serde_json::json!({"timestamp": timestamp_ms, "message": text}).to_string();
            let mut buffer = Buffer::open(&key, None, event.len(), pool);
            let chunk = buffer.next(event.len(), pool);
            chunk.extend_from_slice(event.as_bytes());
            let taken = buffer.take(timestamp_ms, text.len() + EVENT_OVERHEAD, &limits);
            taken.is_ok().then(|| buffer.seal(pool))
        };
        let Some(bodies) = parts.iter().map(part).collect::<Option<Vec<_>>>() else {
            return false;
        };
        self.replace(id, stream_id, bodies);
        self.sending.events_are_smaller = true;
        self.counters.add(Metric::LinesSplit, 1);
        true
    }

    /// A batch becomes several, in its place; its range is true when all of them are accepted.
    fn replace(&mut self, id: BatchId, stream_id: StreamId, bodies: Vec<Body>) {
        let Some(batch) = self.sending.batches.get_mut(&id) else {
            return;
        };
        self.used -= batch.body.payload.len();
        batch.attempts = 0;
        let (side, first, read_bytes, claim) =
            (batch.side, batch.first, batch.read_bytes, batch.claim);
        let realtime_usec = batch.realtime_usec;
        let mut ids = vec![id];
        for (place, body) in bodies.into_iter().enumerate() {
            self.used += body.payload.len();
            if place == 0 {
                if let Some(batch) = self.sending.batches.get_mut(&id) {
                    batch.body = body;
                }
                continue;
            }
            let rest = self.sending.add(stream_id, side, body, first, read_bytes);
            if side == Side::Live {
                self.firsts.add(first);
            }
            if let Some(batch) = self.sending.batches.get_mut(&rest) {
                batch.claim = claim;
                batch.realtime_usec = realtime_usec;
            }
            if let Some(claim) = claim.and_then(|claim| self.sending.claims.get_mut(&claim)) {
                claim.remaining += 1;
            }
            ids.push(rest);
        }
        let stream = self.streams.get(stream_id);
        let place = stream.outstanding.iter().position(|other| *other == id);
        let place = place.map_or(0, |place| place + 1);
        for (offset, rest) in ids.iter().skip(1).enumerate() {
            stream.outstanding.insert(place + offset, *rest);
        }
        for id in ids.into_iter().rev() {
            stream.held.push_front(id);
        }
    }
}
