//! Finds the events of a PutLogEvents body without building anything: 16 bytes at a time, an event a few nanoseconds.
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

impl Scanner<'_> {
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
            let key = self.plain()?;
            self.expect(b':')?;
            match &self.body[key] {
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

    /// A whole number of up to 18 digits, as milliseconds are.
    fn number(&mut self) -> Option<i64> {
        self.space();
        let negative = self.body.get(self.at) == Some(&b'-');
        self.at += usize::from(negative);
        let (start, mut value) = (self.at, 0_i64);
        while let Some(digit @ b'0'..=b'9') = self.body.get(self.at) {
            value = value
                .checked_mul(10)?
                .checked_add(i64::from(digit - b'0'))?;
            self.at += 1;
        }
        let digits = self.at - start;
        let plain = digits == 1 || (digits > 1 && self.body[start] != b'0');
        // A fraction or an exponent is serde's.
        let ended = !matches!(self.body.get(self.at), Some(b'.' | b'e' | b'E'));
        (plain && ended && digits <= 18).then_some(if negative { -value } else { value })
    }

    /// A string of any length: its place, and its length when decoded.
    fn text(&mut self) -> Option<(Range<usize>, usize)> {
        self.expect(b'"')?;
        let start = self.at;
        let (mut saved, mut next) = (0, start);
        // A block of 16 at a time, and in it from one quote, backslash or control character to the next.
        loop {
            let block = self.at;
            let mut mask = match self.body.get(block..block + 16) {
                Some(bytes) => special(bytes.try_into().expect("sixteen bytes")),
                None => special_slow(self.body.get(block..).filter(|rest| !rest.is_empty())?),
            };
            while mask != 0 {
                let place = block + mask.trailing_zeros() as usize;
                mask &= mask - 1;
                if place < next {
                    continue; // the second half of an escape
                }
                match self.body[place] {
                    b'"' => {
                        self.at = place + 1;
                        return Some((start..place, place - start - saved));
                    }
                    b'\\' => {
                        self.at = place;
                        saved += self.escape()?;
                        next = self.at;
                    }
                    _ => return None, // a control character
                }
            }
            self.at = block + 16;
        }
    }

    /// Steps over an escape, and tells how many bytes shorter it is when decoded.
    fn escape(&mut self) -> Option<usize> {
        match *self.body.get(self.at + 1)? {
            b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => {
                self.at += 2;
                Some(1)
            }
            b'u' => {
                let unit = self.unit()?;
                match unit {
                    0..0x80 => Some(5),
                    0x80..0x800 => Some(4),
                    0xd800..0xdc00 => {
                        let low = (*self.body.get(self.at)? == b'\\'
                            && *self.body.get(self.at + 1)? == b'u')
                            .then(|| self.unit())??;
                        (0xdc00..0xe000).contains(&low).then_some(8)
                    }
                    0xdc00..0xe000 => None,
                    _ => Some(3),
                }
            }
            _ => None,
        }
    }

    fn unit(&mut self) -> Option<u16> {
        let digits = self.body.get(self.at + 2..self.at + 6)?;
        let mut unit = 0;
        for digit in digits {
            unit = unit << 4 | u16::try_from(char::from(*digit).to_digit(16)?).ok()?;
        }
        self.at += 6;
        Some(unit)
    }
}

/// A bit for each quote, backslash or control character.
#[cfg(target_arch = "x86_64")]
#[inline]
#[expect(unsafe_code, reason = "calls a function that needs SSE2")]
fn special(bytes: &[u8; 16]) -> u32 {
    // SAFETY: every x86-64 has SSE2.
    unsafe { special_sse2(bytes) }
}

#[cfg(target_arch = "x86_64")]
#[inline]
#[target_feature(enable = "sse2")]
fn special_sse2(bytes: &[u8; 16]) -> u32 {
    use std::arch::x86_64::{
        _mm_cmpeq_epi8, _mm_min_epu8, _mm_movemask_epi8, _mm_or_si128, _mm_set_epi64x,
        _mm_set1_epi8,
    };
    let both = u128::from_le_bytes(*bytes);
    let (low, high) = (both as i64, (both >> 64) as i64);
    let block = _mm_set_epi64x(high, low);
    let quote = _mm_set1_epi8(b'"'.cast_signed());
    let slash = _mm_set1_epi8(b'\\'.cast_signed());
    let control = _mm_set1_epi8(0x1f);
    let found = _mm_or_si128(
        _mm_or_si128(_mm_cmpeq_epi8(block, quote), _mm_cmpeq_epi8(block, slash)),
        _mm_cmpeq_epi8(_mm_min_epu8(block, control), block),
    );
    _mm_movemask_epi8(found).cast_unsigned()
}

#[cfg(not(target_arch = "x86_64"))]
fn special(bytes: &[u8; 16]) -> u32 {
    special_slow(bytes)
}

/// The same for the first 16 bytes of what there is.
fn special_slow(bytes: &[u8]) -> u32 {
    let bits = bytes.iter().take(16).enumerate();
    bits.filter(|(_, byte)| matches!(byte, b'"' | b'\\' | 0..0x20))
        .fold(0, |mask, (place, _)| mask | 1 << place)
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
            r#"{"logGroupName":"g","logStreamName":"s","logEvents":[{"timestamp":1,"message":"\ud800"}]}"#,
            r#"{"logGroupName":"g","logStreamName":"s","logEvents":[{"timestamp":1,"message":"\x"}]}"#,
            r#"{"logGroupName":"g","logStreamName":"s","logEvents":[{"timestamp":1,"message":"x}]}"#,
        ] {
            assert_eq!(events(body.as_bytes()), None, "{body}");
        }
    }

    proptest! {
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
