//! What CloudWatch, and what stands between, may do to a request. Each test ends with the account of the lines.

use crate::scene::{PUT, Scene, plan, short};
use cloudwatch_local::{Config, Effect, Fault, When};
use serde_json::{Map, json};
use std::time::Duration;

fn status(code: &str, status: u16) -> Effect {
    match Effect::error(code) {
        Effect::Error {
            code,
            message,
            members,
            retry_after,
            processed,
            ..
        } => Effect::Error {
            code,
            message,
            members,
            retry_after,
            processed,
            status: Some(status),
        },
        other => other,
    }
}

/// Hits so many PutLogEvents; every line must still arrive exactly once.
fn survives(count: u64, effect: Effect) {
    let Some(scene) = Scene::new(600) else { return };
    scene.prepare();
    scene.puts(count, effect);
    scene.run().exact();
    let hits: u64 = scene
        .server
        .faults()
        .list()
        .iter()
        .map(|fault| fault.hits)
        .sum();
    assert!(hits > 0, "the fault hit nothing");
}

/// Hits one PutLogEvents whose answer is lost after it took effect; only its lines may come twice.
fn repeats(effect: Effect) {
    let Some(scene) = Scene::new(600) else { return };
    scene.prepare();
    scene.puts(1, effect);
    let outcome = scene.run();
    outcome.complete(1..=outcome.counters.largest_batch_events);
}

#[test]
fn case_01_a_burst_of_throttling_is_waited_out() {
    survives(6, Effect::error("ThrottlingException"));
}

#[test]
fn case_01_a_quota_of_the_account_slows_and_loses_nothing() {
    let Some(scene) = Scene::new(600) else { return };
    let effect = Effect::Rate {
        per_second: 8.0,
        burst: Some(1.0),
        code: None,
    };
    scene.fault(Fault::on(PUT, effect));
    scene.run().exact();
}

#[test]
fn case_01_a_throttled_stream_does_not_stop_the_others() {
    let Some(scene) = Scene::new(600) else { return };
    let stream = scene.made.writers.keys().next().unwrap().clone();
    let stream = Some(stream);
    let fault = scene.fault(Fault {
        stream: stream.clone(),
        ..Fault::on(PUT, Effect::error("ThrottlingException"))
    });
    let agent = scene.follow();
    scene.until(&agent, "the other streams complete", |report, _| {
        let other = |(name, writer): (&String, &cloudwatch_local::WriterReport)| {
            Some(name) == stream.as_ref() || (writer.lost == 0 && writer.lines > 0)
        };
        report.writers.iter().all(other)
    });
    scene.server.faults().remove(Some(fault));
    scene.until_all(&agent);
    scene.stop(agent).exact();
}

#[test]
fn case_02_errors_of_the_service_are_retried() {
    survives(3, status("InternalFailure", 500));
    survives(3, status("ServiceUnavailableException", 503));
    survives(2, status("OperationAbortedException", 400));
}

#[test]
fn case_02_retry_after_is_honoured_and_loses_nothing() {
    survives(
        1,
        Effect::Error {
            code: "ThrottlingException".into(),
            message: String::new(),
            status: Some(429),
            members: Map::new(),
            retry_after: Some(1),
            processed: false,
        },
    );
}

#[test]
fn case_03_refused_connections_are_waited_out() {
    let Some(scene) = Scene::new(600) else { return };
    scene.server.outage(Duration::from_millis(1500));
    scene.run().exact();
}

#[test]
fn case_03_a_name_that_does_not_resolve_costs_nothing_but_time() {
    let Some(scene) = Scene::new(300) else { return };
    let scene = scene.flags(&["--drain-timeout", "1s"]);
    let agent = scene.start_with(&mut scene.command("http://logs.invalid:1", false));
    std::thread::sleep(Duration::from_millis(500));
    let outcome = scene.stop(agent);
    assert_eq!(outcome.report.lines, 0);
    scene.run().exact();
}

