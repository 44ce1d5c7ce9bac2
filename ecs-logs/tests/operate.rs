//! The agent as its operators see it: status, metrics, verify and doctor, over a journal and a CloudWatch of the test's own.
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

    // Asked without any option, it finds every agent of the state directory.
    let bare = |arguments: &[&str]| {
        let mut bare = Command::new(env!("CARGO_BIN_EXE_ecs-logs"));
        bare.args(["status", "--json"])
            .args(arguments)
            .env_clear()
            .env("ECS_LOGS_CONFIG", "/dev/null")
            .env("STATE_DIRECTORY", folder.path());
        let found: Value =
            serde_json::from_slice(&bare.output().unwrap().stdout).unwrap_or_default();
        assert_eq!(found["agents"][0]["running"], true, "{found}");
    };
    bare(&[]);
    bare(&["--checkpoint", checkpoint.to_str().unwrap()]);

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

#[test]
fn verify_finds_the_hour_of_the_stream_that_lacks_an_event() {
    let Some(journald) = Journald::start("") else {
        return;
    };
    let server = Server::local(Config::default()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let (checkpoint, url) = (folder.path().join("checkpoint"), server.url());
    let journal = journald.directory();
    let journal = journal.to_str().unwrap();
    for number in 0..5 {
        log(&journald, "web", &format!("line {number}"));
    }
    // One that says a time that CloudWatch would not take, and one that is too long and becomes two events.
    log(
        &journald,
        "api",
        "{\"level\":\"INFO\",\"time\":\"2020-01-01T00:00:00Z\",\"info\":{},\"data\":{},\"message\":\"m\"}",
    );
    log(&journald, "api", &"x".repeat(3_000));
    journald.sync();
    let small = ["--max-event-bytes", "2048", "--directory", journal];
    let run = ask(&url, &[&small[..], &["--once"]].concat(), &checkpoint);
    assert!(run.status.success(), "{run:?}");

    let verify = |more: &[&str]| {
        let arguments = [&["verify", "--json", "--until", "0"], &small[..], more].concat();
        let output = ask(&url, &arguments, &checkpoint);
        let json: Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        (json, output.status.code(), said)
    };
    let (report, code, said) = verify(&[]);
    assert_eq!(code, Some(0), "{report} {said}");
    assert_eq!(
        (
            &report["streams"],
            &report["journal"],
            &report["cloudwatch"]
        ),
        (&2.into(), &8.into(), &8.into()),
        "{report}"
    );

    let lost = {
        let mut store = server.store();
        let events = &mut store.group("web").unwrap().stream("one").unwrap().events;
        events.pop().unwrap().timestamp
    };
    let (report, code, said) = verify(&[]);
    assert_eq!(code, Some(1), "{report} {said}");
    let difference = &report["differences"][0];
    assert_eq!(
        (&difference["group"], &difference["stream"]),
        (&"web".into(), &"one".into()),
        "{report}"
    );
    assert_eq!(
        (&difference["journal"], &difference["cloudwatch"]),
        (&5.into(), &4.into()),
        "{lost} {report}"
    );
    let (report, code, _) = verify(&["--since", "2020-01-01", "--until", "2020-01-02"]);
    assert_eq!((&report["streams"], code), (&0.into(), Some(0)), "{report}");

    let denied = Fault::on("GetLogEvents", Effect::error("AccessDeniedException"));
    server.faults().add(denied, server.steady());
    let (_, code, said) = verify(&[]);
    assert!(
        code == Some(1) && said.contains("needs logs:GetLogEvents"),
        "{said}"
    );
}

/// What the doctor found of one thing: the verdict, what it found, and the way out.
fn doctor(url: &str, arguments: &[&str], what: &str) -> (String, String) {
    let folder = tempfile::tempdir().unwrap();
    let all = [&["doctor", "--json"], arguments].concat();
    let output = ask(url, &all, &folder.path().join("checkpoint"));
    let findings: Vec<Value> = serde_json::from_slice(&output.stdout).unwrap();
    let found = findings
        .iter()
        .find(|finding| finding["what"] == what)
        .unwrap();
    let text = |key: &str| found[key].as_str().unwrap().to_owned();
    (
        text("verdict"),
        format!("{} → {}", text("found"), text("way_out")),
    )
}

#[test]
fn a_doctor_that_is_told_nothing_looks_at_the_way_from_this_hosts_journal_to_cloudwatch() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_ecs-logs"));
    command.args(["doctor", "--json"]).env_clear();
    command.env("ECS_LOGS_CONFIG", "/dev/null");
    command.env("ECS_LOGS_ENDPOINT_URL", "http://127.0.0.1:1");
    command.env("STATE_DIRECTORY", folder.path());
    let output = command.output().unwrap();
    let findings: Vec<Value> = serde_json::from_slice(&output.stdout).unwrap();
    let found = |what: &str| findings.iter().find(|finding| finding["what"] == what);
    let checkpoint = found("checkpoint").unwrap()["found"].to_string();
    assert!(
        checkpoint.contains("cloudwatchlogs.checkpoint"),
        "{checkpoint}"
    );
    assert_eq!(found("endpoint").unwrap()["verdict"], "problem");
    assert_eq!(output.status.code(), Some(1));
}

