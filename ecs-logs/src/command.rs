//! What the command line asks for, done: exit code 0 when it was, 1 when it failed, 2 when it could not be understood.

use crate::{
    as_service,
    cli::{self, Action, DoctorFlags, VerifyFlags},
    config::{Config, Inputs, Layers, LogLevel, Start, default_checkpoint},
    doctor::{self, Verdict},
    entry::FieldTable,
    log,
    run::{self, Options},
    status,
    verify::{self, Span},
};
use std::{
    collections::HashMap,
    io::Write,
    process::ExitCode,
    time::{SystemTime, UNIX_EPOCH},
};

/// Wrong usage or configuration.
const USAGE: u8 = 2;

/// Does what the arguments ask for.
pub fn execute(arguments: &[String], environment: HashMap<String, String>) -> ExitCode {
    let invocation = match cli::parse(arguments, environment) {
        Ok(invocation) => invocation,
        Err(errors) => return refuse(&errors),
    };
    match &invocation.action {
        Action::Help { command } => return print(cli::help(*command).as_bytes()),
        Action::Version => {
            return print(concat!("ecs-logs ", env!("CARGO_PKG_VERSION"), "\n").as_bytes());
        }
        Action::Man => {
            return match cli::man() {
                Ok(page) => print(&page),
                Err(error) => fail(&error.into()),
            };
        }
        Action::Completion { shell } => return print(&cli::completion(shell)),
        _ => {}
    }
    let mut layers = Layers::collect(&invocation.inputs);
    if let Action::Doctor(_) | Action::Verify(_) | Action::Status { .. } = &invocation.action {
        // Whoever asks means the agent of this host, and need not know what its unit says on the command line.
        layers.assume("src", "journald");
        layers.assume("dst", "cloudwatchlogs");
    }
    let config = match Config::new(&layers) {
        Ok(config) => config,
        Err(errors) => return refuse(&errors.0),
    };
    log::set_level(level(config.log_level));
    for warning in invocation.warnings.iter().chain(&config.warnings) {
        log::warn(warning);
    }
    match invocation.action {
        Action::PrintConfig => print(layers.print().as_bytes()),
        Action::Doctor(flags) if flags.as_service => {
            as_service::run(arguments).unwrap_or_else(|error| fail(&error))
        }
        Action::Doctor(flags) => examine(&config, &flags),
        Action::Verify(flags) => verify(config, &flags),
        Action::Status { json } => status(&config, layers.is_default("checkpoint"), json),
        _ => {
            let reload = reloader(invocation.inputs, layers);
            run::run(run::options(config), reload).unwrap_or_else(|error| fail(&error))
        }
    }
}

/// Exits 1 when there is a problem.
fn examine(config: &Config, flags: &DoctorFlags) -> ExitCode {
    let findings = doctor::examine(config, flags.write_test.as_deref());
    let text = match flags.json {
        true => doctor::to_json(&findings),
        false => doctor::to_text(&findings),
    };
    let printed = print(text.as_bytes());
    match findings
        .iter()
        .any(|finding| finding.verdict == Verdict::Problem)
    {
        true => ExitCode::FAILURE,
        false => printed,
    }
}

/// Exits 1 when something is wrong, or when there is no agent.
fn status(config: &Config, is_default: bool, json: bool) -> ExitCode {
    let checkpoint = config.checkpoint.clone();
    let checkpoint = checkpoint.unwrap_or_else(|| default_checkpoint(config.destination));
    let now_ms = now_ms();
    let report = status::look(&checkpoint, is_default, now_ms);
    let text = match json {
        true => status::to_json(&report),
        false => status::to_text(&report, now_ms),
    };
    let printed = print(text.as_bytes());
    match report.is_well() {
        true => printed,
        false => ExitCode::FAILURE,
    }
}

fn now_ms() -> i64 {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    now.as_millis() as i64
}

/// Exits 1 when there is a difference.
fn verify(config: Config, flags: &VerifyFlags) -> ExitCode {
    let at = |time: Start| match time {
        Start::Time(usec) => (usec / 1_000) as i64,
        Start::Ago(ago) => now_ms() - ago.as_millis() as i64,
        _ => 0,
    };
    let span = Span {
        since_ms: at(flags.since),
        until_ms: at(flags.until),
    };
    let settings = run::options(config.clone()).cloudwatch;
    let report = match verify::verify(&config, &settings, span) {
        Ok(report) => report,
        Err(error) => return fail(&error),
    };
    let text = match flags.json {
        true => verify::to_json(&report),
        false => verify::to_text(&report),
    };
    let printed = print(text.as_bytes());
    match report.differences.is_empty() {
        true => printed,
        false => ExitCode::FAILURE,
    }
}

/// Reads environment and file anew at SIGHUP. What cannot be used is told, and the old configuration stays in force.
fn reloader(inputs: Inputs, mut layers: Layers) -> impl FnMut(FieldTable) -> Option<Options> {
    move |fields| {
        let new = Layers::collect(&inputs);
        let config = match Config::with_fields(&new, fields) {
            Ok(config) => config,
            Err(errors) => {
                for error in &errors.0 {
                    log::error(error);
                }
                log::error("the configuration was not reloaded; what was in force stays in force");
                return None;
            }
        };
        let changes = layers.changes(&new);
        if changes.is_empty() {
            log::info("the configuration has not changed");
        }
        for change in &changes {
            log::info(change);
        }
        log::set_level(level(config.log_level));
        layers = new;
        changes
            .iter()
            .any(|change| change.live)
            .then(|| run::options(config))
    }
}

fn level(level: LogLevel) -> log::Level {
    match level {
        LogLevel::Debug => log::Level::Debug,
        LogLevel::Info => log::Level::Info,
        LogLevel::Warn => log::Level::Warning,
        LogLevel::Error | LogLevel::Fatal => log::Level::Error,
    }
}

fn refuse(errors: &[String]) -> ExitCode {
    for error in errors {
        eprintln!("ecs-logs: {error}");
    }
    ExitCode::from(USAGE)
}

fn fail(error: &anyhow::Error) -> ExitCode {
    log::error(format_args!("{error:#}"));
    ExitCode::FAILURE
}

/// Prints. A reader that went away has seen enough.
fn print(text: &[u8]) -> ExitCode {
    match std::io::stdout().write_all(text) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
            fail(&anyhow::Error::new(error).context("cannot print"))
        }
        _ => ExitCode::SUCCESS,
    }
}
