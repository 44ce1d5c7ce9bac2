//! What is wrong with a module, where, and how it is shown: the original's one line, then place, line and caret.

use std::fmt::{self, Write as _};
use std::sync::Arc;

/// An error keeps the original from printing anything; a warning is ours and told only with compat off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Severity {
    Error,
    Warning,
}

/// One mistake. Without a file it is about the directory or an option.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    pub severity: Severity,
    pub summary: String,
    /// May be empty: then `summary` is the whole text.
    pub detail: String,
    pub place: Option<Place>,
}

/// A range on one line of a file; lines and columns count from 1, columns in characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    pub file: Arc<str>,
    pub line: u32,
    pub column: u32,
    /// Number of characters to mark, at least 1.
    pub width: u32,
    /// The line's text.
    pub text: String,
}

impl Diagnostic {
    /// An error about no particular line.
    pub fn error(text: impl Into<String>) -> Self {
        Diagnostic {
            severity: Severity::Error,
            summary: text.into(),
            detail: String::new(),
            place: None,
        }
    }

    /// `SUMMARY: DETAIL`, as the original words it.
    pub fn message(&self) -> String {
        if self.detail.is_empty() {
            self.summary.clone()
        } else {
            format!("{}: {}", self.summary, self.detail)
        }
    }
}

/// The original's line for a list of errors: the first, and how many more there are. None without errors.
pub fn original_line(diagnostics: &[Diagnostic]) -> Option<String> {
    let mut errors = diagnostics
        .iter()
        .filter(|diagnostic| diagnostic.severity == Severity::Error);
    let first = errors.next()?.message();
    Some(match errors.count() {
        0 => first,
        others => format!("{first} (and {others} other messages)"),
    })
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        let Some(place) = &self.place else {
            return write!(f, "{kind}: {}", self.message());
        };
        writeln!(
            f,
            "{}:{}:{}: {kind}: {}",
            place.file, place.line, place.column, self.summary
        )?;
        let number = place.line.to_string();
        let margin = " ".repeat(number.len());
        let text = place.text.replace('\t', " ");
        let caret = "^".repeat(place.width.max(1) as usize);
        let before = " ".repeat(place.column.saturating_sub(1) as usize);
        writeln!(
            f,
            "{margin} |\n{number} | {text}\n{margin} | {before}{caret}"
        )?;
        let mut detail = String::new();
        for line in self.detail.lines().filter(|line| !line.is_empty()) {
            write!(detail, "\n{margin} = {line}")?;
        }
        f.write_str(detail.trim_start_matches('\n'))
    }
}
