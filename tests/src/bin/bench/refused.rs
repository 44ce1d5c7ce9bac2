//! What one group that CloudWatch refuses costs the others: the same journal alternately with every group accepted and with the busiest
//! one denied. Afterwards the group is accepted again, and the account of all lines must be whole.

use crate::{
    Bench, median, micros,
    ship::{LIMIT, prepare, warm},
};
use anyhow::{Context, ensure};
use serde_json::json;
use stack_tests::{
    data::{Made, Plan},
    journal,
    process::{self, CloudWatch, Process},
};
use std::{
    fmt::Write as _,
    fs,
    path::Path,
    process::Stdio,
    time::{Duration, Instant},
};

/// The figure is a median of so many.
const PAIRS: u64 = 5;

/// One delivery: until the last line of all other groups was there.
struct Run {
    elapsed: Duration,
    cpu: Duration,
    /// Lines that were accepted until then.
    accepted: u64,
    lost: u64,
    duplicated: u64,
}

pub(crate) fn measure(bench: &mut Bench) -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let files = folder.path().join("journal");
    eprintln!("bench: making {} entries", bench.entries);
    let made = journal::make(&files, &Plan::bench(bench.entries, micros()?))?;
    warm(&files)?;
    let busiest = busiest(&made).context("a journal without lines")?;
    let share = lines_of(&made, |group| group == busiest) as f64 / made.lines as f64;
    let pairs = bench.runs.max(PAIRS);
    writeln!(
        bench.report,
        "\n## One group refused\n\n{} entries of {} streams; PutLogEvents for the group `{busiest}`, {:.1} % of all lines in {} streams, is denied. {pairs} pairs of runs, alternately; ratios are medians of the pairs', with one refused to none. Lines that were lost or came twice: after the group was accepted again.\n\n| server answers after | others' lines/s, none refused | one refused | ratio | lowest and highest | all lines accepted/s, ratio | CPU-s, ratio | lost | duplicated |\n|---|---|---|---|---|---|---|---|---|",
        made.entries,
        made.streams.len(),
        share * 100.0,
        made.streams
            .keys()
            .filter(|(group, _)| *group == busiest)
            .count(),
    )?;
    for latency in ["0ms", "30ms"] {
        let mut all = Vec::new();
        for pair in 0..pairs {
            eprintln!(
                "bench: one group refused, server latency {latency}, {} of {pairs}",
                pair + 1
            );
            let without = ship(&files, &made, &busiest, latency, false)?;
            all.push((without, ship(&files, &made, &busiest, latency, true)?));
        }
        bench.compare(latency, lines_of(&made, |group| group != busiest), &all)?;
    }
    Ok(())
}

impl Bench {
    fn compare(&mut self, latency: &str, others: u64, all: &[(Run, Run)]) -> anyhow::Result<()> {
        let rate = |run: &Run, lines: u64| lines as f64 / run.elapsed.as_secs_f64();
        let ratios = all
            .iter()
            .map(|(without, with)| rate(with, others) / rate(without, others));
        let least = ratios.clone().fold(f64::INFINITY, f64::min);
        let most = ratios.clone().fold(0.0, f64::max);
        let runs = || all.iter().flat_map(|(without, with)| [without, with]);
        let lost: u64 = runs().map(|run| run.lost).sum();
        let twice: u64 = runs().map(|run| run.duplicated).sum();
        self.clean &= lost + twice == 0;
        writeln!(
            self.report,
            "| {latency} | {:.0} | {:.0} | {:.2} | {least:.2}–{most:.2} | {:.2} | {:.2} | {lost} | {twice} |",
            median(all.iter().map(|(without, _)| rate(without, others))),
            median(all.iter().map(|(_, with)| rate(with, others))),
            median(ratios),
            median(
                all.iter()
                    .map(|(without, with)| rate(with, with.accepted)
                        / rate(without, without.accepted))
            ),
            median(
                all.iter()
                    .map(|(without, with)| with.cpu.as_secs_f64() / without.cpu.as_secs_f64())
            ),
        )?;
        Ok(())
    }
}

fn ship(
    files: &Path,
    made: &Made,
    busiest: &str,
    latency: &str,
    refused: bool,
) -> anyhow::Result<Run> {
    let cloudwatch = CloudWatch::start(&["--discard", "--no-auth", "--latency", latency])?;
    cloudwatch.expect(made)?;
    prepare(&cloudwatch, made)?;
    if refused {
        cloudwatch.post(
            "faults",
            &json!({
                "operation": "PutLogEvents",
                "group": busiest,
                "effect": { "error": { "code": "AccessDeniedException", "message": "no" } },
            }),
        )?;
    }
    let state = tempfile::tempdir()?;
    let mut command = process::agent(files, &cloudwatch.url, &state.path().join("checkpoint"))?;
    let log = state.path().join("log");
    command
        .stdout(Stdio::null())
        .stderr(fs::File::create(&log)?);
    let began = Instant::now();
    let agent = Process::start(&mut command)?;
    let others = lines_of(made, |group| group != busiest);
    let accepted = loop {
        let ended = agent.has_ended()?;
        let (of_busiest, of_others) = accepted(&cloudwatch, busiest)?;
        if of_others >= others {
            break of_busiest + of_others;
        }
        ensure!(
            !ended && began.elapsed() < LIMIT,
            "{of_others} of {others} lines of the others after {:?}, ended: {ended}: {}",
            began.elapsed(),
            fs::read_to_string(&log)?
        );
        std::thread::sleep(Duration::from_millis(5));
    };
    let (elapsed, cpu) = (began.elapsed(), agent.cpu()?);
    cloudwatch.end_faults()?;
    let (status, _) = agent.watch(LIMIT)?;
    let mut said = fs::read_to_string(&log)?;
    let mut succeeded = status.success();
    if refused && !succeeded && said.contains("not everything was delivered: ") {
        // It had tried the group for the last time when the others' last line was there. The next run delivers what is left.
        command.stderr(fs::File::create(&log)?);
        let (status, _) = Process::start(&mut command)?.watch(LIMIT)?;
        said += &fs::read_to_string(&log)?;
        succeeded = status.success();
    }
    ensure!(succeeded, "ecs-logs: {status}: {said}");
    let ledger = cloudwatch.get("ledger")?;
    Ok(Run {
        elapsed,
        cpu,
        accepted,
        lost: ledger["lost"].as_u64().context("a ledger without lost")?,
        duplicated: ledger["duplicated"]
            .as_u64()
            .context("a ledger without duplicated")?,
    })
}

/// Events that the server took: of this group, and of all others.
fn accepted(cloudwatch: &CloudWatch, busiest: &str) -> anyhow::Result<(u64, u64)> {
    let state = cloudwatch.get("state")?;
    let mut sums = (0, 0);
    for (group, value) in state["groups"].as_object().into_iter().flatten() {
        let streams = value["streams"].as_object().into_iter().flatten();
        let events: u64 = streams
            .filter_map(|(_, stream)| stream["events"].as_u64())
            .sum();
        *(if group == busiest {
            &mut sums.0
        } else {
            &mut sums.1
        }) += events;
    }
    Ok(sums)
}

fn lines_of(made: &Made, wanted: impl Fn(&str) -> bool) -> u64 {
    let streams = made.streams.iter();
    streams
        .filter(|((group, _), _)| wanted(group))
        .map(|(_, lines)| lines)
        .sum()
}

fn busiest(made: &Made) -> Option<String> {
    let groups = made.streams.keys().map(|(group, _)| group);
    groups
        .max_by_key(|busy| lines_of(made, |group| group == **busy))
        .cloned()
}
