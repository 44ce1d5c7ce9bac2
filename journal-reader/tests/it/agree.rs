//! Entry by entry, field by field, cursor by cursor the same as libsystemd.
#![allow(clippy::unwrap_used, reason = "a failure ends the test")]

use crate::{
    both,
    export::Plan,
    make::{self, COMPACT, FORMS},
};
use journal_reader::{Journal, Place};
use std::{path::PathBuf, process::Command};

/// Reads `paths` with both readers and returns how many entries there are.
fn check(paths: &[PathBuf]) -> usize {
    let native = both::native(paths);
    let libsystemd = both::libsystemd(paths);
    assert_eq!(both::difference(&native, &libsystemd), None, "{paths:?}");
    native.len()
}

#[test]
fn every_form_of_file_reads_as_libsystemd_reads_it() {
    if !make::can_make() {
        return;
    }
    for form in FORMS {
        let folder = tempfile::tempdir().unwrap();
        let plan = Plan {
            entries: 5000,
            odd: true,
            boot_entries: 700,
            ..Plan::default()
        };
        make::file(folder.path(), "a.journal", form, plan);
        assert_eq!(check(&[folder.path().into()]), 5000, "{form:?}");
    }
}

#[test]
fn a_value_that_is_announced_is_in_the_next_entry_and_older_than_that() {
    if !make::can_make() {
        return;
    }
    for form in FORMS {
        let folder = tempfile::tempdir().unwrap();
        let plan = Plan {
            entries: 3000,
            ..Plan::default()
        };
        let path = make::file(folder.path(), "a.journal", form, plan);
        let mut journal = Journal::open(both::options(&[path])).unwrap();
        let (mut announced, mut count) = (None, 0);
        while let Some(entry) = journal.next() {
            if let Some(data) = announced {
                let newest = entry
                    .items()
                    .filter(|data| entry.offset() - data.offset >= 4096);
                assert_eq!(
                    newest.max_by_key(|data| data.offset),
                    Some(data),
                    "{form:?}"
                );
                count += 1;
            }
            announced = entry.upcoming();
        }
        assert_eq!(announced, None, "nothing follows the last entry");
        assert!(count > 2000, "{count} of {form:?}");
    }
}

#[test]
fn files_that_overlap_in_time_are_merged_in_the_same_order() {
    if !make::can_make() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    for (seed, form) in (1..).zip(FORMS) {
        let plan = Plan {
            entries: 1500,
            seed,
            offset_ms: 400 * seed,
            boot_entries: 600,
            ..Plan::default()
        };
        make::file(folder.path(), &format!("{seed}.journal"), form, plan);
    }
    assert_eq!(check(&[folder.path().into()]), 6000);
    let files: Vec<_> = std::fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    assert_eq!(check(&files), 6000);
}

#[test]
fn the_same_entries_in_two_files_come_once() {
    if !make::can_make() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    make::file(folder.path(), "a.journal", COMPACT, Plan::default());
    make::file(folder.path(), "b.journal", FORMS[1], Plan::default());
    assert_eq!(check(&[folder.path().into()]), 1000);
}

#[test]
fn many_small_rotated_files_read_as_one() {
    // A full file system makes the writer rotate early.
    if !make::can_make() || !can_mount() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let script = "mount -t tmpfs -o size=40M tmpfs \"$1\" && \"$2\" -o \"$1/a.journal\" - && cp -a \"$1\"/. \"$3\"";
    let copy = folder.path().join("copy");
    let mounted = folder.path().join("mounted");
    std::fs::create_dir_all(&copy).unwrap();
    std::fs::create_dir_all(&mounted).unwrap();
    let plan = Plan {
        entries: 20_000,
        ..Plan::default()
    };
    make::feed(
        Command::new("unshare")
            .args(["-m", "--propagation", "private", "sh", "-c", script, "_"])
            .args([
                &mounted,
                &PathBuf::from("/lib/systemd/systemd-journal-remote"),
                &copy,
            ]),
        plan,
    );
    let files = std::fs::read_dir(&copy).unwrap().count();
    assert!(files > 3, "only {files} files");
    assert_eq!(check(&[copy]), 20_000);
}

#[test]
fn sealed_files_read_as_others_do() {
    if !make::can_make() || !can_mount() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    // Keys lie in /var/log/journal, so that is a folder of ours for as long as it takes.
    let script = "mkdir -p /var/log/journal && mount --bind \"$1\" /var/log/journal && \
                  mkdir -p \"/var/log/journal/$(cat /etc/machine-id)\" && \
                  journalctl --setup-keys --interval=10s --force >/dev/null 2>&1 && \
                  \"$2\" --seal=yes -o /var/log/journal/sealed.journal -";
    make::feed(
        Command::new("unshare")
            .args(["-m", "--propagation", "private", "sh", "-c", script, "_"])
            .arg(folder.path())
            .arg("/lib/systemd/systemd-journal-remote"),
        Plan::default(),
    );
    let file = folder.path().join("sealed.journal");
    let flags = std::fs::read(&file).unwrap()[8];
    assert_eq!(flags & 1, 1, "the file is not sealed");
    assert_eq!(check(&[file]), 1000);
}

