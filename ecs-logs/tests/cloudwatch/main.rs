//! The options that concern CloudWatch Logs, each by what it does to a server, a proxy or the process.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod credentials;
mod groups;
mod labels;
mod moving;
mod network;
mod options;
mod wire;

use cloudwatch_local::{Config, Effect, Fault, Server};
use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    path::Path,
    process::{Child, Command, ExitStatus, Stdio},
    sync::{Arc, Mutex},
    thread,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

/// How long a message may take to come.
const PATIENCE: Duration = Duration::from_secs(30);

/// How the program ended and what it said.
struct Ended {
    status: ExitStatus,
    log: String,
}

impl Ended {
    #[track_caller]
    fn says(&self, text: &str) -> &Ended {
        assert!(self.log.contains(text), "{text:?} is not in {}", self.log);
        self
    }

    #[track_caller]
    fn delivered(&self) -> &Ended {
        assert!(self.status.success(), "{}: {}", self.status, self.log);
        self
    }
}

fn server() -> Server {
    Server::local(Config::default()).unwrap()
}

fn fault(server: &Server, fault: Fault) {
    let now = server.steady();
    server.faults().add(fault, now);
}

/// The program with these variables; of the caller's environment it has nothing.
fn program(variables: &[(&str, &str)]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ecs-logs"));
    command
        .env_clear()
        .envs([
            ("AWS_ACCESS_KEY_ID", "id"),
            ("AWS_SECRET_ACCESS_KEY", "secret"),
            ("AWS_REGION", "us-east-1"),
            ("AWS_EC2_METADATA_DISABLED", "true"),
        ])
        .envs(variables.iter().copied())
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped());
    command
}

/// The program on standard input, with flags and variables.
fn command(flags: &[&str], variables: &[(&str, &str)]) -> Command {
    let mut command = program(variables);
    command
        .args(["-src", "stdin", "-dst", "cloudwatchlogs", "--group", "web"])
        .args(["--stream", "one", "--flush-timeout", "20ms"])
        .args(flags);
    command
}

/// A journal of (group, further fields, message); nothing where none can be made, which is said.
fn journal(entries: &[(&str, &str, &str)]) -> Option<tempfile::TempDir> {
    if !stack_tests::journal::can_make() {
        stack_tests::skip("systemd-journal-remote is missing: make deps");
        return None;
    }
    let folder = tempfile::tempdir().unwrap();
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let mut usec = now.as_micros() - 60_000_000;
    stack_tests::journal::import(&folder.path().join("journal"), |out| {
        for (group, fields, message) in entries {
            usec += 1;
            write!(
                out,
                "__REALTIME_TIMESTAMP={usec}\n__MONOTONIC_TIMESTAMP={usec}\n\
                 _BOOT_ID=5d1c2a8f0b7e4c39a1d86e4f7b02c913\n_SYSTEMD_UNIT=docker.service\n_HOSTNAME=host\n\
                 CONTAINER_TAG={group}\nCONTAINER_NAME=one\n{fields}MESSAGE={message}\n\n"
            )?;
        }
        Ok(())
    })
    .unwrap();
    Some(folder)
}

/// The program on that journal.
fn on_journal(folder: &Path, server: &Server, flags: &[&str]) -> Command {
    let mut command = program(&[]);
    command
        .args(["-src", "journald", "-dst", "cloudwatchlogs"])
        .args(["--endpoint-url", &server.url(), "--directory"])
        .arg(folder.join("journal"))
        .arg("--checkpoint")
        .arg(folder.join("checkpoint"))
        .args(flags);
    command
}

/// Ships `input` to the end.
fn ship(server: &Server, flags: &[&str], input: &str) -> Ended {
    let url = server.url();
    finish(
        command(&[&["--endpoint-url", &url], flags].concat(), &[]),
        input,
    )
}

fn finish(mut command: Command, input: &str) -> Ended {
    let mut child = command.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_owned();
    let writer = thread::spawn(move || stdin.write_all(input.as_bytes()).ok());
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    Ended {
        status: output.status,
        log: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// The program while it runs, its input still open.
struct Running {
    child: Child,
    log: Arc<Mutex<String>>,
}

impl Running {
    fn start(mut command: Command, input: &str) -> Running {
        let mut child = command.spawn().unwrap();
        child
            .stdin
            .as_mut()
            .unwrap()
            .write_all(input.as_bytes())
            .unwrap();
        let log = Arc::new(Mutex::new(String::new()));
        let (to, stderr) = (log.clone(), child.stderr.take().unwrap());
        thread::spawn(move || {
            for line in BufReader::new(stderr).lines().map_while(Result::ok) {
                *to.lock().unwrap() += &(line + "\n");
            }
        });
        Running { child, log }
    }

    fn says(&self, text: &str) {
        let start = Instant::now();
        while !self.log.lock().unwrap().contains(text) {
            let log = self.log.lock().unwrap();
            assert!(start.elapsed() < PATIENCE, "{text:?} is not in {log}");
            drop(log);
            thread::sleep(Duration::from_millis(5));
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// The messages of a stream.
fn messages(server: &Server, group: &str, stream: &str) -> Vec<String> {
    let store = server.store();
    let stream = store.groups[group].streams.get(stream);
    let events = stream.map(|stream| stream.events.iter());
    let events = events.into_iter().flatten();
    events.map(|event| event.message.to_string()).collect()
}

/// Listens on a port of its own and hands each connection to `serve`, until the tests end.
fn listen(serve: impl Fn(TcpStream) -> std::io::Result<()> + Send + Sync + 'static) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let serve = Arc::new(serve);
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let serve = serve.clone();
            thread::spawn(move || serve(stream).ok());
        }
    });
    address
}

/// A request's head, to the empty line.
fn head(stream: &mut TcpStream) -> std::io::Result<String> {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte)?;
        head.push(byte[0]);
    }
    Ok(String::from_utf8_lossy(&head).into_owned())
}

fn refuse(operation: &str, code: &str) -> Fault {
    Fault::on(operation, Effect::error(code))
}
