//! Every counter and gauge in one table: name, kind, meaning, what to do. `docs/metrics.md` and the Prometheus text are made
//! from it.

use std::{collections::HashMap, fmt::Write as _, sync::Arc};

/// What kind of figure it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Only grows.
    Counter,
    Gauge,
    /// A gauge that is kept in milliseconds and told in seconds.
    Seconds,
}

/// A figure's row.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    pub metric: Metric,
    pub kind: Kind,
    /// Without `ecs_logs_`.
    pub name: &'static str,
    pub meaning: &'static str,
    /// When it is not as it should be.
    pub todo: &'static str,
}

macro_rules! metrics {
    ($($id:ident $kind:ident $name:literal $meaning:literal $todo:literal;)*) => {
        /// What is counted.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Metric { $($id),* }

        /// In the order of [`Metric`].
        pub const METRICS: &[Row] = &[$(Row {
            metric: Metric::$id,
            kind: Kind::$kind,
            name: $name,
            meaning: $meaning,
            todo: $todo,
        }),*];
    };
}

metrics! {
    Entries Counter "entries_read_total" "Journal entries read" "if it stands still while containers log, look at Docker's log driver";
    Ignored Counter "entries_ignored_total" "Entries that match no route" "nothing; add a route if they should be shipped";
    Untrusted Counter "entries_untrusted_total" "Entries with container fields from a process that is not the container engine; of those that are not even read, the first of each tag" "find out who writes them; see `--trusted-unit`";
    AlreadyAccepted Counter "entries_already_accepted_total" "Entries read again after a restart and not sent again" "nothing";
    LinesSplit Counter "lines_split_total" "Lines that were too long for one event and became several" "nothing; `--max-event-bytes` says how long an event may be";
    EventsAccepted Counter "events_accepted_total" "Events that CloudWatch has taken" "if it stands still, see `ecs-logs status`";
    BytesAccepted Counter "billed_bytes_total" "Bytes of accepted events as CloudWatch bills them, 26 an event included" "ingestion is billed by it; see the groups below";
    BytesSent Counter "request_bytes_total" "Bytes of accepted requests before compression" "nothing";
    LostTooOld Counter "lines_lost_too_old_total" "Lines given up because they are older than 14 days or than the group's retention" "nothing: CloudWatch does not take them";
    LostTooNew Counter "lines_lost_too_new_total" "Lines given up because their time is in the future" "check the host's clock";
    LostRefused Counter "lines_lost_refused_total" "Lines that CloudWatch refuses for good" "look into the quarantine file beside the checkpoint";
    LostVacuumed Counter "lines_lost_vacuumed_total" "Lines deleted from the journal before they were read" "raise `SystemMaxUse` in journald.conf";
    LostRateLimited Counter "lines_lost_rate_limited_total" "Lines dropped by journald" "set `RateLimitIntervalSec=0` in journald.conf";
    LostUnreadable Counter "lines_lost_unreadable_total" "Corrupt journal entries passed over" "check the disk";
    LostMissing Counter "lines_lost_missing_total" "Lines that Docker numbered (24 and later) and the journal does not have, for no reason that journald tells" "look for restarts of journald and a full disk: `journalctl -u systemd-journald`";
    RequestsAccepted Counter "requests_accepted_total" "PutLogEvents requests accepted" "nothing";
    RequestsThrottled Counter "requests_throttled_total" "PutLogEvents requests throttled" "ask AWS for a higher quota if it stays";
    RequestsFailed Counter "requests_failed_total" "PutLogEvents requests that the network or the service failed" "see `ecs-logs doctor`";
    RequestsUnauthorised Counter "requests_unauthorised_total" "Requests without valid credentials" "see `ecs-logs doctor`";
    RequestsMissing Counter "requests_missing_total" "PutLogEvents requests to a group or stream that was not there yet" "nothing: it is made";
    RequestsRefused Counter "requests_refused_total" "PutLogEvents requests refused" "see parked streams and the quarantine file";
    StreamsCreated Counter "streams_created_total" "Log streams created" "nothing";
    GroupsCreated Counter "groups_created_total" "Log groups created" "set `--retention-days`: without it they keep events for ever";
    Saves Counter "checkpoint_saves_total" "Checkpoints written" "nothing";
    SavesFailed Counter "checkpoint_saves_failed_total" "Checkpoints that could not be written" "check the disk of the state directory";
    WindowBytes Gauge "window_bytes" "Bytes read and not yet accepted" "at `--window-bytes` reading waits for CloudWatch; raise it, or the quota";
    InFlight Gauge "requests_in_flight" "Requests under way" "nothing";
    InFlightLimit Gauge "requests_in_flight_limit" "Requests that may be under way, adapted to throttling and latency" "if it stays at 1, CloudWatch throttles or the network is slow";
    Streams Gauge "streams" "Log streams known" "nothing";
    ParkedStreams Gauge "streams_parked" "Log streams that CloudWatch does not accept; their entries wait in the journal" "`ecs-logs status` names them and the reason";
    Lag Seconds "lag_seconds" "Age of the oldest entry that is not delivered, parked streams left out; 0 when all is" "alert above 300; see `ecs-logs status`";
    CheckpointAge Seconds "checkpoint_age_seconds" "How long the checkpoint has been behind what was accepted; 0 when it says all" "above 60: check the disk of the state directory";
    JournalHeadroom Seconds "journal_headroom_seconds" "Time until journald deletes what is not delivered yet, parked streams included, if it writes on as fast as so far and the journal is at its limit (else later); not there when nothing is known" "when it nears 0, raise `SystemMaxUse`, or unpark the stream";
}

