//! Docker cuts lines at 16 KiB and marks the pieces (CONTAINER_PARTIAL_*); here they become one line again, up to the event limit.
//! What is longer leaves in numbered parts, what never ends leaves after a time, and what is held has a limit.

use crate::{
    entry::{Entry, Symbol, field},
    event::{Line, MAX_EVENT_BYTES, Part},
    intern::Interner,
    lines::Assembled,
    route::StreamId,
    split::fitting_prefix,
};
use std::time::Duration;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JoinerSettings {
    /// Joined lines that are longer leave in parts.
    pub max_line_bytes: usize,
    /// How long to wait for the next piece.
    pub timeout: Duration,
    /// Bytes held over all unfinished lines; beyond, the longest leaves as it is.
    pub max_held_bytes: usize,
    /// Unfinished lines; beyond, the oldest leaves as it is.
    pub max_held_lines: usize,
}

impl Default for JoinerSettings {
    fn default() -> Self {
        JoinerSettings {
            max_line_bytes: MAX_EVENT_BYTES,
            timeout: Duration::from_secs(5),
            max_held_bytes: 8 << 20,
            max_held_lines: 1024,
        }
    }
}

/// Room for what an event holds besides its text, so that a part is not cut once more.
const ENVELOPE: usize = 4096;

#[derive(Debug)]
pub(crate) struct Joiner<P> {
    settings: JoinerSettings,
    unfinished: Vec<Unfinished<P>>,
    held_bytes: usize,
}

/// What tells the pieces of two lines apart: Docker's own id, or before 20.10 the container and its output.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Whose {
    stream: StreamId,
    container: Symbol,
    priority: Symbol,
    id: Option<Box<[u8]>>,
}

#[derive(Debug)]
struct Unfinished<P> {
    whose: Whose,
    /// The first piece's fields, without its text.
    entry: Entry,
    text: Vec<u8>,
    /// Of what is in `text`; nothing when all has left.
    first: Option<P>,
    last: P,
    entries: u32,
    /// The number of the part that `text` is going to be.
    number: u32,
    next_ordinal: Option<u64>,
    due: Duration,
}

/// What an entry says about its place in a line.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Piece {
    Whole,
    More,
    Last,
}

impl<P: Copy + Ord> Joiner<P> {
    pub(crate) fn new(settings: JoinerSettings) -> Self {
        Joiner {
            settings,
            unfinished: Vec::new(),
            held_bytes: 0,
        }
    }

    /// Whether an entry is a piece, or could be the last piece of something held.
    #[inline]
    pub(crate) fn concerns(&self, entry: &Entry) -> bool {
        !self.unfinished.is_empty()
            || entry.symbol(field::CONTAINER_PARTIAL_MESSAGE) != Symbol::ABSENT
            || entry.symbol(field::CONTAINER_PARTIAL_LAST) != Symbol::ABSENT
    }

