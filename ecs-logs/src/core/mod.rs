//! The agent as a pure state machine: `step(input, now) → actions`. No clock, no I/O, no threads: those who call it carry
//! entries in, requests out and answers back, be it the pipeline on a real machine or the simulation in virtual time.

pub mod batch;
mod chunks;
mod entity;
mod gaps;
mod health;
mod intake;
mod limit;
mod loss;
mod notice;
mod ordinals;
mod parking;
mod pool;
pub mod progress;
pub mod retry;
pub mod rng;
mod saving;
mod sealing;
mod sending;
mod shrink;
mod stream;

pub use chunks::Payload;
pub use entity::EntityFields;
pub(crate) use gaps::between;
pub use health::{Health, ParkedStream};
pub(crate) use intake::sendable_time;
pub use loss::Loss;
pub use notice::Notice;
pub use sending::{Answer, BatchId, Class, Failure, Rejected};

use crate::{
    checkpoint::Checkpoint,
    cursor::Cursor,
    entry::{Entry, FieldTable},
    event::{Encoder, EncoderSettings},
    intern::Interner,
    lines::{Lines, LinesSettings},
    metrics::{Counters, Groups, Metric},
    route::{Refusal, RouteSettings, Router, StreamId, StreamKey},
    time::{Millis, Now},
};
use batch::Limits;
use bytes::Bytes;
use progress::{Mark, Marks};
use rng::Rng;
use std::{collections::VecDeque, sync::Arc, time::Duration};
use stream::Streams;

/// What the core is told once.
#[derive(Clone, Debug)]
pub struct Settings {
    pub limits: Limits,
    /// An event waits at most this long for company.
    pub flush_timeout: Duration,
    /// Bytes of request bodies that may be unaccepted at any time, over all streams.
    pub window_bytes: usize,
    pub max_in_flight: usize,
    pub create_groups: bool,
    /// Tells CloudWatch which service a stream belongs to, by these fields.
    pub entity: Option<EntityFields>,
    /// Stop at the end of the journal, when all is delivered.
    pub once: bool,
    /// Events older than this are not sent: CloudWatch would reject them. [`Duration::MAX`]: the destination takes any time.
    pub oldest: Duration,
    /// A stream that was silent for so long is forgotten.
    pub forget_after: Duration,
    /// How often the checkpoint is written at most: what was accepted since the last one comes twice after a crash.
    /// Large checkpoints are written less often.
    pub save_interval: Duration,
    /// For jitter.
    pub seed: u64,
}

impl Default for Settings {
    fn default() -> Self {
        const DAY: u64 = 24 * 60 * 60;
        Settings {
            limits: Limits::default(),
            flush_timeout: Duration::from_secs(5),
            window_bytes: 32 << 20,
            max_in_flight: 32,
            create_groups: true,
            entity: None,
            once: false,
            oldest: Duration::from_secs(14 * DAY),
            forget_after: Duration::from_secs(60 * 60),
            save_interval: Duration::from_millis(250),
            seed: 1,
        }
    }
}

/// Which of two readers: the one that follows the journal, or the one that goes back for streams that had been parked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Side {
    Live,
    Replay,
}

/// What happened.
#[derive(Debug)]
pub enum Input<'a> {
    /// The next entry. With its cursor where [`Core::needs_cursor`] asked for it.
    Entry {
        side: Side,
        entry: &'a Entry,
        cursor: Option<Cursor>,
    },
    /// The answer to [`Action::NeedCursor`]: of the entry that was read last. Nothing when the journal could not tell.
    Cursor {
        side: Side,
        cursor: Option<Cursor>,
    },
    /// An entry with container fields that is not read, for no match lets it pass.
    Stranger {
        entry: &'a Entry,
    },
    /// There is nothing more to read for now.
    End {
        side: Side,
    },
    /// Entries that could not be read (corrupt) and were passed over.
    Unreadable {
        entries: u64,
    },
    /// Entries were deleted from the journal before they were read.
    Vacuumed {
        side: Side,
        /// At most so many, of anybody.
        entries: u64,
        /// The first that there is, where it is known.
        first: Option<Cursor>,
    },
    /// The second reader of [`Action::StartReplay`] could not be had.
    ReplayFailed,
    /// A request has been answered, or not.
    Put {
        batch: BatchId,
        answer: Answer,
    },
    GroupCreated {
        group: Arc<str>,
        answer: Answer,
    },
    StreamCreated {
        stream: StreamId,
        answer: Answer,
    },
    /// The checkpoint of the last [`Action::Save`] is on disk, or could not be written.
    Saved {
        ok: bool,
    },
    /// Time has passed.
    Tick,
    /// Stop reading, deliver what was read, at the latest by then; then save and finish.
    Drain {
        deadline: Millis,
    },
}

