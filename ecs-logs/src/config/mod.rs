//! Flags, environment and file → one checked [`Config`]. Every mistake is reported at once, with value, place and way out.

mod file;
mod layers;
mod options;
mod routing;
mod values;

pub use layers::{Change, Inputs, Layers, Origin, Setting};
pub(crate) use options::OPTIONS;
pub(crate) use options::{Takes, nearest};
pub use values::Start;
pub(crate) use values::start as moment;

use crate::{
    core::EntityFields,
    destination::cloudwatch::Role,
    entry::FieldTable,
    event::{EVENT_OVERHEAD, EncoderSettings, Format, MAX_EVENT_BYTES, MissingLevel},
    lines::LinesSettings,
    partial::JoinerSettings,
    route::RouteSettings,
    source::place::JournalPlace,
};
use std::{fmt, net::SocketAddr, path::PathBuf, time::Duration};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SourceKind {
    Journald,
    Stdin,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DestinationKind {
    CloudwatchLogs,
    Stdout,
}

/// What reads journal files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reader {
    Auto,
    Native,
    Libsystemd,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LogLevel {
    Debug,
    Info,
    Warn,
    Error,
    /// Only what ends the agent.
    Fatal,
}

/// How to reach CloudWatch Logs, and what to make there.
#[derive(Clone, Debug)]
pub struct CloudwatchConfig {
    pub region: Option<String>,
    pub profile: Option<String>,
    pub endpoint_url: Option<String>,
    pub fips: bool,
    pub dual_stack: bool,
    pub role: Option<Role>,
    /// Certificates (PEM) that are trusted instead of the system's.
    pub ca_bundle: Option<PathBuf>,
    pub gzip: bool,
    /// Read for the entity of a stream.
    pub entity: Option<EntityFields>,
    pub create_groups: bool,
    pub retention_days: Option<i32>,
    /// As the API writes it: `STANDARD`, `INFREQUENT_ACCESS`, `DELIVERY`.
    pub log_group_class: Option<String>,
    pub kms_key_id: Option<String>,
    pub tags: Vec<(String, String)>,
}

/// All that the agent is told.
#[derive(Clone, Debug)]
pub struct Config {
    pub source: SourceKind,
    pub place: JournalPlace,
    pub reader: Reader,
    pub start: Start,
    pub once: bool,
    /// Nothing where there can be none: standard input.
    pub checkpoint: Option<PathBuf>,
    /// Every field that is read.
    pub fields: FieldTable,
    pub routing: RouteSettings,
    pub encoding: EncoderSettings,
    pub lines: LinesSettings,
    pub hostname: String,
    pub max_batch_bytes: usize,
    pub max_batch_size: usize,
    pub flush_timeout: Duration,
    pub cache_timeout: Duration,
    pub window_bytes: usize,
    pub max_in_flight: usize,
    pub drain_timeout: Duration,
    pub destination: DestinationKind,
    pub cloudwatch: CloudwatchConfig,
    pub log_level: LogLevel,
    pub metrics_addr: Option<SocketAddr>,
    pub dry_run: bool,
    /// What is odd and does no harm.
    pub warnings: Vec<String>,
}

/// Everything that is wrong with what was asked for, a line each.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct ConfigErrors(pub Vec<String>);

impl fmt::Display for ConfigErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("\n"))
    }
}

/// <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html>
const RETENTIONS: &[u64] = &[
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922,
    3288, 3653,
];
/// <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html>
const MAX_BATCH_BYTES: usize = 1_048_576;
const MAX_BATCH_SIZE: u64 = 10_000;
/// Below this not even the envelope of a usual event fits.
const MIN_EVENT_BYTES: usize = 1024;

impl Config {
    /// Gives what is in force its types, and checks what concerns several options.
    pub fn new(layers: &Layers) -> Result<Config, ConfigErrors> {
        Config::with_fields(layers, FieldTable::default())
    }

    /// The same for an agent that runs: its table of fields is gone on from, so that places in it stay what they are.
    pub fn with_fields(layers: &Layers, fields: FieldTable) -> Result<Config, ConfigErrors> {
        let mut builder = Builder {
            layers: layers.clone(),
            fields,
        };
        let config = builder.config();
        match builder.layers.errors.is_empty() {
            true => Ok(config),
            false => Err(ConfigErrors(builder.layers.errors)),
        }
    }
}

/// Works on with a default where something is wrong, so that all mistakes are found.
struct Builder {
    layers: Layers,
    fields: FieldTable,
}

