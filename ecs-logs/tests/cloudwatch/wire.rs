//! What requests look like on the wire: gzip.

use crate::{fault, messages, server, ship};
use cloudwatch_local::{Effect, Fault};

fn lines(count: usize) -> String {
    (0..count)
        .map(|at| format!("line {at} of many that are much alike, as lines of logs are\n"))
        .collect()
}

#[test]
fn with_gzip_fewer_bytes_carry_the_same_events() {
    let (plain, packed) = (server(), server());
    ship(&plain, &[], &lines(2_000)).delivered();
    let ended = ship(&packed, &["--gzip"], &lines(2_000));
    ended.delivered();
    assert!(!ended.log.contains("gzip"), "{}", ended.log);
    let texts = |server| -> Vec<String> {
        // All but the time, which is that of the run.
        let cut = |message: String| message.split("\"message\":").nth(1).unwrap().to_owned();
        let mut texts: Vec<String> = messages(server, "web", "one")
            .into_iter()
            .map(cut)
            .collect();
        // Lines of one millisecond are read back in the order of their requests' arrival.
        texts.sort();
        texts
    };
    assert_eq!(texts(&packed), texts(&plain));
    assert_eq!(texts(&packed).len(), 2_000);
    let bytes = |server: &cloudwatch_local::Server| server.counters().wire_bytes;
    let (packed, plain) = (bytes(&packed), bytes(&plain));
    assert!(packed * 5 < plain, "{packed} bytes instead of {plain}");
}

#[test]
fn an_endpoint_that_refuses_gzip_gets_plain_bodies_and_that_is_said_once() {
    for effect in [
        Effect::error("SerializationException"),
        Effect::Answer {
            status: Some(415),
            content_type: Some("text/html".into()),
            body: "<html>".into(),
            content_length: None,
            processed: false,
        },
    ] {
        let server = server();
        fault(
            &server,
            Fault {
                gzip: Some(true),
                ..Fault::on("PutLogEvents", effect)
            },
        );
        let ended = ship(&server, &["--gzip", "--max-batch-size", "100"], &lines(500));
        ended
            .delivered()
            .says("the endpoint does not understand gzip");
        assert_eq!(ended.log.matches("gzip:").count(), 1, "{}", ended.log);
        assert_eq!(messages(&server, "web", "one").len(), 500);
    }
}

#[test]
fn what_is_refused_plain_too_is_not_the_fault_of_gzip() {
    let server = server();
    fault(
        &server,
        Fault {
            body_contains: Some("poison".into()),
            ..Fault::on("PutLogEvents", Effect::error("SerializationException"))
        },
    );
    let ended = ship(&server, &["--gzip"], &(lines(20) + "poison\n"));
    assert!(!ended.log.contains("gzip"), "{}", ended.log);
    let arrived = messages(&server, "web", "one");
    let lines = arrived.iter().filter(|message| message.contains("of many"));
    assert_eq!(lines.count(), 20);
}

#[test]
fn a_smaller_batch_has_smaller_events() {
    let server = server();
    let long = "x".repeat(10_000) + "\n";
    ship(&server, &["--max-batch-bytes", "2048"], &long).delivered();
    assert!(server.counters().largest_batch_bytes <= 2_048);
    let parts = messages(&server, "web", "one");
    let text: usize = parts.iter().map(|part| part.matches('x').count()).sum();
    assert_eq!(text, 10_000);
}
