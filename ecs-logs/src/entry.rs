//! One journal entry as a source read it: only the fields that somebody asked for, low-cardinality values as symbols.
//! Bytes stay bytes: the journal promises no UTF-8.

use crate::{identity::Identity, intern::Interner};
use std::ops::Range;

/// How a source hands over a field's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Few distinct values (container, unit, priority): a [`Symbol`], compared and cached as an integer.
    Interned,
    /// A value that changes with every entry (MESSAGE, ordinals): bytes, copied into the entry.
    Bytes,
}

/// Index of a field in the [`FieldTable`] that the source was opened with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FieldId(pub u16);

/// A value that an [`Interner`](crate::intern::Interner) holds. Zero is "the entry has no such field".
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Symbol(pub u32);

impl Symbol {
    pub const ABSENT: Symbol = Symbol(0);
}

/// The fields that are read at all. Order is [`FieldId`]; the standard ones come first, at fixed places.
#[derive(Clone, Debug)]
pub struct FieldTable {
    fields: Vec<(Box<str>, Kind)>,
}

macro_rules! standard_fields {
    ($($id:ident $kind:ident $name:literal;)*) => {
        /// Fixed ids of the fields that the agent itself looks at.
        pub mod field {
            use super::FieldId;
            #[derive(Clone, Copy)]
            #[allow(non_camel_case_types, clippy::upper_case_acronyms, reason = "spelled as in the journal")]
            enum Place { $($id),* }
            $(pub const $id: FieldId = FieldId(Place::$id as u16);)*
        }
        const STANDARD: &[(&str, Kind)] = &[$(($name, Kind::$kind)),*];
    };
}

standard_fields! {
    MESSAGE Bytes "MESSAGE";
    PRIORITY Interned "PRIORITY";
    CONTAINER_TAG Interned "CONTAINER_TAG";
    CONTAINER_NAME Interned "CONTAINER_NAME";
    CONTAINER_ID Interned "CONTAINER_ID";
    SYSTEMD_UNIT Interned "_SYSTEMD_UNIT";
    CONTAINER_PARTIAL_MESSAGE Interned "CONTAINER_PARTIAL_MESSAGE";
    CONTAINER_PARTIAL_LAST Interned "CONTAINER_PARTIAL_LAST";
    CONTAINER_PARTIAL_ID Bytes "CONTAINER_PARTIAL_ID";
    CONTAINER_PARTIAL_ORDINAL Bytes "CONTAINER_PARTIAL_ORDINAL";
    CONTAINER_LOG_EPOCH Interned "CONTAINER_LOG_EPOCH";
    CONTAINER_LOG_ORDINAL Bytes "CONTAINER_LOG_ORDINAL";
    HOSTNAME Interned "_HOSTNAME";
    PID Interned "_PID";
    UID Interned "_UID";
    GID Interned "_GID";
    CODE_FILE Interned "CODE_FILE";
    CODE_LINE Interned "CODE_LINE";
    CODE_FUNC Interned "CODE_FUNC";
    MESSAGE_ID Interned "MESSAGE_ID";
    N_DROPPED Bytes "N_DROPPED";
    BOOT_ID Interned "_BOOT_ID";
    TRANSPORT Interned "_TRANSPORT";
    OBJECT_SYSTEMD_UNIT Interned "OBJECT_SYSTEMD_UNIT";
    SYSLOG_IDENTIFIER Interned "SYSLOG_IDENTIFIER";
    STDIN_GROUP Interned "group";
    STDIN_STREAM Interned "stream";
}

impl Default for FieldTable {
    fn default() -> Self {
        FieldTable {
            fields: STANDARD
                .iter()
                .map(|&(name, kind)| (name.into(), kind))
                .collect(),
        }
    }
}

impl FieldTable {
    /// The field's id; a new one when nobody asked for it before. A field that is there keeps its kind.
    pub fn add(&mut self, name: &str, kind: Kind) -> FieldId {
        let place = self
            .fields
            .iter()
            .position(|(known, _)| **known == *name)
            .unwrap_or_else(|| {
                self.fields.push((name.into(), kind));
                self.fields.len() - 1
            });
        FieldId(u16::try_from(place).expect("a configuration names fewer than 65,536 fields"))
    }

    /// A field of this name, if somebody asked for it.
    pub fn find(&self, name: &str) -> Option<(FieldId, Kind)> {
        let at = self.fields.iter().position(|(known, _)| **known == *name)?;
        Some((FieldId(u16::try_from(at).ok()?), self.fields[at].1))
    }

