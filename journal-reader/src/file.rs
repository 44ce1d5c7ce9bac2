//! One journal file: its entries by index, their items, and data objects by content. Every number from the file is
//! checked before it is used; what cannot be right is an error of that one object.

use crate::{
    Cursor, PayloadError, SkipReason,
    chain::{Broken, Chain},
    layout::*,
    map::Map,
    payload::{Payload, Taken},
    scratch::Scratch,
};
use std::{
    cmp::Ordering,
    fs,
    os::unix::fs::{MetadataExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

/// A file that is being read. Never given to a second file in one process run of a [`Journal`](crate::Journal).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FileKey(pub(crate) u32);

impl FileKey {
    /// As part of a key of one's own.
    pub fn number(self) -> u32 {
        self.0
    }
}

/// A field's value in an entry: equal `FIELD=value` pairs of one file are one data object, so that the offset can stand
/// for the value as a key of a cache.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct DataRef {
    pub file: FileKey,
    pub offset: u64,
}

/// Which file on disk, whatever its name is today.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Inode {
    pub device: u64,
    pub number: u64,
}

/// Address space taken beyond the end of a file that may grow, so that it can grow without being opened again.
const HEADROOM: u64 = 64 << 20;

/// What stands so close before an entry is most likely its own: values that no entry had before, written with it.
const OWN_VALUES: u64 = 4096;

/// Memory is asked for ahead of time up to so many bytes of an entry, and of the values before it.
const HEAD_AHEAD: usize = 192;
const VALUES_AHEAD: u64 = 1024;
/// Items that are looked at for the values before an entry.
const MOST_OWN: u64 = 8;

/// What an entry says of itself, without its fields.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Head {
    pub offset: u64,
    pub cursor: Cursor,
}

pub(crate) struct JournalFile {
    pub key: FileKey,
    pub path: PathBuf,
    pub inode: Inode,
    pub header: Header,
    map: Map,
    chain: Chain,
    claimed_end: u64,
}

impl JournalFile {
    pub(crate) fn open(path: &Path, key: FileKey) -> Result<JournalFile, SkipReason> {
        // Not blocking: a fifo with a journal's name must not stop us.
        let file = fs::File::options()
            .read(true)
            .custom_flags(libc::O_NONBLOCK | libc::O_NOCTTY)
            .open(path)
            .map_err(SkipReason::Io)?;
        let metadata = file.metadata().map_err(SkipReason::Io)?;
        if !metadata.is_file() {
            return Err(SkipReason::NotAJournal("it is not a regular file"));
        }
        if metadata.len() < MIN_HEADER {
            return Err(SkipReason::NotReady);
        }
        let map = Map::new(&file, metadata.len(), HEADROOM).map_err(SkipReason::Io)?;
        let header = Header::read(&map)?;
        let claimed_end = Header::claimed_end(&map).unwrap_or(0);
        Ok(JournalFile {
            key,
            path: path.to_owned(),
            inode: Inode {
                device: metadata.dev(),
                number: metadata.ino(),
            },
            chain: Chain::new(header.entry_array, header.compact),
            header,
            map,
            claimed_end,
        })
    }

    /// Entries that the writer has published by now, and follows the file's growth. Nothing beyond them is looked at.
    /// None when the file has outgrown what is mapped and cannot be opened by its name: renamed a moment ago, it can be
    /// once its folder was listed again.
    pub(crate) fn look(&mut self) -> Option<u64> {
        let published = Header::published(&self.map);
        if published > 0 && !self.header.has_table() {
            // Opened while its writer was creating it: the hash table came after the header, and before any entry.
            self.header.read_table(&self.map);
        }
        if published > 0 && !self.chain.has_first() {
            self.chain.set_first(Header::first_array(&self.map));
            if let Some(bytes) = self.map.array::<16>(72) {
                // A writer may set the series of an empty file when it writes the first entry.
                self.header.seqnum_id = u128::from_be_bytes(bytes);
            }
        }
        if let Some(end) = Header::claimed_end(&self.map)
            && end != self.claimed_end
            && end > self.map.len()
        {
            if !self.map.grow(end) {
                self.map = self.map_again()?;
            }
            self.claimed_end = end;
            // An array that was cut by the end of the map is longer now.
            self.chain.forget();
        }
        Some(published)
    }

    fn map_again(&self) -> Option<Map> {
        let again = JournalFile::open(&self.path, self.key).ok()?;
        (again.inode == self.inode).then_some(again.map)
    }

    pub(crate) fn take_fault(&self) -> bool {
        self.map.take_fault()
    }

