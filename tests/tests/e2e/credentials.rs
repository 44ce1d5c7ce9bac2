//! Credentials that come late, fail, or change: stand-ins for the ECS endpoint and for IMDS.

use crate::scene::{Scene, plan};
use cloudwatch_local::{Config, Credentials};
use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    thread,
};

const ROLE: &str = r#"{"Code":"Success","Type":"AWS-HMAC","AccessKeyId":"role","SecretAccessKey":"secret","Token":"token","Expiration":"2099-01-01T00:00:00Z","LastUpdated":"2026-01-01T00:00:00Z"}"#;

/// Serves what `answer` says to (method, path, number of the request), until the test ends.
fn serve(
    answer: impl Fn(&str, &str, u64) -> (u16, String) + Send + Sync + 'static,
) -> (SocketAddr, Arc<AtomicU64>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    (address, serve_on(listener, answer))
}

/// The same on a port of one's choice. Returns how many requests there were.
fn serve_on(
    listener: TcpListener,
    answer: impl Fn(&str, &str, u64) -> (u16, String) + Send + Sync + 'static,
) -> Arc<AtomicU64> {
    let count = Arc::new(AtomicU64::new(0));
    let (counter, answer) = (Arc::clone(&count), Arc::new(answer));
    thread::spawn(move || {
        for stream in listener.incoming() {
            let number = counter.fetch_add(1, Ordering::SeqCst);
            let answer = Arc::clone(&answer);
            // One that is held up must hold up no other.
            thread::spawn(move || stream.and_then(|stream| one(stream, number, &*answer)));
        }
    });
    count
}

fn one(
    mut stream: TcpStream,
    number: u64,
    answer: &impl Fn(&str, &str, u64) -> (u16, String),
) -> std::io::Result<()> {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte)?;
        head.push(byte[0]);
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    let mut words = head.split(' ');
    let (method, path) = (
        words.next().unwrap_or_default(),
        words.next().unwrap_or_default(),
    );
    let (status, body) = answer(method, path, number);
    write!(
        stream,
        "HTTP/1.1 {status} x\r\nContent-Length: {}\r\nContent-Type: application/json\r\nX-Aws-Ec2-Metadata-Token-Ttl-Seconds: 300\r\nConnection: close\r\n\r\n{body}",
        body.len()
    )
}

/// A scene whose server knows the role's key, and whose agent has only these variables.
fn scene(variables: &[(&str, String)]) -> Option<Scene> {
    let credentials: Credentials = "role:secret:token".parse().unwrap();
    let config = Config {
        credentials: Some(vec![credentials]),
        ..Config::default()
    };
    let mut scene = Scene::of(&plan(200), config)?;
    scene.variables = variables
        .iter()
        .map(|(name, value)| ((*name).to_owned(), value.clone()))
        .collect();
    Some(scene)
}

fn run(scene: &Scene) -> crate::scene::Outcome {
    let mut command = scene.command(&scene.server.url(), true);
    for name in ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"] {
        command.env_remove(name);
    }
    let agent = scene.start_with(&mut command);
    scene.finish(agent)
}

#[test]
fn case_08_a_credentials_endpoint_that_fails_at_first_is_asked_again() {
    let (address, count) = serve(|_, _, number| {
        if number < 3 {
            (500, "{}".into())
        } else {
            (200, ROLE.into())
        }
    });
    let url = format!("http://{address}/role");
    let Some(scene) = scene(&[("AWS_CONTAINER_CREDENTIALS_FULL_URI", url)]) else {
        return;
    };
    run(&scene).exact();
    assert!(count.load(Ordering::SeqCst) > 3);
}

#[test]
fn case_08_imds_version_2_gives_credentials() {
    let (address, _) = serve(|method, path, _| match (method, path) {
        ("PUT", "/latest/api/token") => (200, "metadata-token".into()),
        (
            _,
            "/latest/meta-data/iam/security-credentials/"
            | "/latest/meta-data/iam/security-credentials-extended/",
        ) => (200, "instance-role".into()),
        (_, path) if path.contains("security-credentials") => (200, ROLE.into()),
        _ => (404, String::new()),
    });
    let variables = [
        (
            "AWS_EC2_METADATA_SERVICE_ENDPOINT",
            format!("http://{address}"),
        ),
        ("AWS_EC2_METADATA_DISABLED", "false".to_owned()),
    ];
    let Some(scene) = scene(&variables) else {
        return;
    };
    run(&scene).exact();
}

