//! Seeking goes where libsystemd goes, and tells when it could not.
#![allow(clippy::unwrap_used, reason = "a failure ends the test")]

use crate::{
    both,
    export::{self, Plan, START},
    make::{self, FORMS},
};
use journal_reader::{Cursor, Journal, Landed, Seek};
use std::path::{Path, PathBuf};

/// Four files of four forms that overlap in time, with several boots.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (seed, form) in (1..).zip(FORMS) {
        let plan = Plan {
            entries: 800,
            seed,
            offset_ms: 300 * seed,
            boot_entries: 350,
            ..Plan::default()
        };
        make::file(folder.path(), &format!("{seed}.journal"), form, plan);
    }
    folder
}

fn open(folder: &Path) -> Journal {
    Journal::open(both::options(&[folder.into()])).unwrap()
}

fn next(journal: &mut Journal) -> Option<String> {
    journal.next().map(|entry| entry.cursor().to_string())
}

#[test]
fn a_cursor_of_either_reader_is_found_by_the_other() {
    if !make::can_make() {
        return;
    }
    let folder = folder();
    let paths: [PathBuf; 1] = [folder.path().into()];
    let all = both::native(&paths);
    let mut journal = open(folder.path());
    let mut libsystemd = both::open_libsystemd(&paths).unwrap();
    let (mut found, mut sought) = (0, 0);
    for at in (0..all.len()).step_by(37) {
        let cursor: Cursor = all[at].cursor.parse().unwrap();
        assert_eq!(journal.seek(&Seek::Cursor(cursor)), Landed::There);
        assert_eq!(next(&mut journal).as_ref(), Some(&all[at].cursor));
        assert_eq!(journal.seek(&Seek::After(cursor)), Landed::There);
        assert_eq!(
            next(&mut journal),
            all.get(at + 1).map(|seen| seen.cursor.clone())
        );
        libsystemd.seek_cursor(all[at].cursor.as_str()).unwrap();
        libsystemd.next().unwrap();
        // Among entries of one microsecond libsystemd may land on another than it was told.
        found += usize::from(libsystemd.cursor().unwrap() == all[at].cursor);
        sought += 1;
    }
    assert!(found * 2 > sought, "libsystemd found {found} of {sought}");
}

#[test]
fn all_that_follows_a_cursor_is_what_followed_it_before() {
    if !make::can_make() {
        return;
    }
    let folder = folder();
    let all = both::native(&[folder.path().into()]);
    let mut journal = open(folder.path());
    for at in [0, 1, 399, 1600, 3198] {
        journal.seek(&Seek::After(all[at].cursor.parse().unwrap()));
        let rest = both::native_with(&mut journal).0;
        assert_eq!(both::difference(&rest, &all[at + 1..]), None, "after {at}");
    }
}

#[test]
fn times_boots_head_and_tail_are_found() {
    if !make::can_make() {
        return;
    }
    let folder = folder();
    let mut journal = open(folder.path());
    let mut libsystemd = both::open_libsystemd(&[folder.path().into()]).unwrap();
    for offset in [0, 1, 400_000, 777_777, 1_500_000, 1_999_000] {
        let time = START + offset;
        assert_eq!(journal.seek(&Seek::Realtime(time)), Landed::There);
        libsystemd.seek_realtime_usec(time).unwrap();
        let theirs = (libsystemd.next().unwrap() > 0).then(|| libsystemd.cursor().unwrap());
        assert_eq!(next(&mut journal), theirs, "{offset}");
    }
    let boot_id = u128::from_str_radix(&export::boot_id(2001), 16).unwrap();
    assert_eq!(journal.seek(&Seek::Boot(boot_id)), Landed::There);
    let entry = journal.next().unwrap();
    assert_eq!((entry.boot_id(), entry.monotonic()), (boot_id, 5_000_000));
    assert_eq!(journal.seek(&Seek::Boot(1)), Landed::Gone);
    let head = next(&mut journal);
    journal.seek(&Seek::Tail);
    assert_eq!(next(&mut journal), None);
    journal.seek(&Seek::Head);
    assert_eq!(next(&mut journal), head);
}

#[test]
fn a_cursor_whose_entry_is_gone_lands_on_the_next_one_and_says_so() {
    if !make::can_make() {
        return;
    }
    let folder = folder();
    let all = both::native(&[folder.path().into()]);
    let cursor = |at: usize| all[at].cursor.parse::<Cursor>().unwrap();
    let mut journal = open(folder.path());
    // Vacuumed: a number of the series that is lower than all there are.
    let mut old = cursor(0);
    old.seqnum = 0;
    old.monotonic = 0;
    old.realtime = 1;
    assert_eq!(journal.seek(&Seek::After(old)), Landed::Gone);
    assert_eq!(next(&mut journal).as_ref(), Some(&all[0].cursor));
    // Another machine's journal, or one that was made anew: by time.
    let mut foreign = cursor(1000);
    foreign.seqnum_id = 1;
    foreign.boot_id = 1;
    foreign.xor_hash = 1;
    assert_eq!(journal.seek(&Seek::After(foreign)), Landed::Gone);
    assert!(journal.next().unwrap().realtime() >= foreign.realtime);
    // Lost in a crash: the number was higher than all there are, or stands at another entry now.
    for seqnum in [cursor(1000).seqnum, 1 << 40] {
        let mut lost = cursor(1000);
        lost.seqnum = seqnum;
        lost.xor_hash ^= 1;
        lost.boot_id = 1;
        lost.realtime -= 1;
        assert_eq!(journal.seek(&Seek::After(lost)), Landed::Gone);
        let entry = journal.next().unwrap();
        assert!(entry.realtime() <= cursor(1000).realtime, "{seqnum}");
    }
}
