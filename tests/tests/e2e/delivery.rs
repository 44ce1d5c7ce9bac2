//! The main job: every line of a journal is in CloudWatch, in its group and stream, once; read back by AWS's client.

use crate::scene::{Scene, entry, lines, now_usec, plan};
use cloudwatch_local::Config;
use stack_tests::data::Plan;
use std::{
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

/// A program of the Python environment that `make deps` makes, or of the one in `STACK_VENV`.
fn python(program: &str) -> Option<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let venv = std::env::var_os("STACK_VENV").map_or_else(|| root.join(".venv"), PathBuf::from);
    let program = venv.join("bin").join(program);
    if program.exists() {
        return Some(program);
    }
    stack_tests::skip(&format!("{} is missing: make deps", program.display()));
    None
}

/// Counts lines with a token by stream, as boto3 reads them back.
const READ_BACK: &str = r#"
import boto3, collections, re, sys
logs = boto3.client("logs", endpoint_url=sys.argv[1], region_name="us-east-1",
                    aws_access_key_id="local", aws_secret_access_key="local")
for group in logs.get_paginator("describe_log_groups").paginate().search("logGroups[].logGroupName"):
    ids = collections.Counter()
    for page in logs.get_paginator("filter_log_events").paginate(logGroupName=group, interleaved=True):
        for event in page["events"]:
            ids[event["logStreamName"], re.search(r"id=[\w.-]+-\d+", event["message"])[0]] += 1
    for stream in sorted({stream for stream, _ in ids}):
        counts = [count for (where, _), count in ids.items() if where == stream]
        print(group, stream, len(counts), sum(counts))
"#;

fn read_back(python: &Path, url: &str) -> Vec<String> {
    let output = Command::new(python)
        .args(["-c", READ_BACK, url])
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().map(str::to_owned).collect()
}

fn expected(scene: &Scene) -> Vec<String> {
    let streams = scene.made.streams.iter();
    streams
        .map(|((group, stream), lines)| format!("{group} {stream} {lines} {lines}"))
        .collect()
}

#[test]
fn every_line_of_a_journal_arrives_once_in_its_group_and_stream() {
    let Some(scene) = Scene::new(3000) else {
        return;
    };
    let outcome = scene.run();
    outcome.exact();
    assert_eq!(outcome.report.lines, scene.made.lines);
    assert_eq!(outcome.report.without_id, 0, "{}", outcome.log);
    if let Some(python) = python("python") {
        assert_eq!(read_back(&python, &scene.server.url()), expected(&scene));
    }
}

#[test]
fn every_line_arrives_in_moto_too() {
    let (Some(python), Some(moto)) = (python("python"), python("moto_server")) else {
        return;
    };
    let Some(scene) = Scene::new(1000) else {
        return;
    };
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
    let url = format!("http://127.0.0.1:{port}");
    let agent = scene.start_with(&mut scene.command(&url, true));
    let outcome = scene.finish(agent);
    let found = read_back(&python, &url);
    moto.kill().unwrap();
    moto.wait().unwrap();
    assert!(outcome.status.success(), "{}", outcome.log);
    assert_eq!(found, expected(&scene));
}

#[test]
fn requests_are_signed_so_that_aws_would_take_them() {
    let config = Config {
        credentials: Some(vec!["local:local".parse().unwrap()]),
        ..Config::default()
    };
    let Some(scene) = Scene::of(&plan(300), config) else {
        return;
    };
    scene.run().exact();
}

/// Holds recorded bodies against AWS's own model of the request.
const CHECK_BODIES: &str = r#"
import botocore.session, botocore.validate, json, pathlib, sys
model = botocore.session.get_session().get_service_model("logs")
count = entities = 0

def sizes(value, shape, place):
    """The validator looks at types and smallest sizes of texts; these are the other limits that the model has."""
    least, most = shape.metadata.get("min", 0), shape.metadata.get("max", 1 << 62)
    if shape.type_name in ("string", "list", "map"):
        assert least <= len(value) <= most, f"{place}: {len(value)} is not {least} to {most}"
    if shape.type_name == "structure":
        for name, member in value.items():
            sizes(member, shape.members[name], f"{place}.{name}")
    elif shape.type_name == "list":
        for member in value:
            sizes(member, shape.member, place)
    elif shape.type_name == "map":
        for name, member in value.items():
            sizes(name, shape.key, place)
            sizes(member, shape.value, f"{place}.{name}")

for path in sorted(pathlib.Path(sys.argv[1]).iterdir()):
    shape = model.operation_model(path.stem.split("-")[1]).input_shape
    body = json.loads(path.read_bytes())
    report = botocore.validate.ParamValidator().validate(body, shape)
    assert not report.has_errors(), f"{path.name}: {report.generate_report()}"
    unknown = set(body) - set(shape.members)
    assert not unknown, f"{path.name}: {unknown}"
    sizes(body, shape, path.name)
    count += 1
    entities += "entity" in body
