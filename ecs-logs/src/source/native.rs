//! The journal read from its files directly. Equal values of a file are one object in it, so a container's fields cost a
//! lookup of their offsets; only what differs from entry to entry is read.

use super::{Landed, Read, Seek, Source, SourceError, place::JournalPlace};
use crate::{
    cursor::Cursor,
    entry::{Entry, FieldId, FieldTable, Kind, Symbol},
    identity::{Identities, mark},
    intern::Interner,
    log,
    route::Condition,
};
use anyhow::{Context, anyhow};
use journal_reader::{
    DataRef, Error, Event, Flag, Journal, Matches, Namespace, OffsetCache, Options, Place, Scratch,
    SkipReason, ValueWatch,
};
use std::{collections::VecDeque, os::fd::BorrowedFd, path::PathBuf, time::Duration};

/// Entries between two looks for rotated and deleted files.
const PROCESS_EVERY: u32 = 1000;
/// inotify tells of new entries and files; this is the net beneath it, and what an idle host's wake-ups come from.
const LONGEST_WAIT: Duration = Duration::from_secs(2);
/// A value further before its entry is not this entry's alone, but for a long one.
const OWN_VALUES: u64 = 4096;
/// Tags of a file that are looked at in one go.
const MOST_STRANGERS: usize = 64;
/// Larger fields are passed over: CloudWatch takes an event of 1 MiB, and a line is split into a few of these.
const MAX_FIELD_BYTES: usize = 64 << 20;
/// What a single huge field leaves in memory.
const KEPT_BYTES: usize = 1 << 20;

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
    wanted: Wanted,
    cache: OffsetCache<Known>,
    short: ShortValues,
    identities: Identities,
    scratch: Scratch,
    /// Of the interner, when the cache was filled.
    generation: u32,
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
            wanted: Wanted::new(fields),
            cache: OffsetCache::new(),
            short: ShortValues::default(),
            identities: Identities::default(),
            scratch: Scratch::with_limit(MAX_FIELD_BYTES),
            generation: 0,
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
                    self.cache.forget(file);
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
        if self.generation != names.generation() {
            self.generation = names.generation();
            self.cache.clear();
        }
        let Some(found) = self.journal.next() else {
            self.take_events();
            return match self.notices.pop_front() {
                Some(notice) => Err(notice),
                None => Ok(Read::End),
            };
        };
        entry.reset(self.wanted.len);
        entry.realtime_usec = found.realtime();
        let cache = self.cache.file(found.file());
        let own = found.offset().saturating_sub(OWN_VALUES);
        let mut sum = 0_u64;
        for data in found.items() {
            // What was written with the entry is most likely its own: nothing is known of it.
            if data.offset < own {
                if let Some(known) = cache.get(data.offset) {
                    if known.field != Known::UNWANTED {
                        let (id, symbol) = (FieldId(known.field), known.symbol);
                        entry.set_symbol(id, symbol);
                        sum = sum.wrapping_add(mark(id, symbol));
                    }
                    continue;
                }
                if let Some((id, value)) = self.short.get(data) {
                    entry.set_bytes(id, value);
                    continue;
                }
            }
            let wanted = |name: &[u8]| self.wanted.find(name);
            let taken = match found.take(data, &mut self.scratch, entry.buffer(), wanted) {
                Ok(taken) => taken,
                Err(error) => {
                    let cursor = found.cursor();
                    self.notices.push_back(SourceError::BadEntry(format!(
                        "a field of the entry {cursor} is passed over: {error}"
                    )));
                    continue;
                }
            };
            match taken.wanted {
                None if taken.shared => cache.insert(data.offset, Known::default()),
                None => {}
                Some((id, Kind::Bytes)) => {
                    if taken.shared {
                        self.short
                            .insert(data, id, &entry.buffer()[taken.value.clone()]);
                    }
                    entry.set_range(id, taken.value);
                }
                Some((id, Kind::Interned)) => {
                    let symbol = names.intern(&entry.buffer()[taken.value.clone()]);
                    entry.buffer().truncate(taken.value.start);
                    entry.set_symbol(id, symbol);
                    sum = sum.wrapping_add(mark(id, symbol));
                    if taken.shared {
                        let field = id.0;
                        cache.insert(data.offset, Known { field, symbol });
                    }
                }
            }
        }
        let identity = self.identities.of(entry, sum, names);
        entry.set_identity(Some(identity));
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
        self.scratch.shrink(KEPT_BYTES);
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
            entry.reset(self.wanted.len);
            for data in found.items() {
                if let Ok(payload) = found.payload(data, &mut self.scratch)
                    && let (name, value) = payload.split()
                    && let Some((id, Kind::Interned)) = self.wanted.find(name)
                {
                    entry.set_symbol(id, names.intern(value));
                }
            }
            each(&entry, names);
        });
    }
}

