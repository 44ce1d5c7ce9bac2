//! Gaps in the numbers that Docker 24 gives to what a container prints, in real journal files: told in their stream, at their place,
//! with the right number and cause. The account of all lines misses those and no others.

use crate::scene::{Outcome, Scene, entry, now_usec, short};
use cloudwatch_local::Config;
use serde_json::Value;
use std::{collections::BTreeMap, fs};

/// Between two lines: marks stand a millisecond before the line behind the gap.
const STEP_USEC: u64 = 10_000;

/// A container's lines, and what befalls them.
enum Event {
    /// Lines of one start of a container, from Docker's number to Docker's number.
    Lines(&'static str, &'static str, u64, u64),
    /// The container printed so many more, which the journal does not have.
    Missing(&'static str, u64),
    /// journald says so.
    Suppressed(u64),
}
use Event::{Lines, Missing, Suppressed};

/// Makes journal entries of events, a number of its own for each line of a container, as its `id=` says.
#[derive(Default)]
struct Host {
    usec: u64,
    printed: BTreeMap<&'static str, u64>,
}

impl Host {
    fn new() -> Host {
        Host {
            usec: now_usec() - 60_000_000,
            ..Host::default()
        }
    }

    fn entries(&mut self, events: &[Event]) -> Vec<Vec<u8>> {
        let mut entries = Vec::new();
        for event in events {
            match *event {
                Lines(name, epoch, from, to) => {
                    for ordinal in from..=to {
                        self.usec += STEP_USEC;
                        let printed = self.printed.entry(name).or_default();
                        *printed += 1;
                        let numbers = format!(
                            "CONTAINER_LOG_EPOCH={epoch}\nCONTAINER_LOG_ORDINAL={ordinal}\n"
                        );
                        let text = format!("id={name}-{printed}");
                        entries.push(entry(self.usec, "web", name, text.as_bytes(), &numbers));
                    }
                }
                Missing(name, lines) => *self.printed.entry(name).or_default() += lines,
                Suppressed(lines) => {
                    self.usec += STEP_USEC;
                    entries.push(suppressed(self.usec, lines));
                }
            }
        }
        entries
    }