    pub(crate) fn push(
        &mut self,
        stream: StreamId,
        entry: &Entry,
        names: &Interner,
        at: P,
        now: Duration,
        emit: &mut impl FnMut(Assembled<'_, P>),
    ) {
        let text = entry.bytes(field::MESSAGE).unwrap_or_default();
        let id = entry.bytes(field::CONTAINER_PARTIAL_ID);
        let held = self.find(stream, entry, id);
        let piece = piece(entry, names);
        let Some(held) = self.continued(held, entry, emit) else {
            if piece == Piece::More {
                self.begin(stream, entry, at, now);
                let new = self.unfinished.len() - 1;
                self.add(new, text, at, now, emit);
                return self.keep_within_limits(emit);
            }
            return emit(Assembled {
                stream,
                entry,
                line: Line::from(text),
                first: at,
                last: at,
                entries: 1,
            });
        };
        self.add(held, text, at, now, emit);
        match piece {
            Piece::More => self.keep_within_limits(emit),
            Piece::Last | Piece::Whole => self.finish(held, emit),
        }
    }

    fn find(&self, stream: StreamId, entry: &Entry, id: Option<&[u8]>) -> Option<usize> {
        let container = entry.symbol(field::CONTAINER_ID);
        let priority = entry.symbol(field::PRIORITY);
        self.unfinished.iter().position(|held| {
            let whose = &held.whose;
            whose.stream == stream
                && whose.container == container
                && whose.priority == priority
                && whose.id.as_deref() == id
        })
    }

    /// The held line that this entry goes on with. When pieces between were lost, the line leaves as far as it came.
    fn continued(
        &mut self,
        held: Option<usize>,
        entry: &Entry,
        emit: &mut impl FnMut(Assembled<'_, P>),
    ) -> Option<usize> {
        let held = held?;
        let line = &mut self.unfinished[held];
        let ordinal = ordinal(entry);
        if line.next_ordinal.is_some() && ordinal.is_some() && line.next_ordinal != ordinal {
            self.finish(held, emit);
            return None;
        }
        line.next_ordinal = ordinal.and_then(|ordinal| ordinal.checked_add(1));
        Some(held)
    }

    fn begin(&mut self, stream: StreamId, entry: &Entry, at: P, now: Duration) {
        self.unfinished.push(Unfinished {
            whose: Whose {
                stream,
                container: entry.symbol(field::CONTAINER_ID),
                priority: entry.symbol(field::PRIORITY),
                id: entry.bytes(field::CONTAINER_PARTIAL_ID).map(Into::into),
            },
            entry: entry.without_bytes(),
            text: Vec::new(),
            first: None,
            last: at,
            entries: 0,
            number: 1,
            next_ordinal: ordinal(entry).and_then(|ordinal| ordinal.checked_add(1)),
            due: now,
        });
    }

    fn add(
        &mut self,
        held: usize,
        text: &[u8],
        at: P,
        now: Duration,
        emit: &mut impl FnMut(Assembled<'_, P>),
    ) {
        let max = self.settings.max_line_bytes;
        let line = &mut self.unfinished[held];
        line.text.extend_from_slice(text);
        self.held_bytes += text.len();
        line.first.get_or_insert(at);
        line.last = at;
        line.entries += 1;
        line.due = now.saturating_add(self.settings.timeout);
        while line.text.len() > max {
            let room = max.saturating_sub(ENVELOPE).max(max / 2).max(1);
            let cut = fitting_prefix(&line.text, room, false).max(1);
            line.leave(cut, false, emit);
            self.held_bytes -= cut;
            // What is left belongs to the entry that came last.
            line.first = (!line.text.is_empty()).then_some(at);
            line.entries = u32::from(!line.text.is_empty());
        }
    }

    fn finish(&mut self, held: usize, emit: &mut impl FnMut(Assembled<'_, P>)) {
        // Order among the unfinished does not matter: each has its own due time.
        let mut line = self.unfinished.swap_remove(held);
        self.held_bytes -= line.text.len();
        if line.first.is_some() {
            line.leave(line.text.len(), true, emit);
        }
    }

    fn keep_within_limits(&mut self, emit: &mut impl FnMut(Assembled<'_, P>)) {
        while self.unfinished.len() > self.settings.max_held_lines {
            match (0..self.unfinished.len()).min_by_key(|&at| self.unfinished[at].due) {
                Some(oldest) => self.finish(oldest, emit),
                None => break,
            }
        }
        while self.held_bytes > self.settings.max_held_bytes {
            let longest =
                (0..self.unfinished.len()).max_by_key(|&at| self.unfinished[at].text.len());
            let Some(longest) = longest else { break };
            let line = &mut self.unfinished[longest];
            let length = line.text.len();
            line.leave(length, false, emit);
            (line.first, line.entries) = (None, 0);
            self.held_bytes -= length;
        }
    }

    pub(crate) fn flush_due(&mut self, now: Duration, emit: &mut impl FnMut(Assembled<'_, P>)) {
        while let Some(due) = self.unfinished.iter().position(|line| line.due <= now) {
            self.finish(due, emit);
        }
    }

    pub(crate) fn next_due(&self) -> Option<Duration> {
        self.unfinished.iter().map(|line| line.due).min()
    }

    pub(crate) fn held(&self) -> impl Iterator<Item = (StreamId, P)> + '_ {
        self.unfinished
            .iter()
            .filter_map(|line| Some((line.whose.stream, line.first?)))
    }

    pub(crate) fn held_bytes(&self) -> usize {
        self.held_bytes
    }

    pub(crate) fn forget(&mut self, stream: StreamId) {
        self.unfinished.retain(|line| line.whose.stream != stream);
        self.held_bytes = self.unfinished.iter().map(|line| line.text.len()).sum();
    }

    pub(crate) fn reconfigure(&mut self, settings: JoinerSettings) {
        self.settings = settings;
    }

    pub(crate) fn set_max_line_bytes(&mut self, max: usize) {
        self.settings.max_line_bytes = self.settings.max_line_bytes.min(max);
    }
}

impl<P: Copy> Unfinished<P> {
    /// Hands over the first `length` bytes.
    fn leave(&mut self, length: usize, last: bool, emit: &mut impl FnMut(Assembled<'_, P>)) {
        let whole = last && self.number == 1;
        emit(Assembled {
            stream: self.whose.stream,
            entry: &self.entry,
            line: Line {
                text: &self.text[..length],
                part: (!whole).then_some(Part {
                    number: self.number,
                    last,
                }),
            },
            first: self.first.unwrap_or(self.last),
            last: self.last,
            entries: self.entries,
        });
        self.number += 1;
        self.text.drain(..length);
    }
}

fn piece(entry: &Entry, names: &Interner) -> Piece {
    let is = |id, value: &[u8]| names.get(entry.symbol(id)) == Some(value);
    if is(field::CONTAINER_PARTIAL_LAST, b"true") {
        Piece::Last
    } else if is(field::CONTAINER_PARTIAL_MESSAGE, b"true")
        || is(field::CONTAINER_PARTIAL_LAST, b"false")
    {
        Piece::More
    } else {
        Piece::Whole
    }
}

fn ordinal(entry: &Entry) -> Option<u64> {
    let digits = entry.bytes(field::CONTAINER_PARTIAL_ORDINAL)?;
    std::str::from_utf8(digits).ok()?.parse().ok()
}

#[cfg(test)]
#[path = "partial_tests.rs"]
mod tests;
