//! The value of an expression without variables and functions, as HCL computes it for a `default`.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::ops::Range;

use unicode_normalization::UnicodeNormalization as _;

use super::Problem;
use super::tree::{Expr, For, Kind, Operator, Part};
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

/// What HCL calls the type of a value.
pub(crate) fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "dynamic",
        Value::Bool(_) => "bool",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::List(_) => "tuple",
        Value::Map(_) => "object",
    }
}

/// Numbers and bools become their text; null stays null; lists and maps have none.
fn to_string(value: &Value) -> Result<Option<String>, &'static str> {
    match value {
        Value::Null => Ok(None),
        Value::String(text) => Ok(Some(text.clone())),
        Value::Bool(value) => Ok(Some(value.to_string())),
        Value::Number(number) => Ok(Some(number_text(number))),
        other => Err(kind(other)),
    }
}

/// A number in a string: all its digits, no exponent.
fn number_text(number: &Number) -> String {
    match &number.exact {
        Some(digits) if !digits.contains(['e', 'E']) => match digits.split_once('.') {
            Some((whole, fraction)) if fraction.bytes().all(|b| b == b'0') => {
                strip_zeros(whole).to_owned()
            }
            Some((whole, fraction)) => {
                format!("{}.{}", strip_zeros(whole), fraction.trim_end_matches('0'))
            }
            None => strip_zeros(digits).to_owned(),
        },
        _ => format!("{}", number.float),
    }
}

/// Terraform's strings are in normal form C.
pub(crate) fn composed(text: String) -> String {
    if text.is_ascii() {
        text
    } else {
        text.nfc().collect()
    }
}

fn strip_zeros(digits: &str) -> &str {
    match digits.trim_start_matches('0') {
        "" => "0",
        rest => rest,
    }
}

fn to_number(value: &Value) -> Option<Number> {
    match value {
        Value::Number(number) => Some(number.clone()),
        Value::String(text) => {
            let plain = text
                .bytes()
                .all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'-' | b'+' | b'e' | b'E'));
            text.parse::<f64>().ok().filter(|_| plain).map(Number::from)
        }
        _ => None,
    }
}

