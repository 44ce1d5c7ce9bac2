//! Which entries to give out: terms `FIELD=value`, resolved once a file to offsets of data objects, so that an entry is
//! judged by comparing integers.

use crate::{
    Error,
    file::{Items, JournalFile},
    scratch::Scratch,
};

/// A filter in libsystemd's form: terms of one field are alternatives, different fields must all match, and groups
/// separated by [`Matches::or`] are alternatives again. No term at all lets every entry pass.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Matches {
    groups: Vec<Group>,
}

/// Fields that must all match, each with its alternatives.
type Group = Vec<Field>;

#[derive(Clone, Debug, PartialEq, Eq)]
struct Field {
    name: Vec<u8>,
    terms: Vec<Vec<u8>>,
}

impl Matches {
    pub fn new() -> Matches {
        Matches::default()
    }

    /// Adds a term `FIELD=value` to the last group. The value may be any bytes.
    pub fn add(&mut self, term: impl AsRef<[u8]>) -> Result<&mut Matches, Error> {
        let term = term.as_ref();
        let name = match memchr::memchr(b'=', term) {
            Some(at) if is_field_name(&term[..at]) => &term[..at],
            _ => {
                let text = String::from_utf8_lossy(term).into_owned();
                return Err(Error::Match { text });
            }
        };
        if self.groups.is_empty() {
            self.groups.push(Group::new());
        }
        if let Some(group) = self.groups.last_mut() {
            match group.iter_mut().find(|field| field.name == name) {
                Some(field) => field.terms.push(term.to_vec()),
                None => group.push(Field {
                    name: name.to_vec(),
                    terms: vec![term.to_vec()],
                }),
            }
        }
        Ok(self)
    }

    /// What is added from now on is an alternative to all that was added before.
    pub fn or(&mut self) -> &mut Matches {
        if self.groups.last().is_some_and(|group| !group.is_empty()) {
            self.groups.push(Group::new());
        }
        self
    }

    fn used(&self) -> impl Iterator<Item = &Group> {
        self.groups.iter().filter(|group| !group.is_empty())
    }
}

/// journald's rule: capitals, digits, underscores, no digit first, at most 64 bytes.
fn is_field_name(name: &[u8]) -> bool {
    let fits = |byte: &u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || *byte == b'_';
    (1..=64).contains(&name.len()) && !name[0].is_ascii_digit() && name.iter().all(fits)
}

/// [`Matches`] in terms of one file.
#[derive(Debug, Default)]
pub(crate) struct Filter {
    groups: Vec<Vec<Vec<Term>>>,
    /// Some term is not in the file (yet).
    open: bool,
    /// The file's hash table is damaged: compare contents, which is slow but right.
    by_content: bool,
}

#[derive(Debug)]
struct Term {
    payload: Vec<u8>,
    offset: Option<u64>,
}

impl Filter {
    pub(crate) fn new(matches: &Matches) -> Filter {
        let field = |field: &Field| -> Vec<Term> {
            let unresolved = |payload: &Vec<u8>| Term {
                payload: payload.clone(),
                offset: None,
            };
            field.terms.iter().map(unresolved).collect()
        };
        let groups: Vec<_> = matches
            .used()
            .map(|group| group.iter().map(field).collect())
            .collect();
        Filter {
            open: !groups.is_empty(),
            groups,
            by_content: false,
        }
    }

    pub(crate) fn lets_all_pass(&self) -> bool {
        self.groups.is_empty()
    }

    /// Looks up the terms that were not in the file before. A data object is in the hash table before an entry that
    /// refers to it is published, so calling this after looking for new entries misses none.
    pub(crate) fn resolve(&mut self, file: &JournalFile, scratch: &mut Scratch) {
        if !self.open || self.by_content {
            return;
        }
        self.open = false;
        for term in self.groups.iter_mut().flatten().flatten() {
            if term.offset.is_none() {
                match file.find(&term.payload, scratch) {
                    Ok(Some(offset)) => term.offset = Some(offset),
                    Ok(None) => self.open = true,
                    Err(_) => self.by_content = true,
                }
            }
        }
    }

    #[inline]
    pub(crate) fn accepts(
        &self,
        items: Items<'_>,
        file: &JournalFile,
        scratch: &mut Scratch,
    ) -> bool {
        if self.lets_all_pass() {
            return true;
        }
        if self.by_content {
            return self.accepts_content(items, file, scratch);
        }
        let has = |term: &Term| {
            term.offset
                .is_some_and(|offset| items.clone().any(|item| item == offset))
        };
        self.groups
            .iter()
            .any(|group| group.iter().all(|terms| terms.iter().any(has)))
    }

    #[cold]
    fn accepts_content(&self, items: Items<'_>, file: &JournalFile, scratch: &mut Scratch) -> bool {
        let mut has = |term: &Term| {
            items.clone().any(|item| {
                matches!(file.payload(item, scratch), Ok(payload) if payload.bytes == term.payload)
            })
        };
        self.groups
            .iter()
            .any(|group| group.iter().all(|terms| terms.iter().any(&mut has)))
    }

    /// The data objects whose entries together hold every entry that can match: for each group the field that fewest
    /// entries have. Nothing when the file must be read whole.
    pub(crate) fn drivers(&self, file: &JournalFile) -> Option<Vec<u64>> {
        if self.by_content || self.lets_all_pass() {
            return None;
        }
        let entries = |offset: u64| file.entries_of(offset).map(|entries| entries.count);
        let mut drivers = Vec::new();
        for group in &self.groups {
            let mut best: Option<(u64, Vec<u64>)> = None;
            for terms in group {
                let offsets: Vec<u64> = terms.iter().filter_map(|term| term.offset).collect();
                let mut count = 0_u64;
                for &offset in &offsets {
                    count = count.saturating_add(entries(offset)?);
                }
                if best.as_ref().is_none_or(|(least, _)| count < *least) {
                    best = Some((count, offsets));
                }
            }
            drivers.extend(best.map(|(_, offsets)| offsets).unwrap_or_default());
        }
        drivers.sort_unstable();
        drivers.dedup();
        Some(drivers)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terms_are_grouped_by_field_and_rubbish_is_refused() {
        let mut matches = Matches::new();
        matches
            .add("A=1")
            .unwrap()
            .add("B=x")
            .unwrap()
            .add("A=2")
            .unwrap();
        matches.or().or().add("C=").unwrap();
        let shape: Vec<Vec<usize>> = matches
            .used()
            .map(|group| group.iter().map(|field| field.terms.len()).collect())
            .collect();
        assert_eq!(shape, [vec![2, 1], vec![1]]);
        for bad in ["", "=x", "a=1", "A", "1A=1", "A B=1"] {
            assert!(Matches::new().add(bad).is_err(), "{bad:?}");
        }
    }
}
