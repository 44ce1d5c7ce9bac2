//! Events of one stream on their way into one PutLogEvents call: an open buffer grows as the request's final body, and is sealed.
//! Whatever is sealed breaks no limit of CloudWatch and is in order of time.

use super::{
    Side,
    chunks::{Chunks, Payload},
    pool::Pool,
};
use crate::{route::StreamKey, time::Millis};
use bytes::Bytes;

// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html
/// Bytes of a batch: UTF-8 of all messages plus [`EVENT_OVERHEAD`] each.
pub const MAX_BATCH_BYTES: usize = 1_048_576;
pub const MAX_BATCH_EVENTS: usize = 10_000;
pub const EVENT_OVERHEAD: usize = 26;
/// From the oldest to the newest event of a batch.
pub const MAX_SPAN_MS: i64 = 24 * 60 * 60 * 1_000;

/// When a batch is full. Never more than CloudWatch takes.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    pub bytes: usize,
    pub events: usize,
    pub span_ms: i64,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            bytes: MAX_BATCH_BYTES,
            events: MAX_BATCH_EVENTS,
            span_ms: MAX_SPAN_MS,
        }
    }
}

/// Room around an event's text for its envelope, where no event before it tells how much that is.
const AROUND_MESSAGE: usize = 1_024;

/// Bytes of a text of so many, and of the escapes that it usually has.
fn escaped(bytes: usize) -> usize {
    bytes.min(MAX_BATCH_BYTES) * 5 / 4
}

/// By how many events the table of them grows.
const LEAST_ITEMS: usize = 4;
const MOST_ITEMS: usize = 512;

/// Where an event ends in the body, and what is needed to sort and to split.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Item {
    pub timestamp_ms: i64,
    /// Behind the event's comma.
    pub end: u32,
    /// As CloudWatch counts, overhead included.
    pub api_bytes: u32,
}

/// An event that is our own word: its place in the batch, and the mark's id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Marked {
    pub place: u32,
    pub id: u64,
}

/// An open batch. An idle stream has none.
#[derive(Debug)]
pub struct Buffer {
    /// `{"logGroupName":…,"logEvents":[` and each event with a comma behind it; none of these lies in two chunks.
    body: Chunks,
    items: Vec<Item>,
    head: u32,
    api_bytes: usize,
    min_ms: i64,
    max_ms: i64,
    sorted: bool,
    marks: Vec<Marked>,
    /// Most bytes of an event in here that its text does not account for.
    around: usize,
    pub opened: Millis,
    /// Tells this buffer from the stream's earlier ones.
    pub serial: u64,
    /// Whose entries are in here.
    pub side: Side,
    /// Smallest position of an entry with an event in here.
    pub first: u64,
    /// The track's count of bytes read when the first event came.
    pub read_bytes: u64,
    /// When the journal received the entry read last then, microseconds since 1970.
    pub realtime_usec: u64,
}

/// A sealed batch: the request's body, ready to be sent again as often as it takes.
#[derive(Clone, Debug)]
pub struct Body {
    pub payload: Payload,
    pub items: Box<[Item]>,
    /// Those of the events that are our own words.
    pub marks: Vec<Marked>,
    head: u32,
}

impl Buffer {
    /// An empty buffer for `key`, whose body will have about `likely` bytes. `entity` is JSON.
    pub(super) fn open(
        key: &StreamKey,
        entity: Option<&str>,
        likely: usize,
        pool: &mut Pool,
    ) -> Buffer {
        let mut body = Chunks::new(likely, pool);
        write_head(key, entity, body.last());
        Buffer {
            head: offset(body.len()),
            body,
            items: Vec::new(),
            api_bytes: 0,
            min_ms: i64::MAX,
            max_ms: i64::MIN,
            sorted: true,
            marks: Vec::new(),
            around: 0,
            opened: Millis::default(),
            serial: 0,
            side: Side::Live,
            first: u64::MAX,
            read_bytes: 0,
            realtime_usec: 0,
        }
    }

