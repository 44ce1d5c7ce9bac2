//! A journal, a server and the agent between them.

use cloudwatch_local::{Config, Counters, Effect, Fault, Report, Server};
use stack_tests::{
    data::{Made, Plan, rfc3339},
    journal, process,
};
use std::{
    fmt::Write as _,
    fs::{self, File},
    io::Write as _,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    thread,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};
use tempfile::TempDir;

pub(crate) const PUT: &str = "PutLogEvents";
/// How long anything may take before a test gives up.
pub(crate) const PATIENCE: Duration = Duration::from_secs(180);

pub(crate) struct Scene {
    pub(crate) server: Server,
    pub(crate) folder: TempDir,
    /// What the journal holds.
    pub(crate) made: Made,
    /// Flags for the agent beyond the usual.
    pub(crate) flags: Vec<String>,
    pub(crate) variables: Vec<(String, String)>,
}

/// How the agent ended and what arrived.
pub(crate) struct Outcome {
    pub(crate) status: ExitStatus,
    /// What the agent said.
    pub(crate) log: String,
    pub(crate) report: Report,
    pub(crate) counters: Counters,
}

/// The agent while it runs; killed when dropped.
pub(crate) struct Agent {
    child: Child,
    log: PathBuf,
}

/// Whether the test may do what only root may; else says so.
pub(crate) fn root(what: &str) -> bool {
    let root = stack_tests::live::allowed();
    if !root {
        stack_tests::skip(&format!("{what} needs root"));
    }
    root
}

/// Lines `from` to `to` of a container, a millisecond apart, a minute ago.
pub(crate) fn lines(name: &str, from: u64, to: u64) -> Vec<Vec<u8>> {
    lines_ago(60, name, from, to)
}

/// The same, so many seconds ago.
pub(crate) fn lines_ago(seconds: u64, name: &str, from: u64, to: u64) -> Vec<Vec<u8>> {
    let start = now_usec() - seconds * 1_000_000;
    let line = |number| {
        entry(
            start + number * 1000,
            "web",
            name,
            format!("id={name}-{number} {}", "x".repeat(200)).as_bytes(),
            "",
        )
    };
    (from..=to).map(line).collect()
}

pub(crate) fn now_usec() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    u64::try_from(now.as_micros()).unwrap()
}

/// A few containers of a few services, a bit of everything.
pub(crate) fn plan(entries: u64) -> Plan {
    Plan {
        containers: 6,
        services: 3,
        ..Plan::everything(entries, now_usec())
    }
}

/// Whether what every test here needs is there; else says so.
pub(crate) fn ready() -> bool {
    if !journal::can_make() {
        stack_tests::skip("systemd-journal-remote is missing: make deps");
        return false;
    }
    let version =
        process::binary("ecs-logs").map(|path| Command::new(path).arg("--version").output());
    match version {
        Ok(Ok(output)) if output.status.success() && !output.stdout.is_empty() => true,
        Ok(other) => {
            stack_tests::skip(&format!("ecs-logs --version gives {other:?}"));
            false
        }
        Err(error) => {
            stack_tests::skip(&format!("{error:#}"));
            false
        }
    }
}

/// One entry as Docker writes it, in the export format.
pub(crate) fn entry(usec: u64, tag: &str, name: &str, message: &[u8], more: &str) -> Vec<u8> {
    let mut entry = format!(
        "__REALTIME_TIMESTAMP={usec}\n__MONOTONIC_TIMESTAMP={usec}\n_BOOT_ID=5d1c2a8f0b7e4c39a1d86e4f7b02c913\n\
         _TRANSPORT=journal\n_SYSTEMD_UNIT=docker.service\n_HOSTNAME=host\nPRIORITY=6\nCONTAINER_ID=0123456789ab\n\
         CONTAINER_TAG={tag}\nCONTAINER_NAME={name}\nSYSLOG_TIMESTAMP={}\n{more}MESSAGE\n",
        rfc3339(usec)
    )
    .into_bytes();
    entry.extend_from_slice(&(message.len() as u64).to_le_bytes());
    entry.extend_from_slice(message);
    entry.extend_from_slice(b"\n\n");
    entry
}

impl Scene {
    /// `None` where it cannot run, which was said.
    pub(crate) fn new(entries: u64) -> Option<Scene> {
        Scene::of(&plan(entries), Config::default())
    }

