//! Sealed batches on their way to acceptance: what may be in flight, what an answer means, and when to try again.
//! There is no limit on attempts: the journal keeps what we wait with.

mod answering;
mod creating;
mod refusing;

use super::{
    Action, Notice, Phase, Side, State,
    batch::{Body, Buffer, EVENT_OVERHEAD},
    entity::Entity,
    limit::InFlightLimit,
    loss::Loss,
    progress::Range,
    retry::{Backoff, REQUEST, THROTTLED},
    shrink::{self, OLD_MAX_EVENT_BYTES},
};
use crate::{
    metrics::Metric,
    route::StreamId,
    time::{Millis, Now},
};
use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    fmt,
    sync::Arc,
    time::Duration,
};

/// A batch from its sealing to its acceptance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct BatchId(pub u64);

/// What came of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Done; for a put with what CloudWatch rejected of it.
    Accepted(Rejected),
    Failed(Failure),
}

impl Answer {
    /// All of it.
    pub fn accepted() -> Answer {
        Answer::Accepted(Rejected::default())
    }
}

/// Events of an accepted batch that CloudWatch did not take.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rejected {
    /// So many from the front.
    pub too_old: usize,
    /// All from this one on.
    pub too_new_from: Option<usize>,
    /// Why it did not take the entity, whatever became of the events.
    pub entity: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    pub class: Class,
    /// For the operator: what the service or the network said.
    pub message: String,
    /// How long the service wants us to wait.
    pub retry_after: Option<Duration>,
}

/// Failures by what happens next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Class {
    /// Fewer requests, later.
    Throttled,
    /// Again later: the network, the service, or something that answers in its place.
    Transient,
    /// Again later, with new credentials.
    Credentials,
    /// Create the stream, or the group.
    Missing,
    /// A fault of this group or stream: not allowed, a limit reached, not valid.
    Faulty,
    /// This very request is wrong: something in it is refused.
    Refused,
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Class::Throttled => "throttled",
            Class::Transient => "network or service",
            Class::Credentials => "credentials",
            Class::Missing => "missing",
            Class::Faulty => "group or stream",
            Class::Refused => "refused",
        })
    }
}

/// What a stream that was found missing waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Creation {
    /// Its turn.
    Queued,
    /// The answer to its creation.
    Asked,
    /// Its group.
    Group,
}

/// The stream's own trouble, while it may still turn out to be everybody's.
#[derive(Clone, Debug)]
pub(super) struct Fault {
    pub since: Millis,
    pub message: String,
}

#[derive(Debug)]
struct Batch {
    stream: StreamId,
    side: Side,
    body: Body,
    first: u64,
    read_bytes: u64,
    /// When the journal received the first of its entries, or one shortly before, microseconds since 1970.
    realtime_usec: u64,
    claim: Option<u64>,
    /// Only after the stream's earlier ones: its range says so of them, too.
    ordered: bool,
    attempts: u32,
    missing: u32,
    sent: Option<Millis>,
    /// The stream was parked meanwhile: only the answer still counts.
    orphan: bool,
}

/// A range that is true when all batches that it was split into are accepted.
#[derive(Debug)]
struct Claim {
    range: Range,
    until: u64,
    remaining: u32,
}

#[derive(Debug, Default)]
struct Group {
    asked: bool,
    failures: u32,
    wait_until: Option<Millis>,
    waiting: Vec<StreamId>,
}

