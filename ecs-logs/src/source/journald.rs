//! The journal by libsystemd, and the only file that knows it. An entry is enumerated once; its cursor is asked for only where
//! the core wants one, and remembered before libsystemd may let the entry's file go.

use super::{
    Landed, Read, Seek, Source, SourceError,
    guard::{guarded, install},
    place::{JournalPlace, look},
    wanted::Wanted,
};
use crate::{
    cursor::Cursor,
    entry::{Entry, FieldId, FieldTable, Kind, Symbol},
    intern::Interner,
    route::Condition,
};
use anyhow::{Context, anyhow};
use std::{
    os::fd::{BorrowedFd, RawFd},
    path::Path,
    time::Duration,
};
use systemd::journal::{Journal, OpenDirectoryOptions, OpenFilesOptions, OpenOptions};

/// Entries between two looks for rotated and deleted files: libsystemd keeps a deleted file open until then, and its disk space with it.
const PROCESS_EVERY: u32 = 1000;
/// libsystemd tells of changes by inotify, where there is none by being asked.
const LONGEST_WAIT: Duration = Duration::from_secs(2);
const WAIT_WITHOUT_INOTIFY: Duration = Duration::from_millis(250);
/// Reads that fail in a row before the journal is given up.
const MAX_FAILURES: u32 = 100;

pub struct JournaldSource {
    journal: Journal,
    /// What the index is asked for: one of the groups must match. Nothing means every entry.
    matches: Option<Vec<Vec<Condition>>>,
    wanted: Wanted<WantedField>,
    fd: Option<RawFd>,
    /// The journal already stands on the entry that is to be read next.
    standing: bool,
    /// The entry read last, where libsystemd can still be asked for its cursor.
    on_entry: bool,
    cursor: Option<Cursor>,
    since_process: u32,
    failures: u32,
}

impl JournaldSource {
    /// Opens a journal for the fields of `fields` and the entries that match.
    pub fn open(
        place: &JournalPlace,
        fields: &FieldTable,
        matches: Option<Vec<Vec<Condition>>>,
    ) -> anyhow::Result<Self> {
        let found = look(place)?;
        install();
        let mut journal = match place {
            // In a container the machine's id is not the host's; then all that was mounted is meant.
            JournalPlace::Host => OpenOptions::default()
                .local_only(found.own_machine)
                .open()
                .context("cannot open this host's journal")?,
            JournalPlace::Namespace(namespace) => OpenOptions::default()
                .local_only(true)
                .open_namespace(namespace.as_str())
                .with_context(|| format!("cannot open the journal's namespace {namespace:?}"))?,
            JournalPlace::Directory(directory) => OpenDirectoryOptions::default()
                .open_directory(text(directory)?)
                .with_context(|| format!("cannot open the journal in {}", directory.display()))?,
            JournalPlace::Files(files) => {
                let names = files.iter().map(|file| text(file));
                let names = names.collect::<anyhow::Result<Vec<_>>>()?;
                OpenFilesOptions::default()
                    .open_files(names)
                    .with_context(|| format!("cannot open {} as a journal", list(files)))?
            }
        };
        // Before anything else: from here on libsystemd watches, and what is deleted from now on is noticed.
        let fd = journal.fd().ok();
        // The default cuts fields at 64 KiB.
        journal
            .set_data_threshold(0)
            .context("cannot read whole fields")?;
        let mut source = JournaldSource {
            journal,
            matches,
            wanted: Wanted::new(fields, |id, kind| WantedField {
                id,
                kind,
                last: Symbol::ABSENT,
            }),
            fd,
            standing: false,
            on_entry: false,
            cursor: None,
            since_process: 0,
            failures: 0,
        };
        source.add_matches().context("cannot filter the journal")?;
        source
            .journal
            .seek_head()
            .context("cannot go to the journal's head")?;
        Ok(source)
    }

    fn add_matches(&mut self) -> systemd::Result<()> {
        self.journal.match_flush()?;
        for (at, group) in self.matches.iter().flatten().enumerate() {
            if at > 0 {
                self.journal.match_or()?;
            }
            // Values of one field are alternatives and fields must all match: that is what libsystemd does by itself.
            for condition in group {
                self.journal
                    .match_add(&condition.field, condition.value.as_slice())?;
            }
        }
        Ok(())
    }

    /// Behind the newest entry. `seek_tail` alone is no place: with no entry to stand on, libsystemd 252 would later return
    /// only the last one of the first burst.
    fn seek_tail(&mut self) -> systemd::Result<()> {
        self.journal.seek_tail()?;
        if self.journal.previous()? == 0 {
            self.journal.seek_head()?;
        }
        Ok(())
    }

