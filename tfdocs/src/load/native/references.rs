//! References such as `aws.west`: their steps, wherever they are written.

use super::super::hcl::tree::Part;
use super::super::hcl::{Expr, Kind, parse};
use crate::value::Value;

/// The steps of a reference: its root, then attributes; none inside for an index.
pub(super) fn traversal(value: &Expr) -> Option<Vec<Option<String>>> {
    match &value.kind {
        Kind::Variable(name) => Some(vec![Some((*name).to_owned())]),
        // Keywords are names here.
        Kind::Literal(Value::Null) => Some(vec![Some("null".into())]),
        Kind::Literal(Value::Bool(value)) => Some(vec![Some(value.to_string())]),
        Kind::Attribute(from, name) => {
            let mut steps = traversal(from)?;
            steps.push(Some((*name).to_owned()));
            Some(steps)
        }
        Kind::Index(from, key) => {
            let constant = matches!(
                &key.kind,
                Kind::Literal(Value::Number(_) | Value::String(_))
            ) || matches!(&key.kind, Kind::Template(parts) if matches!(parts.as_slice(), [] | [Part::Text(_)]));
            let mut steps = traversal(from).filter(|_| constant)?;
            steps.push(None);
            Some(steps)
        }
        Kind::LegacyIndex(from, _) => {
            let mut steps = traversal(from)?;
            steps.push(None);
            Some(steps)
        }
        _ => None,
    }
}

pub(super) fn quoted_traversal(text: &str) -> Option<Vec<Option<String>>> {
    let source = format!("x = {text}\n");
    let (body, problems) = parse(source.as_bytes());
    let attribute = body.attribute("x").filter(|_| problems.is_empty())?;
    traversal(&attribute.value)
}

/// The first reference somewhere in an expression.
pub(super) fn first_variable(value: &Expr) -> Option<Vec<Option<String>>> {
    if let Some(steps) = traversal(value) {
        return Some(steps);
    }
    match &value.kind {
        Kind::Attribute(from, _)
        | Kind::LegacyIndex(from, _)
        | Kind::Wrap(from)
        | Kind::Parentheses(from) => first_variable(from),
        Kind::Not(from) | Kind::Negate(from) | Kind::Splat(from, _) => first_variable(from),
        Kind::Index(a, b) | Kind::Binary(_, a, b) => {
            first_variable(a).or_else(|| first_variable(b))
        }
        Kind::Conditional(a, b, c) => first_variable(a)
            .or_else(|| first_variable(b))
            .or_else(|| first_variable(c)),
        Kind::Tuple(items) | Kind::Call(items) => items.iter().find_map(first_variable),
        Kind::Object(items) => items.iter().find_map(|item| first_variable(&item.value)),
        Kind::Template(parts) => parts.iter().find_map(|part| match part {
            Part::Value(value) => first_variable(value),
            _ => None,
        }),
        _ => None,
    }
}
