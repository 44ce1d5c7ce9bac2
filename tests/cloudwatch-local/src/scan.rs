//! Finds the events of a PutLogEvents body without building anything: 64 bytes at a time.
//! Takes the plain shape only; whatever else a body may be, it says `None` and serde decides.

use std::ops::Range;

/// An event as it lies in the body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Found {
    pub timestamp: i64,
    /// The message between its quotes, escapes as they are.
    pub raw: Range<usize>,
    /// Bytes of the message once decoded, in UTF-8.
    pub len: usize,
    /// Whether `raw` holds escapes.
    pub escaped: bool,
}

/// A body of the plain shape.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Scanned {
    pub group: Range<usize>,
    pub stream: Range<usize>,
    pub events: Vec<Found>,
}

/// Scans `body`. `None` when it is anything but an object of `logGroupName`, `logStreamName` (both without escapes),
/// `logEvents` of exactly `timestamp` and `message`, each once, and maybe a plain `sequenceToken`.
pub(crate) fn scan(body: &[u8], into: &mut Scanned) -> Option<()> {
    into.events.clear();
    let (mut group, mut stream, mut events) = (None, None, false);
    let mut at = Scanner { body, at: 0 };
    at.expect(b'{')?;
    loop {
        let key = at.plain()?;
        at.expect(b':')?;
        match &body[key] {
            b"logGroupName" if group.is_none() => group = Some(at.plain()?),
            b"logStreamName" if stream.is_none() => stream = Some(at.plain()?),
            b"sequenceToken" => {
                at.plain()?;
            }
            b"logEvents" if !events => {
                at.events(&mut into.events)?;
                events = true;
            }
            _ => return None,
        }
        match at.next()? {
            b',' => {}
            b'}' => break,
            _ => return None,
        }
    }
    at.space();
    if at.at != body.len() || !events {
        return None;
    }
    // Whole-body check: fast for ASCII, and what lies between quotes then is text.
    std::str::from_utf8(body).ok()?;
    (into.group, into.stream) = (group?, stream?);
    Some(())
}

struct Scanner<'a> {
    body: &'a [u8],
    at: usize,
}

impl<'a> Scanner<'a> {
    fn space(&mut self) {
        while let Some(b' ' | b'\n' | b'\r' | b'\t') = self.body.get(self.at) {
            self.at += 1;
        }
    }

    fn next(&mut self) -> Option<u8> {
        self.space();
        let byte = *self.body.get(self.at)?;
        self.at += 1;
        Some(byte)
    }

    fn expect(&mut self, byte: u8) -> Option<()> {
        (self.next()? == byte).then_some(())
    }

    /// A short string without escapes.
    fn plain(&mut self) -> Option<Range<usize>> {
        self.expect(b'"')?;
        let start = self.at;
        loop {
            match *self.body.get(self.at)? {
                b'"' => break,
                b'\\' | 0..0x20 => return None,
                _ => self.at += 1,
            }
        }
        self.at += 1;
        Some(start..self.at - 1)
    }

    fn events(&mut self, events: &mut Vec<Found>) -> Option<()> {
        self.expect(b'[')?;
        self.space();
        if self.body.get(self.at) == Some(&b']') {
            self.at += 1;
            return Some(());
        }
        loop {
            events.push(self.event()?);
            match self.next()? {
                b',' => {}
                b']' => return Some(()),
                _ => return None,
            }
        }
    }

    fn event(&mut self) -> Option<Found> {
        self.expect(b'{')?;
        let (mut timestamp, mut text) = (None, None);
        loop {
            match self.key()? {
                b"timestamp" if timestamp.is_none() => timestamp = Some(self.number()?),
                b"message" if text.is_none() => text = Some(self.text()?),
                _ => return None,
            }
            match self.next()? {
                b',' => {}
                b'}' => break,
                _ => return None,
            }
        }
        let (raw, len) = text?;
        Some(Found {
            timestamp: timestamp?,
            escaped: len != raw.len(),
            raw,
            len,
        })
    }

