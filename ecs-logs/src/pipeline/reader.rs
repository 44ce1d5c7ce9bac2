//! The reading thread: reads entries into the core, carries its actions out and the answers back, and sleeps in between.

use super::{
    Reply, Request, Write,
    queue::Queue,
    saver::SaverThread,
    sender::SenderThread,
    signals::{Signals, Wish},
    wake::{WakingReceiver, channel},
};
use crate::{
    accepted::AcceptedLog,
    checkpoint::Store,
    core::{Action, Core, Input, Loss, Outcome, Side, between},
    cursor::Cursor,
    destination::Destination,
    entry::{Entry, FieldTable},
    event::EncoderSettings,
    intern::Interner,
    lines::LinesSettings,
    log, memory,
    metrics::{Counters, Metric, UNKNOWN},
    metrics_server::MetricsServer,
    quarantine::Quarantine,
    route::RouteSettings,
    service::Service,
    source::{Landed, Read, Seek, Source, SourceError},
    status::{self, Status, StatusFile},
    time::{Millis, Now},
};
use anyhow::Context;
use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    io::Errno,
};
use std::{
    future::Future,
    io,
    os::fd::BorrowedFd,
    path::PathBuf,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

/// All that a run is made of.
pub struct Run {
    pub source: Box<dyn Source>,
    /// A second reader of the same journal, to go back with.
    pub reopen: Opener,
    pub core: Core,
    /// Nothing for sources that cannot be read again.
    pub store: Option<Store>,
    pub quarantine: Quarantine,
    /// The checkpoint's file; beside it is said how the agent is.
    pub checkpoint: Option<PathBuf>,
    pub service: Service,
    /// After SIGTERM, what was read may take this long to be delivered.
    pub drain_timeout: Duration,
    /// Where the journald listens whose journal is read live.
    pub journald: Option<PathBuf>,
    /// The checkpoint's cursor, where the journal no longer has its entry.
    pub gone: Option<Cursor>,
    pub metrics: Option<MetricsServer>,
    /// Where reading began, for a reload before anything was read.
    pub began: Seek,
    /// Reads the configuration anew; nothing when it cannot be used, which was said then.
    pub reload: Box<dyn FnMut() -> Option<Reloaded>>,
}

/// Opens the source.
pub type Opener = Box<dyn Fn() -> anyhow::Result<Box<dyn Source>>>;

/// What a configuration that was read anew puts in force.
pub struct Reloaded {
    pub routes: RouteSettings,
    pub encoder: EncoderSettings,
    pub lines: LinesSettings,
    /// Goes on from the table that the run began with.
    pub fields: FieldTable,
    /// Opens the source for the new fields and matches.
    pub open: Box<dyn Fn(FieldTable) -> Opener>,
}

/// How a run ended.
#[derive(Clone, Debug)]
pub struct Summary {
    pub outcome: Outcome,
    pub counters: Counters,
}

struct Clock(Instant);

impl Clock {
    fn now(&self) -> Now {
        let wall = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        let millis = |time: Duration| Millis(time.as_millis() as i64);
        Now {
            mono: millis(self.0.elapsed()),
            wall: millis(wall),
        }
    }
}

/// One of the two readers.
struct Reader {
    side: Side,
    source: Box<dyn Source>,
    /// It was at the end; reading again is only worth it after a wait.
    ended: bool,
    finished: bool,
    /// Where it was to begin, if the journal has no longer got that.
    gone: Option<Cursor>,
}

struct Pipeline {
    core: Core,
    clock: Clock,
    names: Interner,
    entry: Entry,
    live: Reader,
    replay: Option<Reader>,
    reopen: Opener,
    sender: SenderThread,
    saver: SaverThread,
    accepted: Option<AcceptedLog>,
    accepted_failing: bool,
    replies: WakingReceiver<Reply>,
    signals: Signals,
    service: Service,
    actions: Vec<Action>,
    drain_timeout: Duration,
    journald: Option<PathBuf>,
    stopping: Option<Stopping>,
    metrics: Option<MetricsServer>,
    began: Seek,
    reload: Box<dyn FnMut() -> Option<Reloaded>>,
    outcome: Option<Outcome>,
    draining: bool,
    reports: Reports,
    checkpoint: Option<PathBuf>,
    last_error: Option<status::Told>,
}

/// After SIGTERM: what was written until then is read, too. When a host goes down these are its containers' last words.
struct Stopping {
    began: Now,
    /// Ahead of us in it is what journald has not written down yet.
    queue: Option<Queue>,
}

/// Of the time for draining, so much may go into reading to the end; the rest is for sending.
const READING_SHARE: u32 = 4;
/// While that lasts, the next look.
const STOPPING_LOOK: Duration = Duration::from_millis(5);

/// What is told to systemd, and when.
struct Reports {
    next_status: Millis,
    next_watchdog: Millis,
    events: u64,
    /// The events accepted when memory was last given back.
    trimmed_at: u64,
    pid_started: u64,
}

/// Entries between two looks at answers, signals and the clock.
const BURST: usize = 256;
const STATUS_EVERY: Duration = Duration::from_secs(5);
/// After a burst, with so little left waiting, freed memory is given back.
const TRIM_AFTER: u64 = 10_000;
const TRIM_BELOW_BYTES: u64 = 256 << 10;
/// While nothing may be read, deleted files are still let go.
const PROCESS_EVERY: Duration = Duration::from_secs(1);

impl Run {
    /// Runs until a signal, an end, or a failure.
    ///
    /// # Errors
    /// When the journal cannot be read any more, or threads and descriptors cannot be had.
    pub fn run<F>(self, connect: F) -> anyhow::Result<Summary>
    where
        F: Future<Output = anyhow::Result<Destination>> + Send + 'static,
    {
        let (to_reader, replies) = channel()?;
        let signals = Signals::new().context("cannot receive signals")?;
        let status_file = self.checkpoint.as_deref().map(StatusFile::beside);
        // Ready means reading: neither CloudWatch nor the network may hold up the boot.
        self.service.ready();
        let mut pipeline = Pipeline {
            core: self.core,
            clock: Clock(Instant::now()),
            names: Interner::default(),
            entry: Entry::default(),
            live: Reader {
                side: Side::Live,
                source: self.source,
                ended: false,
                finished: false,
                gone: self.gone,
            },
            replay: None,
            reopen: self.reopen,
            sender: SenderThread::start(connect, to_reader.clone())?,
            accepted: self.store.as_ref().map(Store::accepted_log).transpose()?,
            accepted_failing: false,
            saver: SaverThread::start(self.store, self.quarantine, status_file, to_reader)?,
            replies,
            signals,
            service: self.service,
            actions: Vec::new(),
            drain_timeout: self.drain_timeout,
            journald: self.journald,
            stopping: None,
            metrics: self.metrics,
            began: self.began,
            reload: self.reload,
            outcome: None,
            draining: false,
            reports: Reports {
                next_status: Millis(0),
                next_watchdog: Millis(0),
                events: 0,
                trimmed_at: 0,
                pid_started: status::started(std::process::id()).unwrap_or(0),
            },
            checkpoint: self.checkpoint,
            last_error: None,
        };
        let outcome = pipeline.turn_until_done()?;
        Ok(Summary {
            outcome,
            counters: pipeline.core.counters().clone(),
        })
    }
}

impl Pipeline {
    fn turn_until_done(&mut self) -> anyhow::Result<Outcome> {
        loop {
            let now = self.clock.now();
            self.replies(now)?;
            self.wishes(now);
            if self.core.wake() <= now.mono {
                self.step(Input::Tick, now);
            }
            let mut more = self.read(Side::Live, now)?;
            more |= self.read(Side::Replay, now)?;
            more |= self.stop_when_read(now);
            self.report(now);
            if let Some(outcome) = self.outcome.take() {
                return Ok(outcome);
            }
            if !more {
                self.sleep(now)?;
            }
        }
    }

    fn replies(&mut self, now: Now) -> anyhow::Result<()> {
        self.replies.clear();
        while let Some(reply) = self.replies.try_recv() {
            match &reply {
                Reply::Saved(Err(error)) => {
                    log::error(error);
                    self.failed(error.clone(), now);
                }
                Reply::Saved(Ok(())) => self.with_accepted(AcceptedLog::saved),
                // This thread turns, or it would not be here; the sender has just said so.
                Reply::Turned => self.service.alive(),
                // Who is stopping anyway has failed only if something is left unsent.
                Reply::Unusable(error) if self.is_stopping() => {
                    log::error(error);
                    self.stopping = None;
                    self.give_up(now);
                }
                Reply::Unusable(error) => anyhow::bail!("{error}"),
                _ => {}
            }
            if let Some(input) = reply.into_input() {
                self.step(input, now);
            }
        }
        Ok(())
    }

    fn wishes(&mut self, now: Now) {
        while let Some(wish) = self.signals.next() {
            match wish {
                Wish::Stop => {
                    log::info(format_args!(
                        "stopping: delivering what was written until now, for at most {} s",
                        self.drain_timeout.as_secs()
                    ));
                    self.service.stopping();
                    match self.stopping.take() {
                        None if self.live.source.has_cursors() && !self.draining => {
                            let queue = self.journald.as_deref().and_then(Queue::join);
                            self.live.ended = false;
                            self.stopping = Some(Stopping { began: now, queue });
                        }
                        // Standard input has no end; and who asks twice has no time.
                        _ => self.drain(now),
                    }
                }
                Wish::Reload => self.reload(),
            }
        }
    }

    /// Puts a new configuration in force. The journal is opened anew where it was, for other fields and matches.
    fn reload(&mut self) {
        let Some(mut new) = (self.reload)() else {
            return;
        };
        self.core
            .reconfigure(new.routes, new.encoder, &new.lines, &mut new.fields);
        let reopen = (new.open)(new.fields);
        if !self.live.source.has_cursors() {
            return;
        }
        let place = self
            .live
            .source
            .cursor()
            .map_or(self.began.clone(), Seek::After);
        let opened = reopen().and_then(|mut source| {
            source.seek(&place)?;
            Ok(source)
        });
        match opened {
            Ok(source) => {
                (self.live.source, self.live.ended) = (source, false);
                self.reopen = reopen;
                log::info("the configuration was reloaded");
            }
            Err(error) => log::warn(format_args!(
                "the journal cannot be opened anew, so that new fields and matches take effect at the next start: {error:#}"
            )),
        }
    }

    /// Reads on until the end that was the journal's at SIGTERM, or as long as there is time. Whether to go on at once.
    fn stop_when_read(&mut self, now: Now) -> bool {
        let Some(stopping) = &mut self.stopping else {
            return false;
        };
        let late = now.mono.since(stopping.began.mono) >= self.drain_timeout / READING_SHARE;
        if !late && let Some(queue) = &mut stopping.queue {
            if queue.is_through() {
                // What it wrote is read from now on.
                stopping.queue = None;
                self.live.ended = false;
            }
            return stopping.queue.is_none();
        }
        if late || self.live.ended {
            let began = stopping.began;
            self.stopping = None;
            self.drain(began);
            return true;
        }
        false
    }

    /// By a signal, not because the input has an end.
    fn is_stopping(&self) -> bool {
        self.stopping.is_some() || self.draining && self.live.source.has_cursors()
    }

    /// Ends now; what is unsent stays for the next start.
    fn give_up(&mut self, now: Now) {
        self.draining = true;
        self.step(Input::Drain { deadline: now.mono }, now);
    }

    fn drain(&mut self, since: Now) {
        self.draining = true;
        let deadline = since.mono.after(self.drain_timeout);
        self.step(Input::Drain { deadline }, self.clock.now());
    }

    /// Reads a burst. Whether there may be more at once.
    fn read(&mut self, side: Side, now: Now) -> anyhow::Result<bool> {
        let mut actions = std::mem::take(&mut self.actions);
        let reader = match side {
            Side::Live => Some(&mut self.live),
            Side::Replay => self.replay.as_mut(),
        };
        let Some(reader) = reader.filter(|reader| !reader.ended && !reader.finished) else {
            self.actions = actions;
            return Ok(false);
        };
        let mut more = true;
        for _ in 0..BURST {
            if !self.core.reads(side) {
                more = false;
                break;
            }
            let mut lost = None;
            match reader.source.next(&mut self.entry, &mut self.names) {
                Ok(Read::Entry) => {
                    let cursor = match self.core.needs_cursor(side) {
                        true => reader.source.cursor().ok(),
                        false => None,
                    };
                    self.entry.journal_id = cursor.map(|cursor| (cursor.seqnum_id, cursor.seqnum));
                    if let Some(first) = cursor
                        && let Some(after) = reader.gone.take()
                    {
                        let vacuumed = Input::Vacuumed {
                            side,
                            entries: between(&after, &first),
                            first: Some(first),
                        };
                        self.core.step(vacuumed, &self.names, now, &mut actions);
                    }
                    let input = Input::Entry {
                        side,
                        entry: &self.entry,
                        cursor,
                    };
                    self.core.step(input, &self.names, now, &mut actions);
                }
                Ok(end @ (Read::End | Read::Finished)) => {
                    reader.ended = true;
                    reader.finished = end == Read::Finished;
                    self.core
                        .step(Input::End { side }, &self.names, now, &mut actions);
                    more = false;
                }
                Err(SourceError::BadEntry(error)) => {
                    log::warn(format_args!("an entry is passed over: {error}"));
                    lost = Some(Input::Unreadable { entries: 1 });
                }
                Err(SourceError::Skipped { entries, why }) => {
                    log::warn(format_args!("passed over: {why}"));
                    lost = Some(Input::Unreadable { entries });
                }
                Err(SourceError::Deleted { entries, why }) => {
                    log::warn(why);
                    lost = Some(Input::Vacuumed {
                        side,
                        entries,
                        first: None,
                    });
                }
                Err(SourceError::Fatal(error)) => return Err(error),
            }
            // What is damaged for the replay, the live side has counted; what is deleted, it may have read before.
            let counts =
                |lost: &Input<'_>| side == Side::Live || matches!(lost, Input::Vacuumed { .. });
            if let Some(lost) = lost.filter(counts) {
                self.core.step(lost, &self.names, now, &mut actions);
            }
            // A cursor is asked of the entry read last, so before the next.
            if !actions.is_empty() || !more {
                break;
            }
        }
        let finished = side == Side::Live && self.live.finished && !self.draining;
        self.actions = actions;
        self.act(now);
        if finished {
            self.drain_at_end(now);
        }
        Ok(more)
    }

    /// Standard input is closed: everything is to be delivered, however long it takes.
    fn drain_at_end(&mut self, now: Now) {
        self.draining = true;
        self.step(
            Input::Drain {
                deadline: Millis::MAX,
            },
            now,
        );
    }

    fn step(&mut self, input: Input<'_>, now: Now) {
        self.core.step(input, &self.names, now, &mut self.actions);
        self.act(now);
    }

    fn act(&mut self, now: Now) {
        while !self.actions.is_empty() {
            let mut actions = std::mem::take(&mut self.actions);
            for action in actions.drain(..) {
                self.act_one(action, now);
            }
            if self.actions.is_empty() {
                self.actions = actions;
                return;
            }
        }
    }

    fn act_one(&mut self, action: Action, now: Now) {
        match action {
            Action::Put {
                batch, key, body, ..
            } => self.sender.send(Request::Put { batch, key, body }),
            Action::CreateGroup { group } => self.sender.send(Request::CreateGroup { group }),
            Action::CreateStream { stream, key } => {
                self.sender.send(Request::CreateStream { stream, key })
            }
            Action::NeedCursor(side) => {
                let reader = match side {
                    Side::Live => Some(&mut self.live),
                    Side::Replay => self.replay.as_mut(),
                };
                let cursor = reader.and_then(|reader| reader.source.cursor().ok());
                self.core.step(
                    Input::Cursor { side, cursor },
                    &self.names,
                    now,
                    &mut self.actions,
                );
            }
            Action::StartReplay { after } => self.start_replay(after, now),
            Action::StopReplay => self.replay = None,
            Action::Accepted { key, range } => {
                self.with_accepted(|log| log.append(&key, &range));
            }
            Action::Save(checkpoint) => {
                if let Some(log) = &mut self.accepted {
                    log.saving();
                }
                self.saver.write(Write::Checkpoint(checkpoint));
            }
            Action::Quarantine { key, event, reason } => {
                self.saver.write(Write::Quarantine { key, event, reason })
            }
            Action::Tell(notice) => {
                if notice.level() != log::Level::Info {
                    self.failed(notice.to_string(), now);
                }
                log::log(notice.level(), &notice);
            }
            Action::Finish(outcome) => self.outcome = Some(outcome),
        }
    }

    /// A disk that fails here costs duplicates after a kill, never lines: it is said once.
    fn with_accepted(&mut self, write: impl FnOnce(&mut AcceptedLog) -> io::Result<()>) {
        let Some(Err(error)) = self.accepted.as_mut().map(write) else {
            return;
        };
        if !std::mem::replace(&mut self.accepted_failing, true) {
            log::warn(format_args!(
                "what is accepted cannot be written down beside the checkpoint: after a kill, lines since the last one would come twice: {error}"
            ));
        }
    }

    /// For `ecs-logs status`.
    fn failed(&mut self, message: String, now: Now) {
        let at_ms = now.wall.0;
        self.last_error = Some(status::Told { at_ms, message });
    }

    fn start_replay(&mut self, after: Cursor, now: Now) {
        let opened = (self.reopen)().and_then(|mut source| {
            let landed = source.seek(&Seek::After(after))?;
            Ok((source, landed))
        });
        match opened {
            Ok((source, landed)) => {
                self.replay = Some(Reader {
                    side: Side::Replay,
                    source,
                    ended: false,
                    finished: false,
                    gone: (landed == Landed::Gone).then_some(after),
                });
            }
            Err(error) => {
                log::warn(format_args!(
                    "cannot read the journal a second time, parked streams wait: {error:#}"
                ));
                self.core
                    .step(Input::ReplayFailed, &self.names, now, &mut self.actions);
            }
        }
    }

    /// Until an answer, a signal, new entries, or the core's time.
    fn sleep(&mut self, now: Now) -> anyhow::Result<()> {
        let mut wait = self
            .core
            .wake()
            .since(now.mono)
            .max(Duration::from_millis(1));
        wait = wait.min(self.reports.next_status.since(now.mono));
        if self.stopping.is_some() {
            wait = wait.min(STOPPING_LOOK);
        }
        if self.service.watchdog.is_some() {
            wait = wait.min(self.reports.next_watchdog.since(now.mono));
        }
        let mut fds: Vec<BorrowedFd<'_>> = vec![self.replies.fd(), self.signals.fd()];
        for reader in [Some(&self.live), self.replay.as_ref()]
            .into_iter()
            .flatten()
            .filter(|reader| !reader.finished)
        {
            if !self.core.reads(reader.side) {
                wait = wait.min(PROCESS_EVERY);
                continue;
            }
            let (fd, most) = reader.source.wait();
            fds.extend(fd);
            wait = wait.min(most);
        }
        let mut polled: Vec<PollFd<'_>> = fds
            .iter()
            .map(|fd| PollFd::from_borrowed_fd(*fd, PollFlags::IN))
            .collect();
        let timeout = Timespec {
            tv_sec: wait.as_secs() as i64,
            tv_nsec: i64::from(wait.subsec_nanos()),
        };
        let quiet = match poll(&mut polled, Some(&timeout)) {
            Ok(ready) => ready == 0,
            Err(Errno::INTR) => false,
            Err(error) => return Err(error).context("cannot wait for the journal"),
        };
        // The first two are ours; anything behind them is a journal's.
        let touched = polled.iter().skip(2).any(|fd| !fd.revents().is_empty());
        drop(polled);
        drop(fds);
        if touched || quiet {
            for reader in [Some(&mut self.live), self.replay.as_mut()]
                .into_iter()
                .flatten()
            {
                if let Err(SourceError::Fatal(error)) = reader.source.process() {
                    return Err(error);
                }
                reader.ended = reader.finished;
            }
        }
        Ok(())
    }

    fn report(&mut self, now: Now) {
        if let Some(every) = self
            .service
            .watchdog
            .filter(|_| now.mono >= self.reports.next_watchdog)
        {
            self.reports.next_watchdog = now.mono.after(every);
            self.sender.send(Request::Turn);
        }
        if now.mono >= self.reports.next_status {
            let gone_by = now.mono.since(self.reports.next_status) + STATUS_EVERY;
            self.reports.next_status = now.mono.after(STATUS_EVERY);
            self.tell(gone_by, now);
        }
    }

    /// Says how things are: to systemd, to Prometheus, and in the status file.
    fn tell(&mut self, gone_by: Duration, now: Now) {
        self.live
            .source
            .strangers(&mut self.names, &mut |entry, names| {
                let input = Input::Stranger { entry };
                self.core.step(input, names, now, &mut self.actions);
            });
        self.act(now);
        let health = self.core.health(now);
        let mut counters = self.core.counters().clone();
        for (metric, value) in self.core.gauges() {
            counters.set(metric, value);
        }
        // What is delivered may go; so with nothing waiting it is the whole journal that is headroom.
        let oldest = self.live.source.oldest_realtime();
        let waiting = health
            .oldest_undelivered_usec
            .unwrap_or(now.wall.0.max(0) as u64 * 1_000);
        let headroom_ms = oldest.map(|oldest| waiting.saturating_sub(oldest) / 1_000);
        counters.set(Metric::Lag, health.lag.as_millis() as u64);
        counters.set(
            Metric::CheckpointAge,
            health.checkpoint_behind.as_millis() as u64,
        );
        counters.set(Metric::JournalHeadroom, headroom_ms.unwrap_or(UNKNOWN));
        if let Some(server) = &self.metrics {
            server.publish(counters.to_prometheus() + &self.core.groups().to_prometheus());
        }
        let count = |metric| counters.get(metric);
        let events = count(Metric::EventsAccepted);
        let rate = (events - self.reports.events) as f64 / gone_by.as_secs_f64();
        let since_trim = events - self.reports.trimmed_at;
        if count(Metric::WindowBytes) < TRIM_BELOW_BYTES
            && (since_trim >= TRIM_AFTER || since_trim > 0 && rate == 0.0)
        {
            self.reports.trimmed_at = events;
            memory::trim();
        }
        self.reports.events = events;
        let parked = count(Metric::ParkedStreams);
        self.service.status(&format!(
            "{rate:.0} events/s, {} s behind, {events} accepted, {} given up, {parked} streams parked",
            health.lag.as_secs(),
            counters.lost(),
        ));
        let Some(checkpoint) = &self.checkpoint else {
            return;
        };
        let parked_streams = self.core.parked(status::MOST_PARKED).into_iter();
        let status = Status {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            pid: std::process::id(),
            pid_started: self.reports.pid_started,
            checkpoint: checkpoint.clone(),
            written_ms: now.wall.0,
            events_per_second: rate,
            entries_read: count(Metric::Entries),
            events_accepted: events,
            lines_lost: counters.lost(),
            lost: Loss::describe(&counters),
            lag_ms: count(Metric::Lag),
            in_flight: count(Metric::InFlight),
            in_flight_limit: count(Metric::InFlightLimit),
            window_bytes: count(Metric::WindowBytes),
            parked_count: parked,
            parked: parked_streams
                .map(|parked| status::Parked {
                    group: parked.key.group.to_string(),
                    stream: parked.key.stream.to_string(),
                    since_ms: (parked.since_usec / 1_000) as i64,
                    reason: parked.reason,
                })
                .collect(),
            trouble: health.trouble,
            last_error: self.last_error.clone(),
            checkpoint_behind_ms: count(Metric::CheckpointAge),
            checkpoint_saved_ms: health.checkpoint_saved.map(|at| at.0),
            headroom_ms,
        };
        self.saver.write(Write::Status(Box::new(status)));
    }
}
