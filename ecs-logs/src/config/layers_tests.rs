use super::*;

fn inputs(flags: &[(&str, &str)], environment: &[(&str, &str)]) -> Inputs {
    let own = |text: &str| text.to_owned();
    Inputs {
        flags: flags
            .iter()
            .map(|(name, text)| (own(name), Some(own(text))))
            .collect(),
        environment: environment
            .iter()
            .map(|(name, text)| (own(name), own(text)))
            .collect(),
    }
}

/// A file of this content, and what it makes together with flags and environment.
fn collect(file: &str, flags: &[(&str, &str)], environment: &[(&str, &str)]) -> Layers {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("c.toml");
    std::fs::write(&path, file).unwrap();
    let flags = [flags, &[("config", path.to_str().unwrap())]].concat();
    let mut layers = Layers::collect(&inputs(&flags, environment));
    let place = format!("{}/", folder.path().display());
    for error in &mut layers.errors {
        *error = error.replace(&place, "");
    }
    layers
}

#[test]
fn a_flag_wins_over_the_environment_which_wins_over_the_file() {
    let file = "flush_timeout = \"1s\"\nmax_in_flight = 3\nmax-batch-size = 7\nregion = \"\"\n";
    let layers = collect(
        file,
        &[("flush-timeout", "3s")],
        &[
            ("ECS_LOGS_FLUSH_TIMEOUT", "2s"),
            ("ECS_LOGS_MAX_IN_FLIGHT", "4"),
        ],
    );
    assert_eq!(layers.text("flush-timeout"), Some("3s"));
    assert_eq!(layers.text("max-in-flight"), Some("4"));
    assert_eq!(layers.text("max-batch-size"), Some("7"));
    assert_eq!(layers.text("cache-timeout"), Some("5m"));
    assert_eq!(layers.text("region"), None);
    assert_eq!(layers.errors, [""; 0]);
}

#[test]
fn the_originals_variable_is_known_and_ours_wins() {
    let both = [
        ("JOURNALD_STREAM_NAME", "A"),
        ("ECS_LOGS_JOURNALD_STREAM_NAME", "B"),
    ];
    assert_eq!(
        collect("", &[], &both[..1]).text("journald-stream-name"),
        Some("A")
    );
    assert_eq!(
        collect("", &[], &both).text("journald-stream-name"),
        Some("B")
    );
    let empty = [("JOURNALD_STREAM_NAME", "")];
    assert_eq!(collect("", &[], &empty).text("journald-stream-name"), None);
}

#[test]
fn lists_have_commas_or_come_again() {
    let layers = collect(
        "match = [\"A=1\", \"B=2,3\"]\ntrusted_unit = \"a.service, b.service\"\n[tags]\nteam = \"x\"\ncost = 7\n",
        &[],
        &[],
    );
    assert_eq!(layers.setting("match").texts, ["A=1", "B=2,3"]);
    assert_eq!(
        layers.setting("trusted-unit").texts,
        ["a.service", "b.service"]
    );
    assert_eq!(layers.setting("tags").texts, ["cost=7", "team=x"]);
    let layers = collect(
        "",
        &[
            ("match", "A=1"),
            ("match", "A=2"),
            ("dst", "stdout"),
            ("dst", "cloudwatchlogs,stdout"),
        ],
        &[],
    );
    assert_eq!(layers.setting("match").texts, ["A=1", "A=2"]);
    assert_eq!(layers.setting("dst").texts, ["cloudwatchlogs", "stdout"]);
}

#[test]
fn every_mistake_is_told_with_value_place_and_way_out() {
    let file = "regoin = \"eu-west-1\"\nmax_batch_size = \"many\"\n\n[[route]]\nunit = \"a.service\"\ngruop = \"x\"\n";
    let layers = collect(
        file,
        &[("flush-timout", "5s"), ("flush-timeout", "5x")],
        &[("ECS_LOGS_FORMAT", "xml")],
    );
    assert_eq!(
        layers.errors,
        [
            "unknown flag --flush-timout (did you mean --flush-timeout?)",
            "c.toml:1: unknown key \"regoin\" (did you mean region?)",
            "c.toml:6: unknown key \"gruop\" in [[route]] (did you mean group?)",
            "ECS_LOGS_FORMAT: \"xml\" is none of ecs-logs, raw",
            "c.toml:2: max_batch_size: \"many\" is not a whole number",
            "--flush-timeout: \"5x\" is not a duration (write 5s, 1m30s or 500ms)",
        ]
    );
}

