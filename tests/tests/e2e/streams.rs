//! Many containers, little memory, few descriptors.

use crate::scene::{Scene, plan};
use cloudwatch_local::Config;
use stack_tests::{data::Plan, process::Process};
use std::{process::Command, time::Duration};

fn many(containers: usize, entries: u64) -> Option<Scene> {
    let plan = Plan {
        containers,
        services: 20,
        long_every: 0,
        pieces_every: 0,
        traces_every: 0,
        ..plan(entries)
    };
    Scene::of(
        &plan,
        Config {
            discard: true,
            ..Config::default()
        },
    )
}

#[test]
#[ignore = "minutes; tests/run/live runs it"]
fn case_46_ten_thousand_streams_stay_within_the_window() {
    let Some(scene) = many(10_000, 60_000) else {
        return;
    };
    // Made beforehand: the agent makes at most 50 a second, as AWS allows.
    scene.prepare();
    let mut command = scene.command(&scene.server.url(), true);
    let (status, usage) = Process::start(&mut command)
        .unwrap()
        .watch(Duration::from_secs(300))
        .unwrap();
    let report = scene.server.ledger().report();
    assert!(status.success());
    assert_eq!(
        (report.lost, report.duplicated),
        (0, 0),
        "{:?}",
        report.samples
    );
    println!(
        "10,000 streams: {} MB anonymous, {:.1} s",
        usage.anonymous / 1_000_000,
        usage.elapsed.as_secs_f64()
    );
    assert!(usage.anonymous < 128_000_000, "{} bytes", usage.anonymous);
    // While others have their turn a stream's lines wait in one batch, however slow this machine is.
    let requests = scene.server.counters().requests["PutLogEvents"];
    assert!(requests < 20_000, "{requests} requests");
}

#[test]
fn case_47_few_descriptors_slow_it_and_lose_nothing() {
    let Some(scene) = many(60, 2000) else { return };
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
    let Some(scene) = many(200, 20_000) else {
        return;
    };
    let scene = scene.flags(&["-flush-timeout", "5s"]);
    let outcome = scene.run();
    outcome.exact();
    let requests = outcome.counters.requests["PutLogEvents"];
    assert!(requests <= 600, "{requests} requests for 200 streams");
}
