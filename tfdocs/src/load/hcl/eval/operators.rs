//! Operators and conditionals: what their operands have to be, and arithmetic in decimals.

use std::ops::Range;

use super::super::tree::{Expr, Operator};
use super::convert::{to_bool, to_number, to_string};
use super::{Known, Scope};
use crate::value::{Number, Value};

impl<'n> Scope<'n, '_> {
    pub(super) fn operand_number(
        &mut self,
        value: &Value,
        what: &str,
        span: &Range<usize>,
    ) -> Option<Number> {
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

    pub(super) fn operand_bool(
        &mut self,
        value: &Value,
        what: &str,
        span: &Range<usize>,
    ) -> Option<bool> {
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

    pub(super) fn binary(&mut self, operator: Operator, left: &'n Expr, right: &'n Expr) -> Known {
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

    pub(super) fn conditional(
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
