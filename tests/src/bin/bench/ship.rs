//! A journal delivered once from its beginning to its end, and the table of such runs.

use crate::{Bench, median};
use anyhow::{Context, ensure};
use serde_json::{Value, json};
use stack_tests::{
    data::Made,
    process::{self, CloudWatch, Process, Usage},
};
use std::{
    fmt::Write as _,
    fs,
    path::Path,
    process::{Command, Stdio},
    time::Duration,
};

pub(crate) const LIMIT: Duration = Duration::from_secs(300);

/// How a journal is delivered.
#[derive(Clone, Copy, Debug)]
pub(crate) struct How {
    pub reader: &'static str,
    /// The server answers so much later.
    pub latency: &'static str,
    pub flags: &'static [&'static str],
    /// Groups and streams are there already, as after an outage.
    pub prepared: bool,
    /// The journal's files are not in memory.
    pub cold: bool,
}

impl Default for How {
    fn default() -> How {
        How {
            reader: "native",
            latency: "0ms",
            flags: &[],
            prepared: false,
            cold: false,
        }
    }
}

/// One run of the agent.
pub(crate) struct Run {
    pub usage: Usage,
    server: Duration,
    counters: Value,
    ledger: Value,
}

pub(crate) const HEAD: &str = "| what | server answers after | entries/s | MB/s of messages | CPU-s per million | and the server's | anonymous peak MB | requests per million | at once | lost | duplicated | over a limit |\n|---|---|---|---|---|---|---|---|---|---|---|---|";

impl Bench {
    /// A line of the table: medians of several runs. Returns entries a second.
    pub(crate) fn row(
        &mut self,
        what: &str,
        files: &Path,
        made: &Made,
        how: How,
    ) -> anyhow::Result<f64> {
        eprintln!("bench: {what}, server latency {}", how.latency);
        let all = (0..self.runs)
            .map(|_| ship(files, made, how))
            .collect::<anyhow::Result<Vec<_>>>()?;
        let of = |value: &dyn Fn(&Run) -> f64| median(all.iter().map(value));
        let millions = made.entries as f64 / 1e6;
        let rate = of(&|run| made.entries as f64 / run.usage.elapsed.as_secs_f64());
        let worst = |value: &dyn Fn(&Run) -> &Value| {
            let values = all.iter().map(|run| value(run).as_u64().unwrap_or(0));
            values.max().unwrap_or(0)
        };
        let (lost, twice, over) = (
            worst(&|run| &run.ledger["lost"]),
            worst(&|run| &run.ledger["duplicated"]),
            worst(&|run| &run.counters["overLimit"]),
        );
        self.clean &= lost + twice + over == 0;
        writeln!(
            self.report,
            "| {what} | {} | {rate:.0} | {:.0} | {:.2} | {:.2} | {:.1} | {:.0} | {:.0} | {lost} | {twice} | {over} |",
            how.latency,
            rate / made.entries as f64 * made.message_bytes as f64 / 1e6,
            of(&|run| run.usage.cpu.as_secs_f64()) / millions,
            of(&|run| run.server.as_secs_f64()) / millions,
            of(&|run| run.usage.anonymous as f64 / 1e6),
            of(&|run| run.counters["requests"]["PutLogEvents"]
                .as_f64()
                .unwrap_or(0.0))
                / millions,
            of(&|run| run.counters["inFlight"].as_f64().unwrap_or(0.0)),
        )?;
        Ok(rate)
    }
}

pub(crate) fn ship(files: &Path, made: &Made, how: How) -> anyhow::Result<Run> {
    if how.cold {
        forget(files)?;
    }
    let cloudwatch = CloudWatch::start(&["--discard", "--no-auth", "--latency", how.latency])?;
    cloudwatch.expect(made)?;
    if how.prepared {
        prepare(&cloudwatch, made)?;
    }
    let before = cloudwatch.process.cpu()?;
    let state = tempfile::tempdir()?;
    let mut command = process::agent(files, &cloudwatch.url, &state.path().join("checkpoint"))?;
    command.stdout(Stdio::null()).args(["--reader", how.reader]);
    command.args(how.flags);
    if let Some(flags) = std::env::var_os("BENCH_FLAGS") {
        command.args(flags.to_string_lossy().split_whitespace());
    }
    let (status, usage) = Process::start(&mut command)?.watch(LIMIT)?;
    ensure!(status.success(), "ecs-logs: {status}");
    Ok(Run {
        usage,
        server: cloudwatch.process.cpu()?.saturating_sub(before),
        counters: cloudwatch.get("state")?["counters"].take(),
        ledger: cloudwatch.get("ledger")?,
    })
}

/// Makes all groups and streams, before anything is measured.
pub(crate) fn prepare(cloudwatch: &CloudWatch, made: &Made) -> anyhow::Result<()> {
    let mut groups: Vec<&String> = made.streams.keys().map(|(group, _)| group).collect();
    groups.dedup();
    for group in groups {
        cloudwatch.call("CreateLogGroup", &json!({ "logGroupName": group }))?;
    }
    for (group, stream) in made.streams.keys() {
        let names = json!({ "logGroupName": group, "logStreamName": stream });
        cloudwatch.call("CreateLogStream", &names)?;
    }
    Ok(())
}

/// Reads the files into the page cache, and has them on disk: writing them back would take part in the first runs.
pub(crate) fn warm(files: &Path) -> anyhow::Result<()> {
    for file in fs::read_dir(files)? {
        let mut file = fs::File::open(file?.path())?;
        file.sync_all()?;
        std::io::copy(&mut file, &mut std::io::sink())?;
    }
    Ok(())
}

/// Puts the files out of the page cache, and nothing else.
fn forget(files: &Path) -> anyhow::Result<()> {
    for file in fs::read_dir(files)? {
        let path = file?.path();
        // What was not written yet stays in memory.
        fs::File::open(&path)?.sync_all()?;
        let mut dd = Command::new("dd");
        dd.arg(format!("if={}", path.display()));
        let status = dd
            .args(["iflag=nocache", "count=0", "status=none"])
            .status()
            .context("cannot start dd")?;
        ensure!(status.success(), "dd: {status}");
    }
    Ok(())
}
