//! Text of the old syntax's strings: escapes outside `${}`, which is kept as written; heredocs without their indent.

/// The text between quotes; none for what Go cannot unquote.
pub(super) fn unquote(inner: &str) -> Option<String> {
    let mut out = String::with_capacity(inner.len());
    let mut chars = inner.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        match c {
            '$' if matches!(chars.peek(), Some((_, '{'))) => {
                let end = sequence_end(inner.get(at..)?)?;
                out.push_str(inner.get(at..at + end)?);
                while chars.peek().is_some_and(|(next, _)| *next < at + end) {
                    chars.next();
                }
            }
            '\n' => return None,
            '\\' => {
                let (_, selector) = chars.next()?;
                let mut digits = |count: usize, radix: u32, first: Option<char>| -> Option<char> {
                    let mut code = first.and_then(|c| c.to_digit(radix)).unwrap_or(0);
                    for _ in 0..count {
                        code = code.checked_mul(radix)? + chars.next()?.1.to_digit(radix)?;
                    }
                    char::from_u32(code)
                };
                out.push(match selector {
                    'a' => '\u{7}',
                    'b' => '\u{8}',
                    'f' => '\u{c}',
                    'n' => '\n',
                    'r' => '\r',
                    't' => '\t',
                    'v' => '\u{b}',
                    '\\' => '\\',
                    '"' => '"',
                    'x' => digits(2, 16, None)?,
                    'u' => digits(4, 16, None)?,
                    'U' => digits(8, 16, None)?,
                    octal @ '0'..='7' => digits(2, 8, Some(octal))?,
                    _ => return None,
                });
            }
            c => out.push(c),
        }
    }
    Some(out)
}

/// The length of `${…}` with the braces nested in it.
fn sequence_end(text: &str) -> Option<usize> {
    let mut depth = 0;
    for (at, c) in text.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => {
                depth -= 1;
                if depth == 0 {
                    return Some(at + 1);
                }
            }
            _ => {}
        }
    }
    None
}

/// Takes the end marker's indent off every line; when a line has less, all stay as they are.
pub(super) fn outdent(body: &str, indent: usize) -> String {
    let lines: Vec<&str> = body.split_inclusive('\n').collect();
    let deep = |line: &&str| {
        line.trim_end_matches(['\r', '\n']).is_empty()
            || line.bytes().take(indent).all(|b| b == b' ' || b == b'\t')
    };
    if indent == 0 || !lines.iter().all(deep) {
        return body.to_owned();
    }
    lines
        .iter()
        .map(|line| {
            line.get(indent..)
                .unwrap_or_else(|| line.trim_start_matches([' ', '\t']))
        })
        .collect()
}
