//! How yaml.v3 writes a string: plain, quoted, or as a literal block; and what would read back as another type.

use std::borrow::Cow;

use crate::bytes::encode;
use crate::gotemplate::base64;

/// A string ready to be written.
pub(super) enum Scalar {
    /// On one line, quoted where it must be.
    Inline(String),
    /// As a literal block, with these signs after the `|`.
    Literal(String),
}

/// Bytes that are no text as yaml.v3 writes them: the tag, then base64 in lines of 70.
pub(super) fn binary(text: &str) -> Option<String> {
    let bytes = match encode(text) {
        Cow::Owned(bytes) if std::str::from_utf8(&bytes).is_err() => bytes,
        _ => return None,
    };
    let base64 = base64(&bytes);
    if base64.len() < BINARY_LINE {
        return Some(base64);
    }
    let lines = base64.as_bytes().chunks(BINARY_LINE);
    let lines = lines.map(|line| String::from_utf8_lossy(line).into_owned() + "\n");
    Some(lines.collect())
}

const BINARY_LINE: usize = 70;

/// The style of a string; as a `key` it has to stay on one line. `column` is where further lines would begin.
pub(super) fn scalar(text: &str, key: bool, column: usize) -> Scalar {
    let analysis = Analysis::of(text);
    if text.contains('\n') {
        return match analysis.block && !key {
            true => Scalar::Literal(hints(text)),
            false => Scalar::Inline(double_quoted(text)),
        };
    }
    let reads_as_text = !resolves(text) && !is_base_60(text) && !is_old_bool(text);
    Scalar::Inline(match (reads_as_text, analysis.plain, analysis.single) {
        (true, true, _) => text.to_owned(),
        (true, false, true) => single_quoted(text, column),
        _ => double_quoted(text),
    })
}

/// Which styles a string's characters allow.
struct Analysis {
    plain: bool,
    single: bool,
    block: bool,
}

impl Analysis {
    fn of(text: &str) -> Analysis {
        let is_break = |c: char| matches!(c, '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}');
        let mut indicators = text.starts_with("---") || text.starts_with("...");
        let (mut special, mut tabs, mut breaks) = (false, false, false);
        let (mut space_break, mut break_space) = (false, false);
        let mut before: Option<char> = None;
        let mut chars = text.chars().peekable();
        while let Some(c) = chars.next() {
            let blank_after = chars.peek().is_none_or(|next| matches!(next, ' ' | '\t'));
            indicators |= match (before, c) {
                (
                    None,
                    '#' | ',' | '[' | ']' | '{' | '}' | '&' | '*' | '!' | '|' | '>' | '\'' | '"'
                    | '%' | '@' | '`',
                ) => true,
                (None, '?' | '-') | (_, ':') => blank_after,
                (Some(before), '#') => is_break(before) || matches!(before, ' ' | '\t'),
                _ => false,
            };
            if c == '\t' {
                tabs = true;
            } else if !is_printable(c) {
                special = true;
            }
            breaks |= is_break(c);
            break_space |= c == ' ' && before.is_some_and(is_break);
            space_break |= is_break(c) && before == Some(' ');
            before = Some(c);
        }
        let edge = |c: char| c == ' ' || is_break(c);
        let edges = text.starts_with(edge) || text.ends_with(edge);
        Analysis {
            plain: !(edges
                || breaks
                || indicators
                || tabs
                || special
                || break_space
                || space_break),
            single: !(tabs || special || break_space || space_break),
            block: !(text.ends_with(' ') || special || space_break),
        }
    }
}

/// What yaml.v3 takes for printable: nothing above the basic plane, no byte order mark, no other controls.
fn is_printable(c: char) -> bool {
    matches!(c, '\n' | ' '..='~' | '\u{a0}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}')
        && c != '\u{feff}'
}

/// `2` if the block begins with a blank, then what becomes of the line ends at its end.
fn hints(text: &str) -> String {
    let is_break = |c: char| matches!(c, '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}');
    let mut hints = String::new();
    if text.starts_with(|c| c == ' ' || is_break(c)) {
        hints.push('2');
    }
    let mut back = text.chars().rev();
    match (back.next().is_some_and(is_break), back.next()) {
        (false, _) => hints.push('-'),
        (true, Some(c)) if !is_break(c) => {}
        (true, _) => hints.push('+'),
    }
    hints
}

fn single_quoted(text: &str, column: usize) -> String {
    let mut out = String::from("'");
    let mut broken = false;
    for c in text.chars() {
        // Of the breaks only Unicode's own come here; the next line is indented after them.
        let is_break = matches!(c, '\u{2028}' | '\u{2029}');
        if broken && !is_break && c != ' ' {
            out.extend(std::iter::repeat_n(' ', column));
        }
        broken = is_break || (broken && c == ' ');
        out.push_str(if c == '\'' { "'" } else { "" });
        out.push(c);
    }
    out.push('\'');
    out
}

fn double_quoted(text: &str) -> String {
    let mut out = String::from("\"");
    // A byte order mark at the beginning has all that follows escaped: the original looks for it there each time.
    let marked = text.starts_with('\u{feff}');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\0' => out.push_str("\\0"),
            '\u{7}' => out.push_str("\\a"),
            '\u{8}' => out.push_str("\\b"),
            '\t' => out.push_str("\\t"),
            '\n' => out.push_str("\\n"),
            '\u{b}' => out.push_str("\\v"),
            '\u{c}' => out.push_str("\\f"),
            '\r' => out.push_str("\\r"),
            '\u{1b}' => out.push_str("\\e"),
            '\u{85}' => out.push_str("\\N"),
            '\u{2028}' => out.push_str("\\L"),
            '\u{2029}' => out.push_str("\\P"),
            c if is_printable(c) && !marked => out.push(c),
            c => match u32::from(c) {
                code @ ..=0xff => out.push_str(&format!("\\x{code:02X}")),
                code @ ..=0xffff => out.push_str(&format!("\\u{code:04X}")),
                code => out.push_str(&format!("\\U{code:08X}")),
            },
        }
    }
    out.push('"');
    out
}

