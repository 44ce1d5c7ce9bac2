//! Where things stand in a journal file. Source: <https://systemd.io/JOURNAL_FILE_FORMAT>.

use crate::{Flag, SkipReason, hash::Hash, map::Map};

pub(crate) const SIGNATURE: [u8; 8] = *b"LPKSHHRH";

/// The shortest header there ever was.
pub(crate) const MIN_HEADER: u64 = 208;

const INCOMPATIBLE_XZ: u32 = 1;
const INCOMPATIBLE_LZ4: u32 = 1 << 1;
const INCOMPATIBLE_KEYED_HASH: u32 = 1 << 2;
const INCOMPATIBLE_ZSTD: u32 = 1 << 3;
const INCOMPATIBLE_COMPACT: u32 = 1 << 4;

pub(crate) const STATE_ONLINE: u8 = 1;
pub(crate) const STATE_ARCHIVED: u8 = 2;

/// Object types.
pub(crate) const DATA: u8 = 1;
pub(crate) const FIELD: u8 = 2;
pub(crate) const ENTRY: u8 = 3;
pub(crate) const ENTRY_ARRAY: u8 = 6;

/// Type, flags, six reserved bytes, size.
pub(crate) const OBJECT_HEADER: u64 = 16;
/// Header, seqnum, realtime, monotonic, boot id, xor hash; then items.
pub(crate) const ENTRY_HEADER: u64 = 64;
/// Header and next array; then items.
pub(crate) const ARRAY_HEADER: u64 = 24;
/// Header, hash, next of hash, next of field, entry, entry array, count of entries; then, when compact, 8 bytes more.
pub(crate) const DATA_HEADER: u64 = 64;
pub(crate) const COMPACT_DATA_HEADER: u64 = 72;

/// Header, hash, next of hash, newest data object; then the name.
pub(crate) const FIELD_HEADER: u64 = 40;

/// Object flags.
pub(crate) const OBJECT_XZ: u8 = 1;
pub(crate) const OBJECT_LZ4: u8 = 1 << 1;
pub(crate) const OBJECT_ZSTD: u8 = 1 << 2;

/// Times above this are rubbish (`VALID_REALTIME`, `VALID_MONOTONIC`).
pub(crate) const TIME_LIMIT: u64 = 1 << 55;

/// Offsets of header fields that change while a file is written.
const HEADER_STATE: u64 = 16;
const HEADER_N_ENTRIES: u64 = 152;

/// Where the header names the hash table of data objects, and its size.
const HEADER_DATA_TABLE: u64 = 104;
const HEADER_DATA_TABLE_SIZE: u64 = 112;

/// The same of field objects.
const HEADER_FIELD_TABLE: u64 = 120;
const HEADER_FIELD_TABLE_SIZE: u64 = 128;

/// What a file's header says once and for all; `data_table` only when the writer has made it.
#[derive(Clone, Debug)]
pub(crate) struct Header {
    pub compact: bool,
    pub hash: Hash,
    pub seqnum_id: u128,
    pub state: u8,
    pub data_table: u64,
    pub data_table_size: u64,
    /// First entry array, zero while there is no entry.
    pub entry_array: u64,
}

fn number32(bytes: &[u8], at: usize) -> u32 {
    let mut word = [0; 4];
    word.copy_from_slice(&bytes[at..at + 4]);
    u32::from_le_bytes(word)
}

pub(crate) fn number64(bytes: &[u8], at: usize) -> u64 {
    let mut word = [0; 8];
    word.copy_from_slice(&bytes[at..at + 8]);
    u64::from_le_bytes(word)
}

/// 128-bit ids stand in their printed order.
pub(crate) fn id(bytes: &[u8], at: usize) -> u128 {
    let mut word = [0; 16];
    word.copy_from_slice(&bytes[at..at + 16]);
    u128::from_be_bytes(word)
}

