//! Damaged files: no panic, no loop, and never fewer entries than libsystemd without a word.
#![allow(clippy::unwrap_used, reason = "a failure ends the test")]

use crate::{
    both,
    export::{Numbers, Plan},
    make::{self, COMPACT, FORMS},
};
use journal_reader::{Event, Journal, Matches, Seek, Unsupported};
use std::path::Path;

/// Opens what may not be openable at all, and reads all of it.
fn read(path: &Path) -> (Vec<both::Seen>, Vec<Event>) {
    let mut options = both::options(&[path.into()]);
    options.unsupported = Unsupported::Skip;
    let mut journal = Journal::open(options).unwrap();
    journal.seek(&Seek::Head);
    both::native_with(&mut journal)
}

fn libsystemd(path: &Path) -> Vec<both::Seen> {
    match both::open_libsystemd(&[path.into()]) {
        Ok(mut journal) => both::libsystemd_with(&mut journal),
        Err(_) => Vec::new(),
    }
}

/// Both readers over a damaged file; ours may see more, or must say that it sees less.
fn check(path: &Path, case: &str) -> usize {
    let (native, events) = read(path);
    let theirs = libsystemd(path);
    let said = events
        .iter()
        .any(|event| !matches!(event, Event::FileOpened { .. }));
    assert!(
        native.len() >= theirs.len() || said,
        "{case}: {} entries, libsystemd {}, and nothing said",
        native.len(),
        theirs.len()
    );
    native.len()
}

#[test]
fn a_truncated_file_gives_what_is_left_of_it() {
    if !make::can_make() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = make::file(folder.path(), "a.journal", COMPACT, Plan::default());
    let bytes = std::fs::read(&path).unwrap();
    let used = bytes.iter().rposition(|&byte| byte != 0).unwrap();
    let mut least = usize::MAX;
    for part in (0..=16).rev() {
        std::fs::write(&path, &bytes[..used * part / 16]).unwrap();
        let got = check(&path, &format!("{part}/16"));
        assert!(got <= least);
        least = got;
    }
    std::fs::write(&path, &bytes[..used - 1000]).unwrap();
    assert!(check(&path, "almost whole") > 900);
}

#[test]
fn case_27_flipped_bits_and_zeroed_pages_cost_the_entries_they_hit() {
    if !make::can_make() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    for form in FORMS {
        let plan = Plan {
            entries: 400,
            odd: true,
            ..Plan::default()
        };
        let path = make::file(folder.path(), "a.journal", form, plan);
        let mut bytes = std::fs::read(&path).unwrap();
        let used = bytes.iter().rposition(|&byte| byte != 0).unwrap() + 1;
        bytes.truncate(used.next_multiple_of(4096).min(bytes.len()));
        let mut numbers = Numbers::new(7);
        let mut total = 0;
        for round in 0..60 {
            let mut bad = bytes.clone();
            if round % 3 == 0 {
                let page = numbers.below(bad.len() as u64 / 4096) as usize * 4096;
                bad[page..page + 4096].fill(0);
            } else {
                for _ in 0..1 + round {
                    // Not the flags and the state: they decide whether it is a file for us.
                    let at = 17 + numbers.below(used as u64 - 17) as usize;
                    bad[at] ^= 1 << numbers.below(8);
                }
            }
            std::fs::write(&path, &bad).unwrap();
            total += check(&path, &format!("{form:?} round {round}"));
        }
        assert!(
            total > 60 * 300,
            "{form:?}: only {total} entries in 60 rounds"
        );
        std::fs::remove_file(&path).unwrap();
    }
}

#[test]
fn what_is_no_journal_is_named_and_harms_nothing() {
    if !make::can_make() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    make::file(folder.path(), "good.journal", COMPACT, Plan::default());
    std::fs::write(folder.path().join("empty.journal"), "").unwrap();
    std::fs::write(folder.path().join("text.journal"), "LPKSHHRX".repeat(100)).unwrap();
    std::fs::write(folder.path().join("zeros.journal~"), [0; 4096]).unwrap();
    std::fs::create_dir(folder.path().join("folder.journal")).unwrap();
    rustix::fs::mknodat(
        rustix::fs::CWD,
        folder.path().join("fifo.journal"),
        rustix::fs::FileType::Fifo,
        rustix::fs::Mode::RUSR,
        0,
    )
    .unwrap();
    let (seen, events) = read(folder.path());
    let skipped = events
        .iter()
        .filter(|event| matches!(event, Event::FileSkipped { .. }))
        .count();
    assert_eq!((seen.len(), skipped), (1000, 5));
}

#[test]
fn case_28_a_file_that_is_truncated_while_it_is_read_does_not_end_the_process() {
    if !make::can_make() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = make::file(folder.path(), "a.journal", COMPACT, Plan::default());
    let mut options = both::options(&[folder.path().into()]);
    options.follow = true;
    let mut journal = Journal::open(options).unwrap();
    for _ in 0..10 {
        assert!(journal.next().is_some());
    }
    let file = std::fs::File::options().write(true).open(&path).unwrap();
    file.set_len(8192).unwrap();
    let (seen, _) = both::native_with(&mut journal);
    journal.process().unwrap();
    let events = journal.take_events();
    assert!(seen.len() < 990);
    assert!(
        events
            .iter()
            .any(|event| matches!(event, Event::FileTruncated { .. })),
        "{events:?}"
    );
}

