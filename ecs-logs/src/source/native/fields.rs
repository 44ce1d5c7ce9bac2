//! An entry's fields: what stands at a place of a file is remembered, and which places come together.

use super::{
    SourceError,
    patterns::{Match, Patterns},
    short::ShortValues,
};
use crate::{
    entry::{Entry, FieldId, FieldTable, Kind, Symbol},
    identity::{Identities, Identity, mark},
    intern::Interner,
    source::wanted::Wanted,
};
use journal_reader::{DataRef, EntryRef, FileCache, FileKey, FirstUse, OffsetCache, Scratch};
use std::collections::VecDeque;

/// A value further before its entry is not this entry's alone, but for a long one.
const OWN_VALUES: u64 = 4096;
/// Larger fields are passed over: CloudWatch takes an event of 1 MiB, and a line is split into a few of these.
const MAX_FIELD_BYTES: usize = 64 << 20;
/// What a single huge field leaves in memory.
const KEPT_BYTES: usize = 1 << 20;

/// Reads the fields that are wanted.
pub(super) struct FieldReader {
    wanted: Wanted<(FieldId, Kind)>,
    cache: OffsetCache<Known>,
    short: ShortValues,
    patterns: Patterns,
    identities: Identities,
    scratch: Scratch,
    /// Of the interner, when something was remembered.
    generation: u32,
    /// Places of an entry's items, and of those of which the fields are known.
    places: Vec<u32>,
    known: Vec<u32>,
}

impl FieldReader {
    pub(super) fn new(fields: &FieldTable) -> FieldReader {
        FieldReader {
            wanted: Wanted::new(fields, |id, kind| (id, kind)),
            cache: OffsetCache::new(),
            short: ShortValues::default(),
            patterns: Patterns::default(),
            identities: Identities::default(),
            scratch: Scratch::with_limit(MAX_FIELD_BYTES),
            generation: 0,
            places: Vec::new(),
            known: Vec::new(),
        }
    }

    /// Forgets a file that is gone.
    pub(super) fn forget(&mut self, file: FileKey) {
        self.cache.forget(file);
    }

    /// Gives memory back that a single large field took.
    pub(super) fn shrink(&mut self) {
        self.scratch.shrink(KEPT_BYTES);
    }

    /// Reads an entry. What is damaged of it is told, and left out.
    pub(super) fn read(
        &mut self,
        found: &EntryRef<'_>,
        entry: &mut Entry,
        names: &mut Interner,
        notices: &mut VecDeque<SourceError>,
    ) {
        if self.generation != names.generation() {
            self.generation = names.generation();
            self.cache.clear();
            self.patterns.clear();
        }
        let file = found.file();
        entry.reset(self.wanted.len);
        entry.realtime_usec = found.realtime();
        self.places.clear();
        found.eighths(&mut self.places);
        if let Some(data) = found.upcoming() {
            self.short.prefetch(data);
        }
        // What was written with the entry is most likely its own: nothing is known of it.
        let own = found.offset().saturating_sub(OWN_VALUES) / 8;
        let is_old = |place: &u32| u64::from(*place) < own;
        let old = self.places.iter().rposition(is_old).map_or(0, |at| at + 1);
        let mut taker = Taker {
            found,
            cache: self.cache.file(file),
            wanted: &self.wanted,
            short: &mut self.short,
            scratch: &mut self.scratch,
            notices,
            entry,
            names,
            sum: 0,
        };
        let places = &self.places[..old];
        let pattern = self.patterns.find(file, places);
        let mut identity = pattern.as_ref().and_then(|found| taker.take_pattern(found));
        let mut is_new = false;
        if identity.is_none() {
            is_new = taker.take_old(old, &mut self.known);
        }
        let sum = taker.sum;
        for data in (old..self.places.len()).filter_map(|at| found.item(at)) {
            taker.take(data);
        }
        if taker.sum != sum {
            // An interned value of its own, as in a container's first entry in a file.
            (identity, is_new) = (None, false);
        }
        let sum = taker.sum;
        let identity = identity.unwrap_or_else(|| self.identities.of(entry, sum, names));
        entry.set_identity(identity);
        if is_new {
            self.patterns
                .insert(file, places, &self.known, entry, sum, identity);
        }
    }

