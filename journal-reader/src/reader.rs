//! One file on its way through the merge: which entry comes next, how far its writer has come, what was passed over.

use crate::{
    Cursor, Event, Matches, PayloadError, Seek,
    file::{Bad, Head, JournalFile},
    layout::STATE_ARCHIVED,
    matches::Filter,
    scratch::Scratch,
    sparse::{Sparse, Step},
};
use std::cmp::Ordering;

/// Entry offsets jump by less than this from one entry to the next, but for huge entries.
const USUAL_JUMP: u64 = 1 << 20;

/// How many entries ahead an entry is asked for; its values are when it is the next.
const AHEAD: u64 = 3;

pub(crate) struct Reader {
    pub file: JournalFile,
    /// The entry that comes next, when it was loaded; its items are in `raw`.
    pub head: Option<Head>,
    pub raw: Vec<u8>,
    /// A value of the entry behind the head, that stood there before it.
    pub upcoming: Option<u64>,
    /// Index in the file of the entry to load next, or of `head`.
    index: u64,
    last_offset: u64,
    /// Published entries when the file was looked at last, and the time before.
    known: u64,
    seen: u64,
    filter: Filter,
    sparse: Option<Sparse>,
    scratch: Scratch,
    skipped: Skipped,
    behind: u64,
    /// Reading cannot pass this index: its chain of entry arrays is broken there.
    stuck: Option<u64>,
}

#[derive(Default)]
struct Skipped {
    count: u64,
    offset: u64,
    reason: &'static str,
}

impl Reader {
    pub(crate) fn new(file: JournalFile, matches: &Matches) -> Reader {
        let mut reader = Reader {
            file,
            head: None,
            raw: Vec::new(),
            upcoming: None,
            index: 0,
            last_offset: 0,
            known: 0,
            seen: 0,
            filter: Filter::new(matches),
            sparse: None,
            scratch: Scratch::new(),
            skipped: Skipped::default(),
            behind: 0,
            stuck: None,
        };
        reader.look();
        reader
    }

    /// Whether the entry with these raw items matches.
    pub(crate) fn passes(&self, raw: &[u8], scratch: &mut Scratch) -> bool {
        self.filter
            .accepts(self.file.items(raw), &self.file, scratch)
    }

    /// Looks how far the writer has come. True when there is more than before.
    pub(crate) fn look(&mut self) -> bool {
        self.seen = self.known;
        if self.is_finished() {
            return false;
        }
        // A page that was cut off reads as zeros; what was published once stays published.
        let known = self.file.look().unwrap_or(0).max(self.known);
        if known == self.known {
            return false;
        }
        self.known = known;
        self.stuck = None;
        self.filter.resolve(&self.file, &mut self.scratch);
        true
    }

    /// Takes what is known for all there is.
    pub(crate) fn settle(&mut self) {
        self.seen = self.known;
    }

    /// Nobody writes to an archived file any more.
    fn is_finished(&self) -> bool {
        self.known > 0 && self.seen == self.known && self.file.header.state == STATE_ARCHIVED
    }

    /// Whether the head was there already before all files were looked at for the last time. If so, then whatever its
    /// writer wrote before it, to whichever file, was seen as well.
    #[inline]
    pub(crate) fn head_is_settled(&self) -> bool {
        self.index < self.seen
    }

    /// Loads the next entry that matches, if there is one.
    #[inline]
    pub(crate) fn load(&mut self) -> Option<&Head> {
        if self.head.is_none() {
            self.load_next();
        }
        self.head.as_ref()
    }