    /// Reads the entry at `index` of the file whole into `raw`, and its head.
    #[inline]
    pub(crate) fn entry(&mut self, index: u64, raw: &mut Vec<u8>) -> Result<Head, Bad> {
        let offset = self.chain.get(&self.map, index).map_err(Bad::Chain)?;
        self.entry_at(offset, raw)
    }

    /// Offset of the entry at `index` of the file.
    #[inline]
    pub(crate) fn entry_offset(&mut self, index: u64) -> Result<u64, Broken> {
        self.chain.get(&self.map, index)
    }

    /// Asks for the entry at `index` ahead of time.
    #[inline]
    pub(crate) fn prefetch_entry(&mut self, index: u64) {
        if let Ok(offset) = self.entry_offset(index) {
            self.map.prefetch(offset, HEAD_AHEAD);
        }
    }

    /// Asks for the values of its own of the entry at `index` ahead of time, and returns the item before these. Nothing is
    /// checked: what is damaged is found to be so when it is read.
    #[inline]
    pub(crate) fn prefetch_values(&mut self, index: u64) -> Option<u64> {
        let entry = self.entry_offset(index).ok()?;
        let size = self.map.u64_at(entry.checked_add(8)?)?;
        let item = self.item_size();
        let mut at = entry.checked_add(size)?;
        let (mut first, mut newest_old) = (entry, None);
        for _ in 0..MOST_OWN {
            at = at.checked_sub(item)?;
            let offset = match item {
                4 => u64::from(u32::from_le_bytes(self.map.array(at)?)),
                _ => self.map.u64_at(at)?,
            };
            if entry.wrapping_sub(offset) >= OWN_VALUES {
                newest_old = Some(offset);
                break;
            }
            first = first.min(offset);
        }
        let len = (entry - first).min(VALUES_AHEAD) as usize;
        self.map.prefetch(first, len);
        newest_old
    }

    /// Index of the entry at `offset`, which lies between the indices `low` and `high`.
    pub(crate) fn index_of(&mut self, offset: u64, mut low: u64, mut high: u64) -> Option<u64> {
        while low < high {
            let middle = low + (high - low) / 2;
            let there = self.chain.get(&self.map, middle).ok()?;
            match there.cmp(&offset) {
                Ordering::Less => low = middle + 1,
                Ordering::Equal => return Some(middle),
                Ordering::Greater => high = middle,
            }
        }
        None
    }

    /// Whether a writer has the file open now, or went away without closing it.
    pub(crate) fn is_online(&self) -> bool {
        Header::state(&self.map) == STATE_ONLINE
    }

    #[inline]
    pub(crate) fn entry_at(&self, offset: u64, raw: &mut Vec<u8>) -> Result<Head, Bad> {
        let bad = |reason| Err(Bad::Entry { offset, reason });
        if offset < MIN_HEADER || !offset.is_multiple_of(8) {
            return bad("its offset is impossible");
        }
        let Some(bytes) = self.map.array::<{ ENTRY_HEADER as usize }>(offset) else {
            return bad("it lies beyond the file");
        };
        let size = number64(&bytes, 8);
        let item = self.item_size();
        if bytes[0] != ENTRY {
            return bad("it has the type of something else");
        }
        if size < ENTRY_HEADER + item || !(size - ENTRY_HEADER).is_multiple_of(item) {
            return bad("its size is impossible");
        }
        let items = usize::try_from(size - ENTRY_HEADER).unwrap_or(usize::MAX);
        raw.clear();
        if !self.map.append(offset + ENTRY_HEADER, items, raw) {
            return bad("it reaches beyond the file");
        }
        let cursor = Cursor {
            seqnum_id: self.header.seqnum_id,
            seqnum: number64(&bytes, 16),
            realtime: number64(&bytes, 24),
            monotonic: number64(&bytes, 32),
            boot_id: id(&bytes, 40),
            xor_hash: number64(&bytes, 56),
        };
        if cursor.seqnum == 0 || cursor.boot_id == 0 {
            return bad("it has no sequence number or no boot id");
        }
        if cursor.realtime == 0 || cursor.realtime >= TIME_LIMIT || cursor.monotonic >= TIME_LIMIT {
            return bad("its time is impossible");
        }
        Ok(Head { offset, cursor })
    }

    fn item_size(&self) -> u64 {
        if self.header.compact { 4 } else { 16 }
    }