    /// An event's key and its colon, in one look as it is usually spelled.
    #[inline]
    fn key(&mut self) -> Option<&'a [u8]> {
        let rest = &self.body[self.at..];
        if rest.starts_with(br#""timestamp":"#) {
            self.at += 12;
            return Some(b"timestamp");
        }
        if rest.starts_with(br#""message":"#) {
            self.at += 10;
            return Some(b"message");
        }
        let key = self.plain()?;
        self.expect(b':')?;
        Some(&self.body[key])
    }

    /// A whole number of up to 18 digits, as milliseconds are.
    fn number(&mut self) -> Option<i64> {
        self.space();
        let negative = self.body.get(self.at) == Some(&b'-');
        self.at += usize::from(negative);
        let (start, mut value) = (self.at, 0_i64);
        while let Some(digit @ b'0'..=b'9') = self.body.get(self.at) {
            // What overflows has too many digits.
            value = value.wrapping_mul(10).wrapping_add(i64::from(digit - b'0'));
            self.at += 1;
        }
        let digits = self.at - start;
        let plain = digits == 1 || (digits > 1 && self.body[start] != b'0');
        // A fraction or an exponent is serde's.
        let ended = !matches!(self.body.get(self.at), Some(b'.' | b'e' | b'E'));
        (plain && ended && digits <= 18).then(|| if negative { -value } else { value })
    }

    /// A string of any length: its place, and its length when decoded.
    fn text(&mut self) -> Option<(Range<usize>, usize)> {
        self.expect(b'"')?;
        let start = self.at;
        let (mut saved, mut next) = (0, start);
        let mut block = start;
        let mut carry = 0;
        loop {
            let rest = self.body.get(block..)?;
            let padded;
            let bytes = match rest.first_chunk() {
                Some(bytes) => bytes,
                None => {
                    padded = pad(rest);
                    &padded
                }
            };
            let marks = marks(bytes);
            let escaped = escaped(marks.slashes, &mut carry);
            let end = marks.quotes & !escaped;
            let before = end.wrapping_sub(1) & !end;
            if marks.controls & before != 0 {
                return None;
            }
            let escaped = escaped & before;
            let mut others = escaped & !(marks.quotes | marks.slashes);
            saved += (escaped ^ others).count_ones() as usize;
            while others != 0 {
                let place = block + others.trailing_zeros() as usize;
                others &= others - 1;
                match self.body[place] {
                    b'/' | b'b' | b'f' | b'n' | b'r' | b't' => saved += 1,
                    b'u' if place < next => {} // the second half of a pair
                    b'u' => {
                        self.at = place + 1;
                        saved += self.unicode()?;
                        next = self.at;
                    }
                    _ => return None,
                }
            }
            if end != 0 {
                let place = block + end.trailing_zeros() as usize;
                self.at = place + 1;
                return Some((start..place, place - start - saved));
            }
            block += BLOCK;
        }
    }

    /// Steps over the rest of `\u`, and over the other half of a pair; tells how many bytes shorter it is when decoded.
    fn unicode(&mut self) -> Option<usize> {
        match self.unit()? {
            0..0x80 => Some(5),
            0x80..0x800 => Some(4),
            0xd800..0xdc00 => {
                let rest = self.body.get(self.at..)?;
                if !rest.starts_with(br"\u") {
                    return None;
                }
                self.at += 2;
                let low = self.unit()?;
                (0xdc00..0xe000).contains(&low).then_some(8)
            }
            0xdc00..0xe000 => None,
            _ => Some(3),
        }
    }

    fn unit(&mut self) -> Option<u16> {
        let digits = self.body.get(self.at..self.at + 4)?;
        let mut unit = 0;
        for digit in digits {
            unit = unit << 4 | u16::try_from(char::from(*digit).to_digit(16)?).ok()?;
        }
        self.at += 4;
        Some(unit)
    }
}

/// Bytes that are looked at together, a bit of a mask for each.
const BLOCK: usize = 64;

/// Where a block has what a string may not hold as it is.
#[derive(Debug, PartialEq, Eq)]
struct Marks {
    quotes: u64,
    slashes: u64,
    controls: u64,
}

/// The last block of a body. Zeros are control characters: a string that does not end in the body is refused.
#[cold]
fn pad(rest: &[u8]) -> [u8; BLOCK] {
    let mut padded = [0; BLOCK];
    padded[..rest.len()].copy_from_slice(rest);
    padded
}

/// Which bytes are the second of an escape; `carry`: whether the first one is, into this block and into the next.
#[inline]
fn escaped(slashes: u64, carry: &mut u64) -> u64 {
    const ODD: u64 = 0xaaaa_aaaa_aaaa_aaaa;
    // As simdjson has it: the subtraction runs through each row of backslashes and leaves every other one.
    let starts = slashes & !*carry;
    let pairs = ((starts << 1) | ODD).wrapping_sub(starts) ^ ODD;
    let escaped = pairs ^ (slashes | *carry);
    *carry = (pairs & slashes) >> (BLOCK - 1);
    escaped
}