/// All batches and what holds them back.
#[derive(Debug)]
pub(super) struct Sending {
    batches: BTreeMap<BatchId, Batch>,
    claims: BTreeMap<u64, Claim>,
    ready: VecDeque<BatchId>,
    /// Those of the sealed that were sealed for their age and have not had their turn.
    overdue: BTreeSet<BatchId>,
    pub in_flight: usize,
    pub limit: InFlightLimit,
    /// Nothing is sent before.
    pause_until: Option<Millis>,
    failures_in_a_row: u32,
    last_failure: Option<Millis>,
    /// When which trouble was last told of.
    told: BTreeMap<Class, Millis>,
    next: u64,
    waits: BTreeSet<(Millis, StreamId)>,
    groups: BTreeMap<Arc<str>, Group>,
    to_create: VecDeque<StreamId>,
    creating: usize,
    create_pause: Option<Millis>,
    create_failures: u32,
    faulty: BTreeSet<StreamId>,
    /// Reading is too many bytes ahead of a request that gets no answer.
    pub too_far_ahead: bool,
    /// A server was met that takes only smaller events, just now.
    pub events_are_smaller: bool,
    /// Nothing unaccepted is older than this count of bytes read.
    pub known_oldest: u64,
    /// Why the last request failed, since the last that did not.
    pub trouble: Option<Failure>,
    pub trouble_since: Option<Millis>,
}

/// CreateLogStream allows 50 a second and account: few at once leave room for other hosts.
const CREATIONS_AT_ONCE: usize = 4;
/// What CloudWatch says where it is the group that is missing, and not only the stream.
const NO_GROUP: &str = "log group does not exist";
/// How often a stream that was just created may be missing again (AWS is eventually consistent) before it is a fault.
const MISSING_ROUNDS: u32 = 6;
/// A stream that fails this often while others are accepted has a fault of its own.
const ATTEMPTS_BEFORE_FAULT: u32 = 10;
/// In catch-up a busy stream may have more than one request under way; its order in CloudWatch is by time anyway.
const PER_STREAM_IN_CATCH_UP: usize = 4;
/// When so many single events were refused and none accepted, it is not the events.
const REFUSED_IN_A_ROW: u32 = 32;
/// One line a minute about one kind of trouble.
const TELL_EVERY: Duration = Duration::from_secs(60);
/// Failures in a row from which on everything waits.
const FAILURES_BEFORE_PAUSE: u32 = 3;

impl Sending {
    pub(super) fn new(max_in_flight: usize) -> Sending {
        Sending {
            batches: BTreeMap::new(),
            claims: BTreeMap::new(),
            ready: VecDeque::new(),
            overdue: BTreeSet::new(),
            in_flight: 0,
            limit: InFlightLimit::new(max_in_flight),
            pause_until: None,
            failures_in_a_row: 0,
            last_failure: None,
            told: BTreeMap::new(),
            events_are_smaller: false,
            next: 0,
            waits: BTreeSet::new(),
            groups: BTreeMap::new(),
            to_create: VecDeque::new(),
            creating: 0,
            create_pause: None,
            create_failures: 0,
            faulty: BTreeSet::new(),
            too_far_ahead: false,
            known_oldest: 0,
            trouble: None,
            trouble_since: None,
        }
    }

    pub(super) fn add(
        &mut self,
        stream: StreamId,
        side: Side,
        body: Body,
        first: u64,
        read_bytes: u64,
    ) -> BatchId {
        self.next += 1;
        let id = BatchId(self.next);
        let batch = Batch {
            stream,
            side,
            body,
            first,
            read_bytes,
            realtime_usec: 0,
            claim: None,
            ordered: false,
            attempts: 0,
            missing: 0,
            sent: None,
            orphan: false,
        };
        self.batches.insert(id, batch);
        id
    }

    pub(super) fn received_at(&mut self, id: BatchId, realtime_usec: u64) {
        if let Some(batch) = self.batches.get_mut(&id) {
            batch.realtime_usec = realtime_usec;
        }
    }

    pub(super) fn enqueue(&mut self, id: BatchId, range: Option<(Range, u64)>, ordered: bool) {
        let Some(batch) = self.batches.get_mut(&id) else {
            return;
        };
        batch.ordered = ordered;
        if let Some((range, until)) = range {
            batch.claim = Some(id.0);
            self.claims.insert(
                id.0,
                Claim {
                    range,
                    until,
                    remaining: 1,
                },
            );
        }
        self.ready.push_back(id);
    }

