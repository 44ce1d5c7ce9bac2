//! Which entries have the same interned fields: one container's have, but for a priority. What is worked out of these fields
//! (where an entry goes, how its event begins) is worked out once for all of them.

use crate::{
    entry::{Entry, FieldId, Symbol},
    hash::FastState,
    intern::Interner,
};
use std::{
    collections::HashMap,
    num::NonZeroU64,
    sync::atomic::{AtomicU64, Ordering},
};

/// Entries of one identity have the same interned fields, all of them, while the interner stays in its generation. None is
/// ever given to other fields, by whichever source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Identity(NonZeroU64);

#[cfg(test)]
impl Identity {
    pub(crate) fn numbered(number: u64) -> Identity {
        Identity(NonZeroU64::new(number).expect("identities are counted from one"))
    }
}

/// The next one's number: the readers of a process, live and in replay, share what is remembered by identity.
static NEXT: AtomicU64 = AtomicU64::new(1);

/// Identities that are known at a time: two for each of ten thousand containers.
pub(crate) const MOST: usize = 1 << 15;

/// Gives identities to entries.
#[derive(Debug, Default)]
pub struct Identities {
    /// By the sum of an entry's marks, places in `rows`.
    places: HashMap<u64, u32, FastState>,
    identities: Vec<Identity>,
    /// The symbols of each, one after the other.
    rows: Vec<Symbol>,
    fields: usize,
    generation: u32,
}

/// What an interned field adds to the sum that an entry's identity is found by; of all fields, in any order.
#[inline]
pub fn mark(field: FieldId, symbol: Symbol) -> u64 {
    // The sum only says where to look: whether fields are the same is compared.
    let both = u64::from(field.0) << 32 | u64::from(symbol.0);
    let product = u128::from(both) * 0x9e37_79b9_7f4a_7c15;
    (product >> 64) as u64 ^ product as u64
}

impl Identities {
    /// The identity of an entry; `sum` is that of its fields' marks.
    #[inline]
    pub fn of(&mut self, entry: &Entry, sum: u64, names: &Interner) -> Identity {
        let symbols = entry.symbols();
        if self.generation == names.generation()
            && let Some(&place) = self.places.get(&sum)
        {
            let place = place as usize;
            let row = self
                .rows
                .get(place * self.fields..(place + 1) * self.fields);
            if row == Some(symbols) {
                return self.identities[place];
            }
        }
        self.add(symbols, sum, names)
    }

    #[cold]
    fn add(&mut self, symbols: &[Symbol], sum: u64, names: &Interner) -> Identity {
        let full = self.identities.len() >= MOST;
        if full || self.generation != names.generation() || self.fields != symbols.len() {
            *self = Identities {
                fields: symbols.len(),
                generation: names.generation(),
                ..Identities::default()
            };
        }
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let identity = Identity(NonZeroU64::new(number).unwrap_or(NonZeroU64::MAX));
        self.places.insert(sum, self.identities.len() as u32);
        self.identities.push(identity);
        self.rows.extend_from_slice(symbols);
        identity
    }
}

/// Something for each identity, as long as there are not too many.
#[derive(Debug)]
pub struct ByIdentity<T>(HashMap<Identity, T, FastState>);

impl<T> Default for ByIdentity<T> {
    fn default() -> Self {
        ByIdentity(HashMap::default())
    }
}

impl<T> ByIdentity<T> {
    #[inline]
    pub fn get(&self, identity: Identity) -> Option<&T> {
        self.0.get(&identity)
    }

    /// Remembers it; where there is no room, all others are forgotten: those that go on are soon there again.
    pub fn insert(&mut self, identity: Identity, value: T) {
        if self.0.len() >= MOST {
            self.0.clear();
        }
        self.0.insert(identity, value);
    }

    pub fn clear(&mut self) {
        self.0 = HashMap::default();
    }

    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    #[cfg(test)]
    pub(crate) fn capacity(&self) -> usize {
        self.0.capacity()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_same_fields_have_the_same_identity_and_others_another(
            entries in prop::collection::vec((prop::collection::vec(0_u32..3, 4), any::<bool>()), 1..200),
        ) {
            let (names, mut identities) = (Interner::default(), Identities::default());
            let mut known: HashMap<Vec<u32>, Identity> = HashMap::new();
            for (symbols, collides) in entries {
                let mut entry = Entry::default();
                entry.reset(symbols.len());
                let mut sum = 0_u64;
                for (&symbol, field) in symbols.iter().zip(0..) {
                    entry.set_symbol(FieldId(field), Symbol(symbol));
                    sum = sum.wrapping_add(mark(FieldId(field), Symbol(symbol)));
                }
                let identity = identities.of(&entry, if collides { 7 } else { sum }, &names);
                for (other, is) in &known {
                    prop_assert!(*is != identity || *other == symbols);
                }
                if !collides {
                    let before = known.insert(symbols, identity);
                    prop_assert!(before.is_none_or(|before| before == identity));
                }
            }
        }

        #[test]
        fn what_is_remembered_is_what_was_put_there_last(puts in prop::collection::vec((1_u64..200, 0_u32..9), 0..400)) {
            let identity = Identity::numbered;
            let (mut found, mut model) = (ByIdentity::default(), HashMap::new());
            for &(number, value) in &puts {
                found.insert(identity(number), value);
                model.insert(number, value);
                prop_assert_eq!(found.get(identity(number)), Some(&value));
            }
            for (&number, value) in &model {
                prop_assert!(found.get(identity(number)).is_none_or(|is| is == value));
            }
            prop_assert_eq!(found.get(identity(1_000)), None);
        }
    }

    #[test]
    fn two_sources_never_give_the_same_identity() {
        let names = Interner::default();
        let mut entry = Entry::default();
        entry.reset(1);
        let mut sources = [Identities::default(), Identities::default()];
        let mut seen = std::collections::HashSet::new();
        for symbol in 1..100 {
            entry.reset(1);
            entry.set_symbol(FieldId(0), Symbol(symbol));
            for source in &mut sources {
                let identity = source.of(&entry, symbol.into(), &names);
                assert!(seen.insert(identity));
                assert_eq!(source.of(&entry, symbol.into(), &names), identity);
            }
        }
    }

    #[test]
    fn however_far_apart_all_are_remembered_up_to_the_limit() {
        let most = MOST as u64;
        let identity = |number: u64| Identity::numbered(number * most + 1);
        let mut found = ByIdentity::default();
        for number in 0..most {
            found.insert(identity(number), number);
        }
        assert!((0..most).all(|number| found.get(identity(number)) == Some(&number)));
        found.insert(identity(most), most);
        assert_eq!(found.get(identity(most)), Some(&most));
        assert_eq!(found.0.len(), 1);
    }
}
