//! What somebody wants by a signal: to stop, with all that was written until then delivered, or to begin with a new configuration.

use super::{Pipeline, Queue, Wish};
use crate::{
    core::Input,
    log,
    source::Seek,
    time::{Millis, Now},
};

/// Of the time for draining, so much may go into reading to the end; the rest is for sending.
const READING_SHARE: u32 = 4;

/// After SIGTERM: what was written until then is read, too. When a host goes down these are its containers' last words.
pub(super) struct Stopping {
    began: Now,
    /// Ahead of us in it is what journald has not written down yet.
    queue: Option<Queue>,
}

impl Pipeline {
    pub(super) fn wishes(&mut self, now: Now) {
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
    pub(super) fn stop_when_read(&mut self, now: Now) -> bool {
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
    pub(super) fn is_stopping(&self) -> bool {
        self.stopping.is_some() || self.draining && self.live.source.has_cursors()
    }

    /// Ends now; what is unsent stays for the next start.
    pub(super) fn give_up(&mut self, now: Now) {
        self.draining = true;
        self.step(Input::Drain { deadline: now.mono }, now);
    }

    fn drain(&mut self, since: Now) {
        self.draining = true;
        let deadline = since.mono.after(self.drain_timeout);
        self.step(Input::Drain { deadline }, self.clock.now());
    }

    /// Standard input is closed: everything is to be delivered, however long it takes.
    pub(super) fn drain_at_end(&mut self, now: Now) {
        self.draining = true;
        self.step(
            Input::Drain {
                deadline: Millis::MAX,
            },
            now,
        );
    }
}
