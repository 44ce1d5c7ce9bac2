//! How things are, for systemd, Prometheus and `ecs-logs status`: what the reading thread says of itself every few seconds.

use super::{Pipeline, Request, Write, headroom::Headroom};
use crate::{
    core::{Input, Loss},
    log, memory,
    metrics::{Metric, UNKNOWN},
    status::{self, Status},
    time::{Millis, Now},
};
use std::time::Duration;

const STATUS_EVERY: Duration = Duration::from_secs(5);
/// After a burst, with so little left waiting, freed memory is given back.
const TRIM_AFTER: u64 = 10_000;
const TRIM_BELOW_BYTES: u64 = 256 << 10;

/// What is told to systemd, and when.
pub(super) struct Reports {
    pub(super) next_status: Millis,
    pub(super) next_watchdog: Millis,
    events: u64,
    /// The events accepted when memory was last given back.
    trimmed_at: u64,
    headroom: Headroom,
    pid_started: u64,
}

impl Reports {
    /// From the start of this process.
    pub(super) fn new() -> Reports {
        Reports {
            next_status: Millis(0),
            next_watchdog: Millis(0),
            events: 0,
            trimmed_at: 0,
            headroom: Headroom::default(),
            pid_started: status::started(std::process::id()).unwrap_or(0),
        }
    }
}

impl Pipeline {
    pub(super) fn report(&mut self, now: Now) {
        if let Some(every) = self
            .service
            .watchdog
            .filter(|_| now.mono >= self.reports.next_watchdog)
        {
            self.reports.next_watchdog = now.mono.after(every);
            self.sender.send(Request::Turn);
        }
        if now.mono >= self.reports.next_status {
            let gone_by = now.mono.since(self.reports.next_status) + STATUS_EVERY;
            self.reports.next_status = now.mono.after(STATUS_EVERY);
            self.tell(gone_by, now);
        }
    }

    /// Says how things are: to systemd, to Prometheus, and in the status file.
    fn tell(&mut self, gone_by: Duration, now: Now) {
        self.live
            .source
            .strangers(&mut self.names, &mut |entry, names| {
                let input = Input::Stranger { entry };
                self.core.step(input, names, now, &mut self.actions);
            });
        self.act(now);
        let health = self.core.health(now);
        let mut counters = self.core.counters().clone();
        for (metric, value) in self.core.gauges() {
            counters.set(metric, value);
        }
        // What is delivered may go; so with nothing waiting it is the whole journal that is headroom.
        let oldest = self.live.source.oldest_realtime();
        let now_usec = now.wall.0.max(0) as u64 * 1_000;
        let undelivered = health.oldest_undelivered_usec;
        if let Some(danger) = self.reports.headroom.look(oldest, undelivered, now_usec) {
            log::warn(&danger);
            self.failed(danger, now);
        }
        let waiting = undelivered.unwrap_or(now_usec);
        let headroom_ms = oldest.map(|oldest| waiting.saturating_sub(oldest) / 1_000);
        counters.set(Metric::Lag, health.lag.as_millis() as u64);
        counters.set(
            Metric::CheckpointAge,
            health.checkpoint_behind.as_millis() as u64,
        );
        counters.set(Metric::JournalHeadroom, headroom_ms.unwrap_or(UNKNOWN));
        if let Some(server) = &self.metrics {
            server.publish(counters.to_prometheus() + &self.core.groups().to_prometheus());
        }
        let count = |metric| counters.get(metric);
        let events = count(Metric::EventsAccepted);
        let rate = (events - self.reports.events) as f64 / gone_by.as_secs_f64();
        let since_trim = events - self.reports.trimmed_at;
        if count(Metric::WindowBytes) < TRIM_BELOW_BYTES
            && (since_trim >= TRIM_AFTER || since_trim > 0 && rate == 0.0)
        {
            self.reports.trimmed_at = events;
            memory::trim();
        }
        self.reports.events = events;
        let parked = count(Metric::ParkedStreams);
        self.service.status(&format!(
            "{rate:.0} events/s, {} s behind, {events} accepted, {} given up, {parked} streams parked",
            health.lag.as_secs(),
            counters.lost(),
        ));
        let Some(checkpoint) = &self.checkpoint else {
            return;
        };
        let parked_streams = self.core.parked(status::MOST_PARKED).into_iter();
        let status = Status {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            pid: std::process::id(),
            pid_started: self.reports.pid_started,
            checkpoint: checkpoint.clone(),
            written_ms: now.wall.0,
            events_per_second: rate,
            entries_read: count(Metric::Entries),
            events_accepted: events,
            lines_lost: counters.lost(),
            lost: Loss::describe(&counters),
            lag_ms: count(Metric::Lag),
            in_flight: count(Metric::InFlight),
            in_flight_limit: count(Metric::InFlightLimit),
            window_bytes: count(Metric::WindowBytes),
            parked_count: parked,
            parked: parked_streams
                .map(|parked| status::Parked {
                    group: parked.key.group.to_string(),
                    stream: parked.key.stream.to_string(),
                    since_ms: (parked.since_usec / 1_000) as i64,
                    reason: parked.reason,
                })
                .collect(),
            trouble: health.trouble,
            last_error: self.last_error.clone(),
            checkpoint_behind_ms: count(Metric::CheckpointAge),
            checkpoint_saved_ms: health.checkpoint_saved.map(|at| at.0),
            headroom_ms,
        };
        self.saver.write(Write::Status(Box::new(status)));
    }
}