    /// Every line that was printed is expected.
    fn expect(&self, scene: &Scene) {
        for (name, printed) in &self.printed {
            scene.server.ledger().expect(name, 1, *printed);
        }
    }
}

/// What journald writes when it dropped lines of docker.service.
pub(crate) fn suppressed(usec: u64, lines: u64) -> Vec<u8> {
    format!(
        "__REALTIME_TIMESTAMP={usec}\n__MONOTONIC_TIMESTAMP={usec}\n_BOOT_ID=5d1c2a8f0b7e4c39a1d86e4f7b02c913\n_TRANSPORT=driver\n\
         PRIORITY=5\nSYSLOG_IDENTIFIER=systemd-journald\n_SYSTEMD_UNIT=systemd-journald.service\n_PID=300\n_UID=0\n\
         _COMM=systemd-journal\nMESSAGE_ID=a596d6fe7bfa4994828e72309e95d61e\nOBJECT_PID=812\nOBJECT_SYSTEMD_UNIT=docker.service\n\
         N_DROPPED={lines}\nMESSAGE=Suppressed {lines} messages from docker.service\n\n"
    )
    .into_bytes()
}

/// The stream as a reader sees it: a line by its number, a mark in words, runs of lines as `1-5`.
fn told(scene: &Scene, stream: &str) -> Vec<String> {
    let mut told: Vec<String> = Vec::new();
    let mut run: Option<(u64, u64)> = None;
    let close = |run: Option<(u64, u64)>, told: &mut Vec<String>| {
        told.extend(run.map(|(from, to)| format!("{from}-{to}")));
    };
    for line in scene.lines("web", stream) {
        let number = line
            .rsplit_once('-')
            .and_then(|(_, number)| number.parse().ok());
        match (line.strip_prefix("[ecs-logs] "), number) {
            (None, Some(number)) => match &mut run {
                Some((_, to)) if *to + 1 == number => *to = number,
                _ => close(run.replace((number, number)), &mut told),
            },
            (mark, _) => {
                close(run.take(), &mut told);
                told.push(mark.unwrap_or(&line).to_owned());
            }
        }
    }
    close(run, &mut told);
    told
}

/// Lost are so many, all of `c1`, and nothing else is wrong.
fn lost(outcome: &Outcome, lines: u64) {
    let said = format!("{}\n{}", short(&outcome.report), outcome.log);
    assert!(outcome.status.success(), "{said}");
    let report = &outcome.report;
    assert_eq!(
        (report.lost, report.duplicated, report.unexpected),
        (lines, 0, 0),
        "{said}"
    );
    assert_eq!(report.writers["c1"].lost, lines, "{said}");
    assert_eq!(outcome.counters.over_limit, 0, "{said}");
}

#[test]
fn case_36_gaps_in_dockers_numbering_are_told_at_their_place_by_their_cause() {
    let mut host = Host::new();
    let entries = host.entries(&[
        Lines("c1", "aaaa", 1, 5),
        Lines("c2", "cccc", 1, 3),
        Missing("c1", 4),
        Suppressed(4),
        Lines("c1", "aaaa", 10, 12),
        Missing("c1", 3),
        Lines("c1", "aaaa", 16, 20),
        // The container starts again and counts from one.
        Lines("c1", "bbbb", 1, 6),
        Missing("c1", 1),
        Lines("c1", "bbbb", 8, 9),
        Lines("c2", "cccc", 4, 9),
    ]);
    let Some(scene) = Scene::with(&entries, Config::default()) else {
        return;
    };
    host.expect(&scene);
    let outcome = scene.run();
    lost(&outcome, 8);
    assert_eq!(
        told(&scene, "c1"),
        [
            "1-5",
            "4 lines lost here: journald rate limit",
            "10-12",
            "3 lines lost here: sent by Docker and not in the journal",
            "16-26",
            "1 lines lost here: sent by Docker and not in the journal",
            "28-29",
        ],
        "{}",
        outcome.log
    );
    assert_eq!(told(&scene, "c2"), ["1-9"], "{}", outcome.log);
    let counted =
        "8 lines given up (4 journald rate limit, 4 sent by Docker and not in the journal)";
    assert!(outcome.log.contains(counted), "{}", outcome.log);
}

#[test]
fn case_36_a_gap_over_a_restart_of_the_agent_and_of_the_container_is_told_once() {
    for end in ["TERM", "KILL"] {
        let mut host = Host::new();
        let entries = host.entries(&[
            Lines("c1", "aaaa", 1, 5),
            Lines("c2", "cccc", 1, 3),
            Missing("c1", 2),
            Lines("c1", "aaaa", 8, 10),
        ]);
        let Some(scene) = Scene::with(&entries, Config::default()) else {
            return;
        };
        // The gap is still open when the agent ends: journald has half a minute to say why.
        let agent = scene.follow();
        // journal-remote counts from one: that it was accepted is on disk, so that nothing may come twice.
        scene.until(&agent, "a checkpoint with the last entry", |_, _| {
            let checkpoint = fs::read_to_string(scene.checkpoint()).unwrap_or_default();
            let stored = checkpoint.lines().nth(1).unwrap_or_default();
            let stored: Value = serde_json::from_str(stored).unwrap_or_default();
            stored["resume"]
                .as_str()
                .is_some_and(|resume| resume.contains(";i=b;"))
        });
        assert_eq!(told(&scene, "c1"), ["1-5", "8-10"]);
        if end == "KILL" {
            agent.kill();
        } else {
            let outcome = scene.stop(agent);
            assert!(outcome.status.success(), "{}", outcome.log);
        }
        scene.append(&host.entries(&[
            Missing("c1", 5),
            Lines("c1", "aaaa", 16, 17),
            Lines("c2", "cccc", 4, 4),
        ]));
        host.expect(&scene);
        let outcome = scene.run();
        lost(&outcome, 7);
        let two = "2 lines lost here: sent by Docker and not in the journal";
        let five = "5 lines lost here: sent by Docker and not in the journal";
        assert_eq!(
            told(&scene, "c1"),
            ["1-5", two, "8-10", five, "16-17"],
            "{end}: {}",
            outcome.log
        );
        // Another start of the container, while no agent runs: its first number says nothing of the old one's last.
        scene.append(&host.entries(&[
            Lines("c1", "bbbb", 1, 2),
            Missing("c1", 1),
            Lines("c1", "bbbb", 4, 4),
        ]));
        host.expect(&scene);
        let outcome = scene.run();
        lost(&outcome, 8);
        let one = "1 lines lost here: sent by Docker and not in the journal";
        assert_eq!(
            told(&scene, "c1"),
            ["1-5", two, "8-10", five, "16-19", one, "21-21"],
            "{end}: {}",
            outcome.log
        );
        assert_eq!(told(&scene, "c2"), ["1-4"], "{end}: {}", outcome.log);
    }
}
