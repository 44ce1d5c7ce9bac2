//! The SHA-256 of a body for its signature. A body comes from another core and is not in this one's cache: hashed as it
//! lies, half the time is spent waiting for memory, so what comes next is asked for while a piece is hashed.

use crate::core::Payload;
use sha2::{Digest, Sha256};

/// Hashed at once, while the next is on its way. Longer and shorter ones (1 to 16 KiB) bring the same.
const PIECE: usize = 4_096;

/// In lower-case hexadecimal digits, as SigV4 has it.
pub(super) fn sha256(body: &Payload) -> String {
    let mut hash = Sha256::new();
    let mut pieces = body.chunks().iter().flat_map(|chunk| chunk.chunks(PIECE));
    let mut next = pieces.next();
    prefetch(next.unwrap_or_default());
    while let Some(piece) = next {
        next = pieces.next();
        prefetch(next.unwrap_or_default());
        hash.update(piece);
    }
    let digit = |nibble: u8| char::from_digit(nibble.into(), 16).unwrap_or_default();
    let hash = hash.finalize();
    let digits = hash.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits.map(digit).collect()
}

/// Asks the processor for bytes ahead of time.
fn prefetch(bytes: &[u8]) {
    #[cfg(target_arch = "x86_64")]
    for line in bytes.chunks(64) {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        #[expect(unsafe_code, reason = "an intrinsic")]
        // SAFETY: the address is within the slice; a prefetch reads nothing and cannot fault.
        unsafe {
            _mm_prefetch::<_MM_HINT_T0>(line.as_ptr().cast());
        }
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = bytes;
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;

    fn payload(bytes: &[u8], chunk: usize) -> Payload {
        let chunks = bytes.chunks(chunk.max(1)).map(Bytes::copy_from_slice);
        chunks.collect::<Vec<_>>().into()
    }

    #[test]
    fn pieces_make_the_hash_of_the_whole() {
        for (length, expected) in [
            // Of FIPS 180-4's examples, and of none.
            (
                0,
                "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
            ),
            (
                1_000_000,
                "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0",
            ),
        ] {
            assert_eq!(sha256(&payload(&vec![b'a'; length], length)), expected);
            assert_eq!(sha256(&payload(&vec![b'a'; length], 33_333)), expected);
        }
        for length in [1, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE] {
            let bytes: Vec<u8> = (0..length).map(|at| (at * 7 % 251) as u8).collect();
            let whole = Sha256::digest(&bytes);
            let whole: String = whole.iter().map(|byte| format!("{byte:02x}")).collect();
            for chunk in [1_000, PIECE - 1, PIECE, PIECE + 1, length] {
                assert_eq!(
                    sha256(&payload(&bytes, chunk)),
                    whole,
                    "{length} by {chunk}"
                );
            }
        }
    }
}
