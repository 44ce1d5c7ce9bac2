//! The journal by libsystemd, on a real journald: followed through rotation, vacuum and kills, found again by cursor, filtered.
#![allow(clippy::unwrap_used, reason = "a failure ends the test")]

use ecs_logs::{
    cursor::Cursor,
    entry::{Entry, FieldId, FieldTable, Kind, field},
    intern::Interner,
    route::Condition,
    source::{Landed, Read, Seek, Source, journald::JournaldSource, place::JournalPlace},
};
use stack_tests::journald::{Journald, until};
use std::time::Duration;

struct Reader {
    source: JournaldSource,
    number: FieldId,
    entry: Entry,
    names: Interner,
    bad: Vec<String>,
}

impl Reader {
    fn open(journald: &Journald, matches: Option<&str>) -> Reader {
        let mut fields = FieldTable::default();
        let number = fields.add("NUMBER", Kind::Bytes);
        let place = JournalPlace::Directory(journald.directory());
        let matches = matches.map(|text| vec![vec![Condition::parse(text).unwrap()]]);
        Reader {
            source: JournaldSource::open(&place, &fields, matches).unwrap(),
            number,
            entry: Entry::default(),
            names: Interner::default(),
            bad: Vec::new(),
        }
    }

    /// The next of our entries' number; none at the end.
    fn next(&mut self) -> Option<u64> {
        loop {
            match self.source.next(&mut self.entry, &mut self.names) {
                Ok(Read::Entry) => {
                    if let Some(number) = self.entry.bytes(self.number) {
                        return Some(std::str::from_utf8(number).unwrap().parse().unwrap());
                    }
                }
                Ok(_) => return None,
                Err(error) => self.bad.push(error.to_string()),
            }
        }
    }

    /// All that is there now.
    fn rest(&mut self) -> Vec<u64> {
        std::iter::from_fn(|| self.next()).collect()
    }

    /// Follows until `last` came.
    fn follow(&mut self, last: u64, seen: &mut Vec<u64>) {
        until("the last entry is read", || {
            seen.extend(self.rest());
            if seen.last() == Some(&last) {
                return true;
            }
            let (fd, longest) = self.source.wait();
            let mut ready = [rustix::event::PollFd::from_borrowed_fd(
                fd.unwrap(),
                rustix::event::PollFlags::IN,
            )];
            let longest = longest.min(Duration::from_secs(1)).try_into().unwrap();
            rustix::event::poll(&mut ready, Some(&longest)).unwrap();
            self.source.process().unwrap();
            false
        });
    }
}

fn log(journald: &Journald, numbers: std::ops::Range<u64>) {
    let pad = "x".repeat(100);
    for number in numbers {
        let (text, tag) = (format!("{pad} {number}"), format!("service-{}", number % 7));
        journald.log(&[
            ("MESSAGE", text.as_bytes()),
            ("NUMBER", number.to_string().as_bytes()),
            ("CONTAINER_TAG", tag.as_bytes()),
            ("PRIORITY", b"6"),
        ]);
    }
}

#[test]
fn two_hundred_thousand_lines_are_followed_through_rotation_vacuum_and_kills() {
    const ROUND: u64 = 10_000;
    let Some(mut journald) = Journald::start("SystemMaxFileSize=4M") else {
        return;
    };
    let mut reader = Reader::open(&journald, None);
    reader.source.seek(&Seek::Tail).unwrap();
    let mut seen = Vec::new();
    for round in 0..20 {
        let (from, to) = (round * ROUND, (round + 1) * ROUND);
        std::thread::scope(|scope| {
            let journald = &journald;
            scope.spawn(move || {
                log(journald, from..from + ROUND / 2);
                journald.journalctl("--rotate");
                log(journald, from + ROUND / 2..to);
                journald.sync();
            });
            reader.follow(to - 1, &mut seen);
        });
        match round % 4 {
            1 => journald.journalctl("--vacuum-files=1"),
            3 => {
                journald.kill();
                journald.run();
            }
            _ => {}
        }
    }
    let gap = seen
        .iter()
        .zip(0..)
        .find(|(number, place)| *number != place);
    assert_eq!(gap, None, "first wrong place");
    assert_eq!(seen.len() as u64, 20 * ROUND);
    assert_eq!(reader.bad, Vec::<String>::new());
}

#[test]
fn the_tail_of_an_empty_journal_loses_nothing_of_the_first_burst() {
    let Some(journald) = Journald::start("") else {
        return;
    };
    let mut reader = Reader::open(&journald, Some("CONTAINER_TAG=service-1"));
    reader.source.seek(&Seek::Tail).unwrap();
    assert_eq!(reader.rest().len(), 0);
    log(&journald, 0..7000);
    let mut seen = Vec::new();
    reader.follow(6994, &mut seen);
    assert_eq!(seen, (0..1000).map(|at| at * 7 + 1).collect::<Vec<_>>());
}

