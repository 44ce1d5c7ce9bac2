//! All files of a journal as one sequence of entries, in libsystemd's order, followed while it grows.

use crate::{
    Cursor, DataRef, Error, Event, FileKey, Landed, Options, Payload, PayloadError, Scratch, Seek,
    SkipReason, Taken, Unsupported,
    file::{Head, Inode, JournalFile},
    places::{Found, Places},
    reader::Reader,
};
use rustix::{
    event::{PollFd, PollFlags, poll},
    fd::BorrowedFd,
};
use std::{
    cmp::Ordering,
    collections::HashMap,
    path::{Path, PathBuf},
    time::Duration,
};

/// Events kept when nobody takes them.
const MAX_EVENTS: usize = 10_000;

/// How long to wait at most before looking again: inotify may overflow or be unavailable.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// How often folders are listed in a row until nothing moves in them meanwhile.
const LISTINGS: usize = 8;

/// How soon a file whose header was not complete is tried again.
const INCOMPLETE: Duration = Duration::from_millis(100);

/// A journal that is being read, from oldest to newest.
pub struct Journal {
    options: Options,
    places: Places,
    readers: Vec<Reader>,
    /// Files that are not read, and their size when that was found out.
    skipped: HashMap<PathBuf, (Option<Inode>, u64)>,
    /// Which reader's head was given out last; it is left behind by the next call.
    given: Option<usize>,
    /// While the given reader's entries come before this one, no other file needs to be looked at.
    rival: Option<Cursor>,
    /// The entry given out last, or that was sought: nothing at or before it is given out.
    place: Option<Cursor>,
    /// Where reading began; files that turn up before the first entry was given out start there.
    start: Seek,
    last_key: u32,
    opening: bool,
    /// Some file's header was not complete when folders were listed last, or the listing was not.
    incomplete: bool,
    events: Vec<Event>,
}

impl Journal {
    /// Opens every file there is and stands before the oldest entry.
    pub fn open(options: Options) -> Result<Journal, Error> {
        let places = Places::new(&options);
        let mut journal = Journal {
            places,
            readers: Vec::new(),
            skipped: HashMap::new(),
            given: None,
            rival: None,
            place: None,
            start: Seek::Head,
            last_key: 0,
            opening: true,
            incomplete: false,
            events: Vec::new(),
            options,
        };
        journal.list()?;
        journal.look();
        journal.opening = false;
        Ok(journal)
    }

