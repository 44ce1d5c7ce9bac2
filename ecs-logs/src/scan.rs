//! Finds the next byte that JSON cannot take as it is, and copies what stands before it on the way. Sixteen bytes at a time
//! where the machine can, byte by byte elsewhere; both are the same function, and a test holds them to it.

/// A part of a text. What stands behind it may be looked at, which saves care for its last bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Span<'a> {
    bytes: &'a [u8],
    from: usize,
    end: usize,
}

impl<'a> Span<'a> {
    #[inline]
    pub(crate) fn new(bytes: &'a [u8], from: usize, end: usize) -> Self {
        debug_assert!(from <= end && end <= bytes.len(), "a part of its text");
        Span { bytes, from, end }
    }

    #[inline]
    pub(crate) fn get(self) -> &'a [u8] {
        &self.bytes[self.from..self.end]
    }

    /// Its place in the text.
    #[inline]
    pub(crate) fn start(self) -> usize {
        self.from
    }

    #[inline]
    pub(crate) fn len(self) -> usize {
        self.end - self.from
    }

    /// A block that begins with all of it, where it is short and the text goes on for so long.
    #[inline]
    pub(crate) fn block(self) -> Option<&'a [u8; BLOCK]> {
        let block = self.bytes[self.from..].first_chunk()?;
        (self.len() <= BLOCK).then_some(block)
    }

    #[inline]
    pub(crate) fn first(self) -> Option<u8> {
        (self.from < self.end).then(|| self.bytes[self.from])
    }

    /// The span without its first `count` bytes.
    #[inline]
    pub(crate) fn skip(self, count: usize) -> Self {
        Span {
            from: self.end.min(self.from + count),
            ..self
        }
    }

    /// The first eight bytes as a number, as if zeros followed: what is smaller comes first, what is equal may not be.
    #[inline]
    pub(crate) fn key(self) -> u64 {
        let len = self.len();
        if let Some(word) = self.bytes[self.from..].first_chunk() {
            let missing = 8 * 8_usize.saturating_sub(len) as u32;
            return u64::from_be_bytes(*word) & u64::MAX.checked_shl(missing).unwrap_or(0);
        }
        let mut word = [0; 8];
        word[..len].copy_from_slice(self.get());
        u64::from_be_bytes(word)
    }
}

impl<'a> From<&'a [u8]> for Span<'a> {
    fn from(bytes: &'a [u8]) -> Self {
        Span::new(bytes, 0, bytes.len())
    }
}

pub(crate) const BLOCK: usize = 16;
/// What is looked at in one step while there is enough.
#[cfg(target_arch = "x86_64")]
const PAIR: usize = 2 * BLOCK;

/// Which bytes stop a search, besides controls (below 0x20), `"`, `\` and everything beyond ASCII.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stop {
    /// Nothing else: what a JSON string must escape.
    Json,
    /// `<`, `>` and `&` too, which the original's encoder escapes for HTML's sake.
    Html,
}

/// Place of the first byte at or after `from` that stops, or the length.
#[inline]
pub(crate) fn find(bytes: &[u8], from: usize, stop: Stop) -> usize {
    #[cfg(target_arch = "x86_64")]
    {
        #[expect(
            unsafe_code,
            reason = "intrinsics want to be told that the machine has them"
        )]
        // SAFETY: SSE2 is part of every x86-64.
        unsafe {
            match stop {
                Stop::Json => sse2::find::<false>(bytes, from),
                Stop::Html => sse2::find::<true>(bytes, from),
            }
        }
    }
    #[cfg(not(target_arch = "x86_64"))]
    {
        find_scalar(bytes, from, stop)
    }
}