fn to_bool(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(value) => Some(*value),
        Value::String(text) => match text.as_str() {
            "true" | "1" => Some(true),
            "false" | "0" => Some(false),
            _ => None,
        },
        _ => None,
    }
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

    fn splat(&mut self, from: &'n Expr, each: &'n Expr) -> Known {
        let items = match self.value(from)? {
            Value::Null => Vec::new(),
            Value::List(items) => items,
            single => vec![single],
        };
        let mut out = Vec::with_capacity(items.len());
        for item in items {
            self.anonymous.push(item);
            let value = self.value(each);
            self.anonymous.pop();
            out.push(value);
        }
        out.into_iter()
            .collect::<Option<Vec<Value>>>()
            .map(Value::List)
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

    fn for_expression(&mut self, node: &'n For<'n>, expr: &Expr) -> Known {
        let collection = self.value(&node.collection)?;
        let pairs = self.pairs(collection, &node.collection.span)?;
        let mut list = Vec::new();
        let mut map: BTreeMap<String, Value> = BTreeMap::new();
        let mut known = true;
        for (key, value) in pairs {
            let depth = self.names.len();
            self.names.extend(node.key_name.map(|name| (name, key)));
            self.names.push((node.value_name, value));
            known &= self.for_item(node, expr, &mut list, &mut map).is_some();
            self.names.truncate(depth);
        }
        known.then_some(if node.object {
            Value::Map(map)
        } else {
            Value::List(list)
        })
    }

    fn for_item(
        &mut self,
        node: &'n For<'n>,
        expr: &Expr,
        list: &mut Vec<Value>,
        map: &mut BTreeMap<String, Value>,
    ) -> Option<()> {
        if let Some(condition) = &node.condition {
            let value = self.value(condition)?;
            let Some(keep) = to_bool(&value) else {
                let detail = "The 'if' clause value is invalid: a bool is required.";
                self.wrong("Invalid 'for' condition", detail, &condition.span);
                return None;
            };
            if !keep {
                return Some(());
            }
        }
        let Some(key) = &node.key else {
            list.push(self.value(&node.value)?);
            return Some(());
        };
        let key_value = self.value(key)?;
        let Ok(Some(name)) = to_string(&key_value) else {
            self.wrong(
                "Invalid object key",
                "The key expression produced an invalid result: string required.",
                &key.span,
            );
            return None;
        };
        let value = self.value(&node.value)?;
        if node.group {
            if let Value::List(items) = map.entry(name).or_insert_with(|| Value::List(Vec::new())) {
                items.push(value);
            }
        } else {
            match map.entry(name) {
                Entry::Vacant(place) => {
                    place.insert(value);
                }
                Entry::Occupied(place) => {
                    let detail = format!(
                        "Two different items produced the key {:?} in this 'for' expression. If duplicates are expected, use the ellipsis (...) after the value expression to enable grouping by key.",
                        place.key()
                    );
                    self.wrong("Duplicate object key", detail, &expr.span);
                    return None;
                }
            }
        }
        Some(())
    }

    fn pairs(&mut self, collection: Value, span: &Range<usize>) -> Option<Vec<(Value, Value)>> {
        match collection {
            Value::List(items) => {
                let number = |at: usize| {
                    Value::Number(Number {
                        float: at as f64,
                        exact: Some(at.to_string().into()),
                    })
                };
                Some(
                    items
                        .into_iter()
                        .enumerate()
                        .map(|(at, item)| (number(at), item))
                        .collect(),
                )
            }
            Value::Map(items) => Some(
                items
                    .into_iter()
                    .map(|(key, item)| (Value::String(key), item))
                    .collect(),
            ),
            Value::Null => {
                self.wrong(
                    "Iteration over null value",
                    "A null value cannot be used as the collection in a 'for' expression.",
                    span,
                );
                None
            }
            _ => {
                let detail = "A value of type string cannot be used as the collection in a 'for' expression.";
                self.wrong("Iteration over non-iterable value", detail, span);
                None
            }
        }
    }

    fn template(&mut self, parts: &'n [Part<'n>]) -> Known {
        let mut out = String::new();
        self.parts(parts, &mut out)
            .then(|| Value::String(composed(out)))
    }

    /// Appends the text of the parts; false when a part is not known.
    fn parts(&mut self, parts: &'n [Part<'n>], out: &mut String) -> bool {
        let mut known = true;
        for part in parts {
            known &= match part {
                Part::Text(text) => {
                    out.push_str(text);
                    true
                }
                Part::Value(expr) => self.interpolated(expr, out),
                Part::If {
                    condition,
                    then,
                    otherwise,
                } => match self.value(condition) {
                    Some(value) => match self.operand_bool(
                        &value,
                        "The if directive condition is invalid",
                        &condition.span,
                    ) {
                        Some(true) => self.parts(then, out),
                        Some(false) => self.parts(otherwise, out),
                        None => false,
                    },
                    None => false,
                },
                Part::For {
                    key_name,
                    value_name,
                    collection,
                    body,
                } => {
                    let pairs = self
                        .value(collection)
                        .and_then(|value| self.pairs(value, &collection.span));
                    let mut all = pairs.is_some();
                    for (key, value) in pairs.into_iter().flatten() {
                        let depth = self.names.len();
                        self.names.extend(key_name.map(|name| (name, key)));
                        self.names.push((value_name, value));
                        all &= self.parts(body, out);
                        self.names.truncate(depth);
                    }
                    all
                }
            };
        }
        known
    }

    fn interpolated(&mut self, expr: &'n Expr, out: &mut String) -> bool {
        let Some(value) = self.value(expr) else {
            return false;
        };
        let fault = match to_string(&value) {
            Ok(Some(text)) => {
                out.push_str(&text);
                return true;
            }
            Ok(None) => {
                "The expression result is null. Cannot include a null value in a string template."
            }
            Err(_) => "Cannot include the given value in a string template: string required.",
        };
        self.wrong("Invalid template interpolation value", fault, &expr.span);
        false
    }

    fn operand_number(&mut self, value: &Value, what: &str, span: &Range<usize>) -> Option<Number> {
        let number = to_number(value);
        if number.is_none() {
            self.wrong(
                "Invalid operand",
                format!("{what}: a number is required."),
                span,
            );
        }
        number
    }

    fn operand_bool(&mut self, value: &Value, what: &str, span: &Range<usize>) -> Option<bool> {
        let truth = to_bool(value);
        if truth.is_none() {
            self.wrong(
                "Invalid operand",
                format!("{what}: a bool is required."),
                span,
            );
        }
        truth
    }

    fn binary(&mut self, operator: Operator, left: &'n Expr, right: &'n Expr) -> Known {
        let (left_value, right_value) = (self.value(left), self.value(right));
        let (a, b) = (left_value?, right_value?);
        if let Operator::Equal | Operator::NotEqual = operator {
            return Some(Value::Bool(equal(&a, &b) == (operator == Operator::Equal)));
        }
        let (for_left, for_right) = (
            "Unsuitable value for left operand",
            "Unsuitable value for right operand",
        );
        if let Operator::And | Operator::Or = operator {
            let a = self.operand_bool(&a, for_left, &left.span);
            let b = self.operand_bool(&b, for_right, &right.span);
            let (a, b) = (a?, b?);
            return Some(Value::Bool(if operator == Operator::And {
                a && b
            } else {
                a || b
            }));
        }
        let a = self.operand_number(&a, for_left, &left.span);
        let b = self.operand_number(&b, for_right, &right.span);
        let (a, b) = (a?, b?);
        let (x, y) = (a.float, b.float);
        Some(match operator {
            Operator::Less => Value::Bool(x < y),
            Operator::LessEq => Value::Bool(x <= y),
            Operator::Greater => Value::Bool(x > y),
            Operator::GreaterEq => Value::Bool(x >= y),
            Operator::Divide | Operator::Modulo if y == 0.0 => {
                self.wrong(
                    "Division by zero",
                    "An attempt was made to divide by zero.",
                    &right.span,
                );
                return None;
            }
            _ => Value::Number(arithmetic(operator, &a, &b)),
        })
    }

    fn conditional(
        &mut self,
        condition: &'n Expr,
        then: &'n Expr,
        otherwise: &'n Expr,
        expr: &Expr,
    ) -> Known {
        let (then_value, other_value) = (self.value(then), self.value(otherwise));
        let condition_value = self.value(condition);
        let (a, b) = (then_value?, other_value?);
        let Some((a, b)) = unify(a, b) else {
            let detail = "The true and false result expressions must have consistent types.";
            self.wrong("Inconsistent conditional result types", detail, &expr.span);
            return None;
        };
        match condition_value? {
            Value::Null => {
                let detail =
                    "The condition value is null. Conditions must either be true or false.";
                self.wrong("Null condition", detail, &condition.span);
                None
            }
            value => match to_bool(&value) {
                Some(true) => Some(a),
                Some(false) => Some(b),
                None => {
                    let detail = "The condition expression must be of type bool.";
                    self.wrong("Incorrect condition type", detail, &condition.span);
                    None
                }
            },
        }
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

/// Both branches of a conditional in one type: primitives may become strings.
fn unify(a: Value, b: Value) -> Option<(Value, Value)> {
    match (&a, &b) {
        (Value::Null, _) | (_, Value::Null) => Some((a, b)),
        _ if std::mem::discriminant(&a) == std::mem::discriminant(&b) => Some((a, b)),
        (Value::List(_) | Value::Map(_), _) | (_, Value::List(_) | Value::Map(_)) => None,
        _ => match (to_string(&a), to_string(&b)) {
            (Ok(Some(a)), Ok(Some(b))) => Some((Value::String(a), Value::String(b))),
            _ => None,
        },
    }
}

fn equal(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => a.float == b.float,
        (Value::List(a), Value::List(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| equal(a, b))
        }
        (Value::Map(a), Value::Map(b)) => {
            a.len() == b.len()
                && a.iter()
                    .zip(b)
                    .all(|((ka, a), (kb, b))| ka == kb && equal(a, b))
        }
        _ => a == b,
    }
}

