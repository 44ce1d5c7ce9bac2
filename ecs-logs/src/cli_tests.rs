use super::*;

fn read(line: &str) -> Result<Invocation, Vec<String>> {
    let arguments: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
    parse(&arguments, HashMap::new())
}

fn flags(line: &str) -> Vec<(String, Option<String>)> {
    read(line).unwrap().inputs.flags
}

fn flag(name: &str, value: Option<&str>) -> (String, Option<String>) {
    (name.to_owned(), value.map(str::to_owned))
}

#[test]
fn flags_have_one_dash_or_two_and_their_values_behind_them_or_after_an_equals_sign() {
    for line in [
        "-src journald -max-batch-size 5 -once",
        "--src=journald --max-batch-size 5 --once",
        "-src=journald --max-batch-size=5 -once",
    ] {
        assert_eq!(
            flags(line),
            [
                flag("src", Some("journald")),
                flag("max-batch-size", Some("5")),
                flag("once", None)
            ],
            "{line}"
        );
    }
    assert_eq!(
        flags("--create-groups=false"),
        [flag("create-groups", Some("false"))]
    );
}

#[test]
fn the_line_of_the_2016_unit_is_read_as_it_stands() {
    let line = "-src journald -dst cloudwatchlogs -log-level info -max-batch-bytes 1000000 -flush-timeout 5s -cache-timeout 5m";
    assert_eq!(flags(line).len(), 6);
    assert_eq!(read(line).unwrap().action, Action::Run);
}

#[test]
fn a_value_that_was_forgotten_does_not_swallow_the_next_flag() {
    assert_eq!(
        flags("--file --once"),
        [flag("file", None), flag("once", None)]
    );
}

#[test]
fn a_word_ends_the_flags_as_it_did() {
    let read = read("-hostname h extra -src nothing").unwrap();
    assert_eq!(read.inputs.flags, [flag("hostname", Some("h"))]);
    assert_eq!(
        read.warnings,
        ["\"extra\" and what follows is not looked at"]
    );
}

#[test]
fn commands_have_flags_of_their_own() {
    let read = read("doctor --json --region eu-west-1").unwrap();
    let json = DoctorFlags {
        json: true,
        ..DoctorFlags::default()
    };
    assert_eq!(read.action, Action::Doctor(json));
    assert_eq!(read.inputs.flags, [flag("region", Some("eu-west-1"))]);
}

#[test]
fn what_a_command_is_about_need_not_be_said() {
    let (src, dst) = (
        flag("src", Some("journald")),
        flag("dst", Some("cloudwatchlogs")),
    );
    assert_eq!(flags("status"), std::slice::from_ref(&src));
    assert_eq!(flags("status --src stdin"), [flag("src", Some("stdin"))]);
    assert_eq!(flags("verify --until 1h"), [src, dst]);
    assert_eq!(flags("doctor"), []);
}

#[test]
fn slips_are_told_with_what_was_meant() {
    for (line, message) in [
        (
            "docotr",
            "unknown command \"docotr\" (did you mean doctor?)",
        ),
        (
            "run",
            "unknown command \"run\" (there are doctor, status, verify, man, completion)",
        ),
        (
            "verify --since tail",
            "--since \"tail\" is no time (write 2h, 2026-01-31 or 2026-01-31T12:00:00Z)",
        ),
        (
            "completion tcsh",
            "completion \"tcsh\" is none of bash, zsh, fish",
        ),
    ] {
        assert_eq!(read(line).unwrap_err(), [message], "{line}");
    }
}

#[test]
fn help_names_every_option_and_command() {
    let text = help(None);
    for option in OPTIONS {
        assert!(
            text.contains(&format!("--{}", option.name)),
            "{}",
            option.name
        );
    }
    for command in COMMANDS {
        assert!(text.contains(command.name), "{}", command.name);
        assert!(help(Some(command.name)).contains(command.about));
    }
    assert_eq!(read("-h").unwrap().action, Action::Help { command: None });
    assert_eq!(
        read("--help --nonsense").unwrap().action,
        Action::Help { command: None }
    );
    assert_eq!(
        read("doctor -h").unwrap().action,
        Action::Help {
            command: Some("doctor")
        }
    );
}

#[test]
fn man_page_and_completions_come_from_the_same_table() {
    let page = String::from_utf8(man().unwrap()).unwrap();
    assert!(page.contains("max\\-batch\\-bytes") && page.contains(".TH ecs-logs 1"));
    for spec in COMMANDS {
        let heading = format!(".SS \"ecs\\-logs {}\"\n", spec.name);
        assert!(page.contains(&heading), "{heading}");
    }
    assert!(page.contains("\\fB\\-\\-write\\-test\\fR \\fIGROUP\\fR\nProve the permissions"));
    for shell in SHELLS {
        let script = String::from_utf8(completion(shell)).unwrap();
        assert!(script.contains("max-batch-bytes"), "{shell}");
    }
}