/// Appends the text up to the first byte that stops, and returns how many bytes that were.
#[inline(always)]
pub(crate) fn append_run<const HTML: bool>(text: Span<'_>, to: &mut Vec<u8>) -> usize {
    #[cfg(target_arch = "x86_64")]
    {
        to.reserve(text.len() + PAIR);
        let start = to.len();
        #[expect(
            unsafe_code,
            reason = "intrinsics want to be told that the machine has them, a vector how much of it was written"
        )]
        // SAFETY: SSE2 is part of every x86-64. As many bytes behind the length as it returns were written by `copy_run`, which
        // checks each block's place.
        unsafe {
            let run = sse2::copy_run::<HTML>(text, to.spare_capacity_mut());
            to.set_len(start + run);
            run
        }
    }
    #[cfg(not(target_arch = "x86_64"))]
    {
        append_run_scalar::<HTML>(text, to)
    }
}

/// The block that a text begins with, when all of the text is in it and nothing of the text stops ([`Stop::Html`]).
#[inline]
pub(crate) fn clean_block(text: Span<'_>) -> Option<&[u8; BLOCK]> {
    let (block, len) = (text.block()?, text.len());
    #[cfg(target_arch = "x86_64")]
    let is_clean = {
        #[expect(
            unsafe_code,
            reason = "intrinsics want to be told that the machine has them"
        )]
        // SAFETY: SSE2 is part of every x86-64.
        unsafe {
            sse2::is_clean(block, len)
        }
    };
    #[cfg(not(target_arch = "x86_64"))]
    let is_clean = find_scalar(block, 0, Stop::Html) >= len;
    is_clean.then_some(block)
}

/// The plain twin of [`append_run`].
#[cfg(any(test, not(target_arch = "x86_64")))]
pub(crate) fn append_run_scalar<const HTML: bool>(text: Span<'_>, to: &mut Vec<u8>) -> usize {
    let text = text.get();
    let run = find_scalar(text, 0, if HTML { Stop::Html } else { Stop::Json });
    to.extend_from_slice(&text[..run]);
    run
}

/// The plain twin of [`find`].
#[cfg(any(test, not(target_arch = "x86_64")))]
#[inline]
pub(crate) fn find_scalar(bytes: &[u8], from: usize, stop: Stop) -> usize {
    let table = match stop {
        Stop::Json => &JSON,
        Stop::Html => &HTML,
    };
    let mut at = from;
    while at < bytes.len() && !table[usize::from(bytes[at])] {
        at += 1;
    }
    at
}

#[cfg(any(test, not(target_arch = "x86_64")))]
const JSON: [bool; 256] = stops(b"\"\\");
#[cfg(any(test, not(target_arch = "x86_64")))]
const HTML: [bool; 256] = stops(b"\"\\<>&");

#[cfg(any(test, not(target_arch = "x86_64")))]
const fn stops(also: &[u8]) -> [bool; 256] {
    let mut table = [false; 256];
    let mut at = 0;
    while at < 256 {
        table[at] = at < 0x20 || at >= 0x80;
        at += 1;
    }
    at = 0;
    while at < also.len() {
        table[also[at] as usize] = true;
        at += 1;
    }
    table
}

#[cfg(target_arch = "x86_64")]
mod sse2 {
    //! Only intrinsics that touch no memory, so that nothing in here is `unsafe` beyond having SSE2 at all.
    use super::{BLOCK, PAIR, Span};
    use std::{
        arch::x86_64::{
            __m128i, _mm_cmpeq_epi8, _mm_cmplt_epi8, _mm_movemask_epi8, _mm_or_si128,
            _mm_set_epi64x, _mm_set1_epi8,
        },
        mem::MaybeUninit,
    };

    #[inline]
    #[target_feature(enable = "sse2")]
    pub(super) fn find<const HTML: bool>(bytes: &[u8], from: usize) -> usize {
        let mut at = from;
        while let Some(pair) = bytes.get(at..).and_then(|rest| rest.first_chunk()) {
            let mask = stops_in_pair::<HTML>(pair);
            if mask != 0 {
                return at + mask.trailing_zeros() as usize;
            }
            at += PAIR;
        }
        while at < bytes.len() {
            let last;
            let block = match bytes[at..].first_chunk() {
                Some(block) => block,
                None => {
                    last = last_block(bytes, at);
                    &last
                }
            };
            let mask = stops::<HTML>(load(block));
            if mask != 0 {
                return at + mask.trailing_zeros() as usize;
            }
            at += BLOCK;
        }
        at
    }

