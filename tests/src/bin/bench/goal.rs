//! The figures that there are goals for: a million entries of 60 containers, by each reader, at both latencies.

use crate::{
    Bench, median, micros,
    ship::{HEAD, How, LIMIT, ship, warm},
};
use anyhow::ensure;
use stack_tests::{
    data::{Made, Plan},
    journal,
    process::{self, Process, Usage},
};
use std::{
    fmt::Write as _,
    path::Path,
    process::{Command, Stdio},
};

pub(crate) fn measure(bench: &mut Bench) -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let files = folder.path().join("journal");
    let entries = bench.entries;
    eprintln!("bench: making {entries} entries (a minute for a million)");
    let made = journal::make(&files, &Plan::bench(entries, micros()?))?;
    let (paths, bytes) = journal::files(&files)?;
    warm(&files)?;
    let bare = (0..bench.runs)
        .map(|_| enumerate(&files))
        .collect::<anyhow::Result<Vec<_>>>()?;
    let bare = median(bare.iter().map(|usage| usage.elapsed.as_secs_f64()));
    let yardstick = made.entries as f64 / bare;
    writeln!(
        bench.report,
        "\n## Goals\n\n{} entries, 60 containers of 20 services, 28 fields, {} MB of messages, {} journal files of {} MiB. Bare libsystemd enumeration of them: {yardstick:.0} entries/s.\n\n{HEAD}",
        made.entries,
        made.message_bytes / 1_000_000,
        paths.len(),
        bytes >> 20,
    )?;
    let slow = How {
        latency: "30ms",
        ..How::default()
    };
    let native = bench.row("native", &files, &made, How::default())?;
    let other = How {
        reader: "libsystemd",
        ..How::default()
    };
    let libsystemd = bench.row("libsystemd", &files, &made, other)?;
    let prepared = How {
        prepared: true,
        ..slow
    };
    bench.row("native, streams are there", &files, &made, prepared)?;
    bench.row("native, streams are made first", &files, &made, slow)?;
    let cold = How {
        cold: true,
        ..How::default()
    };
    bench.row("native, cold cache", &files, &made, cold)?;
    writeln!(
        bench.report,
        "\nOf the bare enumeration: native {:.2}, libsystemd {:.2}.",
        native / yardstick,
        libsystemd / yardstick
    )?;
    pairs(bench, &files, &made)
}

/// The native reader and a bare enumeration in turn: their ratio is true however fast the machine is at the time.
fn pairs(bench: &mut Bench, files: &Path, made: &Made) -> anyhow::Result<()> {
    eprintln!("bench: native and bare enumeration in turn");
    warm(files)?;
    let (mut rates, mut cpu) = (Vec::new(), Vec::new());
    for _ in 0..2 * bench.runs + 1 {
        let bare = enumerate(files)?;
        let agent = ship(files, made, How::default())?.usage;
        rates.push(bare.elapsed.as_secs_f64() / agent.elapsed.as_secs_f64());
        cpu.push(agent.cpu.as_secs_f64() / bare.cpu.as_secs_f64());
    }
    let told = |values: &mut Vec<f64>| {
        values.sort_by(f64::total_cmp);
        let (least, most) = (values[0], values[values.len() - 1]);
        format!(
            "{:.2} ({least:.2} to {most:.2})",
            median(values.iter().copied())
        )
    };
    writeln!(
        bench.report,
        "\n{} pairs in turn, native to bare enumeration, medians: {} times its entries/s, {} times its CPU.",
        rates.len(),
        told(&mut rates),
        told(&mut cpu)
    )?;
    Ok(())
}

fn enumerate(files: &Path) -> anyhow::Result<Usage> {
    let mut command = Command::new(process::binary("enumerate")?);
    command.arg(files).stdout(Stdio::null());
    let (status, usage) = Process::start(&mut command)?.watch(LIMIT)?;
    ensure!(status.success(), "enumerate: {status}");
    Ok(usage)
}
