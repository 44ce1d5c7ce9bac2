//! The journal read from its files directly. Equal values of a file are one object in it, so a container's fields cost a
//! lookup of their offsets; only what differs from entry to entry is read.

mod fields;
mod patterns;
mod short;

use super::{Landed, Read, Seek, Source, SourceError, place::JournalPlace};
use crate::{
    cursor::Cursor,
    entry::{Entry, FieldTable},
    intern::Interner,
    log,
    route::Condition,
};
use anyhow::{Context, anyhow};
use fields::FieldReader;
use journal_reader::{
    Error, Event, Flag, Journal, Matches, Namespace, Options, Place, SkipReason, ValueWatch,
};
use std::{collections::VecDeque, os::fd::BorrowedFd, path::PathBuf, time::Duration};

/// Entries between two looks for rotated and deleted files.
const PROCESS_EVERY: u32 = 1000;
/// inotify tells of new entries and files; this is the net beneath it, and what an idle host's wake-ups come from.
const LONGEST_WAIT: Duration = Duration::from_secs(2);
/// Tags of a file that are looked at in one go.
const MOST_STRANGERS: usize = 64;

/// Why the journal's files cannot be read natively.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// libsystemd may well read it.
    #[error("{} uses {flag}, which only libsystemd reads", path.display())]
    Unsupported { path: PathBuf, flag: Flag },
    #[error(transparent)]
    Failed(#[from] anyhow::Error),
}

pub struct NativeSource {
    journal: Journal,
    fields: FieldReader,
    notices: VecDeque<SourceError>,
    since_process: u32,
    unsupported: Option<(PathBuf, Flag)>,
    /// Where not every entry is read.
    strangers: Option<ValueWatch>,
}

impl NativeSource {
    /// Opens a journal for the fields of `fields` and the entries that match.
    pub fn open(
        place: &JournalPlace,
        fields: &FieldTable,
        matches: Option<&[Vec<Condition>]>,
    ) -> Result<Self, OpenError> {
        let found = super::place::look(place)?;
        let mut options = Options {
            matches: filter(matches)?,
            ..Options::default()
        };
        match place {
            JournalPlace::Host => {
                // In a container the machine's id is not the host's; then all that was mounted is meant.
                options.machine = found.own_machine.then(machine_id).flatten();
            }
            JournalPlace::Namespace(name) => {
                options.machine = machine_id();
                options.namespace = Namespace::Named(name.clone());
            }
            JournalPlace::Directory(folder) => options.places = vec![Place::Folder(folder.clone())],
            JournalPlace::Files(files) => {
                options.places = files.iter().cloned().map(Place::File).collect();
            }
        }
        let journal = Journal::open(options).map_err(|error| match error {
            Error::Unsupported { path, flag } => OpenError::Unsupported { path, flag },
            error => OpenError::Failed(error.into()),
        })?;
        let mut source = NativeSource {
            journal,
            fields: FieldReader::new(fields),
            notices: VecDeque::new(),
            since_process: 0,
            unsupported: None,
            strangers: matches.map(|_| ValueWatch::new("CONTAINER_TAG")),
        };
        source.take_events();
        Ok(source)
    }

    /// The file that made reading stop, if it was one that only libsystemd reads.
    pub fn unsupported(&self) -> Option<(&PathBuf, Flag)> {
        self.unsupported.as_ref().map(|(path, flag)| (path, *flag))
    }

    /// Says what became of files, and keeps what cost entries for the core to count.
    fn take_events(&mut self) {
        for event in self.journal.take_events() {
            match event {
                // It is looked at again until its header is complete.
                Event::FileSkipped {
                    reason: SkipReason::NotReady,
                    ..
                } => {}
                Event::FileSkipped { path, reason } => log::warn(format_args!(
                    "the journal file {} is left out: {reason}",
                    path.display()
                )),
                Event::FileTruncated { path, .. } => log::warn(format_args!(
                    "the journal file {} was cut while it was read",
                    path.display()
                )),
                Event::FileGone { path, file, unread } => {
                    self.fields.forget(file);
                    if unread > 0 {
                        let why = format!(
                            "the journal file {} was deleted with up to {unread} entries unread",
                            path.display()
                        );
                        let entries = unread;
                        self.notices
                            .push_back(SourceError::Deleted { entries, why });
                    }
                }
                Event::EntriesSkipped {
                    path,
                    count,
                    offset,
                    reason,
                    ..
                } => self.notices.push_back(SourceError::Skipped {
                    entries: count,
                    why: format!(
                        "{count} damaged entries of {}, the first at {offset:#x}: {reason}",
                        path.display()
                    ),
                }),
                Event::EntriesBehind { path, count, .. } => {
                    self.notices.push_back(SourceError::Skipped {
                        entries: count,
                        why: format!(
                            "{count} entries of {} came too late to be put in order",
                            path.display()
                        ),
                    });
                }
                _ => {}
            }
        }
    }
}