#[test]
fn an_entry_is_found_again_by_its_cursor_and_told_gone_when_it_is() {
    let Some(journald) = Journald::start("SystemMaxFileSize=1M") else {
        return;
    };
    log(&journald, 0..3000);
    journald.sync();
    let mut reader = Reader::open(&journald, None);
    reader.source.seek(&Seek::Head).unwrap();
    let mut cursors: Vec<Cursor> = Vec::new();
    while reader.next().is_some() {
        cursors.push(reader.source.cursor().unwrap());
    }
    assert_eq!(
        reader.source.cursor().unwrap(),
        cursors[2999],
        "also at the end"
    );
    for place in [0, 1500, 2998, 2999] {
        assert_eq!(
            reader.source.seek(&Seek::After(cursors[place])).unwrap(),
            Landed::There
        );
        assert_eq!(
            reader.next(),
            (place < 2999).then_some(place as u64 + 1),
            "after {place}"
        );
    }
    // A filter that has changed does not make an entry look lost.
    let mut filtered = Reader::open(&journald, Some("CONTAINER_TAG=service-0"));
    assert_eq!(
        filtered.source.seek(&Seek::After(cursors[1500])).unwrap(),
        Landed::There
    );
    assert_eq!(filtered.next(), Some(1505));

    journald.journalctl("--rotate");
    log(&journald, 3000..3100);
    journald.journalctl("--vacuum-files=1");
    journald.sync();
    let mut reader = Reader::open(&journald, None);
    assert_eq!(
        reader.source.seek(&Seek::After(cursors[1500])).unwrap(),
        Landed::Gone
    );
    assert_eq!(reader.next(), Some(3000));
    // The reader that was there before the vacuum still knows where it was.
    assert_eq!(
        filtered.source.seek(&Seek::After(cursors[2999])).unwrap(),
        Landed::Gone
    );
    assert_eq!(filtered.next(), Some(3003));
}

#[test]
fn a_cursor_is_known_after_its_file_is_gone() {
    let Some(journald) = Journald::start("") else {
        return;
    };
    log(&journald, 0..10);
    journald.sync();
    let mut reader = Reader::open(&journald, None);
    assert_eq!(reader.rest(), (0..10).collect::<Vec<_>>());
    reader.source.process().unwrap();
    let before = reader.source.cursor().unwrap();
    journald.journalctl("--rotate");
    journald.journalctl("--vacuum-files=1");
    log(&journald, 10..11);
    reader.follow(10, &mut Vec::new());
    assert_eq!(
        before.seqnum + 1,
        reader.source.cursor().unwrap().seqnum - unnumbered(&journald, before)
    );
}

/// Entries of journald's own between `cursor` and our next one.
fn unnumbered(journald: &Journald, cursor: Cursor) -> u64 {
    let mut reader = Reader::open(journald, None);
    reader.source.seek(&Seek::After(cursor)).unwrap();
    let mut count = 0;
    while let Ok(Read::Entry) = reader.source.next(&mut reader.entry, &mut reader.names) {
        if reader.entry.bytes(reader.number).is_some() {
            break;
        }
        count += 1;
    }
    count
}

#[test]
fn this_boot_and_a_time_are_places_to_begin() {
    let Some(journald) = Journald::start("") else {
        return;
    };
    log(&journald, 0..20);
    journald.sync();
    let mut reader = Reader::open(&journald, None);
    reader.source.seek(&Seek::Boot).unwrap();
    assert_eq!(reader.rest().len(), 20);
    reader.source.seek(&Seek::Head).unwrap();
    until("number 9 is read", || reader.next() == Some(9));
    let time = reader.entry.realtime_usec;
    reader.source.seek(&Seek::Realtime(time)).unwrap();
    assert_eq!(reader.next(), Some(9));
    assert!(reader.source.oldest_realtime().unwrap() <= time);
}

#[test]
fn long_binary_and_repeated_values_arrive_whole() {
    let Some(journald) = Journald::start("") else {
        return;
    };
    let long = vec![b'x'; 300_000];
    journald.log(&[("NUMBER", b"1"), ("MESSAGE", &long[..100_000])]);
    journald.log(&[
        ("NUMBER", b"2"),
        ("MESSAGE", b"\xff\x00a\nb"),
        ("CONTAINER_NAME", b"first"),
        ("CONTAINER_NAME", b"second"),
    ]);
    journald.sync();
    let mut reader = Reader::open(&journald, None);
    assert_eq!(reader.next(), Some(1));
    assert_eq!(reader.entry.bytes(field::MESSAGE), Some(&long[..100_000]));
    assert_eq!(reader.next(), Some(2));
    assert_eq!(
        reader.entry.bytes(field::MESSAGE),
        Some(&b"\xff\x00a\nb"[..])
    );
    assert_eq!(
        reader.entry.value(field::CONTAINER_NAME, &reader.names),
        Some(&b"first"[..])
    );
}
