//! Every option has a test that sees its effect: the list, and those that had no better place.

use crate::{Running, command, finish, journal, messages, on_journal, server};
use cloudwatch_local::{Config, Effect, Fault, Server};
use std::{
    collections::BTreeSet,
    fs,
    io::{Read, Write},
    net::TcpStream,
    path::Path,
    time::{Duration, Instant},
};

/// Each option and the test that sees what it does.
const SEEN_BY: &[(&str, &str)] = &[
    (
        "src",
        "sources_and_destinations_have_their_old_names_and_there_is_one_of_each",
    ),
    (
        "directory",
        "what_cannot_be_read_ends_with_1_and_the_reason",
    ),
    ("file", "a_file_that_is_named_is_read"),
    (
        "namespace",
        "case_38_a_journal_namespace_is_shipped_when_it_is_named_and_only_then",
    ),
    ("reader", "a_reader_that_is_named_is_the_one_that_reads"),
    ("start", "reading_begins_where_it_is_told"),
    (
        "once",
        "the_command_line_of_the_2016_unit_works_as_it_stands",
    ),
    (
        "checkpoint",
        "case_45_a_checkpoint_that_cannot_be_written_is_an_error_with_its_place",
    ),
    (
        "trusted-unit",
        "the_units_that_are_trusted_are_those_that_are_named",
    ),
    (
        "trust-container-fields",
        "case_41_a_forged_container_line_is_not_shipped_but_named",
    ),
    ("group", "groups_and_streams_follow_their_templates"),
    ("stream", "groups_and_streams_follow_their_templates"),
    (
        "journald-stream-name",
        "the_field_of_the_streams_name_can_be_a_flag",
    ),
    ("match", "entries_that_match_are_shipped_too"),
    ("hostname", "hostname_names_the_host"),
    ("format", "a_raw_event_is_the_line"),
    (
        "journal-id",
        "each_event_names_its_entry_when_that_is_asked_for",
    ),
    (
        "partial-timeout",
        "a_piece_waits_for_the_next_as_long_as_it_is_told",
    ),
    (
        "max-event-bytes",
        "verify_finds_the_hour_of_the_stream_that_lacks_an_event",
    ),
    (
        "max-batch-bytes",
        "max_batch_size_and_bytes_bound_a_request",
    ),
    ("max-batch-size", "max_batch_size_and_bytes_bound_a_request"),
    (
        "flush-timeout",
        "a_batch_leaves_by_its_age_or_when_the_window_is_full",
    ),
    (
        "cache-timeout",
        "a_stream_that_is_silent_for_the_cache_timeout_is_forgotten",
    ),
    (
        "window-bytes",
        "a_batch_leaves_by_its_age_or_when_the_window_is_full",
    ),
    (
        "max-in-flight",
        "no_more_requests_are_under_way_than_are_allowed",
    ),
    (
        "drain-timeout",
        "case_42_asked_to_end_while_nothing_answers_it_ends_in_time_and_loses_nothing",
    ),
    (
        "dst",
        "sources_and_destinations_have_their_old_names_and_there_is_one_of_each",
    ),
    ("region", "fips_dual_stack_and_region_choose_the_host"),
    ("profile", "a_profile_has_the_key_and_the_region"),
    ("endpoint-url", "fips_dual_stack_and_region_choose_the_host"),
    ("fips", "fips_dual_stack_and_region_choose_the_host"),
    ("dual-stack", "fips_dual_stack_and_region_choose_the_host"),
    (
        "role-arn",
        "a_role_is_taken_on_with_the_credentials_that_are_there",
    ),
    (
        "external-id",
        "a_role_is_taken_on_with_the_credentials_that_are_there",
    ),
    (
        "role-session-name",
        "a_role_is_taken_on_with_the_credentials_that_are_there",
    ),
    (
        "ca-bundle",
        "a_certificate_of_ones_own_is_trusted_when_it_is_named",
    ),
    ("gzip", "with_gzip_fewer_bytes_carry_the_same_events"),
    ("entity", "without_entity_none_is_sent"),
    (
        "create-groups",
        "a_missing_group_is_parked_when_none_is_to_be_made",
    ),
    (
        "retention-days",
        "a_group_that_is_made_has_what_was_asked_for",
    ),
    (
        "log-group-class",
        "a_group_that_is_made_has_what_was_asked_for",
    ),
    ("kms-key-id", "a_group_that_is_made_has_what_was_asked_for"),
    ("tags", "a_group_that_is_made_has_what_was_asked_for"),
    ("log-level", "log_level_silences_the_agent"),
    (
        "metrics-addr",
        "a_stream_that_is_silent_for_the_cache_timeout_is_forgotten",
    ),
    (
        "pprof-addr",
        "cache_timeout_is_taken_and_pprof_addr_has_no_effect_which_is_said",
    ),
    ("dry-run", "a_dry_run_sends_nothing_and_saves_nothing"),
    (
        "config",
        "a_changed_file_is_in_force_after_sighup_and_a_broken_one_changes_nothing",
    ),
    (
        "print-config",
        "what_is_in_force_is_printed_with_its_origin",
    ),
    ("help", "help_and_version_are_answers"),
    ("version", "help_and_version_are_answers"),
    (
        "json",
        "status_and_metrics_say_what_is_delivered_what_is_parked_and_whether_there_is_an_agent",
    ),
    (
        "write-test",
        "a_write_test_proves_the_permissions_or_names_the_one_that_is_missing",
    ),
    (
        "as-service",
        "as_a_service_the_doctor_runs_itself_by_systemd_run_or_says_that_there_is_no_systemd",
    ),
    (
        "since",
        "verify_finds_the_hour_of_the_stream_that_lacks_an_event",
    ),
    (
        "until",
        "verify_finds_the_hour_of_the_stream_that_lacks_an_event",
    ),
];