/// Whether the plain text would read back as null, a bool, a number or a time.
fn resolves(text: &str) -> bool {
    match text {
        "" | "~" | "null" | "Null" | "NULL" | "true" | "True" | "TRUE" | "false" | "False"
        | "FALSE" | ".nan" | ".NaN" | ".NAN" | ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf"
        | "+.INF" | "-.inf" | "-.Inf" | "-.INF" => return true,
        _ => {}
    }
    match text.chars().next() {
        Some('.') => text.parse::<f64>().is_ok() && !text.contains(['_', 'n', 'i']),
        Some('+' | '-' | '0'..='9') => is_time(text) || is_number(text),
        _ => false,
    }
}

fn is_number(text: &str) -> bool {
    let plain = text.replace('_', "");
    let digits = plain.trim_start_matches(['+', '-']);
    if plain.len() - digits.len() > 1 {
        return false;
    }
    let lower = digits.to_ascii_lowercase();
    let in_base = |prefix: &str, base: u32| {
        lower
            .strip_prefix(prefix)
            .is_some_and(|rest| !rest.is_empty() && u64::from_str_radix(rest, base).is_ok())
    };
    in_base("0x", 16) || in_base("0b", 2) || in_base("0o", 8) || is_float(digits)
}

/// Digits, a point, an exponent: what is a whole number is a float, too.
fn is_float(text: &str) -> bool {
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (text, None),
    };
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (mantissa, None),
    };
    let body = digits(whole)
        && fraction.is_none_or(digits)
        && !(whole.is_empty() && fraction.is_none_or(str::is_empty));
    let power = exponent.is_none_or(|exponent| {
        let rest = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
        !rest.is_empty() && digits(rest)
    });
    body && power
}

/// `2026-1-2`, `2026-01-02T03:04:05Z`, `2026-01-02 03:04:05.6`.
fn is_time(text: &str) -> bool {
    let Some((year, rest)) = text.split_once('-') else {
        return false;
    };
    if year.len() != 4 || !year.bytes().all(|byte| byte.is_ascii_digit()) {
        return false;
    }
    let Some((month, rest)) = rest.split_once('-') else {
        return false;
    };
    let (day, clock) = match rest.find(['T', 't', ' ']) {
        Some(at) => rest.split_at(at),
        None => (rest, ""),
    };
    let number = |text: &str, most: u32| {
        let plain = (1..=2).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
        plain
            .then(|| text.parse::<u32>().ok())
            .flatten()
            .filter(|n| *n <= most)
    };
    let (Some(month), Some(day)) = (number(month, 12), number(day, 31)) else {
        return false;
    };
    let leap = year
        .parse::<u32>()
        .is_ok_and(|y| y % 4 == 0 && (y % 100 != 0 || y % 400 == 0));
    let most = match month {
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        _ => 31,
    };
    if month == 0 || day == 0 || day > most {
        return false;
    }
    let Some(sign) = clock.chars().next() else {
        return true;
    };
    let clock = clock.get(1..).unwrap_or_default();
    let (clock, zone) = match clock.find(['Z', '+', '-']) {
        Some(at) => clock.split_at(at),
        None => (clock, ""),
    };
    // A zone is asked for after `T`, and none may follow a blank.
    let zoned = match zone.strip_prefix(['+', '-']) {
        Some(offset) => offset.split_once(':').is_some_and(|(hours, minutes)| {
            hours.len() == 2
                && minutes.len() == 2
                && number(hours, 24).is_some()
                && number(minutes, 60).is_some()
        }),
        None => zone == "Z",
    };
    if (sign == ' ') != zone.is_empty() || (sign != ' ' && !zoned) {
        return false;
    }
    let parts: Vec<&str> = clock.split(':').collect();
    let [hour, minute, second] = parts.as_slice() else {
        return false;
    };
    let (second, fraction) = second.split_once(['.', ',']).unwrap_or((second, "0"));
    let digits = !fraction.is_empty() && fraction.bytes().all(|byte| byte.is_ascii_digit());
    number(hour, 23).is_some()
        && number(minute, 59).is_some()
        && number(second, 59).is_some()
        && digits
}

/// `1:30`: a number to the base of 60 in YAML 1.1.
fn is_base_60(text: &str) -> bool {
    let body = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (body, fraction) = match body.split_once('.') {
        Some((body, fraction)) => (body, fraction),
        None => (body, ""),
    };
    let digits = |text: &str| {
        text.bytes()
            .all(|byte| byte.is_ascii_digit() || byte == b'_')
    };
    let mut parts = body.split(':');
    let first = parts.next().unwrap_or_default();
    let mut count = 0;
    let sixties = parts.all(|part| {
        count += 1;
        match part.as_bytes() {
            [one] => one.is_ascii_digit(),
            [ten, one] => (b'0'..=b'5').contains(ten) && one.is_ascii_digit(),
            _ => false,
        }
    });
    first.starts_with(|c: char| c.is_ascii_digit())
        && digits(first)
        && sixties
        && count > 0
        && digits(fraction)
}

/// What YAML 1.1 took for a bool.
fn is_old_bool(text: &str) -> bool {
    matches!(
        text,
        "y" | "Y"
            | "yes"
            | "Yes"
            | "YES"
            | "on"
            | "On"
            | "ON"
            | "n"
            | "N"
            | "no"
            | "No"
            | "NO"
            | "off"
            | "Off"
            | "OFF"
    )
}
