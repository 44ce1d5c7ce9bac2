//! ecs-logs end to end, measured: `bench [ENTRIES] [RUNS]`. Beside it, in the same run and over the same files, a bare libsystemd
//! enumeration, so that figures of different machines can be compared by their ratio.

use anyhow::{Context, ensure};
use serde_json::Value;
use stack_tests::{
    data::{Made, Plan},
    journal,
    process::{self, CloudWatch, Process, Usage},
};
use std::{
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

const LIMIT: Duration = Duration::from_secs(300);

/// One run of the agent.
struct Run {
    usage: Usage,
    counters: Value,
    ledger: Value,
}

fn main() -> anyhow::Result<()> {
    let number = |place: usize, default: u64| -> anyhow::Result<u64> {
        match std::env::args().nth(place) {
            None => Ok(default),
            Some(text) => text
                .parse()
                .with_context(|| format!("{text:?} is not a number: bench [ENTRIES] [RUNS]")),
        }
    };
    let (entries, runs) = (number(1, 1_000_000)?, number(2, 3)?);
    let folder = tempfile::tempdir()?;
    let files = folder.path().join("journal");
    eprintln!("bench: making {entries} entries (a minute for a million)");
    let made = journal::make(&files, &Plan::bench(entries, micros()?))?;
    let (paths, bytes) = journal::files(&files)?;
    for path in &paths {
        fs::read(path)?; // into the page cache
    }
    let mut report = format!(
        "# Benchmark of ecs-logs\n\n- {}\n- command: {}\n- machine: {}\n- data: {} entries, 60 containers of 20 services, 28 fields, {} MB of messages, {} journal files of {} MiB\n- medians of {runs} runs; agent, server and yardstick on the same cores\n\n",
        date(),
        std::env::args().collect::<Vec<_>>().join(" "),
        machine(),
        made.entries,
        made.message_bytes / 1_000_000,
        paths.len(),
        bytes >> 20,
    );
    let bare = (0..runs)
        .map(|_| enumerate(&files))
        .collect::<anyhow::Result<Vec<_>>>()?;
    let bare = median(bare.iter().map(|usage| usage.elapsed.as_secs_f64()));
    let yardstick = made.entries as f64 / bare;
    writeln!(
        report,
        "Bare libsystemd enumeration of the same files: {yardstick:.0} entries/s.\n"
    )?;
    writeln!(
        report,
        "| reader | server answers after | entries/s | of the bare enumeration | CPU-s per million | anonymous peak MB | requests per million | at once | lost | duplicated | over a limit |\n|---|---|---|---|---|---|---|---|---|---|---|"
    )?;
    let mut clean = true;
    for (reader, latency) in [("native", "0ms"), ("libsystemd", "0ms"), ("native", "30ms")] {
        eprintln!("bench: {reader} reader, server latency {latency}");
        let all = (0..runs)
            .map(|_| ship(&files, &made, reader, latency))
            .collect::<anyhow::Result<Vec<_>>>()?;
        let of = |value: &dyn Fn(&Run) -> f64| median(all.iter().map(value));
        let millions = made.entries as f64 / 1e6;
        let rate = of(&|run| made.entries as f64 / run.usage.elapsed.as_secs_f64());
        let worst = |value: &dyn Fn(&Run) -> &Value| {
            all.iter()
                .map(|run| value(run).as_u64().unwrap_or(0))
                .max()
                .unwrap_or(0)
        };
        let (lost, twice, over) = (
            worst(&|run| &run.ledger["lost"]),
            worst(&|run| &run.ledger["duplicated"]),
            worst(&|run| &run.counters["overLimit"]),
        );
        clean &= lost + twice + over == 0;
        writeln!(
            report,
            "| {reader} | {latency} | {rate:.0} | {:.2} | {:.2} | {:.1} | {:.0} | {:.0} | {lost} | {twice} | {over} |",
            rate / yardstick,
            of(&|run| run.usage.cpu.as_secs_f64()) / millions,
            of(&|run| run.usage.anonymous as f64 / 1e6),
            of(&|run| run.counters["requests"]["PutLogEvents"]
                .as_f64()
                .unwrap_or(0.0))
                / millions,
            of(&|run| run.counters["inFlight"].as_f64().unwrap_or(0.0)),
        )?;
    }
    println!("{report}");
    let results = PathBuf::from(
        std::env::var_os("BENCH_RESULTS").unwrap_or_else(|| "target/bench.md".into()),
    );
    fs::create_dir_all(results.parent().unwrap_or(Path::new(".")))?;
    fs::write(&results, report).with_context(|| format!("cannot write {}", results.display()))?;
    eprintln!("bench: written to {}", results.display());
    ensure!(
        clean,
        "lines were lost or duplicated, or a limit was broken"
    );
    Ok(())
}

fn ship(files: &Path, made: &Made, reader: &str, latency: &str) -> anyhow::Result<Run> {
    let cloudwatch = CloudWatch::start(&["--discard", "--no-auth", "--latency", latency])?;
    cloudwatch.expect(made)?;
    let state = tempfile::tempdir()?;
    let mut command = process::agent(files, &cloudwatch.url, &state.path().join("checkpoint"))?;
    command.stdout(Stdio::null()).args(["--reader", reader]);
    if let Some(flags) = std::env::var_os("BENCH_FLAGS") {
        command.args(flags.to_string_lossy().split_whitespace());
    }
    let (status, usage) = Process::start(&mut command)?.watch(LIMIT)?;
    ensure!(status.success(), "ecs-logs: {status}");
    Ok(Run {
        usage,
        counters: cloudwatch.get("state")?["counters"].take(),
        ledger: cloudwatch.get("ledger")?,
    })
}

fn enumerate(files: &Path) -> anyhow::Result<Usage> {
    let mut command = Command::new(process::binary("enumerate")?);
    command.arg(files).stdout(Stdio::null());
    let (status, usage) = Process::start(&mut command)?.watch(LIMIT)?;
    ensure!(status.success(), "enumerate: {status}");
    Ok(usage)
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

fn micros() -> anyhow::Result<u64> {
    Ok(u64::try_from(
        SystemTime::now().duration_since(UNIX_EPOCH)?.as_micros(),
    )?)
}

fn date() -> String {
    micros().map(stack_tests::data::rfc3339).unwrap_or_default()
}

/// Processor, cores, memory, kernel.
fn machine() -> String {
    let text = |path: &str| fs::read_to_string(path).unwrap_or_default();
    let field = |text: &str, name: &str| {
        let line = text
            .lines()
            .find(|line| line.starts_with(name))
            .unwrap_or_default();
        line.split_once(':')
            .map(|(_, value)| value.trim().to_owned())
            .unwrap_or_default()
    };
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    format!(
        "{}, {cores} cores, {} memory, Linux {}",
        field(&text("/proc/cpuinfo"), "model name"),
        field(&text("/proc/meminfo"), "MemTotal"),
        text("/proc/sys/kernel/osrelease").trim()
    )
}
