//! The values of a field that a file has, newest first: so one learns of entries that a filter does not let pass, without
//! reading what lies between them.

use crate::{
    DataRef, FileKey, Journal, Payload, PayloadError, Scratch,
    file::JournalFile,
    layout::{DATA, DATA_HEADER, FIELD, FIELD_HEADER, Header, STATE_ARCHIVED, number64},
};
use std::collections::HashMap;

/// Which values of a field are known, for [`Journal::new_values`].
#[derive(Clone, Debug)]
pub struct ValueWatch {
    field: String,
    /// By file, where the newest known value stands.
    known: HashMap<FileKey, u64>,
}

impl ValueWatch {
    pub fn new(field: impl Into<String>) -> ValueWatch {
        ValueWatch {
            field: field.into(),
            known: HashMap::new(),
        }
    }
}

/// The first entry of its file that has some value, and is kept away by the matches.
pub struct FirstUse<'j> {
    file: &'j JournalFile,
    raw: &'j [u8],
}

impl FirstUse<'_> {
    /// Its fields, as [`EntryRef::items`](crate::EntryRef::items).
    pub fn items(&self) -> impl Iterator<Item = DataRef> {
        let file = self.file.key;
        let items = self.file.items(self.raw);
        items.map(move |offset| DataRef { file, offset })
    }

    /// As [`EntryRef::payload`](crate::EntryRef::payload).
    pub fn payload<'s>(
        &self,
        data: DataRef,
        scratch: &'s mut Scratch,
    ) -> Result<Payload<'s>, PayloadError> {
        self.file.payload(data.offset, scratch)
    }
}

impl Journal {
    /// Of values that a field did not have at the last call the first entries, as far as [`Options::matches`] keeps them
    /// from [`Journal::next`]: of files that are not archived, newest first, at most `most` values a file; those beyond are
    /// taken for known. It costs a lookup a file where nothing is new.
    ///
    /// [`Options::matches`]: crate::Options::matches
    pub fn new_values(
        &self,
        watch: &mut ValueWatch,
        most: usize,
        mut each: impl FnMut(&FirstUse<'_>),
    ) {
        let readers = || self.readers().iter().filter(|r| !r.file.is_archived());
        watch
            .known
            .retain(|key, _| readers().any(|reader| reader.file.key == *key));
        let (mut raw, mut scratch) = (Vec::new(), Scratch::new());
        for reader in readers() {
            let file = &reader.file;
            let last = watch.known.get(&file.key).copied().unwrap_or(0);
            let Some(newest) = file.newest_value(watch.field.as_bytes()) else {
                continue;
            };
            let mut settled = newest;
            for value in file.values(newest).take(most) {
                if value.offset <= last {
                    break;
                }
                if value.entry == 0 {
                    // Written a moment ago, and its entry not yet.
                    settled = value.next;
                } else if file.entry_at(value.entry, &mut raw).is_ok()
                    && !reader.passes(&raw, &mut scratch)
                {
                    each(&FirstUse { file, raw: &raw });
                }
            }
            watch.known.insert(file.key, settled);
        }
    }
}

/// A data object in the chain of its field.
struct Value {
    offset: u64,
    next: u64,
    entry: u64,
}

impl JournalFile {
    /// Whether nobody writes to it any more. Between two syncs journald's own file is neither that nor online.
    fn is_archived(&self) -> bool {
        Header::state(self.map()) == STATE_ARCHIVED
    }

    /// Where the newest value of a field stands. Nothing where no entry has the field, or the file is damaged.
    fn newest_value(&self, name: &[u8]) -> Option<u64> {
        let (table, size) = Header::field_table(self.map())?;
        let hash = self.header.hash.of(name);
        let place = (hash % (size / 16)).checked_mul(16)?;
        let mut offset = self.map().u64_at(table.checked_add(place)?)?;
        let mut found = Vec::new();
        while offset != 0 {
            let bytes = self.map().array::<{ FIELD_HEADER as usize }>(offset)?;
            if bytes[0] != FIELD {
                return None;
            }
            let len = number64(&bytes, 8).checked_sub(FIELD_HEADER)?;
            if number64(&bytes, 16) == hash && len == name.len() as u64 {
                found.clear();
                let read = self
                    .map()
                    .append(offset + FIELD_HEADER, name.len(), &mut found);
                if read && found == name {
                    return Some(number64(&bytes, 32)).filter(|head| *head != 0);
                }
            }
            let next = number64(&bytes, 24);
            if next != 0 && next <= offset {
                return None;
            }
            offset = next;
        }
        None
    }

    /// The chain of values from `newest` to the oldest, as far as it is sound.
    fn values(&self, newest: u64) -> impl Iterator<Item = Value> {
        let mut offset = newest;
        std::iter::from_fn(move || {
            let bytes = self.map().array::<{ DATA_HEADER as usize }>(offset)?;
            if offset == 0 || bytes[0] != DATA {
                return None;
            }
            let next = number64(&bytes, 32);
            let value = Value {
                offset,
                next,
                entry: number64(&bytes, 40),
            };
            // Older objects stand before newer ones; anything else would be a loop.
            offset = if next < offset { next } else { 0 };
            Some(value)
        })
    }
}
