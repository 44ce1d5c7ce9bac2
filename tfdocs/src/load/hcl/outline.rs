//! From the scanner's places to the syntax tree of what is documented: only those few values are parsed.

use std::ops::Range;

use super::Problem;
use super::literal::literal;
use super::parser::parse_expression;
use super::scan::{OutlineBlock, scan};
use super::tree::{Attribute, Block, Body, Expr, Kind, Label, Part};
use crate::value::Value;

/// The documented part of a file, by the fast way. None when the file needs the parser. With `aliases` the providers
/// that modules are given are read, too.
pub(crate) fn outline<'a>(source: &'a [u8], aliases: bool) -> Option<Body<'a>> {
    let outline = scan(source)?;
    let mut problems = Vec::new();
    let mut body = Body::default();
    for block in &outline.blocks {
        body.blocks
            .push(tree(source, block, "", aliases, &mut problems)?);
    }
    // The scanner and the parser disagree: the parser is right.
    problems.is_empty().then_some(body)
}

/// Arguments that are read, by block.
fn is_read(kind: &str, name: &str) -> bool {
    match kind {
        "variable" => matches!(name, "type" | "description" | "default" | "sensitive"),
        "output" => matches!(name, "description" | "sensitive"),
        "provider" => matches!(name, "version" | "alias"),
        "resource" | "data" => name == "provider",
        "module" => matches!(name, "source" | "version"),
        "terraform" => name == "required_version",
        "required_providers" => true,
        _ => false,
    }
}

fn text(source: &[u8], span: Range<usize>) -> Option<&str> {
    std::str::from_utf8(source.get(span)?).ok()
}

fn tree<'a>(
    source: &'a [u8],
    outline: &OutlineBlock,
    parent: &str,
    aliases: bool,
    problems: &mut Vec<Problem>,
) -> Option<Block<'a>> {
    let kind = text(source, outline.kind.clone())?;
    let mut block = Block {
        kind,
        kind_span: outline.kind.clone(),
        labels: Vec::new(),
        body: Body::default(),
    };
    for label in &outline.labels {
        block.labels.push(Label {
            text: text(source, label.clone())?.to_owned(),
            span: label.clone(),
        });
    }
    // The same name deeper down is something else.
    let read_here = if parent.is_empty() || parent == "terraform" {
        kind
    } else {
        ""
    };
    for (name_span, value) in &outline.attributes {
        let name = text(source, name_span.clone())?;
        if is_read(read_here, name) || (aliases && read_here == "module" && name == "providers") {
            let value = if name == "type" && is_type(text(source, value.clone())?) {
                // Shown as it is written: no need to know what it says.
                Expr {
                    kind: Kind::Broken,
                    span: value.clone(),
                }
            } else if let Some(plain) = plain_default(source, read_here, name, value) {
                Expr {
                    kind: Kind::Literal(plain),
                    span: value.clone(),
                }
            } else if let Some(plain) = plain_string(source, value.clone()) {
                // Most descriptions are: no need of tokens.
                Expr {
                    kind: Kind::Template(vec![Part::Text(plain.to_owned())]),
                    span: value.clone(),
                }
            } else {
                parse_expression(source, value.clone(), problems)
            };
            block.body.attributes.push(Attribute {
                name,
                name_span: name_span.clone(),
                value,
            });
        }
    }
    if kind == "terraform" || kind == "required_providers" {
        for inner in &outline.blocks {
            block
                .body
                .blocks
                .push(tree(source, inner, kind, aliases, problems)?);
        }
    }
    Some(block)
}

/// The default of a variable, where there is nothing to compute.
fn plain_default(source: &[u8], kind: &str, name: &str, value: &Range<usize>) -> Option<Value> {
    let is_default = kind == "variable" && name == "default";
    literal(text(source, value.clone()).filter(|_| is_default)?)
}

/// The text of a quoted string in which no character means anything else than itself.
fn plain_string(source: &[u8], value: Range<usize>) -> Option<&str> {
    let inside = text(source, value)?.strip_prefix('"')?.strip_suffix('"')?;
    let special = |byte: &u8| matches!(byte, b'"' | b'\\' | b'$' | b'%' | b'\n' | b'\r');
    (!inside.is_empty() && !inside.as_bytes().iter().any(special)).then_some(inside)
}

/// Whether a type begins with a word, so that it cannot come to a string.
fn is_type(value: &str) -> bool {
    value.starts_with(|c: char| c.is_ascii_alphabetic())
        && !value.starts_with("true")
        && !value.starts_with("false")
}
