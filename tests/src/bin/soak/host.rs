//! A host for a long run: journald, a local CloudWatch Logs, the agent between them.

use crate::verdict::Account;
use anyhow::{Context, bail, ensure};
use serde_json::Value;
use stack_tests::{
    live::{self, Journald},
    process::{self, CloudWatch, Process},
};
use std::{
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

pub(crate) struct Host {
    // In the order in which they are to end.
    pub(crate) agent: Process,
    pub(crate) cloudwatch: CloudWatch,
    pub(crate) journald: Journald,
    pub(crate) folder: tempfile::TempDir,
    flags: Vec<String>,
    variables: Vec<(String, String)>,
}

impl Host {
    pub(crate) fn start(
        configuration: &[&str],
        flags: &[&str],
        folder: tempfile::TempDir,
        variables: Vec<(String, String)>,
    ) -> anyhow::Result<Host> {
        ensure!(live::allowed(), "a live journald needs root");
        let journald = Journald::start(&folder.path().join("live"), configuration)?;
        let cloudwatch = CloudWatch::start(&["--discard", "--no-auth"])?;
        let flags: Vec<String> = flags.iter().map(|flag| (*flag).to_owned()).collect();
        let agent = start(&journald, &cloudwatch, folder.path(), &flags, &variables)?;
        Ok(Host {
            agent,
            cloudwatch,
            journald,
            folder,
            flags,
            variables,
        })
    }

    /// SIGKILL, and the next one at once.
    pub(crate) fn kill_agent(&mut self) -> anyhow::Result<()> {
        self.agent.child.kill()?;
        self.agent.child.wait()?;
        self.agent = start(
            &self.journald,
            &self.cloudwatch,
            self.folder.path(),
            &self.flags,
            &self.variables,
        )?;
        Ok(())
    }

    pub(crate) fn signal(&self, name: &str) -> anyhow::Result<()> {
        let pid = self.agent.child.id().to_string();
        let status = Command::new("kill")
            .args([&format!("-{name}"), &pid])
            .status()?;
        ensure!(status.success(), "kill -{name} {pid}: {status}");
        Ok(())
    }

    /// Asks the agent to end; it must do so content.
    fn stop_agent(&mut self) -> anyhow::Result<()> {
        self.signal("TERM")?;
        let start = Instant::now();
        loop {
            if let Some(status) = self.agent.child.try_wait()? {
                ensure!(
                    status.success(),
                    "the agent ended with {status}:\n{}",
                    self.tail()
                );
                return Ok(());
            }
            ensure!(
                start.elapsed() < Duration::from_secs(60),
                "the agent does not end"
            );
            thread::sleep(Duration::from_millis(50));
        }
    }

    /// An error where the agent ended by itself.
    pub(crate) fn must_run(&mut self) -> anyhow::Result<()> {
        if self.agent.child.try_wait()?.is_some() {
            bail!("the agent ended by itself:\n{}", self.tail());
        }
        Ok(())
    }

    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }

    /// What the agent said last.
    pub(crate) fn tail(&self) -> String {
        let log = self.log();
        let mut tail: Vec<&str> = log.lines().rev().take(40).collect();
        tail.reverse();
        tail.join("\n")
    }

    fn checkpoint(&self) -> PathBuf {
        self.folder.path().join("checkpoint")
    }

    /// How far behind the agent says it is; nothing when it says nothing.
    pub(crate) fn lag(&self) -> anyhow::Result<Option<Duration>> {
        let output = Command::new(process::binary("ecs-logs")?)
            .args(["status", "--json", "--checkpoint"])
            .arg(self.checkpoint())
            .output()?;
        let said: Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
        Ok(said["agents"][0]["lag_ms"]
            .as_u64()
            .map(Duration::from_millis))
    }

    /// Waits for the last lines, ends the agent and enters what became of them all. Returns the ledger and the server's counters.
    pub(crate) fn close(
        &mut self,
        written: &Value,
        account: &mut Account,
    ) -> anyhow::Result<(Value, Value)> {
        let ledger = self.settle(written, Duration::from_secs(120))?;
        self.stop_agent()?;
        let counters = self.cloudwatch.get("state")?["counters"].take();
        let number = |value: &Value| value.as_u64().unwrap_or(u64::MAX);
        account.written = count(written);
        account.lines = number(&ledger["lines"]);
        account.lost = number(&ledger["lost"]);
        account.duplicated = number(&ledger["duplicated"]);
        account.over_limit = number(&counters["overLimit"]);
        account.unanswered = number(&counters["unanswered"]);
        Ok((ledger, counters))
    }

    /// Tells the ledger what was written and waits until nothing lacks, or for `patience`. Returns the ledger.
    fn settle(&self, written: &Value, patience: Duration) -> anyhow::Result<Value> {
        self.cloudwatch.post("ledger", written)?;
        let deadline = Instant::now() + patience;
        loop {
            let ledger = self.cloudwatch.get("ledger")?;
            if ledger["lost"] == 0 || Instant::now() > deadline {
                return Ok(ledger);
            }
            thread::sleep(Duration::from_secs(1));
        }
    }

    /// How many lines journald holds: what it never stored no agent can ship.
    pub(crate) fn stored(&self) -> anyhow::Result<usize> {
        let mut journalctl = self.journald.inside("journalctl");
        let output = journalctl.args(["--quiet", "--output=cat"]).output()?;
        let lines = output.stdout.split(|byte| *byte == b'\n');
        let ours = |line: &&[u8]| line.starts_with(b"a line of a container");
        Ok(lines.filter(ours).count())
    }
}

fn start(
    journald: &Journald,
    cloudwatch: &CloudWatch,
    folder: &Path,
    flags: &[String],
    variables: &[(String, String)],
) -> anyhow::Result<Process> {
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
    command
        .args(plain.get_args().filter(|argument| !skip.contains(argument)))
        .args(["-flush-timeout", "1s", "--trust-container-fields"])
        .args(["--start", "head"])
        .args(flags);
    process::local_credentials(&mut command);
    command.envs(variables.iter().cloned());
    let log = std::fs::File::options()
        .create(true)
        .append(true)
        .open(folder.join("log"))?;
    Process::start(command.stdout(Stdio::null()).stderr(log)).context("the agent cannot be started")
}

/// Lines that a sender wrote, of what it said.
fn count(written: &Value) -> u64 {
    let ranges = written.as_object().into_iter().flatten();
    ranges
        .filter_map(|(_, range)| Some(range[1].as_u64()? + 1 - range[0].as_u64()?))
        .sum()
}
