//! `ecs-logs status`: the running agent keeps a small file beside its checkpoint that says how it is; this reads it, and
//! says what is wrong.

use anyhow::Context;
use serde::{Deserialize, Serialize};
use std::{
    ffi::OsString,
    fs::{self, OpenOptions},
    io::Write,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

/// What an agent says of itself. Times are milliseconds since 1970, by the host's clock.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Status {
    pub version: String,
    pub pid: u32,
    /// When the process began, in the kernel's ticks: tells it from a later one of the same number.
    pub pid_started: u64,
    pub checkpoint: PathBuf,
    pub written_ms: i64,
    pub events_per_second: f64,
    pub entries_read: u64,
    pub events_accepted: u64,
    pub lines_lost: u64,
    /// The reasons for that, in words.
    pub lost: String,
    /// Age of the oldest entry that is not delivered.
    pub lag_ms: u64,
    pub in_flight: u64,
    pub in_flight_limit: u64,
    pub window_bytes: u64,
    pub parked_count: u64,
    /// At most [`MOST_PARKED`] of them.
    pub parked: Vec<Parked>,
    /// Why something does not go through just now.
    pub trouble: Option<String>,
    /// The last warning or error of the agent's log.
    pub last_error: Option<Told>,
    pub checkpoint_behind_ms: u64,
    pub checkpoint_saved_ms: Option<i64>,
    /// Until journald deletes what is not delivered; see the metric `journal_headroom_seconds`.
    pub headroom_ms: Option<u64>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parked {
    pub group: String,
    pub stream: String,
    pub since_ms: i64,
    pub reason: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    pub at_ms: i64,
    pub message: String,
}

/// A status file stays small.
pub const MOST_PARKED: usize = 100;
const SUFFIX: &str = ".status";
/// The agent writes every 5 s.
const STALE_MS: i64 = 30_000;
const FAR_BEHIND_MS: u64 = 300_000;
const UNSAVED_MS: u64 = 60_000;

/// Where the agent of this checkpoint says how it is.
pub fn path_of(checkpoint: &Path) -> PathBuf {
    let mut name = checkpoint.as_os_str().to_owned();
    name.push(SUFFIX);
    name.into()
}

/// When a process began, by `/proc/PID/stat`; nothing when there is none.
pub fn started(pid: u32) -> Option<u64> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name stands in parentheses and may hold anything; the time is the 20th field behind it.
    let (_, fields) = stat.rsplit_once(')')?;
    fields.split_whitespace().nth(19)?.parse().ok()
}

/// The file of a running agent; removed with it when it ends as it should.
#[derive(Debug)]
pub struct StatusFile(PathBuf);

impl StatusFile {
    pub fn beside(checkpoint: &Path) -> StatusFile {
        StatusFile(path_of(checkpoint))
    }

    /// Replaces what it said. Not synced: after a crash of the host there is no agent to tell of.
    ///
    /// # Errors
    /// When the disk is full or fails.
    pub fn write(&self, status: &Status) -> anyhow::Result<()> {
        let write = || -> anyhow::Result<()> {
            let mut aside: OsString = self.0.clone().into();
            aside.push(".new");
            let mut file = OpenOptions::new()
                .create(true)
                .write(true)
                .truncate(true)
                .mode(0o600)
                .open(&aside)?;
            file.write_all(&serde_json::to_vec(status)?)?;
            Ok(fs::rename(&aside, &self.0)?)
        };
        write().with_context(|| format!("cannot write the status {}", self.0.display()))
    }
}

impl Drop for StatusFile {
    fn drop(&mut self) {
        // What is left over is told from its process.
        fs::remove_file(&self.0).ok();
    }
}

/// An agent as it is seen from outside.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Seen {
    #[serde(flatten)]
    pub status: Status,
    pub running: bool,
    /// What is wrong, a sentence each with the way out; empty when all is well.
    pub problems: Vec<String>,
}

/// All agents that were asked for, and whether all is well.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Report {
    pub agents: Vec<Seen>,
    /// Why there is nothing to tell, or not all.
    pub problems: Vec<String>,
}

impl Report {
    pub fn is_well(&self) -> bool {
        self.problems.is_empty() && self.agents.iter().all(|agent| agent.problems.is_empty())
    }
}

/// Looks for the agent of this checkpoint, or, when it is only a default, for every agent with a checkpoint in its folder.
pub fn look(checkpoint: &Path, is_default: bool, now_ms: i64) -> Report {
    let one = path_of(checkpoint);
    let folder = checkpoint.parent().unwrap_or(Path::new("."));
    let mut files = vec![one.clone()];
    let mut report = Report::default();
    if is_default {
        let found = fs::read_dir(folder).map(|entries| {
            let paths = entries.flatten().map(|entry| entry.path());
            paths
                .filter(|path| path.to_string_lossy().ends_with(SUFFIX))
                .collect::<Vec<_>>()
        });
        match found {
            Ok(found) => files = found,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => files = Vec::new(),
            Err(error) => {
                let problem = format!(
                    "cannot look into {}: {error} (run as root or as the agent's user)",
                    folder.display()
                );
                report.problems.push(problem);
                return report;
            }
        }
        files.sort();
    }
    for file in files {
        match fs::read(&file) {
            Ok(bytes) => match serde_json::from_slice::<Status>(&bytes) {
                Ok(status) => {
                    let alive = started(status.pid) == Some(status.pid_started);
                    report.agents.push(judge(status, alive, now_ms));
                }
                Err(error) => report.problems.push(format!(
                    "{} cannot be understood: {error} (is the agent of another version?)",
                    file.display()
                )),
            },
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => report.problems.push(format!(
                "cannot read {}: {error} (run as root or as the agent's user)",
                file.display()
            )),
        }
    }
    if report.agents.is_empty() && report.problems.is_empty() {
        let of = match is_default {
            true => format!("with a checkpoint in {}", folder.display()),
            false => format!("with the checkpoint {}", checkpoint.display()),
        };
        report.problems.push(format!("no ecs-logs runs {of} (systemctl status ecs-logs says why; --checkpoint FILE asks for one that keeps its checkpoint elsewhere)"));
    }
    report
}

