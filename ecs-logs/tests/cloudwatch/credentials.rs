//! Whose credentials sign: a profile's, a role's.

use crate::{command, finish, head, listen, messages};
use cloudwatch_local::{Config, Credentials, Server};
use std::{
    io::{Read, Write},
    sync::{Arc, Mutex},
};

fn server_of(credentials: &str) -> Server {
    let credentials: Credentials = credentials.parse().unwrap();
    Server::local(Config {
        credentials: Some(vec![credentials]),
        ..Config::default()
    })
    .unwrap()
}

#[test]
fn a_profile_has_the_key_and_the_region() {
    let server = server_of("profile-id:profile-secret");
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (config, credentials) = (path("config"), path("credentials"));
    std::fs::write(&config, "[profile logs]\nregion = us-east-1\n").unwrap();
    let keys = "[logs]\naws_access_key_id = profile-id\naws_secret_access_key = profile-secret\n";
    std::fs::write(&credentials, keys).unwrap();
    let url = server.url();
    let variables = [
        ("AWS_CONFIG_FILE", &*config),
        ("AWS_SHARED_CREDENTIALS_FILE", &*credentials),
    ];
    let mut command = command(&["--endpoint-url", &url, "--profile", "logs"], &variables);
    for name in ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION"] {
        command.env_remove(name);
    }
    finish(command, "hello\n").delivered();
    assert_eq!(messages(&server, "web", "one").len(), 1);
}

const ASSUMED: &str = "<AssumeRoleResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><AssumeRoleResult><Credentials>\
    <AccessKeyId>role</AccessKeyId><SecretAccessKey>secret</SecretAccessKey><SessionToken>token</SessionToken>\
    <Expiration>2099-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>";

#[test]
fn a_role_is_taken_on_with_the_credentials_that_are_there() {
    let server = server_of("role:secret:token");
    let asked = Arc::new(Mutex::new(Vec::new()));
    let note = asked.clone();
    let sts = listen(move |mut client| {
        let head = head(&mut client)?;
        let length = head.lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.eq_ignore_ascii_case("content-length")
                .then(|| value.trim().parse::<usize>().ok())?
        });
        let mut body = vec![0; length.unwrap_or(0)];
        client.read_exact(&mut body)?;
        note.lock()
            .unwrap()
            .push((head, String::from_utf8(body).unwrap()));
        let length = ASSUMED.len();
        write!(
            client,
            "HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{ASSUMED}"
        )
    });
    let sts = format!("http://{sts}");
    let url = server.url();
    let role = "arn:aws:iam::123456789012:role/logs";
    let flags = [
        "--endpoint-url",
        &url,
        "--role-arn",
        role,
        "--external-id",
        "4711",
        "--role-session-name",
        "host-1",
    ];
    let command = command(&flags, &[("AWS_ENDPOINT_URL_STS", &sts)]);
    finish(command, "hello\n").delivered();
    assert_eq!(messages(&server, "web", "one").len(), 1);
    let asked = asked.lock().unwrap();
    let (head, body) = &asked[0];
    assert_eq!(asked.len(), 1, "{asked:?}");
    assert!(head.contains("Credential=id/"), "{head}");
    for part in [
        "Action=AssumeRole",
        "RoleArn=arn%3Aaws%3Aiam%3A%3A123456789012%3Arole%2Flogs",
        "ExternalId=4711",
        "RoleSessionName=host-1",
    ] {
        assert!(body.contains(part), "{part} is not in {body}");
    }
}

#[test]
fn what_belongs_to_a_role_is_nothing_without_one() {
    for (flags, message) in [
        (
            ["--external-id", "x"],
            "--external-id: \"x\" says nothing without --role-arn",
        ),
        (
            ["--role-session-name", "x"],
            "--role-session-name: \"x\" says nothing without --role-arn",
        ),
        (
            ["--role-arn", "logs"],
            "--role-arn: \"logs\" is no role (write arn:aws:iam::123456789012:role/NAME)",
        ),
    ] {
        let ended = finish(command(&flags, &[]), "");
        assert_eq!(ended.status.code(), Some(2));
        ended.says(message);
    }
}