impl Builder {
    fn config(&mut self) -> Config {
        let source = self.source();
        let destination = self.destination();
        let place = self.place();
        let hostname = self.hostname();
        let asked_event_bytes = self.max_event_bytes();
        let max_batch_bytes = self.max_batch_bytes(asked_event_bytes);
        // A smaller batch has smaller events: each must fit into one.
        let max_event_bytes = asked_event_bytes.min(max_batch_bytes.saturating_sub(EVENT_OVERHEAD));
        let routing = self.routing(source, &hostname);
        let lines = LinesSettings {
            joining: JoinerSettings {
                max_line_bytes: max_event_bytes,
                timeout: self.duration("partial-timeout"),
                ..JoinerSettings::default()
            },
            multiline: self.multiline(),
        };
        let encoding = EncoderSettings {
            format: match self.choice("format") {
                "raw" => Format::Raw,
                _ => Format::EcsLogs,
            },
            hostname: hostname.clone(),
            journal_id: self.switch("journal-id"),
            missing_level: match source {
                SourceKind::Stdin => MissingLevel::None,
                SourceKind::Journald => MissingLevel::Info,
            },
            max_event_bytes,
        };
        let config = Config {
            start: self.start(&place),
            source,
            place,
            reader: match self.choice("reader") {
                "native" => Reader::Native,
                "libsystemd" => Reader::Libsystemd,
                _ => Reader::Auto,
            },
            once: self.switch("once"),
            checkpoint: self.checkpoint(source, destination),
            routing,
            encoding,
            lines,
            hostname,
            max_batch_bytes,
            max_batch_size: self.count("max-batch-size", 1..=MAX_BATCH_SIZE),
            flush_timeout: self.flush_timeout(),
            cache_timeout: self.duration("cache-timeout"),
            window_bytes: self.window_bytes(),
            max_in_flight: self.count("max-in-flight", 1..=256),
            drain_timeout: self.duration("drain-timeout"),
            destination,
            cloudwatch: self.cloudwatch(),
            log_level: self.log_level(),
            metrics_addr: self.metrics_addr(),
            dry_run: self.switch("dry-run"),
            warnings: Vec::new(),
            fields: std::mem::take(&mut self.fields),
        };
        let mut warnings = std::mem::take(&mut self.layers.warnings);
        if self.text("pprof-addr").is_some() {
            warnings.push(
                "--pprof-addr has no effect (--metrics-addr serves what can be watched)".to_owned(),
            );
        }
        if config.encoding.journal_id && config.encoding.format == Format::Raw {
            warnings.push(
                "--journal-id has no effect with --format raw, whose events are lines as they are"
                    .to_owned(),
            );
        }
        if config.encoding.journal_id && config.source == SourceKind::Stdin {
            warnings.push("--journal-id has no effect on standard input".to_owned());
        }
        Config { warnings, ..config }
    }

    fn text(&self, name: &str) -> Option<String> {
        self.layers.text(name).map(str::to_owned)
    }

    fn path(&self, name: &str) -> Option<PathBuf> {
        self.layers.text(name).map(PathBuf::from)
    }

    fn switch(&self, name: &str) -> bool {
        let text = self.layers.text(name);
        text.and_then(|text| values::switch(text).ok())
            .unwrap_or_default()
    }

    fn duration(&self, name: &str) -> Duration {
        let text = self.layers.text(name);
        text.and_then(|text| values::duration(text).ok())
            .unwrap_or_default()
    }

