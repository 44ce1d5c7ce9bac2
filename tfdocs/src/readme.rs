//! Markdown read for what it means: which parts of a README are code, and which descriptions would break the page.

use std::ops::Range;

use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag};

use crate::diagnostic::{Diagnostic, Place, Severity};
use crate::model::{Module, Position};

/// The ranges of a markdown text that are code: blocks, fenced or indented, and spans.
pub(crate) fn code_ranges(text: &str) -> Vec<Range<usize>> {
    Parser::new(text)
        .into_offset_iter()
        .filter(|(event, _)| matches!(event, Event::Code(_) | Event::Start(Tag::CodeBlock(_))))
        .map(|(_, range)| range)
        .collect()
}

/// Warnings of descriptions with a fence that is left open or a table row that has lost cells to a pipe.
pub(crate) fn warnings(module: &Module) -> Vec<Diagnostic> {
    let inputs = module
        .inputs
        .iter()
        .map(|item| ("variable", &item.name, &item.description, &item.position));
    let outputs = module
        .outputs
        .iter()
        .map(|item| ("output", &item.name, &item.description, &item.position));
    inputs
        .chain(outputs)
        .filter(|(_, _, description, _)| description.contains(['|', '`', '~']))
        .flat_map(|(kind, name, description, position)| {
            let what = format!("the description of {kind} \"{name}\"");
            problems(description)
                .into_iter()
                .map(move |problem| warning(&format!("{what} {problem}"), position))
        })
        .collect()
}

fn warning(summary: &str, position: &Position) -> Diagnostic {
    Diagnostic {
        severity: Severity::Warning,
        summary: summary.to_owned(),
        detail: String::new(),
        place: (position.line > 0).then(|| Place {
            file: position.file.clone(),
            line: position.line,
            column: position.column.max(1),
            width: 1,
            text: line_of(position),
        }),
    }
}

/// The line a block begins on, read again: warnings are few.
fn line_of(position: &Position) -> String {
    let text = std::fs::read_to_string(&*position.file).unwrap_or_default();
    let index = usize::try_from(position.line.saturating_sub(1)).unwrap_or(0);
    text.lines().nth(index).unwrap_or_default().to_owned()
}

/// What is wrong with a description, each with the way out.
fn problems(description: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut columns = 0;
    for (event, range) in Parser::new_ext(description, Options::ENABLE_TABLES).into_offset_iter() {
        let text = description.get(range.clone()).unwrap_or_default();
        match event {
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(_))) if !is_closed(text) => {
                found.push("leaves a code fence open: close it on a line of its own".into());
            }
            Event::Start(Tag::Table(alignments)) => columns = alignments.len(),
            Event::Start(Tag::TableRow) if cells(text) > columns => {
                let count = cells(text);
                let row = text.trim();
                found.push(format!(
                    "has a table row of {count} cells under {columns} columns: write a pipe inside of a cell as \\|: {row}"
                ));
            }
            _ => {}
        }
    }
    found
}

/// Whether a fenced block ends with a fence.
fn is_closed(block: &str) -> bool {
    let sign = block.trim_start().chars().next().unwrap_or('`');
    let last = block.trim_end().rsplit('\n').next().unwrap_or_default();
    let fence = last.trim_start_matches([' ', '>', '\t']);
    block.trim_end().contains('\n') && fence.len() >= 3 && fence.chars().all(|c| c == sign)
}

/// The cells of a table row as its pipes cut it.
fn cells(row: &str) -> usize {
    let row = row.trim();
    let inner = row.strip_prefix('|').unwrap_or(row);
    let inner = inner.strip_suffix('|').unwrap_or(inner);
    let mut escaped = false;
    let pipes = inner.chars().filter(|c| {
        let cuts = *c == '|' && !escaped;
        escaped = *c == '\\' && !escaped;
        cuts
    });
    pipes.count() + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_is_blocks_and_spans_and_nothing_else() {
        let text = "a\n\n```\n<!-- A -->\n```\n\n`x` <!-- B -->\n\n    indented\n";
        let code: Vec<&str> = code_ranges(text)
            .into_iter()
            .filter_map(|range| text.get(range))
            .collect();
        assert_eq!(code.len(), 3, "{code:?}");
        assert!(code.iter().any(|part| part.contains("<!-- A -->")));
        assert!(code.iter().all(|part| !part.contains("<!-- B -->")));
    }

    #[test]
    fn broken_descriptions_are_told_with_the_way_out() {
        let cases = [
            ("plain | text", 0),
            ("```\nx\n```", 0),
            ("```hcl\nx = 1", 1),
            ("~~~\nx\n```", 1),
            ("| a | b |\n|---|---|\n| 1 | 2 |", 0),
            ("| a | b |\n|---|---|\n| `x|y` | 2 |", 1),
            ("| a | b |\n|---|---|\n| `x\\|y` | 2 |", 0),
        ];
        for (description, count) in cases {
            let found = problems(description);
            assert_eq!(found.len(), count, "{description}: {found:?}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read(text in "[a|`~\n >-]{0,60}") {
            for range in code_ranges(&text) {
                assert!(text.get(range).is_some());
            }
            problems(&text);
        }
    }
}