impl Header {
    pub(crate) fn read(map: &Map) -> Result<Header, SkipReason> {
        let bytes = map
            .array::<{ MIN_HEADER as usize }>(0)
            .ok_or(SkipReason::NotReady)?;
        if bytes[..8] == [0; 8] {
            return Err(SkipReason::NotReady);
        }
        if bytes[..8] != SIGNATURE {
            return Err(SkipReason::NotAJournal("its signature is wrong"));
        }
        let flags = number32(&bytes, 12);
        let known = INCOMPATIBLE_XZ
            | INCOMPATIBLE_LZ4
            | INCOMPATIBLE_KEYED_HASH
            | INCOMPATIBLE_ZSTD
            | INCOMPATIBLE_COMPACT;
        let unsupported = match flags {
            flags if flags & !known != 0 => Some(Flag::Unknown(flags & !known)),
            flags if flags & INCOMPATIBLE_LZ4 != 0 => Some(Flag::Lz4),
            flags if flags & INCOMPATIBLE_XZ != 0 => Some(Flag::Xz),
            _ => None,
        };
        if let Some(flag) = unsupported {
            return Err(SkipReason::Unsupported(flag));
        }
        let state = bytes[HEADER_STATE as usize];
        if state > STATE_ARCHIVED {
            return Err(SkipReason::NotAJournal("its state is unknown"));
        }
        let header_size = number64(&bytes, 88);
        if header_size < MIN_HEADER {
            return Err(match header_size {
                0 => SkipReason::NotReady,
                _ => SkipReason::NotAJournal("its header is too short"),
            });
        }
        let mut key = [0; 16];
        key.copy_from_slice(&bytes[24..40]);
        Ok(Header {
            compact: flags & INCOMPATIBLE_COMPACT != 0,
            hash: match flags & INCOMPATIBLE_KEYED_HASH {
                0 => Hash::Jenkins,
                _ => Hash::Sip { key },
            },
            seqnum_id: id(&bytes, 72),
            state,
            data_table: number64(&bytes, HEADER_DATA_TABLE as usize),
            data_table_size: number64(&bytes, HEADER_DATA_TABLE_SIZE as usize),
            entry_array: number64(&bytes, 176),
        })
    }

    /// Whether there is a hash table to look into.
    pub(crate) fn has_table(&self) -> bool {
        self.data_table >= MIN_HEADER && self.data_table_size >= 16
    }

    /// Looks once more where the hash table is.
    pub(crate) fn read_table(&mut self, map: &Map) {
        self.data_table = map.u64_at(HEADER_DATA_TABLE).unwrap_or(0);
        self.data_table_size = map.u64_at(HEADER_DATA_TABLE_SIZE).unwrap_or(0);
    }

    /// Where the hash table of fields is, and its size; nothing while there is none.
    pub(crate) fn field_table(map: &Map) -> Option<(u64, u64)> {
        let table = map.u64_at(HEADER_FIELD_TABLE)?;
        let size = map.u64_at(HEADER_FIELD_TABLE_SIZE)?;
        (table >= MIN_HEADER && size >= 16).then_some((table, size))
    }

    /// Bytes that header and arena claim now.
    pub(crate) fn claimed_end(map: &Map) -> Option<u64> {
        map.u64_at(88)?.checked_add(map.u64_at(96)?)
    }

    /// Online, offline or archived, now.
    pub(crate) fn state(map: &Map) -> u8 {
        map.array::<1>(HEADER_STATE).map_or(0, |[state]| state)
    }

    /// Entries that the writer has published so far: all of them are complete.
    pub(crate) fn published(map: &Map) -> u64 {
        map.u64_at(HEADER_N_ENTRIES).unwrap_or(0)
    }

    /// The first entry array, which comes into being with the first entry.
    pub(crate) fn first_array(map: &Map) -> u64 {
        map.u64_at(176).unwrap_or(0)
    }

    pub(crate) fn data_header(&self) -> u64 {
        if self.compact {
            COMPACT_DATA_HEADER
        } else {
            DATA_HEADER
        }
    }
}