#[test]
fn case_04_a_reset_before_processing_duplicates_nothing() {
    survives(2, Effect::Reset { when: When::Head });
    survives(2, Effect::Reset { when: When::Before });
}

#[test]
fn case_04_a_reset_after_processing_repeats_one_request() {
    repeats(Effect::Reset { when: When::During });
    repeats(Effect::Reset { when: When::After });
}

#[test]
fn case_05_an_answer_that_comes_slowly_is_waited_for() {
    survives(
        2,
        Effect::Drip {
            bytes_per_second: 400,
        },
    );
    survives(
        2,
        Effect::Stall {
            when: When::During,
            milliseconds: 1000,
        },
    );
}

#[test]
fn case_06_connections_that_the_server_closed_are_made_again() {
    let Some(scene) = Scene::new(600) else { return };
    let effect = Effect::Close { when: When::After };
    scene.fault(Fault {
        chance: Some(0.5),
        ..Fault::on(PUT, effect)
    });
    scene.run().exact();
}

#[test]
fn case_07_faults_of_the_credentials_stop_and_lose_nothing() {
    for code in [
        "ExpiredTokenException",
        "UnrecognizedClientException",
        "InvalidSignatureException",
        "RequestTimeTooSkewed",
    ] {
        survives(2, Effect::error(code));
    }
}

/// One group is refused; the others arrive; then it is allowed, and what waited arrives too.
fn parks(operation: &str, code: &str) {
    let Some(scene) = Scene::new(900) else { return };
    let group = scene.made.streams.keys().next().unwrap().0.clone();
    let fault = scene.fault(Fault {
        group: Some(group.clone()),
        ..Fault::on(operation, Effect::error(code))
    });
    let agent = scene.follow();
    let of_group = |writer: &str| {
        scene
            .made
            .streams
            .contains_key(&(group.clone(), writer.to_owned()))
    };
    scene.until(&agent, "the other groups complete", |report, _| {
        report
            .writers
            .iter()
            .all(|(name, writer)| of_group(name) || (writer.lost == 0 && writer.lines > 0))
    });
    let held = scene.server.ledger().report();
    assert!(
        held.writers
            .iter()
            .all(|(name, writer)| !of_group(name) || writer.lines == 0)
    );
    scene.server.faults().remove(Some(fault));
    scene.until_all(&agent);
    scene.stop(agent).exact();
}

#[test]
fn case_07_a_group_that_is_denied_stops_no_other_and_is_replayed() {
    parks(PUT, "AccessDeniedException");
}

#[test]
fn case_07_a_run_until_the_end_gives_a_denied_group_up_only_when_all_others_are_delivered() {
    // While others are accepted, what is parked is tried again and again: here for longer than all its tries take.
    let Some(scene) = Scene::new(900) else { return };
    let scene = scene.flags(&["-max-batch-size", "12"]);
    scene.prepare();
    scene.fault(Fault::on(PUT, Effect::Latency { milliseconds: 500 }));
    let (denied, _) = scene.made.streams.keys().next().unwrap();
    scene.fault(Fault {
        group: Some(denied.clone()),
        ..Fault::on(PUT, Effect::error("AccessDeniedException"))
    });
    let outcome = scene.run();
    let said = format!("{}\n{}", short(&outcome.report), outcome.log);
    assert!(!outcome.status.success(), "{said}");
    assert!(outcome.log.contains("AccessDeniedException"), "{said}");
    for (group, name) in scene.made.streams.keys() {
        let writer = &outcome.report.writers[name];
        let (_, last) = scene.made.writers[name];
        let lost = if group == denied { last } else { 0 };
        assert_eq!(
            (writer.lost, writer.duplicated),
            (lost, 0),
            "{name}: {said}"
        );
    }
    // The next one goes on where it ended.
    scene.server.faults().remove(None);
    scene.run().exact();
}

#[test]
fn case_11_a_limit_of_groups_stops_no_other_and_is_replayed() {
    parks("CreateLogGroup", "LimitExceededException");
}

