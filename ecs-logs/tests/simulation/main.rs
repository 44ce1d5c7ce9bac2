//! The core against a simulated journal and a simulated CloudWatch, in virtual time: seeded latency, throttling, errors,
//! lost answers, denied groups, poisoned events, crashes and restarts. What fails prints its seed;
//! `ECS_LOGS_SIM_SEED=N` runs that one alone, `ECS_LOGS_SIM_SEEDS=N` that many.

mod agent;
mod journal;
mod server;
mod world;

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
        None => (0..number("ECS_LOGS_SIM_SEEDS").unwrap_or(1_000)).collect(),
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
