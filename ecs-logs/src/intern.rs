//! Values that recur (container, unit, priority) as integers. Containers come and go for months, so the table is bounded:
//! when it is full a new generation begins, and the one before stays readable until the next.

use crate::{entry::Symbol, hash::FastState};
use std::collections::HashMap;

/// Values in a generation, and their bytes.
const MAX_VALUES: usize = 1 << 16;
const MAX_BYTES: usize = 8 << 20;

/// Values to symbols and back. A symbol is never given to a second value.
#[derive(Debug, Default)]
pub struct Interner {
    young: Generation,
    old: Generation,
    last: u32,
    generations: u32,
}

#[derive(Debug, Default)]
struct Generation {
    symbols: HashMap<Box<[u8]>, Symbol, FastState>,
    /// By symbol, from `first` on.
    values: Vec<Box<[u8]>>,
    first: u32,
    bytes: usize,
}

impl Interner {
    /// The value's symbol. It is good for [`Interner::get`] until the table has filled up twice.
    #[inline]
    pub fn intern(&mut self, value: &[u8]) -> Symbol {
        match self.young.symbols.get(value) {
            Some(&symbol) => symbol,
            None => self.add(value),
        }
    }

    #[cold]
    fn add(&mut self, value: &[u8]) -> Symbol {
        if self.young.values.len() >= MAX_VALUES || self.young.bytes >= MAX_BYTES {
            self.old = std::mem::take(&mut self.young);
            self.generations = self.generations.wrapping_add(1);
        }
        if self.young.values.is_empty() {
            // Zero is "absent". Four billion values on, numbers of long forgotten ones come again.
            self.last = self
                .last
                .checked_add(1 + MAX_VALUES as u32)
                .map_or(0, |_| self.last);
            self.young.first = self.last + 1;
        }
        self.last += 1;
        let symbol = Symbol(self.last);
        self.young.values.push(value.into());
        self.young.bytes += value.len();
        self.young.symbols.insert(value.into(), symbol);
        symbol
    }

    /// The value, or nothing for [`Symbol::ABSENT`] and for what is long forgotten.
    #[inline]
    pub fn get(&self, symbol: Symbol) -> Option<&[u8]> {
        self.young.get(symbol).or_else(|| self.old.get(symbol))
    }

    /// Changes when symbols were retired: what is cached by symbol can be dropped then.
    pub fn generation(&self) -> u32 {
        self.generations
    }
}

impl Generation {
    fn get(&self, symbol: Symbol) -> Option<&[u8]> {
        let at = symbol.0.checked_sub(self.first)?;
        self.values.get(at as usize).map(|value| &**value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_symbol_outlives_the_generation_it_was_made_in_and_is_never_given_twice() {
        let mut names = Interner::default();
        let first = names.intern(b"web");
        assert_eq!(names.intern(b"web"), first);
        for at in 0..MAX_VALUES {
            names.intern(at.to_string().as_bytes());
        }
        assert_eq!(names.generation(), 1);
        assert_eq!(names.get(first), Some(&b"web"[..]));
        let again = names.intern(b"web");
        assert_ne!(again, first);
        for at in 0..2 * MAX_VALUES {
            names.intern(at.to_string().as_bytes());
        }
        assert_eq!(names.get(first), None);
    }

    #[test]
    fn absent_has_no_value() {
        let mut names = Interner::default();
        names.intern(b"a");
        assert_eq!(names.get(Symbol::ABSENT), None);
    }

    #[test]
    fn long_values_do_not_fill_the_memory() {
        let mut names = Interner::default();
        for at in 0..40u32 {
            let mut value = vec![b'x'; 1 << 20];
            value.extend_from_slice(&at.to_le_bytes());
            names.intern(&value);
        }
        assert!(names.young.bytes + names.old.bytes <= 2 * MAX_BYTES + (2 << 20));
    }
}