#[test]
fn matches_find_what_libsystemd_finds() {
    if !make::can_make() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    for (seed, form) in (1..).zip(FORMS) {
        let plan = Plan {
            entries: 2000,
            seed,
            offset_ms: 500 * seed,
            odd: true,
            ..Plan::default()
        };
        make::file(folder.path(), &format!("{seed}.journal"), form, plan);
    }
    // Terms of a group separated by spaces, groups by "|".
    let cases = [
        "_SYSTEMD_UNIT=docker.service",
        "_SYSTEMD_UNIT=cron.service",
        "_SYSTEMD_UNIT=cron.service PRIORITY=3",
        "CONTAINER_TAG=service-1 CONTAINER_TAG=service-2 PRIORITY=6",
        "CONTAINER_TAG=service-1 PRIORITY=3 | _SYSTEMD_UNIT=cron.service",
        "EMPTY=",
        "TWICE=second | TWICE=first",
        "CONTAINER_LOG_ORDINAL=77",
        "PRIORITY=9",
        "PRIORITY=9 | CONTAINER_NAME=ecs-service-0",
    ];
    for case in cases {
        let mut options = both::options(&[folder.path().into()]);
        let mut libsystemd = both::open_libsystemd(&[folder.path().into()]).unwrap();
        for group in case.split(" | ") {
            options.matches.or();
            libsystemd.match_or().unwrap();
            for term in group.split(' ') {
                options.matches.add(term).unwrap();
                let (field, value) = term.split_once('=').unwrap();
                libsystemd.match_add(field, value).unwrap();
            }
        }
        let mut journal = Journal::open(options).unwrap();
        journal.seek(&journal_reader::Seek::Head);
        let (native, events) = both::native_with(&mut journal);
        let libsystemd = both::libsystemd_with(&mut libsystemd);
        assert_eq!(both::difference(&native, &libsystemd), None, "{case}");
        assert!(
            events
                .iter()
                .all(|event| matches!(event, journal_reader::Event::FileOpened { .. }))
        );
        assert!(case == "PRIORITY=9" || !native.is_empty(), "{case}");
    }
}

#[test]
fn namespaces_are_told_apart_by_the_name_of_their_folder() {
    use journal_reader::Namespace;
    if !make::can_make() {
        return;
    }
    let root = tempfile::tempdir().unwrap();
    let id = "3d1219c7c4c5404aaa1f6d2a48adfda4";
    for (seed, name) in [
        (1, id.to_owned()),
        (2, format!("{id}.app")),
        (3, "other".into()),
    ] {
        let folder = root.path().join(name);
        std::fs::create_dir(&folder).unwrap();
        let plan = Plan {
            entries: 10,
            seed,
            ..Plan::default()
        };
        make::file(&folder, "system.journal", COMPACT, plan);
    }
    let check = |namespace: Namespace, entries: usize| {
        let mut options = both::options(&[root.path().into()]);
        options.namespace = namespace;
        let mut journal = Journal::open(options).unwrap();
        assert_eq!(both::native_with(&mut journal).0.len(), entries);
    };
    check(Namespace::Default, 10);
    check(Namespace::Named("app".into()), 10);
    check(Namespace::Named("none".into()), 0);
    check(Namespace::All, 20);
    assert_eq!(check_default(root.path().into()), 10);
}

fn check_default(root: PathBuf) -> usize {
    check(&[root])
}

#[test]
fn a_file_with_what_is_not_implemented_is_named_and_the_rest_can_be_had() {
    use journal_reader::{Error, Flag, Unsupported};
    if !make::can_make() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    make::file(folder.path(), "good.journal", COMPACT, Plan::default());
    let path = make::file(folder.path(), "other.journal", COMPACT, Plan::default());
    for (bits, expected) in [(1, Flag::Xz), (2, Flag::Lz4), (64, Flag::Unknown(64))] {
        let mut bytes = std::fs::read(&path).unwrap();
        bytes[12] = 4 | bits;
        std::fs::write(&path, bytes).unwrap();
        match Journal::open(both::options(&[folder.path().into()])) {
            Err(Error::Unsupported { path: named, flag }) => {
                assert_eq!((named, flag), (path.clone(), expected));
            }
            other => panic!("{:?}", other.err()),
        }
    }
    let mut options = both::options(&[folder.path().into()]);
    options.unsupported = Unsupported::Skip;
    let (seen, events) = both::native_with(&mut Journal::open(options).unwrap());
    assert_eq!((seen.len(), events.len()), (1000, 2));
    let missing = journal_reader::Options::at(Place::Folder(folder.path().join("missing")));
    assert!(matches!(Journal::open(missing), Err(Error::Place { .. })));
}

pub(crate) fn can_mount() -> bool {
    let can = Command::new("unshare")
        .args(["-m", "true"])
        .status()
        .is_ok_and(|status| status.success());
    if !can {
        stack_tests::skip("no right to make a mount namespace (run as root)");
    }
    can
}
