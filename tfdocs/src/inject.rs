//! Generated text into a file that people write: between two marker comments, or instead of the whole file.

use std::ops::Range;

/// The lines that stand before and after the content in the target file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Markers {
    pub begin: String,
    pub end: String,
}

impl Markers {
    /// First and last line of an output template, trimmed.
    pub fn of(template: &str) -> Markers {
        let line = |line: Option<&str>| line.unwrap_or_default().trim().to_owned();
        Markers {
            begin: line(template.split('\n').next()),
            end: line(template.rsplit('\n').next()),
        }
    }
}

/// Why a file cannot take the content; the texts are the original's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InjectError {
    #[error("begin comment is missing")]
    BeginMissing,
    #[error("end comment is missing")]
    EndMissing,
    #[error("end comment is before begin comment")]
    Swapped,
}

/// The existing text with what is between the first begin and the first end marker replaced by `generated`, which
/// holds the markers itself. Without markers it is appended; an empty file becomes it.
///
/// ```
/// use tfdocs::inject::{Markers, inject};
/// let markers = Markers { begin: "<!-- A -->".into(), end: "<!-- B -->".into() };
/// let readme = "# Title\n\n<!-- A -->\nold\n<!-- B -->\nmore\n";
/// let new = inject(readme, "<!-- A -->\nnew\n<!-- B -->", &markers, &[]).unwrap();
/// assert_eq!(new, "# Title\n\n<!-- A -->\nnew\n<!-- B -->\nmore\n");
/// ```
///
/// # Errors
/// When only one of the markers is there, or the end stands first.
pub fn inject(
    existing: &str,
    generated: &str,
    markers: &Markers,
    code: &[Range<usize>],
) -> Result<String, InjectError> {
    if existing.is_empty() {
        return Ok(generated.to_owned());
    }
    let begin = find(existing, &markers.begin, code);
    let end = find(existing, &markers.end, code);
    let (begin, end) = match (begin, end) {
        (None, None) => return Ok(format!("{existing}\n{generated}")),
        (None, Some(_)) => return Err(InjectError::BeginMissing),
        (Some(_), None) => return Err(InjectError::EndMissing),
        (Some(begin), Some(end)) if end < begin => return Err(InjectError::Swapped),
        (Some(begin), Some(end)) => (begin, end + markers.end.len()),
    };
    let (before, after) = (existing.get(..begin), existing.get(end..));
    Ok([
        before.unwrap_or_default(),
        generated,
        after.unwrap_or_default(),
    ]
    .concat())
}

/// The first occurrence outside `code`, the ranges that are left alone.
fn find(text: &str, marker: &str, code: &[Range<usize>]) -> Option<usize> {
    let mut found = text.match_indices(marker).map(|(at, _)| at);
    found.find(|at| !code.iter().any(|range| range.contains(at)))
}
