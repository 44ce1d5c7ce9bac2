//! Where an entry stands among all entries: libsystemd's cursor and libsystemd's order.

use std::{cmp::Ordering, fmt, str::FromStr};

/// An entry's identity, in text `s=…;i=…;b=…;m=…;t=…;x=…` as `sd_journal_get_cursor(3)` prints it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Cursor {
    /// Series of sequence numbers.
    pub seqnum_id: u128,
    pub seqnum: u64,
    pub boot_id: u128,
    /// Microseconds since boot.
    pub monotonic: u64,
    /// Microseconds since 1970.
    pub realtime: u64,
    /// Hash over the entry's fields.
    pub xor_hash: u64,
}

impl Cursor {
    /// libsystemd's order: by sequence number within a series, else by monotonic time within a boot, else by the wall
    /// clock, else by content. It is no total order: with a clock that jumps, three entries can go in a circle.
    #[inline]
    pub fn compare(&self, other: &Cursor) -> Ordering {
        let mut order = Ordering::Equal;
        if self.seqnum_id == other.seqnum_id {
            order = self.seqnum.cmp(&other.seqnum);
        }
        if order.is_eq() && self.boot_id == other.boot_id {
            order = self.monotonic.cmp(&other.monotonic);
        }
        order
            .then_with(|| self.realtime.cmp(&other.realtime))
            .then_with(|| self.xor_hash.cmp(&other.xor_hash))
    }

    /// Whether both name one entry. A copy in another series of sequence numbers is the same entry, as in
    /// `sd_journal_test_cursor(3)`.
    pub fn same_entry(&self, other: &Cursor) -> bool {
        (self.seqnum_id != other.seqnum_id || self.seqnum == other.seqnum)
            && self.boot_id == other.boot_id
            && self.monotonic == other.monotonic
            && self.realtime == other.realtime
            && self.xor_hash == other.xor_hash
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "s={:032x};i={:x};b={:032x};m={:x};t={:x};x={:x}",
            self.seqnum_id, self.seqnum, self.boot_id, self.monotonic, self.realtime, self.xor_hash
        )
    }
}

/// Why a text is no cursor.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not a journal cursor: {reason}")]
pub struct CursorError {
    text: String,
    reason: &'static str,
}

impl FromStr for Cursor {
    type Err = CursorError;

    fn from_str(text: &str) -> Result<Self, CursorError> {
        parse(text).map_err(|reason| CursorError {
            text: text.to_owned(),
            reason,
        })
    }
}

fn parse(text: &str) -> Result<Cursor, &'static str> {
    let mut parts = [None::<u128>; 6];
    for part in text.split(';') {
        let (key, value) = part.split_once('=').ok_or("a part has no '='")?;
        let Some(place) = ["s", "i", "b", "m", "t", "x"]
            .iter()
            .position(|&k| k == key)
        else {
            continue; // systemd may add keys
        };
        if !value.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err("a value is not hexadecimal");
        }
        let value = u128::from_str_radix(value, 16).map_err(|_| "a value is not hexadecimal")?;
        parts[place] = Some(value);
    }
    let wide = |place: usize| parts[place].ok_or("one of s, i, b, m, t, x is missing");
    let narrow = |place| u64::try_from(wide(place)?).map_err(|_| "a number has more than 64 bits");
    Ok(Cursor {
        seqnum_id: wide(0)?,
        seqnum: narrow(1)?,
        boot_id: wide(2)?,
        monotonic: narrow(3)?,
        realtime: narrow(4)?,
        xor_hash: narrow(5)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn cursor(
        seqnum_id: u128,
        seqnum: u64,
        boot_id: u128,
        monotonic: u64,
        realtime: u64,
    ) -> Cursor {
        Cursor {
            seqnum_id,
            seqnum,
            boot_id,
            monotonic,
            realtime,
            xor_hash: 0,
        }
    }

    #[test]
    fn one_series_goes_by_sequence_number_one_boot_by_monotonic_time_all_else_by_the_clock() {
        let check = |a: Cursor, b: Cursor| assert_eq!(a.compare(&b), Ordering::Less, "{a} {b}");
        check(cursor(1, 1, 1, 9, 9), cursor(1, 2, 1, 1, 1));
        check(cursor(1, 9, 1, 1, 9), cursor(2, 1, 1, 2, 1));
        check(cursor(1, 9, 1, 9, 1), cursor(2, 1, 2, 1, 2));
    }

    proptest! {
        #[test]
        fn any_cursor_reads_back_as_it_was_printed(s: u128, i: u64, b: u128, m: u64, t: u64, x: u64) {
            let cursor = Cursor { seqnum_id: s, seqnum: i, boot_id: b, monotonic: m, realtime: t, xor_hash: x };
            prop_assert_eq!(cursor.to_string().parse::<Cursor>(), Ok(cursor));
        }

        #[test]
        fn no_text_makes_the_parser_panic(text: String) {
            if let Ok(cursor) = text.parse::<Cursor>() {
                prop_assert_eq!(cursor.to_string().parse(), Ok(cursor));
            }
        }
    }
}
