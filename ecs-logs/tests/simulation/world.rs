//! One run: what is written, what fails, when the agent crashes, and what must hold at every moment.

use crate::{
    agent::{Agent, Met},
    journal::{Journal, Line, Words},
    known::Known,
    plan::{Plan, pick},
    server::{Faults, Server, ids_of},
};
use ecs_logs::{
    checkpoint::{self, Checkpoint},
    core::{
        Action, Answer, BatchId, Core, Input, Loss, Outcome, Settings, Side, progress::is_after,
        rng::Rng,
    },
    entry::FieldTable,
    event::Encoder,
    lines::{Lines, LinesSettings},
    metrics::Metric,
    route::{RouteSettings, Router, StreamId, StreamKey},
    time::{Millis, Now},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

const WALL: i64 = 1_700_000_000_000;
const HOUR: i64 = 3_600_000;

enum Happening {
    Write,
    Turn,
    Put(BatchId, Answer, Vec<usize>),
    Stream(StreamId, Answer),
    Group(Arc<str>, Answer),
    /// With how many the core had been told to be accepted when it was made, and what it could know.
    Saved(Box<Checkpoint>, usize, Box<Known>, bool),
    Crash,
    Stop,
    Vacuum,
    Calm,
    Permit,
}

#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Totals {
    pub(crate) lines: u64,
    pub(crate) requests: u64,
    pub(crate) twice: u64,
    pub(crate) crashes: u64,
    pub(crate) quarantined: u64,
    pub(crate) parked: u64,
    pub(crate) unparked: u64,
    pub(crate) saves: u64,
    pub(crate) stops: u64,
    pub(crate) dropped: u64,
    pub(crate) vacuumed: u64,
    /// Of the deleted lines those of streams that the agent cannot know of.
    pub(crate) untold: u64,
    pub(crate) marks: u64,
    pub(crate) virtual_ms: i64,
}

impl Totals {
    pub(crate) fn add(&mut self, other: &Totals) {
        self.lines += other.lines;
        self.requests += other.requests;
        self.twice += other.twice;
        self.crashes += other.crashes;
        self.quarantined += other.quarantined;
        self.parked += other.parked;
        self.unparked += other.unparked;
        self.saves += other.saves;
        self.stops += other.stops;
        self.dropped += other.dropped;
        self.vacuumed += other.vacuumed;
        self.untold += other.untold;
        self.marks += other.marks;
        self.virtual_ms += other.virtual_ms;
    }

    /// A simulation in which nothing goes wrong proves nothing.
    pub(crate) fn assert_everything_happened(&self) {
        let all = [
            self.lines,
            self.requests,
            self.twice,
            self.crashes,
            self.quarantined,
            self.parked,
            self.unparked,
            self.saves,
            self.stops,
            self.dropped,
            self.vacuumed,
            self.marks,
        ];
        assert!(all.iter().all(|count| *count > 0), "{self:?}");
        assert!(self.untold < self.vacuumed / 10, "{self:?}");
    }
}

pub(crate) struct World {
    pub(crate) plan: Plan,
    rng: Rng,
    now_ms: i64,
    order: u64,
    queue: BTreeMap<(i64, u64), Happening>,
    pub(crate) journal: Journal,
    pub(crate) server: Server,
    agent: Agent,
    disk: Checkpoint,
    /// What the core was told to be accepted, in that order, and how much of it the checkpoint on disk knows.
    told: Vec<usize>,
    disk_knows: usize,
    pub(crate) known: Known,
    known_on_disk: Known,
    /// What all runs have counted as lost, and events that they gave up as refused.
    pub(crate) counted: BTreeMap<Loss, u64>,
    pub(crate) refused: u64,
    /// Entries that the live readers found deleted.
    pub(crate) found_deleted: u64,
    pub(crate) may_come_twice: BTreeSet<usize>,
    pub(crate) quarantined: BTreeSet<usize>,
    /// Lines that are neither taken nor given up.
    undone: BTreeSet<usize>,
    /// When each line was taken first.
    pub(crate) taken_at: BTreeMap<usize, i64>,
    to_write: usize,
    cut_lines: u64,
    /// Stream, line, next piece, pieces to come.
    unfinished: Vec<(usize, u64, u32, u32)>,
    /// journald drops so many more lines; and how many it has dropped of this while.
    limited: u64,
    suppressed: u64,
    /// The agent was asked to stop, and is to be started again.
    stopping: bool,
    pub(crate) totals: Totals,
    pub(crate) outcome: Option<Outcome>,
}

