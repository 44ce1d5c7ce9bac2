//! The way to CloudWatch: endpoints, proxies, certificates.

use crate::{Ended, Running, command, finish, head, listen, messages, server, ship};
use stack_tests::journald::until;
use std::{
    io::{BufRead, BufReader, Write},
    net::{SocketAddr, TcpStream},
    path::Path,
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex},
    thread,
};

/// A proxy that notes the first line of each request. It forwards what is for a port; a CONNECT it refuses.
fn proxy(to: SocketAddr) -> (String, Arc<Mutex<Vec<String>>>) {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let note = seen.clone();
    let address = listen(move |mut client| {
        let head = head(&mut client)?;
        let first = head.lines().next().unwrap_or_default().to_owned();
        let tunnel = first.starts_with("CONNECT");
        note.lock().unwrap().push(first);
        if tunnel {
            return write!(client, "HTTP/1.1 502 no\r\nContent-Length: 0\r\n\r\n");
        }
        let mut server = TcpStream::connect(to)?;
        server.write_all(head.as_bytes())?;
        let (mut from, mut into) = (server.try_clone()?, client.try_clone()?);
        thread::spawn(move || std::io::copy(&mut from, &mut into));
        std::io::copy(&mut client, &mut server).map(drop)
    });
    (format!("http://{address}"), seen)
}

/// Runs until the proxy has seen the host.
fn check_host(flags: &[&str], variables: &[(&str, &str)], host: &str) {
    let nowhere = server();
    let (proxy, seen) = proxy(nowhere.address());
    let variables = [variables, &[("HTTPS_PROXY", &*proxy)]].concat();
    let _agent = Running::start(command(flags, &variables), "hello\n");
    let wanted = format!("CONNECT {host}:443 HTTP/1.1");
    until(&format!("{wanted} is seen"), || {
        let seen = seen.lock().unwrap();
        assert!(
            seen.iter().all(|line| *line == wanted),
            "{seen:?}, not {wanted}"
        );
        !seen.is_empty()
    });
}

#[test]
fn fips_dual_stack_and_region_choose_the_host() {
    check_host(&[], &[], "logs.us-east-1.amazonaws.com");
    check_host(&["--fips"], &[], "logs-fips.us-east-1.amazonaws.com");
    check_host(&["--dual-stack"], &[], "logs.us-east-1.api.aws");
    check_host(
        &["--fips", "--dual-stack"],
        &[],
        "logs-fips.us-east-1.api.aws",
    );
    check_host(
        &["--region", "eu-west-1"],
        &[],
        "logs.eu-west-1.amazonaws.com",
    );
    check_host(
        &[],
        &[("AWS_REGION", "eu-north-1")],
        "logs.eu-north-1.amazonaws.com",
    );
}

#[test]
fn plain_http_goes_through_its_proxy_and_hosts_that_are_excepted_do_not() {
    let server = server();
    let (proxy, seen) = proxy(server.address());
    let far = ["--endpoint-url", "http://logs.invalid:4586"];
    let ended = finish(command(&far, &[("HTTP_PROXY", &proxy)]), "hello\n");
    ended.delivered();
    assert_eq!(messages(&server, "web", "one").len(), 1);
    let count = || seen.lock().unwrap().len();
    let lines = seen.lock().unwrap().clone();
    assert!(
        lines
            .iter()
            .all(|line| line == "POST http://logs.invalid:4586/ HTTP/1.1"),
        "{lines:?}"
    );
    let before = count();
    let url = server.url();
    let excepted = [("HTTP_PROXY", &*proxy), ("NO_PROXY", "127.0.0.1")];
    finish(command(&["--endpoint-url", &url], &excepted), "hello\n").delivered();
    assert_eq!(count(), before);
    assert_eq!(messages(&server, "web", "one").len(), 2);
}

/// Killed when dropped.
struct Terminator(Child);

impl Drop for Terminator {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

/// Ends TLS before the server, with the certificate `ca.pem` that it makes in `folder`. Nothing where tools are missing.
fn tls(folder: &Path, to: SocketAddr) -> Option<(Terminator, String)> {
    const TERMINATOR: &str = r#"
import socket, ssl, sys, threading
folder, port = sys.argv[1], int(sys.argv[2])
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(folder + "/ca.pem", folder + "/key.pem")
listener = socket.create_server(("127.0.0.1", 0))
print(listener.getsockname()[1], flush=True)
def pump(a, b):
    try:
        while data := a.recv(65536): b.sendall(data)
    except OSError: pass
    finally:
        for end in (a, b):
            try: end.shutdown(socket.SHUT_RDWR)
            except OSError: pass
def serve(raw):
    try: client = context.wrap_socket(raw, server_side=True)
    except OSError: return
    server = socket.create_connection(("127.0.0.1", port))
    threading.Thread(target=pump, args=(server, client), daemon=True).start()
    pump(client, server)
while True:
    threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()
"#;
    let made = Command::new("openssl")
        .args([
            "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
        ])
        .args([
            "-subj",
            "/CN=localhost",
            "-addext",
            "subjectAltName=DNS:localhost",
        ])
        .args(["-addext", "basicConstraints=critical,CA:FALSE"])
        .args(["-keyout", "key.pem", "-out", "ca.pem"])
        .current_dir(folder)
        .output();
    if !made.is_ok_and(|output| output.status.success()) {
        stack_tests::skip("openssl is missing: make deps");
        return None;
    }
    let child = Command::new("python3")
        .args(["-c", TERMINATOR])
        .arg(folder)
        .arg(to.port().to_string())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn();
    let Ok(mut child) = child else {
        stack_tests::skip("python3 is missing: make deps");
        return None;
    };
    let mut port = String::new();
    BufReader::new(child.stdout.take().unwrap())
        .read_line(&mut port)
        .unwrap();
    Some((
        Terminator(child),
        format!("https://localhost:{}", port.trim()),
    ))
}

#[test]
fn a_certificate_of_ones_own_is_trusted_when_it_is_named() {
    let server = server();
    let folder = tempfile::tempdir().unwrap();
    let Some((_terminator, url)) = tls(folder.path(), server.address()) else {
        return;
    };
    let bundle = folder.path().join("ca.pem");
    let bundle = bundle.to_str().unwrap();
    let by_flag = ["--endpoint-url", &url, "--ca-bundle", bundle];
    let first = finish(command(&by_flag, &[]), "hello\n");
    let variable = [("AWS_CA_BUNDLE", bundle)];
    let second = finish(command(&["--endpoint-url", &url], &variable), "hello\n");
    let stranger = Running::start(command(&["--endpoint-url", &url], &[]), "hello\n");
    stranger.says("invalid peer certificate");
    drop(stranger);
    first.delivered();
    second.delivered();
    assert_eq!(messages(&server, "web", "one").len(), 2);
}

#[test]
fn a_bundle_that_cannot_be_used_is_named() {
    let server = server();
    let check = |path: &str, message: &str| {
        let ended: Ended = ship(&server, &["--ca-bundle", path], "hello\n");
        assert_eq!(ended.status.code(), Some(1));
        ended.says(message);
    };
    check("/no/such.pem", "--ca-bundle: cannot read /no/such.pem");
    let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
    check(manifest, "Cargo.toml holds no certificate in PEM");
}