impl Source for NativeSource {
    fn next(&mut self, entry: &mut Entry, names: &mut Interner) -> Result<Read, SourceError> {
        self.since_process += 1;
        if self.since_process >= PROCESS_EVERY {
            self.process()?;
        }
        if let Some(notice) = self.notices.pop_front() {
            return Err(notice);
        }
        let Some(found) = self.journal.next() else {
            self.take_events();
            return match self.notices.pop_front() {
                Some(notice) => Err(notice),
                None => Ok(Read::End),
            };
        };
        self.fields.read(&found, entry, names, &mut self.notices);
        Ok(Read::Entry)
    }

    fn cursor(&mut self) -> Result<Cursor, SourceError> {
        let cursor = self.journal.cursor().ok_or_else(|| {
            let text = "journal: no entry was read yet, so there is no cursor";
            SourceError::BadEntry(text.to_owned())
        })?;
        Ok(Cursor {
            seqnum_id: cursor.seqnum_id,
            seqnum: cursor.seqnum,
            boot_id: cursor.boot_id,
            monotonic_usec: cursor.monotonic,
            realtime_usec: cursor.realtime,
            xor_hash: cursor.xor_hash,
        })
    }

    fn seek(&mut self, to: &Seek) -> Result<Landed, SourceError> {
        use journal_reader::Seek as To;
        let to = match to {
            Seek::Head => To::Head,
            Seek::Tail => To::Tail,
            Seek::Realtime(usec) => To::Realtime(*usec),
            Seek::After(cursor) => To::After(journal_reader::Cursor {
                seqnum_id: cursor.seqnum_id,
                seqnum: cursor.seqnum,
                boot_id: cursor.boot_id,
                monotonic: cursor.monotonic_usec,
                realtime: cursor.realtime_usec,
                xor_hash: cursor.xor_hash,
            }),
            Seek::Boot => match boot_id() {
                Some(boot_id) => To::Boot(boot_id),
                None => {
                    let error = anyhow!("journal: cannot read this boot's id");
                    return Err(SourceError::Fatal(error));
                }
            },
        };
        let landed = self.journal.seek(&to);
        if let (To::Boot(_), journal_reader::Landed::Gone) = (&to, landed) {
            // Nothing of this boot yet: it will come behind all there is.
            self.journal.seek(&To::Tail);
        }
        Ok(match (to, landed) {
            (To::After(_), journal_reader::Landed::Gone) => Landed::Gone,
            _ => Landed::There,
        })
    }

    fn wait(&self) -> (Option<BorrowedFd<'_>>, Duration) {
        match self.journal.fd() {
            Some(fd) => (Some(fd), LONGEST_WAIT),
            None => (None, self.journal.timeout()),
        }
    }

    fn process(&mut self) -> Result<(), SourceError> {
        self.since_process = 0;
        self.fields.shrink();
        let processed = self.journal.process();
        self.take_events();
        processed.map_err(|error| {
            if let Error::Unsupported { path, flag } = &error {
                self.unsupported = Some((path.clone(), *flag));
            }
            SourceError::Fatal(error.into())
        })
    }

    fn oldest_realtime(&mut self) -> Option<u64> {
        self.journal.oldest_realtime()
    }

    fn strangers(&mut self, names: &mut Interner, each: &mut dyn FnMut(&Entry, &Interner)) {
        let Some(watch) = &mut self.strangers else {
            return;
        };
        let mut entry = Entry::default();
        self.journal.new_values(watch, MOST_STRANGERS, |found| {
            self.fields.read_interned(found, &mut entry, names);
            each(&entry, names);
        });
    }
}

fn filter(groups: Option<&[Vec<Condition>]>) -> anyhow::Result<Matches> {
    let mut matches = Matches::new();
    for group in groups.into_iter().flatten() {
        matches.or();
        for condition in group {
            let mut term = condition.field.clone().into_bytes();
            term.push(b'=');
            term.extend_from_slice(&condition.value);
            matches.add(&term).context("cannot filter the journal")?;
        }
    }
    Ok(matches)
}

fn machine_id() -> Option<u128> {
    id_in("/etc/machine-id")
}

fn boot_id() -> Option<u128> {
    id_in("/proc/sys/kernel/random/boot_id")
}

fn id_in(path: &str) -> Option<u128> {
    let text = std::fs::read_to_string(path).ok()?.replace('-', "");
    u128::from_str_radix(text.trim(), 16).ok()
}
