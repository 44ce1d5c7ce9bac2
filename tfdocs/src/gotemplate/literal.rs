//! Go's string, character and number literals, read, and text quoted as Go's strconv quotes it.

use super::ast::Number;

/// The text of a quoted or raw string literal, delimiters included.
pub(super) fn unquote(literal: &str) -> Option<String> {
    if let Some(raw) = literal.strip_prefix('`') {
        // Go drops carriage returns from raw strings.
        return Some(raw.strip_suffix('`')?.replace('\r', ""));
    }
    let body = literal.strip_prefix('"')?.strip_suffix('"')?;
    let mut bytes = Vec::with_capacity(body.len());
    let mut rest = body;
    while !rest.is_empty() {
        let (unit, after) = unit(rest, '"')?;
        rest = after;
        match unit {
            Unit::Char(c) => bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
            Unit::Byte(byte) => bytes.push(byte),
        }
    }
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

enum Unit {
    Char(char),
    Byte(u8),
}

/// The first character or escape of `text`, and what follows it.
fn unit(text: &str, quote: char) -> Option<(Unit, &str)> {
    let mut chars = text.chars();
    let first = chars.next()?;
    if first != '\\' {
        return (first != quote && first != '\n').then_some((Unit::Char(first), chars.as_str()));
    }
    let escape = chars.next()?;
    let plain = match escape {
        'a' => '\u{7}',
        'b' => '\u{8}',
        'f' => '\u{c}',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'v' => '\u{b}',
        '\\' => '\\',
        c if c == quote => c,
        'x' | 'u' | 'U' => return coded(chars.as_str(), escape),
        '0'..='7' => {
            let digits = text.get(1..4)?;
            let byte = u8::from_str_radix(digits, 8).ok()?;
            return Some((Unit::Byte(byte), text.get(4..)?));
        }
        _ => return None,
    };
    Some((Unit::Char(plain), chars.as_str()))
}

fn coded(text: &str, escape: char) -> Option<(Unit, &str)> {
    let digits = match escape {
        'x' => 2,
        'u' => 4,
        _ => 8,
    };
    let hex = text.get(..digits)?;
    if !hex.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let code = u32::from_str_radix(hex, 16).ok()?;
    let unit = match u8::try_from(code) {
        Ok(byte) if escape == 'x' => Unit::Byte(byte),
        _ => Unit::Char(char::from_u32(code)?),
    };
    Some((unit, text.get(digits..)?))
}

/// A number or character literal.
pub(super) fn number(text: &str) -> Option<Number> {
    if let Some(body) = text.strip_prefix('\'') {
        let (unit, after) = unit(body, '\'')?;
        if after != "'" {
            return None;
        }
        let code = match unit {
            Unit::Char(c) => u32::from(c),
            Unit::Byte(byte) => u32::from(byte),
        };
        return Some(Number {
            text: text.to_owned(),
            int: Some(code.into()),
            uint: true,
            float: Some(code.into()),
        });
    }
    let mut int = parse_int(text);
    let mut uint = parse_uint(text).is_some() || int == Some(0);
    let mut float = int.map(|int| int as f64);
    if float.is_none() {
        float = parse_uint(text).map(|uint| uint as f64);
    }
    if float.is_none() {
        let parsed = parse_float(text)?;
        // Digits alone that overflow an integer are no float either.
        if !text.contains(['.', 'e', 'E', 'p', 'P']) {
            return None;
        }
        float = Some(parsed);
        #[expect(clippy::cast_possible_truncation, reason = "checked by the way back")]
        let whole = parsed as i64;
        if whole as f64 == parsed {
            int = Some(whole);
            uint = whole >= 0;
        }
    }
    Some(Number {
        text: text.to_owned(),
        int,
        uint,
        float,
    })
}

/// An integer as `strconv.ParseInt(text, 0, 64)` reads it: a sign, a base prefix, underscores.
pub(super) fn parse_int(text: &str) -> Option<i64> {
    let (negative, body) = match text.strip_prefix('-') {
        Some(body) => (true, body),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let size = i128::from(parse_uint(body)?);
    i64::try_from(if negative { -size } else { size }).ok()
}

fn parse_uint(text: &str) -> Option<u64> {
    let lower = text.to_ascii_lowercase();
    let (digits, base) = match lower.get(..2) {
        Some("0x") => (lower.get(2..)?, 16),
        Some("0o") => (lower.get(2..)?, 8),
        Some("0b") => (lower.get(2..)?, 2),
        _ if lower.len() > 1 && lower.starts_with('0') => (lower.get(1..)?, 8),
        _ => (lower.as_str(), 10),
    };
    let plain = without_underscores(digits, base != 10)?;
    if !plain.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return None;
    }
    u64::from_str_radix(&plain, base).ok()
}

fn parse_float(text: &str) -> Option<f64> {
    let plain = without_underscores(text, false)?;
    let body = plain.trim_start_matches(['+', '-']);
    if !body.starts_with(|c: char| c.is_ascii_digit() || c == '.') {
        return None;
    }
    if body.starts_with("0x") || body.starts_with("0X") {
        return hex_float(&plain);
    }
    plain.parse::<f64>().ok().filter(|float| float.is_finite())
}

/// `0x1p-2`: hexadecimal digits times a power of two.
fn hex_float(text: &str) -> Option<f64> {
    let (sign, body) = match text.strip_prefix('-') {
        Some(body) => (-1.0, body),
        None => (1.0, text.strip_prefix('+').unwrap_or(text)),
    };
    let body = body.get(2..)?;
    let (digits, power) = body.split_once(['p', 'P'])?;
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let mut value = 0.0;
    for c in whole.chars().chain(fraction.chars()) {
        value = value * 16.0 + f64::from(c.to_digit(16)?);
    }
    let power: i32 = power.parse().ok()?;
    let places = i32::try_from(fraction.len()).ok()?;
    let float = sign * value * 2f64.powi(power.checked_sub(places.checked_mul(4)?)?);
    float.is_finite().then_some(float)
}

/// Underscores may only stand between digits.
fn without_underscores(digits: &str, after_prefix: bool) -> Option<String> {
    let misplaced = digits.ends_with('_')
        || digits.contains("__")
        || (digits.starts_with('_') && !after_prefix);
    (!misplaced).then(|| digits.replace('_', ""))
}

/// Text in double quotes as Go's `%q` prints it.
pub(crate) fn quote(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        quote_char(&mut out, c, '"');
    }
    out.push('"');
    out
}

