//! A bounded memory for what stands at a data object's offset, so that a value which many entries share is read once.

use crate::FileKey;

/// Slots a file: with an eight-byte value they take 48 KiB, which a core's own cache holds.
const SLOTS: usize = 1 << 12;

/// Values by [`DataRef`](crate::DataRef), 4,096 a file at most. Two offsets of one file may share a slot, and then the
/// later one stays: a value that is not there costs a read of the object, never a wrong answer.
#[derive(Debug)]
pub struct OffsetCache<V> {
    files: Vec<(FileKey, FileCache<V>)>,
    last: usize,
}

/// The part of an [`OffsetCache`] that belongs to one file; taken once an entry.
#[derive(Debug)]
pub struct FileCache<V> {
    slots: Box<[(u32, V)]>,
}

impl<V: Copy + Default> OffsetCache<V> {
    pub fn new() -> OffsetCache<V> {
        OffsetCache {
            files: Vec::new(),
            last: 0,
        }
    }

    /// The file's part, an empty one when it had none.
    #[inline]
    pub fn file(&mut self, key: FileKey) -> &mut FileCache<V> {
        if self.files.get(self.last).is_none_or(|(is, _)| *is != key) {
            self.last = self.find(key);
        }
        &mut self.files[self.last].1
    }

    #[cold]
    fn find(&mut self, key: FileKey) -> usize {
        let known = self.files.iter().position(|(is, _)| *is == key);
        known.unwrap_or_else(|| {
            let slots = vec![(0, V::default()); SLOTS].into_boxed_slice();
            self.files.push((key, FileCache { slots }));
            self.files.len() - 1
        })
    }

    /// Forgets a file: call it for every [`Event::FileGone`](crate::Event::FileGone).
    pub fn forget(&mut self, key: FileKey) {
        self.files.retain(|(is, _)| *is != key);
    }

    /// Forgets everything, as when values change their meaning.
    pub fn clear(&mut self) {
        self.files.clear();
    }
}

impl<V: Copy + Default> Default for OffsetCache<V> {
    fn default() -> Self {
        OffsetCache::new()
    }
}

impl<V: Copy> FileCache<V> {
    /// Slot and key of an offset; objects stand at multiples of eight. No key for what lies beyond 32 GiB.
    #[inline]
    fn place(offset: u64) -> (usize, u32) {
        let key = u32::try_from(offset / 8).unwrap_or(0);
        let spread = key.wrapping_mul(0x9e37_79b1) >> (32 - SLOTS.trailing_zeros());
        (spread as usize, key)
    }

    #[inline]
    pub fn get(&self, offset: u64) -> Option<V> {
        let (slot, key) = Self::place(offset);
        let (is, value) = self.slots[slot];
        (is == key && key != 0).then_some(value)
    }

    #[inline]
    pub fn insert(&mut self, offset: u64, value: V) {
        let (slot, key) = Self::place(offset);
        self.slots[slot] = (key, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_found_is_what_was_put_there_last(puts in prop::collection::vec((0_u32..3, 1_u64..99_999, 0_u32..9), 0..999)) {
            let mut cache = OffsetCache::new();
            let mut model = std::collections::HashMap::new();
            for &(file, place, value) in &puts {
                cache.file(FileKey(file)).insert(place * 8, value);
                model.insert((file, place), value);
            }
            for (&(file, place), &value) in &model {
                if let Some(found) = cache.file(FileKey(file)).get(place * 8) {
                    prop_assert_eq!(found, value);
                }
            }
            prop_assert_eq!(cache.file(FileKey(9)).get(8), None);
        }
    }
}