    pub(crate) fn of(plan: &Plan, config: Config) -> Option<Scene> {
        let mut scene = Scene::empty(config)?;
        scene.made = journal::make(&scene.journal(), plan).unwrap();
        for (writer, (first, last)) in &scene.made.writers {
            scene.server.ledger().expect(writer, *first, *last);
        }
        Some(scene)
    }

    /// A journal of these entries; lines of writers `name` are expected by their tokens.
    pub(crate) fn with(entries: &[Vec<u8>], config: Config) -> Option<Scene> {
        let scene = Scene::empty(config)?;
        scene.append(entries);
        Some(scene)
    }

    fn empty(config: Config) -> Option<Scene> {
        ready().then(|| Scene {
            server: Server::local(config).unwrap(),
            folder: tempfile::tempdir().unwrap(),
            made: Made::default(),
            flags: Vec::new(),
            variables: Vec::new(),
        })
    }

    /// Writes a further journal file.
    pub(crate) fn append(&self, entries: &[Vec<u8>]) {
        journal::import(&self.journal(), |out| {
            entries.iter().try_for_each(|entry| out.write_all(entry))
        })
        .unwrap();
    }

    pub(crate) fn journal(&self) -> PathBuf {
        self.folder.path().join("journal")
    }

    pub(crate) fn checkpoint(&self) -> PathBuf {
        self.folder.path().join("checkpoint")
    }

    pub(crate) fn flags(mut self, flags: &[&str]) -> Scene {
        self.flags
            .extend(flags.iter().map(|flag| (*flag).to_owned()));
        self
    }

    pub(crate) fn fault(&self, fault: Fault) -> u64 {
        let now = self.server.steady();
        self.server.faults().add(fault, now)
    }

    /// Makes the groups and streams beforehand, so that the first request is already taken.
    pub(crate) fn prepare(&self) {
        let mut store = self.server.store();
        for (group, stream) in self.made.streams.keys() {
            let group = store.groups.entry(group.clone()).or_default();
            group.streams.entry(stream.clone()).or_default();
        }
    }

    /// So many PutLogEvents are hit.
    pub(crate) fn puts(&self, count: u64, effect: Effect) {
        let fault = Fault::on(PUT, effect);
        self.fault(Fault {
            count: Some(count),
            ..fault
        });
    }

    /// The agent following, started by another program: `wrapper` ends where the agent's own command line begins.
    pub(crate) fn follow_by(&self, wrapper: &[&str]) -> Agent {
        let plain = self.command(&self.server.url(), false);
        let mut command = Command::new(wrapper[0]);
        command
            .args(&wrapper[1..])
            .arg(plain.get_program())
            .args(plain.get_args());
        process::local_credentials(&mut command);
        command.envs(self.variables.iter().cloned());
        self.start_with(&mut command)
    }

    /// The agent's command line, without `--once` if it is to follow.
    pub(crate) fn command(&self, url: &str, once: bool) -> Command {
        let mut command = Command::new(process::binary("ecs-logs").unwrap());
        command
            .args([
                "-src",
                "journald",
                "-dst",
                "cloudwatchlogs",
                "-flush-timeout",
                "200ms",
            ])
            .args(["--region", "us-east-1", "--endpoint-url", url])
            .arg("--directory")
            .arg(self.journal())
            .arg("--checkpoint")
            .arg(self.checkpoint())
            .args(once.then_some("--once"))
            .args(&self.flags);
        process::local_credentials(&mut command);
        command.envs(self.variables.iter().cloned());
        command
    }

    pub(crate) fn start_with(&self, command: &mut Command) -> Agent {
        let log = tempfile::Builder::new()
            .prefix("log")
            .tempfile_in(self.folder.path())
            .unwrap();
        let (file, log) = log.keep().unwrap();
        let child = command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(file)
            .spawn()
            .unwrap();
        Agent { child, log }
    }

    /// The agent, following.
    pub(crate) fn follow(&self) -> Agent {
        self.start_with(&mut self.command(&self.server.url(), false))
    }

    /// The agent until the end of the journal is delivered.
    pub(crate) fn run(&self) -> Outcome {
        let agent = self.start_with(&mut self.command(&self.server.url(), true));
        self.finish(agent)
    }

    /// Waits for the agent's end.
    pub(crate) fn finish(&self, mut agent: Agent) -> Outcome {
        let status = agent.wait();
        Outcome {
            status,
            log: agent.log(),
            report: self.server.ledger().report(),
            counters: self.server.counters().clone(),
        }
    }

