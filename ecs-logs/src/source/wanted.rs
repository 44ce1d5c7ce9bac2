//! Which fields are read at all, found by the length of their name and then the name.

use crate::entry::{FieldId, FieldTable, Kind};

/// The wanted fields, each with what its source keeps of it.
pub(super) struct Wanted<T> {
    by_length: Vec<Vec<(Box<[u8]>, T)>>,
    /// Fields of the table.
    pub(super) len: usize,
}

impl<T> Wanted<T> {
    pub(super) fn new(fields: &FieldTable, keep: impl Fn(FieldId, Kind) -> T) -> Self {
        let mut by_length: Vec<Vec<(Box<[u8]>, T)>> = Vec::new();
        for (name, _) in fields.iter() {
            let Some((id, kind)) = fields.find(name) else {
                continue;
            };
            if by_length.len() <= name.len() {
                by_length.resize_with(name.len() + 1, Vec::new);
            }
            by_length[name.len()].push((name.as_bytes().into(), keep(id, kind)));
        }
        Wanted {
            by_length,
            len: fields.len(),
        }
    }

    #[inline]
    pub(super) fn find(&self, name: &[u8]) -> Option<&T> {
        let mut fields = self.by_length.get(name.len())?.iter();
        let (_, kept) = fields.find(|(known, _)| **known == *name)?;
        Some(kept)
    }

    #[inline]
    pub(super) fn find_mut(&mut self, name: &[u8]) -> Option<&mut T> {
        let mut fields = self.by_length.get_mut(name.len())?.iter_mut();
        let (_, kept) = fields.find(|(known, _)| **known == *name)?;
        Some(kept)
    }
}
