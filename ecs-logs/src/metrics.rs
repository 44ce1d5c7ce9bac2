//! Every counter and gauge in one table: name, kind, meaning. Documentation and the Prometheus text are made from it.

/// Whether a figure only grows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Counter,
    Gauge,
}

macro_rules! metrics {
    ($($id:ident $kind:ident $name:literal $help:literal;)*) => {
        /// What is counted.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Metric { $($id),* }

        /// In the order of [`Metric`].
        pub const METRICS: &[(Metric, Kind, &str, &str)] = &[$((Metric::$id, Kind::$kind, $name, $help)),*];
    };
}

metrics! {
    Entries Counter "entries_read_total" "Journal entries read; if it stands still while containers log, look at Docker's log driver";
    Ignored Counter "entries_ignored_total" "Entries that match no route";
    Untrusted Counter "entries_untrusted_total" "Entries with container fields from a process that is not the container engine; see --trusted-unit";
    AlreadyAccepted Counter "entries_already_accepted_total" "Entries read again after a restart and not sent again";
    EventsAccepted Counter "events_accepted_total" "Events that CloudWatch has taken";
    BytesAccepted Counter "billed_bytes_total" "Bytes of accepted events as CloudWatch bills them, 26 an event included";
    BytesSent Counter "request_bytes_total" "Bytes of accepted requests before compression";
    LostTooOld Counter "lines_lost_too_old_total" "Lines given up because they are older than 14 days or the group's retention";
    LostTooNew Counter "lines_lost_too_new_total" "Lines given up because their time is in the future; check the clock";
    LostRefused Counter "lines_lost_refused_total" "Lines that CloudWatch refuses for good; they are in the quarantine file";
    LostVacuumed Counter "lines_lost_vacuumed_total" "Lines deleted from the journal before they were read; raise SystemMaxUse in journald.conf";
    LostRateLimited Counter "lines_lost_rate_limited_total" "Lines dropped by journald; set RateLimitIntervalSec=0 in journald.conf";
    LostUnreadable Counter "lines_lost_unreadable_total" "Corrupt journal entries passed over; check the disk";
    RequestsAccepted Counter "requests_accepted_total" "PutLogEvents requests accepted";
    RequestsThrottled Counter "requests_throttled_total" "PutLogEvents requests throttled; ask AWS for a higher quota if it stays";
    RequestsFailed Counter "requests_failed_total" "PutLogEvents requests that the network or the service failed";
    RequestsUnauthorised Counter "requests_unauthorised_total" "Requests without valid credentials; see ecs-logs doctor";
    RequestsMissing Counter "requests_missing_total" "PutLogEvents requests to a group or stream that was not there yet";
    RequestsRefused Counter "requests_refused_total" "PutLogEvents requests refused; see parked streams and the quarantine file";
    StreamsCreated Counter "streams_created_total" "Log streams created";
    GroupsCreated Counter "groups_created_total" "Log groups created; they keep events for ever unless a retention is set";
    Saves Counter "checkpoint_saves_total" "Checkpoints written";
    SavesFailed Counter "checkpoint_saves_failed_total" "Checkpoints that could not be written; check the disk of the state directory";
    WindowBytes Gauge "window_bytes" "Bytes read and not yet accepted; at the limit, reading waits for CloudWatch";
    InFlight Gauge "requests_in_flight" "Requests under way";
    InFlightLimit Gauge "requests_in_flight_limit" "Requests that may be under way, adapted to throttling and latency";
    Streams Gauge "streams" "Log streams known";
    ParkedStreams Gauge "streams_parked" "Log streams that CloudWatch does not accept; their entries wait in the journal";
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
        ];
        all.iter().map(|metric| self.get(*metric)).sum()
    }

    /// In Prometheus' text format.
    pub fn to_prometheus(&self) -> String {
        METRICS
            .iter()
            .map(|(metric, kind, name, help)| {
                let kind = match kind {
                    Kind::Counter => "counter",
                    Kind::Gauge => "gauge",
                };
                let value = self.get(*metric);
                format!("# HELP ecs_logs_{name} {help}\n# TYPE ecs_logs_{name} {kind}\necs_logs_{name} {value}\n")
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_stands_in_the_order_of_its_enum_and_names_are_unique() {
        let mut names = std::collections::HashSet::new();
        for (place, (metric, kind, name, _)) in METRICS.iter().enumerate() {
            assert_eq!(*metric as usize, place);
            assert!(names.insert(name), "{name} stands twice");
            assert_eq!(*kind == Kind::Counter, name.ends_with("_total"), "{name}");
        }
    }

    #[test]
    fn a_counter_is_printed_as_prometheus_reads_it() {
        let mut counters = Counters::default();
        counters.add(Metric::Entries, 3);
        assert!(counters.to_prometheus().contains(
            "# TYPE ecs_logs_entries_read_total counter\necs_logs_entries_read_total 3\n"
        ));
    }
}
