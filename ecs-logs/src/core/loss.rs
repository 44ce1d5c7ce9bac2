//! What is given up, and why. Nothing vanishes silently: it is counted here, told to the operator, and marked in its stream.

use super::{Action, Notice, State, stream::Mode};
use crate::{
    metrics::{Counters, Metric},
    route::StreamId,
    time::Now,
};
use std::{fmt, time::Duration};

/// Why lines were given up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Loss {
    /// CloudWatch takes nothing older than 14 days, or than the group's retention.
    TooOld,
    TooNew,
    Refused,
    /// Deleted from the journal before it was read.
    Vacuumed,
    /// Dropped by journald before it was stored.
    RateLimited,
    Unreadable,
}

impl fmt::Display for Loss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Loss::TooOld => "older than 14 days or than the group's retention",
            Loss::TooNew => "more than two hours in the future",
            Loss::Refused => "refused by CloudWatch",
            Loss::Vacuumed => "deleted from the journal before they were read",
            Loss::RateLimited => "journald rate limit",
            Loss::Unreadable => "corrupt journal entries",
        })
    }
}

/// journald tells of what it dropped at the end of its interval, 30 s by default.
const ACTIVE_WITHIN: Duration = Duration::from_secs(60);

impl Loss {
    pub const ALL: [Loss; 6] = [
        Loss::TooOld,
        Loss::TooNew,
        Loss::Refused,
        Loss::Vacuumed,
        Loss::RateLimited,
        Loss::Unreadable,
    ];

    /// For the summary: so many, and of them so many for which reason.
    pub fn describe(counters: &Counters) -> String {
        let reason = |loss: Loss| {
            let lines = counters.get(loss.metric());
            (lines > 0).then(|| format!("{lines} {loss}"))
        };
        let reasons: Vec<String> = Loss::ALL.into_iter().filter_map(reason).collect();
        match reasons.is_empty() {
            true => "no line given up".to_owned(),
            false => format!(
                "{} lines given up ({})",
                counters.lost(),
                reasons.join(", ")
            ),
        }
    }

    pub(super) fn metric(self) -> Metric {
        match self {
            Loss::TooOld => Metric::LostTooOld,
            Loss::TooNew => Metric::LostTooNew,
            Loss::Refused => Metric::LostRefused,
            Loss::Vacuumed => Metric::LostVacuumed,
            Loss::RateLimited => Metric::LostRateLimited,
            Loss::Unreadable => Metric::LostUnreadable,
        }
    }
}

impl State {
    /// Counts lines of a stream as given up; the stream says so itself with the next save.
    pub(super) fn lose(&mut self, id: StreamId, loss: Loss, lines: u64) {
        if lines == 0 {
            return;
        }
        self.counters.add(loss.metric(), lines);
        let lost = &mut self.streams.get(id).lost;
        match lost.iter_mut().find(|(known, _)| *known == loss) {
            Some((_, sum)) => *sum += lines,
            None => lost.push((loss, lines)),
        }
        self.saving.marks_due = true;
    }

    /// Counts lines that no stream can be named for.
    pub(super) fn lose_anywhere(&mut self, loss: Loss, lines: u64, actions: &mut Vec<Action>) {
        if lines > 0 {
            self.counters.add(loss.metric(), lines);
            actions.push(Action::Tell(Notice::Lost {
                key: None,
                loss,
                lines,
            }));
        }
    }

    /// Lines that may have been of any stream of these days: each says so, "up to", and they are counted once elsewhere.
    pub(super) fn lose_perhaps(&mut self, loss: Loss, lines: u64, now: Now) {
        for (_, stream) in self.streams.iter_mut() {
            let active = stream.key.is_some() && now.mono.since(stream.last_used) <= ACTIVE_WITHIN;
            if !active || lines == 0 {
                continue;
            }
            match stream.lost.iter_mut().find(|(known, _)| *known == loss) {
                Some((_, sum)) => *sum += lines,
                None => stream.lost.push((loss, lines)),
            }
            self.saving.marks_due = true;
        }
    }

    /// Writes into each stream what it has lost. Parked streams say it when they are back.
    pub(super) fn write_marks(&mut self, now: Now, actions: &mut Vec<Action>) {
        if !std::mem::take(&mut self.saving.marks_due) {
            return;
        }
        for id in self.streams.ids() {
            let stream = self.streams.get(id);
            if stream.lost.is_empty() || matches!(stream.mode, Mode::Parked | Mode::Replaying) {
                continue;
            }
            for (loss, lines) in std::mem::take(&mut stream.lost) {
                let key = self.streams.key(id);
                // What may be anybody's was told once for all.
                if loss != Loss::RateLimited {
                    actions.push(Action::Tell(Notice::Lost {
                        key: Some(key),
                        loss,
                        lines,
                    }));
                }
                let up_to = if loss == Loss::RateLimited {
                    "up to "
                } else {
                    ""
                };
                self.write_mark(
                    id,
                    &format!("[ecs-logs] {up_to}{lines} lines lost here: {loss}"),
                    now,
                );
            }
        }
    }

    fn write_mark(&mut self, id: StreamId, text: &str, now: Now) {
        // Behind everything that was read: no entry is waited for with it.
        let position = self.live.position + 1;
        let mut event = Vec::new();
        let realtime_usec = u64::try_from(now.wall.0).unwrap_or(0) * 1_000;
        let encoded = self.encoder.encode_marker(text, realtime_usec, &mut event);
        self.append(
            super::Side::Live,
            id,
            position,
            &event,
            encoded.timestamp_ms,
            encoded.api_bytes,
            now,
        );
        if let Some(buffer) = &mut self.streams.get(id).buffer {
            buffer.markers += 1;
        }
    }
}
