//! Memory of accepted request bodies, used again for the next ones: fresh memory costs a page fault for every 4 KiB, a
//! tenth of the agent's time in catch-up. Without a lock: whoever sent a body lets go of it before its answer is told.

use bytes::Bytes;

/// Smaller blocks are the allocator's business, which keeps them itself.
const SMALLEST: usize = 128 << 10;

/// Blocks to be used again; none on an idle host.
#[derive(Debug, Default)]
pub(super) struct Pool {
    blocks: Vec<Vec<u8>>,
    bytes: usize,
    most_bytes: usize,
}

impl Pool {
    /// A pool that keeps so many bytes at most.
    pub(super) fn new(most_bytes: usize) -> Pool {
        Pool {
            most_bytes,
            ..Pool::default()
        }
    }

    /// Bytes that are kept.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// An empty block for about `capacity` bytes. Not for much more: pages that were used before are memory all the same,
    /// while growing such a block costs next to nothing.
    pub(super) fn take(&mut self, capacity: usize) -> Vec<u8> {
        let fits = |block: &Vec<u8>| (capacity / 4..=capacity / 2 * 3).contains(&block.capacity());
        let best = self.blocks.iter().enumerate().filter(|(_, b)| fits(b));
        match best.max_by_key(|(_, block)| block.capacity()) {
            Some((place, _)) => {
                let block = self.blocks.swap_remove(place);
                self.bytes -= block.capacity();
                block
            }
            None => Vec::with_capacity(capacity),
        }
    }

    /// Keeps the body's memory, if nobody else holds it and there is room.
    pub(super) fn give(&mut self, body: Bytes) {
        if body.len() < SMALLEST {
            return;
        }
        let Ok(mut body) = body.try_into_mut() else {
            return;
        };
        let used = body.len();
        // Cleared, so that nothing is moved.
        body.clear();
        let mut block = Vec::from(body);
        // What lies behind was never used.
        block.shrink_to(used);
        if self.bytes + block.capacity() <= self.most_bytes {
            self.bytes += block.capacity();
            self.blocks.push(block);
        }
    }

    /// Nothing is under way: the memory goes back to the system.
    pub(super) fn clear(&mut self) {
        *self = Pool::new(self.most_bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(len: usize) -> Bytes {
        Bytes::from(vec![7; len])
    }

    #[test]
    fn a_body_that_nobody_holds_any_more_is_the_memory_of_the_next() {
        let mut pool = Pool::new(4 << 20);
        let (held, free) = (body(300_000), body(300_000));
        let place = free.as_ptr();
        let other = held.clone();
        pool.give(held);
        pool.give(free);
        let block = pool.take(250_000);
        assert_eq!((block.as_ptr(), block.len()), (place, 0));
        assert_eq!(pool.bytes(), 0);
        assert_eq!(other[299_999], 7);
    }

    #[test]
    fn blocks_far_larger_than_wanted_stay_for_those_who_want_them() {
        let mut pool = Pool::new(4 << 20);
        pool.give(body(1_000_000));
        assert!(pool.take(100_000).capacity() < 1_000_000);
        assert_eq!(pool.bytes(), 1_000_000);
        assert_eq!(pool.take(900_000).capacity(), 1_000_000);
        assert_eq!(pool.bytes(), 0);
    }

    #[test]
    fn a_block_with_room_to_spare_is_kept_without_it() {
        let mut pool = Pool::new(4 << 20);
        let mut roomy = Vec::with_capacity(3_000_000);
        roomy.resize(500_000, 7);
        pool.give(Bytes::from(roomy));
        assert_eq!(pool.bytes(), 500_000);
    }

    #[test]
    fn no_more_is_kept_than_the_limit_and_nothing_after_a_clear() {
        let mut pool = Pool::new(4 << 20);
        for _ in 0..100 {
            pool.give(body(1_000_000));
            pool.give(body(10));
        }
        assert_eq!((pool.bytes(), pool.blocks.len()), (4_000_000, 4));
        pool.clear();
        assert_eq!((pool.bytes(), pool.blocks.len()), (0, 0));
    }
}
