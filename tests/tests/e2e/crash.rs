//! The agent is killed, or asked to end while nothing answers: nothing is lost, and duplicates are what was on its way.

use crate::scene::{PUT, Scene, plan, short};
use cloudwatch_local::{Config, Effect, Fault, When};
use std::{
    thread,
    time::{Duration, Instant},
};

#[test]
fn case_43_killed_at_random_moments_under_load_it_loses_nothing() {
    let config = Config {
        latency: Duration::from_millis(20),
        ..Config::default()
    };
    let Some(scene) = Scene::of(&plan(60_000), config) else {
        return;
    };
    let scene = scene.flags(&["-max-batch-size", "20"]);
    // A fixed seed gives the moments; what is under way at each is the machine's.
    let mut random = 20_261_123_u64;
    for kill in 0..20 {
        let agent = scene.follow();
        let before = scene.server.ledger().report().lines;
        let enough = 200 + 300 * (kill % 5);
        scene.until(&agent, "some progress", |report, _| {
            report.lines >= before + enough || report.lost == 0
        });
        random = random
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        thread::sleep(Duration::from_millis((random >> 33) % 60));
        agent.kill();
    }
    let outcome = scene.run();
    assert!(
        outcome.status.success() && outcome.report.lost == 0,
        "{}\n{}",
        short(&outcome.report),
        outcome.log
    );
    // What the server was working on at a kill was taken, and its answer lost: only that may come twice.
    let most = 20 * outcome.counters.in_flight * 20;
    println!(
        "duplicates after 20 kills: {} of {} lines, at most {} requests of 20 were on their way at once",
        outcome.report.duplicated, outcome.report.lines, outcome.counters.in_flight
    );
    assert!(
        outcome.report.duplicated <= most,
        "{}",
        short(&outcome.report)
    );
}

#[test]
fn case_42_asked_to_end_while_nothing_answers_it_ends_in_time_and_loses_nothing() {
    let Some(scene) = Scene::new(600) else { return };
    let fault = scene.fault(Fault::on(
        PUT,
        Effect::Stall {
            when: When::Before,
            milliseconds: 20_000,
        },
    ));
    let scene = scene.flags(&["--drain-timeout", "1s"]);
    let agent = scene.follow();
    scene.until(&agent, "a request under way", |_, counters| {
        counters.in_flight > 0
    });
    let asked = Instant::now();
    let outcome = scene.stop(agent);
    assert!(
        asked.elapsed() < Duration::from_secs(8),
        "{:?}: {}",
        asked.elapsed(),
        outcome.log
    );
    scene.server.faults().remove(Some(fault));
    let outcome = scene.run();
    assert!(
        outcome.report.lost == 0,
        "{}\n{}",
        short(&outcome.report),
        outcome.log
    );
}

#[test]
fn asked_to_end_it_first_delivers_what_it_has_read() {
    let config = Config {
        latency: Duration::from_millis(50),
        ..Config::default()
    };
    let Some(scene) = Scene::of(&plan(3000), config) else {
        return;
    };
    let scene = scene.flags(&["-max-batch-size", "100"]);
    let agent = scene.follow();
    scene.until(&agent, "some lines", |report, _| report.lines > 100);
    let stopped = scene.stop(agent);
    assert!(stopped.status.success(), "{}", stopped.log);
    scene.run().exact();
}

#[test]
fn case_49_a_reload_during_an_outage_loses_nothing() {
    let Some(scene) = Scene::new(1500) else {
        return;
    };
    scene.server.outage(Duration::from_secs(2));
    let mut agent = scene.follow();
    thread::sleep(Duration::from_millis(500));
    agent.signal("HUP");
    thread::sleep(Duration::from_millis(300));
    if !agent.running() {
        // SIGHUP ended it, as it did the original: what counts is that nothing is lost.
        agent = scene.follow();
    }
    scene.until_all(&agent);
    scene.stop(agent).exact();
}
