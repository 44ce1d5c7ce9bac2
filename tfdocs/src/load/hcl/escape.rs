//! Backslash escapes of quoted strings, and the doubled signs that stand for `${` and `%{`.

use std::ops::Range;

use super::Problem;

/// The text of a quoted literal. A wrong escape is reported and kept as it stands.
pub(super) fn unescape(source: &[u8], span: Range<usize>, problems: &mut Vec<Problem>) -> String {
    let text = text_of(source, span.clone());
    if memchr::memchr3(b'\\', b'$', b'%', text.as_bytes()).is_none() {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = memchr::memchr3(b'\\', b'$', b'%', rest.as_bytes()) {
        let (head, tail) = rest.split_at(at);
        out.push_str(head);
        let start = span.start + text.len() - tail.len();
        let (piece, length) = if tail.starts_with('\\') {
            escape(tail, start, problems)
        } else {
            sign(tail)
        };
        match piece {
            Some(piece) => out.push(piece),
            None => out.push_str(tail.get(..length).unwrap_or_default()),
        }
        rest = tail.get(length..).unwrap_or_default();
    }
    out.push_str(rest);
    out
}

/// The text of a heredoc line: only doubled signs mean something.
pub(super) fn undouble(source: &[u8], span: Range<usize>) -> String {
    text_of(source, span)
        .replace("$${", "${")
        .replace("%%{", "%{")
}

fn text_of(source: &[u8], span: Range<usize>) -> &str {
    std::str::from_utf8(source.get(span).unwrap_or_default()).unwrap_or_default()
}

fn sign(tail: &str) -> (Option<char>, usize) {
    match tail.as_bytes() {
        [b'$', b'$', b'{', ..] => (Some('$'), 2),
        [b'%', b'%', b'{', ..] => (Some('%'), 2),
        _ => (None, 1),
    }
}

/// The character of an escape and its length; none for a wrong one, which stays.
fn escape(tail: &str, start: usize, problems: &mut Vec<Problem>) -> (Option<char>, usize) {
    let mut wrong = |detail: String, length: usize| {
        problems.push(Problem::new(
            "Invalid escape sequence",
            detail,
            start..start + length,
        ));
        (None, length)
    };
    let selector = tail.chars().nth(1);
    let digits = match selector {
        Some('n') => return (Some('\n'), 2),
        Some('r') => return (Some('\r'), 2),
        Some('t') => return (Some('\t'), 2),
        Some('"') => return (Some('"'), 2),
        Some('\\') => return (Some('\\'), 2),
        Some('u') => 4,
        Some('U') => 8,
        Some(other) => {
            let detail = format!(
                "The symbol \"{}\" is not a valid escape sequence selector.",
                other.escape_debug()
            );
            return wrong(detail, 1 + other.len_utf8());
        }
        None => return (None, 1),
    };
    let hex = tail
        .get(2..2 + digits)
        .filter(|hex| hex.bytes().all(|b| b.is_ascii_hexdigit()));
    match hex.and_then(|hex| u32::from_str_radix(hex, 16).ok()) {
        // A lone surrogate becomes the replacement character, as in Go.
        Some(code) => (Some(char::from_u32(code).unwrap_or('\u{fffd}')), 2 + digits),
        None if digits == 4 => wrong(
            "The \\u escape sequence must be followed by four hexadecimal digits.".into(),
            2,
        ),
        None => wrong(
            "The \\U escape sequence must be followed by eight hexadecimal digits.".into(),
            2,
        ),
    }
}
