//! One run: what is written, what fails, when the agent crashes, and what must hold at every moment.

use crate::{
    agent::Agent,
    journal::Journal,
    server::{Faults, Server, ids_of},
};
use ecs_logs::{
    checkpoint::{self, Checkpoint},
    core::{
        Action, Answer, BatchId, Core, Input, Outcome, Settings, Side, batch::Limits,
        progress::is_after, rng::Rng,
    },
    entry::FieldTable,
    event::Encoder,
    lines::{Lines, LinesSettings},
    metrics::Metric,
    route::{RouteSettings, Router, StreamId},
    time::{Millis, Now},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

const WALL: i64 = 1_700_000_000_000;
const HOUR: i64 = 3_600_000;

enum Happening {
    Write,
    Turn,
    Put(BatchId, Answer, Vec<usize>),
    Stream(StreamId, Answer),
    Group(Arc<str>, Answer),
    Saved(Box<Checkpoint>, BTreeSet<usize>, bool),
    Crash,
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
        ];
        assert!(all.iter().all(|count| *count > 0), "{self:?}");
    }
}

pub(crate) struct World {
    seed: u64,
    rng: Rng,
    now_ms: i64,
    order: u64,
    queue: BTreeMap<(i64, u64), Happening>,
    journal: Journal,
    server: Server,
    faults: Faults,
    settings: Settings,
    agent: Agent,
    disk: Checkpoint,
    /// What the core had been told to be accepted when the checkpoint on disk was made.
    disk_knows: BTreeSet<usize>,
    told: BTreeSet<usize>,
    may_come_twice: BTreeSet<usize>,
    quarantined: BTreeSet<usize>,
    to_write: usize,
    streams: usize,
    groups: usize,
    poison_one_in: u64,
    cut_one_in: u64,
    cut_lines: u64,
    /// Stream, line, next piece, pieces to come.
    unfinished: Vec<(usize, u64, u32, u32)>,
    save_fails_one_in: u64,
    largest_line: usize,
    totals: Totals,
    outcome: Option<Outcome>,
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

fn pick(rng: &mut Rng, choices: &[u64]) -> u64 {
    choices[rng.below(choices.len() as u64) as usize]
}

impl World {
    pub(crate) fn new(seed: u64) -> World {
        let mut rng = Rng::new(seed ^ 0x5eed);
        let settings = Settings {
            limits: Limits {
                bytes: pick(&mut rng, &[400, 3_000, 20_000]) as usize,
                events: pick(&mut rng, &[1, 7, 100]) as usize,
                ..Limits::default()
            },
            flush_timeout: Duration::from_millis(pick(&mut rng, &[50, 1_000, 5_000])),
            window_bytes: pick(&mut rng, &[8_000, 60_000, 1_000_000]) as usize,
            max_in_flight: pick(&mut rng, &[1, 4, 16]) as usize,
            save_interval: Duration::from_millis(pick(&mut rng, &[10, 1_000])),
            seed,
            ..Settings::default()
        };
        let faults = Faults {
            throttled: pick(&mut rng, &[0, 0, 3, 20]),
            failed: pick(&mut rng, &[0, 0, 4, 30]),
            answer_lost: pick(&mut rng, &[0, 0, 5, 40]),
            credentials: pick(&mut rng, &[0, 0, 0, 15]),
            group_deleted: pick(&mut rng, &[0, 0, 60]),
        };
        let groups = 1 + rng.below(6) as usize;
        let mut journal = Journal::default();
        journal.renumbers = rng.one_in(4);
        let now = Now {
            mono: Millis(0),
            wall: Millis(WALL),
        };
        let mut world = World {
            seed,
            now_ms: 0,
            order: 0,
            queue: BTreeMap::new(),
            agent: Agent::start(&settings, Checkpoint::default(), &journal, now),
            journal,
            server: Server::default(),
            faults,
            settings,
            disk: Checkpoint::default(),
            disk_knows: BTreeSet::new(),
            told: BTreeSet::new(),
            may_come_twice: BTreeSet::new(),
            quarantined: BTreeSet::new(),
            to_write: pick(&mut rng, &[60, 300, 1_000]) as usize,
            streams: 1 + rng.below(25) as usize,
            groups,
            poison_one_in: pick(&mut rng, &[0, 0, 0, 100]),
            cut_one_in: pick(&mut rng, &[0, 0, 4, 30]),
            cut_lines: 0,
            unfinished: Vec::new(),
            save_fails_one_in: pick(&mut rng, &[0, 0, 3]),
            largest_line: pick(&mut rng, &[30, 300, 2_500]) as usize,
            totals: Totals::default(),
            outcome: None,
            rng,
        };
        if world.rng.one_in(3) {
            let group = world.rng.below(groups as u64) as usize;
            world
                .server
                .denied
                .insert(crate::journal::group_name(group));
            let until = 100 + world.rng.below(60_000) as i64;
            world.at(until, Happening::Permit);
        }
        for _ in 0..pick(&mut world.rng, &[0, 0, 1, 3]) {
            let at = world.rng.below(30_000) as i64;
            world.at(at, Happening::Crash);
        }
        world.at(0, Happening::Write);
        world.at(0, Happening::Turn);
        world.at(60_000 + world.seed as i64 % 60_000, Happening::Calm);
        world
    }