pub(crate) fn core(settings: &Settings, checkpoint: Checkpoint, now: Now) -> Core {
    let router = Router::new(RouteSettings::default(), &mut FieldTable::default());
    Core::new(
        settings.clone(),
        router,
        Encoder::default(),
        || Lines::new(LinesSettings::default()),
        checkpoint,
        now,
    )
}

impl World {
    pub(crate) fn new(seed: u64) -> World {
        let mut rng = Rng::new(seed ^ 0x5eed);
        let plan = Plan::random(seed, &mut rng);
        World::of(plan, rng)
    }

    pub(crate) fn of(plan: Plan, rng: Rng) -> World {
        let mut journal = Journal::default();
        journal.renumbers = plan.renumbers;
        journal.numbers = plan.numbers;
        let now = Now {
            mono: Millis(0),
            wall: Millis(WALL),
        };
        let mut world = World {
            now_ms: 0,
            order: 0,
            queue: BTreeMap::new(),
            agent: Agent::start(&plan.settings, Checkpoint::default(), &journal, now),
            journal,
            server: Server::default(),
            disk: Checkpoint::default(),
            told: Vec::new(),
            disk_knows: 0,
            known: Known::default(),
            known_on_disk: Known::default(),
            counted: BTreeMap::new(),
            refused: 0,
            found_deleted: 0,
            may_come_twice: BTreeSet::new(),
            quarantined: BTreeSet::new(),
            undone: BTreeSet::new(),
            taken_at: BTreeMap::new(),
            to_write: plan.to_write,
            cut_lines: 0,
            unfinished: Vec::new(),
            limited: 0,
            suppressed: 0,
            stopping: false,
            totals: Totals::default(),
            outcome: None,
            rng,
            plan,
        };
        if let Some((group, until)) = world.plan.denied {
            let name = crate::journal::group_name(group);
            world.server.denied.insert(name);
            world.at(until, Happening::Permit);
        }
        for at in world.plan.crashes.clone() {
            world.at(at, Happening::Crash);
        }
        for at in world.plan.stops.clone() {
            world.at(at, Happening::Stop);
        }
        for at in world.plan.vacuums.clone() {
            world.at(at, Happening::Vacuum);
        }
        world.at(0, Happening::Write);
        world.at(0, Happening::Turn);
        world.at(world.plan.calm_at, Happening::Calm);
        world
    }

    fn at(&mut self, ms: i64, happening: Happening) {
        self.order += 1;
        self.queue.insert((ms, self.order), happening);
    }

    fn soon(&mut self, happening: Happening) {
        let latency = match self.plan.latency_ms {
            Some(latency) => latency,
            None => 1 + self.rng.below(pick(&mut self.rng.clone(), &[5, 60, 300])) as i64,
        };
        self.at(self.now_ms + latency, happening);
    }

    /// When a line was written, as the world counts.
    pub(crate) fn written_ms(&self, line: &Line) -> i64 {
        line.realtime_ms - WALL
    }

    fn now(&self) -> Now {
        Now {
            mono: Millis(self.now_ms),
            wall: Millis(WALL + self.now_ms),
        }
    }

    pub(crate) fn run(self) -> Totals {
        self.finish().totals
    }

