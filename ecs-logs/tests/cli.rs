//! The program as its users meet it: what it answers to its arguments, to standard input, and to what cannot be.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use serde_json::Value;
use std::{
    io::Write,
    path::PathBuf,
    process::{Command, Output, Stdio},
};

/// Runs the program with nothing of the caller's environment but what is given.
fn run(arguments: &[&str], environment: &[(&str, &str)], input: &[u8]) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_ecs-logs"))
        .args(arguments)
        .env_clear()
        .envs(environment.iter().copied())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A program that refuses its arguments does not read.
    child.stdin.take().unwrap().write_all(input).ok();
    child.wait_with_output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn check_refused(arguments: &[&str], environment: &[(&str, &str)], code: i32, message: &str) {
    let output = run(arguments, environment, b"");
    let said = text(&output.stderr);
    assert!(
        said.contains(message),
        "{arguments:?}: {said:?} does not say {message:?}"
    );
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {said}");
}

#[test]
fn what_cannot_be_understood_ends_with_2_and_names_value_place_and_way_out() {
    check_refused(
        &["--flush-timout", "5s"],
        &[],
        2,
        "ecs-logs: unknown flag --flush-timout (did you mean --flush-timeout?)",
    );
    check_refused(
        &["-flush-timeout", "5x"],
        &[],
        2,
        "ecs-logs: --flush-timeout: \"5x\" is not a duration (write 5s, 1m30s or 500ms)",
    );
    check_refused(
        &["-log-level", "loud"],
        &[],
        2,
        "--log-level: \"loud\" is none of debug, info, warn, error, fatal",
    );
    check_refused(
        &[],
        &[("ECS_LOGS_MAX_IN_FLIGHT", "0")],
        2,
        "ECS_LOGS_MAX_IN_FLIGHT: \"0\" is not between 1 and 256",
    );
    check_refused(
        &["--config", "/no/such.toml"],
        &[],
        2,
        "cannot read the configuration file /no/such.toml",
    );
    check_refused(
        &["dcotor"],
        &[],
        2,
        "unknown command \"dcotor\" (did you mean doctor?)",
    );
    let two = run(&["--retention-days", "31", "--start", "soon"], &[], b"");
    assert_eq!(
        text(&two.stderr).lines().count(),
        2,
        "both mistakes at once"
    );
}

#[test]
fn what_cannot_be_read_ends_with_1_and_the_reason() {
    let folder = tempfile::tempdir().unwrap();
    let checkpoint = folder.path().join("checkpoint");
    let checkpoint = checkpoint.to_str().unwrap();
    let journald = [
        "-src",
        "journald",
        "-dst",
        "stdout",
        "--once",
        "--checkpoint",
        checkpoint,
    ];
    let with = |more: &[&'static str]| [&journald[..], more].concat();
    check_refused(
        &with(&["--directory", "/no/such"]),
        &[],
        1,
        "cannot read the journal in /no/such: No such file or directory",
    );
    check_refused(
        &with(&["--file", "/no/such.journal"]),
        &[],
        1,
        "cannot read the journal in /no/such.journal",
    );
    check_refused(
        &with(&["--file", "/tmp"]),
        &[],
        1,
        "/tmp is a directory (--directory reads it)",
    );
    check_refused(
        &with(&["--namespace", "nothing-of-the-kind"]),
        &[],
        1,
        "nothing-of-the-kind",
    );
}

#[test]
fn help_and_version_are_answers() {
    for argument in ["-h", "-help", "--help"] {
        let output = run(&[argument], &[], b"");
        assert_eq!(output.status.code(), Some(0));
        assert!(text(&output.stdout).contains("--max-batch-bytes"));
    }
    assert!(text(&run(&["--version"], &[], b"").stdout).starts_with("ecs-logs "));
    for arguments in [
        &["man"][..],
        &["completion", "bash"],
        &["completion", "zsh"],
        &["completion", "fish"],
    ] {
        let output = run(arguments, &[], b"");
        assert_eq!(output.status.code(), Some(0), "{arguments:?}");
        assert!(text(&output.stdout).contains("batch"), "{arguments:?}");
    }
}

#[test]
fn what_is_in_force_is_printed_with_its_origin() {
    let output = run(
        &["--print-config", "-src", "journald"],
        &[("ECS_LOGS_REGION", "eu-west-1")],
        b"",
    );
    let printed = text(&output.stdout);
    assert!(
        printed.contains("src = [\"journald\"]  # command line\n"),
        "{printed}"
    );
    assert!(
        printed.contains("region = \"eu-west-1\"  # ECS_LOGS_REGION\n"),
        "{printed}"
    );
    assert!(printed.contains("flush_timeout = \"5s\"\n"), "{printed}");
}

/// The commented default file, every comment taken off, is a valid configuration of every key.
#[test]
fn the_packaged_configuration_file_names_every_key() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/package/ecs-logs.toml");
    let file = std::fs::read_to_string(path).unwrap();
    let commented: String = file
        .lines()
        .filter_map(|line| line.strip_prefix('#').filter(|rest| !rest.starts_with(' ')))
        .map(|line| format!("{line}\n"))
        .collect();
    let folder = tempfile::tempdir().unwrap();
    let bare = folder.path().join("c.toml");
    std::fs::write(&bare, commented).unwrap();
    let output = run(
        &["--print-config", "--config", bare.to_str().unwrap()],
        &[],
        b"",
    );
    assert_eq!(text(&output.stderr), "");
    let printed = text(&output.stdout);
    for line in printed
        .lines()
        .take_while(|line| !line.starts_with("[["))
        .filter(|line| line.contains(" = ") || line.contains("is not set"))
    {
        let excluded = [
            "# directory",
            "# file",
            "# namespace",
            "# checkpoint",
            "# pprof_addr",
            "pprof_addr",
        ];
        let set = line.contains("c.toml:") || excluded.iter().any(|name| line.starts_with(name));
        assert!(set, "not in the packaged file: {line}");
    }
    let as_packaged = run(&["--print-config", "--config", path], &[], b"");
    assert_eq!(
        as_packaged.status.code(),
        Some(0),
        "{}",
        text(&as_packaged.stderr)
    );
}