    /// Where a data object's payload lies, if the object can be one.
    #[inline]
    fn object(&self, offset: u64, limit: u64) -> Result<Stored, PayloadError> {
        let damaged = |reason| Err(PayloadError::Damaged { offset, reason });
        if offset < MIN_HEADER || !offset.is_multiple_of(8) {
            return damaged("its offset is impossible");
        }
        let Some(bytes) = self.map.array::<{ DATA_HEADER as usize }>(offset) else {
            return damaged("it lies beyond the file");
        };
        let size = number64(&bytes, 8);
        if bytes[0] != DATA {
            return damaged("it has the type of something else");
        }
        let header = self.header.data_header();
        if size <= header {
            return damaged("its size is impossible");
        }
        let len = size - header;
        if len > limit {
            return Err(PayloadError::TooLarge {
                offset,
                size: len,
                limit,
            });
        }
        if !self.map.has(offset + header, len) {
            return damaged("it reaches beyond the file");
        }
        Ok(Stored {
            start: offset + header,
            len: len as usize, // below the limit, which is a usize
            shared: number64(&bytes, 56) > 1,
            compressed: bytes[1] & (OBJECT_XZ | OBJECT_LZ4 | OBJECT_ZSTD),
        })
    }

    /// A data object's payload, `FIELD=value`, decompressed.
    #[inline]
    pub(crate) fn payload<'s>(
        &self,
        offset: u64,
        scratch: &'s mut Scratch,
    ) -> Result<Payload<'s>, PayloadError> {
        let object = self.object(offset, scratch.limit())?;
        self.stored(offset, &object, scratch)
    }

    fn stored<'s>(
        &self,
        offset: u64,
        object: &Stored,
        scratch: &'s mut Scratch,
    ) -> Result<Payload<'s>, PayloadError> {
        let damaged = |reason| Err(PayloadError::Damaged { offset, reason });
        let stored = scratch.stored(object.compressed != 0);
        stored.clear();
        if !self.map.append(object.start, object.len, stored) {
            return damaged("it reaches beyond the file");
        }
        match object.compressed {
            0 => {}
            OBJECT_ZSTD => scratch.unzstd(offset)?,
            _ => return damaged("its compression is none of this file's"),
        }
        Ok(Payload {
            bytes: scratch.bytes(),
            shared: object.shared,
        })
    }

    /// Appends a data object's value to `out`, if `wanted` says something of its name.
    #[inline]
    pub(crate) fn take<T>(
        &self,
        offset: u64,
        scratch: &mut Scratch,
        out: &mut Vec<u8>,
        wanted: impl FnOnce(&[u8]) -> Option<T>,
    ) -> Result<Taken<T>, PayloadError> {
        let object = self.object(offset, scratch.limit())?;
        let start = out.len();
        let shared = object.shared;
        let taken = |wanted, out: &Vec<u8>| Taken {
            wanted,
            value: start..out.len(),
            shared,
        };
        if object.compressed == 0
            && let Some(beginning) = self.map.array::<NAME>(object.start)
            && let Some(name) = name_in(&beginning).filter(|name| *name < object.len)
        {
            // Most names are short, and most values need not be looked at.
            let wanted = wanted(&beginning[..name]);
            let value = object.start + name as u64 + 1;
            if wanted.is_some() && !self.map.append(value, object.len - name - 1, out) {
                let reason = "it reaches beyond the file";
                return Err(PayloadError::Damaged { offset, reason });
            }
            return Ok(taken(wanted, out));
        }
        let payload = self.stored(offset, &object, scratch)?;
        let (name, value) = payload.split();
        let wanted = wanted(name);
        if wanted.is_some() {
            out.extend_from_slice(value);
        }
        Ok(taken(wanted, out))
    }

    /// The data object that holds `payload`; nothing when no entry of this file has it (so far).
    pub(crate) fn find(
        &self,
        payload: &[u8],
        scratch: &mut Scratch,
    ) -> Result<Option<u64>, PayloadError> {
        let damaged = |offset, reason| PayloadError::Damaged { offset, reason };
        let hash = self.header.hash.of(payload);
        let buckets = self.header.data_table_size / 16;
        if !self.header.has_table() {
            return match Header::published(&self.map) {
                0 => Ok(None),
                _ => Err(damaged(0, "entries without a hash table")),
            };
        }
        let bucket = (hash % buckets)
            .checked_mul(16)
            .and_then(|place| self.header.data_table.checked_add(place));
        let mut offset = bucket
            .and_then(|place| self.map.u64_at(place))
            .ok_or(damaged(
                self.header.data_table,
                "hash table beyond the file",
            ))?;
        while offset != 0 {
            let bytes = self
                .map
                .array::<{ DATA_HEADER as usize }>(offset)
                .ok_or(damaged(offset, "it lies beyond the file"))?;
            if bytes[0] != DATA {
                return Err(damaged(offset, "it has the type of something else"));
            }
            if number64(&bytes, 16) == hash && self.payload(offset, scratch)?.bytes == payload {
                return Ok(Some(offset));
            }
            let next = number64(&bytes, 24);
            if next != 0 && next <= offset {
                return Err(damaged(offset, "a hash chain turns back"));
            }
            offset = next;
        }
        Ok(None)
    }

    /// The entries that refer to the data object at `offset`, in order.
    pub(crate) fn entries_of(&self, offset: u64) -> Option<DataEntries> {
        let bytes = self.map.array::<{ DATA_HEADER as usize }>(offset)?;
        Some(DataEntries {
            count: number64(&bytes, 56),
            first: number64(&bytes, 40),
            chain: Chain::new(number64(&bytes, 48), self.header.compact),
        })
    }

    /// Offsets of data objects in an entry's raw items.
    #[inline]
    pub(crate) fn items<'r>(&self, raw: &'r [u8]) -> Items<'r> {
        Items {
            raw,
            step: self.item_size() as usize,
        }
    }

    #[inline]
    pub(crate) fn map(&self) -> &Map {
        &self.map
    }
}