print(count, entities)
"#;

#[test]
fn every_kind_of_body_passes_the_request_model_of_botocore() {
    let Some(python) = python("python") else {
        return;
    };
    let bodies = tempfile::tempdir().unwrap();
    let config = Config {
        record: Some(bodies.path().to_owned()),
        ..Config::default()
    };
    let Some(scene) = Scene::of(&plan(500), config) else {
        return;
    };
    // Tasks of ECS, one of them with the longest names there can be.
    let start = crate::scene::now_usec() - 60_000_000;
    let long = "n".repeat(700);
    let names = ["api", "with space", "é", long.as_str()];
    let entries: Vec<Vec<u8>> = (1..=names.len() as u64)
        .zip(names)
        .map(|(number, name)| {
            let more = format!(
                "COM_AMAZONAWS_ECS_CLUSTER=arn:aws:ecs:us-east-1:123456789012:cluster/{name}\n\
                 COM_AMAZONAWS_ECS_TASK_DEFINITION_FAMILY={name}\n"
            );
            let text = format!("id=task-{number}");
            let stream = format!("t{number}");
            crate::scene::entry(start + number, "tasks", &stream, text.as_bytes(), &more)
        })
        .collect();
    scene.append(&entries);
    scene.server.ledger().expect("task", 1, names.len() as u64);
    scene.run().exact();
    let output = Command::new(python)
        .args(["-c", CHECK_BODIES])
        .arg(bodies.path())
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let said = String::from_utf8_lossy(&output.stdout);
    let numbers: Vec<u64> = said
        .split_whitespace()
        .map(|number| number.parse().unwrap())
        .collect();
    assert!(
        numbers[0] > 6 && numbers[1] > 2,
        "groups, streams and events, some with an entity: {said}"
    );
}

#[test]
fn a_second_run_sends_nothing_again() {
    let Some(scene) = Scene::new(500) else { return };
    scene.run().exact();
    let requests = scene.server.counters().requests.clone();
    scene.run().exact();
    assert_eq!(scene.server.counters().requests, requests);
}

#[test]
fn what_is_written_while_the_agent_follows_arrives() {
    let Some(mut scene) = Scene::new(300) else {
        return;
    };
    let agent = scene.follow();
    scene.until_all(&agent);
    let more = Plan {
        seed: 2,
        start_usec: crate::scene::now_usec(),
        ..plan(300)
    };
    let folder = scene.journal().join("more");
    let made = stack_tests::journal::make(&folder, &more).unwrap();
    for (writer, (first, last)) in &made.writers {
        scene.server.ledger().expect(writer, *first, *last);
    }
    // Into the folder that is watched, all at once, as a file that another host sends.
    for file in crate::scene::journal_files(&folder) {
        let name = file
            .file_name()
            .unwrap()
            .to_string_lossy()
            .replace("host", "other");
        std::fs::rename(&file, scene.journal().join(name)).unwrap();
    }
    scene.made.lines += made.lines;
    scene.until(&agent, "the lines of the second file", |report, _| {
        report.lost == 0
    });
    scene.stop(agent).exact();
}

#[test]
fn the_agent_describes_nothing_and_needs_three_permissions() {
    let Some(scene) = Scene::new(300) else { return };
    let outcome = scene.run();
    outcome.exact();
    let used: Vec<&str> = outcome
        .counters
        .requests
        .keys()
        .map(String::as_str)
        .collect();
    assert_eq!(used, ["CreateLogGroup", "CreateLogStream", "PutLogEvents"]);
}

#[test]
fn who_claims_to_be_the_container_engine_is_told_though_nothing_of_it_is_read() {
    const UNIT: &str = "snap.docker.dockerd.service";
    let elsewhere = |tag: &str| {
        let entry = entry(now_usec(), tag, "elsewhere", b"from another engine", "");
        let text = String::from_utf8_lossy(&entry).replace("docker.service", UNIT);
        // Eight bytes of length stand in it, all of them ASCII.
        text.into_bytes()
    };
    let mut entries = lines("here", 1, 100);
    entries.push(elsewhere("other"));
    let Some(scene) = Scene::with(&entries, Config::default()) else {
        return;
    };
    scene.server.ledger().expect("here", 1, 100);
    let agent = scene.follow();
    scene.until_all(&agent);
    scene.append(&[elsewhere("another")]);
    let told = |tag: &str| {
        format!(
            "an entry with CONTAINER_TAG=\"{tag}\" comes from {UNIT}, not from the container engine, and is not believed (--trusted-unit {UNIT} believes that unit"
        )
    };
    for tag in ["other", "another"] {
        scene.until(&agent, "the stranger told", |_, _| {
            agent.log().contains(&told(tag))
        });
    }
    let outcome = scene.stop(agent);
    outcome.exact();
    assert_eq!(outcome.log.matches("is not believed").count(), 2);
    assert_eq!(outcome.report.without_id, 0, "nothing else was sent");
}
