//! What a run is made of: how much is written by whom, what fails how often, and when. By default all of it by a seed.

use crate::server::Faults;
use ecs_logs::core::{Settings, batch::Limits, rng::Rng};
use std::time::Duration;

pub(crate) struct Plan {
    pub(crate) seed: u64,
    pub(crate) settings: Settings,
    pub(crate) faults: Faults,
    pub(crate) streams: usize,
    pub(crate) groups: usize,
    /// Lines.
    pub(crate) to_write: usize,
    pub(crate) largest_line: usize,
    /// One in so many; 0 is never.
    pub(crate) poison_one_in: u64,
    pub(crate) cut_one_in: u64,
    pub(crate) save_fails_one_in: u64,
    /// journald drops the lines of a while.
    pub(crate) limit_one_in: u64,
    /// And says so in one of so many cases, more or less.
    pub(crate) says_one_in: u64,
    pub(crate) renumbers: bool,
    pub(crate) numbers: bool,
    /// A group that may not be written, until then.
    pub(crate) denied: Option<(usize, i64)>,
    pub(crate) crashes: Vec<i64>,
    pub(crate) stops: Vec<i64>,
    pub(crate) vacuums: Vec<i64>,
    /// Every answer comes after so long; nothing for as it happens.
    pub(crate) latency_ms: Option<i64>,
    /// Milliseconds between two bursts, and lines in one, at most.
    pub(crate) pauses: [u64; 3],
    pub(crate) burst: u64,
    /// When faults end at the latest.
    pub(crate) calm_at: i64,
}

pub(crate) fn pick(rng: &mut Rng, choices: &[u64]) -> u64 {
    choices[rng.below(choices.len() as u64) as usize]
}

impl Plan {
    pub(crate) fn random(seed: u64, rng: &mut Rng) -> Plan {
        let settings = Settings {
            limits: Limits {
                bytes: pick(rng, &[400, 3_000, 20_000]) as usize,
                events: pick(rng, &[1, 7, 100]) as usize,
                ..Limits::default()
            },
            flush_timeout: Duration::from_millis(pick(rng, &[50, 1_000, 5_000])),
            window_bytes: pick(rng, &[8_000, 60_000, 1_000_000]) as usize,
            max_in_flight: pick(rng, &[1, 4, 16]) as usize,
            save_interval: Duration::from_millis(pick(rng, &[10, 1_000])),
            seed,
            ..Settings::default()
        };
        let faults = Faults {
            throttled: pick(rng, &[0, 0, 3, 20]),
            failed: pick(rng, &[0, 0, 4, 30]),
            answer_lost: pick(rng, &[0, 0, 5, 40]),
            credentials: pick(rng, &[0, 0, 0, 15]),
            group_deleted: pick(rng, &[0, 0, 60]),
        };
        let groups = 1 + rng.below(6) as usize;
        let renumbers = rng.one_in(4);
        let denied = rng.one_in(3).then(|| {
            let group = rng.below(groups as u64) as usize;
            (group, 100 + rng.below(60_000) as i64)
        });
        let times = |counts: &[u64], rng: &mut Rng| -> Vec<i64> {
            (0..pick(rng, counts))
                .map(|_| rng.below(30_000) as i64)
                .collect()
        };
        let crashes = times(&[0, 0, 1, 3], rng);
        let stops = times(&[0, 0, 0, 2], rng);
        // Over a new series of numbers nobody knows how many were deleted.
        let vacuums = if renumbers {
            Vec::new()
        } else {
            times(&[0, 0, 1, 2], rng)
        };
        Plan {
            seed,
            settings,
            faults,
            streams: 1 + rng.below(25) as usize,
            groups,
            to_write: pick(rng, &[60, 300, 1_000]) as usize,
            largest_line: pick(rng, &[30, 300, 2_500]) as usize,
            poison_one_in: pick(rng, &[0, 0, 0, 100]),
            cut_one_in: pick(rng, &[0, 0, 4, 30]),
            save_fails_one_in: pick(rng, &[0, 0, 3]),
            limit_one_in: pick(rng, &[0, 50, 200]),
            says_one_in: pick(rng, &[1, 1, 2]),
            renumbers,
            numbers: !rng.one_in(3),
            denied,
            crashes,
            stops,
            vacuums,
            latency_ms: None,
            pauses: [10, 500, 3_000],
            burst: 30,
            calm_at: 60_000 + seed as i64 % 60_000,
        }
    }

    /// Nothing fails but that one group may not be written, if it is to be so.
    pub(crate) fn fair(seed: u64, denied: bool) -> Plan {
        let mut plan = Plan::random(seed, &mut Rng::new(seed));
        plan.settings = Settings {
            limits: Limits {
                bytes: 3_000,
                ..Limits::default()
            },
            flush_timeout: Duration::from_millis(1_000),
            window_bytes: 200_000,
            max_in_flight: 4,
            seed,
            ..Settings::default()
        };
        Plan {
            faults: Faults::default(),
            streams: 12,
            groups: 6,
            to_write: 3_000,
            largest_line: 300,
            poison_one_in: 0,
            cut_one_in: 0,
            save_fails_one_in: 0,
            limit_one_in: 0,
            renumbers: false,
            denied: denied.then_some((0, 50_000)),
            crashes: Vec::new(),
            stops: Vec::new(),
            vacuums: Vec::new(),
            latency_ms: Some(20),
            pauses: [100, 100, 100],
            ..plan
        }
    }

    /// So many containers that a body of each would be many windows.
    pub(crate) fn crowd(streams: usize) -> Plan {
        let plan = Plan::fair(1, true);
        Plan {
            settings: Settings {
                window_bytes: 4 << 20,
                max_in_flight: 16,
                save_interval: Duration::from_millis(1_000),
                ..Settings::default()
            },
            streams,
            to_write: streams * 3,
            burst: 600,
            ..plan
        }
    }
}