    /// Before the first entry of this boot that the journal holds; behind the newest when it holds none.
    fn seek_boot(&mut self) -> anyhow::Result<()> {
        let boot = std::fs::read_to_string("/proc/sys/kernel/random/boot_id")
            .context("cannot read this boot's id")?
            .replace('-', "");
        self.journal.match_flush()?;
        self.journal.match_add("_BOOT_ID", boot.trim())?;
        self.journal.seek_head()?;
        let first = match self.journal.next()? {
            0 => None,
            _ => Some(self.journal.cursor()?),
        };
        self.add_matches()?;
        match first {
            Some(first) => self.journal.seek_cursor(first)?,
            None => self.seek_tail()?,
        }
        Ok(())
    }

    /// Behind the entry of a cursor. What libsystemd landed on is tested, for it lands somewhere in any case.
    fn seek_after(&mut self, cursor: &Cursor) -> systemd::Result<Landed> {
        let text = cursor.to_string();
        // Without matches first: a filter that has changed must not make the entry look lost.
        self.journal.match_flush()?;
        self.journal.seek_cursor(text.as_str())?;
        let landed = match self.journal.next()? {
            0 => None,
            _ => Some(self.journal.test_cursor(text.as_str())?),
        };
        self.add_matches()?;
        self.journal.seek_cursor(text.as_str())?;
        let (mut on_entry, mut is_it) = match self.journal.next()? {
            0 => (false, false),
            _ => (true, self.journal.test_cursor(text.as_str())?),
        };
        // Never back over what was read: of the same series, the sequence number decides.
        while on_entry && !is_it && self.is_before(cursor)? {
            on_entry = self.journal.next()? != 0;
            is_it = on_entry && self.journal.test_cursor(text.as_str())?;
        }
        if !on_entry {
            self.seek_behind_lost(cursor)?;
        } else {
            self.standing = !is_it;
        }
        Ok(match landed {
            Some(true) => Landed::There,
            _ => Landed::Gone,
        })
    }

    fn is_before(&mut self, cursor: &Cursor) -> systemd::Result<bool> {
        let here: Option<Cursor> = self.journal.cursor()?.parse().ok();
        Ok(here
            .is_some_and(|here| here.seqnum_id == cursor.seqnum_id && here.seqnum <= cursor.seqnum))
    }

    /// Nothing lies behind the cursor by its time. The clock may have been set back since: then what was written later, by
    /// sequence number or because the boot is another one, lies before it, and is gone through from the newest backward.
    fn seek_behind_lost(&mut self, cursor: &Cursor) -> systemd::Result<()> {
        self.journal.seek_tail()?;
        let mut newer = false;
        while self.journal.previous()? != 0 {
            let Ok(here) = self.journal.cursor()?.parse::<Cursor>() else {
                break;
            };
            let written_later = match here.seqnum_id == cursor.seqnum_id {
                true => here.seqnum > cursor.seqnum,
                false => here.boot_id != cursor.boot_id,
            };
            if !written_later {
                // Standing on the last one that was read, or that is older: the next is the first newer one.
                return Ok(());
            }
            newer = true;
        }
        self.journal.seek_head()?;
        self.standing = newer && self.journal.next()? != 0;
        Ok(())
    }

    /// Remembers where we are before libsystemd may drop the file that it would tell it from.
    fn note_cursor(&mut self) {
        if self.on_entry
            && let Some(cursor) = self
                .journal
                .cursor()
                .ok()
                .and_then(|text| text.parse().ok())
        {
            self.cursor = Some(cursor);
            self.on_entry = false;
        }
    }

    fn advance(&mut self) -> Result<bool, SourceError> {
        if std::mem::take(&mut self.standing) {
            return Ok(true);
        }
        self.since_process += 1;
        if self.since_process >= PROCESS_EVERY {
            self.look_for_changes()?;
        }
        let step = match self.failures {
            0 => self.journal.next(),
            // The same entry again would fail again.
            failures => self.journal.next_skip(u64::from(failures)),
        };
        step.map(|steps| steps != 0)
            .map_err(|error| self.failed("cannot go to the next entry", error))
    }

    fn failed(&mut self, what: &str, error: systemd::Error) -> SourceError {
        self.failures += 1;
        if self.failures >= MAX_FAILURES {
            return SourceError::Fatal(
                anyhow!(error).context(format!("journal: {what}, {MAX_FAILURES} times in a row")),
            );
        }
        SourceError::BadEntry(format!("journal: {what}: {error}"))
    }
}

impl JournaldSource {
    /// The fields of the entry that the journal stands on.
    fn read(&mut self, entry: &mut Entry, names: &mut Interner) -> Result<(), SourceError> {
        entry.reset(self.wanted.len);
        match self.journal.timestamp_usec() {
            Ok(usec) => entry.realtime_usec = usec,
            Err(error) => return Err(self.failed("cannot read an entry's time", error)),
        }
        self.journal.restart_data();
        loop {
            match self.journal.enumerate_data() {
                Ok(Some(field)) => self.wanted.take(field.data(), entry, names),
                Ok(None) => break,
                Err(error) => return Err(self.failed("cannot read an entry's fields", error)),
            }
        }
        self.failures = 0;
        Ok(())
    }