#[test]
fn a_file_that_is_deleted_is_let_go_with_the_count_of_what_was_unread() {
    if !make::can_make() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = make::file(folder.path(), "a.journal", COMPACT, Plan::default());
    let mut options = both::options(&[folder.path().into()]);
    options.follow = true;
    let mut journal = Journal::open(options).unwrap();
    for _ in 0..10 {
        assert!(journal.next().is_some());
    }
    assert!(is_mapped(&path));
    std::fs::remove_file(&path).unwrap();
    journal.process().unwrap();
    assert!(journal.next().is_none());
    let unread = journal
        .take_events()
        .into_iter()
        .find_map(|event| match event {
            Event::FileGone { unread, .. } => Some(unread),
            _ => None,
        });
    assert_eq!(unread, Some(990));
    assert!(!is_mapped(&path));
}

#[test]
fn files_that_change_names_while_their_folder_is_listed_are_not_taken_for_gone() {
    use std::sync::atomic::{AtomicUsize, Ordering};
    const SWAPS: usize = 100_000;
    if !make::can_make() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let names = ["system.journal", "system@1.journal"];
    let paths = names.map(|name| make::file(folder.path(), name, COMPACT, Plan::default()));
    let mut options = both::options(&[folder.path().into()]);
    options.follow = true;
    let mut journal = Journal::open(options).unwrap();
    let swaps = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while swaps.fetch_add(1, Ordering::Relaxed) < SWAPS {
                // Both names stand at every moment, as in a rotation the next file's comes at once.
                rustix::fs::renameat_with(
                    rustix::fs::CWD,
                    &paths[0],
                    rustix::fs::CWD,
                    &paths[1],
                    rustix::fs::RenameFlags::EXCHANGE,
                )
                .unwrap();
            }
        });
        let mut gone = Vec::new();
        while swaps.load(Ordering::Relaxed) < SWAPS {
            journal.process().unwrap();
            let events = journal.take_events().into_iter();
            gone.extend(events.filter(|event| matches!(event, Event::FileGone { .. })));
        }
        assert!(gone.is_empty(), "{} times, as {:?}", gone.len(), gone[0]);
    });
}

fn is_mapped(path: &Path) -> bool {
    let maps = std::fs::read_to_string("/proc/self/maps").unwrap();
    maps.contains(path.to_str().unwrap())
}

#[test]
fn a_file_whose_header_is_not_complete_yet_is_read_when_it_is() {
    if !make::can_make() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = make::file(folder.path(), "a.journal", COMPACT, Plan::default());
    let bytes = std::fs::read(&path).unwrap();
    std::fs::write(&path, vec![0; bytes.len()]).unwrap();
    let mut options = both::options(&[folder.path().into()]);
    options.follow = true;
    let mut journal = Journal::open(options).unwrap();
    assert!(journal.next().is_none());
    // In place: the folder does not change by it.
    std::fs::write(&path, &bytes).unwrap();
    let start = std::time::Instant::now();
    while journal.next().is_none() {
        assert!(
            start.elapsed().as_secs() < 20,
            "it was never looked at again"
        );
        journal.wait(std::time::Duration::from_millis(50)).unwrap();
    }
    assert_eq!(both::native_with(&mut journal).0.len(), 999);
}

#[test]
fn a_file_that_was_opened_before_its_hash_table_was_made_is_filtered_like_others() {
    if !make::can_make() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = make::file(folder.path(), "a.journal", COMPACT, Plan::default());
    let mut wanted = Matches::new();
    wanted.add("PRIORITY=3").unwrap();
    let filtered = |follow| {
        let mut options = both::options(&[folder.path().into()]);
        options.matches = wanted.clone();
        options.follow = follow;
        Journal::open(options).unwrap()
    };
    let all = both::native_with(&mut filtered(false)).0.len();
    assert!(all > 0);
    // What journald has written of a new file when inotify tells of it: header, but no table, no entry.
    let bytes = std::fs::read(&path).unwrap();
    let mut begun = bytes.clone();
    for field in [104..120, 152..160, 176..184] {
        begun[field].fill(0);
    }
    std::fs::write(&path, begun).unwrap();
    let mut journal = filtered(true);
    assert!(journal.next().is_none());
    std::fs::write(&path, &bytes).unwrap();
    assert_eq!(both::native_with(&mut journal).0.len(), all);
    // Entries without any table are found by what they hold.
    let mut without = bytes.clone();
    without[104..120].fill(0);
    std::fs::write(&path, without).unwrap();
    assert_eq!(both::native_with(&mut filtered(false)).0.len(), all);
}