    fn at(&mut self, ms: i64, happening: Happening) {
        self.order += 1;
        self.queue.insert((ms, self.order), happening);
    }

    fn soon(&mut self, happening: Happening) {
        let latency = 1 + self.rng.below(pick(&mut self.rng.clone(), &[5, 60, 300])) as i64;
        self.at(self.now_ms + latency, happening);
    }

    fn now(&self) -> Now {
        Now {
            mono: Millis(self.now_ms),
            wall: Millis(WALL + self.now_ms),
        }
    }

    pub(crate) fn run(mut self) -> Totals {
        let mut turns = 0;
        while self.outcome.is_none() {
            turns += 1;
            assert!(
                turns < 2_000_000,
                "seed {}: turning without end at {} ms",
                self.seed,
                self.now_ms
            );
            assert!(
                self.now_ms < 24 * HOUR,
                "seed {}: no end in sight; {} of {} lines taken",
                self.seed,
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
                        self.seed,
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
        self.check_end();
        self.totals.lines = self.journal.lines.len() as u64;
        self.totals.requests = self.server.requests;
        self.totals.quarantined = self.quarantined.len() as u64;
        self.totals.virtual_ms = self.now_ms;
        self.totals
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
            Happening::Saved(checkpoint, told, ok) => {
                if ok {
                    self.disk = *checkpoint;
                    self.disk_knows = told;
                    self.totals.saves += 1;
                }
                self.step(Input::Saved { ok });
            }
            Happening::Crash => self.crash(),
            Happening::Permit => self.server.denied.clear(),
            Happening::Calm => {
                self.faults = Faults::default();
                self.save_fails_one_in = 0;
                self.server.denied.clear();
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
        let burst = self.rng.below(30) as usize;
        for _ in 0..burst.min(self.to_write) {
            self.to_write -= 1;
            let stream = self.rng.below(self.streams as u64) as usize;
            let size = self.rng.below(self.largest_line as u64) as usize;
            let poisoned = self.poison_one_in > 0 && self.rng.one_in(self.poison_one_in);
            // Clocks are stepped, and events of one batch must not span a day.
            let skew = if self.rng.one_in(50) {
                self.rng.below(3 * 24 * HOUR as u64) as i64 - 3 * 24 * HOUR
            } else {
                0
            };
            let piece = self.cut_one_in > 0 && self.rng.one_in(self.cut_one_in);
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
                    .below(pick(&mut self.rng.clone(), &[10, 500, 3_000])) as i64;
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
        let time = WALL + self.now_ms + skew;
        self.journal.append(
            stream % self.groups,
            stream,
            time,
            size,
            poisoned,
            piece,
            &mut self.rng,
        );
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
        let unknown = self
            .server
            .taken
            .keys()
            .filter(|id| !self.disk_knows.contains(id));
        self.may_come_twice.extend(unknown);
        self.told = self.disk_knows.clone();
        let text = checkpoint::encode(&self.disk);
        let read = checkpoint::decode(text.as_bytes()).expect("what was written can be read");
        assert_eq!(read, self.disk);
        self.agent = Agent::start(&self.settings, read, &self.journal, self.now());
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
            self.act(actions);
        }
        if more {
            self.at(self.now_ms + 1, Happening::Turn);
        }
    }

    fn act(&mut self, mut actions: Vec<Action>) {
        while !actions.is_empty() {
            for action in std::mem::take(&mut actions) {
                self.act_one(action, &mut actions);
            }
        }
    }

    fn act_one(&mut self, action: Action, more: &mut Vec<Action>) {
        match action {
            Action::Put { batch, body, .. } => {
                let (answer, ids) =
                    self.server
                        .put(&body, &self.settings.limits, &self.faults, &mut self.rng);
                self.soon(Happening::Put(batch, answer, ids));
            }
            Action::CreateStream { stream, key } => {
                let answer =
                    self.server
                        .create_stream(&key.group, &key.stream, &self.faults, &mut self.rng);
                self.soon(Happening::Stream(stream, answer));
            }
            Action::CreateGroup { group } => {
                let answer = self
                    .server
                    .create_group(&group, &self.faults, &mut self.rng);
                self.soon(Happening::Group(group, answer));
            }
            Action::NeedCursor(side) => self.agent.cursor(side, &self.journal, self.now(), more),
            Action::StartReplay { after } => {
                self.agent.replay_from(Some(self.journal.after(&after)))
            }
            Action::StopReplay => self.agent.replay_from(None),
            // A crash here is a power cut: what is not in a checkpoint is gone, and that must be enough.
            Action::Accepted { .. } => {}
            Action::Save(checkpoint) => {
                self.check_checkpoint(&checkpoint);
                let ok = self.save_fails_one_in == 0 || !self.rng.one_in(self.save_fails_one_in);
                self.soon(Happening::Saved(checkpoint, self.told.clone(), ok));
            }
            Action::Quarantine { event, .. } => {
                let text = String::from_utf8_lossy(&event).into_owned();
                assert!(
                    text.contains("POISON"),
                    "seed {}: a good event was given up: {text}",
                    self.seed
                );
                self.quarantined.extend(ids_of(&text));
            }
            Action::Tell(notice) => {
                use ecs_logs::core::Notice;
                self.trace(|| notice.to_string());
                if matches!(notice, Notice::Parked { .. }) {
                    self.totals.parked += 1;
                    self.excuse_what_has_no_range();
                }
                self.totals.unparked += u64::from(matches!(notice, Notice::Unparked { .. }));
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
        if self.cut_one_in > 0 {
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
        for (id, line) in self.journal.lines.iter().enumerate() {
            let done = self.server.taken.contains_key(&id) || self.quarantined.contains(&id);
            if done {
                continue;
            }
            let of = |key: &ecs_logs::route::StreamKey| {
                *key.stream == crate::journal::stream_name(line.stream)
            };
            let parked = checkpoint.parked.iter().find(|parked| of(&parked.key));
            let again = match parked {
                Some(parked) => {
                    is_after(&line.cursor, &parked.from)
                        && !parked
                            .accepted
                            .iter()
                            .any(|range| range.contains(&line.cursor))
                }
                None => {
                    let ranges = checkpoint
                        .accepted
                        .iter()
                        .filter(|(key, _)| of(key))
                        .flat_map(|(_, ranges)| ranges);
                    id >= resume && !ranges.into_iter().any(|range| range.contains(&line.cursor))
                }
            };
            assert!(
                again,
                "seed {} at {} ms: line {id} of stream {} is not accepted, and this checkpoint would not send it: {checkpoint:#?}",
                self.seed, self.now_ms, line.stream
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
        let cut = if self.cut_one_in > 0 {
            self.settings.window_bytes / 2 + 8_000
        } else {
            0
        };
        let poison = if self.poison_one_in > 0 { 8_000 } else { 0 };
        let slack = self.largest_line * 4 + 4_096 + poison + cut;
        assert!(
            used as usize <= self.settings.window_bytes + slack,
            "seed {}: {used} bytes are beyond the window",
            self.seed
        );
    }

    fn check_end(&mut self) {
        assert_eq!(self.outcome, Some(Outcome::Delivered), "seed {}", self.seed);
        for (id, line) in self.journal.lines.iter().enumerate() {
            let taken = self.server.taken.get(&id).copied().unwrap_or(0);
            let lost = taken == 0 && !self.quarantined.contains(&id);
            assert!(
                !lost,
                "seed {}: line {id} of stream {} is lost",
                self.seed, line.stream
            );
            if taken > 1 {
                self.totals.twice += 1;
                let excused =
                    self.server.unanswered.contains(&id) || self.may_come_twice.contains(&id);
                assert!(
                    excused,
                    "seed {}: line {id} of stream {} came {taken} times for no reason",
                    self.seed, line.stream
                );
            }
        }
    }
}