    /// Asks the agent to end, and waits for it.
    pub(crate) fn stop(&self, agent: Agent) -> Outcome {
        agent.signal("TERM");
        self.finish(agent)
    }

    /// Waits until this holds of what arrived.
    pub(crate) fn until(
        &self,
        agent: &Agent,
        what: &str,
        holds: impl Fn(&Report, &Counters) -> bool,
    ) {
        let start = Instant::now();
        loop {
            let (report, counters) = (
                self.server.ledger().report(),
                self.server.counters().clone(),
            );
            if holds(&report, &counters) {
                return;
            }
            let patient = start.elapsed() < PATIENCE && !agent.ended();
            assert!(
                patient,
                "never {what}: {}\n{counters:?}\n{}",
                short(&report),
                agent.log()
            );
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// Waits until every expected line has arrived.
    pub(crate) fn until_all(&self, agent: &Agent) {
        self.until(agent, "all lines", |report, _| {
            report.lost == 0 && report.lines > 0
        });
    }

    /// The messages of a stream, in order.
    pub(crate) fn messages(&self, group: &str, stream: &str) -> Vec<String> {
        let store = self.server.store();
        let stream = store
            .groups
            .get(group)
            .and_then(|group| group.streams.get(stream));
        let stream =
            stream.unwrap_or_else(|| panic!("no {group} {stream:?} but {:?}", store.groups));
        stream
            .events
            .iter()
            .map(|event| event.message.to_string())
            .collect()
    }

    /// The text inside of the events: `message` of the event JSON.
    pub(crate) fn lines(&self, group: &str, stream: &str) -> Vec<String> {
        let inner = |message: String| {
            let event: serde_json::Value = serde_json::from_str(&message).unwrap();
            event["message"].as_str().unwrap().to_owned()
        };
        self.messages(group, stream)
            .into_iter()
            .map(inner)
            .collect()
    }
}

impl Agent {
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn signal(&self, name: &str) {
        let status = Command::new("kill")
            .args([&format!("-{name}"), &self.child.id().to_string()])
            .status()
            .unwrap();
        assert!(status.success());
    }

    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    pub(crate) fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }

    pub(crate) fn running(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// Whether it ended and was not waited for yet.
    fn ended(&self) -> bool {
        let stat =
            fs::read_to_string(format!("/proc/{}/stat", self.child.id())).unwrap_or_default();
        stat.rsplit(')')
            .next()
            .is_none_or(|fields| fields.trim_start().starts_with('Z'))
    }

    fn wait(&mut self) -> ExitStatus {
        let start = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            assert!(
                start.elapsed() < PATIENCE,
                "the agent does not end:\n{}",
                self.log()
            );
            thread::sleep(Duration::from_millis(5));
        }
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        // It may have ended by itself.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

pub(crate) fn short(report: &Report) -> String {
    let mut text = format!(
        "{} lines, {} lost, {} duplicated, {} unexpected",
        report.lines, report.lost, report.duplicated, report.unexpected
    );
    for sample in report.samples.iter().take(5) {
        write!(text, ", {sample}").unwrap();
    }
    text
}

impl Outcome {
    /// Every line arrived, up to `duplicated` of them twice, no limit was broken, and the agent is content.
    pub(crate) fn complete(&self, duplicated: std::ops::RangeInclusive<u64>) {
        let said = format!("{}\n{:?}\n{}", short(&self.report), self.counters, self.log);
        assert!(self.status.success(), "{}: {said}", self.status);
        assert!(self.report.lines > 0 && self.report.lost == 0, "{said}");
        assert!(
            duplicated.contains(&self.report.duplicated),
            "{duplicated:?} duplicates are allowed: {said}"
        );
        assert_eq!(self.counters.over_limit, 0, "{said}");
        assert_eq!(self.report.unexpected, 0, "{said}");
    }

    /// Every line arrived exactly once.
    pub(crate) fn exact(&self) {
        self.complete(0..=0);
    }
}

/// Files of a folder that a test damages.
pub(crate) fn journal_files(folder: &Path) -> Vec<PathBuf> {
    journal::files(folder).unwrap().0
}

/// Writes over a file's bytes at `place`.
pub(crate) fn overwrite(path: &Path, place: u64, bytes: &[u8]) {
    use std::os::unix::fs::FileExt;
    let file = File::options().write(true).open(path).unwrap();
    file.write_all_at(bytes, place).unwrap();
}