#[test]
fn case_12_a_stream_that_may_not_be_made_stops_no_other_and_is_replayed() {
    parks("CreateLogStream", "AccessDeniedException");
}

#[test]
fn case_12_a_retention_that_is_denied_costs_no_line_and_is_said() {
    let Some(scene) = Scene::new(600) else { return };
    scene.fault(Fault::on(
        "PutRetentionPolicy",
        Effect::error("AccessDeniedException"),
    ));
    let scene = scene.flags(&["--retention-days", "7"]);
    let outcome = scene.run();
    outcome.exact();
    assert!(
        outcome.log.contains("logs:PutRetentionPolicy"),
        "{}",
        outcome.log
    );
}

#[test]
fn case_12_tags_and_keys_that_are_denied_for_one_group_stop_no_other_and_are_tried_again() {
    let Some(scene) = Scene::new(900) else { return };
    let group = scene.made.streams.keys().next().unwrap().0.clone();
    // Tags and the key are of the same request as the group: who may not give them makes no group.
    let fault = scene.fault(Fault {
        group: Some(group.clone()),
        body_contains: Some("\"owner\"".into()),
        ..Fault::on("CreateLogGroup", Effect::error("AccessDeniedException"))
    });
    let key = "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab";
    let scene = scene.flags(&["--tags", "owner=web", "--kms-key-id", key]);
    let agent = scene.follow();
    scene.until(&agent, "the other groups complete", |report, _| {
        let of_group = |writer: &String| {
            let place = (group.clone(), writer.clone());
            scene.made.streams.contains_key(&place)
        };
        report
            .writers
            .iter()
            .all(|(name, writer)| of_group(name) || (writer.lost == 0 && writer.lines > 0))
    });
    scene.server.faults().remove(Some(fault));
    scene.until_all(&agent);
    scene.stop(agent).exact();
    let store = scene.server.store();
    assert_eq!(store.groups[&group].tags["owner"], "web");
    assert_eq!(store.groups[&group].kms_key.as_deref(), Some(key));
}

#[test]
fn case_18_an_entity_that_is_refused_is_no_longer_sent_and_costs_no_line() {
    let start = crate::scene::now_usec() - 60_000_000;
    let labels = "COM_AMAZONAWS_ECS_CLUSTER=arn:aws:ecs:us-east-1:123456789012:cluster/prod\n\
                  COM_AMAZONAWS_ECS_TASK_DEFINITION_FAMILY=api\n";
    let entries = |from: u64, to: u64| -> Vec<Vec<u8>> {
        let line = |number| {
            let text = format!("id=c1-{number}");
            crate::scene::entry(start + number * 1000, "web", "c1", text.as_bytes(), labels)
        };
        (from..=to).map(line).collect()
    };
    // As AWS does: the events are taken, and the answer says what is wrong with the entity.
    let rejected = Effect::Answer {
        status: Some(200),
        content_type: Some("application/x-amz-json-1.1".into()),
        body: r#"{"rejectedEntityInfo":{"errorType":"InvalidAttributes"}}"#.into(),
        content_length: None,
        processed: true,
    };
    let Some(scene) = Scene::with(&entries(1, 200), Config::default()) else {
        return;
    };
    scene.server.ledger().expect("c1", 1, 200);
    let group = cloudwatch_local::Group {
        streams: [("c1".to_owned(), cloudwatch_local::Stream::default())].into(),
        ..Default::default()
    };
    scene.server.store().groups.insert("web".into(), group);
    let refused = Fault {
        entity: Some(true),
        ..Fault::on(PUT, rejected)
    };
    scene.fault(refused.clone());
    let agent = scene.follow();
    scene.until_all(&agent);
    assert!(scene.server.faults().list()[0].hits > 0);
    scene.server.faults().remove(None);
    // Known by now: what is sent from here on has none.
    scene.fault(refused);
    scene.server.ledger().expect("c1", 1, 300);
    scene.append(&entries(201, 300));
    scene.until_all(&agent);
    let outcome = scene.stop(agent);
    outcome.exact();
    assert_eq!(scene.server.faults().list()[0].hits, 0, "{}", outcome.log);
    assert!(outcome.log.contains("InvalidAttributes"), "{}", outcome.log);
}

