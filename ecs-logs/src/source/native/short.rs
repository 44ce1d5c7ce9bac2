//! Short values that are found again by the place of their object, without a look at the object.

use crate::entry::FieldId;
use journal_reader::DataRef;

/// Short values of bytes that several entries have: Docker counts every container's lines from 1, so that in a file all
/// containers' equal numbers are one object, far from where most of its entries are. One table for all files.
#[derive(Default)]
pub(super) struct ShortValues {
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
    pub(super) fn get(&self, data: DataRef) -> Option<(FieldId, &[u8])> {
        let (slot, key) = Self::place(data);
        let found = self.slots.get(slot)?;
        let there = found.key == key && key != 0;
        there.then(|| (FieldId(found.field), &found.bytes[..usize::from(found.len)]))
    }

    #[inline]
    pub(super) fn insert(&mut self, data: DataRef, id: FieldId, value: &[u8]) {
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