fn judge(status: Status, running: bool, now_ms: i64) -> Seen {
    let mut problems = Vec::new();
    let silent_ms = now_ms.saturating_sub(status.written_ms);
    if !running {
        problems.push(format!(
            "process {} no longer runs and did not end as it should: this is what it said {} ago (journalctl --unit ecs-logs)",
            status.pid,
            time(silent_ms)
        ));
    } else if silent_ms > STALE_MS {
        problems.push(format!(
            "process {} has said nothing for {} (it hangs, or the disk of the checkpoint does)",
            status.pid,
            time(silent_ms)
        ));
    }
    if let Some(trouble) = &status.trouble {
        problems.push(format!("not delivered: {trouble} (ecs-logs doctor)"));
    }
    if status.lag_ms > FAR_BEHIND_MS {
        problems.push(format!(
            "{} behind (throttled, or more is written than goes through)",
            time(status.lag_ms as i64)
        ));
    }
    if status.checkpoint_behind_ms > UNSAVED_MS {
        problems.push(format!(
            "the checkpoint could not be written for {} (check the disk of {})",
            time(status.checkpoint_behind_ms as i64),
            status.checkpoint.display()
        ));
    }
    if status.parked_count > 0 {
        problems.push(format!(
            "{} streams are parked: grant what the reasons name, and they are caught up with",
            status.parked_count
        ));
    }
    Seen {
        status,
        running,
        problems,
    }
}

/// A time in the two largest units that say something.
fn time(ms: i64) -> String {
    let seconds = ms.max(0) / 1_000;
    match (
        seconds / 86_400,
        seconds / 3_600 % 24,
        seconds / 60 % 60,
        seconds % 60,
    ) {
        (0, 0, 0, seconds) => format!("{seconds} s"),
        (0, 0, minutes, seconds) => format!("{minutes} min {seconds} s"),
        (0, hours, minutes, _) => format!("{hours} h {minutes} min"),
        (days, hours, ..) => format!("{days} d {hours} h"),
    }
}

/// For people.
pub fn to_text(report: &Report, now_ms: i64) -> String {
    let mut text = String::new();
    for problem in &report.problems {
        text += &format!("problem: {problem}\n");
    }
    for agent in &report.agents {
        text += &agent_text(agent, now_ms);
    }
    text
}

fn agent_text(agent: &Seen, now_ms: i64) -> String {
    let status = &agent.status;
    let ago = |ms: i64| format!("{} ago", time(now_ms.saturating_sub(ms)));
    let mut rows = vec![
        (
            "agent",
            format!(
                "{}, process {}, checkpoint {}",
                status.version,
                status.pid,
                status.checkpoint.display()
            ),
        ),
        (
            "lag",
            format!(
                "{}, {:.0} events/s",
                time(status.lag_ms as i64),
                status.events_per_second
            ),
        ),
        (
            "delivered",
            format!(
                "{} events of {} entries; {}",
                status.events_accepted, status.entries_read, status.lost
            ),
        ),
        (
            "in flight",
            format!(
                "{} of {} requests, {} bytes not yet accepted",
                status.in_flight, status.in_flight_limit, status.window_bytes
            ),
        ),
        (
            "checkpoint",
            match status.checkpoint_saved_ms {
                Some(ms) => format!("written {}", ago(ms)),
                None => "not written by this process yet".to_owned(),
            },
        ),
    ];
    if let Some(ms) = status.headroom_ms {
        let headroom = format!(
            "at least {} until journald deletes what is not delivered",
            time(ms as i64)
        );
        rows.push(("journal", headroom));
    }
    if let Some(told) = &status.last_error {
        rows.push((
            "last error",
            format!("{}: {}", ago(told.at_ms), told.message),
        ));
    }
    for parked in &status.parked {
        rows.push((
            "parked",
            format!(
                "{} {}: since {}: {}",
                parked.group,
                parked.stream,
                ago(parked.since_ms),
                parked.reason
            ),
        ));
    }
    let mut text: String = rows
        .iter()
        .map(|(name, value)| format!("{name:<11} {value}\n"))
        .collect();
    for problem in &agent.problems {
        text += &format!("problem: {problem}\n");
    }
    text
}

pub fn to_json(report: &Report) -> String {
    serde_json::to_string_pretty(report).map_or_else(|error| error.to_string(), |json| json + "\n")
}

#[cfg(test)]
#[path = "status_tests.rs"]
mod tests;