    pub(super) fn stream_of(&self, id: BatchId) -> Option<StreamId> {
        self.batches
            .get(&id)
            .filter(|batch| !batch.orphan)
            .map(|batch| batch.stream)
    }

    pub(super) fn first_of(&self, id: BatchId) -> Option<u64> {
        self.batches.get(&id).map(|batch| batch.first)
    }

    /// Whether a buffer is sealed for its age alone. With a round of such batches waiting for their turn it would only
    /// wait beside them, and can as well go on growing: what is sealed grows no more.
    pub(super) fn takes_overdue(&self) -> bool {
        self.overdue.len() < self.limit.get()
    }

    pub(super) fn is_overdue(&mut self, id: BatchId) {
        self.overdue.insert(id);
    }

    pub(super) fn waiting_to_go(&self) -> usize {
        self.ready.len()
    }

    /// When the journal received the oldest that is sealed and not accepted, microseconds since 1970.
    pub(super) fn oldest_realtime(&self, side: Side) -> Option<u64> {
        let ours = self
            .batches
            .values()
            .filter(|batch| batch.side == side && !batch.orphan);
        ours.map(|batch| batch.realtime_usec).min()
    }

    pub(super) fn oldest_read_bytes(&self, side: Side) -> Option<u64> {
        let ours = self
            .batches
            .values()
            .filter(|batch| batch.side == side && !batch.orphan);
        ours.map(|batch| batch.read_bytes).min()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.batches.values().all(|batch| batch.orphan)
    }

    pub(super) fn unaccepted(&self) -> usize {
        self.batches.values().filter(|batch| !batch.orphan).count()
    }

    /// Whether one of these is of that side.
    pub(super) fn any_of(&self, ids: &VecDeque<BatchId>, side: Side) -> bool {
        ids.iter()
            .any(|id| self.batches.get(id).is_some_and(|batch| batch.side == side))
    }

    pub(super) fn failures_in_a_row(&self) -> u32 {
        self.failures_in_a_row
    }

    pub(super) fn is_paused(&self, now: Now) -> bool {
        now.mono < self.paused_until()
    }

    /// In the past, when nothing pauses.
    pub(super) fn paused_until(&self) -> Millis {
        self.pause_until.unwrap_or_default()
    }

    fn wait(&mut self, id: StreamId, until: Millis) {
        self.waits.insert((until, id));
    }
}

impl State {
    /// Sends what may be sent.
    pub(super) fn dispatch(&mut self, now: Now, actions: &mut Vec<Action>) {
        if self.sends_no_more() {
            return;
        }
        self.end_waits(now);
        self.create(now, actions);
        if self
            .sending
            .pause_until
            .is_some_and(|until| now.mono < until)
        {
            return;
        }
        self.sending.pause_until = None;
        while self.sending.in_flight < self.sending.limit.get() {
            let Some(id) = self.sending.ready.pop_front() else {
                return;
            };
            self.sending.overdue.remove(&id);
            let Some(batch) = self
                .sending
                .batches
                .get_mut(&id)
                .filter(|batch| !batch.orphan)
            else {
                continue;
            };
            let stream = self.streams.get(batch.stream);
            let track = match batch.side {
                Side::Live => &self.live,
                Side::Replay => &self.replay,
            };
            let at_once = if track.at_end {
                1
            } else {
                PER_STREAM_IN_CATCH_UP
            };
            let is_first = stream.outstanding.front() == Some(&id);
            let blocked = stream.wait_until.is_some()
                || stream.creation.is_some()
                || stream.in_flight >= at_once
                || (batch.ordered && !is_first)
                || (stream.fault.is_some() && stream.in_flight > 0);
            if blocked {
                stream.held.push_back(id);
                continue;
            }
            stream.in_flight += 1;
            batch.sent = Some(now.mono);
            self.sending.in_flight += 1;
            actions.push(Action::Put {
                batch: id,
                key: self.streams.key(batch.stream),
                body: batch.body.payload.clone(),
                events: batch.body.events(),
            });
        }
    }

