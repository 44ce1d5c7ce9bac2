//! The core against a simulated journal and a simulated CloudWatch, in virtual time: seeded latency, throttling, errors,
//! lost answers, denied groups, poisoned events, crashes and restarts; and lines that journald drops or deletes. What fails prints its seed;
//! `ECS_LOGS_SIM_SEED=N` runs that one alone, `ECS_LOGS_SIM_SEEDS=N` that many, from `ECS_LOGS_SIM_FROM` on.

mod agent;
mod journal;
mod known;
mod ledger;
mod plan;
mod server;
mod world;

use ecs_logs::core::rng::Rng;
use plan::Plan;
use std::{panic, time::Instant};
use world::World;

fn seeds() -> Vec<u64> {
    let number = |name: &str| {
        std::env::var(name)
            .ok()
            .map(|text| text.parse().expect("a seed is a number"))
    };
    match number("ECS_LOGS_SIM_SEED") {
        Some(seed) => vec![seed],
        None => {
            let from = number("ECS_LOGS_SIM_FROM").unwrap_or(0);
            let count = number("ECS_LOGS_SIM_SEEDS").unwrap_or(1_000);
            (from..from + count).collect()
        }
    }
}

#[test]
fn every_line_is_accepted_or_counted_whatever_fails() {
    let seeds = seeds();
    let begun = Instant::now();
    let mut totals = world::Totals::default();
    for &seed in &seeds {
        let run = panic::catch_unwind(|| World::new(seed).run());
        match run {
            Ok(run) => totals.add(&run),
            Err(_) => panic!("seed {seed} failed: run it again with ECS_LOGS_SIM_SEED={seed}"),
        }
    }
    println!(
        "{} seeds in {:.1} s: {totals:?}",
        seeds.len(),
        begun.elapsed().as_secs_f64()
    );
    if seeds.len() >= 1_000 {
        totals.assert_everything_happened();
    }
}

/// Each the first that showed a fault of its own among the 100,000.
#[test]
fn seeds_that_failed_once_hold() {
    let once = [
        129, 1_598, 1_968, 3_838, 4_839, 13_406, 16_256, 31_868, 32_805, 47_496, 50_040, 54_360,
        55_782, 65_497, 86_053, 96_441, 99_763,
    ];
    for seed in once {
        World::new(seed).run();
    }
}

#[test]
fn the_same_seed_gives_the_same_run() {
    for seed in 0..5 {
        assert_eq!(
            World::new(seed).run(),
            World::new(seed).run(),
            "seed {seed}"
        );
    }
}

/// One group is refused for as long as anything is written. What that costs the others, in virtual time: nothing.
#[test]
fn a_refused_group_costs_the_others_nothing() {
    for seed in 0..10 {
        let delays = |denied: bool| -> (i64, i64, usize) {
            let world = World::of(Plan::fair(seed, denied), Rng::new(seed)).finish();
            let lines = world.journal.lines.iter().enumerate();
            let others = lines.filter(|(_, line)| line.group != 0);
            let delay = others.map(|(id, line)| world.taken_at[&id] - world.written_ms(line));
            let all: Vec<i64> = delay.collect();
            let mean = all.iter().sum::<i64>() / all.len() as i64;
            (mean, all.iter().copied().max().unwrap_or(0), all.len())
        };
        let (without, with) = (delays(false), delays(true));
        println!(
            "seed {seed}: mean and longest delay in ms {without:?} without, {with:?} with a refused group"
        );
        assert_eq!(with.2, without.2, "seed {seed}");
        assert!(with.0 <= without.0 + 1, "seed {seed}: {with:?} {without:?}");
        assert!(
            with.1 <= without.1 + 20,
            "seed {seed}: {with:?} {without:?}"
        );
    }
}

#[test]
fn ten_thousand_streams_stay_within_the_window() {
    let begun = Instant::now();
    let totals = World::of(Plan::crowd(10_000), Rng::new(1)).run();
    println!("{:.1} s: {totals:?}", begun.elapsed().as_secs_f64());
    assert!(totals.parked > 1_000, "{totals:?}");
}