/// Decimal arithmetic where the operands are short decimals, so that 0.1 + 0.2 is 0.3 as in HCL.
fn arithmetic(operator: Operator, a: &Number, b: &Number) -> Number {
    let exact = decimal(a)
        .zip(decimal(b))
        .and_then(|((a, a_scale), (b, b_scale))| {
            let scale = a_scale.max(b_scale);
            let raise = |value: i128, from: u32| {
                10i128
                    .checked_pow(scale - from)
                    .and_then(|ten| value.checked_mul(ten))
            };
            let (x, y) = (raise(a, a_scale)?, raise(b, b_scale)?);
            match operator {
                Operator::Add => Some((x.checked_add(y)?, scale)),
                Operator::Subtract => Some((x.checked_sub(y)?, scale)),
                Operator::Multiply => Some((a.checked_mul(b)?, a_scale + b_scale)),
                Operator::Modulo => Some((x.checked_rem(y)?, scale)),
                Operator::Divide if x % y == 0 => Some((x / y, 0)),
                _ => None,
            }
        });
    if let Some((value, scale)) = exact {
        let text = decimal_text(value, scale);
        return Number {
            float: text.parse().unwrap_or(f64::NAN),
            exact: Some(text.into()),
        };
    }
    Number::from(match operator {
        Operator::Add => a.float + b.float,
        Operator::Subtract => a.float - b.float,
        Operator::Multiply => a.float * b.float,
        Operator::Divide => a.float / b.float,
        _ => a.float % b.float,
    })
}

