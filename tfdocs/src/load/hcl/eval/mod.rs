//! The value of an expression without variables and functions, as HCL computes it for a `default`.

mod convert;
mod operators;
mod repeat;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::ops::Range;

pub(crate) use convert::composed;
use convert::{kind, to_bool, to_number, to_string};

use super::Problem;
use super::tree::{Expr, Kind, Part};
use crate::value::{Number, Value};

/// A value, or none where it cannot be known because of a problem that was reported.
pub(crate) type Known = Option<Value>;

/// Evaluates; each thing that is not allowed or does not fit is a problem.
pub(crate) fn evaluate(expr: &Expr, problems: &mut Vec<Problem>) -> Known {
    Scope {
        names: Vec::new(),
        anonymous: Vec::new(),
        problems,
    }
    .value(expr)
}

/// The expression as a string, the way an argument of type string takes it. None with a problem.
pub(crate) fn string(expr: &Expr, problems: &mut Vec<Problem>) -> Option<String> {
    if let Kind::Template(parts) = &expr.kind
        && let [Part::Text(text)] = parts.as_slice()
    {
        return Some(composed(text.clone()));
    }
    let value = evaluate(expr, problems);
    let fault = match value {
        Some(value) => match to_string(&value) {
            Ok(Some(text)) => return Some(text),
            Ok(None) => "null value is not allowed".to_owned(),
            Err(kind) => format!("string required, but have {kind}"),
        },
        None => "value must be known".to_owned(),
    };
    problems.push(unsuitable(&fault, expr.span.clone()));
    None
}

/// The expression as a bool, for `sensitive`.
pub(crate) fn boolean(expr: &Expr, problems: &mut Vec<Problem>) -> Option<bool> {
    let fault = match evaluate(expr, problems) {
        Some(Value::Null) => "null value is not allowed".to_owned(),
        Some(value) => match to_bool(&value) {
            Some(value) => return Some(value),
            None => format!(
                "a bool is required{}",
                match value {
                    Value::String(_) => "".into(),
                    other => format!(", but have {}", kind(&other)),
                }
            ),
        },
        None => "value must be known".to_owned(),
    };
    problems.push(unsuitable(&fault, expr.span.clone()));
    None
}

pub(crate) fn unsuitable(fault: &str, span: Range<usize>) -> Problem {
    Problem::new(
        "Unsuitable value type",
        format!("Unsuitable value: {fault}"),
        span,
    )
}

struct Scope<'n, 'p> {
    /// Names that `for` introduced, the innermost last.
    names: Vec<(&'n str, Value)>,
    /// The element a splat is at.
    anonymous: Vec<Value>,
    problems: &'p mut Vec<Problem>,
}

impl<'n> Scope<'n, '_> {
    fn wrong(&mut self, summary: &str, detail: impl Into<String>, span: &Range<usize>) {
        self.problems
            .push(Problem::new(summary, detail, span.clone()));
    }

    fn value(&mut self, expr: &'n Expr) -> Known {
        match &expr.kind {
            Kind::Literal(value) => Some(value.clone()),
            Kind::Broken => None,
            Kind::Template(parts) => self.template(parts),
            Kind::Wrap(inner) | Kind::Parentheses(inner) => self.value(inner),
            Kind::Variable(name) => self.variable(name, expr),
            Kind::Attribute(from, name) => self.attribute(from, name, expr),
            Kind::Index(from, key) => {
                let from_value = self.value(from);
                let key = self.value(key);
                self.index(from_value?, &key?, &expr.span)
            }
            Kind::LegacyIndex(from, digits) => {
                let from = self.value(from)?;
                let number = Number {
                    float: digits.parse().unwrap_or(f64::NAN),
                    exact: None,
                };
                self.index(from, &Value::Number(number), &expr.span)
            }
            Kind::Splat(from, each) => self.splat(from, each),
            Kind::Anonymous => self.anonymous.last().cloned(),
            Kind::Call(_) => {
                self.wrong(
                    "Function calls not allowed",
                    "Functions may not be called here.",
                    &expr.span,
                );
                None
            }
            Kind::Tuple(items) => {
                let values: Vec<Known> = items.iter().map(|item| self.value(item)).collect();
                values
                    .into_iter()
                    .collect::<Option<Vec<Value>>>()
                    .map(Value::List)
            }
            Kind::Object(items) => self.object(items),
            Kind::For(node) => self.for_expression(node, expr),
            Kind::Not(inner) => {
                let value = self.value(inner)?;
                self.operand_bool(&value, "Unsuitable value for unary operand", &inner.span)
                    .map(|value| Value::Bool(!value))
            }
            Kind::Negate(inner) => {
                let value = self.value(inner)?;
                let number =
                    self.operand_number(&value, "Unsuitable value for unary operand", &inner.span)?;
                let exact = number.exact.map(|digits| match digits.strip_prefix('-') {
                    Some(digits) => digits.into(),
                    None => format!("-{digits}").into(),
                });
                Some(Value::Number(Number {
                    float: -number.float,
                    exact,
                }))
            }
            Kind::Binary(operator, left, right) => self.binary(*operator, left, right),
            Kind::Conditional(condition, then, otherwise) => {
                self.conditional(condition, then, otherwise, expr)
            }
        }
    }

