//! A program that is watched while it runs: CPU time, anonymous memory; stopped when it is dropped.

use crate::data::Made;
use anyhow::{Context, bail, ensure};
use serde_json::{Value, json};
use std::{
    fs,
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    path::{Path, PathBuf},
    process::{Child, ChildStdout, Command, ExitStatus, Stdio},
    thread,
    time::{Duration, Instant},
};

/// What a process used.
#[derive(Clone, Copy, Debug, Default)]
pub struct Usage {
    pub elapsed: Duration,
    /// User and system time of all its threads.
    pub cpu: Duration,
    /// The most `RssAnon` that was seen, in bytes.
    pub anonymous: u64,
}

/// A child process.
#[derive(Debug)]
pub struct Process {
    pub child: Child,
    started: Instant,
}

impl Process {
    pub fn start(command: &mut Command) -> anyhow::Result<Process> {
        let child = command
            .spawn()
            .with_context(|| format!("cannot start {command:?}"))?;
        Ok(Process {
            child,
            started: Instant::now(),
        })
    }

    /// CPU time so far; true also for a process that ended and was not waited for.
    pub fn cpu(&self) -> anyhow::Result<Duration> {
        let (cpu, _) = self.stat()?;
        Ok(cpu)
    }

    /// Whether it has ended; it is not waited for.
    pub fn has_ended(&self) -> anyhow::Result<bool> {
        let (_, state) = self.stat()?;
        Ok(state == 'Z')
    }

    fn stat(&self) -> anyhow::Result<(Duration, char)> {
        let text = fs::read_to_string(format!("/proc/{}/stat", self.child.id()))?;
        // The name stands in parentheses and may hold anything.
        let (_, fields) = text.rsplit_once(')').context("an odd /proc/PID/stat")?;
        let fields: Vec<&str> = fields.split_whitespace().collect();
        let ticks = |place: usize| {
            fields
                .get(place)
                .and_then(|field| field.parse::<u64>().ok())
        };
        let sum = ticks(11).zip(ticks(12)).context("an odd /proc/PID/stat")?;
        let state = fields
            .first()
            .and_then(|state| state.chars().next())
            .unwrap_or('?');
        // A tick is 10 ms on every Linux that distributions build.
        Ok((Duration::from_millis((sum.0 + sum.1) * 10), state))
    }

