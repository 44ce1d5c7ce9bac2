//! Every scripted fault as a client sees it, and what took effect behind it.

use cloudwatch_local::{Config, Effect, Fault, Server, When};
use serde_json::{Value, json};
use std::{
    io::{self, Read, Write},
    net::TcpStream,
    time::{Duration, Instant},
};

const PUT: &str = "PutLogEvents";

fn server() -> Server {
    let server = Server::local(Config::default()).unwrap();
    for (operation, body) in [
        ("CreateLogGroup", json!({"logGroupName": "g"})),
        (
            "CreateLogStream",
            json!({"logGroupName": "g", "logStreamName": "s"}),
        ),
    ] {
        assert_eq!(call(&server, operation, &body).unwrap().0, 200);
    }
    server
}

fn request(operation: &str, body: &str) -> String {
    format!(
        "POST / HTTP/1.1\r\nHost: x\r\nX-Amz-Target: Logs_20140328.{operation}\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

/// One request on a connection of its own, read to the end of the answer its head announces.
fn call(server: &Server, operation: &str, body: &Value) -> io::Result<(u16, String)> {
    let mut stream = TcpStream::connect(server.address())?;
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    stream.write_all(request(operation, &body.to_string()).as_bytes())?;
    answer(&mut stream)
}

fn answer(stream: &mut TcpStream) -> io::Result<(u16, String)> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte)?;
        head.push(byte[0]);
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("Content-Length: "))
        .unwrap();
    let mut body = vec![0; length.parse().unwrap()];
    stream.read_exact(&mut body)?;
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    Ok((status, String::from_utf8_lossy(&body).into_owned()))
}

fn put(server: &Server, line: &str) -> io::Result<(u16, String)> {
    let events = json!([{"timestamp": server.now(), "message": line}]);
    call(
        server,
        PUT,
        &json!({"logGroupName": "g", "logStreamName": "s", "logEvents": events}),
    )
}

/// Puts a line under a fault and another after it. Returns the first's answer and how many lines arrived.
fn under(effect: Effect) -> (io::Result<(u16, String)>, u64) {
    let server = server();
    let fault = Fault {
        count: Some(1),
        ..Fault::on(PUT, effect)
    };
    server.faults().add(fault, server.steady());
    let result = put(&server, "id=a-1");
    assert_eq!(put(&server, "id=a-2").unwrap().0, 200, "the fault is over");
    let lines = server.ledger().report().lines;
    (result, lines)
}

#[test]
fn an_error_is_answered_and_nothing_taken() {
    let (result, lines) = under(Effect::error("ThrottlingException"));
    let (status, body) = result.unwrap();
    assert_eq!((status, lines), (400, 1));
    assert_eq!(
        serde_json::from_str::<Value>(&body).unwrap()["__type"],
        "ThrottlingException"
    );
}

#[test]
fn a_reset_before_processing_loses_the_line_and_one_after_keeps_it() {
    for (when, lines) in [
        (When::Head, 1),
        (When::Before, 1),
        (When::During, 2),
        (When::After, 2),
    ] {
        let (result, arrived) = under(Effect::Reset { when });
        assert!(result.is_err(), "{when:?}: {result:?}");
        assert_eq!(arrived, lines, "{when:?}");
    }
}

#[test]
fn a_connection_closed_after_its_answer_gives_the_answer() {
    let (result, lines) = under(Effect::Close { when: When::After });
    assert_eq!((result.unwrap().0, lines), (200, 2));
    let (result, lines) = under(Effect::Close { when: When::Before });
    assert_eq!(
        (result.unwrap_err().kind(), lines),
        (io::ErrorKind::UnexpectedEof, 1)
    );
}

#[test]
fn stalls_and_latencies_only_take_their_time() {
    for effect in [
        Effect::Latency { milliseconds: 50 },
        Effect::Stall {
            when: When::Before,
            milliseconds: 50,
        },
        Effect::Stall {
            when: When::Head,
            milliseconds: 50,
        },
        Effect::Stall {
            when: When::During,
            milliseconds: 50,
        },
        Effect::Stall {
            when: When::After,
            milliseconds: 50,
        },
        Effect::Drip {
            bytes_per_second: 4000,
        },
    ] {
        let start = Instant::now();
        let (result, lines) = under(effect.clone());
        assert_eq!((result.unwrap().0, lines), (200, 2), "{effect:?}");
        assert!(start.elapsed() >= Duration::from_millis(50), "{effect:?}");
    }
}