/// A number as whole digits and the count of those behind the point.
fn decimal(number: &Number) -> Option<(i128, u32)> {
    let text = number.exact.as_deref()?;
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    if fraction.len() > 18 {
        return None;
    }
    let value = format!("{whole}{fraction}").parse().ok()?;
    Some((value, u32::try_from(fraction.len()).ok()?))
}

fn decimal_text(value: i128, scale: u32) -> String {
    let sign = if value < 0 { "-" } else { "" };
    let digits = format!(
        "{:0>width$}",
        value.unsigned_abs(),
        width = scale as usize + 1
    );
    let (whole, fraction) = digits.split_at(digits.len() - scale as usize);
    if fraction.bytes().all(|b| b == b'0') {
        format!("{sign}{whole}")
    } else {
        format!("{sign}{whole}.{fraction}")
    }
}

#[cfg(test)]
mod tests {
    use super::super::parse;
    use super::*;

    fn check(expression: &str, expected: &str) {
        let source = format!("x = {expression}\n");
        let (body, mut problems) = parse(source.as_bytes());
        let value = evaluate(&body.attributes[0].value, &mut problems);
        let text = match (value, problems.first()) {
            (Some(value), None) => value
                .with_floats()
                .to_json(false)
                .replace('\n', "")
                .replace("  ", ""),
            (_, Some(problem)) => problem.summary.clone(),
            (None, None) => "unknown".into(),
        };
        assert_eq!(text, expected, "{expression}");
    }

    #[test]
    fn constant_expressions_have_the_values_that_hcl_gives_them() {
        let cases = [
            ("1 + 2", "3"),
            ("0.1 + 0.2", "0.3"),
            ("-(1)", "-1"),
            ("7 / 2", "3.5"),
            ("!true", "false"),
            ("true ? 1 : 2", "1"),
            ("true ? 1 : \"a\"", "\"1\""),
            ("[\"a\"][0]", "\"a\""),
            ("[{ a = 1 }][*].a", "[1]"),
            ("[for x in [1, 2] : x * 2 if x > 1]", "[4]"),
            ("{ for k, v in { a = 1 } : v => k... }", "{\"1\": [\"a\"]}"),
            ("\"a-${1}\"", "\"a-1\""),
            ("\"${true}\"", "true"),
            (
                "{ (1 + 1) = \"x\", a = 1, a = 2 }",
                "{\"2\": \"x\",\"a\": 2}",
            ),
            ("<<-EOT\n    a\n    b\n\n    EOT", "\"a\\nb\\n\\n\""),
            ("<<EOT\n%{ if true }y%{ else }n%{ endif }\nEOT", "\"y\\n\""),
            ("\"$${a} %%{b} \\u00e9 \\\"\"", "\"${a} %{b} é \\\"\""),
            ("var.x", "Variables not allowed"),
            ("file(\"x\")", "Function calls not allowed"),
            ("1 +", "Invalid expression"),
            ("\"a\" + 1", "Invalid operand"),
        ];
        for (expression, expected) in cases {
            check(expression, expected);
        }
    }
}
