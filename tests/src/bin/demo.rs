//! The main job without an AWS account: a real journal, shipped by ecs-logs into cloudwatch-local, shown as a table.

use anyhow::{Context, ensure};
use serde_json::Value;
use stack_tests::{
    data::Plan,
    journal,
    process::{self, CloudWatch, Process},
};
use std::{
    fs,
    path::Path,
    process::Command,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

const ENTRIES: u64 = 4000;

fn main() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let now = u64::try_from(SystemTime::now().duration_since(UNIX_EPOCH)?.as_micros())?;
    let made = journal::make(
        &folder.path().join("journal"),
        &Plan::everything(ENTRIES, now),
    )?;
    heading("a journal as a container host has it");
    println!(
        "  {} entries of {} containers: JSON, text, stack traces, stderr, lines in Docker's 16 KiB pieces",
        made.entries,
        made.writers.len()
    );

    let cloudwatch = CloudWatch::start(&[])?;
    cloudwatch.expect(&made)?;
    heading("ecs-logs ships it to cloudwatch-local");
    let mut command = process::agent(
        &folder.path().join("journal"),
        &cloudwatch.url,
        &folder.path().join("checkpoint"),
    )?;
    command.args(["-log-level", "warn"]);
    println!(
        "  ecs-logs --once --directory JOURNAL --endpoint-url {}",
        cloudwatch.url
    );
    let (status, usage) = Process::start(&mut command)?.watch(Duration::from_secs(60))?;
    ensure!(status.success(), "ecs-logs: {status}");
    println!("  done in {:.2} s", usage.elapsed.as_secs_f64());

    heading("a log group for each service, a log stream for each container");
    let state = cloudwatch.get("state")?;
    table(&state)?;
    let ledger = cloudwatch.get("ledger")?;
    let counters = &state["counters"];
    println!(
        "  {} lines in {} requests: {} lost, {} duplicated, {} requests over a limit",
        ledger["lines"],
        counters["requests"]["PutLogEvents"],
        ledger["lost"],
        ledger["duplicated"],
        counters["overLimit"]
    );

    tail(&cloudwatch.url)?;
    document(folder.path())?;

    heading("against your account");
    println!(
        "  sudo AWS_REGION=us-east-1 ecs-logs -src journald -dst cloudwatchlogs     # credentials as every AWS client finds them"
    );
    println!("  needs logs:CreateLogGroup, logs:CreateLogStream, logs:PutLogEvents");
    ensure!(
        ledger["lost"] == 0 && ledger["duplicated"] == 0 && counters["overLimit"] == 0,
        "not every line arrived exactly once: {:#}",
        ledger["samples"]
    );
    Ok(())
}

fn heading(text: &str) {
    println!("\n== {text}");
}

/// The first characters of a line, on one line.
fn short(text: &str, most: usize) -> String {
    let line = text.replace(['\n', '\t'], " ");
    if line.chars().count() <= most {
        return line;
    }
    line.chars().take(most - 1).chain(['…']).collect()
}

/// What the container said: the event's message, or its data where the line was JSON.
fn said(event: &str) -> String {
    let Ok(event) = serde_json::from_str::<Value>(event) else {
        return event.to_owned();
    };
    match event["message"].as_str() {
        Some("") | None => event["data"].to_string(),
        Some(message) => message.to_owned(),
    }
}

fn table(state: &Value) -> anyhow::Result<()> {
    println!(
        "  {:<10} {:<34} {:>6}  last line",
        "group", "stream", "events"
    );
    for (group, value) in state["groups"].as_object().context("no groups")? {
        for (stream, value) in value["streams"].as_object().context("no streams")? {
            let last = said(value["lastMessage"].as_str().unwrap_or_default());
            println!(
                "  {group:<10} {stream:<34} {:>6}  {}",
                value["events"].as_u64().unwrap_or(0),
                short(&last, 70)
            );
        }
    }
    Ok(())
}

/// The same as AWS's own client shows it, where there is one.
fn tail(url: &str) -> anyhow::Result<()> {
    let aws = Path::new("/usr/bin/aws"); // the one from PyPI has no `logs tail`
    if !aws.exists() {
        return Ok(());
    }
    heading(&format!("aws logs tail api --endpoint-url {url}"));
    let mut command = Command::new(aws);
    command.args([
        "--region",
        "us-east-1",
        "--endpoint-url",
        url,
        "logs",
        "tail",
        "api",
        "--since",
        "1h",
    ]);
    process::local_credentials(&mut command);
    let output = command.output()?;
    ensure!(
        output.status.success(),
        "aws logs tail: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    let text = String::from_utf8_lossy(&output.stdout);
    let lines: Vec<&str> = text.lines().collect();
    for line in lines.iter().skip(lines.len().saturating_sub(3)) {
        println!("  {}", short(line, 110));
    }
    Ok(())
}

/// A module's documentation by tfdocs; of a copy, so that nothing here is written.
fn document(folder: &Path) -> anyhow::Result<()> {
    let module = Path::new("modules/vpc");
    if !module.is_dir() {
        return Ok(());
    }
    heading("tfdocs markdown table modules/vpc");
    let copy = folder.join("vpc");
    fs::create_dir(&copy)?;
    for entry in fs::read_dir(module)? {
        let entry = entry?;
        if entry
            .path()
            .extension()
            .is_some_and(|extension| extension == "tf")
        {
            fs::copy(entry.path(), copy.join(entry.file_name()))?;
        }
    }
    let output = Command::new(process::binary("tfdocs")?)
        .args(["markdown", "table", "."])
        .current_dir(&copy) // and not by the configuration of this repository
        .output()?;
    ensure!(
        output.status.success(),
        "tfdocs: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    let text = String::from_utf8_lossy(&output.stdout);
    let inputs = text
        .lines()
        .skip_while(|line| !line.starts_with("## Inputs"));
    for line in inputs.take(8) {
        println!("  {}", short(line, 110));
    }
    println!("  … {} lines in all", text.lines().count());
    Ok(())
}
