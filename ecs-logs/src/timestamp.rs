//! Times as the original reads and prints them: RFC 3339 with the zone that was given, to the nanosecond, by Go's rules.

use crate::escape::{EventWriter, push_integer, two_digits};

/// A moment and the zone it was given in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Timestamp {
    /// Seconds since 1970.
    seconds: i64,
    nanoseconds: u32,
    /// Seconds east of Greenwich.
    zone: i32,
    /// Written as `Z`.
    utc: bool,
}

impl Timestamp {
    pub(crate) fn from_realtime(usec: u64) -> Self {
        Timestamp {
            seconds: (usec / 1_000_000).cast_signed(),
            nanoseconds: (usec % 1_000_000) as u32 * 1000,
            zone: 0,
            utc: true,
        }
    }

    /// Reads what Go's `time.Parse(time.RFC3339, …)` reads: one-digit hours, a comma before the fraction, and zones out of range included.
    pub(crate) fn parse(text: &[u8]) -> Option<Self> {
        let mut rest = Rest(text);
        let year = rest.digits(4)?;
        rest.byte(b'-')?;
        let month = rest.two_digits()?;
        rest.byte(b'-')?;
        let day = rest.two_digits()?;
        rest.byte(b'T')?;
        let hour = rest.one_or_two_digits()?;
        rest.byte(b':')?;
        let minute = rest.two_digits()?;
        rest.byte(b':')?;
        let second = rest.two_digits()?;
        let nanoseconds = rest.fraction();
        let (zone, utc) = rest.zone()?;
        let valid = rest.0.is_empty()
            && (1..=12).contains(&month)
            && (1..=days_in(year, month)).contains(&day)
            && hour < 24
            && minute < 60
            && second < 60;
        valid.then(|| Timestamp {
            seconds: days_from_civil(year, month, day) * 86_400
                + i64::from(hour) * 3600
                + i64::from(minute) * 60
                + i64::from(second)
                - i64::from(zone),
            nanoseconds,
            zone,
            utc,
        })
    }

    /// Go's zero time, which stands for "none": only when it is written with `Z`.
    pub(crate) fn is_none(&self) -> bool {
        const YEAR_ONE: i64 = -62_135_596_800;
        self.utc && self.seconds == YEAR_ONE && self.nanoseconds == 0
    }

    /// Milliseconds since 1970, cut toward zero as the original's division does.
    pub(crate) fn millis(&self) -> i64 {
        // Years have four digits and the journal counts microseconds in 64 bits, so this cannot overflow.
        let down = self.seconds * 1000 + i64::from(self.nanoseconds / 1_000_000);
        down + i64::from(self.seconds < 0 && !self.nanoseconds.is_multiple_of(1_000_000))
    }
}

/// Writes what stands before an event's text in a body; remembers the last second's, for most entries share it.
#[derive(Debug)]
pub(crate) struct OpeningPrinter {
    second: i64,
    text: [u8; OPENING.len()],
}

impl Default for OpeningPrinter {
    fn default() -> Self {
        OpeningPrinter {
            second: 0,
            text: *OPENING,
        }
    }
}

const OPENING: &[u8; 38] = b"{\"timestamp\":0000000000000,\"message\":\"";
/// Where the digits are.
const OPENING_SECOND: usize = 13;
const OPENING_MILLIS: usize = 23;
const OPENING_REST: usize = 26;

impl OpeningPrinter {
    /// `{"timestamp":…,"message":"`.
    pub(crate) fn print(&mut self, ms: i64, body: &mut Vec<u8>) {
        // From 2001 to 2286 a timestamp has thirteen digits.
        if !(1_000_000_000_000..10_000_000_000_000).contains(&ms) {
            body.extend_from_slice(&OPENING[..OPENING_SECOND]);
            push_integer(body, ms);
            body.extend_from_slice(&OPENING[OPENING_REST..]);
            return;
        }
        let (second, millis) = (ms / 1000, (ms % 1000) as u32);
        if second != self.second {
            self.second = second;
            self.text = *OPENING;
            put_digits(
                &mut self.text[OPENING_SECOND..OPENING_MILLIS],
                second.unsigned_abs(),
            );
        }
        // The digits are put into the copy: a copy of what was only just written would wait for it.
        let at = body.len() + OPENING_MILLIS;
        body.extend_from_slice(&self.text);
        body[at] = b'0' + (millis / 100) as u8;
        body[at + 1..at + 3].copy_from_slice(&two_digits(millis));
    }
}

