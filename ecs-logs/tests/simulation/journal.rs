//! A journal in memory, written in virtual time.

use ecs_logs::{
    core::rng::Rng,
    cursor::Cursor,
    entry::{Entry, FieldTable, field},
    intern::Interner,
};
use std::collections::BTreeMap;

/// One entry: a line of one container, or journald's word on lines that it dropped. Its place in the journal is its id.
pub(crate) struct Line {
    pub(crate) group: usize,
    pub(crate) stream: usize,
    pub(crate) realtime_ms: i64,
    pub(crate) text: String,
    /// A piece of a line that Docker has cut: whose, which, and whether the last.
    pub(crate) piece: Option<(u64, u32, bool)>,
    /// Docker's number: epoch and ordinal.
    pub(crate) number: Option<(u64, u64)>,
    /// journald has dropped so many, and this is its word.
    pub(crate) suppressed: Option<u64>,
    pub(crate) cursor: Cursor,
}

/// What a container writes next.
#[derive(Clone, Default)]
pub(crate) struct Words {
    pub(crate) group: usize,
    pub(crate) stream: usize,
    pub(crate) realtime_ms: i64,
    pub(crate) size: usize,
    pub(crate) poisoned: bool,
    pub(crate) piece: Option<(u64, u32, bool)>,
}

/// Docker's numbers of one container.
#[derive(Clone, Copy, Default)]
struct Container {
    epoch: u64,
    ordinal: u64,
    /// Its last line was dropped.
    dropping: bool,
}

#[derive(Default)]
pub(crate) struct Journal {
    pub(crate) lines: Vec<Line>,
    /// Entries before this one were deleted.
    pub(crate) vacuumed: usize,
    containers: Vec<Container>,
    /// Lines of each stream that never came into the journal.
    pub(crate) dropped: BTreeMap<usize, u64>,
    /// Their numbers, where they had some, with their streams.
    pub(crate) missing: BTreeMap<(u64, u64), usize>,
    boot: u128,
    series: u128,
    seqnum: u64,
    /// Whether journald begins a new series of numbers now and then, as after it lost its files.
    pub(crate) renumbers: bool,
    /// Docker 24 and later, for most containers.
    pub(crate) numbers: bool,
}

impl Journal {
    pub(crate) fn is_numbered(&self, stream: usize) -> bool {
        self.numbers && !stream.is_multiple_of(5)
    }

    pub(crate) fn append(&mut self, words: &Words, rng: &mut Rng) {
        let number = self.next_number(words.stream, rng);
        self.push(words, number, None, rng);
    }

    /// Two lines whose numbers are the wrong way round: one of stdout, one of stderr.
    pub(crate) fn append_swapped(&mut self, words: &Words, rng: &mut Rng) {
        let first = self.next_number(words.stream, rng);
        let mut second = self.next_number(words.stream, rng);
        // A container that has just started again has nothing to swap with.
        let swapped = first.map(|(epoch, _)| epoch) == second.map(|(epoch, _)| epoch);
        let first = if swapped {
            std::mem::replace(&mut second, first)
        } else {
            first
        };
        self.push(words, first, None, rng);
        self.push(words, second, None, rng);
    }

    /// journald drops the line, and Docker has numbered it. The first of a container is never dropped: nothing could tell.
    pub(crate) fn drop_line(&mut self, stream: usize) -> bool {
        let numbered = self.is_numbered(stream);
        let container = self.container(stream);
        if container.ordinal == 0 {
            return false;
        }
        container.ordinal += u64::from(numbered);
        container.dropping = true;
        let number = (container.epoch, container.ordinal);
        if numbered {
            self.missing.insert(number, stream);
        }
        *self.dropped.entry(stream).or_default() += 1;
        true
    }

    /// journald says how many it has dropped.
    pub(crate) fn append_suppressed(&mut self, count: u64, realtime_ms: i64, rng: &mut Rng) {
        let words = Words {
            realtime_ms,
            ..Words::default()
        };
        self.push(&words, None, Some(count), rng);
    }