    /// The next entry that matches; nothing when all that is published was read, and then [`Journal::wait`] tells when
    /// to go on. What is damaged is passed over and told by [`Journal::take_events`].
    #[expect(
        clippy::should_implement_trait,
        reason = "an entry borrows the journal, which Iterator cannot say"
    )]
    #[inline]
    pub fn next(&mut self) -> Option<EntryRef<'_>> {
        let at = match self.next_of_same() {
            Some(at) => at,
            None => self.choose()?,
        };
        self.given = Some(at);
        let reader = &self.readers[at];
        let head = reader.head.as_ref()?;
        self.place = Some(head.cursor);
        Some(EntryRef { reader, head })
    }

    /// The short way: the file that gave the last entry has the next one as well.
    #[inline]
    fn next_of_same(&mut self) -> Option<usize> {
        let at = self.given.take()?;
        let reader = &mut self.readers[at];
        reader.advance();
        let head = reader.load()?.cursor;
        let first = self.rival.is_none_or(|rival| head.compare(&rival).is_lt());
        (first && reader.head_is_settled()).then_some(at)
    }

    /// Compares all files. An entry is given out only when every file was looked at after the entry was seen: an entry
    /// that its writer wrote earlier, to another file, is then seen too.
    #[cold]
    fn choose(&mut self) -> Option<usize> {
        loop {
            let mut best: Option<(usize, Cursor)> = None;
            let mut rival: Option<Cursor> = None;
            for at in 0..self.readers.len() {
                if let Some(place) = &self.place {
                    self.readers[at].pass(place);
                }
                let Some(head) = self.readers[at].load() else {
                    continue;
                };
                let cursor = head.cursor;
                let beaten = match best {
                    Some((_, leader)) if cursor.compare(&leader).is_ge() => cursor,
                    _ => match best.replace((at, cursor)) {
                        Some((_, before)) => before,
                        None => continue,
                    },
                };
                if rival.is_none_or(|rival| beaten.compare(&rival).is_lt()) {
                    rival = Some(beaten);
                }
            }
            self.rival = rival;
            match best {
                Some((at, _)) if self.readers[at].head_is_settled() => return Some(at),
                // All that is known is settled after one more look.
                Some(_) => {
                    self.look();
                }
                None if self.look() => {}
                None => {
                    self.collect_events();
                    return None;
                }
            }
        }
    }

    /// Looks how far the writers have come, at every file. True when there is more.
    fn look(&mut self) -> bool {
        let mut more = false;
        for reader in &mut self.readers {
            if self.options.follow || self.opening {
                more |= reader.look();
            } else {
                reader.settle();
            }
        }
        more
    }

    /// The entry that was given out last, or that reading was told to begin behind.
    pub fn cursor(&self) -> Option<Cursor> {
        self.place
    }

    /// Reads an object of a file that is still open: what [`EntryRef::payload`] does, after the entry.
    pub fn payload<'s>(
        &self,
        data: DataRef,
        scratch: &'s mut Scratch,
    ) -> Result<Payload<'s>, PayloadError> {
        self.readers
            .iter()
            .find(|reader| reader.file.key == data.file)
            .ok_or(PayloadError::FileGone)?
            .file
            .payload(data.offset, scratch)
    }

    /// Goes elsewhere.
    pub fn seek(&mut self, to: &Seek) -> Landed {
        self.given = None;
        self.rival = None;
        self.place = None;
        self.look();
        self.look();
        let mut to = to.clone();
        if let Seek::Boot(boot_id) = to {
            let firsts = self
                .readers
                .iter_mut()
                .filter_map(|reader| reader.first_of_boot(boot_id));
            match firsts.min_by(Cursor::compare) {
                Some(first) => to = Seek::Cursor(first),
                None => {
                    self.start_at(Seek::Head);
                    return Landed::Gone;
                }
            }
        }
        self.start_at(to.clone());
        match to {
            Seek::Cursor(wanted) => {
                let landed = self.landed(&wanted);
                for reader in &mut self.readers {
                    reader.start_from(&wanted, Ordering::Less);
                }
                landed
            }
            Seek::After(wanted) => self.seek_after(wanted),
            Seek::Tail => {
                self.place = self
                    .readers
                    .iter_mut()
                    .filter_map(Reader::tail)
                    .max_by(Cursor::compare);
                Landed::There
            }
            _ => Landed::There,
        }
    }

    fn seek_after(&mut self, wanted: Cursor) -> Landed {
        let landed = self.landed(&wanted);
        let mut place = wanted;
        if landed == Landed::Gone && self.has_lost_count(&wanted) {
            // A crash took the entry, and its number may have been given again: go by time.
            place.seqnum_id = 0;
            self.start_at(Seek::After(place));
        }
        self.start_behind(place);
        let at_end = self
            .readers
            .iter_mut()
            .all(|reader| reader.load().is_none());
        if landed == Landed::Gone && at_end {
            self.seek_newer(&wanted);
        }
        landed
    }

    fn start_behind(&mut self, place: Cursor) {
        for reader in &mut self.readers {
            reader.start_from(&place, Ordering::Equal);
        }
        self.place = Some(place);
    }

    /// Nothing lies behind a lost entry by its time, but the clock may have been set back: what was written later is what
    /// follows the newest entry of the lost one's series or boot that is not younger than it; everything, if there is none.
    fn seek_newer(&mut self, wanted: &Cursor) {
        let newest = self
            .readers
            .iter_mut()
            .filter_map(|reader| reader.last_not_after(wanted))
            .max_by(Cursor::compare);
        match newest {
            Some(place) => {
                self.start_at(Seek::After(place));
                self.start_behind(place);
            }
            None => {
                self.start_at(Seek::Head);
                self.place = None;
            }
        }
    }

    /// When the oldest entry that is still there was received, microseconds since 1970.
    pub fn oldest_realtime(&mut self) -> Option<u64> {
        let heads = self.readers.iter_mut().filter_map(Reader::oldest);
        heads.map(|head| head.realtime).min()
    }

    fn start_at(&mut self, start: Seek) {
        for reader in &mut self.readers {
            reader.seek(&start);
        }
        self.start = start;
    }

    fn landed(&mut self, wanted: &Cursor) -> Landed {
        let there = self
            .readers
            .iter_mut()
            .filter_map(Reader::landed)
            .any(|cursor| cursor.same_entry(wanted));
        if there { Landed::There } else { Landed::Gone }
    }

    /// Whether the series of the wanted entry ends before it, or has another entry of its number.
    fn has_lost_count(&mut self, wanted: &Cursor) -> bool {
        let mut newest = 0;
        for reader in &mut self.readers {
            if reader.file.header.seqnum_id == wanted.seqnum_id {
                newest = newest.max(reader.tail().map_or(0, |tail| tail.seqnum));
                let there = reader.landed();
                if there.is_some_and(|there| there.seqnum == wanted.seqnum) {
                    return true;
                }
            }
        }
        newest != 0 && newest < wanted.seqnum
    }

    /// A descriptor that turns readable when there may be more; nothing where inotify is not to be had.
    pub fn fd(&self) -> Option<BorrowedFd<'_>> {
        self.places.fd()
    }

    /// How long to wait for [`Journal::fd`] at most before calling [`Journal::process`].
    pub fn timeout(&self) -> Duration {
        LOOK_AGAIN
    }

    /// Takes news of files: opens new ones, lets deleted ones go. To be called when the descriptor is readable, after
    /// [`Journal::timeout`], and every thousand entries or so while reading.
    pub fn process(&mut self) -> Result<(), Error> {
        if self.options.follow {
            // Not `||` alone: what inotify has to tell is always taken.
            let news = self.places.news();
            if news || self.incomplete && self.places.since_list() > INCOMPLETE {
                self.list()?;
            }
        }
        for at in 0..self.readers.len() {
            if self.readers[at].file.take_fault() {
                let file = &self.readers[at].file;
                let (path, file) = (file.path.clone(), file.key);
                self.tell(Event::FileTruncated { path, file });
            }
        }
        Ok(())
    }

    /// Waits until there may be more, or for `longest`, and takes the news.
    pub fn wait(&mut self, longest: Duration) -> Result<(), Error> {
        let wait = longest.min(self.timeout());
        match self.fd() {
            None => std::thread::sleep(wait),
            Some(fd) => {
                let timeout = wait.try_into().ok();
                let polled = poll(&mut [PollFd::new(&fd, PollFlags::IN)], timeout.as_ref());
                if let Err(error) = polled
                    && error != rustix::io::Errno::INTR
                {
                    return Err(Error::Watch(error.into()));
                }
            }
        }
        self.process()
    }

    pub(crate) fn readers(&self) -> &[Reader] {
        &self.readers
    }

    /// What happened since the last call.
    pub fn take_events(&mut self) -> Vec<Event> {
        self.collect_events();
        std::mem::take(&mut self.events)
    }

    fn collect_events(&mut self) {
        for reader in &mut self.readers {
            reader.take_events(&mut self.events);
        }
        self.events.truncate(MAX_EVENTS);
    }

    fn tell(&mut self, event: Event) {
        if self.events.len() < MAX_EVENTS {
            self.events.push(event);
        }
    }

    /// The files that are read.
    pub fn files(&self) -> impl Iterator<Item = (FileKey, &Path)> {
        self.readers
            .iter()
            .map(|reader| (reader.file.key, reader.file.path.as_path()))
    }

    /// Compares the files there are with those that are read.
    fn list(&mut self) -> Result<(), Error> {
        let (found, settled) = self.listing()?;
        self.incomplete = !settled;
        if settled {
            self.let_go(&found);
        }
        let mut unsupported = None;
        for Found { path, inode } in found {
            let known = inode.and_then(|inode| {
                let mut readers = self.readers.iter_mut();
                readers.find(|reader| reader.file.inode == inode)
            });
            if let Some(reader) = known {
                reader.file.path = path; // rotation renames
                continue;
            }
            let size = std::fs::metadata(&path).map_or(0, |metadata| metadata.len());
            if self.skipped.get(&path) == Some(&(inode, size)) {
                continue;
            }
            let key = FileKey(self.last_key + 1);
            match JournalFile::open(&path, key) {
                Ok(file) => {
                    self.last_key += 1;
                    self.skipped.remove(&path);
                    self.take_in(file);
                    self.tell(Event::FileOpened { path, file: key });
                }
                // Vacuumed between listing and opening.
                Err(SkipReason::Io(error)) if error.kind() == std::io::ErrorKind::NotFound => {}
                // A file of a moment ago, which its writer is about to fill in.
                Err(SkipReason::NotReady) => {
                    self.incomplete = true;
                    if self
                        .skipped
                        .insert(path.clone(), (None, u64::MAX))
                        .is_none()
                    {
                        let reason = SkipReason::NotReady;
                        self.tell(Event::FileSkipped { path, reason });
                    }
                }
                // It may be given to us yet: a file's access list is set after the file was made, and descriptors come free.
                // Told once. A change of its rights is news; of nothing else there is any.
                Err(SkipReason::Io(error)) => {
                    self.incomplete |= error.kind() != std::io::ErrorKind::PermissionDenied;
                    let unknown = (None, u64::MAX);
                    let reason = SkipReason::Io(error);
                    if self.skipped.insert(path.clone(), unknown) != Some(unknown) {
                        self.tell(Event::FileSkipped { path, reason });
                    }
                }
                Err(reason) => {
                    if let SkipReason::Unsupported(flag) = reason {
                        let path = path.clone();
                        unsupported = Some(Error::Unsupported { path, flag });
                    }
                    self.skipped.insert(path.clone(), (inode, size));
                    self.tell(Event::FileSkipped { path, reason });
                }
            }
        }
        match (unsupported, self.options.unsupported) {
            (Some(error), Unsupported::Fail) => Err(error),
            _ => Ok(()),
        }
    }

    /// Lists folders until nothing moved meanwhile, and whether that came to pass. One listing is no picture of a moment:
    /// a name that rotation takes from a file while its folder is listed may be the next file's when it is looked at, and
    /// the first one seems gone. Let go then, it would be missed: others would be read on past what is unread of it.
    fn listing(&mut self) -> Result<(Vec<Found>, bool), Error> {
        let mut found = self.places.list()?;
        let mut missing = self.missing(&found);
        for _ in 1..LISTINGS {
            let moved = self.places.moved();
            if !moved && missing.is_empty() {
                return Ok((found, true));
            }
            found = self.places.list()?;
            let still = self.missing(&found);
            if !moved && still == missing && !self.places.moved() {
                return Ok((found, true));
            }
            missing = still;
        }
        Ok((found, false))
    }

    /// The files that are read and were not found.
    fn missing(&self, found: &[Found]) -> Vec<FileKey> {
        let readers = self.readers.iter();
        let missing = readers.filter(|reader| !is_there(reader, found));
        missing.map(|reader| reader.file.key).collect()
    }

    /// Starts reading a file where the others are.
    fn take_in(&mut self, file: JournalFile) {
        let mut reader = Reader::new(file, &self.options.matches);
        match &self.place {
            Some(place) => {
                reader.seek(&Seek::After(*place));
                reader.start_from(place, Ordering::Equal);
            }
            // What turns up behind the end of an empty journal is new.
            None if self.start == Seek::Tail => reader.seek(&Seek::Head),
            None => reader.seek(&self.start.clone()),
        }
        self.readers.push(reader);
        self.rival = None;
        self.forget_given();
    }

    /// Releases files that are no longer in their folder.
    fn let_go(&mut self, found: &[Found]) {
        if self.readers.iter().all(|reader| is_there(reader, found)) {
            return;
        }
        self.forget_given();
        let readers = self.readers.drain(..);
        let (stay, gone): (Vec<_>, Vec<_>) = readers.partition(|reader| is_there(reader, found));
        self.readers = stay;
        for mut reader in gone {
            reader.look();
            reader.take_events(&mut self.events);
            self.tell(Event::FileGone {
                path: reader.file.path.clone(),
                file: reader.file.key,
                unread: reader.unread(),
            });
        }
        self.skipped
            .retain(|path, _| found.iter().any(|found| found.path == *path));
    }

    /// Leaves the entry given out last behind, because readers are about to change their places in the list.
    fn forget_given(&mut self) {
        if let Some(at) = self.given.take() {
            self.readers[at].advance();
        }
    }
}

