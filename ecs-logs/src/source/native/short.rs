//! Short values that are found again by the place of their object, without a look at the object.

use super::fields::place;
use crate::entry::FieldId;
use journal_reader::DataRef;

/// Short values of bytes that several entries have: Docker counts every container's lines from 1, so that in a file all
/// containers' equal numbers are one object, far from where most of its entries are. One table for all files.
#[derive(Default)]
pub(super) struct ShortValues {
    /// Empty until there is the first.
    sets: Box<[Set]>,
    /// The last one, whose set was asked for, and stands there once there is the next.
    pending: Option<(usize, Short)>,
}

/// Values that may stand in each other's place, the last one first. In one line of the processor's cache: looking here is mostly
/// waiting for memory.
#[derive(Clone, Copy, Default)]
#[repr(align(64))]
struct Set([Short; 4]);

#[derive(Clone, Copy, Default)]
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

    #[inline]
    fn is(&self, file: u16, place: u32) -> bool {
        self.place == place && self.file == file && place != 0
    }
}

impl ShortValues {
    /// 256 KiB: what a core's own cache holds.
    const SETS: usize = 1 << 12;

    #[inline]
    fn set(file: u16, place: u32) -> usize {
        let key = u64::from(file) << 32 | u64::from(place);
        let spread = key.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (64 - Self::SETS.trailing_zeros());
        spread as usize
    }

    /// Asks for the memory in which a value would be found.
    #[inline]
    pub(super) fn prefetch(&self, data: DataRef) {
        if let Ok(file) = u16::try_from(data.file.number()) {
            self.prefetch_set(Self::set(file, place(data)));
        }
    }

    #[inline]
    fn prefetch_set(&self, set: usize) {
        #[cfg(target_arch = "x86_64")]
        if let Some(set) = self.sets.get(set) {
            use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
            #[expect(unsafe_code, reason = "a hint to the processor")]
            // SAFETY: the set is there, and a prefetch does not fault anyway.
            unsafe {
                _mm_prefetch::<_MM_HINT_T0>(std::ptr::from_ref(set).cast());
            }
        }
        #[cfg(not(target_arch = "x86_64"))]
        let _ = set;
    }

    #[inline]
    pub(super) fn get(&self, data: DataRef) -> Option<(FieldId, &[u8])> {
        let place = place(data);
        let file = u16::try_from(data.file.number()).ok()?;
        let Set(values) = self.sets.get(Self::set(file, place))?;
        let found = values.iter().find(|value| value.is(file, place))?;
        let value = &found.bytes[..usize::from(found.len)];
        Some((FieldId(found.field.into()), value))
    }

    /// Keeps a value, if it is short enough, and lets the oldest of its set go.
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
        if self.sets.is_empty() {
            self.sets = vec![Set::default(); Self::SETS].into_boxed_slice();
        }
        let set = Self::set(file, place);
        self.prefetch_set(set);
        let value = Short {
            place,
            file,
            field,
            len,
            bytes,
        };
        if let Some((set, value)) = self.pending.replace((set, value)) {
            let Set(values) = &mut self.sets[set];
            values.copy_within(..3, 1);
            values[0] = value;
        }
    }
}