    /// To the end, with all that happened.
    pub(crate) fn finish(mut self) -> World {
        let mut turns = 0;
        while self.outcome.is_none() {
            turns += 1;
            assert!(
                turns < 2_000_000,
                "seed {}: turning without end at {} ms",
                self.plan.seed,
                self.now_ms
            );
            assert!(
                self.now_ms < 24 * HOUR,
                "seed {}: no end in sight; {} of {} lines taken",
                self.plan.seed,
                self.server.taken.len(),
                self.journal.lines.len()
            );
            let wake = self.agent.core.wake().0;
            let next = self.queue.first_key_value().map(|(key, _)| *key);
            match next {
                Some((at, _)) if at <= wake => {
                    self.now_ms = self.now_ms.max(at);
                    let (_, happening) = self.queue.pop_first().expect("it was just seen");
                    self.happen(happening);
                }
                _ => {
                    assert!(
                        wake < i64::MAX,
                        "seed {}: everything waits; {} of {} lines taken",
                        self.plan.seed,
                        self.server.taken.len(),
                        self.journal.lines.len()
                    );
                    self.now_ms = self.now_ms.max(wake);
                    self.step(Input::Tick);
                }
            }
            self.turn();
            self.check_window();
        }
        self.count_losses();
        self.check_end();
        self.totals.lines = self.journal.lines.len() as u64;
        self.totals.requests = self.server.requests;
        self.totals.quarantined = self.quarantined.len() as u64;
        self.totals.virtual_ms = self.now_ms;
        self
    }

    fn happen(&mut self, happening: Happening) {
        match happening {
            Happening::Write => self.write(),
            Happening::Turn => {}
            Happening::Put(batch, answer, ids) => {
                self.trace(|| format!("{batch:?} {ids:?}: {answer:?}"));
                match &answer {
                    Answer::Accepted(_) => self.told.extend(ids),
                    // A batch that is bisected has no range until all of it is through.
                    Answer::Failed(failure) if failure.class == ecs_logs::core::Class::Refused => {
                        self.may_come_twice.extend(ids)
                    }
                    Answer::Failed(_) => {}
                }
                self.step(Input::Put { batch, answer });
            }
            Happening::Stream(stream, answer) => self.step(Input::StreamCreated { stream, answer }),
            Happening::Group(group, answer) => self.step(Input::GroupCreated { group, answer }),
            Happening::Saved(checkpoint, told, known, ok) => {
                if ok {
                    self.known_on_disk = *known;
                    self.disk = *checkpoint;
                    self.disk_knows = told;
                    self.totals.saves += 1;
                }
                self.step(Input::Saved { ok });
            }
            Happening::Crash => self.crash(),
            Happening::Stop if self.stopping || self.outcome.is_some() => {}
            Happening::Stop => {
                self.stopping = true;
                let deadline = Millis(self.now_ms + self.rng.below(5_000) as i64);
                self.step(Input::Drain { deadline });
            }
            Happening::Vacuum => {
                let up_to = self.rng.below(self.journal.lines.len() as u64 + 1) as usize;
                self.journal.vacuumed = self.journal.vacuumed.max(up_to);
                self.trace(|| {
                    format!(
                        "vacuumed to {}; live reader at {}",
                        self.journal.vacuumed, self.agent.live
                    )
                });
            }
            Happening::Permit => self.server.denied.clear(),
            Happening::Calm => {
                self.plan.faults = Faults::default();
                self.plan.save_fails_one_in = 0;
                self.server.denied.clear();
                self.end_of_limit();
                self.plan.limit_one_in = 0;
                // Everybody says something once more, so that all numbers are seen.
                for stream in 0..self.plan.streams {
                    self.append(stream, 0, 20, false, None);
                }
                self.at(self.now_ms + 40 * 60_000, Happening::Write);
            }
        }
    }

    fn write(&mut self) {
        let calm = self.faults_are_over() && self.to_write == 0;
        if calm && self.now_ms > 30 * 60_000 {
            // Everything healed long ago: what is delivered now is all that ever will be.
            let deadline = Millis(self.now_ms + HOUR);
            return self.step(Input::Drain { deadline });
        }
        let burst = self.rng.below(self.plan.burst) as usize;
        for _ in 0..burst.min(self.to_write) {
            self.to_write -= 1;
            let stream = self.rng.below(self.plan.streams as u64) as usize;
            let size = self.rng.below(self.plan.largest_line as u64) as usize;
            let poison = self.plan.poison_one_in;
            let poisoned = poison > 0 && self.rng.one_in(poison);
            // Clocks are stepped, and events of one batch must not span a day.
            let skew = if self.plan.latency_ms.is_none() && self.rng.one_in(50) {
                self.rng.below(3 * 24 * HOUR as u64) as i64 - 3 * 24 * HOUR
            } else {
                0
            };
            let piece = self.plan.cut_one_in > 0 && self.rng.one_in(self.plan.cut_one_in);
            let piece = piece.then(|| {
                self.cut_lines += 1;
                // Some containers die before they end their line.
                let more = 1 + self.rng.below(3) as u32;
                self.unfinished.push((stream, self.cut_lines, 2, more));
                (self.cut_lines, 1, false)
            });
            self.append(stream, skew, size, poisoned, piece);
            self.append_piece();
        }
        if self.to_write > 0 {
            let pause =
                self.rng
                    .below(pick(&mut self.rng.clone(), &self.plan.pauses)) as i64;
            self.at(self.now_ms + pause, Happening::Write);
        }
    }