    /// In lower case; its kind was checked with the layers.
    fn choice(&self, name: &str) -> &'static str {
        let Some(Takes::Choice(choices)) = options::find(name).map(|option| option.takes) else {
            return "";
        };
        let text = self.layers.text(name);
        text.and_then(|text| values::choice(text, choices).ok())
            .unwrap_or_default()
    }

    fn bytes(&mut self, name: &str, range: std::ops::RangeInclusive<usize>) -> usize {
        let text = self.layers.text(name).unwrap_or_default();
        let Ok(value) = values::bytes(text) else {
            return *range.end();
        };
        if !range.contains(&value) {
            let reason = format!("is not between {} and {} bytes", range.start(), range.end());
            self.layers.wrong(name, &reason);
        }
        value
    }

    fn count(&mut self, name: &str, range: std::ops::RangeInclusive<u64>) -> usize {
        let text = self.layers.text(name).unwrap_or_default();
        let Ok(value) = values::count(text) else {
            return 1;
        };
        if !range.contains(&value) {
            let reason = format!("is not between {} and {}", range.start(), range.end());
            self.layers.wrong(name, &reason);
        }
        usize::try_from(value).unwrap_or(1)
    }

    /// What `read` makes of an option's text, with the reason noted where it fails.
    fn read<T>(&mut self, name: &str, read: impl FnOnce(&str) -> Result<T, String>) -> Option<T> {
        let text = self.text(name)?;
        read(&text)
            .map_err(|reason| self.layers.wrong(name, &reason))
            .ok()
    }

    fn list<T: Copy>(&mut self, name: &str, known: &'static [&'static str], kinds: &[T]) -> Vec<T> {
        let texts = self.layers.setting(name).texts.clone();
        let mut found = Vec::new();
        for text in &texts {
            match known.iter().position(|known| known == text) {
                Some(at) => found.push(kinds[at]),
                None => {
                    let near = nearest(text, known.iter().copied());
                    let hint =
                        near.map_or(String::new(), |near| format!(" (did you mean {near}?)"));
                    let reason = format!("is none of {}{hint}", known.join(", "));
                    self.layers.wrong_item(name, text, &reason);
                }
            }
        }
        if texts.is_empty() {
            self.layers
                .wrong(name, &format!("names none of {}", known.join(", ")));
        }
        found
    }

    fn source(&mut self) -> SourceKind {
        let kinds = [SourceKind::Journald, SourceKind::Stdin];
        let sources = self.list("src", options::SOURCES, &kinds);
        if sources.len() > 1 {
            self.layers.wrong(
                "src",
                "names several: one agent reads one source (start one for each)",
            );
        }
        sources.first().copied().unwrap_or(SourceKind::Journald)
    }

    fn destination(&mut self) -> DestinationKind {
        let kinds = [DestinationKind::CloudwatchLogs, DestinationKind::Stdout];
        let mut destinations = self.list("dst", options::DESTINATIONS, &kinds);
        destinations.dedup();
        if destinations.len() > 1 {
            self.layers.wrong(
                "dst",
                "names several: one agent has one destination (start one for each, with a --checkpoint of its own)",
            );
        }
        destinations
            .first()
            .copied()
            .unwrap_or(DestinationKind::Stdout)
    }

    fn place(&mut self) -> JournalPlace {
        let files: Vec<PathBuf> = self
            .layers
            .setting("file")
            .texts
            .iter()
            .map(PathBuf::from)
            .collect();
        let named: Vec<&str> = ["directory", "file", "namespace"]
            .into_iter()
            .filter(|name| !self.layers.setting(name).texts.is_empty())
            .collect();
        if let [_, second, ..] = named.as_slice() {
            let reason = format!("excludes --{}: one journal is read", named[0]);
            self.layers.wrong(second, &reason);
        }
        match (
            self.path("directory"),
            files.is_empty(),
            self.text("namespace"),
        ) {
            (Some(directory), ..) => JournalPlace::Directory(directory),
            (_, false, _) => JournalPlace::Files(files),
            (_, _, Some(namespace)) => JournalPlace::Namespace(namespace),
            _ => JournalPlace::Host,
        }
    }

    fn start(&mut self, place: &JournalPlace) -> Start {
        let default = match place {
            JournalPlace::Host | JournalPlace::Namespace(_) => Start::Boot,
            JournalPlace::Directory(_) | JournalPlace::Files(_) => Start::Head,
        };
        self.read("start", values::start).unwrap_or(default)
    }

    fn hostname(&mut self) -> String {
        if self.layers.is_default("hostname") {
            let kernel = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
            return kernel.trim().to_owned();
        }
        self.text("hostname").unwrap_or_else(|| {
            self.layers.wrong("hostname", "names no host");
            String::new()
        })
    }

    fn checkpoint(&mut self, source: SourceKind, destination: DestinationKind) -> Option<PathBuf> {
        let given = self.path("checkpoint");
        if source == SourceKind::Stdin {
            if given.is_some() {
                self.layers.wrong(
                    "checkpoint",
                    "cannot be kept for standard input, which is read once (leave it out)",
                );
            }
            return None;
        }
        Some(given.unwrap_or_else(|| default_checkpoint(destination)))
    }

    fn max_event_bytes(&mut self) -> usize {
        self.bytes("max-event-bytes", MIN_EVENT_BYTES..=MAX_EVENT_BYTES)
    }

    fn max_batch_bytes(&mut self, max_event_bytes: usize) -> usize {
        let batch = self.bytes("max-batch-bytes", MIN_EVENT_BYTES..=MAX_BATCH_BYTES);
        // A smaller batch has smaller events; only what was asked for in as many words is a contradiction.
        if batch < max_event_bytes + EVENT_OVERHEAD && !self.layers.is_default("max-event-bytes") {
            let reason = format!(
                "is too small for an event of --max-event-bytes {max_event_bytes} and its 26 bytes"
            );
            self.layers.wrong("max-batch-bytes", &reason);
        }
        batch
    }

    fn window_bytes(&mut self) -> usize {
        self.bytes("window-bytes", MAX_BATCH_BYTES..=usize::MAX)
    }

    fn flush_timeout(&mut self) -> Duration {
        let timeout = self.duration("flush-timeout");
        if timeout.is_zero() && self.layers.errors.is_empty() {
            self.layers.wrong(
                "flush-timeout",
                "would send each event by itself (1s is short)",
            );
        }
        timeout
    }

    fn log_level(&mut self) -> LogLevel {
        match self.choice("log-level") {
            "debug" => LogLevel::Debug,
            "warn" => LogLevel::Warn,
            "error" => LogLevel::Error,
            "fatal" => LogLevel::Fatal,
            _ => LogLevel::Info,
        }
    }

    fn metrics_addr(&mut self) -> Option<SocketAddr> {
        self.read("metrics-addr", values::address)
    }

    fn cloudwatch(&mut self) -> CloudwatchConfig {
        let retention = self.read("retention-days", |text| {
            let days = values::count(text)?;
            match RETENTIONS.contains(&days) {
                true => i32::try_from(days).map_err(|_| "is too long".to_owned()),
                false => {
                    let known: Vec<_> = RETENTIONS.iter().map(u64::to_string).collect();
                    Err(format!(
                        "is no retention that CloudWatch Logs knows: {}",
                        known.join(", ")
                    ))
                }
            }
        });
        let endpoint_url = self.read("endpoint-url", |text| {
            match text.starts_with("http://") || text.starts_with("https://") {
                true => Ok(text.to_owned()),
                false => Err("is no URL (write https://HOST or http://HOST:PORT)".to_owned()),
            }
        });
        CloudwatchConfig {
            region: self.text("region"),
            profile: self.text("profile"),
            endpoint_url,
            fips: self.switch("fips"),
            dual_stack: self.switch("dual-stack"),
            role: self.role(),
            ca_bundle: self.path("ca-bundle"),
            gzip: self.switch("gzip"),
            entity: self
                .switch("entity")
                .then(|| EntityFields::new(&mut self.fields)),
            create_groups: self.switch("create-groups"),
            retention_days: retention,
            log_group_class: self
                .layers
                .text("log-group-class")
                .map(|class| class.to_uppercase().replace('-', "_")),
            kms_key_id: self.text("kms-key-id"),
            tags: self.tags(),
        }
    }

    fn role(&mut self) -> Option<Role> {
        let (external_id, session_name) =
            (self.text("external-id"), self.text("role-session-name"));
        let Some(arn) = self.text("role-arn") else {
            for (name, value) in [
                ("external-id", &external_id),
                ("role-session-name", &session_name),
            ] {
                if value.is_some() {
                    self.layers.wrong(name, "says nothing without --role-arn");
                }
            }
            return None;
        };
        if !arn.starts_with("arn:") || !arn.contains(":role/") {
            let reason = "is no role (write arn:aws:iam::123456789012:role/NAME)";
            self.layers.wrong("role-arn", reason);
        }
        Some(Role {
            arn,
            external_id,
            session_name,
        })
    }

    fn tags(&mut self) -> Vec<(String, String)> {
        let mut tags = Vec::new();
        for text in self.layers.setting("tags").texts.clone() {
            match text.split_once('=') {
                Some((key, value)) if !key.is_empty() => {
                    tags.push((key.to_owned(), value.to_owned()))
                }
                _ => self.layers.wrong_item("tags", &text, "is not KEY=VALUE"),
            }
        }
        tags
    }
}

/// Where the checkpoint lies when nobody says otherwise.
pub(crate) fn default_checkpoint(destination: DestinationKind) -> PathBuf {
    // systemd gives several, separated by colons, when the unit names several.
    let state = std::env::var("STATE_DIRECTORY").unwrap_or_default();
    let first = state
        .split(':')
        .next()
        .filter(|directory| !directory.is_empty());
    let name = match destination {
        DestinationKind::CloudwatchLogs => "cloudwatchlogs.checkpoint",
        DestinationKind::Stdout => "stdout.checkpoint",
    };
    PathBuf::from(first.unwrap_or("/var/lib/ecs-logs")).join(name)
}

#[cfg(test)]
#[path = "config_tests.rs"]
mod tests;
