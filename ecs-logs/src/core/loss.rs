//! What is given up, and why. Nothing vanishes silently: it is counted here, told to the operator, and marked in its stream.

use super::{Action, Notice, State, batch::Marked, sendable_time, stream::Mode};
use crate::{
    metrics::{Counters, Metric},
    route::StreamId,
    time::Now,
};
use std::fmt;

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
    /// Docker's numbers say that it was sent to the journal, and nothing says why it is not there.
    Missing,
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
            Loss::Missing => "sent by Docker and not in the journal",
        })
    }
}

impl Loss {
    pub const ALL: [Loss; 7] = [
        Loss::TooOld,
        Loss::TooNew,
        Loss::Refused,
        Loss::Vacuumed,
        Loss::RateLimited,
        Loss::Unreadable,
        Loss::Missing,
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

    /// As a checkpoint calls it.
    pub fn name(self) -> &'static str {
        match self {
            Loss::TooOld => "too-old",
            Loss::TooNew => "too-new",
            Loss::Refused => "refused",
            Loss::Vacuumed => "vacuumed",
            Loss::RateLimited => "rate-limited",
            Loss::Unreadable => "unreadable",
            Loss::Missing => "missing",
        }
    }

    /// The loss of that name; nothing when a newer version gave it.
    pub fn of_name(name: &str) -> Option<Loss> {
        Loss::ALL.into_iter().find(|loss| loss.name() == name)
    }

    /// Where it is counted.
    pub fn metric(self) -> Metric {
        match self {
            Loss::TooOld => Metric::LostTooOld,
            Loss::TooNew => Metric::LostTooNew,
            Loss::Refused => Metric::LostRefused,
            Loss::Vacuumed => Metric::LostVacuumed,
            Loss::RateLimited => Metric::LostRateLimited,
            Loss::Unreadable => Metric::LostUnreadable,
            Loss::Missing => Metric::LostMissing,
        }
    }
}

/// A line of ours that a stream owes its readers: what it has lost, where, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Owed {
    pub id: u64,
    pub loss: Loss,
    pub lines: u64,
    /// It may have been any stream's.
    pub up_to: bool,
    /// Where it belongs, microseconds since 1970; nothing for the time at which it is written.
    pub at_usec: Option<u64>,
    pub stage: Stage,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// Numbers that come may say better: it waits for the end of this cause.
    Tentative(u64),
    Due,
    /// In a batch that is not accepted yet.
    Written,
}

/// Marks that a stream may owe; beyond, one stands for several places.
const MOST_OWED: usize = 64;

impl State {
    /// Counts lines of a stream as given up; the stream says so itself with the next save.
    pub(super) fn lose(&mut self, id: StreamId, loss: Loss, lines: u64) {
        self.counters.add(loss.metric(), lines);
        self.owe(id, loss, lines, false, None, Stage::Due);
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

    /// Notes a mark that the stream is to have.
    pub(super) fn owe(
        &mut self,
        id: StreamId,
        loss: Loss,
        lines: u64,
        up_to: bool,
        at_usec: Option<u64>,
        stage: Stage,
    ) {
        if lines == 0 {
            return;
        }
        self.saving.dirty = true;
        self.saving.marks_due |= stage == Stage::Due;
        let owed = &mut self.streams.get(id).owed;
        // What has a place of its own is told there, unless there are too many.
        let alone = at_usec.is_some() && !up_to && owed.len() < MOST_OWED;
        let same = |known: &&mut Owed| {
            known.loss == loss && known.up_to == up_to && known.stage == stage && !alone
        };
        match owed.iter_mut().rev().find(same) {
            Some(known) => known.lines = known.lines.saturating_add(lines),
            None => {
                self.losses.marks += 1;
                owed.push(Owed {
                    id: self.losses.marks,
                    loss,
                    lines,
                    up_to,
                    at_usec,
                    stage,
                });
            }
        }
    }

    /// Writes into each stream what it has lost. Parked streams say it when they are back.
    pub(super) fn write_marks(&mut self, now: Now, actions: &mut Vec<Action>) {
        if !std::mem::take(&mut self.saving.marks_due) {
            return;
        }
        for id in self.streams.ids() {
            let stream = self.streams.get(id);
            if stream.owed.is_empty() || matches!(stream.mode, Mode::Parked | Mode::Replaying) {
                continue;
            }
            let due = stream
                .owed
                .iter_mut()
                .filter(|owed| owed.stage == Stage::Due);
            let due: Vec<Owed> = due
                .map(|owed| {
                    owed.stage = Stage::Written;
                    owed.clone()
                })
                .collect();
            for owed in due {
                let (loss, lines) = (owed.loss, owed.lines);
                let key = self.streams.key(id);
                // What may be anybody's was told once for all.
                if !owed.up_to {
                    actions.push(Action::Tell(Notice::Lost {
                        key: Some(key),
                        loss,
                        lines,
                    }));
                }
                self.write_mark(id, &owed, now);
            }
        }
    }

    fn write_mark(&mut self, id: StreamId, owed: &Owed, now: Now) {
        let up_to = if owed.up_to { "up to " } else { "" };
        let text = format!(
            "[ecs-logs] {up_to}{} lines lost here: {}",
            owed.lines, owed.loss
        );
        let now_usec = u64::try_from(now.wall.0).unwrap_or(0) * 1_000;
        let at_usec = owed.at_usec.unwrap_or(now_usec);
        let at_ms = (at_usec / 1_000) as i64;
        let at_usec = match sendable_time(at_ms, at_usec, now, self.settings.oldest) {
            Some(sendable) if sendable == at_ms => at_usec,
            _ => now_usec,
        };
        // Behind everything that was read: no entry is waited for with it, the checkpoint says that it is owed.
        let position = self.live.position + 1;
        let mut event = Vec::new();
        let encoded = self.encoder.encode_marker(&text, at_usec, &mut event);
        self.append(
            super::Side::Live,
            id,
            position,
            &event,
            encoded.timestamp_ms,
            encoded.api_bytes,
            owed.id,
            now,
        );
    }

    /// These marks have arrived, or never will.
    pub(super) fn settle_marks(&mut self, id: StreamId, marks: &[Marked]) {
        if !marks.is_empty() {
            let owed = &mut self.streams.get(id).owed;
            owed.retain(|owed| marks.iter().all(|mark| mark.id != owed.id));
            self.saving.dirty = true;
        }
    }
}
