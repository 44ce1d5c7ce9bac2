//! How delivery stands at this moment, for status and metrics: what is not delivered and since when, what is parked and why.

use super::{Core, Side, State, stream::Mode};
use crate::{
    route::StreamKey,
    time::{Millis, Now},
};
use std::time::Duration;

/// What somebody who asks how the agent is wants to know.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Health {
    /// Age of the oldest entry that is not delivered, streams that are parked left out; zero when all is.
    pub lag: Duration,
    /// When the journal received the oldest entry that is not delivered, parked streams included, microseconds since 1970.
    pub oldest_undelivered_usec: Option<u64>,
    /// Why something does not go through just now, if so.
    pub trouble: Option<String>,
    /// How long something has been accepted that the checkpoint does not say.
    pub checkpoint_behind: Duration,
    /// By the host's clock; nothing before the first.
    pub checkpoint_saved: Option<Millis>,
}

/// A stream that CloudWatch does not accept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParkedStream {
    pub key: StreamKey,
    /// Its entries behind this one wait, microseconds since 1970.
    pub since_usec: u64,
    pub reason: String,
}

impl Core {
    pub fn health(&self, now: Now) -> Health {
        let state = &self.state;
        let live = state.oldest_live_usec();
        let age = |usec: u64| {
            Duration::from_millis((now.wall.0.max(0) as u64).saturating_sub(usec / 1_000))
        };
        let parked = state
            .streams
            .iter()
            .filter(|(_, stream)| matches!(stream.mode, Mode::Parked | Mode::Replaying))
            .filter_map(|(_, stream)| stream.backlog.as_ref())
            .map(|backlog| backlog.from.cursor.realtime_usec);
        Health {
            lag: live.map_or(Duration::ZERO, age),
            oldest_undelivered_usec: parked.chain(live).min(),
            trouble: state.trouble_now(),
            checkpoint_behind: state
                .saving
                .behind_since
                .map_or(Duration::ZERO, |since| now.mono.since(since)),
            checkpoint_saved: state.saving.saved_at,
        }
    }

    /// The parked streams, at most so many.
    pub fn parked(&self, at_most: usize) -> Vec<ParkedStream> {
        let parked = self.state.streams.iter().filter_map(|(_, stream)| {
            let backlog = stream.backlog.as_ref()?;
            let parked = matches!(stream.mode, Mode::Parked | Mode::Replaying);
            parked.then_some(ParkedStream {
                key: stream.key.clone()?,
                since_usec: backlog.from.cursor.realtime_usec,
                reason: backlog.reason.clone(),
            })
        });
        parked.take(at_most).collect()
    }
}

impl State {
    /// Everybody's trouble, else that of a stream of which nobody knows yet whether it is its own.
    fn trouble_now(&self) -> Option<String> {
        if let Some(failure) = &self.sending.trouble {
            return Some(format!("{}: {}", failure.class, failure.message));
        }
        self.streams.iter().find_map(|(_, stream)| {
            let fault = stream.fault.as_ref()?;
            Some(format!("{}: {}", stream.key.as_ref()?, fault.message))
        })
    }

    /// When the journal received the oldest entry that the live reader has read, or has yet to read, and that is not
    /// delivered. Nothing when all is, or when nothing is known.
    fn oldest_live_usec(&self) -> Option<u64> {
        let open = self.live.open.iter().filter_map(|&(id, serial)| {
            let buffer = self.streams.peek(id)?.buffer.as_ref()?;
            (buffer.serial == serial).then_some(buffer.realtime_usec)
        });
        let resume = self.saving.resume.map(|cursor| cursor.realtime_usec);
        // Before the first entry it is the checkpoint that says how far behind we begin.
        let unread = match (self.live.at_end, self.live.position) {
            (true, _) => None,
            (false, 0) => resume,
            (false, _) => Some(self.live.realtime_usec),
        };
        let known = open
            .chain(self.sending.oldest_realtime(Side::Live))
            .chain(unread);
        known.filter(|usec| *usec > 0).min()
    }
}
