//! A journal in memory, written in virtual time.

use ecs_logs::{
    core::rng::Rng,
    cursor::Cursor,
    entry::{Entry, FieldTable, field},
    intern::Interner,
};

/// One line of one container; its place in the journal is its id.
pub(crate) struct Line {
    pub(crate) group: usize,
    pub(crate) stream: usize,
    pub(crate) realtime_ms: i64,
    pub(crate) text: String,
    /// A piece of a line that Docker has cut: whose, which, and whether the last.
    pub(crate) piece: Option<(u64, u32, bool)>,
    pub(crate) cursor: Cursor,
}

#[derive(Default)]
pub(crate) struct Journal {
    pub(crate) lines: Vec<Line>,
    boot: u128,
    series: u128,
    seqnum: u64,
    /// Whether journald begins a new series of numbers now and then, as after it lost its files.
    pub(crate) renumbers: bool,
}

impl Journal {
    #[expect(clippy::too_many_arguments, reason = "a line is all of these")]
    pub(crate) fn append(
        &mut self,
        group: usize,
        stream: usize,
        realtime_ms: i64,
        size: usize,
        poisoned: bool,
        piece: Option<(u64, u32, bool)>,
        rng: &mut Rng,
    ) {
        if self.lines.is_empty() || (self.renumbers && rng.one_in(200)) {
            self.series += 0x1000_0001;
            self.seqnum = rng.below(1_000);
        }
        if self.lines.is_empty() || rng.one_in(300) {
            self.boot += 0x77;
        }
        self.seqnum += 1;
        let id = self.lines.len();
        let mut text = format!("id={id};{}", if poisoned { " POISON" } else { "" });
        while text.len() < size {
            text.push_str(["x", "\"", "ä", "\\", " "][rng.below(5) as usize]);
        }
        let last_usec = self
            .lines
            .last()
            .map_or(0, |line| line.cursor.realtime_usec);
        self.lines.push(Line {
            group,
            stream,
            realtime_ms,
            text,
            piece,
            cursor: Cursor {
                seqnum_id: self.series,
                seqnum: self.seqnum,
                boot_id: self.boot,
                monotonic_usec: id as u64,
                realtime_usec: (realtime_ms as u64 * 1_000).max(last_usec + 1),
                xor_hash: id as u64,
            },
        });
    }

    /// Where reading goes on behind this cursor.
    pub(crate) fn after(&self, cursor: &Cursor) -> usize {
        let exact = self.lines.iter().position(|line| line.cursor == *cursor);
        let of_series = |line: &Line| {
            line.cursor.seqnum_id == cursor.seqnum_id && line.cursor.seqnum > cursor.seqnum
        };
        exact.map_or_else(
            || {
                self.lines
                    .iter()
                    .position(of_series)
                    .expect("a cursor is of this journal")
            },
            |place| place + 1,
        )
    }

    pub(crate) fn read(
        &self,
        place: usize,
        entry: &mut Entry,
        names: &mut Interner,
        fields: &FieldTable,
    ) {
        let line = &self.lines[place];
        entry.reset(fields.len());
        entry.realtime_usec = line.realtime_ms as u64 * 1_000;
        let mut symbol = |id, value: &str| {
            let symbol = names.intern(value.as_bytes());
            entry.set_symbol(id, symbol);
        };
        symbol(field::CONTAINER_TAG, &group_name(line.group));
        symbol(field::CONTAINER_NAME, &stream_name(line.stream));
        symbol(field::SYSTEMD_UNIT, "docker.service");
        // A container's two outputs interleave.
        symbol(
            field::PRIORITY,
            if place.is_multiple_of(7) && line.piece.is_none() {
                "3"
            } else {
                "6"
            },
        );
        if let Some((_, _, last)) = line.piece {
            symbol(
                field::CONTAINER_PARTIAL_LAST,
                if last { "true" } else { "false" },
            );
            if !last {
                symbol(field::CONTAINER_PARTIAL_MESSAGE, "true");
            }
        }
        if let Some((id, ordinal, _)) = line.piece {
            entry.set_bytes(field::CONTAINER_PARTIAL_ID, id.to_string().as_bytes());
            entry.set_bytes(
                field::CONTAINER_PARTIAL_ORDINAL,
                ordinal.to_string().as_bytes(),
            );
        }
        entry.set_bytes(field::MESSAGE, line.text.as_bytes());
    }
}

pub(crate) fn group_name(group: usize) -> String {
    format!("group-{group}")
}

pub(crate) fn stream_name(stream: usize) -> String {
    format!("container-{stream}")
}
