//! Many containers, little memory, few descriptors.

use crate::scene::{Scene, plan};
use cloudwatch_local::Config;
use stack_tests::{
    data::Plan,
    process::{Process, Usage},
};
use std::{process::Command, time::Duration};

/// So many containers of 20 services; the server keeps the account alone, and AWS's quotas if asked.
pub(crate) fn many(containers: usize, entries: u64, quotas: bool) -> Option<Scene> {
    let plan = Plan {
        containers,
        services: 20,
        long_every: 0,
        pieces_every: 0,
        traces_every: 0,
        ..plan(entries)
    };
    let config = Config {
        quotas,
        discard: true,
        ..Config::default()
    };
    Scene::of(&plan, config)
}

/// Delivers all of it, each line once, watched.
pub(crate) fn deliver(scene: &Scene, limit: Duration) -> Usage {
    let mut command = scene.command(&scene.server.url(), true);
    let (status, usage) = Process::start(&mut command).unwrap().watch(limit).unwrap();
    let report = scene.server.ledger().report();
    assert!(status.success());
    let wrong = (report.lost, report.duplicated);
    assert_eq!(wrong, (0, 0), "{:?}", report.samples);
    println!(
        "{} streams: {:.1} s, {} MB anonymous",
        scene.made.streams.len(),
        usage.elapsed.as_secs_f64(),
        usage.anonymous / 1_000_000
    );
    usage
}

#[test]
#[ignore = "minutes; tests/run/live runs it"]
fn case_46_ten_thousand_streams_stay_within_the_window() {
    let Some(scene) = many(10_000, 60_000, false) else {
        return;
    };
    // Made beforehand: the agent makes at most 50 a second, as AWS allows.
    scene.prepare();
    let usage = deliver(&scene, Duration::from_secs(300));
    assert!(usage.anonymous < 128_000_000, "{} bytes", usage.anonymous);
    // While others have their turn a stream's lines wait in one batch, however slow this machine is.
    let requests = scene.server.counters().requests["PutLogEvents"];
    assert!(requests < 20_000, "{requests} requests");
}

#[test]
fn case_47_few_descriptors_slow_it_and_lose_nothing() {
    let Some(scene) = many(60, 2000, false) else {
        return;
    };
    let plain = scene.command(&scene.server.url(), true);
    let mut limited = Command::new("sh");
    limited
        .args(["-c", "ulimit -n 40; exec \"$0\" \"$@\""])
        .arg(plain.get_program())
        .args(plain.get_args());
    stack_tests::process::local_credentials(&mut limited);
    let agent = scene.start_with(&mut limited);
    scene.finish(agent).exact();
}

#[test]
fn two_hundred_containers_are_shipped_in_few_requests() {
    let Some(scene) = many(200, 20_000, false) else {
        return;
    };
    let scene = scene.flags(&["-flush-timeout", "5s"]);
    let outcome = scene.run();
    outcome.exact();
    let requests = outcome.counters.requests["PutLogEvents"];
    assert!(requests <= 600, "{requests} requests for 200 streams");
}
