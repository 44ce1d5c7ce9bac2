//! Files that change under the agent while it is in the middle of them: deleted, cut, begun anew.

use crate::scene::{PUT, Scene, journal_files, lines, lines_ago, overwrite, plan};
use cloudwatch_local::{Config, Effect, Fault};
use stack_tests::data::Plan;
use std::{fs, time::Duration};

/// A journal that the agent is still reading when it has sent a few lines: the window is small and the server slow.
fn slow(entries: u64) -> Option<Scene> {
    let config = Config {
        latency: Duration::from_millis(20),
        ..Config::default()
    };
    let plan = Plan {
        pieces_every: 0,
        ..plan(entries)
    };
    let scene = Scene::of(&plan, config)?;
    Some(scene.flags(&[
        "--window-bytes",
        "1048576",
        "--max-batch-size",
        "200",
        "--max-in-flight",
        "2",
    ]))
}

#[test]
fn case_23_a_file_that_is_deleted_while_it_is_read_is_let_go_and_what_was_unread_is_counted() {
    let Some(scene) = slow(20_000) else { return };
    let agent = scene.follow();
    scene.until(&agent, "some lines", |report, _| report.lines > 500);
    for file in journal_files(&scene.journal()) {
        fs::remove_file(file).unwrap();
    }
    scene.server.ledger().expect("new", 1, 100);
    scene.append(&lines("new", 1, 100));
    scene.until(&agent, "the lines of the new file", |report, _| {
        let new = report.writers.get("new");
        new.is_some_and(|writer| writer.lines > 0 && writer.lost == 0)
    });
    // A deleted file that is held keeps its blocks, and disks fill up.
    let maps = format!("/proc/{}/maps", agent.pid());
    scene.until(&agent, "the deleted file let go", |_, _| {
        let maps = fs::read_to_string(&maps).unwrap();
        !maps.contains(".journal (deleted)")
    });
    let held = fs::read_dir(format!("/proc/{}/fd", agent.pid()))
        .unwrap()
        .filter_map(|fd| fs::read_link(fd.ok()?.path()).ok())
        .filter(|path| path.to_string_lossy().ends_with(".journal (deleted)"))
        .count();
    assert_eq!(held, 0, "descriptors of deleted files");
    let outcome = scene.stop(agent);
    let said = format!("{:?}\n{}", outcome.report.samples, outcome.log);
    assert!(outcome.status.success(), "{said}");
    assert_eq!(outcome.report.duplicated, 0, "{said}");
    let unread: u64 = outcome
        .log
        .split_once("was deleted with up to ")
        .and_then(|(_, rest)| rest.split(' ').next()?.parse().ok())
        .unwrap_or(0);
    // Stack traces and all: each entry here is a line.
    assert_eq!(outcome.report.lost, unread, "{said}");
    let counted = format!("{unread} lines given up: deleted from the journal");
    assert!(outcome.log.contains(&counted), "{said}");
    assert!(outcome.report.without_id > 0, "the streams say so: {said}");
}

#[test]
fn case_28_a_file_that_is_cut_while_it_is_read_costs_what_was_cut_and_no_more() {
    let Some(scene) = slow(20_000) else { return };
    let agent = scene.follow();
    scene.until(&agent, "some lines", |report, _| report.lines > 500);
    let file = journal_files(&scene.journal()).remove(0);
    let cut = scene.journal().join("cut.journal");
    fs::rename(file, &cut).unwrap();
    let half = fs::metadata(&cut).unwrap().len() / 2;
    let file = fs::File::options().write(true).open(&cut).unwrap();
    file.set_len(half).unwrap();
    scene.server.ledger().expect("new", 1, 100);
    scene.append(&lines("new", 1, 100));
    scene.until(&agent, "the lines of the whole file", |report, _| {
        report
            .writers
            .get("new")
            .is_some_and(|writer| writer.lines > 0 && writer.lost == 0)
    });
    let outcome = scene.stop(agent);
    let said = format!("{:?}\n{}", outcome.report.samples, outcome.log);
    assert!(outcome.status.success(), "{said}");
    assert_eq!(outcome.report.duplicated, 0, "{said}");
    assert!(outcome.report.lost > 0, "the cut took something: {said}");
    assert!(outcome.log.contains("cut.journal"), "it is said: {said}");
}

