//! Texts of options → values. A reason says what is expected; name and place are added by who knows them.

use super::options::{OptionSpec, Takes};
use crate::timestamp::Timestamp;
use std::{net::SocketAddr, time::Duration};

/// Whether a text is a value of this option.
pub(crate) fn check(option: &OptionSpec, text: &str) -> Result<(), String> {
    match option.takes {
        Takes::Switch => switch(text).map(drop),
        Takes::Bytes => bytes(text).map(drop),
        Takes::Count => count(text).map(drop),
        Takes::Duration => duration(text).map(drop),
        Takes::Choice(choices) => choice(text, choices).map(drop),
        Takes::Text | Takes::Path | Takes::List | Takes::Repeated => Ok(()),
    }
}

/// As Go's `strconv.ParseBool`.
pub(crate) fn switch(text: &str) -> Result<bool, String> {
    match text {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Ok(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Ok(false),
        _ => Err("is neither true nor false".to_owned()),
    }
}

pub(crate) fn count(text: &str) -> Result<u64, String> {
    text.parse().map_err(|_| "is not a whole number".to_owned())
}

/// `1048576`, `1MB` (powers of 1000), `1MiB`, `32M` (powers of 1024).
pub(crate) fn bytes(text: &str) -> Result<usize, String> {
    let wrong = || "is not a number of bytes (write 1048576, 32MiB or 1MB)".to_owned();
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    let factor = match unit.trim() {
        "" | "B" => 1,
        "k" | "kB" | "KB" => 1000,
        "K" | "KiB" => 1 << 10,
        "MB" => 1_000_000,
        "M" | "MiB" => 1 << 20,
        "GB" => 1_000_000_000,
        "G" | "GiB" => 1 << 30,
        _ => return Err(wrong()),
    };
    let number: usize = number.parse().map_err(|_| wrong())?;
    number.checked_mul(factor).ok_or_else(wrong)
}

/// As Go's `time.ParseDuration`, without sign: decimal numbers, each with its unit.
pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    let wrong = || "is not a duration (write 5s, 1m30s or 500ms)".to_owned();
    if text == "0" {
        return Ok(Duration::ZERO);
    }
    let mut rest = text;
    let mut total = Duration::ZERO;
    while !rest.is_empty() {
        let digits = rest
            .find(|c: char| !c.is_ascii_digit() && c != '.')
            .ok_or_else(wrong)?;
        let (number, behind) = rest.split_at(digits);
        let unit = behind
            .find(|c: char| c.is_ascii_digit() || c == '.')
            .unwrap_or(behind.len());
        let (unit, behind) = behind.split_at(unit);
        let seconds = match unit {
            "ns" => 1e-9,
            "us" | "µs" | "μs" => 1e-6,
            "ms" => 1e-3,
            "s" => 1.0,
            "m" => 60.0,
            "h" => 3600.0,
            _ => return Err(wrong()),
        };
        let number: f64 = number.parse().map_err(|_| wrong())?;
        let part = Duration::try_from_secs_f64(number * seconds).map_err(|_| wrong())?;
        total = total.checked_add(part).ok_or_else(wrong)?;
        rest = behind;
    }
    if text.is_empty() {
        Err(wrong())
    } else {
        Ok(total)
    }
}

pub(crate) fn choice(text: &str, choices: &'static [&'static str]) -> Result<&'static str, String> {
    choices
        .iter()
        .find(|choice| choice.eq_ignore_ascii_case(text))
        .copied()
        .ok_or_else(|| format!("is none of {}", choices.join(", ")))
}

/// Where to begin without a checkpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    Boot,
    Head,
    Tail,
    /// Microseconds since 1970.
    Time(u64),
    /// So long before now.
    Ago(Duration),
}

