//! Short values that are found again by the place of their object, without a look at the object.

use super::fields::place;
use crate::entry::FieldId;
use journal_reader::DataRef;

/// Short values of bytes that several entries have: Docker counts every container's lines from 1, so that in a file all
/// containers' equal numbers are one object, far from where most of its entries are. One table for all files.
#[derive(Default)]
pub(super) struct ShortValues {
    /// Empty until there is the first.
    slots: Box<[Short]>,
}

/// Sixteen bytes, so that one is never in two lines of the processor's cache: looking here is mostly waiting for memory.
#[derive(Clone, Copy, Default)]
#[repr(align(16))]
struct Short {
    /// Never zero where there is a value.
    place: u32,
    file: u16,
    field: u8,
    len: u8,
    bytes: [u8; Short::MOST],
}

impl Short {
    /// Docker's numbers up to a hundred million.
    const MOST: usize = 8;
}

impl ShortValues {
    /// 256 KiB: what a core's own cache holds.
    const SLOTS: usize = 1 << 14;

    #[inline]
    fn slot(file: u16, place: u32) -> usize {
        let key = u64::from(file) << 32 | u64::from(place);
        let spread = key.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (64 - Self::SLOTS.trailing_zeros());
        spread as usize
    }

    #[inline]
    pub(super) fn get(&self, data: DataRef) -> Option<(FieldId, &[u8])> {
        let place = place(data);
        let file = u16::try_from(data.file.number()).ok()?;
        let found = self.slots.get(Self::slot(file, place))?;
        let there = found.place == place && found.file == file && place != 0;
        there.then(|| {
            let value = &found.bytes[..usize::from(found.len)];
            (FieldId(found.field.into()), value)
        })
    }

    /// Keeps a value, if it is short enough.
    #[inline]
    pub(super) fn insert(&mut self, data: DataRef, id: FieldId, value: &[u8]) {
        let mut bytes = [0; Short::MOST];
        let (Some(kept), Ok(len)) = (bytes.get_mut(..value.len()), u8::try_from(value.len()))
        else {
            return;
        };
        kept.copy_from_slice(value);
        let place = place(data);
        let (Ok(file), Ok(field)) = (u16::try_from(data.file.number()), u8::try_from(id.0)) else {
            return;
        };
        if self.slots.is_empty() {
            self.slots = vec![Short::default(); Self::SLOTS].into_boxed_slice();
        }
        self.slots[Self::slot(file, place)] = Short {
            place,
            file,
            field,
            len,
            bytes,
        };
    }
}
