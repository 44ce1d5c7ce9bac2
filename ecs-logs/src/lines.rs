//! Entries → lines: Docker's pieces of a long line joined, lines of one stack trace grouped. Pure: `now` is passed in, and what
//! is held is bounded, so that the encoder behind it sees whole lines and the usual entry passes without a copy.

use crate::{
    entry::{Entry, field},
    event::Line,
    intern::Interner,
    multiline::{Grouper, MultilineRule},
    partial::{Joiner, JoinerSettings},
    route::{StreamId, StreamKey},
};
use std::time::Duration;

/// A line that is whole, and which entries it was made of.
#[derive(Clone, Copy, Debug)]
pub struct Assembled<'a, P> {
    pub stream: StreamId,
    /// The first entry: its time and its fields are the line's.
    pub entry: &'a Entry,
    pub line: Line<'a>,
    /// Places of the first and the last of its entries.
    pub first: P,
    pub last: P,
    pub entries: u32,
}

#[derive(Clone, Debug, Default)]
pub struct LinesSettings {
    pub joining: JoinerSettings,
    /// The first rule whose group matches counts.
    pub multiline: Vec<MultilineRule>,
}

/// Joins and groups. `P` is a place in read order.
#[derive(Debug)]
pub struct Lines<P> {
    joiner: Joiner<P>,
    grouper: Grouper<P>,
}

impl<P: Copy + Ord> Lines<P> {
    pub fn new(settings: LinesSettings) -> Self {
        Lines {
            grouper: Grouper::new(settings.multiline, settings.joining.max_line_bytes),
            joiner: Joiner::new(settings.joining),
        }
    }

    /// Takes an entry and hands over the lines that are whole now, none to a few. `now` counts from any fixed moment.
    #[expect(
        clippy::too_many_arguments,
        reason = "one entry and all that is known of it"
    )]
    pub fn push(
        &mut self,
        stream: StreamId,
        key: &StreamKey,
        entry: &Entry,
        names: &Interner,
        at: P,
        now: Duration,
        emit: &mut impl FnMut(Assembled<'_, P>),
    ) {
        if !self.joiner.concerns(entry) && !self.grouper.concerns(stream, key) {
            return emit(Assembled {
                stream,
                entry,
                line: Line::from(entry.bytes(field::MESSAGE).unwrap_or_default()),
                first: at,
                last: at,
                entries: 1,
            });
        }
        self.grouper.note(stream, key);
        let grouper = &mut self.grouper;
        self.joiner
            .push(stream, entry, names, at, now, &mut |line| {
                grouper.push(line, now, emit);
            });
    }

    /// Hands over what has waited long enough for its rest.
    pub fn flush_due(&mut self, now: Duration, emit: &mut impl FnMut(Assembled<'_, P>)) {
        let grouper = &mut self.grouper;
        self.joiner
            .flush_due(now, &mut |line| grouper.push(line, now, emit));
        self.grouper.flush_due(now, emit);
    }

    /// When [`Lines::flush_due`] has something to do at the earliest.
    pub fn next_due(&self) -> Option<Duration> {
        let due = [self.joiner.next_due(), self.grouper.next_due()];
        due.into_iter().flatten().min()
    }

    /// Hands over everything, at the end.
    pub fn drain(&mut self, emit: &mut impl FnMut(Assembled<'_, P>)) {
        self.flush_due(Duration::MAX, emit);
    }

    /// The first entry of what is still held.
    pub fn oldest(&self) -> Option<P> {
        self.held().map(|(_, first)| first).min()
    }

    /// The first entry of what is still held for a stream.
    pub fn oldest_of(&self, stream: StreamId) -> Option<P> {
        self.held()
            .filter(|(of, _)| *of == stream)
            .map(|(_, first)| first)
            .min()
    }

    fn held(&self) -> impl Iterator<Item = (StreamId, P)> + '_ {
        self.joiner.held().chain(self.grouper.held())
    }

    pub fn held_bytes(&self) -> usize {
        self.joiner.held_bytes() + self.grouper.held_bytes()
    }

    /// Drops what is held for a stream.
    pub fn forget(&mut self, stream: StreamId) {
        self.joiner.forget(stream);
        self.grouper.forget(stream);
    }

    /// Other settings, for what comes from now on.
    pub fn reconfigure(&mut self, settings: LinesSettings) {
        self.grouper
            .reconfigure(settings.multiline, settings.joining.max_line_bytes);
        self.joiner.reconfigure(settings.joining);
    }

    /// The longest line from now on, for a server that refuses longer events.
    pub fn set_max_line_bytes(&mut self, max: usize) {
        self.joiner.set_max_line_bytes(max);
        self.grouper.set_max_line_bytes(max);
    }
}