/// Where a journal file's header has them.
const MACHINE_ID: u64 = 40;
const SEQNUM_ID: u64 = 72;

#[test]
fn case_32_sequence_numbers_that_begin_anew_in_their_series_are_new_entries() {
    // As when a machine is set back to a snapshot: the same series, numbers that were used, another boot.
    let Some(scene) = Scene::with(&lines("c1", 1, 50), Config::default()) else {
        return;
    };
    scene.server.ledger().expect("c1", 1, 50);
    scene.run().exact();
    let file = journal_files(&scene.journal()).remove(0);
    let series = fs::read(&file).unwrap()[72..88].to_vec();
    fs::remove_dir_all(scene.journal()).unwrap();
    let other_boot = |mut entry: Vec<u8>| {
        let place = entry
            .windows(8)
            .position(|window| window == b"5d1c2a8f")
            .unwrap();
        entry[place..place + 8].copy_from_slice(b"aaaabbbb");
        entry
    };
    // Half a minute later: the clock of another boot goes on where the entries before it have ended.
    let again: Vec<Vec<u8>> = lines_ago(30, "c2", 1, 30)
        .into_iter()
        .map(other_boot)
        .collect();
    scene.append(&again);
    let file = journal_files(&scene.journal()).remove(0);
    assert_ne!(fs::read(&file).unwrap()[72..88], series);
    overwrite(&file, SEQNUM_ID, &series);
    scene.server.ledger().expect("c2", 1, 30);
    scene.run().exact();
    // And what is accepted now is known by the next run.
    let requests = scene.server.counters().requests.clone();
    scene.run().exact();
    assert_eq!(scene.server.counters().requests, requests);
}

#[test]
fn case_31_another_machine_id_and_another_boot_are_read_on() {
    let Some(scene) = Scene::with(&lines("c1", 1, 50), Config::default()) else {
        return;
    };
    scene.server.ledger().expect("c1", 1, 50);
    scene.run().exact();
    let file = journal_files(&scene.journal()).remove(0);
    fs::rename(file, scene.journal().join("host@1.journal")).unwrap();
    let other_boot = |mut entry: Vec<u8>| {
        let place = entry
            .windows(8)
            .position(|window| window == b"5d1c2a8f")
            .unwrap();
        entry[place..place + 8].copy_from_slice(b"cccc0000");
        entry
    };
    let after: Vec<Vec<u8>> = lines("c1", 51, 80).into_iter().map(other_boot).collect();
    scene.append(&after);
    let file = scene.journal().join("host.journal");
    overwrite(&file, MACHINE_ID, &[0x5a; 16]);
    scene.server.ledger().expect("c1", 1, 80);
    scene.run().exact();
}

#[test]
fn journald_that_is_about_to_delete_what_is_not_delivered_is_told_of() {
    let Some(scene) = Scene::with(&lines_ago(900, "old", 1, 50), Config::default()) else {
        return;
    };
    let old = scene.journal().join("old.journal");
    fs::rename(journal_files(&scene.journal()).remove(0), &old).unwrap();
    scene.append(&lines_ago(800, "new", 1, 50));
    let denied = scene.fault(Fault::on(PUT, Effect::error("AccessDeniedException")));
    let agent = scene.follow();
    scene.until(&agent, "the refusal told", |_, _| {
        agent.log().contains("AccessDeniedException")
    });
    assert!(
        !agent.log().contains("about to delete"),
        "nothing is deleted yet"
    );
    fs::remove_file(old).unwrap();
    scene.until(&agent, "the danger told", |_, _| {
        agent
            .log()
            .contains("journald is about to delete lines that are not delivered")
    });
    scene.server.faults().remove(Some(denied));
    scene.server.ledger().expect("new", 1, 50);
    scene.until_all(&agent);
    let outcome = scene.stop(agent);
    assert!(outcome.status.success(), "{}", outcome.log);
    assert_eq!(outcome.log.matches("about to delete").count(), 1);
}
