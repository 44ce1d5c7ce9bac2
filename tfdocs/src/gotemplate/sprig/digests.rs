//! SHA-1 (RFC 3174), SHA-256 (RFC 6234) and Adler-32 (RFC 1950), for sums of a few bytes in a template.

/// Adler-32 of the bytes.
pub(super) fn adler32(bytes: &[u8]) -> u32 {
    let (mut a, mut b) = (1u32, 0u32);
    for byte in bytes {
        a = (a + u32::from(*byte)) % 65521;
        b = (b + a) % 65521;
    }
    b << 16 | a
}

/// SHA-1 of the bytes.
pub(super) fn sha1(bytes: &[u8]) -> Vec<u8> {
    let mut state = [
        0x6745_2301u32,
        0xefcd_ab89,
        0x98ba_dcfe,
        0x1032_5476,
        0xc3d2_e1f0,
    ];
    for block in blocks(bytes) {
        let mut words = block;
        while words.len() < 80 {
            let at = words.len();
            let mixed = [3, 8, 14, 16]
                .iter()
                .fold(0, |sum, back| sum ^ word(&words, at - back));
            words.push(mixed.rotate_left(1));
        }
        let [mut a, mut b, mut c, mut d, mut e] = state;
        for (round, word) in words.iter().enumerate() {
            let (mix, constant) = match round / 20 {
                0 => ((b & c) | (!b & d), 0x5a82_7999),
                1 => (b ^ c ^ d, 0x6ed9_eba1),
                2 => ((b & c) | (b & d) | (c & d), 0x8f1b_bcdc),
                _ => (b ^ c ^ d, 0xca62_c1d6u32),
            };
            let next = [a.rotate_left(5), mix, e, constant, *word]
                .into_iter()
                .fold(0, u32::wrapping_add);
            (e, d, c, b, a) = (d, c, b.rotate_left(30), a, next);
        }
        add(&mut state, &[a, b, c, d, e]);
    }
    state.iter().flat_map(|word| word.to_be_bytes()).collect()
}

/// SHA-256 of the bytes.
pub(super) fn sha256(bytes: &[u8]) -> Vec<u8> {
    let constants = fractions(64, 3);
    let mut state: Vec<u32> = fractions(8, 2);
    for block in blocks(bytes) {
        let mut words = block;
        while words.len() < 64 {
            let at = words.len();
            let (near, far) = (word(&words, at - 2), word(&words, at - 15));
            let near = near.rotate_right(17) ^ near.rotate_right(19) ^ (near >> 10);
            let far = far.rotate_right(7) ^ far.rotate_right(18) ^ (far >> 3);
            words.push(
                near.wrapping_add(word(&words, at - 7))
                    .wrapping_add(far)
                    .wrapping_add(word(&words, at - 16)),
            );
        }
        let mut now = state.clone();
        for (word, constant) in words.iter().zip(&constants) {
            let [a, b, c, d, e, f, g, h] = now.as_slice() else {
                break;
            };
            let high = e.rotate_right(6) ^ e.rotate_right(11) ^ e.rotate_right(25);
            let choice = (e & f) ^ (!e & g);
            let first = [*h, high, choice, *constant, *word]
                .into_iter()
                .fold(0, u32::wrapping_add);
            let low = a.rotate_right(2) ^ a.rotate_right(13) ^ a.rotate_right(22);
            let second = low.wrapping_add((a & b) ^ (a & c) ^ (b & c));
            let (top, middle) = (first.wrapping_add(second), d.wrapping_add(first));
            now = vec![top, *a, *b, *c, middle, *e, *f, *g];
        }
        add(&mut state, &now);
    }
    state.iter().flat_map(|word| word.to_be_bytes()).collect()
}

fn word(words: &[u32], at: usize) -> u32 {
    words.get(at).copied().unwrap_or_default()
}

fn add(state: &mut [u32], words: &[u32]) {
    for (sum, word) in state.iter_mut().zip(words) {
        *sum = sum.wrapping_add(*word);
    }
}

/// The first 32 bits of the fractions of the square or cube roots of the first primes: SHA-256's constants.
fn fractions(count: usize, root: u32) -> Vec<u32> {
    let is_prime = |n: &u128| {
        (2..*n)
            .take_while(|d| d * d <= *n)
            .all(|d| !n.is_multiple_of(d))
    };
    (2u128..)
        .filter(is_prime)
        .take(count)
        .map(|prime| {
            // floor(root(prime) * 2^32) by bisection on whole numbers.
            let target = prime << (32 * root);
            let (mut low, mut high) = (0u128, 1u128 << 37);
            while high - low > 1 {
                let middle = (low + high) / 2;
                if middle.pow(root) <= target {
                    low = middle;
                } else {
                    high = middle;
                }
            }
            u32::try_from(low & 0xffff_ffff).unwrap_or_default()
        })
        .collect()
}

/// The padded message in blocks of sixteen words.
fn blocks(bytes: &[u8]) -> Vec<Vec<u32>> {
    let mut padded = bytes.to_vec();
    padded.push(0x80);
    while padded.len() % 64 != 56 {
        padded.push(0);
    }
    let bits = u64::try_from(bytes.len())
        .unwrap_or(u64::MAX)
        .wrapping_mul(8);
    padded.extend_from_slice(&bits.to_be_bytes());
    padded
        .chunks(64)
        .map(|block| {
            let words = block.chunks(4);
            words
                .map(|word| word.iter().fold(0, |sum, byte| sum << 8 | u32::from(*byte)))
                .collect()
        })
        .collect()
}
