//! A request's body in chunks of one size: it grows without being moved, and the memory of one body fits every other.

use super::pool::Pool;
use bytes::Bytes;
use std::{mem, sync::Arc};

/// A body that grows. What is appended after one call of [`Chunks::make_room`] lies in one chunk.
#[derive(Debug)]
pub(super) struct Chunks {
    full: Vec<Vec<u8>>,
    /// Bytes of the full ones.
    before: usize,
    last: Vec<u8>,
    /// Bytes that there will be, as far as one can tell.
    likely: usize,
}

impl Chunks {
    /// Nothing yet, of `likely` bytes in the end.
    pub(super) fn new(likely: usize, pool: &mut Pool) -> Chunks {
        Chunks {
            full: Vec::new(),
            before: 0,
            last: pool.take(likely.min(pool.chunk_bytes())),
            likely,
        }
    }

    pub(super) fn len(&self) -> usize {
        self.before + self.last.len()
    }

    /// Bytes before the last chunk.
    pub(super) fn before(&self) -> usize {
        self.before
    }

    /// The chunk to append to.
    pub(super) fn last(&mut self) -> &mut Vec<u8> {
        &mut self.last
    }

    /// Makes the last chunk one that takes so many bytes without being moved. It begins small where little more is likely, and
    /// grows up to a whole chunk; only what is longer than a chunk makes a larger one.
    pub(super) fn make_room(&mut self, bytes: usize, pool: &mut Pool) {
        let (used, capacity) = (self.last.len(), self.last.capacity());
        let needed = used + bytes;
        if needed <= capacity {
            return;
        }
        if needed <= pool.chunk_bytes() {
            let grown = (capacity * 2).clamp(needed, pool.chunk_bytes());
            return self.last.reserve_exact(grown - used);
        }
        // A body that has become larger than was likely goes on for a while.
        let more = self.likely.saturating_sub(self.len()).max(self.len() / 4);
        let next = pool.take(more.min(pool.chunk_bytes()).max(bytes));
        let mut full = mem::replace(&mut self.last, next);
        if used == 0 {
            return pool.keep(full);
        }
        fit(&mut full, pool);
        self.before += used;
        self.full.push(full);
    }

    /// Puts `end` in the place of the last byte.
    pub(super) fn finish(mut self, end: &[u8], pool: &mut Pool) -> Payload {
        if self.last.is_empty()
            && let Some(full) = self.full.pop()
        {
            self.before -= full.len();
            pool.keep(mem::replace(&mut self.last, full));
        }
        self.last.pop();
        // A chunk of twice the size would not be used again.
        self.last.reserve_exact(end.len());
        self.last.extend_from_slice(end);
        fit(&mut self.last, pool);
        let len = self.len();
        let chunks = self.full.into_iter().chain([self.last]);
        Payload {
            chunks: chunks.map(Bytes::from).collect(),
            len,
        }
    }

    /// The bytes from `start` to `end`, that were appended at once.
    pub(super) fn slice(&self, start: usize, end: usize) -> &[u8] {
        let chunks = self.full.iter().chain([&self.last]);
        slice(chunks.map(Vec::as_slice), start, end)
    }

    /// Their memory is for others.
    pub(super) fn give_to(self, pool: &mut Pool) {
        for chunk in self.full.into_iter().chain([self.last]) {
            pool.keep(chunk);
        }
    }
}

/// Gives back the unused end of a chunk where that is worth more than to use the whole chunk again.
fn fit(chunk: &mut Vec<u8>, pool: &Pool) {
    let capacity = chunk.capacity();
    let worth = if capacity == pool.chunk_bytes() {
        capacity / 2
    } else {
        capacity / 8
    };
    if capacity - chunk.len() > worth {
        chunk.shrink_to_fit();
    }
}

/// A whole body, ready to be sent again as often as it takes: a clone is the same memory.
#[derive(Clone, Debug, Default)]
pub struct Payload {
    chunks: Arc<[Bytes]>,
    len: usize,
}

impl Payload {
    #[expect(clippy::len_without_is_empty, reason = "no request is empty")]
    pub fn len(&self) -> usize {
        self.len
    }

    pub fn chunks(&self) -> &[Bytes] {
        &self.chunks
    }

    /// A copy in one piece, for those who must see it as a whole.
    pub fn to_vec(&self) -> Vec<u8> {
        self.chunks.concat()
    }

    /// The bytes from `start` to `end`, that lie in one chunk.
    pub(super) fn slice(&self, start: usize, end: usize) -> &[u8] {
        slice(self.chunks.iter().map(|chunk| &chunk[..]), start, end)
    }

    /// The same memory from `start` to `end`.
    pub(super) fn range(&self, start: usize, end: usize) -> Vec<Bytes> {
        let mut before = 0;
        let part = |chunk: &Bytes| {
            let at = |place: usize| place.saturating_sub(before).min(chunk.len());
            let part = chunk.slice(at(start)..at(end));
            before += chunk.len();
            part
        };
        let parts = self.chunks.iter().map(part);
        parts.filter(|part| !part.is_empty()).collect()
    }

    /// The chunks themselves, if nobody else holds them.
    pub(super) fn into_chunks(mut self) -> Vec<Bytes> {
        let own = Arc::get_mut(&mut self.chunks);
        own.map(|chunks| chunks.iter_mut().map(mem::take).collect())
            .unwrap_or_default()
    }
}

impl From<Vec<Bytes>> for Payload {
    fn from(chunks: Vec<Bytes>) -> Payload {
        Payload {
            len: chunks.iter().map(Bytes::len).sum(),
            chunks: chunks.into(),
        }
    }
}

impl From<Bytes> for Payload {
    fn from(bytes: Bytes) -> Payload {
        vec![bytes].into()
    }
}

fn slice<'a>(chunks: impl Iterator<Item = &'a [u8]>, mut start: usize, mut end: usize) -> &'a [u8] {
    for chunk in chunks {
        if start < chunk.len() {
            return &chunk[start..end];
        }
        start -= chunk.len();
        end -= chunk.len();
    }
    &[]
}
