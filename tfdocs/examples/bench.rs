//! Speed of tfdocs on generated modules: start, small and large module, trees of 266 to 10,000 modules, the scanner.
//! `cargo build --release -p tfdocs && cargo run --release -p tfdocs --example bench`
//! It runs the program beside it (`target/release/tfdocs`) and prints the best and the median run; instruction counts
//! with valgrind.

use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let program = beside()?;
    let dir = std::env::temp_dir().join(format!("tfdocs-bench-{}", std::process::id()));
    let result = measure(&program, &dir);
    fs::remove_dir_all(&dir)?;
    result
}

/// `target/release/tfdocs`, from `target/release/examples/bench`.
fn beside() -> Result<PathBuf, Box<dyn std::error::Error>> {
    let here = std::env::current_exe()?;
    let program = here
        .parent()
        .and_then(Path::parent)
        .ok_or("no folder above the example")?
        .join("tfdocs");
    if program.is_file() {
        Ok(program)
    } else {
        Err(format!("{} is missing: build tfdocs first", program.display()).into())
    }
}

fn measure(program: &Path, dir: &Path) -> Result<(), Box<dyn std::error::Error>> {
    let (small, large, tree) = (dir.join("small"), dir.join("large"), dir.join("tree"));
    module(&small, 3)?;
    let bytes = module(&large, 186)?;
    let path = |path: &Path| path.to_string_lossy().into_owned();
    row("start (version)", program, &["version".into()], 50);
    row("small module", program, &["md".into(), path(&small)], 50);
    row(
        &format!("large module, {} kB", bytes / 1000),
        program,
        &["md".into(), path(&large)],
        30,
    );
    let mut made = 0;
    for (count, runs) in [(266, 10), (648, 10), (1_000, 5), (10_000, 2)] {
        while made < count {
            module(
                &tree.join(format!("modules/m{made:05}")),
                if made < 648 { 17 } else { 3 },
            )?;
            made += 1;
        }
        let args = [
            "md".into(),
            path(&tree),
            "--recursive".into(),
            "--recursive-include-main=false".into(),
            "--output-file".into(),
            "README.md".into(),
        ];
        let took = row(&format!("{count} modules"), program, &args, runs);
        println!(
            "{:<24} {:>10.0} modules/s",
            "",
            f64::from(count) / took.as_secs_f64()
        );
    }
    scanning(&large)
}

/// Bytes a second through the structural scanner.
fn scanning(large: &Path) -> Result<(), Box<dyn std::error::Error>> {
    let mut source = Vec::new();
    for name in ["main.tf", "more-variables.tf", "variables.tf", "outputs.tf"] {
        source.extend(fs::read(large.join(name))?);
    }
    let best = (0..50).map(|_| {
        let start = Instant::now();
        assert!(
            tfdocs::scan_blocks(&source).is_some(),
            "the scanner reads generated modules"
        );
        start.elapsed()
    });
    let best = best.min().unwrap_or_default();
    println!(
        "{:<24} {:>10.0} MB/s",
        "scanner",
        source.len() as f64 / best.as_secs_f64() / 1e6
    );
    Ok(())
}

/// Milliseconds of processor time of the programs run so far, from the kernel's count in hundredths of a second.
fn processor() -> Option<f64> {
    let stat = fs::read_to_string("/proc/self/stat").ok()?;
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let ticks = |at: usize| fields.get(at)?.parse::<f64>().ok();
    Some((ticks(13)? + ticks(14)?) * 10.0)
}

/// Prints the best and the median wall time, the mean processor time and, where valgrind is, the instructions of one run.
fn row(name: &str, program: &Path, args: &[String], runs: usize) -> Duration {
    let run = || {
        let start = Instant::now();
        let done = Command::new(program)
            .args(args)
            .stdout(Stdio::null())
            .status();
        assert!(
            done.is_ok_and(|status| status.success()),
            "{name}: the program failed"
        );
        start.elapsed()
    };
    let before = processor();
    let mut times: Vec<Duration> = (0..runs).map(|_| run()).collect();
    let cpu = processor()
        .zip(before)
        .map_or_else(String::new, |(after, before)| {
            format!("{:>10.2} ms CPU", (after - before) / runs as f64)
        });
    times.sort_unstable();
    let median = times.get(times.len() / 2).copied().unwrap_or_default();
    let best = times.first().copied().unwrap_or_default();
    let count = if runs >= 10 {
        instructions(program, args)
    } else {
        None
    };
    let count = count.map_or_else(String::new, |count| {
        format!("{:>12.1} million instructions", count as f64 / 1e6)
    });
    println!(
        "{name:<24} {:>10.2} ms best {:>10.2} ms median{cpu}{count}",
        best.as_secs_f64() * 1e3,
        median.as_secs_f64() * 1e3
    );
    median
}

fn instructions(program: &Path, args: &[String]) -> Option<u64> {
    let mut valgrind = Command::new("valgrind");
    valgrind
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(program)
        .args(args);
    let done = valgrind.output().ok()?;
    let text = String::from_utf8_lossy(&done.stderr).into_owned();
    let line = text.lines().find(|line| line.contains("Collected : "))?;
    line.rsplit(' ').next()?.parse().ok()
}

/// Writes a module of so many variables, resources and outputs in five files; gives back its size in bytes.
fn module(dir: &Path, count: usize) -> Result<usize, std::io::Error> {
    fs::create_dir_all(dir)?;
    let some = |range: Range<usize>, one: fn(usize) -> String| range.map(one).collect::<String>();
    let all = |one| some(0..count, one);
    let files = [
        (
            "main.tf",
            format!("/**\n * # Title\n */\n{}", all(resource)),
        ),
        ("more-variables.tf", some(0..count / 2, variable)),
        ("variables.tf", some(count / 2..count, variable)),
        ("outputs.tf", all(output)),
        (
            "versions.tf",
            "terraform {\n  required_version = \">= 1.5\"\n}\n".to_owned(),
        ),
    ];
    let mut bytes = 0;
    for (name, text) in files {
        bytes += text.len();
        fs::write(dir.join(name), text)?;
    }
    Ok(bytes)
}

fn variable(at: usize) -> String {
    format!(
        "variable \"name_{at}\" {{\n  description = \"Name of thing {at}, for `dns_names`, see https://example.com/a_b/{at}.\"\n  type = object({{\n    name    = string\n    enabled = optional(bool, true) # whether\n    tags    = map(string)\n  }})\n  default = {{\n    name = \"x-{at}\"\n    tags = {{ a = \"b\", c = \"d\" }}\n  }}\n}}\n\n"
    )
}

fn resource(at: usize) -> String {
    format!(
        "# Comment of resource {at}.\nresource \"aws_instance\" \"web_{at}\" {{\n  count         = var.enabled ? length(var.subnets) : 0\n  instance_type = \"${{var.size}}.large\"\n  tags = merge(var.tags, {{\n    Name = format(\"%s-%d\", var.name, count.index)\n  }})\n\n  dynamic \"block\" {{\n    for_each = {{ for k, v in var.blocks : k => v if v.enabled }}\n    content {{\n      value = block.value[\"x\"]\n    }}\n  }}\n}}\n\n"
    )
}

fn output(at: usize) -> String {
    format!(
        "output \"out_{at}\" {{\n  description = \"Output {at}\"\n  value       = try(aws_instance.web_{at}[0].id, null)\n}}\n\n"
    )
}
