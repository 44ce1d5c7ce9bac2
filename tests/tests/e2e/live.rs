//! A live journald of our own: rotation, vacuum, kill -9. Needs root; `tests/run/live` runs these.

use crate::scene::{Agent, Scene};
use cloudwatch_local::Config;
use stack_tests::{
    data::Made,
    live::{self, Journald},
    process,
};
use std::{collections::BTreeSet, process::Child, thread, time::Duration};

/// A journald of this scene's own, where it can be had.
fn start(scene: &Scene, configuration: &[&str]) -> Option<Journald> {
    if !live::allowed() {
        stack_tests::skip("a live journald needs root");
        return None;
    }
    Some(Journald::start(&scene.folder.path().join("live"), configuration).unwrap())
}

fn send(journald: &Journald, writer: &str, first: u64, last: u64) -> Child {
    let mut command = journald.inside(process::binary("journal-send").unwrap());
    command
        .args([writer, &first.to_string(), &last.to_string()])
        .spawn()
        .unwrap()
}

fn scene() -> Option<Scene> {
    crate::scene::ready().then(|| Scene {
        server: cloudwatch_local::Server::local(Config::default()).unwrap(),
        folder: tempfile::tempdir().unwrap(),
        made: Made::default(),
        flags: Vec::new(),
        variables: Vec::new(),
    })
}

/// The agent inside of the namespace, reading what this "host" has.
fn follow(scene: &Scene, journald: &Journald) -> Agent {
    let plain = scene.command(&scene.server.url(), false);
    let mut arguments: Vec<_> = plain.get_args().map(ToOwned::to_owned).collect();
    let place = arguments
        .iter()
        .position(|argument| argument == "--directory")
        .unwrap();
    arguments.drain(place..place + 2);
    let mut inside = journald.inside(plain.get_program());
    inside
        .args(arguments)
        .args(["--trust-container-fields", "--start", "head"]);
    process::local_credentials(&mut inside);
    scene.start_with(&mut inside)
}

#[test]
#[ignore = "needs root; tests/run/live runs it"]
fn case_21_22_24_two_hundred_thousand_lines_through_rotation_vacuum_and_kill_9() {
    let Some(scene) = scene() else { return };
    let Some(journald) = start(&scene, &["SystemMaxUse=200M"]) else {
        return;
    };
    let agent = follow(&scene, &journald);
    let mut sender = send(&journald, "w", 1, 200_000);
    let (mut round, mut kills) = (0, 0);
    while sender.try_wait().unwrap().is_none() {
        thread::sleep(Duration::from_millis(400));
        round += 1;
        match round % 3 {
            0 => {
                journald.kill().unwrap();
                kills += 1;
            }
            1 => journald.control("--rotate").unwrap(),
            // Only files that were read and delivered: the agent keeps up, and 10 files are 80 MB.
            _ => journald.control("--vacuum-files=10").unwrap(),
        }
    }
    assert!(sender.wait().unwrap().success());
    journald.control("--sync").unwrap();
    // A kill may hit journald between taking a line from its socket and writing it: such a line was never in the journal.
    let stored = numbers(&journald);
    scene.server.ledger().expect("w", 1, 200_000);
    scene.until(&agent, "the last line", |report, _| {
        report.lost <= kills
            && report
                .writers
                .get("w")
                .is_some_and(|writer| writer.last == 200_000)
    });
    let outcome = scene.stop(agent);
    let said = format!("{:?}\n{}", outcome.report.samples, outcome.log);
    assert!(
        outcome.status.success() && outcome.report.duplicated == 0,
        "{said}"
    );
    assert!(outcome.report.lost <= kills, "{said}");
    for lost in outcome
        .report
        .samples
        .iter()
        .filter_map(|sample| sample.strip_prefix("lost id=w-"))
    {
        assert!(
            !stored.contains(&lost.parse().unwrap()),
            "line {lost} is in the journal: {said}"
        );
    }
    println!(
        "200,000 lines through {round} rotations, vacuums and kills: {} never stored, {} requests",
        outcome.report.lost, outcome.counters.requests["PutLogEvents"]
    );
}

/// The numbers of all lines that the journal holds.
fn numbers(journald: &Journald) -> BTreeSet<u64> {
    let output = journald
        .inside("journalctl")
        .args(["--quiet", "--output=cat"])
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    text.lines()
        .filter_map(|line| line.rsplit_once("id=w-")?.1.parse().ok())
        .collect()
}

#[test]
#[ignore = "needs root; tests/run/live runs it"]
fn case_25_entries_flushed_from_run_to_var_are_shipped_once() {
    let Some(scene) = scene() else { return };
    let Some(journald) = start(&scene, &[]) else {
        return;
    };
    scene.server.ledger().expect("w", 1, 3000);
    journald.control("--relinquish-var").unwrap();
    let agent = follow(&scene, &journald);
    assert!(send(&journald, "w", 1, 1000).wait().unwrap().success());
    scene.until(&agent, "the runtime journal", |report, _| {
        report.lines >= 1000
    });
    journald.control("--flush").unwrap();
    assert!(send(&journald, "w", 1001, 3000).wait().unwrap().success());
    scene.until_all(&agent);
    let outcome = scene.stop(agent);
    // Flushing copies entries under new sequence numbers; what was shipped is not shipped again.
    outcome.complete(0..=0);
}

