//! What takes minutes: `make torture` runs these.

use crate::scene::{Scene, plan};
use cloudwatch_local::Config;
use stack_tests::{data::Plan, process::Process};
use std::time::Duration;

#[test]
#[ignore = "minutes; make torture runs it"]
fn case_11_ten_thousand_new_streams_are_made_at_the_quotas_pace() {
    let plan = Plan {
        containers: 10_000,
        services: 20,
        long_every: 0,
        pieces_every: 0,
        traces_every: 0,
        ..plan(40_000)
    };
    // AWS makes 50 streams a second: 200 seconds, and all who come too early are refused.
    let config = Config {
        quotas: true,
        discard: true,
        ..Config::default()
    };
    let Some(scene) = Scene::of(&plan, config) else {
        return;
    };
    let mut command = scene.command(&scene.server.url(), true);
    let (status, usage) = Process::start(&mut command)
        .unwrap()
        .watch(Duration::from_secs(1200))
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
        "10,000 new streams: {:.0} s, {} MB anonymous",
        usage.elapsed.as_secs_f64(),
        usage.anonymous / 1_000_000
    );
}