pub(crate) fn start(text: &str) -> Result<Start, String> {
    match text {
        "boot" => return Ok(Start::Boot),
        "head" => return Ok(Start::Head),
        "tail" => return Ok(Start::Tail),
        _ => {}
    }
    if let Ok(ago) = duration(text) {
        return Ok(Start::Ago(ago));
    }
    let midnight = format!("{text}T00:00:00Z");
    [text, midnight.as_str()]
        .iter()
        .find_map(|text| Timestamp::parse(text.as_bytes()))
        .and_then(|time| u64::try_from(time.millis()).ok())
        .map(|millis| Start::Time(millis * 1000))
        .ok_or_else(|| {
            "is no place to start: boot, head, tail, a time (2026-11-20T08:00:00Z) or how long ago (2h)".to_owned()
        })
}

/// `HOST:PORT`, `:PORT` or a port alone, which are on the loopback address.
pub(crate) fn address(text: &str) -> Result<SocketAddr, String> {
    let port = text.strip_prefix(':').unwrap_or(text);
    if let Ok(port) = port.parse::<u16>() {
        return Ok(SocketAddr::from(([127, 0, 0, 1], port)));
    }
    let text = text.replacen("localhost:", "127.0.0.1:", 1);
    text.parse()
        .map_err(|_| "is no address (write 127.0.0.1:9100, [::1]:9100 or 9100)".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn durations_are_written_as_in_go() {
        for (text, millis) in [
            ("5s", Some(5000)),
            ("1m30s", Some(90_000)),
            ("1.5h", Some(5_400_000)),
            ("500ms", Some(500)),
            ("0", Some(0)),
            (".5s", Some(500)),
            ("5", None),
            ("s", None),
            ("5x", None),
            ("", None),
            ("-5s", None),
            ("1..5s", None),
        ] {
            assert_eq!(
                duration(text).ok(),
                millis.map(Duration::from_millis),
                "{text:?}"
            );
        }
    }

    #[test]
    fn bytes_have_units() {
        for (text, value) in [
            ("1048576", Some(1_048_576)),
            ("32MiB", Some(32 << 20)),
            ("32M", Some(32 << 20)),
            ("1MB", Some(1_000_000)),
            ("1 KiB", Some(1024)),
            ("MiB", None),
            ("1.5MB", None),
            ("-1", None),
            ("99999999999GiB", None),
        ] {
            assert_eq!(bytes(text).ok(), value, "{text:?}");
        }
    }

    #[test]
    fn places_to_start() {
        for (text, place) in [
            ("boot", Some(Start::Boot)),
            ("2h", Some(Start::Ago(Duration::from_secs(7200)))),
            ("1970-01-02", Some(Start::Time(86_400_000_000))),
            ("1970-01-01T00:00:01Z", Some(Start::Time(1_000_000))),
            ("yesterday", None),
        ] {
            assert_eq!(start(text).ok(), place, "{text:?}");
        }
    }

    #[test]
    fn a_port_alone_is_on_the_loopback_address() {
        for (text, address_text) in [
            ("9100", Some("127.0.0.1:9100")),
            (":9100", Some("127.0.0.1:9100")),
            ("localhost:9100", Some("127.0.0.1:9100")),
            ("0.0.0.0:9100", Some("0.0.0.0:9100")),
            ("[::1]:9100", Some("[::1]:9100")),
            ("example.com", None),
        ] {
            assert_eq!(
                address(text)
                    .ok()
                    .map(|address| address.to_string())
                    .as_deref(),
                address_text,
                "{text:?}"
            );
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_a_value_panic(text in "\\PC{0,20}|[0-9.smhuµ]{0,12}") {
            let read = duration(&text).is_ok() || bytes(&text).is_ok() || start(&text).is_ok() || address(&text).is_ok();
            prop_assert!(!read || !text.is_empty());
        }

        #[test]
        fn whole_units_add_up(hours in 0u64..1000, minutes in 0u64..1000, millis in 0u64..100_000) {
            let text = format!("{hours}h{minutes}m{millis}ms");
            let expected = Duration::from_millis(hours * 3_600_000 + minutes * 60_000 + millis);
            let difference = duration(&text).unwrap().abs_diff(expected);
            prop_assert!(difference < Duration::from_micros(1));
        }
    }
}
