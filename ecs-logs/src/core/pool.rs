//! Chunks of accepted request bodies, used again for the next ones: fresh memory costs a page fault for every 4 KiB, a
//! tenth of the agent's time in catch-up. Without a lock: whoever sent a body lets go of it before its answer is told.

use super::chunks::Payload;

/// Larger ones leave more unused at a body's end, smaller ones make more pieces of it. Well below what the allocator takes
/// from the system block by block.
const CHUNK_BYTES: usize = 16 << 10;
/// Of a chunk where the window is small, which is to be many of them.
const LEAST_CHUNK_BYTES: usize = 256;
const CHUNKS_IN_A_WINDOW: usize = 256;

/// Chunks to be used again; none on an idle host.
#[derive(Debug)]
pub(super) struct Pool {
    chunk_bytes: usize,
    chunks: Vec<Vec<u8>>,
    most_bytes: usize,
}

impl Pool {
    /// A pool for bodies of so many bytes together, which keeps a quarter of them at most.
    pub(super) fn new(window_bytes: usize) -> Pool {
        let chunk_bytes = window_bytes / CHUNKS_IN_A_WINDOW;
        Pool {
            chunk_bytes: chunk_bytes.clamp(LEAST_CHUNK_BYTES, CHUNK_BYTES),
            chunks: Vec::new(),
            most_bytes: window_bytes / 4,
        }
    }

    #[cfg(test)]
    pub(super) fn of_chunks(chunk_bytes: usize) -> Pool {
        Pool {
            chunk_bytes,
            chunks: Vec::new(),
            most_bytes: 10 * chunk_bytes,
        }
    }

    /// The size of all but the odd chunk.
    pub(super) fn chunk_bytes(&self) -> usize {
        self.chunk_bytes
    }

    /// Bytes that are kept.
    pub(super) fn bytes(&self) -> usize {
        self.chunks.len() * self.chunk_bytes
    }

    /// An empty chunk for about so many bytes: of the usual size, unless that is far more, or less.
    pub(super) fn take(&mut self, bytes: usize) -> Vec<u8> {
        if bytes <= self.chunk_bytes / 2 || bytes > self.chunk_bytes {
            return Vec::with_capacity(bytes);
        }
        let kept = self.chunks.pop();
        kept.unwrap_or_else(|| Vec::with_capacity(self.chunk_bytes))
    }

    /// Keeps the body's chunks, as far as nobody else holds them.
    pub(super) fn give(&mut self, body: Payload) {
        for chunk in body.into_chunks() {
            if let Ok(mut chunk) = chunk.try_into_mut() {
                // First, so that nothing is moved.
                chunk.clear();
                self.keep(chunk.into());
            }
        }
    }

    /// Keeps a chunk of the usual size, if there is room.
    pub(super) fn keep(&mut self, mut chunk: Vec<u8>) {
        let usual = chunk.capacity() == self.chunk_bytes;
        if usual && self.bytes() + self.chunk_bytes <= self.most_bytes {
            chunk.clear();
            self.chunks.push(chunk);
        }
    }

    /// Gives memory back, until so many bytes are kept at most.
    pub(super) fn keep_at_most(&mut self, bytes: usize) {
        self.chunks.truncate(bytes / self.chunk_bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::chunks::Chunks;
    use bytes::Bytes;

    fn body(chunks: usize, pool: &mut Pool) -> Payload {
        let mut body = Chunks::new(chunks * CHUNK_BYTES, pool);
        for _ in 0..chunks {
            body.make_room(CHUNK_BYTES, pool);
            body.last().resize(CHUNK_BYTES, 7);
        }
        body.finish(b"]", pool)
    }

    #[test]
    fn chunks_that_nobody_holds_any_more_are_the_memory_of_the_next_body() {
        let mut pool = Pool::new(32 << 20);
        let (held, free) = (body(3, &mut pool), body(2, &mut pool));
        let places: Vec<*const u8> = free.chunks().iter().map(|chunk| chunk.as_ptr()).collect();
        let (other, sent) = (held.clone(), free.clone());
        drop(sent);
        pool.give(held);
        pool.give(free);
        assert_eq!(pool.bytes(), 2 * CHUNK_BYTES);
        let next = [pool.take(CHUNK_BYTES / 2 + 1), pool.take(CHUNK_BYTES)];
        assert!(next.iter().all(|chunk| places.contains(&chunk.as_ptr())));
        assert!(
            next.iter()
                .all(|chunk| chunk.is_empty() && chunk.capacity() == CHUNK_BYTES)
        );
        assert_eq!(pool.bytes(), 0);
        assert_eq!(other.to_vec().len(), 3 * CHUNK_BYTES);
    }

    #[test]
    fn one_chunk_that_is_still_being_sent_is_not_used_again() {
        let mut pool = Pool::new(32 << 20);
        let body = body(3, &mut pool);
        let sending = body.chunks()[1].clone();
        pool.give(body);
        assert_eq!(pool.bytes(), 2 * CHUNK_BYTES);
        assert!(sending.iter().all(|byte| *byte == 7));
    }

    #[test]
    fn chunks_of_another_size_are_the_allocators() {
        let mut pool = Pool::new(32 << 20);
        pool.keep(Vec::with_capacity(CHUNK_BYTES));
        for size in [2_048, CHUNK_BYTES / 2, 100_000] {
            assert_eq!(pool.take(size).capacity(), size);
        }
        pool.keep_at_most(0);
        pool.keep(Vec::with_capacity(100_000));
        pool.keep(Vec::with_capacity(2_048));
        pool.give(Bytes::from_static(b"{}").into());
        assert_eq!(pool.bytes(), 0);
    }

    #[test]
    fn no_more_is_kept_than_the_limit_and_nothing_when_nothing_may_be() {
        let mut pool = Pool::new(32 << 20);
        for _ in 0..1_000 {
            pool.keep(Vec::with_capacity(CHUNK_BYTES));
        }
        assert_eq!(pool.bytes(), 8 << 20);
        pool.keep_at_most(4 * CHUNK_BYTES - 1);
        assert_eq!(pool.bytes(), 3 * CHUNK_BYTES);
        pool.keep_at_most(0);
        assert_eq!(pool.bytes(), 0);
    }
}
