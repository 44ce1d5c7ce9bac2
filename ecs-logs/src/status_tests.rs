use super::*;

const NOW: i64 = 1_000_000_000;

fn well() -> Status {
    Status {
        pid: std::process::id(),
        pid_started: started(std::process::id()).unwrap(),
        written_ms: NOW - 4_000,
        ..Status::default()
    }
}

#[test]
fn what_is_wrong_is_said_and_nothing_else() {
    let check = |change: fn(&mut Status), problem: &str| {
        let mut status = well();
        change(&mut status);
        let problems = judge(status, true, NOW).problems;
        match problem {
            "" => assert_eq!(problems, Vec::<String>::new()),
            problem => assert!(
                problems.len() == 1 && problems[0].contains(problem),
                "{problems:?} is not only {problem:?}"
            ),
        }
    };
    check(|_| {}, "");
    check(|status| status.lag_ms = 200_000, "");
    check(|status| status.lines_lost = 5, "");
    check(|status| status.lag_ms = 400_000, "6 min 40 s behind");
    check(|status| status.parked_count = 2, "2 streams are parked");
    check(
        |status| status.checkpoint_behind_ms = 61_000,
        "could not be written for 1 min 1 s",
    );
    check(
        |status| status.written_ms = NOW - 90_061_000,
        "has said nothing for 1 d 1 h",
    );
    check(
        |status| status.trouble = Some("credentials: expired".to_owned()),
        "not delivered: credentials: expired",
    );
}

#[test]
fn agents_are_found_by_their_checkpoint_or_by_its_folder() {
    let folder = tempfile::tempdir().unwrap();
    let (one, two) = (folder.path().join("one"), folder.path().join("two"));
    let none = look(&one, true, NOW);
    assert!(
        !none.is_well() && none.problems[0].starts_with("no ecs-logs runs with a checkpoint in ")
    );
    let missing = folder.path().join("missing/one");
    assert!(look(&missing, true, NOW).problems[0].starts_with("no ecs-logs runs"));

    let files = [StatusFile::beside(&one), StatusFile::beside(&two)];
    files[0].write(&well()).unwrap();
    let dead = Status {
        pid_started: 0,
        ..well()
    };
    files[1].write(&dead).unwrap();
    let both = look(&folder.path().join("three"), true, NOW);
    let running: Vec<bool> = both.agents.iter().map(|agent| agent.running).collect();
    assert_eq!(running, [true, false]);
    assert!(both.agents[1].problems[0].contains("did not end as it should"));
    assert!(look(&one, false, NOW).is_well());

    drop(files);
    assert!(look(&one, false, NOW).problems[0].contains("with the checkpoint"));
    fs::write(path_of(&one), "{").unwrap();
    assert!(look(&one, false, NOW).problems[0].contains("cannot be understood"));
}

#[test]
fn times_that_cannot_be_are_told_all_the_same() {
    for written_ms in [i64::MIN, i64::MAX] {
        let status = Status {
            written_ms,
            last_error: Some(Told {
                at_ms: written_ms,
                message: "m".into(),
            }),
            ..well()
        };
        let report = Report {
            agents: vec![judge(status, true, NOW)],
            problems: Vec::new(),
        };
        assert!(to_text(&report, NOW).contains("ago"));
    }
}