    fn append(
        &mut self,
        stream: usize,
        skew: i64,
        size: usize,
        poisoned: bool,
        piece: Option<(u64, u32, bool)>,
    ) {
        let limit = self.plan.limit_one_in;
        if self.limited == 0 && limit > 0 && self.rng.one_in(limit) {
            self.limited = 1 + self.rng.below(20);
        }
        if self.limited > 0 {
            self.limited -= 1;
            let dropped = self.journal.drop_line(stream);
            self.suppressed += u64::from(dropped);
            self.trace(|| format!("dropped of stream {stream}: {dropped}"));
            if self.limited == 0 {
                self.end_of_limit();
            }
            return;
        }
        let words = Words {
            group: stream % self.plan.groups,
            stream,
            realtime_ms: WALL + self.now_ms + skew,
            size,
            poisoned,
            piece,
        };
        let begin = self.journal.lines.len();
        if skew == 0 && piece.is_none() && self.rng.one_in(40) {
            self.journal.append_swapped(&words, &mut self.rng);
        } else {
            self.journal.append(&words, &mut self.rng);
        }
        self.undone.extend(begin..self.journal.lines.len());
        for id in begin..self.journal.lines.len() {
            let number = self.journal.lines[id].number;
            self.trace(|| format!("written {id}: stream {stream}, number {number:?}"));
        }
    }

    /// journald stores lines again, and mostly says how many it did not.
    fn end_of_limit(&mut self) {
        self.limited = 0;
        let count = std::mem::take(&mut self.suppressed);
        if count > 0 && self.rng.one_in(self.plan.says_one_in) {
            let time = WALL + self.now_ms;
            self.journal.append_suppressed(count, time, &mut self.rng);
        }
    }

    /// Another piece of one of the lines that were begun, sometimes.
    fn append_piece(&mut self) {
        if self.unfinished.is_empty() || !self.rng.one_in(3) {
            return;
        }
        let place = self.rng.below(self.unfinished.len() as u64) as usize;
        let (stream, line, ordinal, more) = self.unfinished.swap_remove(place);
        let last = more == 1 && !self.rng.one_in(5);
        self.append(stream, 0, 20, false, Some((line, ordinal, last)));
        if more > 1 {
            self.unfinished.push((stream, line, ordinal + 1, more - 1));
        }
    }

    fn faults_are_over(&self) -> bool {
        self.now_ms > 120_000
    }

    fn crash(&mut self) {
        if self.outcome.is_some() {
            return;
        }
        self.totals.crashes += 1;
        self.trace(|| format!("crash; {:#?}", self.disk));
        self.start_again();
    }

    fn count_losses(&mut self) {
        let counters = self.agent.core.counters();
        for loss in Loss::ALL {
            *self.counted.entry(loss).or_default() += counters.get(loss.metric());
        }
    }

    /// A process that knows what the disk knows.
    fn start_again(&mut self) {
        self.stopping = false;
        self.count_losses();
        self.known = self.known_on_disk.restarted(self.now_ms);
        let flying = |happening: &Happening| {
            matches!(
                happening,
                Happening::Put(..)
                    | Happening::Stream(..)
                    | Happening::Group(..)
                    | Happening::Saved(..)
            )
        };
        self.queue.retain(|_, happening| !flying(happening));
        self.excuse_what_has_no_range();
        // What was accepted without the checkpoint on disk knowing may come a second time.
        self.told.truncate(self.disk_knows);
        let known: BTreeSet<usize> = self.told.iter().copied().collect();
        let unknown = self.server.taken.keys().filter(|id| !known.contains(id));
        self.may_come_twice.extend(unknown);
        let text = checkpoint::encode(&self.disk);
        let read = checkpoint::decode(text.as_bytes()).expect("what was written can be read");
        assert_eq!(read, self.disk);
        self.agent = Agent::start(&self.plan.settings, read, &self.journal, self.now());
    }

