//! Groups that are made, and groups that are not.

use crate::{Running, fault, journal, messages, on_journal, refuse, server, ship};
use stack_tests::journald::until;
use std::collections::BTreeMap;

#[test]
fn a_group_that_is_made_has_what_was_asked_for() {
    let server = server();
    let flags = [
        "--retention-days",
        "30",
        "--log-group-class",
        "infrequent-access",
        "--kms-key-id",
        "arn:aws:kms:us-east-1:123456789012:key/k",
        "--tags",
        "team=platform,env=test",
    ];
    let ended = ship(&server, &flags, "hello\n");
    ended.delivered();
    assert!(!ended.log.contains("without retention"), "{}", ended.log);
    let store = server.store();
    let group = &store.groups["web"];
    assert_eq!(group.retention, Some(30));
    assert_eq!(group.class, "INFREQUENT_ACCESS");
    assert_eq!(
        group.kms_key.as_deref(),
        Some("arn:aws:kms:us-east-1:123456789012:key/k")
    );
    let tag = |key: &str, value: &str| (key.to_owned(), value.to_owned());
    let tags = BTreeMap::from([tag("team", "platform"), tag("env", "test")]);
    assert_eq!(group.tags, tags);
}

#[test]
fn a_new_group_is_made_before_its_stream_is_asked_for() {
    let server = server();
    ship(&server, &[], "hello\n").delivered();
    let requests = server.counters().requests.clone();
    for operation in ["CreateLogGroup", "CreateLogStream"] {
        assert_eq!(requests.get(operation), Some(&1), "{requests:?}");
    }
}

#[test]
fn a_group_made_without_retention_is_a_warning() {
    let server = server();
    ship(&server, &[], "hello\n")
        .delivered()
        .says("made the log group web without retention: it keeps everything, and costs, for ever (--retention-days)");
    assert_eq!(server.store().groups["web"].retention, None);
}

#[test]
fn a_group_that_was_there_keeps_its_retention() {
    let server = server();
    let group = || cloudwatch_local::Group {
        retention: Some(7),
        ..Default::default()
    };
    server.store().groups.insert("web".to_owned(), group());
    let ended = ship(&server, &["--retention-days", "30"], "hello\n");
    ended.delivered();
    assert_eq!(server.store().groups["web"].retention, Some(7));
    assert!(!ended.log.contains("retention"), "{}", ended.log);
}

#[test]
fn a_retention_that_is_denied_does_not_stop_the_events() {
    let server = server();
    fault(
        &server,
        refuse("PutRetentionPolicy", "AccessDeniedException"),
    );
    ship(&server, &["--retention-days", "30"], "hello\n")
        .delivered()
        .says("web keeps its events for ever: PutRetentionPolicy web: AccessDeniedException")
        .says("the role needs logs:PutRetentionPolicy");
    assert_eq!(messages(&server, "web", "one").len(), 1);
}

/// One line for a group that is not there, and many for one that is: they show that the fault is the first one's own.
fn check_parked(flags: &[&str], denied: bool, message: &str) {
    let mut entries = vec![("missing", "", "a")];
    entries.extend([("other", "", "b"); 50]);
    let Some(folder) = journal(&entries) else {
        return;
    };
    let server = server();
    let other = cloudwatch_local::Group::default();
    server.store().groups.insert("other".to_owned(), other);
    if denied {
        fault(&server, refuse("CreateLogGroup", "AccessDeniedException"));
    }
    let flags = [flags, &["--max-batch-size", "1", "--flush-timeout", "20ms"]].concat();
    let agent = Running::start(on_journal(folder.path(), &server, &flags), "");
    agent.says("parked missing one");
    agent.says(message);
    until("the other group is complete", || {
        messages(&server, "other", "one").len() == 50
    });
    assert!(!server.store().groups.contains_key("missing"));
    assert_eq!(
        server.counters().requests.contains_key("CreateLogGroup"),
        denied
    );
}

#[test]
fn a_missing_group_is_parked_when_none_is_to_be_made() {
    check_parked(&["--create-groups=false"], false, "--create-groups");
}

#[test]
fn a_group_that_may_not_be_made_is_parked_and_the_missing_permission_named() {
    check_parked(&[], true, "the role needs logs:CreateLogGroup");
}
