//! `ecs-logs doctor`: looks at all that shipping depends on, and says of each whether it is well and what to do if not.
//! It reads and connects, and changes nothing unless it is to write. Permissions at AWS it cannot know without writing, and
//! says so.

use crate::{
    config::{Config, DestinationKind},
    entry::{Entry, FieldTable},
    intern::Interner,
    prove,
    quarantine::Quarantine,
    route::{Route, Router},
    source::{Read, Seek, Source, journald::JournaldSource, place::look},
};
use serde::Serialize;
use std::{
    collections::HashMap,
    env, fs,
    net::{TcpStream, ToSocketAddrs},
    path::Path,
    time::Duration,
};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    Ok,
    Warning,
    Problem,
}

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    pub what: &'static str,
    pub verdict: Verdict,
    pub found: String,
    /// What to do; empty when all is well.
    pub way_out: String,
}

fn ok(what: &'static str, found: impl Into<String>) -> Finding {
    let (found, way_out) = (found.into(), String::new());
    Finding {
        what,
        verdict: Verdict::Ok,
        found,
        way_out,
    }
}

fn warning(what: &'static str, found: impl Into<String>, way_out: &str) -> Finding {
    let (found, way_out) = (found.into(), way_out.to_owned());
    Finding {
        what,
        verdict: Verdict::Warning,
        found,
        way_out,
    }
}

fn problem(what: &'static str, found: impl Into<String>, way_out: &str) -> Finding {
    Finding {
        verdict: Verdict::Problem,
        ..warning(what, found, way_out)
    }
}

/// Entries that are looked at for one of a container.
const SAMPLE: usize = 10_000;
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);

/// Looks at everything, and writes an event into this group if there is one.
pub fn examine(config: &Config, write_test: Option<&str>) -> Vec<Finding> {
    let mut findings = vec![files(config), entries(config)];
    findings.extend(journald(&journald_settings(Path::new("/"))));
    findings.push(docker(
        fs::read_to_string("/etc/docker/daemon.json")
            .ok()
            .as_deref(),
    ));
    findings.extend(config.checkpoint.as_deref().map(checkpoint));
    findings.extend(config.checkpoint.as_deref().map(quarantine));
    if config.destination == DestinationKind::CloudwatchLogs {
        findings.extend(aws(config));
        findings.extend(proved(config, write_test));
    } else if write_test.is_some() {
        findings.push(problem(
            "permissions",
            "--write-test writes to CloudWatch Logs, which is not the destination",
            "add --dst cloudwatchlogs",
        ));
    }
    findings
}

fn files(config: &Config) -> Finding {
    match look(&config.place) {
        Err(error) => problem(
            "journal files",
            format!("{error:#}"),
            "give the agent the group systemd-journal, or name the journal with --directory",
        ),
        Ok(found) if found.files == 0 => warning(
            "journal files",
            "there are none yet",
            "is journald running, and is Storage= not none?",
        ),
        Ok(found) if !found.denied.is_empty() => warning(
            "journal files",
            format!(
                "{} can be read, {} cannot, such as {}",
                found.files,
                found.denied.len(),
                found.denied[0].display()
            ),
            "give the agent the group systemd-journal",
        ),
        Ok(found) => ok("journal files", format!("{} can be read", found.files)),
    }
}

fn entries(config: &Config) -> Finding {
    let mut fields: FieldTable = config.fields.clone();
    let mut router = Router::new(config.routing.clone(), &mut fields);
    let mut sample = || -> anyhow::Result<usize> {
        let mut source = JournaldSource::open(&config.place, &fields, config.routing.matches())?;
        source.seek(&Seek::Head)?;
        let (mut entry, mut names) = (Entry::default(), Interner::default());
        let mut shipped = 0;
        for _ in 0..SAMPLE {
            match source.next(&mut entry, &mut names) {
                Ok(Read::Entry) => {
                    shipped +=
                        usize::from(matches!(router.route(&entry, &names), Route::Stream(_)));
                }
                Ok(_) => break,
                Err(_) => {}
            }
        }
        Ok(shipped)
    };
    match sample() {
        Err(error) => problem(
            "container entries",
            format!("{error:#}"),
            "see journal files",
        ),
        Ok(0) => warning(
            "container entries",
            "none was found that would be shipped",
            "do containers log through journald (--log-driver journald), from a unit that --trusted-unit names?",
        ),
        Ok(shipped) => ok(
            "container entries",
            format!("{shipped} of the oldest would be shipped"),
        ),
    }
}