    fn load_next(&mut self) {
        while self.index < self.known && self.stuck != Some(self.index) {
            if let Some(sparse) = &mut self.sparse {
                match sparse.step(&mut self.file, self.index) {
                    Step::To(index) => self.index = index,
                    // What was not listed when this began is read entry by entry.
                    Step::End(index) => {
                        self.index = self.index.max(index);
                        self.sparse = None;
                        continue;
                    }
                    Step::Broken => self.sparse = None,
                }
            }
            match self.file.entry(self.index, &mut self.raw) {
                Ok(head) if self.is_out_of_order(&head) => {
                    self.skip(head.offset, "it stands out of order");
                    self.index += 1;
                }
                Ok(head) => {
                    self.last_offset = head.offset;
                    self.look_ahead();
                    let items = self.file.items(&self.raw);
                    if self.filter.accepts(items, &self.file, &mut self.scratch) {
                        self.head = Some(head);
                        return;
                    }
                    self.index += 1;
                }
                Err(Bad::Entry { offset, reason }) => {
                    self.skip(offset, reason);
                    self.index += 1;
                }
                Err(Bad::Chain(broken)) => {
                    let left = self.known - self.index;
                    self.skip(0, broken.0);
                    self.skipped.count = self.skipped.count.saturating_add(left - 1);
                    self.stuck = Some(self.index);
                }
            }
        }
    }

    /// Asks for what the next entries need, so that it is there when they are read.
    #[inline]
    fn look_ahead(&mut self) {
        self.upcoming = None;
        if self.index + AHEAD < self.known {
            self.file.prefetch_entry(self.index + AHEAD);
        }
        if self.index + 1 < self.known {
            self.upcoming = self.file.prefetch_values(self.index + 1);
        }
    }

    /// Entries lie in a file in the order in which they were written. One that lies before its predecessor is a damaged
    /// reference, and so is one far behind it whose successor lies before it.
    #[inline]
    fn is_out_of_order(&mut self, head: &Head) -> bool {
        if head.offset <= self.last_offset {
            return true;
        }
        if head.offset - self.last_offset < USUAL_JUMP || self.index + 1 >= self.known {
            return false;
        }
        let after = self.file.entry_offset(self.index + 1);
        matches!(after, Ok(after) if after > self.last_offset && after < head.offset)
    }

    #[cold]
    fn skip(&mut self, offset: u64, reason: &'static str) {
        if self.skipped.count == 0 {
            self.skipped = Skipped {
                count: 0,
                offset,
                reason,
            };
        }
        self.skipped.count = self.skipped.count.saturating_add(1);
    }

    /// Leaves the head behind.
    #[inline]
    pub(crate) fn advance(&mut self) {
        self.head = None;
        self.index += 1;
    }

    /// Passes entries at or before `place`: copies of what was given out, or entries that came too late.
    pub(crate) fn pass(&mut self, place: &Cursor) {
        while let Some(head) = self.load() {
            if head.cursor.compare(place).is_gt() {
                return;
            }
            if !head.cursor.same_entry(place) {
                self.behind += 1;
            }
            self.advance();
        }
    }

    /// Passes the entries of the sought instant that come before `place`, and with `Equal` the one at it.
    pub(crate) fn start_from(&mut self, place: &Cursor, last: Ordering) {
        while self
            .load()
            .is_some_and(|head| head.cursor.compare(place) <= last)
        {
            self.advance();
        }
    }

    /// Entries that were not given out yet, whether they match or not.
    pub(crate) fn unread(&self) -> u64 {
        self.known - self.index.min(self.known)
    }

    /// What was passed over since the last call.
    pub(crate) fn take_events(&mut self, events: &mut Vec<Event>) {
        if self.skipped.count > 0 {
            let Skipped {
                count,
                offset,
                reason,
            } = std::mem::take(&mut self.skipped);
            events.push(Event::EntriesSkipped {
                path: self.file.path.clone(),
                file: self.file.key,
                count,
                offset,
                reason,
            });
        }
        if self.behind > 0 {
            events.push(Event::EntriesBehind {
                path: self.file.path.clone(),
                file: self.file.key,
                count: std::mem::take(&mut self.behind),
            });
        }
    }

    /// Goes to the first entry that `seek` asks for.
    pub(crate) fn seek(&mut self, seek: &Seek) {
        self.head = None;
        self.stuck = None;
        self.last_offset = 0;
        self.index = match seek {
            Seek::Head | Seek::Boot(_) => 0,
            Seek::Tail => self.known,
            Seek::Realtime(time) => self.first(|head| head.cursor.realtime >= *time),
            Seek::Cursor(place) | Seek::After(place) => self.first_at(place),
        };
        self.sparse = self
            .filter
            .drivers(&self.file)
            .and_then(|drivers| Sparse::new(&self.file, &drivers, self.known));
    }

