//! What the core knows of each stream. An idle stream is a few hundred bytes and no buffer.

use super::{
    batch::Buffer,
    entity::Entity,
    gaps::Evidence,
    loss::Owed,
    parking::Backlog,
    progress::{Point, Range},
    sending::{BatchId, Creation, Fault},
};
use crate::{
    cursor::Cursor,
    entry::Symbol,
    route::{StreamId, StreamKey},
    time::Millis,
};
use std::collections::VecDeque;

/// Which entries of a stream are taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Mode {
    /// Those of the live reader.
    #[default]
    Live,
    /// The same, behind this entry: replay delivered up to there.
    LiveAfter(Cursor),
    /// None: they stay in the journal.
    Parked,
    /// Those of the second reader, that are behind the first unaccepted one.
    Replaying,
}

/// Accepted by CloudWatch while something before it is not.
#[derive(Clone, Copy, Debug)]
pub(super) struct Accepted {
    pub range: Range,
    /// Live position of its end: needed no longer once the low-water mark is there.
    pub until: u64,
}

#[derive(Debug, Default)]
pub(super) struct Stream {
    /// Set at its first mention.
    pub key: Option<StreamKey>,
    pub entity: Entity,
    pub mode: Mode,
    pub buffer: Option<Box<Buffer>>,
    /// Sealed and unaccepted, oldest first.
    pub outstanding: VecDeque<BatchId>,
    /// Those of them that wait for the stream (a retry, its creation, a request in flight), oldest first.
    pub held: VecDeque<BatchId>,
    pub in_flight: usize,
    pub wait_until: Option<Millis>,
    pub creation: Option<Creation>,
    pub fault: Option<Fault>,
    /// How far the last sealed batch reaches: position and place. The next one begins there.
    pub sealed_to: Option<(u64, Point)>,
    /// The last sealed batch has events that its range leaves out, so the next one's range is only true after it.
    pub tail_unclaimed: bool,
    pub accepted: Vec<Accepted>,
    pub backlog: Option<Box<Backlog>>,
    /// Given up, and not yet said so in the stream.
    pub owed: Vec<Owed>,
    pub evidence: Evidence,
    /// The unit of its last entry, and those of all so far.
    pub unit: Symbol,
    pub units: Vec<Box<str>>,
    pub last_used: Millis,
    /// Single events refused in a row: when it is all of them, it is not the events.
    pub refused_in_a_row: u32,
    /// Size of the last sealed body: the next one will be like it.
    pub usual_bytes: usize,
}

impl Stream {
    /// Whether nothing would be lost by forgetting it.
    pub(super) fn is_idle(&self) -> bool {
        self.mode == Mode::Live
            && self.buffer.is_none()
            && self.outstanding.is_empty()
            && self.in_flight == 0
            && self.creation.is_none()
            && self.accepted.is_empty()
            && self.backlog.is_none()
            && self.owed.is_empty()
    }

    /// Notes that a batch that reaches to live position `until` was accepted.
    pub(super) fn accept(&mut self, range: Range, until: u64) {
        // The usual case: right behind the last one.
        if let Some(last) = self.accepted.last_mut()
            && last.range.to == range.from
        {
            last.range.to = range.to;
            last.until = until;
            return;
        }
        self.accepted.push(Accepted { range, until });
    }
}

/// Streams by their dense ids.
#[derive(Debug, Default)]
pub(super) struct Streams {
    streams: Vec<Stream>,
}

impl Streams {
    /// The stream, made at its first mention.
    pub(super) fn get(&mut self, id: StreamId) -> &mut Stream {
        let place = id.0 as usize;
        if place >= self.streams.len() {
            self.streams.resize_with(place + 1, Stream::default);
        }
        &mut self.streams[place]
    }

    /// Its group and name; whoever has an id had it from an entry or a checkpoint that named both.
    pub(super) fn key(&self, id: StreamId) -> StreamKey {
        let known = self.peek(id).and_then(|stream| stream.key.clone());
        known.expect("a stream that is in use has its key")
    }

    /// The stream, which is to be known by this key.
    pub(super) fn open(&mut self, id: StreamId, key: &StreamKey) -> &mut Stream {
        let stream = self.get(id);
        stream.key.get_or_insert_with(|| key.clone());
        stream
    }

    pub(super) fn peek(&self, id: StreamId) -> Option<&Stream> {
        self.streams.get(id.0 as usize)
    }

    /// Places, those of forgotten streams included.
    pub(super) fn len(&self) -> usize {
        self.streams.len()
    }

    /// Streams that are not forgotten.
    pub(super) fn known(&self) -> usize {
        let known = self.streams.iter().filter(|stream| stream.key.is_some());
        known.count()
    }

    pub(super) fn ids(&self) -> impl Iterator<Item = StreamId> + use<> {
        (0..self.streams.len() as u32).map(StreamId)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (StreamId, &Stream)> {
        (0..).map(StreamId).zip(&self.streams)
    }

    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = (StreamId, &mut Stream)> {
        (0..).map(StreamId).zip(&mut self.streams)
    }
}
