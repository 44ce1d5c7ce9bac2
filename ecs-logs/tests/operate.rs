//! The running agent as its operators see it: status, metrics and verify, over a journal and a CloudWatch of the test's own.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use cloudwatch_local::{Config, Effect, Fault, Server};
use serde_json::Value;
use stack_tests::journald::{Journald, until};
use std::{
    io::{Read, Write},
    net::TcpStream,
    path::Path,
    process::{Child, Command, Output, Stdio},
};

/// The program with the local endpoint and its credentials, and nothing of the caller's environment.
fn program(url: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ecs-logs"));
    command
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("AWS_ACCESS_KEY_ID", "local")
        .env("AWS_SECRET_ACCESS_KEY", "local")
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .env("ECS_LOGS_REGION", "us-east-1")
        .env("ECS_LOGS_ENDPOINT_URL", url)
        .env("ECS_LOGS_SRC", "journald")
        .env("ECS_LOGS_DST", "cloudwatchlogs")
        .env("ECS_LOGS_TRUST_CONTAINER_FIELDS", "true")
        .env("ECS_LOGS_FLUSH_TIMEOUT", "50ms")
        .env("ECS_LOGS_CONFIG", "/dev/null")
        .stdin(Stdio::null());
    command
}

struct Agent(Child);

impl Agent {
    fn start(url: &str, journal: &Path, checkpoint: &Path, port: u16) -> Agent {
        let child = program(url)
            .arg("--directory")
            .arg(journal)
            .arg("--checkpoint")
            .arg(checkpoint)
            .args([
                "--metrics-addr",
                &port.to_string(),
                "--drain-timeout",
                "100ms",
            ])
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        Agent(child)
    }

    fn signal(&mut self, signal: rustix::process::Signal) {
        let pid = rustix::process::Pid::from_raw(self.0.id() as i32).unwrap();
        rustix::process::kill_process(pid, signal).unwrap();
        self.0.wait().unwrap();
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

fn ask(url: &str, arguments: &[&str], checkpoint: &Path) -> Output {
    let mut command = program(url);
    command.args(arguments).arg("--checkpoint").arg(checkpoint);
    command.output().unwrap()
}

fn status(url: &str, checkpoint: &Path) -> (Value, Option<i32>) {
    let output = ask(url, &["status", "--json"], checkpoint);
    let json = serde_json::from_slice(&output.stdout).unwrap_or_default();
    (json, output.status.code())
}

fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

fn metrics(port: u16) -> String {
    let mut said = String::new();
    if let Ok(mut stream) = TcpStream::connect(("127.0.0.1", port)) {
        stream.write_all(b"GET /metrics HTTP/1.1\r\n\r\n").ok();
        stream.read_to_string(&mut said).ok();
    }
    said
}

fn log(journald: &Journald, group: &str, message: &str) {
    journald.log(&[
        ("CONTAINER_TAG", group.as_bytes()),
        ("CONTAINER_NAME", b"one"),
        ("MESSAGE", message.as_bytes()),
    ]);
}

#[test]
fn status_and_metrics_say_what_is_delivered_what_is_parked_and_whether_there_is_an_agent() {
    let Some(journald) = Journald::start("") else {
        return;
    };
    let server = Server::local(Config::default()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let (checkpoint, url) = (folder.path().join("checkpoint"), server.url());
    let port = free_port();

    let (none, code) = status(&url, &checkpoint);
    assert_eq!(code, Some(1));
    assert!(
        none["problems"][0]
            .as_str()
            .unwrap()
            .starts_with("no ecs-logs runs")
    );

    log(&journald, "web", "delivered");
    // One group is accepted and another is not.
    let denied = Fault {
        group: Some("denied".into()),
        ..Fault::on("PutLogEvents", Effect::error("AccessDeniedException"))
    };
    server.faults().add(denied, server.steady());
    journald.sync();
    let mut agent = Agent::start(&url, &journald.directory(), &checkpoint, port);
    until("one event is accepted and said to be", || {
        status(&url, &checkpoint).0["agents"][0]["events_accepted"] == 1
    });
    let (seen, code) = status(&url, &checkpoint);
    assert_eq!(code, Some(0), "{seen}");
    let seen = &seen["agents"][0];
    assert_eq!(
        (&seen["running"], &seen["lag_ms"]),
        (&true.into(), &0.into()),
        "{seen}"
    );
    assert!(
        seen["checkpoint_saved_ms"].is_i64() && seen["headroom_ms"].is_u64(),
        "{seen}"
    );
    let page = metrics(port);
    for line in [
        "ecs_logs_lag_seconds 0.000\n",
        "ecs_logs_checkpoint_age_seconds 0.000\n",
        "ecs_logs_journal_headroom_seconds ",
        "ecs_logs_lines_split_total 0\n",
        "ecs_logs_group_bytes_total{group=\"web\"} ",
        "ecs_logs_group_billed_bytes_total{group=\"web\"} ",
    ] {
        assert!(page.contains(line), "{line:?} is not in {page}");
    }

    // Lines for both: the accepted one proves that the other's fault is its own.
    until("the denied stream is parked and said to be", || {
        log(&journald, "denied", "parked");
        log(&journald, "web", "more");
        status(&url, &checkpoint).0["agents"][0]["parked_count"] == 1
    });
    let (seen, code) = status(&url, &checkpoint);
    assert_eq!(code, Some(1), "{seen}");
    let parked = &seen["agents"][0]["parked"][0];
    assert_eq!(
        (&parked["group"], &parked["stream"]),
        (&"denied".into(), &"one".into())
    );
    assert!(
        parked["reason"]
            .as_str()
            .unwrap()
            .contains("the role needs logs:PutLogEvents"),
        "{seen}"
    );
    let text = ask(&url, &["status"], &checkpoint);
    let text = String::from_utf8_lossy(&text.stdout).into_owned();
    for part in [
        "\nparked      denied one: since ",
        "\nlast error  ",
        "\nproblem: 1 streams are parked",
    ] {
        assert!(text.contains(part), "{part:?} is not in {text}");
    }

    agent.signal(rustix::process::Signal::KILL);
    let (seen, code) = status(&url, &checkpoint);
    assert_eq!(
        (code, &seen["agents"][0]["running"]),
        (Some(1), &false.into()),
        "{seen}"
    );
    let mut agent = Agent::start(&url, &journald.directory(), &checkpoint, port);
    until("the next one says that it runs", || {
        status(&url, &checkpoint).0["agents"][0]["running"] == true
    });
    let down = Fault::on("PutLogEvents", Effect::error("ServiceUnavailableException"));
    server.faults().add(down, server.steady());
    log(&journald, "web", "waits");
    until(
        "the outage and how far behind it leaves us are said",
        || {
            let seen = &status(&url, &checkpoint).0["agents"][0];
            seen["trouble"].is_string() && seen["lag_ms"].as_u64() > Some(0)
        },
    );
    assert_eq!(status(&url, &checkpoint).1, Some(1));
    agent.signal(rustix::process::Signal::TERM);
    let (seen, code) = status(&url, &checkpoint);
    assert!(
        code == Some(1) && seen["agents"] == serde_json::json!([]),
        "{seen}"
    );
}
