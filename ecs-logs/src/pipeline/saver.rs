//! The saving thread: a disk that takes its time holds up no reading.

use super::{Reply, Write, wake::WakingSender};
use crate::{checkpoint::Store, log, quarantine::Quarantine, status::StatusFile};
use crossbeam_channel::{Sender, unbounded};
use std::thread::{self, JoinHandle};

#[derive(Debug)]
pub(super) struct SaverThread {
    writes: Option<Sender<Write>>,
    thread: Option<JoinHandle<()>>,
}

impl SaverThread {
    /// Without a store nothing is kept, as for standard input.
    pub(super) fn start(
        store: Option<Store>,
        quarantine: Quarantine,
        status: Option<StatusFile>,
        replies: WakingSender<Reply>,
    ) -> anyhow::Result<SaverThread> {
        let (writes, receiver) = unbounded();
        let thread = thread::Builder::new().name("saver".into()).spawn(move || {
            let mut told = false;
            for write in receiver {
                match write {
                    Write::Checkpoint(checkpoint) => {
                        let saved = store
                            .as_ref()
                            .map_or(Ok(()), |store| store.save(&checkpoint));
                        replies.send(Reply::Saved(saved.map_err(|error| format!("{error:#}"))));
                    }
                    Write::Status(said) => {
                        let written = status.as_ref().map_or(Ok(()), |status| status.write(&said));
                        // Once: the checkpoint beside it has its own alarm.
                        if let Err(error) = written
                            && !std::mem::replace(&mut told, true)
                        {
                            log::warn(format_args!("{error:#}"));
                        }
                    }
                    Write::Quarantine { key, event, reason } => {
                        if let Err(error) = quarantine.keep(&key, &event, &reason) {
                            log::warn(format_args!("{error:#}"));
                        }
                    }
                }
            }
        })?;
        Ok(SaverThread {
            writes: Some(writes),
            thread: Some(thread),
        })
    }

    pub(super) fn write(&self, write: Write) {
        if let Some(writes) = &self.writes {
            // The thread ends only after us.
            drop(writes.send(write));
        }
    }
}

impl Drop for SaverThread {
    fn drop(&mut self) {
        self.writes = None;
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}