/// A payload as it lies in the file, which has all of it.
struct Stored {
    start: u64,
    len: usize,
    shared: bool,
    compressed: u8,
}

/// Names of up to so many bytes, with their `=`, are found without a copy of the payload.
const NAME: usize = 32;

/// Where the first `=` is: eight bytes at a time.
#[inline]
fn name_in(beginning: &[u8; NAME]) -> Option<usize> {
    const ONES: u64 = 0x0101_0101_0101_0101;
    let (words, _) = beginning.as_chunks::<8>();
    words.iter().zip(0..).find_map(|(word, at)| {
        let zero_where_equal = u64::from_le_bytes(*word) ^ (ONES * u64::from(b'='));
        let hits = zero_where_equal.wrapping_sub(ONES) & !zero_where_equal & (ONES << 7);
        (hits != 0).then(|| at * 8 + hits.trailing_zeros() as usize / 8)
    })
}

/// Why an entry could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Bad {
    Entry {
        offset: u64,
        reason: &'static str,
    },
    /// The list of entries itself: what comes after it in the file cannot be found any more.
    Chain(Broken),
}

/// The entries of one data object: one stands in the object, the others in a chain.
pub(crate) struct DataEntries {
    pub count: u64,
    first: u64,
    chain: Chain,
}

impl DataEntries {
    pub(crate) fn get(&mut self, map: &Map, index: u64) -> Result<u64, Broken> {
        match index {
            0 => Ok(self.first),
            _ => self.chain.get(map, index - 1),
        }
    }
}

/// Iterator over the offsets of an entry's data objects, in the file's order.
#[derive(Clone)]
pub(crate) struct Items<'r> {
    raw: &'r [u8],
    step: usize,
}

impl Items<'_> {
    /// The item at an index.
    #[inline]
    pub(crate) fn at(&self, index: usize) -> Option<u64> {
        let from = index.checked_mul(self.step)?;
        let rest = self.raw.get(from..from.checked_add(self.step)?)?;
        Items { raw: rest, ..*self }.next()
    }

    /// Appends all of them, divided by eight.
    #[inline]
    pub(crate) fn eighths(&self, out: &mut Vec<u32>) {
        if self.step == 4 {
            let (items, _) = self.raw.as_chunks::<4>();
            out.extend(items.iter().map(|item| u32::from_le_bytes(*item) / 8));
        } else {
            let (items, _) = self.raw.as_chunks::<16>();
            let eighth = |item: &[u8; 16]| u32::try_from(number64(item, 0) / 8).unwrap_or(0);
            out.extend(items.iter().map(eighth));
        }
    }
}

impl Iterator for Items<'_> {
    type Item = u64;

    #[inline]
    fn next(&mut self) -> Option<u64> {
        if self.step == 4 {
            let (item, rest) = self.raw.split_first_chunk::<4>()?;
            self.raw = rest;
            Some(u64::from(u32::from_le_bytes(*item)))
        } else {
            let (item, rest) = self.raw.split_first_chunk::<16>()?;
            self.raw = rest;
            Some(number64(item, 0))
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = self.raw.len() / self.step;
        (left, Some(left))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_name_ends_at_the_first_equals_sign(beginning in any::<[u8; NAME]>(), at in 0..NAME, also in 0..NAME) {
            for marked in [vec![], vec![at], vec![at, also]] {
                let mut beginning = beginning;
                for place in marked {
                    beginning[place] = b'=';
                }
                let plain = beginning.iter().position(|&byte| byte == b'=');
                prop_assert_eq!(name_in(&beginning), plain);
            }
        }
    }
}