#[test]
fn a_file_that_is_no_toml_names_its_line() {
    let errors = collect("once = true\nregion = \"eu\nx = 1\n", &[], &[]).errors;
    assert!(
        errors
            .iter()
            .all(|error| error.starts_with("c.toml:2: ") || error.starts_with("c.toml:3: ")),
        "{errors:?}"
    );
    assert!(!errors.is_empty());
    let missing = Layers::collect(&inputs(&[("config", "/no/such/file")], &[]));
    assert_eq!(
        missing.errors,
        [
            "cannot read the configuration file /no/such/file: No such file or directory (os error 2)"
        ]
    );
}

#[test]
fn values_of_the_wrong_kind_are_told() {
    let errors = collect(
        "once = { a = 1 }\nregion = [\"a\", \"b\"]\nroute = 5\n",
        &[],
        &[],
    )
    .errors;
    assert_eq!(
        errors,
        [
            "c.toml:1: once cannot be a table",
            "c.toml:2: region takes one value, not a list",
            "c.toml:3: route is not a list of tables (write [[route]])",
        ]
    );
}

#[test]
fn what_is_printed_reads_back_as_the_same() {
    let file = "flush_timeout = \"1s\"\nmatch = [\"A=\\\"1\\\"\"]\ncreate_groups = false\n[[route]]\nunit = \"a.service\"\ngroup = \"/host\"\n[[multiline]]\nstart = '^\\S'\n";
    let layers = collect(
        file,
        &[("max-in-flight", "4")],
        &[("ECS_LOGS_FIPS", "true")],
    );
    let printed = layers.print();
    assert!(
        printed.contains("fips = true  # ECS_LOGS_FIPS\n"),
        "{printed}"
    );
    assert!(
        printed.contains("max_in_flight = 4  # command line\n"),
        "{printed}"
    );
    assert!(printed.contains("c.toml:1\n"), "{printed}");
    let again = collect(&printed, &[], &[]);
    assert_eq!(again.errors, [""; 0], "{printed}");
    assert_eq!(layers.changes(&again), []);
}

#[test]
fn a_reload_tells_what_changes_and_when() {
    let old = collect("flush_timeout = \"1s\"\n", &[], &[]);
    let new = collect(
        "flush_timeout = \"2s\"\nformat = \"raw\"\n[[route]]\nunit = \"a\"\ngroup = \"g\"\n",
        &[],
        &[],
    );
    let changes: Vec<String> = old.changes(&new).iter().map(Change::to_string).collect();
    assert_eq!(
        changes,
        [
            "format changes from \"ecs-logs\" to \"raw\" now",
            "flush_timeout changes from \"1s\" to \"2s\" at the next start",
            "route changes from \"0 tables\" to \"1 tables\" now",
        ]
    );
    assert_eq!(old.changes(&old), []);
}

#[test]
fn an_unknown_variable_of_ours_is_a_warning() {
    let layers = collect(
        "",
        &[],
        &[
            ("ECS_LOGS_REGOIN", "x"),
            ("PATH", "/bin"),
            ("ECS_LOGS_CONFIG", "/x"),
        ],
    );
    assert_eq!(
        layers.warnings,
        ["the environment variable ECS_LOGS_REGOIN is no option and has no effect"]
    );
}

proptest::proptest! {
    #[test]
    fn no_file_makes_it_panic(file in "([a-z_\\[\\]]{0,12} ?=? ?[\"'\\[{0-9a-z}\\]]{0,8}\n){0,6}|\\PC{0,60}") {
        let layers = collect(&file, &[], &[]);
        proptest::prop_assert!(!layers.print().is_empty());
    }
}
