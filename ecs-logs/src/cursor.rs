//! The journal's own address of an entry, in libsystemd's text form, so that any reader can take over from any other.

use std::{fmt, str::FromStr};

/// Where an entry stands: `s=…;i=…;b=…;m=…;t=…;x=…`, all hexadecimal (`sd_journal_get_cursor(3)`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Cursor {
    /// Which series of sequence numbers: a new one starts when journald cannot continue the old.
    pub seqnum_id: u128,
    /// Place in that series, shared by all files of a writer.
    pub seqnum: u64,
    pub boot_id: u128,
    /// Microseconds since boot.
    pub monotonic_usec: u64,
    /// Microseconds since 1970.
    pub realtime_usec: u64,
    /// Hash over the entry's fields; tells two entries of one instant apart.
    pub xor_hash: u64,
}

/// Why a text is no cursor.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not a journal cursor: {reason}")]
pub struct CursorError {
    text: String,
    reason: &'static str,
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "s={:032x};i={:x};b={:032x};m={:x};t={:x};x={:x}",
            self.seqnum_id,
            self.seqnum,
            self.boot_id,
            self.monotonic_usec,
            self.realtime_usec,
            self.xor_hash
        )
    }
}

impl FromStr for Cursor {
    type Err = CursorError;

    fn from_str(text: &str) -> Result<Self, CursorError> {
        let error = |reason| CursorError {
            text: text.to_owned(),
            reason,
        };
        let (mut s, mut i, mut b, mut m, mut t, mut x) = (None, None, None, None, None, None);
        for part in text.split(';') {
            let (key, value) = part
                .split_once('=')
                .ok_or_else(|| error("a part has no '='"))?;
            let wide =
                || u128::from_str_radix(value, 16).map_err(|_| error("a value is not hexadecimal"));
            let narrow =
                || u64::from_str_radix(value, 16).map_err(|_| error("a value is not hexadecimal"));
            match key {
                "s" => s = Some(wide()?),
                "i" => i = Some(narrow()?),
                "b" => b = Some(wide()?),
                "m" => m = Some(narrow()?),
                "t" => t = Some(narrow()?),
                "x" => x = Some(narrow()?),
                _ => {} // systemd may add keys
            }
        }
        match (s, i, b, m, t, x) {
            (
                Some(seqnum_id),
                Some(seqnum),
                Some(boot_id),
                Some(monotonic_usec),
                Some(realtime_usec),
                Some(xor_hash),
            ) => Ok(Cursor {
                seqnum_id,
                seqnum,
                boot_id,
                monotonic_usec,
                realtime_usec,
                xor_hash,
            }),
            _ => Err(error("one of s, i, b, m, t, x is missing")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_reads_back_as_it_was_printed() {
        let text = "s=0639da0c9a4d4b0b9bd1ea41d1a1d6ba;i=1f3;b=8a6a8a3ed9d94a4b9c2f7bb1c1d80c06;m=11d7ef;t=5f2b1c0d3e4f5;x=deadbeef";
        let cursor: Cursor = text.parse().unwrap();
        assert_eq!(cursor.seqnum, 0x1f3);
        assert_eq!(cursor.to_string(), text);
    }

    #[test]
    fn rubbish_is_refused_with_its_reason() {
        for text in ["", "s=1", "s=zz;i=1;b=1;m=1;t=1;x=1", "hello"] {
            assert!(text.parse::<Cursor>().is_err(), "{text:?}");
        }
    }
}
