//! The native reader behind the agent's source, against libsystemd's: the same entries, the same cursors, and either goes on
//! where the other stopped.
#![allow(clippy::unwrap_used, reason = "a failure ends the test")]

use ecs_logs::{
    config::Reader,
    cursor::Cursor,
    entry::{Entry, FieldTable, Kind, field},
    intern::Interner,
    route::RouteSettings,
    source::{Landed, Read, Seek, Source, SourceError, choose, place::JournalPlace},
};
use stack_tests::{data::Plan, journal};
use std::path::Path;

/// An entry as the agent sees it: time and fields, interned ones by value.
type Seen = (u64, Vec<Option<Vec<u8>>>);

fn open(reader: Reader, folder: &Path, fields: &FieldTable) -> Box<dyn Source> {
    let place = JournalPlace::Directory(folder.to_owned());
    let matches = RouteSettings::default().matches();
    choose::open(reader, &place, fields, matches).unwrap()
}

fn read(source: &mut dyn Source, fields: &FieldTable, most: usize) -> Vec<Seen> {
    let (mut entry, mut names) = (Entry::default(), Interner::default());
    let mut seen = Vec::new();
    while seen.len() < most {
        match source.next(&mut entry, &mut names) {
            Ok(Read::Entry) => {}
            Ok(_) => break,
            Err(error) => panic!("{error}"),
        }
        let value = |(name, kind): (&str, Kind)| {
            let (id, _) = fields.find(name)?;
            match kind {
                Kind::Bytes => entry.bytes(id).map(<[u8]>::to_vec),
                Kind::Interned => names.get(entry.symbol(id)).map(<[u8]>::to_vec),
            }
        };
        seen.push((entry.realtime_usec, fields.iter().map(value).collect()));
    }
    seen
}

fn made(folder: &Path) -> bool {
    if !journal::can_make() {
        stack_tests::skip("no systemd-journal-remote (apt-get install systemd-journal-remote)");
        return false;
    }
    journal::make(folder, &Plan::bench(3000, 1_790_000_000_000_000)).unwrap();
    true
}

#[test]
fn both_readers_give_the_agent_the_same_entries() {
    let folder = tempfile::tempdir().unwrap();
    if !made(folder.path()) {
        return;
    }
    let fields = FieldTable::default();
    let native = read(
        &mut *open(Reader::Native, folder.path(), &fields),
        &fields,
        usize::MAX,
    );
    let libsystemd = read(
        &mut *open(Reader::Libsystemd, folder.path(), &fields),
        &fields,
        usize::MAX,
    );
    assert!(native.len() > 1000);
    assert_eq!(native.len(), libsystemd.len());
    for (at, (native, libsystemd)) in native.iter().zip(&libsystemd).enumerate() {
        assert!(
            native == libsystemd,
            "entry {at}: {native:?} {libsystemd:?}"
        );
    }
    let (_, values) = &native[0];
    assert!(values[usize::from(field::MESSAGE.0)].is_some());
}

#[test]
fn each_reader_goes_on_where_the_other_stopped() {
    let folder = tempfile::tempdir().unwrap();
    if !made(folder.path()) {
        return;
    }
    let fields = FieldTable::default();
    let all = read(
        &mut *open(Reader::Native, folder.path(), &fields),
        &fields,
        usize::MAX,
    );
    let mut readers = [Reader::Native, Reader::Libsystemd].into_iter().cycle();
    let mut seen = Vec::new();
    let mut cursor: Option<Cursor> = None;
    while seen.len() < all.len() {
        let mut source = open(readers.next().unwrap(), folder.path(), &fields);
        if let Some(cursor) = cursor {
            assert_eq!(source.seek(&Seek::After(cursor)).unwrap(), Landed::There);
        }
        seen.extend(read(&mut *source, &fields, 500));
        cursor = Some(source.cursor().unwrap());
    }
    assert!(
        seen == all,
        "entries were lost or came twice at a change of readers"
    );
}

#[test]
fn case_30_a_file_that_only_libsystemd_reads_is_left_to_it() {
    let folder = tempfile::tempdir().unwrap();
    if !made(folder.path()) {
        return;
    }
    let fields = FieldTable::default();
    let all = read(
        &mut *open(Reader::Auto, folder.path(), &fields),
        &fields,
        usize::MAX,
    );
    let mut source = open(Reader::Auto, folder.path(), &fields);
    let mut seen = read(&mut *source, &fields, 100);
    // While it is read, a file turns up whose flags say that it may hold LZ4: empty, so that nothing is added.
    let (files, _) = journal::files(folder.path()).unwrap();
    let mut bytes = std::fs::read(&files[0]).unwrap();
    bytes[12] |= 2;
    let other = files[0].with_file_name("lz4.journal");
    std::fs::write(&other, &bytes).unwrap();
    source.process().unwrap();
    seen.extend(read(&mut *source, &fields, usize::MAX));
    assert!(
        seen == all,
        "entries were lost or came twice at the change of readers"
    );

    let place = JournalPlace::Directory(folder.path().to_owned());
    let refused = choose::open(Reader::Native, &place, &fields, None)
        .err()
        .unwrap();
    assert!(format!("{refused:#}").contains("LZ4"), "{refused:#}");
    let taken = read(
        &mut *open(Reader::Auto, folder.path(), &fields),
        &fields,
        usize::MAX,
    );
    assert!(taken == all);
}

#[test]
fn damaged_entries_are_told_as_errors_that_reading_survives() {
    let folder = tempfile::tempdir().unwrap();
    if !made(folder.path()) {
        return;
    }
    let fields = FieldTable::default();
    let all = read(
        &mut *open(Reader::Native, folder.path(), &fields),
        &fields,
        usize::MAX,
    );
    let (files, _) = journal::files(folder.path()).unwrap();
    let mut bytes = std::fs::read(&files[0]).unwrap();
    // Behind the hash tables, which stand first, there are entries everywhere.
    let page = bytes.iter().rposition(|&byte| byte != 0).unwrap() / 4096 * 15 / 16 * 4096;
    bytes[page..page + 4096].fill(0);
    std::fs::write(&files[0], bytes).unwrap();
    let mut source = open(Reader::Native, folder.path(), &fields);
    let (mut entry, mut names) = (Entry::default(), Interner::default());
    let (mut good, mut bad) = (0, 0);
    loop {
        match source.next(&mut entry, &mut names) {
            Ok(Read::Entry) => good += 1,
            Ok(_) => break,
            Err(SourceError::BadEntry(_)) => bad += 1,
            Err(SourceError::Skipped { entries, .. }) => bad += entries,
            Err(error) => panic!("{error}"),
        }
    }
    assert!(
        bad > 0 && good > all.len() - 50,
        "{good} of {} good, {bad} errors",
        all.len()
    );
}