/// Prints timestamps; remembers the last second's text, for most entries share it with the one before.
#[derive(Debug, Default)]
pub(crate) struct TimestampPrinter {
    local_second: Option<i64>,
    text: [u8; 19],
}

impl TimestampPrinter {
    /// `2006-01-02T15:04:05.999999999+07:00`, the fraction without its trailing zeros.
    pub(crate) fn print(&mut self, time: &Timestamp, out: &mut EventWriter<'_>) {
        let local = time.seconds + i64::from(time.zone);
        if self.local_second != Some(local) {
            self.local_second = Some(local);
            self.text = second_text(local);
        }
        if time.zone == 0 && time.nanoseconds != 0 && time.nanoseconds.is_multiple_of(1000) {
            out.plain(&self.text);
            let (fraction, len) = micros_in_utc(time.nanoseconds / 1000);
            return out.short(&fraction, len);
        }
        let mut block = [b'Z'; 32];
        block[..19].copy_from_slice(&self.text);
        let mut end = 19;
        if time.nanoseconds != 0 {
            end = put_fraction(&mut block, time.nanoseconds);
        }
        if time.zone == 0 {
            block[end] = b'Z';
            return out.short(&block, end + 1);
        }
        out.short(&block, end);
        let minutes = time.zone.unsigned_abs() / 60;
        let mut zone = [b'0'; 7];
        zone[0] = if time.zone < 0 { b'-' } else { b'+' };
        let hours = minutes / 60;
        let wide = 2 + usize::from(hours > 99);
        put_digits(&mut zone[1..=wide], u64::from(hours));
        zone[wide + 1] = b':';
        put_digits(&mut zone[wide + 2..wide + 4], u64::from(minutes % 60));
        out.plain(&zone[..wide + 4]);
    }
}

/// A point, six digits less their trailing zeros, and `Z`: how many of the bytes that is. Not for none at all. What the journal
/// and most applications write, so it is put together in a register.
#[inline]
fn micros_in_utc(micros: u32) -> ([u8; 8], usize) {
    let pair = |value| u64::from(u16::from_le_bytes(two_digits(value)));
    let digits = pair(micros / 10_000) | pair(micros / 100) << 16 | pair(micros) << 32;
    let not_zeros = (digits ^ 0x3030_3030_3030) << 16;
    let count = 6 - not_zeros.leading_zeros() / 8;
    let kept = digits & ((1 << (8 * count)) - 1);
    let word = u64::from(b'.') | kept << 8 | u64::from(b'Z') << (8 * (count + 1));
    (word.to_le_bytes(), count as usize + 2)
}

/// A point and nine digits less their trailing zeros behind a second's text; returns where they end.
#[inline]
fn put_fraction(block: &mut [u8; 32], nanoseconds: u32) -> usize {
    let (micros, nanos) = (nanoseconds / 1000, nanoseconds % 1000);
    block[19] = b'.';
    block[20..22].copy_from_slice(&two_digits(micros / 10_000));
    block[22..24].copy_from_slice(&two_digits(micros / 100));
    block[24..26].copy_from_slice(&two_digits(micros));
    let mut end = 26;
    if nanos != 0 {
        block[26] = b'0' + (nanos / 100) as u8;
        block[27..29].copy_from_slice(&two_digits(nanos));
        end = 29;
    }
    while block[end - 1] == b'0' {
        end -= 1;
    }
    end
}

fn second_text(local: i64) -> [u8; 19] {
    let (days, second) = (local.div_euclid(86_400), local.rem_euclid(86_400) as u32);
    let (year, month, day) = civil_from_days(days);
    let mut text = *b"0000-00-00T00:00:00";
    put_digits(&mut text[..4], year.unsigned_abs());
    text[5..7].copy_from_slice(&two_digits(month));
    text[8..10].copy_from_slice(&two_digits(day));
    text[11..13].copy_from_slice(&two_digits(second / 3600));
    text[14..16].copy_from_slice(&two_digits(second / 60 % 60));
    text[17..19].copy_from_slice(&two_digits(second % 60));
    text
}

fn put_digits(to: &mut [u8], mut value: u64) {
    for digit in to.iter_mut().rev() {
        *digit = b'0' + (value % 10) as u8;
        value /= 10;
    }
}

struct Rest<'a>(&'a [u8]);

