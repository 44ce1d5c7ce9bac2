//! A real journald in a mount namespace of its own, read while it writes, rotates, vacuums and is killed.
#![allow(clippy::unwrap_used, reason = "a failure ends the test")]

use crate::{agree::can_mount, both};
use journal_reader::{Event, Journal, Matches, Options, Place, Scratch, Seek, ValueWatch};
use std::{
    collections::HashMap,
    os::unix::net::UnixDatagram,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

const JOURNALD: &str = "/lib/systemd/systemd-journald";

/// How long anything may take before the test gives up.
const PATIENCE: Duration = Duration::from_secs(60);

/// A journald whose sockets and files lie in a folder of the test.
struct Journald {
    folder: tempfile::TempDir,
    child: Option<Child>,
    socket: UnixDatagram,
}

impl Journald {
    fn start() -> Option<Journald> {
        if !Path::new(JOURNALD).exists() || !Path::new("/usr/bin/journalctl").exists() {
            stack_tests::skip("no systemd-journald on this machine");
            return None;
        }
        if !can_mount() {
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        for name in ["journal", "log", "run"] {
            std::fs::create_dir(folder.path().join(name)).unwrap();
        }
        std::fs::write(
            folder.path().join("journald.conf"),
            "[Journal]\nStorage=persistent\nSeal=no\nRateLimitIntervalSec=0\nRateLimitBurst=0\nSystemMaxFileSize=4M\n\
             ReadKMsg=no\nAudit=no\nForwardToSyslog=no\nForwardToWall=no\n",
        )
        .unwrap();
        let mut journald = Journald {
            folder,
            child: None,
            socket: UnixDatagram::unbound().unwrap(),
        };
        journald.run();
        Some(journald)
    }

    /// Starts the daemon, again after a kill. Its namespace sees our folders where it looks for its own.
    fn run(&mut self) {
        let script = "mkdir -p /var/log/journal /run/log && mount --bind \"$1/journal\" /var/log/journal && \
                      mount --bind \"$1/log\" /run/log && mount --bind \"$1/run\" /run/systemd && \
                      mkdir -p /run/systemd/journal && touch /run/systemd/journal/flushed && \
                      touch /etc/systemd/journald.conf && mount --bind \"$1/journald.conf\" /etc/systemd/journald.conf && \
                      cd / && SYSTEMD_LOG_TARGET=console exec \"$2\"";
        std::fs::remove_dir_all(self.folder.path().join("run/journal")).ok();
        let child = Command::new("unshare")
            .args(["-m", "--propagation", "private", "sh", "-c", script, "_"])
            .arg(self.folder.path())
            .arg(JOURNALD)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        self.child = Some(child);
        until("journald listens", || {
            let path = self.folder.path().join("run/journal/socket");
            self.socket.connect(path).is_ok()
        });
    }

    fn pid(&self) -> u32 {
        self.child.as_ref().unwrap().id()
    }

    fn kill(&mut self) {
        let mut child = self.child.take().unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
    }

    fn journalctl(&self, argument: &str) {
        let status = Command::new("nsenter")
            .args([
                "-m",
                "-t",
                &self.pid().to_string(),
                "--",
                "journalctl",
                argument,
            ])
            .stderr(Stdio::null())
            .stdout(Stdio::null())
            .status();
        assert!(status.unwrap().success(), "journalctl {argument}");
    }

    /// Logs entries numbered `from..to`.
    fn log(&self, from: u64, to: u64) {
        let pad = "x".repeat(700);
        for number in from..to {
            let text = format!(
                "MESSAGE={pad} {number}\nNUMBER={number}\nCONTAINER_TAG=service-{}\nPRIORITY=6\n",
                number % 7
            );
            self.socket.send(text.as_bytes()).unwrap();
        }
    }

    fn journal(&self) -> PathBuf {
        self.folder.path().join("journal")
    }

    fn open(&self) -> Journal {
        let mut options = both::options(&[self.journal()]);
        options.follow = true;
        Journal::open(options).unwrap()
    }
}

impl Drop for Journald {
    fn drop(&mut self) {
        if self.child.is_some() {
            self.kill();
        }
    }
}

fn until(what: &str, mut done: impl FnMut() -> bool) {
    let start = Instant::now();
    while !done() {
        assert!(start.elapsed() < PATIENCE, "waited in vain until {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// The numbers of our entries, as a follower sees them.
#[derive(Default)]
struct Follower {
    scratch: Scratch,
    numbers: Vec<u64>,
    seen: Vec<both::Seen>,
    events: Vec<Event>,
}

impl Follower {
    /// Reads on until the entry `number` came.
    fn follow(&mut self, journal: &mut Journal, number: u64) {
        until("the entry is read", || {
            self.read(journal);
            let there = self.numbers.last() == Some(&number);
            if !there {
                journal.wait(Duration::from_millis(500)).unwrap();
            }
            there
        });
    }

    /// What there is now.
    fn read(&mut self, journal: &mut Journal) {
        while let Some(entry) = journal.next() {
            self.seen.push(both::Seen::of(&entry, &mut self.scratch));
            for data in entry.items() {
                let payload = entry.payload(data, &mut self.scratch).unwrap();
                if let (b"NUMBER", value) = payload.split() {
                    let value = std::str::from_utf8(value).unwrap();
                    self.numbers.push(value.parse().unwrap());
                }
            }
        }
        self.events.extend(journal.take_events());
    }

    fn damaged(&self) -> Vec<&Event> {
        let harmless = |event: &&Event| {
            !matches!(
                event,
                Event::FileOpened { .. }
                    | Event::FileGone { .. }
                    | Event::FileSkipped {
                        reason: journal_reader::SkipReason::NotReady,
                        ..
                    }
            )
        };
        self.events.iter().filter(harmless).collect()
    }
}

#[test]
fn two_followers_see_the_same_and_lose_nothing_through_fifty_rotations_and_vacuums() {
    let Some(mut journald) = Journald::start() else {
        return;
    };
    let mut journal = journald.open();
    let mut follower = Follower::default();
    let mut other = both::open_libsystemd(&[journald.journal()]).unwrap();
    let mut others = Vec::new();
    for round in 0..50 {
        journald.log(round * 100, round * 100 + 100);
        journald.journalctl("--rotate");
        let last = round * 100 + 99;
        follower.follow(&mut journal, last);
        // journald writes lines of its own between ours: wait until both have seen the same number.
        until("libsystemd to have read as much", || {
            // Its first call is also what makes it watch the folder.
            other.wait(Some(Duration::from_millis(1))).unwrap();
            others.extend(both::libsystemd_with(&mut other));
            if others.len() > follower.seen.len() {
                journal.wait(Duration::ZERO).unwrap();
                follower.read(&mut journal);
            }
            others.len() == follower.seen.len()
        });
        assert_eq!(both::difference(&follower.seen, &others), None, "{round}");
        if round % 5 == 4 {
            journald.journalctl("--vacuum-files=2");
        }
    }
    assert_eq!(follower.numbers, (0..5000).collect::<Vec<_>>());
    assert!(follower.damaged().is_empty(), "{:?}", follower.damaged());
    drop(other);
    // What journald deleted is neither mapped nor open any more.
    journal.process().unwrap();
    let maps = std::fs::read_to_string("/proc/self/maps").unwrap();
    let journal_folder = journald.journal();
    let held =
        |line: &&str| line.contains(journal_folder.to_str().unwrap()) && line.contains("(deleted)");
    assert_eq!(maps.lines().find(held), None);
    assert!(journal.files().count() <= 4);
    journald.kill();
    let paths = [journald.journal()];
    assert_eq!(
        both::difference(&both::native(&paths), &both::libsystemd(&paths)),
        None
    );
}

#[test]
fn case_24_a_follower_goes_on_when_journald_is_killed_and_started_again() {
    let Some(mut journald) = Journald::start() else {
        return;
    };
    let mut journal = journald.open();
    let mut follower = Follower::default();
    for round in 0..5 {
        journald.log(round * 500, round * 500 + 500);
        follower.follow(&mut journal, round * 500 + 499);
        journald.kill();
        if round < 4 {
            journald.run();
        }
    }
    assert_eq!(follower.numbers, (0..2500).collect::<Vec<_>>());
    // Uncleanly closed files among them.
    let paths = [journald.journal()];
    let native = both::native(&paths);
    assert_eq!(both::difference(&native, &both::libsystemd(&paths)), None);
    let names: HashMap<bool, usize> =
        journal
            .files()
            .fold(HashMap::new(), |mut names, (_, path)| {
                *names
                    .entry(path.to_str().unwrap().ends_with('~'))
                    .or_default() += 1;
                names
            });
    assert!(names.contains_key(&true), "no file was left unclean");
    // And a cursor taken before the kills is found after them.
    let cursor = native[native.len() / 2].cursor.parse().unwrap();
    assert_eq!(
        journal.seek(&Seek::After(cursor)),
        journal_reader::Landed::There
    );
}

#[test]
fn a_reader_beside_a_writer_sees_whole_entries_only() {
    let Some(journald) = Journald::start() else {
        return;
    };
    let mut journal = journald.open();
    let mut follower = Follower::default();
    std::thread::scope(|scope| {
        let writer = scope.spawn(|| journald.log(0, 30_000));
        follower.follow(&mut journal, 29_999);
        writer.join().unwrap();
    });
    assert_eq!(follower.numbers, (0..30_000).collect::<Vec<_>>());
    assert!(follower.damaged().is_empty(), "{:?}", follower.damaged());
}

#[test]
fn reading_from_the_tail_gives_what_is_logged_from_then_on() {
    let Some(journald) = Journald::start() else {
        return;
    };
    journald.log(0, 50);
    journald.journalctl("--sync");
    let mut journal = journald.open();
    journal.seek(&Seek::Tail);
    let mut follower = Follower::default();
    journald.log(50, 1050);
    follower.follow(&mut journal, 1049);
    assert_eq!(follower.numbers, (50..1050).collect::<Vec<_>>());
}

#[test]
fn what_no_filter_lets_pass_is_known_by_its_new_values() {
    let Some(journald) = Journald::start() else {
        return;
    };
    let mut matches = Matches::new();
    matches.add("NUMBER=none").unwrap();
    let mut journal = Journal::open(Options {
        places: vec![Place::Folder(journald.journal())],
        matches,
        ..Options::default()
    })
    .unwrap();
    let mut watch = ValueWatch::new("NUMBER");
    let mut scratch = Scratch::new();
    let mut look = |journal: &mut Journal, most| {
        assert!(journal.next().is_none());
        let mut numbers = Vec::new();
        journal.new_values(&mut watch, most, |entry| {
            for data in entry.items() {
                let payload = entry.payload(data, &mut scratch).unwrap();
                if let (b"NUMBER", value) = payload.split() {
                    numbers.push(String::from_utf8_lossy(value).into_owned());
                }
            }
        });
        numbers
    };
    assert_eq!(look(&mut journal, 10), [""; 0]);
    for (from, to, most, expected) in [
        (0, 3, 10, &["2", "1", "0"][..]),
        (3, 3, 10, &[]),
        (3, 5, 10, &["4", "3"]),
        // What is beyond the number that was asked for is not told later.
        (5, 9, 2, &["8", "7"]),
        (9, 10, 10, &["9"]),
    ] {
        journald.log(from, to);
        journald.journalctl("--sync");
        journal.process().unwrap();
        assert_eq!(look(&mut journal, most), expected, "{from} to {to}");
    }
    // A value that is there again is not new; in another file it is.
    journald.log(0, 1);
    journald.journalctl("--sync");
    assert_eq!(look(&mut journal, 10), [""; 0]);
    journald.journalctl("--rotate");
    journald.log(1, 2);
    journald.journalctl("--sync");
    journal.process().unwrap();
    assert_eq!(look(&mut journal, 10), ["1"]);
}
