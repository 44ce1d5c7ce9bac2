//! Underscores and pipes that markdown would take for its own.

use pulldown_cmark::{Event, Parser, Tag};

use super::{Piece, segments};

/// Which underscores are escaped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Escape {
    Off,
    /// By the original's rules.
    Original,
    /// All but those of code and of emphasis, as markdown understands them.
    Meaning,
}

/// Escapes underscores and pipes (in tables), both outside single backticks.
pub fn escape(text: &str, escape: Escape, pipe: bool) -> String {
    let on = escape != Escape::Off;
    let text = if pipe && text.contains('|') {
        outside_backticks(text, |piece| piece.replace('|', "\\|"))
    } else {
        text.to_owned()
    };
    if escape == Escape::Meaning {
        return meant(&text);
    }
    if on && text.contains('_') {
        outside_backticks(&text, |piece| {
            let mut out = String::with_capacity(piece.len() + 16);
            for (at, line) in piece.split('\n').enumerate() {
                if at > 0 {
                    out.push('\n');
                }
                underscores(line, &mut out);
            }
            out
        })
    } else if (on || pipe) && text.contains('`') {
        // Cutting at backticks drops those of empty pieces.
        outside_backticks(&text, str::to_owned)
    } else {
        text
    }
}

/// Escapes the underscores that are neither in code nor marks of emphasis.
fn meant(text: &str) -> String {
    if !text.contains('_') {
        return text.to_owned();
    }
    let mut kept = Vec::new();
    for (event, range) in Parser::new(text).into_offset_iter() {
        let marks = match event {
            Event::Code(_) | Event::Start(Tag::CodeBlock(_)) => {
                kept.push(range);
                continue;
            }
            Event::Start(Tag::Emphasis) => 1,
            Event::Start(Tag::Strong) => 2,
            _ => continue,
        };
        kept.push(range.start..range.start + marks);
        kept.push(range.end - marks..range.end);
    }
    kept.sort_unstable_by_key(|range| (range.start, range.end));
    let mut kept = kept.into_iter().peekable();
    let mut out = String::with_capacity(text.len() + 8);
    for (at, c) in text.char_indices() {
        while kept.next_if(|range| range.end <= at).is_some() {}
        // What is escaped already stays as it is.
        let marked = kept.peek().is_some_and(|range| range.contains(&at)) || out.ends_with('\\');
        if c == '_' && !marked {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

fn outside_backticks(text: &str, mut change: impl FnMut(&str) -> String) -> String {
    segments(text, "`", |piece, kind| match kind {
        Piece::Normal => change(piece),
        Piece::Code { .. } => format!("`{piece}`"),
    })
}

/// Blanks as regular expressions in Go know them.
fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | 0x0c)
}

/// Escapes the underscores of a line but for those that open it, and one emphasis with blanks around it.
fn underscores(line: &str, out: &mut String) {
    let bytes = line.as_bytes();
    // All that stays has a blank behind it somewhere.
    let stays = |at: usize| bytes.get(at + 1).copied().is_some_and(is_blank);
    let mut keep = Vec::new();
    if memchr::memchr_iter(b'_', bytes).any(stays) {
        keep = vec![false; bytes.len()];
        let leading = leading_run(bytes);
        if let Some(run) = leading.clone() {
            keep.get_mut(run)
                .into_iter()
                .flatten()
                .for_each(|kept| *kept = true);
        }
        for run in emphasis(bytes, &keep) {
            keep.get_mut(run)
                .into_iter()
                .flatten()
                .for_each(|kept| *kept = true);
        }
    }
    let mut behind = 0;
    for at in memchr::memchr_iter(b'_', bytes) {
        if !keep.get(at).copied().unwrap_or(false) {
            out.push_str(line.get(behind..at).unwrap_or_default());
            out.push('\\');
            behind = at;
        }
    }
    out.push_str(line.get(behind..).unwrap_or_default());
}

/// Underscores at the start of a line, with a blank after them.
fn leading_run(bytes: &[u8]) -> Option<std::ops::Range<usize>> {
    let start = bytes.iter().position(|byte| !is_blank(*byte))?;
    let end = start
        + bytes
            .get(start..)?
            .iter()
            .take_while(|byte| **byte == b'_')
            .count();
    (end > start && bytes.get(end).copied().is_some_and(is_blank)).then_some(start..end)
}

/// The first opening run (blank, underscores, text) and the last closing run (text, underscores, blank).
fn emphasis(bytes: &[u8], kept: &[bool]) -> Vec<std::ops::Range<usize>> {
    let mark = |at: usize| bytes.get(at) == Some(&b'_') && !kept.get(at).copied().unwrap_or(false);
    let text = |at: usize| bytes.get(at).is_some_and(|byte| !is_blank(*byte)) && !mark(at);
    let run_end = |mut at: usize| {
        while mark(at) {
            at += 1;
        }
        at
    };
    // The last closing run, looking from the end.
    let mut close = None;
    let mut at = bytes.len();
    while let Some(before) = at.checked_sub(1) {
        at = before;
        if mark(at) && bytes.get(at + 1).copied().is_some_and(is_blank) {
            let mut start = at;
            while start > 0 && mark(start - 1) {
                start -= 1;
            }
            if start > 0 && text(start - 1) {
                close = Some(start..at + 1);
                break;
            }
            at = start;
        }
    }
    let Some(close) = close else {
        return Vec::new();
    };
    let last_text = last_char_start(bytes, close.start);
    let mut at = 0;
    while at < close.start {
        if bytes.get(at).copied().is_some_and(is_blank) && mark(at + 1) {
            let end = run_end(at + 1);
            if text(end) && end < last_text {
                return vec![at + 1..end, close];
            }
            at = end;
        } else {
            at += 1;
        }
    }
    Vec::new()
}

/// Where the character before `end` begins.
fn last_char_start(bytes: &[u8], end: usize) -> usize {
    let mut at = end.saturating_sub(1);
    while at > 0 && bytes.get(at).is_some_and(|byte| byte & 0xc0 == 0x80) {
        at -= 1;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn underscores_are_escaped_but_for_leading_runs_and_the_outermost_emphasis() {
        let cases = [
            ("a_b", "a\\_b"),
            ("is _here_ now", "is _here_ now"),
            ("_here_ now", "\\_here\\_ now"),
            ("is _here_", "is \\_here\\_"),
            ("x _a_ y _b_ z", "x _a\\_ y \\_b_ z"),
            ("__ foo", "__ foo"),
            ("x _a_ z", "x \\_a\\_ z"),
            ("`a_b` c_d", "`a_b` c\\_d"),
        ];
        for (text, escaped) in cases {
            assert_eq!(escape(text, Escape::Original, false), escaped, "{text}");
        }
    }

    #[test]
    fn by_meaning_emphasis_and_code_keep_their_underscores() {
        let cases = [
            ("_x_y_", "_x\\_y_"),
            (" _x_y_ ", " _x\\_y_ "),
            ("a_b_c", "a\\_b\\_c"),
            ("_a_, __b__ and _c", "_a_, __b__ and \\_c"),
            ("_ x _", "\\_ x \\_"),
            ("``a_`b`` c_d", "``a_`b`` c\\_d"),
            ("_see `a_b`_ c_d", "_see `a_b`_ c\\_d"),
            ("a\\_b", "a\\_b"),
            ("*a_b* **_c_**", "*a\\_b* **_c_**"),
        ];
        for (text, escaped) in cases {
            assert_eq!(escape(text, Escape::Meaning, false), escaped, "{text}");
        }
    }
}