    /// Writes the text up to the first byte that stops to the beginning of `to`, and returns how many bytes that were. What
    /// follows them in `to`, at most a pair of blocks, may be anything.
    #[inline]
    #[target_feature(enable = "sse2")]
    pub(super) fn copy_run<const HTML: bool>(text: Span<'_>, to: &mut [MaybeUninit<u8>]) -> usize {
        let Span { bytes, from, end } = text;
        let (rest, len) = (&bytes[from..], end - from);
        let mut at = 0;
        while at < len {
            let Some(pair) = rest.get(at..).and_then(|rest| rest.first_chunk()) else {
                break;
            };
            to[at..at + PAIR].write_copy_of_slice(pair);
            let mask = stops_in_pair::<HTML>(pair);
            if mask != 0 {
                return len.min(at + mask.trailing_zeros() as usize);
            }
            at += PAIR;
        }
        while at < len {
            let last;
            let block = match rest[at..].first_chunk() {
                Some(block) => block,
                None => {
                    last = last_block(bytes, from + at);
                    &last
                }
            };
            to[at..at + BLOCK].write_copy_of_slice(block);
            let mask = stops::<HTML>(load(block));
            if mask != 0 {
                return len.min(at + mask.trailing_zeros() as usize);
            }
            at += BLOCK;
        }
        len
    }

    /// Whether none of the first `len` bytes stops.
    #[inline]
    #[target_feature(enable = "sse2")]
    pub(super) fn is_clean(block: &[u8; BLOCK], len: usize) -> bool {
        stops::<true>(load(block)).trailing_zeros() as usize >= len
    }

    #[inline]
    #[target_feature(enable = "sse2")]
    fn stops_in_pair<const HTML: bool>(pair: &[u8; PAIR]) -> u32 {
        let (low, high) = pair.split_at(BLOCK);
        let mask = |half: &[u8]| match half.first_chunk() {
            Some(block) => stops::<HTML>(load(block)),
            None => 0,
        };
        mask(low) | mask(high) << BLOCK
    }

    /// The bytes from `at` on, of which there are some but no whole block, and zeros: these stop as well.
    #[inline]
    fn last_block(bytes: &[u8], at: usize) -> [u8; BLOCK] {
        let count = bytes.len() - at;
        let word = match bytes.last_chunk() {
            Some(last) => u128::from_le_bytes(*last) >> (8 * (BLOCK - count)),
            None => short_word(&bytes[at..]),
        };
        word.to_le_bytes()
    }

    /// Fewer than 16 bytes as a number; pieces that overlap say the same where they do.
    fn short_word(bytes: &[u8]) -> u128 {
        let count = bytes.len();
        let small = |at: usize| {
            bytes
                .get(at)
                .map_or(0, |&byte| u128::from(byte) << (8 * at))
        };
        if let (Some(low), Some(high)) = (bytes.first_chunk(), bytes.last_chunk()) {
            let high = u128::from(u64::from_le_bytes(*high)) << (8 * (count - 8));
            u128::from(u64::from_le_bytes(*low)) | high
        } else if let (Some(low), Some(high)) = (bytes.first_chunk(), bytes.last_chunk()) {
            let high = u64::from(u32::from_le_bytes(*high)) << (8 * (count - 4));
            u128::from(u64::from(u32::from_le_bytes(*low)) | high)
        } else {
            small(0) | small(1) | small(2)
        }
    }

    #[inline]
    #[target_feature(enable = "sse2")]
    fn load(block: &[u8; BLOCK]) -> __m128i {
        let (low, high) = block.split_at(8);
        let word = |half: &[u8]| half.try_into().map_or(0, i64::from_le_bytes);
        _mm_set_epi64x(word(high), word(low))
    }

