//! ecs-logs end to end, measured: `bench [ENTRIES] [RUNS] [PARTS]`. Parts are `goal`, `refused`, `shapes`, `live`, `idle`, with commas
//! between; all of them when none are named. Beside it, in the same run and over the same files, a bare libsystemd enumeration, so
//! that figures of different machines can be compared by their ratio.

mod goal;
mod idle;
mod live;
mod refused;
mod shapes;
mod ship;

use anyhow::{Context, ensure};
use std::{
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
    time::{SystemTime, UNIX_EPOCH},
};

/// What to measure, and what came of it.
struct Bench {
    entries: u64,
    runs: u64,
    report: String,
    /// Nothing was lost or duplicated, no limit broken.
    clean: bool,
}

fn main() -> anyhow::Result<()> {
    let number = |place: usize, default: u64| -> anyhow::Result<u64> {
        match std::env::args().nth(place) {
            None => Ok(default),
            Some(text) => text.parse().with_context(|| {
                format!("{text:?} is not a number: bench [ENTRIES] [RUNS] [PARTS]")
            }),
        }
    };
    let mut bench = Bench {
        entries: number(1, 1_000_000)?,
        runs: number(2, 3)?,
        report: String::new(),
        clean: true,
    };
    let parts = std::env::args()
        .nth(3)
        .unwrap_or("goal,refused,shapes,live,idle".into());
    writeln!(
        bench.report,
        "# Benchmark of ecs-logs\n\n- {}\n- command: {}\n- machine: {}\n- load average at the start: {}\n- medians of {} runs; agent, server and yardstick on the same cores",
        date(),
        std::env::args().collect::<Vec<_>>().join(" "),
        machine(),
        load(),
        bench.runs,
    )?;
    for part in parts.split(',') {
        match part {
            "goal" => goal::measure(&mut bench)?,
            "refused" => refused::measure(&mut bench)?,
            "shapes" => shapes::measure(&mut bench)?,
            "live" => live::measure(&mut bench)?,
            "idle" => idle::measure(&mut bench)?,
            _ => anyhow::bail!("{part:?} is none of goal, refused, shapes, live, idle"),
        }
        writeln!(bench.report, "\nLoad average behind it: {}.", load())?;
    }
    println!("{}", bench.report);
    let results = PathBuf::from(
        std::env::var_os("BENCH_RESULTS").unwrap_or_else(|| "target/bench.md".into()),
    );
    fs::create_dir_all(results.parent().unwrap_or(Path::new(".")))?;
    fs::write(&results, bench.report)
        .with_context(|| format!("cannot write {}", results.display()))?;
    eprintln!("bench: written to {}", results.display());
    ensure!(
        bench.clean,
        "lines were lost or duplicated, or a limit was broken"
    );
    Ok(())
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

/// Of the last minute: what else this machine has to do.
fn load() -> String {
    let text = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split(' ').next().unwrap_or_default().to_owned()
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
