//! What an agent costs that has nothing to do: CPU time, wake-ups, memory, with few streams known and with many.

use crate::{Bench, live::follow, micros};
use anyhow::{Context, ensure};
use stack_tests::{
    data::Plan,
    journal,
    live::{self, Journald},
    process::{self, CloudWatch, Process},
};
use std::{
    fmt::Write as _,
    fs,
    process::Stdio,
    time::{Duration, Instant},
};

const WATCHED: Duration = Duration::from_secs(20);
const PATIENCE: Duration = Duration::from_secs(120);

pub(crate) fn measure(bench: &mut Bench) -> anyhow::Result<()> {
    writeln!(
        bench.report,
        "\n## Idle\n\nWatched for {} s after everything was delivered.\n\n| what | CPU-ms a second | wake-ups a second | anonymous MB |\n|---|---|---|---|",
        WATCHED.as_secs()
    )?;
    if live::allowed() {
        let folder = tempfile::tempdir()?;
        let cloudwatch = CloudWatch::start(&["--discard", "--no-auth"])?;
        let journald = Journald::start(folder.path(), &[])?;
        let status = journald
            .inside(process::binary("journal-send")?)
            .args(["live", "1", "100"])
            .status()?;
        ensure!(status.success(), "journal-send: {status}");
        let agent = follow(&journald, folder.path(), &cloudwatch, "1s")?;
        row(bench, "a journald, 1 stream", &agent, &cloudwatch, 100)?;
    } else {
        stack_tests::skip("the idle journald of the benchmark needs root");
    }
    let folder = tempfile::tempdir()?;
    let files = folder.path().join("journal");
    let plan = Plan {
        containers: 10_000,
        ..Plan::bench(100_000, micros()?)
    };
    let made = journal::make(&files, &plan)?;
    let cloudwatch = CloudWatch::start(&["--discard", "--no-auth"])?;
    let plain = process::agent(&files, &cloudwatch.url, &folder.path().join("checkpoint"))?;
    let mut command = std::process::Command::new(plain.get_program());
    command.args(plain.get_args().filter(|argument| *argument != "--once"));
    command.args(["-flush-timeout", "1s", "--start", "head"]);
    process::local_credentials(&mut command);
    let agent = Process::start(command.stdout(Stdio::null()).stderr(Stdio::null()))?;
    let what = format!("{} streams of 10,000 containers", made.streams.len());
    row(bench, &what, &agent, &cloudwatch, made.lines)
}

fn row(
    bench: &mut Bench,
    what: &str,
    agent: &Process,
    cloudwatch: &CloudWatch,
    lines: u64,
) -> anyhow::Result<()> {
    eprintln!("bench: idle, {what}");
    let began = Instant::now();
    while cloudwatch.get("ledger")?["lines"].as_u64() < Some(lines) {
        ensure!(began.elapsed() < PATIENCE, "{what}: not delivered");
        std::thread::sleep(Duration::from_millis(200));
    }
    // The last checkpoint, and connections that are closed.
    std::thread::sleep(Duration::from_secs(5));
    let before = counts(agent.child.id())?;
    std::thread::sleep(WATCHED);
    let after = counts(agent.child.id())?;
    let seconds = WATCHED.as_secs_f64();
    writeln!(
        bench.report,
        "| {what} | {:.2} | {:.2} | {:.1} |",
        after.0.saturating_sub(before.0) as f64 / 1e6 / seconds,
        after.1.saturating_sub(before.1) as f64 / seconds,
        agent.anonymous() as f64 / 1e6,
    )?;
    Ok(())
}

/// Nanoseconds on a processor, and voluntary switches, which each end in a wake-up; of all threads.
fn counts(process: u32) -> anyhow::Result<(u64, u64)> {
    let mut sum = (0, 0);
    for task in fs::read_dir(format!("/proc/{process}/task"))? {
        let task = task?.path();
        let schedstat = fs::read_to_string(task.join("schedstat"))?;
        let ran = schedstat.split(' ').next().context("an odd schedstat")?;
        let status = fs::read_to_string(task.join("status"))?;
        let switches = status
            .lines()
            .find_map(|line| line.strip_prefix("voluntary_ctxt_switches:"));
        sum.0 += ran.parse::<u64>()?;
        sum.1 += switches.context("an odd status")?.trim().parse::<u64>()?;
    }
    Ok(sum)
}
