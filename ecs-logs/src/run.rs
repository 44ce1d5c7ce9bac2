//! From options to a running pipeline: which source, where it begins, which destination, and how it ended.

use crate::{
    checkpoint::{Checkpoint, Found, Store},
    config::{Config, DestinationKind, Reader, SourceKind, Start},
    core::{Core, Loss, Outcome, Settings, batch::Limits},
    cursor::Cursor,
    destination::{
        Destination,
        cloudwatch::{self, CloudWatch, NewGroups},
        stdout::Stdout,
    },
    entry::FieldTable,
    event::{Encoder, EncoderSettings},
    lines::{Lines, LinesSettings},
    log,
    metrics::Metric,
    metrics_server::MetricsServer,
    pipeline::{self, Reloaded, Run, Summary},
    quarantine::Quarantine,
    route::{RouteSettings, Router},
    service::Service,
    source::{Landed, Seek, Source, choose, place::JournalPlace, stdin::StdinSource},
    time::{Millis, Now},
};
use std::{
    net::SocketAddr,
    path::PathBuf,
    process::ExitCode,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

/// What a run needs to know.
#[derive(Clone, Debug)]
pub struct Options {
    pub source: SourceKind,
    pub place: JournalPlace,
    pub reader: Reader,
    pub start: Seek,
    pub once: bool,
    pub destination: DestinationKind,
    /// Send nothing and save nothing.
    pub dry_run: bool,
    /// Nothing for what cannot be read again.
    pub checkpoint: Option<PathBuf>,
    /// All fields that are read.
    pub fields: FieldTable,
    pub routes: RouteSettings,
    pub encoder: EncoderSettings,
    pub lines: LinesSettings,
    pub cloudwatch: cloudwatch::Settings,
    pub core: Settings,
    pub drain_timeout: Duration,
    pub metrics_addr: Option<SocketAddr>,
}

/// Runs to the end. At SIGHUP `reload` gives the options anew, for a table of fields that goes on from the given one.
///
/// # Errors
/// When the journal, the checkpoint or the configuration do not allow it; with the way out.
pub fn run(
    options: Options,
    mut reload: impl FnMut(FieldTable) -> Option<Options> + 'static,
) -> anyhow::Result<ExitCode> {
    pipeline::block_signals();
    let mut fields = options.fields.clone();
    let router = Router::new(options.routes.clone(), &mut fields);
    let open = opener(&options, fields.clone());
    let mut source = open()?;
    let path = options.checkpoint.as_ref().filter(|_| !options.dry_run);
    let store = path.map(|path| Store::open(path)).transpose()?;
    let checkpoint = store.as_ref().map(load).transpose()?.unwrap_or_default();
    let checkpoint_place = checkpoint.resume;
    let gone = begin(source.as_mut(), &checkpoint, &options.start)?;
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
        quarantine: path.map_or_else(Quarantine::default, |path| Quarantine::beside(path)),
        store,
        checkpoint: path.cloned(),
        service: Service::from_env(),
        drain_timeout: options.drain_timeout,
        journald: pipeline::journald_socket(&options.place),
        gone,
        metrics: options.metrics_addr.map(MetricsServer::start).transpose()?,
        began: checkpoint_place.map_or(options.start.clone(), Seek::After),
        reload: Box::new(move || {
            let options = reload(fields.clone())?;
            fields = options.fields.clone();
            Some(Reloaded {
                routes: options.routes.clone(),
                encoder: options.encoder.clone(),
                lines: options.lines.clone(),
                fields: options.fields.clone(),
                open: Box::new(move |fields| Box::new(opener(&options, fields))),
            })
        }),
    };
    let (destination, dry_run) = (options.destination, options.dry_run);
    let (settings, once) = (options.cloudwatch, options.once);
    let summary = run.run(async move {
        Ok(match destination {
            _ if dry_run => Destination::DryRun,
            DestinationKind::Stdout => Destination::Stdout(Stdout),
            DestinationKind::CloudwatchLogs => {
                Destination::CloudWatch(CloudWatch::connect(&settings).await?)
            }
        })
    })?;
    Ok(conclude(&summary, once))
}

