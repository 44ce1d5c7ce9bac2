//! Sprig's regular expressions. The syntax is RE2's; where Rust's differs from it, the pattern is rewritten.

use std::borrow::Cow;

use regex::{NoExpand, Regex, RegexBuilder};

use super::super::format::MAX_TEXT;
use super::super::function::{Function, Type, int, text, too_long};
use super::super::value::Val;

pub(super) fn lookup(name: &str) -> Option<Function> {
    use Type::{Int, Str};
    match name {
        "regexMatch" => Function::fixed(&[Str, Str], |args| {
            let found = compiled(text(args, 0)).is_ok_and(|regex| regex.is_match(text(args, 1)));
            Ok(found.into())
        }),
        "mustRegexMatch" => Function::fixed(&[Str, Str], |args| {
            Ok(compiled(text(args, 0))?.is_match(text(args, 1)).into())
        }),
        "regexFind" | "mustRegexFind" => Function::fixed(&[Str, Str], |args| {
            let regex = compiled(text(args, 0))?;
            let found = regex.find(text(args, 1)).map(|found| found.as_str());
            Ok(found.unwrap_or_default().into())
        }),
        "regexFindAll" | "mustRegexFindAll" => Function::fixed(&[Str, Str, Int], |args| {
            let limit = usize::try_from(int(args, 2)).unwrap_or(usize::MAX);
            let regex = compiled(text(args, 0))?;
            let found = regex.find_iter(text(args, 1)).take(limit);
            Ok(Val::strings(found.map(|found| found.as_str())))
        }),
        "regexReplaceAll" | "mustRegexReplaceAll" => Function::fixed(&[Str, Str, Str], |args| {
            let regex = compiled(text(args, 0))?;
            let (whole, by) = (text(args, 1), text(args, 2));
            // Each `$` may bring in a whole match.
            let marks = by.matches('$').count();
            bounded(&regex, whole, by.len(), marks)?;
            Ok(regex.replace_all(whole, by).into_owned().into())
        }),
        "regexReplaceAllLiteral" | "mustRegexReplaceAllLiteral" => {
            Function::fixed(&[Str, Str, Str], |args| {
                let regex = compiled(text(args, 0))?;
                let (whole, by) = (text(args, 1), text(args, 2));
                bounded(&regex, whole, by.len(), 0)?;
                Ok(regex.replace_all(whole, NoExpand(by)).into_owned().into())
            })
        }
        "regexSplit" | "mustRegexSplit" => Function::fixed(&[Str, Str, Int], |args| {
            let regex = compiled(text(args, 0))?;
            let whole = text(args, 1);
            Ok(match usize::try_from(int(args, 2)) {
                Ok(0) => Val::strings::<&str>([]),
                Ok(limit) => Val::strings(regex.splitn(whole, limit)),
                Err(_) => Val::strings(regex.split(whole)),
            })
        }),
        "regexQuoteMeta" => Function::fixed(&[Str], |args| Ok(quoted(text(args, 0)).into())),
        _ => None,
    }
}

fn bounded(
    regex: &Regex,
    whole: &str,
    added: usize,
    marks: usize,
) -> Result<(), Cow<'static, str>> {
    let count = regex.find_iter(whole).count();
    let size = count
        .saturating_mul(added)
        .saturating_add(marks.saturating_mul(whole.len()));
    if size > MAX_TEXT {
        return Err(too_long());
    }
    Ok(())
}

/// Escapes what has a meaning in a pattern, as Go does: letters, digits, `_`, blanks and `-` stay.
fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if "\\.+*?()|[]{}^$".contains(c) {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

fn compiled(pattern: &str) -> Result<Regex, Cow<'static, str>> {
    RegexBuilder::new(&rewritten(pattern))
        .size_limit(4 << 20)
        .build()
        .map_err(|error| {
            let reason = error.to_string();
            let last = reason.lines().last().unwrap_or_default();
            let last = last.trim_start_matches("error: ").to_owned();
            format!("error parsing regexp: {last}: `{pattern}`").into()
        })
}

/// RE2's `\d \w \s \b` know ASCII only, `\Q...\E` quotes, and `{` that opens no count is itself; Rust differs in each.
fn rewritten(pattern: &str) -> String {
    let mut out = String::with_capacity(pattern.len());
    let mut in_class = false;
    let mut rest = pattern;
    while let Some(c) = rest.chars().next() {
        let (_, after) = rest.split_at(c.len_utf8());
        rest = after;
        match c {
            '\\' => rest = escape(&mut out, rest, in_class),
            '[' if in_class && !rest.starts_with(':') => out.push_str("\\["),
            '[' if !in_class => {
                in_class = true;
                out.push('[');
                if let Some(after) = rest.strip_prefix('^') {
                    out.push('^');
                    rest = after;
                }
                if let Some(after) = rest.strip_prefix(']') {
                    out.push_str("\\]");
                    rest = after;
                }
            }
            '[' => {
                // A named class: as it is, up to its end.
                let end = rest.find(":]").map_or(0, |at| at + 2);
                let (name, after) = rest.split_at(end);
                out.push('[');
                out.push_str(name);
                rest = after;
            }
            ']' if in_class => {
                in_class = false;
                out.push(']');
            }
            // Rust has operations on classes where RE2 has plain characters.
            '&' | '~' if in_class => {
                out.push('\\');
                out.push(c);
            }
            '{' if !in_class && !is_count(rest) => out.push_str("\\{"),
            c => out.push(c),
        }
    }
    out
}

fn escape<'t>(out: &mut String, rest: &'t str, in_class: bool) -> &'t str {
    let Some(c) = rest.chars().next() else {
        out.push('\\');
        return rest;
    };
    let (_, after) = rest.split_at(c.len_utf8());
    let (class, plain) = match c {
        'd' => ("0-9", "[0-9]"),
        'D' => ("[^0-9]", "[^0-9]"),
        'w' => ("0-9A-Za-z_", "[0-9A-Za-z_]"),
        'W' => ("[^0-9A-Za-z_]", "[^0-9A-Za-z_]"),
        's' => ("\\t\\n\\f\\r\\x20", "[\\t\\n\\f\\r\\x20]"),
        'S' => ("[^\\t\\n\\f\\r\\x20]", "[^\\t\\n\\f\\r\\x20]"),
        'b' => ("\\b", "(?-u:\\b)"),
        'B' => ("\\B", "(?-u:\\B)"),
        'Q' => {
            let (literal, after) = after.split_once("\\E").unwrap_or((after, ""));
            out.push_str(&regex::escape(literal));
            return after;
        }
        c => {
            out.push('\\');
            out.push(c);
            return after;
        }
    };
    out.push_str(if in_class { class } else { plain });
    after
}

fn is_count(rest: &str) -> bool {
    rest.split_once('}').is_some_and(|(count, _)| {
        count.starts_with(|c: char| c.is_ascii_digit())
            && count.bytes().all(|b| b.is_ascii_digit() || b == b',')
            && count.matches(',').count() <= 1
    })
}