#[cfg(target_arch = "x86_64")]
#[inline]
#[expect(unsafe_code, reason = "calls a function that needs SSE2")]
fn marks(bytes: &[u8; BLOCK]) -> Marks {
    // SAFETY: every x86-64 has SSE2.
    unsafe { marks_sse2(bytes) }
}

#[cfg(target_arch = "x86_64")]
#[inline]
#[target_feature(enable = "sse2")]
fn marks_sse2(bytes: &[u8; BLOCK]) -> Marks {
    use std::arch::x86_64::{
        __m128i, _mm_cmpeq_epi8, _mm_min_epu8, _mm_movemask_epi8, _mm_set_epi64x, _mm_set1_epi8,
    };
    let (parts, _) = bytes.as_chunks();
    let parts: [__m128i; 4] = std::array::from_fn(|part| {
        let both = u128::from_le_bytes(parts[part]);
        _mm_set_epi64x((both >> 64) as i64, both as i64)
    });
    let mask = |found: [__m128i; 4]| {
        let bits = found.map(|part| u64::from(_mm_movemask_epi8(part).cast_unsigned()));
        bits[0] | bits[1] << 16 | bits[2] << 32 | bits[3] << 48
    };
    let quote = _mm_set1_epi8(b'"'.cast_signed());
    let slash = _mm_set1_epi8(b'\\'.cast_signed());
    let control = _mm_set1_epi8(0x1f);
    Marks {
        quotes: mask(parts.map(|part| _mm_cmpeq_epi8(part, quote))),
        slashes: mask(parts.map(|part| _mm_cmpeq_epi8(part, slash))),
        controls: mask(parts.map(|part| _mm_cmpeq_epi8(_mm_min_epu8(part, control), part))),
    }
}

#[cfg(not(target_arch = "x86_64"))]
fn marks(bytes: &[u8; BLOCK]) -> Marks {
    marks_slow(bytes)
}