    /// Index of the first entry at or after a cursor, by the strongest thing that this file shares with it.
    fn first_at(&mut self, place: &Cursor) -> u64 {
        if place.seqnum_id == self.file.header.seqnum_id {
            return self.first(|head| head.cursor.seqnum >= place.seqnum);
        }
        if let Ok(Some((first, last))) = self.boot(place.boot_id) {
            // The boot's entries stand together, in order of monotonic time.
            let start = self.first(|head| head.offset >= first);
            return self.first_from(start, |head| {
                head.offset > last || head.cursor.monotonic >= place.monotonic
            });
        }
        self.first(|head| head.cursor.realtime >= place.realtime)
    }

    /// Offsets of the first and last entry of a boot in this file.
    fn boot(&mut self, boot_id: u128) -> Result<Option<(u64, u64)>, PayloadError> {
        let payload = format!("_BOOT_ID={boot_id:032x}");
        let Some(data) = self.file.find(payload.as_bytes(), &mut self.scratch)? else {
            return Ok(None);
        };
        let Some(mut entries) = self.file.entries_of(data) else {
            return Ok(None);
        };
        let Some(last) = entries.count.checked_sub(1) else {
            return Ok(None);
        };
        let first = entries.get(self.file.map(), 0);
        let last = entries.get(self.file.map(), last);
        Ok(first.ok().zip(last.ok()))
    }

    /// The first entry of a boot in this file.
    pub(crate) fn first_of_boot(&mut self, boot_id: u128) -> Option<Cursor> {
        if let Ok(Some((first, _))) = self.boot(boot_id) {
            let mut raw = Vec::new();
            return Some(self.file.entry_at(first, &mut raw).ok()?.cursor);
        }
        None
    }

    /// The entry that `seek` came to, whether it matches or not.
    pub(crate) fn landed(&mut self) -> Option<Cursor> {
        let mut raw = Vec::new();
        (self.index..self.known.min(self.index.saturating_add(64)))
            .find_map(|index| self.file.entry(index, &mut raw).ok())
            .map(|head| head.cursor)
    }

    /// The oldest entry that can be read.
    pub(crate) fn oldest(&mut self) -> Option<Cursor> {
        let mut raw = Vec::new();
        (0..self.known.min(64))
            .find_map(|index| self.file.entry(index, &mut raw).ok())
            .map(|head| head.cursor)
    }

    /// The newest entry of a cursor's series that is not behind it, or of its boot.
    pub(crate) fn last_not_after(&mut self, place: &Cursor) -> Option<Cursor> {
        let behind = if place.seqnum_id == self.file.header.seqnum_id {
            self.first(|head| head.cursor.seqnum > place.seqnum)
        } else {
            let (_, last) = self.boot(place.boot_id).ok()??;
            self.first(|head| head.offset > last)
        };
        let mut raw = Vec::new();
        let head = self.file.entry(behind.checked_sub(1)?, &mut raw).ok()?;
        Some(head.cursor)
    }

    /// The newest entry that can be read.
    pub(crate) fn tail(&mut self) -> Option<Cursor> {
        let mut raw = Vec::new();
        (self.known.saturating_sub(64)..self.known)
            .rev()
            .find_map(|index| self.file.entry(index, &mut raw).ok())
            .map(|head| head.cursor)
    }

    fn first(&mut self, is_there: impl Fn(&Head) -> bool) -> u64 {
        self.first_from(0, is_there)
    }

    /// Bisects for the first index from `low` on whose entry `is_there`. Damaged entries are looked past.
    fn first_from(&mut self, mut low: u64, is_there: impl Fn(&Head) -> bool) -> u64 {
        let mut raw = Vec::new();
        let mut high = self.known;
        while low < high {
            let middle = low + (high - low) / 2;
            let mut probe = middle;
            let found = loop {
                if probe >= high {
                    break None;
                }
                match self.file.entry(probe, &mut raw) {
                    Ok(head) => break Some(head),
                    Err(Bad::Entry { .. }) => probe += 1,
                    Err(Bad::Chain(_)) => break None,
                }
            };
            match found {
                Some(head) if !is_there(&head) => low = probe + 1,
                _ => high = middle,
            }
        }
        low
    }
}