    #[inline]
    #[target_feature(enable = "sse2")]
    fn stops<const HTML: bool>(block: __m128i) -> u32 {
        let all = |byte: u8| _mm_set1_epi8(byte.cast_signed());
        // Of two bytes that differ in one bit: both, once it is set.
        let is_with = |bit: u8, byte: u8| _mm_cmpeq_epi8(_mm_or_si128(block, all(bit)), all(byte));
        // Compared as signed numbers, bytes beyond ASCII are below 0x20 as well.
        let low = _mm_cmplt_epi8(block, all(0x20));
        let backslash = _mm_cmpeq_epi8(block, all(b'\\'));
        let others = if HTML {
            _mm_or_si128(is_with(0x04, b'&'), is_with(0x02, b'>'))
        } else {
            _mm_cmpeq_epi8(block, all(b'"'))
        };
        let hit = _mm_or_si128(_mm_or_si128(low, backslash), others);
        _mm_movemask_epi8(hit).cast_unsigned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// What is in a vector afterwards, and what was returned.
    fn after(append: impl Fn(Span<'_>, &mut Vec<u8>) -> usize, text: Span<'_>) -> (Vec<u8>, usize) {
        let mut to = b"before".to_vec();
        let run = append(text, &mut to);
        (to, run)
    }

    proptest! {
        #[test]
        fn the_fast_search_finds_what_the_plain_one_finds(bytes in prop::collection::vec(any::<u8>(), 0..80), from in 0usize..90) {
            for stop in [Stop::Json, Stop::Html] {
                prop_assert_eq!(find(&bytes, from, stop), find_scalar(&bytes, from, stop).max(from));
            }
        }

        #[test]
        fn the_fast_copy_appends_what_the_plain_one_appends(
            mut bytes in prop::collection::vec(any::<u8>(), 0..80),
            clean in any::<bool>(),
            from in 0usize..80,
            len in 0usize..80,
        ) {
            if clean {
                // Long runs, which random bytes have none of.
                bytes.iter_mut().enumerate().filter(|(at, _)| at % 37 != 36).for_each(|(_, byte)| *byte = b'a' + *byte % 26);
            }
            let from = from.min(bytes.len());
            let end = bytes.len().min(from + len);
            let text = Span::new(&bytes, from, end);
            if let Some(block) = clean_block(text) {
                prop_assert_eq!(&block[..text.len()], text.get());
            }
            let is_clean = find_scalar(text.get(), 0, Stop::Html) == text.len();
            let is_short = text.len() <= BLOCK && from + BLOCK <= bytes.len();
            prop_assert_eq!(clean_block(text).is_some(), is_clean && is_short);
            prop_assert_eq!(after(append_run::<true>, text), after(append_run_scalar::<true>, text));
            prop_assert_eq!(after(append_run::<false>, text), after(append_run_scalar::<false>, text));
        }

        #[test]
        fn keys_order_as_the_bytes_do(a in prop::collection::vec(0u8..3, 0..11), b in prop::collection::vec(0u8..3, 0..11), from in 0usize..4) {
            let span = |bytes| Span::from(bytes).skip(from);
            let (a, b) = (span(&a[..]), span(&b[..]));
            if a.key() != b.key() {
                prop_assert_eq!(a.key().cmp(&b.key()), a.get().cmp(b.get()));
            } else {
                let eight = |span: Span<'_>| [span.get(), &[0; 8]].concat()[..8].to_vec();
                prop_assert_eq!(eight(a), eight(b));
            }
        }

        #[test]
        fn long_runs_without_a_stop_are_passed_over(run in 0usize..200, stop_byte in any::<u8>()) {
            let mut bytes = vec![b'a'; run];
            bytes.push(stop_byte);
            for stop in [Stop::Json, Stop::Html] {
                prop_assert_eq!(find(&bytes, 0, stop), find_scalar(&bytes, 0, stop));
            }
        }
    }
}