#[test]
fn case_19_an_endpoint_that_does_not_take_gzip_gets_plain_bodies() {
    let refusals = [
        Effect::error("SerializationException"),
        Effect::Answer {
            status: Some(415),
            content_type: Some("text/html".into()),
            body: "<html>415 Unsupported Media Type</html>".into(),
            content_length: None,
            processed: false,
        },
    ];
    for effect in refusals {
        let Some(scene) = Scene::new(600) else { return };
        scene.fault(Fault {
            gzip: Some(true),
            ..Fault::on(PUT, effect)
        });
        let scene = scene.flags(&["--gzip", "--max-batch-size", "50"]);
        let outcome = scene.run();
        outcome.exact();
        let hits = scene.server.faults().list()[0].hits;
        // Those that were on their way when the first was refused.
        assert!((1..=16).contains(&hits), "{hits} of {:?}", outcome.counters);
        assert!(outcome.log.contains("gzip"), "{}", outcome.log);
    }
}

#[test]
fn case_05_a_tls_that_never_answers_is_given_up_in_time_and_loses_nothing() {
    // Takes connections and says nothing, as a firewall that swallows what comes back.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://{}", silent.local_addr().unwrap());
    let Some(scene) = Scene::new(300) else { return };
    let scene = scene.flags(&["--drain-timeout", "500ms"]);
    let agent = scene.start_with(&mut scene.command(&url, false));
    // The connection stands when it is taken.
    let held = silent.accept().unwrap();
    scene.until(&agent, "the failure said", |_, _| {
        agent.log().contains("PutLogEvents") || agent.log().contains("CreateLog")
    });
    let outcome = scene.stop(agent);
    drop(held);
    assert_eq!(outcome.report.lines, 0);
    scene.run().exact();
}

#[test]
fn case_09_groups_and_streams_deleted_at_run_time_are_made_again() {
    let config = Config {
        latency: Duration::from_millis(30),
        ..Config::default()
    };
    let Some(scene) = Scene::of(&plan(6000), config) else {
        return;
    };
    let scene = scene.flags(&["-max-batch-size", "100"]);
    let agent = scene.follow();
    scene.until(&agent, "some lines", |report, _| report.lines > 300);
    scene.server.store().groups.clear();
    scene.until(&agent, "more lines", |report, _| report.lines > 1500);
    for group in scene.server.store().groups.values_mut() {
        group.streams.clear();
    }
    scene.until_all(&agent);
    scene.stop(agent).exact();
}

#[test]
fn case_09_a_stream_that_vanishes_between_its_making_and_the_put_is_made_again() {
    survives(4, Effect::error("ResourceNotFoundException"));
}

#[test]
fn case_10_two_agents_that_make_the_same_things_do_not_disturb_each_other() {
    let Some(scene) = Scene::new(600) else { return };
    for operation in ["CreateLogGroup", "CreateLogStream"] {
        let fault = Fault::on(operation, Effect::error("OperationAbortedException"));
        scene.fault(Fault {
            count: Some(2),
            ..fault
        });
        let exists = Effect::Error {
            code: "ResourceAlreadyExistsException".into(),
            message: String::new(),
            status: None,
            members: Map::new(),
            retry_after: None,
            processed: true,
        };
        scene.fault(Fault {
            count: Some(2),
            ..Fault::on(operation, exists)
        });
    }
    scene.run().exact();
}

#[test]
fn case_11_the_making_of_many_streams_keeps_to_the_quota() {
    let config = Config {
        quotas: true,
        ..Config::default()
    };
    let many = stack_tests::data::Plan {
        containers: 120,
        ..plan(1500)
    };
    let Some(scene) = Scene::of(&many, config) else {
        return;
    };
    scene.run().exact();
}