/// Appends a character, escaped where it is the quote, a control or not printable.
pub(super) fn quote_char(out: &mut String, c: char, quote: char) {
    match c {
        '\u{7}' => out.push_str("\\a"),
        '\u{8}' => out.push_str("\\b"),
        '\u{c}' => out.push_str("\\f"),
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        '\u{b}' => out.push_str("\\v"),
        '\\' => out.push_str("\\\\"),
        c if c == quote => {
            out.push('\\');
            out.push(c);
        }
        '\0'..='\u{1f}' | '\u{7f}' => out.push_str(&format!("\\x{:02x}", u32::from(c))),
        c if is_printable(c) => out.push(c),
        c if u32::from(c) < 0x10000 => out.push_str(&format!("\\u{:04x}", u32::from(c))),
        c => out.push_str(&format!("\\U{:08x}", u32::from(c))),
    }
}

/// Whether Go would print the character as it is: letters, marks, numbers, signs, and the one space.
pub(crate) fn is_printable(c: char) -> bool {
    if c.is_ascii() {
        return c == ' ' || c.is_ascii_graphic();
    }
    if c.is_whitespace() {
        return false;
    }
    is_joining(c)
}

/// Rust escapes marks that join with the character before, unless they stand after a letter.
fn is_joining(c: char) -> bool {
    let text: String = ['a', c].into_iter().collect();
    text.escape_debug().eq(text.chars())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_are_read_as_go_reads_them() {
        let cases = [
            (r#""a\tb\"\\""#, Some("a\tb\"\\")),
            (r#""\x41\101\u00e9\U0001F600""#, Some("AAé😀")),
            (r#""\q""#, None),
            ("`raw\\n\r\n`", Some("raw\\n\n")),
        ];
        for (literal, want) in cases {
            assert_eq!(unquote(literal).as_deref(), want, "{literal}");
        }
    }

    #[test]
    fn numbers_keep_every_reading() {
        let cases = [
            ("0x10", Some(16), Some(16.0)),
            ("1_000", Some(1000), Some(1000.0)),
            ("1e3", Some(1000), Some(1000.0)),
            ("-5", Some(-5), Some(-5.0)),
            ("1.50", None, Some(1.5)),
            ("'a'", Some(97), Some(97.0)),
            ("017", Some(15), Some(15.0)),
            ("0x1p-2", None, Some(0.25)),
        ];
        for (text, int, float) in cases {
            let number = number(text).expect("a number");
            assert_eq!((number.int, number.float), (int, float), "{text}");
        }
        for text in ["1__0", "_1", "0x", "1a", "99999999999999999999"] {
            assert_eq!(number(text), None, "{text}");
        }
    }
}
