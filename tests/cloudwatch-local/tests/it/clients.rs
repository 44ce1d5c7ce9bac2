//! boto3 and the AWS CLI, unchanged, against this server; the same checks against moto.

use cloudwatch_local::{Config, Server};
use std::{
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

fn server() -> Server {
    let credentials = Some(vec!["local:local".parse().unwrap()]);
    Server::local(Config {
        credentials,
        ..Config::default()
    })
    .unwrap()
}

/// A program of the Python environment that `make deps` makes, or of the one in `STACK_VENV`.
fn python(program: &str) -> Option<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let venv = std::env::var_os("STACK_VENV").map_or_else(|| root.join(".venv"), PathBuf::from);
    let program = venv.join("bin").join(program);
    if program.exists() {
        return Some(program);
    }
    stack_tests::skip(&format!("{} is missing: make deps", program.display()));
    None
}

fn blackbox(python: &Path, arguments: &[&str]) {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/blackbox.py");
    let output = Command::new(python)
        .arg(script)
        .args(arguments)
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success(),
        "{text}{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

#[test]
fn boto3_finds_every_rule_enforced() {
    if let Some(python) = python("python") {
        blackbox(&python, &[&server().url()]);
    }
}

#[test]
fn moto_passes_the_same_checks_but_for_what_it_does_not_know() {
    let (Some(python), Some(moto)) = (python("python"), python("moto_server")) else {
        return;
    };
    // The port is free now; nobody else takes it in the meantime but by rare chance.
    let port = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let mut moto = Command::new(moto)
        .args(["-H", "127.0.0.1", "-p", &port.to_string()])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let deadline = Instant::now() + Duration::from_secs(60);
    while TcpStream::connect(("127.0.0.1", port)).is_err() && Instant::now() < deadline {
        thread::sleep(Duration::from_millis(50));
    }
    let checked = std::panic::catch_unwind(|| {
        blackbox(&python, &[&format!("http://127.0.0.1:{port}"), "--moto"]);
    });
    moto.kill().unwrap();
    moto.wait().unwrap();
    if let Err(panic) = checked {
        std::panic::resume_unwind(panic);
    }
}

#[test]
fn aws_logs_tail_and_filter_show_what_was_put() {
    // PyPI's awscli has no `logs tail`; Debian's has.
    let aws = Path::new("/usr/bin/aws");
    if !aws.exists() {
        return stack_tests::skip("/usr/bin/aws is missing: make deps");
    }
    let server = server();
    let run = |arguments: &[&str]| {
        let output = Command::new(aws)
            .args([
                "--endpoint-url",
                &server.url(),
                "--region",
                "us-east-1",
                "logs",
            ])
            .args(arguments)
            .env("AWS_ACCESS_KEY_ID", "local")
            .env("AWS_SECRET_ACCESS_KEY", "local")
            .env_remove("AWS_SESSION_TOKEN")
            .output()
            .unwrap();
        assert!(
            output.status.success(),
            "{arguments:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8(output.stdout).unwrap()
    };
    run(&["create-log-group", "--log-group-name", "web"]);
    run(&[
        "create-log-stream",
        "--log-group-name",
        "web",
        "--log-stream-name",
        "c1",
    ]);
    let event = format!("timestamp={},message=hello", server.now());
    run(&[
        "put-log-events",
        "--log-group-name",
        "web",
        "--log-stream-name",
        "c1",
        "--log-events",
        &event,
    ]);
    let tail = run(&["tail", "web", "--since", "1h"]);
    assert!(tail.contains("c1 hello"), "{tail}");
    let filtered = run(&[
        "filter-log-events",
        "--log-group-name",
        "web",
        "--filter-pattern",
        "hello",
    ]);
    assert!(filtered.contains("\"message\": \"hello\""), "{filtered}");
}
