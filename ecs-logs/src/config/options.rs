//! Every option once: its flag, what it takes, its default, and its sentence. Flags, `ECS_LOGS_*`, keys of the file, help, man
//! page, completions and `--print-config` all come from this table.

/// What an option takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Takes {
    /// `true` or `false`; as a flag alone: true.
    Switch,
    Text,
    Path,
    /// A number of bytes: `1048576`, `32MiB`, `1MB`.
    Bytes,
    Count,
    /// As Go writes them: `5s`, `1m30s`, `500ms`.
    Duration,
    /// One of these.
    Choice(&'static [&'static str]),
    /// Several, in one value with commas or the flag repeated.
    List,
    /// Several, the flag repeated: values may hold commas.
    Repeated,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct OptionSpec {
    /// `max-batch-bytes`: `--max-batch-bytes`, `ECS_LOGS_MAX_BATCH_BYTES`, `max_batch_bytes`.
    pub(crate) name: &'static str,
    pub(crate) takes: Takes,
    /// What its value is called in the help.
    pub(crate) value: &'static str,
    /// Empty: none.
    pub(crate) default: &'static str,
    pub(crate) section: &'static str,
    pub(crate) help: &'static str,
    /// Takes effect at SIGHUP; others need a restart.
    pub(crate) live: bool,
    /// On the command line only.
    pub(crate) flag_only: bool,
}

const fn option(
    section: &'static str,
    name: &'static str,
    takes: Takes,
    value: &'static str,
    default: &'static str,
    help: &'static str,
) -> OptionSpec {
    OptionSpec {
        name,
        takes,
        value,
        default,
        section,
        help,
        live: false,
        flag_only: false,
    }
}

const fn live(option: OptionSpec) -> OptionSpec {
    OptionSpec {
        live: true,
        ..option
    }
}

const fn flag_only(option: OptionSpec) -> OptionSpec {
    OptionSpec {
        flag_only: true,
        ..option
    }
}

use Takes::{Bytes, Choice, Count, Duration, List, Path, Repeated, Switch, Text};

const READ: &str = "Reading";
const ROUTE: &str = "Routing";
const EVENT: &str = "Events";
const BATCH: &str = "Batching and flow";
const CLOUD: &str = "CloudWatch Logs";
const OPERATE: &str = "Operation";

pub(crate) const SOURCES: &[&str] = &["journald", "stdin"];
pub(crate) const DESTINATIONS: &[&str] = &["cloudwatchlogs", "stdout"];
pub(crate) const LEVELS: &[&str] = &["debug", "info", "warn", "error", "fatal"];
pub(crate) const READERS: &[&str] = &["auto", "native", "libsystemd"];
pub(crate) const FORMATS: &[&str] = &["ecs-logs", "raw"];
pub(crate) const CLASSES: &[&str] = &["standard", "infrequent-access", "delivery"];

