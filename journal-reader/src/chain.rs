//! Entry arrays: the lists of entry offsets in a journal file, chained, each about twice as long as the one before.

use crate::{
    layout::{ARRAY_HEADER, ENTRY_ARRAY, OBJECT_HEADER},
    map::Map,
};

/// One array of a chain.
#[derive(Clone, Copy, Debug)]
struct Array {
    /// Index in the chain of its first item.
    base: u64,
    offset: u64,
    items: u64,
}

/// A chain as far as it was walked. Indices count over all its arrays.
#[derive(Clone, Debug)]
pub(crate) struct Chain {
    first: u64,
    /// Size of an item: 4 bytes in compact files, else 8.
    item: u64,
    arrays: Vec<Array>,
    /// The array that was looked into last: indices come mostly in order.
    last: usize,
}

/// An index that the chain should have and does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Broken(pub &'static str);

impl Chain {
    pub(crate) fn new(first: u64, compact: bool) -> Chain {
        Chain {
            first,
            item: if compact { 4 } else { 8 },
            arrays: Vec::new(),
            last: 0,
        }
    }

    /// Tells where the chain begins, once that is known.
    pub(crate) fn set_first(&mut self, first: u64) {
        self.first = first;
    }

    /// Forgets what was walked, not where it begins.
    pub(crate) fn forget(&mut self) {
        self.arrays.clear();
    }

    pub(crate) fn has_first(&self) -> bool {
        self.first != 0
    }

    /// The entry offset at `index`.
    #[inline]
    pub(crate) fn get(&mut self, map: &Map, index: u64) -> Result<u64, Broken> {
        let array = match self.arrays.get(self.last) {
            Some(array) if index >= array.base && index - array.base < array.items => *array,
            _ => self.find(map, index)?,
        };
        // In bounds: both were checked when the array was taken into the list.
        let place = array.offset + ARRAY_HEADER + (index - array.base) * self.item;
        let offset = if self.item == 8 {
            map.array(place).map(u64::from_le_bytes)
        } else {
            map.array(place)
                .map(|item| u64::from(u32::from_le_bytes(item)))
        };
        offset.ok_or(Broken("an entry array reaches beyond the file"))
    }

    #[cold]
    fn find(&mut self, map: &Map, index: u64) -> Result<Array, Broken> {
        loop {
            let end = self.arrays.last().map_or(0, |last| last.base + last.items);
            if index < end {
                let at = self.arrays.partition_point(|array| array.base <= index) - 1;
                self.last = at;
                return Ok(self.arrays[at]);
            }
            self.walk(map)?;
        }
    }

    /// Takes the next array into the list. Arrays are only ever appended to a file, so their offsets grow: a chain that
    /// turns back is damaged, and cannot be a loop.
    fn walk(&mut self, map: &Map) -> Result<(), Broken> {
        let (base, offset) = match self.arrays.last() {
            None => (0, self.first),
            Some(last) => {
                let next = map
                    .u64_at(last.offset + OBJECT_HEADER)
                    .ok_or(Broken("an entry array reaches beyond the file"))?;
                if next != 0 && next <= last.offset {
                    return Err(Broken("a chain of entry arrays turns back"));
                }
                (last.base + last.items, next)
            }
        };
        if offset == 0 {
            return Err(Broken("a chain of entry arrays ends too soon"));
        }
        let head = map
            .u64_at(offset)
            .ok_or(Broken("an entry array lies beyond the file"))?;
        let size = map
            .u64_at(offset.saturating_add(8))
            .ok_or(Broken("an entry array lies beyond the file"))?;
        if head.to_le_bytes()[0] != ENTRY_ARRAY {
            return Err(Broken("an entry array has the type of something else"));
        }
        if size < ARRAY_HEADER + self.item || !(size - ARRAY_HEADER).is_multiple_of(self.item) {
            return Err(Broken("an entry array has an impossible size"));
        }
        // A file that was cut may end within an array: its beginning is still good.
        let size = size.min(map.len().saturating_sub(offset));
        let items = size.saturating_sub(ARRAY_HEADER) / self.item;
        if items == 0 {
            return Err(Broken("an entry array lies beyond the file"));
        }
        self.arrays.push(Array {
            base,
            offset,
            items,
        });
        Ok(())
    }
}
