//! How far delivery has come: which entry a restart may resume behind, and what was accepted above it.

use crate::cursor::Cursor;
use std::collections::{BTreeMap, VecDeque, btree_map::Entry};

/// A place in reading order with its cursor. Positions count entries as they are read, from 1; 0 is before the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    pub position: u64,
    pub cursor: Cursor,
}

/// An end of a range of entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Point {
    pub cursor: Cursor,
    /// False when only the number was computed (the entry before a known one): good to compare with, not to seek to.
    pub exact: bool,
}

/// Entries of one stream that CloudWatch has accepted: behind `from`, up to and with `to`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range {
    pub from: Point,
    pub to: Point,
}

impl Point {
    pub fn at(cursor: Cursor) -> Point {
        Point {
            cursor,
            exact: true,
        }
    }

    /// Just before the entry at `cursor`. Numbers have no gaps as seen from a range: nothing lies between.
    pub fn before(cursor: Cursor) -> Point {
        Point {
            cursor: Cursor {
                seqnum: cursor.seqnum.saturating_sub(1),
                ..cursor
            },
            exact: false,
        }
    }
}

impl Range {
    /// A range can only be told by numbers when both ends are of one series.
    pub fn new(from: Point, to: Point) -> Option<Range> {
        let one_series = from.cursor.seqnum_id == to.cursor.seqnum_id;
        (one_series && from.cursor.seqnum < to.cursor.seqnum).then_some(Range { from, to })
    }

    /// Whether the entry lies in the range. After a hard reset journald may give numbers a second time that it had lost:
    /// such an entry is of a boot that the range has not seen, and later than its end.
    pub fn contains(&self, entry: &Cursor) -> bool {
        let (from, to) = (&self.from.cursor, &self.to.cursor);
        entry.seqnum_id == to.seqnum_id
            && from.seqnum < entry.seqnum
            && entry.seqnum <= to.seqnum
            && (entry.boot_id == to.boot_id
                || entry.boot_id == from.boot_id
                || entry.realtime_usec <= to.realtime_usec)
    }
}

/// Whether `a` comes after `b`: by number within a series, else by time.
pub fn is_after(a: &Cursor, b: &Cursor) -> bool {
    if a.seqnum_id == b.seqnum_id {
        a.seqnum > b.seqnum
    } else {
        a.realtime_usec > b.realtime_usec
    }
}

/// Adds a range to those in order, joined with its neighbours where they touch.
pub fn add_range(ranges: &mut Vec<Range>, range: Range) {
    // Numbers given twice (see `Range::contains`) must not join what different boots wrote.
    let same = |other: &Range| {
        let (a, b) = (other, &range);
        a.to.cursor.seqnum_id == b.to.cursor.seqnum_id
            && (a.to.cursor.boot_id == b.from.cursor.boot_id
                || b.to.cursor.boot_id == a.from.cursor.boot_id)
    };
    let mut joined = range;
    ranges.retain(|other| {
        let touches = same(other)
            && other.from.cursor.seqnum <= range.to.cursor.seqnum
            && range.from.cursor.seqnum <= other.to.cursor.seqnum;
        if touches && other.from.cursor.seqnum < joined.from.cursor.seqnum {
            joined.from = other.from;
        }
        if touches && other.to.cursor.seqnum > joined.to.cursor.seqnum {
            joined.to = other.to;
        }
        !touches
    });
    let place = ranges
        .iter()
        .position(|other| is_after(&other.to.cursor, &joined.to.cursor))
        .unwrap_or(ranges.len());
    ranges.insert(place, joined);
}

/// Where what is not accepted begins, over all buffers and batches: many streams may have one open each.
#[derive(Debug, Default)]
pub struct Firsts(BTreeMap<u64, u32>);

impl Firsts {
    pub fn add(&mut self, position: u64) {
        *self.0.entry(position).or_default() += 1;
    }

    pub fn remove(&mut self, position: u64) {
        if let Entry::Occupied(mut known) = self.0.entry(position) {
            *known.get_mut() -= 1;
            if *known.get() == 0 {
                known.remove();
            }
        }
    }

    pub fn least(&self) -> Option<u64> {
        self.0.first_key_value().map(|(position, _)| *position)
    }
}

/// The places whose cursors are known, oldest first. Cursors are dear, so they are few.
#[derive(Debug, Default)]
pub struct Marks {
    marks: VecDeque<Mark>,
}

impl Marks {
    pub fn add(&mut self, mark: Mark) {
        if self
            .marks
            .back()
            .is_none_or(|last| last.position < mark.position)
        {
            self.marks.push_back(mark);
        }
    }

    /// Drops the newest if it lies within `distance` of the one before it.
    pub fn thin_out(&mut self, distance: u64) {
        let count = self.marks.len();
        if count >= 2 && self.marks[count - 1].position - self.marks[count - 2].position < distance
        {
            self.marks.pop_back();
        }
    }

    pub fn newest(&self) -> Option<Mark> {
        self.marks.back().copied()
    }

    /// The newest at or before `position`.
    pub fn at_or_before(&self, position: u64) -> Option<Mark> {
        let after = self.marks.partition_point(|mark| mark.position <= position);
        after.checked_sub(1).map(|place| self.marks[place])
    }

    /// Forgets what lies before the newest at or before `position`.
    pub fn forget_before(&mut self, position: u64) {
        while self
            .marks
            .get(1)
            .is_some_and(|second| second.position <= position)
        {
            self.marks.pop_front();
        }
    }
}
