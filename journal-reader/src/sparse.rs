//! Matches that few entries fulfil: instead of reading every entry of a file, follow the entry lists of the data objects
//! that were asked for.

use crate::file::{DataEntries, JournalFile};

/// Following lists pays when fewer than one entry in this many matches (`examples/bench.rs FOLDER FIELD=value` measures it).
const WORTH_IT: u64 = 8;

/// The merged entry lists of some data objects, in the file's order, up to a given entry of the file.
pub(crate) struct Sparse {
    lists: Vec<List>,
    /// Index in the file that this ends at.
    end: u64,
}

struct List {
    entries: DataEntries,
    /// Place in the list, and the offset of the entry there.
    at: u64,
    next: Option<u64>,
}

/// Where the lists lead.
pub(crate) enum Step {
    /// To the entry at this index of the file.
    To(u64),
    /// To no more entry before this index.
    End(u64),
    /// Nowhere: they are damaged, and every entry must be read.
    Broken,
}

impl Sparse {
    /// Nothing when reading every entry is the better way, or the only one: while journald writes, an entry is published
    /// before it is in the lists.
    pub(crate) fn new(file: &JournalFile, drivers: &[u64], known: u64) -> Option<Sparse> {
        if file.is_online() {
            return None;
        }
        let mut lists = Vec::new();
        let mut total = 0_u64;
        for &offset in drivers {
            let mut entries = file.entries_of(offset)?;
            total = total.saturating_add(entries.count);
            let next = match entries.count {
                0 => None,
                _ => Some(entries.get(file.map(), 0).ok()?),
            };
            lists.push(List {
                entries,
                at: 0,
                next,
            });
        }
        (total < known / WORTH_IT).then_some(Sparse { lists, end: known })
    }

    /// The first listed entry at or after `index`.
    pub(crate) fn step(&mut self, file: &mut JournalFile, index: u64) -> Step {
        if index >= self.end {
            return Step::End(self.end);
        }
        let Ok(from) = file.entry_offset(index) else {
            return Step::Broken;
        };
        for list in &mut self.lists {
            while list.next.is_some_and(|next| next < from) {
                list.at += 1;
                list.next = None;
                if list.at < list.entries.count {
                    match list.entries.get(file.map(), list.at) {
                        Ok(next) => list.next = Some(next),
                        Err(_) => return Step::Broken,
                    }
                }
            }
        }
        match self.lists.iter().filter_map(|list| list.next).min() {
            None => Step::End(self.end),
            Some(offset) => match file.index_of(offset, index, self.end) {
                Some(index) => Step::To(index),
                None => Step::Broken,
            },
        }
    }
}