/// What to do.
#[derive(Debug)]
pub enum Action {
    /// Send; answer with [`Input::Put`].
    Put {
        batch: BatchId,
        key: StreamKey,
        /// The whole request body, for as many attempts as it takes.
        body: Payload,
        events: usize,
    },
    CreateGroup {
        group: Arc<str>,
    },
    CreateStream {
        stream: StreamId,
        key: StreamKey,
    },
    /// Ask the journal for the cursor of the entry read last; answer with [`Input::Cursor`] before the next entry.
    NeedCursor(Side),
    /// Open a second reader and seek it behind this entry; its entries come with [`Side::Replay`].
    StartReplay {
        after: Cursor,
    },
    StopReplay,
    /// Remember that this was accepted, at once: the checkpoint that says so comes later.
    Accepted {
        key: StreamKey,
        range: progress::Range,
    },
    /// Write the checkpoint; answer with [`Input::Saved`].
    Save(Box<Checkpoint>),
    /// An event that CloudWatch refuses for good, as it stood in the request.
    Quarantine {
        key: StreamKey,
        event: Bytes,
        reason: String,
    },
    /// For the agent's own log.
    Tell(Notice),
    /// The last action.
    Finish(Outcome),
}

/// How it ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// All that was read is accepted or counted as given up, and the checkpoint says so.
    Delivered,
    /// Something is not: the next start goes on there.
    Undelivered { reason: String },
}

/// Where one side stands in the journal.
#[derive(Debug, Default)]
struct Track {
    /// Entries read so far; the position of the last one.
    position: u64,
    marks: Marks,
    /// When the journal received the last one, microseconds since 1970.
    realtime_usec: u64,
    /// And when we read it.
    read_at: Millis,
    /// Bytes of events since the start.
    read_bytes: u64,
    at_end: bool,
    /// Sealed, and waiting for the cursor that tells how far they reach.
    awaiting: Vec<BatchId>,
    cursor_asked: bool,
    /// Open buffers in the order they were opened, some of them sealed since.
    open: VecDeque<(StreamId, u64)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Running,
    Draining {
        deadline: Millis,
    },
    /// The last checkpoint is on its way.
    Saving,
    Finished,
}

/// Everything but the lines being put together, which hand their results to this.
struct State {
    settings: Settings,
    encoder: Encoder,
    rng: Rng,
    streams: Streams,
    pool: pool::Pool,
    live: Track,
    replay: Track,
    sending: sending::Sending,
    parking: parking::Parking,
    /// Of live buffers and batches.
    firsts: progress::Firsts,
    ordinals: ordinals::Ordinals,
    losses: gaps::Losses,
    saving: saving::Saving,
    counters: Counters,
    groups: Groups,
    phase: Phase,
    /// Bytes of open and sealed bodies.
    used: usize,
    serial: u64,
    refusals_told: Vec<Refusal>,
}

/// The state machine.
pub struct Core {
    state: State,
    router: Router,
    live_lines: Lines<u64>,
    replay_lines: Lines<u64>,
    /// The server was found to refuse large events.
    smaller_events: bool,
}

/// With less than this part of the window in use, new memory costs nothing that shows.
const LITTLE: usize = 16;
/// A cursor now and then, so that a checkpoint need not lie far behind the low-water mark.
const MARK_EVERY: u64 = 4_096;
/// Where every entry comes with its cursor, not all are kept.
const MARK_AT_MOST_EVERY: u64 = 64;