pub(crate) const OPTIONS: &[OptionSpec] = &[
    option(
        READ,
        "src",
        List,
        "SOURCES",
        "stdin",
        "Where entries come from: journald, stdin",
    ),
    option(
        READ,
        "directory",
        Path,
        "DIR",
        "",
        "Read the journal files in DIR instead of this host's journal",
    ),
    option(
        READ,
        "file",
        Repeated,
        "FILE",
        "",
        "Read this journal file; may be repeated",
    ),
    option(
        READ,
        "namespace",
        Text,
        "NAME",
        "",
        "Read this host's journal of one namespace",
    ),
    option(
        READ,
        "reader",
        Choice(READERS),
        "READER",
        "auto",
        "What reads journal files: native, libsystemd, or auto: native where it knows the format",
    ),
    option(
        READ,
        "start",
        Text,
        "PLACE",
        "",
        "Where to begin without a checkpoint: boot, head, tail, a time (2026-11-20T08:00:00Z), or how long ago (2h); default boot, with --directory or --file head",
    ),
    option(
        READ,
        "once",
        Switch,
        "",
        "false",
        "Stop at the end of the journal, when all is delivered",
    ),
    option(
        READ,
        "checkpoint",
        Path,
        "FILE",
        "",
        "Where to remember what is delivered; default DESTINATION.checkpoint in $STATE_DIRECTORY, else in /var/lib/ecs-logs",
    ),
    live(option(
        ROUTE,
        "trusted-unit",
        List,
        "UNITS",
        "docker.service",
        "Units whose entries' container fields are believed",
    )),
    live(option(
        ROUTE,
        "trust-container-fields",
        Switch,
        "",
        "false",
        "Believe everybody's container fields: any process on the host can then write into any group",
    )),
    live(option(
        ROUTE,
        "group",
        Text,
        "TEMPLATE",
        "",
        "Log group: a template over fields, such as /prod/{CONTAINER_TAG}; default {CONTAINER_TAG}",
    )),
    live(option(
        ROUTE,
        "stream",
        Text,
        "TEMPLATE",
        "",
        "Log stream: a template over fields; default {CONTAINER_NAME|CONTAINER_ID}",
    )),
    live(option(
        ROUTE,
        "journald-stream-name",
        Text,
        "FIELD",
        "",
        "Field that names the stream where an entry has it; also JOURNALD_STREAM_NAME",
    )),
    live(option(
        ROUTE,
        "match",
        Repeated,
        "FIELD=VALUE",
        "",
        "Ship these entries too; values of one field are alternatives, fields must all match",
    )),
    live(option(
        EVENT,
        "hostname",
        Text,
        "NAME",
        "",
        "Host name of entries that have none; default this host's",
    )),
    live(option(
        EVENT,
        "format",
        Choice(FORMATS),
        "FORMAT",
        "ecs-logs",
        "Text of an event: ecs-logs (the event JSON) or raw (the line as it is)",
    )),
    live(option(
        EVENT,
        "journal-id",
        Switch,
        "",
        "false",
        "Write the entry's id in the journal into the event (info.journal_id), to tell lines that came twice",
    )),
    live(option(
        EVENT,
        "partial-timeout",
        Duration,
        "TIME",
        "5s",
        "How long to wait for the next piece of a line that Docker cut",
    )),
    live(option(
        EVENT,
        "max-event-bytes",
        Bytes,
        "BYTES",
        "1048550",
        "Longest text of an event; longer lines are split into numbered parts",
    )),
    option(
        BATCH,
        "max-batch-bytes",
        Bytes,
        "BYTES",
        "1048576",
        "Largest batch, as CloudWatch counts it: text and 26 bytes an event",
    ),
    option(
        BATCH,
        "max-batch-size",
        Count,
        "EVENTS",
        "10000",
        "Most events in a batch",
    ),
    option(
        BATCH,
        "flush-timeout",
        Duration,
        "TIME",
        "5s",
        "Send a batch that is this old, full or not",
    ),
    option(
        BATCH,
        "cache-timeout",
        Duration,
        "TIME",
        "5m",
        "Forget a stream that was silent for this long",
    ),
    option(
        BATCH,
        "window-bytes",
        Bytes,
        "BYTES",
        "32MiB",
        "Bytes read beyond what is safely delivered: bounds memory, and duplicates after a crash",
    ),
    option(
        BATCH,
        "max-in-flight",
        Count,
        "REQUESTS",
        "32",
        "Most requests at a time; so many only where latency asks for them",
    ),
    option(
        BATCH,
        "drain-timeout",
        Duration,
        "TIME",
        "20s",
        "How long to go on sending after SIGTERM",
    ),
    option(
        CLOUD,
        "dst",
        List,
        "DESTINATIONS",
        "stdout",
        "Where events go: cloudwatchlogs, stdout",
    ),
    option(
        CLOUD,
        "region",
        Text,
        "REGION",
        "",
        "AWS region; default AWS_REGION, the profile, or the instance's",
    ),
    option(
        CLOUD,
        "profile",
        Text,
        "NAME",
        "",
        "Profile in the AWS configuration files; default AWS_PROFILE",
    ),
    option(
        CLOUD,
        "endpoint-url",
        Text,
        "URL",
        "",
        "Endpoint instead of AWS's own",
    ),
    option(CLOUD, "fips", Switch, "", "false", "Use the FIPS endpoint"),
    option(
        CLOUD,
        "dual-stack",
        Switch,
        "",
        "false",
        "Use the endpoint that also has IPv6",
    ),
    option(
        CLOUD,
        "role-arn",
        Text,
        "ARN",
        "",
        "Role to take on with the credentials that are found",
    ),
    option(
        CLOUD,
        "external-id",
        Text,
        "ID",
        "",
        "External id that --role-arn asks for",
    ),
    option(
        CLOUD,
        "role-session-name",
        Text,
        "NAME",
        "",
        "Name of the session of --role-arn; default ecs-logs",
    ),
    option(
        CLOUD,
        "ca-bundle",
        Path,
        "FILE",
        "",
        "Certificates (PEM) to trust instead of the system's; also AWS_CA_BUNDLE",
    ),
    option(
        CLOUD,
        "gzip",
        Switch,
        "",
        "false",
        "Compress requests; where the endpoint refuses that they go uncompressed",
    ),
    option(
        CLOUD,
        "entity",
        Switch,
        "",
        "true",
        "Tell CloudWatch which ECS service a stream belongs to, for its Explore related",
    ),
    option(
        CLOUD,
        "create-groups",
        Switch,
        "",
        "true",
        "Make log groups that are missing",
    ),
    option(
        CLOUD,
        "retention-days",
        Count,
        "DAYS",
        "",
        "Retention of groups that are made; without it they keep everything, and cost, for ever",
    ),
    option(
        CLOUD,
        "log-group-class",
        Choice(CLASSES),
        "CLASS",
        "",
        "Class of groups that are made: standard, infrequent-access, delivery",
    ),
    option(
        CLOUD,
        "kms-key-id",
        Text,
        "ARN",
        "",
        "KMS key of groups that are made",
    ),
    option(
        CLOUD,
        "tags",
        List,
        "KEY=VALUE",
        "",
        "Tags of groups that are made",
    ),
    live(option(
        OPERATE,
        "log-level",
        Choice(LEVELS),
        "LEVEL",
        "info",
        "The agent's own messages: debug, info, warn, error, fatal",
    )),
    option(
        OPERATE,
        "metrics-addr",
        Text,
        "ADDRESS",
        "",
        "Serve metrics for Prometheus on HOST:PORT; a port alone is on the loopback address",
    ),
    option(
        OPERATE,
        "pprof-addr",
        Text,
        "ADDRESS",
        "",
        "Of the original; without effect (see --metrics-addr)",
    ),
    option(
        OPERATE,
        "dry-run",
        Switch,
        "",
        "false",
        "Read, route and encode, but send nothing and save nothing",
    ),
    flag_only(option(
        OPERATE,
        "config",
        Path,
        "FILE",
        "",
        "Configuration file; default /etc/ecs-logs/ecs-logs.toml where it exists; also ECS_LOGS_CONFIG",
    )),
    flag_only(option(
        OPERATE,
        "print-config",
        Switch,
        "",
        "false",
        "Print what is in force and where it comes from, and exit",
    )),
];