fn sources(folder: &Path, text: &mut String) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, text);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            *text += &fs::read_to_string(&path).unwrap();
        }
    }
}

#[test]
fn every_option_has_a_test_that_sees_its_effect() {
    let mut options = BTreeSet::new();
    let all = ecs_logs::cli::command();
    for command in std::iter::once(&all).chain(all.get_subcommands()) {
        options.extend(
            command
                .get_arguments()
                .filter_map(|argument| argument.get_long()),
        );
    }
    let listed: BTreeSet<&str> = SEEN_BY.iter().map(|(option, _)| *option).collect();
    assert_eq!(listed, options, "the list and the options");
    assert_eq!(listed.len(), SEEN_BY.len(), "each once");
    let mut text = String::new();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for folder in ["tests", "../tests/tests"] {
        sources(&root.join(folder), &mut text);
    }
    for (option, test) in SEEN_BY {
        let found = text.split(&format!("fn {test}()")).next().unwrap();
        let is_test =
            found.len() < text.len() && found.lines().rev().take(3).any(|line| line == "#[test]");
        assert!(is_test, "--{option}: there is no test {test}");
        // Most tests name it; a helper may do so for them.
        assert!(
            text.contains(&format!("-{option}")),
            "--{option} is in no test at all"
        );
    }
}

