//! The agent for a long time on a live journald, with a fault a second: `soak [SECONDS]`, 1800 unless given. 5,000 lines a second of
//! 200 containers that come and go. Ends with the account of all lines, memory and descriptors. Needs root.

use anyhow::{Context, bail, ensure};
use serde_json::{Value, json};
use stack_tests::{
    live::{self, Journald},
    process::{self, CloudWatch, Process},
};
use std::{
    collections::BTreeMap,
    io::{Read, Write},
    os::unix::net::UnixDatagram,
    path::Path,
    process::Stdio,
    thread,
    time::{Duration, Instant},
};

const RATE: u64 = 5000;
const CONTAINERS: usize = 200;
const GROUPS: u64 = 20;

/// splitmix64.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % bound
    }
}

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        ["send", seconds] => send(seconds.parse()?),
        [] => soak(1800),
        [seconds] => soak(
            seconds
                .parse()
                .with_context(|| format!("{seconds:?} is no number of seconds"))?,
        ),
        _ => bail!("usage: soak [SECONDS]"),
    }
}

/// Writes lines for so long; then tells which, as JSON.
fn send(seconds: u64) -> anyhow::Result<()> {
    let socket = UnixDatagram::unbound()?;
    socket.connect("/run/systemd/journal/socket")?;
    let mut random = Random(7);
    let mut written: BTreeMap<String, (u64, u64)> = BTreeMap::new();
    let mut containers: Vec<(u64, u64)> = Vec::new(); // number, lines left
    let mut born = 0;
    let start = Instant::now();
    for line in 0..seconds * RATE {
        let due = Duration::from_micros(line * 1_000_000 / RATE);
        thread::sleep(due.saturating_sub(start.elapsed()));
        let place = random.below(CONTAINERS as u64) as usize;
        while containers.len() <= place {
            born += 1;
            containers.push((born, 50 + random.below(2000)));
        }
        let (number, left) = &mut containers[place];
        if *left == 0 {
            born += 1;
            (*number, *left) = (born, 50 + random.below(2000));
        }
        *left -= 1;
        let name = format!("c{number}");
        let count = written.entry(name.clone()).or_insert((1, 0));
        count.1 += 1;
        let entry = format!(
            "PRIORITY=6\nCONTAINER_TAG=soak/{}\nCONTAINER_NAME={name}\nCONTAINER_ID=0123456789ab\nMESSAGE=a line of a container that comes and goes, {line} in all, id={name}-{}\n",
            *number % GROUPS,
            count.1,
        );
        socket.send(entry.as_bytes())?;
    }
    println!("{}", json!(written));
    Ok(())
}

fn start(journald: &Journald, cloudwatch: &CloudWatch, folder: &Path) -> anyhow::Result<Process> {
    let plain = process::agent(
        Path::new("unused"),
        &cloudwatch.url,
        &folder.join("checkpoint"),
    )?;
    let skip = [
        std::ffi::OsStr::new("--once"),
        "--directory".as_ref(),
        "unused".as_ref(),
    ];
    let mut command = journald.inside(plain.get_program());
    command.args(plain.get_args().filter(|argument| !skip.contains(argument)));
    command.args([
        "-flush-timeout",
        "1s",
        "--trust-container-fields",
        "--start",
        "head",
    ]);
    process::local_credentials(&mut command);
    let log = std::fs::File::options()
        .create(true)
        .append(true)
        .open(folder.join("log"))?;
    Process::start(command.stdout(Stdio::null()).stderr(log))
}

fn fault(
    number: u64,
    journald: &Journald,
    cloudwatch: &CloudWatch,
) -> anyhow::Result<&'static str> {
    let put =
        |effect: Value| json!({"operation": "PutLogEvents", "seconds": 0.7, "effect": effect});
    let (name, value) = match number {
        0 => (
            "throttling",
            put(json!({"error": {"code": "ThrottlingException"}})),
        ),
        1 => ("resets before", put(json!({"reset": {"when": "before"}}))),
        2 => (
            "resets after",
            json!({"operation": "PutLogEvents", "count": 1, "effect": {"reset": {"when": "after"}}}),
        ),
        3 => ("latency", put(json!({"latency": {"milliseconds": 300}}))),
        4 => (
            "errors",
            put(json!({"error": {"code": "InternalFailure", "status": 500}})),
        ),
        5 => {
            journald.control("--rotate")?;
            return Ok("rotation");
        }
        6 => {
            journald.control("--vacuum-files=24")?;
            return Ok("vacuum");
        }
        7 => {
            // It may not be there yet, or no more.
            drop(cloudwatch.call("DeleteLogGroup", &json!({"logGroupName": "soak/3"})));
            return Ok("group deletion");
        }
        8 => {
            journald.kill()?;
            return Ok("kill -9 of journald");
        }
        9 => {
            // The answer may be lost with all other connections.
            drop(cloudwatch.post("outage", &json!({"milliseconds": 500})));
            return Ok("outage");
        }
        _ => return Ok("kill -9"),
    };
    cloudwatch.post("faults", &value)?;
    Ok(name)
}

