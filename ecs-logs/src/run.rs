//! From options to a running pipeline: which source, where it begins, which destination, and how it ended.

use crate::{
    checkpoint::{Checkpoint, Found, Store},
    core::{Core, Outcome, Settings, batch::Limits},
    destination::{
        Destination,
        cloudwatch::{self, CloudWatch},
        stdout::Stdout,
    },
    entry::FieldTable,
    event::{Encoder, EncoderSettings, Format},
    lines::{Lines, LinesSettings},
    log,
    metrics::Metric,
    pipeline::{self, Run, Summary},
    quarantine::Quarantine,
    route::{RouteSettings, Router, Trust},
    service::Service,
    source::{Landed, Seek, Source, journald::JournaldSource, place::JournalPlace},
    time::{Millis, Now},
};
use anyhow::{Context, bail};
use std::{
    path::PathBuf,
    process::ExitCode,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

/// What a run needs to know.
#[derive(Clone, Debug)]
pub struct Options {
    pub place: JournalPlace,
    pub start: Seek,
    pub once: bool,
    pub stdout: bool,
    pub checkpoint: PathBuf,
    pub routes: RouteSettings,
    pub encoder: EncoderSettings,
    pub lines: LinesSettings,
    pub cloudwatch: cloudwatch::Settings,
    pub core: Settings,
    pub drain_timeout: Duration,
}

/// Runs to the end.
///
/// # Errors
/// When the journal, the checkpoint or the configuration do not allow it; with the way out.
pub fn run(options: Options) -> anyhow::Result<ExitCode> {
    pipeline::block_signals();
    let mut fields = FieldTable::default();
    let router = Router::new(options.routes.clone(), &mut fields);
    let matches = options.routes.matches();
    let (place, once) = (options.place.clone(), options.once);
    let open = move || -> anyhow::Result<Box<dyn Source>> {
        Ok(Box::new(JournaldSource::open(
            &place,
            &fields,
            matches.clone(),
        )?))
    };
    let mut source = open()?;
    let store = Store::open(&options.checkpoint)?;
    let checkpoint = load(&store)?;
    let mut gone = None;
    match checkpoint.resume {
        Some(cursor) => {
            if source.seek(&Seek::After(cursor))? == Landed::Gone {
                log::warn(
                    "the journal no longer holds the entry of the checkpoint; what was deleted since cannot be sent",
                );
                gone = Some(cursor);
            }
        }
        None => {
            source.seek(&options.start)?;
        }
    }
    let wall = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    let now = Now {
        mono: Millis(0),
        wall: Millis(wall.as_millis() as i64),
    };
    let encoder = Encoder::new(options.encoder.clone());
    let lines = options.lines.clone();
    let core = Core::new(
        options.core.clone(),
        router,
        encoder,
        || Lines::new(lines.clone()),
        checkpoint,
        now,
    );
    let run = Run {
        source,
        reopen: Box::new(open),
        core,
        quarantine: Quarantine::beside(&options.checkpoint),
        store: Some(store),
        service: Service::from_env(),
        drain_timeout: options.drain_timeout,
        gone,
    };
    let (stdout, settings) = (options.stdout, options.cloudwatch);
    let summary = run.run(async move {
        Ok(match stdout {
            true => Destination::Stdout(Stdout),
            false => Destination::CloudWatch(CloudWatch::connect(&settings).await?),
        })
    })?;
    Ok(conclude(&summary, once))
}

fn load(store: &Store) -> anyhow::Result<Checkpoint> {
    Ok(match store.load()? {
        Found::Checkpoint(checkpoint) => checkpoint,
        Found::Nothing => Checkpoint::default(),
        Found::SetAside { to, reason } => {
            log::warn(format_args!(
                "the checkpoint cannot be used: {reason}; it is kept as {}, and reading begins as without one",
                to.display()
            ));
            Checkpoint::default()
        }
    })
}

fn conclude(summary: &Summary, once: bool) -> ExitCode {
    let count = |metric| summary.counters.get(metric);
    log::info(format_args!(
        "{} entries read, {} events accepted in {} requests, {} lines given up",
        count(Metric::Entries),
        count(Metric::EventsAccepted),
        count(Metric::RequestsAccepted),
        summary.counters.lost()
    ));
    if once && count(Metric::Entries) == 0 {
        log::warn(
            "no entry matched: the default reads container entries written by docker.service (--trusted-unit, --trust-container-fields, --match) and, on this host's journal, of this boot (--start head)",
        );
    }
    match &summary.outcome {
        Outcome::Delivered => ExitCode::SUCCESS,
        Outcome::Undelivered { reason } => {
            log::error(format_args!("not everything was delivered: {reason}"));
            ExitCode::FAILURE
        }
    }
}

/// Few options, until the whole command line stands.
///
/// # Errors
/// As [`run`].
pub fn from_args(mut args: impl Iterator<Item = String>) -> anyhow::Result<ExitCode> {
    let mut options = Options {
        place: JournalPlace::Host,
        start: Seek::Boot,
        once: false,
        stdout: false,
        checkpoint: "/var/lib/ecs-logs/cloudwatchlogs.checkpoint".into(),
        routes: RouteSettings::default(),
        encoder: EncoderSettings::default(),
        lines: LinesSettings::default(),
        cloudwatch: cloudwatch::Settings::default(),
        core: Settings::default(),
        drain_timeout: Duration::from_secs(10),
    };
    while let Some(arg) = args.next() {
        let mut value = || args.next().with_context(|| format!("{arg} needs a value"));
        match arg.trim_start_matches('-') {
            "src" | "hostname" | "log-level" => drop(value()?),
            "dst" => options.stdout = value()? == "stdout",
            "directory" => {
                options.place = JournalPlace::Directory(value()?.into());
                options.start = Seek::Head;
            }
            "once" => options.once = true,
            "trust-container-fields" => options.routes.trust = Trust::All,
            "endpoint-url" => options.cloudwatch.endpoint_url = Some(value()?),
            "region" => options.cloudwatch.region = Some(value()?),
            "checkpoint" => options.checkpoint = value()?.into(),
            "format" => {
                options.encoder.format = if value()? == "raw" {
                    Format::Raw
                } else {
                    Format::default()
                }
            }
            "max-batch-bytes" => options.core.limits.bytes = value()?.parse()?,
            "max-batch-size" => options.core.limits.events = value()?.parse()?,
            "window-bytes" => options.core.window_bytes = value()?.parse()?,
            "max-in-flight" => options.core.max_in_flight = value()?.parse()?,
            _ => bail!("unknown option {arg}"),
        }
    }
    options.core.once = options.once;
    let most = Limits::default();
    options.core.limits.bytes = options.core.limits.bytes.min(most.bytes);
    options.core.limits.events = options.core.limits.events.min(most.events);
    run(options)
}
