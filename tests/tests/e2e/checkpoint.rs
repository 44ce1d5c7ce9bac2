//! The checkpoint when things go wrong with it: the agent says so, goes on, and loses nothing.

use crate::scene::{Scene, entry, now_usec};
use cloudwatch_local::Config;
use std::{fs, process::Command};

#[test]
fn case_44_what_an_interrupted_save_left_behind_disturbs_nothing() {
    let Some(scene) = Scene::new(300) else { return };
    scene.run().exact();
    let folder = scene.folder.path();
    for name in [
        "checkpoint.tmp",
        "checkpoint.new",
        ".checkpoint.tmp",
        "checkpoint~",
    ] {
        fs::write(folder.join(name), "half a check").unwrap();
    }
    let requests = scene.server.counters().requests.clone();
    scene.run().exact();
    assert_eq!(
        scene.server.counters().requests,
        requests,
        "the saved one is still believed"
    );
}

#[test]
fn case_45_a_corrupt_checkpoint_is_set_aside_and_named() {
    for content in [
        &b"rubbish\n"[..],
        b"",
        b"{}",
        b"\0\0\0\0\0\0",
        b"{\"version\": 999999}",
    ] {
        let Some(scene) = Scene::new(200) else { return };
        fs::write(scene.checkpoint(), content).unwrap();
        let outcome = scene.run();
        outcome.exact();
        assert!(
            outcome.log.contains("checkpoint"),
            "it is said: {:?}",
            outcome.log
        );
    }
}

#[test]
fn case_45_a_torn_checkpoint_costs_duplicates_at_most() {
    let Some(scene) = Scene::new(200) else { return };
    scene.run().exact();
    let whole = fs::read(scene.checkpoint()).unwrap();
    fs::write(scene.checkpoint(), &whole[..whole.len() / 2]).unwrap();
    let outcome = scene.run();
    assert!(outcome.status.success(), "{}", outcome.log);
    assert_eq!(outcome.report.lost, 0, "{}", outcome.log);
}

#[test]
fn case_45_a_checkpoint_that_cannot_be_written_is_an_error_with_its_place() {
    let Some(scene) = Scene::new(100) else { return };
    // A folder where the file should be: neither root nor anybody else can write it.
    fs::create_dir_all(scene.checkpoint().join("in the way")).unwrap();
    let outcome = scene.run();
    assert!(!outcome.status.success(), "{}", outcome.log);
    assert!(outcome.log.contains("checkpoint"), "{}", outcome.log);
}

#[test]
fn case_48_a_second_agent_on_a_checkpoint_is_refused() {
    let Some(scene) = Scene::new(200) else { return };
    let mut first = scene.follow();
    scene.until_all(&first);
    let second = scene.run();
    assert!(!second.status.success(), "{}", second.log);
    assert!(
        second.log.contains("lock") || second.log.contains("another"),
        "{}",
        second.log
    );
    assert!(first.running());
    scene.stop(first).exact();
}

#[test]
fn a_lock_that_a_killed_agent_held_is_free_again() {
    let Some(scene) = Scene::new(200) else { return };
    let first = scene.follow();
    scene.until_all(&first);
    first.kill();
    let outcome = scene.run();
    assert!(
        outcome.status.success() && outcome.report.lost == 0,
        "{}",
        outcome.log
    );
}

#[test]
fn case_45_a_full_disk_stops_no_delivery() {
    let root = Command::new("id")
        .arg("-u")
        .output()
        .is_ok_and(|output| output.stdout == b"0\n");
    if !root {
        return stack_tests::skip("a full tmpfs needs root");
    }
    let Some(scene) = Scene::new(400) else { return };
    let disk = scene.folder.path().join("disk");
    fs::create_dir(&disk).unwrap();
    // In a mount namespace of its own; 16 KiB, filled to the last byte.
    let script = r#"mount -t tmpfs -o size=16k tmpfs "$0" && { head -c 1M /dev/zero >"$0/ballast" 2>/dev/null; exec "$@"; }"#;
    let mut wrapped = Command::new("unshare");
    wrapped.args(["-m", "sh", "-c", script]).arg(&disk);
    let mut scene = scene;
    let plain = scene.command(&scene.server.url(), true);
    let mut arguments: Vec<_> = plain.get_args().map(ToOwned::to_owned).collect();
    let place = arguments
        .iter()
        .position(|argument| argument == "--checkpoint")
        .unwrap();
    arguments[place + 1] = disk.join("checkpoint").into();
    wrapped.arg(plain.get_program()).args(arguments);
    stack_tests::process::local_credentials(&mut wrapped);
    let agent = scene.start_with(&mut wrapped);
    let outcome = scene.finish(agent);
    // Delivered, and the message names the place; whether the agent calls that a success is not the point.
    assert_eq!(
        (outcome.report.lost, outcome.report.duplicated),
        (0, 0),
        "{}",
        outcome.log
    );
    assert!(outcome.log.contains("checkpoint"), "{}", outcome.log);
    scene.flags.clear();
}

#[test]
fn case_32_a_journal_that_ends_before_the_checkpoint_is_read_on_from_what_comes() {
    let start = now_usec() - 60_000_000;
    let lines = |from: u64, to: u64| -> Vec<Vec<u8>> {
        let line = |number| {
            entry(
                start + number * 1000,
                "web",
                "c1",
                format!("id=c1-{number}").as_bytes(),
                "",
            )
        };
        (from..=to).map(line).collect()
    };
    let Some(scene) = Scene::with(&lines(1, 50), Config::default()) else {
        return;
    };
    scene.server.ledger().expect("c1", 1, 80);
    assert!(scene.run().status.success());
    // The files are gone as after a hard reset, and new ones begin with other sequence numbers.
    fs::remove_dir_all(scene.journal()).unwrap();
    scene.append(&lines(51, 80));
    scene.run().exact();
}
