//! The text rules of descriptions, headers and cells, shared by markdown and asciidoc.
//! They repeat the original's order of replacements, quirks included: old READMEs depend on them.

mod cleanup;
mod escape;
mod lines;
mod url;

pub use cleanup::cleanup;
pub use escape::{Escape, escape};
pub use lines::{one_line_code, paragraph_breaks, table_breaks};
pub use url::plain_urls;

/// A name in a heading or cell: underscores escaped.
pub fn name(name: &str, escape: bool) -> String {
    if escape {
        name.replace('_', "\\_")
    } else {
        name.to_owned()
    }
}

/// A header or footer. Line ends stay as they are.
pub fn section(text: &str, escape: Escape) -> String {
    or_none(text, |text| {
        segments(text, "```", |piece, kind| match kind {
            Piece::Normal => normal(piece, escape, false, |text| text),
            Piece::Code { .. } => {
                let closed = piece
                    .rsplit('\n')
                    .next()
                    .is_some_and(|last| last.trim().is_empty());
                fence(piece, if closed { "" } else { "\n" })
            }
        })
    })
}

/// A description in a document.
pub fn document(text: &str, escape: Escape) -> String {
    or_none(text, |text| {
        segments(text, "```", |piece, kind| match kind {
            Piece::Normal => normal(piece, escape, false, |text| paragraph_breaks(&text)),
            Piece::Code { .. } => fence(piece, if piece.ends_with('\n') { "" } else { "\n" }),
        })
    })
}

/// A cell of a markdown table.
pub fn markdown_cell(text: &str, escape: Escape, html: bool) -> String {
    or_none(text, |text| {
        segments(text, "```", |piece, kind| match kind {
            Piece::Normal => normal(piece, escape, true, |text| table_breaks(&text, html)),
            Piece::Code { .. } if html => listing(piece),
            Piece::Code { first, last } => {
                let code = one_line_code(piece.trim()).replace(['\n', '\r'], "");
                format!(
                    "{}```{code}```{}",
                    if first { "" } else { " " },
                    if last { "" } else { " " }
                )
            }
        })
    })
}

/// What `markdown_cell` makes of a type or value as code, at once; none where it has signs that the rules are about.
pub fn plain_code_cell(code: &str, html: bool) -> Option<String> {
    let bytes = code.as_bytes();
    if memchr::memchr(b'`', bytes).is_some() {
        return None;
    }
    if memchr::memchr(b'\n', bytes).is_some() {
        return html.then(|| listing(code));
    }
    let plain = memchr::memchr(b'\\', bytes).is_none();
    plain.then(|| ["`", code, "`"].concat())
}

/// Lines of code in a cell of HTML.
fn listing(code: &str) -> String {
    let code = code.trim();
    let mut out = String::with_capacity(code.len() + code.len() / 4 + 16);
    out.push_str("<pre>");
    for (at, line) in code.split('\n').enumerate() {
        if at > 0 {
            out.push_str("<br/>");
        }
        out.extend(line.split('\r'));
    }
    out.push_str("</pre>");
    out
}

/// A cell of an asciidoc table.
pub fn asciidoc_cell(text: &str, escape: Escape) -> String {
    or_none(text, |text| {
        segments(text, "```", |piece, kind| match kind {
            Piece::Normal => normal(piece, escape, true, |text| text),
            Piece::Code { .. } => format!("[source]\n----\n{}\n----", piece.trim()),
        })
    })
}

fn or_none(text: &str, sanitize: impl FnOnce(&str) -> String) -> String {
    if text.is_empty() {
        "n/a".to_owned()
    } else {
        sanitize(text)
    }
}

fn normal(piece: &str, on: Escape, pipe: bool, breaks: impl FnOnce(String) -> String) -> String {
    let text = breaks(escape(piece, on, pipe));
    if on == Escape::Off {
        text
    } else {
        plain_urls(text)
    }
}

fn fence(piece: &str, end: &str) -> String {
    format!("```{piece}{end}```")
}

/// What a piece between markers is; `first` and `last` when there is nothing but blanks beside it.
pub(crate) enum Piece {
    Normal,
    Code { first: bool, last: bool },
}

/// Whether a marker of backticks is in the text. Most texts have not one, and one byte is quickly looked for.
fn has(text: &str, marker: &str) -> bool {
    let bytes = text.as_bytes();
    memchr::memchr_iter(b'`', bytes).any(|at| {
        bytes
            .get(at..)
            .is_some_and(|rest| rest.starts_with(marker.as_bytes()))
    })
}

/// Cuts at the marker and joins what `each` makes of the pieces, which alternate between normal and code.
/// Empty pieces do not count for the alternation, as in the original.
pub(crate) fn segments(
    text: &str,
    marker: &str,
    mut each: impl FnMut(&str, Piece) -> String,
) -> String {
    if !has(text, marker) {
        return each(text, Piece::Normal);
    }
    let pieces: Vec<&str> = text.split(marker).collect();
    let blank = |at: Option<usize>| {
        at.and_then(|at| pieces.get(at))
            .is_none_or(|piece| piece.trim().is_empty())
    };
    let mut code = text.starts_with(marker);
    let mut out = String::with_capacity(text.len() + 16);
    for (at, piece) in pieces
        .iter()
        .enumerate()
        .filter(|(_, piece)| !piece.is_empty())
    {
        let kind = if code {
            Piece::Code {
                first: blank(at.checked_sub(1)),
                last: blank(Some(at + 1)),
            }
        } else {
            Piece::Normal
        };
        out.push_str(&each(piece, kind));
        code = !code;
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_plain_code_cell_is_what_the_rules_make_of_it(code in "[a-z_|<\"\\\\` \r\n:/.*-]{1,24}", html: bool) {
            let fenced = match code.contains('\n') {
                true => format!("\n\n```\n{code}\n```\n"),
                false => format!("`{code}`"),
            };
            for escape in [Escape::Off, Escape::Original] {
                if let Some(cell) = plain_code_cell(&code, html) {
                    prop_assert_eq!(cell, markdown_cell(&fenced, escape, html));
                }
            }
        }
    }
}
