//! A journald that is written to while the agent follows it: the time from a line's writing to the request that brought it.

use crate::Bench;
use anyhow::{Context, ensure};
use stack_tests::{
    live::{self, Journald},
    process::{self, CloudWatch, Process},
};
use std::{
    fmt::Write as _,
    fs,
    path::Path,
    process::Stdio,
    time::{Duration, Instant, UNIX_EPOCH},
};

/// Lines a second, and how long an event may wait for company.
const ROWS: [(u64, &str); 5] = [
    (1_000, "5s"),
    (1_000, "100ms"),
    (10_000, "100ms"),
    (40_000, "100ms"),
    (40_000, "5s"),
];
const SECONDS: u64 = 10;
const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) fn measure(bench: &mut Bench) -> anyhow::Result<()> {
    if !live::allowed() {
        stack_tests::skip("the live part of the benchmark: a journald of its own needs root");
        return Ok(());
    }
    writeln!(
        bench.report,
        "\n## Live\n\nFrom a line's writing to journald until its request has arrived, {SECONDS} s each, one run; writer, journald, agent and server on the same cores.\n\n| lines/s asked | written | flush timeout | median ms | 99th percentile ms | agent's CPU-s per million | lost | duplicated |\n|---|---|---|---|---|---|---|---|"
    )?;
    for (rate, flush) in ROWS {
        eprintln!("bench: live, {rate} lines/s, flush timeout {flush}");
        row(bench, rate, flush)?;
    }
    Ok(())
}

fn row(bench: &mut Bench, rate: u64, flush: &str) -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let requests = folder.path().join("requests");
    let record = requests.to_str().context("a folder of UTF-8")?;
    let cloudwatch = CloudWatch::start(&["--discard", "--no-auth", "--record", record])?;
    let journald = Journald::start(folder.path(), &["SystemMaxFileSize=64M"])?;
    let lines = rate * SECONDS;
    let mut agent = follow(&journald, folder.path(), &cloudwatch, flush)?;
    let mut writer = journald.inside(process::binary("journal-send")?);
    writer
        .args(["live", "1", &lines.to_string()])
        .env("JOURNAL_SEND_RATE", rate.to_string());
    let began = Instant::now();
    let before = agent.cpu()?;
    let status = writer.status()?;
    ensure!(status.success(), "journal-send: {status}");
    let took = began.elapsed().as_secs_f64();
    let arrived = || -> anyhow::Result<u64> {
        let ledger = cloudwatch.get("ledger")?;
        Ok(ledger["lines"].as_u64().unwrap_or(0))
    };
    while arrived()? < lines && began.elapsed() < PATIENCE {
        std::thread::sleep(Duration::from_millis(100));
    }
    let cpu = agent.cpu()?.saturating_sub(before);
    let ledger = cloudwatch.get("ledger")?;
    let lost = lines.saturating_sub(ledger["lines"].as_u64().unwrap_or(0));
    let twice = ledger["duplicated"].as_u64().unwrap_or(0);
    bench.clean &= lost + twice == 0;
    drop(agent.child.kill());
    let mut waits = waits(&requests)?;
    waits.sort_unstable();
    let at = |part: f64| {
        let place = (waits.len().saturating_sub(1) as f64 * part) as usize;
        waits.get(place).copied().unwrap_or(0) as f64 / 1e3
    };
    writeln!(
        bench.report,
        "| {rate} | {:.0} | {flush} | {:.0} | {:.0} | {:.2} | {lost} | {twice} |",
        lines as f64 / took,
        at(0.5),
        at(0.99),
        cpu.as_secs_f64() / (lines as f64 / 1e6),
    )?;
    Ok(())
}

/// The agent on what this journald writes from now on.
pub(crate) fn follow(
    journald: &Journald,
    folder: &Path,
    cloudwatch: &CloudWatch,
    flush: &str,
) -> anyhow::Result<Process> {
    let journal = folder.join("journal");
    let plain = process::agent(&journal, &cloudwatch.url, &folder.join("checkpoint"))?;
    let mut command = journald.inside(plain.get_program());
    command.args(plain.get_args().filter(|argument| *argument != "--once"));
    command.args(["-flush-timeout", flush, "--start", "head"]);
    command.arg("--trust-container-fields");
    process::local_credentials(&mut command);
    Process::start(command.stdout(Stdio::null()).stderr(Stdio::null()))
}

/// Microseconds from each line's writing to its request's arrival.
fn waits(requests: &Path) -> anyhow::Result<Vec<u64>> {
    let mut waits = Vec::new();
    for request in fs::read_dir(requests)? {
        let request = request?;
        let arrived = request.metadata()?.modified()?.duration_since(UNIX_EPOCH)?;
        let arrived = u64::try_from(arrived.as_micros())?;
        let body = fs::read(request.path())?;
        for place in memchr::memmem::find_iter(&body, b" at=") {
            let digits = body.get(place + 4..place + 20).unwrap_or_default();
            let written: u64 = std::str::from_utf8(digits)?.parse()?;
            waits.push(arrived.saturating_sub(written));
        }
    }
    Ok(waits)
}