/// journald's settings, later files over earlier ones, as `journald.conf(5)` orders them.
fn journald_settings(root: &Path) -> HashMap<String, String> {
    let mut files = Vec::new();
    for directory in ["usr/lib", "run", "etc"] {
        let directory = root.join(directory).join("systemd");
        files.push(directory.join("journald.conf"));
        let mut parts: Vec<_> = fs::read_dir(directory.join("journald.conf.d"))
            .into_iter()
            .flatten()
            .flatten()
            .map(|entry| entry.path())
            .collect();
        parts.sort();
        files.extend(parts);
    }
    files.sort_by_key(|file| {
        file.parent()
            .is_some_and(|parent| parent.ends_with("journald.conf.d"))
    });
    let texts = files
        .iter()
        .filter_map(|file| fs::read_to_string(file).ok());
    let mut settings = HashMap::new();
    for text in texts {
        for line in text
            .lines()
            .filter(|line| !line.trim_start().starts_with(['#', ';']))
        {
            if let Some((key, value)) = line.split_once('=') {
                settings.insert(key.trim().to_owned(), value.trim().to_owned());
            }
        }
    }
    settings
}

fn journald(settings: &HashMap<String, String>) -> Vec<Finding> {
    let is_zero = |key: &str| {
        settings
            .get(key)
            .is_some_and(|value| value.trim_end_matches('s') == "0")
    };
    let limit = match is_zero("RateLimitIntervalSec") || is_zero("RateLimitBurst") {
        true => ok("journald's rate limit", "is off"),
        false => warning(
            "journald's rate limit",
            "is on: all containers together are one unit, and lines beyond 10,000 in 30 s (more on large disks) are dropped before anybody reads them",
            "set RateLimitIntervalSec=0 and RateLimitBurst=0 in /etc/systemd/journald.conf.d/ecs-logs.conf, and restart systemd-journald",
        ),
    };
    let storage = settings.get("Storage").map_or("auto", String::as_str);
    let storage = match storage {
        "none" => problem(
            "journald's storage",
            "is off",
            "set Storage=persistent in /etc/systemd/journald.conf.d/ecs-logs.conf",
        ),
        "volatile" => warning(
            "journald's storage",
            "is memory: what is unread is lost at a reboot",
            "set Storage=persistent",
        ),
        other => ok("journald's storage", other),
    };
    vec![limit, storage]
}

fn docker(config: Option<&str>) -> Finding {
    const WAY: &str = "set \"log-driver\": \"journald\" in /etc/docker/daemon.json, or logDriver journald in the task definitions";
    let Some(config) = config else {
        return warning(
            "Docker's log driver",
            "/etc/docker/daemon.json cannot be read: containers use json-file unless told otherwise",
            WAY,
        );
    };
    match serde_json::from_str::<serde_json::Value>(config) {
        Err(error) => problem(
            "Docker's log driver",
            format!("/etc/docker/daemon.json is no JSON: {error}"),
            "correct it: Docker does not start with it",
        ),
        Ok(value) => match value["log-driver"].as_str() {
            Some("journald") => ok("Docker's log driver", "is journald"),
            other => warning(
                "Docker's log driver",
                format!("is {} by default", other.unwrap_or("json-file")),
                WAY,
            ),
        },
    }
}

fn checkpoint(path: &Path) -> Finding {
    const WHAT: &str = "checkpoint";
    let directory = path.parent().unwrap_or(Path::new("."));
    let writable = rustix::fs::access(directory, rustix::fs::Access::WRITE_OK).is_ok();
    let there = match path.exists() {
        true => "is there: the agent goes on where it was",
        false => "is not there yet: the agent begins by --start",
    };
    match (directory.exists(), writable) {
        (false, _) => warning(
            WHAT,
            format!("the directory {} does not exist", directory.display()),
            "the unit's StateDirectory= makes it; by hand: mkdir, or --checkpoint FILE",
        ),
        (true, false) => problem(
            WHAT,
            format!("the directory {} cannot be written", directory.display()),
            "run as the agent's user, or name another with --checkpoint FILE",
        ),
        (true, true) => ok(WHAT, format!("{} {there}", path.display())),
    }
}

/// Events that CloudWatch refused for good, and why it refused the last one.
fn quarantine(checkpoint: &Path) -> Finding {
    const WHAT: &str = "quarantine";
    match Quarantine::beside(checkpoint).look() {
        Err(error) => warning(
            WHAT,
            format!("{error:#}"),
            "run as root or as the agent's user",
        ),
        Ok(None) => ok(WHAT, "is empty: no event was refused for good"),
        Ok(Some(kept)) => warning(
            WHAT,
            format!(
                "{} events were refused for good, the last of {} {}: {}",
                kept.events, kept.group, kept.stream, kept.reason
            ),
            &format!(
                "look into {}, and remove it when that is done",
                kept.path.display()
            ),
        ),
    }
}