#[test]
fn case_08_credentials_that_expired_are_fetched_again() {
    // The first answer is expired before it is used; the second is good.
    let old = ROLE
        .replace("2099-01-01", "2020-01-01")
        .replace("\"role\"", "\"old\"");
    let (address, _) = serve(move |_, _, number| {
        (
            200,
            if number == 0 {
                old.clone()
            } else {
                ROLE.into()
            },
        )
    });
    let url = format!("http://{address}/role");
    let Some(scene) = scene(&[("AWS_CONTAINER_CREDENTIALS_FULL_URI", url)]) else {
        return;
    };
    run(&scene).exact();
}

/// The role's answer with another key.
fn role(key: &str) -> String {
    ROLE.replace("\"role\"", &format!("\"{key}\""))
}

#[test]
fn case_08_credentials_that_were_rotated_before_their_time_are_fetched_again() {
    // The first key is good for years, says its source; the server knows only the second.
    let (address, count) =
        serve(|_, _, number| (200, role(if number == 0 { "revoked" } else { "role" })));
    let url = format!("http://{address}/role");
    let Some(scene) = scene(&[("AWS_CONTAINER_CREDENTIALS_FULL_URI", url)]) else {
        return;
    };
    run(&scene).exact();
    let asked = count.load(Ordering::SeqCst);
    assert!((2..10).contains(&asked), "asked {asked} times");
}

/// What IMDS answers where everything is as it should be.
fn imds(method: &str, path: &str) -> (u16, String) {
    match (method, path) {
        ("PUT", "/latest/api/token") => (200, "metadata-token".into()),
        (_, path) if path.ends_with("security-credentials/") => (200, "instance-role".into()),
        (_, path) if path.ends_with("security-credentials-extended/") => {
            (200, "instance-role".into())
        }
        (_, path) if path.contains("security-credentials") => (200, ROLE.into()),
        _ => (404, String::new()),
    }
}

fn from_imds(url: String) -> Option<Scene> {
    scene(&[
        ("AWS_EC2_METADATA_SERVICE_ENDPOINT", url),
        ("AWS_EC2_METADATA_DISABLED", "false".to_owned()),
    ])
}

/// The agent following, without keys of its own.
fn follow(scene: &Scene) -> crate::scene::Agent {
    let mut command = scene.command(&scene.server.url(), false);
    for name in ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"] {
        command.env_remove(name);
    }
    scene.start_with(&mut command)
}

#[test]
fn case_08_an_imds_that_is_down_at_first_is_waited_for() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    // Nobody listens there until the agent has said that it has no credentials.
    drop(listener);
    let Some(scene) = from_imds(format!("http://{address}")) else {
        return;
    };
    let agent = follow(&scene);
    scene.until(&agent, "the want of credentials said", |_, _| {
        agent.log().contains("credentials")
    });
    let listener = TcpListener::bind(address).unwrap();
    serve_on(listener, |method, path, _| imds(method, path));
    scene.until_all(&agent);
    scene.stop(agent).exact();
}

#[test]
fn case_08_a_token_that_a_hop_limit_of_one_swallows_is_waited_for_and_said() {
    // Answers to the token never arrive in a container; until somebody raises the hop limit.
    let open = Arc::new(AtomicU64::new(0));
    let gate = Arc::clone(&open);
    let (address, _) = serve(move |method, path, _| {
        while method == "PUT" && gate.load(Ordering::SeqCst) == 0 {
            thread::sleep(std::time::Duration::from_millis(20));
        }
        imds(method, path)
    });
    let Some(scene) = from_imds(format!("http://{address}")) else {
        return;
    };
    let agent = follow(&scene);
    scene.until(&agent, "the want of credentials said", |_, _| {
        agent.log().contains("credentials")
    });
    open.store(1, Ordering::SeqCst);
    scene.until_all(&agent);
    scene.stop(agent).exact();
}

#[test]
fn case_07_a_token_that_expired_is_refused_and_a_new_one_fetched() {
    // The server says so of the old key; its source would have kept it.
    let (address, _) =
        serve(|_, _, number| (200, role(if number == 0 { "expired" } else { "role" })));
    let url = format!("http://{address}/role");
    let credentials: Vec<Credentials> = ["role:secret:token", "expired:secret:token"]
        .map(|text| text.parse().unwrap())
        .into();
    let config = Config {
        credentials: Some(credentials),
        ..Config::default()
    };
    let Some(mut scene) = Scene::of(&plan(200), config) else {
        return;
    };
    scene.variables = vec![("AWS_CONTAINER_CREDENTIALS_FULL_URI".into(), url)];
    scene.puts(3, cloudwatch_local::Effect::error("ExpiredTokenException"));
    run(&scene).exact();
}