    fn go(&mut self, to: &Seek) -> anyhow::Result<Landed> {
        // Files that came since are a part of the journal that is sought in.
        self.look_for_changes().map_err(anyhow::Error::new)?;
        (self.standing, self.on_entry) = (false, false);
        match to {
            Seek::Head => self.journal.seek_head()?,
            Seek::Tail => self.seek_tail()?,
            Seek::Boot => self.seek_boot()?,
            Seek::Realtime(usec) => self.journal.seek_realtime_usec(*usec)?,
            Seek::After(cursor) => {
                self.cursor = Some(*cursor);
                return Ok(self.seek_after(cursor)?);
            }
        }
        Ok(Landed::There)
    }

    fn look_for_changes(&mut self) -> Result<(), SourceError> {
        self.since_process = 0;
        self.note_cursor();
        match self.journal.process() {
            Ok(_) => Ok(()),
            Err(error) => Err(self.failed("cannot look for changes", error)),
        }
    }
}

impl Source for JournaldSource {
    fn next(&mut self, entry: &mut Entry, names: &mut Interner) -> Result<Read, SourceError> {
        let (stepped, vanished) = guarded(|| {
            let stepped = self.advance()?;
            if stepped {
                self.on_entry = true;
                self.read(entry, names)?;
            }
            Ok(stepped)
        });
        if !stepped? {
            return Ok(Read::End);
        }
        if !vanished {
            return Ok(Read::Entry);
        }
        // Some file was deleted meanwhile, perhaps not this entry's.
        match guarded(|| self.read(entry, names)) {
            (Ok(()), false) => Ok(Read::Entry),
            (Err(error), _) => Err(error),
            (Ok(()), true) => Err(SourceError::BadEntry(
                "journal: a file was deleted while an entry was read from it".to_owned(),
            )),
        }
    }

    fn cursor(&mut self) -> Result<Cursor, SourceError> {
        guarded(|| self.note_cursor());
        self.cursor.ok_or_else(|| {
            SourceError::BadEntry(
                "journal: no entry was read yet, so there is no cursor".to_owned(),
            )
        })
    }

    fn seek(&mut self, to: &Seek) -> Result<Landed, SourceError> {
        let (landed, _) = guarded(|| self.go(to));
        landed.map_err(|error| {
            let place = match to {
                Seek::After(cursor) => format!("behind {cursor}"),
                to => format!("to {to:?}"),
            };
            SourceError::Fatal(error.context(format!("journal: cannot go {place}")))
        })
    }

    fn wait(&self) -> (Option<BorrowedFd<'_>>, Duration) {
        #[expect(unsafe_code, reason = "libsystemd hands out a bare descriptor")]
        // SAFETY: the journal owns the descriptor and closes it when it is dropped, which the borrow of `self` prevents.
        let fd = self.fd.map(|fd| unsafe { BorrowedFd::borrow_raw(fd) });
        match fd {
            Some(fd) => (Some(fd), LONGEST_WAIT),
            None => (None, WAIT_WITHOUT_INOTIFY),
        }
    }

    fn process(&mut self) -> Result<(), SourceError> {
        guarded(|| self.look_for_changes()).0
    }

    fn oldest_realtime(&mut self) -> Option<u64> {
        let (cutoff, _) = guarded(|| self.journal.cutoff_realtime_usec());
        cutoff.ok().flatten().map(|(oldest, _)| oldest)
    }
}

/// A field that is read.
struct WantedField {
    id: FieldId,
    kind: Kind,
    /// The value seen last: most entries repeat it.
    last: Symbol,
}

impl Wanted<WantedField> {
    #[inline]
    fn take(&mut self, data: &[u8], entry: &mut Entry, names: &mut Interner) {
        let Some(equals) = data.iter().position(|&byte| byte == b'=') else {
            return;
        };
        let (name, value) = (&data[..equals], &data[equals + 1..]);
        let Some(field) = self.find_mut(name) else {
            return;
        };
        match field.kind {
            Kind::Bytes => entry.set_bytes(field.id, value),
            Kind::Interned => {
                if names.get(field.last) != Some(value) {
                    field.last = names.intern(value);
                }
                entry.set_symbol(field.id, field.last);
            }
        }
    }
}

fn text(path: &Path) -> anyhow::Result<&str> {
    path.to_str()
        .ok_or_else(|| anyhow!("the path {} is not UTF-8", path.display()))
}

fn list(files: &[std::path::PathBuf]) -> String {
    let names: Vec<_> = files
        .iter()
        .map(|file| file.display().to_string())
        .collect();
    names.join(", ")
}