    fn variable(&mut self, name: &str, expr: &Expr) -> Known {
        if let Some((_, value)) = self.names.iter().rev().find(|(known, _)| *known == name) {
            return Some(value.clone());
        }
        self.wrong(
            "Variables not allowed",
            "Variables may not be used here.",
            &expr.span,
        );
        None
    }

    fn attribute(&mut self, from: &'n Expr, name: &str, expr: &Expr) -> Known {
        match self.value(from)? {
            Value::Map(mut items) => match items.remove(name) {
                Some(value) => Some(value),
                None => {
                    let detail = format!("This object does not have an attribute named {name:?}.");
                    self.wrong("Unsupported attribute", detail, &expr.span);
                    None
                }
            },
            Value::Null => {
                let detail = "This value is null, so it does not have any attributes.";
                self.wrong(
                    "Attempt to get attribute from null value",
                    detail,
                    &expr.span,
                );
                None
            }
            Value::List(_) => {
                let detail = format!(
                    "This value does not have any attributes. Did you mean to access the attribute {name:?} of a specific element of the list, or across all elements of the list?"
                );
                self.wrong("Unsupported attribute", detail, &expr.span);
                None
            }
            _ => {
                let detail = format!(
                    "Can't access attributes on a primitive-typed value ({}).",
                    "string"
                );
                self.wrong("Unsupported attribute", detail, &expr.span);
                None
            }
        }
    }

    fn index(&mut self, from: Value, key: &Value, span: &Range<usize>) -> Known {
        match (from, key) {
            (Value::List(items), key) => {
                let Some(number) = to_number(key) else {
                    self.wrong("Invalid index", "The given key does not identify an element in this collection value: a number is required.", span);
                    return None;
                };
                let found = usize_of(number.float).and_then(|at| items.into_iter().nth(at));
                if found.is_none() {
                    let detail = if number.float < 0.0 {
                        "The given key does not identify an element in this collection value: a negative number is not a valid index for a sequence."
                    } else {
                        "The given key does not identify an element in this collection value."
                    };
                    self.wrong("Invalid index", detail, span);
                }
                found
            }
            (Value::Map(mut items), key) => {
                let found = to_string(key)
                    .ok()
                    .flatten()
                    .and_then(|key| items.remove(&key));
                if found.is_none() {
                    self.wrong(
                        "Invalid index",
                        "The given key does not identify an element in this collection value.",
                        span,
                    );
                }
                found
            }
            (Value::Null, _) => {
                self.wrong(
                    "Attempt to index null value",
                    "This value is null, so it does not have any indices.",
                    span,
                );
                None
            }
            _ => {
                self.wrong(
                    "Invalid index",
                    "This value does not have any indices.",
                    span,
                );
                None
            }
        }
    }

    fn object(&mut self, items: &'n [super::tree::Item<'n>]) -> Known {
        let mut map = BTreeMap::new();
        let mut known = true;
        for item in items {
            let key = match (&item.key.kind, item.forced) {
                (Kind::Variable(name), false) => Some(Value::String((*name).to_owned())),
                (Kind::Literal(Value::Null), false) => Some(Value::String("null".to_owned())),
                (Kind::Attribute(..), false) if root_is_variable(&item.key) => {
                    let detail = "If this expression is intended to be a reference, wrap it in parentheses. If it's instead intended as a literal name containing periods, wrap it in quotes to create a string literal.";
                    self.wrong("Ambiguous attribute key", detail, &item.key.span);
                    None
                }
                _ => self.value(&item.key),
            };
            let value = self.value(&item.value);
            match key.as_ref().map(to_string) {
                Some(Ok(Some(key))) => match value {
                    // The last of equal keys wins.
                    Some(value) => {
                        map.insert(key, value);
                    }
                    None => known = false,
                },
                Some(Ok(None)) => {
                    self.wrong(
                        "Null value as key",
                        "Can't use a null value as a key.",
                        &item.key.span,
                    );
                    known = false;
                }
                Some(Err(_)) => {
                    let detail = "Can't use this value as a key: string required.";
                    self.wrong("Incorrect key type", detail, &item.key.span);
                    known = false;
                }
                None => known = false,
            }
        }
        known.then_some(Value::Map(map))
    }
}

fn root_is_variable(expr: &Expr) -> bool {
    match &expr.kind {
        Kind::Attribute(from, _) => root_is_variable(from),
        kind => matches!(kind, Kind::Variable(_)),
    }
}

fn usize_of(float: f64) -> Option<usize> {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "whole and not negative"
    )]
    (float.fract() == 0.0 && (0.0..1e15).contains(&float)).then_some(float as usize)
}
