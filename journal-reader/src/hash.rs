//! The two hashes by which a journal file finds a field: Bob Jenkins' lookup3 (older files) and SipHash-2-4 keyed with
//! the file's id (files with the KEYED_HASH flag).

use siphasher::sip::SipHasher24;
use std::hash::Hasher;

/// How a file hashes `FIELD=value`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Hash {
    Jenkins,
    Sip { key: [u8; 16] },
}

impl Hash {
    pub(crate) fn of(self, bytes: &[u8]) -> u64 {
        match self {
            Hash::Jenkins => jenkins(bytes),
            Hash::Sip { key } => {
                let mut hasher = SipHasher24::new_with_key(&key);
                hasher.write(bytes);
                hasher.finish()
            }
        }
    }
}

/// lookup3's `hashlittle2` with both seeds zero: first result in the upper half.
/// Source: <https://burtleburtle.net/bob/c/lookup3.c>, public domain.
fn jenkins(bytes: &[u8]) -> u64 {
    let start = 0xdead_beef_u32.wrapping_add(bytes.len() as u32);
    let (mut a, mut b, mut c) = (start, start, start);
    if !bytes.is_empty() {
        // The last block, even a full one, is mixed differently.
        let blocks = (bytes.len() - 1) / 12;
        let (head, tail) = bytes.split_at(blocks * 12);
        for block in head.chunks_exact(12) {
            add(block, &mut a, &mut b, &mut c);
            mix(&mut a, &mut b, &mut c);
        }
        let mut last = [0; 12];
        last[..tail.len()].copy_from_slice(tail);
        add(&last, &mut a, &mut b, &mut c);
        finish(&mut a, &mut b, &mut c);
    }
    u64::from(c) << 32 | u64::from(b)
}

fn add(block: &[u8], a: &mut u32, b: &mut u32, c: &mut u32) {
    for (word, into) in block.chunks_exact(4).zip([a, b, c]) {
        *into = into.wrapping_add(u32::from_le_bytes([word[0], word[1], word[2], word[3]]));
    }
}

fn mix(a: &mut u32, b: &mut u32, c: &mut u32) {
    for (turn, round) in [4, 6, 8, 16, 19, 4].into_iter().enumerate() {
        let (x, y, z) = match turn % 3 {
            0 => (&mut *a, &mut *c, &mut *b),
            1 => (&mut *b, &mut *a, &mut *c),
            _ => (&mut *c, &mut *b, &mut *a),
        };
        *x = x.wrapping_sub(*y) ^ y.rotate_left(round);
        *y = y.wrapping_add(*z);
    }
}

fn finish(a: &mut u32, b: &mut u32, c: &mut u32) {
    for (turn, round) in [14, 11, 25, 16, 4, 14, 24].into_iter().enumerate() {
        let (x, y) = match turn % 3 {
            0 => (&mut *c, &*b),
            1 => (&mut *a, &*c),
            _ => (&mut *b, &*a),
        };
        *x = (*x ^ *y).wrapping_sub(y.rotate_left(round));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jenkins_gives_the_values_that_its_author_published() {
        // From the self-test in lookup3.c: hashlittle2 with seeds 0, 0.
        assert_eq!(jenkins(b""), 0xdead_beef_dead_beef);
        assert_eq!(
            jenkins(b"Four score and seven years ago"),
            0x1777_0551_ce72_26e6
        );
    }
}
