//! A file in memory: lines and columns of offsets, the comment above a block, headers in block comments.

use std::ops::Range;
use std::sync::Arc;

use super::hcl::Problem;
use crate::diagnostic::{Diagnostic, Place, Severity};
use crate::model::Position;

/// A file's path as it is shown, its bytes, and where its lines begin.
pub(crate) struct Source {
    pub(crate) path: Arc<str>,
    pub(crate) bytes: Vec<u8>,
    starts: Vec<u32>,
}

impl Source {
    pub(crate) fn new(path: &str, bytes: Vec<u8>) -> Self {
        let mut starts = Vec::with_capacity(bytes.len() / 24 + 1);
        starts.push(0);
        starts.extend(memchr::memchr_iter(b'\n', &bytes).map(|at| at as u32 + 1));
        Source {
            path: Arc::from(path),
            bytes,
            starts,
        }
    }

    /// Line of an offset, from 1.
    pub(crate) fn line(&self, offset: usize) -> u32 {
        self.starts
            .partition_point(|start| *start as usize <= offset) as u32
    }

    pub(crate) fn position(&self, offset: usize) -> Position {
        let line = self.line(offset);
        let start = self
            .starts
            .get(line as usize - 1)
            .map_or(0, |start| *start as usize);
        Position {
            file: self.path.clone(),
            line,
            column: characters(&self.bytes, start..offset) + 1,
        }
    }

    /// The bytes of a line, from 1, with its line end.
    fn line_bytes(&self, line: u32) -> &[u8] {
        let start = self
            .starts
            .get(line as usize - 1)
            .map_or(self.bytes.len(), |start| *start as usize);
        let end = self
            .starts
            .get(line as usize)
            .map_or(self.bytes.len(), |start| *start as usize);
        self.bytes.get(start..end).unwrap_or_default()
    }

    pub(crate) fn diagnostic(&self, problem: Problem) -> Diagnostic {
        let position = self.position(problem.span.start.min(self.bytes.len()));
        let line = self.line_bytes(position.line);
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        let text = String::from_utf8_lossy(line.strip_suffix(b"\r").unwrap_or(line)).into_owned();
        let width = characters(&self.bytes, problem.span.clone());
        let room = (text.chars().count() as u32 + 1)
            .saturating_sub(position.column)
            .max(1);
        // The one message that names its file needs to be told which.
        let detail = problem.detail.replace("{FILE}", &self.path);
        let place = Place {
            file: self.path.clone(),
            line: position.line,
            column: position.column,
            width: width.clamp(1, room),
            text,
        };
        Diagnostic {
            severity: Severity::Error,
            summary: problem.summary,
            detail,
            place: Some(place),
        }
    }

    /// The comment directly above `line` that keeps its lines: `#` and `//` at any column, or a block comment.
    pub(crate) fn whole_comment_above(&self, line: u32) -> String {
        let text = |line: u32| {
            crate::bytes::decode(self.line_bytes(line))
                .trim()
                .to_owned()
        };
        let mut lines = Vec::new();
        let mut at = line;
        while at > 1 {
            let above = text(at - 1);
            if above.ends_with("*/") {
                // Up to the line that opens it, and only when nothing else stands before it there.
                let Some(open) = (1..at).rev().find(|line| text(*line).contains("/*")) else {
                    break;
                };
                if !text(open).starts_with("/*") {
                    break;
                }
                lines.extend((open..at).rev().map(|line| in_block(&text(line))));
                at = open;
            } else if above.starts_with('#') || above.starts_with("//") {
                let bare = above.trim_start_matches('#');
                let bare = bare.strip_prefix("//").unwrap_or(bare);
                lines.push(bare.strip_prefix(' ').unwrap_or(bare).to_owned());
                at -= 1;
            } else {
                break;
            }
        }
        lines.reverse();
        lines.join("\n").trim().to_owned()
    }

    /// The lines directly above `line` that begin with `#` or `//` in column 1, joined by a space.
    pub(crate) fn comment_above(&self, line: u32) -> String {
        let is_comment = |line: u32| {
            let bytes = self.line_bytes(line);
            bytes.starts_with(b"#") || bytes.starts_with(b"//")
        };
        let mut first = line;
        while first > 1 && is_comment(first - 1) {
            first -= 1;
        }
        if first == line {
            return String::new();
        }
        let texts: Vec<String> = (first..line)
            .map(|line| {
                let text = crate::bytes::decode(self.line_bytes(line));
                let text = text.trim();
                let text = text.strip_prefix('#').unwrap_or(text);
                text.strip_prefix("//").unwrap_or(text).trim().to_owned()
            })
            .collect();
        texts.join(" ")
    }
}

/// A line of a block comment without its marks.
fn in_block(line: &str) -> String {
    let line = line.strip_suffix("*/").unwrap_or(line);
    let line = line.strip_prefix("/*").unwrap_or(line);
    let line = line.trim_start_matches('*').trim_end();
    line.strip_prefix(' ').unwrap_or(line).to_owned()
}

fn characters(bytes: &[u8], span: Range<usize>) -> u32 {
    let bytes = bytes.get(span).unwrap_or_default();
    bytes.iter().filter(|byte| (**byte & 0xc0) != 0x80).count() as u32
}

/// Line and column of an offset, from 1, in text that has no line index.
pub(crate) fn line_column(bytes: &[u8], offset: usize) -> (u32, u32) {
    let before = bytes.get(..offset).unwrap_or_default();
    let start = memchr::memrchr(b'\n', before).map_or(0, |at| at + 1);
    (
        memchr::memchr_iter(b'\n', before).count() as u32 + 1,
        characters(bytes, start..offset) + 1,
    )
}

/// The text of the block comment that a `.tf` file begins with, as the original reads it.
///
/// # Errors
/// The original's text for a file that is a single comment line.
pub(crate) fn header_comment(bytes: &[u8]) -> Result<String, String> {
    let mut lines = Vec::new();
    let mut count = 0;
    let mut ended = false;
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        let line = crate::bytes::decode(line);
        let trimmed = line.trim();
        if !(trimmed.starts_with("/*") || trimmed.starts_with('*')) {
            ended = true;
            break;
        }
        count += 1;
        if trimmed.starts_with("/*") || trimmed.starts_with("*/") {
            continue;
        }
        if trimmed == "*" {
            lines.push(String::new());
            continue;
        }
        let line = line.trim_start_matches(' ').trim_end_matches(['\r', '\n']);
        lines.push(line.strip_prefix("* ").unwrap_or(line).to_owned());
    }
    match (ended, count) {
        (false, 1) => Err("only 1 line".into()),
        _ => Ok(lines.join("\n")),
    }
}
