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
use std::{collections::HashMap, io::Write as _, path::Path};

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
    let mut identities = HashMap::new();
    while seen.len() < most {
        match source.next(&mut entry, &mut names) {
            Ok(Read::Entry) => {}
            Ok(_) => break,
            Err(error) => panic!("{error}"),
        }
        if let Some(identity) = entry.identity() {
            let symbols = || entry.symbols().to_vec();
            let first = identities.entry(identity).or_insert_with(symbols);
            assert_eq!(*first, entry.symbols(), "{identity:?} is another's");
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

/// Entries of a few containers that have much in common, in the export format: fields are left out, come twice with
/// different values, are long, or have a value that hardly any other entry has.
fn odd_entries(count: u64) -> Vec<u8> {
    let mut state = 7_u64;
    let mut below = |bound: u64| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state % bound
    };
    let mut out = Vec::new();
    for number in 0..count {
        let time = 1_790_000_000_000_000 + number * 1_000;
        let container = below(6);
        let mut fields = vec![
            format!("PRIORITY={}", if below(8) == 0 { 3 } else { 6 }),
            format!("CONTAINER_LOG_ORDINAL={}", below(40) + number / 50),
            format!("CONTAINER_TAG=tag{}", container % 3),
            "_SYSTEMD_UNIT=docker.service".to_owned(),
            "_TRANSPORT=journal".to_owned(),
            "_HOSTNAME=host".to_owned(),
            format!("MESSAGE=line {number} {}", "x".repeat(below(200) as usize)),
        ];
        for name in [
            "CONTAINER_ID",
            "CONTAINER_NAME",
            "CONTAINER_LOG_EPOCH",
            "IMAGE",
        ] {
            fields.push(format!("{name}={container}"));
        }
        for at in 0..8 {
            fields.push(format!("CONSTANT_{at}={}", container / 4));
        }
        match below(12) {
            0 => drop(fields.remove(below(6) as usize)),
            1 => fields.push(format!("_HOSTNAME=other{}", below(3))),
            2 => fields.push(format!("CONTAINER_NAME=odd{number}")),
            3 => fields.push(format!("CONTAINER_NAME={}", below(6))),
            4 => fields.push("CONTAINER_PARTIAL_MESSAGE=true".to_owned()),
            5 => fields.push(format!("CONTAINER_PARTIAL_ORDINAL={}", below(3))),
            6 => fields.push(format!("CODE_LINE={number}")),
            7 => fields.push(format!(
                "CODE_FILE={}",
                "long/".repeat(1_000 + below(2) as usize)
            )),
            8 => fields.push(format!("CONTAINER_LOG_ORDINAL={}", below(40))),
            _ => {}
        }
        let stamps = format!(
            "__REALTIME_TIMESTAMP={time}\n__MONOTONIC_TIMESTAMP={}\n_BOOT_ID=5d1c2a8f0b7e4c39a1d86e4f7b02c913\n",
            number + 1
        );
        writeln!(out, "{stamps}{}\n", fields.join("\n")).unwrap();
    }
    out
}

#[test]
fn an_entry_is_the_same_whether_its_items_are_found_as_one_or_one_by_one() {
    if !journal::can_make() {
        return stack_tests::skip(
            "no systemd-journal-remote (apt-get install systemd-journal-remote)",
        );
    }
    let entries = odd_entries(6_000);
    let fields = FieldTable::default();
    for compact in ["0", "1"] {
        let folder = tempfile::tempdir().unwrap();
        let variables = [("SYSTEMD_JOURNAL_COMPACT", compact)];
        journal::import_as(folder.path(), &[], &variables, |out| {
            out.write_all(&entries)
        })
        .unwrap();
        let [native, libsystemd] = [Reader::Native, Reader::Libsystemd].map(|reader| {
            let source = &mut *open(reader, folder.path(), &fields);
            read(source, &fields, usize::MAX)
        });
        assert!(native.len() > 5_900, "{}", native.len());
        assert_eq!(native.len(), libsystemd.len());
        for (at, (native, libsystemd)) in native.iter().zip(&libsystemd).enumerate() {
            assert_eq!(native, libsystemd, "entry {at}, compact {compact}");
        }
    }
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