impl Rest<'_> {
    fn byte(&mut self, byte: u8) -> Option<()> {
        self.0 = self.0.strip_prefix(&[byte])?;
        Some(())
    }

    fn digits(&mut self, count: usize) -> Option<u32> {
        let (digits, rest) = self.0.split_at_checked(count)?;
        let value = digits.iter().try_fold(0, |value, digit| {
            digit
                .is_ascii_digit()
                .then(|| value * 10 + u32::from(digit - b'0'))
        })?;
        self.0 = rest;
        Some(value)
    }

    fn two_digits(&mut self) -> Option<u32> {
        self.digits(2)
    }

    fn one_or_two_digits(&mut self) -> Option<u32> {
        self.digits(2).or_else(|| self.digits(1))
    }

    /// Nanoseconds of a fraction, cut after nine digits. A separator without digits is no fraction, and what then stands there is refused.
    fn fraction(&mut self) -> u32 {
        let [b'.' | b',', rest @ ..] = self.0 else {
            return 0;
        };
        let count = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        if count == 0 {
            return 0;
        }
        self.0 = &rest[count..];
        (0..9).fold(0, |value, at| {
            let digit = if at < count { rest[at] - b'0' } else { 0 };
            value * 10 + u32::from(digit)
        })
    }

    /// `Z`, or sign, two characters, colon, two characters; each pair is read as Go's `atoi` does, signs included.
    fn zone(&mut self) -> Option<(i32, bool)> {
        if let [b'Z', rest @ ..] = self.0 {
            self.0 = rest;
            return Some((0, true));
        }
        let (&[sign, h1, h2, b':', m1, m2], rest) = self.0.split_first_chunk::<6>()? else {
            return None;
        };
        self.0 = rest;
        let seconds = (atoi([h1, h2])? * 60 + atoi([m1, m2])?) * 60;
        match sign {
            b'+' => Some((seconds, false)),
            b'-' => Some((-seconds, false)),
            _ => None,
        }
    }
}

fn atoi(pair: [u8; 2]) -> Option<i32> {
    let number = |digit: u8| digit.is_ascii_digit().then(|| i32::from(digit - b'0'));
    match pair {
        [b'+', low] => number(low),
        [b'-', low] => number(low).map(|value| -value),
        [high, low] => Some(number(high)? * 10 + number(low)?),
    }
}

