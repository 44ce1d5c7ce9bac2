//! Web addresses in descriptions: what escaping put into them is taken out again.

/// Registered URI schemes (the IANA list and some in common use), one a line, sorted.
const SCHEMES: &str = include_str!("schemes.txt");

/// Schemes that need no `//`.
const BARE: [&str; 9] = [
    "bitcoin", "cid", "file", "magnet", "mailto", "mid", "sms", "tel", "xmpp",
];

/// Removes backslashes from every web address in the text.
pub fn plain_urls(mut text: String) -> String {
    if !text.contains('\\') || !text.contains(':') {
        return text;
    }
    let found: Vec<String> = addresses(&text)
        .into_iter()
        .filter(|url| url.contains('\\'))
        .map(str::to_owned)
        .collect();
    for url in found {
        // Wherever the same text stands, not only where it was found.
        text = replaced(&text, &url, &url.replace('\\', ""));
    }
    text
}

/// As `str::replace`, on the faster search of memchr.
fn replaced(text: &str, from: &str, to: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut behind = 0;
    for at in memchr::memmem::find_iter(text.as_bytes(), from) {
        out.push_str(text.get(behind..at).unwrap_or_default());
        out.push_str(to);
        behind = at + from.len();
    }
    out.push_str(text.get(behind..).unwrap_or_default());
    out
}

/// All addresses, from left to right.
fn addresses(text: &str) -> Vec<&str> {
    let mut out = Vec::new();
    let mut from = 0;
    for colon in memchr::memchr_iter(b':', text.as_bytes()) {
        if colon < from {
            continue;
        }
        let before = text.get(from..colon).unwrap_or_default();
        let after = text.get(colon + 1..).unwrap_or_default();
        let found = scheme(before, after.starts_with("//")).and_then(|(scheme, slashes)| {
            let start = colon + 1 + slashes;
            let length = path_length(text.get(start..)?)?;
            Some((colon - scheme, start + length))
        });
        if let Some((start, end)) = found {
            out.extend(text.get(start..end));
            from = end;
        }
    }
    out
}

/// The length of the longest scheme that ends the text, and the slashes it takes with it.
fn scheme(before: &str, slashes: bool) -> Option<(usize, usize)> {
    let run = before
        .bytes()
        .rev()
        .take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.'))
        .count();
    let word = before.get(before.len() - run..)?.to_ascii_lowercase();
    (0..word.len()).find_map(|skip| {
        let tail = word.get(skip..)?;
        if slashes && is_scheme(tail) {
            Some((tail.len(), 2))
        } else if BARE.contains(&tail) {
            Some((tail.len(), 0))
        } else {
            None
        }
    })
}

fn is_scheme(word: &str) -> bool {
    static LIST: std::sync::OnceLock<Vec<&'static str>> = std::sync::OnceLock::new();
    matches!(word, "http" | "https")
        || LIST
            .get_or_init(|| SCHEMES.lines().collect())
            .binary_search(&word)
            .is_ok()
}

/// How far an address goes: it ends with a letter, a digit, some signs, or a bracket that closes one of its own.
fn path_length(text: &str) -> Option<usize> {
    let mut end = None;
    let mut at = 0;
    while let Some(c) = text.get(at..).and_then(|rest| rest.chars().next()) {
        if let Some(length) = bracketed(text.get(at..)?) {
            at += length;
            end = Some(at);
        } else if is_middle(c) {
            at += c.len_utf8();
            if is_end(c) {
                end = Some(at);
            }
        } else {
            break;
        }
    }
    end
}

/// A bracket and its end, with at most one more pair nested at a time.
fn bracketed(text: &str) -> Option<usize> {
    let open = text.chars().next()?;
    let close = match open {
        '(' => ')',
        '[' => ']',
        '{' => '}',
        _ => return None,
    };
    let mut depth = 0;
    for (at, c) in text.char_indices() {
        if c == open {
            depth += 1;
        } else if c == close {
            depth -= 1;
        } else if !is_middle(c) {
            return None;
        }
        match depth {
            0 => return Some(at + c.len_utf8()),
            1 | 2 => {}
            _ => return None,
        }
    }
    None
}

fn is_middle(c: char) -> bool {
    if c.is_ascii() {
        c.is_ascii_alphanumeric() || "-._~%!$&'*+,;=:@/?#\\".contains(c)
    } else {
        c >= '\u{a0}' && !c.is_whitespace()
    }
}

fn is_end(c: char) -> bool {
    if c.is_ascii() {
        c.is_ascii_alphanumeric() || "-_~%$&+=/#".contains(c)
    } else {
        c.is_alphanumeric() || ('\u{e000}'..='\u{f8ff}').contains(&c)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_end_where_prose_goes_on() {
        let cases = [
            ("see https://a.b/c\\_d.", "see https://a.b/c_d."),
            ("(https://a/b\\_c) x\\_y", "(https://a/b_c) x\\_y"),
            ("https://a/b\\_(c\\_d) e", "https://a/b_(c_d) e"),
            ("mailto:a\\_b@c", "mailto:a_b@c"),
            ("nope://a\\_b", "nope://a\\_b"),
            ("**https://a\\_b/**", "**https://a_b/**"),
        ];
        for (text, plain) in cases {
            assert_eq!(plain_urls(text.to_owned()), plain, "{text}");
        }
    }
}