    fn step(&mut self, input: Input<'_>) {
        let mut actions = Vec::new();
        let now = self.now();
        self.agent.step(input, now, &mut actions);
        self.act(actions);
    }

    fn turn(&mut self) {
        let now = self.now();
        let mut more = false;
        for side in [Side::Live, Side::Replay] {
            let mut actions = Vec::new();
            more |= self.agent.read(side, &self.journal, now, &mut actions);
            self.note_what_was_met();
            self.act(actions);
        }
        if more {
            self.at(self.now_ms + 1, Happening::Turn);
        }
    }

    fn note_what_was_met(&mut self) {
        for met in std::mem::take(&mut self.agent.met) {
            match met {
                Met::Read(id) => {
                    let line = &self.journal.lines[id];
                    self.known.read(line, &self.journal, self.now_ms);
                }
                Met::Deleted(side, ids) => {
                    let replay = side == Side::Replay;
                    self.found_deleted += if replay { 0 } else { ids.len() as u64 };
                    self.known.skipped(ids, replay, &self.journal, self.now_ms);
                }
            }
        }
    }

    fn act(&mut self, mut actions: Vec<Action>) {
        while !actions.is_empty() {
            let last = actions
                .iter()
                .position(|action| matches!(action, Action::Finish(_)));
            assert!(
                last.is_none_or(|last| last + 1 == actions.len()),
                "seed {}: something is to be done behind the end: {actions:?}",
                self.plan.seed
            );
            for action in std::mem::take(&mut actions) {
                self.act_one(action, &mut actions);
            }
        }
    }

    fn act_one(&mut self, action: Action, more: &mut Vec<Action>) {
        match action {
            Action::Put { batch, body, .. } => {
                let (answer, ids) = self.server.put(
                    &body.to_vec(),
                    &self.plan.settings.limits,
                    &self.plan.faults,
                    &mut self.rng,
                );
                for id in std::mem::take(&mut self.server.fresh) {
                    self.undone.remove(&id);
                    self.taken_at.entry(id).or_insert(self.now_ms);
                }
                self.soon(Happening::Put(batch, answer, ids));
            }
            Action::CreateStream { stream, key } => {
                let answer = self.server.create_stream(
                    &key.group,
                    &key.stream,
                    &self.plan.faults,
                    &mut self.rng,
                );
                self.soon(Happening::Stream(stream, answer));
            }
            Action::CreateGroup { group } => {
                let answer = self
                    .server
                    .create_group(&group, &self.plan.faults, &mut self.rng);
                self.soon(Happening::Group(group, answer));
            }
            Action::NeedCursor(side) => self.agent.cursor(side, &self.journal, self.now(), more),
            Action::StartReplay { after } => {
                // What is parked again, from the checkpoint or in a pass, is not told.
                self.excuse_what_has_no_range();
                self.agent.replay_from(Some(after), &self.journal)
            }
            Action::StopReplay => self.agent.replay_from(None, &self.journal),
            // A crash here is a power cut: what is not in a checkpoint is gone, and that must be enough.
            Action::Accepted { .. } => {}
            Action::Save(checkpoint) => {
                self.check_checkpoint(&checkpoint);
                let ok = self.plan.save_fails_one_in == 0
                    || !self.rng.one_in(self.plan.save_fails_one_in);
                let known = Box::new(self.known.clone());
                self.soon(Happening::Saved(checkpoint, self.told.len(), known, ok));
            }
            Action::Quarantine { event, .. } => {
                self.refused += 1;
                let text = String::from_utf8_lossy(&event).into_owned();
                assert!(
                    text.contains("POISON"),
                    "seed {}: a good event was given up: {text}",
                    self.plan.seed
                );
                for id in ids_of(&text) {
                    self.quarantined.insert(id);
                    self.undone.remove(&id);
                }
            }
            Action::Tell(notice) => {
                use ecs_logs::core::Notice;
                self.trace(|| notice.to_string());
                let number = |key: &StreamKey| crate::journal::stream_number(&key.stream);
                match &notice {
                    Notice::Parked { key, .. } => {
                        self.totals.parked += 1;
                        self.known.parked.insert(number(key));
                        self.excuse_what_has_no_range();
                    }
                    Notice::Unparked { key } => {
                        self.totals.unparked += 1;
                        self.known.parked.remove(&number(key));
                    }
                    _ => {}
                }
            }
            Action::Finish(_) if self.stopping => {
                self.totals.stops += 1;
                self.trace(|| format!("stopped; {:#?}", self.disk));
                self.start_again();
            }
            Action::Finish(outcome) => self.outcome = Some(outcome),
        }
    }