    /// Where the next event is to be appended, without a comma: behind the chunk's bytes. With room for an event of about so
    /// many bytes.
    pub(super) fn next(&mut self, bytes: usize, pool: &mut Pool) -> &mut Vec<u8> {
        self.body.make_room(bytes + CLOSING, pool);
        self.body.last()
    }

    /// Where the event of a line is to be appended, with room for what such events had around their text so far.
    pub(super) fn next_line(&mut self, text: &[u8], pool: &mut Pool) -> &mut Vec<u8> {
        let around = match self.around {
            0 => AROUND_MESSAGE,
            most => (most + most / 8).min(AROUND_MESSAGE),
        };
        self.next(escaped(text.len()) + around, pool)
    }

    /// The event that was appended last is of a line with this text.
    pub(super) fn line_appended(&mut self, text: &[u8]) {
        let bytes = self.len() - self.end();
        self.around = self.around.max(bytes.saturating_sub(escaped(text.len())));
    }

    /// The event that was appended, and that may yet be changed, begins here in its chunk.
    pub fn appended(&mut self) -> (usize, &mut Vec<u8>) {
        (self.end() - self.body.before(), self.body.last())
    }

    /// Takes the event that was just appended. If there is no room for it, its bytes are returned, and this batch is to be
    /// sealed.
    pub fn take(
        &mut self,
        timestamp_ms: i64,
        api_bytes: usize,
        limits: &Limits,
    ) -> Result<(), Vec<u8>> {
        let (min_ms, max_ms) = (self.min_ms.min(timestamp_ms), self.max_ms.max(timestamp_ms));
        let fits = self.items.is_empty()
            || (self.api_bytes + api_bytes <= limits.bytes
                && self.items.len() < limits.events
                && max_ms - min_ms <= limits.span_ms);
        if !fits {
            let (start, chunk) = self.appended();
            return Err(chunk.split_off(start));
        }
        self.sorted &= timestamp_ms >= self.max_ms;
        (self.min_ms, self.max_ms) = (min_ms, max_ms);
        self.api_bytes += api_bytes;
        self.body.last().push(b',');
        if self.items.len() == self.items.capacity() {
            // A buffer stays open for long: twice as many would be half a table of nothing.
            let more = (self.items.len() / 2).clamp(LEAST_ITEMS, MOST_ITEMS);
            self.items.reserve_exact(more);
        }
        self.items.push(Item {
            timestamp_ms,
            end: offset(self.body.len()),
            api_bytes: u32::try_from(api_bytes).expect("an event is at most 1 MiB"),
        });
        Ok(())
    }

    /// Bytes so far.
    #[expect(
        clippy::len_without_is_empty,
        reason = "it has its head from the start"
    )]
    pub fn len(&self) -> usize {
        self.body.len()
    }

    /// Where the next event begins.
    pub fn end(&self) -> usize {
        self.items.last().map_or(self.head, |item| item.end) as usize
    }

    pub fn events(&self) -> usize {
        self.items.len()
    }

    /// The event that was taken last is this mark.
    pub fn mark_last(&mut self, id: u64) {
        let place = offset(self.items.len().saturating_sub(1));
        self.marks.push(Marked { place, id });
    }

    pub fn is_full(&self, limits: &Limits) -> bool {
        self.items.len() >= limits.events || self.api_bytes + EVENT_OVERHEAD >= limits.bytes
    }

    pub(super) fn seal(mut self, pool: &mut Pool) -> Body {
        if !self.sorted {
            self.sort(pool);
        }
        Body {
            // The comma behind the last event becomes the end of the list.
            payload: self.body.finish(END, pool),
            items: self.items.into_boxed_slice(),
            marks: self.marks,
            head: self.head,
        }
    }

    /// By time; events of one instant keep the order in which they were read.
    fn sort(&mut self, pool: &mut Pool) {
        let mut order: Vec<(i64, u32)> = self
            .items
            .iter()
            .zip(0..)
            .map(|(item, place)| (item.timestamp_ms, place))
            .collect();
        order.sort_unstable();
        for mark in &mut self.marks {
            let place = order.iter().position(|(_, place)| *place == mark.place);
            mark.place = offset(place.unwrap_or_default());
        }
        let mut body = Chunks::new(self.len() + CLOSING, pool);
        let mut append = |start: usize, end: usize| {
            body.make_room(end - start + CLOSING, pool);
            body.last().extend_from_slice(self.body.slice(start, end));
            offset(body.len())
        };
        append(0, self.head as usize);
        let items = order
            .into_iter()
            .map(|(_, place)| {
                let (start, item) = slot(&self.items, self.head, place as usize);
                Item {
                    end: append(start, item.end as usize),
                    ..item
                }
            })
            .collect();
        self.items = items;
        std::mem::replace(&mut self.body, body).give_to(pool);
    }
}

