//! `.tf.json` files: JSON with positions, unfolded into the same blocks and expressions as the native syntax has.

use std::ops::Range;

use super::hcl::eval::composed;
use super::hcl::tree::Label;
use super::hcl::{Attribute, Block, Body, Expr, Kind, Problem, tree};
use super::json_syntax::{Json, Member, Node, parse};
use super::native::label_names;
use crate::value::Value;

/// A file's blocks, borrowed from its parsed JSON.
pub(super) struct Document(Json);

impl Document {
    /// Parses a file; what is no JSON leaves an empty document.
    pub(super) fn parse(source: &[u8]) -> (Document, Vec<Problem>) {
        let (root, mut problems) = parse(source);
        if matches!(root.node, Node::Object(_) | Node::Array(_)) {
            return (Document(root), problems);
        }
        let detail = "The root value in a JSON-based configuration must be either a JSON object or an array of JSON objects.";
        problems.push(Problem::new(
            "Root value must be object",
            detail,
            root.span.clone(),
        ));
        (
            Document(Json {
                node: Node::Object(Vec::new()),
                span: root.span,
            }),
            problems,
        )
    }

    /// The blocks that are documented.
    pub(super) fn body(&self, problems: &mut Vec<Problem>) -> Body<'_> {
        let mut body = Body::default();
        for member in members(&self.0, None, problems) {
            if let Some(names) = label_names(&member.name) {
                unpack(
                    &member.value,
                    &member.name,
                    names,
                    &mut Vec::new(),
                    &mut body.blocks,
                    problems,
                );
            }
        }
        body
    }
}

const WRONG_TYPE: &str = "Incorrect JSON value type";

/// Members of an object, or of all objects of an array. `label` is what they name.
fn members<'j>(
    json: &'j Json,
    label: Option<&str>,
    problems: &mut Vec<Problem>,
) -> Vec<&'j Member> {
    let wrong = |what: &str, span: &Range<usize>| {
        let purpose = match label {
            Some(label) => format!("to specify {label} labels for this block."),
            None => "setting the arguments for this block.".to_owned(),
        };
        Problem::new(
            WRONG_TYPE,
            format!("{what} is required here, {purpose}"),
            span.clone(),
        )
    };
    match &json.node {
        Node::Null => Vec::new(),
        Node::Object(items) => items.iter().collect(),
        Node::Array(items) => {
            let mut out = Vec::new();
            for item in items {
                match &item.node {
                    Node::Object(members) => out.extend(members),
                    _ => problems.push(wrong("A JSON object", &item.span)),
                }
            }
            out
        }
        _ => {
            problems.push(wrong(
                "Either a JSON object or JSON array of objects",
                &json.span,
            ));
            Vec::new()
        }
    }
}

/// Peels off the labels, one level of objects each, then makes a block of each object.
fn unpack<'j>(
    json: &'j Json,
    kind: &'j str,
    names: &[&str],
    labels: &mut Vec<(&'j str, Range<usize>)>,
    blocks: &mut Vec<Block<'j>>,
    problems: &mut Vec<Problem>,
) {
    if let Some((name, rest)) = names.split_first() {
        let found = members(json, Some(name), problems);
        if found.is_empty() {
            let detail = format!(
                "At least one object property is required, whose name represents the {kind} block's {name}."
            );
            problems.push(Problem::new(
                "Missing block label",
                detail,
                json.span.clone(),
            ));
        }
        for member in found {
            labels.push((&member.name, member.name_span.clone()));
            unpack(&member.value, kind, rest, labels, blocks, problems);
            labels.pop();
        }
        return;
    }
    let mut block = |content: &'j Json| {
        let labels = labels.iter().map(|(text, span)| Label {
            text: (*text).to_owned(),
            span: span.clone(),
        });
        // A block stands where the bracket of its value is.
        let kind_span = json.span.start..json.span.start + 1;
        blocks.push(Block {
            kind,
            kind_span,
            labels: labels.collect(),
            body: body(content, kind, problems),
        });
    };
    match &json.node {
        Node::Null => {}
        Node::Object(_) => block(json),
        Node::Array(items) => items.iter().for_each(block),
        _ => {
            let detail = format!(
                "Either a JSON object or a JSON array is required, representing the contents of one or more {kind:?} blocks."
            );
            problems.push(Problem::new(WRONG_TYPE, detail, json.span.clone()));
        }
    }
}

fn body<'j>(json: &'j Json, kind: &str, problems: &mut Vec<Problem>) -> Body<'j> {
    let mut body = Body::default();
    if kind == "required_providers" && !matches!(json.node, Node::Object(_)) {
        let detail = "A JSON object is required here, setting the arguments for this block.";
        problems.push(Problem::new(WRONG_TYPE, detail, json.span.clone()));
        return body;
    }
    for member in members(json, None, problems) {
        if kind == "terraform" && member.name == "required_providers" {
            unpack(
                &member.value,
                &member.name,
                &[],
                &mut Vec::new(),
                &mut body.blocks,
                problems,
            );
        } else if member.name != "//" {
            if let Some(first) = body.attribute(&member.name) {
                let detail = format!(
                    "The argument {:?} was already set at {{FILE}}:{}.",
                    member.name, first.name_span.start
                );
                problems.push(Problem::new(
                    "Duplicate argument",
                    detail,
                    member.name_span.clone(),
                ));
                continue;
            }
            let value = expression(&member.value);
            body.attributes.push(Attribute {
                name: &member.name,
                name_span: member.name_span.clone(),
                value,
            });
        }
    }
    body
}

/// A value as an expression. Strings are never templates here.
fn expression(json: &Json) -> Expr<'_> {
    let kind = match &json.node {
        Node::Null => Kind::Literal(Value::Null),
        Node::Bool(value) => Kind::Literal(Value::Bool(*value)),
        Node::Number(number) => Kind::Literal(Value::Number(number.clone())),
        Node::Text(text) => Kind::Literal(Value::String(composed(text.clone()))),
        Node::Array(items) => Kind::Tuple(items.iter().map(expression).collect()),
        Node::Object(items) => Kind::Object(
            items
                .iter()
                .map(|member| tree::Item {
                    key: Expr {
                        kind: Kind::Literal(Value::String(member.name.clone())),
                        span: member.name_span.clone(),
                    },
                    forced: true,
                    value: expression(&member.value),
                })
                .collect(),
        ),
        Node::Broken => Kind::Broken,
    };
    Expr {
        kind,
        span: json.span.clone(),
    }
}