    fn container(&mut self, stream: usize) -> &mut Container {
        if self.containers.len() <= stream {
            self.containers.resize(stream + 1, Container::default());
        }
        &mut self.containers[stream]
    }

    fn next_number(&mut self, stream: usize, rng: &mut Rng) -> Option<(u64, u64)> {
        let numbered = self.is_numbered(stream);
        let restarts = rng.one_in(60);
        let container = self.container(stream);
        if container.epoch == 0 || (restarts && !container.dropping) {
            *container = Container {
                epoch: (container.epoch.max(stream as u64 * 1_000)) + 1,
                ..Container::default()
            };
        }
        container.ordinal += 1;
        container.dropping = false;
        numbered.then_some((container.epoch, container.ordinal))
    }

    fn push(
        &mut self,
        words: &Words,
        number: Option<(u64, u64)>,
        suppressed: Option<u64>,
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
        let mut text = format!("id={id};{}", if words.poisoned { " POISON" } else { "" });
        while text.len() < words.size {
            text.push_str(["x", "\"", "ä", "\\", " "][rng.below(5) as usize]);
        }
        let last_usec = self
            .lines
            .last()
            .map_or(0, |line| line.cursor.realtime_usec);
        self.lines.push(Line {
            group: words.group,
            stream: words.stream,
            realtime_ms: words.realtime_ms,
            text,
            piece: words.piece,
            number,
            suppressed,
            cursor: Cursor {
                seqnum_id: self.series,
                seqnum: self.seqnum,
                boot_id: self.boot,
                monotonic_usec: id as u64,
                realtime_usec: (words.realtime_ms as u64 * 1_000).max(last_usec + 1),
                xor_hash: id as u64,
            },
        });
    }

    /// Where reading goes on behind this cursor, were nothing deleted.
    pub(crate) fn after(&self, cursor: &Cursor) -> usize {
        let place = cursor.monotonic_usec as usize;
        if self
            .lines
            .get(place)
            .is_some_and(|line| line.cursor == *cursor)
        {
            return place + 1;
        }
        let of_series = |line: &Line| {
            line.cursor.seqnum_id == cursor.seqnum_id && line.cursor.seqnum > cursor.seqnum
        };
        self.lines
            .iter()
            .position(of_series)
            .expect("a cursor is of this journal")
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
        // No two entries are received in the same microsecond, and the agent knows journald's words by it.
        entry.realtime_usec = match line.suppressed {
            Some(_) => line.cursor.realtime_usec,
            None => line.realtime_ms as u64 * 1_000,
        };
        let mut symbol = |id, value: &str| {
            let symbol = names.intern(value.as_bytes());
            entry.set_symbol(id, symbol);
        };
        if let Some(dropped) = line.suppressed {
            symbol(field::MESSAGE_ID, "a596d6fe7bfa4994828e72309e95d61e");
            symbol(field::TRANSPORT, "driver");
            symbol(field::OBJECT_SYSTEMD_UNIT, "docker.service");
            entry.set_bytes(field::N_DROPPED, dropped.to_string().as_bytes());
            return;
        }
        symbol(field::CONTAINER_TAG, &group_name(line.group));
        symbol(field::CONTAINER_NAME, &stream_name(line.stream));
        symbol(field::SYSTEMD_UNIT, "docker.service");
        // A container's two outputs interleave.
        let stderr = place.is_multiple_of(7) && line.piece.is_none();
        symbol(field::PRIORITY, if stderr { "3" } else { "6" });
        if let Some((epoch, _)) = line.number {
            symbol(field::CONTAINER_LOG_EPOCH, &format!("epoch-{epoch}"));
        }
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
        if let Some((_, ordinal)) = line.number {
            entry.set_bytes(field::CONTAINER_LOG_ORDINAL, ordinal.to_string().as_bytes());
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

pub(crate) fn stream_number(name: &str) -> usize {
    let number = name
        .strip_prefix("container-")
        .and_then(|number| number.parse().ok());
    number.expect("streams are named by stream_name")
}