fn days_in(year: u32, month: u32) -> u32 {
    let leap = year.is_multiple_of(4) && !year.is_multiple_of(100) || year.is_multiple_of(400);
    match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days since 1970 of a date in the Gregorian calendar, reckoned in years that begin in March.
fn days_from_civil(year: u32, month: u32, day: u32) -> i64 {
    let (year, month, day) = (i64::from(year), i64::from(month), i64::from(day));
    let year = year - i64::from(month <= 2);
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

/// A time in UTC to the minute, for people: `2026-01-31T12:00Z`.
pub(crate) fn utc_minute(ms: i64) -> String {
    const DAY_MS: i64 = 86_400_000;
    let (year, month, day) = civil_from_days(ms.div_euclid(DAY_MS));
    let minutes = ms.rem_euclid(DAY_MS) / 60_000;
    let (hour, minute) = (minutes / 60, minutes % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}Z")
}

fn civil_from_days(days: i64) -> (i64, u32, u32) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day = (day_of_year - (153 * shifted + 2) / 5 + 1) as u32;
    let month = (if shifted < 10 {
        shifted + 3
    } else {
        shifted - 9
    }) as u32;
    (era * 400 + year_of_era + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn print(time: &Timestamp) -> String {
        let mut body = Vec::new();
        TimestampPrinter::default().print(time, &mut EventWriter::new(&mut body));
        String::from_utf8(body).unwrap()
    }

    #[test]
    fn times_are_read_and_printed_by_gos_rules() {
        let cases = [
            ("2006-01-02T15:04:05Z", Some("2006-01-02T15:04:05Z")),
            ("2006-01-02T15:04:05.120Z", Some("2006-01-02T15:04:05.12Z")),
            (
                "2006-01-02T15:04:05,5+00:00",
                Some("2006-01-02T15:04:05.5Z"),
            ),
            (
                "2006-01-02T5:04:05-07:30",
                Some("2006-01-02T05:04:05-07:30"),
            ),
            (
                "2006-01-02T15:04:05.1234567899Z",
                Some("2006-01-02T15:04:05.123456789Z"),
            ),
            (
                "2006-01-02T15:04:05+99:99",
                Some("2006-01-02T15:04:05+100:39"),
            ),
            (
                "2006-01-02T15:04:05+05:60",
                Some("2006-01-02T15:04:05+06:00"),
            ),
            ("0000-02-29T00:00:00Z", Some("0000-02-29T00:00:00Z")),
            ("1900-02-29T00:00:00Z", None),
            ("2006-01-02T15:04:60Z", None),
            ("2006-01-02T24:04:05Z", None),
            ("2006-01-02T15:04:05.Z", None),
            ("2006-01-02t15:04:05Z", None),
            ("2006-01-02T15:04:05z", None),
            ("2006-01-02T15:04:05+0700", None),
            ("2006-01-02T15:04:05Zx", None),
            ("2006-01-02T15:04:05", None),
            ("06-01-02T15:04:05Z", None),
            ("", None),
        ];
        for (text, printed) in cases {
            let time = Timestamp::parse(text.as_bytes());
            assert_eq!(time.map(|time| print(&time)).as_deref(), printed, "{text}");
        }
    }

    #[test]
    fn milliseconds_are_cut_toward_zero() {
        let millis = |text: &str| Timestamp::parse(text.as_bytes()).unwrap().millis();
        assert_eq!(millis("1969-12-31T23:59:59.9999Z"), 0);
        assert_eq!(millis("1969-12-31T23:59:59.998Z"), -2);
        assert_eq!(millis("0001-01-01T00:00:00Z"), -62_135_596_800_000);
    }

    proptest! {
        #[test]
        fn an_opening_is_what_a_plain_print_makes_of_it(times in prop::collection::vec(prop_oneof![any::<i64>(), 999_999_990_000i64..1_000_000_010_000, 9_999_999_990_000i64..10_000_000_010_000], 0..9)) {
            let mut printer = OpeningPrinter::default();
            for ms in times {
                for ms in [ms, ms.saturating_add(1)] {
                    let mut body = b"[".to_vec();
                    printer.print(ms, &mut body);
                    prop_assert_eq!(String::from_utf8(body).unwrap(), format!("[{{\"timestamp\":{ms},\"message\":\""));
                }
            }
        }

        #[test]
        fn milliseconds_are_those_of_wide_arithmetic(seconds in -62_167_300_000i64..18_446_744_073_710, nanoseconds in prop_oneof![0u32..1_000_000_000, (0u32..1000).prop_map(|ms| ms * 1_000_000)]) {
            let wide = (i128::from(seconds) * 1_000_000_000 + i128::from(nanoseconds)) / 1_000_000;
            let time = Timestamp { seconds, nanoseconds, zone: 0, utc: true };
            prop_assert_eq!(i128::from(time.millis()), wide);
        }

        #[test]
        fn a_fraction_has_no_trailing_zeros(nanoseconds in prop_oneof![0u32..1_000_000_000, (0u32..1_000_000).prop_map(|us| us * 1000), 0u32..2000], zone in prop_oneof![Just(0), Just(-19_800)]) {
            let text = print(&Timestamp { seconds: 0, nanoseconds, zone, utc: zone == 0 });
            let fraction = format!(".{nanoseconds:09}");
            let fraction = if nanoseconds == 0 { "" } else { fraction.trim_end_matches('0') };
            let expected = if zone == 0 { format!("1970-01-01T00:00:00{fraction}Z") } else { format!("1969-12-31T18:30:00{fraction}-05:30") };
            prop_assert_eq!(text, expected);
        }

        #[test]
        fn micros_are_printed_without_their_trailing_zeros(micros in 1_u32..1_000_000, zeros in 0_u32..6) {
            let micros = micros / 10_u32.pow(zeros) * 10_u32.pow(zeros);
            prop_assume!(micros > 0);
            let (text, len) = micros_in_utc(micros);
            let digits = format!("{micros:06}");
            let plain = format!(".{}Z", digits.trim_end_matches('0'));
            prop_assert_eq!(std::str::from_utf8(&text[..len]), Ok(&*plain));
        }

        #[test]
        fn every_realtime_reads_back_as_it_was_printed(usec in 0u64..253_402_300_799_000_000) {
            let time = Timestamp::from_realtime(usec);
            prop_assert_eq!(Timestamp::parse(print(&time).as_bytes()), Some(time));
        }

        #[test]
        fn days_and_dates_are_inverse(days in -719_528i64..2_932_896) {
            let (year, month, day) = civil_from_days(days);
            prop_assert_eq!(days_from_civil(year as u32, month, day), days);
        }
    }
}
