//! Clocks that are wrong: the host's, the server's, those of applications; and what the server thinks of the events' times.

use crate::scene::{Scene, entry, lines, now_usec, plan};
use cloudwatch_local::{Config, Credentials};
use std::sync::atomic::Ordering;

const SECOND: u64 = 1_000_000;
const HOUR: u64 = 3600 * SECOND;
const DAY_MILLIS: i64 = 86_400_000;

/// Lines of one container at these places in time, in microseconds from now; the monotonic clock goes on.
fn at(times: &[i64]) -> Vec<Vec<u8>> {
    let now = now_usec();
    let line = |(number, time): (u64, &i64)| {
        let text = format!("id=c1-{number}");
        let usec = now.checked_add_signed(*time).unwrap();
        let entry = entry(usec, "web", "c1", text.as_bytes(), "");
        let monotonic = format!("__MONOTONIC_TIMESTAMP={usec}\n");
        let steady = format!("__MONOTONIC_TIMESTAMP={}\n", HOUR + number * 1000);
        String::from_utf8_lossy(&entry)
            .replace(&monotonic, &steady)
            .into_bytes()
    };
    (1..).zip(times).map(line).collect()
}

#[test]
fn case_20_a_clock_that_is_set_back_between_entries_costs_none() {
    let minute = 60 * SECOND as i64;
    let mut times = Vec::new();
    for step in 0..200 {
        // Back by ten minutes twice, and forward again.
        let shift = [0, -10, -20, 0][step / 50] * minute;
        times.push(shift - 30 * minute + step as i64 * 1000);
    }
    let Some(scene) = Scene::with(&at(&times), Config::default()) else {
        return;
    };
    scene.server.ledger().expect("c1", 1, 200);
    scene.run().exact();
}

#[test]
fn case_20_lines_of_a_clock_that_is_ahead_are_delivered_with_the_time_of_today() {
    let ahead = [0, 3 * HOUR as i64, 1000 * HOUR as i64, 1000];
    let Some(scene) = Scene::with(&at(&ahead), Config::default()) else {
        return;
    };
    scene.server.ledger().expect("c1", 1, 4);
    let outcome = scene.run();
    outcome.exact();
    assert_eq!(outcome.counters.too_new, 0);
}

#[test]
fn case_13_events_that_the_server_finds_too_new_are_counted_and_marked() {
    // A server whose clock is three hours behind takes nothing of now.
    let Some(scene) = Scene::with(&lines("c1", 1, 100), Config::default()) else {
        return;
    };
    scene.server.ledger().expect("c1", 1, 100);
    let behind = -3 * HOUR as i64 / 1000;
    scene.server.ahead.store(behind, Ordering::Relaxed);
    let agent = scene.follow();
    scene.until(&agent, "a verdict", |_, counters| counters.too_new >= 100);
    scene.server.ahead.store(0, Ordering::Relaxed);
    let outcome = scene.stop(agent);
    let said = format!("{:?}\n{}", outcome.counters, outcome.log);
    assert_eq!(outcome.report.lost, outcome.counters.too_new, "{said}");
    assert_eq!(outcome.report.duplicated, 0, "{said}");
    assert!(outcome.log.contains("future"), "it is said: {said}");
}

#[test]
fn case_13_events_older_than_the_groups_retention_are_counted_to_the_event_and_marked() {
    let hour = HOUR as i64;
    let times: Vec<i64> = (0..100).map(|step| -50 * hour + step * hour / 2).collect();
    let Some(scene) = Scene::with(&at(&times), Config::default()) else {
        return;
    };
    scene.server.ledger().expect("c1", 1, 100);
    // A day is kept: of 50 hours in steps of half an hour, the first 52 lines are past it.
    let group = cloudwatch_local::Group {
        retention: Some(1),
        ..Default::default()
    };
    scene.server.store().groups.insert("web".into(), group);
    let outcome = scene.run();
    let said = format!("{:?}\n{}", outcome.counters, outcome.log);
    assert!(outcome.counters.expired > 0, "{said}");
    assert_eq!(outcome.report.lost, outcome.counters.expired, "{said}");
    assert_eq!(outcome.report.duplicated, 0, "{said}");
    let lost = |sample: &&String| sample.starts_with("lost ");
    assert!(
        outcome.report.samples.iter().filter(lost).count() > 0 && outcome.report.without_id > 0,
        "the stream says so: {said}"
    );
    assert!((50..=54).contains(&outcome.counters.expired), "{said}");
}

#[test]
fn case_07_signatures_of_a_clock_that_is_wrong_are_refused_until_it_is_right() {
    let credentials: Credentials = "local:local".parse().unwrap();
    let config = Config {
        credentials: Some(vec![credentials]),
        ..Config::default()
    };
    let Some(scene) = Scene::of(&plan(300), config) else {
        return;
    };
    // The server checks signatures as AWS does, and lives an hour later.
    scene.server.ahead.store(DAY_MILLIS / 24, Ordering::Relaxed);
    let agent = scene.follow();
    scene.until(&agent, "the way out said", |_, counters| {
        counters.errors.values().sum::<u64>() >= 3 && agent.log().contains("clock")
    });
    assert_eq!(scene.server.ledger().report().lines, 0);
    scene.server.ahead.store(0, Ordering::Relaxed);
    scene.until_all(&agent);
    scene.stop(agent).exact();
}