    /// Lines that may come again after a crash, or when their stream is parked, though the agent knows of their acceptance.
    fn excuse_what_has_no_range(&mut self) {
        // A batch across two series of numbers has no range, so a restart cannot know of it.
        if self.journal.renumbers {
            self.may_come_twice.extend(self.server.taken.keys());
        }
        // A batch beside an unfinished line claims only what lies before that line's first piece.
        if self.plan.cut_one_in > 0 {
            let cut: BTreeSet<usize> = self
                .journal
                .lines
                .iter()
                .filter(|line| line.piece.is_some())
                .map(|line| line.stream)
                .collect();
            let beside = self
                .server
                .taken
                .keys()
                .filter(|id| cut.contains(&self.journal.lines[**id].stream));
            self.may_come_twice.extend(beside);
        }
    }

    /// What happens, when one seed is looked at.
    fn trace(&self, what: impl Fn() -> String) {
        if std::env::var_os("ECS_LOGS_SIM_SEED").is_some() {
            println!("{:>8} ms: {}", self.now_ms, what());
        }
    }

    /// Promise 1: a checkpoint passes no entry that is not accepted, given up, or left for a parked stream.
    fn check_checkpoint(&self, checkpoint: &Checkpoint) {
        let resume = checkpoint
            .resume
            .map_or(0, |cursor| self.journal.after(&cursor));
        let number = |key: &StreamKey| crate::journal::stream_number(&key.stream);
        let parked = checkpoint.parked.iter();
        let parked: BTreeMap<_, _> = parked.map(|parked| (number(&parked.key), parked)).collect();
        let accepted = checkpoint.accepted.iter();
        let accepted: BTreeMap<_, _> = accepted
            .map(|(key, ranges)| (number(key), ranges))
            .collect();
        for &id in self.undone.range(self.journal.vacuumed..) {
            let line = &self.journal.lines[id];
            let parked = parked.get(&line.stream);
            let again = match parked {
                Some(parked) => {
                    is_after(&line.cursor, &parked.from)
                        && !parked
                            .accepted
                            .iter()
                            .any(|range| range.contains(&line.cursor))
                }
                None => {
                    let mut ranges = accepted
                        .get(&line.stream)
                        .into_iter()
                        .flat_map(|all| all.iter());
                    id >= resume && !ranges.any(|range| range.contains(&line.cursor))
                }
            };
            assert!(
                again,
                "seed {} at {} ms: line {id} of stream {} is not accepted, and this checkpoint would not send it: {checkpoint:#?}",
                self.plan.seed, self.now_ms, line.stream
            );
        }
    }

    fn check_window(&self) {
        let used = self
            .agent
            .core
            .gauges()
            .iter()
            .find(|(metric, _)| *metric == Metric::WindowBytes)
            .map_or(0, |(_, bytes)| *bytes);
        // One line may be read while there is still room for a byte, and bisection repeats the names of group and stream.
        // Pieces grow when they become events: quotes are escaped, and each gets its envelope.
        let cut = if self.plan.cut_one_in > 0 {
            self.plan.settings.window_bytes / 2 + 8_000
        } else {
            0
        };
        let poison = if self.plan.poison_one_in > 0 {
            8_000
        } else {
            0
        };
        // Marks are few and short, and not waited with.
        let marks = 20_000;
        let slack = self.plan.largest_line * 4 + 4_096 + poison + cut + marks;
        assert!(
            used as usize <= self.plan.settings.window_bytes + slack,
            "seed {}: {used} bytes are beyond the window",
            self.plan.seed
        );
    }
}