fn is_there(reader: &Reader, found: &[Found]) -> bool {
    found.iter().any(|found| match found.inode {
        Some(inode) => inode == reader.file.inode,
        None => found.path == reader.file.path,
    })
}

/// The entry that [`Journal::next`] gave out.
#[derive(Clone, Copy)]
pub struct EntryRef<'j> {
    reader: &'j Reader,
    head: &'j Head,
}

impl<'j> EntryRef<'j> {
    /// The file that it was read from.
    pub fn file(&self) -> FileKey {
        self.reader.file.key
    }

    /// The name that file had when folders were listed last.
    pub fn path(&self) -> &'j Path {
        &self.reader.file.path
    }

    #[inline]
    pub fn cursor(&self) -> Cursor {
        self.head.cursor
    }

    /// Where it stands in its file. Values that no entry had before it were written shortly before it.
    #[inline]
    pub fn offset(&self) -> u64 {
        self.head.offset
    }

    #[inline]
    pub fn seqnum(&self) -> u64 {
        self.head.cursor.seqnum
    }

    /// When journald received it, microseconds since 1970.
    #[inline]
    pub fn realtime(&self) -> u64 {
        self.head.cursor.realtime
    }

    /// The same in microseconds since boot.
    #[inline]
    pub fn monotonic(&self) -> u64 {
        self.head.cursor.monotonic
    }

    #[inline]
    pub fn boot_id(&self) -> u128 {
        self.head.cursor.boot_id
    }

    #[inline]
    pub fn xor_hash(&self) -> u64 {
        self.head.cursor.xor_hash
    }

    /// Its fields, in the file's order: since systemd 246 by offset, so that what is new comes last.
    #[inline]
    pub fn items(&self) -> impl Iterator<Item = DataRef> + use<'j> {
        let file = self.reader.file.key;
        self.reader
            .file
            .items(&self.reader.raw)
            .map(move |offset| DataRef { file, offset })
    }

    /// The item at an index of [`EntryRef::items`].
    #[inline]
    pub fn item(&self, index: usize) -> Option<DataRef> {
        let file = &self.reader.file;
        let offset = file.items(&self.reader.raw).at(index)?;
        let file = file.key;
        Some(DataRef { file, offset })
    }

    /// Appends the offsets of all items, divided by eight, at whose multiples objects stand: 0 for what lies beyond 32 GiB.
    #[inline]
    pub fn eighths(&self, out: &mut Vec<u32>) {
        self.reader.file.items(&self.reader.raw).eighths(out);
    }

    /// Of the entry that follows in this file the newest value that is not its own, so that what is known of it can be asked
    /// for ahead of time. Only a hint: it may be missing or wrong.
    #[inline]
    pub fn upcoming(&self) -> Option<DataRef> {
        let file = self.reader.file.key;
        let offset = self.reader.upcoming?;
        Some(DataRef { file, offset })
    }

    /// A field of this entry. An offset that is not one of its own gives an error or another payload, nothing worse.
    #[inline]
    pub fn payload<'s>(
        &self,
        data: DataRef,
        scratch: &'s mut Scratch,
    ) -> Result<Payload<'s>, PayloadError> {
        self.reader.file.payload(data.offset, scratch)
    }

    /// Appends the value of a field to `out` if `wanted` says something of the field's name: cheaper than
    /// [`EntryRef::payload`] where most fields are not wanted, and one copy less where they are. `out` is as it was when
    /// there is an error.
    #[inline]
    pub fn take<T>(
        &self,
        data: DataRef,
        scratch: &mut Scratch,
        out: &mut Vec<u8>,
        wanted: impl FnOnce(&[u8]) -> Option<T>,
    ) -> Result<Taken<T>, PayloadError> {
        let file = &self.reader.file;
        file.take(data.offset, scratch, out, wanted)
    }
}