impl Core {
    /// A core that goes on where `checkpoint` ends.
    pub fn new(
        settings: Settings,
        mut router: Router,
        encoder: Encoder,
        lines: impl Fn() -> Lines<u64>,
        checkpoint: Checkpoint,
        now: Now,
    ) -> Core {
        let mut state = State {
            rng: Rng::new(settings.seed),
            sending: sending::Sending::new(settings.max_in_flight),
            saving: saving::Saving::new(now.mono),
            pool: pool::Pool::new(settings.window_bytes),
            settings,
            encoder,
            streams: Streams::default(),
            live: Track::default(),
            replay: Track::default(),
            parking: parking::Parking::default(),
            firsts: progress::Firsts::default(),
            ordinals: ordinals::Ordinals::default(),
            losses: gaps::Losses::default(),
            counters: Counters::default(),
            groups: Groups::default(),
            phase: Phase::Running,
            used: 0,
            serial: 0,
            refusals_told: Vec::new(),
        };
        state.restore(checkpoint, &mut router, now);
        Core {
            state,
            router,
            live_lines: lines(),
            replay_lines: lines(),
            smaller_events: false,
        }
    }

    /// Other routes and formats for what is read from now on; `fields` goes on from the table that the router was made with.
    pub fn reconfigure(
        &mut self,
        routes: RouteSettings,
        encoder: EncoderSettings,
        lines: &LinesSettings,
        fields: &mut FieldTable,
    ) {
        self.router.reconfigure(routes, fields);
        self.state.encoder.reconfigure(encoder);
        self.live_lines.reconfigure(lines.clone());
        self.replay_lines.reconfigure(lines.clone());
        self.state.refusals_told.clear();
        if self.smaller_events {
            self.make_events_smaller();
        }
    }

    /// For a server of before April 2025: lines are cut before they are encoded, not after they were refused.
    fn make_events_smaller(&mut self) {
        let max = shrink::OLD_MAX_EVENT_BYTES - batch::EVENT_OVERHEAD;
        self.state.encoder.set_max_event_bytes(max);
        self.live_lines.set_max_line_bytes(max);
        self.replay_lines.set_max_line_bytes(max);
    }

    /// Takes in what happened, and says what to do. `names` holds the values of all entries' symbols.
    pub fn step(
        &mut self,
        input: Input<'_>,
        names: &Interner,
        now: Now,
        actions: &mut Vec<Action>,
    ) {
        match input {
            Input::Entry {
                side,
                entry,
                cursor,
            } => return self.entry(side, entry, names, cursor, now, actions),
            Input::Cursor { side, cursor } => self.cursor(side, cursor),
            Input::End { side } => self.end(side, names, now, actions),
            Input::Unreadable { entries } => {
                self.state.unreadable(entries, now, actions);
            }
            Input::Vacuumed {
                side,
                entries,
                first,
            } => match side {
                Side::Live => self.state.vacuumed(entries, first, now, actions),
                Side::Replay => self.state.vacuumed_for_parked(entries, first, actions),
            },
            Input::ReplayFailed => self.state.abandon_pass(now, actions),
            Input::Put { batch, answer } => {
                self.state.saving.oldest_held = self.live_lines.oldest();
                for stream in self.state.answered(batch, answer, now, actions) {
                    self.forget_lines(stream);
                }
                if std::mem::take(&mut self.state.sending.events_are_smaller) {
                    self.smaller_events = true;
                    self.make_events_smaller();
                }
            }
            Input::GroupCreated { group, answer } => {
                self.state.group_created(&group, answer, now, actions)
            }
            Input::StreamCreated { stream, answer } => {
                self.state.stream_created(stream, answer, now, actions)
            }
            Input::Saved { ok } => self.state.saved(ok, now, actions),
            Input::Stranger { entry } => {
                if let Some(refusal) = self.router.refusal(entry, names) {
                    self.state.refused_entry(refusal, names, actions);
                }
            }
            Input::Tick => self.flush_lines(names, now),
            Input::Drain { deadline } => self.drain(deadline, actions),
        }
        self.advance(now, actions);
    }

    /// Whether the next entry of this side is wanted now. If not, only an answer or time changes that.
    pub fn reads(&self, side: Side) -> bool {
        self.state.reads(side, self.held_bytes())
    }