    /// Anonymous memory that is resident, in bytes.
    pub fn anonymous(&self) -> u64 {
        let status =
            fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap_or_default();
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix("RssAnon:"));
        let kib = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<u64>().ok());
        kib.unwrap_or(0) * 1024
    }

    /// Open descriptors.
    pub fn descriptors(&self) -> usize {
        fs::read_dir(format!("/proc/{}/fd", self.child.id())).map_or(0, Iterator::count)
    }

    /// Watches until the process ends, or fails after `limit`.
    pub fn watch(mut self, limit: Duration) -> anyhow::Result<(ExitStatus, Usage)> {
        let mut usage = Usage::default();
        loop {
            usage.anonymous = usage.anonymous.max(self.anonymous());
            let (cpu, state) = self.stat()?;
            (usage.cpu, usage.elapsed) = (cpu, self.started.elapsed());
            if state == 'Z' {
                return Ok((self.child.wait()?, usage));
            }
            if usage.elapsed > limit {
                bail!("the process did not end within {limit:?}");
            }
            thread::sleep(Duration::from_millis(2));
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended by itself.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// cloudwatch-local as a process of its own, so that its cost is not the test's.
#[derive(Debug)]
pub struct CloudWatch {
    pub process: Process,
    pub url: String,
    _out: BufReader<ChildStdout>,
}

impl CloudWatch {
    pub fn start(flags: &[&str]) -> anyhow::Result<CloudWatch> {
        let mut command = Command::new(binary("cloudwatch-local")?);
        command.args(["--listen", "127.0.0.1:0"]).args(flags);
        command.stdout(Stdio::piped()).stderr(Stdio::null());
        let mut process = Process::start(&mut command)?;
        let mut out = BufReader::new(process.child.stdout.take().context("no pipe")?);
        let mut line = String::new();
        out.read_line(&mut line)?;
        let url = line.trim().to_owned();
        if url.is_empty() {
            bail!("cloudwatch-local said no address");
        }
        Ok(CloudWatch {
            process,
            url,
            _out: out,
        })
    }

    /// Reads from the admin endpoint.
    pub fn get(&self, path: &str) -> anyhow::Result<Value> {
        self.admin("GET", path, "")
    }

    /// Writes to the admin endpoint.
    pub fn post(&self, path: &str, value: &Value) -> anyhow::Result<Value> {
        self.admin("POST", path, &value.to_string())
    }

    /// Tells the ledger which lines were written.
    pub fn expect(&self, made: &Made) -> anyhow::Result<()> {
        self.post("ledger", &json!(made.writers))?;
        Ok(())
    }

    /// Ends a fault, or all of them.
    pub fn end_faults(&self) -> anyhow::Result<()> {
        self.admin("DELETE", "faults", "")?;
        Ok(())
    }

    fn admin(&self, method: &str, path: &str, body: &str) -> anyhow::Result<Value> {
        let answer = self.request(&format!("{method} /_local/{path} HTTP/1.1\r\n"), body)?;
        Ok(serde_json::from_str(&answer)?)
    }

    /// An operation of CloudWatch Logs, unsigned.
    pub fn call(&self, operation: &str, input: &Value) -> anyhow::Result<()> {
        let head = format!("POST / HTTP/1.1\r\nX-Amz-Target: Logs_20140328.{operation}\r\n");
        self.request(&head, &input.to_string())?;
        Ok(())
    }

    fn request(&self, head: &str, body: &str) -> anyhow::Result<String> {
        let address = self.url.trim_start_matches("http://");
        let started = Instant::now();
        let mut stream = loop {
            match TcpStream::connect(address) {
                Ok(stream) => break stream,
                // An outage that a test asked for refuses this too.
                Err(error) if started.elapsed() > Duration::from_secs(5) => {
                    return Err(error.into());
                }
                Err(_) => thread::sleep(Duration::from_millis(20)),
            }
        };
        let length = body.len();
        write!(
            stream,
            "{head}Host: {address}\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n{body}"
        )?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        let (status, body) = answer.split_once("\r\n\r\n").context("no answer")?;
        ensure!(status.starts_with("HTTP/1.1 200"), "{head}: {body}");
        Ok(body.to_owned())
    }
}

/// ecs-logs on these journal files, to this endpoint, until the end of the journal is delivered.
pub fn agent(folder: &Path, url: &str, checkpoint: &Path) -> anyhow::Result<Command> {
    let mut command = Command::new(binary("ecs-logs")?);
    command
        .args([
            "-src",
            "journald",
            "-dst",
            "cloudwatchlogs",
            "--once",
            "--directory",
        ])
        .arg(folder)
        .arg("--checkpoint")
        .arg(checkpoint)
        .args(["--region", "us-east-1", "--endpoint-url", url]);
    local_credentials(&mut command);
    Ok(command)
}

/// Credentials of cloudwatch-local, and none from anywhere else.
pub fn local_credentials(command: &mut Command) {
    for (name, _) in std::env::vars_os() {
        if name.as_encoded_bytes().starts_with(b"AWS_") {
            command.env_remove(name);
        }
    }
    command
        .env("AWS_ACCESS_KEY_ID", "local")
        .env("AWS_SECRET_ACCESS_KEY", "local")
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .env("AWS_CONFIG_FILE", "/dev/null")
        .env("AWS_SHARED_CREDENTIALS_FILE", "/dev/null");
}

/// A program of this workspace, from where this one was built; `STACK_ECS_LOGS` and the like override it.
pub fn binary(name: &str) -> anyhow::Result<PathBuf> {
    let variable = format!("STACK_{}", name.to_uppercase().replace('-', "_"));
    if let Some(path) = std::env::var_os(&variable) {
        return Ok(path.into());
    }
    let here = std::env::current_exe()?;
    let places = here
        .ancestors()
        .skip(1)
        .take(2)
        .map(|folder| folder.join(name));
    let found = places.into_iter().find(|path| path.is_file());
    found.with_context(|| format!("{name} is not built: cargo build -p {name} (or set {variable})"))
}