fn soak(seconds: u64) -> anyhow::Result<()> {
    ensure!(live::allowed(), "a live journald needs root");
    let folder = tempfile::tempdir()?;
    let journald = Journald::start(&folder.path().join("live"), &["SystemMaxUse=1G"])?;
    let cloudwatch = CloudWatch::start(&["--discard", "--no-auth"])?;
    let mut agent = start(&journald, &cloudwatch, folder.path())?;
    let mut sender = journald.inside(std::env::current_exe()?);
    let mut sender = sender
        .args(["send", &seconds.to_string()])
        .stdout(Stdio::piped())
        .spawn()?;
    let mut said = sender.stdout.take().context("no pipe")?;
    let reader = thread::spawn(move || {
        let mut text = String::new();
        said.read_to_string(&mut text).map(|_| text)
    });
    let mut random = Random(11);
    let mut faults: BTreeMap<&str, u64> = BTreeMap::new();
    let (mut memory, mut descriptors) = (Vec::new(), Vec::new());
    while sender.try_wait()?.is_none() {
        thread::sleep(Duration::from_secs(1));
        memory.push(agent.anonymous());
        descriptors.push(agent.descriptors());
        cloudwatch.end_faults()?;
        let name = fault(random.below(12), &journald, &cloudwatch)?;
        *faults.entry(name).or_default() += 1;
        if name == "kill -9" {
            drop(agent);
            agent = start(&journald, &cloudwatch, folder.path())?;
        } else if agent.child.try_wait()?.is_some() {
            let log = std::fs::read_to_string(folder.path().join("log"))?;
            let tail: Vec<&str> = log.lines().rev().take(10).collect();
            bail!("the agent ended by itself:\n{}", tail.join("\n"));
        }
        if memory.len() % 60 == 0 {
            eprintln!(
                "soak: {} s, {} MB, {} descriptors",
                memory.len(),
                agent.anonymous() / 1_000_000,
                agent.descriptors()
            );
        }
    }
    cloudwatch.end_faults()?;
    let written: Value = serde_json::from_str(
        &reader
            .join()
            .map_err(|_| anyhow::anyhow!("the reader panicked"))??,
    )?;
    cloudwatch.post("ledger", &written)?;
    let deadline = Instant::now() + Duration::from_secs(120);
    let ledger = loop {
        let ledger = cloudwatch.get("ledger")?;
        if ledger["lost"] == 0 || Instant::now() > deadline {
            break ledger;
        }
        thread::sleep(Duration::from_secs(1));
    };
    let most = |values: &[u64]| values.iter().max().copied().unwrap_or(0) / 1_000_000;
    let third = memory.len() / 3;
    let mut out = std::io::stdout().lock();
    writeln!(
        out,
        "soak of {seconds} s, {} lines of {} containers",
        ledger["lines"],
        written.as_object().map_or(0, serde_json::Map::len)
    )?;
    writeln!(out, "faults: {faults:?}")?;
    writeln!(
        out,
        "lost {}, duplicated {}, reordered {}, over a limit {}",
        ledger["lost"],
        ledger["duplicated"],
        ledger["reordered"],
        cloudwatch.get("state")?["counters"]["overLimit"]
    )?;
    writeln!(
        out,
        "anonymous memory at most {} MB in the first third, {} MB in the last; descriptors at most {}",
        most(&memory[..third]),
        most(&memory[memory.len() - third..]),
        descriptors.iter().max().copied().unwrap_or(0)
    )?;
    ensure!(
        ledger["lost"] == 0,
        "lines were lost: {:#}",
        ledger["samples"]
    );
    Ok(())
}
