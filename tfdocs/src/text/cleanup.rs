//! The last pass over a rendered text: blanks at line ends, runs of empty lines.

/// Cuts a line's single trailing space (two or more stay) and the spaces at the very end, drops a line of exactly
/// two spaces, makes three or more line ends two, and drops two or more at the end.
pub fn cleanup(text: String) -> String {
    if is_clean(&text) {
        return without_end(text);
    }
    let text = text.as_str();
    let mut lines: Vec<(&str, &str)> = text.split_inclusive('\n').map(split_end).collect();
    if text.is_empty() || text.ends_with('\n') {
        lines.push(("", ""));
    }
    for (line, end) in &mut lines {
        if end.is_empty() {
            *line = line.trim_end_matches(' ');
        } else if line.ends_with(' ') && !line.ends_with("  ") {
            *line = line.strip_suffix(' ').unwrap_or(line);
        }
    }
    let mut out = String::with_capacity(text.len());
    // Line ends in a row so far, and the last of them.
    let mut ends: Vec<&str> = Vec::new();
    // A line end that has served to drop a line cannot serve for the next.
    let mut spent = true;
    for (line, end) in lines {
        if line == "  " && !end.is_empty() && !spent {
            spent = true;
            continue;
        }
        spent = end.is_empty();
        if !line.is_empty() {
            flush(&mut out, &mut ends);
            out.push_str(line);
        }
        if !end.is_empty() {
            ends.push(end);
        }
    }
    if ends.len() == 1 {
        flush(&mut out, &mut ends);
    }
    out
}

/// Whether there is nothing to do but at the end: so it is with most texts, and finding out is quick.
fn is_clean(text: &str) -> bool {
    let bytes = text.as_bytes();
    memchr::memchr(b'\r', bytes).is_none()
        && !text.ends_with(' ')
        && memchr::memmem::find(bytes, b" \n").is_none()
        && memchr::memmem::find(text.trim_end_matches('\n').as_bytes(), b"\n\n\n").is_none()
}

/// Without two or more line ends at the end; one stays.
fn without_end(mut text: String) -> String {
    let kept = text.trim_end_matches('\n').len();
    if text.len() > kept + 1 {
        text.truncate(kept);
    }
    text
}

fn split_end(line: &str) -> (&str, &str) {
    match line.strip_suffix("\r\n") {
        Some(line) => (line, "\r\n"),
        None => line
            .strip_suffix('\n')
            .map_or((line, ""), |line| (line, "\n")),
    }
}

fn flush(out: &mut String, ends: &mut Vec<&str>) {
    if ends.len() > 2 {
        let last = ends.last().copied().unwrap_or_default();
        *ends = vec![last, last];
    }
    out.extend(ends.drain(..));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clean_up_follows_the_originals_order() {
        let cases = [
            ("a \nb", "a\nb"),
            ("a  \nb", "a  \nb"),
            ("a   \nb   ", "a   \nb"),
            ("a\n  \nb", "a\nb"),
            ("a\n  \n  \nb", "a\n  \nb"),
            ("a\n\n\n\nb", "a\n\nb"),
            ("a\n\n\r\n\nb\n", "a\n\nb\n"),
            ("a\n\n", "a"),
            ("\n\n\nb\n", "\n\nb\n"),
            ("", ""),
            ("\n", "\n"),
        ];
        for (text, cleaned) in cases {
            assert_eq!(cleanup(text.to_owned()), cleaned, "{text:?}");
        }
    }
}
