//! The compatibility table of docs/moving.md: each row by what the program does.

use crate::{Ended, finish, journal, messages, on_journal, program, server};
use serde_json::Value;
use std::process::{Command, Stdio};

/// The program with these arguments and variables, to its end.
fn run(arguments: &[&str], variables: &[(&str, &str)], input: &str) -> (Ended, String) {
    let mut command = program(variables);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("out");
    let out = std::fs::File::create(&path).unwrap();
    command.args(arguments).stdout(Stdio::from(out));
    let ended = finish(command, input);
    (ended, std::fs::read_to_string(path).unwrap())
}

const LINE: &str = "{\"group\":\"g\",\"stream\":\"s\",\"event\":{\"message\":\"m\"}}\n";

#[track_caller]
fn check_refused(arguments: &[&str], message: &str) {
    let (ended, _) = run(arguments, &[], "");
    assert_eq!(ended.status.code(), Some(2), "{arguments:?}: {}", ended.log);
    ended.says(message);
}

/// The unit of 2016: `ecs-logs -src journald -dst cloudwatchlogs -max-batch-bytes 1000000 -flush-timeout 5s`.
#[test]
fn the_command_line_of_the_2016_unit_works_as_it_stands() {
    let entries = [("web", "", "a"), ("web", "", "b"), ("api", "", "c")];
    let Some(folder) = journal(&entries) else {
        return;
    };
    let server = server();
    let unit = ["-max-batch-bytes", "1000000", "-flush-timeout", "5s"];
    let more = ["--once"];
    let flags = [&unit[..], &more].concat();
    finish(on_journal(folder.path(), &server, &flags), "").delivered();
    let texts = |group: &str| -> Vec<String> {
        let text = |message: String| {
            let event: Value = serde_json::from_str(&message).unwrap();
            event["message"].as_str().unwrap().to_owned()
        };
        messages(&server, group, "one")
            .into_iter()
            .map(text)
            .collect()
    };
    assert_eq!(texts("web"), ["a", "b"]);
    assert_eq!(texts("api"), ["c"]);
}

#[test]
fn sources_and_destinations_have_their_old_names_and_there_is_one_of_each() {
    let (ended, out) = run(&["-src", "stdin", "-dst", "stdout"], &[], LINE);
    ended.delivered();
    assert!(
        out.starts_with("{\"group\":\"g\",\"stream\":\"s\",\"event\":{"),
        "{out}"
    );
    let (ended, defaults) = run(&[], &[], LINE);
    ended.delivered();
    assert_eq!(defaults.lines().count(), 1);
    check_refused(&["-src", "journald,stdin"], "one agent reads one source");
    check_refused(
        &["-dst", "stdout,cloudwatchlogs"],
        "one agent has one destination",
    );
    for gone in ["syslog", "statsd", "datadog", "loggly", "logdna"] {
        check_refused(&["-dst", gone], "is none of cloudwatchlogs, stdout");
    }
    check_refused(&["-src", "files"], "is none of journald, stdin");
    check_refused(&["-nothing-like-it"], "unknown flag");
}

#[test]
fn hostname_names_the_host() {
    let (ended, out) = run(&["-hostname", "old-host"], &[], LINE);
    ended.delivered();
    assert!(out.contains("\"host\":\"old-host\""), "{out}");
}

#[test]
fn log_level_silences_the_agent() {
    let (loud, _) = run(&["-log-level", "info"], &[], LINE);
    loud.says("1 entries read");
    let (quiet, _) = run(&["-log-level", "error"], &[], LINE);
    assert_eq!(quiet.log, "");
}

#[test]
fn max_batch_size_and_bytes_bound_a_request() {
    let Some(folder) = journal(&[("web", "", "a"); 30]) else {
        return;
    };
    let check = |flags: &[&str], events: u64| {
        let server = server();
        std::fs::remove_file(folder.path().join("checkpoint")).ok();
        let flags = [flags, &["--once"]].concat();
        finish(on_journal(folder.path(), &server, &flags), "").delivered();
        let counters = server.counters();
        assert_eq!(counters.events, 30);
        assert_eq!(counters.largest_batch_events, events, "{flags:?}");
    };
    check(&[], 30);
    check(&["-max-batch-size", "7"], 7);
    let server = server();
    std::fs::remove_file(folder.path().join("checkpoint")).ok();
    let flags = ["-max-batch-bytes", "1024", "--once"];
    finish(on_journal(folder.path(), &server, &flags), "").delivered();
    assert!(server.counters().largest_batch_bytes <= 1_024);
}

#[test]
fn cache_timeout_is_taken_and_pprof_addr_has_no_effect_which_is_said() {
    let (ended, out) = run(&["-cache-timeout", "1m", "-pprof-addr", ":6060"], &[], LINE);
    ended
        .delivered()
        .says("--pprof-addr has no effect (--metrics-addr serves what can be watched)");
    assert_eq!(out.lines().count(), 1);
}

#[test]
fn journald_stream_name_names_the_streams_field() {
    let Some(folder) = journal(&[("web", "CONTAINER_ID=0123\n", "a")]) else {
        return;
    };
    let server = server();
    let mut command = on_journal(folder.path(), &server, &["--once"]);
    command.env("JOURNALD_STREAM_NAME", "CONTAINER_ID");
    finish(command, "").delivered();
    assert_eq!(messages(&server, "web", "0123").len(), 1);
}

#[test]
fn a_second_start_goes_on_where_the_first_was() {
    let Some(folder) = journal(&[("web", "", "a")]) else {
        return;
    };
    let server = server();
    for _ in 0..2 {
        finish(on_journal(folder.path(), &server, &["--once"]), "").delivered();
    }
    assert_eq!(messages(&server, "web", "one").len(), 1);
}

#[test]
fn help_goes_to_standard_output() {
    let output = Command::new(env!("CARGO_BIN_EXE_ecs-logs"))
        .arg("-h")
        .output()
        .unwrap();
    assert!(output.status.success());
    assert!(output.stderr.is_empty());
    assert!(!output.stdout.is_empty());
}
