//! Journal files as hosts leave them behind: of two machines, damaged, cut off, unclean, in other formats.

use crate::gaps::suppressed;
use crate::scene::{Scene, entry, journal_files, lines, now_usec, overwrite, plan};
use cloudwatch_local::Config;
use stack_tests::data::Plan;
use std::{fs, io::Write as _};

#[test]
fn case_31_files_of_two_hosts_in_one_folder_are_both_shipped() {
    let Some(scene) = Scene::with(&lines("c1", 1, 100), Config::default()) else {
        return;
    };
    let first = journal_files(&scene.journal()).remove(0);
    fs::rename(&first, scene.journal().join("first.journal")).unwrap();
    let other = |mut entry: Vec<u8>| {
        let place = entry
            .windows(8)
            .position(|window| window == b"5d1c2a8f")
            .unwrap();
        entry[place..place + 8].copy_from_slice(b"6e2d3b90");
        entry
    };
    let second: Vec<Vec<u8>> = lines("c2", 1, 100).into_iter().map(other).collect();
    scene.append(&second);
    scene.server.ledger().expect("c1", 1, 100);
    scene.server.ledger().expect("c2", 1, 100);
    scene.run().exact();
}

#[test]
fn case_26_a_file_that_was_not_closed_is_read_to_its_end() {
    let Some(scene) = Scene::with(&lines("c1", 1, 300), Config::default()) else {
        return;
    };
    let file = journal_files(&scene.journal()).remove(0);
    // The state byte of the header says ONLINE: its writer is gone without a word.
    overwrite(&file, 16, &[1]);
    fs::rename(&file, scene.journal().join("host@0006.journal~")).unwrap();
    scene.server.ledger().expect("c1", 1, 300);
    scene.run().exact();
}

#[test]
fn case_27_a_file_that_was_cut_off_gives_what_it_still_holds() {
    let Some(scene) = Scene::with(&lines("c1", 1, 2000), Config::default()) else {
        return;
    };
    let file = journal_files(&scene.journal()).remove(0);
    fs::rename(&file, scene.journal().join("torn.journal")).unwrap();
    let torn = scene.journal().join("torn.journal");
    let length = fs::metadata(&torn).unwrap().len();
    fs::File::options()
        .write(true)
        .open(&torn)
        .unwrap()
        .set_len(length / 2)
        .unwrap();
    scene.append(&lines("c2", 1, 100));
    scene.server.ledger().expect("c2", 1, 100);
    let outcome = scene.run();
    // The whole file beside it is delivered, whatever the torn one gives.
    let said = format!("{:?}\n{}", outcome.report.samples, outcome.log);
    assert!(outcome.status.success(), "{said}");
    assert_eq!(outcome.report.writers["c2"].lost, 0, "{said}");
}

#[test]
fn case_27_bytes_that_were_overwritten_cost_only_what_they_held() {
    for (place, bytes) in [
        (0.5, [0_u8; 4096]),
        (0.7, [0xff; 4096]),
        (0.3, [0x5a; 4096]),
    ] {
        let Some(scene) = Scene::with(&lines("c1", 1, 3000), Config::default()) else {
            return;
        };
        let file = journal_files(&scene.journal()).remove(0);
        fs::rename(&file, scene.journal().join("damaged.journal")).unwrap();
        let damaged = scene.journal().join("damaged.journal");
        let length = fs::metadata(&damaged).unwrap().len();
        overwrite(&damaged, (length as f64 * place) as u64 & !4095, &bytes);
        scene.append(&lines("c2", 1, 100));
        scene.server.ledger().expect("c2", 1, 100);
        let outcome = scene.run();
        let said = format!("{:?}\n{}", outcome.report.samples, outcome.log);
        assert!(outcome.status.success(), "{said}");
        assert_eq!(outcome.report.writers["c2"].lost, 0, "{said}");
        assert_eq!(outcome.report.duplicated, 0, "{said}");
    }
}

#[test]
fn case_30_files_of_an_unknown_format_are_named_and_the_others_shipped() {
    let Some(scene) = Scene::with(&lines("c1", 1, 50), Config::default()) else {
        return;
    };
    let file = journal_files(&scene.journal()).remove(0);
    fs::rename(&file, scene.journal().join("future.journal")).unwrap();
    // Incompatible flags that nobody knows yet.
    overwrite(&scene.journal().join("future.journal"), 12, &[0xff; 4]);
    scene.append(&lines("c2", 1, 50));
    scene.server.ledger().expect("c2", 1, 50);
    let outcome = scene.run();
    assert!(outcome.status.success(), "{}", outcome.log);
    assert_eq!(outcome.report.writers["c2"].lost, 0, "{}", outcome.log);
}