/// A server that refuses everything and says this time.
fn with_date(date: &'static str) -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            // To the end of the JSON: an answer to half a request may be lost with it.
            let (mut request, mut byte) = (Vec::new(), [0]);
            while request.last() != Some(&b'}') && stream.read_exact(&mut byte).is_ok() {
                request.push(byte[0]);
            }
            let body = "{\"__type\":\"UnrecognizedClientException\",\"message\":\"who\"}";
            let length = body.len();
            write!(stream, "HTTP/1.1 400 Bad Request\r\nDate: {date}\r\nContent-Type: application/x-amz-json-1.1\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n{body}").ok();
        }
    });
    url
}

#[test]
fn the_doctor_compares_the_clock_with_the_endpoints() {
    let (verdict, found) = doctor(&with_date("Wed, 01 Jan 2020 00:00:00 GMT"), &[], "clock");
    assert!(
        verdict == "problem" && found.contains(" s ahead of the endpoint's → let chrony"),
        "{found}"
    );
    let (verdict, found) = doctor(&with_date("Fri, 01 Jan 2100 00:00:00 GMT"), &[], "clock");
    assert!(
        verdict == "problem" && found.contains(" s behind the endpoint's"),
        "{found}"
    );
    let (verdict, found) = doctor(&with_date("tomorrow"), &[], "clock");
    assert!(
        verdict == "warning" && found.contains("Date is \"tomorrow\""),
        "{found}"
    );
}

#[test]
fn a_write_test_proves_the_permissions_or_names_the_one_that_is_missing() {
    let server = Server::local(Config::default()).unwrap();
    let url = server.url();
    let write = |more: &[&str]| {
        let arguments = [&["--write-test", "/test/group"], more].concat();
        doctor(&url, &arguments, "permissions")
    };
    assert_eq!(doctor(&url, &[], "permissions").0, "ok");
    let (verdict, found) = doctor("http://127.0.0.1:1", &[], "clock");
    assert!(
        verdict == "warning" && found.contains("Connection refused") && !found.contains('{'),
        "{found}"
    );
    let (verdict, found) = write(&["--create-groups=false"]);
    assert!(
        verdict == "problem" && found.contains("/test/group does not exist"),
        "{found}"
    );
    let (verdict, found) = write(&[]);
    assert!(
        verdict == "ok" && found.contains("logs:PutLogEvents, logs:CreateLogGroup"),
        "{found}"
    );
    let streams = server.store().group("/test/group").unwrap().streams.len();
    assert_eq!((streams, server.store().events), (1, 1));
    for operation in ["PutLogEvents", "CreateLogStream"] {
        let denied = Fault::on(operation, Effect::error("AccessDeniedException"));
        server.faults().add(denied, server.steady());
        let (verdict, found) = write(&[]);
        let named = found.contains(&format!("the role needs logs:{operation}"));
        assert!(verdict == "problem" && named, "{found}");
    }
}

#[test]
fn the_doctor_says_whose_credentials_they_are() {
    let role = "arn:aws:iam::123456789012:role/logs";
    let (_, found) = doctor("http://127.0.0.1:1", &[], "credentials");
    assert!(
        found.contains("come from the environment (AWS_ACCESS_KEY_ID)"),
        "{found}"
    );
    let flags = ["--role-arn", role];
    let (_, found) = doctor("http://127.0.0.1:1", &flags, "credentials");
    assert!(
        found.contains(role) && found.contains("the environment (AWS_ACCESS_KEY_ID)"),
        "{found}"
    );
}

#[test]
fn as_a_service_the_doctor_runs_itself_by_systemd_run_or_says_that_there_is_no_systemd() {
    let folder = tempfile::tempdir().unwrap();
    let tool = |name: &str, script: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
        let all = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        std::fs::set_permissions(&path, all).unwrap();
    };
    let run = || {
        let mut command = program("http://127.0.0.1:1");
        command.args(["doctor", "--as-service", "--json"]);
        command.env("PATH", format!("{}:/bin:/usr/bin", folder.path().display()));
        let output = command.output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        (
            output.status.code(),
            text(&output.stdout),
            text(&output.stderr),
        )
    };
    tool(
        "systemctl",
        "echo 'System has not been booted with systemd' >&2; exit 1",
    );
    let (code, _, said) = run();
    assert!(
        code == Some(1) && said.contains("which does not run here: System has not been booted"),
        "{said}"
    );

    let unit = "[Service]\\nType=notify\\nDynamicUser=yes\\nPrivateDevices=yes\\n";
    tool(
        "systemctl",
        &format!("[ \"$1\" = show ] || printf '{unit}'"),
    );
    tool("systemd-run", "printf '%s\\n' \"$@\"; exit 7");
    let (code, given, said) = run();
    assert_eq!(code, Some(7), "{said}");
    let program = std::fs::canonicalize(env!("CARGO_BIN_EXE_ecs-logs")).unwrap();
    let expected = format!(
        "--wait\n--pipe\n--collect\n--quiet\n--property=DynamicUser=yes\n--property=PrivateDevices=yes\n--property=User=ecs-logs\n--\n{}\ndoctor\n--json\n",
        program.display()
    );
    assert_eq!(given, expected);
}
