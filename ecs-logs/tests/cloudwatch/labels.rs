//! What is told beside the lines: the entity of a stream, the place of an entry in its journal.

use crate::{fault, finish, journal, messages, on_journal};
use cloudwatch_local::{Config, Effect, Fault, Server};
use serde_json::{Value, json};
use std::{collections::BTreeSet, fs, path::Path};

const LABELS: &str = "COM_AMAZONAWS_ECS_CLUSTER=arn:aws:ecs:us-east-1:123456789012:cluster/prod\n\
                      COM_AMAZONAWS_ECS_TASK_DEFINITION_FAMILY=api\n";

fn recording(folder: &Path) -> Server {
    let record = folder.join("requests");
    fs::create_dir_all(&record).unwrap();
    let config = Config {
        record: Some(record),
        ..Config::default()
    };
    Server::local(config).unwrap()
}

/// The entities of all PutLogEvents, in order; Null where there was none.
fn entities(folder: &Path) -> Vec<Value> {
    let mut files: Vec<_> = fs::read_dir(folder.join("requests"))
        .unwrap()
        .map(|file| file.unwrap().path())
        .filter(|path| path.to_string_lossy().contains("PutLogEvents"))
        .collect();
    files.sort();
    let entity = |path| {
        let body: Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
        body["entity"].clone()
    };
    files.iter().map(entity).collect()
}

fn api() -> Value {
    json!({
        "keyAttributes": {"Type": "Service", "Name": "api", "Environment": "ecs:prod"},
        "attributes": {"PlatformType": "AWS::ECS"},
    })
}

#[test]
fn streams_of_ecs_tasks_name_their_service() {
    let entries = [("web", LABELS, "a"), ("plain", "", "b")];
    let Some(folder) = journal(&entries) else {
        return;
    };
    let folder = folder.path();
    let server = recording(folder);
    let ended = finish(on_journal(folder, &server, &["--once"]), "");
    ended.delivered();
    let seen: BTreeSet<String> = entities(folder).iter().map(Value::to_string).collect();
    let expected = [Value::Null, api()].map(|entity| entity.to_string());
    assert_eq!(seen, BTreeSet::from(expected));
    assert!(!ended.log.contains("entity"), "{}", ended.log);
    assert!(!server.counters().broken.contains_key("entity"));
}

#[test]
fn without_entity_none_is_sent() {
    let Some(folder) = journal(&[("web", LABELS, "a")]) else {
        return;
    };
    let folder = folder.path();
    let server = recording(folder);
    let flags = ["--once", "--entity=false"];
    finish(on_journal(folder, &server, &flags), "").delivered();
    assert!(entities(folder).iter().all(Value::is_null));
    assert_eq!(messages(&server, "web", "one").len(), 1);
}

/// However the service refuses it: said once, and the events arrive.
fn check_refused(effect: Effect, count: Option<u64>, reason: &str) {
    let Some(folder) = journal(&[("web", LABELS, "a"); 20]) else {
        return;
    };
    let folder = folder.path();
    let server = recording(folder);
    {
        // Only the entity is to be at fault.
        let mut store = server.store();
        let group = store.groups.entry("web".to_owned()).or_default();
        group.streams.entry("one".to_owned()).or_default();
    }
    fault(
        &server,
        Fault {
            entity: Some(true),
            count,
            ..Fault::on("PutLogEvents", effect)
        },
    );
    let flags = ["--once", "--max-batch-size", "1", "--max-in-flight", "1"];
    let ended = finish(on_journal(folder, &server, &flags), "");
    ended
        .delivered()
        .says("web one is sent without its entity from now on, which CloudWatch refuses")
        .says(reason);
    assert_eq!(ended.log.matches("entity from now on").count(), 1);
}

#[test]
fn an_entity_that_is_refused_is_told_once_and_the_events_arrive() {
    let rejected = |kind: &str| Effect::Answer {
        status: Some(200),
        content_type: Some("application/x-amz-json-1.1".into()),
        body: format!("{{\"rejectedEntityInfo\":{{\"errorType\":\"{kind}\"}}}}"),
        content_length: None,
        processed: true,
    };
    check_refused(rejected("InvalidAttributes"), None, "InvalidAttributes");
    let refused = Effect::Error {
        code: "InvalidParameterException".into(),
        message: "1 validation error detected: Value at 'entity' failed".into(),
        status: None,
        members: serde_json::Map::new(),
        retry_after: None,
        processed: false,
    };
    check_refused(refused, None, "1 validation error detected");
}

#[test]
fn each_event_names_its_entry_when_that_is_asked_for() {
    let Some(folder) = journal(&[("web", "", "a"), ("web", "", "b"), ("web", "", "a")]) else {
        return;
    };
    let folder = folder.path();
    let ids = |flags: &[&str]| -> Vec<Option<String>> {
        let server = recording(folder);
        fs::remove_file(folder.join("checkpoint")).ok();
        finish(on_journal(folder, &server, flags), "").delivered();
        let id = |message: &String| {
            let event: Value = serde_json::from_str(message).unwrap();
            event["info"]["journal_id"].as_str().map(str::to_owned)
        };
        messages(&server, "web", "one").iter().map(id).collect()
    };
    assert_eq!(ids(&["--once"]), [None, None, None]);
    let once = ids(&["--once", "--journal-id"]);
    let distinct: BTreeSet<_> = once.iter().flatten().collect();
    assert_eq!(distinct.len(), 3, "{once:?}");
    assert!(once.iter().flatten().all(|id| id.len() == 49), "{once:?}");
    for reader in ["native", "libsystemd"] {
        let again = ids(&["--once", "--journal-id", "--reader", reader]);
        assert_eq!(again, once, "the same by whatever reader, {reader}");
    }
}

#[test]
fn a_journal_id_that_has_no_place_is_a_warning() {
    let Some(folder) = journal(&[("web", "", "a")]) else {
        return;
    };
    let server = recording(folder.path());
    let flags = ["--once", "--journal-id", "--format", "raw"];
    finish(on_journal(folder.path(), &server, &flags), "")
        .delivered()
        .says("--journal-id has no effect with --format raw");
}
