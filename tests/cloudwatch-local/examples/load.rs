//! What a million events cost the server: `cargo run --release -p cloudwatch-local --example load [EVENTS] [SERVER FLAGS…]`.
//! Sends bodies of a container host (300 bytes a line, JSON inside JSON) to `--discard --no-auth`, or with the flags given.

use std::{
    error::Error,
    fs,
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    process::{Command, Stdio},
    thread,
    time::{Instant, SystemTime, UNIX_EPOCH},
};

const CONNECTIONS: u64 = 4;
const BATCH: u64 = 2500;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let events: u64 = arguments
        .next()
        .unwrap_or_else(|| "1000000".into())
        .parse()?;
    let mut flags: Vec<String> = arguments.collect();
    if flags.is_empty() {
        flags = vec!["--discard".into(), "--no-auth".into()];
    }
    let program = std::env::current_exe()?.with_file_name("../cloudwatch-local");
    let mut server = Command::new(program)
        .args(["--listen", "127.0.0.1:0"])
        .args(&flags)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()?;
    let mut url = String::new();
    BufReader::new(server.stdout.take().ok_or("no pipe")?).read_line(&mut url)?;
    let address = url.trim().trim_start_matches("http://").to_owned();
    let mut first = TcpStream::connect(&address)?;
    send(&mut first, "CreateLogGroup", r#"{"logGroupName":"g"}"#)?;
    for stream in 0..CONNECTIONS {
        let body = format!(r#"{{"logGroupName":"g","logStreamName":"{stream}"}}"#);
        send(&mut first, "CreateLogStream", &body)?;
    }
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_millis();
    let start = Instant::now();
    let threads: Vec<_> = (0..CONNECTIONS)
        .map(|stream| {
            let address = address.clone();
            thread::spawn(move || -> std::io::Result<u64> {
                let mut connection = TcpStream::connect(address)?;
                let mut sent = 0;
                let mut line = 0;
                while line < events / CONNECTIONS {
                    let body = body(stream, &mut line, now);
                    sent += body.len() as u64;
                    send(&mut connection, "PutLogEvents", &body)?;
                }
                Ok(sent)
            })
        })
        .collect();
    let mut bytes = 0;
    for thread in threads {
        bytes += thread.join().map_err(|_| "a sender panicked")??;
    }
    let elapsed = start.elapsed().as_secs_f64();
    let stat = fs::read_to_string(format!("/proc/{}/stat", server.id()))?;
    let fields: Vec<&str> = stat
        .rsplit(')')
        .next()
        .ok_or("odd stat")?
        .split_whitespace()
        .collect();
    let cpu = (fields[11].parse::<f64>()? + fields[12].parse::<f64>()?) / 100.0;
    let status = fs::read_to_string(format!("/proc/{}/status", server.id()))?;
    let memory = status
        .lines()
        .find(|line| line.starts_with("RssAnon"))
        .unwrap_or_default();
    let millions = events as f64 / 1e6;
    println!(
        "{events} events, {} MB of bodies, {:.0} events/s with the sender beside it, {:.2} CPU-seconds a million, {memory}",
        bytes / 1_000_000,
        events as f64 / elapsed,
        cpu / millions
    );
    server.kill()?;
    server.wait()?;
    Ok(())
}

fn body(stream: u64, line: &mut u64, now: u128) -> String {
    let mut body = format!(r#"{{"logGroupName":"g","logStreamName":"{stream}","logEvents":["#);
    for place in 0..BATCH {
        *line += 1;
        let comma = if place == 0 { "" } else { "," };
        body.push_str(&format!(
            r#"{comma}{{"timestamp":{now},"message":"{{\"level\":\"INFO\",\"time\":\"2026-11-23T15:06:44.000000Z\",\"info\":{{\"host\":\"ip-10-30-1-17\",\"id\":\"x\"}},\"data\":{{\"user\":{line},\"path\":\"/a/b\"}},\"message\":\"id=c{stream}-{line} request user cache miss connection upstream retry after job finished queue depth token refresh order payment accepted render template query took rows index\"}}"}}"#
        ));
    }
    body.push_str("]}");
    body
}

fn send(connection: &mut TcpStream, operation: &str, body: &str) -> std::io::Result<()> {
    let head = format!(
        "POST / HTTP/1.1\r\nHost: x\r\nX-Amz-Target: Logs_20140328.{operation}\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    connection.write_all(head.as_bytes())?;
    connection.write_all(body.as_bytes())?;
    let mut answer = [0; 2048];
    let read = connection.read(&mut answer)?;
    assert!(
        answer[..read].starts_with(b"HTTP/1.1 200"),
        "{}",
        String::from_utf8_lossy(&answer[..read])
    );
    Ok(())
}