impl Body {
    pub fn events(&self) -> usize {
        self.items.len()
    }

    /// What CloudWatch counts, and bills.
    pub fn api_bytes(&self) -> usize {
        self.items.iter().map(|item| item.api_bytes as usize).sum()
    }

    /// One event as it stands in the request: `{"timestamp":…,"message":"…"}`.
    pub fn event(&self, place: usize) -> &[u8] {
        let (start, item) = slot(&self.items, self.head, place);
        self.payload.slice(start, item.end as usize - 1)
    }

    /// The first `at` events, and the others.
    pub fn split(&self, at: usize) -> (Body, Body) {
        (self.part(0, at), self.part(at, self.items.len()))
    }

    fn part(&self, from: usize, to: usize) -> Body {
        let start = slot(&self.items, self.head, from).0;
        let end = self.items[to - 1].end as usize;
        let mut chunks = self.payload.range(0, self.head as usize);
        // The last comma of a sealed batch has become its closing bracket.
        chunks.extend(self.payload.range(start, end - 1));
        chunks.push(Bytes::from_static(END));
        let items = self.items[from..to]
            .iter()
            .map(|item| Item {
                end: offset(item.end as usize - start + self.head as usize),
                ..*item
            })
            .collect();
        let (first, last) = (offset(from), offset(to));
        let marks = self
            .marks
            .iter()
            .filter(|mark| (first..last).contains(&mark.place));
        let marks = marks.map(|mark| Marked {
            place: mark.place - first,
            ..*mark
        });
        Body {
            payload: chunks.into(),
            marks: marks.collect(),
            items,
            head: self.head,
        }
    }
}

fn slot(items: &[Item], head: u32, place: usize) -> (usize, Item) {
    let start = place
        .checked_sub(1)
        .map_or(head, |before| items[before].end);
    (start as usize, items[place])
}

fn write_head(key: &StreamKey, entity: Option<&str>, body: &mut Vec<u8>) {
    body.extend_from_slice(b"{\"logGroupName\":");
    write_json_string(&key.group, body);
    body.extend_from_slice(b",\"logStreamName\":");
    write_json_string(&key.stream, body);
    if let Some(entity) = entity {
        body.extend_from_slice(ENTITY);
        body.extend_from_slice(entity.as_bytes());
    }
    body.extend_from_slice(EVENTS);
}

const ENTITY: &[u8] = b",\"entity\":";
const EVENTS: &[u8] = b",\"logEvents\":[";
const END: &[u8] = b"]}";
/// Room behind an event for its comma, and in place of that for the end.
const CLOSING: usize = END.len();

/// A body as if its stream had no entity; nothing when it has none.
pub fn without_entity(body: &Payload) -> Option<Payload> {
    // The head lies in one chunk. Quotes in a name are escaped: these stand nowhere else in it.
    let (first, rest) = body.chunks().split_first()?;
    let events = memchr::memmem::find(first, EVENTS)?;
    let entity = memchr::memmem::find(&first[..events], ENTITY)?;
    let mut chunks = vec![first.slice(..entity), first.slice(events..)];
    chunks.extend_from_slice(rest);
    Some(chunks.into())
}

pub fn write_json_string(text: &str, body: &mut Vec<u8>) {
    serde_json::to_writer(body, text).expect("a string into memory cannot fail");
}

fn offset(at: usize) -> u32 {
    u32::try_from(at).expect("a body is smaller than 4 GiB")
}

#[cfg(test)]
#[path = "batch_tests.rs"]
mod tests;