/// Short values of bytes that several entries have: Docker counts every container's lines from 1, so that in a file all
/// containers' equal numbers are one object, far from where most of its entries are. One table for all files.
#[derive(Default)]
struct ShortValues {
    /// Empty until there is the first.
    slots: Box<[Short]>,
}

#[derive(Clone, Copy, Default)]
struct Short {
    /// File and offset; never zero where there is a value.
    key: u64,
    field: u16,
    len: u8,
    bytes: [u8; Short::MOST],
}

impl Short {
    const MOST: usize = 13;
}

impl ShortValues {
    /// 384 KiB: what a core's own cache holds.
    const SLOTS: usize = 1 << 14;

    /// Slot and key. Objects stand at multiples of eight; no key for what lies beyond 32 GiB.
    #[inline]
    fn place(data: DataRef) -> (usize, u64) {
        let offset = u32::try_from(data.offset / 8).unwrap_or(0);
        let key = match offset {
            0 => 0,
            offset => u64::from(data.file.number()) << 32 | u64::from(offset),
        };
        let spread = key.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (64 - Self::SLOTS.trailing_zeros());
        (spread as usize, key)
    }

    #[inline]
    fn get(&self, data: DataRef) -> Option<(FieldId, &[u8])> {
        let (slot, key) = Self::place(data);
        let found = self.slots.get(slot)?;
        let there = found.key == key && key != 0;
        there.then(|| (FieldId(found.field), &found.bytes[..usize::from(found.len)]))
    }

    #[inline]
    fn insert(&mut self, data: DataRef, id: FieldId, value: &[u8]) {
        let (slot, key) = Self::place(data);
        let mut bytes = [0; Short::MOST];
        let (Some(kept), Ok(len)) = (bytes.get_mut(..value.len()), u8::try_from(value.len()))
        else {
            return;
        };
        kept.copy_from_slice(value);
        if self.slots.is_empty() {
            self.slots = vec![Short::default(); Self::SLOTS].into_boxed_slice();
        }
        let field = id.0;
        self.slots[slot] = Short {
            key,
            field,
            len,
            bytes,
        };
    }
}

/// What stands at an offset.
#[derive(Clone, Copy, Debug)]
struct Known {
    field: u16,
    symbol: Symbol,
}

impl Known {
    const UNWANTED: u16 = u16::MAX;
}

impl Default for Known {
    fn default() -> Known {
        Known {
            field: Known::UNWANTED,
            symbol: Symbol::ABSENT,
        }
    }
}

/// The fields that are read, found by the length of their name and then the name.
struct Wanted {
    by_length: Vec<Vec<WantedField>>,
    len: usize,
}

struct WantedField {
    name: Box<[u8]>,
    id: FieldId,
    kind: Kind,
}

impl Wanted {
    fn new(fields: &FieldTable) -> Self {
        let mut by_length: Vec<Vec<WantedField>> = Vec::new();
        for (name, _) in fields.iter() {
            let Some((id, kind)) = fields.find(name) else {
                continue;
            };
            if by_length.len() <= name.len() {
                by_length.resize_with(name.len() + 1, Vec::new);
            }
            by_length[name.len()].push(WantedField {
                name: name.as_bytes().into(),
                id,
                kind,
            });
        }
        Wanted {
            by_length,
            len: fields.len(),
        }
    }

    #[inline]
    fn find(&self, name: &[u8]) -> Option<(FieldId, Kind)> {
        let mut fields = self.by_length.get(name.len())?.iter();
        let field = fields.find(|field| *field.name == *name)?;
        Some((field.id, field.kind))
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
