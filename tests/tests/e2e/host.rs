//! What the host withholds: inotify, permissions, a journal of a size that suits.

use crate::scene::{Scene, journal_files, lines, lines_ago, root};
use cloudwatch_local::Config;
use std::{
    fs,
    os::unix::fs::{PermissionsExt, chown},
    process::Command,
};

#[test]
fn case_34_without_inotify_what_is_written_is_seen_all_the_same() {
    if !root("a limit of one's own for inotify") {
        return;
    }
    // In a user namespace of its own, whose limits are its own: no instance to have, and an instance without watches.
    for limit in ["max_inotify_instances", "max_inotify_watches"] {
        let Some(scene) = Scene::with(&lines("c1", 1, 200), Config::default()) else {
            return;
        };
        scene.server.ledger().expect("c1", 1, 200);
        let script = format!("echo 0 >/proc/sys/user/{limit} && exec \"$0\" \"$@\"");
        let agent = scene.follow_by(&["unshare", "-Ur", "sh", "-c", &script]);
        scene.until_all(&agent);
        scene.server.ledger().expect("c1", 1, 300);
        scene.append(&lines("c1", 201, 300));
        scene.until_all(&agent);
        // And a file that was not there.
        let first = journal_files(&scene.journal()).remove(0);
        fs::rename(first, scene.journal().join("host@1.journal")).unwrap();
        scene.server.ledger().expect("c2", 1, 100);
        scene.append(&lines("c2", 1, 100));
        scene.until_all(&agent);
        scene.stop(agent).exact();
    }
}

#[test]
fn case_34_news_that_inotify_lost_are_found_all_the_same() {
    let Some(scene) = Scene::with(&lines("c1", 1, 100), Config::default()) else {
        return;
    };
    scene.server.ledger().expect("c1", 1, 100);
    let agent = scene.follow();
    scene.until_all(&agent);
    // Stopped, it cannot empty its queue, which overflows: each file is two events at least.
    let limit = fs::read_to_string("/proc/sys/fs/inotify/max_queued_events").unwrap();
    let limit: usize = limit.trim().parse().unwrap();
    agent.signal("STOP");
    for number in 0..=limit.min(100_000) {
        let path = scene.journal().join(format!("noise-{number}"));
        fs::write(&path, "").unwrap();
        fs::remove_file(path).unwrap();
    }
    let first = journal_files(&scene.journal()).remove(0);
    fs::rename(first, scene.journal().join("host@1.journal")).unwrap();
    scene.server.ledger().expect("c2", 1, 100);
    scene.append(&lines("c2", 1, 100));
    agent.signal("CONT");
    scene.until_all(&agent);
    scene.stop(agent).exact();
}

/// The agent following, as nobody.
fn follow_as_nobody(scene: &Scene) -> crate::scene::Agent {
    let folder = scene.folder.path();
    fs::set_permissions(folder, fs::Permissions::from_mode(0o777)).unwrap();
    // The build's folder may be closed to it.
    let program = folder.join("ecs-logs");
    let built = stack_tests::process::binary("ecs-logs").unwrap();
    fs::copy(built, &program).unwrap();
    let plain = scene.command(&scene.server.url(), false);
    let mut command = Command::new("setpriv");
    command
        .args(["--reuid=65534", "--regid=65534", "--clear-groups"])
        .arg(program)
        .args(plain.get_args());
    stack_tests::process::local_credentials(&mut command);
    scene.start_with(&mut command)
}

#[test]
fn case_35_a_file_that_may_not_be_read_is_named_and_read_when_it_may() {
    if !root("to be another user") {
        return;
    }
    // What is closed is later than the rest, as of a file that was begun just now.
    let Some(scene) = Scene::with(&lines("c1", 1, 100), Config::default()) else {
        return;
    };
    let first = journal_files(&scene.journal()).remove(0);
    let closed = scene.journal().join("closed.journal");
    fs::rename(first, &closed).unwrap();
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o600)).unwrap();
    scene.append(&lines_ago(90, "c2", 1, 100));
    for file in journal_files(&scene.journal()) {
        if file != closed {
            fs::set_permissions(file, fs::Permissions::from_mode(0o644)).unwrap();
        }
    }
    scene.server.ledger().expect("c2", 1, 100);
    let agent = follow_as_nobody(&scene);
    scene.until_all(&agent);
    let log = agent.log();
    assert!(
        log.contains("closed.journal") && log.to_lowercase().contains("permission denied"),
        "{log}"
    );
    // As when journald's access list comes late.
    scene.server.ledger().expect("c1", 1, 100);
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o644)).unwrap();
    scene.until_all(&agent);
    scene.stop(agent).exact();
}

#[test]
fn case_45_a_checkpoint_of_another_user_is_not_passed_over() {
    if !root("to be another user") {
        return;
    }
    let Some(scene) = Scene::with(&lines("c1", 1, 100), Config::default()) else {
        return;
    };
    scene.server.ledger().expect("c1", 1, 100);
    scene.run().exact();
    for file in journal_files(&scene.journal()) {
        fs::set_permissions(file, fs::Permissions::from_mode(0o644)).unwrap();
    }
    // Root's, and closed: whoever took it for missing would send everything again.
    for file in fs::read_dir(scene.folder.path()).unwrap() {
        let path = file.unwrap().path();
        if path.is_file() {
            fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
            chown(&path, Some(0), Some(0)).unwrap();
        }
    }
    let agent = follow_as_nobody(&scene);
    let outcome = scene.finish(agent);
    assert!(!outcome.status.success(), "{}", outcome.log);
    assert!(
        outcome.log.contains(&*scene.checkpoint().to_string_lossy())
            && outcome.log.to_lowercase().contains("permission denied"),
        "{}",
        outcome.log
    );
    assert_eq!(outcome.report.duplicated, 0, "{}", outcome.log);
    scene.run().exact();
}

#[test]
fn case_33_a_hundred_large_files_are_begun_with_in_little_memory() {
    let Some(scene) = Scene::with(&[], Config::default()) else {
        return;
    };
    for number in 1..=100 {
        let first = number * 20 - 19;
        scene.append(&lines("c1", first, first + 19));
        let file = scene.journal().join("host.journal");
        let archived = scene.journal().join(format!("host@{number:03}.journal"));
        fs::rename(file, &archived).unwrap();
        // As long as journald lets them become; what is not written takes no disk.
        let file = fs::File::options().write(true).open(archived).unwrap();
        file.set_len(128 << 20).unwrap();
    }
    scene.server.ledger().expect("c1", 1, 2000);
    let mut command = scene.command(&scene.server.url(), true);
    let process = stack_tests::process::Process::start(&mut command).unwrap();
    let (status, usage) = process.watch(crate::scene::PATIENCE).unwrap();
    let report = scene.server.ledger().report();
    assert!(status.success());
    assert_eq!(
        (report.lost, report.duplicated),
        (0, 0),
        "{:?}",
        report.samples
    );
    assert!(usage.anonymous < 64_000_000, "{} bytes", usage.anonymous);
}