#[test]
fn an_empty_file_and_other_files_in_the_folder_disturb_nothing() {
    let Some(scene) = Scene::with(&lines("c1", 1, 50), Config::default()) else {
        return;
    };
    fs::write(scene.journal().join("empty.journal"), "").unwrap();
    fs::write(scene.journal().join("notes.txt"), "no journal").unwrap();
    fs::write(
        scene.journal().join("rubbish.journal"),
        "no journal either, but called so",
    )
    .unwrap();
    scene.server.ledger().expect("c1", 1, 50);
    scene.run().exact();
}

#[test]
fn case_29_long_messages_are_stored_compressed_and_arrive_whole() {
    let start = now_usec() - 60_000_000;
    let entries: Vec<Vec<u8>> = (1..=40)
        .map(|number: u64| {
            let text = format!(
                "id=c1-{number} {}",
                "all the same ".repeat(usize::try_from(number).unwrap() * 900)
            );
            entry(start + number * 1000, "web", "c1", text.as_bytes(), "")
        })
        .collect();
    let Some(scene) = Scene::with(&entries, Config::default()) else {
        return;
    };
    scene.server.ledger().expect("c1", 1, 40);
    scene.run().exact();
    let total: usize = scene
        .lines("web", "c1")
        .iter()
        .map(|line| line.matches("all the same").count())
        .sum();
    assert_eq!(total, 900 * 40 * 41 / 2);
}

#[test]
fn case_29_a_message_that_unpacks_to_a_hundred_megabytes_costs_itself_and_is_counted() {
    // A few kilobytes in the file: more than any line is worth, and more than the memory should be.
    let bomb = [b"id=c1-2 ", &[b'x'; 100 << 20][..]].concat();
    let start = now_usec() - 60_000_000;
    let entries = [
        entry(start, "web", "c1", b"id=c1-1", ""),
        entry(start + 1, "web", "c1", &bomb, ""),
        entry(start + 2, "web", "c1", b"id=c1-3", ""),
    ];
    let Some(scene) = Scene::with(&entries, Config::default()) else {
        return;
    };
    let file = fs::read(&journal_files(&scene.journal())[0]).unwrap();
    let used = file.iter().filter(|byte| **byte != 0).count();
    assert!(used < 1 << 20, "it is stored compressed: {used} bytes");
    scene.server.ledger().expect("c1", 1, 3);
    let outcome = scene.run();
    let said = format!("{:?}\n{}", outcome.report.samples, outcome.log);
    assert!(outcome.status.success(), "{said}");
    assert_eq!(outcome.report.samples, ["lost id=c1-2"], "{said}");
    assert!(
        outcome.log.contains("more than the limit") && outcome.log.contains("1 lines given up"),
        "{said}"
    );
}

#[test]
fn case_37_a_backlog_is_worked_off_within_the_window() {
    let Some(scene) = Scene::of(
        &Plan {
            pieces_every: 0,
            ..plan(40_000)
        },
        Config {
            discard: true,
            ..Config::default()
        },
    ) else {
        return;
    };
    let scene = scene.flags(&["--window-bytes", "1048576"]);
    scene.run().exact();
}

#[test]
fn case_36_what_journald_suppressed_is_told_in_the_streams_of_its_unit() {
    let start = now_usec() - 60_000_000;
    let line = |number: u64| {
        entry(
            start + number * 1000,
            "web",
            "c1",
            format!("id=c1-{number}").as_bytes(),
            "",
        )
    };
    let mut entries: Vec<Vec<u8>> = (1..=5).map(line).collect();
    entries.push(suppressed(start + 5500, 4321));
    entries.extend((6..=9).map(line));
    let Some(scene) = Scene::with(&entries, Config::default()) else {
        return;
    };
    scene.server.ledger().expect("c1", 1, 9);
    let outcome = scene.run();
    outcome.exact();
    let found = scene.messages("web", "c1");
    let marked = found
        .iter()
        .any(|message| message.contains("4321") && message.contains("lost"));
    assert!(marked, "{found:#?}\n{}", outcome.log);
}

#[test]
fn case_30_every_form_of_file_that_journald_writes_is_read() {
    for (flags, variables) in [
        (
            &["--compress=no"][..],
            &[("SYSTEMD_JOURNAL_COMPACT", "0")][..],
        ),
        (&["--compress=yes"], &[("SYSTEMD_JOURNAL_COMPACT", "1")]),
        (&[], &[("SYSTEMD_JOURNAL_KEYED_HASH", "0")]),
        (&[], &[("SYSTEMD_JOURNAL_KEYED_HASH", "1")]),
    ] {
        let Some(scene) = Scene::with(&[], Config::default()) else {
            return;
        };
        fs::remove_dir_all(scene.journal()).unwrap();
        stack_tests::journal::import_as(&scene.journal(), flags, variables, |out| {
            let lines = lines("c1", 1, 300);
            lines.iter().try_for_each(|line| out.write_all(line))
        })
        .unwrap();
        scene.server.ledger().expect("c1", 1, 300);
        scene.run().exact();
    }
}
