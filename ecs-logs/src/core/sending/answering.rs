//! What an answer means: for its batch, for its stream, and for everything that is sent.

use super::*;

impl State {
    /// An answer. Returns the streams that were parked over it.
    #[must_use]
    pub(in crate::core) fn answered(
        &mut self,
        id: BatchId,
        answer: Answer,
        now: Now,
        actions: &mut Vec<Action>,
    ) -> Vec<StreamId> {
        let Some(batch) = self.sending.batches.get_mut(&id) else {
            return Vec::new();
        };
        let Some(sent) = batch.sent.take() else {
            return Vec::new();
        };
        let (stream_id, orphan) = (batch.stream, batch.orphan);
        batch.attempts += 1;
        let attempts = batch.attempts;
        let wanted = self.sending.in_flight >= self.sending.limit.get();
        self.sending.in_flight -= 1;
        let stream = self.streams.get(stream_id);
        stream.in_flight -= 1;
        let mut parked = Vec::new();
        match answer {
            Answer::Accepted(rejected) => {
                self.counters.add(Metric::RequestsAccepted, 1);
                self.sending.limit.succeeded(now.mono.since(sent), wanted);
                self.recovered(actions);
                self.accepted(id, rejected, now, actions);
                parked = self.park_faulty(stream_id, sent, now, actions);
            }
            Answer::Failed(_) if orphan => self.forget_orphan(id),
            Answer::Failed(failure) => {
                self.failed(id, stream_id, attempts, sent, failure, now, actions);
            }
        }
        self.release(stream_id);
        parked
    }

    #[expect(clippy::too_many_arguments, reason = "a failure is all of these")]
    fn failed(
        &mut self,
        id: BatchId,
        stream_id: StreamId,
        attempts: u32,
        sent: Millis,
        failure: Failure,
        now: Now,
        actions: &mut Vec<Action>,
    ) {
        match failure.class {
            Class::Throttled | Class::Transient | Class::Credentials => {
                self.counters.add(
                    match failure.class {
                        Class::Throttled => Metric::RequestsThrottled,
                        Class::Credentials => Metric::RequestsUnauthorised,
                        _ => Metric::RequestsFailed,
                    },
                    1,
                );
                self.trouble(&failure, sent, now, actions);
                let wait = pace(failure.class)
                    .wait(attempts, &mut self.rng)
                    .max(failure.retry_after.unwrap_or_default());
                self.hold(id, stream_id, now.mono.after(wait));
                // Throttling and credentials are the account's; but what fails ten times over while others are accepted is the
                // stream's own, whatever the service calls it, and would hold the low-water mark of all.
                if attempts >= ATTEMPTS_BEFORE_FAULT && failure.class == Class::Transient {
                    self.fault(stream_id, failure.message, now, actions);
                }
            }
            Class::Missing => {
                self.counters.add(Metric::RequestsMissing, 1);
                // Whoever knows that has let us in.
                self.recovered(actions);
                let batch = self
                    .sending
                    .batches
                    .get_mut(&id)
                    .expect("it was just answered");
                batch.missing += 1;
                let missing = batch.missing;
                self.streams.get(stream_id).held.push_front(id);
                let group_is_missing = failure.message.contains(NO_GROUP);
                if missing > MISSING_ROUNDS {
                    self.fault(stream_id, failure.message, now, actions);
                    let wait = REQUEST.wait(missing, &mut self.rng);
                    self.stream_waits(stream_id, now.mono.after(wait));
                }
                self.queue_creation(stream_id, group_is_missing);
            }
            Class::Faulty => {
                self.counters.add(Metric::RequestsRefused, 1);
                self.fault(stream_id, failure.message, now, actions);
                let wait = REQUEST.wait(attempts + 3, &mut self.rng);
                self.hold(id, stream_id, now.mono.after(wait));
            }
            Class::Refused => {
                self.counters.add(Metric::RequestsRefused, 1);
                self.refused(id, stream_id, failure.message, now, actions);
            }
        }
    }

    /// Trouble that is nobody's own: fewer requests at once, and a pause when nothing else is heard.
    pub(super) fn trouble(
        &mut self,
        failure: &Failure,
        sent: Millis,
        now: Now,
        actions: &mut Vec<Action>,
    ) {
        let sending = &mut self.sending;
        sending.limit.pushed_back(now.mono);
        // Those that were under way together fail together: that is one failure.
        if sending.last_failure.is_none_or(|last| sent >= last) {
            sending.failures_in_a_row += 1;
            sending.last_failure = Some(now.mono);
        }
        sending.trouble_since.get_or_insert(now.mono);
        let told = sending
            .told
            .get(&failure.class)
            .is_some_and(|told| now.mono.since(*told) < TELL_EVERY);
        if !told {
            sending.told.insert(failure.class, now.mono);
            actions.push(Action::Tell(Notice::Trouble {
                class: failure.class,
                message: failure.message.clone(),
            }));
        }
        sending.trouble = Some(failure.clone());
        let pauses =
            failure.class == Class::Throttled || sending.failures_in_a_row >= FAILURES_BEFORE_PAUSE;
        if pauses {
            let wait = pace(failure.class).wait(
                sending.failures_in_a_row.min(ATTEMPTS_BEFORE_FAULT),
                &mut self.rng,
            );
            let until = now.mono.after(wait);
            sending.pause_until = Some(sending.pause_until.map_or(until, |known| known.max(until)));
        }
    }