/// Waits until this holds.
#[track_caller]
fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let start = Instant::now();
    while !holds() {
        assert!(start.elapsed() < crate::PATIENCE, "never {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

fn count(server: &Server, group: &str) -> u64 {
    let store = server.store();
    let group = store.groups.get(group);
    let streams = group.into_iter().flat_map(|group| group.streams.values());
    streams.map(|stream| stream.count).sum()
}

/// Ships a journal to its end with these flags and no checkpoint of before.
fn once(folder: &Path, server: &Server, flags: &[&str]) {
    fs::remove_file(folder.join("checkpoint")).ok();
    finish(
        on_journal(folder, server, &[&["--once"], flags].concat()),
        "",
    )
    .delivered();
}

#[test]
fn a_file_that_is_named_is_read() {
    let Some(folder) = journal(&[("web", "", "a")]) else {
        return;
    };
    let server = server();
    let file = folder.path().join("journal/host.journal");
    let mut command = crate::program(&[]);
    command
        .args(["-src", "journald", "-dst", "cloudwatchlogs", "--once"])
        .args(["--endpoint-url", &server.url(), "--file"])
        .arg(&file)
        .arg("--checkpoint")
        .arg(folder.path().join("checkpoint"));
    finish(command, "").delivered();
    assert_eq!(messages(&server, "web", "one").len(), 1);
}

#[test]
fn a_reader_that_is_named_is_the_one_that_reads() {
    use std::os::unix::fs::FileExt;
    let Some(folder) = journal(&[("web", "", "a")]) else {
        return;
    };
    for reader in ["native", "libsystemd", "auto"] {
        let server = server();
        once(folder.path(), &server, &["--reader", reader]);
        assert_eq!(messages(&server, "web", "one").len(), 1, "{reader}");
    }
    // A flag that nobody knows: the native reader refuses the file, and only libsystemd would be left.
    let file = folder.path().join("journal/host.journal");
    let file = fs::File::options().write(true).open(file).unwrap();
    file.write_all_at(&[0xff], 15).unwrap();
    let server = server();
    let flags = ["--once", "--reader", "native"];
    fs::remove_file(folder.path().join("checkpoint")).unwrap();
    let ended = finish(on_journal(folder.path(), &server, &flags), "");
    assert_eq!(ended.status.code(), Some(1));
    ended.says("--reader native cannot read this journal (--reader auto can)");
}

#[test]
fn reading_begins_where_it_is_told() {
    // The entries are a minute old.
    let Some(folder) = journal(&[("web", "", "a"), ("web", "", "b")]) else {
        return;
    };
    for (start, lines) in [("head", 2), ("tail", 0), ("2h", 2), ("1s", 0)] {
        let server = server();
        once(folder.path(), &server, &["--start", start]);
        assert_eq!(count(&server, "web"), lines, "--start {start}");
    }
}

#[test]
fn the_units_that_are_trusted_are_those_that_are_named() {
    let Some(folder) = journal(&[("web", "", "a")]) else {
        return;
    };
    for (units, lines) in [
        ("docker.service", 1),
        ("podman.service", 0),
        ("podman.service,docker.service", 1),
    ] {
        let server = server();
        once(folder.path(), &server, &["--trusted-unit", units]);
        assert_eq!(count(&server, "web"), lines, "--trusted-unit {units}");
    }
}

#[test]
fn groups_and_streams_follow_their_templates() {
    let Some(folder) = journal(&[("web", "", "a")]) else {
        return;
    };
    let server = server();
    let flags = [
        "--group",
        "/prod/{CONTAINER_TAG}",
        "--stream",
        "{_HOSTNAME}/{CONTAINER_NAME}",
    ];
    once(folder.path(), &server, &flags);
    assert_eq!(messages(&server, "/prod/web", "host/one").len(), 1);
}

#[test]
fn the_field_of_the_streams_name_can_be_a_flag() {
    let Some(folder) = journal(&[("web", "CONTAINER_ID=0123\n", "a")]) else {
        return;
    };
    let server = server();
    once(
        folder.path(),
        &server,
        &["--journald-stream-name", "CONTAINER_ID"],
    );
    assert_eq!(messages(&server, "web", "0123").len(), 1);
}

#[test]
fn entries_that_match_are_shipped_too() {
    let Some(folder) = journal(&[("web", "", "a")]) else {
        return;
    };
    stack_tests::journal::import(&folder.path().join("journal"), |out| {
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        let usec = now.unwrap().as_micros();
        for unit in ["cron.service", "other.service"] {
            write!(
                out,
                "__REALTIME_TIMESTAMP={usec}\n__MONOTONIC_TIMESTAMP={usec}\n_BOOT_ID=5d1c2a8f0b7e4c39a1d86e4f7b02c913\n\
                 _SYSTEMD_UNIT={unit}\nMESSAGE=by {unit}\n\n"
            )?;
        }
        Ok(())
    })
    .unwrap();
    let server = server();
    let flags = [
        "--match",
        "_SYSTEMD_UNIT=cron.service",
        "--group",
        "/host/{_SYSTEMD_UNIT}",
        "--stream",
        "all",
    ];
    once(folder.path(), &server, &flags);
    let groups: Vec<String> = server.store().groups.keys().cloned().collect();
    assert!(
        groups.contains(&"/host/cron.service".to_owned()),
        "{groups:?}"
    );
    assert!(
        !groups.iter().any(|group| group.contains("other")),
        "{groups:?}"
    );
}

#[test]
fn a_raw_event_is_the_line() {
    let Some(folder) = journal(&[("web", "", "just a line")]) else {
        return;
    };
    let server = server();
    once(folder.path(), &server, &["--format", "raw"]);
    assert_eq!(messages(&server, "web", "one"), ["just a line"]);
}

/// The agent following a journal, with a checkpoint of its own.
fn follow(folder: &Path, server: &Server, name: &str, flags: &[&str]) -> Running {
    let mut command = on_journal(folder, server, flags);
    // The last one counts.
    command.arg("--checkpoint").arg(folder.join(name));
    Running::start(command, "")
}

#[test]
fn a_piece_waits_for_the_next_as_long_as_it_is_told() {
    let partial = "CONTAINER_PARTIAL_MESSAGE=true\nCONTAINER_PARTIAL_ID=aa\nCONTAINER_PARTIAL_ORDINAL=1\nCONTAINER_PARTIAL_LAST=false\n";
    let entries = [("cut", partial, "the first piece"), ("web", "", "whole")];
    let Some(folder) = journal(&entries) else {
        return;
    };
    let (short, long) = (server(), server());
    let flags = ["--flush-timeout", "20ms", "--partial-timeout"];
    let flags = |time: &'static str| [&flags[..], &[time]].concat();
    let _patient = follow(folder.path(), &long, "long", &flags("1h"));
    let _impatient = follow(folder.path(), &short, "short", &flags("100ms"));
    until("the whole line of both", || {
        count(&long, "web") == 1 && count(&short, "web") == 1
    });
    until("the piece of the impatient one", || {
        count(&short, "cut") == 1
    });
    assert_eq!(count(&long, "cut"), 0, "the patient one waits");
}

#[test]
fn a_batch_leaves_by_its_age_or_when_the_window_is_full() {
    // Ten streams of 300 kB: no batch is full, and three megabytes are more than a small window.
    let text = "x".repeat(1000);
    let groups: Vec<String> = (0..10).map(|number| format!("g{number}")).collect();
    let entries: Vec<(&str, &str, &str)> = (0..3000)
        .map(|number| (groups[number % 10].as_str(), "", text.as_str()))
        .collect();
    let Some(folder) = journal(&entries) else {
        return;
    };
    let events = |server: &Server| server.counters().events;
    let (aged, full, neither) = (server(), server(), server());
    let _neither = follow(
        folder.path(),
        &neither,
        "neither",
        &["--flush-timeout", "10m"],
    );
    let window = ["--flush-timeout", "10m", "--window-bytes", "1MiB"];
    let _full = follow(folder.path(), &full, "full", &window);
    let _aged = follow(folder.path(), &aged, "aged", &["--flush-timeout", "50ms"]);
    until("all by age", || events(&aged) == 3000);
    until("most by the window", || events(&full) >= 1000);
    assert_eq!(events(&neither), 0, "neither old nor too many");
}

#[test]
fn no_more_requests_are_under_way_than_are_allowed() {
    let groups: Vec<String> = (0..20).map(|number| format!("g{number}")).collect();
    let entries: Vec<(&str, &str, &str)> = groups
        .iter()
        .map(|group| (group.as_str(), "", "a line"))
        .collect();
    let Some(folder) = journal(&entries) else {
        return;
    };
    let slow = || {
        let latency = Duration::from_millis(50);
        Server::local(Config {
            latency,
            ..Config::default()
        })
        .unwrap()
    };
    let (one, many) = (slow(), slow());
    for server in [&one, &many] {
        let mut store = server.store();
        for group in &groups {
            let group = store.groups.entry(group.clone()).or_default();
            group.streams.entry("one".into()).or_default();
        }
    }
    once(folder.path(), &one, &["--max-in-flight", "1"]);
    once(folder.path(), &many, &[]);
    let in_flight = |server: &Server| server.counters().in_flight;
    assert_eq!(in_flight(&one), 1);
    assert!(in_flight(&many) > 1, "{}", in_flight(&many));
}

fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

/// The number of a metric that an agent on this port serves.
fn metric(port: u16, name: &str) -> Option<u64> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).ok()?;
    stream.write_all(b"GET /metrics HTTP/1.1\r\n\r\n").ok()?;
    let mut page = String::new();
    stream.read_to_string(&mut page).ok()?;
    let line = page.lines().find_map(|line| line.strip_prefix(name))?;
    line.trim().parse().ok()
}