/// The value of a gauge that nobody knows: it is not told.
pub const UNKNOWN: u64 = u64::MAX;

/// What a group took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GroupBytes {
    /// Of messages.
    pub bytes: u64,
    /// The same and 26 an event.
    pub billed: u64,
}

/// Groups that have figures of their own; those that come later share one.
pub const MOST_GROUPS: usize = 100;
/// The label of the rest. No group can be called that: an asterisk is not allowed in its name.
pub const OTHER_GROUPS: &str = "*";

/// A family with the label `group`: name, meaning, what to do, and which figure.
type GroupFamily = (
    &'static str,
    &'static str,
    &'static str,
    fn(&GroupBytes) -> u64,
);

const GROUP_FAMILIES: &[GroupFamily] = &[
    (
        "group_bytes_total",
        "Bytes of messages that CloudWatch has taken, by group; groups beyond the first 100 are together in group=\"*\"",
        "find the group that grew",
        |group| group.bytes,
    ),
    (
        "group_billed_bytes_total",
        "The same as CloudWatch bills it, 26 an event included",
        "log less there, or make the group of the class infrequent-access",
        |group| group.billed,
    ),
];

/// Bytes by group, of a bounded number of groups.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Groups(HashMap<Arc<str>, GroupBytes>);

impl Groups {
    /// Counts a batch that was accepted.
    pub fn add(&mut self, group: &Arc<str>, bytes: u64, billed: u64) {
        let known = match self.0.contains_key(group) {
            true => group.clone(),
            false if self.0.len() < MOST_GROUPS => group.clone(),
            false => OTHER_GROUPS.into(),
        };
        let sum = self.0.entry(known).or_default();
        sum.bytes += bytes;
        sum.billed += billed;
    }

    pub fn get(&self, group: &str) -> GroupBytes {
        self.0.get(group).copied().unwrap_or_default()
    }

    /// In Prometheus' text format; empty as long as there is none.
    pub fn to_prometheus(&self) -> String {
        let mut groups: Vec<_> = self.0.iter().collect();
        groups.sort_by_key(|(group, _)| *group);
        let mut text = String::new();
        for (name, meaning, _, figure) in GROUP_FAMILIES.iter().filter(|_| !groups.is_empty()) {
            let meaning = meaning.replace('\\', "\\\\");
            // Writing into a string does not fail.
            writeln!(
                text,
                "# HELP ecs_logs_{name} {meaning}\n# TYPE ecs_logs_{name} counter"
            )
            .ok();
            for (group, bytes) in &groups {
                let group = group
                    .replace('\\', "\\\\")
                    .replace('"', "\\\"")
                    .replace('\n', "\\n");
                writeln!(
                    text,
                    "ecs_logs_{name}{{group=\"{group}\"}} {}",
                    figure(bytes)
                )
                .ok();
            }
        }
        text
    }
}

/// The table of `docs/metrics.md`.
pub fn to_markdown() -> String {
    let mut table = "| ecs_logs_… | kind | meaning | what to do |\n|---|---|---|---|\n".to_owned();
    let rows = METRICS.iter().map(|row| {
        let kind = match row.kind {
            Kind::Counter => "counter",
            Kind::Gauge | Kind::Seconds => "gauge",
        };
        (row.name, kind, row.meaning, row.todo)
    });
    let groups = GROUP_FAMILIES
        .iter()
        .map(|(name, meaning, todo, _)| (*name, "counter", *meaning, *todo));
    for (name, kind, meaning, todo) in rows.chain(groups) {
        writeln!(table, "| `{name}` | {kind} | {meaning} | {todo} |").ok();
    }
    table
}

/// The counters' values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counters([u64; METRICS.len()]);

impl Default for Counters {
    fn default() -> Self {
        Counters([0; METRICS.len()])
    }
}

impl Counters {
    pub fn add(&mut self, metric: Metric, count: u64) {
        self.0[metric as usize] += count;
    }

    pub fn get(&self, metric: Metric) -> u64 {
        self.0[metric as usize]
    }

    pub fn set(&mut self, metric: Metric, value: u64) {
        self.0[metric as usize] = value;
    }

    /// Lines given up, for all reasons.
    pub fn lost(&self) -> u64 {
        use Metric::*;
        let all = [
            LostTooOld,
            LostTooNew,
            LostRefused,
            LostVacuumed,
            LostRateLimited,
            LostUnreadable,
            LostMissing,
        ];
        all.iter().map(|metric| self.get(*metric)).sum()
    }

    /// In Prometheus' text format. What is not known is left out.
    pub fn to_prometheus(&self) -> String {
        METRICS
            .iter()
            .filter(|row| self.get(row.metric) != UNKNOWN)
            .map(|row| {
                let (name, value) = (row.name, self.get(row.metric));
                let (kind, value) = match row.kind {
                    Kind::Counter => ("counter", value.to_string()),
                    Kind::Gauge => ("gauge", value.to_string()),
                    Kind::Seconds => ("gauge", format!("{}.{:03}", value / 1_000, value % 1_000)),
                };
                let help = row.meaning;
                format!("# HELP ecs_logs_{name} {help}\n# TYPE ecs_logs_{name} {kind}\necs_logs_{name} {value}\n")
            })
            .collect()
    }
}

#[cfg(test)]
#[path = "metrics_tests.rs"]
mod tests;
