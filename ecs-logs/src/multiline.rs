//! Lines that belong together (a stack trace) become one event: a line that matches the start pattern begins one, the others
//! are appended to the one before. By log group, for only the operator knows which service writes that way.

use crate::{
    entry::{Entry, Symbol, field},
    event::Line,
    lines::Assembled,
    route::{StreamId, StreamKey},
};
use regex::bytes::Regex;
use std::{sync::Arc, time::Duration};

/// Lines of the groups that match `group` are grouped by `start`.
#[derive(Clone, Debug)]
pub struct MultilineRule {
    /// A group's name, `*` for any run of characters.
    pub group: String,
    pub start: Regex,
    /// How long to wait for the next line.
    pub timeout: Duration,
}

#[derive(Debug)]
pub(crate) struct Grouper<P> {
    rules: Vec<MultilineRule>,
    max_line_bytes: usize,
    /// By stream: the group it was looked up for, and its rule.
    of_stream: Vec<Option<(Arc<str>, Option<usize>)>>,
    open: Vec<Open<P>>,
    held_bytes: usize,
}

/// A group of lines that may go on. Lines of one container's two outputs are kept apart by their priority.
#[derive(Debug)]
struct Open<P> {
    stream: StreamId,
    container: Symbol,
    priority: Symbol,
    entry: Entry,
    text: Vec<u8>,
    first: P,
    last: P,
    entries: u32,
    due: Duration,
}

/// Groups open at once; beyond, the oldest leaves as it is.
const MAX_OPEN: usize = 4096;
const MAX_HELD_BYTES: usize = 8 << 20;

impl<P: Copy + Ord> Grouper<P> {
    pub(crate) fn new(rules: Vec<MultilineRule>, max_line_bytes: usize) -> Self {
        Grouper {
            rules,
            max_line_bytes,
            of_stream: Vec::new(),
            open: Vec::new(),
            held_bytes: 0,
        }
    }

    /// Whether a stream's lines are grouped.
    #[inline]
    pub(crate) fn concerns(&mut self, stream: StreamId, key: &StreamKey) -> bool {
        !self.rules.is_empty() && self.note(stream, key).is_some()
    }

    /// Looks the stream's rule up, unless it is known. An id can come to mean another stream.
    pub(crate) fn note(&mut self, stream: StreamId, key: &StreamKey) -> Option<usize> {
        if self.rules.is_empty() {
            return None;
        }
        let at = stream.0 as usize;
        if self.of_stream.len() <= at {
            self.of_stream.resize(at + 1, None);
        }
        if let Some((group, rule)) = &self.of_stream[at]
            && Arc::ptr_eq(group, &key.group)
        {
            return *rule;
        }
        let rule = self
            .rules
            .iter()
            .position(|rule| matches_glob(&rule.group, &key.group));
        self.of_stream[at] = Some((key.group.clone(), rule));
        rule
    }

    pub(crate) fn push(
        &mut self,
        line: Assembled<'_, P>,
        now: Duration,
        emit: &mut impl FnMut(Assembled<'_, P>),
    ) {
        let known = self.of_stream.get(line.stream.0 as usize);
        let rule = known.and_then(|known| known.as_ref()?.1);
        let Some(rule) = rule.map(|at| &self.rules[at]) else {
            return emit(line);
        };
        let timeout = rule.timeout;
        let text = line.line.text;
        let starts = line.line.part.is_some() || rule.start.is_match(text);
        let held = self.open.iter().position(|open| {
            open.stream == line.stream
                && open.container == line.entry.symbol(field::CONTAINER_ID)
                && open.priority == line.entry.symbol(field::PRIORITY)
        });
        if let Some(held) = held {
            let open = &mut self.open[held];
            if !starts && open.text.len() + 1 + text.len() <= self.max_line_bytes {
                open.text.push(b'\n');
                open.text.extend_from_slice(text);
                self.held_bytes += 1 + text.len();
                // A line in pieces that was waited for comes behind lines that were printed after its first.
                open.first = open.first.min(line.first);
                open.last = open.last.max(line.last);
                open.entries += line.entries;
                open.due = now.saturating_add(timeout);
                return self.keep_within_limits(emit);
            }
            self.close(held, emit);
        }
        if line.line.part.is_some() {
            return emit(line);
        }
        self.held_bytes += text.len();
        self.open.push(Open {
            stream: line.stream,
            container: line.entry.symbol(field::CONTAINER_ID),
            priority: line.entry.symbol(field::PRIORITY),
            entry: line.entry.without_bytes(),
            text: text.to_vec(),
            first: line.first,
            last: line.last,
            entries: line.entries,
            due: now.saturating_add(timeout),
        });
        self.keep_within_limits(emit);
    }

    fn keep_within_limits(&mut self, emit: &mut impl FnMut(Assembled<'_, P>)) {
        while self.open.len() > MAX_OPEN || self.held_bytes > MAX_HELD_BYTES {
            match (0..self.open.len()).min_by_key(|&at| self.open[at].due) {
                Some(oldest) => self.close(oldest, emit),
                None => break,
            }
        }
    }

    fn close(&mut self, held: usize, emit: &mut impl FnMut(Assembled<'_, P>)) {
        let open = self.open.swap_remove(held);
        self.held_bytes -= open.text.len();
        emit(Assembled {
            stream: open.stream,
            entry: &open.entry,
            line: Line::from(&*open.text),
            first: open.first,
            last: open.last,
            entries: open.entries,
        });
    }

    pub(crate) fn flush_due(&mut self, now: Duration, emit: &mut impl FnMut(Assembled<'_, P>)) {
        while let Some(due) = self.open.iter().position(|open| open.due <= now) {
            self.close(due, emit);
        }
    }

    pub(crate) fn next_due(&self) -> Option<Duration> {
        self.open.iter().map(|open| open.due).min()
    }

    pub(crate) fn held(&self) -> impl Iterator<Item = (StreamId, P)> + '_ {
        self.open.iter().map(|open| (open.stream, open.first))
    }

    pub(crate) fn held_bytes(&self) -> usize {
        self.held_bytes
    }

    pub(crate) fn forget(&mut self, stream: StreamId) {
        self.open.retain(|open| open.stream != stream);
        self.held_bytes = self.open.iter().map(|open| open.text.len()).sum();
    }

    pub(crate) fn reconfigure(&mut self, rules: Vec<MultilineRule>, max_line_bytes: usize) {
        (self.rules, self.max_line_bytes) = (rules, max_line_bytes);
        self.of_stream.clear();
    }

    pub(crate) fn set_max_line_bytes(&mut self, max: usize) {
        self.max_line_bytes = self.max_line_bytes.min(max);
    }
}

/// Whether `name` is what `pattern` says, `*` standing for any run of characters.
pub(crate) fn matches_glob(pattern: &str, name: &str) -> bool {
    let Some((head, rest)) = pattern.split_once('*') else {
        return pattern == name;
    };
    let Some(mut left) = name.strip_prefix(head) else {
        return false;
    };
    let mut pieces = rest.split('*').peekable();
    while let Some(piece) = pieces.next() {
        if pieces.peek().is_none() {
            return left.ends_with(piece);
        }
        match left.split_once(piece) {
            Some((_, behind)) => left = behind,
            None => return false,
        }
    }
    true
}

#[cfg(test)]
#[path = "multiline_tests.rs"]
mod tests;