fn aws(config: &Config) -> Vec<Finding> {
    let variable = |name: &str| env::var(name).ok().filter(|value| !value.is_empty());
    let credentials = match () {
        () if config.cloudwatch.profile.is_some() || variable("AWS_PROFILE").is_some() => {
            "the profile"
        }
        () if variable("AWS_ACCESS_KEY_ID").is_some() => "the environment (AWS_ACCESS_KEY_ID)",
        () if variable("AWS_WEB_IDENTITY_TOKEN_FILE").is_some() => "a web identity token",
        () if variable("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI").is_some() => {
            "the container's task role"
        }
        () => "the default profile, else the instance's role",
    };
    let whose = match &config.cloudwatch.role {
        Some(role) => format!(
            "are those of the role {}, taken on with what comes from {credentials}",
            role.arn
        ),
        None => format!("come from {credentials}"),
    };
    let mut findings = vec![ok("credentials", whose)];
    let region = config
        .cloudwatch
        .region
        .clone()
        .or_else(|| variable("AWS_REGION"))
        .or_else(|| variable("AWS_DEFAULT_REGION"));
    findings.push(match &region {
        Some(region) => ok("region", region.as_str()),
        None => warning(
            "region",
            "is not set here: a profile or the instance's metadata must name it",
            "set --region or AWS_REGION",
        ),
    });
    let endpoint = config
        .cloudwatch
        .endpoint_url
        .clone()
        .or_else(|| region.map(|region| format!("https://logs.{region}.amazonaws.com")));
    let proxy = ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"]
        .into_iter()
        .find_map(variable);
    match (endpoint, proxy) {
        (_, Some(proxy)) => findings.push(ok(
            "endpoint",
            format!("is reached by the proxy {proxy}, not tried"),
        )),
        (Some(endpoint), None) => findings.push(reach(&endpoint)),
        (None, None) => {}
    }
    findings
}

/// What CloudWatch itself says: of the clock, and of permissions where one event may be written.
fn proved(config: &Config, write_test: Option<&str>) -> Vec<Finding> {
    const CLOCK: &str = "clock";
    const PERMISSIONS: &str = "permissions";
    let settings = crate::run::options(config.clone()).cloudwatch;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(error) => {
            return vec![problem(
                CLOCK,
                format!("cannot be compared: {error}"),
                "see the system's limits",
            )];
        }
    };
    let clock = match runtime.block_on(prove::clock_ahead(&settings)) {
        Ok(ahead) => clock(ahead),
        Err(error) => warning(
            CLOCK,
            format!("cannot be compared with the endpoint's: {error:#}"),
            "see the endpoint; timedatectl tells whether the clock is kept",
        ),
    };
    let permissions = match write_test {
        None => ok(
            PERMISSIONS,
            "not proved (--write-test GROUP does it): needed are logs:CreateLogStream and logs:PutLogEvents, with --create-groups logs:CreateLogGroup, with --retention-days logs:PutRetentionPolicy",
        ),
        Some(group) => {
            let (creates, host) = (config.cloudwatch.create_groups, &config.hostname);
            match runtime.block_on(prove::write(&settings, creates, host, group)) {
                Ok(found) => ok(PERMISSIONS, found),
                Err(missing) => problem(
                    PERMISSIONS,
                    missing,
                    "allow it to the role, for this group and those of the containers",
                ),
            }
        }
    };
    vec![clock, permissions]
}

fn clock(ahead: i64) -> Finding {
    const WHAT: &str = "clock";
    const WAY: &str = "let chrony or systemd-timesyncd keep it (timedatectl set-ntp true)";
    let found = match ahead {
        0.. => format!("is {ahead} s ahead of the endpoint's"),
        _ => format!("is {} s behind the endpoint's", -ahead),
    };
    match ahead.abs() {
        // AWS refuses signatures that are five minutes off.
        300.. => problem(WHAT, found, WAY),
        30.. => warning(WHAT, found, WAY),
        _ => ok(WHAT, found),
    }
}

