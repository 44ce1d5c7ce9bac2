//! The items that entries have in common: a container's entries name the same objects of a file, but for a number and what
//! is new with each. Seen once, they need not be looked up one by one.

use crate::{
    entry::{Entry, Symbol},
    identity::Identity,
};
use journal_reader::FileKey;

/// Places for patterns, of 300 bytes each: a few for each of a thousand containers. With more containers some are looked up
/// item by item.
const SLOTS: usize = 1 << 12;

/// Items at the front of an entry, and before its last, that a pattern is found by. The host's come first, the container's
/// last; a number, which is different in each, comes behind them, or is new.
const FRONT: usize = 8;
const BACK: usize = 4;

/// The patterns seen last.
#[derive(Default)]
pub(super) struct Patterns {
    /// Empty until there is the first.
    slots: Box<[Option<Box<Pattern>>]>,
}

/// Items that came together, and what they say.
#[derive(Default)]
pub(super) struct Pattern {
    file: u32,
    /// Places of the objects whose fields are known.
    places: Vec<u32>,
    pub(super) symbols: Vec<Symbol>,
    /// Of the marks of the symbols.
    pub(super) sum: u64,
    pub(super) identity: Option<Identity>,
}

/// How an entry's items are a pattern's.
pub(super) struct Match<'p> {
    pub(super) pattern: &'p Pattern,
    /// The one that the pattern has not.
    pub(super) odd: Option<usize>,
}

impl Patterns {
    fn slot(file: FileKey, places: &[u32]) -> Option<usize> {
        let front = places.first_chunk::<FRONT>()?;
        let (_, back) = places.split_last()?;
        let back = back.last_chunk::<BACK>()?;
        let mut key = u64::from(file.number());
        for (&place, odd) in front.iter().zip(1_u64..).chain(back.iter().zip(20_u64..)) {
            key = key.wrapping_add(u64::from(place).wrapping_mul(odd << 33 | 0x9e37_79b9));
        }
        let spread = key.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (64 - SLOTS.trailing_zeros());
        Some(spread as usize)
    }

    /// The pattern that these items are, with one more at the most.
    #[inline]
    pub(super) fn find(&self, file: FileKey, places: &[u32]) -> Option<Match<'_>> {
        let pattern = self.slots.get(Self::slot(file, places)?)?.as_deref()?;
        if pattern.file != file.number() {
            return None;
        }
        let same = common(places, &pattern.places);
        let odd = match places.len().checked_sub(pattern.places.len())? {
            0 if same == places.len() => None,
            1 if places[same + 1..] == pattern.places[same..] => Some(same),
            _ => return None,
        };
        Some(Match { pattern, odd })
    }

    /// Remembers items (all of them, and those of which the fields are known) and what they gave.
    pub(super) fn insert(
        &mut self,
        file: FileKey,
        places: &[u32],
        known: &[u32],
        entry: &Entry,
        sum: u64,
        identity: Identity,
    ) {
        let Some(slot) = Self::slot(file, places) else {
            return;
        };
        if self.slots.is_empty() {
            self.slots = std::iter::repeat_with(|| None).take(SLOTS).collect();
        }
        let pattern = self.slots[slot].get_or_insert_default();
        pattern.file = file.number();
        pattern.places.clear();
        pattern.places.extend_from_slice(known);
        pattern.symbols.clear();
        pattern.symbols.extend_from_slice(entry.symbols());
        (pattern.sum, pattern.identity) = (sum, Some(identity));
    }

    /// Forgets them all, as when symbols change their meaning.
    pub(super) fn clear(&mut self) {
        self.slots = Box::default();
    }
}

/// How many items two lists begin with in common: eight at a time, then one by one.
#[inline]
fn common(a: &[u32], b: &[u32]) -> usize {
    let (a_eights, _) = a.as_chunks::<8>();
    let (b_eights, _) = b.as_chunks::<8>();
    let eights = a_eights.iter().zip(b_eights);
    let mut same = 8 * eights.take_while(|(a, b)| a == b).count();
    while same < a.len() && a.get(same) == b.get(same) {
        same += 1;
    }
    same
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn lists_are_compared_as_far_as_they_are_the_same(a in prop::collection::vec(0_u32..2, 0..40), b in prop::collection::vec(0_u32..2, 0..40)) {
            let plain = a.iter().zip(&b).take_while(|(a, b)| a == b).count();
            prop_assert_eq!(common(&a, &b), plain);
        }
    }
}