    /// Reads the interned fields of an entry that stands by itself.
    pub(super) fn read_interned(
        &mut self,
        found: &FirstUse<'_>,
        entry: &mut Entry,
        names: &mut Interner,
    ) {
        entry.reset(self.wanted.len);
        for data in found.items() {
            if let Ok(payload) = found.payload(data, &mut self.scratch)
                && let (name, value) = payload.split()
                && let Some(&(id, Kind::Interned)) = self.wanted.find(name)
            {
                entry.set_symbol(id, names.intern(value));
            }
        }
    }
}

/// A value's place in its file, 0 for what lies beyond 32 GiB; objects stand at multiples of eight.
#[inline]
pub(super) fn place(data: DataRef) -> u32 {
    u32::try_from(data.offset / 8).unwrap_or(0)
}

/// Takes the fields of one entry.
struct Taker<'a> {
    found: &'a EntryRef<'a>,
    cache: &'a mut FileCache<Known>,
    wanted: &'a Wanted<(FieldId, Kind)>,
    short: &'a mut ShortValues,
    scratch: &'a mut Scratch,
    notices: &'a mut VecDeque<SourceError>,
    entry: &'a mut Entry,
    names: &'a mut Interner,
    /// Of the marks of interned fields.
    sum: u64,
}

impl Taker<'_> {
    /// Takes a pattern's fields, and the item that the pattern has not. Nothing is to be kept of them where that item is
    /// interned: the first of a repeated field counts, so it has to stand in its place among the others.
    #[inline]
    fn take_pattern(&mut self, found: &Match<'_>) -> Option<Identity> {
        let pattern = found.pattern;
        self.entry.fill(&pattern.symbols);
        self.sum = pattern.sum;
        if let Some(data) = found.odd.and_then(|odd| self.found.item(odd)) {
            self.take_bytes_or_any(data);
        }
        if self.sum != pattern.sum {
            self.entry.reset(self.wanted.len);
            return None;
        }
        pattern.identity
    }

    /// Takes the first `old` items, one by one, and notes those that are known. Whether these make a pattern: all but one
    /// are, and that one is of bytes.
    fn take_old(&mut self, old: usize, known_places: &mut Vec<u32>) -> bool {
        known_places.clear();
        self.sum = 0;
        let found = self.found;
        let mut odd_interned = false;
        for data in found.items().take(old) {
            let Some(known) = self.cache.get(data.offset) else {
                let sum = self.sum;
                self.take_bytes_or_any(data);
                odd_interned |= self.sum != sum;
                continue;
            };
            known_places.push(place(data));
            if known.field != Known::UNWANTED {
                self.intern(FieldId(known.field), known.symbol);
            }
        }
        !odd_interned && known_places.len() + 1 >= old
    }

    fn intern(&mut self, id: FieldId, symbol: Symbol) {
        self.entry.set_symbol(id, symbol);
        self.sum = self.sum.wrapping_add(mark(id, symbol));
    }

    /// Takes a value that is none of the known ones.
    fn take_bytes_or_any(&mut self, data: DataRef) {
        match self.short.get(data) {
            Some((id, value)) => self.entry.set_bytes(id, value),
            None => self.take(data),
        }
    }

    /// Takes a value by a look at its object.
    fn take(&mut self, data: DataRef) {
        let (wanted, buffer) = (self.wanted, self.entry.buffer());
        let wanted = |name: &[u8]| wanted.find(name).copied();
        let taken = match self.found.take(data, self.scratch, buffer, wanted) {
            Ok(taken) => taken,
            Err(error) => {
                let cursor = self.found.cursor();
                return self.notices.push_back(SourceError::BadEntry(format!(
                    "a field of the entry {cursor} is passed over: {error}"
                )));
            }
        };
        match taken.wanted {
            None if taken.shared => self.cache.insert(data.offset, Known::default()),
            None => {}
            Some((id, Kind::Bytes)) => {
                if taken.shared {
                    let value = &self.entry.buffer()[taken.value.clone()];
                    self.short.insert(data, id, value);
                }
                self.entry.set_range(id, taken.value);
            }
            Some((id, Kind::Interned)) => {
                let buffer = self.entry.buffer();
                let symbol = self.names.intern(&buffer[taken.value.clone()]);
                buffer.truncate(taken.value.start);
                self.intern(id, symbol);
                if taken.shared {
                    let field = id.0;
                    self.cache.insert(data.offset, Known { field, symbol });
                }
            }
        }
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