/// The runs of the original on standard input. Ours differs where it keeps what the original lost or refused, and in its own messages.
#[test]
fn standard_input_is_shipped_as_the_original_did() {
    let root = std::env::var_os("ECS_LOGS_CONFORMANCE").map_or_else(
        || {
            PathBuf::from(concat!(
                env!("CARGO_MANIFEST_DIR"),
                "/../../shared/conformance"
            ))
        },
        PathBuf::from,
    );
    let path = root.join("ecs-events/stdin.jsonl");
    let Ok(cases) = std::fs::read_to_string(&path) else {
        return stack_tests::skip(&format!(
            "no recorded runs in {} (set ECS_LOGS_CONFORMANCE)",
            path.display()
        ));
    };
    let mut differences: Vec<String> = Vec::new();
    let mut wrong: Vec<String> = Vec::new();
    let mut count = 0;
    for case in cases
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap())
    {
        let name = case["name"].as_str().unwrap();
        let input = match &case["stdin"] {
            Value::String(text) => text.clone().into_bytes(),
            bytes => base64(bytes["base64"].as_str().unwrap().as_bytes()),
        };
        count += 1;
        let arguments: Vec<&str> = case["args"]
            .as_array()
            .unwrap()
            .iter()
            .map(|arg| arg.as_str().unwrap())
            .collect();
        let environment = case["env"].as_object().unwrap().iter();
        let environment: Vec<_> = environment
            .map(|(name, value)| (name.as_str(), value.as_str().unwrap()))
            .collect();
        let output = run(&arguments, &environment, &input);
        let (ours, theirs) = (
            lines(&text(&output.stdout)),
            lines(case["stdout"].as_str().unwrap()),
        );
        if ours == theirs && output.status.code() == case["rc"].as_i64().map(|code| code as i32) {
            continue;
        }
        // The original ended at the first fault, with 0; ours skips what is at fault and goes on. Unknown members join the data,
        // numbers stay as they were written, and usage has its exit code.
        let kept_more = theirs.iter().all(|line| ours.contains(line)) && ours.len() >= theirs.len();
        let usage = output.status.code() == Some(2) || ["help", "version-flag"].contains(&name);
        let richer = ours.len() == theirs.len()
            && ours
                .iter()
                .zip(&theirs)
                .all(|(ours, theirs)| poorer(theirs, ours));
        match kept_more || usage || richer {
            true => differences.push(name.to_owned()),
            false => wrong.push(format!(
                "{name}: {}\n  theirs {theirs:?}\n  ours   {ours:?}",
                output.status
            )),
        }
    }
    eprintln!(
        "{} of {count} runs differ on purpose: {}",
        differences.len(),
        differences.join(" ")
    );
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The lines, sorted, the present replaced as in the recording.
fn lines(output: &str) -> Vec<String> {
    let year = |line: &str| {
        let Some(at) = line.find("\"time\":\"") else {
            return line.to_owned();
        };
        let (head, rest) = line.split_at(at + 8);
        let (time, tail) = rest.split_at(rest.find('"').unwrap());
        let now = ["2024", "2025", "2026", "2027", "2028", "2029", "203"]
            .iter()
            .any(|year| time.starts_with(year));
        format!("{head}{}{tail}", if now { "<now>" } else { time })
    };
    let mut lines: Vec<String> = output.lines().map(year).collect();
    lines.sort();
    lines
}

/// Whether `ours` says all that `theirs` says, numbers aside, which float64 had rounded; names are made valid.
fn poorer(theirs: &str, ours: &str) -> bool {
    let (theirs, ours): (Value, Value) = (
        serde_json::from_str(theirs).unwrap(),
        serde_json::from_str(ours).unwrap(),
    );
    fn within(theirs: &Value, ours: &Value) -> bool {
        match (theirs, ours) {
            (Value::Object(theirs), Value::Object(ours)) => theirs
                .iter()
                .all(|(name, value)| ours.get(name).is_some_and(|ours| within(value, ours))),
            (Value::Array(theirs), Value::Array(ours)) => {
                theirs.len() == ours.len()
                    && theirs
                        .iter()
                        .zip(ours)
                        .all(|(theirs, ours)| within(theirs, ours))
            }
            (Value::Number(_), Value::Number(_)) => true,
            _ => theirs == ours,
        }
    }
    let changed_names = theirs["group"] != ours["group"] || theirs["stream"] != ours["stream"];
    match changed_names {
        true => within(&theirs["event"], &ours["event"]),
        false => within(&theirs, &ours),
    }
}

fn base64(text: &[u8]) -> Vec<u8> {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let digits = text
        .iter()
        .filter_map(|byte| ALPHABET.iter().position(|digit| digit == byte));
    let (mut bits, mut count, mut out) = (0usize, 0, Vec::new());
    for digit in digits {
        bits = bits << 6 | digit;
        count += 6;
        if count >= 8 {
            count -= 8;
            out.push((bits >> count) as u8);
        }
    }
    out
}