    /// How the field is read; nothing when the table has no such field.
    pub fn kind(&self, id: FieldId) -> Option<Kind> {
        self.fields.get(usize::from(id.0)).map(|(_, kind)| *kind)
    }

    pub fn len(&self) -> usize {
        self.fields.len()
    }

    pub fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }

    /// Names and kinds, in the order of [`FieldId`].
    pub fn iter(&self) -> impl Iterator<Item = (&str, Kind)> {
        self.fields.iter().map(|(name, kind)| (&**name, *kind))
    }
}

/// Where a value of bytes stands.
#[derive(Clone, Copy, Debug)]
struct Text {
    field: u16,
    start: u32,
    end: u32,
}

/// One entry, made to be reused: reading the next one allocates nothing.
#[derive(Clone, Debug, Default)]
pub struct Entry {
    /// Microseconds since 1970, the journal's receive time.
    pub realtime_usec: u64,
    /// Series and number in it, which no other entry of any host has; where the source was asked for its place.
    pub journal_id: Option<(u128, u64)>,
    identity: Option<Identity>,
    /// By field.
    symbols: Vec<Symbol>,
    /// A few, in no order.
    texts: Vec<Text>,
    bytes: Vec<u8>,
}

impl Entry {
    /// Empties the entry for `fields` fields.
    pub fn reset(&mut self, fields: usize) {
        self.journal_id = None;
        self.identity = None;
        self.symbols.clear();
        self.symbols.resize(fields, Symbol::ABSENT);
        self.texts.clear();
        self.bytes.clear();
    }

    /// Sets an interned field. The first value of a repeated field wins, as in `sd_journal_get_data(3)`.
    #[inline]
    pub fn set_symbol(&mut self, id: FieldId, symbol: Symbol) {
        let place = &mut self.symbols[usize::from(id.0)];
        if *place == Symbol::ABSENT {
            *place = symbol;
        }
    }

    /// Sets a field of bytes. The first value of a repeated field wins.
    pub fn set_bytes(&mut self, id: FieldId, value: &[u8]) {
        let start = self.bytes.len();
        self.bytes.extend_from_slice(value);
        let end = self.bytes.len();
        self.set_range(id, start..end);
    }

    /// Where values of bytes stand, for a source that writes one there itself and tells by [`Entry::set_range`] which.
    pub(crate) fn buffer(&mut self) -> &mut Vec<u8> {
        &mut self.bytes
    }

    /// Makes a part of the buffer a field's value. The first value of a repeated field wins.
    pub(crate) fn set_range(&mut self, id: FieldId, value: Range<usize>) {
        let place = |at: usize| u32::try_from(at).expect("an entry is smaller than 4 GiB");
        self.texts.push(Text {
            field: id.0,
            start: place(value.start),
            end: place(value.end),
        });
    }

    /// Sets all interned fields at once.
    #[inline]
    pub(crate) fn fill(&mut self, symbols: &[Symbol]) {
        self.symbols.copy_from_slice(symbols);
    }

    /// Says that its interned fields are those of this identity.
    pub fn set_identity(&mut self, identity: Identity) {
        self.identity = Some(identity);
    }

    /// What the source knows it by; not every source, nor every entry.
    #[inline]
    pub fn identity(&self) -> Option<Identity> {
        self.identity
    }

    /// The interned fields, by field.
    pub fn symbols(&self) -> &[Symbol] {
        &self.symbols
    }

    #[inline]
    pub fn symbol(&self, id: FieldId) -> Symbol {
        let symbol = self.symbols.get(usize::from(id.0));
        symbol.copied().unwrap_or_default()
    }

    #[inline]
    pub fn bytes(&self, id: FieldId) -> Option<&[u8]> {
        let text = self.texts.iter().find(|text| text.field == id.0)?;
        Some(&self.bytes[text.start as usize..text.end as usize])
    }

    /// A copy of what is interned, for a line that is held back: its text is kept elsewhere.
    pub(crate) fn without_bytes(&self) -> Entry {
        Entry {
            realtime_usec: self.realtime_usec,
            journal_id: self.journal_id,
            identity: self.identity,
            symbols: self.symbols.clone(),
            texts: Vec::new(),
            bytes: Vec::new(),
        }
    }

    /// The field's value, however it was read.
    pub fn value<'a>(&'a self, id: FieldId, names: &'a Interner) -> Option<&'a [u8]> {
        match self.symbol(id) {
            Symbol::ABSENT => self.bytes(id),
            symbol => names.get(symbol),
        }
    }
}