/// What opens the source, the first time and again.
fn opener(
    options: &Options,
    fields: FieldTable,
) -> impl Fn() -> anyhow::Result<Box<dyn Source>> + use<> {
    let (source, place) = (options.source, options.place.clone());
    let reader = options.reader;
    let (matches, any_text) = (options.routes.matches(), options.routes.any_text);
    move || {
        Ok(match source {
            SourceKind::Stdin => {
                Box::new(StdinSource::new(std::io::stdin(), fields.len(), any_text))
            }
            SourceKind::Journald => choose::open(reader, &place, &fields, matches.clone())?,
        })
    }
}

/// Goes where reading begins. The cursor of the checkpoint comes back when its entry is gone.
fn begin(
    source: &mut dyn Source,
    checkpoint: &Checkpoint,
    start: &Seek,
) -> anyhow::Result<Option<Cursor>> {
    let Some(cursor) = checkpoint.resume else {
        source.seek(start)?;
        return Ok(None);
    };
    if source.seek(&Seek::After(cursor))? == Landed::There {
        return Ok(None);
    }
    log::warn(
        "the journal no longer holds the entry of the checkpoint; what was deleted since cannot be sent",
    );
    Ok(Some(cursor))
}

fn load(store: &Store) -> anyhow::Result<Checkpoint> {
    Ok(match store.load()? {
        Found::Checkpoint(checkpoint) => *checkpoint,
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
        "{} entries read, {} events accepted in {} requests, {}",
        count(Metric::Entries),
        count(Metric::EventsAccepted),
        count(Metric::RequestsAccepted),
        Loss::describe(&summary.counters)
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

/// What a configuration means for a run.
pub fn options(config: Config) -> Options {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    let start = match config.start {
        Start::Boot => Seek::Boot,
        Start::Head => Seek::Head,
        Start::Tail => Seek::Tail,
        Start::Time(usec) => Seek::Realtime(usec),
        Start::Ago(ago) => Seek::Realtime(now.saturating_sub(ago).as_micros() as u64),
    };
    let cloudwatch = config.cloudwatch;
    Options {
        source: config.source,
        place: config.place,
        reader: config.reader,
        start,
        once: config.once,
        destination: config.destination,
        dry_run: config.dry_run,
        checkpoint: config.checkpoint,
        fields: config.fields,
        routes: config.routing,
        encoder: config.encoding,
        lines: config.lines,
        core: Settings {
            limits: Limits {
                bytes: config.max_batch_bytes,
                events: config.max_batch_size,
                ..Limits::default()
            },
            flush_timeout: config.flush_timeout,
            window_bytes: config.window_bytes,
            max_in_flight: config.max_in_flight,
            create_groups: cloudwatch.create_groups,
            entity: match config.destination {
                DestinationKind::CloudwatchLogs => cloudwatch.entity,
                DestinationKind::Stdout => None,
            },
            once: config.once,
            oldest: match config.destination {
                DestinationKind::CloudwatchLogs => Settings::default().oldest,
                DestinationKind::Stdout => Duration::MAX,
            },
            forget_after: config.cache_timeout,
            seed: now.as_nanos() as u64,
            ..Settings::default()
        },
        cloudwatch: cloudwatch::Settings {
            endpoint_url: cloudwatch.endpoint_url,
            region: cloudwatch.region,
            profile: cloudwatch.profile,
            fips: cloudwatch.fips,
            dual_stack: cloudwatch.dual_stack,
            gzip: cloudwatch.gzip,
            ca_bundle: cloudwatch.ca_bundle,
            role: cloudwatch.role,
            new_groups: NewGroups {
                retention_days: cloudwatch.retention_days,
                class: cloudwatch.log_group_class,
                kms_key_id: cloudwatch.kms_key_id,
                tags: cloudwatch.tags,
            },
        },
        metrics_addr: config.metrics_addr,
        drain_timeout: config.drain_timeout,
    }
}
