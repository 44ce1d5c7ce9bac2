//! The soak: 5,000 lines a second of 200 containers that come and go, and a fault a second.

use crate::{
    host::Host,
    sender::{Random, Sender},
    verdict::Account,
};
use anyhow::ensure;
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    io::Write,
    thread,
    time::{Duration, Instant},
};

const RATE: u64 = 5000;
const KINDS: &[&str] = &[
    "throttling",
    "resets before",
    "resets after",
    "latency",
    "errors",
    "rotation",
    "vacuum",
    "group deletion",
    "restart of journald",
    "outage",
    "kill -9",
];

/// Makes one fault happen. Whether it did: a vacuum must not take what is not read yet.
fn happen(kind: &str, host: &mut Host, elapsed: Duration) -> anyhow::Result<bool> {
    let put =
        |effect: Value| json!({"operation": "PutLogEvents", "seconds": 0.7, "effect": effect});
    let scripted = match kind {
        "throttling" => put(json!({"error": {"code": "ThrottlingException"}})),
        "resets before" => put(json!({"reset": {"when": "before"}})),
        "resets after" => {
            json!({"operation": "PutLogEvents", "count": 1, "effect": {"reset": {"when": "after"}}})
        }
        "latency" => put(json!({"latency": {"milliseconds": 300}})),
        "errors" => put(json!({"error": {"code": "InternalFailure", "status": 500}})),
        "rotation" => {
            host.journald.control("--rotate")?;
            return Ok(true);
        }
        "vacuum" => {
            let arrived = host.cloudwatch.get("ledger")?["lines"].as_u64();
            let behind = (elapsed.as_secs() * RATE).saturating_sub(arrived.unwrap_or(0));
            // The 24 files that stay hold a minute at least.
            if behind > 20 * RATE {
                return Ok(false);
            }
            host.journald.control("--vacuum-files=24")?;
            return Ok(true);
        }
        "group deletion" => {
            // It may not be there yet, or no more.
            let group = json!({"logGroupName": "soak/3"});
            return Ok(host.cloudwatch.call("DeleteLogGroup", &group).is_ok());
        }
        "restart of journald" => {
            host.journald.restart()?;
            return Ok(true);
        }
        "outage" => {
            // The answer may be lost with all other connections.
            drop(
                host.cloudwatch
                    .post("outage", &json!({"milliseconds": 500})),
            );
            return Ok(true);
        }
        _ => {
            host.kill_agent()?;
            return Ok(true);
        }
    };
    host.cloudwatch.post("faults", &scripted)?;
    Ok(true)
}

pub(crate) fn run(seconds: u64) -> anyhow::Result<()> {
    // Streams are forgotten soon enough that their number is steady for most of the run.
    let forget = format!("{}s", (seconds / 30).clamp(2, 60));
    let mut host = Host::start(
        &["SystemMaxUse=1G"],
        &["-cache-timeout", &forget],
        tempfile::tempdir()?,
        Vec::new(),
    )?;
    let mut sender = Sender::start(&host.journald, seconds, RATE)?;
    let start = Instant::now();
    let mut random = Random(11);
    let mut happened: BTreeMap<&str, u64> = KINDS.iter().map(|kind| (*kind, 0)).collect();
    let mut account = Account::default();
    let mut most_descriptors = 0;
    while sender.sends()? {
        thread::sleep(Duration::from_secs(1));
        let elapsed = start.elapsed();
        let (memory, descriptors) = (host.agent.anonymous(), host.agent.descriptors() as u64);
        account.most_memory = account.most_memory.max(memory);
        most_descriptors = most_descriptors.max(descriptors);
        // Kills belong to the first half: memory that is given back every few seconds proves nothing.
        let kills = elapsed.as_secs() < seconds / 2;
        if !kills {
            account.memory.push(memory);
            account.descriptors.push(descriptors);
        }
        host.must_run()?;
        host.cloudwatch.end_faults()?;
        let kinds = KINDS.len() as u64 - u64::from(!kills);
        let kind = KINDS[random.below(kinds) as usize];
        if happen(kind, &mut host, elapsed)? {
            *happened.entry(kind).or_default() += 1;
        }
        if elapsed.as_secs().is_multiple_of(60) {
            writeln!(
                std::io::stderr(),
                "soak: {} s, {} MB, {descriptors} descriptors",
                elapsed.as_secs(),
                memory / 1_000_000
            )?;
        }
    }
    let sent_in = start.elapsed();
    host.cloudwatch.end_faults()?;
    let written = sender.written()?;
    let (ledger, _) = host.close(&written, &mut account)?;
    // The server knows whom it did not answer, but not who was gone when the answer came: what is on its way at a kill.
    account.unanswered += happened["kill -9"] * RATE;
    account.faults = happened
        .iter()
        .map(|(kind, count)| (*kind, *count))
        .collect();
    let mut out = std::io::stdout().lock();
    writeln!(
        out,
        "soak of {} s: {} lines of {} containers, {:.0} a second",
        sent_in.as_secs(),
        account.lines,
        written.as_object().map_or(0, serde_json::Map::len),
        account.written as f64 / sent_in.as_secs_f64(),
    )?;
    writeln!(out, "faults: {happened:?}")?;
    writeln!(
        out,
        "{}, reordered {}",
        account.lines_told(),
        ledger["reordered"],
    )?;
    writeln!(
        out,
        "anonymous memory at most {} MB, descriptors at most {most_descriptors}; {}",
        account.most_memory / 1_000_000,
        account.course(),
    )?;
    let found = account.faults_found();
    ensure!(
        found.is_empty(),
        "{}\n{:#}\n{}",
        found.join("\n"),
        ledger["samples"],
        host.tail()
    );
    Ok(())
}