fn reach(endpoint: &str) -> Finding {
    const WHAT: &str = "endpoint";
    let (scheme, rest) = endpoint.split_once("://").unwrap_or(("https", endpoint));
    let authority = rest.split('/').next().unwrap_or(rest);
    let port = if scheme == "http" { 80 } else { 443 };
    let has_port = authority
        .rsplit_once(':')
        .is_some_and(|(_, port)| port.parse::<u16>().is_ok());
    let address = if has_port {
        authority.to_owned()
    } else {
        format!("{authority}:{port}")
    };
    let resolved = match address.to_socket_addrs() {
        Ok(resolved) => resolved.collect::<Vec<_>>(),
        Err(error) => {
            return problem(
                WHAT,
                format!("{address} has no address: {error}"),
                "check the resolver, and the region's name",
            );
        }
    };
    let tried = resolved
        .iter()
        .map(|address| TcpStream::connect_timeout(address, CONNECT_TIMEOUT));
    match tried.reduce(|first, next| first.or(next)) {
        Some(Ok(_)) => ok(WHAT, format!("{address} answers")),
        Some(Err(error)) => problem(
            WHAT,
            format!("{address} cannot be reached: {error}"),
            "check routes, security groups and VPC endpoints, or HTTPS_PROXY",
        ),
        None => problem(
            WHAT,
            format!("{address} has no address"),
            "check the resolver",
        ),
    }
}

/// A line each, and what to do below it.
pub fn to_text(findings: &[Finding]) -> String {
    let line = |finding: &Finding| {
        let verdict = match finding.verdict {
            Verdict::Ok => "ok     ",
            Verdict::Warning => "warning",
            Verdict::Problem => "problem",
        };
        let way_out = match finding.way_out.as_str() {
            "" => String::new(),
            way_out => format!("           → {way_out}\n"),
        };
        format!("{verdict}  {}: {}\n{way_out}", finding.what, finding.found)
    };
    findings.iter().map(line).collect()
}

pub fn to_json(findings: &[Finding]) -> String {
    serde_json::to_string_pretty(findings)
        .map_or_else(|error| error.to_string(), |json| json + "\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_that_were_refused_for_good_are_told_with_the_reason() {
        let folder = tempfile::tempdir().unwrap();
        let checkpoint = folder.path().join("checkpoint");
        assert_eq!(quarantine(&checkpoint).verdict, Verdict::Ok);
        let key = crate::route::StreamKey {
            group: "web".into(),
            stream: "c1".into(),
        };
        let event = br#"{"timestamp":1,"message":"poison"}"#;
        let file = Quarantine::beside(&checkpoint);
        file.keep(&key, event, "InvalidParameterException").unwrap();
        let finding = quarantine(&checkpoint);
        assert_eq!(finding.verdict, Verdict::Warning);
        let told = "1 events were refused for good, the last of web c1: InvalidParameterException";
        assert_eq!(finding.found, told);
        assert!(finding.way_out.contains("checkpoint.quarantine"));
    }

    #[test]
    fn dockers_driver_is_told_from_its_configuration() {
        for (config, verdict) in [
            (Some(r#"{"log-driver":"journald"}"#), Verdict::Ok),
            (Some("{}"), Verdict::Warning),
            (Some(r#"{"log-driver":"awslogs"}"#), Verdict::Warning),
            (Some("{"), Verdict::Problem),
            (None, Verdict::Warning),
        ] {
            assert_eq!(docker(config).verdict, verdict, "{config:?}");
        }
    }

    #[test]
    fn journalds_drop_ins_win_over_its_file() {
        let root = tempfile::tempdir().unwrap();
        let directory = root.path().join("etc/systemd/journald.conf.d");
        fs::create_dir_all(&directory).unwrap();
        fs::write(
            root.path().join("etc/systemd/journald.conf"),
            "[Journal]\nStorage=none\n#RateLimitBurst=0\n",
        )
        .unwrap();
        let verdicts = || {
            journald(&journald_settings(root.path()))
                .iter()
                .map(|finding| finding.verdict)
                .collect::<Vec<_>>()
        };
        assert_eq!(verdicts(), [Verdict::Warning, Verdict::Problem]);
        fs::write(
            directory.join("a.conf"),
            "[Journal]\nStorage=persistent\nRateLimitIntervalSec=0s\n",
        )
        .unwrap();
        assert_eq!(verdicts(), [Verdict::Ok, Verdict::Ok]);
    }

    #[test]
    fn an_endpoint_that_nobody_serves_is_a_problem_with_a_way_out() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let endpoint = format!("http://{}/", listener.local_addr().unwrap());
        assert_eq!(reach(&endpoint).verdict, Verdict::Ok);
        drop(listener);
        let finding = reach(&endpoint);
        assert_eq!(finding.verdict, Verdict::Problem);
        assert!(to_text(&[finding]).contains("→ check routes"));
    }
}
