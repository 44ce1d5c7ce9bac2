//! `ecs-logs doctor --as-service`: runs this program once more with the rights of the agent's unit, by systemd-run. What root
//! can read and reach says nothing of what the sandboxed service can.

use anyhow::{Context, bail};
use std::process::{Command, ExitCode, Output};

const UNIT: &str = "ecs-logs.service";
/// For hosts where the unit is not installed yet.
const PACKAGED: &str = include_str!("../package/ecs-logs.service");
/// Of the unit's life, not of its rights. The runtime directory would be removed under the agent that uses it.
const NOT_RIGHTS: &[&str] = &[
    "Type",
    "NotifyAccess",
    "WatchdogSec",
    "Restart",
    "RestartSec",
    "TimeoutStopSec",
    "TimeoutStartSec",
    "KillMode",
    "RuntimeDirectory",
    "RuntimeDirectoryMode",
    "RuntimeDirectoryPreserve",
    "PIDFile",
    "SyslogIdentifier",
    "StandardInput",
    "StandardOutput",
    "StandardError",
];

/// Runs the same command without `--as-service` as the service would be run, and ends as that ends.
///
/// # Errors
/// When systemd does not run here, or systemd-run cannot be started.
pub fn run(arguments: &[String]) -> anyhow::Result<ExitCode> {
    let version = call("systemctl", &["show", "--property=Version"]).context(
        "--as-service needs systemd, and there is no systemctl here (run doctor as the agent's user instead)",
    )?;
    if !version.status.success() {
        let said = String::from_utf8_lossy(&version.stderr);
        bail!(
            "--as-service needs systemd, which does not run here: {} (run doctor as the agent's user instead)",
            said.lines().next().unwrap_or_default()
        );
    }
    let installed = call("systemctl", &["cat", "--", UNIT])?;
    let unit = match installed.status.success() {
        true => String::from_utf8_lossy(&installed.stdout).into_owned(),
        false => {
            eprintln!("ecs-logs: {UNIT} is not installed: the packaged unit's rights are tried");
            PACKAGED.to_owned()
        }
    };
    let program = std::env::current_exe().context("cannot find this program")?;
    let status = Command::new("systemd-run")
        .args(["--wait", "--pipe", "--collect", "--quiet"])
        .args(
            properties(&unit)
                .iter()
                .map(|set| format!("--property={set}")),
        )
        .arg("--")
        .arg(program)
        .args(arguments.iter().filter(|argument| !is_flag(argument)))
        .status()
        .context("cannot start systemd-run")?;
    // A signal has no code.
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    Ok(ExitCode::from(code.unwrap_or(1)))
}

fn call(program: &str, arguments: &[&str]) -> anyhow::Result<Output> {
    let output = Command::new(program).args(arguments).output();
    output.with_context(|| format!("cannot start {program}"))
}

fn is_flag(argument: &str) -> bool {
    let name = argument.trim_start_matches('-').split('=').next();
    argument.starts_with('-') && name == Some("as-service")
}

/// What a unit's text says of its rights, as systemd-run takes it. Drop-ins follow the unit, as `systemctl cat` prints them.
fn properties(unit: &str) -> Vec<String> {
    let (mut section, mut found) = (String::new(), Vec::new());
    let joined = unit.replace("\\\n", " ");
    for line in joined.lines().map(str::trim) {
        if line.starts_with('[') {
            section = line.to_owned();
        }
        let Some((key, value)) = line.split_once('=') else {
            continue;
        };
        let comment = line.starts_with(['#', ';']);
        let key = key.trim();
        if section != "[Service]" || comment || NOT_RIGHTS.contains(&key) || key.starts_with("Exec")
        {
            continue;
        }
        found.push(format!("{key}={}", value.trim()));
    }
    // The state directory belongs to the dynamic user of the agent's name: another would take it over from a running agent.
    let has = |start: &str| found.iter().any(|set: &String| set.starts_with(start));
    if has("DynamicUser=yes") && !has("User=") {
        found.push("User=ecs-logs".to_owned());
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_units_rights_are_taken_and_its_life_is_not() {
        let unit = "[Unit]\nAfter=x\n[Service]\nType=notify\n# User=no\nDynamicUser=yes\nExecStart=/usr/bin/ecs-logs \\\n  -src journald\n\
                    SystemCallFilter=~@privileged @resources\nRuntimeDirectory=ecs-logs\n[Service]\nReadWritePaths=\n[Install]\nWantedBy=y\n";
        assert_eq!(
            properties(unit),
            [
                "DynamicUser=yes",
                "SystemCallFilter=~@privileged @resources",
                "ReadWritePaths=",
                "User=ecs-logs"
            ]
        );
        let packaged = properties(PACKAGED);
        for right in [
            "SupplementaryGroups=systemd-journal",
            "StateDirectory=ecs-logs",
            "User=ecs-logs",
        ] {
            assert!(packaged.iter().any(|set| set == right), "{right}");
        }
        assert!(is_flag("--as-service") && is_flag("-as-service=true") && !is_flag("--json"));
    }
}