    fn recovered(&mut self, actions: &mut Vec<Action>) {
        let sending = &mut self.sending;
        if sending.trouble.take().is_some() && sending.failures_in_a_row >= FAILURES_BEFORE_PAUSE {
            actions.push(Action::Tell(Notice::Recovered {
                failures: sending.failures_in_a_row,
            }));
        }
        sending.trouble_since = None;
        sending.failures_in_a_row = 0;
    }

    /// The batch is with CloudWatch: it leaves the window, and its range becomes true.
    fn accepted(&mut self, id: BatchId, rejected: Rejected, now: Now, actions: &mut Vec<Action>) {
        let Some(batch) = self.sending.batches.remove(&id) else {
            return;
        };
        let events = batch.body.events();
        // Our own marks are no lines: losing one is not told by another.
        let lines = (events as u64).saturating_sub(batch.body.marks.len() as u64);
        let too_old = (rejected.too_old as u64).min(lines);
        let too_new = rejected
            .too_new_from
            .map_or(0, |from| events.saturating_sub(from) as u64)
            .min(lines - too_old);
        self.counters
            .add(Metric::EventsAccepted, events as u64 - too_old - too_new);
        let billed = batch.body.api_bytes() as u64;
        self.counters.add(Metric::BytesAccepted, billed);
        let group = self.streams.key(batch.stream).group;
        let bytes = billed.saturating_sub((events * EVENT_OVERHEAD) as u64);
        self.groups.add(&group, bytes, billed);
        self.counters
            .add(Metric::BytesSent, batch.body.payload.len() as u64);
        self.lose(batch.stream, Loss::TooOld, too_old);
        self.lose(batch.stream, Loss::TooNew, too_new);
        let stream = self.streams.get(batch.stream);
        stream.refused_in_a_row = 0;
        stream.last_used = now.mono;
        if let (Some(reason), Some(_)) = (rejected.entity, stream.entity.json())
            && let Some(key) = stream.key.clone()
        {
            stream.entity = Entity::None;
            actions.push(Action::Tell(Notice::EntityRefused { key, reason }));
        }
        if !batch.orphan {
            stream.fault = None;
            self.sending.faulty.remove(&batch.stream);
        }
        self.done(id, &batch, actions);
        self.pool.give(batch.body.payload);
        self.keep_chunks();
    }

    /// The batch needs no more requests, accepted or given up.
    pub(super) fn done(&mut self, id: BatchId, batch: &Batch, actions: &mut Vec<Action>) {
        if !batch.orphan {
            self.used -= batch.body.payload.len();
            self.forget_first(batch.side, batch.first);
            self.streams
                .get(batch.stream)
                .outstanding
                .retain(|other| *other != id);
        }
        self.settle_marks(batch.stream, &batch.body.marks);
        self.saving.dirty = true;
        if let Some(claim) = batch.claim.and_then(|id| self.sending.claims.get_mut(&id)) {
            claim.remaining -= 1;
            if claim.remaining == 0 {
                let (range, until) = (claim.range, claim.until);
                batch.claim.and_then(|id| self.sending.claims.remove(&id));
                self.range_accepted(batch.stream, batch.side, batch.orphan, range, until);
                let key = self.streams.key(batch.stream);
                actions.push(Action::Accepted { key, range });
            }
        }
        self.settle(batch.stream, actions);
    }

    pub(super) fn fault(
        &mut self,
        id: StreamId,
        message: String,
        now: Now,
        actions: &mut Vec<Action>,
    ) {
        let key = self.streams.key(id);
        let stream = self.streams.get(id);
        if stream.fault.is_none() {
            actions.push(Action::Tell(Notice::Faulty {
                key,
                message: message.clone(),
            }));
            stream.fault = Some(Fault {
                since: now.mono,
                message,
            });
            self.sending.faulty.insert(id);
        }
    }

    /// A request of another stream, sent after the fault showed, was accepted: so it is these streams' own.
    fn park_faulty(
        &mut self,
        accepted: StreamId,
        sent: Millis,
        now: Now,
        actions: &mut Vec<Action>,
    ) -> Vec<StreamId> {
        let own = |state: &State, id: StreamId| {
            let fault = state
                .streams
                .peek(id)
                .and_then(|stream| stream.fault.as_ref());
            id != accepted && fault.is_some_and(|fault| fault.since <= sent)
        };
        let parked: Vec<StreamId> = self
            .sending
            .faulty
            .iter()
            .copied()
            .filter(|&id| own(self, id))
            .collect();
        for &id in &parked {
            self.park(id, now, actions);
        }
        parked
    }
}

fn pace(class: Class) -> Backoff {
    match class {
        Class::Throttled => THROTTLED,
        _ => REQUEST,
    }
}
