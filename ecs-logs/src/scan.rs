//! Finds the next byte that JSON cannot take as it is. Sixteen bytes at a time where the machine can, byte by byte elsewhere;
//! both are the same function, and a test holds them to it.

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

/// The plain twin of [`find`].
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

const JSON: [bool; 256] = stops(b"\"\\");
const HTML: [bool; 256] = stops(b"\"\\<>&");

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
    use super::{Stop, find_scalar};
    use std::arch::x86_64::{
        __m128i, _mm_cmpeq_epi8, _mm_cmplt_epi8, _mm_movemask_epi8, _mm_or_si128, _mm_set_epi64x,
        _mm_set1_epi8,
    };

    const WIDTH: usize = 16;

    #[inline]
    #[target_feature(enable = "sse2")]
    pub(super) fn find<const HTML: bool>(bytes: &[u8], from: usize) -> usize {
        let mut at = from;
        while let Some(block) = bytes.get(at..).and_then(|rest| rest.first_chunk::<WIDTH>()) {
            let mask = stops::<HTML>(load(block));
            if mask != 0 {
                return at + mask.trailing_zeros() as usize;
            }
            at += WIDTH;
        }
        find_scalar(bytes, at, if HTML { Stop::Html } else { Stop::Json })
    }

    #[inline]
    #[target_feature(enable = "sse2")]
    fn load(block: &[u8; WIDTH]) -> __m128i {
        let (low, high) = block.split_at(8);
        let word = |half: &[u8]| half.try_into().map_or(0, i64::from_le_bytes);
        _mm_set_epi64x(word(high), word(low))
    }

    #[inline]
    #[target_feature(enable = "sse2")]
    fn stops<const HTML: bool>(block: __m128i) -> u32 {
        let is = |byte: u8| _mm_cmpeq_epi8(block, _mm_set1_epi8(byte.cast_signed()));
        // Compared as signed numbers, bytes beyond ASCII are below 0x20 as well.
        let mut hit = _mm_or_si128(_mm_cmplt_epi8(block, _mm_set1_epi8(0x20)), is(b'"'));
        hit = _mm_or_si128(hit, is(b'\\'));
        if HTML {
            hit = _mm_or_si128(
                hit,
                _mm_or_si128(is(b'&'), _mm_or_si128(is(b'<'), is(b'>'))),
            );
        }
        _mm_movemask_epi8(hit).cast_unsigned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_fast_search_finds_what_the_plain_one_finds(bytes in prop::collection::vec(any::<u8>(), 0..80), from in 0usize..90) {
            for stop in [Stop::Json, Stop::Html] {
                prop_assert_eq!(find(&bytes, from, stop), find_scalar(&bytes, from, stop).max(from));
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
