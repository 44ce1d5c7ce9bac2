//! The reading thread: reads entries into the core, carries its actions out and the answers back, and sleeps in between.

mod headroom;
mod report;
mod wishes;

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
    core::{Action, Core, Input, Outcome, Side, between},
    cursor::Cursor,
    destination::Destination,
    entry::{Entry, FieldTable},
    event::EncoderSettings,
    intern::Interner,
    lines::LinesSettings,
    log,
    metrics::Counters,
    metrics_server::MetricsServer,
    quarantine::Quarantine,
    route::RouteSettings,
    service::Service,
    source::{Landed, Read, Seek, Source, SourceError},
    status::{self, StatusFile},
    time::{Millis, Now},
};
use anyhow::Context;
use report::Reports;
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
use wishes::Stopping;

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

/// While that lasts, the next look.
const STOPPING_LOOK: Duration = Duration::from_millis(5);

/// Entries between two looks at answers, signals and the clock.
const BURST: usize = 256;
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
            reports: Reports::new(),
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
}
