//! A core with its two readers, as the pipeline would drive it, but all within one thread and one clock.

use crate::journal::Journal;
use ecs_logs::{
    checkpoint::Checkpoint,
    core::{Action, Core, Input, Settings, Side},
    cursor::Cursor,
    entry::{Entry, FieldTable},
    intern::Interner,
    time::Now,
};
use std::ops::Range;

/// What the readers met, for those who judge.
pub(crate) enum Met {
    Read(usize),
    Deleted(Side, Range<usize>),
}

pub(crate) struct Agent {
    pub(crate) core: Core,
    pub(crate) met: Vec<Met>,
    pub(crate) live: usize,
    pub(crate) replay: Option<usize>,
    /// Where a reader was to begin, when that is deleted.
    gone: [Option<Cursor>; 2],
    /// What was read last.
    last: [Option<usize>; 2],
    ended: [bool; 2],
    entry: Entry,
    names: Interner,
    fields: FieldTable,
}

impl Agent {
    pub(crate) fn start(
        settings: &Settings,
        checkpoint: Checkpoint,
        journal: &Journal,
        now: Now,
    ) -> Agent {
        let checkpoint_resume = checkpoint.resume;
        let live = checkpoint.resume.map_or(0, |cursor| journal.after(&cursor));
        Agent {
            core: crate::world::core(settings, checkpoint, now),
            met: Vec::new(),
            live,
            replay: None,
            gone: [checkpoint_resume, None],
            last: [None, None],
            ended: [false; 2],
            entry: Entry::default(),
            names: Interner::default(),
            fields: FieldTable::default(),
        }
    }

    /// Reads a few entries, if they are wanted. Returns whether there may be more at once.
    pub(crate) fn read(
        &mut self,
        side: Side,
        journal: &Journal,
        now: Now,
        actions: &mut Vec<Action>,
    ) -> bool {
        for _ in 0..32 {
            if !self.core.reads(side) {
                return false;
            }
            let Some(mut place) = self.place(side) else {
                return false;
            };
            let gone = self.gone[side as usize].take();
            if place < journal.vacuumed {
                if journal.vacuumed >= journal.lines.len() {
                    self.gone[side as usize] = gone;
                    return false;
                }
                let first = journal.lines[journal.vacuumed].cursor;
                let vacuumed = Input::Vacuumed {
                    side,
                    entries: (journal.vacuumed - place) as u64,
                    first: gone.is_some().then_some(first),
                };
                self.met.push(Met::Deleted(side, place..journal.vacuumed));
                place = journal.vacuumed;
                self.set(side, place);
                self.core.step(vacuumed, &self.names, now, actions);
                if !actions.is_empty() {
                    return true;
                }
            }
            if place >= journal.lines.len() {
                if !std::mem::replace(&mut self.ended[side as usize], true) {
                    self.core
                        .step(Input::End { side }, &self.names, now, actions);
                }
                return false;
            }
            self.ended[side as usize] = false;
            journal.read(place, &mut self.entry, &mut self.names, &self.fields);
            self.set(side, place + 1);
            if side == Side::Live {
                self.met.push(Met::Read(place));
            }
            self.last[side as usize] = Some(place);
            let cursor = self
                .core
                .needs_cursor(side)
                .then(|| journal.lines[place].cursor);
            let input = Input::Entry {
                side,
                entry: &self.entry,
                cursor,
            };
            self.core.step(input, &self.names, now, actions);
            // Its answers come before the next entry.
            if !actions.is_empty() {
                return true;
            }
        }
        true
    }

    fn set(&mut self, side: Side, place: usize) {
        match side {
            Side::Live => self.live = place,
            Side::Replay => self.replay = Some(place),
        }
    }

    fn place(&self, side: Side) -> Option<usize> {
        match side {
            Side::Live => Some(self.live),
            Side::Replay => self.replay,
        }
    }

    pub(crate) fn cursor(
        &mut self,
        side: Side,
        journal: &Journal,
        now: Now,
        actions: &mut Vec<Action>,
    ) {
        let cursor = self.last[side as usize].map(|place| journal.lines[place].cursor);
        self.core
            .step(Input::Cursor { side, cursor }, &self.names, now, actions);
    }

    pub(crate) fn step(&mut self, input: Input<'_>, now: Now, actions: &mut Vec<Action>) {
        self.core.step(input, &self.names, now, actions);
    }

    pub(crate) fn replay_from(&mut self, after: Option<Cursor>, journal: &Journal) {
        self.replay = after.map(|after| journal.after(&after));
        self.gone[Side::Replay as usize] = after;
        self.ended[Side::Replay as usize] = false;
    }
}
