//! Sprig's functions on text.

use super::super::format::{self, MAX_TEXT};
use super::super::function::{Function, Outcome, Type, any, int, text, too_long};
use super::super::literal::quote;
use super::super::value::Val;
use super::convert::{strings, strval};

pub(super) fn lookup(name: &str) -> Option<Function> {
    use Type::{Any, Int, Str};
    match name {
        "upper" => Function::fixed(&[Str], |args| Ok(text(args, 0).to_uppercase().into())),
        "lower" => Function::fixed(&[Str], |args| Ok(text(args, 0).to_lowercase().into())),
        "trim" => Function::fixed(&[Str], |args| Ok(text(args, 0).trim().into())),
        "trimAll" | "trimall" => Function::fixed(&[Str, Str], |args| {
            let cut = text(args, 0);
            Ok(text(args, 1).trim_matches(|c| cut.contains(c)).into())
        }),
        "trimSuffix" => Function::fixed(&[Str, Str], |args| {
            let whole = text(args, 1);
            Ok(whole.strip_suffix(text(args, 0)).unwrap_or(whole).into())
        }),
        "trimPrefix" => Function::fixed(&[Str, Str], |args| {
            let whole = text(args, 1);
            Ok(whole.strip_prefix(text(args, 0)).unwrap_or(whole).into())
        }),
        "nospace" => Function::fixed(&[Str], |args| {
            Ok(text(args, 0).split_whitespace().collect::<String>().into())
        }),
        "repeat" => Function::fixed(&[Int, Str], |args| {
            repeated(text(args, 1), int(args, 0)).map(Val::from)
        }),
        "substr" => Function::fixed(&[Int, Int, Str], substring),
        "trunc" => Function::fixed(&[Int, Str], |args| {
            Ok(truncated(int(args, 0), text(args, 1)))
        }),
        "abbrev" => Function::fixed(&[Int, Str], |args| {
            Ok(abbreviated(0, int(args, 0), text(args, 1)))
        }),
        "abbrevboth" => Function::fixed(&[Int, Int, Str], |args| {
            let (left, right) = (int(args, 0), int(args, 1));
            if left > 0 && right < 7 {
                return Ok(any(args, 2).clone());
            }
            Ok(abbreviated(left, right, text(args, 2)))
        }),
        "contains" => Function::fixed(&[Str, Str], |args| {
            Ok(text(args, 1).contains(text(args, 0)).into())
        }),
        "hasPrefix" => Function::fixed(&[Str, Str], |args| {
            Ok(text(args, 1).starts_with(text(args, 0)).into())
        }),
        "hasSuffix" => Function::fixed(&[Str, Str], |args| {
            Ok(text(args, 1).ends_with(text(args, 0)).into())
        }),
        "quote" => Function::variadic(&[], Any, |args| quoted(args, |v| quote(&strval(v)))),
        "squote" => Function::variadic(&[], Any, |args| {
            quoted(args, |v| format!("'{}'", format::text(v)))
        }),
        "cat" => Function::variadic(&[], Any, |args| quoted(args, format::text)),
        "indent" => Function::fixed(&[Int, Str], |args| {
            indented(int(args, 0), text(args, 1)).map(Val::from)
        }),
        "nindent" => Function::fixed(&[Int, Str], |args| {
            Ok(format!("\n{}", indented(int(args, 0), text(args, 1))?).into())
        }),
        "replace" => Function::fixed(&[Str, Str, Str], |args| {
            let (old, new, whole) = (text(args, 0), text(args, 1), text(args, 2));
            let found = whole.matches(old).count();
            if found.saturating_mul(new.len()) > MAX_TEXT {
                return Err(too_long());
            }
            Ok(whole.replace(old, new).into())
        }),
        "plural" => Function::fixed(&[Str, Str, Int], |args| {
            Ok(any(args, usize::from(int(args, 2) != 1)).clone())
        }),
        "wrap" => Function::fixed(&[Int, Str], |args| {
            Ok(wrapped(int(args, 0), "\n", false, text(args, 1)))
        }),
        "wrapWith" => Function::fixed(&[Int, Str, Str], |args| {
            Ok(wrapped(int(args, 0), text(args, 1), true, text(args, 2)))
        }),
        "join" => Function::fixed(&[Str, Any], |args| {
            let parts = strings(any(args, 1));
            let size: usize = parts
                .iter()
                .map(|part| part.len() + text(args, 0).len())
                .sum();
            if size > MAX_TEXT {
                return Err(too_long());
            }
            Ok(parts.join(text(args, 0)).into())
        }),
        "split" => Function::fixed(&[Str, Str], |args| {
            Ok(numbered(pieces(text(args, 1), text(args, 0), -1)))
        }),
        "splitn" => Function::fixed(&[Str, Int, Str], |args| {
            Ok(numbered(pieces(text(args, 2), text(args, 0), int(args, 1))))
        }),
        "splitList" => Function::fixed(&[Str, Str], |args| {
            Ok(Val::strings(pieces(text(args, 1), text(args, 0), -1)))
        }),
        _ => super::cases::lookup(name),
    }
}

fn repeated(text: &str, count: i64) -> Result<String, std::borrow::Cow<'static, str>> {
    let count = usize::try_from(count).map_err(|_| "strings: negative Repeat count")?;
    if text.len().saturating_mul(count) > MAX_TEXT {
        return Err(too_long());
    }
    Ok(text.repeat(count))
}