    /// Whether the next entry of this side must come with its cursor.
    pub fn needs_cursor(&self, side: Side) -> bool {
        self.state.encoder.wants_journal_id() || self.state.needs_cursor(side)
    }

    /// When to call [`Input::Tick`] at the latest.
    pub fn wake(&self) -> Millis {
        let lines = self
            .live_lines
            .next_due()
            .into_iter()
            .chain(self.replay_lines.next_due());
        let lines = lines.map(|due| Millis::default().after(due));
        lines
            .chain([self.state.wake()])
            .min()
            .unwrap_or(Millis::MAX)
    }

    pub fn counters(&self) -> &Counters {
        &self.state.counters
    }

    /// What each group took.
    pub fn groups(&self) -> &Groups {
        &self.state.groups
    }

    /// Figures of this moment, for metrics and status.
    pub fn gauges(&self) -> Vec<(Metric, u64)> {
        let state = &self.state;
        vec![
            (Metric::WindowBytes, (state.used + self.held_bytes()) as u64),
            (Metric::InFlight, state.sending.in_flight as u64),
            (Metric::InFlightLimit, state.sending.limit.get() as u64),
            (Metric::Streams, state.streams.known() as u64),
            (Metric::ParkedStreams, state.parking.parked as u64),
        ]
    }

    fn held_bytes(&self) -> usize {
        self.live_lines.held_bytes() + self.replay_lines.held_bytes()
    }

    fn forget_lines(&mut self, stream: StreamId) {
        self.live_lines.forget(stream);
        self.replay_lines.forget(stream);
    }

    /// All that follows from what has changed: seal what is due, send what may be sent, save, finish.
    fn advance(&mut self, now: Now, actions: &mut Vec<Action>) {
        let held = self.held_bytes();
        self.state.seal_due(now);
        self.state.seal_for_room(held);
        self.resolve(Side::Live, actions);
        self.resolve(Side::Replay, actions);
        self.state.unpark_due(now, actions);
        self.state.dispatch(now, actions);
        self.state.saving.oldest_held = self.live_lines.oldest();
        self.state.judge(false, now);
        self.state.save_due(now, actions);
        self.state.forget_idle(now, &mut self.router);
        self.finish_if_done(now, actions);
    }
}

impl State {
    fn track(&mut self, side: Side) -> &mut Track {
        match side {
            Side::Live => &mut self.live,
            Side::Replay => &mut self.replay,
        }
    }

    /// Bytes at which this side stops reading. Replay leaves a quarter of the window to those who were never parked.
    fn room(&self, side: Side) -> usize {
        match side {
            Side::Live => self.settings.window_bytes,
            Side::Replay => self.settings.window_bytes / 4 * 3,
        }
    }

    /// What is kept for the next bodies leaves the window to those that there are, and nothing is kept on a host that has
    /// little to say.
    fn keep_chunks(&mut self) {
        let window = self.settings.window_bytes;
        let room = match self.used < window / LITTLE {
            true => 0,
            false => window.saturating_sub(self.used),
        };
        self.pool.keep_at_most(room);
    }

    fn reads(&self, side: Side, held: usize) -> bool {
        let track = match side {
            Side::Live => &self.live,
            Side::Replay => &self.replay,
        };
        let replaying = self.phase == Phase::Running
            || (self.settings.once && matches!(self.phase, Phase::Draining { .. }));
        let open = match side {
            Side::Live => self.phase == Phase::Running,
            Side::Replay => replaying && self.parking.pass.is_some(),
        };
        open && !track.cursor_asked
            && self.used + held < self.room(side)
            && (side == Side::Replay || !self.sending.too_far_ahead)
    }
}

impl Track {
    fn mark(&mut self, cursor: Cursor) {
        self.marks.thin_out(MARK_AT_MOST_EVERY);
        self.marks.add(Mark {
            position: self.position,
            cursor,
        });
    }

    /// The cursor of the last entry, if it is known.
    fn known(&self) -> Option<Cursor> {
        self.marks
            .newest()
            .filter(|mark| mark.position == self.position)
            .map(|mark| mark.cursor)
    }
}