#[test]
fn any_answer_can_be_given_with_and_without_effect() {
    let html = |processed, content_length| Effect::Answer {
        status: Some(502),
        content_type: Some("text/html".into()),
        body: "<html>".into(),
        content_length,
        processed,
    };
    let (result, lines) = under(html(false, None));
    assert_eq!((result.unwrap(), lines), ((502, "<html>".to_owned()), 1));
    let (result, lines) = under(html(true, None));
    assert_eq!((result.unwrap().0, lines), (502, 2));
    let (result, _) = under(html(false, Some(100)));
    assert_eq!(
        result.unwrap_err().kind(),
        io::ErrorKind::UnexpectedEof,
        "the head promised more"
    );
    let (result, _) = under(html(false, Some(2)));
    assert_eq!(
        result.unwrap(),
        (502, "<h".to_owned()),
        "the head promised less"
    );
}

#[test]
fn an_outage_refuses_connections_and_ends() {
    let server = server();
    let mut open = TcpStream::connect(server.address()).unwrap();
    open.write_all(request("DescribeLogGroups", "{}").as_bytes())
        .unwrap();
    assert_eq!(answer(&mut open).unwrap().0, 200);
    server.outage(Duration::from_millis(200));
    assert!(
        matches!(open.read(&mut [0]), Ok(0) | Err(_)),
        "the open connection ends"
    );
    let refused = loop {
        if let Err(error) = TcpStream::connect(server.address()) {
            break error;
        }
    };
    assert_eq!(refused.kind(), io::ErrorKind::ConnectionRefused);
    let deadline = Instant::now() + Duration::from_secs(10);
    while put(&server, "id=a-1").is_err() {
        assert!(Instant::now() < deadline, "the outage ends");
    }
    assert_eq!(
        server.ledger().report().lines,
        1,
        "what was there before is still there"
    );
}

#[test]
fn the_admin_endpoint_sets_faults_and_names_what_is_wrong_with_them() {
    let server = server();
    let admin = |method: &str, path: &str, body: &str| {
        let mut stream = TcpStream::connect(server.address()).unwrap();
        let head = format!(
            "{method} /_local/{path} HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        stream
            .write_all(format!("{head}{body}").as_bytes())
            .unwrap();
        let (status, body) = answer(&mut stream).unwrap();
        (status, serde_json::from_str::<Value>(&body).unwrap())
    };
    let fault =
        r#"[{"group": "g", "count": 1, "effect": {"error": {"code": "AccessDeniedException"}}}]"#;
    assert_eq!(admin("POST", "faults", fault), (200, json!({"ids": [1]})));
    assert_eq!(put(&server, "x").unwrap().0, 400);
    assert_eq!(admin("GET", "faults", "").1[0]["hits"], 1);
    assert_eq!(admin("DELETE", "faults/1", "").0, 200);
    assert_eq!(admin("DELETE", "faults/1", "").0, 404);
    let (status, why) = admin("POST", "faults", r#"{"effect": {"eror": {}}}"#);
    assert_eq!(status, 400);
    assert!(why["error"].as_str().unwrap().contains("eror"), "{why}");
    assert_eq!(
        admin("POST", "clock", r#"{"aheadMilliseconds": 86400000}"#).0,
        200
    );
    assert_eq!(
        admin("GET", "state", "").1["counters"]["errors"]["AccessDeniedException"],
        1
    );
    assert_eq!(admin("POST", "reset", r#"{"all": true}"#).0, 200);
    assert_eq!(put(&server, "x").unwrap().0, 400, "the group is gone");
}

#[test]
fn discarded_events_are_counted_and_judged_all_the_same() {
    let server = Server::local(Config {
        discard: true,
        ..Config::default()
    })
    .unwrap();
    call(&server, "CreateLogGroup", &json!({"logGroupName": "g"})).unwrap();
    call(
        &server,
        "CreateLogStream",
        &json!({"logGroupName": "g", "logStreamName": "s"}),
    )
    .unwrap();
    assert_eq!(put(&server, "id=a-1").unwrap().0, 200);
    assert_eq!(put(&server, "").unwrap().0, 400);
    assert_eq!(
        (server.counters().events, server.ledger().report().lines),
        (1, 1)
    );
    assert!(server.store().groups["g"].streams["s"].events.is_empty());
}