/// The option of this name, written with `-` or `_`.
pub(crate) fn find(name: &str) -> Option<&'static OptionSpec> {
    let dashed = name.replace('_', "-");
    OPTIONS.iter().find(|option| option.name == dashed)
}

impl OptionSpec {
    /// `max_batch_bytes`.
    pub(crate) fn key(&self) -> String {
        self.name.replace('-', "_")
    }

    /// `ECS_LOGS_MAX_BATCH_BYTES`.
    pub(crate) fn variable(&self) -> String {
        format!("ECS_LOGS_{}", self.key().to_uppercase())
    }

    pub(crate) fn is_list(&self) -> bool {
        matches!(self.takes, List | Repeated)
    }
}

/// The known name that is nearest to `name`, if any is near.
pub(crate) fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    known
        .map(|known| (distance(name, known), known))
        .min()
        .filter(|(distance, known)| *distance <= 1 + known.len() / 4)
        .map(|(_, known)| known)
}

/// Insertions, deletions, changes and swaps of neighbours that make one of the other.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let width = b.len() + 1;
    let mut table = vec![0; (a.len() + 1) * width];
    for at in 0..table.len() {
        let (i, j) = (at / width, at % width);
        table[at] = match (i, j) {
            (0, j) => j,
            (i, 0) => i,
            (i, j) => {
                let change = usize::from(a[i - 1] != b[j - 1]);
                let mut best = (table[at - 1] + 1)
                    .min(table[at - width] + 1)
                    .min(table[at - width - 1] + change);
                if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                    best = best.min(table[at - 2 * width - 2] + 1);
                }
                best
            }
        };
    }
    table.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_default_is_a_value_of_its_option() {
        for option in OPTIONS {
            if !option.default.is_empty() {
                assert_eq!(
                    crate::config::values::check(option, option.default),
                    Ok(()),
                    "{}",
                    option.name
                );
            }
        }
    }

    #[test]
    fn a_slip_finds_the_name_that_was_meant() {
        let names = || OPTIONS.iter().map(|option| option.name);
        for (slip, meant) in [
            ("flush-timout", Some("flush-timeout")),
            ("regoin", Some("region")),
            ("max-batch-byte", Some("max-batch-bytes")),
            ("nothing-of-the-kind", None),
        ] {
            assert_eq!(nearest(slip, names()), meant, "{slip}");
        }
    }
}