/// The same, byte by byte.
#[cfg(any(test, not(target_arch = "x86_64")))]
fn marks_slow(bytes: &[u8; BLOCK]) -> Marks {
    let mask = |is: fn(u8) -> bool| {
        let places = (0..BLOCK).filter(|place| is(bytes[*place]));
        places.fold(0, |mask, place| mask | 1 << place)
    };
    Marks {
        quotes: mask(|byte| byte == b'"'),
        slashes: mask(|byte| byte == b'\\'),
        controls: mask(|byte| byte < 0x20),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::put::Put;
    use proptest::prelude::*;
    use serde_json::{Value, json};

    fn events(body: &[u8]) -> Option<Vec<(i64, String, usize)>> {
        let mut scanned = Scanned::default();
        scan(body, &mut scanned)?;
        let put = Put::parse(body, Scanned::default()).ok()?;
        let found = scanned.events.iter();
        Some(
            found
                .map(|event| (event.timestamp, put.message(event).into(), event.len))
                .collect(),
        )
    }

    #[test]
    fn what_is_not_plain_is_left_to_serde() {
        for body in [
            "",
            "{",
            "{}",
            r#"{"logGroupName":"g","logStreamName":"s"}"#,
            r#"{"logGroupName":"g","logStreamName":"s","logEvents":[]} x"#,
            r#"{"logGroupName":"g","logStreamName":"s","logEvents":[],}"#,
            r#"{"logGroupName":"g","logStreamName":"s","logEvents":[{"timestamp":01,"message":"x"}]}"#,
            r#"{"logGroupName":"g","logStreamName":"s","logEvents":[{"timestamp":1.5,"message":"x"}]}"#,
            r#"{"logGroupName":"g","logStreamName":"s","logEvents":[{"timestamp":1e3,"message":"x"}]}"#,
            r#"{"logGroupName":"g","logStreamName":"s","logEvents":[{"timestamp":1}]}"#,
            // Minus 2^63: what overflows must not panic either.
            r#"{"logGroupName":"g","logStreamName":"s","logEvents":[{"timestamp":-9223372036854775808,"message":"x"}]}"#,
            r#"{"logGroupName":"g","logStreamName":"s","logEvents":[{"timestamp":1,"message":"\ud800"}]}"#,
            r#"{"logGroupName":"g","logStreamName":"s","logEvents":[{"timestamp":1,"message":"\x"}]}"#,
            r#"{"logGroupName":"g","logStreamName":"s","logEvents":[{"timestamp":1,"message":"x}]}"#,
        ] {
            assert_eq!(events(body.as_bytes()), None, "{body}");
        }
    }

    /// Texts whose backslashes stand in rows, some across the border of two blocks.
    fn texts() -> impl Strategy<Value = String> {
        let piece = prop_oneof![
            4 => prop::sample::select(vec![
                r"\", "\"", "u", "n", "/", "x", "d", "8", "c", "0", "A", "f", "plain", "é", "\x1f",
            ]),
            4 => prop::sample::select(vec![
                r"\\", r"\n", r#"\""#, r#"\\\""#, r"\u0041", r"\u00e9", r"\u20AC", r"\ud83d\ude80",
            ]),
            1 => prop::sample::select(vec![r"\ud83d", r"\ude80", r"\ud83d\\", r"\u00g0", r"\u12"]),
        ];
        // An `n` may stand behind a backslash as well as alone.
        let row = (0_usize..70, 0_usize..12)
            .prop_map(|(plain, row)| "n".repeat(plain) + &r"\".repeat(row));
        let good = vec![
            "x",
            "plain",
            "é",
            r"\\",
            r"\n",
            r#"\""#,
            r"\u00e9",
            r"\ud83d\ude80",
        ];
        let good = prop::sample::select(good);
        let joined = |pieces: Vec<&str>| pieces.concat();
        prop_oneof![
            prop::collection::vec(piece, 0..60).prop_map(joined),
            prop::collection::vec(good, 0..60).prop_map(joined),
            prop::collection::vec(row, 0..5).prop_map(|rows| rows.concat() + "n"),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4096))]

        #[test]
        fn a_string_ends_where_serde_says(text in texts(), rest in 0_usize..80) {
            let body = format!("\"{text}\"{}", "}".repeat(rest));
            let mut serde = serde_json::Deserializer::from_str(&body).into_iter::<String>();
            let expected = serde.next().and_then(Result::ok).map(|text| (serde.byte_offset(), text.len()));
            let mut scanner = Scanner { body: body.as_bytes(), at: 0 };
            let found = scanner.text();
            prop_assert_eq!(found.clone().map(|(raw, len)| (raw.end + 1, len)), expected);
            if let Some((raw, _)) = found {
                prop_assert_eq!((raw.start, raw.end + 1), (1, scanner.at));
            }
        }
    }

    proptest! {
        #[test]
        fn blocks_are_marked_as_bytes_are(
            bytes in prop::collection::vec(prop_oneof![any::<u8>(), prop::sample::select(b"\"\\\x00\x1f\x20\x9f\xa2\xdc".to_vec())], BLOCK),
        ) {
            let bytes = bytes.as_slice().try_into().expect("a block");
            prop_assert_eq!(marks(bytes), marks_slow(bytes));
        }

        #[test]
        fn the_scan_finds_what_serde_finds(
            lines in prop::collection::vec((0_i64..4_000_000_000_000, any::<String>()), 0..20),
            pretty: bool,
        ) {
            let list: Vec<Value> =
                lines.iter().map(|(time, line)| json!({"timestamp": time, "message": line})).collect();
            let body = json!({"logGroupName": "g", "logStreamName": "s", "logEvents": list});
            let body = if pretty { format!("{body:#}") } else { body.to_string() };
            let expected = lines.into_iter().map(|(time, line)| { let len = line.len(); (time, line, len) });
            prop_assert_eq!(events(body.as_bytes()), Some(expected.collect()));
        }

        #[test]
        fn what_the_scan_takes_serde_takes_too(mut body in Just(
            br#"{"logGroupName":"g","logStreamName":"s","logEvents":[{"timestamp":12,"message":"a\n\u00e9\ud83d\ude80\"x\""},{"message":"b","timestamp":3}]}"#.to_vec()
        ), changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4)) {
            for (place, byte) in changes {
                let place = place.index(body.len());
                body[place] = byte;
            }
            let mut scanned = Scanned::default();
            if scan(&body, &mut scanned).is_some() {
                let value: Value = serde_json::from_slice(&body).expect("serde takes it");
                for (place, event) in scanned.events.iter().enumerate() {
                    let expected = &value["logEvents"][place];
                    prop_assert_eq!(expected["timestamp"].as_i64(), Some(event.timestamp));
                    prop_assert_eq!(expected["message"].as_str().map(str::len), Some(event.len));
                }
            }
        }
    }
}
