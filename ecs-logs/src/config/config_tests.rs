use super::*;

fn load(flags: &[(&str, &str)], file: &str) -> Result<Config, Vec<String>> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("c.toml");
    std::fs::write(&path, file).unwrap();
    let flags = [flags, &[("config", path.to_str().unwrap())]].concat();
    let flags = flags
        .iter()
        .map(|(name, text)| (name.to_string(), Some(text.to_string())));
    let layers = Layers::collect(&Inputs {
        flags: flags.collect(),
        ..Inputs::default()
    });
    let place = format!("{}/", folder.path().display());
    Config::new(&layers).map_err(|errors| {
        errors
            .0
            .iter()
            .map(|error| error.replace(&place, ""))
            .collect()
    })
}

fn errors(flags: &[(&str, &str)], file: &str) -> Vec<String> {
    load(flags, file).err().unwrap_or_default()
}

#[test]
fn the_defaults_are_the_originals_where_it_had_them() {
    let config = load(&[], "").unwrap();
    assert_eq!(
        (config.source, config.destination),
        (SourceKind::Stdin, DestinationKind::Stdout)
    );
    assert_eq!(
        (
            config.max_batch_size,
            config.flush_timeout,
            config.cache_timeout
        ),
        (10_000, Duration::from_secs(5), Duration::from_secs(300))
    );
    assert_eq!(
        (
            config.max_batch_bytes,
            config.window_bytes,
            config.max_in_flight
        ),
        (1_048_576, 32 << 20, 32)
    );
    assert_eq!(
        (config.checkpoint, config.once, config.log_level),
        (None, false, LogLevel::Info)
    );
    assert!(config.cloudwatch.create_groups && !config.cloudwatch.fips);
    assert_eq!(config.encoding.missing_level, MissingLevel::None);
    assert!(!config.hostname.is_empty());
}

#[test]
fn a_journal_begins_at_this_boot_and_files_at_their_head() {
    let start = |flags: &[(&str, &str)]| {
        load(&[&[("src", "journald")], flags].concat(), "")
            .unwrap()
            .start
    };
    assert_eq!(start(&[]), Start::Boot);
    assert_eq!(start(&[("directory", "/tmp")]), Start::Head);
    assert_eq!(
        start(&[("directory", "/tmp"), ("start", "tail")]),
        Start::Tail
    );
}

#[test]
fn the_checkpoint_lies_where_the_state_is() {
    let config = load(&[("src", "journald")], "").unwrap();
    assert_eq!(
        config.checkpoint.unwrap().file_name().unwrap(),
        "stdout.checkpoint"
    );
    let config = load(&[("src", "journald"), ("checkpoint", "/x/y")], "").unwrap();
    assert_eq!(config.checkpoint.unwrap(), PathBuf::from("/x/y"));
}

#[test]
fn what_cannot_be_is_told_with_the_way_out() {
    let journald = ("src", "journald");
    for (flags, message) in [
        (
            &[("src", "jurnald")][..],
            "--src: \"jurnald\" is none of journald, stdin (did you mean journald?)",
        ),
        (
            &[("src", "journald,stdin")],
            "--src: \"journald,stdin\" names several: one agent reads one source (start one for each)",
        ),
        (
            &[("dst", "")],
            "--dst: \"\" names none of cloudwatchlogs, stdout",
        ),
        (&[("hostname", "")], "--hostname: \"\" names no host"),
        (
            &[journald, ("directory", "/a"), ("file", "/b")],
            "--file: \"/b\" excludes --directory: one journal is read",
        ),
        (
            &[("checkpoint", "/x")],
            "--checkpoint: \"/x\" cannot be kept for standard input, which is read once (leave it out)",
        ),
        (
            &[("max-batch-bytes", "2MiB")],
            "--max-batch-bytes: \"2MiB\" is not between 1024 and 1048576 bytes",
        ),
        (
            &[("max-batch-size", "0")],
            "--max-batch-size: \"0\" is not between 1 and 10000",
        ),
        (
            &[("max-batch-bytes", "4096"), ("max-event-bytes", "4096")],
            "--max-batch-bytes: \"4096\" is too small for an event of --max-event-bytes 4096 and its 26 bytes",
        ),
        (
            &[("retention-days", "31")],
            "--retention-days: \"31\" is no retention that CloudWatch Logs knows: 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653",
        ),
        (
            &[("endpoint-url", "localhost:4566")],
            "--endpoint-url: \"localhost:4566\" is no URL (write https://HOST or http://HOST:PORT)",
        ),
        (
            &[("start", "yesterday")],
            "--start: \"yesterday\" is no place to start: boot, head, tail, a time (2026-11-20T08:00:00Z) or how long ago (2h)",
        ),
        (
            &[("group", "/x/{tag}")],
            "--group: \"/x/{tag}\" is no template: character 4: \"tag\" is not a field's name: upper-case letters, digits and '_'",
        ),
        (
            &[("match", "nothing")],
            "--match: \"nothing\" is not FIELD=VALUE",
        ),
        (
            &[("trusted-unit", "")],
            "--trusted-unit: \"\" names no unit: no container's entries would be shipped",
        ),
        (&[("tags", "a")], "--tags: \"a\" is not KEY=VALUE"),
        (
            &[("metrics-addr", "somewhere")],
            "--metrics-addr: \"somewhere\" is no address (write 127.0.0.1:9100, [::1]:9100 or 9100)",
        ),
    ] {
        assert_eq!(errors(flags, ""), [message]);
    }
}

#[test]
fn tables_of_the_file_are_checked_too() {
    let file = "[[route]]\ngroup = \"g\"\n[[route]]\nunit = \"a.service\"\n[[route]]\nmatch = [\"a=b\"]\ngroup = \"{x}\"\n[[multiline]]\ngroup = \"x\"\n[[multiline]]\nstart = \"(\"\n[[multiline]]\nstart = \"^a\"\ntimeout = \"soon\"\n";
    assert_eq!(
        errors(&[], file),
        [
            "c.toml:1: a route needs a unit or a match, or it would take everything",
            "c.toml:3: a route needs a group",
            "c.toml:6: match: \"a=b\" names no field: \"a\" is not upper-case letters, digits and '_'",
            "c.toml:7: group: \"{x}\" is no template: character 1: \"x\" is not a field's name: upper-case letters, digits and '_'",
            "c.toml:8: multi-line grouping needs a start: a pattern that the first line matches",
            "c.toml:11: start: \"(\" is no pattern: unclosed group",
            "c.toml:14: timeout: \"soon\" is not a duration (write 5s, 1m30s or 500ms)",
        ]
    );
}

#[test]
fn routes_and_rules_of_the_file_are_in_force() {
    let file = "[[route]]\nunit = [\"ecs.service\", \"docker.service\"]\ngroup = \"/host/{_SYSTEMD_UNIT}\"\nstream = \"{_HOSTNAME}\"\n[[multiline]]\ngroup = \"java-*\"\nstart = '^\\S'\n";
    let config = load(&[("src", "journald")], file).unwrap();
    assert_eq!(config.routing.routes.len(), 1);
    assert_eq!(config.lines.multiline[0].timeout, Duration::from_secs(1));
    assert!(config.fields.find("_SYSTEMD_UNIT").is_some());
}

#[test]
fn text_on_standard_input_has_a_place_when_it_is_named() {
    assert!(load(&[("group", "g")], "").unwrap().routing.any_text);
    assert!(
        !load(&[("group", "{CONTAINER_TAG}")], "")
            .unwrap()
            .routing
            .any_text
    );
    assert!(!load(&[], "").unwrap().routing.any_text);
}
