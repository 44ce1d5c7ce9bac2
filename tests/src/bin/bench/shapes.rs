//! Other formats, streams, lines and files than those that there are goals for.

use crate::{
    Bench, micros,
    ship::{HEAD, How, warm},
};
use stack_tests::{data::Plan, journal};
use std::fmt::Write as _;

/// A data set, and how often it is delivered.
struct Shape {
    name: &'static str,
    plan: Plan,
    /// Dealt in turn over so many files; as many as its size asks for when 0.
    files: usize,
    ways: &'static [(&'static str, &'static [&'static str])],
}

const AS_IT_IS: &[(&str, &[&str])] = &[("", &[])];

pub(crate) fn measure(bench: &mut Bench) -> anyhow::Result<()> {
    let now = micros()?;
    // A fifth, for there are many; figures are per million all the same.
    let usual = Plan::bench(bench.entries / 5, now);
    let streams = |containers| Plan {
        containers,
        ..usual.clone()
    };
    let lines = |entries, line_bytes| Plan {
        line_bytes,
        long_every: 0,
        ..Plan::bench(entries, now)
    };
    let shape = |name, plan| Shape {
        name,
        plan,
        files: 0,
        ways: AS_IT_IS,
    };
    let dealt = |name, files, plan| Shape {
        files,
        ..shape(name, plan)
    };
    let shapes = [
        Shape {
            ways: &[
                (", ecs events", &[]),
                (", raw", &["--format", "raw"]),
                (", gzip", &["--gzip"]),
            ],
            ..shape("60 streams", usual.clone())
        },
        shape("1 stream", streams(1)),
        shape("1,000 streams", streams(1_000)),
        shape("10,000 streams", streams(10_000)),
        shape("lines of 16 KiB", lines(bench.entries / 50, 16_000)),
        shape(
            "lines of 1 MiB in Docker's pieces",
            lines(bench.entries / 50, 1_000_000),
        ),
        dealt("1 file", 1, Plan::bench(bench.entries / 25, now)),
        dealt("10 files, entries in turn", 10, usual.clone()),
        dealt("100 files, entries in turn", 100, usual.clone()),
    ];
    writeln!(
        bench.report,
        "\n## Formats, streams, lines, files\n\n{HEAD}"
    )?;
    for shape in shapes {
        let folder = tempfile::tempdir()?;
        let files = folder.path().join("journal");
        let made = match shape.files {
            0 => journal::make(&files, &shape.plan)?,
            count => journal::make_in(&files, &shape.plan, count)?,
        };
        warm(&files)?;
        for (way, flags) in shape.ways {
            let how = How {
                flags,
                prepared: true,
                ..How::default()
            };
            bench.row(&format!("{}{way}", shape.name), &files, &made, how)?;
        }
    }
    Ok(())
}