    /// What is sent beside or behind the last checkpoint would be accepted without anybody knowing, and come twice.
    fn sends_no_more(&self) -> bool {
        matches!(self.phase, Phase::Saving | Phase::Finished)
    }

    /// The batch waits at the head of its stream.
    fn hold(&mut self, id: BatchId, stream_id: StreamId, until: Millis) {
        self.streams.get(stream_id).held.push_front(id);
        self.stream_waits(stream_id, until);
    }

    fn stream_waits(&mut self, stream_id: StreamId, until: Millis) {
        let stream = self.streams.get(stream_id);
        let until = stream.wait_until.map_or(until, |known| known.max(until));
        stream.wait_until = Some(until);
        self.sending.wait(stream_id, until);
    }

    /// What the stream held back may go again, before everything else.
    fn release(&mut self, id: StreamId) {
        let stream = self.streams.get(id);
        if stream.wait_until.is_none() && stream.creation.is_none() {
            for batch in stream.held.drain(..).rev() {
                self.sending.ready.push_front(batch);
            }
        }
    }

    fn end_waits(&mut self, now: Now) {
        while let Some(&(until, id)) = self
            .sending
            .waits
            .first()
            .filter(|(until, _)| *until <= now.mono)
        {
            self.sending.waits.remove(&(until, id));
            let stream = self.streams.get(id);
            if stream.wait_until.is_some_and(|wait| wait <= now.mono) {
                stream.wait_until = None;
                self.release(id);
            }
        }
    }

    /// Takes all batches of a stream out of the queue; answers that are still to come find an orphan.
    pub(super) fn withdraw(&mut self, id: StreamId) {
        let stream = self.streams.get(id);
        stream.held.clear();
        stream.wait_until = None;
        stream.fault = None;
        for batch_id in std::mem::take(&mut stream.outstanding) {
            let Some(batch) = self.sending.batches.get_mut(&batch_id) else {
                continue;
            };
            self.used -= batch.body.payload.len();
            if batch.side == Side::Live {
                self.firsts.remove(batch.first);
            }
            batch.orphan = true;
            if batch.sent.is_none() {
                self.forget_orphan(batch_id);
            }
        }
        self.sending.faulty.remove(&id);
        self.sending
            .ready
            .retain(|batch| self.sending.batches.contains_key(batch));
    }

    fn forget_orphan(&mut self, id: BatchId) {
        self.sending.overdue.remove(&id);
        if let Some(claim) = self
            .sending
            .batches
            .remove(&id)
            .and_then(|batch| batch.claim)
        {
            self.sending.claims.remove(&claim);
        }
    }

    /// When something here may go on by time alone.
    pub(super) fn sending_wake(&self) -> Millis {
        if self.sends_no_more() {
            return Millis::MAX;
        }
        let sending = &self.sending;
        let waits = sending.waits.first().map(|(until, _)| *until);
        let paused = sending.pause_until.filter(|_| !sending.ready.is_empty());
        let creating = sending
            .create_pause
            .filter(|_| !sending.to_create.is_empty() && sending.creating < CREATIONS_AT_ONCE);
        // With as many creations under way as may be, it is an answer that matters.
        let groups = sending
            .groups
            .values()
            .filter(|_| sending.creating < CREATIONS_AT_ONCE)
            .filter_map(|group| group.wait_until);
        let groups = groups.map(|until| until.max(sending.create_pause.unwrap_or_default()));
        waits
            .into_iter()
            .chain(paused)
            .chain(creating)
            .chain(groups)
            .min()
            .unwrap_or(Millis::MAX)
    }
}