#[test]
#[ignore = "needs root; tests/run/live runs it"]
fn case_22_entries_vacuumed_before_they_were_read_are_counted() {
    let Some(scene) = scene() else { return };
    let Some(journald) = start(&scene, &[]) else {
        return;
    };
    scene.server.ledger().expect("w", 1, 30_000);
    let agent = follow(&scene, &journald);
    assert!(send(&journald, "w", 1, 1000).wait().unwrap().success());
    scene.until(&agent, "the first lines", |report, _| report.lines >= 1000);
    scene.stop(agent);
    assert!(send(&journald, "w", 1001, 30_000).wait().unwrap().success());
    journald.control("--sync").unwrap();
    journald.control("--rotate").unwrap();
    journald.control("--vacuum-files=1").unwrap();
    assert!(
        send(&journald, "w", 30_001, 30_100)
            .wait()
            .unwrap()
            .success()
    );
    scene.server.ledger().expect("w", 1, 30_100);
    let agent = follow(&scene, &journald);
    scene.until(&agent, "the last line", |report, _| {
        report
            .writers
            .get("w")
            .is_some_and(|writer| writer.last == 30_100)
    });
    let outcome = scene.stop(agent);
    let said = format!("{:?}\n{}", outcome.counters, outcome.log);
    assert!(outcome.report.lost > 0, "the vacuum took something: {said}");
    assert!(
        outcome.log.contains("deleted from the journal"),
        "it is said: {said}"
    );
}

#[test]
#[ignore = "needs root; tests/run/live runs it"]
fn case_38_a_journal_namespace_is_shipped_when_it_is_named_and_only_then() {
    let Some(mut scene) = scene() else { return };
    let Some(journald) = start(&scene, &[]) else {
        return;
    };
    // A second journald, as `LogNamespace=` of a unit starts it; it ends by itself when it has nothing to do.
    let mut second = journald
        .inside("/lib/systemd/systemd-journald")
        .arg("other")
        .env("SYSTEMD_LOG_TARGET", "console")
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    let socket = "/run/systemd/journal.other/socket";
    let send_to_it = |first: u64, last: u64| {
        let (first, last) = (first.to_string(), last.to_string());
        journald
            .inside(process::binary("journal-send").unwrap())
            .args(["n", &first, &last])
            .env("JOURNAL_SOCKET", socket)
            .stderr(std::process::Stdio::null())
            .status()
            .unwrap()
            .success()
    };
    let begun = std::time::Instant::now();
    while !send_to_it(1, 1) {
        assert!(
            begun.elapsed() < crate::scene::PATIENCE,
            "no namespace's journald"
        );
        thread::sleep(Duration::from_millis(20));
    }
    assert!(send_to_it(2, 500));
    assert!(send(&journald, "w", 1, 500).wait().unwrap().success());
    scene.server.ledger().expect("w", 1, 500);
    let agent = follow(&scene, &journald);
    scene.until_all(&agent);
    let outcome = scene.stop(agent);
    outcome.exact();
    assert!(
        !outcome.report.writers.contains_key("n"),
        "not named, not shipped"
    );

    std::fs::remove_file(scene.checkpoint()).unwrap();
    scene.server.reset(true);
    scene.server.ledger().expect("n", 1, 1000);
    scene.flags = vec!["--namespace".into(), "other".into()];
    let agent = follow(&scene, &journald);
    scene.until(&agent, "the namespace's first lines", |report, _| {
        report.lines >= 500
    });
    assert!(send_to_it(501, 1000));
    scene.until_all(&agent);
    let outcome = scene.stop(agent);
    outcome.exact();
    assert!(!outcome.report.writers.contains_key("w"));
    // It may have ended by itself.
    drop(second.kill());
    second.wait().unwrap();
}

#[test]
#[ignore = "needs root; tests/run/live runs it"]
fn case_26_the_file_that_a_killed_journald_left_is_read_to_its_end() {
    let Some(scene) = scene() else { return };
    // A file that journald has synced is closed for as long as nothing is written.
    let Some(journald) = start(&scene, &["SyncIntervalSec=1h"]) else {
        return;
    };
    scene.server.ledger().expect("w", 1, 2000);
    assert!(send(&journald, "w", 1, 1000).wait().unwrap().success());
    // What is in the socket would be its successor's to write.
    let begun = std::time::Instant::now();
    while numbers(&journald).len() < 1000 {
        assert!(begun.elapsed() < crate::scene::PATIENCE, "never written");
        thread::sleep(Duration::from_millis(20));
    }
    journald.kill().unwrap();
    assert!(send(&journald, "w", 1001, 2000).wait().unwrap().success());
    journald.control("--sync").unwrap();
    let unclean = || -> usize {
        let machine = scene.folder.path().join("live/journal");
        let folders = std::fs::read_dir(machine).unwrap();
        let files = folders.flat_map(|folder| std::fs::read_dir(folder.unwrap().path()).unwrap());
        files
            .filter(|file| {
                let name = file.as_ref().unwrap().file_name();
                name.to_string_lossy().ends_with(".journal~")
            })
            .count()
    };
    assert_eq!(unclean(), 1, "journald set it aside as not closed");
    let agent = follow(&scene, &journald);
    scene.until_all(&agent);
    scene.stop(agent).exact();
}
