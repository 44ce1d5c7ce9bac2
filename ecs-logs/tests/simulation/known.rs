//! What an agent can know of losses, kept beside it and crashing with it: whom it has heard, which numbers it has seen, what it
//! found deleted. What it can know it must tell; a line whose stream nothing on disk and nothing readable names, it cannot.

use crate::journal::{Journal, Line};
use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
};

#[derive(Clone, Default)]
pub(crate) struct Known {
    /// Streams with an entry that was read, and when the last was.
    heard: BTreeMap<usize, i64>,
    last_read: i64,
    /// The number that each container has reached.
    numbers: BTreeMap<u64, u64>,
    pub(crate) parked: BTreeSet<usize>,
    /// Deleted lines of streams that are not heard of yet, and until when they may be.
    pending: Vec<(i64, usize)>,
    /// Deleted lines, and numbers of dropped ones, that the streams must tell of if they are not delivered.
    pub(crate) deleted: BTreeSet<usize>,
    pub(crate) dropped: BTreeSet<(u64, u64)>,
}

/// A stream that spoke so shortly before the last entry is known to the next run, too. The agent says a minute, counted from its
/// buffer's opening, which lies up to five seconds before the entry.
const REMEMBERED_MS: i64 = 55_000;
/// So long after a deletion a stream that was not known is still told, if it speaks. The agent says a minute.
const TOLD_LATER_MS: i64 = 59_000;

impl Known {
    pub(crate) fn read(&mut self, line: &Line, journal: &Journal, now_ms: i64) {
        if line.suppressed.is_some() {
            return;
        }
        let stream = line.stream;
        self.heard.insert(stream, now_ms);
        self.last_read = now_ms;
        let late = self
            .pending
            .extract_if(.., |(_, id)| journal.lines[*id].stream == stream);
        let in_time = late.filter(|(until, _)| now_ms <= *until);
        self.deleted.extend(in_time.map(|(_, id)| id));
        if let Some((epoch, ordinal)) = line.number {
            let reached = self.numbers.entry(epoch).or_insert(ordinal);
            if *reached < ordinal {
                let missing = journal.missing.range((epoch, *reached)..(epoch, ordinal));
                self.dropped.extend(missing.map(|(number, _)| *number));
                *reached = ordinal;
            }
        }
    }

    /// Entries are deleted that the live reader was to read next, or the second one, which reads for parked streams only.
    pub(crate) fn skipped(
        &mut self,
        ids: Range<usize>,
        replay: bool,
        journal: &Journal,
        now_ms: i64,
    ) {
        for id in ids.filter(|id| journal.lines[*id].suppressed.is_none()) {
            let stream = journal.lines[id].stream;
            if replay {
                if self.parked.contains(&stream) {
                    self.deleted.insert(id);
                }
            } else if self.heard.contains_key(&stream) {
                self.deleted.insert(id);
            } else {
                self.pending.push((now_ms + TOLD_LATER_MS, id));
            }
        }
    }

    /// What is left of it for a run that begins now.
    pub(crate) fn restarted(&self, now_ms: i64) -> Known {
        let mut known = self.clone();
        let since = self.last_read - REMEMBERED_MS;
        known
            .heard
            .retain(|stream, at| *at >= since || self.parked.contains(stream));
        known.heard.values_mut().for_each(|at| *at = now_ms);
        known.last_read = now_ms;
        known
    }
}