fn indented(spaces: i64, text: &str) -> Result<String, std::borrow::Cow<'static, str>> {
    let pad = repeated(" ", spaces)?;
    let lines = text.matches('\n').count() + 1;
    if lines.saturating_mul(pad.len()) > MAX_TEXT {
        return Err(too_long());
    }
    Ok(format!("{pad}{}", text.replace('\n', &format!("\n{pad}"))))
}

/// Bytes of a text, as Go cuts it; a character cut in two is replaced.
fn bytes(text: &str, from: usize, to: usize) -> Option<Val> {
    let cut = text.as_bytes().get(from..to)?;
    Some(String::from_utf8_lossy(cut).into_owned().into())
}

fn substring(args: &[Val]) -> Outcome {
    let whole = text(args, 2);
    let length = whole.len();
    let start = usize::try_from(int(args, 0)).unwrap_or(0);
    let end = usize::try_from(int(args, 1))
        .ok()
        .filter(|&end| end <= length || int(args, 0) < 0)
        .unwrap_or(length);
    bytes(whole, start, end).ok_or_else(|| match start > end {
        true => format!("runtime error: slice bounds out of range [{start}:{end}]").into(),
        false => {
            format!("runtime error: slice bounds out of range [:{end}] with length {length}").into()
        }
    })
}

fn truncated(count: i64, whole: &str) -> Val {
    let size = usize::try_from(count.unsigned_abs()).unwrap_or(usize::MAX);
    if size >= whole.len() {
        return whole.into();
    }
    let (from, to) = if count < 0 {
        (whole.len() - size, whole.len())
    } else {
        (0, size)
    };
    bytes(whole, from, to).unwrap_or_else(|| whole.into())
}

/// Cut to `width` bytes with dots for what is missing, on both sides if `offset` is beyond 4.
fn abbreviated(offset: i64, width: i64, whole: &str) -> Val {
    let width = match usize::try_from(width) {
        Ok(width) if width >= 4 => width,
        _ => return whole.into(),
    };
    let length = whole.len();
    if length <= width {
        return whole.into();
    }
    let room = width - 3;
    let offset = usize::try_from(offset).unwrap_or(0).min(length);
    let offset = if length - offset < room {
        length - room
    } else {
        offset
    };
    let piece = |from: usize, to: usize| {
        let cut = whole.as_bytes().get(from..to).unwrap_or_default();
        String::from_utf8_lossy(cut).into_owned()
    };
    if offset <= 4 {
        return format!("{}...", piece(0, room)).into();
    }
    if width < 7 {
        return "".into();
    }
    if offset + room < length {
        let rest = piece(offset, length);
        let cut = abbreviated(0, i64::try_from(room).unwrap_or(i64::MAX), &rest);
        // Too little room for the dots on the right gives none of the text.
        let cut = if room < 4 {
            String::new()
        } else {
            strval(&cut)
        };
        return format!("...{cut}").into();
    }
    format!("...{}", piece(length - room, length)).into()
}

fn quoted(args: &[Val], show: impl Fn(&Val) -> String) -> Outcome {
    let parts: Vec<String> = args
        .iter()
        .filter(|value| !matches!(value, Val::Nil))
        .map(show)
        .collect();
    Ok(parts.join(" ").into())
}

fn pieces<'t>(whole: &'t str, separator: &str, limit: i64) -> Vec<&'t str> {
    let limit = match limit {
        0 => return Vec::new(),
        limit => usize::try_from(limit).unwrap_or(usize::MAX),
    };
    if separator.is_empty() {
        // Go splits into characters, with no empty ends.
        let mut parts: Vec<&str> = Vec::new();
        let mut rest = whole;
        while let Some(c) = rest.chars().next() {
            if parts.len() + 1 == limit {
                parts.push(rest);
                return parts;
            }
            let (head, tail) = rest.split_at(c.len_utf8());
            parts.push(head);
            rest = tail;
        }
        return parts;
    }
    whole.splitn(limit, separator).collect()
}

/// `_0`, `_1`, …
fn numbered(parts: Vec<&str>) -> Val {
    let items = parts
        .iter()
        .enumerate()
        .map(|(index, part)| (format!("_{index}"), Val::str(part)));
    Val::typed_map("string", items.collect())
}

/// Breaks lines at blanks before `width` bytes; a longer word is cut only if `cut` is set.
fn wrapped(width: i64, newline: &str, cut: bool, whole: &str) -> Val {
    let width = usize::try_from(width).unwrap_or(1).max(1);
    let newline = if newline.is_empty() { "\n" } else { newline };
    let bytes = whole.as_bytes();
    let mut out: Vec<u8> = Vec::new();
    let mut at = 0;
    while bytes.len().saturating_sub(at) > width && out.len() <= MAX_TEXT {
        let line = bytes.get(at..at + width + 1).unwrap_or_default();
        if line.first() == Some(&b' ') {
            at += 1;
            continue;
        }
        let end = match line.iter().rposition(|&byte| byte == b' ') {
            Some(blank) => at + blank,
            None if cut => at + width,
            None => bytes
                .iter()
                .skip(at + width)
                .position(|&byte| byte == b' ')
                .map_or(bytes.len(), |blank| at + width + blank),
        };
        out.extend_from_slice(bytes.get(at..end).unwrap_or_default());
        if end == bytes.len() {
            return String::from_utf8_lossy(&out).into_owned().into();
        }
        out.extend_from_slice(newline.as_bytes());
        at = if bytes.get(end) == Some(&b' ') && !(cut && end == at + width) {
            end + 1
        } else {
            end
        };
    }
    out.extend_from_slice(bytes.get(at..).unwrap_or_default());
    String::from_utf8_lossy(&out).into_owned().into()
}
