//! Line ends inside descriptions: markdown's two-space breaks, `<br/>` in cells, code on one line.

/// Two spaces before each line end that a word follows, blank lines between or not.
pub fn paragraph_breaks(text: &str) -> String {
    if !text.contains('\n') {
        return text.to_owned();
    }
    let bytes = text.as_bytes();
    let mut out = String::with_capacity(text.len() + 32);
    let mut from = 0;
    while let Some(at) = bytes
        .get(from..)
        .and_then(|rest| memchr::memchr(b'\n', rest))
    {
        let end = from + at;
        let blanks = bytes.get(end + 1..).unwrap_or_default();
        let blanks = blanks
            .iter()
            .take_while(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | 0x0c))
            .count();
        let next = end + 1 + blanks;
        let breaks = bytes
            .get(next)
            .is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_');
        let line = text.get(from..end).unwrap_or_default();
        if breaks {
            let (line, end) = line
                .strip_suffix('\r')
                .map_or((line, ""), |line| (line, "\r"));
            out.push_str(line);
            out.push_str("  ");
            out.push_str(end);
            out.push_str(text.get(from + at..next).unwrap_or_default());
            from = next;
        } else {
            out.push_str(line);
            out.push('\n');
            from = end + 1;
        }
    }
    out.push_str(text.get(from..).unwrap_or_default());
    out.replace("    \n", "  \n")
        .replace("  \n\n", "\n\n")
        .replace("\n  \n", "\n\n")
}

/// The text of a cell: no line ends are left.
pub fn table_breaks(text: &str, html: bool) -> String {
    let end = if html { "<br/>" } else { " " };
    let text = text.trim();
    if !text.contains('\n') {
        return text.to_owned();
    }
    paragraph_breaks(text)
        .replace("  \n", end)
        .replace('\n', end)
}

/// A block of code on one line, with a blank on either side of each `=`.
pub fn one_line_code(code: &str) -> String {
    let lines = code.split('\n').filter(|line| !line.trim().is_empty());
    let lines: Vec<String> = lines
        .map(|line| spaced_equals(line).trim_start().to_owned())
        .collect();
    lines.join(" ")
}

fn spaced_equals(line: &str) -> String {
    let blank = |c: char| matches!(c, ' ' | '\t' | '\n' | '\r' | '\u{c}');
    let mut parts = line.split('=');
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        out.truncate(out.trim_end_matches(blank).len());
        // The blanks between two signs belong to the first.
        out.push_str(if out.ends_with('=') { "  = " } else { " = " });
        out.push_str(part.trim_start_matches(blank));
    }
    out
}