#[test]
fn case_13_events_that_the_server_finds_too_old_are_counted_and_marked() {
    let spread = stack_tests::data::Plan {
        step_usec: 4_000_000,
        start_usec: crate::scene::now_usec() - 4_000_000_000,
        ..plan(1000)
    };
    let Some(scene) = Scene::of(&spread, Config::default()) else {
        return;
    };
    // Half of the lines are older than 14 days for a server whose clock is ahead.
    let ahead = 14 * 86_400_000 - 2_000_000;
    scene
        .server
        .ahead
        .store(ahead, std::sync::atomic::Ordering::Relaxed);
    let outcome = scene.run();
    let said = format!("{:?}\n{}", outcome.counters, outcome.log);
    assert!(outcome.counters.too_old > 100, "{said}");
    assert_eq!(outcome.report.lost, outcome.counters.too_old, "{said}");
    assert!(
        outcome.report.without_id > 0,
        "the streams say that lines are missing: {said}"
    );
    assert_eq!(outcome.report.duplicated, 0, "{said}");
}

#[test]
fn case_14_sequence_tokens_of_old_servers_are_understood() {
    let token = |code: &str, processed| {
        Effect::Error {
        code: code.into(),
        message: "The given batch of log events has already been accepted. The next batch can be sent with sequenceToken: 1".into(),
        status: None,
        members: json!({"expectedSequenceToken": "1"}).as_object().cloned().unwrap(),
        retry_after: None,
        processed,
    }
    };
    survives(2, token("InvalidSequenceTokenException", false));
    survives(2, token("DataAlreadyAcceptedException", true));
}

#[test]
fn case_16_a_request_that_is_too_large_for_a_proxy_is_cut_in_two() {
    survives(
        2,
        Effect::Answer {
            status: Some(413),
            content_type: Some("text/html".into()),
            body: "<html>413 Request Entity Too Large</html>".into(),
            content_length: None,
            processed: false,
        },
    );
}

#[test]
fn case_17_proxies_that_answer_html_are_waited_out() {
    for status in [502, 503, 504] {
        survives(
            2,
            Effect::Answer {
                status: Some(status),
                content_type: Some("text/html".into()),
                body: "<html>bad gateway</html>".into(),
                content_length: None,
                processed: false,
            },
        );
    }
}

#[test]
fn case_17_a_success_that_cannot_be_read_loses_nothing() {
    for processed in [true, false] {
        for body in ["", "<html>welcome</html>", "{"] {
            let Some(scene) = Scene::new(600) else { return };
            scene.prepare();
            let effect = Effect::Answer {
                status: Some(200),
                content_type: None,
                body: body.into(),
                content_length: None,
                processed,
            };
            scene.puts(1, effect);
            let outcome = scene.run();
            println!("answer {body:?}, processed: {processed}");
            outcome.complete(0..=outcome.counters.largest_batch_events);
        }
    }
}

#[test]
fn case_17_a_captive_portal_is_no_delivery() {
    // 200 with HTML and nothing taken: trusting the status alone would lose the batch.
    survives(
        2,
        Effect::Answer {
            status: Some(200),
            content_type: Some("text/html".into()),
            body: "<html>please log in</html>".into(),
            content_length: None,
            processed: false,
        },
    );
}

#[test]
fn case_03_an_outage_of_ten_minutes_costs_nothing_but_time() {
    // Ten seconds stand for ten minutes: with a window of 1 MiB it fills as it would then.
    let Some(scene) = Scene::of(&plan(40_000), Config::default()) else {
        return;
    };
    let scene = scene.flags(&["--window-bytes", "1048576"]);
    let agent = scene.follow();
    scene.until(&agent, "some lines", |report, _| report.lines > 100);
    scene.server.outage(Duration::from_secs(10));
    scene.until_all(&agent);
    let outcome = scene.stop(agent);
    // What was on its way when the connections broke may come again.
    outcome.complete(0..=outcome.counters.largest_batch_events * 16);
}