#[test]
fn a_stream_that_is_silent_for_the_cache_timeout_is_forgotten() {
    let server = server();
    let url = server.url();
    let start = |timeout: &str| {
        let port = free_port();
        let text = port.to_string();
        let flags = [
            "--endpoint-url",
            &url,
            "--cache-timeout",
            timeout,
            "--metrics-addr",
            &text,
        ];
        (Running::start(command(&flags, &[]), "a line\n"), port)
    };
    let ((_short, short), (_long, long)) = (start("1s"), start("1h"));
    let streams = |port| metric(port, "ecs_logs_streams ");
    let accepted = |port| metric(port, "ecs_logs_events_accepted_total ");
    until("the line of both", || {
        accepted(short) == Some(1) && accepted(long) == Some(1)
    });
    until("the stream forgotten", || streams(short) == Some(0));
    assert_eq!(streams(long), Some(1), "an hour is not over");
}

#[test]
fn a_dry_run_sends_nothing_and_saves_nothing() {
    let Some(folder) = journal(&[("web", "", "a")]) else {
        return;
    };
    let server = server();
    let fault = Fault::on("*", Effect::error("AccessDeniedException"));
    server.faults().add(fault, server.steady());
    let flags = ["--once", "--dry-run"];
    finish(on_journal(folder.path(), &server, &flags), "")
        .delivered()
        .says("1 entries read");
    assert!(server.counters().requests.is_empty());
    assert!(!folder.path().join("checkpoint").exists());
}
